/* tests/unit/tcp/hostile_test.c - every state meets every flag set, sequence and acknowledgement.
 *
 * 11 states, 64 flag sets, 5 sequence numbers and 4 acknowledgement numbers make 14,080 segments,
 * each sent to a copy of a stack that was brought into the state before (so the arena moves each
 * time). What must follow is said by RFC 9293 3.10.7 with RFC 5961, in the words of expect(). */
#include "tests/unit/family.h"
#include "tests/unit/tcp/invariants.h"

#include "wire/ip6.h"
#include "wire/tcp.h"

EACH_FAMILY();

enum { OUR_HOST = 1, PEER_HOST = 0x63 };
enum { OUR_PORT = 80, PEER_PORT = 4000, PEER_ISS = 5000, PEER_WND = 20000 };

/* What the stack sends to the peer, the last segment and how many. */
struct answer {
    unsigned n;
    struct tcp_hdr last;
};

struct scene {
    struct rig r;
    tarn_sock s, listener;
    tcp_seq iss; /* ours */
    enum tarn_tcp_state state;
    size_t used;
};

static uint8_t frame[RIG_FRAME];
static void *copy;

static size_t header_bytes(void)
{
    return family_now == TARN_INET6 ? IP6_HEADER_BYTES : IP4_HEADER_BYTES;
}

static struct answer answers(struct rig *r)
{
    struct answer a = {0};
    size_t n;

    tarn_tick(r->st, r->now);
    while ((n = rig_output(r, frame)) > 0) {
        size_t at = ETH_HEADER_BYTES + header_bytes();

        CHECK(n >= at + TCP_HEADER_BYTES);
        CHECK_EQ(tcp_parse(&a.last, frame + at, n - at), WIRE_OK);
        a.n++;
    }
    tarn_tick(r->st, r->now);
    return a;
}

/* A frame with this segment; its length. */
static size_t packet(const struct rig *r, const struct ip_info *ip, const uint8_t *segment,
                     size_t n)
{
    struct ip6_hdr six = {.next = IP_PROTO_TCP, .hops = 64, .payload_bytes = (uint16_t)n};
    size_t at;

    if (family_now == TARN_INET)
        return rig_ip4(r, frame, (struct ip4_hdr){.proto = IP_PROTO_TCP}, segment, n);
    memcpy(six.src, ip->src.b, 16);
    memcpy(six.dst, ip->dst.b, 16);
    at = rig_eth(frame, r->mac, ETH_IP6);
    at += ip6_build(frame + at, &six);
    memcpy(frame + at, segment, n);
    return at + n;
}

static struct answer send_segment(struct rig *r, tcp_seq s, tcp_seq ack, unsigned flags,
                                  uint16_t src_port)
{
    struct tcp_hdr h = {.src_port = src_port,
                        .dst_port = OUR_PORT,
                        .seq = s,
                        .ack = ack,
                        .flags = (uint16_t)flags,
                        .window = PEER_WND};
    uint8_t segment[60];
    size_t n = tcp_build(segment, &h);
    struct ip_info ip = {
        .src = family_ip(PEER_HOST), .dst = family_ip(OUR_HOST), .proto = IP_PROTO_TCP};
    uint32_t sum = path_pseudo_sum(&ip, (uint32_t)n);

    store_be16(segment + TCP_CHECKSUM_OFFSET, sum_finish(sum_partial(segment, n, sum)));
    rig_input(r, frame, packet(r, &ip, segment, n));
    return answers(r);
}

/* Scenes -------------------------------------------------------------------------------------- */

static void open_rig(struct scene *x)
{
    rig_open(&x->r, OUR_HOST);
    family_open(&x->r, OUR_HOST, PEER_HOST, rig_peer_mac);
    rig_wait(&x->r, 10 * RIG_S); /* groups are reported */
    rig_drain(&x->r);
}

static void scene_listen(struct scene *x)
{
    struct tarn_addr at = {.ip = family_ip(0), .port = OUR_PORT};

    open_rig(x);
    CHECK_EQ(tarn_open(x->r.st, family_now, TARN_STREAM, 0, 0, &x->listener), 0);
    CHECK_EQ(tarn_bind(x->r.st, x->listener, &at), 0);
    CHECK_EQ(tarn_listen(x->r.st, x->listener, 5), 0);
    x->s = x->listener;
}

static void scene_syn_sent(struct scene *x)
{
    struct tarn_addr at = {.ip = family_ip(0), .port = OUR_PORT};
    struct tarn_addr to = {.ip = family_ip(PEER_HOST), .port = PEER_PORT};
    struct answer a;

    open_rig(x);
    CHECK_EQ(tarn_open(x->r.st, family_now, TARN_STREAM, 0, 0, &x->s), 0);
    CHECK_EQ(tarn_bind(x->r.st, x->s, &at), 0);
    CHECK_EQ(tarn_connect(x->r.st, x->s, &to, x->r.now), -TARN_EINPROGRESS);
    a = answers(&x->r);
    CHECK_EQ(a.n, 1);
    x->iss = a.last.seq;
}

static void scene_syn_received(struct scene *x)
{
    struct answer a;

    scene_listen(x);
    a = send_segment(&x->r, seq(PEER_ISS), seq(0), TCP_SYN, PEER_PORT);
    CHECK_EQ(a.last.flags, TCP_SYN | TCP_ACK);
    x->iss = a.last.seq;
}

static void scene_established(struct scene *x)
{
    scene_syn_received(x);
    send_segment(&x->r, seq(PEER_ISS + 1), seq_add(x->iss, 1), TCP_ACK, PEER_PORT);
    CHECK_EQ(tarn_accept(x->r.st, x->listener, &x->s, NULL), 0);
}

static void peer_fin(struct scene *x, uint32_t acked)
{
    send_segment(&x->r, seq(PEER_ISS + 1), seq_add(x->iss, 1 + acked), TCP_FIN | TCP_ACK,
                 PEER_PORT);
}

static void our_fin(struct scene *x)
{
    CHECK_EQ(tarn_shutdown(x->r.st, x->s, TARN_SHUT_WR, x->r.now), 0);
    CHECK_EQ(answers(&x->r).last.flags, TCP_FIN | TCP_ACK);
}

static void make_scene(struct scene *x, enum tarn_tcp_state state)
{
    x->state = state;
    switch (state) {
    case TARN_TCP_CLOSED: open_rig(x); return;
    case TARN_TCP_LISTEN: scene_listen(x); return;
    case TARN_TCP_SYN_SENT: scene_syn_sent(x); return;
    case TARN_TCP_SYN_RECEIVED: scene_syn_received(x); return;
    default: scene_established(x); break;
    }
    if (state == TARN_TCP_CLOSE_WAIT || state == TARN_TCP_LAST_ACK)
        peer_fin(x, 0);
    if (state != TARN_TCP_ESTABLISHED && state != TARN_TCP_CLOSE_WAIT)
        our_fin(x);
    if (state == TARN_TCP_FIN_WAIT_2 || state == TARN_TCP_TIME_WAIT)
        send_segment(&x->r, seq(PEER_ISS + 1), seq_add(x->iss, 2), TCP_ACK, PEER_PORT);
    if (state == TARN_TCP_CLOSING)
        peer_fin(x, 0);
    if (state == TARN_TCP_TIME_WAIT)
        peer_fin(x, 1);
}

static int state_of(struct scene *x)
{
    struct tarn_tcp_info info;

    return tarn_tcp_info(x->r.st, x->s, &info, x->r.now) == 0 ? info.state : TARN_TCP_CLOSED;
}

/* What must follow ---------------------------------------------------------------------------- */

enum { BELOW, LEFT, INSIDE, RIGHT, BEYOND, N_SEQ };
enum { ACK_OLD, ACK_UNA, ACK_NXT, ACK_BEYOND, N_ACK };

static void expect_closed_or_listen(const struct scene *x, unsigned flags, struct answer a)
{
    if ((flags & TCP_RST) != 0) {
        CHECK_EQ(a.n, 0); /* never answer a reset */
    } else if ((flags & TCP_ACK) != 0) {
        CHECK_EQ(a.n, 1);
        CHECK_EQ(a.last.flags, TCP_RST);
    } else if (x->state == TARN_TCP_CLOSED) {
        CHECK_EQ(a.last.flags, TCP_RST | TCP_ACK);
    } else {
        CHECK_EQ(a.n, (flags & TCP_SYN) != 0);
        CHECK(a.n == 0 || a.last.flags == (TCP_SYN | TCP_ACK));
    }
}

static void expect_syn_sent(struct scene *x, unsigned flags, int ack, struct answer a)
{
    bool good = (flags & TCP_ACK) != 0 && ack == ACK_NXT;

    if ((flags & TCP_ACK) != 0 && !good) {
        CHECK_EQ(state_of(x), TARN_TCP_SYN_SENT);
        CHECK((flags & TCP_RST) != 0 ? a.n == 0 : a.n >= 1);
    } else if ((flags & TCP_RST) != 0) {
        CHECK_EQ(a.n, 0);
        CHECK_EQ(state_of(x), good ? TARN_TCP_CLOSED : TARN_TCP_SYN_SENT);
    } else if ((flags & TCP_SYN) == 0) {
        CHECK_EQ(state_of(x), TARN_TCP_SYN_SENT);
    } else if (good) {
        CHECK_EQ(state_of(x), flags & TCP_FIN ? TARN_TCP_CLOSE_WAIT : TARN_TCP_ESTABLISHED);
        CHECK_EQ(a.last.flags, TCP_ACK);
    } else {
        CHECK_EQ(state_of(x), TARN_TCP_SYN_RECEIVED);
        CHECK_EQ(a.last.flags, TCP_SYN | TCP_ACK);
    }
}

/* Nothing happens in SYN-RECEIVED but by a reset at RCV.NXT, another SYN in the window (RFC 9293
 * 3.10.7.4, fourth) or the ACK of our SYN; a reset elsewhere in the window draws a challenge. */
static void expect_syn_received(struct scene *x, unsigned flags, int at, int ack, struct answer a)
{
    uint32_t requests = tcp_layer(x->r.st)->requests.n_used;

    if ((flags & TCP_RST) != 0) {
        CHECK_EQ(a.n, at == INSIDE); /* RFC 5961 3.2 */
        CHECK_EQ(requests, at != LEFT);
    } else if ((flags & TCP_SYN) != 0) {
        CHECK_EQ(requests, at != LEFT && at != INSIDE);
    } else if ((flags & (TCP_SYN | TCP_ACK)) == TCP_ACK && ack == ACK_NXT &&
               (at == LEFT || at == INSIDE)) {
        CHECK_EQ(requests, 0);
    } else {
        CHECK_EQ(requests, 1);
    }
}

static void expect_synchronised(struct scene *x, unsigned flags, int at, int ack, struct answer a)
{
    bool gone = state_of(x) == TARN_TCP_CLOSED;
    bool acceptable = at == LEFT || at == INSIDE || at == RIGHT;

    if ((flags & TCP_RST) != 0) {
        CHECK_EQ(gone, at == LEFT); /* RFC 5961 3.2 */
        CHECK_EQ(a.n, at == INSIDE);
        CHECK(a.n == 0 || a.last.flags == TCP_ACK || a.last.flags == (TCP_FIN | TCP_ACK));
        return;
    }
    CHECK(a.n == 0 || (a.last.flags & TCP_RST) == 0);
    if (!acceptable || (flags & TCP_SYN) != 0) { /* RFC 5961 4.2: an ACK, and nothing else */
        CHECK_EQ(state_of(x), x->state);
        CHECK_EQ(a.n, 1);
        CHECK_EQ(a.last.flags, TCP_ACK);
        CHECK_EQ(a.last.ack.v, x->state == TARN_TCP_ESTABLISHED ||
                                       x->state == TARN_TCP_FIN_WAIT_1 ||
                                       x->state == TARN_TCP_FIN_WAIT_2
                                   ? PEER_ISS + 1
                                   : PEER_ISS + 2);
    } else if ((flags & TCP_ACK) == 0) {
        CHECK_EQ(state_of(x), x->state);
        CHECK_EQ(a.n, 0);
    } else if (ack == ACK_OLD || ack == ACK_BEYOND) { /* RFC 5961 5.2 */
        CHECK_EQ(state_of(x), x->state);
        CHECK_EQ(a.n, 1);
    } else if ((flags & TCP_FIN) == 0) {
        CHECK_EQ(a.n, 0); /* an acceptable empty ACK is not answered */
    }
}

static void expect(struct scene *x, unsigned flags, int at, int ack, struct answer a)
{
    switch (x->state) {
    case TARN_TCP_CLOSED:
    case TARN_TCP_LISTEN: expect_closed_or_listen(x, flags, a); break;
    case TARN_TCP_SYN_SENT: expect_syn_sent(x, flags, ack, a); break;
    case TARN_TCP_SYN_RECEIVED: expect_syn_received(x, flags, at, ack, a); break;
    case TARN_TCP_TIME_WAIT:
        CHECK((flags & TCP_RST) == 0 || a.n == 0);
        CHECK(a.n == 0 || (a.last.flags & TCP_RST) == 0);
        break;
    default: expect_synchronised(x, flags, at, ack, a); break;
    }
}

static tcp_seq seq_of(const struct scene *x, int at)
{
    bool fin = x->state == TARN_TCP_CLOSE_WAIT || x->state == TARN_TCP_CLOSING ||
               x->state == TARN_TCP_LAST_ACK || x->state == TARN_TCP_TIME_WAIT;
    tcp_seq nxt = seq(PEER_ISS + 1 + fin);
    /* the window offered was 65535 from the first byte on */
    static const int32_t from_left[] = {-1000, 0, 10, 65535, 70000};

    return seq_add(nxt, (uint32_t)(from_left[at] - (at == RIGHT ? fin : 0)));
}

static tcp_seq ack_of(const struct scene *x, int ack)
{
    bool syn_out = x->state == TARN_TCP_SYN_SENT || x->state == TARN_TCP_SYN_RECEIVED;
    bool fin_out = x->state == TARN_TCP_FIN_WAIT_1 || x->state == TARN_TCP_CLOSING ||
                   x->state == TARN_TCP_LAST_ACK;
    bool fin_done = x->state == TARN_TCP_FIN_WAIT_2 || x->state == TARN_TCP_TIME_WAIT;
    tcp_seq una = seq_add(x->iss, syn_out ? 0 : 1 + (uint32_t)fin_done);
    tcp_seq nxt = seq_add(una, syn_out || fin_out);

    switch (ack) {
    case ACK_OLD: return seq_sub(una, PEER_WND + 1);
    case ACK_UNA: return una;
    case ACK_NXT: return nxt;
    default: return seq_add(nxt, 1000);
    }
}

static void one(const struct scene *x, unsigned flags, int at, int ack)
{
    struct scene y = *x;
    struct answer a;

    memcpy(copy, x->r.st, x->used);
    y.r.st = copy;
    a = send_segment(&y.r, seq_of(x, at), ack_of(x, ack), flags, PEER_PORT);
    expect(&y, flags, at, ack, a);
    check_stack(y.r.st, y.r.now, y.r.now + RIG_MS);
}

static void all_segments(enum tarn_tcp_state state)
{
    struct scene x;

    make_scene(&x, state);
    CHECK(state == TARN_TCP_SYN_RECEIVED || state == TARN_TCP_TIME_WAIT ||
          state_of(&x) == (int)state);
    x.used = tarn_arena_used(x.r.st);
    copy = aligned_alloc(64, RIG_ARENA);
    CHECK(copy != NULL);
    memset(copy, 0, RIG_ARENA);
    for (unsigned flags = 0; flags < 64; flags++)
        for (int at = 0; at < N_SEQ; at++)
            for (int ack = 0; ack < N_ACK; ack++)
                one(&x, flags, at, ack);
    free(copy);
    rig_close(&x.r);
}

TEST(hostile, closed)
{
    all_segments(TARN_TCP_CLOSED);
}
TEST(hostile, listen)
{
    all_segments(TARN_TCP_LISTEN);
}
TEST(hostile, syn_sent)
{
    all_segments(TARN_TCP_SYN_SENT);
}
TEST(hostile, syn_received)
{
    all_segments(TARN_TCP_SYN_RECEIVED);
}
TEST(hostile, established)
{
    all_segments(TARN_TCP_ESTABLISHED);
}
TEST(hostile, fin_wait_1)
{
    all_segments(TARN_TCP_FIN_WAIT_1);
}
TEST(hostile, fin_wait_2)
{
    all_segments(TARN_TCP_FIN_WAIT_2);
}
TEST(hostile, close_wait)
{
    all_segments(TARN_TCP_CLOSE_WAIT);
}
TEST(hostile, closing)
{
    all_segments(TARN_TCP_CLOSING);
}
TEST(hostile, last_ack)
{
    all_segments(TARN_TCP_LAST_ACK);
}
TEST(hostile, time_wait)
{
    all_segments(TARN_TCP_TIME_WAIT);
}
