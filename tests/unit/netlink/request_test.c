/* rtnetlink's requests as a program makes them: dumps, single records, refusals, hostile bytes. */
#include "netlink/netlink.h"

#include "netlink/message.h"
#include "tests/unit/rig.h"

static struct rig r;
static struct netlink nl;
static uint8_t out[NETLINK_OUT_MAX];
static size_t out_bytes;

struct request {
    struct nl_header h;
    uint8_t body[64];
};

static void begin(void)
{
    rig_open(&r, 1);
    nl = (struct netlink){.portid = 77, .strict = true, .ext_ack = true};
}

static size_t ask(uint16_t type, uint16_t flags, const void *body, size_t n)
{
    struct request q = {
        .h = {.len = (uint32_t)(sizeof q.h + n), .type = type, .flags = flags, .seq = 5}};
    size_t at = 0;

    memcpy(q.body, body, n);
    out_bytes = netlink_request(&nl, r.st, (const uint8_t *)&q, q.h.len, &at, out);
    CHECK_EQ(at, q.h.len);
    return out_bytes;
}

/* The message at *at, checked; false at the end of the datagram. */
static bool next_message(size_t *at, struct nl_request *m)
{
    if (*at == out_bytes)
        return false;
    memcpy(&m->header, out + *at, sizeof m->header);
    CHECK_EQ(m->header.pid, 77);
    CHECK_EQ(m->header.seq, 5);
    CHECK(m->header.len >= sizeof m->header && m->header.len <= out_bytes - *at);
    m->bytes = out + *at;
    m->body = m->bytes + sizeof m->header;
    m->body_bytes = m->header.len - sizeof m->header;
    *at += (m->header.len + 3u) & ~3u;
    return true;
}

static bool find_attr(const struct nl_request *m, size_t fixed, uint16_t type, struct nl_value *v)
{
    size_t at = fixed;

    while (message_attr(m->body, m->body_bytes, &at, v))
        if (v->type == type)
            return true;
    return false;
}

static int32_t error_of(void)
{
    struct nl_request m;
    size_t at = 0;
    int32_t error;

    CHECK(next_message(&at, &m));
    memcpy(&error, m.body, sizeof error);
    return error;
}

/* What a whole dump tells, counted; `last` is the flags of its end. */
static unsigned count_dump(uint16_t type, uint16_t *last)
{
    unsigned n = 0;

    while ((out_bytes = netlink_dump(&nl, r.st, out, r.now)) > 0) {
        struct nl_request m;
        size_t at = 0;

        while (next_message(&at, &m)) {
            CHECK((m.header.flags & NLM_F_MULTI) != 0);
            n += m.header.type == type;
            if (m.header.type == NLMSG_DONE)
                *last = m.header.flags;
        }
    }
    return n;
}

TEST(netlink, a_dump_of_links_ends_with_done)
{
    const struct rtnl_link all = {.family = 0};
    uint16_t last = 0;

    begin();
    CHECK_EQ(ask(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, &all, sizeof all), 0);
    CHECK_EQ(count_dump(RTM_NEWLINK, &last), 2);
    CHECK_EQ(last, NLM_F_MULTI);
    CHECK_EQ(netlink_dump(&nl, r.st, out, r.now), 0);
    rig_close(&r);
}

TEST(netlink, many_addresses_come_in_datagrams_that_getifaddrs_can_take)
{
    const struct rtnl_addr inet = {.family = NL_AF_INET};
    uint16_t last = 0;

    begin();
    for (uint32_t i = 0; i < 200; i++) {
        struct tarn_address a = {.port = 1, .prefix = {tarn_ip4(0x0a630000 + i), 96 + 32}};

        CHECK_EQ(tarn_address_add(r.st, &a, r.now, NULL), 0);
    }
    CHECK_EQ(ask(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, &inet, sizeof inet), 0);
    CHECK(count_dump(RTM_NEWADDR, &last) >= 201);
    CHECK_EQ(last, NLM_F_MULTI);
    rig_close(&r);
}

TEST(netlink, a_change_in_the_middle_of_a_dump_is_told)
{
    const struct rtnl_addr all = {.family = 0};
    struct tarn_address a = {.port = 1, .prefix = {tarn_ip4(0x0a630001), 96 + 32}};
    uint16_t last = 0;

    begin();
    CHECK_EQ(ask(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, &all, sizeof all), 0);
    CHECK_EQ(tarn_address_add(r.st, &a, r.now, NULL), 0);
    count_dump(RTM_NEWADDR, &last);
    CHECK((last & NLM_F_DUMP_INTR) != 0);
    rig_close(&r);
}

TEST(netlink, addresses_of_one_interface_are_told_as_filtered)
{
    const struct rtnl_addr on_lo = {.family = NL_AF_INET, .index = 1};
    uint16_t last = 0;

    begin();
    CHECK_EQ(ask(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, &on_lo, sizeof on_lo), 0);
    CHECK_EQ(count_dump(RTM_NEWADDR, &last), 1);
    CHECK_EQ(last, NLM_F_MULTI | NLM_F_DUMP_FILTERED);
    rig_close(&r);
}

TEST(netlink, a_link_is_found_by_its_name)
{
    struct {
        struct rtnl_link link;
        struct nl_attr name;
        char text[4];
    } q = {.name = {sizeof q.name + 3, IFLA_IFNAME}, .text = "lo"};
    struct nl_request m;
    struct nl_value v;
    size_t at = 0;

    begin();
    CHECK(ask(RTM_GETLINK, NLM_F_REQUEST, &q, sizeof q) > 0);
    CHECK(next_message(&at, &m));
    CHECK_EQ(m.header.type, RTM_NEWLINK);
    CHECK(find_attr(&m, sizeof q.link, IFLA_MTU, &v));
    CHECK_EQ(message_u32(&v), 65535);
    q.text[0] = 'x';
    CHECK(ask(RTM_GETLINK, NLM_F_REQUEST, &q, sizeof q) > 0);
    CHECK_EQ(error_of(), -TARN_ENODEV);
    rig_close(&r);
}

TEST(netlink, the_way_to_ourselves_is_local)
{
    struct {
        struct rtnl_route route;
        struct nl_attr dst;
        uint8_t ip[4];
    } q = {{.family = NL_AF_INET, .dst_len = 32}, {8, RTA_DST}, {127, 0, 0, 1}};
    struct rtnl_route way;
    struct nl_request m;
    size_t at = 0;

    begin();
    CHECK(ask(RTM_GETROUTE, NLM_F_REQUEST, &q, sizeof q) > 0);
    CHECK(next_message(&at, &m));
    memcpy(&way, m.body, sizeof way);
    CHECK_EQ(m.header.type, RTM_NEWROUTE);
    CHECK_EQ(way.type, RTN_LOCAL);
    CHECK_EQ(way.dst_len, 32);
    rig_close(&r);
}

TEST(netlink, changes_are_refused_with_a_sentence)
{
    const struct rtnl_link link = {.index = 2};
    struct nl_request m;
    size_t at = 0;

    begin();
    CHECK(ask(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &link, sizeof link) > 0);
    CHECK_EQ(error_of(), -TARN_EOPNOTSUPP);
    CHECK(next_message(&at, &m));
    CHECK_EQ(m.header.type, NLMSG_ERROR);
    CHECK((m.header.flags & NLM_F_ACK_TLVS) != 0);
    rig_close(&r);
}

TEST(netlink, an_unknown_attribute_ends_a_strict_dump)
{
    struct {
        struct rtnl_addr addr;
        struct nl_attr attr;
    } q = {.attr = {sizeof q.attr, IFA_LABEL}};

    begin();
    CHECK(ask(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, &q, sizeof q) > 0);
    CHECK_EQ(error_of(), -TARN_EINVAL);
    CHECK_EQ(netlink_dump(&nl, r.st, out, r.now), 0);
    nl.strict = false;
    CHECK_EQ(ask(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, &q, sizeof q), 0);
    CHECK(netlink_dump(&nl, r.st, out, r.now) > 0);
    rig_close(&r);
}

TEST(netlink, a_second_dump_waits_its_turn)
{
    const struct rtnl_link all = {.family = 0};

    begin();
    CHECK_EQ(ask(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, &all, sizeof all), 0);
    CHECK(ask(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, &all, sizeof all) > 0);
    CHECK_EQ(error_of(), -TARN_EBUSY);
    rig_close(&r);
}

/* Lengths that lie: the datagram is over, and nothing is read behind it. */
TEST(netlink, a_length_beyond_the_datagram_ends_it)
{
    struct nl_header h = {.len = 4096, .type = RTM_GETLINK, .flags = NLM_F_REQUEST};
    size_t at = 0;

    begin();
    CHECK_EQ(netlink_request(&nl, r.st, (const uint8_t *)&h, sizeof h, &at, out), 0);
    CHECK_EQ(at, sizeof h);
    h.len = 3;
    at = 0;
    CHECK_EQ(netlink_request(&nl, r.st, (const uint8_t *)&h, sizeof h, &at, out), 0);
    CHECK_EQ(at, sizeof h);
    rig_close(&r);
}
