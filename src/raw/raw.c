/* raw/raw.c - raw sockets: packets of any protocol.
 *
 * A raw socket gets a copy of every packet of its family and protocol for this host. Of IPv4 it has
 * its IP header, as Linux gives it; a reassembled one bears the header of its first fragment with
 * the whole length. Of IPv6 it begins behind all headers (RFC 3542 3). */
#include "base/array.h"
#include "base/bits.h"
#include "sock/dgram.h"
#include "wire/ip4.h"
#include "wire/patch.h"

enum { IP_PROTO_RAW = 255, IP4_FRAGMENT_AT = 6 };

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

static bool wants(const struct sock *sk, const struct ip_info *ip)
{
    return sk->protocol == ip->proto && (sk->family == TARN_INET) == tarn_ip_is4(&ip->dst) &&
           sock_covers(&sk->local.ip, sk->flags, &ip->dst) &&
           (tarn_ip_is_any(&sk->remote.ip) || tarn_ip_equal(&sk->remote.ip, &ip->src)) &&
           (sk->bind_port == 0 || sk->bind_port == sock_device_of(ip));
}

/* The packet, with its header again when it is of IPv4; NULL when out of memory. */
static struct pkt *copy_of(struct tarn *st, const struct ip_info *ip, const struct pkt *p)
{
    struct pkt *q = pkt_clone(st, p);
    uint8_t *header;

    if (q == NULL || !tarn_ip_is4(&ip->dst))
        return q;
    header = pkt_prepend(q, q->head_off - q->l3);
    ip4_patch_total(header, (uint16_t)pkt_len(q));
    ip4_patch16(header, IP4_FRAGMENT_AT, load_be16(header + IP4_FRAGMENT_AT) & 0x4000);
    return q;
}

bool raw_input_copy(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    bool taken = false;

    (void)now;
    list_each (st, &raw_layer(st)->all, struct sock, sk) {
        struct pkt *q;

        if (!wants(sk, ip))
            continue;
        taken = true;
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
        if (!wants(sk, &back))
            continue;
        if (e->error != -TARN_EMSGSIZE || dgram_learn_mtu(st, sk, e, now))
            sock_message_error(st, sk, e, 0, 0);
    }
}

static int raw_open(struct tarn *st, struct sock *sk)
{
    if (sk->protocol == IP_PROTO_RAW)
        sk->flags |= SOCK_HDRINCL;
    list_push_back(st, &raw_layer(st)->all, sk);
    return dgram_open(st, sk);
}

static void raw_close(struct tarn *st, struct sock *sk, bool abort, tarn_ns now)
{
    list_remove(st, &raw_layer(st)->all, sk);
    dgram_close(st, sk, abort, now);
}

/* The caller's header, completed as Linux does: length and checksum always, source and
 * identification when they are 0. */
static int complete_header(struct tarn *st, struct pkt *p, struct ip_info *ip)
{
    const uint8_t *at = pkt_pull(st, p, min_u32(pkt_len(p), IP4_MAX_HEADER_BYTES));
    struct ip4_hdr h;

    if (at == NULL || p->head_len < IP4_HEADER_BYTES)
        return -TARN_EINVAL;
    ip4_patch_total(pkt_head(p), (uint16_t)pkt_len(p));
    if (ip4_parse_quoted(&h, at, p->head_len) != WIRE_OK)
        return -TARN_EINVAL;
    if (h.src == 0)
        h.src = tarn_ip_to4(&ip->src);
    memcpy(h.options, at + IP4_HEADER_BYTES, h.header_bytes - (size_t)IP4_HEADER_BYTES);
    ip4_build(pkt_head(p), &h);
    ip->hdrincl = true;
    return 0;
}

static long send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    size_t n = dgram_msg_bytes(m);
    bool whole = (sk->flags & SOCK_HDRINCL) != 0;
    struct dgram_way way;
    struct pkt *p;
    int err = dgram_route(st, sk, m, &way);

    if (err == 0 && whole) {
        way.discover = MTU_DISCOVER_DO;
        err = n >= IP4_HEADER_BYTES ? 0 : -TARN_EINVAL;
    }
    if (err == 0)
        err = dgram_check_size(st, sk, &way, whole ? n - IP4_HEADER_BYTES : n);
    if (err == 0)
        err = dgram_packet(st, sk, m, &p);
    if (err < 0)
        return err;
    if (whole)
        err = complete_header(st, p, &way.ip);
    if (err < 0) {
        pkt_put(st, p);
        return err;
    }
    dgram_queue(st, sk, &way, p, now);
    return (long)n;
}

static int setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now)
{
    if (opt != TARN_SO_IP_HDRINCL)
        return dgram_setopt(st, sk, opt, value, now);
    sk->flags = (sk->flags & ~(uint32_t)SOCK_HDRINCL) | (value != 0 ? SOCK_HDRINCL : 0);
    return 0;
}

static int getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value)
{
    if (opt != TARN_SO_IP_HDRINCL)
        return dgram_getopt(st, sk, opt, value);
    *value = (sk->flags & SOCK_HDRINCL) != 0;
    return 0;
}

const struct proto proto_raw = {
    .name = "raw",
    .type = TARN_RAW,
    .sock_size = sizeof(struct dgram),
    .layer_init = layer_init,
    .pull = dgram_pull,
    .open = raw_open,
    .connect = dgram_connect,
    .send = send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .close = raw_close,
    .setopt = setopt,
    .getopt = getopt,
};
