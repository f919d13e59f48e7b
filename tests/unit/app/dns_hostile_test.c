/* tests/unit/app/dns_hostile_test.c - the stub resolver and answers that are wrong: forged, cut,
 * looping, endless. Numbers N-.. are those of the list of bad inputs. */
#include "tests/unit/app/dns_bench.h"

/* N-01: every part of an answer that a forger would have to guess. */
static void forged_then_good(struct bench *b, const struct seen *s)
{
    struct seen as = *s;
    struct dns_name other = name_of("wwx.example.net");

    as.id ^= 0x100;
    good(b, &as);
    as = *s;
    as.q.name = other;
    good(b, &as);
    as = *s;
    as.q.type = DNS_AAAA;
    good(b, &as);
    as = *s;
    as.q.class = 3;
    good(b, &as);
    as = *s;
    as.server = 1; /* another port */
    good(b, &as);
    CHECK_EQ(b->n_ends, 0);
    as = *s;
    good(b, &as);
}

TEST(dns_hostile, forged_answers_are_ignored)
{
    struct bench *b = bench_serve(1, forged_then_good);

    ask(b, "www.example.net", TARN_INET, 1);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n_seen, 1);
    CHECK(b->n_ends == 1 && b->end[0].n == 1);
    bench_close(b);
}

static void from_elsewhere(struct bench *b, const struct seen *s)
{
    struct tarn *st = b->net.host[2].st;
    struct tarn_addr to = s->from;
    struct dns_writer w;
    struct tarn_iov iov = {.base = msg};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &to};
    struct tarn_addr local = {.ip = tarn_ip4(0), .port = 53};
    tarn_sock liar;

    begin(&w, s, 0);
    put_a(&w, s->name, 0x06060606, 60);
    iov.len = dns_finish(&w);
    CHECK_EQ(tarn_open(st, TARN_INET, TARN_DGRAM, 0, 0, &liar), 0);
    CHECK_EQ(tarn_bind(st, liar, &local), 0);
    CHECK_EQ(tarn_sendmsg(st, liar, &m, b->net.now), iov.len);
    tarn_close(st, liar, b->net.now);
}

/* N-01. */
TEST(dns_hostile, an_answer_from_another_host_is_ignored)
{
    struct bench *b = bench_open(0);

    rig_open(&b->net.host[2], 3);
    b->net.host[2].now = b->net.now;
    b->net.n_hosts = 3;
    add_server(b, SERVER_IP, 0);
    b->reply = from_elsewhere;
    serve(b, (struct tarn_dns_config){0});
    CHECK_EQ(resolve(b, "www.example.net")->error, -TARN_ETIMEDOUT);
    bench_close(b);
}

static void other_case(struct bench *b, const struct seen *s)
{
    struct seen as = *s;

    if (!s->tcp)
        as.q.name.b[1] ^= 0x20;
    good(b, &as);
}

/* N-01: what answers in other letters may be a forger, or a server that knows no better: the next
 * attempt is by TCP. */
TEST(dns_hostile, another_case_is_not_the_question)
{
    struct bench *b = bench_serve(1, other_case);

    CHECK_EQ(resolve(b, "www.example.net")->n, 1);
    CHECK_EQ(b->n_seen, 2);
    CHECK(!b->seen[0].tcp && b->seen[1].tcp);
    CHECK(b->seen[1].at - b->seen[0].at >= 5 * RIG_S);
    bench_close(b);
}

TEST(dns_hostile, letters_are_mixed_unless_that_is_off)
{
    struct bench *b = bench_serve(1, nxdomain);
    struct dns_name plain = name_of("abcdefghijklmnopqrstuvwxyz.example.net");

    (void)resolve(b, "abcdefghijklmnopqrstuvwxyz.example.net.");
    CHECK(dns_name_equal(&b->seen[0].q.name, &plain));
    CHECK(memcmp(b->seen[0].q.name.b, plain.b, plain.len) != 0);
    bench_close(b);
    b = bench_open(1);
    b->reply = nxdomain;
    serve(b, (struct tarn_dns_config){.no_0x20 = true});
    (void)resolve(b, "abcdefghijklmnopqrstuvwxyz.example.net.");
    CHECK_MEM(b->seen[0].q.name.b, plain.b, plain.len);
    bench_close(b);
}

static void short_then_good(struct bench *b, const struct seen *s)
{
    struct dns_writer w;

    begin(&w, s, 0);
    (void)dns_finish(&w);
    for (size_t n = 0; n < DNS_HEADER_BYTES; n++)
        answer(b, s, msg, n);
    good(b, s);
}

/* N-02. */
TEST(dns_hostile, datagrams_without_a_header_are_ignored)
{
    struct bench *b = bench_serve(1, short_then_good);

    CHECK_EQ(resolve(b, "www.example.net")->n, 1);
    CHECK_EQ(b->n_seen, 1);
    bench_close(b);
}

/* Owner names of the first answer that are broken in the ways of N-03 and N-04; the question's name
 * is at 12, the answer at `at`. */
static const struct {
    uint8_t n;
    const char *bytes;
} bad_owners[] = {
    {2, "\xc0\x21"},    /* to itself: "www.example.net" ends at 33 */
    {2, "\xc0\x40"},    /* to the later */
    {2, "\xff\xff"},    /* past the end */
    {2, "\xc0\x00"},    /* into the header */
    {4, "\1a\xc0\x21"}, /* round */
    {3, "\x40"
        "a\0"}, /* reserved label types */
    {3, "\x80"
        "a\0"},
    {3, "\xbf"
        "a\0"},
    {5, "\x3f"
        "abcd"}, /* over the end */
};
static unsigned bad_owner;

static void reply_bad_owner(struct bench *b, const struct seen *s)
{
    static const uint8_t rest[] = {0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4};
    struct dns_writer w;

    begin(&w, s, 0);
    CHECK_EQ(w.w.at - msg, 33);
    wr_bytes(&w.w, bad_owners[bad_owner].bytes, bad_owners[bad_owner].n);
    wr_bytes(&w.w, rest, sizeof rest);
    w.h.count[DNS_ANSWER] = 1;
    finish(b, s, &w);
}

TEST(dns_hostile, broken_names_are_an_error)
{
    for (bad_owner = 0; bad_owner < sizeof bad_owners / sizeof *bad_owners; bad_owner++) {
        struct bench *b = bench_serve(1, reply_bad_owner);

        CHECK_EQ(resolve(b, "www.example.net.")->error, -TARN_EPROTO);
        bench_close(b);
    }
}

static uint16_t counts[DNS_SECTIONS];

static void reply_counts(struct bench *b, const struct seen *s)
{
    struct dns_writer w;
    size_t n;

    begin(&w, s, 0);
    put_a(&w, s->name, 0x01020304, 60);
    n = dns_finish(&w);
    for (unsigned i = 0; i < DNS_SECTIONS; i++)
        store_be16(msg + 4 + 2 * i, counts[i]);
    answer(b, s, msg, n);
}

static int with_counts(uint16_t qd, uint16_t an, uint16_t ns, uint16_t ar)
{
    struct bench *b = bench_serve(1, reply_counts);
    int error;

    memcpy(counts, (uint16_t[]){qd, an, ns, ar}, sizeof counts);
    error = resolve(b, "www.example.net")->error;
    bench_close(b);
    return error;
}

/* N-05. */
TEST(dns_hostile, counts_are_bounded_by_bytes)
{
    CHECK_EQ(with_counts(1, 1, 0, 0), 0);
    CHECK_EQ(with_counts(1, 65535, 0, 0), 0);
    CHECK_EQ(with_counts(1, 1, 65535, 65535), 0);
    CHECK_EQ(with_counts(1, 0, 65535, 65535), -TARN_ENOENT);
    CHECK_EQ(with_counts(0, 1, 0, 0), -TARN_ETIMEDOUT);
    CHECK_EQ(with_counts(2, 1, 0, 0), -TARN_ETIMEDOUT);
    CHECK_EQ(with_counts(65535, 1, 0, 0), -TARN_ETIMEDOUT);
}

static void odd_rdata(struct bench *b, const struct seen *s)
{
    static const uint8_t zeroes[16];
    struct dns_writer w;

    begin(&w, s, 0);
    put_data(&w, s->name, DNS_A, zeroes, 0);
    put_data(&w, s->name, DNS_A, zeroes, 3);
    put_data(&w, s->name, DNS_A, zeroes, 5);
    put_data(&w, s->name, DNS_AAAA, zeroes, 15);
    put_data(&w, s->name, DNS_SRV, zeroes, 6);
    put_data(&w, s->name, DNS_TXT,
             "\x0f"
             "abc",
             4);
    put_data(&w, s->name, DNS_CNAME, "\1a", 2);
    put_a(&w, s->name, 0x01020304, 60);
    finish(b, s, &w);
}

static void endless_rdata(struct bench *b, const struct seen *s)
{
    struct dns_writer w;

    begin(&w, s, 0);
    put_a(&w, s->name, 0x01020304, 60);
    store_be16(w.w.at - 6, 65535);
    finish(b, s, &w);
}

/* N-06. */
TEST(dns_hostile, records_of_a_wrong_length_are_passed_over)
{
    struct bench *b = bench_serve(1, odd_rdata);
    const struct tarn_dns_answer *a = resolve(b, "www.example.net");

    CHECK_EQ(a->n, 1);
    CHECK_EQ(tarn_ip_to4(&a->ip[0]), 0x01020304);
    b->reply = endless_rdata;
    CHECK_EQ(resolve(b, "www.example.net.")->error, -TARN_EPROTO);
    bench_close(b);
}

static unsigned chain;

static void reply_chain(struct bench *b, const struct seen *s)
{
    struct dns_writer w;
    char from[32], to[32];

    begin(&w, s, 0);
    for (unsigned i = 0; i < chain; i++) {
        (void)snprintf(from, sizeof from, i == 0 ? "www.example.net" : "n%u.example.net", i);
        (void)snprintf(to, sizeof to, "n%u.example.net", i + 1);
        put_cname(&w, from, to, 60);
    }
    put_a(&w, to, 0x01020304, 60);
    finish(b, s, &w);
}

static void reply_ring(struct bench *b, const struct seen *s)
{
    struct dns_writer w;

    begin(&w, s, 0);
    put_cname(&w, s->name, "b.example.net", 60);
    put_cname(&w, "b.example.net", s->name, 60);
    finish(b, s, &w);
}

/* N-07. */
TEST(dns_hostile, sixteen_aliases_are_followed)
{
    struct bench *b = bench_serve(1, reply_chain);

    chain = 16;
    CHECK_EQ(resolve(b, "www.example.net")->n, 1);
    chain = 17;
    CHECK_EQ(resolve(b, "www.example.net.")->error, -TARN_EPROTO);
    chain = 20;
    CHECK_EQ(resolve(b, "www.example.net.")->error, -TARN_EPROTO);
    b->reply = reply_ring;
    CHECK_EQ(resolve(b, "www.example.net.")->error, -TARN_EPROTO);
    bench_close(b);
}

static uint32_t ttl;

static void reply_ttl(struct bench *b, const struct seen *s)
{
    struct dns_writer w;

    begin(&w, s, 0);
    put_a(&w, s->name, 0x01020304, ttl);
    finish(b, s, &w);
}

/* N-08 (RFC 2181 8). */
TEST(dns_hostile, a_ttl_with_the_top_bit_is_zero)
{
    struct bench *b = bench_serve(1, reply_ttl);

    ttl = 0;
    CHECK_EQ(resolve(b, "www.example.net")->ttl_s, 0);
    ttl = 0x7fffffff;
    CHECK_EQ(resolve(b, "www.example.net")->ttl_s, 0x7fffffff);
    ttl = 0x80000000;
    CHECK_EQ(resolve(b, "www.example.net")->ttl_s, 0);
    ttl = 0xffffffff;
    CHECK_EQ(resolve(b, "www.example.net")->ttl_s, 0);
    bench_close(b);
}

/* ---- What answers hold ---- */

static void poison(struct bench *b, const struct seen *s)
{
    struct dns_writer w;

    begin(&w, s, 0);
    put_a(&w, "www.victim.test", 0x06060606, 60);
    put_cname(&w, "mail.victim.test", s->name, 60);
    put_a(&w, s->name, 0x01020304, 60);
    put_a(&w, "ns.example.net", 0x06060606, 60);
    finish(b, s, &w);
}

/* N-10. */
TEST(dns_hostile, only_the_asked_chain_is_used)
{
    struct bench *b = bench_serve(1, poison);
    const struct tarn_dns_answer *a = resolve(b, "www.example.net");

    CHECK_EQ(a->n, 1);
    CHECK_EQ(tarn_ip_to4(&a->ip[0]), 0x01020304);
    bench_close(b);
}

static void rebind(struct bench *b, const struct seen *s)
{
    static const struct tarn_ip inner[] = {
        {{[15] = 1}},                                       /* ::1 */
        {{0xfd, [15] = 1}},                                 /* fd00::1 */
        {{0xfe, 0x80, [15] = 1}},                           /* fe80::1 */
        {{[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}}, /* ::ffff:127.0.0.1 */
    };
    static const uint32_t inner4[] = {0x7f000001, 0xc0a80001, 0x0a000001, 0xac1f0001,
                                      0xa9fe0001, 0x64400001, 0x00000000};
    struct dns_writer w;

    begin(&w, s, 0);
    for (size_t i = 0; s->q.type == DNS_A && i < sizeof inner4 / sizeof *inner4; i++)
        put_a(&w, s->name, inner4[i], 60);
    for (size_t i = 0; s->q.type == DNS_AAAA && i < sizeof inner / sizeof *inner; i++)
        put_data(&w, s->name, DNS_AAAA, inner[i].b, 16);
    finish(b, s, &w);
}

/* N-11: passed on, but for the mapped address; refused if that is wanted. */
TEST(dns_hostile, private_addresses_can_be_refused)
{
    struct bench *b = bench_serve(1, rebind);

    ask(b, "www.example.net.", 0, 1);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->end[0].n, 7 + 3);
    bench_close(b);
    b = bench_open(1);
    b->reply = rebind;
    serve(b, (struct tarn_dns_config){.refuse_private = true});
    ask(b, "www.example.net.", 0, 1);
    net_run(&b->net, RIG_S);
    CHECK(b->n_ends == 1 && b->end[0].n == 0 && b->end[0].error == -TARN_ENOENT);
    b->reply = good;
    CHECK_EQ(resolve(b, "www.example.net")->n, 1);
    bench_close(b);
}

static struct rng chance;

/* A good answer with an alias, in which a few bytes behind the question are others. */
static void mutated(struct bench *b, const struct seen *s)
{
    struct dns_writer w;
    size_t n, from = DNS_HEADER_BYTES + s->q.name.len + 4u;

    begin(&w, s, 0);
    put_cname(&w, s->name, "host.example.net", 60);
    put_a(&w, "host.example.net", 0x01020304, 60);
    put_a(&w, "host.example.net", 0x01020305, 60);
    CHECK(dns_put_edns(&w, &(struct dns_edns){.udp_bytes = 1232}));
    n = dns_finish(&w);
    for (unsigned i = 0; i < 1 + rng_below(&chance, 4); i++)
        msg[from + rng_below(&chance, (uint32_t)(n - from))] = (uint8_t)rng_u32(&chance);
    msg[4 + rng_below(&chance, 8)] ^= (uint8_t)(1u << rng_below(&chance, 16));
    answer(b, s, msg, n - (rng_below(&chance, 4) == 0 ? rng_below(&chance, (uint32_t)n) : 0));
}

/* Every question has one end, and addresses only of what was asked for. */
TEST(dns_hostile, mutated_answers_do_no_harm)
{
    static const uint8_t seed[32] = {9};
    struct bench *b = bench_open(1);

    rng_init(&chance, seed, 1);
    b->reply = mutated;
    serve(b, (struct tarn_dns_config){.attempts = 1, .timeout_ms = 10});
    for (unsigned i = 0; i < 3000; i++) {
        ask(b, "www.example.net.", 0, 1);
        net_run(&b->net, 25 * RIG_MS);
        CHECK_EQ(b->n_ends, 1);
        CHECK(b->end[0].n <= TARN_DNS_ADDRESSES && (b->end[0].error != 0) == (b->end[0].n == 0));
        b->n_ends = 0;
    }
    CHECK_EQ(sockets(b), 0);
    bench_close(b);
}

/* ---- N-13 ---- */

enum { DRAWS = 10000 };

static unsigned ports[65536], ids[65536];
static bool alike;

static void count(struct bench *b, const struct seen *s)
{
    ports[s->from.port]++;
    ids[s->id]++;
    for (unsigned i = b->n_seen - b->n_seen % 8; i + 1 < b->n_seen; i++)
        alike =
            alike || b->seen[i % SEEN].id == s->id || b->seen[i % SEEN].from.port == s->from.port;
    nxdomain(b, s);
}

static unsigned distinct(const unsigned *of)
{
    unsigned n = 0;

    for (unsigned i = 0; i < 65536; i++)
        n += of[i] != 0;
    return n;
}

/* Drawing 10,000 of 65,536 ids gives 9,274 different ones; 10,000 of 28,232 ports 8,421. Of 14
 * bits it would be 7,484. */
TEST(dns_hostile, ids_and_ports_are_random)
{
    struct bench *b = bench_serve(1, count);
    unsigned follow = 0;
    uint16_t last = 0;

    for (unsigned i = 0; i < DRAWS / 8; i++) {
        char name[32];

        for (unsigned k = 0; k < 4; k++) {
            (void)snprintf(name, sizeof name, "n%u.example.net.", i * 4 + k);
            ask(b, name, 0, k);
        }
        net_run(&b->net, RIG_MS);
        CHECK_EQ(b->n_ends, 4);
        b->n_ends = 0;
        follow += b->seen[(b->n_seen - 8) % SEEN].from.port == (uint16_t)(last + 1);
        last = b->seen[(b->n_seen - 8) % SEEN].from.port;
    }
    CHECK_EQ(b->n_seen, DRAWS);
    CHECK(!alike);
    CHECK(distinct(ids) > 9100 && distinct(ids) < 9450);
    CHECK(distinct(ports) > 8250 && distinct(ports) < 8600);
    CHECK(follow < 5);
    bench_close(b);
}
