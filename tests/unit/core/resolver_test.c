/* tests/unit/core/resolver_test.c - name servers and search domains as records. */
#include "tests/unit/rig.h"

static struct tarn_resolver server(uint32_t ip, uint8_t origin)
{
    return (struct tarn_resolver){
        .port = RIG_PORT, .origin = origin, .server = {.ip = tarn_ip4(ip)}};
}

static struct tarn_resolver domain(const char *name)
{
    struct tarn_resolver r = {.port = RIG_PORT};

    memcpy(r.domain, name, strlen(name));
    return r;
}

static int add(struct rig *r, struct tarn_resolver record, struct tarn_control_error *e)
{
    return tarn_resolver_add(r->st, &record, r->now, e);
}

static unsigned count(struct rig *r)
{
    struct tarn_resolver got;
    uint32_t cursor = 0;
    unsigned n = 0;

    while (tarn_resolver_next(r->st, &cursor, &got))
        n++;
    return n;
}

/* Is the embedder told that the control plane has changed? */
static bool told(struct rig *r)
{
    struct tarn_event ev;
    bool any = false;

    while (tarn_event(r->st, &ev))
        any |= ev.kind == TARN_EVENT_CONTROL;
    return any;
}

TEST(resolver, records_come_and_go_oldest_first_and_are_told)
{
    struct tarn_resolver a = server(0x0a000001, TARN_ORIGIN_DHCP), got;
    uint32_t cursor = 0;
    struct rig r;

    rig_open(&r, 1);
    (void)told(&r);
    CHECK_EQ(count(&r), 0);
    CHECK_EQ(tarn_resolver_del(r.st, &a, r.now, NULL), -TARN_ENOENT);
    CHECK_EQ(add(&r, a, NULL), 0);
    CHECK(told(&r));
    CHECK_EQ(add(&r, domain("example.org"), NULL), 0);
    CHECK_EQ(add(&r, server(0x0a000001, TARN_ORIGIN_RA), NULL), 0);
    CHECK_EQ(add(&r, a, NULL), 0);
    CHECK_EQ(count(&r), 3);
    CHECK(tarn_resolver_next(r.st, &cursor, &got));
    CHECK_EQ(got.origin, TARN_ORIGIN_DHCP);
    CHECK_EQ(tarn_ip_to4(&got.server.ip), 0x0a000001);
    CHECK(tarn_resolver_next(r.st, &cursor, &got));
    CHECK_STR(got.domain, "example.org");
    (void)told(&r);
    CHECK_EQ(tarn_resolver_del(r.st, &a, r.now, NULL), 0);
    CHECK(told(&r));
    CHECK_EQ(count(&r), 2);
    rig_close(&r);
}

TEST(resolver, a_lifetime_ends_a_record_unless_it_is_added_again)
{
    struct tarn_resolver a = server(0x0a000001, TARN_ORIGIN_RA);
    struct rig r;

    rig_open(&r, 1);
    a.valid_until = r.now + 10 * RIG_S;
    CHECK_EQ(add(&r, a, NULL), 0);
    CHECK_EQ(add(&r, server(0x0a000002, TARN_ORIGIN_RA), NULL), 0);
    rig_wait(&r, 9 * RIG_S);
    CHECK_EQ(count(&r), 2);
    a.valid_until = r.now + 10 * RIG_S;
    CHECK_EQ(add(&r, a, NULL), 0);
    (void)told(&r);
    rig_wait(&r, 9 * RIG_S);
    CHECK_EQ(count(&r), 2);
    rig_wait(&r, RIG_S + RIG_MS);
    CHECK_EQ(count(&r), 1);
    CHECK(told(&r));
    rig_close(&r);
}

TEST(resolver, what_is_neither_a_server_nor_a_domain_is_refused_by_field)
{
    static const char *const bad[] = {"a b", "a..b", ".a", "a.", "a\nb", "$(id)"};
    struct tarn_control_error e;
    struct tarn_resolver both = domain("example.org");
    struct rig r;

    rig_open(&r, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_EQ(add(&r, domain(bad[i]), &e), -TARN_EINVAL);
        CHECK_STR(e.field, "domain");
    }
    both.server.ip = tarn_ip4(0x0a000001);
    CHECK_EQ(add(&r, both, &e), -TARN_EINVAL);
    CHECK_STR(e.field, "server");
    CHECK_EQ(add(&r, server(0xe0000001, 0), &e), -TARN_EINVAL);
    CHECK_EQ(add(&r, server(0, 0), &e), -TARN_EINVAL);
    both = server(0x0a000001, 0);
    both.port = 7;
    CHECK_EQ(add(&r, both, &e), -TARN_EINVAL);
    CHECK_STR(e.field, "port");
    for (uint32_t i = 0; i < 32; i++)
        CHECK_EQ(add(&r, server(0x0a000001 + i, 0), NULL), 0);
    CHECK_EQ(add(&r, server(0x0a0000ff, 0), NULL), -TARN_ENOSPC);
    CHECK_EQ(count(&r), 32);
    rig_close(&r);
}
