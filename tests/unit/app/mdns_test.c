/* tests/unit/app/mdns_test.c - multicast DNS: being asked, and asking. */
#include "tests/unit/app/mdns_bench.h"

TEST(mdns, an_address_is_answered_at_once)
{
    struct bench *b = bench_ready();
    struct dns_reader r;
    struct dns_record rec;
    struct tarn_ip ip;

    query(b, "TARN.local", DNS_A, DNS_IN);
    net_run(&b->net, RIG_MS);
    CHECK_EQ(b->n, 1);
    CHECK(find(b, 0, DNS_ANSWER, DNS_A, &r, &rec) && dns_get_address(&rec, &ip));
    CHECK_EQ(tarn_ip_to4(&ip), 0x0a000001);
    CHECK(name_is(&rec.name, "tarn.local"));
    CHECK_EQ(rec.class, DNS_IN | DNS_CLASS_FLAG);
    CHECK_EQ(rec.ttl_s, 120);
    CHECK_EQ(r.h.flags, DNS_RESPONSE | DNS_AUTHORITATIVE);
    CHECK_EQ(r.h.id, 0);
    CHECK_EQ(b->heard[0].info.ttl, 255);
    CHECK_EQ(b->heard[0].from.port, 5353);
    CHECK_EQ(tarn_ip_to4(&b->heard[0].info.local), GROUP);
    CHECK(find(b, 0, DNS_ADDITIONAL, DNS_AAAA, &r, &rec)); /* RFC 6762 6.2 */
    net_close(&b->net);
}

TEST(mdns, what_a_name_does_not_have_is_denied)
{
    struct bench *b = bench_ready();
    struct dns_reader r;
    struct dns_record rec;
    struct dns_nsec n;

    query(b, "tarn.local", DNS_SRV, DNS_IN);
    net_run(&b->net, RIG_MS);
    CHECK_EQ(b->n, 1);
    CHECK(find(b, 0, DNS_ANSWER, DNS_NSEC, &r, &rec) && dns_get_nsec(&r, &rec, &n));
    CHECK(dns_nsec_has(&n, DNS_A) && dns_nsec_has(&n, DNS_AAAA) && !dns_nsec_has(&n, DNS_SRV));
    CHECK(name_is(&n.next, "tarn.local"));
    query(b, "other.local", DNS_A, DNS_IN);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n, 0);
    query(b, "tarn.local", DNS_A, 3); /* another class */
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n, 0);
    net_close(&b->net);
}

TEST(mdns, an_address_has_its_name)
{
    struct bench *b = bench_ready();
    struct dns_reader r;
    struct dns_record rec;
    struct dns_name n;

    query(b, "1.0.0.10.in-addr.arpa", DNS_PTR, DNS_IN);
    net_run(&b->net, RIG_MS);
    CHECK(find(b, 0, DNS_ANSWER, DNS_PTR, &r, &rec) && dns_get_target(&r, &rec, &n));
    CHECK(name_is(&n, "tarn.local"));
    query(b, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa", DNS_PTR,
          DNS_IN);
    net_run(&b->net, RIG_MS);
    CHECK(find(b, 0, DNS_ANSWER, DNS_PTR, &r, &rec) && dns_get_target(&r, &rec, &n));
    CHECK(name_is(&n, "tarn.local"));
    net_close(&b->net);
}

/* RFC 6763: one question is enough to know an offer. */
TEST(mdns, an_offer_is_found_by_its_type)
{
    struct bench *b = bench_ready();
    struct dns_reader r;
    struct dns_record rec;
    struct dns_name n;
    struct dns_srv srv;
    tarn_ns asked = b->net.now;

    query(b, "_http._tcp.local", DNS_PTR, DNS_IN);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n, 1);
    CHECK(b->heard[0].at >= asked + 20 * RIG_MS && b->heard[0].at <= asked + 121 * RIG_MS);
    CHECK(find(b, 0, DNS_ANSWER, DNS_PTR, &r, &rec) && dns_get_target(&r, &rec, &n));
    CHECK(name_is(&n, "tarn\\032web._http._tcp.local"));
    CHECK_EQ(rec.class, DNS_IN);
    CHECK_EQ(rec.ttl_s, 4500);
    CHECK(find(b, 0, DNS_ADDITIONAL, DNS_SRV, &r, &rec) && dns_get_srv(&r, &rec, &srv));
    CHECK(srv.port == 80 && name_is(&srv.target, "tarn.local"));
    CHECK(find(b, 0, DNS_ADDITIONAL, DNS_TXT, &r, &rec));
    CHECK_EQ(cur_left(&rec.data), 7);
    CHECK_MEM(rec.data.at, "\6path=/", 7);
    CHECK(find(b, 0, DNS_ADDITIONAL, DNS_A, &r, &rec));
    query(b, "_services._dns-sd._udp.local", DNS_PTR, DNS_IN);
    net_run(&b->net, RIG_S);
    CHECK(find(b, 0, DNS_ANSWER, DNS_PTR, &r, &rec) && dns_get_target(&r, &rec, &n));
    CHECK(name_is(&n, "_http._tcp.local"));
    net_close(&b->net);
}

static unsigned ask_knowing(struct bench *b, uint32_t ttl_s, const char *instance)
{
    struct dns_writer w;

    b->n = 0;
    write_query(&w, 0);
    put_question(&w, "_http._tcp.local", DNS_PTR, DNS_IN);
    put_ptr(&w, "_http._tcp.local", instance, ttl_s);
    send_from(b, b->sock, &w, GROUP);
    net_run(&b->net, 2 * RIG_S);
    return b->n;
}

/* RFC 6762 7.1. */
TEST(mdns, what_is_known_is_not_repeated)
{
    struct bench *b = bench_ready();

    CHECK_EQ(ask_knowing(b, 4500, "tarn\\032web._http._tcp.local"), 0);
    CHECK_EQ(ask_knowing(b, 2250, "tarn\\032web._http._tcp.local"), 0);
    CHECK_EQ(ask_knowing(b, 2249, "tarn\\032web._http._tcp.local"), 1);
    CHECK_EQ(ask_knowing(b, 4500, "other._http._tcp.local"), 1);
    net_close(&b->net);
}

/* RFC 6762 7.2: a truncated question says that more known answers follow. */
TEST(mdns, known_answers_may_follow)
{
    struct bench *b = bench_ready();
    struct dns_writer w;
    tarn_ns asked = b->net.now;

    for (unsigned follows = 0; follows < 2; follows++) {
        b->n = 0;
        asked = b->net.now;
        write_query(&w, DNS_TRUNCATED);
        put_question(&w, "_http._tcp.local", DNS_PTR, DNS_IN);
        send_from(b, b->sock, &w, GROUP);
        net_run(&b->net, 100 * RIG_MS);
        write_query(&w, 0);
        put_ptr(&w, "_http._tcp.local", "tarn\\032web._http._tcp.local", 4500);
        if (follows)
            send_from(b, b->sock, &w, GROUP);
        net_run(&b->net, 2 * RIG_S);
        CHECK_EQ(b->n, !follows);
        if (!follows)
            CHECK(b->heard[0].at - asked >= 400 * RIG_MS && b->heard[0].at - asked <= 501 * RIG_MS);
    }
    net_close(&b->net);
}

/* RFC 6762 6: no record to all more than once a second. */
TEST(mdns, nothing_is_repeated_within_a_second)
{
    struct bench *b = bench_ready();

    query(b, "tarn.local", DNS_A, DNS_IN);
    net_run(&b->net, 500 * RIG_MS);
    CHECK_EQ(b->n, 1);
    query(b, "tarn.local", DNS_A, DNS_IN);
    net_run(&b->net, 400 * RIG_MS);
    CHECK_EQ(b->n, 0);
    net_run(&b->net, 200 * RIG_MS);
    query(b, "tarn.local", DNS_A, DNS_IN);
    net_run(&b->net, 400 * RIG_MS);
    CHECK_EQ(b->n, 1);
    net_close(&b->net);
}

/* RFC 6762 5.4: alone while everybody has heard it lately, to all again after that. */
TEST(mdns, an_answer_by_unicast_may_be_asked_for)
{
    struct bench *b = bench_ready();

    query(b, "tarn.local", DNS_A, DNS_IN | DNS_CLASS_FLAG);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n, 1);
    CHECK_EQ(tarn_ip_to4(&b->heard[0].info.local), 0x0a000003);
    CHECK_EQ(b->heard[0].from.port, 5353);
    net_run(&b->net, 40 * RIG_S);
    query(b, "tarn.local", DNS_A, DNS_IN | DNS_CLASS_FLAG);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n, 1);
    CHECK_EQ(tarn_ip_to4(&b->heard[0].info.local), GROUP);
    net_close(&b->net);
}

/* RFC 6762 6.7. */
TEST(mdns, a_simple_resolver_is_answered_its_way)
{
    struct bench *b = bench_ready();
    struct dns_question q;
    struct dns_writer w;
    struct dns_reader r;
    struct dns_record rec;

    for (unsigned direct = 0; direct < 2; direct++) {
        b->n = 0;
        write_query(&w, DNS_RECURSION_DESIRED);
        put_question(&w, "tarn.local", DNS_A, DNS_IN);
        send_from(b, b->simple, &w, direct ? 0x0a000001 : GROUP);
        net_run(&b->net, 100 * RIG_MS);
        CHECK_EQ(b->n, 1);
        CHECK_EQ(tarn_ip_to4(&b->heard[0].info.local), 0x0a000003);
        CHECK(find(b, 0, DNS_ANSWER, DNS_A, &r, &rec));
        CHECK_EQ(r.h.id, 0x1234);
        CHECK(rec.ttl_s <= 10);
        CHECK_EQ(rec.class, DNS_IN);
        CHECK(dns_read(&r, b->heard[0].msg, b->heard[0].n) && dns_next_question(&r, &q));
        CHECK(name_is(&q.name, "tarn.local"));
    }
    net_close(&b->net);
}

/* RFC 6762 11: a question that has been routed here. */
TEST(mdns, questions_from_beyond_the_link_are_ignored)
{
    struct bench *b = bench_ready();
    struct tarn_address a = {.port = RIG_PORT, .prefix = {tarn_ip4(0xc0a80101), 120}};
    struct tarn_route back = {
        .to = {tarn_ip4(0), 96}, .via = tarn_ip4(0x0a000003), .port = RIG_PORT};
    struct tarn_addr local = {.ip = tarn_ip4(0xc0a80101), .port = 7777};
    struct dns_writer w;
    tarn_sock s;

    CHECK_EQ(tarn_address_add(b->net.host[OBSERVER].st, &a, b->net.now, NULL), 0);
    CHECK_EQ(tarn_route_add(b->net.host[0].st, &back, b->net.now, NULL), 0);
    CHECK_EQ(tarn_open(b->net.host[OBSERVER].st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_bind(b->net.host[OBSERVER].st, s, &local), 0);
    write_query(&w, 0);
    put_question(&w, "tarn.local", DNS_A, DNS_IN);
    send_from(b, s, &w, 0x0a000001);
    net_run(&b->net, RIG_S);
    CHECK_EQ(tarn_ready(b->net.host[OBSERVER].st, s) & TARN_IN, 0);
    net_close(&b->net);
}

/* RFC 6762 10.1. */
TEST(mdns, closing_says_goodbye)
{
    struct bench *b = bench_ready();
    struct dns_reader r;
    struct dns_record rec;
    unsigned records = 0;

    net_end(&b->net, 0);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n, 1);
    CHECK(dns_read(&r, b->heard[0].msg, b->heard[0].n));
    for (; dns_next_record(&r, &rec); records++)
        CHECK_EQ(rec.ttl_s, 0);
    CHECK_EQ(records, 2 * 2 + 4);
    net_close(&b->net);
}

TEST(mdns, a_new_address_is_announced)
{
    struct bench *b = bench_ready();
    struct tarn_address a = {.port = RIG_PORT, .prefix = {tarn_ip4(0x0a000064), 120}};

    CHECK_EQ(tarn_address_add(b->net.host[0].st, &a, b->net.now, NULL), 0);
    net_run(&b->net, 5 * RIG_S);
    CHECK_EQ(b->n, 2);
    CHECK_EQ(b->names[0], 1);
    query(b, "100.0.0.10.in-addr.arpa", DNS_PTR, DNS_IN);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n, 1);
    net_close(&b->net);
}

/* ---- Asking ---- */

static void ask(struct bench *b, unsigned service, const char *name, int family)
{
    CHECK_EQ(tarn_mdns_ask(net_state(&b->net, service), name, family, 9, b->net.now), 0);
    net_run(&b->net, 10 * RIG_S);
}

TEST(mdns, another_host_is_found)
{
    struct bench *b = bench_ready();

    start(b, 1, "lake");
    net_run(&b->net, 10 * RIG_S);
    ask(b, 0, "lake.local", 0);
    CHECK_EQ(b->answers, 1);
    CHECK(b->answer.question == 9 && b->answer.error == 0 && b->answer.n == 2);
    CHECK_EQ(b->answer.ttl_s, 120);
    ask(b, 1, "Tarn.Local.", TARN_INET);
    CHECK(b->answers == 2 && b->answer.n == 1);
    CHECK_EQ(tarn_ip_to4(&b->answer.ip[0]), 0x0a000001);
    net_close(&b->net);
}

TEST(mdns, silence_is_no_such_name)
{
    struct bench *b = bench_ready();
    tarn_ns asked = b->net.now;

    CHECK_EQ(tarn_mdns_ask(net_state(&b->net, 0), "nobody.local", 0, 9, asked), 0);
    net_run(&b->net, 10 * RIG_S);
    CHECK_EQ(b->answers, 1);
    CHECK_EQ(b->answer.error, -TARN_ENOENT);
    CHECK(!b->answer.exists);
    CHECK_EQ(b->n, 3);
    CHECK(b->heard[0].at >= asked + 20 * RIG_MS && b->heard[0].at <= asked + 121 * RIG_MS);
    CHECK_EQ(b->heard[1].at - b->heard[0].at, RIG_S);
    CHECK_EQ(b->heard[2].at - b->heard[1].at, 2 * RIG_S);
    net_close(&b->net);
}

TEST(mdns, a_denied_family_is_not_waited_for)
{
    struct bench *b = bench_ready();
    struct tarn_address a = {.port = RIG_PORT, .prefix = {{{0xfe, 0x80, [15] = 2}}, 64}};
    tarn_ns asked;

    CHECK_EQ(tarn_address_del(b->net.host[1].st, &a, b->net.now, NULL), 0);
    start(b, 1, "lake");
    net_run(&b->net, 10 * RIG_S);
    asked = b->net.now;
    CHECK_EQ(tarn_mdns_ask(net_state(&b->net, 0), "lake.local", TARN_INET6, 9, asked), 0);
    net_run(&b->net, 400 * RIG_MS);
    CHECK_EQ(b->answers, 1);
    CHECK(b->answer.error == -TARN_ENOENT && b->answer.exists);
    net_close(&b->net);
}

/* Not all hosts compress. */
TEST(mdns, an_answer_without_compression_is_understood)
{
    struct bench *b = bench_ready();
    struct dns_writer w;

    CHECK_EQ(tarn_mdns_ask(net_state(&b->net, 0), "plain.local", TARN_INET, 9, b->net.now), 0);
    net_run(&b->net, 200 * RIG_MS);
    write_query(&w, DNS_RESPONSE);
    w.plain = true;
    put_ip(&w, DNS_ANSWER, "plain.local", 0x0a000063, 120);
    put_ip(&w, DNS_ADDITIONAL, "plain.local", 0x0a000064, 120);
    send_from(b, b->sock, &w, GROUP);
    net_run(&b->net, 10 * RIG_S);
    CHECK(b->answers == 1 && b->answer.n == 2);
    net_close(&b->net);
}

/* What we say ourselves, with bytes that are others, from both kinds of port. */
TEST(mdns, mutated_messages_do_no_harm)
{
    static const uint8_t seed[32] = {7};
    static struct heard said[4];
    struct bench *b = bench_open();
    struct rng chance;

    rng_init(&chance, seed, 1);
    start(b, 0, "tarn");
    net_run(&b->net, 10 * RIG_S);
    CHECK(b->n >= 4);
    memcpy(said, b->heard, sizeof said); /* probes and announcements */
    for (unsigned i = 0; i < 3000; i++) {
        struct heard *h = &said[i % 4];
        size_t n = h->n - (i % 5 == 0 ? rng_below(&chance, (uint32_t)h->n) : 0);
        struct tarn_iov iov = {.base = out, .len = n};
        struct tarn_addr to = {.ip = tarn_ip4(GROUP), .port = 5353};
        struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &to};

        memcpy(out, h->msg, h->n);
        for (unsigned k = 0; k < 1 + rng_below(&chance, 4); k++)
            out[rng_below(&chance, (uint32_t)h->n)] = (uint8_t)rng_u32(&chance);
        CHECK_EQ(tarn_sendmsg(b->net.host[OBSERVER].st, i % 7 == 0 ? b->simple : b->sock, &m,
                              b->net.now),
                 n);
        b->n = 0;
        net_run(&b->net, 50 * RIG_MS);
    }
    net_run(&b->net, 60 * RIG_S);
    CHECK(b->name[0][0] != '\0');
    query(b, b->name[0], DNS_A, DNS_IN);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n, 1);
    net_close(&b->net);
}

TEST(mdns, our_own_name_is_known)
{
    struct bench *b = bench_ready();

    ask(b, 0, "tarn.local", 0);
    CHECK_EQ(b->answers, 1);
    CHECK_EQ(b->answer.n, 2);
    CHECK_EQ(b->n, 0);
    net_close(&b->net);
}

TEST(mdns, only_names_of_the_link_are_asked_for)
{
    struct bench *b = bench_ready();
    void *m = net_state(&b->net, 0);

    CHECK_EQ(tarn_mdns_ask(m, "www.example.net", 0, 9, b->net.now), -TARN_EINVAL);
    CHECK_EQ(tarn_mdns_ask(m, "local", 0, 9, b->net.now), -TARN_EINVAL);
    CHECK_EQ(tarn_mdns_ask(m, "", 0, 9, b->net.now), -TARN_EINVAL);
    CHECK_EQ(tarn_mdns_ask(m, "x.local", 5, 9, b->net.now), -TARN_EINVAL);
    for (unsigned i = 0; i < 16; i++)
        CHECK_EQ(tarn_mdns_ask(m, "x.local", 0, i, b->net.now), 0);
    CHECK_EQ(tarn_mdns_ask(m, "x.local", 0, 9, b->net.now), -TARN_ENOBUFS);
    net_close(&b->net);
}

/* Answers count only from the port of multicast DNS, and only for what was asked. */
TEST(mdns, forged_answers_are_ignored)
{
    struct bench *b = bench_ready();
    struct dns_writer w;

    CHECK_EQ(tarn_mdns_ask(net_state(&b->net, 0), "nobody.local", 0, 9, b->net.now), 0);
    net_run(&b->net, 200 * RIG_MS);
    write_query(&w, DNS_RESPONSE);
    put_ip(&w, DNS_ANSWER, "nobody.local", 0x06060606, 120);
    send_from(b, b->simple, &w, GROUP);
    write_query(&w, DNS_RESPONSE | DNS_NXDOMAIN);
    put_ip(&w, DNS_ANSWER, "nobody.local", 0x06060606, 120);
    send_from(b, b->sock, &w, GROUP);
    write_query(&w, DNS_RESPONSE);
    put_ip(&w, DNS_ANSWER, "somebody.local", 0x06060606, 120);
    put_ip(&w, DNS_ANSWER, "nobody.local", 0x06060606, 0);
    send_from(b, b->sock, &w, GROUP);
    net_run(&b->net, 10 * RIG_S);
    CHECK(b->answers == 1 && b->answer.n == 0);
    net_close(&b->net);
}
