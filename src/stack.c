/* stack.c - puts the folders together: the stack's beginning, its four doors, its clockwork.
 *
 * Output. A port's queue and the sockets that want to send on it take turns by bytes: sockets are
 * asked when the queue is empty or when less than half of what has left it was theirs. So neither
 * forwarded traffic nor local sockets keep the other out.
 *
 * Loopback. What port 0 sends comes back in by tarn_tick(), a bounded number of packets per call;
 * tarn_deadline() tells when there is more. Nothing recurses. */
#include "addrconf/addrconf.h"
#include "base/bits.h"
#include "core/chunk.h"
#include "core/path.h"
#include "core/port.h"
#include "core/resolver.h"
#include "eth/neigh.h"
#include "group/group.h"
#include "ip/address.h"
#include "sock/proto.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"

enum { LOOP_PACKETS = 256, CREDIT_MAX_BYTES = 65536 };

static const struct tarn_config defaults = {
    .max_sockets = 1048576,
    .max_neighbours = 1024,
    .max_routes = 65536,
    .max_packets = 65536,
    .max_reasm_bytes = 4 * 1024 * 1024,
};

static uint32_t or_default(uint32_t asked, uint32_t def)
{
    return asked != 0 ? asked : def;
}

static void set_limits(struct tarn *st, const struct tarn_config *asked, size_t len)
{
    struct tarn_config *cfg = &st->cfg;

    if (asked != NULL)
        *cfg = *asked;
    cfg->max_sockets = or_default(cfg->max_sockets, defaults.max_sockets);
    cfg->max_neighbours = or_default(cfg->max_neighbours, defaults.max_neighbours);
    cfg->max_routes = or_default(cfg->max_routes, defaults.max_routes);
    cfg->max_packets = or_default(cfg->max_packets, defaults.max_packets);
    if (cfg->max_chunk_bytes == 0)
        cfg->max_chunk_bytes = len / 2;
    if (cfg->max_reasm_bytes == 0)
        cfg->max_reasm_bytes = min_u64(defaults.max_reasm_bytes, cfg->max_chunk_bytes / 2);
}

static bool layers_init(struct tarn *st)
{
    if (!port_layer_init(st) || !eth_layer_init(st) || !ip_layer_init(st) ||
        !group_layer_init(st) || !addrconf_layer_init(st) || !sock_layer_init(st))
        return false;
    for (unsigned i = 0; proto_table[i] != NULL; i++)
        if (proto_table[i]->layer_init != NULL && !proto_table[i]->layer_init(st))
            return false;
    return true;
}

static bool add_loopback(struct tarn *st, struct tarn_prefix prefix, tarn_ns now)
{
    struct tarn_address a = {.port = PORT_LO,
                             .prefix = prefix,
                             .origin = TARN_ORIGIN_KERNEL,
                             .flags = TARN_ADDRESS_NODAD};

    return tarn_address_add(st, &a, now, NULL) == 0;
}

int tarn_init(struct tarn **out, void *mem, size_t len, const struct tarn_config *cfg,
              const uint8_t seed[32], tarn_ns now)
{
    struct tarn *st = mem;
    uint8_t key[16];

    if (len < TARN_ARENA_MIN)
        return -TARN_ENOMEM;
    if ((uintptr_t)mem % ARENA_ALIGN != 0)
        return -TARN_EINVAL;
    memset(st, 0, sizeof *st);
    if (!arena_init(&st->arena, mem, sizeof *st, len))
        return -TARN_EINVAL;
    set_limits(st, cfg, len);
    st->born = st->now = now;
    for (unsigned i = 0; i < STREAM_N; i++)
        rng_init(&st->rng[i], seed, i);
    rng_bytes(&st->rng[STREAM_HASH], key, sizeof key);
    st->hash_key = sip_key_load(key);
    wheel_init(&st->wheel, now);
    param_defaults(st);
    pool_init(&st->pkt_pool, sizeof(struct pkt), 0, st->cfg.max_packets);
    chunk_pools_init(st);
    if (!layers_init(st))
        return -TARN_ENOMEM;
    if (!add_loopback(st, (struct tarn_prefix){tarn_ip4(0x7f000001), 96 + 8}, now) ||
        !add_loopback(st, (struct tarn_prefix){{{[15] = 1}}, 128}, now))
        return -TARN_ENOMEM;
    *out = st;
    return 0;
}

size_t tarn_arena_used(const struct tarn *st)
{
    return (size_t)st->arena.used_bytes;
}

int tarn_give(struct tarn *st, void *mem, size_t len)
{
    return arena_give(st, &st->arena, mem, len) ? 0 : -TARN_EINVAL;
}

void tarn_input(struct tarn *st, unsigned port, struct pkt *p, tarn_ns now)
{
    st->now = now;
    if (port >= port_count(st))
        pkt_drop(st, p, DROP_PORT_DOWN);
    else
        port_input(st, port, p, now);
}

static int32_t clamp_credit(int64_t bytes)
{
    if (bytes > CREDIT_MAX_BYTES)
        return CREDIT_MAX_BYTES;
    return bytes < -CREDIT_MAX_BYTES ? -CREDIT_MAX_BYTES : (int32_t)bytes;
}

/* A packet of the port's queue, to which the sockets have added one when it is their turn. */
static struct pkt *next_out(struct tarn *st, unsigned port, tarn_ns now)
{
    struct port *o = port_at(st, port);
    struct pkt *p;

    if (o->sock_credit_bytes >= 0 || port_deadline(st, port) > now)
        o->sock_credit_bytes =
            clamp_credit(o->sock_credit_bytes - 2 * (int64_t)sock_pull(st, port, now));
    p = port_dequeue(st, port, now);
    if (p != NULL)
        o->sock_credit_bytes = clamp_credit(o->sock_credit_bytes + (int64_t)pkt_len(p));
    return p;
}

struct pkt *tarn_output(struct tarn *st, unsigned port, tarn_ns now)
{
    struct pkt *p;

    st->now = now;
    if (port >= port_count(st))
        return NULL;
    do
        p = next_out(st, port, now);
    while (p == NULL && sock_port_wants(st, port));
    return p;
}

tarn_ns tarn_deadline(const struct tarn *st)
{
    bool loops = port_deadline(st, PORT_LO) != TARN_NEVER || sock_port_wants(st, PORT_LO);

    return loops ? st->now : wheel_deadline(&st->wheel);
}

static void loop_back(struct tarn *st, tarn_ns now)
{
    struct pkt *p;

    for (unsigned n = 0; n < LOOP_PACKETS && (p = tarn_output(st, PORT_LO, now)) != NULL; n++) {
        p->flags = PKT_LOOPED;
        p->l2 = p->l3 = 0;
        p->next = 0;
        port_input(st, PORT_LO, p, now);
    }
}

static void expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    switch ((enum timer_kind)t->kind) {
    case TIMER_SOCK: sock_expire(st, t, now); return;
    case TIMER_NEIGH: neigh_expire(st, t, now); return;
    case TIMER_REASM: reasm_expire(st, t, now); return;
    case TIMER_PMTU: pmtu_expire(st, t, now); return;
    case TIMER_ROUTE: route_expire(st, t, now); return;
    case TIMER_ADDRESS: address_expire(st, t, now); return;
    case TIMER_ROUTER: addrconf_expire(st, t, now); return;
    case TIMER_GROUP: report_expire(st, t, now); return;
    case TIMER_RESOLVER: resolver_expire(st, now); return;
    case TIMER_TCP_REQUEST:
    case TIMER_TCP_TIME_WAIT: proto_find(st, IP_PROTO_TCP)->expire(st, t, now); return;
    }
}

void tarn_tick(struct tarn *st, tarn_ns now)
{
    struct timer *t;

    st->now = now;
    while ((t = wheel_advance(st, &st->wheel, now)) != NULL)
        expire(st, t, now);
    loop_back(st, now);
}

/* Addresses and protocol of a packet that begins at its IP header, of either family, and where its
 * transport header is; 0: it is none, or a later fragment. */
static uint32_t parse_network(const uint8_t *at, size_t n, struct ip_info *out)
{
    struct icmp6_quote six;
    struct ip4_hdr four;

    if (ip4_parse_quoted(&four, at, n) == WIRE_OK) {
        *out = (struct ip_info){
            .src = tarn_ip4(four.src), .dst = tarn_ip4(four.dst), .proto = four.proto};
        out->frag_bytes = four.frag_bytes;
        return four.header_bytes;
    }
    if (!icmp6_parse_quote(&six, at, n))
        return 0;
    *out = (struct ip_info){.proto = six.proto, .frag_bytes = six.later};
    memcpy(out->src.b, six.ip.src, 16);
    memcpy(out->dst.b, six.ip.dst, 16);
    return six.header_bytes;
}

/* Our own packet did not find its way: tell the transport as if a router had. */
static void tell_transport(struct tarn *st, const struct ip_info *ip, const struct pkt *p,
                           uint32_t payload_at, tarn_ns now)
{
    bool four = tarn_ip_is4(&ip->dst);
    struct icmp_error e = {.quoted = *ip,
                           .type = four ? (uint8_t)ICMP_UNREACHABLE : (uint8_t)ICMP6_UNREACHABLE,
                           .code = four ? (uint8_t)ICMP_HOST : (uint8_t)ICMP6_ADDRESS,
                           .error = -TARN_EHOSTUNREACH,
                           .from = ip->src,
                           .payload = p->head + p->head_off + payload_at,
                           .payload_bytes = p->head_len - payload_at,
                           .p = p,
                           .payload_at = payload_at};

    if (ip->frag_bytes != 0 || e.payload_bytes < 8)
        return;
    proto_tell_error(st, &e, now);
}

void path_unreachable(struct tarn *st, struct pkt *p, tarn_ns now)
{
    uint32_t in_head = p->head_off + p->head_len - p->l3;
    const uint8_t *at = p->head + p->l3;
    struct ip_info ip;
    uint32_t header_bytes = parse_network(at, in_head, &ip);

    if (header_bytes != 0) {
        ip.port = p->port;
        if (tarn_ip_has_zone(&ip.src) || tarn_ip_has_zone(&ip.dst))
            ip.zone = p->port + 1u;
        if (address_is_local(st, &ip.src))
            tell_transport(st, &ip, p, p->l3 - p->head_off + header_bytes, now);
        else
            icmp_error_send(st, &ip, p, (struct icmp_report){ICMP_WHY_HOST, 0}, now);
    }
    pkt_drop(st, p, DROP_NEIGH_FAILED);
}
