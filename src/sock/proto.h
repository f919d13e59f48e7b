/* sock/proto.h - a transport protocol: one folder, one const table `proto_NAME`. */
#ifndef TARN_SOCK_PROTO_H
#define TARN_SOCK_PROTO_H

#include "sock/sock.h"

/* An ICMP error that quotes a packet of ours; addresses as we sent it (src is ours). */
struct icmp_error {
    struct ip_info quoted;
    uint8_t type, code;     /* of the ICMP message */
    int16_t error;          /* -TARN_E... that it means */
    bool hard;              /* RFC 1122 4.2.3.9: protocol and port unreachable, too big */
    uint32_t info;          /* next-hop MTU of "fragmentation needed", else 0 */
    struct tarn_ip from;    /* who says so; `quoted.src`: this host itself */
    const uint8_t *payload; /* the quoted transport header, as far as it lies in one piece */
    uint32_t payload_bytes; /* at least 8 */
    const struct pkt *p;    /* where it all came from; borrowed */
    uint32_t payload_at;    /* bytes from the packet's first one to the quoted transport header */
};

/* Extended errors: the queue that TARN_MSG_ERRQUEUE reads, bounded by sock.errors and the receive
 * buffer. For sockets that sock_wants_errors(). sock/error.c */

/* An ICMP error; the message's bytes are what was quoted behind the first `skip` bytes of the
 * transport header, its name is the quoted destination with this port. */
void sock_queue_icmp_error(struct tarn *st, struct sock *sk, const struct icmp_error *e,
                           uint16_t port, uint32_t skip);
/* This host's own: `error` is -TARN_E..., `info` what it says beside it (an MTU). */
void sock_queue_local_error(struct tarn *st, struct sock *sk, int error, uint32_t info,
                            const struct tarn_addr *to);
/* What an ICMP error does to a socket of messages: it is queued for one that wants errors, and is
 * the pending error of such a one, or when it is hard of one with a peer (RFC 1122 4.1.3.3). */
void sock_message_error(struct tarn *st, struct sock *sk, const struct icmp_error *e, uint16_t port,
                        uint32_t skip);

struct proto {
    const char *name;
    uint8_t ip_proto; /* IANA protocol number; 0 = any (raw) */
    uint8_t type;     /* enum tarn_type */
    size_t sock_size; /* bytes of the struct that starts with struct sock */

    /* tarn_init(): the transport's own state, see layer_alloc(); false = no memory. May be NULL. */
    bool (*layer_init)(struct tarn *st);
    /* Expiry of a timer of the transport's own kind (TIMER_TCP_REQUEST ...). May be NULL. */
    void (*expire)(struct tarn *st, struct timer *t, tarn_ns now);

    /* Is this pair of addresses in use by something that is no socket (TIME-WAIT)? May be NULL. */
    bool (*is_busy)(const struct tarn *st, const struct tarn_addr *local,
                    const struct tarn_addr *remote);

    /* packets */
    void (*input)(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now);
    void (*error)(struct tarn *st, const struct icmp_error *e, tarn_ns now);
    /* The next packet to send, its transport header built, PKT_CSUM_PARTIAL. ip and room are filled
     * by sock_route() for a stream; a message brings its own way. NULL: nothing to send now. May
     * not end the socket; tick may. */
    struct pkt *(*pull)(struct tarn *st, struct sock *sk, struct ip_info *ip,
                        const struct tx_room *room, tarn_ns now);
    tarn_ns (*deadline)(const struct tarn *st, const struct sock *sk); /* mirrors pull and tick */
    void (*tick)(struct tarn *st, struct sock *sk, tarn_ns now);

    /* calls of the application, see sock.h; each returns >= 0 or -TARN_E... NULL: not supported */
    int (*open)(struct tarn *st, struct sock *sk);
    int (*connect)(struct tarn *st, struct sock *sk, const struct tarn_addr *to, tarn_ns now);
    int (*listen)(struct tarn *st, struct sock *sk, unsigned backlog);
    struct sock *(*accept)(struct tarn *st, struct sock *sk);
    long (*send)(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now);
    long (*recv)(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now);
    long (*recv_loan)(struct tarn *st, struct sock *sk, const void **at);
    void (*recv_return)(struct tarn *st, struct sock *sk, size_t n, tarn_ns now);
    long (*send_reserve)(struct tarn *st, struct sock *sk, void **at);
    void (*send_commit)(struct tarn *st, struct sock *sk, size_t n, tarn_ns now);
    int (*shutdown)(struct tarn *st, struct sock *sk, enum tarn_shutdown how, tarn_ns now);
    void (*close)(struct tarn *st, struct sock *sk, bool abort, tarn_ns now);
    /* Options the socket layer does not know; -TARN_ENOPROTOOPT for those this does not either. */
    int (*setopt)(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now);
    int (*getopt)(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value);
};

/* The transports, generated from the folders; ends with NULL. */
extern const struct proto *const proto_table[];

/* The transport of a received IP protocol number, or NULL. Raw sockets are asked apart. */
const struct proto *proto_find(const struct tarn *st, uint8_t ip_proto);

/* Tell raw sockets and the transport of e->quoted.proto. sock/error.c */
void proto_tell_error(struct tarn *st, const struct icmp_error *e, tarn_ns now);

/* A copy for raw sockets that want `ip->proto`; p is borrowed. true when one took it. raw/raw.c */
bool raw_input_copy(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now);
/* An ICMP error for raw sockets of e->quoted.proto, beside proto->error(). raw/raw.c */
void raw_error(struct tarn *st, const struct icmp_error *e, tarn_ns now);

/* An echo reply of either family, which begins at its ICMP header, for the datagram ICMP socket
 * that has asked; p is borrowed. true when one took it. ping/ping.c */
bool ping_input_copy(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now);
/* An ICMP error that quotes an ICMP message: `error` of both ICMPs' tables. ping/ping.c */
void ping_error(struct tarn *st, const struct icmp_error *e, tarn_ns now);

#endif
