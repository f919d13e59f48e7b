/* tests/unit/core/drops6_test.c - hostile input over IPv6, row by row: every way in which IPv6,
 * neighbour discovery, multicast groups and what came with them discard a packet is provoked, and
 * counted under its name. Those of IPv4 are in drops_test.c. */
#include "core/path.h"
#include "tests/conform/rig.h"
#include "wire/patch.h"

static bool reached[DROP_N];

/* IPv6 -------------------------------------------------------------------------------------- */

enum { L3 = ETH_HEADER_BYTES };

/* An empty IPv6 packet to the node with the byte at `at` changed, as a frame of n bytes. */
static void mangled(struct rig *r, unsigned at, uint8_t byte, size_t n)
{
    uint8_t frame[L3 + IP6_HEADER_BYTES];
    struct ip6_hdr h = conform_header(conform_from(TN, NUT), IP6_NO_NEXT);

    rig_eth(frame, r->mac, ETH_IP6);
    ip6_build(frame + L3, &h);
    frame[L3 + at] = byte;
    rig_input(r, frame, n);
}

static void ip6_short(struct rig *r)
{
    mangled(r, 0, 0x60, L3 + IP6_HEADER_BYTES - 1);
}

static void ip6_version(struct rig *r)
{
    mangled(r, 0, 0x70, L3 + IP6_HEADER_BYTES);
}

static void ip6_length(struct rig *r)
{
    mangled(r, 5, 1, L3 + IP6_HEADER_BYTES);
}

static void between(struct rig *r, struct tarn_ip src, struct tarn_ip dst)
{
    struct ip6_hdr h = conform_from(src, dst);

    h.next = IP6_NO_NEXT;
    h.hops = 64;
    conform_send_exact(r, h, NULL, 0);
}

static void ip6_address(struct rig *r)
{
    static const struct tarn_ip loopback = {{[15] = 1}};

    between(r, loopback, NUT);
    between(r, ALL_NODES, NUT);
    between(r, UNSPECIFIED, NUT);
    between(r, TN, UNSPECIFIED);
    CHECK_EQ(tarn_drop_count(r->st, DROP_IP6_ADDRESS), 4);
}

static void ip6_mapped(struct rig *r)
{
    between(r, tarn_ip4(0x0a000063), NUT);
    between(r, TN, tarn_ip4(r->ip));
    CHECK_EQ(tarn_drop_count(r->st, DROP_IP6_MAPPED), 2);
}

/* A link-local address of the node's other link. */
static void ip6_zone(struct rig *r)
{
    struct tarn_port_info port = {.name = "tarn1", .mtu = 1500, .carrier = true, .up = true};
    struct tarn_address a = {.prefix = {CONFORM_LOCAL(7), 64}, .flags = TARN_ADDRESS_NODAD};

    port.mac[0] = 2;
    a.port = (unsigned)tarn_port_add(r->st, &port, NULL);
    CHECK_EQ(tarn_port_set(r->st, a.port, &port, r->now, NULL), 0);
    CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
    between(r, TN_LOCAL, a.prefix.ip);
}

static void behind(struct rig *r, uint8_t next, const void *headers, size_t n)
{
    struct ip6_hdr h = conform_from(TN, NUT);

    h.next = next;
    conform_echo_behind(r, h, headers, n);
}

/* Hop-by-hop options that are not the first header. */
static void ip6_extension(struct rig *r)
{
    static const uint8_t headers[16] = {IP6_HOP_BY_HOP, 0, 1, 4, 0, 0, 0, 0,
                                        IP_PROTO_ICMP6, 0, 1, 4, 0, 0, 0, 0};

    behind(r, IP6_DEST_OPTIONS, headers, sizeof headers);
}

static void ip6_option(struct rig *r)
{
    static const uint8_t options[8] = {IP_PROTO_ICMP6, 0, 0x40 | 30, 4, 0, 0, 0, 0};

    behind(r, IP6_DEST_OPTIONS, options, sizeof options);
}

/* Type 0 of RFC 5095, with a segment left. */
static void ip6_routing(struct rig *r)
{
    static const uint8_t routing[24] = {IP_PROTO_ICMP6, 2, 0, 1};

    behind(r, IP6_ROUTING, routing, sizeof routing);
}

static void ip6_fragment(struct rig *r)
{
    static const uint8_t odd[8 + 9] = {IP_PROTO_UDP, 0, 0, 1, 0, 0, 0, 7};
    struct ip6_hdr h = conform_from(TN, NUT);

    h.next = IP6_FRAGMENT;
    conform_send(r, h, odd, sizeof odd);
}

static void ip6_unsupported(struct rig *r)
{
    conform_param(r, "ip6.disable", 1);
    conform_echo(r, conform_from(TN, NUT));
}

/* What IPv6 shares with IPv4 ----------------------------------------------------------------- */

static void ip_ttl(struct rig *r)
{
    struct ip6_hdr h = conform_from(TN, FAR);

    h.hops = 1;
    conform_param(r, "ip6.forwarding", 1);
    conform_udp(r, h, 9, 10);
}

static void ip_protocol(struct rig *r)
{
    static const uint8_t nothing[8];

    behind(r, 200, nothing, sizeof nothing);
}

static void icmp_short(struct rig *r)
{
    struct ip6_hdr h = conform_from(TN, NUT);

    h.next = IP_PROTO_ICMP6;
    conform_send(r, h, "1234567", 7);
}

static void icmp_checksum(struct rig *r)
{
    struct ip6_hdr h = conform_from(TN, NUT);

    h.next = IP_PROTO_ICMP6;
    conform_send(r, h, "\200\0\1\2\3\4\5\6", 8);
}

static void icmp_type(struct rig *r)
{
    struct icmp6_hdr m = {.type = 200};

    conform_icmp(r, conform_from(TN, NUT), m, NULL, 0);
}

static void icmp_quote(struct rig *r)
{
    struct icmp6_hdr m = {.type = ICMP6_UNREACHABLE};

    conform_icmp(r, conform_from(TN, NUT), m, "no packet", 9);
}

/* Neighbour discovery ------------------------------------------------------------------------ */

/* A message of type `type` about `target`, with n bytes of options behind it. */
static void discovery(struct rig *r, struct ip6_hdr h, uint8_t type, struct tarn_ip target,
                      const char *options)
{
    struct icmp6_hdr m = {.type = type};
    uint8_t body[16 + 8];

    memcpy(body, target.b, 16);
    if (options != NULL)
        memcpy(body + 16, options, 8);
    conform_icmp(r, h, m, body, options != NULL ? sizeof body : 16);
}

static struct ip6_hdr from_255(struct tarn_ip src, struct tarn_ip dst)
{
    struct ip6_hdr h = conform_from(src, dst);

    h.hops = 255;
    return h;
}

static void nd_hop_limit(struct rig *r)
{
    struct ip6_hdr h = conform_from(TN, NUT);

    h.hops = 254;
    discovery(r, h, ICMP6_NEIGH_SOLICIT, NUT, NULL);
}

static void nd_form(struct rig *r)
{
    discovery(r, from_255(TN, NUT), ICMP6_NEIGH_SOLICIT, ALL_NODES, NULL);
    discovery(r, from_255(TN, NUT), ICMP6_NEIGH_SOLICIT, NUT, "\1\0xxxxxx");
    CHECK_EQ(tarn_drop_count(r->st, DROP_ND_FORM), 2);
}

/* An advertisement of a router comes from its link-local address. */
static void nd_source(struct rig *r)
{
    static const uint8_t advert[8] = {64, 0, 7, 8};
    struct icmp6_hdr m = {.type = ICMP6_ROUTER_ADVERT};

    conform_icmp(r, from_255(TN, ALL_NODES), m, advert, sizeof advert);
}

static void nd_not_ours(struct rig *r)
{
    discovery(r, from_255(TN, NUT), ICMP6_NEIGH_SOLICIT, FAR, NULL);
}

static void nd_router(struct rig *r)
{
    struct icmp6_hdr m = {.type = ICMP6_ROUTER_SOLICIT};

    conform_icmp(r, from_255(TN_LOCAL, NUT_LOCAL), m, NULL, 0);
}

static void nd_conflict(struct rig *r)
{
    discovery(r, from_255(TN, ALL_NODES), ICMP6_NEIGH_ADVERT, NUT, NULL);
}

/* Groups ------------------------------------------------------------------------------------- */

/* A query without a router alert. */
static void mld_form(struct rig *r)
{
    struct ip6_hdr h = conform_from(TN_LOCAL, ALL_NODES);

    h.hops = 1;
    discovery(r, h, ICMP6_MLD_QUERY, UNSPECIFIED, NULL);
}

static void igmp_of(struct rig *r, const char *message, size_t n)
{
    uint8_t frame[200];
    struct ip4_hdr h = {.proto = IP_PROTO_IGMP, .ttl = 1, .dst = 0xe0000001};

    n = rig_ip4(r, frame, h, message, n);
    memcpy(frame, "\1\0\x5e\0\0\1", 6);
    rig_input(r, frame, n);
}

static void igmp_form(struct rig *r)
{
    igmp_of(r, "\x11\x64\xee", 3);
}

static void igmp_checksum(struct rig *r)
{
    igmp_of(r, "\x11\x64\xee\x9c\0\0\0\0", 8);
}

static void group_not_ours(struct rig *r)
{
    static const struct tarn_ip group = {{0xff, 0x0e, [15] = 0x33}};

    conform_udp(r, conform_from(TN, group), 9, 10);
}

/* Memberships of the stack's own until there is room for no more groups. */
static void group_limit(struct rig *r)
{
    struct tarn_ip group = {{0xff, 0x0e, 0, 0}};

    for (unsigned i = 0; i < 70000 && tarn_drop_count(r->st, DROP_GROUP_LIMIT) == 0; i++) {
        store_be32(group.b + 12, i);
        (void)group_join(r->st, RIG_PORT, &group, NULL, r->now);
    }
}

/* Datagrams ---------------------------------------------------------------------------------- */

static tarn_sock listener(struct rig *r, enum tarn_type type, uint8_t protocol)
{
    struct tarn_addr local = {.port = 9};
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, TARN_INET6, type, protocol, 0, &s), 0);
    CHECK_EQ(tarn_bind(r->st, s, &local), 0);
    return s;
}

static void transport(struct rig *r, uint8_t proto, const uint8_t *bytes, size_t n)
{
    struct ip6_hdr h = conform_from(TN, NUT);

    h.next = proto;
    conform_send(r, h, bytes, n);
}

static void udp_no_checksum(struct rig *r)
{
    static const uint8_t datagram[8] = {3, 0xe8, 0, 9, 0, 8, 0, 0};

    (void)listener(r, TARN_DGRAM, 0);
    transport(r, IP_PROTO_UDP, datagram, sizeof datagram);
}

static void udp_port(struct rig *r)
{
    conform_udp(r, conform_from(TN, NUT), 0, 10);
}

static void udplite_coverage(struct rig *r)
{
    static const uint8_t datagram[12] = {3, 0xe8, 0, 9, 0, 7, 1, 1}; /* 1 to 7 are illegal */

    (void)listener(r, TARN_DGRAM, TARN_IPPROTO_UDPLITE);
    transport(r, TARN_IPPROTO_UDPLITE, datagram, sizeof datagram);
}

static void raw_checksum(struct rig *r)
{
    static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, TARN_INET6, TARN_RAW, 200, 0, &s), 0);
    CHECK_EQ(tarn_setopt(r->st, s, TARN_SO_IPV6_CHECKSUM, 2, r->now), 0);
    transport(r, 200, bytes, sizeof bytes);
}

/* `changes`: the node is another one behind it, by a socket, a setting, an interface. */
static const struct situation {
    enum tarn_drop why;
    void (*provoke)(struct rig *r);
    bool changes;
} situations[] = {
    {DROP_IP6_SHORT, ip6_short, false},
    {DROP_IP6_VERSION, ip6_version, false},
    {DROP_IP6_LENGTH, ip6_length, false},
    {DROP_IP6_ADDRESS, ip6_address, false},
    {DROP_IP6_MAPPED, ip6_mapped, false},
    {DROP_IP6_ZONE, ip6_zone, true},
    {DROP_IP6_EXTENSION, ip6_extension, false},
    {DROP_IP6_OPTION, ip6_option, false},
    {DROP_IP6_ROUTING, ip6_routing, false},
    {DROP_IP6_FRAGMENT, ip6_fragment, false},
    {DROP_IP6_UNSUPPORTED, ip6_unsupported, true},
    {DROP_IP_TTL, ip_ttl, true},
    {DROP_IP_PROTOCOL, ip_protocol, false},
    {DROP_ICMP_SHORT, icmp_short, false},
    {DROP_ICMP_CHECKSUM, icmp_checksum, false},
    {DROP_ICMP_TYPE, icmp_type, false},
    {DROP_ICMP_QUOTE, icmp_quote, false},
    {DROP_ND_HOP_LIMIT, nd_hop_limit, false},
    {DROP_ND_FORM, nd_form, false},
    {DROP_ND_SOURCE, nd_source, false},
    {DROP_ND_NOT_OURS, nd_not_ours, false},
    {DROP_ND_ROUTER, nd_router, false},
    {DROP_ND_CONFLICT, nd_conflict, false},
    {DROP_MLD_FORM, mld_form, false},
    {DROP_IGMP_FORM, igmp_form, false},
    {DROP_IGMP_CHECKSUM, igmp_checksum, false},
    {DROP_GROUP_NOT_OURS, group_not_ours, false},
    {DROP_GROUP_LIMIT, group_limit, true},
    {DROP_UDP_NO_CHECKSUM, udp_no_checksum, true},
    {DROP_UDP_PORT, udp_port, false},
    {DROP_UDPLITE_COVERAGE, udplite_coverage, true},
    {DROP_RAW_CHECKSUM, raw_checksum, true},
};

static void try_situation(const struct situation *s)
{
    struct rig r;

    conform_open(&r);
    CHECK_EQ(tarn_drop_count(r.st, s->why), 0);
    s->provoke(&r);
    if (tarn_drop_count(r.st, s->why) == 0)
        test_fail(__FILE__, __LINE__, "%s was not reached", tarn_drop_name(s->why));
    reached[s->why] = true;
    rig_close(&r);
}

/* The rows that drops_test.c leaves out, but for those of drivers and TCP. */
static bool is_ours(unsigned why)
{
    static const char *const ours[] = {"ip6.",    "nd.",      "mld.",         "igmp.",
                                       "group.",  "udplite.", "raw.checksum", "udp.no-checksum",
                                       "udp.port"};
    const char *name = tarn_drop_name((enum tarn_drop)why);

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strncmp(name, ours[i], strlen(ours[i])) == 0)
            return true;
    return false;
}

TEST(drops6, each_row_is_reached_and_counted)
{
    for (size_t i = 0; i < sizeof situations / sizeof situations[0]; i++)
        try_situation(&situations[i]);
    for (unsigned i = 0; i < DROP_N; i++)
        if (is_ours(i) && !reached[i])
            test_fail(__FILE__, __LINE__, "no row of this test reaches %s",
                      tarn_drop_name((enum tarn_drop)i));
}

TEST(drops6, nothing_is_left_behind)
{
    struct tarn_usage before, after;
    struct rig r;

    conform_open(&r);
    tarn_usage(r.st, &before);
    for (size_t i = 0; i < sizeof situations / sizeof situations[0]; i++)
        if (!situations[i].changes)
            situations[i].provoke(&r);
    rig_wait(&r, 100 * RIG_S);
    rig_drain(&r);
    tarn_usage(r.st, &after);
    CHECK_EQ(after.packets, before.packets);
    CHECK_EQ(after.chunks, before.chunks);
    CHECK_EQ(after.reassemblies, 0);
    rig_close(&r);
}
