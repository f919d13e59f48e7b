/* tests/unit/app/sntp_test.c - the clock client on host 0 and servers that are sockets of the test
 * on hosts 1 and 2: good ones, ones that lie, ones that want to be left alone. */
#include "tests/unit/app/net.h"
#include "wire/ntp.h"

enum { SERVERS = 2, SEEN = 64 };

/* 2026-11-22 12:00:00 at time 0 of the test, 3 s later than the client believes. */
#define EPOCH (INT64_C(1795348800) * INT64_C(1000000000))
#define AHEAD (3 * (int64_t)RIG_S)

struct bench {
    struct net net;
    tarn_sock sock[SERVERS];
    void (*reply)(struct bench *b, unsigned server, struct ntp_msg *m);
    struct ntp_msg request[SEEN];
    uint16_t from[SEEN];
    tarn_ns at[SEEN];
    unsigned asked[SEEN], n_seen;
    struct tarn_sntp_time time;
    unsigned times, kisses;
};

static struct bench bench;

static void send(struct bench *b, unsigned server, const struct tarn_addr *to,
                 const struct ntp_msg *m, size_t n)
{
    uint8_t p[NTP_BYTES];
    struct tarn_addr name = *to;
    struct tarn_iov iov = {.base = p, .len = n};
    struct tarn_msg out = {.iov = &iov, .n_iov = 1, .name = &name};

    ntp_build(p, m);
    CHECK_EQ(tarn_sendmsg(b->net.host[1 + server].st, b->sock[server], &out, b->net.now), n);
}

static struct tarn_addr last_from;

static void serve_one(struct bench *b, unsigned server, const uint8_t *p, size_t n)
{
    struct ntp_msg m;

    CHECK(b->n_seen < SEEN);
    CHECK(ntp_parse(&m, p, n));
    b->request[b->n_seen] = m;
    b->from[b->n_seen] = last_from.port;
    b->asked[b->n_seen] = server;
    b->at[b->n_seen++] = b->net.now;
    m = (struct ntp_msg){.version = 4, .mode = NTP_SERVER, .stratum = 2, .origin = m.transmit};
    m.receive = m.transmit = ntp_from_unix_ns(EPOCH + (int64_t)b->net.now + AHEAD);
    if (b->reply != NULL)
        b->reply(b, server, &m);
}

static unsigned play(void *ctx, struct net *net)
{
    struct bench *b = ctx;
    uint8_t p[256];
    struct tarn_iov iov = {.base = p, .len = sizeof p};
    struct tarn_msg in = {.iov = &iov, .n_iov = 1, .name = &last_from};
    unsigned n = 0;
    long got;

    for (unsigned i = 0; i < SERVERS; i++)
        for (; (got = tarn_recvmsg(net->host[1 + i].st, b->sock[i], &in, net->now)) >= 0; n++)
            serve_one(b, i, p, (size_t)got);
    return n;
}

static void report(void *ctx, int what, const void *of, tarn_ns now)
{
    struct bench *b = ctx;

    (void)now;
    if (what == TARN_SNTP_KISS)
        b->kisses++;
    else
        b->times++;
    b->time = *(const struct tarn_sntp_time *)of;
}

static void good(struct bench *b, unsigned server, struct ntp_msg *m)
{
    send(b, server, &last_from, m, NTP_BYTES);
}

static struct bench *bench_open(void (*reply)(struct bench *, unsigned, struct ntp_msg *))
{
    struct tarn_sntp_config config = {.n_servers = SERVERS};
    struct tarn_service_with with = {.seed = 1, .config = &config, .wall_ns = EPOCH};
    struct bench *b = &bench;

    *b = (struct bench){.reply = reply};
    net_open(&b->net, 1 + SERVERS);
    b->net.play = play;
    b->net.ctx = b;
    for (unsigned i = 0; i < SERVERS; i++) {
        struct tarn_addr local = {.ip = tarn_ip4(0), .port = NTP_PORT};

        CHECK_EQ(tarn_open(b->net.host[1 + i].st, TARN_INET, TARN_DGRAM, 0, 0, &b->sock[i]), 0);
        CHECK_EQ(tarn_bind(b->net.host[1 + i].st, b->sock[i], &local), 0);
        config.server[i].ip = tarn_ip4(0x0a000002 + i);
    }
    with.report = report;
    with.report_ctx = b;
    CHECK_EQ(net_serve(&b->net, &service_sntp, 0, with), 0);
    return b;
}

TEST(sntp, the_time_is_told)
{
    struct bench *b = bench_open(good);

    net_run(&b->net, RIG_S);
    CHECK_EQ(b->times, 1);
    CHECK_EQ(b->time.offset_ns / 1000000, 3000);
    CHECK(b->time.unix_ns - EPOCH - 4 * (int64_t)RIG_S < 1000000);
    CHECK_EQ(b->time.delay_us, 0);
    CHECK_EQ(b->time.stratum, 2);
    CHECK_EQ(b->asked[0], 0);
    net_close(&b->net);
}

/* A request tells nothing of the host, and its port and timestamp are drawn anew. */
TEST(sntp, requests_say_nothing)
{
    struct bench *b = bench_open(good);

    net_run(&b->net, 300 * RIG_S);
    CHECK(b->n_seen >= 2);
    CHECK(b->request[0].mode == NTP_CLIENT && b->request[0].version == 4);
    CHECK(b->request[0].stratum == 0 && b->request[0].origin == 0 && b->request[0].receive == 0);
    CHECK(b->request[0].transmit != b->request[1].transmit);
    CHECK(b->from[0] != b->from[1] && b->from[0] != NTP_PORT);
    net_close(&b->net);
}

TEST(sntp, polls_double_up_to_1024_s)
{
    struct bench *b = bench_open(good);
    tarn_ns want = 64 * RIG_S;

    net_run(&b->net, 6000 * RIG_S);
    CHECK(b->n_seen >= 7);
    for (unsigned i = 1; i < b->n_seen; i++) {
        tarn_ns gap = b->at[i] - b->at[i - 1];

        CHECK(gap >= want && gap <= want + want / 16);
        want = want < 1024 * RIG_S ? want * 2 : want;
    }
    net_close(&b->net);
}

static tarn_ns reply_at;
static struct ntp_msg late;

static void keep(struct bench *b, unsigned server, struct ntp_msg *m)
{
    (void)server;
    late = *m;
    reply_at = b->net.now;
}

/* Half of the way there and back is added to the server's time. */
TEST(sntp, the_way_back_is_counted)
{
    struct bench *b = bench_open(keep);

    net_run(&b->net, 400 * RIG_MS);
    late.receive = ntp_from_unix_ns(EPOCH + AHEAD + (int64_t)RIG_S + 200 * (int64_t)RIG_MS);
    late.transmit = late.receive;
    send(b, 0, &last_from, &late, NTP_BYTES);
    net_run(&b->net, RIG_MS);
    CHECK_EQ(b->times, 1);
    CHECK_EQ(b->time.delay_us / 1000, 400);
    CHECK_EQ((b->time.offset_ns + 500000) / 1000000, 3000);
    net_close(&b->net);
}

static unsigned lie;

static void lies(struct bench *b, unsigned server, struct ntp_msg *m)
{
    struct ntp_msg bad = *m;

    switch (lie) {
    case 0: bad.origin ^= 1; break; /* not our request */
    case 1: bad.mode = NTP_CLIENT; break;
    case 2: bad.version = 0; break;
    case 3: send(b, server, &last_from, m, NTP_BYTES - 1); return;
    case 4: bad.leap = NTP_UNSYNCHRONIZED; break;
    case 5: bad.stratum = 16; break;
    case 6: bad.transmit = 0; break;
    case 7: bad.receive = 0; break;
    case 8: bad.root_dispersion = 20 << 16; break;
    case 9: bad.receive = m->transmit + (UINT64_C(5) << 32); break; /* sent before it came */
    case 10: bad.receive = m->transmit - (UINT64_C(5) << 32); break;
    case 11: bad.stratum = 0; break; /* and no reason: not a kiss */
    default: bad.root_delay = UINT32_MAX; break;
    }
    send(b, server, &last_from, &bad, NTP_BYTES);
}

static void first_lies(struct bench *b, unsigned server, struct ntp_msg *m)
{
    if (server == 0)
        lies(b, server, m);
    else
        good(b, server, m);
}

/* What is no answer is passed over until the time is out; what does not know the time is left at
 * once. The other server tells it. */
TEST(sntp, bad_answers_are_not_the_time)
{
    for (lie = 0; lie <= 12; lie++) {
        struct bench *b = bench_open(first_lies);

        net_run(&b->net, 4 * RIG_S);
        CHECK_EQ(b->times, lie > 3);
        net_run(&b->net, 2 * RIG_S);
        CHECK_EQ(b->times, 1);
        CHECK_EQ(b->n_seen, 2);
        CHECK_EQ(tarn_ip_to4(&b->time.server.ip), 0x0a000003);
        net_close(&b->net);
    }
}

static void replayed(struct bench *b, unsigned server, struct ntp_msg *m)
{
    good(b, server, m);
    good(b, server, m);
}

TEST(sntp, an_answer_counts_once)
{
    struct bench *b = bench_open(replayed);

    net_run(&b->net, RIG_S);
    CHECK_EQ(b->times, 1);
    net_close(&b->net);
}

TEST(sntp, silence_is_asked_less_and_less)
{
    struct bench *b = bench_open(NULL);

    net_run(&b->net, 4000 * RIG_S);
    CHECK(b->n_seen >= 12 && b->n_seen <= 18);
    CHECK(b->asked[0] == 0 && b->asked[1] == 1);
    CHECK_EQ(b->at[1] - b->at[0], 5 * RIG_S);
    CHECK(b->at[2] - b->at[1] >= 15 * RIG_S);
    net_close(&b->net);
}

static uint32_t kiss_code;

static void kiss(struct bench *b, unsigned server, struct ntp_msg *m)
{
    m->stratum = 0;
    m->leap = NTP_UNSYNCHRONIZED;
    m->refid = kiss_code;
    if (server == 0)
        send(b, server, &last_from, m, NTP_BYTES);
}

TEST(sntp, who_denies_is_never_asked_again)
{
    static const uint32_t codes[] = {NTP_DENY, NTP_RSTR};

    for (unsigned i = 0; i < 2; i++) {
        struct bench *b;

        kiss_code = codes[i];
        b = bench_open(kiss);
        net_run(&b->net, 4000 * RIG_S);
        CHECK_EQ(b->kisses, 1);
        CHECK_EQ(b->asked[0], 0);
        CHECK(b->n_seen > 3);
        for (unsigned k = 1; k < b->n_seen; k++)
            CHECK_EQ(b->asked[k], 1);
        net_close(&b->net);
    }
}

TEST(sntp, rate_doubles_the_interval)
{
    struct bench *b;

    kiss_code = NTP_RATE;
    b = bench_open(kiss);
    net_run(&b->net, 1000 * RIG_S);
    CHECK_EQ(b->kisses, 4); /* at 0, 128, 384 and 896 s */
    CHECK(b->at[1] - b->at[0] >= 128 * RIG_S && b->at[2] - b->at[1] >= 256 * RIG_S);
    net_close(&b->net);
}

/* A kiss of somebody who has not seen the request is none. */
static void forged_kiss(struct bench *b, unsigned server, struct ntp_msg *m)
{
    m->origin++;
    kiss(b, server, m);
}

TEST(sntp, a_forged_kiss_is_ignored)
{
    struct bench *b;

    kiss_code = NTP_DENY;
    b = bench_open(forged_kiss);
    net_run(&b->net, 60 * RIG_S);
    CHECK_EQ(b->kisses, 0);
    CHECK_EQ(b->asked[2], 0);
    net_close(&b->net);
}

static void second_era(struct bench *b, unsigned server, struct ntp_msg *m)
{
    m->receive = m->transmit = UINT64_C(0x40000000) << 32; /* 2070 */
    send(b, server, &last_from, m, NTP_BYTES);
}

TEST(sntp, the_era_is_the_nearest)
{
    struct bench *b = bench_open(second_era);

    net_run(&b->net, RIG_S);
    CHECK_EQ(b->times, 1);
    CHECK_EQ(b->time.unix_ns / INT64_C(1000000000), INT64_C(2085978496) + 0x40000000);
    net_close(&b->net);
}

static void first_silent(struct bench *b, unsigned server, struct ntp_msg *m)
{
    if (server != 0)
        good(b, server, m);
}

/* Nothing depends on when else tick() is called. */
TEST(sntp, an_early_tick_changes_nothing)
{
    tarn_ns at[2][4];

    for (unsigned i = 0; i < 2; i++) {
        struct bench *b = bench_open(first_silent);

        b->net.impatient = i == 1;
        net_run(&b->net, 300 * RIG_S);
        CHECK(b->n_seen >= 4);
        memcpy(at[i], b->at, sizeof at[i]);
        net_close(&b->net);
    }
    CHECK_MEM(at[0], at[1], sizeof at[0]);
}

TEST(sntp, a_bad_configuration_is_refused)
{
    struct tarn_sntp_config config = {.n_servers = 0};
    struct tarn_service_with with = {.config = &config};
    struct net net;

    net_open(&net, 1);
    CHECK_EQ(net_serve(&net, &service_sntp, 0, with), -TARN_EINVAL);
    config = (struct tarn_sntp_config){.n_servers = 5};
    CHECK_EQ(net_serve(&net, &service_sntp, 0, with), -TARN_EINVAL);
    config = (struct tarn_sntp_config){.n_servers = 1, .poll_s = 1};
    CHECK_EQ(net_serve(&net, &service_sntp, 0, with), -TARN_EINVAL);
    net_close(&net);
}
