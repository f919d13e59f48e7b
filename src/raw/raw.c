/* raw/raw.c - raw sockets: packets of any protocol.
 *
 * A raw socket gets a copy of every packet of its family and protocol for this host. Of IPv4 it has
 * its IP header, as Linux gives it; a reassembled one bears the header of its first fragment with
 * the whole length. Of IPv6 it begins behind all headers (RFC 3542 3). */
#include "raw/raw.h"
#include "base/bits.h"
#include "wire/icmp6.h"
#include "wire/patch.h"

struct raw_layer {
    struct list all; /* struct sock, by owner_link */
};

static struct raw_layer *raw_layer(const struct tarn *st)
{
    return layer_state(st, LAYER_RAW);
}

static bool layer_init(struct tarn *st)
{
    struct raw_layer *all = layer_alloc(st, LAYER_RAW, sizeof *all);

    if (all == NULL)
        return false;
    list_init(&all->all, offsetof(struct sock, owner_link));
    return true;
}

static bool wants(const struct tarn *st, const struct sock *sk, const struct ip_info *ip)
{
    return sk->protocol == ip->proto && (sk->family == TARN_INET) == tarn_ip_is4(&ip->dst) &&
           sock_covers(&sk->local.ip, sk->flags, &ip->dst) &&
           (tarn_ip_is_any(&sk->remote.ip) || tarn_ip_equal(&sk->remote.ip, &ip->src)) &&
           (sk->bind_port == 0 || sk->bind_port == sock_device_of(ip)) && dgram_hears(st, sk, ip);
}

/* ICMPv6: does the filter let the message's type through? */
static bool passes(struct sock *sk, const struct pkt *p)
{
    uint8_t type = p->head_len > 0 ? p->head[p->head_off] : 0;

    return sk->protocol != TARN_IPPROTO_ICMPV6 || sk->family != TARN_INET6 ||
           (raw_of(sk)->refuse[type / 32] >> type % 32 & 1) == 0;
}

/* The packet, with its header again when it is of IPv4; NULL when out of memory. */
static struct pkt *copy_of(struct tarn *st, const struct ip_info *ip, const struct pkt *p)
{
    struct pkt *q = pkt_clone(st, p);
    uint8_t *header;

    if (q == NULL || !tarn_ip_is4(&ip->dst))
        return q;
    header = pkt_prepend(q, q->head_off - q->l3);
    ip4_patch_whole(header, pkt_len(q));
    return q;
}

bool raw_input_copy(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    bool taken = false;

    (void)now;
    (void)pkt_pull(st, p, min_u32(pkt_len(p), 1)); /* for passes() */
    list_each (st, &raw_layer(st)->all, struct sock, sk) {
        struct pkt *q;

        if (!wants(st, sk, ip) || !passes(sk, p))
            continue;
        taken = true;
        if (raw_of(sk)->checksum_at >= 0 && !path_csum_good(st, ip, p)) {
            st->drop[DROP_RAW_CHECKSUM]++;
            continue;
        }
        q = copy_of(st, ip, p);
        if (q != NULL)
            dgram_enqueue(st, sk, ip, 0, q, DROP_RAW_QUEUE);
        else
            st->drop[DROP_POOL_EMPTY]++;
    }
    return taken;
}

/* Raw sockets that could have sent the quoted packet. What a program has sent whole it gets back
 * whole. */
void raw_error(struct tarn *st, const struct icmp_error *e, tarn_ns now)
{
    struct ip_info back = {.src = e->quoted.dst,
                           .dst = e->quoted.src,
                           .proto = e->quoted.proto,
                           .zone = e->quoted.zone,
                           .port = e->p->port};

    list_each (st, &raw_layer(st)->all, struct sock, sk) {
        if (!wants(st, sk, &back))
            continue;
        if (e->error != -TARN_EMSGSIZE || dgram_learn_mtu(st, sk, e, now))
            sock_message_error(st, sk, e, 0, 0);
    }
}

static int raw_open(struct tarn *st, struct sock *sk)
{
    if (sk->protocol == TARN_IPPROTO_RAW)
        sk->flags |= SOCK_HDRINCL;
    raw_of(sk)->checksum_at =
        sk->protocol == TARN_IPPROTO_ICMPV6 && sk->family == TARN_INET6 ? ICMP6_CHECKSUM_AT : -1;
    list_push_back(st, &raw_layer(st)->all, sk);
    return dgram_open(st, sk);
}

static void raw_close(struct tarn *st, struct sock *sk, bool abort, tarn_ns now)
{
    list_remove(st, &raw_layer(st)->all, sk);
    dgram_close(st, sk, abort, now);
}

/* An even place, not that of ICMPv6, which is what it is (RFC 3542 3.1). */
static int set_checksum(struct sock *sk, int64_t at)
{
    if (sk->family != TARN_INET6)
        return -TARN_ENOPROTOOPT;
    if (sk->protocol == TARN_IPPROTO_ICMPV6 || (at > 0 && at % 2 != 0))
        return -TARN_EINVAL;
    raw_of(sk)->checksum_at = (int32_t)at;
    return 0;
}

static int setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now)
{
    switch (opt) {
    case TARN_SO_IP_HDRINCL:
        sk->flags = (sk->flags & ~(uint32_t)SOCK_HDRINCL) | (value != 0 ? SOCK_HDRINCL : 0);
        return 0;
    case TARN_SO_IPV6_CHECKSUM: return set_checksum(sk, value);
    default: return dgram_setopt(st, sk, opt, value, now);
    }
}

static int getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value)
{
    switch (opt) {
    case TARN_SO_IP_HDRINCL: *value = (sk->flags & SOCK_HDRINCL) != 0; return 0;
    case TARN_SO_IPV6_CHECKSUM:
        *value = ((const struct raw_sock *)sk)->checksum_at;
        return sk->family == TARN_INET6 ? 0 : -TARN_ENOPROTOOPT;
    default: return dgram_getopt(st, sk, opt, value);
    }
}

/* The socket, if it is a raw one of ICMPv6. */
static struct sock *filtered(const struct tarn *st, tarn_sock s)
{
    struct sock *sk = sock_find(st, s);

    return sk != NULL && sk->type == TARN_RAW && sk->family == TARN_INET6 &&
                   sk->protocol == TARN_IPPROTO_ICMPV6
               ? sk
               : NULL;
}

int tarn_set_icmp6_filter(struct tarn *st, tarn_sock s, const uint32_t refuse[8])
{
    struct sock *sk = filtered(st, s);

    if (sk == NULL)
        return -TARN_ENOPROTOOPT;
    memcpy(raw_of(sk)->refuse, refuse, sizeof raw_of(sk)->refuse);
    return 0;
}

int tarn_get_icmp6_filter(const struct tarn *st, tarn_sock s, uint32_t refuse[8])
{
    struct sock *sk = filtered(st, s);

    if (sk == NULL)
        return -TARN_ENOPROTOOPT;
    memcpy(refuse, raw_of(sk)->refuse, sizeof raw_of(sk)->refuse);
    return 0;
}

const struct proto proto_raw = {
    .name = "raw",
    .type = TARN_RAW,
    .sock_size = sizeof(struct raw_sock),
    .layer_init = layer_init,
    .pull = dgram_pull,
    .open = raw_open,
    .connect = dgram_connect,
    .send = raw_send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .close = raw_close,
    .setopt = setopt,
    .getopt = getopt,
};
