/* Tests of wire/nd.h: what is built is read again, and what cannot be is refused. */
#include "tests/unit/wire/exact.h"
#include "wire/icmp6.h"
#include "wire/nd.h"

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x99};
static const uint8_t ip[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

static uint8_t buf[512];

static size_t length(const struct writer *w)
{
    CHECK(!w->bad);
    return (size_t)(w->at - buf);
}

/* RFC 4861 4.3, as a peer writes it. */
TEST(nd, a_solicitation)
{
    uint8_t message[32] = {135, 0, 0, 0, 0, 0, 0, 0};
    struct nd_msg m;

    memcpy(message + 8, ip, 16);
    memcpy(message + 24, "\1\1\2\0\0\0\0\x99", 8);
    CHECK_EQ(nd_parse(&m, message, sizeof message), WIRE_OK);
    CHECK_EQ(m.type, ICMP6_NEIGH_SOLICIT);
    CHECK_MEM(m.target, ip, 16);
    CHECK(m.has_source_mac && !m.has_target_mac && !m.has_nonce);
    CHECK_MEM(m.source_mac, mac, 6);
}

TEST(nd, flags_of_an_advertisement)
{
    for (unsigned flags = 0; flags < 8; flags++) {
        struct nd_msg in = {.type = ICMP6_NEIGH_ADVERT,
                            .router = (flags & 4) != 0,
                            .solicited = (flags & 2) != 0,
                            .override = (flags & 1) != 0},
                      out;
        struct writer w = wr_init(buf, sizeof buf);

        nd_put(&w, &in);
        CHECK_EQ(buf[4] >> 5, flags);
        CHECK_EQ(nd_parse(&out, buf, length(&w)), WIRE_OK);
        CHECK(out.router == in.router && out.solicited == in.solicited &&
              out.override == in.override);
    }
}

/* RFC 4861 4.2, RFC 4191 2.2. */
TEST(nd, a_router_advertisement)
{
    struct nd_msg in = {.type = ICMP6_ROUTER_ADVERT,
                        .hops = 64,
                        .managed = true,
                        .preference = 3,
                        .lifetime_s = 1800,
                        .reachable_ms = 30000,
                        .retrans_ms = 1000},
                  out;
    struct writer w = wr_init(buf, sizeof buf);

    nd_put(&w, &in);
    nd_put_mtu(&w, 1400);
    CHECK_EQ(buf[5], 0x98);
    CHECK_EQ(nd_parse(&out, buf, length(&w)), WIRE_OK);
    CHECK(out.managed && !out.other);
    CHECK_EQ(out.preference, 3);
    CHECK_EQ(out.lifetime_s, 1800);
    CHECK_EQ(out.reachable_ms, 30000);
    CHECK_EQ(out.retrans_ms, 1000);
    CHECK_EQ(out.mtu, 1400);
    buf[5] = 0x10;
    CHECK_EQ(nd_parse(&out, buf, length(&w)), WIRE_OK);
    CHECK_EQ(out.preference, 0);
}

/* The message with these n bytes of options. */
static enum wire_err with_options(const void *options, size_t n)
{
    struct nd_msg in = {.type = ICMP6_NEIGH_SOLICIT}, out;
    struct writer w = wr_init(buf, sizeof buf);
    enum wire_err err;
    uint8_t *p;

    memcpy(in.target, ip, 16);
    nd_put(&w, &in);
    wr_bytes(&w, options, n);
    p = exact(buf, length(&w));
    err = nd_parse(&out, p, length(&w));
    free(p);
    return err;
}

TEST(nd, options_that_are_refused)
{
    CHECK_EQ(with_options("", 0), WIRE_OK);
    CHECK_EQ(with_options("\1\0\0\0\0\0\0\0", 8), WIRE_ND_FORM);
    CHECK_EQ(with_options("\1\2\0\0\0\0\0\0", 8), WIRE_ND_FORM);
    CHECK_EQ(with_options("\1", 1), WIRE_ND_FORM);
    CHECK_EQ(with_options("\1\1\0\0\0\0\0", 7), WIRE_ND_FORM);
    CHECK_EQ(with_options("\1\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16), WIRE_ND_FORM);
    CHECK_EQ(with_options("\xfd\1\0\0\0\0\0\0", 8), WIRE_OK);
}

TEST(nd, options_are_bounded_in_number)
{
    struct nd_msg m = {.type = ICMP6_ROUTER_SOLICIT};
    static uint8_t many[8 + (ND_MAX_OPTIONS + 1) * 8];
    struct writer w = wr_init(many, sizeof many);

    nd_put(&w, &m);
    for (unsigned i = 0; i < ND_MAX_OPTIONS; i++)
        nd_put_nonce(&w, mac);
    CHECK_EQ(nd_parse(&m, many, (size_t)(w.at - many)), WIRE_OK);
    nd_put_nonce(&w, mac);
    CHECK_EQ(nd_parse(&m, many, (size_t)(w.at - many)), WIRE_ND_FORM);
}

TEST(nd, messages_that_are_refused)
{
    struct nd_msg m;

    CHECK_EQ(with_options("", 0), WIRE_OK);
    CHECK_EQ(nd_parse(&m, buf, 23), WIRE_ND_FORM);
    CHECK_EQ(nd_parse(&m, buf, 24), WIRE_OK);
    buf[1] = 1;
    CHECK_EQ(nd_parse(&m, buf, 24), WIRE_ND_FORM);
    buf[1] = 0;
    buf[8] = 0xff;
    CHECK_EQ(nd_parse(&m, buf, 24), WIRE_ND_FORM);
    buf[8] = 0xfe;
    buf[0] = 138;
    CHECK_EQ(nd_parse(&m, buf, 24), WIRE_ND_FORM);
}

/* The only option that has been written. */
static struct nd_option option(const struct writer *w)
{
    struct nd_msg m = {.options = buf, .options_bytes = length(w)};
    struct nd_option o;
    size_t at = 0;

    CHECK(nd_option_next(&m, &at, &o));
    CHECK_EQ(at, m.options_bytes);
    return o;
}

/* RFC 4861 4.6.2. */
TEST(nd, a_prefix)
{
    struct nd_prefix in = {.prefix = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 9},
                           .len = 64,
                           .autonomous = true,
                           .valid_s = ND_FOREVER,
                           .preferred_s = 7},
                     out;
    struct writer w = wr_init(buf, sizeof buf);
    struct nd_option o;

    nd_put_prefix(&w, &in);
    o = option(&w);
    CHECK_EQ(o.type, ND_PREFIX);
    CHECK(nd_prefix_parse(&out, &o));
    CHECK(out.autonomous && !out.on_link);
    CHECK_EQ(out.valid_s, ND_FOREVER);
    CHECK_EQ(out.preferred_s, 7);
    CHECK_EQ(out.prefix[3], 0xb8);
    CHECK_EQ(out.prefix[8], 0);
    o.n -= 8;
    CHECK(!nd_prefix_parse(&out, &o));
    o.n += 8;
    buf[2] = 129;
    CHECK(!nd_prefix_parse(&out, &o));
}

/* RFC 4191 2.3: the option is as long as its prefix needs. */
TEST(nd, routes_of_each_length)
{
    static const uint8_t lengths[] = {0, 48, 64, 65, 128};

    for (size_t i = 0; i < sizeof lengths; i++) {
        struct nd_route in = {.len = lengths[i], .preference = 1, .lifetime_s = 5}, out;
        struct writer w = wr_init(buf, sizeof buf);
        struct nd_option o;

        nd_put_route(&w, &in);
        o = option(&w);
        CHECK_EQ(o.n, lengths[i] == 0 ? 6 : lengths[i] <= 64 ? 14 : 22);
        CHECK(nd_route_parse(&out, &o));
        CHECK_EQ(out.len, lengths[i]);
        CHECK_EQ(out.preference, 1);
        CHECK_EQ(out.lifetime_s, 5);
        buf[2] = (uint8_t)(o.n * 8);
        CHECK(!nd_route_parse(&out, &o));
        buf[2] = lengths[i];
        buf[3] = 2 << 3;
        CHECK(!nd_route_parse(&out, &o));
    }
}

/* RFC 8106 5.1. */
TEST(nd, name_servers)
{
    uint8_t servers[32] = {0xfe, 0x80, [16] = 0x20, 1}, out[16];
    struct writer w = wr_init(buf, sizeof buf);
    struct nd_option o;
    uint32_t lifetime;

    nd_put_rdnss(&w, 600, servers, 2);
    o = option(&w);
    CHECK(nd_rdnss_parse(&o, 1, out, &lifetime));
    CHECK_MEM(out, servers + 16, 16);
    CHECK_EQ(lifetime, 600);
    CHECK(!nd_rdnss_parse(&o, 2, out, &lifetime));
    o.n -= 8;
    CHECK(!nd_rdnss_parse(&o, 0, out, &lifetime));
}

/* RFC 8106 5.2. */
TEST(nd, search_domains)
{
    struct writer w = wr_init(buf, sizeof buf);
    char name[ND_DOMAIN_BYTES];
    struct nd_option o;
    uint32_t lifetime;
    size_t at = 0;

    nd_put_dnssl(&w, 600, "example.org");
    o = option(&w);
    CHECK_EQ(o.n, 22);
    CHECK(nd_dnssl_next(&o, &at, name, &lifetime));
    CHECK_STR(name, "example.org");
    CHECK(!nd_dnssl_next(&o, &at, name, &lifetime));
    at = 0;
    buf[9] = ' ';
    CHECK(!nd_dnssl_next(&o, &at, name, &lifetime));
    at = 0;
    buf[9] = 'e';
    buf[8] = 0xc0;
    CHECK(!nd_dnssl_next(&o, &at, name, &lifetime));
}
