/* tests/unit/app/dhcp_hostile_test.c - what a DHCP server may send to a client, and must not do to
 * it: wrong, broken and hostile messages in every state. */
#include "tests/unit/app/dhcp_bench.h"

enum { COOKIE_AT = 236, FILE_AT = 108, SNAME_AT = 44 };

static struct bench b;

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
    n = bench_bytes(&b, DHCP_OFFER, bytes);
    bytes[at] = value;
    check_ignored(bytes, n);
    check_alive();
    requesting();
    n = bench_bytes(&b, DHCP_ACK, bytes);
    bytes[at] = value;
    check_ignored(bytes, n);
    check_alive();
}

TEST(dhcp_hostile, another_exchange_host_or_direction_is_ignored)
{
    uint8_t bytes[DHCP_BYTES_MAX];

    selecting();
    (void)bench_bytes(&b, DHCP_OFFER, bytes);
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
    (void)bench_bytes(&b, DHCP_OFFER, bytes);
    end = (size_t)(bench_option(bytes, 255) - bytes);
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
        n = bench_bytes(&b, DHCP_OFFER, bytes);
        type = bench_option(bytes, DHCP_OPT_TYPE);
        memmove(type, type + 3, n - (size_t)(type + 3 - bytes));
        bytes[n - 3] = 0;
        (void)bench_append(bytes, rows[i].option, rows[i].n);
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
    (void)bench_bytes(&b, DHCP_OFFER, bytes);
    end = bench_option(bytes, 255);
    memcpy(end, over, sizeof over);
    check_ignored(bytes, (size_t)(end - bytes) + sizeof over);
    (void)bench_bytes(&b, DHCP_OFFER, bytes);
    memset(end, 0, 300);
    check_ignored(bytes, DHCP_BYTES_MIN);
    (void)bench_bytes(&b, DHCP_OFFER, bytes);
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
    (void)bench_bytes(&b, DHCP_ACK, bytes);
    n = bench_append(bytes, overload, sizeof overload);
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
    (void)bench_bytes(&b, DHCP_ACK, bytes);
    n = bench_append(bytes, overload, sizeof overload);
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
    n = bench_bytes(&b, DHCP_OFFER, bytes);
    mask = bench_option(bytes, DHCP_OPT_MASK);
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

TEST(dhcp_hostile, lease_times_are_put_right)
{
    enum { BOTH = DHCP_HAS_T1 | DHCP_HAS_T2 };
    static const struct {
        uint32_t lease, t1, t2, want_lease, want_t1, want_t2;
        uint32_t has;
    } rows[] = {
        {0, 0, 0, 60, 30, 52, 0},
        {1, 0, 0, 60, 30, 52, BOTH},
        {59, 10, 20, 60, 30, 52, BOTH},
        {3600, 2000, 1000, 3600, 1800, 3150, BOTH}, /* T1 after T2 */
        {3600, 1000, 1000, 3600, 1800, 3150, BOTH}, /* T1 = T2 */
        {3600, 1000, 4000, 3600, 1800, 3150, BOTH}, /* T2 after the end */
        {3600, 1000, 3600, 3600, 1800, 3150, BOTH}, /* T2 at the end */
        {3600, 0, 3000, 3600, 1800, 3150, BOTH},    /* T1 = 0 */
        {3600, 1, 2, 3600, 1800, 3150, BOTH},       /* a request per second */
        {3600, 600, 1200, 3600, 600, 1200, BOTH},
        {3600, 600, 0, 3600, 600, 3150, DHCP_HAS_T1},
        {3600, 0, 2000, 3600, 1800, 2000, DHCP_HAS_T2},
        {3600, 0, 1700, 3600, 1800, 3150, DHCP_HAS_T2}, /* before the T1 that goes without saying */
        {0xfffffffe, 0, 0, 0xfffffffe, 0x7fffffff, 0xdffffffe, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dhcp_msg m;

        requesting();
        m = bench_answer(&b, DHCP_ACK);
        m.lease_s = rows[i].lease;
        m.t1_s = rows[i].t1;
        m.t2_s = rows[i].t2;
        m.has |= rows[i].has;
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
