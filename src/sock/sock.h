/* sock/sock.h - what every socket has; a transport's socket begins with it. */
#ifndef TARN_SOCK_SOCK_H
#define TARN_SOCK_SOCK_H

#include "base/array.h"
#include "base/hash.h"
#include "core/path.h"

struct proto;

enum sock_flag {
    SOCK_DEAD = 1,       /* the application has closed it: nobody is told, `user` means nothing */
    SOCK_BOUND_PORT = 2, /* the application chose the port */
    SOCK_BOUND_ADDR = 4, /* the application chose the local address */
    SOCK_REUSEADDR = 8,
    SOCK_REUSEPORT = 16,
    SOCK_BROADCAST = 32,
    SOCK_SHUT_RD = 64,
    SOCK_SHUT_WR = 128,
    SOCK_RECVERR = 256,
    SOCK_HDRINCL = 512,
    SOCK_V6ONLY = 1024,
    SOCK_ACCEPTED = 2048, /* came from a listener; not yet or already accepted */
    SOCK_LISTENING = 4096,
    SOCK_HOLDS_PORT = 8192,  /* counted as a connection on its local port, see port_hold() */
    SOCK_HELD_REUSE = 16384, /* ... as one that shares it */
    SOCK_CONNECTED = 32768,  /* in the table of connections */
    SOCK_QUEUED = 65536,     /* waits in an accept queue: nobody is told of it yet */
    SOCK_RECVERR6 = 1 << 17,
    SOCK_DONTFRAG6 = 1 << 18,
    SOCK_NO_FLOW_LABEL = 1 << 19,
    SOCK_RECV_PKTINFO = 1 << 20,
    SOCK_RECV_TTL = 1 << 21,
    SOCK_RECV_TOS = 1 << 22,
    SOCK_RECV_STAMP = 1 << 23,
    SOCK_NO_MULTICAST_LOOP = 1 << 24,
    SOCK_NO_MULTICAST_ALL = 1 << 25,
    SOCK_NO_CHECK = 1 << 26,
    SOCK_NO_CHECK6_TX = 1 << 27,
    SOCK_NO_CHECK6_RX = 1 << 28,
    SOCK_UDP_GRO = 1 << 29,
};

struct sock {
    struct timer timer;          /* kind TIMER_SOCK; armed to proto->deadline() */
    struct hash_node demux;      /* in the table of bound sockets or of connections */
    struct list_node event_link; /* in st->events */
    struct list_node want_link;  /* in its port's want_tx while pull() has work */
    struct list_node owner_link; /* the transport's: accept queue, list of all ... */
    struct tarn_addr local, remote;
    uint64_t user;
    uint32_t slot, gen; /* its handle */
    uint32_t flags;     /* enum sock_flag */
    uint32_t mark;
    uint32_t route_generation; /* when route was looked up; see sock_route() */
    struct tarn_ip hop;        /* cached way out */
    uint32_t route_mtu;
    uint8_t route_port;
    uint8_t proto;        /* index into the table of transports */
    uint8_t family, type; /* enum tarn_family, tarn_type */
    uint8_t protocol;     /* IP protocol number */
    uint8_t ready;        /* enum tarn_ready */
    uint8_t ttl, tos;     /* of IPv4 */
    uint8_t hops, tclass; /* of IPv6; 0 hops: the stack's */
    uint8_t mtu_discover, mtu_discover6;
    uint8_t priority;
    uint8_t bind_port; /* interface index + 1; 0 any. Also where a link-local address is meant */
    uint8_t want_port; /* whose want_tx it is on */
    int16_t error;     /* pending asynchronous error: 0 or -TARN_E... */
    uint16_t source_prefs; /* IPV6_PREFER_SRC_* */
    int32_t turn_bytes;    /* what it may still send before the next socket's turn */
    uint32_t errors;       /* struct error_queue of sock/error.c; 0 none */
    uint32_t flow;         /* flow label of a connection of IPv6 */
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

/* By handle; NULL when stale or closed by the application. */
struct sock *sock_find(const struct tarn *st, tarn_sock s);
/* The same, but one that goes on without the application is found too. */
struct sock *sock_find_any(const struct tarn *st, tarn_sock s);
tarn_sock sock_handle(const struct sock *sk);

/* Set and clear readiness bits; queues an event when a bit was newly set, or when TARN_IN is raised
 * again by new data (edge-triggered users need each arrival). Dead sockets are not told. */
void sock_ready(struct tarn *st, struct sock *sk, unsigned set, unsigned clear);

/* A pending error: kept until read, raises TARN_ERR (and IN, OUT for a stream). */
void sock_error(struct tarn *st, struct sock *sk, int error);
int sock_take_error(struct tarn *st, struct sock *sk);

/* pull() has work: put the socket on the list of its route's port (of messages: of
 * sk->route_port, which the transport has set). */
void sock_want_tx(struct tarn *st, struct sock *sk, tarn_ns now);

/* Let one of the sockets that want to send on `port` make a packet and send it down the path. They
 * take turns by bytes. Returns the packet's bytes; 0: none had anything. */
uint32_t sock_pull(struct tarn *st, unsigned port, tarn_ns now);

/* Does a socket wait for the port to ask? */
bool sock_port_wants(const struct tarn *st, unsigned port);

/* Re-arm the socket's timer to its transport's deadline. While the socket waits for its port to
 * ask, one that has passed is armed a millisecond later: the port's question will come first, or
 * the link is stopped and later deadlines stand behind it. */
void sock_rearm(struct tarn *st, struct sock *sk);

/* Expiry of a socket's timer: proto->tick(), then rearm unless that ended the socket. */
void sock_expire(struct tarn *st, struct timer *t, tarn_ns now);

/* The way to the peer, looked up again only when routes have changed. 0 or -TARN_E... Fills ip with
 * addresses, protocol, ttl, tos, port, hop and mtu for ip_output. */
int sock_route(struct tarn *st, struct sock *sk, struct ip_info *ip);

/* The bytes that the message holds, or has room for. sock/call.c */
size_t sock_msg_bytes(const struct tarn_msg *m);

/* sock/addr.c - addresses of sockets: families, zones, the way to a peer. */

/* The unspecified address of a family: what a socket has before it has another. */
static inline struct tarn_ip sock_any(enum tarn_family family)
{
    return family == TARN_INET ? tarn_ip4(0) : (struct tarn_ip){{0}};
}

/* One end of a packet: its zone only where the address has one. */
static inline struct tarn_addr sock_end(const struct tarn_ip *ip, uint32_t zone, uint16_t port)
{
    return (struct tarn_addr){.ip = *ip, .zone = tarn_ip_has_zone(ip) ? zone : 0, .port = port};
}

/* The interface + 1 that a received packet is of: the one that its addresses are meant on. */
static inline uint32_t sock_device_of(const struct ip_info *ip)
{
    return ip->zone != 0 ? ip->zone : ip->port + 1u;
}

/* The interface + 1 that a packet of sk has to leave by; 0 any. */
static inline uint32_t sock_bound_to(const struct sock *sk, const struct ip_info *ip)
{
    return ip->zone != 0 ? ip->zone : sk->bind_port;
}

/* Does what is bound to `bound` hear packets to `ip`? The unspecified address of IPv6 stands for
 * both families, unless `flags` have SOCK_V6ONLY; that of IPv4 for its own. */
bool sock_covers(const struct tarn_ip *bound, uint32_t flags, const struct tarn_ip *ip);

/* The way from sk to `to`: fills ip with addresses, zone, protocol and what route_find() says. A
 * destination of 0.0.0.0 or :: is this host, as everywhere since BSD. `device`: the interface + 1
 * to use, 0: as the socket says. A source in ip->src is kept, one that is unspecified becomes the
 * socket's or the route's. -TARN_ENETUNREACH (IPv4, and V6ONLY), -TARN_EINVAL (a link-local address
 * without zone, or of another than the device's; a source of the other family), -TARN_EAFNOSUPPORT
 * (a mapped source, a peer of IPv6), route_find()'s. */
int sock_way(struct tarn *st, const struct sock *sk, const struct tarn_addr *to, uint32_t device,
             struct ip_info *ip);

/* Is it an address of ours that may be used, of link scope: on that link (interface + 1)? */
bool sock_is_ours(const struct tarn *st, const struct tarn_ip *ip, uint32_t zone);

/* The same for a peer to connect to; the socket gets the source address, and stays on the link of a
 * link-local peer. *to gets the address and zone that are meant. */
int sock_connect_way(struct tarn *st, struct sock *sk, struct tarn_addr *to, uint32_t device,
                     struct ip_info *ip);

/* Neither peer nor local address, but what the application has bound. */
void sock_forget_peer(struct sock *sk);

/* The flow label of a conversation of IPv6: the same for all its packets, unguessable, and none
 * where ip6.flow-labels is off (RFC 6437 3). 0 for IPv4. */
uint32_t sock_flow_label(const struct tarn *st, uint8_t protocol, const struct tarn_addr *local,
                         const struct tarn_addr *remote);

/* Give the socket's connection its label, or none if it has been asked for none. */
void sock_relabel(const struct tarn *st, struct sock *sk);

/* The settings that packets to `dst` are sent with: 0, the stack's default. */
static inline uint8_t sock_ttl(const struct sock *sk, const struct tarn_ip *dst)
{
    return tarn_ip_is4(dst) ? sk->ttl : sk->hops;
}

static inline uint8_t sock_tos(const struct sock *sk, const struct tarn_ip *dst)
{
    return tarn_ip_is4(dst) ? sk->tos : sk->tclass;
}

static inline uint8_t sock_mtu_discover(const struct sock *sk, const struct tarn_ip *dst)
{
    return tarn_ip_is4(dst) ? sk->mtu_discover : sk->mtu_discover6;
}

/* Is it to hear of every error that concerns a packet to `dst`? IP_RECVERR, IPV6_RECVERR. */
static inline bool sock_wants_errors(const struct sock *sk, const struct tarn_ip *dst)
{
    return (sk->flags & (tarn_ip_is4(dst) ? SOCK_RECVERR : SOCK_RECVERR6)) != 0;
}

/* sock/demux.c: bound sockets by (protocol, local port), connections by the four of them. */
void demux_bind(struct tarn *st, struct sock *sk);
void demux_connect(struct tarn *st, struct sock *sk);
void demux_remove(struct tarn *st, struct sock *sk);
/* The socket for a packet from src:sport to dst:dport: a connection, else the best bound one
 * (exact address before any, interface before none); NULL. */
struct sock *demux_find(struct tarn *st, uint8_t protocol, const struct ip_info *ip, uint16_t sport,
                        uint16_t dport);
/* Of the bound sockets that such a packet suits, the one after `prev` (NULL: the first). */
struct sock *demux_next_bound(struct tarn *st, uint8_t protocol, const struct ip_info *ip,
                              uint16_t dport, const struct sock *prev);
/* The connection only; used for reuse of TIME-WAIT and for ICMP errors. */
struct sock *demux_connection(struct tarn *st, uint8_t protocol, const struct tarn_addr *local,
                              const struct tarn_addr *remote);

/* sock/port_alloc.c: an ephemeral port (RFC 6056 3.3.3, double hash); 0 when none is free. For a
 * connecting socket a port is free when the four of them are. */
uint16_t port_ephemeral(struct tarn *st, const struct sock *sk, const struct tarn_addr *remote);

/* Give the socket an ephemeral port unless it has one; 0, -TARN_EADDRINUSE. sock/call.c */
int sock_autobind(struct tarn *st, struct sock *sk);

/* May `local` be bound by sk? 0, -TARN_EADDRINUSE. */
int port_check(struct tarn *st, const struct sock *sk, const struct tarn_addr *local);

/* May sk listen? Two that share an address as long as neither listens may not both. */
bool port_may_listen(struct tarn *st, const struct sock *sk);

/* Count a connection on a local address and port, so that port_check() and port_ephemeral() know of
 * it; `reuse`: it had SO_REUSEADDR. Sockets in the table of connections are counted by
 * demux_connect(); a transport counts what it remembers outside of it (TIME-WAIT). false when out
 * of memory: then the port is not protected, and is not to be released. */
bool port_hold(struct tarn *st, uint8_t protocol, const struct tarn_addr *local, bool reuse);
void port_release(struct tarn *st, uint8_t protocol, const struct tarn_addr *local, bool reuse);

#endif
