/* tests/unit/app/dns_test.c - the stub resolver: questions, search list, servers, EDNS. */
#include "tests/unit/app/dns_bench.h"

/* ---- Asking and being told ---- */

TEST(dns, both_families_are_asked_for_at_once)
{
    struct bench *b = bench_serve(1, good);

    ask(b, "www.example.net", 0, 42);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n_seen, 2);
    CHECK_EQ(b->seen[0].at, b->seen[1].at);
    CHECK(b->seen[0].q.type != b->seen[1].q.type);
    CHECK(b->seen[0].edns && b->seen[1].edns);
    CHECK(b->seen[0].from.port != b->seen[1].from.port && b->seen[0].id != b->seen[1].id);
    CHECK_EQ(b->n_ends, 1);
    CHECK_EQ(b->end[0].question, 42);
    CHECK_EQ(b->end[0].error, 0);
    CHECK_EQ(b->end[0].n, 2);
    CHECK_EQ(b->end[0].ttl_s, 60);
    CHECK(b->end[0].exists);
    CHECK_EQ(sockets(b), 0);
    bench_close(b);
}

TEST(dns, a_family_is_asked_for_alone)
{
    struct bench *b = bench_serve(1, good);

    ask(b, "www.example.net", TARN_INET6, 1);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n_seen, 1);
    CHECK_EQ(b->seen[0].q.type, DNS_AAAA);
    CHECK(b->n_ends == 1 && b->end[0].n == 1 && !tarn_ip_is4(&b->end[0].ip[0]));
    bench_close(b);
}

static void cname_chain(struct bench *b, const struct seen *s)
{
    struct dns_writer w;

    begin(&w, s, 0);
    put_cname(&w, "b.example.net", "c.example.net", 20);
    put_cname(&w, s->name, "b.example.net", 600);
    put_a(&w, "c.example.net", 0x01020304, 60);
    put_a(&w, "c.example.net", 0x01020305, 30);
    finish(b, s, &w);
}

/* In whatever order the records stand. */
TEST(dns, aliases_are_followed)
{
    struct bench *b = bench_serve(1, cname_chain);
    const struct tarn_dns_answer *a = resolve(b, "a.example.net");

    CHECK_EQ(a->n, 2);
    CHECK_EQ(a->ttl_s, 20);
    CHECK_STR(a->canonical, "c.example.net");
    bench_close(b);
}

static void nodata(struct bench *b, const struct seen *s)
{
    reply_code(b, s, 0);
}
static void servfail(struct bench *b, const struct seen *s)
{
    reply_code(b, s, DNS_SERVFAIL);
}

TEST(dns, no_such_name_and_no_such_data_differ)
{
    struct bench *b = bench_serve(1, nxdomain);
    const struct tarn_dns_answer *a = resolve(b, "a.example.net.");

    CHECK_EQ(a->error, -TARN_ENOENT);
    CHECK(!a->exists);
    b->reply = nodata;
    a = resolve(b, "a.example.net.");
    CHECK_EQ(a->error, -TARN_ENOENT);
    CHECK(a->exists);
    CHECK_EQ(b->n_seen, 2);
    bench_close(b);
}

/* RFC 6761 6.3. */
TEST(dns, localhost_is_here)
{
    struct bench *b = bench_serve(1, good);

    ask(b, "localhost", 0, 1);
    ask(b, "My.LocalHost.", TARN_INET, 2);
    CHECK_EQ(b->n_ends, 0);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n_seen, 0);
    CHECK(b->n_ends == 2 && b->end[0].n == 2 && b->end[1].n == 1);
    CHECK(tarn_ip_is_loopback(&b->end[0].ip[0]) && tarn_ip_is_loopback(&b->end[0].ip[1]));
    CHECK_EQ(tarn_ip_to4(&b->end[1].ip[0]), 0x7f000001);
    bench_close(b);
}

TEST(dns, what_is_no_name_is_refused)
{
    struct bench *b = bench_serve(1, good);
    void *d = net_state(&b->net, 0);

    CHECK_EQ(tarn_dns_ask(d, "", 0, 1, b->net.now), -TARN_EINVAL);
    CHECK_EQ(tarn_dns_ask(d, ".", 0, 1, b->net.now), -TARN_EINVAL);
    CHECK_EQ(tarn_dns_ask(d, "a..b", 0, 1, b->net.now), -TARN_EINVAL);
    CHECK_EQ(tarn_dns_ask(d, "a", 7, 1, b->net.now), -TARN_EINVAL);
    bench_close(b);
}

TEST(dns, sixty_four_questions_may_be_open)
{
    struct bench *b = bench_serve(1, NULL);
    char name[32];

    for (unsigned i = 0; i < TARN_DNS_QUESTIONS; i++) {
        (void)snprintf(name, sizeof name, "host%u.example.net", i);
        ask(b, name, 0, i);
    }
    CHECK_EQ(tarn_dns_ask(net_state(&b->net, 0), "x", 0, 1, b->net.now), -TARN_ENOBUFS);
    b->reply = good;
    net_run(&b->net, 60 * RIG_S);
    CHECK_EQ(b->n_ends, TARN_DNS_QUESTIONS);
    for (unsigned i = 0; i < TARN_DNS_QUESTIONS; i++)
        CHECK_EQ(b->end[i].n, 2);
    bench_close(b);
}

TEST(dns, alike_questions_share_a_query)
{
    struct bench *b = bench_serve(1, good);

    ask(b, "www.example.net", TARN_INET, 1);
    ask(b, "WWW.example.NET", TARN_INET, 2);
    ask(b, "www.example.net", 0, 3);
    tarn_dns_cancel(net_state(&b->net, 0), 1, b->net.now);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n_seen, 2);
    CHECK_EQ(b->n_ends, 2);
    CHECK(b->end[0].question == 2 && b->end[1].question == 3);
    bench_close(b);
}

TEST(dns, a_cancelled_question_is_forgotten)
{
    struct bench *b = bench_serve(1, NULL);

    ask(b, "www.example.net", 0, 1);
    net_run(&b->net, RIG_S);
    CHECK_EQ(sockets(b), 2);
    tarn_dns_cancel(net_state(&b->net, 0), 1, b->net.now);
    CHECK_EQ(sockets(b), 0);
    CHECK(service_dns.deadline(net_state(&b->net, 0)) == TARN_NEVER);
    net_run(&b->net, 60 * RIG_S);
    CHECK_EQ(b->n_ends, 0);
    bench_close(b);
}

static void ask_next(struct bench *b, const struct tarn_dns_answer *a)
{
    if (a->question < 5)
        ask(b, "again.example.net", 0, a->question + 1);
}

TEST(dns, a_report_may_ask_again)
{
    struct bench *b = bench_serve(1, good);

    b->on_end = ask_next;
    ask(b, "www.example.net", 0, 1);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n_ends, 5);
    bench_close(b);
}

TEST(dns, closing_leaves_nothing)
{
    struct bench *b = bench_serve(1, NULL);

    ask(b, "www.example.net", 0, 1);
    ask(b, "ftp.example.net", 0, 2);
    net_run(&b->net, RIG_S);
    net_end(&b->net, 0);
    CHECK_EQ(sockets(b), 0);
    bench_close(b);
}

static void fails_now_and_then(struct bench *b, const struct seen *s)
{
    if (s->server == 0)
        reply_code(b, s, DNS_SERVFAIL);
    else if (s->server == 2)
        good(b, s);
}

/* Nothing depends on when else tick() is called. */
TEST(dns, an_early_tick_changes_nothing)
{
    unsigned frames[2];

    for (unsigned i = 0; i < 2; i++) {
        struct bench *b = bench_serve(3, fails_now_and_then);

        b->net.impatient = i == 1;
        for (unsigned k = 0; k < 4; k++)
            ask(b, k % 2 == 0 ? "www.example.net" : "ftp.example.net", 0, k);
        net_run(&b->net, 60 * RIG_S);
        CHECK_EQ(b->n_ends, 4);
        frames[i] = b->net.frames;
        bench_close(b);
    }
    CHECK_EQ(frames[0], frames[1]);
}

/* ---- Search list ---- */

static void only_in_b(struct bench *b, const struct seen *s)
{
    if (strcmp(s->name, "host.b.test") == 0)
        good(b, s);
    else
        nxdomain(b, s);
}

static struct bench *bench_search(unsigned ndots)
{
    struct bench *b = bench_open(1);

    add_search(b, "a.test");
    add_search(b, "b.test");
    b->reply = only_in_b;
    serve(b, (struct tarn_dns_config){.ndots = ndots});
    return b;
}

TEST(dns, a_short_name_is_searched_for_first)
{
    struct bench *b = bench_search(0);

    CHECK_EQ(resolve(b, "host")->n, 1);
    CHECK_EQ(b->n_seen, 2);
    CHECK_STR(b->seen[0].name, "host.a.test");
    CHECK_STR(b->seen[1].name, "host.b.test");
    bench_close(b);
}

TEST(dns, a_long_name_is_asked_for_as_it_is_first)
{
    struct bench *b = bench_search(0);

    CHECK_EQ(resolve(b, "host.b")->error, -TARN_ENOENT);
    CHECK_EQ(b->n_seen, 3);
    CHECK_STR(b->seen[0].name, "host.b");
    CHECK_STR(b->seen[1].name, "host.b.a.test");
    CHECK_STR(b->seen[2].name, "host.b.b.test");
    bench_close(b);
}

TEST(dns, ndots_says_what_is_long)
{
    struct bench *b = bench_search(2);

    CHECK_EQ(resolve(b, "host.b")->error, -TARN_ENOENT);
    CHECK_STR(b->seen[0].name, "host.b.a.test");
    CHECK_STR(b->seen[2].name, "host.b");
    bench_close(b);
}

TEST(dns, a_final_dot_ends_the_search)
{
    struct bench *b = bench_search(0);

    CHECK_EQ(resolve(b, "host.")->error, -TARN_ENOENT);
    CHECK_EQ(b->n_seen, 1);
    CHECK_STR(b->seen[0].name, "host");
    CHECK_EQ(resolve(b, "host\\.")->error, -TARN_ENOENT); /* a dot within the label */
    CHECK_STR(b->seen[1].name, "host\\..a.test");
    bench_close(b);
}

/* ---- Servers ---- */

TEST(dns, silence_ends_after_two_rounds)
{
    struct bench *b = bench_serve(3, NULL);
    const struct tarn_dns_answer *a = resolve(b, "www.example.net");

    CHECK_EQ(a->error, -TARN_ETIMEDOUT);
    CHECK_EQ(b->n_seen, 6);
    for (unsigned i = 0; i < 6; i++) {
        CHECK_EQ(b->seen[i].server, i % 3);
        CHECK_EQ(b->seen[i].at - b->seen[0].at, i * 5 * RIG_S);
    }
    bench_close(b);
}

TEST(dns, times_and_rounds_are_configured)
{
    struct bench *b = bench_open(1);

    serve(b, (struct tarn_dns_config){.attempts = 3, .timeout_ms = 200});
    CHECK_EQ(resolve(b, "www.example.net")->error, -TARN_ETIMEDOUT);
    CHECK_EQ(b->n_seen, 3);
    CHECK_EQ(b->seen[2].at - b->seen[0].at, 400 * RIG_MS);
    bench_close(b);
}

static void good_from_second(struct bench *b, const struct seen *s)
{
    if (s->server == 1)
        good(b, s);
}

TEST(dns, who_answered_is_asked_first_from_then_on)
{
    struct bench *b = bench_serve(2, good_from_second);

    CHECK_EQ(resolve(b, "www.example.net")->n, 1);
    CHECK_EQ(b->n_seen, 2);
    CHECK_EQ(resolve(b, "ftp.example.net")->n, 1);
    CHECK_EQ(b->n_seen, 3);
    CHECK_EQ(b->seen[2].server, 1);
    bench_close(b);
}

static void fails_but_second(struct bench *b, const struct seen *s)
{
    if (s->server == 1)
        good(b, s);
    else
        reply_code(b, s, s->server == 0 ? DNS_SERVFAIL : DNS_REFUSED);
}

TEST(dns, a_server_that_cannot_help_is_left_at_once)
{
    struct bench *b = bench_serve(3, fails_but_second);
    tarn_ns began = b->net.now;

    ask(b, "www.example.net", TARN_INET, 1);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n_ends, 1);
    CHECK_EQ(b->end[0].n, 1);
    CHECK_EQ(b->n_seen, 2);
    CHECK_EQ(b->seen[1].at, began);
    bench_close(b);
}

TEST(dns, when_all_servers_fail_the_question_does)
{
    struct bench *b = bench_serve(3, servfail);

    ask(b, "www.example.net", TARN_INET, 1);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n_seen, 3);
    CHECK(b->n_ends == 1 && b->end[0].error == -TARN_EIO);
    bench_close(b);
}

static void lame(struct bench *b, const struct seen *s)
{
    struct dns_writer w;

    if (s->server == 1) {
        good(b, s);
        return;
    }
    begin(&w, s, 0);
    w.h.flags = DNS_RESPONSE;
    finish(b, s, &w);
}

TEST(dns, a_referral_is_no_denial)
{
    struct bench *b = bench_serve(2, lame);

    CHECK_EQ(resolve(b, "www.example.net")->n, 1);
    bench_close(b);
}

TEST(dns, a_closed_port_is_left_at_once)
{
    struct bench *b = bench_open(0);

    add_server(b, SERVER_IP, 99);
    add_server(b, SERVER_IP, 53);
    b->reply = good;
    serve(b, (struct tarn_dns_config){0});
    ask(b, "www.example.net", TARN_INET, 1);
    net_run(&b->net, RIG_S);
    CHECK(b->n_ends == 1 && b->end[0].n == 1);
    bench_close(b);
}

/* A name server on the other host, by IPv6. */
static void listen_on6(struct bench *b)
{
    struct tarn *st = b->net.host[1].st;
    struct tarn_addr local = {.port = 53};

    tarn_close(st, b->udp[0], b->net.now);
    CHECK_EQ(tarn_open(st, TARN_INET6, TARN_DGRAM, 0, 0, &b->udp[0]), 0);
    CHECK_EQ(tarn_bind(st, b->udp[0], &local), 0);
}

/* N-14: a link-local address is a server on the link that it was learned on. */
TEST(dns, a_server_may_be_link_local)
{
    struct bench *b = bench_open(0);
    struct tarn_resolver r = {.port = RIG_PORT};

    listen_on6(b);
    (void)net_link_local(&b->net, 0);
    r.server.ip = net_link_local(&b->net, 1);
    CHECK_EQ(tarn_resolver_add(b->net.host[0].st, &r, b->net.now, NULL), 0);
    b->reply = good;
    serve(b, (struct tarn_dns_config){0});
    CHECK_EQ(resolve(b, "www.example.net")->n, 1);
    CHECK(!tarn_ip_is4(&b->seen[0].from.ip));
    bench_close(b);
}

TEST(dns, a_server_told_twice_counts_once)
{
    struct tarn_resolver again = {.port = RIG_PORT, .origin = TARN_ORIGIN_DHCP};
    struct bench *b = bench_open(2);

    again.server.ip = tarn_ip4(SERVER_IP);
    CHECK_EQ(tarn_resolver_add(b->net.host[0].st, &again, b->net.now, NULL), 0);
    serve(b, (struct tarn_dns_config){.attempts = 1});
    CHECK_EQ(resolve(b, "www.example.net.")->error, -TARN_ETIMEDOUT);
    CHECK_EQ(b->n_seen, 2);
    bench_close(b);
}

/* N-14. */
TEST(dns, the_first_three_servers_count)
{
    struct bench *b = bench_open(0);

    for (unsigned i = 0; i < 28; i++)
        add_server(b, SERVER_IP, (uint16_t)(53 + i));
    serve(b, (struct tarn_dns_config){0});
    CHECK_EQ(resolve(b, "www.example.net")->error, -TARN_ETIMEDOUT);
    for (unsigned i = 0; i < b->n_seen; i++)
        CHECK(b->seen[i].server < 3);
    bench_close(b);
}

TEST(dns, a_question_waits_for_a_first_server)
{
    struct bench *b = bench_serve(0, good);

    ask(b, "www.example.net", TARN_INET, 1);
    net_run(&b->net, 3 * RIG_S);
    CHECK_EQ(b->n_ends, 0);
    add_server(b, SERVER_IP, 0);
    net_run(&b->net, RIG_S);
    CHECK(b->n_ends == 1 && b->end[0].n == 1);
    bench_close(b);
}

TEST(dns, without_servers_a_question_ends)
{
    struct bench *b = bench_serve(0, NULL);

    CHECK_EQ(resolve(b, "www.example.net")->error, -TARN_ETIMEDOUT);
    bench_close(b);
}

TEST(dns, no_way_to_any_server_is_an_end)
{
    struct bench *b = bench_open(0);

    add_server(b, 0xc0000201, 0);
    serve(b, (struct tarn_dns_config){0});
    ask(b, "www.example.net", 0, 1);
    CHECK_EQ(b->n_ends, 0); /* told from tick(), not from ask() */
    net_run(&b->net, RIG_S);
    CHECK(b->n_ends == 1 && b->end[0].error == -TARN_EIO);
    bench_close(b);
}

/* ---- EDNS ---- */

static void formerr_to_edns(struct bench *b, const struct seen *s)
{
    uint8_t bare[DNS_HEADER_BYTES];

    if (!s->edns) {
        good(b, s);
        return;
    }
    dns_build(bare, &(struct dns_hdr){.id = s->id, .flags = DNS_RESPONSE | DNS_FORMERR});
    answer(b, s, bare, sizeof bare);
}

TEST(dns, a_server_without_edns_is_asked_without)
{
    struct bench *b = bench_serve(1, formerr_to_edns);
    const struct tarn_dns_answer *a = resolve(b, "www.example.net");

    CHECK_EQ(a->n, 1);
    CHECK_EQ(b->n_seen, 2);
    CHECK(b->seen[0].edns && !b->seen[1].edns);
    CHECK_EQ(b->seen[0].at, b->seen[1].at);
    bench_close(b);
}

static void formerr(struct bench *b, const struct seen *s)
{
    reply_code(b, s, DNS_FORMERR);
}

TEST(dns, formerr_without_edns_is_a_failure)
{
    struct bench *b = bench_serve(1, formerr);

    CHECK_EQ(resolve(b, "www.example.net")->error, -TARN_EIO);
    CHECK_EQ(b->n_seen, 2);
    bench_close(b);
}

/* N-12: rdlength over the end, version 255, extended RCODE 16. */
static void odd_opt(struct bench *b, const struct seen *s)
{
    struct dns_edns e = {.udp_bytes = 1232, .version = 255};
    struct dns_writer w;

    begin(&w, s, 0);
    put_a(&w, s->name, 0x01020304, 60);
    CHECK(dns_put_edns(&w, &e));
    store_be16(w.w.at - 2, 0xffff);
    finish(b, s, &w);
}

static void badvers(struct bench *b, const struct seen *s)
{
    struct dns_edns e = {.udp_bytes = 1232, .rcode_high = 1};
    struct dns_writer w;

    if (!s->edns) {
        good(b, s);
        return;
    }
    begin(&w, s, 0);
    CHECK(dns_put_edns(&w, &e));
    finish(b, s, &w);
}

static void strange_rcode(struct bench *b, const struct seen *s)
{
    struct dns_edns e = {.udp_bytes = 1232, .rcode_high = 77};
    struct dns_writer w;

    begin(&w, s, 0);
    put_a(&w, s->name, 0x01020304, 60);
    CHECK(dns_put_edns(&w, &e));
    finish(b, s, &w);
}

TEST(dns, opt_records_are_bounded)
{
    struct bench *b = bench_serve(1, odd_opt);

    CHECK_EQ(resolve(b, "www.example.net")->n, 1);
    b->reply = badvers;
    CHECK_EQ(resolve(b, "www.example.net")->n, 1);
    b->reply = strange_rcode;
    CHECK_EQ(resolve(b, "www.example.net")->error, -TARN_EIO);
    bench_close(b);
}
