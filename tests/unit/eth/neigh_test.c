/* tests/unit/eth/neigh_test.c - neighbours: the states of RFC 4861 7.3.2 on ARP, and who is
 * believed.
 */
#include "tests/unit/rig.h"

static uint8_t frame[RIG_FRAME];
static const uint8_t other_mac[6] = {2, 0, 0, 0, 0, 0x66};

/* A stack with a socket connected to the peer, and nothing waiting to be sent. */
struct talk {
    struct rig r;
    tarn_sock s;
};

static void begin(struct talk *t, uint32_t to)
{
    struct tarn_addr peer = {.ip = tarn_ip4(to), .port = 9};

    rig_open_quiet(&t->r, 1);
    CHECK_EQ(tarn_open(t->r.st, TARN_INET, TARN_DGRAM, 0, 0, &t->s), 0);
    CHECK_EQ(tarn_connect(t->r.st, t->s, &peer, t->r.now), 0);
}

static void say(struct talk *t)
{
    CHECK_EQ(tarn_send(t->r.st, t->s, "x", 1, t->r.now), 1);
}

static unsigned state(struct talk *t)
{
    struct tarn_neigh n;
    uint32_t cursor = 0;

    while (tarn_neigh_next(t->r.st, &cursor, &n))
        if (tarn_ip_to4(&n.ip) == RIG_PEER_IP)
            return n.state;
    return 0;
}

/* The next frame must be a question for the peer, to `dst`. */
static void expect_question(struct talk *t, const uint8_t *dst)
{
    struct arp_hdr h;
    size_t n = rig_output(&t->r, frame);

    CHECK_EQ(n, 42);
    CHECK_MEM(frame, dst, 6);
    CHECK_EQ(arp_parse(&h, frame + 14, n - 14), WIRE_OK);
    CHECK_EQ(h.op, ARP_REQUEST);
    CHECK_EQ(h.target_ip, RIG_PEER_IP);
    CHECK_EQ(h.sender_ip, t->r.ip);
}

/* The next frame must be a datagram to `dst`. */
static void expect_datagram(struct talk *t, const uint8_t *dst)
{
    CHECK_EQ(rig_output(&t->r, frame), 14 + 20 + 8 + 1);
    CHECK_MEM(frame, dst, 6);
    CHECK_EQ(load_be16(frame + 12), ETH_IP4);
}

static void expect_silence(struct talk *t)
{
    CHECK_EQ(rig_output(&t->r, frame), 0);
}

/* An ARP packet in which the peer's address has `mac`. */
static void arp(struct talk *t, uint16_t op, const uint8_t *mac, uint32_t target)
{
    struct arp_hdr h = {.op = op, .sender_ip = RIG_PEER_IP, .target_ip = target};
    size_t n = rig_eth(frame, op == ARP_REPLY ? t->r.mac : rig_everybody, ETH_ARP);

    memcpy(h.sender_mac, mac, 6);
    n += arp_build(frame + n, &h);
    rig_input(&t->r, frame, n);
}

static void make_reachable(struct talk *t)
{
    begin(t, RIG_PEER_IP);
    say(t);
    expect_question(t, rig_everybody);
    arp(t, ARP_REPLY, rig_peer_mac, t->r.ip);
    expect_datagram(t, rig_peer_mac);
    CHECK_EQ(state(t), TARN_NEIGH_REACHABLE);
}

static void make_stale(struct talk *t)
{
    make_reachable(t);
    rig_wait(&t->r, 46 * RIG_S);
    CHECK_EQ(state(t), TARN_NEIGH_STALE);
    expect_silence(t);
}

TEST(neigh, first_packet_asks_and_waits)
{
    struct talk t;

    begin(&t, RIG_PEER_IP);
    say(&t);
    say(&t);
    expect_question(&t, rig_everybody);
    expect_silence(&t);
    CHECK_EQ(state(&t), TARN_NEIGH_INCOMPLETE);
    rig_wait(&t.r, RIG_S + RIG_MS);
    expect_question(&t, rig_everybody);
    arp(&t, ARP_REPLY, rig_peer_mac, t.r.ip);
    expect_datagram(&t, rig_peer_mac);
    expect_datagram(&t, rig_peer_mac);
    CHECK_EQ(state(&t), TARN_NEIGH_REACHABLE);
    rig_close(&t.r);
}

TEST(neigh, no_answer_fails_and_tells_the_socket)
{
    struct talk t;
    int64_t error;

    begin(&t, RIG_PEER_IP);
    CHECK_EQ(tarn_setopt(t.r.st, t.s, TARN_SO_IP_RECVERR, 1, t.r.now), 0);
    say(&t);
    for (unsigned i = 0; i < 3; i++) {
        expect_question(&t, rig_everybody);
        rig_wait(&t.r, RIG_S + RIG_MS);
    }
    expect_silence(&t);
    CHECK_EQ(state(&t), TARN_NEIGH_FAILED);
    CHECK_EQ(tarn_drop_count(t.r.st, DROP_NEIGH_FAILED), 1);
    CHECK_EQ(tarn_getopt(t.r.st, t.s, TARN_SO_ERROR, &error), 0);
    CHECK_EQ(error, TARN_EHOSTUNREACH);
    say(&t);
    expect_question(&t, rig_everybody);
    rig_wait(&t.r, 30 * RIG_S);
    CHECK_EQ(state(&t), 0);
    rig_close(&t.r);
}

TEST(neigh, stale_is_used_delayed_and_probed)
{
    struct talk t;

    make_stale(&t);
    say(&t);
    expect_datagram(&t, rig_peer_mac);
    CHECK_EQ(state(&t), TARN_NEIGH_DELAY);
    rig_wait(&t.r, 5 * RIG_S + RIG_MS);
    CHECK_EQ(state(&t), TARN_NEIGH_PROBE);
    expect_question(&t, rig_peer_mac);
    arp(&t, ARP_REPLY, rig_peer_mac, t.r.ip);
    CHECK_EQ(state(&t), TARN_NEIGH_REACHABLE);
    rig_close(&t.r);
}

TEST(neigh, probes_go_to_the_old_address_then_to_all)
{
    struct talk t;

    make_stale(&t);
    say(&t);
    expect_datagram(&t, rig_peer_mac);
    rig_wait(&t.r, 5 * RIG_S + RIG_MS);
    for (unsigned i = 0; i < 6; i++) {
        expect_question(&t, i < 3 ? rig_peer_mac : rig_everybody);
        expect_silence(&t);
        rig_wait(&t.r, RIG_S + RIG_MS);
    }
    CHECK_EQ(state(&t), TARN_NEIGH_FAILED);
    rig_close(&t.r);
}

TEST(neigh, an_unasked_packet_does_not_move_a_live_entry)
{
    struct talk t;

    make_reachable(&t);
    arp(&t, ARP_REPLY, other_mac, t.r.ip);
    arp(&t, ARP_REQUEST, other_mac, RIG_PEER_IP);
    arp(&t, ARP_REPLY, other_mac, t.r.ip);
    expect_question(&t, rig_peer_mac);
    say(&t);
    expect_datagram(&t, rig_peer_mac);
    arp(&t, ARP_REPLY, rig_peer_mac, t.r.ip);
    CHECK_EQ(state(&t), TARN_NEIGH_REACHABLE);
    say(&t);
    expect_datagram(&t, rig_peer_mac);
    rig_close(&t.r);
}

TEST(neigh, a_move_is_believed_when_the_old_address_is_silent)
{
    struct talk t;

    make_reachable(&t);
    arp(&t, ARP_REQUEST, other_mac, RIG_PEER_IP);
    for (unsigned i = 0; i < 3; i++) {
        expect_question(&t, rig_peer_mac);
        rig_wait(&t.r, RIG_S + RIG_MS);
    }
    expect_question(&t, rig_everybody);
    arp(&t, ARP_REPLY, other_mac, t.r.ip);
    say(&t);
    expect_datagram(&t, other_mac);
    rig_close(&t.r);
}

TEST(neigh, a_stale_entry_merges)
{
    struct talk t;

    make_stale(&t);
    arp(&t, ARP_REQUEST, other_mac, RIG_PEER_IP);
    say(&t);
    expect_datagram(&t, other_mac);
    rig_close(&t.r);
}

TEST(neigh, a_question_for_us_teaches_its_sender)
{
    struct talk t;

    begin(&t, RIG_PEER_IP);
    arp(&t, ARP_REQUEST, rig_peer_mac, t.r.ip);
    CHECK_EQ(rig_output(&t.r, frame), 42);
    CHECK_EQ(state(&t), TARN_NEIGH_STALE);
    say(&t);
    expect_datagram(&t, rig_peer_mac);
    rig_close(&t.r);
}

TEST(neigh, a_probe_is_answered_but_not_learned)
{
    struct arp_hdr h = {.op = ARP_REQUEST};
    struct tarn_neigh any;
    uint32_t cursor = 0;
    struct rig r;
    size_t n;

    rig_open_quiet(&r, 1);
    h.target_ip = r.ip;
    memcpy(h.sender_mac, rig_peer_mac, 6);
    n = rig_eth(frame, rig_everybody, ETH_ARP);
    n += arp_build(frame + n, &h);
    rig_input(&r, frame, n);
    CHECK_EQ(rig_output(&r, frame), 42);
    CHECK(!tarn_neigh_next(r.st, &cursor, &any));
    rig_close(&r);
}

TEST(neigh, an_address_is_announced)
{
    struct arp_hdr h;
    struct rig r;

    rig_open(&r, 1);
    CHECK_EQ(rig_output(&r, frame), 42);
    CHECK_EQ(arp_parse(&h, frame + 14, 28), WIRE_OK);
    CHECK_EQ(h.op, ARP_REQUEST);
    CHECK_EQ(h.sender_ip, r.ip);
    CHECK_EQ(h.target_ip, r.ip);
    CHECK_MEM(frame, rig_everybody, 6);
    rig_close(&r);
}

TEST(neigh, a_scan_does_not_push_out_who_is_in_use)
{
    struct tarn_config cfg = {.max_neighbours = 8};
    struct tarn_addr to = {.port = 9};
    struct talk t;

    rig_open_with(&t.r, 1, 0, &cfg);
    rig_drain(&t.r);
    to.ip = tarn_ip4(RIG_PEER_IP);
    CHECK_EQ(tarn_open(t.r.st, TARN_INET, TARN_DGRAM, 0, 0, &t.s), 0);
    CHECK_EQ(tarn_connect(t.r.st, t.s, &to, t.r.now), 0);
    say(&t);
    expect_question(&t, rig_everybody);
    arp(&t, ARP_REPLY, rig_peer_mac, t.r.ip);
    expect_datagram(&t, rig_peer_mac);
    for (unsigned i = 2; i < 60; i++) {
        struct tarn_iov iov = {(void *)frame, 1};
        struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &to};
        tarn_sock s;

        to.ip = tarn_ip4(0x0a000000 + i);
        CHECK_EQ(tarn_open(t.r.st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
        CHECK_EQ(tarn_sendmsg(t.r.st, s, &m, t.r.now), 1);
        tarn_close(t.r.st, s, t.r.now);
    }
    rig_drain(&t.r);
    CHECK_EQ(state(&t), TARN_NEIGH_REACHABLE);
    say(&t);
    expect_datagram(&t, rig_peer_mac);
    rig_close(&t.r);
}

TEST(neigh, groups_need_no_question)
{
    static const uint8_t multicast_mac[6] = {1, 0, 0x5e, 0x01, 2, 3};
    struct talk t;
    struct tarn_addr to = {.ip = tarn_ip4(0xe0810203), .port = 9};

    begin(&t, RIG_PEER_IP);
    CHECK_EQ(tarn_connect(t.r.st, t.s, &to, t.r.now), 0);
    say(&t);
    expect_datagram(&t, multicast_mac);
    to.ip = tarn_ip4(0x0a0000ff);
    CHECK_EQ(tarn_connect(t.r.st, t.s, &to, t.r.now), -TARN_EACCES);
    CHECK_EQ(tarn_setopt(t.r.st, t.s, TARN_SO_BROADCAST, 1, t.r.now), 0);
    CHECK_EQ(tarn_connect(t.r.st, t.s, &to, t.r.now), 0);
    say(&t);
    expect_datagram(&t, rig_everybody);
    to.ip = tarn_ip4(0xffffffff);
    CHECK_EQ(tarn_connect(t.r.st, t.s, &to, t.r.now), 0);
    say(&t);
    expect_datagram(&t, rig_everybody);
    rig_close(&t.r);
}

/* Everything that one has to send into the other; how many questions for a neighbour. */
static unsigned questions(struct rig *from, struct rig *to)
{
    unsigned n = 0;
    struct pkt *p;

    while ((p = tarn_output(from->st, RIG_PORT, from->now)) != NULL) {
        struct pkt *q = pkt_copy_to(from->st, p, to->st);

        pkt_put(from->st, p);
        CHECK(q != NULL);
        n += load_be16(q->head + q->head_off + 12) == ETH_ARP;
        tarn_input(to->st, RIG_PORT, q, to->now);
    }
    return n;
}

/* Both ways until nobody has anything more; how many questions. */
static unsigned run_counting(struct rig *a, struct rig *b)
{
    unsigned asked = 0;

    for (unsigned i = 0; i < 8; i++)
        asked += questions(a, b) + questions(b, a);
    return asked;
}

/* RFC 4861 7.3.1: acknowledged data confirms that the next hop is reachable, so nobody asks while a
 * connection goes on. */
TEST(neigh, progress_of_tcp_confirms)
{
    struct tarn_addr to = {.ip = tarn_ip4(0x0a000002), .port = 7}, any = {.port = 7};
    tarn_sock listener, s, accepted;
    struct rig a, b;
    char byte;

    rig_open_quiet(&a, 1);
    rig_open_quiet(&b, 2);
    CHECK_EQ(tarn_open(b.st, TARN_INET, TARN_STREAM, 0, 0, &listener), 0);
    any.ip = tarn_ip4(0);
    CHECK_EQ(tarn_bind(b.st, listener, &any), 0);
    CHECK_EQ(tarn_listen(b.st, listener, 1), 0);
    CHECK_EQ(tarn_open(a.st, TARN_INET, TARN_STREAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_connect(a.st, s, &to, a.now), -TARN_EINPROGRESS);
    CHECK(run_counting(&a, &b) > 0);
    CHECK_EQ(tarn_accept(b.st, listener, &accepted, NULL), 0);
    for (unsigned i = 0; i < 300; i++) {
        rig_wait(&a, RIG_S);
        rig_wait(&b, RIG_S);
        CHECK_EQ(tarn_send(a.st, s, "x", 1, a.now), 1);
        CHECK_EQ(run_counting(&a, &b), 0);
        CHECK_EQ(tarn_recv(b.st, accepted, &byte, 1, b.now), 1);
    }
    rig_close(&a);
    rig_close(&b);
}
