/* drivers/frame.h - a packet as the pieces of one read or write of a frame, with or without the
 * virtio-net header in front. */
#ifndef TARN_DRIVERS_FRAME_H
#define TARN_DRIVERS_FRAME_H

#include "drivers/vnet.h"
#include "tarn/link.h"

#include <sys/uio.h>

struct frame {
    struct vnet_header header;
    struct iovec iov[3];
    unsigned n;
    bool vnet;
};

/* A packet with room for `bytes`, and where to read a frame into; NULL when out of memory. */
struct pkt *frame_begin(struct frame *f, struct tarn *st, size_t bytes, bool vnet);

/* `got` bytes have been read, the header counted: the packet is complete, and `l` counts it. NULL,
 * and the packet is dropped, when the frame is shorter than its header. */
struct pkt *frame_end(struct frame *f, struct link *l, struct pkt *p, size_t got);

/* What to write to send p. */
void frame_of_pkt(struct frame *f, struct tarn *st, struct pkt *p, bool vnet);

/* p has left: count it and put it back. */
void frame_sent(struct link *l, struct pkt *p);

/* p could not be sent: count it and drop it. */
void frame_refused(struct link *l, struct pkt *p, enum tarn_drop why);

#endif
