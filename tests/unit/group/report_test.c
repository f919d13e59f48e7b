/* Tests of src/group: what routers are told of memberships, by IGMP and by multicast listener
 * discovery, and when. */
#include "core/group.h"
#include "core/path.h"
#include "tests/conform/rig.h"
#include "wire/igmp.h"
#include "wire/mld.h"

static const struct tarn_ip G4 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 239, 1, 2, 3}};
static const struct tarn_ip G6 = {{0xff, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34}};
static uint8_t frame[RIG_FRAME];

/* A report as either protocol says it: the first record, or the group alone. */
struct heard {
    bool any, four;
    unsigned version, type; /* of a message for one group: enum igmp_type, enum icmp6_type */
    unsigned n_records, record, n_sources;
    uint32_t source; /* the last byte of the first source */
    uint8_t dst[16];
    uint8_t ttl;
};

static struct heard hear4(const uint8_t *at, size_t n)
{
    struct heard out = {.any = true, .four = true};
    struct ip4_hdr h;
    const uint8_t *m;

    CHECK_EQ(ip4_parse(&h, at, n, n), WIRE_OK);
    CHECK_EQ(h.header_bytes, 24);
    CHECK((h.options_seen & IP4_OPT_ROUTER_ALERT) != 0);
    CHECK_EQ(h.tos, 0xc0);
    m = at + h.header_bytes;
    CHECK(sum_is_good(sum_partial(m, h.total_bytes - 24u, 0)));
    store_be32(out.dst, h.dst);
    out.ttl = h.ttl;
    out.type = m[0];
    if (m[0] == IGMP3_REPORT) {
        out.n_records = load_be16(m + 6);
        out.record = m[8];
        out.n_sources = load_be16(m + 10);
        out.source = out.n_sources > 0 ? m[19] : 0;
    }
    return out;
}

static struct heard hear6(const uint8_t *at, size_t n)
{
    static const uint8_t router_alert[8] = {IP_PROTO_ICMP6, 0, 5, 2, 0, 0, 1, 0};
    struct heard out = {.any = true};
    const uint8_t *m = at + 48;
    struct ip6_hdr h;
    size_t bytes;

    CHECK_EQ(ip6_parse(&h, at, n, n), WIRE_OK);
    CHECK_EQ(h.next, IP6_HOP_BY_HOP);
    CHECK_MEM(at + 40, router_alert, 8);
    bytes = h.payload_bytes - 8u;
    CHECK(sum_is_good(
        sum_partial(m, bytes, ip6_pseudo_sum(h.src, h.dst, IP_PROTO_ICMP6, (uint32_t)bytes))));
    memcpy(out.dst, h.dst, 16);
    out.ttl = h.hops;
    out.type = m[0];
    if (m[0] == ICMP6_MLD2_REPORT) {
        out.n_records = load_be16(m + 6);
        out.record = m[8];
        out.n_sources = load_be16(m + 10);
        out.source = out.n_sources > 0 ? m[43] : 0;
    }
    return out;
}

/* The next report that the node sends; .any false: it is silent. */
static struct heard hear(struct rig *r)
{
    size_t n;

    tarn_tick(r->st, r->now);
    while ((n = rig_output(r, frame)) > 0) {
        uint16_t type = load_be16(frame + 12);

        if (type == ETH_IP4 && frame[14 + 9] == IP_PROTO_IGMP)
            return hear4(frame + 14, n - 14);
        if (type == ETH_IP6 && frame[14 + 6] == IP6_HOP_BY_HOP)
            return hear6(frame + 14, n - 14);
    }
    return (struct heard){.any = false};
}

static struct heard hear_within(struct rig *r, tarn_ns ns)
{
    struct heard out = hear(r);

    for (tarn_ns t = 0; !out.any && t < ns; t += 10 * RIG_MS) {
        rig_wait(r, 10 * RIG_MS);
        out = hear(r);
    }
    return out;
}

static void expect_silence(struct rig *r, tarn_ns ns)
{
    CHECK(!hear_within(r, ns).any);
}

/* The node says this of the group, again within a second, and then no more. */
static void expect_told(struct rig *r, unsigned record, unsigned n_sources, unsigned source)
{
    for (unsigned i = 0; i < 2; i++) {
        struct heard h = hear_within(r, RIG_S);

        CHECK(h.any);
        CHECK_EQ(h.n_records, 1);
        CHECK_EQ(h.record, record);
        CHECK_EQ(h.n_sources, n_sources);
        CHECK_EQ(h.source, source);
        CHECK_EQ(h.ttl, 1);
    }
    expect_silence(r, 3 * RIG_S);
}

static struct tarn_ip source_of(bool four, uint8_t i)
{
    struct tarn_ip ip = CONFORM_GLOBAL(i);

    return four ? tarn_ip4(0x0a000000u + i) : ip;
}

static struct tarn_ip group_of(bool four)
{
    return four ? G4 : G6;
}

/* A node in no group but its addresses', which has told all about these. */
static void open_quiet(struct rig *r)
{
    conform_open_alone(r);
    rig_wait(r, 5 * RIG_S);
    rig_drain(r);
}

static struct membership *join(struct rig *r, bool four)
{
    struct tarn_ip group = group_of(four);
    struct membership *m = group_join(r->st, RIG_PORT, &group, NULL, r->now);

    CHECK(m != NULL);
    return m;
}

static void filter(struct rig *r, struct membership *m, bool exclude, const uint8_t *last,
                   unsigned n)
{
    struct tarn_ip source[8];

    for (unsigned i = 0; i < n; i++)
        source[i] = source_of(tarn_ip_is4(&m->group), last[i]);
    group_filter(r->st, m, exclude, source, n, r->now);
}

/* A query of IGMP: `bytes` 8 or 12 and more; `alert`: with a router alert. */
static void query4(struct rig *r, uint8_t *m, size_t n, bool alert)
{
    struct ip4_hdr h = {.ttl = 1, .proto = IP_PROTO_IGMP, .dst = 0xe0000001, .header_bytes = 24};
    static const uint8_t option[4] = {0x94, 4, 0, 0};
    size_t bytes;

    if (alert)
        memcpy(h.options, option, 4);
    else
        h.header_bytes = 0;
    igmp_finish(m, n);
    bytes = rig_ip4(r, frame, h, m, n);
    memcpy(frame, "\1\0\x5e\0\0\1", 6);
    rig_input(r, frame, bytes);
}

static void query6(struct rig *r, uint8_t *m, size_t n)
{
    struct ip6_hdr h = conform_from(TN_LOCAL, ALL_NODES);
    uint8_t packet[256] = {IP_PROTO_ICMP6, 0, 5, 2, 0, 0, 1, 0};

    conform_sum(&h, m, n);
    memcpy(packet + 8, m, n);
    h.next = IP6_HOP_BY_HOP;
    h.hops = 1;
    conform_send_exact(r, h, packet, n + 8);
}

/* A query of the newest version: general without a group; max response one second. */
static void query(struct rig *r, bool four, bool general, const uint8_t *last, unsigned n)
{
    uint8_t m[128] = {four ? IGMP_QUERY : ICMP6_MLD_QUERY};
    size_t head = four ? 12 : 28;

    if (four)
        m[1] = 10;
    else
        store_be16(m + 4, 1000);
    if (!general)
        memcpy(m + (four ? 4 : 8), four ? G4.b + 12 : G6.b, four ? 4 : 16);
    m[head - 4] = 2;
    m[head - 1] = (uint8_t)n;
    for (unsigned i = 0; i < n; i++) {
        struct tarn_ip ip = source_of(four, last[i]);

        memcpy(m + head + i * (four ? 4u : 16u), four ? ip.b + 12 : ip.b, four ? 4 : 16);
    }
    if (four)
        query4(r, m, head + n * 4u, true);
    else
        query6(r, m, head + n * 16u);
}

static void joins_and_leaves(bool four)
{
    struct membership *m;
    struct rig r;

    open_quiet(&r);
    m = join(&r, four);
    expect_told(&r, GROUP_TO_EXCLUDE, 0, 0);
    group_leave(r.st, m, r.now);
    expect_told(&r, GROUP_TO_INCLUDE, 0, 0);
    rig_close(&r);
}

TEST(report, igmp_joins_and_leaves)
{
    joins_and_leaves(true);
}

TEST(report, mld_joins_and_leaves)
{
    joins_and_leaves(false);
}

static void tells_sources(bool four)
{
    struct membership *m;
    struct rig r;

    open_quiet(&r);
    m = join(&r, four);
    expect_told(&r, GROUP_TO_EXCLUDE, 0, 0);
    filter(&r, m, false, (const uint8_t[]){1}, 1);
    expect_told(&r, GROUP_TO_INCLUDE, 1, 1);
    filter(&r, m, false, (const uint8_t[]){1, 2}, 2);
    expect_told(&r, GROUP_ALLOW, 1, 2);
    filter(&r, m, false, (const uint8_t[]){2}, 1);
    expect_told(&r, GROUP_BLOCK, 1, 1);
    filter(&r, m, true, (const uint8_t[]){3}, 1);
    expect_told(&r, GROUP_TO_EXCLUDE, 1, 3);
    filter(&r, m, true, (const uint8_t[]){3, 4}, 2);
    expect_told(&r, GROUP_BLOCK, 1, 4);
    filter(&r, m, true, (const uint8_t[]){4}, 1);
    expect_told(&r, GROUP_ALLOW, 1, 3);
    rig_close(&r);
}

TEST(report, igmp_tells_sources)
{
    tells_sources(true);
}

TEST(report, mld_tells_sources)
{
    tells_sources(false);
}

/* RFC 9776 3.2. */
TEST(report, filters_add_up)
{
    struct tarn_ip one = source_of(true, 1), two = source_of(true, 2), three = source_of(true, 3);
    struct membership *a, *b;
    struct rig r;

    open_quiet(&r);
    a = join(&r, true);
    b = join(&r, true);
    filter(&r, a, true, (const uint8_t[]){1, 2}, 2);
    CHECK(group_hears(r.st, RIG_PORT, &G4, &one));
    filter(&r, b, true, (const uint8_t[]){2, 3}, 2);
    CHECK(group_hears(r.st, RIG_PORT, &G4, &one));
    CHECK(!group_hears(r.st, RIG_PORT, &G4, &two));
    CHECK(group_hears(r.st, RIG_PORT, &G4, &three));
    filter(&r, b, false, (const uint8_t[]){2}, 1);
    CHECK(group_hears(r.st, RIG_PORT, &G4, &two));
    CHECK(!group_hears(r.st, RIG_PORT, &G4, &one));
    filter(&r, a, false, (const uint8_t[]){1}, 1);
    CHECK(group_hears(r.st, RIG_PORT, &G4, &one));
    CHECK(group_hears(r.st, RIG_PORT, &G4, &two));
    CHECK(!group_hears(r.st, RIG_PORT, &G4, &three));
    group_leave(r.st, a, r.now);
    CHECK(!group_hears(r.st, RIG_PORT, &G4, &one));
    rig_close(&r);
}

TEST(report, a_second_member_is_no_news)
{
    struct membership *a, *b;
    struct rig r;

    open_quiet(&r);
    a = join(&r, false);
    expect_told(&r, GROUP_TO_EXCLUDE, 0, 0);
    b = join(&r, false);
    group_leave(r.st, a, r.now);
    expect_silence(&r, 3 * RIG_S);
    group_leave(r.st, b, r.now);
    expect_told(&r, GROUP_TO_INCLUDE, 0, 0);
    rig_close(&r);
}

TEST(report, a_change_undone_is_told)
{
    struct membership *m;
    struct rig r;

    open_quiet(&r);
    m = join(&r, true);
    CHECK(hear(&r).any);
    group_leave(r.st, m, r.now);
    expect_told(&r, GROUP_TO_INCLUDE, 0, 0);
    rig_close(&r);
}

static void answers_queries(bool four)
{
    struct membership *m;
    struct heard h;
    struct rig r;

    open_quiet(&r);
    m = join(&r, four);
    filter(&r, m, false, (const uint8_t[]){1, 2}, 2);
    rig_wait(&r, 5 * RIG_S);
    rig_drain(&r);
    query(&r, four, true, NULL, 0);
    h = hear_within(&r, RIG_S + 20 * RIG_MS);
    CHECK(h.n_records >= 1);
    CHECK(!four || h.record == GROUP_IS_INCLUDE);
    CHECK(!four || h.n_sources == 2);
    query(&r, four, false, NULL, 0);
    h = hear_within(&r, RIG_S + 20 * RIG_MS);
    CHECK_EQ(h.record, GROUP_IS_INCLUDE);
    CHECK_EQ(h.n_sources, 2);
    query(&r, four, false, (const uint8_t[]){2, 9}, 2);
    h = hear_within(&r, RIG_S + 20 * RIG_MS);
    CHECK_EQ(h.record, GROUP_IS_INCLUDE);
    CHECK_EQ(h.n_sources, 1);
    CHECK_EQ(h.source, 2);
    query(&r, four, false, (const uint8_t[]){9}, 1);
    expect_silence(&r, 2 * RIG_S);
    rig_close(&r);
}

TEST(report, igmp_answers_queries)
{
    answers_queries(true);
}

TEST(report, mld_answers_queries)
{
    answers_queries(false);
}

TEST(report, igmp2_querier_is_followed_for_a_while)
{
    uint8_t general[8] = {IGMP_QUERY, 10};
    struct membership *m;
    struct heard h;
    struct rig r;

    open_quiet(&r);
    m = join(&r, true);
    expect_told(&r, GROUP_TO_EXCLUDE, 0, 0);
    query4(&r, general, sizeof general, true);
    h = hear_within(&r, RIG_S + 20 * RIG_MS);
    CHECK_EQ(h.type, IGMP2_REPORT);
    CHECK_MEM(h.dst, G4.b + 12, 4);
    group_leave(r.st, m, r.now);
    h = hear(&r);
    CHECK_EQ(h.type, IGMP2_LEAVE);
    CHECK_MEM(h.dst, ((const uint8_t[]){224, 0, 0, 2}), 4);
    rig_wait(&r, 300 * RIG_S);
    (void)join(&r, true);
    expect_told(&r, GROUP_TO_EXCLUDE, 0, 0);
    rig_close(&r);
}

TEST(report, igmp1_querier_hears_no_leave)
{
    uint8_t general[8] = {IGMP_QUERY, 0};
    struct membership *m;
    struct rig r;

    open_quiet(&r);
    query4(&r, general, sizeof general, false);
    m = join(&r, true);
    CHECK_EQ(hear(&r).type, IGMP1_REPORT);
    group_leave(r.st, m, r.now);
    expect_silence(&r, 20 * RIG_S);
    rig_close(&r);
}

TEST(report, somebody_elses_old_report_spares_ours)
{
    uint8_t general[8] = {IGMP_QUERY, 100}, theirs[8] = {IGMP2_REPORT};
    struct rig r;

    open_quiet(&r);
    (void)join(&r, true);
    expect_told(&r, GROUP_TO_EXCLUDE, 0, 0);
    query4(&r, general, sizeof general, true);
    memcpy(theirs + 4, G4.b + 12, 4);
    query4(&r, theirs, sizeof theirs, true);
    expect_silence(&r, 12 * RIG_S);
    rig_close(&r);
}

TEST(report, mld1_querier_is_followed)
{
    uint8_t general[24] = {ICMP6_MLD_QUERY, 0, 0, 0, 0x03, 0xe8};
    struct membership *m;
    struct heard h;
    struct rig r;

    open_quiet(&r);
    query6(&r, general, sizeof general);
    while (hear_within(&r, 2 * RIG_S).any)
        ;
    m = join(&r, false);
    h = hear(&r);
    CHECK_EQ(h.type, ICMP6_MLD_REPORT);
    CHECK_MEM(h.dst, G6.b, 16);
    rig_wait(&r, 11 * RIG_S);
    rig_drain(&r);
    group_leave(r.st, m, r.now);
    CHECK_EQ(hear(&r).type, ICMP6_MLD_DONE);
    rig_close(&r);
}

TEST(report, a_query_without_a_router_alert_is_refused)
{
    uint8_t general[12] = {IGMP_QUERY, 10};
    struct rig r;

    open_quiet(&r);
    (void)join(&r, true);
    expect_told(&r, GROUP_TO_EXCLUDE, 0, 0);
    query4(&r, general, sizeof general, false);
    expect_silence(&r, 2 * RIG_S);
    CHECK_EQ(tarn_drop_count(r.st, DROP_IGMP_FORM), 1);
    rig_close(&r);
}

/* RFC 4541 2.1.1: a switch that has no address asks from 0.0.0.0. */
TEST(report, a_query_without_a_source_is_answered)
{
    uint8_t general[12] = {IGMP_QUERY, 10};
    struct ip4_hdr h = {.src = 1, .ttl = 1, .proto = IP_PROTO_IGMP, .dst = 0xe0000001};
    struct rig r;
    size_t n;

    open_quiet(&r);
    (void)join(&r, true);
    expect_told(&r, GROUP_TO_EXCLUDE, 0, 0);
    h.header_bytes = 24;
    memcpy(h.options, ((const uint8_t[]){0x94, 4, 0, 0}), 4);
    igmp_finish(general, sizeof general);
    n = rig_ip4(&r, frame, h, general, sizeof general);
    store_be32(frame + 14 + 12, 0);
    store_be16(frame + 14 + 10, 0);
    store_be16(frame + 14 + 10, sum_finish(sum_partial(frame + 14, 24, 0)));
    rig_input(&r, frame, n);
    CHECK(hear_within(&r, RIG_S + 20 * RIG_MS).any);
    rig_close(&r);
}

TEST(report, groups_of_everybody_are_not_told)
{
    struct tarn_ip all_hosts = tarn_ip4(0xe0000001), src = source_of(true, 1);
    struct rig r;

    open_quiet(&r);
    CHECK(group_hears(r.st, RIG_PORT, &all_hosts, &src));
    CHECK(group_join(r.st, RIG_PORT, &all_hosts, NULL, r.now) != NULL);
    CHECK(group_join(r.st, RIG_PORT, &ALL_NODES, NULL, r.now) != NULL);
    expect_silence(&r, 3 * RIG_S);
    query(&r, true, true, NULL, 0);
    expect_silence(&r, 3 * RIG_S);
    rig_close(&r);
}

TEST(report, an_interface_that_goes_up_tells_again)
{
    struct tarn_port_info port;
    struct rig r;

    open_quiet(&r);
    (void)join(&r, true);
    expect_told(&r, GROUP_TO_EXCLUDE, 0, 0);
    CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &port), 0);
    port.up = false;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &port, r.now, NULL), 0);
    port.up = true;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &port, r.now, NULL), 0);
    CHECK_EQ(hear(&r).record, GROUP_TO_EXCLUDE);
    rig_close(&r);
}

TEST(report, groups_are_listed)
{
    struct tarn_group_info info;
    uint32_t cursor = 0;
    unsigned found = 0;
    struct membership *m;
    struct rig r;

    open_quiet(&r);
    m = join(&r, true);
    (void)join(&r, true);
    filter(&r, m, true, (const uint8_t[]){1}, 1);
    while (tarn_group_next(r.st, &cursor, &info)) {
        if (!tarn_ip_equal(&info.group, &G4))
            continue;
        found++;
        CHECK_EQ(info.users, 2);
        CHECK(info.exclude);
        CHECK_EQ(info.n_sources, 0);
    }
    CHECK_EQ(found, 1);
    rig_close(&r);
}
