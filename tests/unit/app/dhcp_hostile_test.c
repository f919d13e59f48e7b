/* tests/unit/app/dhcp_hostile_test.c - what a DHCP server may send to a client, and must not do to
 * it: wrong, broken and hostile messages in every state. */
#include "tests/unit/app/dhcp_bench.h"

enum { COOKIE_AT = 236, OPTIONS_AT = 240, FILE_AT = 108, SNAME_AT = 44 };

static struct bench b;

/* A good message of the type as bytes; its length. */
static size_t good(enum dhcp_type type, uint8_t bytes[DHCP_BYTES_MAX])
{
    struct dhcp_msg m = bench_answer(&b, type);

    return dhcp_build(bytes, DHCP_BYTES_MAX, &m);
}

/* The option's code byte in the list. */
static uint8_t *option(uint8_t *bytes, uint8_t code)
{
    uint8_t *at = bytes + OPTIONS_AT;

    while (*at != code)
        at += 2 + at[1];
    return at;
}

/* Put more options before the end marker, and that behind them. */
static size_t append(uint8_t *bytes, const void *more, size_t n)
{
    uint8_t *end = option(bytes, 255);

    memcpy(end, more, n);
    end[n] = 255;
    return (size_t)(end + n + 1 - bytes);
}

/* A client that waits for an offer; another that waits for an acknowledgement. */
static void selecting(void)
{
    bench_open(&b);
}

static void requesting(void)
{
    bench_open(&b);
    bench_send_type(&b, DHCP_OFFER);
}

static void check_ignored(const uint8_t *bytes, size_t n)
{
    unsigned requests = b.n_said[DHCP_REQUEST], discovers = b.n_said[DHCP_DISCOVER];

    bench_send_bytes(&b, bytes, n);
    CHECK_EQ(b.n_said[DHCP_REQUEST], requests);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], discovers);
    CHECK(!bench_has(&b, BENCH_ADDRESS));
}

/* Still there, and still able to take a good lease. */
static void check_alive(void)
{
    if (b.n_said[DHCP_REQUEST] == 0)
        bench_send_type(&b, DHCP_OFFER);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 1);
    bench_send_type(&b, DHCP_ACK);
    net_run(&b.net, 2 * RIG_S);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    bench_close(&b);
}

/* One byte of a good message is another; ignored as an offer and as an acknowledgement. */
static void check_byte_ignored(size_t at, uint8_t value)
{
    uint8_t bytes[DHCP_BYTES_MAX];
    size_t n;

    selecting();
    n = good(DHCP_OFFER, bytes);
    bytes[at] = value;
    check_ignored(bytes, n);
    check_alive();
    requesting();
    n = good(DHCP_ACK, bytes);
    bytes[at] = value;
    check_ignored(bytes, n);
    check_alive();
}

TEST(dhcp_hostile, another_exchange_host_or_direction_is_ignored)
{
    uint8_t bytes[DHCP_BYTES_MAX];

    selecting();
    (void)good(DHCP_OFFER, bytes);
    bench_close(&b);
    check_byte_ignored(7, (uint8_t)(bytes[7] + 1)); /* xid */
    check_byte_ignored(28 + 5, 0x77);               /* chaddr */
    check_byte_ignored(0, 1);                       /* op */
    check_byte_ignored(0, 3);
    check_byte_ignored(1, 0);   /* htype */
    check_byte_ignored(2, 255); /* hlen */
    check_byte_ignored(2, 0);
}

TEST(dhcp_hostile, a_wrong_cookie_is_ignored)
{
    check_byte_ignored(COOKIE_AT + 3, 0x62);
}

TEST(dhcp_hostile, a_message_cut_anywhere_is_ignored)
{
    uint8_t bytes[DHCP_BYTES_MAX];
    size_t end;

    selecting();
    (void)good(DHCP_OFFER, bytes);
    end = (size_t)(option(bytes, 255) - bytes);
    for (size_t n = 0; n <= end; n++)
        check_ignored(bytes, n);
    check_alive();
}

TEST(dhcp_hostile, a_broken_or_unknown_message_type_is_ignored)
{
    static const struct {
        uint8_t n, option[4];
    } rows[] = {{0, {0}},         {2, {53, 0}},    {4, {53, 2, 2, 2}}, {3, {53, 1, 0}},
                {3, {53, 1, 99}}, {3, {53, 1, 9}}, {3, {53, 1, 3}}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[DHCP_BYTES_MAX];
        uint8_t *type;
        size_t n;

        selecting();
        n = good(DHCP_OFFER, bytes);
        type = option(bytes, DHCP_OPT_TYPE);
        memmove(type, type + 3, n - (size_t)(type + 3 - bytes));
        bytes[n - 3] = 0;
        (void)append(bytes, rows[i].option, rows[i].n);
        check_ignored(bytes, n);
        check_alive();
    }
}

TEST(dhcp_hostile, a_list_without_an_end_or_over_the_end_drops_the_message)
{
    static const uint8_t over[] = {0x0c, 0xc8, 0x61, 0x62, 0x63};
    uint8_t bytes[DHCP_BYTES_MAX];
    uint8_t *end;

    selecting();
    (void)good(DHCP_OFFER, bytes);
    end = option(bytes, 255);
    memcpy(end, over, sizeof over);
    check_ignored(bytes, (size_t)(end - bytes) + sizeof over);
    (void)good(DHCP_OFFER, bytes);
    memset(end, 0, 300);
    check_ignored(bytes, DHCP_BYTES_MIN);
    (void)good(DHCP_OFFER, bytes);
    *end = 12;
    check_ignored(bytes, (size_t)(end - bytes) + 1);
    check_alive();
}

TEST(dhcp_hostile, overloaded_fields_are_read_once)
{
    static const uint8_t overload[] = {52, 1, 3};
    uint8_t bytes[DHCP_BYTES_MAX];
    struct tarn_resolver res;
    size_t n;

    requesting();
    (void)good(DHCP_ACK, bytes);
    n = append(bytes, overload, sizeof overload);
    /* A route in each field, without an end, and each says that the others are overloaded too. */
    memset(bytes + SNAME_AT, 0, COOKIE_AT - SNAME_AT);
    memcpy(bytes + FILE_AT,
           "\x34\x01\x03\x0c\x03"
           "alp",
           8);
    memcpy(bytes + SNAME_AT, "\x34\x01\x03\x06\x04\x0a\x00\x00\x09", 9);
    bench_send_bytes(&b, bytes, n);
    net_run(&b.net, 2 * RIG_S);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    CHECK_STR(b.lease.hostname, "alp");
    CHECK(bench_resolver(&b, 2, &res)); /* the third, split off the other two (RFC 3396) */
    CHECK_EQ(tarn_ip_to4(&res.server.ip), 0x0a000009);
    bench_close(&b);
}

TEST(dhcp_hostile, an_overloaded_field_that_is_broken_drops_the_message)
{
    static const uint8_t overload[] = {52, 1, 1};
    uint8_t bytes[DHCP_BYTES_MAX];
    size_t n;

    requesting();
    (void)good(DHCP_ACK, bytes);
    n = append(bytes, overload, sizeof overload);
    memset(bytes + FILE_AT, 0, COOKIE_AT - FILE_AT);
    bytes[COOKIE_AT - 2] = 12;
    bytes[COOKIE_AT - 1] = 9;
    check_ignored(bytes, n);
    check_alive();
}

/* Offers and acknowledgements whose fields are wrong are no lease. */
static void check_refused(void (*spoil)(struct dhcp_msg *, uint32_t), uint32_t value)
{
    struct dhcp_msg m;

    selecting();
    m = bench_answer(&b, DHCP_OFFER);
    spoil(&m, value);
    bench_send(&b, &m);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 0);
    check_alive();
    requesting();
    m = bench_answer(&b, DHCP_ACK);
    spoil(&m, value);
    bench_send(&b, &m);
    net_run(&b.net, RIG_S);
    CHECK_EQ(b.n_reports[TARN_DHCP_BOUND], 0);
    check_alive();
}

static void set_mask(struct dhcp_msg *m, uint32_t mask)
{
    m->mask = mask;
}

static void set_address(struct dhcp_msg *m, uint32_t ip)
{
    m->yiaddr = ip;
}

static void set_network(struct dhcp_msg *m, uint32_t ip)
{
    m->yiaddr = ip;
    m->mask = 0xffffff00;
}

static void drop_has(struct dhcp_msg *m, uint32_t has)
{
    m->has &= ~has;
}

TEST(dhcp_hostile, a_netmask_with_holes_or_without_ones_refuses_the_lease)
{
    check_refused(set_mask, 0xff00ff00);
    check_refused(set_mask, 0);
    check_refused(set_mask, 0x00ffffff);
    check_refused(set_mask, 1);
}

TEST(dhcp_hostile, a_netmask_of_three_bytes_refuses_the_lease)
{
    uint8_t bytes[DHCP_BYTES_MAX];
    uint8_t *mask;
    size_t n;

    selecting();
    n = good(DHCP_OFFER, bytes);
    mask = option(bytes, DHCP_OPT_MASK);
    mask[1] = 3;
    memmove(mask + 5, mask + 6, n - (size_t)(mask + 6 - bytes));
    check_ignored(bytes, n - 1);
    check_alive();
}

TEST(dhcp_hostile, an_address_that_no_host_can_have_is_refused)
{
    static const uint32_t bad[] = {0,          UINT32_MAX, 0x7f000001,  0xe0000001,
                                   0xf0000001, 0x00000005, BENCH_SERVER};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check_refused(set_address, bad[i]);
    check_refused(set_network, 0x0a000000);
    check_refused(set_network, 0x0a0000ff);
}

static void make_router(struct dhcp_msg *m, uint32_t ip)
{
    m->router.ip[0] = ip;
}

TEST(dhcp_hostile, an_address_that_is_its_own_router_is_refused)
{
    check_refused(make_router, BENCH_ADDRESS);
}

TEST(dhcp_hostile, a_lease_needs_a_time_and_a_server)
{
    check_refused(drop_has, DHCP_HAS_LEASE);
    check_refused(drop_has, DHCP_HAS_SERVER);
}

TEST(dhcp_hostile, without_a_netmask_the_class_of_the_address_tells)
{
    struct dhcp_msg m;

    requesting();
    m = bench_answer(&b, DHCP_ACK);
    m.has &= ~(uint32_t)DHCP_HAS_MASK;
    bench_send(&b, &m);
    net_run(&b.net, 2 * RIG_S);
    CHECK_EQ(b.lease.address.len, 96 + 8);
    bench_close(&b);
}

TEST(dhcp_hostile, router_lists_of_odd_length_are_ignored_and_long_ones_give_the_first)
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
        n = append(bytes, more, 2u + lengths[i]);
        bench_send_bytes(&b, bytes, n);
        net_run(&b.net, 2 * RIG_S);
        CHECK(bench_has(&b, BENCH_ADDRESS));
        CHECK_EQ(bench_via(&b, 0, 0), lengths[i] == 252 ? 0x0a000001 : -1);
        bench_close(&b);
    }
}

TEST(dhcp_hostile, lease_times_are_put_right)
{
    static const struct {
        uint32_t lease, t1, t2, want_lease, want_t1, want_t2;
        bool has_times;
    } rows[] = {
        {0, 0, 0, 60, 30, 52, false},
        {1, 0, 0, 60, 30, 52, true},
        {59, 10, 20, 60, 30, 52, true},
        {3600, 2000, 1000, 3600, 1800, 3150, true}, /* T1 after T2 */
        {3600, 1000, 1000, 3600, 1800, 3150, true}, /* T1 = T2 */
        {3600, 1000, 4000, 3600, 1800, 3150, true}, /* T2 after the end */
        {3600, 1000, 3600, 3600, 1800, 3150, true}, /* T2 at the end */
        {3600, 0, 3000, 3600, 1800, 3150, true},    /* T1 = 0 */
        {3600, 1, 2, 3600, 1800, 3150, true},       /* a request per second */
        {3600, 600, 1200, 3600, 600, 1200, true},
        {0xfffffffe, 0, 0, 0xfffffffe, 0x7fffffff, 0xdffffffe, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dhcp_msg m;

        requesting();
        m = bench_answer(&b, DHCP_ACK);
        m.lease_s = rows[i].lease;
        m.t1_s = rows[i].t1;
        m.t2_s = rows[i].t2;
        m.has |= rows[i].has_times ? DHCP_HAS_T1 | DHCP_HAS_T2 : 0;
        bench_send(&b, &m);
        net_run(&b.net, 2 * RIG_S);
        CHECK_EQ(b.lease.lease_s, rows[i].want_lease);
        CHECK_EQ(b.lease.t1_s, rows[i].want_t1);
        CHECK_EQ(b.lease.t2_s, rows[i].want_t2);
        bench_close(&b);
    }
}

TEST(dhcp_hostile, a_tiny_lease_makes_no_storm_of_requests)
{
    struct dhcp_msg m;

    requesting();
    m = bench_answer(&b, DHCP_ACK);
    m.lease_s = 1;
    bench_send(&b, &m);
    for (unsigned i = 0; i < 600; i++) {
        net_run(&b.net, RIG_S);
        m = bench_answer(&b, DHCP_ACK);
        m.lease_s = 1;
        bench_send(&b, &m);
    }
    CHECK(b.n_said[DHCP_REQUEST] <= 22);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 1);
    bench_close(&b);
}

TEST(dhcp_hostile, a_server_that_offers_and_refuses_is_asked_ever_less)
{
    unsigned before;

    bench_open(&b);
    for (unsigned i = 0; i < 3000; i++) {
        bench_send_type(&b, DHCP_OFFER);
        bench_send_type(&b, DHCP_NAK);
        net_run(&b.net, 100 * RIG_MS);
    }
    before = b.n_said[DHCP_DISCOVER];
    CHECK(before < 15);
    bench_close(&b);
}

/* Search lists and routes that are not what they say are as if they were not there. */
TEST(dhcp_hostile, a_broken_search_list_or_route_is_ignored_as_a_whole)
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
        (void)good(DHCP_ACK, bytes);
        n = append(bytes, rows[i].bytes, rows[i].n);
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

TEST(dhcp_hostile, text_is_a_name_or_nothing)
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
        n = append(bytes, more, 4 + 2 * len);
        bench_send_bytes(&b, bytes, n);
        net_run(&b.net, 2 * RIG_S);
        CHECK(bench_has(&b, BENCH_ADDRESS));
        CHECK_STR(b.lease.hostname, "");
        CHECK_STR(b.lease.domain, "");
        CHECK(!bench_resolver(&b, 2, &res));
        bench_close(&b);
    }
}

TEST(dhcp_hostile, a_text_that_ends_in_zeroes_or_a_dot_is_a_name)
{
    static const uint8_t names[] = {12, 5, 'a', 'l', 'p', 0, 0, 15, 4, 'o', 'r', 'g', '.'};
    uint8_t bytes[DHCP_BYTES_MAX];
    struct dhcp_msg m;
    size_t n;

    requesting();
    m = bench_answer(&b, DHCP_ACK);
    m.domain[0] = '\0';
    (void)dhcp_build(bytes, sizeof bytes, &m);
    n = append(bytes, names, sizeof names);
    bench_send_bytes(&b, bytes, n);
    net_run(&b.net, 2 * RIG_S);
    CHECK_STR(b.lease.hostname, "alp");
    CHECK_STR(b.lease.domain, "org");
    bench_close(&b);
}

TEST(dhcp_hostile, a_refusal_of_another_server_is_ignored)
{
    struct dhcp_msg m;

    requesting();
    m = bench_answer(&b, DHCP_NAK);
    m.server = 0x0a000007;
    bench_send(&b, &m);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 1);
    m.has &= ~(uint32_t)DHCP_HAS_SERVER;
    bench_send(&b, &m);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 1);
    check_alive();
    bench_open(&b);
    bench_lease(&b);
    net_run(&b.net, 1801 * RIG_S);
    m = bench_answer(&b, DHCP_NAK);
    m.server = 0x0a000007;
    bench_send(&b, &m);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    bench_close(&b);
}

TEST(dhcp_hostile, an_acknowledgement_of_another_address_or_server_is_ignored)
{
    struct dhcp_msg m;

    requesting();
    m = bench_answer(&b, DHCP_ACK);
    m.yiaddr = 0x0a000033;
    bench_send(&b, &m);
    m = bench_answer(&b, DHCP_ACK);
    m.server = 0x0a000007;
    bench_send(&b, &m);
    net_run(&b.net, RIG_S);
    CHECK_EQ(b.n_reports[TARN_DHCP_BOUND], 0);
    CHECK(!bench_has(&b, 0x0a000033));
    check_alive();
}

TEST(dhcp_hostile, another_clients_identifier_is_ignored)
{
    struct dhcp_msg m;

    selecting();
    m = bench_answer(&b, DHCP_OFFER);
    m.client_id = (struct dhcp_bytes){.n = 7, .b = {1, 2, 0, 0, 0, 0, 9}};
    bench_send(&b, &m);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 0);
    m.client_id = b.said.client_id;
    bench_send(&b, &m);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 1);
    bench_close(&b);
}

/* What each state does with each message of the right server: a reply out of place does nothing. */
TEST(dhcp_hostile, every_type_in_every_state_does_what_the_table_says)
{
    static const struct {
        enum dhcp_type type;
        bool selecting, requesting, bound; /* does it change anything? */
    } rows[] = {{DHCP_DISCOVER, false, false, false}, {DHCP_OFFER, true, false, false},
                {DHCP_REQUEST, false, false, false},  {DHCP_DECLINE, false, false, false},
                {DHCP_ACK, false, true, false},       {DHCP_NAK, false, true, false},
                {DHCP_RELEASE, false, false, false},  {DHCP_INFORM, false, false, false}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        selecting();
        bench_send_type(&b, rows[i].type);
        CHECK_EQ(b.n_said[DHCP_REQUEST] > 0, rows[i].selecting);
        bench_close(&b);
        requesting();
        bench_send_type(&b, rows[i].type);
        net_run(&b.net, 2 * RIG_S);
        CHECK_EQ(b.n_reports[TARN_DHCP_BOUND] + b.n_said[DHCP_DISCOVER] > 1, rows[i].requesting);
        bench_close(&b);
        bench_open(&b);
        bench_lease(&b);
        bench_send_type(&b, rows[i].type);
        net_run(&b.net, 2 * RIG_S);
        CHECK(bench_has(&b, BENCH_ADDRESS));
        CHECK_EQ(b.n_reports[TARN_DHCP_BOUND], 1);
        bench_close(&b);
    }
}

TEST(dhcp_hostile, a_flood_of_offers_is_answered_once)
{
    selecting();
    for (unsigned i = 0; i < 20000; i++)
        bench_send_type(&b, DHCP_OFFER);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 1);
    check_alive();
}

TEST(dhcp_hostile, an_address_in_use_is_declined_and_ten_seconds_pass)
{
    requesting();
    b.probe_answered = true;
    bench_send_type(&b, DHCP_ACK);
    net_run(&b.net, 3 * RIG_S);
    CHECK_EQ(b.n_said[DHCP_DECLINE], 1);
    CHECK_EQ(b.said.requested, BENCH_ADDRESS);
    CHECK_EQ(b.said.server, BENCH_SERVER);
    CHECK_EQ(b.said.ciaddr, 0);
    CHECK_EQ(b.said_to, UINT32_MAX);
    CHECK(!bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(b.n_reports[TARN_DHCP_BOUND], 0);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 1);
    net_run(&b.net, 6 * RIG_S);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 1);
    net_run(&b.net, 4 * RIG_S);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 2);
    bench_close(&b);
}
