/* Tests of tcp/auth/tcp_ao.c and tcp/auth/tcp_auth.c: two stacks that speak TCP-AO (RFC 5925), and
 * what they refuse. The codes themselves are judged by ao_vectors_test.c. */
#include "base/bytes.h"
#include "core/stack.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/close/tcp_close.h"
#include "tests/unit/tcp/wire.h"

EACH_FAMILY();

static struct wire w;

static struct tarn_tcp_ao_key key_for(int end, uint8_t send_id, uint8_t recv_id, const char *secret)
{
    struct tarn_tcp_ao_key k = {.peer = family_ip((uint8_t)(2 - end)),
                                .prefix = family_now == TARN_INET ? 32 : 128,
                                .send_id = send_id,
                                .recv_id = recv_id};

    k.key_bytes = (uint8_t)strlen(secret);
    memcpy(k.key, secret, k.key_bytes);
    return k;
}

static void give(int end, tarn_sock s, struct tarn_tcp_ao_key k)
{
    CHECK_EQ(tarn_tcp_ao_add(w.end[end].st, s, &k), 0);
}

static tarn_sock opened(int end)
{
    tarn_sock s;

    CHECK_EQ(tarn_open(w.end[end].st, family_now, TARN_STREAM, 0, 0, &s), 0);
    return s;
}

static void begin(tarn_sock s)
{
    struct tarn_addr to = wire_addr(1, 80);

    CHECK_EQ(tarn_connect(w.end[0].st, s, &to, wire_now(&w)), -TARN_EINPROGRESS);
    wire_wait(&w, 200 * RIG_MS);
}

/* What both ends' keys have in common but for numbers and peers. */
struct manner {
    uint8_t algorithm, mac_bytes;
    bool omit;
};

static struct tarn_tcp_ao_key in_manner(struct tarn_tcp_ao_key k, const struct manner *m)
{
    k.algorithm = m->algorithm;
    k.mac_bytes = m->mac_bytes;
    k.omit_options = m->omit;
    return k;
}

static struct wire_pair keyed_pair(const struct manner *m)
{
    struct wire_pair p = {.listener = wire_listen(&w, 1, 80, 16), .s = {opened(0)}};

    give(1, p.listener, in_manner(key_for(1, 84, 61, "testvector"), m));
    give(0, p.s[0], in_manner(key_for(0, 61, 84, "testvector"), m));
    begin(p.s[0]);
    CHECK_EQ(wire_state(&w, 0, p.s[0]), TARN_TCP_ESTABLISHED);
    CHECK_EQ(tarn_accept(w.end[1].st, p.listener, &p.s[1], NULL), 0);
    return p;
}

static const struct manner usual = {TARN_TCP_AO_HMAC_SHA1, 0, false};

static bool transfer(const struct wire_pair *p, int from, size_t n)
{
    static uint8_t out[65536], in[65536];
    size_t sent = 0, got = 0;

    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(i * 13 + (size_t)from);
    for (int turn = 0; turn < 100 && got < n; turn++) {
        long k = tarn_send(w.end[from].st, p->s[from], out + sent, n - sent, wire_now(&w));

        sent += k > 0 ? (size_t)k : 0;
        wire_wait(&w, 50 * RIG_MS);
        k = tarn_recv(w.end[!from].st, p->s[!from], in + got, n - got, wire_now(&w));
        got += k > 0 ? (size_t)k : 0;
    }
    return got == n && memcmp(in, out, n) == 0;
}

static uint64_t dropped(enum tarn_drop why)
{
    return w.end[0].st->drop[why] + w.end[1].st->drop[why];
}

static uint64_t refused(void)
{
    return dropped(DROP_TCP_AO_MISSING) + dropped(DROP_TCP_AO_KEY) + dropped(DROP_TCP_AO_WRONG);
}

static void a_life(const struct manner *m)
{
    struct wire_law law = {.loss = 50, .reorder = 100, .reorder_ns = RIG_MS};
    struct wire_pair p;

    wire_open(&w, &law, LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_GRO_RX, 3);
    p = keyed_pair(m);
    CHECK(transfer(&p, 0, 40000));
    CHECK(transfer(&p, 1, 40000));
    tarn_close(w.end[0].st, p.s[0], wire_now(&w));
    wire_wait(&w, 2000 * RIG_MS);
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    wire_wait(&w, 130000 * RIG_MS);
    CHECK_EQ(refused(), 0);
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    wire_check_empty(&w);
    wire_close(&w);
}

/* Signature, timestamps and the rest leave no room in a SYN,ACK for all that AccECN has to tell. */
TEST(tcp_ao, leaves_room_for_other_options_or_does_without)
{
    struct wire_pair p;

    wire_open(&w, NULL, 0, 3);
    for (int end = 0; end < 2; end++) {
        CHECK_EQ(tarn_param_set(w.end[end].st, "tcp.ecn", 3), 0);
        CHECK_EQ(tarn_param_set(w.end[end].st, "tcp.ecn-option", 2), 0);
    }
    p = keyed_pair(&usual);
    CHECK(transfer(&p, 0, 40000));
    CHECK(transfer(&p, 1, 40000));
    CHECK_EQ(refused(), 0);
    wire_close(&w);
}

TEST(tcp_ao, signs_from_the_syn_to_time_wait)
{
    a_life(&usual);
    a_life(&(struct manner){TARN_TCP_AO_AES_128_CMAC, 0, false});
    a_life(&(struct manner){TARN_TCP_AO_HMAC_SHA1, 16, true});
}

/* RFC 5925 7.5: three ways for a SYN to be refused without an answer. */
static void check_refused(struct tarn_tcp_ao_key ours, bool sign, enum tarn_drop why)
{
    tarn_sock listener, s;

    wire_open(&w, NULL, 0, 1);
    listener = wire_listen(&w, 1, 80, 16);
    s = opened(0);
    give(1, listener, key_for(1, 84, 61, "testvector"));
    if (sign)
        give(0, s, ours);
    begin(s);
    CHECK_EQ(wire_state(&w, 0, s), TARN_TCP_SYN_SENT);
    CHECK_EQ(dropped(why), 1);
    CHECK_EQ(refused(), 1);
    CHECK_EQ(w.end[1].st->stat[TARN_STAT_TCP_SEGS_OUT], 0);
    wire_close(&w);
}

TEST(tcp_ao, strangers_get_no_answer)
{
    check_refused(key_for(0, 61, 84, "testvectors"), true, DROP_TCP_AO_WRONG);
    check_refused(key_for(0, 62, 84, "testvector"), true, DROP_TCP_AO_KEY);
    check_refused(key_for(0, 61, 84, "testvector"), false, DROP_TCP_AO_MISSING);
}

TEST(tcp_ao, an_unkeyed_listener_takes_nothing_that_is_signed)
{
    tarn_sock s;

    wire_open(&w, NULL, 0, 1);
    (void)wire_listen(&w, 1, 80, 16);
    s = opened(0);
    give(0, s, key_for(0, 61, 84, "testvector"));
    begin(s);
    CHECK_EQ(wire_state(&w, 0, s), TARN_TCP_SYN_SENT);
    CHECK_EQ(dropped(DROP_TCP_AO_KEY), 1);
    wire_close(&w);
}

static struct tarn_tcp_ao_info info_of(int end, tarn_sock s)
{
    struct tarn_tcp_ao_info info = {.good = 0};

    CHECK_EQ(tarn_tcp_ao_get(w.end[end].st, s, &info), 0);
    return info;
}

/* RFC 5925 7.5.2: who is asked for another key by RNextKeyID signs with it from then on. */
TEST(tcp_ao, keys_change_without_a_gap)
{
    struct tarn_tcp_ao_info info;
    struct wire_pair p;

    wire_open(&w, NULL, 0, 1);
    p = keyed_pair(&usual);
    give(0, p.s[0], key_for(0, 7, 8, "second"));
    give(1, p.s[1], key_for(1, 8, 7, "second"));
    CHECK(transfer(&p, 0, 5000));
    CHECK_EQ(info_of(0, p.s[0]).current_id, 61);
    info = info_of(1, p.s[1]);
    info.has_current = false;
    info.rnext_id = 7;
    CHECK_EQ(tarn_tcp_ao_set(w.end[1].st, p.s[1], &info), 0);
    CHECK(transfer(&p, 1, 5000));
    CHECK_EQ(info_of(0, p.s[0]).current_id, 7);
    CHECK_EQ(info_of(1, p.s[1]).current_id, 84); /* each direction has its own */
    CHECK(transfer(&p, 0, 5000));
    CHECK_EQ(refused(), 0);
    wire_close(&w);
}

/* RFC 5925 6.2: without its extension a sequence number of four gigabytes ago would be as good as
 * one of now. */
TEST(tcp_ao, the_code_covers_the_extension)
{
    struct wire_pair p;
    struct sock *sk;

    wire_open(&w, NULL, 0, 1);
    p = keyed_pair(&usual);
    CHECK(transfer(&p, 0, 1000));
    sk = sock_find(w.end[1].st, p.s[1]);
    tcp_auth(w.end[1].st, tcp_of(sk))->rcv.sne++; /* as if the numbers had wrapped for it alone */
    CHECK(!transfer(&p, 0, 1000));
    CHECK(dropped(DROP_TCP_AO_WRONG) > 0);
    wire_close(&w);
}

/* Around the wrap numbers below are of the old extension, those above of the new one. */
TEST(tcp_ao, extensions_follow_the_numbers)
{
    struct tcp_sne below = {5, {0xffffff00}}, above = {6, {0x100}};

    CHECK_EQ(tcp_ao_sne(&below, seq(0xffffff80)), 5);
    CHECK_EQ(tcp_ao_sne(&below, seq(0xfffffe00)), 5);
    CHECK_EQ(tcp_ao_sne(&below, seq(0x10)), 6);
    CHECK_EQ(tcp_ao_sne(&above, seq(0x200)), 6);
    CHECK_EQ(tcp_ao_sne(&above, seq(0)), 6);
    CHECK_EQ(tcp_ao_sne(&above, seq(0xfffffff0)), 5);
    CHECK_EQ(tcp_ao_sne(&above, seq(0x7fffffff)), 6);
}

/* Numbers that wrap during the connection: without their secret they follow the clock (4 us). */
TEST(tcp_ao, numbers_may_wrap)
{
    struct wire_pair p;

    wire_open(&w, NULL, 0, 1);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(tarn_param_set(w.end[i].st, "tcp.random-isn", 0), 0);
    wire_set_now(&w, (UINT64_C(0x100000000) - 20000) * 4000);
    p = keyed_pair(&usual);
    for (int i = 0; i < 2; i++)
        CHECK(transfer(&p, i, 60000));
    CHECK_EQ(refused(), 0);
    for (int i = 0; i < 2; i++) {
        const struct tcp_sock *tc = tcp_of(sock_find(w.end[i].st, p.s[i]));

        CHECK(tc->snd_una.v < tc->iss.v);
    }
    wire_close(&w);
}

/* "Too big" of a segment in flight, from a router: code 4 of IPv4's unreachable; of IPv6 another
 * type, so there it is "administratively prohibited". */
static void send_error(const struct wire_pair *p)
{
    struct sock *sk = sock_find(w.end[0].st, p->s[0]);
    uint8_t quoted[8];
    struct icmp_error e = {.error = -TARN_EHOSTUNREACH,
                           .type = family_now == TARN_INET ? 3 : 1,
                           .code = family_now == TARN_INET ? 4 : 1,
                           .info = family_now == TARN_INET ? 576 : 0,
                           .from = family_ip(9),
                           .payload = quoted,
                           .payload_bytes = sizeof quoted};

    e.quoted = (struct ip_info){.src = sk->local.ip, .dst = sk->remote.ip, .proto = IP_PROTO_TCP};
    store_be16(quoted, sk->local.port);
    store_be16(quoted + 2, sk->remote.port);
    store_be32(quoted + 4, tcp_of(sk)->snd_una.v);
    tcp_error(w.end[0].st, &e, wire_now(&w));
}

/* RFC 5925 7.8. */
TEST(tcp_ao, icmp_errors_are_ignored_by_default)
{
    struct tarn_tcp_ao_info info;
    struct wire_pair p;

    wire_open(&w, NULL, 0, 1);
    p = keyed_pair(&usual);
    CHECK_EQ(tarn_send(w.end[0].st, p.s[0], "x", 1, wire_now(&w)), 1);
    tarn_tick(w.end[0].st, wire_now(&w));
    pkt_put(w.end[0].st, tarn_output(w.end[0].st, RIG_PORT, wire_now(&w)));
    send_error(&p);
    info = info_of(0, p.s[0]);
    CHECK_EQ(info.icmps, 1);
    CHECK_EQ(tcp_of(sock_find(w.end[0].st, p.s[0]))->soft_error, 0);
    info.has_current = info.has_rnext = false;
    info.accept_icmps = true;
    CHECK_EQ(tarn_tcp_ao_set(w.end[0].st, p.s[0], &info), 0);
    send_error(&p);
    CHECK_EQ(info_of(0, p.s[0]).icmps, 1);
    if (family_now == TARN_INET)
        CHECK(tcp_of(sock_find(w.end[0].st, p.s[0]))->snd_mss < 576);
    else
        CHECK(tcp_of(sock_find(w.end[0].st, p.s[0]))->soft_error != 0);
    wire_close(&w);
}

TEST(tcp_ao, keys_are_checked)
{
    struct tarn_tcp_ao_key k = key_for(0, 1, 2, "secret"), other = key_for(0, 3, 4, "other"), got;
    struct tarn_tcp_ao_info info = {.has_current = true, .current_id = 9};
    struct tarn_ip peer = family_ip(2);
    struct tarn *st;
    tarn_sock s;

    wire_open(&w, NULL, 0, 1);
    st = w.end[0].st;
    s = opened(0);
    CHECK_EQ(tarn_tcp_ao_get(st, s, &info), -TARN_ENOENT);
    CHECK_EQ(tarn_tcp_ao_add(st, s, &k), 0);
    CHECK_EQ(tarn_tcp_ao_add(st, s, &k), -TARN_EEXIST);
    k.recv_id = 5; /* the other number is still taken */
    CHECK_EQ(tarn_tcp_ao_add(st, s, &k), -TARN_EEXIST);
    other.mac_bytes = 17;
    CHECK_EQ(tarn_tcp_ao_add(st, s, &other), -TARN_EINVAL);
    other.mac_bytes = 16;
    other.prefix++;
    CHECK_EQ(tarn_tcp_ao_add(st, s, &other), -TARN_EINVAL);
    other.prefix--;
    other.set_current = true;
    CHECK_EQ(tarn_tcp_ao_add(st, s, &other), 0);
    CHECK_EQ(tarn_tcp_ao_del(st, s, &other), -TARN_EBUSY);
    CHECK_EQ(tarn_tcp_ao_key(st, s, 1, &got), 0);
    CHECK(got.set_current && got.send_id == 3 && got.mac_bytes == 16 && got.prefix == other.prefix);
    CHECK_EQ(tarn_tcp_ao_key(st, s, 2, &got), -TARN_ENOENT);
    k.recv_id = 2;
    CHECK_EQ(tarn_tcp_ao_del(st, s, &k), 0);
    CHECK_EQ(tarn_tcp_ao_del(st, s, &k), -TARN_ENOENT);
    CHECK_EQ(tarn_tcp_ao_set(st, s, &info), -TARN_ENOENT);
    CHECK_EQ(tarn_tcp_md5(st, s, &peer, k.prefix, "x", 1), -TARN_EINVAL);
    s = opened(0);
    CHECK_EQ(tarn_tcp_md5(st, s, &peer, k.prefix, "x", 1), 0);
    CHECK_EQ(tarn_tcp_ao_add(st, s, &k), -TARN_EINVAL);
    CHECK_EQ(tarn_param_set(st, "tcp.ao", 0), 0);
    CHECK_EQ(tarn_tcp_ao_add(st, opened(0), &k), -TARN_ENOPROTOOPT);
    wire_close(&w);
}

TEST(tcp_ao, what_is_open_without_stays_so)
{
    struct tarn_tcp_ao_key k = key_for(0, 1, 2, "secret");
    struct wire_pair p;

    wire_open(&w, NULL, 0, 1);
    p = wire_pair_open(&w);
    CHECK_EQ(tarn_tcp_ao_add(w.end[0].st, p.s[0], &k), -TARN_EISCONN);
    wire_close(&w);
}
