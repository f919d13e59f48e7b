/* udp/udp.h - what the parts of UDP and UDP-Lite share. */
#ifndef TARN_UDP_UDP_H
#define TARN_UDP_UDP_H

#include "sock/dgram.h"
#include "wire/udp.h"

/* The most datagrams that one send becomes, as Linux has it. */
enum { UDP_SEGMENTS_MAX = 64 };

struct udp_sock {
    struct dgram d;
    uint16_t segment_bytes; /* TARN_SO_UDP_SEGMENT; 0 off */
    uint16_t send_cov;      /* UDP-Lite: bytes covered; 0 all */
    uint16_t recv_cov;      /* UDP-Lite: the least taken; 0 all must be */
    bool has_recv_cov;      /* ... unless the option was never set: then everything is taken */
};

static inline struct udp_sock *udp_of(struct sock *sk)
{
    return (struct udp_sock *)sk;
}

/* udp/udp_in.c */
void udp_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now);
void udp_error(struct tarn *st, const struct icmp_error *e, tarn_ns now);

/* udp/udp_out.c */
long udp_send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now);

/* udp/udp_opt.c */
int udp_setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now);
int udp_getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value);

/* udp/udplite.c: the sum of the pseudo-header and the first `covered` bytes of a packet that
 * begins at its UDP-Lite header (RFC 3828 3.1). */
uint32_t udp_lite_sum(const struct tarn *st, const struct ip_info *ip, const struct pkt *p,
                      uint32_t covered);

#endif
