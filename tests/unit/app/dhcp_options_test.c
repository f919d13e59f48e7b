/* tests/unit/app/dhcp_options_test.c - options that say too much, too little or nothing: the lease
 * is taken, what is wrong of it is not. */
#include "tests/unit/app/dhcp_bench.h"

static struct bench b;

/* A client that waits for an acknowledgement. */
static void requesting(void)
{
    bench_open(&b);
    bench_send_type(&b, DHCP_OFFER);
}

TEST(dhcp_options, router_lists_of_odd_length_are_ignored_and_long_ones_give_the_first)
{
    static const uint8_t lengths[] = {0, 3, 5, 252};

    for (size_t i = 0; i < sizeof lengths; i++) {
        uint8_t bytes[DHCP_BYTES_MAX], more[2 + 252] = {DHCP_OPT_ROUTER, lengths[i]};
        struct dhcp_msg m;
        size_t n;

        requesting();
        m = bench_answer(&b, DHCP_ACK);
        m.router.n = 0;
        n = dhcp_build(bytes, sizeof bytes, &m);
        for (uint8_t k = 0; k < lengths[i]; k++)
            more[2 + k] = (uint8_t)(k % 4 == 0 ? 10 : k % 4 == 3 ? k / 4 + 1 : 0);
        n = bench_append(bytes, more, 2u + lengths[i]);
        bench_send_bytes(&b, bytes, n);
        net_run(&b.net, 2 * RIG_S);
        CHECK(bench_has(&b, BENCH_ADDRESS));
        CHECK_EQ(bench_via(&b, 0, 0), lengths[i] == 252 ? 0x0a000001 : -1);
        bench_close(&b);
    }
}

/* Search lists and routes that are not what they say are as if they were not there. */
TEST(dhcp_options, a_broken_search_list_or_route_is_ignored_as_a_whole)
{
    static const uint8_t loop[] = {119, 2, 0xc0, 0x00};
    static const uint8_t loop_later[] = {119, 11,  3,   'o', 'r',  'g', 0,
                                         3,   'a', 'l', 'p', 0xc0, 0x05};
    static const uint8_t cut[] = {119, 4, 9, 'a', 'b', 'c'};
    static const uint8_t wide[] = {121, 8, 33, 10, 0, 0, 0, 10, 0, 0};
    static const uint8_t route_cut[] = {121, 7, 24, 192, 168, 1, 10, 0, 0};
    static const uint8_t good_then_bad[] = {121, 9, 8, 10, 10, 0, 0, 1, 99, 1, 1};
    static const struct {
        const uint8_t *bytes;
        size_t n;
    } rows[] = {{loop, sizeof loop},
                {loop_later, sizeof loop_later},
                {cut, sizeof cut},
                {wide, sizeof wide},
                {route_cut, sizeof route_cut},
                {good_then_bad, sizeof good_then_bad}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[DHCP_BYTES_MAX];
        struct tarn_resolver res;
        size_t n;

        requesting();
        (void)bench_bytes(&b, DHCP_ACK, bytes);
        n = bench_append(bytes, rows[i].bytes, rows[i].n);
        bench_send_bytes(&b, bytes, n);
        net_run(&b.net, 2 * RIG_S);
        CHECK(bench_has(&b, BENCH_ADDRESS));
        CHECK_EQ(bench_via(&b, 0, 0), BENCH_SERVER);
        CHECK_EQ(bench_via(&b, 0x0a000000, 8), -1);
        CHECK(bench_resolver(&b, 2, &res));
        CHECK_STR(res.domain, "example.org");
        CHECK(!bench_resolver(&b, 3, &res));
        bench_close(&b);
    }
}

TEST(dhcp_options, text_is_a_name_or_nothing)
{
    static const char *const bad[] = {"a\nb", "$(id)", "\x1b[2J", "a b", "", "..", "-\x7f"};
    char long_name[256] = {0};

    memset(long_name, 'a', 255);
    for (size_t i = 0; i <= sizeof bad / sizeof bad[0]; i++) {
        const char *text = i < sizeof bad / sizeof bad[0] ? bad[i] : long_name;
        size_t len = strlen(text);
        uint8_t bytes[DHCP_BYTES_MAX], more[600];
        struct tarn_resolver res;
        struct dhcp_msg m;
        size_t n;

        requesting();
        m = bench_answer(&b, DHCP_ACK);
        m.domain[0] = '\0';
        n = dhcp_build(bytes, sizeof bytes, &m);
        more[0] = DHCP_OPT_HOSTNAME;
        more[1] = more[2 + len + 1] = (uint8_t)len;
        memcpy(more + 2, text, len);
        more[2 + len] = DHCP_OPT_DOMAIN;
        memcpy(more + 4 + len, text, len);
        n = bench_append(bytes, more, 4 + 2 * len);
        bench_send_bytes(&b, bytes, n);
        net_run(&b.net, 2 * RIG_S);
        CHECK(bench_has(&b, BENCH_ADDRESS));
        CHECK_STR(b.lease.hostname, "");
        CHECK_STR(b.lease.domain, "");
        CHECK(!bench_resolver(&b, 2, &res));
        bench_close(&b);
    }
}

TEST(dhcp_options, a_text_that_ends_in_zeroes_or_a_dot_is_a_name)
{
    static const uint8_t names[] = {12, 5, 'a', 'l', 'p', 0, 0, 15, 4, 'o', 'r', 'g', '.'};
    uint8_t bytes[DHCP_BYTES_MAX];
    struct dhcp_msg m;
    size_t n;

    requesting();
    m = bench_answer(&b, DHCP_ACK);
    m.domain[0] = '\0';
    (void)dhcp_build(bytes, sizeof bytes, &m);
    n = bench_append(bytes, names, sizeof names);
    bench_send_bytes(&b, bytes, n);
    net_run(&b.net, 2 * RIG_S);
    CHECK_STR(b.lease.hostname, "alp");
    CHECK_STR(b.lease.domain, "org");
    bench_close(&b);
}
