/* tests/unit/app/dns_tcp_test.c - the stub resolver by TCP: long answers, slow ones, lengths that
 * lie. Numbers N-.. are those of the list of bad inputs. */
#include "tests/unit/app/dns_bench.h"

static void (*over_tcp)(struct bench *b, const struct seen *s);

static void truncated(struct bench *b, const struct seen *s)
{
    if (s->tcp)
        over_tcp(b, s);
    else
        reply_code(b, s, DNS_TRUNCATED);
}

static struct bench *bench_tcp(void (*reply)(struct bench *, const struct seen *))
{
    over_tcp = reply;
    return bench_serve(1, truncated);
}

/* N-09. */
TEST(dns_tcp, a_truncated_answer_is_asked_for_by_tcp)
{
    struct bench *b = bench_tcp(good);

    ask(b, "www.example.net", 0, 1);
    net_run(&b->net, RIG_S);
    CHECK(b->n_ends == 1 && b->end[0].n >= 1);
    CHECK(b->seen[0].id != b->seen[2].id && b->seen[2].tcp);
    bench_close(b);
}

static void huge(struct bench *b, const struct seen *s)
{
    struct dns_writer w;

    begin(&w, s, 0);
    for (unsigned i = 0; i < 4000; i++)
        put_a(&w, s->name, 0x0a000000 + i, 60);
    finish(b, s, &w);
}

TEST(dns_tcp, an_answer_of_64_kib_gives_sixteen_addresses)
{
    struct bench *b = bench_tcp(huge);

    ask(b, "www.example.net", TARN_INET, 1);
    net_run(&b->net, 4 * RIG_S);
    CHECK(b->n_ends == 1 && b->end[0].n == TARN_DNS_ADDRESSES);
    bench_close(b);
}

static void length_zero(struct bench *b, const struct seen *s)
{
    (void)s;
    send_tcp(b, "\0\0", 2);
}

static void length_of_65535(struct bench *b, const struct seen *s)
{
    (void)s;
    send_tcp(b,
             "\xff\xff"
             "0123456789",
             12);
}

static void shut(struct bench *b, const struct seen *s)
{
    length_of_65535(b, s);
    tarn_close(b->net.host[1].st, b->stream, b->net.now);
    b->stream = (tarn_sock){0, 0};
}

/* N-09. */
TEST(dns_tcp, a_length_that_lies_ends_the_attempt)
{
    struct bench *b = bench_tcp(length_zero);

    ask(b, "www.example.net", TARN_INET, 1);
    net_run(&b->net, RIG_S);
    CHECK(b->n_ends == 1 && b->end[0].error == -TARN_EIO);
    over_tcp = shut;
    ask(b, "www.example.net", TARN_INET, 1);
    net_run(&b->net, RIG_S);
    CHECK(b->n_ends == 2 && b->end[1].error == -TARN_EIO);
    over_tcp = length_of_65535;
    CHECK_EQ(resolve(b, "www.example.net")->error, -TARN_ETIMEDOUT);
    bench_close(b);
}

static struct seen slow_query;

static void remember(struct bench *b, const struct seen *s)
{
    (void)b;
    slow_query = *s;
}

/* N-09: a byte a second takes no longer than silence. */
TEST(dns_tcp, a_slow_answer_has_a_deadline)
{
    struct bench *b = bench_tcp(remember);
    tarn_ns began = b->net.now;

    ask(b, "www.example.net", TARN_INET, 1);
    net_run(&b->net, RIG_S);
    CHECK(slow_query.tcp);
    for (unsigned i = 0; i < 30 && b->n_ends == 0; i++) {
        if (tarn_send(b->net.host[1].st, b->stream, "\x40", 1, b->net.now) < 0)
            break;
        net_run(&b->net, RIG_S);
    }
    net_run(&b->net, 10 * RIG_S);
    CHECK(b->n_ends == 1 && b->end[0].error == -TARN_ETIMEDOUT);
    CHECK(b->net.now - began < 30 * RIG_S);
    bench_close(b);
}

/* An answer in as many pieces as it has bytes is an answer still. */
TEST(dns_tcp, an_answer_by_bytes_is_taken)
{
    struct bench *b = bench_tcp(remember);
    struct dns_writer w;
    uint8_t length[2];
    size_t n;

    ask(b, "www.example.net", TARN_INET, 1);
    net_run(&b->net, RIG_S);
    CHECK_EQ(tarn_setopt(b->net.host[1].st, b->stream, TARN_SO_TCP_NODELAY, 1, b->net.now), 0);
    begin(&w, &slow_query, 0);
    put_a(&w, slow_query.name, 0x01020304, 60);
    n = dns_finish(&w);
    store_be16(length, (uint16_t)n);
    for (size_t i = 0; i < n + 2; i++) {
        send_tcp(b, i < 2 ? length + i : msg + i - 2, 1);
        net_run(&b->net, RIG_MS);
    }
    CHECK(b->n_ends == 1 && b->end[0].n == 1);
    bench_close(b);
}
