/* tests/unit/app/mdns_claim_test.c - multicast DNS: how names become and stay ours. */
#include "tests/unit/app/mdns_bench.h"

/* RFC 6762 8.1, 8.3. */
TEST(mdns_claim, three_probes_and_two_announcements)
{
    struct bench *b = bench_open();
    struct dns_reader r;
    struct dns_record rec;
    struct dns_question q;
    tarn_ns began = b->net.now;

    start(b, 0, "tarn");
    net_run(&b->net, 10 * RIG_S);
    CHECK_EQ(b->n, 5);
    CHECK(b->heard[0].at - began <= 250 * RIG_MS);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(b->heard[i].at - b->heard[0].at, i * 250 * RIG_MS);
        CHECK(dns_read(&r, b->heard[i].msg, b->heard[i].n));
        CHECK_EQ(r.h.flags, 0);
        CHECK(dns_next_question(&r, &q) && q.type == DNS_ANY);
        CHECK_EQ(q.class, DNS_IN | DNS_CLASS_FLAG);
        CHECK(find(b, i, DNS_AUTHORITY, DNS_A, &r, &rec));
        CHECK_EQ(rec.class, DNS_IN);
        CHECK(find(b, i, DNS_AUTHORITY, DNS_SRV, &r, &rec));
        CHECK(!find(b, i, DNS_AUTHORITY, DNS_PTR, &r, &rec));
    }
    CHECK_EQ(b->heard[3].at - b->heard[2].at, 250 * RIG_MS);
    CHECK_EQ(b->heard[4].at - b->heard[3].at, RIG_S);
    for (unsigned i = 3; i < 5; i++) {
        CHECK(find(b, i, DNS_ANSWER, DNS_A, &r, &rec));
        CHECK_EQ(rec.class, DNS_IN | DNS_CLASS_FLAG);
        CHECK(find(b, i, DNS_ANSWER, DNS_PTR, &r, &rec));
        CHECK_EQ(b->heard[i].info.ttl, 255);
    }
    CHECK_EQ(b->names[0], 1);
    CHECK_STR(b->name[0], "tarn.local");
    net_close(&b->net);
}

TEST(mdns_claim, nothing_is_said_without_an_address)
{
    struct bench *b = bench_open();
    struct tarn_port_info info;

    CHECK_EQ(tarn_port_get(b->net.host[0].st, RIG_PORT, &info), 0);
    info.up = false;
    CHECK_EQ(tarn_port_set(b->net.host[0].st, RIG_PORT, &info, b->net.now, NULL), 0);
    start(b, 0, "tarn");
    net_run(&b->net, 10 * RIG_S);
    CHECK(b->n == 0 && b->names[0] == 0);
    info.up = true;
    CHECK_EQ(tarn_port_set(b->net.host[0].st, RIG_PORT, &info, b->net.now, NULL), 0);
    net_run(&b->net, 10 * RIG_S);
    CHECK(b->n >= 5 && b->names[0] == 1);
    net_close(&b->net);
}

TEST(mdns_claim, who_comes_later_takes_another_name)
{
    struct bench *b = bench_ready();

    start(b, 1, "tarn");
    net_run(&b->net, 10 * RIG_S);
    CHECK_STR(b->name[0], "tarn.local");
    CHECK_STR(b->name[1], "tarn-2.local");
    CHECK_EQ(b->names[0], 1);
    net_close(&b->net);
}

/* RFC 6762 8.2: of two that begin at the same time one gets the name. 10.0.0.2 is later than
 * 10.0.0.1, so host 1 wins. */
TEST(mdns_claim, of_two_at_once_one_wins)
{
    struct bench *b = bench_open();

    start(b, 0, "tarn");
    start(b, 1, "tarn");
    net_run(&b->net, 20 * RIG_S);
    CHECK_STR(b->name[0], "tarn-2.local");
    CHECK_STR(b->name[1], "tarn.local");
    net_close(&b->net);
}

static void probe_as(struct bench *b, uint32_t ip, bool two)
{
    struct dns_writer w;

    write_query(&w, 0);
    put_question(&w, "tarn.local", DNS_ANY, DNS_IN | DNS_CLASS_FLAG);
    put_ip(&w, DNS_AUTHORITY, "tarn.local", ip, 120);
    if (two)
        put_ip(&w, DNS_AUTHORITY, "tarn.local", ip + 1, 120);
    send_from(b, b->sock, &w, GROUP);
}

/* How long the claim takes when somebody probes with an address while we do. */
static tarn_ns claim_beside(uint32_t ip, bool two)
{
    struct bench *b = bench_open();
    tarn_ns began = b->net.now, took = 0;

    start(b, 0, "tarn");
    net_run(&b->net, 400 * RIG_MS);
    probe_as(b, ip, two);
    while (b->names[0] == 0 && took < 10 * RIG_S) {
        net_run(&b->net, 10 * RIG_MS);
        took = b->net.now - began;
    }
    CHECK_STR(b->name[0], "tarn.local");
    net_close(&b->net);
    return took;
}

TEST(mdns_claim, the_later_records_win)
{
    CHECK(claim_beside(0x09ffffff, false) < 1100 * RIG_MS); /* earlier than 10.0.0.1 */
    CHECK(claim_beside(0x0a000002, false) > 1400 * RIG_MS); /* later: wait a second */
    CHECK(claim_beside(0x0a000001, false) < 1100 * RIG_MS); /* the same, and fewer */
    CHECK(claim_beside(0x09ffffff, true) < 1100 * RIG_MS);
}

static void claim_to_be(struct bench *b, const char *name, uint32_t ip)
{
    struct dns_writer w;

    write_query(&w, DNS_RESPONSE | DNS_AUTHORITATIVE);
    put_ip(&w, DNS_ANSWER, name, ip, 120);
    send_from(b, b->sock, &w, GROUP);
}

TEST(mdns_claim, an_answer_to_a_probe_takes_the_name)
{
    struct bench *b = bench_open();

    start(b, 0, "tarn");
    net_run(&b->net, 300 * RIG_MS);
    claim_to_be(b, "tarn.local", 0x0a000063);
    net_run(&b->net, 300 * RIG_MS);
    claim_to_be(b, "tarn-2.local", 0x0a000063);
    net_run(&b->net, 5 * RIG_S);
    CHECK_STR(b->name[0], "tarn-3.local");
    net_close(&b->net);
}

/* RFC 6762 9: a name that is ours is probed for again, and kept when nobody answers. */
TEST(mdns_claim, a_contradiction_is_tried_again)
{
    struct bench *b = bench_ready();

    claim_to_be(b, "tarn.local", 0x0a000063);
    net_run(&b->net, 5 * RIG_S);
    CHECK_EQ(b->names[0], 2);
    CHECK_STR(b->name[0], "tarn.local");
    CHECK(b->n >= 5);
    net_close(&b->net);
}

TEST(mdns_claim, what_we_say_ourselves_is_no_contradiction)
{
    struct bench *b = bench_ready();

    claim_to_be(b, "tarn.local", 0x0a000001);
    claim_to_be(b, "lake.local", 0x0a000063);
    net_run(&b->net, 5 * RIG_S);
    CHECK_EQ(b->names[0], 1);
    CHECK_EQ(b->n, 0);
    net_close(&b->net);
}

/* RFC 6762 8.1: a storm of conflicts must not become a storm of probes. */
TEST(mdns_claim, many_conflicts_slow_down)
{
    struct bench *b = bench_open();
    char name[32] = "tarn.local";

    start(b, 0, "tarn");
    for (unsigned i = 0; i < 100; i++) {
        claim_to_be(b, name, 0x0a000063);
        net_run(&b->net, 300 * RIG_MS);
        if (i < 90)
            (void)snprintf(name, sizeof name, "tarn-%u.local", i + 2);
        if (b->n > HEARD / 2)
            b->n = 0;
    }
    CHECK_EQ(b->names[0], 0);
    b->n = 0;
    for (unsigned i = 0; i < 40; i++) {
        (void)snprintf(name, sizeof name, "tarn-%u.local", 91 + i);
        claim_to_be(b, name, 0x0a000063);
        net_run(&b->net, 250 * RIG_MS);
    }
    CHECK(b->n <= 5 + 3);
    net_close(&b->net);
}

/* Nothing depends on when else tick() is called. */
TEST(mdns_claim, an_early_tick_changes_nothing)
{
    tarn_ns at[2][16] = {{0}};

    for (unsigned i = 0; i < 2; i++) {
        struct bench *b = bench_open();

        b->net.impatient = i == 1;
        start(b, 0, "tarn");
        start(b, 1, "tarn");
        net_run(&b->net, 10 * RIG_S);
        query(b, "_http._tcp.local", DNS_PTR, DNS_IN);
        net_run(&b->net, RIG_S);
        for (unsigned k = 0; k < b->n && k < 16; k++)
            at[i][k] = b->heard[k].at;
        CHECK(b->n > 0);
        net_close(&b->net);
    }
    CHECK_MEM(at[0], at[1], sizeof at[0]);
}

TEST(mdns_claim, a_bad_configuration_is_refused)
{
    struct tarn_mdns_offer offer = {"web", "_http._tcp", 80, NULL};
    struct tarn_mdns_config c = {.port = RIG_PORT, .hostname = "tarn", .offers = &offer};
    struct tarn_service_with with = {.config = &c};
    struct net net;
    char text[300];

    memset(text, 'x', sizeof text);
    text[299] = '\0';
    net_open(&net, 1);
    c.hostname = "";
    CHECK_EQ(net_serve(&net, &service_mdns, 0, with), -TARN_EINVAL);
    c.hostname = text;
    CHECK_EQ(net_serve(&net, &service_mdns, 0, with), -TARN_EINVAL);
    c.hostname = "tarn";
    c.port = 9;
    CHECK_EQ(net_serve(&net, &service_mdns, 0, with), -TARN_EINVAL);
    c.port = RIG_PORT;
    c.n_offers = 9;
    CHECK_EQ(net_serve(&net, &service_mdns, 0, with), -TARN_EINVAL);
    c.n_offers = 1;
    offer.type = "_http.._tcp";
    CHECK_EQ(net_serve(&net, &service_mdns, 0, with), -TARN_EINVAL);
    offer.type = "_http._tcp";
    offer.instance = text;
    CHECK_EQ(net_serve(&net, &service_mdns, 0, with), -TARN_EINVAL);
    offer.instance = "web";
    offer.txt = text;
    CHECK_EQ(net_serve(&net, &service_mdns, 0, with), -TARN_EINVAL);
    offer.txt = NULL;
    CHECK_EQ(net_serve(&net, &service_mdns, 0, with), 0);
    net_close(&net);
}

/* A label of 63 bytes makes room for its number, and not within a character. */
TEST(mdns_claim, a_long_name_is_cut_for_its_number)
{
    struct bench *b = bench_open();
    char name[80];

    memset(name, 'x', 63);
    memcpy(name + 59, "\xc3\xa9\xc3\xa9", 5);
    start(b, 0, name);
    net_run(&b->net, 300 * RIG_MS);
    (void)snprintf(name + 59, sizeof name - 59, "%s", "\xc3\xa9\xc3\xa9.local");
    claim_to_be(b, name, 0x0a000063);
    net_run(&b->net, 5 * RIG_S);
    (void)snprintf(name + 59, sizeof name - 59, "%s", "\\195\\169-2.local");
    CHECK_STR(b->name[0], name);
    net_close(&b->net);
}
