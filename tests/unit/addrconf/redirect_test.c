/* Tests of src/addrconf/redirect.c by IPv4 (RFC 792, RFC 1122 3.2.2.2); neighbour discovery's are
 * in tests/conform/ipv6. */
#include "tests/unit/rig.h"

enum { FAR = 0x0b000001, OTHER = 0x0a000062 };
static const uint8_t other_mac[6] = {2, 0, 0, 0, 0, 0x62};
static uint8_t frame[RIG_FRAME];

/* A node with the peer as its router, which also knows OTHER. */
static void open_routed(struct rig *r)
{
    struct tarn_route way = {
        .to = {.ip = tarn_ip4(0), .len = 96}, .via = tarn_ip4(RIG_PEER_IP), .port = RIG_PORT};
    struct tarn_neigh n = {.ip = tarn_ip4(OTHER), .port = RIG_PORT};

    rig_open_quiet(r, 1);
    rig_introduce(r);
    memcpy(n.mac, other_mac, 6);
    CHECK_EQ(tarn_neigh_set(r->st, &n, r->now, NULL), 0);
    CHECK_EQ(tarn_route_add(r->st, &way, r->now, NULL), 0);
}

/* Where does a datagram to FAR go on the link? */
static void expect_way(struct rig *r, const uint8_t mac[6])
{
    struct tarn_addr to = {.ip = tarn_ip4(FAR), .port = 9};
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_connect(r->st, s, &to, r->now), 0);
    CHECK_EQ(tarn_send(r->st, s, "x", 1, r->now), 1);
    CHECK(rig_output(r, frame) > 0);
    CHECK_MEM(frame, mac, 6);
    tarn_close(r->st, s, r->now);
}

/* `from` says that what we have sent to FAR goes by `gateway`. */
static void redirect(struct rig *r, uint32_t from, uint32_t gateway)
{
    struct icmp_hdr h = {.type = ICMP_REDIRECT, .code = 1, .gateway = gateway};
    struct ip4_hdr quoted = {.src = r->ip,
                             .dst = FAR,
                             .proto = IP_PROTO_UDP,
                             .ttl = 64,
                             .header_bytes = 20,
                             .total_bytes = 29};
    uint8_t message[8 + 20 + 8] = {0};

    ip4_build(message + 8, &quoted);
    store_be16(message + 8 + 20 + 2, 9);
    store_be16(message + 8 + 20 + 4, 9);
    icmp_build(message, &h, sum_partial(message + 8, 28, 0));
    rig_input(r, frame,
              rig_ip4(r, frame, (struct ip4_hdr){.src = from, .proto = IP_PROTO_ICMP}, message,
                      sizeof message));
}

TEST(redirect, is_believed_of_the_first_hop)
{
    struct rig r;

    open_routed(&r);
    CHECK_EQ(tarn_param_set(r.st, "ip.accept-redirects", 1), 0);
    expect_way(&r, rig_peer_mac);
    redirect(&r, RIG_PEER_IP, OTHER);
    expect_way(&r, other_mac);
    rig_wait(&r, 601 * RIG_S);
    rig_drain(&r);
    expect_way(&r, rig_peer_mac);
    rig_close(&r);
}

TEST(redirect, is_not_believed_of_others)
{
    struct rig r;

    open_routed(&r);
    CHECK_EQ(tarn_param_set(r.st, "ip.accept-redirects", 1), 0);
    redirect(&r, OTHER, OTHER);
    expect_way(&r, rig_peer_mac);
    redirect(&r, RIG_PEER_IP, 0x0b000009);
    expect_way(&r, rig_peer_mac);
    redirect(&r, RIG_PEER_IP, r.ip);
    expect_way(&r, rig_peer_mac);
    rig_close(&r);
}

TEST(redirect, is_off_by_default_and_while_forwarding)
{
    struct rig r;

    open_routed(&r);
    redirect(&r, RIG_PEER_IP, OTHER);
    expect_way(&r, rig_peer_mac);
    CHECK_EQ(tarn_param_set(r.st, "ip.accept-redirects", 1), 0);
    CHECK_EQ(tarn_param_set(r.st, "ip.forwarding", 1), 0);
    redirect(&r, RIG_PEER_IP, OTHER);
    expect_way(&r, rig_peer_mac);
    CHECK_EQ(tarn_drop_count(r.st, DROP_ICMP_TYPE), 2);
    rig_close(&r);
}
