/* tests/unit/app/dns_bench.h - the stub resolver on host 0; name servers on host 1 that are sockets
 * of the test, and answer as it wants. */
#ifndef TARN_TESTS_UNIT_APP_DNS_BENCH_H
#define TARN_TESTS_UNIT_APP_DNS_BENCH_H

#include "base/rng.h"
#include "tests/unit/app/net.h"
#include "wire/dns.h"

#include <stdio.h>

enum { SERVERS = 4, SEEN = 64, ENDS = 80 };

#define SERVER_IP UINT32_C(0x0a000002)

/* A query as it came to a name server. */
struct seen {
    struct tarn_addr from;
    unsigned server; /* by port: 53, 54 ... */
    bool tcp, edns;
    uint16_t id;
    struct dns_question q;
    char name[DNS_TEXT_BYTES];
    tarn_ns at;
};

struct bench {
    struct net net;
    tarn_sock udp[SERVERS], listener[SERVERS], stream;
    void (*reply)(struct bench *b, const struct seen *s);
    struct seen seen[SEEN];
    unsigned n_seen;
    struct tarn_dns_answer end[ENDS];
    unsigned n_ends;
    void (*on_end)(struct bench *b, const struct tarn_dns_answer *a);
};

static struct bench bench;

/* ---- The name servers ---- */

static inline void send_udp(struct bench *b, unsigned server, const struct tarn_addr *to,
                            const void *p, size_t n)
{
    struct tarn_iov iov = {.base = (void *)(uintptr_t)p, .len = n};
    struct tarn_addr name = *to;
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &name};

    CHECK_EQ(tarn_sendmsg(b->net.host[1].st, b->udp[server], &m, b->net.now), n);
}

static inline void send_tcp(struct bench *b, const void *p, size_t n)
{
    CHECK_EQ(tarn_send(b->net.host[1].st, b->stream, p, n, b->net.now), n);
}

/* Answer s by the message, the way that it came. */
static inline void answer(struct bench *b, const struct seen *s, const uint8_t *msg, size_t n)
{
    uint8_t length[2];

    if (!s->tcp) {
        send_udp(b, s->server, &s->from, msg, n);
        return;
    }
    store_be16(length, (uint16_t)n);
    send_tcp(b, length, 2);
    send_tcp(b, msg, n);
}

static inline void read_query(struct bench *b, unsigned server, bool tcp, const uint8_t *msg,
                              size_t n, const struct tarn_addr *from)
{
    struct seen *s = &b->seen[b->n_seen % SEEN];
    struct dns_reader r;
    struct dns_record rec;
    struct dns_edns e;

    *s = (struct seen){.server = server, .tcp = tcp, .from = *from, .at = b->net.now};
    CHECK(dns_read(&r, msg, n));
    s->id = r.h.id;
    CHECK_EQ(r.h.flags, DNS_RECURSION_DESIRED);
    CHECK(dns_next_question(&r, &s->q));
    CHECK(dns_name_text(&s->q.name, s->name, sizeof s->name));
    for (char *c = s->name; *c != '\0'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
    s->edns = dns_next_record(&r, &rec) && dns_get_edns(&rec, &e) && e.udp_bytes == 1232;
    b->n_seen++;
    if (b->reply != NULL)
        b->reply(b, s);
}

static inline unsigned play_udp(struct bench *b, unsigned server)
{
    static uint8_t buf[2048];
    struct tarn_addr from;
    struct tarn_iov iov = {.base = buf, .len = sizeof buf};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &from};
    unsigned n = 0;
    long got;

    while ((got = tarn_recvmsg(b->net.host[1].st, b->udp[server], &m, b->net.now)) >= 0) {
        read_query(b, server, false, buf, (size_t)got, &from);
        n++;
    }
    return n;
}

static inline unsigned play_tcp(struct bench *b, unsigned server)
{
    struct tarn *st = b->net.host[1].st;
    struct tarn_addr from = {0};
    tarn_sock s;
    uint8_t buf[512];
    long got;
    unsigned n = 0;

    if (tarn_accept(st, b->listener[server], &s, &from) == 0) {
        if (b->stream.gen != 0)
            tarn_close(st, b->stream, b->net.now);
        b->stream = s;
        n++;
    }
    if (b->stream.gen == 0)
        return n;
    got = tarn_recv(st, b->stream, buf, sizeof buf, b->net.now);
    if (got <= 0)
        return n;
    CHECK_EQ(load_be16(buf), got - 2);
    read_query(b, server, true, buf + 2, (size_t)got - 2, &from);
    return n + 1;
}

static inline unsigned play(void *ctx, struct net *net)
{
    unsigned n = 0;

    (void)net;
    for (unsigned i = 0; i < SERVERS; i++)
        n += play_udp(ctx, i) + play_tcp(ctx, i);
    return n;
}

/* ---- The bench ---- */

static inline void report(void *ctx, int what, const void *of, tarn_ns now)
{
    struct bench *b = ctx;
    const struct tarn_dns_answer *a = of;

    (void)now;
    CHECK_EQ(what, TARN_DNS_ANSWER);
    CHECK(b->n_ends < ENDS);
    b->end[b->n_ends++] = *a;
    if (b->on_end != NULL)
        b->on_end(b, a);
}

static inline void add_server(struct bench *b, uint32_t ip, uint16_t port)
{
    struct tarn_resolver r = {.port = RIG_PORT, .server = {.ip = tarn_ip4(ip), .port = port}};

    CHECK_EQ(tarn_resolver_add(b->net.host[0].st, &r, b->net.now, NULL), 0);
}

static inline void add_search(struct bench *b, const char *domain)
{
    struct tarn_resolver r = {.port = RIG_PORT};

    (void)snprintf(r.domain, sizeof r.domain, "%s", domain);
    CHECK_EQ(tarn_resolver_add(b->net.host[0].st, &r, b->net.now, NULL), 0);
}

static inline struct bench *bench_open(unsigned servers)
{
    struct bench *b = &bench;

    *b = (struct bench){0};
    net_open(&b->net, 2);
    for (unsigned i = 0; i < SERVERS; i++) {
        struct tarn *st = b->net.host[1].st;
        struct tarn_addr local = {.ip = tarn_ip4(0), .port = (uint16_t)(53 + i)};

        CHECK_EQ(tarn_open(st, TARN_INET, TARN_DGRAM, 0, 0, &b->udp[i]), 0);
        CHECK_EQ(tarn_bind(st, b->udp[i], &local), 0);
        CHECK_EQ(tarn_open(st, TARN_INET, TARN_STREAM, 0, 0, &b->listener[i]), 0);
        CHECK_EQ(tarn_bind(st, b->listener[i], &local), 0);
        CHECK_EQ(tarn_listen(st, b->listener[i], 4), 0);
    }
    for (unsigned i = 0; i < servers; i++)
        add_server(b, SERVER_IP, (uint16_t)(i == 0 ? 0 : 53 + i));
    b->net.play = play;
    b->net.ctx = b;
    return b;
}

static inline void serve(struct bench *b, struct tarn_dns_config config)
{
    struct tarn_service_with with = {
        .seed = 5, .config = &config, .report = report, .report_ctx = b};

    CHECK_EQ(net_serve(&b->net, &service_dns, 0, with), 0);
}

static inline struct bench *bench_serve(unsigned servers,
                                        void (*reply)(struct bench *, const struct seen *))
{
    struct bench *b = bench_open(servers);

    b->reply = reply;
    serve(b, (struct tarn_dns_config){0});
    return b;
}

static inline void ask(struct bench *b, const char *name, int family, uint64_t question)
{
    CHECK_EQ(tarn_dns_ask(net_state(&b->net, 0), name, family, question, b->net.now), 0);
}

/* Ask for A, wait for the end. */
static inline const struct tarn_dns_answer *resolve(struct bench *b, const char *name)
{
    unsigned before = b->n_ends;

    ask(b, name, TARN_INET, 1);
    net_run(&b->net, 60 * RIG_S);
    CHECK_EQ(b->n_ends, before + 1);
    return &b->end[before];
}

/* How many sockets host 0 has. */
static inline unsigned sockets(struct bench *b)
{
    uint32_t cursor = 0;
    tarn_sock s;
    unsigned n = 0;

    while (tarn_sock_next(b->net.host[0].st, &cursor, &s))
        n++;
    return n;
}

static inline void bench_close(struct bench *b)
{
    net_close(&b->net);
}

/* ---- Answers ---- */

static inline struct dns_name name_of(const char *text)
{
    struct dns_name n;

    CHECK(dns_name_from_text(&n, text));
    return n;
}

static uint8_t msg[DNS_MAX_BYTES];

static inline void begin(struct dns_writer *w, const struct seen *s, uint16_t flags)
{
    dns_write(
        w, msg, sizeof msg,
        &(struct dns_hdr){.id = s->id,
                          .flags = (uint16_t)(DNS_RESPONSE | DNS_RECURSION_AVAILABLE | flags)});
    CHECK(dns_put_question(w, &s->q));
}

static inline void put_a(struct dns_writer *w, const char *name, uint32_t ip, uint32_t ttl_s)
{
    struct dns_name n = name_of(name);
    struct dns_owner o = {.name = &n, .class = DNS_IN, .ttl_s = ttl_s};
    struct tarn_ip addr = tarn_ip4(ip);

    CHECK(dns_put_address(w, DNS_ANSWER, &o, &addr));
}

static inline void put_cname(struct dns_writer *w, const char *name, const char *to, uint32_t ttl_s)
{
    struct dns_name n = name_of(name), target = name_of(to);
    struct dns_owner o = {.name = &n, .type = DNS_CNAME, .class = DNS_IN, .ttl_s = ttl_s};

    CHECK(dns_put_target(w, DNS_ANSWER, &o, &target));
}

/* Raw RDATA. */
static inline void put_data(struct dns_writer *w, const char *name, uint16_t type, const void *p,
                            size_t n)
{
    struct dns_name owner = name_of(name);
    struct dns_owner o = {.name = &owner, .type = type, .class = DNS_IN, .ttl_s = 60};

    dns_begin(w, DNS_ANSWER, &o);
    wr_bytes(&w->w, p, n);
    CHECK(dns_end(w));
}

static inline void finish(struct bench *b, const struct seen *s, struct dns_writer *w)
{
    answer(b, s, msg, dns_finish(w));
}

static inline void reply_code(struct bench *b, const struct seen *s, uint16_t flags)
{
    struct dns_writer w;

    begin(&w, s, flags);
    finish(b, s, &w);
}

/* One A, or one AAAA. */
static inline void good(struct bench *b, const struct seen *s)
{
    static const struct tarn_ip ip6 = {{0x20, 1, 0xd, 0xb8, [15] = 7}};
    struct dns_writer w;

    begin(&w, s, 0);
    if (s->q.type == DNS_A)
        put_a(&w, s->name, 0xc6336401, 300);
    else
        put_data(&w, s->name, DNS_AAAA, ip6.b, 16);
    finish(b, s, &w);
}

static inline void nxdomain(struct bench *b, const struct seen *s)
{
    reply_code(b, s, DNS_NXDOMAIN);
}

#endif
