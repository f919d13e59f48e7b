/* Tests of tcp/auth/tcp_md5.c: two stacks that sign, and strangers (RFC 2385). */
#include "base/bytes.h"
#include "base/md5.h"
#include "core/stack.h"
#include "tests/unit/tcp/wire.h"

EACH_FAMILY();

enum { OFFLOADS = LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_GRO_RX };

static struct wire w;

static void give_key(int end, tarn_sock s, const struct tarn_ip *peer, unsigned prefix,
                     const char *key)
{
    CHECK_EQ(tarn_tcp_md5(w.end[end].st, s, peer, prefix, key, strlen(key)), 0);
}

static unsigned whole(void)
{
    return family_now == TARN_INET ? 32 : 128;
}

/* A socket that is about to connect from end 0 to port 80 of end 1. */
static tarn_sock opened(void)
{
    tarn_sock s;

    CHECK_EQ(tarn_open(w.end[0].st, family_now, TARN_STREAM, 0, 0, &s), 0);
    return s;
}

static void connect_to(tarn_sock s)
{
    struct tarn_addr to = wire_addr(1, 80);

    CHECK_EQ(tarn_connect(w.end[0].st, s, &to, wire_now(&w)), -TARN_EINPROGRESS);
    wire_wait(&w, 100 * RIG_MS);
}

static uint64_t dropped(int end, enum tarn_drop why)
{
    return w.end[end].st->drop[why];
}

/* Both ends with keys, connected; the listener's is for all peers when `prefix` is 0. */
static struct wire_pair keyed_pair(const char *key, unsigned prefix)
{
    struct tarn_ip first = family_ip(1), second = family_ip(2);
    struct wire_pair p;

    p.listener = wire_listen(&w, 1, 80, 16);
    p.s[0] = opened();
    give_key(1, p.listener, &first, prefix, key);
    give_key(0, p.s[0], &second, whole(), key);
    connect_to(p.s[0]);
    CHECK_EQ(wire_state(&w, 0, p.s[0]), TARN_TCP_ESTABLISHED);
    CHECK_EQ(tarn_accept(w.end[1].st, p.listener, &p.s[1], NULL), 0);
    return p;
}

/* Send n bytes from `from` to the other end; read and compare them. */
static void transfer(const struct wire_pair *p, int from, size_t n)
{
    static uint8_t out[65536], in[65536];
    size_t sent = 0, got = 0;

    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(i * 7 + (size_t)from);
    for (int turn = 0; turn < 200 && got < n; turn++) {
        long k = tarn_send(w.end[from].st, p->s[from], out + sent, n - sent, wire_now(&w));

        sent += k > 0 ? (size_t)k : 0;
        wire_wait(&w, 20 * RIG_MS);
        k = tarn_recv(w.end[!from].st, p->s[!from], in + got, n - got, wire_now(&w));
        got += k > 0 ? (size_t)k : 0;
    }
    CHECK_EQ(got, n);
    CHECK_MEM(in, out, n);
}

TEST(tcp_md5, signs_everything_from_the_handshake_to_the_last_ack)
{
    struct wire_law law = {.loss = 50, .reorder = 50, .reorder_ns = RIG_MS};
    struct wire_pair p;

    wire_open(&w, &law, OFFLOADS, 1);
    p = keyed_pair("correct horse", whole());
    transfer(&p, 0, 60000);
    transfer(&p, 1, 60000);
    tarn_close(w.end[0].st, p.s[0], wire_now(&w));
    wire_wait(&w, 2000 * RIG_MS);
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    wire_wait(&w, 120000 * RIG_MS);
    CHECK_EQ(dropped(0, DROP_TCP_MD5_MISSING) + dropped(0, DROP_TCP_MD5_WRONG), 0);
    CHECK_EQ(dropped(1, DROP_TCP_MD5_MISSING) + dropped(1, DROP_TCP_MD5_WRONG), 0);
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    wire_check_empty(&w);
    wire_close(&w);
}

TEST(tcp_md5, a_reset_is_signed)
{
    struct wire_pair p;

    wire_open(&w, NULL, 0, 1);
    p = keyed_pair("k", 0);
    tarn_abort(w.end[1].st, p.s[1], wire_now(&w));
    wire_wait(&w, 100 * RIG_MS);
    CHECK_EQ(wire_state(&w, 0, p.s[0]), TARN_TCP_CLOSED);
    CHECK_EQ(dropped(0, DROP_TCP_MD5_MISSING), 0);
    wire_close(&w);
}

/* What the two ends know decides how the listener's end drops the SYN. */
static void check_refused(const char *ours, const char *theirs, enum tarn_drop why)
{
    struct tarn_ip first = family_ip(1), second = family_ip(2);
    tarn_sock listener, s;

    wire_open(&w, NULL, 0, 1);
    listener = wire_listen(&w, 1, 80, 16);
    s = opened();
    if (theirs != NULL)
        give_key(1, listener, &first, whole(), theirs);
    if (ours != NULL)
        give_key(0, s, &second, whole(), ours);
    connect_to(s);
    CHECK_EQ(wire_state(&w, 0, s), TARN_TCP_SYN_SENT);
    CHECK_EQ(dropped(1, why), 1);
    CHECK_EQ(w.end[1].st->stat[TARN_STAT_TCP_SEGS_OUT], 0);
    wire_close(&w);
}

TEST(tcp_md5, strangers_get_no_answer)
{
    check_refused(NULL, "key", DROP_TCP_MD5_MISSING);
    check_refused("key", NULL, DROP_TCP_MD5_UNEXPECTED);
    check_refused("key", "kez", DROP_TCP_MD5_WRONG);
}

TEST(tcp_md5, the_longest_prefix_counts)
{
    struct tarn_ip first = family_ip(1), other = family_ip(77);
    struct wire_pair p;

    wire_open(&w, NULL, 0, 1);
    p = keyed_pair("all", 0);
    give_key(1, p.listener, &first, whole() - 8, "near");
    give_key(1, p.listener, &other, whole(), "stranger's");
    transfer(&p, 0, 100); /* what is open keeps its key */
    p.s[0] = opened();
    other = family_ip(2);
    give_key(0, p.s[0], &other, whole(), "near");
    connect_to(p.s[0]);
    CHECK_EQ(wire_state(&w, 0, p.s[0]), TARN_TCP_ESTABLISHED);
    wire_close(&w);
}

TEST(tcp_md5, keys_are_checked)
{
    struct tarn_ip peer = family_ip(2);
    uint8_t key[81] = {1};
    struct tarn *st;
    tarn_sock s, d;

    wire_open(&w, NULL, 0, 1);
    st = w.end[0].st;
    s = opened();
    CHECK_EQ(tarn_open(st, family_now, TARN_DGRAM, 0, 0, &d), 0);
    CHECK_EQ(tarn_tcp_md5(st, s, &peer, whole() + 1, key, 8), -TARN_EINVAL);
    CHECK_EQ(tarn_tcp_md5(st, s, &peer, whole(), key, 81), -TARN_EINVAL);
    CHECK_EQ(tarn_tcp_md5(st, s, &peer, whole(), key, 0), -TARN_ENOENT);
    CHECK_EQ(tarn_tcp_md5(st, s, &peer, whole(), key, 80), 0);
    CHECK_EQ(tarn_tcp_md5(st, s, &peer, whole(), key, 0), 0);
    CHECK_EQ(tarn_tcp_md5(st, s, &peer, whole(), key, 0), -TARN_ENOENT);
    CHECK_EQ(tarn_tcp_md5(st, d, &peer, whole(), key, 8), -TARN_ENOPROTOOPT);
    CHECK_EQ(tarn_param_set(st, "tcp.md5", 0), 0);
    CHECK_EQ(tarn_tcp_md5(st, s, &peer, whole(), key, 8), -TARN_ENOPROTOOPT);
    wire_close(&w);
}

/* RFC 2385 2.0, put together by hand for the SYN that leaves. */
TEST(tcp_md5, digest_covers_pseudo_header_header_and_key)
{
    struct tarn_ip peer;
    uint8_t want[MD5_BYTES], fixed[12 + 20] = {0};
    const uint8_t *ip, *tcp;
    struct md5 m;
    struct pkt *p;
    tarn_sock s;

    family_now = TARN_INET;
    peer = family_ip(2);
    wire_open(&w, NULL, 0, 1);
    s = opened();
    give_key(0, s, &peer, 32, "secret");
    {
        struct tarn_addr to = wire_addr(1, 80);

        CHECK_EQ(tarn_connect(w.end[0].st, s, &to, wire_now(&w)), -TARN_EINPROGRESS);
    }
    p = tarn_output(w.end[0].st, RIG_PORT, wire_now(&w));
    CHECK(p != NULL);
    ip = pkt_head(p) + 14;
    tcp = ip + 20;
    memcpy(fixed, ip + 12, 8);
    fixed[9] = 6;
    fixed[11] = (uint8_t)(pkt_len(p) - 34);
    memcpy(fixed + 12, tcp, 20);
    fixed[28] = fixed[29] = 0;
    md5_init(&m);
    md5_add(&m, fixed, sizeof fixed);
    md5_add(&m, "secret", 6);
    md5_end(&m, want);
    CHECK_EQ(load_be32(tcp + 20), 0x01011312);
    CHECK_MEM(tcp + 24, want, MD5_BYTES);
    pkt_put(w.end[0].st, p);
    wire_close(&w);
}
