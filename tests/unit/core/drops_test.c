/* tests/unit/core/drops_test.c - hostile input, row by row: every way in which the layers up to UDP
 * discard a packet is provoked, and counted under its name. */
#include "core/port.h"
#include "tests/unit/rig.h"

static uint8_t frame[RIG_FRAME];
static bool reached[DROP_N];

/* Good frames, each accepted as it is by the layers below the one that refuses it. */
static size_t udp_to(const struct rig *r, struct ip4_hdr ip, size_t payload)
{
    static uint8_t message[UDP_HEADER_BYTES + 2000];
    struct udp_hdr h = {.src_port = 1000, .dst_port = 9};
    uint32_t sum;

    memset(message, 0, sizeof message);
    ip.proto = IP_PROTO_UDP;
    h.bytes = (uint16_t)(UDP_HEADER_BYTES + payload);
    udp_build(message, &h);
    sum = ip4_pseudo_sum(RIG_PEER_IP, ip.dst != 0 ? ip.dst : r->ip, IP_PROTO_UDP, h.bytes);
    store_be16(message + UDP_CHECKSUM_OFFSET, udp_checksum(sum_partial(message, h.bytes, sum)));
    return rig_ip4(r, frame, ip, message, h.bytes);
}

static size_t good_udp(const struct rig *r)
{
    return udp_to(r, (struct ip4_hdr){0}, 12);
}

static size_t good_options(const struct rig *r)
{
    return udp_to(r, (struct ip4_hdr){.header_bytes = 24, .options = {131, 3, 4, 0}}, 12);
}

static size_t good_arp(const struct rig *r)
{
    struct arp_hdr h = {.op = ARP_REQUEST, .sender_ip = RIG_PEER_IP, .target_ip = r->ip};
    size_t n = rig_eth(frame, rig_everybody, ETH_ARP);

    memcpy(h.sender_mac, rig_peer_mac, 6);
    return n + arp_build(frame + n, &h);
}

static size_t icmp_of(const struct rig *r, uint8_t type, size_t payload)
{
    uint8_t message[64] = {0};
    struct icmp_hdr h = {.type = type};

    icmp_build(message, &h, 0);
    return rig_ip4(r, frame, (struct ip4_hdr){.proto = IP_PROTO_ICMP}, message,
                   ICMP_HEADER_BYTES + payload);
}

static size_t good_echo(const struct rig *r)
{
    return icmp_of(r, ICMP_ECHO, 8);
}

static size_t good_timestamp(const struct rig *r)
{
    return icmp_of(r, ICMP_TIMESTAMP, 12);
}

static size_t empty_quote(const struct rig *r)
{
    return icmp_of(r, ICMP_UNREACHABLE, 40);
}

static size_t link_broadcast(const struct rig *r)
{
    size_t n = good_udp(r);

    memset(frame, 0xff, 6);
    return n;
}

static size_t short_icmp(const struct rig *r)
{
    static const uint8_t message[7];

    return rig_ip4(r, frame, (struct ip4_hdr){.proto = IP_PROTO_ICMP}, message, sizeof message);
}

static size_t short_udp(const struct rig *r)
{
    static const uint8_t message[7];

    return rig_ip4(r, frame, (struct ip4_hdr){.proto = IP_PROTO_UDP}, message, sizeof message);
}

enum { ETH = 0, IP = 14, L4 = 34 };

/* A good frame with one 16-bit word changed, and maybe cut short or with its IP checksum made good
 * again. */
static const struct bad_frame {
    enum tarn_drop why;
    size_t (*good)(const struct rig *r);
    unsigned at;
    uint16_t word;
    size_t cut;
    bool sum_again;
} bad_frames[] = {
    {DROP_ETH_SHORT, good_udp, ETH, 0x0200, 13, false},
    {DROP_ETH_NOT_OURS, good_udp, ETH + 4, 0x0077, 0, false},
    {DROP_ETH_SOURCE, good_udp, ETH + 6, 0x0300, 0, false},
    {DROP_ETH_VLAN, good_udp, ETH + 12, ETH_VLAN, 0, false},
    {DROP_ETH_TYPE, good_udp, ETH + 12, 0x1234, 0, false},
    {DROP_ETH_TYPE, good_udp, ETH + 12, 0x0030, 0, false},
    {DROP_ARP_SHORT, good_arp, IP, 1, IP + ARP_BYTES - 1, false},
    {DROP_ARP_FORM, good_arp, IP, 2, 0, false},
    {DROP_ARP_FORM, good_arp, IP + 6, 9, 0, false},
    {DROP_ARP_ADDRESS, good_arp, IP + 14, 0xe000, 0, false},
    {DROP_ARP_CONFLICT, good_arp, IP + 16, 0x0001, 0, false},
    {DROP_ARP_ADDRESS, good_arp, IP + 16, 0x00ff, 0, false},
    {DROP_ARP_NOT_OURS, good_arp, IP + 24, 0x0b00, 0, false},
    {DROP_IP4_SHORT, good_udp, ETH, 0x0200, IP + 19, false},
    {DROP_IP4_SHORT, good_udp, ETH, 0x0200, IP, false},
    {DROP_IP4_VERSION, good_udp, IP, 0x5500, 0, false},
    {DROP_IP4_HEADER_LENGTH, good_udp, IP, 0x4400, 0, false},
    {DROP_IP4_HEADER_LENGTH, good_udp, IP, 0x4f00, IP + 24, false},
    {DROP_IP4_TOTAL_LENGTH, good_udp, IP + 2, 0xffff, 0, true},
    {DROP_IP4_TOTAL_LENGTH, good_udp, IP + 2, 19, 0, true},
    {DROP_IP4_CHECKSUM, good_udp, IP + 10, 0x1234, 0, false},
    {DROP_IP4_OPTION, good_options, IP + 4, 0, 0, true},
    {DROP_IP4_OPTION, good_options, IP + 20, 0x0701, 0, true},
    {DROP_IP4_SOURCE, good_udp, IP + 12, 0x7f00, 0, true},
    {DROP_IP4_SOURCE, good_udp, IP + 12, 0xe000, 0, true},
    {DROP_IP4_SOURCE, good_udp, IP + 12, 0x0000, 0, true},
    {DROP_IP4_SOURCE, good_udp, IP + 14, 0x0001, 0, true},
    {DROP_IP4_SOURCE, good_udp, IP + 14, 0x00ff, 0, true},
    {DROP_IP4_DESTINATION, good_udp, IP + 16, 0x7f00, 0, true},
    {DROP_IP4_DESTINATION, good_udp, IP + 16, 0xf000, 0, true},
    {DROP_IP4_FRAGMENT, good_udp, IP + 6, 0x2000, 0, true},
    {DROP_IP4_FRAGMENT, good_udp, IP + 6, 0x1fff, 0, true},
    {DROP_IP4_LINK_BROADCAST, link_broadcast, IP + 4, 0, 0, true},
    {DROP_IP6_VERSION, good_udp, ETH + 12, ETH_IP6, 0, false},
    {DROP_IP_NOT_OURS, good_udp, IP + 18, 0x0105, 0, true},
    {DROP_IP_PROTOCOL, good_udp, IP + 8, 0x40fd, 0, true},
    {DROP_ICMP_SHORT, short_icmp, IP + 4, 0, 0, true},
    {DROP_ICMP_CHECKSUM, good_echo, L4 + 2, 0x1234, 0, false},
    {DROP_ICMP_TYPE, good_timestamp, IP + 4, 0, 0, true},
    {DROP_ICMP_QUOTE, empty_quote, IP + 4, 0, 0, true},
    {DROP_UDP_SHORT, short_udp, IP + 4, 0, 0, true},
    {DROP_UDP_LENGTH, good_udp, L4 + 4, 7, 0, false},
    {DROP_UDP_LENGTH, good_udp, L4 + 4, 21, 0, false},
    {DROP_UDP_CHECKSUM, good_udp, L4 + 6, 0x1234, 0, false},
    {DROP_UDP_NO_SOCKET, good_udp, IP + 4, 0, 0, true},
};

static void sum_again(void)
{
    unsigned n = (frame[IP] & 15u) * 4;

    store_be16(frame + IP + 10, 0);
    store_be16(frame + IP + 10, sum_finish(sum_partial(frame + IP, n, 0)));
}

static void try_frame(struct rig *r, const struct bad_frame *bad)
{
    uint64_t before = tarn_drop_count(r->st, bad->why);
    struct tarn_drop_record last = {0};
    uint64_t cursor = 0;
    size_t n = bad->good(r);

    store_be16(frame + bad->at, bad->word);
    if (bad->sum_again)
        sum_again();
    rig_input(r, frame, bad->cut != 0 ? bad->cut : n);
    while (tarn_drop_next(r->st, &cursor, &last))
        ;
    if (last.why != bad->why)
        test_fail(__FILE__, __LINE__, "%s: got %s", tarn_drop_name(bad->why),
                  tarn_drop_name(last.why));
    CHECK_EQ(tarn_drop_count(r->st, bad->why), before + 1);
    CHECK_EQ(last.port, RIG_PORT);
    reached[bad->why] = true;
}

/* Others need a situation rather than a frame. */
static void set_param(struct rig *r, const char *name, int64_t value)
{
    CHECK_EQ(tarn_param_set(r->st, name, value), 0);
}

static void port_down(struct rig *r)
{
    struct tarn_port_info info;

    CHECK_EQ(tarn_port_get(r->st, RIG_PORT, &info), 0);
    info.up = false;
    CHECK_EQ(tarn_port_set(r->st, RIG_PORT, &info, r->now, NULL), 0);
    rig_input(r, frame, good_udp(r));
}

/* A datagram of ours to 10.0.0.`host` or beyond. */
static void send_udp(struct rig *r, uint32_t to, size_t n, int64_t mtu_discover)
{
    static const uint8_t data[9000];
    struct tarn_addr peer = {.ip = tarn_ip4(to), .port = 9};
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_setopt(r->st, s, TARN_SO_IP_MTU_DISCOVER, mtu_discover, r->now), 0);
    CHECK_EQ(tarn_connect(r->st, s, &peer, r->now), 0);
    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    tarn_close(r->st, s, r->now);
}

static void port_too_big(struct rig *r)
{
    struct tarn_route route = {
        .to = {.ip = tarn_ip4(RIG_PEER_IP), .len = 128}, .port = RIG_PORT, .mtu = 9000};

    CHECK_EQ(tarn_route_add(r->st, &route, r->now, NULL), 0);
    send_udp(r, RIG_PEER_IP, 2000, 2);
}

static void queue_limit(struct rig *r)
{
    struct ip4_hdr on = {.dst = RIG_PEER_IP};

    set_param(r, "ip.forwarding", 1);
    for (unsigned i = 0; tarn_drop_count(r->st, DROP_QUEUE_LIMIT) == 0; i++) {
        CHECK(i < 5000);
        rig_input(r, frame, udp_to(r, on, 1400));
    }
}

static void pool_empty(struct rig *r)
{
    unsigned n = 0;

    while (pkt_rx_get(r->st, 60) != NULL)
        CHECK(n++ < 100000);
}

static void neigh_failed(struct rig *r)
{
    send_udp(r, 0x0a000042, 10, 1);
    rig_drain(r);
    rig_wait(r, 10 * RIG_S);
}

static void neigh_queue(struct rig *r)
{
    set_param(r, "neigh.queue", 1);
    send_udp(r, 0x0a000042, 10, 1);
    send_udp(r, 0x0a000042, 10, 1);
    rig_drain(r);
}

static void neigh_table(struct rig *r)
{
    struct tarn_neigh n = {.ip = tarn_ip4(0x0b000000), .port = RIG_PORT};

    while (tarn_neigh_set(r->st, &n, r->now, NULL) == 0)
        n.ip = tarn_ip4(tarn_ip_to4(&n.ip) + 1);
    send_udp(r, 0x0a000042, 10, 1);
    rig_drain(r);
}

static void fragment(struct rig *r, uint16_t id, unsigned at, bool mf)
{
    static const uint8_t data[16];
    struct ip4_hdr h = {.proto = IP_PROTO_UDP, .id = id, .frag_bytes = (uint16_t)at, .mf = mf};

    rig_input(r, frame, rig_ip4(r, frame, h, data, sizeof data));
}

static void reasm_limit(struct rig *r)
{
    for (uint16_t i = 0; i < 65; i++)
        fragment(r, i, 0, true);
}

static void reasm_duplicate(struct rig *r)
{
    fragment(r, 1, 0, true);
    fragment(r, 1, 0, true);
}

static void reasm_ecn(struct rig *r)
{
    static const uint8_t data[16];
    struct ip4_hdr h = {.proto = IP_PROTO_UDP, .id = 1, .mf = true, .tos = IP_ECN_CE};

    rig_input(r, frame, rig_ip4(r, frame, h, data, sizeof data));
    fragment(r, 1, sizeof data, false);
}

static void reasm_timeout(struct rig *r)
{
    fragment(r, 1, 8, true);
    rig_wait(r, 31 * RIG_S);
}

static void overlap(struct rig *r)
{
    fragment(r, 1, 0, true);
    fragment(r, 1, 8, true);
}

static void no_route(struct rig *r)
{
    set_param(r, "ip.forwarding", 1);
    rig_input(r, frame, udp_to(r, (struct ip4_hdr){.dst = 0x0b000001}, 12));
}

static void ttl(struct rig *r)
{
    set_param(r, "ip.forwarding", 1);
    rig_input(r, frame, udp_to(r, (struct ip4_hdr){.dst = 0x0a000042, .ttl = 1}, 12));
}

static void frag_needed(struct rig *r)
{
    struct tarn_route route = {
        .to = {.ip = tarn_ip4(0x0b000000), .len = 96 + 8}, .port = RIG_PORT, .mtu = 576};

    set_param(r, "ip.forwarding", 1);
    CHECK_EQ(tarn_route_add(r->st, &route, r->now, NULL), 0);
    rig_input(r, frame, udp_to(r, (struct ip4_hdr){.dst = 0x0b000001, .df = true}, 1000));
}

static void headers(struct rig *r)
{
    struct pkt *p = pkt_rx_get(r->st, 60);

    p->gso_size = 10;
    p->gso = PKT_GSO_TCP4;
    memset(pkt_head(p), 0, 60);
    CHECK(pkt_segment(r->st, p) == NULL);
}

static void icmp_rate(struct rig *r)
{
    set_param(r, "icmp.burst", 1);
    for (unsigned i = 0; i < 100; i++)
        rig_input(r, frame, good_udp(r));
}

static void sock_queue(struct rig *r)
{
    struct tarn_addr local = {.ip = tarn_ip4(0), .port = 9};
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_bind(r->st, s, &local), 0);
    CHECK_EQ(tarn_setopt(r->st, s, TARN_SO_RCVBUF, 400, r->now), 0);
    rig_input(r, frame, good_udp(r));
    CHECK_EQ(tarn_drop_count(r->st, DROP_SOCK_QUEUE), 0);
    rig_input(r, frame, good_udp(r));
}

static void raw_queue(struct rig *r)
{
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, TARN_INET, TARN_RAW, IP_PROTO_UDP, 0, &s), 0);
    CHECK_EQ(tarn_setopt(r->st, s, TARN_SO_RCVBUF, 400, r->now), 0);
    rig_input(r, frame, good_udp(r));
    rig_input(r, frame, good_udp(r));
}

static const struct situation {
    enum tarn_drop why;
    void (*provoke)(struct rig *r);
} situations[] = {
    {DROP_PORT_DOWN, port_down},         {DROP_PORT_TOO_BIG, port_too_big},
    {DROP_QUEUE_LIMIT, queue_limit},     {DROP_POOL_EMPTY, pool_empty},
    {DROP_NEIGH_FAILED, neigh_failed},   {DROP_NEIGH_QUEUE, neigh_queue},
    {DROP_NEIGH_TABLE, neigh_table},     {DROP_REASM_LIMIT, reasm_limit},
    {DROP_REASM_TIMEOUT, reasm_timeout}, {DROP_REASM_DUPLICATE, reasm_duplicate},
    {DROP_REASM_ECN, reasm_ecn},         {DROP_IP4_FRAGMENT, overlap},
    {DROP_IP_NO_ROUTE, no_route},        {DROP_IP_TTL, ttl},
    {DROP_IP_FRAG_NEEDED, frag_needed},  {DROP_IP_HEADERS, headers},
    {DROP_ICMP_RATE, icmp_rate},         {DROP_SOCK_QUEUE, sock_queue},
    {DROP_RAW_QUEUE, raw_queue},
};

static void try_situation(const struct situation *s)
{
    struct rig r;

    rig_open(&r, 1);
    if (s->why != DROP_NEIGH_TABLE)
        rig_introduce(&r);
    s->provoke(&r);
    if (tarn_drop_count(r.st, s->why) == 0)
        test_fail(__FILE__, __LINE__, "%s was not reached", tarn_drop_name(s->why));
    reached[s->why] = true;
    rig_close(&r);
}

/* Rows of others: drivers, TCP, IPv6 and what came with it (drops6_test.c); and the one that
 * nothing may reach. */
static bool is_ours(unsigned why)
{
    static const char *const others[] = {
        "tcp.",  "ip6.",   "link.",    "impair.",         "stack.bug", "nd.",         "mld.",
        "igmp.", "group.", "udplite.", "udp.no-checksum", "udp.port",  "raw.checksum"};
    const char *name = tarn_drop_name((enum tarn_drop)why);

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strncmp(name, others[i], strlen(others[i])) == 0)
            return false;
    return true;
}

TEST(drops, each_row_is_reached_and_counted)
{
    struct rig r;

    rig_open(&r, 1);
    for (size_t i = 0; i < sizeof bad_frames / sizeof bad_frames[0]; i++)
        try_frame(&r, &bad_frames[i]);
    rig_close(&r);
    for (size_t i = 0; i < sizeof situations / sizeof situations[0]; i++)
        try_situation(&situations[i]);
    for (unsigned i = 0; i < DROP_N; i++)
        if (is_ours(i) && !reached[i])
            test_fail(__FILE__, __LINE__, "no row of this test reaches %s",
                      tarn_drop_name((enum tarn_drop)i));
}

TEST(drops, every_cut_of_every_good_frame_is_survived)
{
    size_t (*const good[])(const struct rig *) = {good_udp,  good_options,   good_arp,
                                                  good_echo, good_timestamp, empty_quote};
    struct tarn_usage before, after;
    struct rig r;

    rig_open(&r, 1);
    rig_introduce(&r);
    rig_drain(&r);
    tarn_usage(r.st, &before);
    for (size_t g = 0; g < sizeof good / sizeof good[0]; g++) {
        size_t n = good[g](&r);

        for (size_t cut = 1; cut < n; cut++) {
            rig_input(&r, frame, cut);
            rig_drain(&r);
            good[g](&r);
        }
    }
    tarn_usage(r.st, &after);
    CHECK_EQ(after.packets, before.packets);
    CHECK_EQ(after.chunks, before.chunks);
    rig_close(&r);
}
