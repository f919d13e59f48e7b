/* tests/conform/spec.h - what tests of the IPv6 specification share: extension headers in front of
 * a ping, fragments of one, and a node that forwards. */
#ifndef TARN_TESTS_CONFORM_SPEC_H
#define TARN_TESTS_CONFORM_SPEC_H

#include "tests/conform/rig.h"
#include "wire/ip6_ext.h"

/* IPv6 option types that nobody has; the two high bits say what to do about them (RFC 8200 4.2). */
enum {
    OPTION_SKIP = 0x1e,
    OPTION_DISCARD = 0x5e,
    OPTION_REPORT = 0x9e,
    OPTION_REPORT_UNICAST = 0xde
};

/* An experimental protocol number that no transport has (RFC 3692). */
enum { UNKNOWN_HEADER = 253 };

/* The node answers the ping, and nothing else. */
static inline void spec_expect_reply(struct rig *r)
{
    static struct conform_packet p;
    struct icmp6_hdr m = conform_expect(r, &p, ICMP6_ECHO_REPLY);

    CHECK_EQ(m.id, 0x7a57);
    CHECK_MEM(p.at + ICMP6_HEADER_BYTES, "\1\2\3\4\5\6\7\10", 8);
    conform_expect_silence(r);
}

/* The node answers with an ICMPv6 error that names this byte of the packet. */
static inline void spec_expect_problem(struct rig *r, uint8_t code, uint32_t pointer)
{
    static struct conform_packet p;
    struct icmp6_hdr m = conform_expect(r, &p, ICMP6_PARAMETER_PROBLEM);

    CHECK_EQ(m.code, code);
    CHECK_EQ(m.info, pointer);
    CHECK_MEM(p.ip.dst, TN.b, 16);
    conform_expect_silence(r);
}

/* A ping behind one header of 8 bytes, the first of type `next`. */
static inline void spec_ping_behind(struct rig *r, struct ip6_hdr h, uint8_t next,
                                    const uint8_t header[8])
{
    h.next = next;
    conform_echo_behind(r, h, header, 8);
}

/* The same, where the header holds one option without data, then padding. */
static inline void spec_ping_option(struct rig *r, struct ip6_hdr h, uint8_t next, uint8_t option)
{
    uint8_t header[8] = {IP_PROTO_ICMP6, 0, option, 0, IP6_OPT_PADN, 2, 0, 0};

    spec_ping_behind(r, h, next, header);
}

/* The bytes of a ping from TN to the node, n of them in all. */
enum { SPEC_PING_MAX = 70000 };
static inline const uint8_t *spec_ping_bytes(size_t n)
{
    static uint8_t message[SPEC_PING_MAX];
    struct ip6_hdr h = conform_header((struct ip6_hdr){0}, IP_PROTO_ICMP6);
    struct icmp6_hdr m = {.type = ICMP6_ECHO, .id = 0x7a57, .seq = 1};

    for (size_t i = ICMP6_HEADER_BYTES; i < n; i++)
        message[i] = (uint8_t)(i * 13);
    memcpy(message + ICMP6_HEADER_BYTES, "\1\2\3\4\5\6\7\10", 8);
    icmp6_build(message, &m, 0);
    conform_sum(&h, message, n);
    return message;
}

/* Bytes [from, from + n) of a ping of `total` bytes, as a fragment with this identification. */
struct spec_piece {
    size_t total, from, n;
    uint32_t id;
    uint8_t next; /* 0: ICMPv6 */
};

static inline void spec_send_piece(struct rig *r, struct ip6_hdr h, struct spec_piece piece)
{
    static uint8_t payload[IP6_FRAGMENT_BYTES + SPEC_PING_MAX];
    struct ip6_fragment f = {.next = piece.next != 0 ? piece.next : (uint8_t)IP_PROTO_ICMP6,
                             .frag_bytes = (uint16_t)piece.from,
                             .mf = piece.from + piece.n < piece.total,
                             .id = piece.id};

    ip6_fragment_build(payload, &f);
    memcpy(payload + IP6_FRAGMENT_BYTES, spec_ping_bytes(piece.total) + piece.from, piece.n);
    h.next = IP6_FRAGMENT;
    conform_send(r, h, payload, IP6_FRAGMENT_BYTES + piece.n);
}

/* A ping of 56 bytes in two pieces of 24 and 32. */
static inline void spec_send_first(struct rig *r, uint32_t id)
{
    spec_send_piece(r, (struct ip6_hdr){0}, (struct spec_piece){56, 0, 24, id, 0});
}

static inline void spec_send_second(struct rig *r, uint32_t id)
{
    spec_send_piece(r, (struct ip6_hdr){0}, (struct spec_piece){56, 24, 32, id, 0});
}

/* A second port, where FAR is a neighbour, and forwarding. */
enum { SPEC_FAR_PORT = 2 };
static const uint8_t spec_far_mac[6] = {2, 0, 0, 0, 1, 0x42};

static inline void spec_open_router(struct rig *r, uint32_t far_mtu)
{
    struct tarn_port_info port = {
        .name = "tarn1", .mtu = far_mtu, .mac = {2, 0, 0, 0, 1, 1}, .up = true};
    struct tarn_address a = {
        .port = SPEC_FAR_PORT, .prefix = {.ip = FAR, .len = 64}, .flags = TARN_ADDRESS_NODAD};
    struct tarn_neigh n = {.ip = FAR, .port = SPEC_FAR_PORT};
    struct pkt *p;

    conform_open(r);
    CHECK_EQ(tarn_port_add(r->st, &port, NULL), SPEC_FAR_PORT);
    CHECK_EQ(tarn_port_set(r->st, SPEC_FAR_PORT, &port, r->now, NULL), 0);
    a.prefix.ip.b[15] = 1;
    CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
    memcpy(n.mac, spec_far_mac, 6);
    CHECK_EQ(tarn_neigh_set(r->st, &n, r->now, NULL), 0);
    conform_param(r, "ip6.forwarding", 1);
    while ((p = tarn_output(r->st, SPEC_FAR_PORT, r->now)) != NULL)
        pkt_put(r->st, p);
    rig_drain(r);
}

/* The next packet that the node has forwarded to the far link, from its IPv6 header on; its length,
 * 0: none. */
static inline size_t spec_forwarded(struct rig *r, uint8_t *packet, size_t max)
{
    struct pkt *p = tarn_output(r->st, SPEC_FAR_PORT, r->now);
    size_t n;

    if (p == NULL)
        return 0;
    n = pkt_copy_out(r->st, p, ETH_HEADER_BYTES, packet, max);
    pkt_put(r->st, p);
    return n;
}

#endif
