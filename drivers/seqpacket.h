/* drivers/seqpacket.h - frames as messages of a connected AF_UNIX SOCK_SEQPACKET socket. */
#ifndef TARN_DRIVERS_SEQPACKET_H
#define TARN_DRIVERS_SEQPACKET_H

#include "tarn/link.h"

/* Make the buffers as large as the system lets us, and the descriptor non-blocking. */
void seqpacket_prepare(int fd);

/* As a link's rx: at most n frames of `bytes`; -TARN_ENETDOWN when the peer has gone. */
int seqpacket_rx(struct link *l, int fd, bool vnet, size_t bytes, struct pkt **v, unsigned n);

/* As a link's tx. */
int seqpacket_tx(struct link *l, int fd, bool vnet, struct pkt **v, unsigned n);

#endif
