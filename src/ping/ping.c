/* ping/ping.c - datagram sockets of ICMP and ICMPv6: they can ping and nothing else, so a program
 * needs no privilege for them.
 *
 * As Linux has them: the socket's port is the identifier of its echo requests. Nothing but requests
 * may be sent; identifier and checksum are filled in. What is received are the replies with that
 * identifier, each beginning at its ICMP header, and errors about requests by the queue of extended
 * errors. Sockets stay in the table of bound ones when they have a peer: an identifier is one
 * socket's, unless it is shared. */
#include "base/sum.h"
#include "core/chunk.h"
#include "sock/dgram.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"

_Static_assert((int)ICMP_HEADER_BYTES == (int)ICMP6_HEADER_BYTES, "one length for both families");

/* What both families' echo messages say. */
struct echo {
    uint8_t type, code;
    uint16_t id, seq;
};

static bool echo_parse(struct echo *out, bool four, const uint8_t *at, size_t n)
{
    struct icmp_hdr h4;
    struct icmp6_hdr h6;

    if (four && icmp_parse(&h4, at, n) == WIRE_OK) {
        *out = (struct echo){h4.type, h4.code, h4.id, h4.seq};
        return true;
    }
    if (!four && icmp6_parse(&h6, at, n) == WIRE_OK) {
        *out = (struct echo){h6.type, h6.code, h6.id, h6.seq};
        return true;
    }
    return false;
}

static bool is_request(const struct echo *e, bool four)
{
    return e->type == (four ? (int)ICMP_ECHO : (int)ICMP6_ECHO) && e->code == 0;
}

static int ping_open(struct tarn *st, struct sock *sk)
{
    uint8_t own = sk->family == TARN_INET ? TARN_IPPROTO_ICMP : TARN_IPPROTO_ICMPV6;

    return sk->protocol == own ? dgram_open(st, sk) : -TARN_EPROTONOSUPPORT;
}

/* RECEIVE ------------------------------------------------------------------------------------ */

/* The socket of an identifier that hears ip->src at ip->dst; NULL. */
static struct sock *find(struct tarn *st, const struct ip_info *ip, uint16_t id)
{
    uint8_t protocol = tarn_ip_is4(&ip->dst) ? TARN_IPPROTO_ICMP : TARN_IPPROTO_ICMPV6;
    struct sock *sk = NULL;

    while ((sk = demux_next_bound(st, protocol, ip, id, sk)) != NULL)
        if (tarn_ip_is_any(&sk->remote.ip) || tarn_ip_equal(&sk->remote.ip, &ip->src))
            return sk;
    return NULL;
}

bool ping_input_copy(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    struct echo e;
    struct sock *sk = NULL;
    struct pkt *copy;

    (void)now;
    if (echo_parse(&e, tarn_ip_is4(&ip->dst), pkt_head(p), p->head_len))
        sk = find(st, ip, e.id);
    if (sk == NULL)
        return false;
    copy = pkt_clone(st, p);
    if (copy != NULL)
        dgram_enqueue(st, sk, ip, 0, copy, DROP_SOCK_QUEUE);
    else
        st->drop[DROP_POOL_EMPTY]++;
    return true;
}

/* A path's MTU is learned whoever sent the message: a long answer to a long ping is to arrive too.
 */
void ping_error(struct tarn *st, const struct icmp_error *e, tarn_ns now)
{
    bool four = tarn_ip_is4(&e->quoted.dst), learned = true;
    struct ip_info back = {
        .src = e->quoted.dst, .dst = e->quoted.src, .zone = e->quoted.zone, .port = e->p->port};
    struct sock *sk = NULL;
    struct echo quoted;

    if (echo_parse(&quoted, four, e->payload, e->payload_bytes) && is_request(&quoted, four))
        sk = find(st, &back, quoted.id);
    if (e->error == -TARN_EMSGSIZE && sk != NULL)
        learned = dgram_learn_mtu(st, sk, e, now);
    else if (e->error == -TARN_EMSGSIZE)
        pmtu_learn(st, &e->quoted.dst, e->quoted.zone, e->info, now);
    if (sk != NULL && learned)
        sock_message_error(st, sk, e, 0, 0);
}

/* SEND --------------------------------------------------------------------------------------- */

/* An identifier, then a peer, without leaving the table of identifiers. */
static int ping_connect(struct tarn *st, struct sock *sk, const struct tarn_addr *to, tarn_ns now)
{
    struct tarn_addr peer = *to;
    struct ip_info ip;
    int err;

    (void)now;
    sock_forget_peer(sk);
    if (tarn_ip_is_any(&to->ip) && to->port == 0)
        return 0;
    err = sock_connect_way(st, sk, &peer, dgram_group_device(sk, &peer), &ip);
    if (err == 0)
        err = dgram_may_send_to(st, sk, &peer.ip);
    if (err == 0)
        err = sock_autobind(st, sk);
    if (err < 0)
        sock_forget_peer(sk);
    else
        sk->remote = peer;
    return err;
}

/* The request's header again, with the identifier and the checksum; -TARN_EINVAL: no request. */
static int make_request(struct tarn *st, const struct sock *sk, const struct ip_info *ip,
                        struct pkt *p)
{
    bool four = tarn_ip_is4(&ip->dst);
    const uint8_t *at = pkt_pull(st, p, ICMP_HEADER_BYTES);
    struct echo e;

    if (at == NULL || !echo_parse(&e, four, at, p->head_len) || !is_request(&e, four))
        return -TARN_EINVAL;
    if (four) {
        struct icmp_hdr h = {.type = ICMP_ECHO, .id = sk->local.port, .seq = e.seq};

        icmp_build(pkt_head(p), &h, pkt_sum(st, p, ICMP_HEADER_BYTES));
    } else {
        struct icmp6_hdr h = {.type = ICMP6_ECHO, .id = sk->local.port, .seq = e.seq};

        icmp6_build(pkt_head(p), &h,
                    sum_add(path_pseudo_sum(ip, pkt_len(p)), pkt_sum(st, p, ICMP6_HEADER_BYTES)));
    }
    return 0;
}

static long send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    size_t n = sock_msg_bytes(m);
    struct dgram_way way;
    struct pkt *p;
    int err = dgram_route(st, sk, m, &way);

    if (err == 0 && tarn_ip_is4(&way.ip.dst) != (sk->family == TARN_INET))
        err = -TARN_EINVAL; /* no mapped peers */
    if (err == 0)
        err = sock_autobind(st, sk);
    if (err == 0)
        err = dgram_check_size(st, sk, &way, n);
    if (err == 0)
        err = dgram_packet(st, sk, m, &p);
    if (err < 0)
        return err;
    err = make_request(st, sk, &way.ip, p);
    if (err < 0) {
        pkt_put(st, p);
        return err;
    }
    stat_add(st, TARN_STAT_ICMP_OUT, 1);
    dgram_queue(st, sk, &way, p, now);
    return (long)n;
}

const struct proto proto_ping = {
    .name = "ping",
    .type = TARN_DGRAM,
    .sock_size = sizeof(struct dgram),
    .pull = dgram_pull,
    .open = ping_open,
    .connect = ping_connect,
    .send = send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .close = dgram_close,
    .setopt = dgram_setopt,
    .getopt = dgram_getopt,
};
