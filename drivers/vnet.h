/* drivers/vnet.h - a packet's checksum and segmentation state as the header that TAP devices,
 * packet sockets and tarn's own sockets put before a frame (virtio 1.2, 5.1.6). */
#ifndef TARN_DRIVERS_VNET_H
#define TARN_DRIVERS_VNET_H

#include "tarn/pkt.h"

/* struct virtio_net_hdr in this machine's byte order, which is what a TAP speaks to begin with. */
struct vnet_header {
    uint8_t flags;    /* enum vnet_flag */
    uint8_t gso_type; /* enum vnet_gso */
    uint16_t header_bytes;
    uint16_t gso_size;
    uint16_t csum_start; /* from the frame's first byte */
    uint16_t csum_offset;
};

enum vnet_flag { VNET_NEEDS_CSUM = 1, VNET_DATA_VALID = 2 };
enum vnet_gso {
    VNET_GSO_NONE = 0,
    VNET_GSO_TCP4 = 1,
    VNET_GSO_TCP6 = 4,
    VNET_GSO_UDP = 5, /* UDP_L4: datagrams of either family */
    VNET_GSO_ECN = 0x80
};

/* Describe a packet that is about to be sent; its l4 must be known where it has offload state. */
void vnet_of_pkt(struct vnet_header *h, const struct pkt *p);

/* Take over what the header says of a received packet. false: the header does not fit the packet,
 * which may then still be delivered as an ordinary one, its checksum not verified. */
bool vnet_to_pkt(const struct vnet_header *h, struct pkt *p);

#endif
