/* netlink/link.c - interfaces (RTM_GETLINK). */
#include <string.h>

#include "netlink/kind.h"
#include "tarn/link.h"

enum { TX_QUEUE_LENGTH = 1000, GSO_BYTES = 65536, GSO_SEGS = 65535, MTU_LEAST = 68 };

/* Linux's struct rtnl_link_stats64 and rtnl_link_stats begin with these, in this order. */
enum { STATS64_WORDS = 25, STATS_WORDS = 24 };
enum { RX_PACKETS, TX_PACKETS, RX_BYTES, TX_BYTES, RX_ERRORS, TX_ERRORS, RX_DROPPED, TX_DROPPED };

static uint32_t flags_of(unsigned port, const struct tarn_port_info *p)
{
    uint32_t flags = IFF_BROADCAST | IFF_MULTICAST;

    if (port == 0)
        flags = IFF_LOOPBACK;
    else if (p->medium == LINK_IP)
        flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
    if (p->up)
        flags |= IFF_UP;
    if (p->carrier)
        flags |= IFF_LOWER_UP;
    if (p->up && p->carrier)
        flags |= IFF_RUNNING;
    return flags;
}

static uint16_t hardware_of(unsigned port, const struct tarn_port_info *p)
{
    if (port == 0)
        return ARPHRD_LOOPBACK;
    return p->medium == LINK_IP ? ARPHRD_NONE : ARPHRD_ETHER;
}

static uint8_t state_of(unsigned port, const struct tarn_port_info *p)
{
    if (port == 0 || p->medium == LINK_IP)
        return OPER_UNKNOWN;
    return p->up && p->carrier ? OPER_UP : OPER_DOWN;
}

static void put_stats(struct nl_writer *w, const struct tarn_port_info *p)
{
    uint64_t long_words[STATS64_WORDS] = {
        [RX_PACKETS] = p->rx_packets, [TX_PACKETS] = p->tx_packets, [RX_BYTES] = p->rx_bytes,
        [TX_BYTES] = p->tx_bytes,     [RX_DROPPED] = p->rx_dropped, [TX_DROPPED] = p->tx_dropped,
    };
    uint32_t words[STATS_WORDS];

    for (unsigned i = 0; i < STATS_WORDS; i++)
        words[i] = (uint32_t)long_words[i];
    message_put(w, IFLA_STATS64, long_words, sizeof long_words);
    message_put(w, IFLA_STATS, words, sizeof words);
}

static void put_addresses(struct nl_writer *w, unsigned port, const struct tarn_port_info *p)
{
    static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    if (port != 0 && p->medium == LINK_IP)
        return;
    message_put(w, IFLA_ADDRESS, p->mac, sizeof p->mac);
    message_put(w, IFLA_BROADCAST, port == 0 ? p->mac : everybody, sizeof everybody);
}

static void put_vlan(struct nl_writer *w, const struct tarn_port_info *p)
{
    size_t info, data;

    if (p->vlan == 0)
        return;
    message_put_u32(w, IFLA_LINK, p->vlan_of + 1u);
    info = message_nest(w, IFLA_LINKINFO);
    message_put_text(w, IFLA_INFO_KIND, "vlan");
    data = message_nest(w, IFLA_INFO_DATA);
    message_put(w, IFLA_VLAN_ID, &p->vlan, sizeof p->vlan);
    message_nest_end(w, data);
    message_nest_end(w, info);
}

static bool put_link(struct nl_writer *w, const struct nl_header *h, unsigned port,
                     const struct tarn_port_info *p, bool with_stats)
{
    struct rtnl_link link = {
        .type = hardware_of(port, p), .index = (int32_t)port + 1, .flags = flags_of(port, p)};
    struct nl_header head = *h;

    head.type = RTM_NEWLINK;
    message_begin(w, &head, &link, sizeof link);
    message_put_text(w, IFLA_IFNAME, p->name);
    message_put_u32(w, IFLA_TXQLEN, TX_QUEUE_LENGTH);
    message_put_u8(w, IFLA_OPERSTATE, state_of(port, p));
    message_put_u8(w, IFLA_LINKMODE, 0);
    message_put_u32(w, IFLA_MTU, p->mtu);
    message_put_u32(w, IFLA_MIN_MTU, MTU_LEAST);
    message_put_u32(w, IFLA_MAX_MTU, UINT16_MAX);
    message_put_u32(w, IFLA_GROUP, 0);
    message_put_u32(w, IFLA_PROMISCUITY, 0);
    message_put_u32(w, IFLA_NUM_TX_QUEUES, 1);
    message_put_u32(w, IFLA_NUM_RX_QUEUES, 1);
    message_put_u32(w, IFLA_GSO_MAX_SEGS, GSO_SEGS);
    message_put_u32(w, IFLA_GSO_MAX_SIZE, GSO_BYTES);
    message_put_u8(w, IFLA_CARRIER, p->carrier);
    message_put_text(w, IFLA_QDISC, port == 0 ? "noqueue" : "pfifo");
    put_addresses(w, port, p);
    if (with_stats)
        put_stats(w, p);
    put_vlan(w, p);
    return message_end(w);
}

/* ---- all ---- */

static int filter(const struct nl_request *q, bool strict, struct netlink_dump *d,
                  struct nl_fault *f)
{
    struct rtnl_link link;
    struct nl_value v;
    size_t at = sizeof link;

    (void)d;
    if (!strict)
        return 0;
    if (!message_body(q, &link, sizeof link))
        return nl_refuse(f, -TARN_EINVAL, "Invalid header for link dump");
    if (link.pad != 0 || link.type != 0 || link.flags != 0 || link.change != 0)
        return nl_refuse(f, -TARN_EINVAL, "Invalid values in header for link dump request");
    if (link.index != 0)
        return nl_refuse(f, -TARN_EINVAL, "Filter by device index not supported for link dumps");
    while (message_attr(q->body, q->body_bytes, &at, &v)) {
        if (v.type != IFLA_EXT_MASK)
            return nl_refuse_attr(f, q, &v, "Unsupported attribute in link dump request");
    }
    return 0;
}

static enum nl_step next(const struct tarn *st, struct netlink_dump *d, const struct nl_header *h,
                         struct nl_writer *w, tarn_ns now)
{
    struct tarn_port_info p;

    (void)now;
    if (tarn_port_get(st, d->cursor, &p) != 0)
        return STEP_END;
    if (!put_link(w, h, d->cursor, &p, true))
        return STEP_FULL;
    d->cursor++;
    return STEP_ON;
}

/* ---- one ---- */

static bool is_named(const struct tarn_port_info *p, const struct nl_value *name)
{
    size_t n = 0;

    while (n < sizeof p->name && p->name[n] != '\0')
        n++;
    return name->n >= n && memcmp(p->name, name->at, n) == 0 &&
           (name->n == n || name->at[n] == '\0');
}

static int find(const struct tarn *st, int32_t index, const struct nl_value *name,
                struct tarn_port_info *p)
{
    if (index > 0)
        return tarn_port_get(st, (unsigned)index - 1, p) == 0 ? index - 1 : -TARN_ENODEV;
    if (name->at == NULL)
        return -TARN_EINVAL;
    for (int port = 0; tarn_port_get(st, (unsigned)port, p) == 0; port++) {
        if (is_named(p, name))
            return port;
    }
    return -TARN_ENODEV;
}

static int one(struct tarn *st, const struct nl_request *q, const struct nl_header *h,
               struct nl_writer *w, struct nl_fault *f)
{
    struct nl_value v, name = {0, 0, NULL};
    struct tarn_port_info p;
    struct rtnl_link link;
    size_t at = sizeof link;
    uint32_t mask = 0;
    int port;

    if (!message_body(q, &link, sizeof link))
        return nl_refuse(f, -TARN_EINVAL, "Invalid header for get link");
    while (message_attr(q->body, q->body_bytes, &at, &v)) {
        if (v.type == IFLA_IFNAME || v.type == IFLA_ALT_IFNAME)
            name = v;
        else if (v.type == IFLA_EXT_MASK)
            mask = message_u32(&v);
    }
    port = find(st, link.index, &name, &p);
    if (port < 0)
        return port;
    put_link(w, h, (unsigned)port, &p, (mask & RTEXT_FILTER_SKIP_STATS) == 0);
    return 0;
}

const struct nl_kind nl_kind_link = {RTM_GETLINK, filter, next, one};
