/* netlink/addr.c - addresses of interfaces (RTM_GETADDR). */
#include "netlink/kind.h"

static uint8_t scope_of(const struct tarn_address *a)
{
    if (tarn_ip_is_loopback(&a->prefix.ip))
        return RT_SCOPE_HOST;
    return tarn_ip_is_link_local(&a->prefix.ip) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

static uint32_t flags_of(const struct tarn_address *a)
{
    static const struct {
        uint8_t ours;
        uint16_t linux_;
    } pairs[] = {
        {TARN_ADDRESS_TENTATIVE, IFA_F_TENTATIVE},   {TARN_ADDRESS_DUPLICATE, IFA_F_DADFAILED},
        {TARN_ADDRESS_DEPRECATED, IFA_F_DEPRECATED}, {TARN_ADDRESS_TEMPORARY, IFA_F_TEMPORARY},
        {TARN_ADDRESS_OPTIMISTIC, IFA_F_OPTIMISTIC}, {TARN_ADDRESS_NODAD, IFA_F_NODAD},
        {TARN_ADDRESS_NOROUTE, IFA_F_NOPREFIXROUTE},
    };
    bool for_ever = a->valid_until == 0 || a->valid_until == TARN_NEVER;
    uint32_t flags = for_ever ? IFA_F_PERMANENT : 0;

    for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if ((a->flags & pairs[i].ours) != 0)
            flags |= pairs[i].linux_;
    }
    if (tarn_ip_is4(&a->prefix.ip) || tarn_ip_is_loopback(&a->prefix.ip))
        flags &= ~(uint32_t)IFA_F_NODAD; /* nothing to be told of */
    return flags;
}

/* The network's last address; a network of one or two has none. */
static void put_broadcast(struct nl_writer *w, const struct tarn_address *a)
{
    unsigned host_bits = 128u - a->prefix.len;
    struct tarn_ip ip;

    if (host_bits < 2 || host_bits > 32 || a->port == 0)
        return;
    ip = tarn_ip4(tarn_ip_to4(&a->prefix.ip) | (uint32_t)((UINT64_C(1) << host_bits) - 1));
    message_put_ip(w, IFA_BROADCAST, &ip);
}

static void put_inet(struct nl_writer *w, const struct tarn *st, const struct tarn_address *a)
{
    struct tarn_port_info p;

    message_put_ip(w, IFA_ADDRESS, &a->prefix.ip);
    message_put_ip(w, IFA_LOCAL, &a->prefix.ip);
    put_broadcast(w, a);
    if (tarn_port_get(st, a->port, &p) == 0)
        message_put_text(w, IFA_LABEL, p.name);
}

static void put_inet6(struct nl_writer *w, const struct tarn_address *a)
{
    message_put_ip(w, IFA_ADDRESS, &a->prefix.ip);
    if (tarn_ip_is_loopback(&a->prefix.ip))
        message_put_u8(w, IFA_PROTO, IFAPROT_KERNEL_LO);
    else if (a->origin == TARN_ORIGIN_RA)
        message_put_u8(w, IFA_PROTO, IFAPROT_KERNEL_RA);
    else if (a->origin == TARN_ORIGIN_KERNEL)
        message_put_u8(w, IFA_PROTO, IFAPROT_KERNEL_LL);
}

static bool put_addr(struct nl_writer *w, const struct nl_header *h, const struct tarn *st,
                     const struct tarn_address *a, tarn_ns now)
{
    uint32_t flags = flags_of(a);
    struct rtnl_addr addr = {
        .family = nl_family(&a->prefix.ip),
        .prefixlen = nl_prefix_len(&a->prefix),
        .flags = (uint8_t)flags,
        .scope = scope_of(a),
        .index = a->port + 1,
    };
    struct rtnl_addr_cache cache = {
        .preferred_s = nl_seconds_left(a->preferred_until, now),
        .valid_s = nl_seconds_left(a->valid_until, now),
    };
    struct nl_header head = *h;

    head.type = RTM_NEWADDR;
    message_begin(w, &head, &addr, sizeof addr);
    if (addr.family == NL_AF_INET)
        put_inet(w, st, a);
    else
        put_inet6(w, a);
    message_put_u32(w, IFA_FLAGS, flags);
    message_put(w, IFA_CACHEINFO, &cache, sizeof cache);
    return message_end(w);
}

static int filter(const struct nl_request *q, bool strict, struct netlink_dump *d,
                  struct nl_fault *f)
{
    struct rtnl_addr addr;
    struct nl_value v;
    size_t at = sizeof addr;

    if (!strict)
        return 0;
    if (!message_body(q, &addr, sizeof addr))
        return nl_refuse(f, -TARN_EINVAL, "Invalid header for address dump request");
    if (addr.prefixlen != 0 || addr.flags != 0 || addr.scope != 0)
        return nl_refuse(f, -TARN_EINVAL, "Invalid values in header for address dump request");
    if (message_attr(q->body, q->body_bytes, &at, &v))
        return nl_refuse_attr(f, q, &v, "Unsupported attribute in dump request");
    d->index = addr.index;
    d->filtered = addr.index != 0;
    return 0;
}

static enum nl_step next(const struct tarn *st, struct netlink_dump *d, const struct nl_header *h,
                         struct nl_writer *w, tarn_ns now)
{
    uint32_t cursor = d->cursor;
    struct tarn_address a;

    if (!tarn_address_next(st, &cursor, &a))
        return STEP_END;
    if ((d->family == NL_AF_UNSPEC || d->family == nl_family(&a.prefix.ip)) &&
        (d->index == 0 || d->index == a.port + 1) && !put_addr(w, h, st, &a, now))
        return STEP_FULL;
    d->cursor = cursor;
    return STEP_ON;
}

const struct nl_kind nl_kind_addr = {RTM_GETADDR, filter, next, NULL};
