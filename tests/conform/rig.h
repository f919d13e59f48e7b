/* tests/conform/rig.h - the bench of a conformance test of IPv6: the node under test (NUT) with one
 * Ethernet port, and at the other end of its cable the tester, which is another node (TN) and the
 * router to what is far away.
 *
 * A test is a file. Its opening comment is the requirement, in the words of the RFC:
 *
 *     / * RFC 4443 4.2: "The data received in the ICMPv6 Echo Request message MUST be returned
 *      * entirely and unmodified in the ICMPv6 Echo Reply message." * /
 *
 * and scripts/rfc lists it in docs/rfc.md. The node's addresses are not checked for duplicates and
 * nothing configures itself, so that all it sends is what the tester has provoked. */
#ifndef TARN_TESTS_CONFORM_RIG_H
#define TARN_TESTS_CONFORM_RIG_H

#include "tests/unit/rig.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

/* 2001:db8::`host`, fe80::`host`, and an address behind the router. */
#define CONFORM_GLOBAL(host_)                                                \
    {                                                                        \
        {                                                                    \
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (host_) \
        }                                                                    \
    }
#define CONFORM_LOCAL(host_)                                           \
    {                                                                  \
        {                                                              \
            0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (host_) \
        }                                                              \
    }

static const struct tarn_ip NUT = CONFORM_GLOBAL(1), TN = CONFORM_GLOBAL(0x99);
static const struct tarn_ip NUT_LOCAL = CONFORM_LOCAL(1), TN_LOCAL = CONFORM_LOCAL(0x99);
static const struct tarn_ip FAR = {
    {0x20, 0x01, 0x0d, 0xb8, 0, 0xf, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42}};
static const struct tarn_ip ALL_NODES = {{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
static const struct tarn_ip UNSPECIFIED;

/* One packet that the node has sent. */
struct conform_packet {
    struct eth_hdr eth;
    struct ip6_hdr ip;
    const uint8_t *at; /* behind the IPv6 header, in `frame` */
    size_t n;          /* bytes there */
    uint8_t frame[RIG_FRAME];
};

static inline void conform_address(struct rig *r, struct tarn_ip ip)
{
    struct tarn_address a = {
        .port = RIG_PORT, .prefix = {.ip = ip, .len = 64}, .flags = TARN_ADDRESS_NODAD};

    CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
}

/* The tester has `ip`, for ever. */
static inline void conform_neighbour(struct rig *r, struct tarn_ip ip)
{
    struct tarn_neigh n = {.ip = ip, .port = RIG_PORT};

    memcpy(n.mac, rig_peer_mac, 6);
    CHECK_EQ(tarn_neigh_set(r->st, &n, r->now, NULL), 0);
}

/* A node with NUT and NUT_LOCAL, which knows nobody yet; its groups have been reported. */
static inline void conform_open_alone(struct rig *r)
{
    rig_open(r, 1);
    conform_address(r, NUT_LOCAL);
    conform_address(r, NUT);
    rig_wait(r, 30 * RIG_S);
    rig_drain(r);
}

/* A node with NUT and NUT_LOCAL, which knows TN's addresses and its route to everywhere by it. */
static inline void conform_open(struct rig *r)
{
    struct tarn_route way = {.to = {.len = 0}, .via = TN_LOCAL, .port = RIG_PORT};

    conform_open_alone(r);
    conform_neighbour(r, TN);
    conform_neighbour(r, TN_LOCAL);
    CHECK_EQ(tarn_route_add(r->st, &way, r->now, NULL), 0);
    rig_drain(r);
}

/* The same node as a router, to FAR too. */
static inline void conform_open_router(struct rig *r)
{
    conform_open(r);
    CHECK_EQ(tarn_param_set(r->st, "ip6.forwarding", 1), 0);
}

static inline void conform_param(struct rig *r, const char *name, int64_t value)
{
    CHECK_EQ(tarn_param_set(r->st, name, value), 0);
}

/* Where a packet to dst is sent on the link: RFC 2464 7 for groups, else the node. */
static inline void conform_mac(const struct rig *r, const struct ip6_hdr *h, uint8_t mac[6])
{
    memcpy(mac, r->mac, 6);
    if (h->dst[0] == 0xff) {
        mac[0] = mac[1] = 0x33;
        memcpy(mac + 2, h->dst + 12, 4);
    }
}

/* What a test leaves open: from TN to the node, hop limit 64. */
static inline struct ip6_hdr conform_header(struct ip6_hdr h, uint8_t next)
{
    if (memcmp(h.src, UNSPECIFIED.b, 16) == 0)
        memcpy(h.src, TN.b, 16);
    if (memcmp(h.dst, UNSPECIFIED.b, 16) == 0)
        memcpy(h.dst, NUT.b, 16);
    if (h.hops == 0)
        h.hops = 64;
    if (next != 0)
        h.next = next;
    return h;
}

static inline struct ip6_hdr conform_from(struct tarn_ip src, struct tarn_ip dst)
{
    struct ip6_hdr h = {0};

    memcpy(h.src, src.b, 16);
    memcpy(h.dst, dst.b, 16);
    return h;
}

/* The tester sends exactly this header and these n bytes behind it; the length is set. */
static inline void conform_send_exact(struct rig *r, struct ip6_hdr h, const void *payload,
                                      size_t n)
{
    static uint8_t frame[RIG_FRAME];
    uint8_t mac[6];
    size_t at;

    h.payload_bytes = (uint16_t)n;
    conform_mac(r, &h, mac);
    at = rig_eth(frame, mac, ETH_IP6);
    at += ip6_build(frame + at, &h);
    if (n > 0)
        memcpy(frame + at, payload, n);
    rig_input(r, frame, at + n);
}

/* The same, with what is left open in the header filled in. h.next names the first byte. */
static inline void conform_send(struct rig *r, struct ip6_hdr h, const void *payload, size_t n)
{
    conform_send_exact(r, conform_header(h, 0), payload, n);
}

/* Write the checksum of the ICMPv6 message `m` that goes with h. */
static inline void conform_sum(const struct ip6_hdr *h, uint8_t *m, size_t n)
{
    store_be16(m + 2, 0);
    store_be16(m + 2, sum_finish(sum_partial(
                          m, n, ip6_pseudo_sum(h->src, h->dst, IP_PROTO_ICMP6, (uint32_t)n))));
}

/* The tester sends an ICMPv6 message: header, the four bytes behind its checksum, n bytes. */
static inline void conform_icmp(struct rig *r, struct ip6_hdr h, struct icmp6_hdr m,
                                const void *body, size_t n)
{
    static uint8_t message[RIG_FRAME];

    h = conform_header(h, IP_PROTO_ICMP6);
    if (n > 0)
        memcpy(message + ICMP6_HEADER_BYTES, body, n);
    icmp6_build(message, &m, 0);
    conform_sum(&h, message, n + ICMP6_HEADER_BYTES);
    conform_send_exact(r, h, message, n + ICMP6_HEADER_BYTES);
}

/* The tester pings the node, with extension headers before the echo request: n_ext bytes, the first
 * of type h.next. The last of them must name IP_PROTO_ICMP6. */
static inline void conform_echo_behind(struct rig *r, struct ip6_hdr h, const void *ext,
                                       size_t n_ext)
{
    static uint8_t packet[RIG_FRAME];
    struct icmp6_hdr m = {.type = ICMP6_ECHO, .id = 0x7a57, .seq = 1};
    size_t n = ICMP6_HEADER_BYTES + 8;

    h = conform_header(h, n_ext == 0 ? IP_PROTO_ICMP6 : 0);
    if (n_ext > 0)
        memcpy(packet, ext, n_ext);
    icmp6_build(packet + n_ext, &m, 0);
    memcpy(packet + n_ext + ICMP6_HEADER_BYTES, "\1\2\3\4\5\6\7\10", 8);
    conform_sum(&h, packet + n_ext, n);
    conform_send_exact(r, h, packet, n_ext + n);
}

static inline void conform_echo(struct rig *r, struct ip6_hdr h)
{
    conform_echo_behind(r, h, NULL, 0);
}

/* The tester sends a datagram from port 1000. */
static inline void conform_udp(struct rig *r, struct ip6_hdr h, uint16_t to_port, size_t bytes)
{
    static uint8_t message[RIG_FRAME];
    struct udp_hdr u = {
        .src_port = 1000, .dst_port = to_port, .bytes = (uint16_t)(UDP_HEADER_BYTES + bytes)};
    uint32_t sum;

    h = conform_header(h, IP_PROTO_UDP);
    memset(message, 0x55, UDP_HEADER_BYTES + bytes);
    udp_build(message, &u);
    sum = sum_partial(message, u.bytes, ip6_pseudo_sum(h.src, h.dst, IP_PROTO_UDP, u.bytes));
    store_be16(message + UDP_CHECKSUM_OFFSET, udp_checksum(sum));
    conform_send_exact(r, h, message, u.bytes);
}

/* The tester reports an error about a packet that the node has sent. */
static inline void conform_report(struct rig *r, struct ip6_hdr h, struct icmp6_hdr m,
                                  const struct conform_packet *about)
{
    enum { MOST = IP6_MIN_MTU - IP6_HEADER_BYTES - ICMP6_HEADER_BYTES };
    size_t n = IP6_HEADER_BYTES + about->n;

    conform_icmp(r, h, m, about->frame + ETH_HEADER_BYTES, n < MOST ? n : MOST);
}

/* A socket of the node's that is connected to port 9 of `to`. */
static inline tarn_sock conform_socket(struct rig *r, enum tarn_type type, struct tarn_ip to)
{
    struct tarn_addr peer = {.ip = to, .port = 9};
    tarn_sock s;
    int err;

    CHECK_EQ(tarn_open(r->st, TARN_INET6, type, 0, 0, &s), 0);
    err = tarn_connect(r->st, s, &peer, r->now);
    CHECK_EQ(err, type == TARN_STREAM ? -TARN_EINPROGRESS : 0);
    return s;
}

/* The pending error of a socket, which is gone then. */
static inline int64_t conform_error(struct rig *r, tarn_sock s)
{
    int64_t error;

    CHECK_EQ(tarn_getopt(r->st, s, TARN_SO_ERROR, &error), 0);
    return error;
}

static inline int64_t conform_path_mtu(struct rig *r, tarn_sock s)
{
    int64_t mtu;

    CHECK_EQ(tarn_getopt(r->st, s, TARN_SO_IPV6_MTU, &mtu), 0);
    return mtu;
}

/* The node's next IPv6 packet; false: it has nothing to send. Other frames are passed over. */
static inline bool conform_recv(struct rig *r, struct conform_packet *out)
{
    size_t n;

    tarn_tick(r->st, r->now);
    while ((n = rig_output(r, out->frame)) > 0) {
        size_t at = ETH_HEADER_BYTES;

        CHECK_EQ(eth_parse(&out->eth, out->frame, n), WIRE_OK);
        if (out->eth.type != ETH_IP6)
            continue;
        CHECK_EQ(ip6_parse(&out->ip, out->frame + at, n - at, n - at), WIRE_OK);
        out->at = out->frame + at + IP6_HEADER_BYTES;
        out->n = out->ip.payload_bytes;
        return true;
    }
    return false;
}

/* The node's next packet is an ICMPv6 message with a good checksum, of this type; else the test
 * fails. */
static inline struct icmp6_hdr conform_expect(struct rig *r, struct conform_packet *out,
                                              uint8_t type)
{
    struct icmp6_hdr m;

    if (!conform_recv(r, out))
        test_fail(__FILE__, __LINE__, "the node is silent, and should send ICMPv6 type %u", type);
    CHECK_EQ(out->ip.next, IP_PROTO_ICMP6);
    CHECK_EQ(icmp6_parse(&m, out->at, out->n), WIRE_OK);
    CHECK_EQ(m.type, type);
    CHECK(sum_is_good(
        sum_partial(out->at, out->n,
                    ip6_pseudo_sum(out->ip.src, out->ip.dst, IP_PROTO_ICMP6, (uint32_t)out->n))));
    return m;
}

static inline void conform_expect_silence(struct rig *r)
{
    static struct conform_packet p;

    if (conform_recv(r, &p))
        test_fail(__FILE__, __LINE__, "the node sends next header %u, first byte %u", p.ip.next,
                  p.n > 0 ? p.at[0] : 0u);
}

/* How many packets the node has refused for this reason. */
static inline void conform_expect_dropped(const struct rig *r, enum tarn_drop why, uint64_t times)
{
    CHECK_EQ(tarn_drop_count(r->st, why), times);
}

/* A datagram to a port without a socket, in a frame to this address. */
static inline void conform_udp_frame(struct rig *r, const uint8_t mac[6])
{
    uint8_t frame[ETH_HEADER_BYTES + IP6_HEADER_BYTES + UDP_HEADER_BYTES];
    struct udp_hdr u = {.src_port = 1000, .dst_port = 9, .bytes = UDP_HEADER_BYTES};
    struct ip6_hdr h = conform_header(conform_from(TN, NUT), IP_PROTO_UDP);
    size_t at = rig_eth(frame, mac, ETH_IP6);
    uint32_t sum = ip6_pseudo_sum(h.src, h.dst, IP_PROTO_UDP, UDP_HEADER_BYTES);

    h.payload_bytes = UDP_HEADER_BYTES;
    at += ip6_build(frame + at, &h);
    udp_build(frame + at, &u);
    sum = sum_partial(frame + at, UDP_HEADER_BYTES, sum);
    store_be16(frame + at + UDP_CHECKSUM_OFFSET, udp_checksum(sum));
    rig_input(r, frame, sizeof frame);
}

#endif
