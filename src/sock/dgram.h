/* sock/dgram.h - sockets that carry whole messages: what UDP, raw IP and pings have in common. */
#ifndef TARN_SOCK_DGRAM_H
#define TARN_SOCK_DGRAM_H

#include "core/queue.h"
#include "sock/proto.h"

struct dgram {
    struct sock sk;
    struct queue rx, tx; /* `bytes` is their true size */
    uint32_t rcvbuf, sndbuf;
    struct list groups;     /* struct membership, by of_owner */
    uint32_t peer_checked;  /* the generation in which the peer's kind was looked up */
    bool peer_is_broadcast; /* the peer's kind */
    uint8_t multicast_if;   /* interface index + 1; 0 by route */
    uint8_t multicast_ttl;
    uint16_t mtu6; /* IPV6_MTU; 0: the path's */
};

/* Room in front of a sent message for every header below it. */
enum { DGRAM_ROOM = 96 };

/* Linux's IP_PMTUDISC_* and IPV6_PMTUDISC_*. */
enum mtu_discover {
    MTU_DISCOVER_DONT,      /* may be fragmented anywhere */
    MTU_DISCOVER_WANT,      /* not on its way as long as it fits; IPv6: here only */
    MTU_DISCOVER_DO,        /* nowhere: EMSGSIZE */
    MTU_DISCOVER_PROBE,     /* the same with the link's MTU for the path's */
    MTU_DISCOVER_INTERFACE, /* the same, but without DF */
    MTU_DISCOVER_OMIT,      /* the link's MTU, may be fragmented anywhere */
};

static inline struct dgram *dgram_of(struct sock *sk)
{
    return (struct dgram *)sk;
}

/* sock/dgram.c */
int dgram_open(struct tarn *st, struct sock *sk);
int dgram_connect(struct tarn *st, struct sock *sk, const struct tarn_addr *to, tarn_ns now);
int dgram_shutdown(struct tarn *st, struct sock *sk, enum tarn_shutdown how, tarn_ns now);
void dgram_close(struct tarn *st, struct sock *sk, bool abort, tarn_ns now);
int dgram_setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now);
int dgram_getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value);
/* The interface + 1 that packets to a group leave by (TARN_SO_MULTICAST_IF), where neither its zone
 * nor the socket says; 0: by the route, or `to` is no group. */
uint32_t dgram_group_device(const struct sock *sk, const struct tarn_addr *to);
/* -TARN_EACCES: a broadcast address, and no SO_BROADCAST. */
int dgram_may_send_to(const struct tarn *st, const struct sock *sk, const struct tarn_ip *ip);

/* A router says that the packet was too big: the path's MTU is learned. false: the socket does not
 * want that to be found out (MTU_DISCOVER_DONT) or not to be told (INTERFACE, OMIT). */
bool dgram_learn_mtu(struct tarn *st, const struct sock *sk, const struct icmp_error *e,
                     tarn_ns now);

/* sock/dgram_rx.c */
long dgram_recv(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now);
/* A received message, whose packet begins at its first byte; `sport` is the sender's. Consumes p.
 * `full` is counted when the queue has no room. */
void dgram_enqueue(struct tarn *st, struct sock *sk, const struct ip_info *ip, uint16_t sport,
                   struct pkt *p, enum tarn_drop full);
/* Copy the packet's bytes into the message's pieces; returns how many fitted. */
size_t dgram_scatter(struct tarn *st, const struct pkt *p, const struct tarn_msg *m);

/* sock/group.c */
/* Does a socket that is bound to where a packet went also hear its sender there? */
bool dgram_hears(const struct tarn *st, const struct sock *sk, const struct ip_info *ip);
void dgram_leave_all(struct tarn *st, struct sock *sk, tarn_ns now);

/* sock/dgram_tx.c: sending, step by step. */

/* How a message leaves: its way, and how large it may be. */
struct dgram_way {
    struct ip_info ip;
    uint8_t discover; /* enum mtu_discover */
    uint16_t port;    /* the destination's */
    uint32_t device;  /* the interface + 1 that was asked for; 0: as the socket says */
};

/* The way of a message: to its name or the peer, with what its info says instead of the socket's
 * settings. -TARN_EDESTADDRREQ, -TARN_EACCES (see dgram_may_send_to), -TARN_EPIPE, -TARN_EINVAL (a
 * source that is not ours, a time to live of 0), sock_way()'s. */
int dgram_route(struct tarn *st, struct sock *sk, const struct tarn_msg *m, struct dgram_way *way);
/* May so many bytes above the IP header leave by it? -TARN_EMSGSIZE, which a socket that wants
 * errors also finds in its queue, with the MTU. */
int dgram_check_size(struct tarn *st, struct sock *sk, const struct dgram_way *way, size_t bytes);
/* A packet with the message's bytes, DGRAM_ROOM before them. -TARN_EAGAIN (send buffer full),
 * -TARN_ENOBUFS; the packet is the caller's. */
int dgram_packet(struct tarn *st, struct sock *sk, const struct tarn_msg *m, struct pkt **out);
/* Queue it for its port; consumes p. */
void dgram_queue(struct tarn *st, struct sock *sk, const struct dgram_way *way, struct pkt *p,
                 tarn_ns now);
struct pkt *dgram_pull(struct tarn *st, struct sock *sk, struct ip_info *ip,
                       const struct tx_room *room, tarn_ns now);

#endif
