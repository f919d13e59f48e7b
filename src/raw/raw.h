/* raw/raw.h - what the parts of raw sockets share. */
#ifndef TARN_RAW_RAW_H
#define TARN_RAW_RAW_H

#include "sock/dgram.h"

struct raw_sock {
    struct dgram d;
    int32_t checksum_at; /* IPv6: where a checksum is made and checked; -1 nowhere */
    uint32_t
        refuse[8]; /* ICMPv6: types that do not reach the socket, see tarn_set_icmp6_filter() */
};

static inline struct raw_sock *raw_of(struct sock *sk)
{
    return (struct raw_sock *)sk;
}

/* raw/raw_out.c */
long raw_send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now);

#endif
