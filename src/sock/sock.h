/* sock/sock.h - what every socket has; a transport's socket begins with it. */
#ifndef TARN_SOCK_SOCK_H
#define TARN_SOCK_SOCK_H

#include "base/hash.h"
#include "core/path.h"

struct proto;

enum sock_flag {
    SOCK_DEAD = 1,        /* the application has closed it: nobody is told, `user` means nothing */
    SOCK_BOUND_PORT = 2,  /* the application chose the port */
    SOCK_BOUND_ADDR = 4,  /* the application chose the local address */
    SOCK_REUSEADDR = 8,
    SOCK_REUSEPORT = 16,
    SOCK_BROADCAST = 32,
    SOCK_SHUT_RD = 64,
    SOCK_SHUT_WR = 128,
    SOCK_RECVERR = 256,
    SOCK_HDRINCL = 512,
    SOCK_V6ONLY = 1024,
    SOCK_ACCEPTED = 2048, /* came from a listener; not yet or already accepted */
};

struct sock {
    struct timer timer;        /* kind TIMER_SOCK; armed to proto->deadline() */
    struct hash_node demux;    /* in the table of bound sockets or of connections */
    struct list_node event_link;    /* in st->events */
    struct list_node want_link;     /* in its port's want_tx while pull() has work */
    struct list_node owner_link;    /* the transport's: accept queue, list of all ... */
    struct tarn_addr local, remote;
    uint64_t user;
    uint32_t slot, gen;        /* its handle */
    uint32_t flags;            /* enum sock_flag */
    uint32_t mark;
    uint32_t route_generation; /* when route was looked up; see sock_route() */
    struct tarn_ip hop;        /* cached way out */
    uint32_t route_mtu;
    uint8_t route_port;
    uint8_t proto;             /* index into the table of transports */
    uint8_t family, type;      /* enum tarn_family, tarn_type */
    uint8_t protocol;          /* IP protocol number */
    uint8_t ready, told;       /* enum tarn_ready now, and when last told */
    uint8_t ttl, tos, priority;
    uint8_t mtu_discover;
    uint8_t bind_port;         /* interface index + 1; 0 any */
    int16_t error;             /* pending asynchronous error: 0 or -TARN_E... */
    int32_t turn_bytes;        /* what it may still send before the next socket's turn */
};

static inline struct sock *sock_at(const struct tarn *st, uint32_t ref)
{
    return ref_ptr(st, ref);
}

const struct proto *sock_proto(const struct sock *sk);

/* A new socket of transport `proto` (index), zeroed and with a handle; NULL at the limit. */
struct sock *sock_get(struct tarn *st, unsigned proto);
/* The end of a socket: leaves every list and table, gives handle and memory back. */
void sock_put(struct tarn *st, struct sock *sk);

/* By handle; NULL when stale or closed. */
struct sock *sock_find(const struct tarn *st, tarn_sock s);
tarn_sock sock_handle(const struct sock *sk);

/* Set and clear readiness bits; queues an event when a bit was newly set, or when TARN_IN is raised
 * again by new data (edge-triggered users need each arrival). Dead sockets are not told. */
void sock_ready(struct tarn *st, struct sock *sk, unsigned set, unsigned clear);

/* A pending error: kept until read, raises TARN_ERR (and IN, OUT for a stream). */
void sock_error(struct tarn *st, struct sock *sk, int error);
int sock_take_error(struct tarn *st, struct sock *sk);

/* pull() has work: put the socket on its route's port. */
void sock_want_tx(struct tarn *st, struct sock *sk, tarn_ns now);

/* Re-arm the socket's timer to its transport's deadline. */
void sock_rearm(struct tarn *st, struct sock *sk);

/* The way to the peer, looked up again only when routes have changed. 0 or -TARN_E... Fills ip with
 * addresses, protocol, ttl, tos, port, hop and mtu for ip_output. */
int sock_route(struct tarn *st, struct sock *sk, struct ip_info *ip);

/* sock/demux.c: bound sockets by (protocol, local port), connections by the four of them. */
void demux_bind(struct tarn *st, struct sock *sk);
void demux_connect(struct tarn *st, struct sock *sk);
void demux_remove(struct tarn *st, struct sock *sk);
/* The socket for a packet from src:sport to dst:dport: a connection, else the best bound one
 * (exact address before any, interface before none); NULL. */
struct sock *demux_find(struct tarn *st, uint8_t protocol, const struct ip_info *ip, uint16_t sport,
                        uint16_t dport);
/* The connection only; used for reuse of TIME-WAIT and for ICMP errors. */
struct sock *demux_connection(struct tarn *st, uint8_t protocol, const struct tarn_addr *local,
                              const struct tarn_addr *remote);

/* sock/port_alloc.c: an ephemeral port (RFC 6056 3.3.3, double hash); 0 when none is free. For a
 * connecting socket a port is free when the four of them are. */
uint16_t port_ephemeral(struct tarn *st, const struct sock *sk, const struct tarn_addr *remote);

/* May `local` be bound by sk? 0, -TARN_EADDRINUSE. */
int port_check(struct tarn *st, const struct sock *sk, const struct tarn_addr *local);

#endif
