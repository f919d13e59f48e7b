/* tests/unit/app/mdns_bench.h - multicast DNS on hosts 0 and 1; host 2 is a socket of the test that
 * hears everything of IPv4 and says what the test wants. */
#ifndef TARN_TESTS_UNIT_APP_MDNS_BENCH_H
#define TARN_TESTS_UNIT_APP_MDNS_BENCH_H

#include "base/rng.h"
#include "tests/unit/app/net.h"
#include "wire/dns.h"

#include <stdio.h>

enum { HEARD = 256, BYTES = 1500, OBSERVER = 2 };

#define GROUP UINT32_C(0xe00000fb)

struct heard {
    tarn_ns at;
    struct tarn_addr from;
    struct tarn_info info;
    size_t n;
    uint8_t msg[BYTES];
};

struct bench {
    struct net net;
    tarn_sock sock, simple; /* port 5353; another one */
    struct heard heard[HEARD];
    unsigned n;
    char name[2][TARN_DOMAIN_BYTES]; /* of host 0 and 1, as reported */
    unsigned names[2];
    struct tarn_dns_answer answer;
    unsigned answers;
};

static struct bench bench;

static inline void hear(struct bench *b, tarn_sock s, unsigned *n)
{
    struct heard *h = &b->heard[b->n];
    struct tarn_iov iov = {.base = h->msg, .len = BYTES};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &h->from, .info = &h->info};
    long got;

    while ((got = tarn_recvmsg(b->net.host[OBSERVER].st, s, &m, b->net.now)) >= 0) {
        h->n = (size_t)got;
        h->at = b->net.now;
        CHECK(++b->n < HEARD);
        h = &b->heard[b->n];
        iov.base = h->msg;
        m.name = &h->from;
        m.info = &h->info;
        (*n)++;
    }
}

static inline unsigned play(void *ctx, struct net *net)
{
    struct bench *b = ctx;
    unsigned n = 0;

    (void)net;
    hear(b, b->sock, &n);
    hear(b, b->simple, &n);
    return n;
}

static inline void report_of(unsigned host, int what, const void *of)
{
    struct bench *b = &bench;

    if (what == TARN_MDNS_NAME) {
        (void)snprintf(b->name[host], sizeof b->name[host], "%s", (const char *)of);
        b->names[host]++;
    } else {
        CHECK_EQ(what, TARN_MDNS_ANSWER);
        b->answer = *(const struct tarn_dns_answer *)of;
        b->answers++;
    }
}

static inline void report0(void *ctx, int what, const void *of, tarn_ns now)
{
    (void)ctx;
    (void)now;
    report_of(0, what, of);
}

static inline void report1(void *ctx, int what, const void *of, tarn_ns now)
{
    (void)ctx;
    (void)now;
    report_of(1, what, of);
}

static inline tarn_sock observer(struct bench *b, uint16_t port)
{
    struct tarn *st = b->net.host[OBSERVER].st;
    struct tarn_addr local = {.ip = tarn_ip4(0), .port = port};
    struct tarn_ip group = tarn_ip4(GROUP);
    tarn_sock s;

    CHECK_EQ(tarn_open(st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_bind(st, s, &local), 0);
    CHECK_EQ(tarn_setopt(st, s, TARN_SO_MULTICAST_LOOP, 0, b->net.now), 0);
    CHECK_EQ(tarn_setopt(st, s, TARN_SO_RECV_PKTINFO, 1, b->net.now), 0);
    CHECK_EQ(tarn_setopt(st, s, TARN_SO_RECV_TTL, 1, b->net.now), 0);
    CHECK_EQ(tarn_setopt(st, s, TARN_SO_MULTICAST_TTL, 255, b->net.now), 0);
    CHECK_EQ(tarn_setopt(st, s, TARN_SO_MULTICAST_IF, RIG_PORT + 1, b->net.now), 0);
    if (port == 5353)
        CHECK_EQ(tarn_group_join(st, s, &group, RIG_PORT + 1, b->net.now), 0);
    return s;
}

static inline struct bench *bench_open(void)
{
    struct bench *b = &bench;

    *b = (struct bench){0};
    net_open(&b->net, 3);
    (void)net_link_local(&b->net, 0);
    (void)net_link_local(&b->net, 1);
    b->sock = observer(b, 5353);
    b->simple = observer(b, 0);
    b->net.play = play;
    b->net.ctx = b;
    return b;
}

static inline void start(struct bench *b, unsigned host, const char *name)
{
    static const struct tarn_mdns_offer offer = {"tarn web", "_http._tcp", 80, "path=/"};
    struct tarn_mdns_config c = {
        .port = RIG_PORT, .hostname = name, .offers = &offer, .n_offers = host == 0};
    struct tarn_service_with with = {
        .seed = 7 + host, .config = &c, .report = host == 0 ? report0 : report1};

    CHECK_EQ(net_serve(&b->net, &service_mdns, host, with), 0);
}

/* Host 0 is `tarn.local`, and nothing that it has said is new any more. */
static inline struct bench *bench_ready(void)
{
    struct bench *b = bench_open();

    start(b, 0, "tarn");
    net_run(&b->net, 10 * RIG_S);
    CHECK_STR(b->name[0], "tarn.local");
    b->n = 0;
    return b;
}

static inline struct dns_name name_of(const char *text)
{
    struct dns_name n;

    CHECK(dns_name_from_text(&n, text));
    return n;
}

static uint8_t out[BYTES];

static inline void write_query(struct dns_writer *w, uint16_t flags)
{
    dns_write(w, out, sizeof out, &(struct dns_hdr){.id = 0x1234, .flags = flags});
}

static inline void put_question(struct dns_writer *w, const char *name, uint16_t type,
                                uint16_t class)
{
    struct dns_question q = {.name = name_of(name), .type = type, .class = class};

    CHECK(dns_put_question(w, &q));
}

static inline void put_ip(struct dns_writer *w, enum dns_section section, const char *name,
                          uint32_t ip, uint32_t ttl_s)
{
    struct dns_name n = name_of(name);
    struct dns_owner o = {.name = &n, .class = DNS_IN | DNS_CLASS_FLAG, .ttl_s = ttl_s};
    struct tarn_ip addr = tarn_ip4(ip);

    CHECK(dns_put_address(w, section, &o, &addr));
}

static inline void put_ptr(struct dns_writer *w, const char *name, const char *to, uint32_t ttl_s)
{
    struct dns_name n = name_of(name), target = name_of(to);
    struct dns_owner o = {.name = &n, .type = DNS_PTR, .class = DNS_IN, .ttl_s = ttl_s};

    CHECK(dns_put_target(w, DNS_ANSWER, &o, &target));
}

static inline void send_from(struct bench *b, tarn_sock s, struct dns_writer *w, uint32_t to)
{
    struct tarn_iov iov = {.base = out, .len = dns_finish(w)};
    struct tarn_addr name = {.ip = tarn_ip4(to), .port = 5353};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &name};

    CHECK_EQ(tarn_sendmsg(b->net.host[OBSERVER].st, s, &m, b->net.now), iov.len);
}

/* Ask all for one thing, and forget what was heard before. */
static inline void query(struct bench *b, const char *name, uint16_t type, uint16_t class)
{
    struct dns_writer w;

    b->n = 0;
    write_query(&w, 0);
    put_question(&w, name, type, class);
    send_from(b, b->sock, &w, GROUP);
}

/* The record of the i-th message heard that has this type and section; false: none. */
static inline bool find(struct bench *b, unsigned i, enum dns_section section, uint16_t type,
                        struct dns_reader *r, struct dns_record *rec)
{
    CHECK(i < b->n);
    CHECK(dns_read(r, b->heard[i].msg, b->heard[i].n));
    while (dns_next_record(r, rec))
        if (rec->section == section && rec->type == type)
            return true;
    CHECK(!r->c.bad);
    return false;
}

static inline bool name_is(const struct dns_name *n, const char *text)
{
    struct dns_name other = name_of(text);

    return dns_name_equal(n, &other);
}

#endif
