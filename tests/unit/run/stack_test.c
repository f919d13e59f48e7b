/* tests/unit/run/stack_test.c - a host's stack: memory, interfaces, addresses, routes, statistics.
 */
#include "run/stack.h"

#include "run/clock.h"
#include "run/stats.h"
#include "tests/unit/folder.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ERROR_BYTES = 256 };

static const struct run_stack_config plain;

TEST(stack, reserves_much_and_uses_little)
{
    struct run_stack s;
    struct rusage before, after;
    char error[ERROR_BYTES];

    getrusage(RUSAGE_SELF, &before);
    CHECK_EQ(run_stack_open(&s, &plain, error, sizeof error), 0);
    getrusage(RUSAGE_SELF, &after);
    CHECK_EQ(s.arena_bytes, UINT64_C(4) << 30);
    CHECK(after.ru_maxrss - before.ru_maxrss < 4096); /* KiB */
    run_stack_close(&s);
}

/* Bytes of address space that this process has taken; a sanitizer takes terabytes. */
static uint64_t address_space(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    unsigned long long pages = 0;

    if (f == NULL || fscanf(f, "%llu", &pages) != 1)
        pages = 0;
    if (f != NULL)
        fclose(f);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* With an address space limit the arena is smaller, and the stack still opens. */
TEST(stack, takes_less_where_a_limit_says_so)
{
    const uint64_t left = UINT64_C(1) << 30;
    struct rlimit old, tight;
    struct run_stack s;
    char error[ERROR_BYTES];
    int rc;

    getrlimit(RLIMIT_AS, &old);
    tight = (struct rlimit){address_space() + left, old.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_AS, &tight), 0);
    rc = run_stack_open(&s, &plain, error, sizeof error);
    setrlimit(RLIMIT_AS, &old);
    CHECK_EQ(rc, 0);
    CHECK(s.arena_bytes <= left);
    run_stack_close(&s);
}

static struct tarn_prefix cidr(uint32_t ip, unsigned bits)
{
    return (struct tarn_prefix){tarn_ip4(ip), (uint8_t)(96 + bits)};
}

TEST(stack, links_become_interfaces_with_addresses_and_routes)
{
    const struct tarn_address address = {.prefix = cidr(0x0a010002, 24)};
    const struct run_link link = {.uri = "unix:test.sock",
                                  .addresses = &address,
                                  .n_addresses = 1,
                                  .gateway[LINK_IP4] = tarn_ip4(0x0a010001)};
    struct tarn_port_info port;
    struct tarn_address a;
    struct tarn_route r;
    uint32_t cursor = 0;
    bool found = false, routed = false;
    char error[ERROR_BYTES] = "";
    struct run_stack s;

    CHECK_EQ(run_stack_open(&s, &plain, error, sizeof error), 0);
    CHECK_EQ(run_stack_link(&s, &link, error, sizeof error), 0);
    CHECK_EQ(s.n_links, 1);
    CHECK_EQ(tarn_port_get(s.st, s.port[0], &port), 0);
    CHECK_STR(port.name, "tarn0");
    CHECK(port.up);
    CHECK_EQ(port.mtu, 1500);
    CHECK_EQ(tarn_ip_to4(&s.host[LINK_IP4]), 0x0a010001);
    while (tarn_address_next(s.st, &cursor, &a))
        found |= a.port == s.port[0] && tarn_ip_to4(&a.prefix.ip) == 0x0a010002;
    CHECK(found);
    for (cursor = 0; tarn_route_next(s.st, &cursor, &r);)
        routed |= r.to.len == 96 && tarn_ip_to4(&r.via) == 0x0a010001;
    CHECK(routed);
    run_stack_close(&s);
}

TEST(stack, none_is_no_link_and_a_bad_one_leaves_nothing)
{
    struct run_link link = {.uri = "none"};
    char error[ERROR_BYTES] = "";
    struct run_stack s;

    CHECK_EQ(run_stack_open(&s, &plain, error, sizeof error), 0);
    CHECK_EQ(run_stack_link(&s, &link, error, sizeof error), 0);
    CHECK_EQ(s.n_links, 0);
    link.uri = "tab:t0";
    CHECK(run_stack_link(&s, &link, error, sizeof error) < 0);
    CHECK_STR(error, "link tab: no such link; did you mean tap?");
    CHECK_EQ(s.n_links, 0);
    run_stack_close(&s);
}

/* The text that run_stats_print() writes. */
static char *printed(const struct run_stack *s, struct run_stats *rs, enum run_stats_form form)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    run_stats_print(out, form, s, rs, run_clock());
    fclose(out);
    return text;
}

TEST(stack, statistics_name_links_counters_and_drops)
{
    const struct tarn_address address = {.prefix = cidr(0x0a010002, 24)};
    const struct run_link link = {.uri = "unix:test.sock", .addresses = &address, .n_addresses = 1};
    struct run_stats *rs = run_stats_new();
    char error[ERROR_BYTES], *text;
    struct run_stack s;

    CHECK_EQ(run_stack_open(&s, &plain, error, sizeof error), 0);
    CHECK_EQ(run_stack_link(&s, &link, error, sizeof error), 0);
    pkt_drop(s.st, pkt_get(s.st, 0, 0), DROP_TCP_CHECKSUM);
    text = printed(&s, rs, RUN_STATS_TEXT);
    CHECK(strstr(text, "tarn0 (unix): received 0 packets") != NULL);
    CHECK(strstr(text, "tcp.checksum") != NULL);
    free(text);
    text = printed(&s, rs, RUN_STATS_JSON);
    CHECK(strstr(text, "\"name\":\"tarn0\",\"link\":\"unix\"") != NULL);
    CHECK(strstr(text, "\"tcp.checksum\":1") != NULL);
    CHECK_EQ(text[strlen(text) - 1], '\n');
    CHECK(strchr(text, '\n') == text + strlen(text) - 1);
    free(text);
    run_stats_free(rs);
    run_stack_close(&s);
}
