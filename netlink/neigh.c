/* netlink/neigh.c - neighbours (RTM_GETNEIGH). */
#include "netlink/kind.h"

static uint16_t state_of(uint8_t state)
{
    static const uint16_t states[] = {
        [TARN_NEIGH_INCOMPLETE] = NUD_INCOMPLETE, [TARN_NEIGH_REACHABLE] = NUD_REACHABLE,
        [TARN_NEIGH_STALE] = NUD_STALE,           [TARN_NEIGH_DELAY] = NUD_DELAY,
        [TARN_NEIGH_PROBE] = NUD_PROBE,           [TARN_NEIGH_FAILED] = NUD_FAILED,
        [TARN_NEIGH_PERMANENT] = NUD_PERMANENT,
    };

    return state < sizeof states / sizeof states[0] ? states[state] : 0;
}

static bool put_neigh(struct nl_writer *w, const struct nl_header *h, const struct tarn_neigh *n)
{
    struct rtnl_neigh neigh = {
        .family = nl_family(&n->ip),
        .index = (int32_t)n->port + 1,
        .state = state_of(n->state),
        .flags = n->router ? NTF_ROUTER : 0,
        .type = RTN_UNICAST,
    };
    struct nl_header head = *h;

    head.type = RTM_NEWNEIGH;
    message_begin(w, &head, &neigh, sizeof neigh);
    message_put_ip(w, NDA_DST, &n->ip);
    if (n->state != TARN_NEIGH_INCOMPLETE && n->state != TARN_NEIGH_FAILED)
        message_put(w, NDA_LLADDR, n->mac, sizeof n->mac);
    return message_end(w);
}

static int filter(const struct nl_request *q, bool strict, struct netlink_dump *d,
                  struct nl_fault *f)
{
    struct rtnl_neigh neigh;
    struct nl_value v;
    size_t at = sizeof neigh;

    if (!message_body(q, &neigh, sizeof neigh) && strict)
        return nl_refuse(f, -TARN_EINVAL, "Invalid header for neighbor dump request");
    if (strict && (neigh.pad1 != 0 || neigh.pad2 != 0 || neigh.index != 0 || neigh.state != 0 ||
                   neigh.type != 0))
        return nl_refuse(f, -TARN_EINVAL, "Invalid values in header for neighbor dump request");
    if (strict && (neigh.flags & ~NTF_PROXY) != 0)
        return nl_refuse(f, -TARN_EINVAL, "Invalid flags in header for neighbor dump request");
    if (neigh.flags == NTF_PROXY)
        d->finished = true; /* the stack answers for nobody else */
    while (message_attr(q->body, q->body_bytes, &at, &v)) {
        if (v.type == NDA_IFINDEX)
            d->index = message_u32(&v);
        else if (strict)
            return nl_refuse_attr(f, q, &v, "Unsupported attribute in neighbor dump request");
    }
    d->filtered = d->index != 0;
    return 0;
}

static enum nl_step next(const struct tarn *st, struct netlink_dump *d, const struct nl_header *h,
                         struct nl_writer *w, tarn_ns now)
{
    uint32_t cursor = d->cursor;
    struct tarn_neigh n;

    (void)now;
    if (!tarn_neigh_next(st, &cursor, &n))
        return STEP_END;
    if ((d->family == NL_AF_UNSPEC || d->family == nl_family(&n.ip)) &&
        (d->index == 0 || d->index == n.port + 1) && !put_neigh(w, h, &n))
        return STEP_FULL;
    d->cursor = cursor;
    return STEP_ON;
}

static int one(struct tarn *st, const struct nl_request *q, const struct nl_header *h,
               struct nl_writer *w, struct nl_fault *f)
{
    struct rtnl_neigh neigh;
    struct tarn_neigh n;
    struct tarn_ip ip = {{0}};
    struct nl_value v;
    size_t at = sizeof neigh;
    uint32_t cursor = 0;
    bool given = false;

    if (!message_body(q, &neigh, sizeof neigh))
        return nl_refuse(f, -TARN_EINVAL, "Invalid header for neighbor get request");
    while (message_attr(q->body, q->body_bytes, &at, &v)) {
        if (v.type == NDA_DST)
            given = message_ip(&v, neigh.family, &ip);
    }
    if (!given)
        return nl_refuse(f, -TARN_EINVAL, "Network address not specified");
    while (tarn_neigh_next(st, &cursor, &n)) {
        if (tarn_ip_equal(&n.ip, &ip) && (int32_t)n.port + 1 == neigh.index) {
            put_neigh(w, h, &n);
            return 0;
        }
    }
    return nl_refuse(f, -TARN_ENOENT, "Neighbour entry not found");
}

const struct nl_kind nl_kind_neigh = {RTM_GETNEIGH, filter, next, one};
