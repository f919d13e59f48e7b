/* tcp/path/tcp_path.h - how large a packet may be on the path. */
#ifndef TARN_TCP_PATH_TCP_PATH_H
#define TARN_TCP_PATH_TCP_PATH_H

#include "tcp/tcp.h"

enum { TCP_MSS_FLOOR = 88 }; /* Linux's TCP_MIN_MSS: a segment has payload beside full options */

struct tcp_make;

/* tcp_mtu.c */
/* Bytes of the IP header before segments to the peer. */
uint32_t tcp_ip_bytes(const struct tarn_ip *peer);
/* What fits packets of `mtu` bytes (0: it is not known) without options. */
uint16_t tcp_mss_of(const struct tarn_ip *peer, uint32_t mtu);
/* The MSS that a socket offers for packets of `mtu` bytes: at most TARN_SO_TCP_MAXSEG. */
uint16_t tcp_mss_offer(const struct tcp_sock *tc, const struct tarn_ip *peer, uint32_t mtu);
/* The MSS of a peer that has not named one (RFC 9293 3.7.1). */
uint16_t tcp_mss_default(const struct tarn *st, const struct tarn_ip *peer);
/* The path takes packets of `mtu` bytes. */
void tcp_mss_update(const struct tarn *st, struct tcp_sock *tc, uint32_t mtu);
/* A router says so. */
void tcp_too_big(struct tarn *st, struct tcp_sock *tc, uint32_t mtu, tarn_ns now);
/* Payload of segments that fit packets of `mtu` bytes, options taken off. */
uint32_t tcp_mss_for(const struct tarn *st, const struct tcp_sock *tc, uint32_t mtu);

/* tcp_probe.c: packetization layer path MTU discovery (RFC 4821) */
/* The connection is established: does it search? */
void tcp_probe_begin(struct tarn *st, struct tcp_sock *tc);
/* A timeout in a synchronised state: shall segments be smaller from now on? */
void tcp_black_hole(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* An entry of the decision list of tcp_output.c: the payload of the probe that is due; and it. */
uint32_t tcp_probe_due(const struct tarn *st, const struct tcp_sock *tc, tarn_ns now);
struct pkt *tcp_probe_make(const struct tcp_make *m, uint32_t payload);
/* The rest only while `searching`. The MTU that is known to arrive. */
uint32_t tcp_probe_low(const struct tarn *st, const struct tcp_sock *tc);
/* SND.UNA has moved: has the probe arrived? */
void tcp_probe_acked(struct tarn *st, struct tcp_sock *tc);
/* The first record was marked lost. true: it was the probe, and nothing else is to follow from it.
 */
bool tcp_probe_lost(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* Something is sent again: the probe that is out proves nothing any more. */
void tcp_probe_forget(const struct tarn *st, const struct tcp_sock *tc);

#endif
