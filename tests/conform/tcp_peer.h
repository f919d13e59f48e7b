/* tests/conform/tcp_peer.h - a TCP stack on a bare IP link and a peer made by hand: the stack in
 * any state, any segment to it, and what it answers.
 *
 * The peer's numbers are relative: 0 is its SYN, 1 its first byte. So are those of the stack. The
 * connection is given the same past in every state:
 *
 *     0 SYN   1..100 data, acknowledged   101..200 data, in flight   then perhaps its FIN: 201
 *
 * and the peer has sent 1..100, which was taken. States whose names say that less has happened have
 * less of it. */
#ifndef TARN_TESTS_CONFORM_TCP_PEER_H
#define TARN_TESTS_CONFORM_TCP_PEER_H

#include "base/bytes.h"
#include "base/sum.h"
#include "tarn/tarn.h"
#include "tests/unit/test.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/tcp.h"

#include <string.h>

enum {
    PEER_ARENA = 4 << 20,
    PEER_LINK = 1, /* the stack's interface */
    PEER_PORT = 8080,
    STACK_PORT = 80,
    PEER_PACKET = 2000,
    PEER_DATA = 100, /* bytes of each piece of data, either way */
};

#define PEER_S  UINT64_C(1000000000)
#define PEER_MS UINT64_C(1000000)

static const struct tarn_ip peer_stack_six = {{0xfd, [15] = 1}}, peer_six = {{0xfd, [15] = 2}};
#define PEER_STACK_IP UINT32_C(0x0a000001)
#define PEER_IP       UINT32_C(0x0a000002)

/* What is to be done beside what this file does; see tests/fuzz/tcp_signed.h. */
struct peer;
struct peer_manner {
    void (*prepare)(struct peer *p, tarn_sock s);               /* a new socket of the stack */
    void (*announce)(const struct peer *p, struct tcp_opts *o); /* in the peer's segments */
    void (*sign)(struct peer *p, const struct tcp_hdr *h, uint8_t *l4, size_t n);
};

struct peer {
    struct tarn *st;
    tarn_ns now;
    bool six, timestamps, scaling, sack;
    tarn_sock listener, s; /* s: the connection's, when there is one */
    bool has_listener, has_socket;
    uint16_t stack_port;
    tcp_seq iss, irs; /* where the stack's numbers begin, and the peer's */
    bool has_iss;
    uint32_t ts_value, ts_echo; /* the peer's clock, and the stack's as last seen */
    uint32_t window;
    uint32_t edge, offered;           /* right edge that the stack has offered; its SYN's window */
    const struct peer_manner *manner; /* NULL: none */
    unsigned which;                   /* the manner's own */
    unsigned syn_flags, ack_flags;    /* the peer's, in its SYN and in the ACK behind it */
};

/* What the stack has sent. */
struct peer_segment {
    struct tcp_hdr h;
    uint32_t seq, ack, bytes; /* relative */
};

/* The stack -------------------------------------------------------------------------------------
 */

/* A stack in `mem`, PEER_ARENA bytes of zeros. */
static inline void peer_open(struct peer *p, void *mem, bool six)
{
    struct tarn_port_info port = {.name = "tarn0", .mtu = 1500, .medium = LINK_IP, .carrier = true};
    struct tarn_address a = {.port = PEER_LINK, .flags = TARN_ADDRESS_NODAD};
    static const uint8_t seed[32] = {7};
    struct pkt *out;

    *p = (struct peer){.now = PEER_S, .six = six, .window = 65535, .irs = seq(0xffffff80)};
    p->ts_value = 1000;
    CHECK_EQ(tarn_init(&p->st, mem, PEER_ARENA, NULL, seed, p->now), 0);
    CHECK_EQ(tarn_param_set(p->st, "ip6.autoconf", 0), 0);
    CHECK_EQ(tarn_port_add(p->st, &port, NULL), PEER_LINK);
    port.up = true;
    CHECK_EQ(tarn_port_set(p->st, PEER_LINK, &port, p->now, NULL), 0);
    a.prefix =
        (struct tarn_prefix){six ? peer_stack_six : tarn_ip4(PEER_STACK_IP), six ? 64 : 96 + 24};
    CHECK_EQ(tarn_address_add(p->st, &a, p->now, NULL), 0);
    while ((out = tarn_output(p->st, PEER_LINK, p->now)) != NULL)
        pkt_put(p->st, out);
}

static inline void peer_wait(struct peer *p, tarn_ns ns)
{
    tarn_ns until = p->now + ns, due;

    while ((due = tarn_deadline(p->st)) <= until) {
        p->now = due > p->now ? due : p->now + 1;
        tarn_tick(p->st, p->now);
    }
    p->now = until;
    tarn_tick(p->st, p->now);
}

/* Packets ---------------------------------------------------------------------------------------
 */

static inline uint32_t peer_pseudo(const struct peer *p, bool to_stack, uint32_t bytes)
{
    if (p->six)
        return ip6_pseudo_sum(to_stack ? peer_six.b : peer_stack_six.b,
                              to_stack ? peer_stack_six.b : peer_six.b, IP_PROTO_TCP, bytes);
    return ip4_pseudo_sum(to_stack ? PEER_IP : PEER_STACK_IP, to_stack ? PEER_STACK_IP : PEER_IP,
                          IP_PROTO_TCP, bytes);
}

static inline size_t peer_ip_header(const struct peer *p, uint8_t *at, uint8_t tos, size_t payload)
{
    struct ip4_hdr four = {.tos = tos,
                           .ttl = 64,
                           .proto = IP_PROTO_TCP,
                           .header_bytes = 20,
                           .total_bytes = (uint16_t)(20 + payload),
                           .src = PEER_IP,
                           .dst = PEER_STACK_IP};
    struct ip6_hdr big = {
        .tclass = tos, .next = IP_PROTO_TCP, .hops = 64, .payload_bytes = (uint16_t)payload};

    if (!p->six)
        return ip4_build(at, &four);
    memcpy(big.src, peer_six.b, 16);
    memcpy(big.dst, peer_stack_six.b, 16);
    return ip6_build(at, &big);
}

/* The bytes as a packet that has come; NULL: no memory. */
static inline struct pkt *peer_packet(struct peer *p, const uint8_t *bytes, size_t n)
{
    struct pkt *in = pkt_rx_get(p->st, n);
    struct tarn_iov iov[2];
    unsigned pieces;
    size_t done = 0;

    if (in == NULL)
        return NULL;
    pieces = pkt_rx_iov(p->st, in, iov);
    for (unsigned i = 0; i < pieces && done < n; i++) {
        size_t part = n - done < iov[i].len ? n - done : iov[i].len;

        memcpy(iov[i].base, bytes + done, part);
        done += part;
    }
    pkt_rx_filled(p->st, in, n);
    return in;
}

static inline void peer_put(struct peer *p, const uint8_t *bytes, size_t n)
{
    struct pkt *in = peer_packet(p, bytes, n);

    if (in != NULL)
        tarn_input(p->st, PEER_LINK, in, p->now);
}

/* An ICMP error of this type and code, with an MTU where it has one, about a segment of the stack's
 * that begins with these bytes. */
static inline void peer_error(struct peer *p, const uint8_t kind[2], uint16_t mtu,
                              const uint8_t quoted[8])
{
    uint8_t packet[128] = {0}, *icmp = packet + (p->six ? IP6_HEADER_BYTES : IP4_HEADER_BYTES);
    size_t about = p->six ? IP6_HEADER_BYTES : IP4_HEADER_BYTES, n = 8 + about + 8;
    uint32_t sum = 0;

    (void)peer_ip_header(p, packet, 0, n);
    (void)peer_ip_header(p, icmp + 8, 0, 8);
    if (p->six) {
        packet[IP6_NEXT_AT] = IP_PROTO_ICMP6;
        memcpy(icmp + 8 + 8, peer_stack_six.b, 16);
        memcpy(icmp + 8 + 24, peer_six.b, 16);
        store_be32(icmp + 4, mtu);
        sum = ip6_pseudo_sum(peer_six.b, peer_stack_six.b, IP_PROTO_ICMP6, (uint32_t)n);
    } else {
        packet[9] = IP_PROTO_ICMP;
        store_be16(packet + 10, 0);
        store_be16(packet + 10, sum_finish(sum_partial(packet, about, 0)));
        store_be32(icmp + 8 + 12, PEER_STACK_IP);
        store_be32(icmp + 8 + 16, PEER_IP);
        store_be16(icmp + 6, mtu);
    }
    icmp[0] = kind[0];
    icmp[1] = kind[1];
    memcpy(icmp + 8 + about, quoted, 8);
    store_be16(icmp + 2, sum_finish(sum_partial(icmp, n, sum)));
    peer_put(p, packet, about + n);
}

/* A segment as h says, its numbers absolute, with n bytes of text; the checksum is made. */
static inline void peer_send_header(struct peer *p, const struct tcp_hdr *h, uint8_t tos, size_t n)
{
    static uint8_t packet[PEER_PACKET], *l4;
    struct tcp_hdr out = *h;
    size_t bytes;

    if (p->manner != NULL)
        p->manner->announce(p, &out.opts);
    bytes = tcp_bytes(&out.opts) + n;
    CHECK(bytes + 40 <= sizeof packet);
    l4 = packet + peer_ip_header(p, packet, tos, bytes);
    (void)tcp_build(l4, &out);
    memset(l4 + tcp_bytes(&out.opts), 'x', n);
    if (p->manner != NULL)
        p->manner->sign(p, &out, l4, bytes);
    store_be16(l4 + TCP_CHECKSUM_OFFSET, 0);
    store_be16(l4 + TCP_CHECKSUM_OFFSET,
               sum_finish(sum_partial(l4, bytes, peer_pseudo(p, true, (uint32_t)bytes))));
    peer_put(p, packet, (size_t)(l4 - packet) + bytes);
}

/* A segment with relative numbers. */
static inline struct tcp_hdr peer_header(const struct peer *p, unsigned flags, uint32_t s,
                                         uint32_t ack)
{
    struct tcp_hdr h = {.src_port = PEER_PORT,
                        .dst_port = p->stack_port,
                        .seq = seq_add(p->irs, s),
                        .ack = seq_add(p->iss, ack),
                        .flags = (uint16_t)flags,
                        .window = (uint16_t)p->window};

    h.opts.has_timestamps = p->timestamps;
    h.opts.ts_value = p->ts_value;
    h.opts.ts_echo = p->ts_echo;
    return h;
}

static inline void peer_send(struct peer *p, unsigned flags, uint32_t s, uint32_t ack, size_t n)
{
    struct tcp_hdr h = peer_header(p, flags, s, ack);

    if ((flags & TCP_SYN) != 0) {
        h.opts.has_mss = true;
        h.opts.mss = 1000;
        h.opts.sack_permitted = p->sack;
        h.opts.has_wscale = p->scaling;
        h.opts.wscale = 2;
    }
    peer_send_header(p, &h, 0, n);
}

/* The next segment of the stack; false: it has nothing to say. Other packets are passed over. */
static inline bool peer_recv(struct peer *p, struct peer_segment *out)
{
    static uint8_t packet[PEER_PACKET];
    size_t l4 = p->six ? 40 : 20;
    struct pkt *q;

    while ((q = tarn_output(p->st, PEER_LINK, p->now)) != NULL) {
        size_t n = pkt_copy_out(p->st, q, 0, packet, sizeof packet);

        pkt_put(p->st, q);
        if (packet[p->six ? 6 : 9] != IP_PROTO_TCP)
            continue;
        CHECK(sum_is_good(
            sum_partial(packet + l4, n - l4, peer_pseudo(p, false, (uint32_t)(n - l4)))));
        CHECK_EQ(tcp_parse(&out->h, packet + l4, n - l4), WIRE_OK);
        if (!p->has_iss && (out->h.flags & TCP_SYN) != 0) {
            p->iss = out->h.seq;
            p->has_iss = true;
        }
        if (out->h.opts.has_timestamps)
            p->ts_echo = out->h.opts.ts_value;
        p->stack_port = out->h.src_port;
        out->seq = out->h.seq.v - p->iss.v;
        out->ack = out->h.ack.v - p->irs.v;
        out->bytes = (uint32_t)(n - l4 - out->h.header_bytes);
        if ((out->h.flags & TCP_SYN) != 0)
            p->offered = out->h.window;
        else if (!p->scaling)
            p->edge = out->ack + out->h.window;
        return true;
    }
    return false;
}

static inline void peer_drain(struct peer *p)
{
    struct peer_segment s;

    while (peer_recv(p, &s))
        ;
}

/* States ----------------------------------------------------------------------------------------
 */

static inline tarn_sock peer_socket(struct peer *p)
{
    tarn_sock s;

    CHECK_EQ(tarn_open(p->st, p->six ? TARN_INET6 : TARN_INET, TARN_STREAM, 0, 0, &s), 0);
    if (p->manner != NULL)
        p->manner->prepare(p, s);
    return s;
}

static inline void peer_listen(struct peer *p)
{
    struct tarn_addr at = {.port = STACK_PORT};

    if (!p->six)
        at.ip = tarn_ip4(0);
    p->listener = peer_socket(p);
    CHECK_EQ(tarn_bind(p->st, p->listener, &at), 0);
    CHECK_EQ(tarn_listen(p->st, p->listener, 4), 0);
    p->has_listener = true;
    p->stack_port = STACK_PORT;
}

/* SYN-SENT; the SYN has left. */
static inline void peer_connect(struct peer *p)
{
    struct tarn_addr to = {.ip = p->six ? peer_six : tarn_ip4(PEER_IP), .port = PEER_PORT};
    struct peer_segment s;

    p->s = peer_socket(p);
    p->has_socket = true;
    CHECK_EQ(tarn_connect(p->st, p->s, &to, p->now), -TARN_EINPROGRESS);
    CHECK(peer_recv(p, &s));
}

/* LISTEN, then a request: SYN-RECEIVED. */
static inline void peer_request(struct peer *p)
{
    struct peer_segment s;

    peer_listen(p);
    peer_send(p, TCP_SYN | p->syn_flags, 0, 0, 0);
    CHECK(peer_recv(p, &s));
}

static inline void peer_write(struct peer *p)
{
    static const uint8_t text[PEER_DATA];

    CHECK_EQ(tarn_send(p->st, p->s, text, sizeof text, p->now), PEER_DATA);
    peer_drain(p);
}

/* ESTABLISHED, with the past that this file's opening tells. */
static inline void peer_establish(struct peer *p)
{
    uint8_t text[PEER_DATA];

    peer_request(p);
    p->now += 10 * PEER_MS;
    peer_send(p, TCP_ACK | p->ack_flags, 1, 1, 0);
    CHECK_EQ(tarn_accept(p->st, p->listener, &p->s, NULL), 0);
    p->has_socket = true;
    CHECK_EQ(tarn_setopt(p->st, p->s, TARN_SO_TCP_NODELAY, 1, p->now), 0);
    peer_write(p);
    p->now += 10 * PEER_MS;
    peer_send(p, TCP_ACK, 1, 1 + PEER_DATA, PEER_DATA);
    peer_drain(p);
    CHECK_EQ(tarn_recv(p->st, p->s, text, sizeof text, p->now), PEER_DATA);
    peer_write(p);
    peer_wait(p, 50 * PEER_MS); /* no ACK is owed */
    peer_drain(p);
}

/* Behind what the peer has sent. */
enum { PEER_NXT = 1 + PEER_DATA, STACK_UNA = 1 + PEER_DATA, STACK_NXT = 1 + 2 * PEER_DATA };

static inline void peer_shut(struct peer *p)
{
    CHECK_EQ(tarn_shutdown(p->st, p->s, TARN_SHUT_WR, p->now), 0);
    peer_drain(p);
}

/* The state of this name, through the public interface alone. CLOSED: there is no socket. */
static inline void peer_reach(struct peer *p, enum tarn_tcp_state state)
{
    const unsigned fin = TCP_FIN | TCP_ACK;

    p->stack_port = STACK_PORT;
    switch (state) {
    case TARN_TCP_CLOSED: return;
    case TARN_TCP_LISTEN: peer_listen(p); return;
    case TARN_TCP_SYN_SENT: peer_connect(p); return;
    case TARN_TCP_SYN_RECEIVED: peer_request(p); return;
    default: peer_establish(p); break;
    }
    if (state == TARN_TCP_CLOSE_WAIT || state == TARN_TCP_LAST_ACK)
        peer_send(p, fin, PEER_NXT, STACK_UNA, 0);
    if (state != TARN_TCP_ESTABLISHED && state != TARN_TCP_CLOSE_WAIT)
        peer_shut(p);
    if (state == TARN_TCP_FIN_WAIT_2 || state == TARN_TCP_TIME_WAIT)
        peer_send(p, TCP_ACK, PEER_NXT, STACK_NXT + 1, 0);
    if (state == TARN_TCP_CLOSING)
        peer_send(p, fin, PEER_NXT, STACK_UNA, 0);
    if (state == TARN_TCP_TIME_WAIT)
        peer_send(p, fin, PEER_NXT, STACK_NXT + 1, 0);
    peer_drain(p);
}

#endif
