/* tests/unit/wire/dhcp_test.c - DHCP messages there and back, and options in pieces. */
#include "tests/unit/test.h"
#include "wire/dhcp.h"

#include <string.h>

enum { OPTIONS_AT = 240 };

static uint8_t bytes[DHCP_BYTES_MAX], again[DHCP_BYTES_MAX];
static struct dhcp_msg m, back;

/* Everything that a message can say. */
static void fill(void)
{
    memset(&m, 0, sizeof m);
    m.op = DHCP_BOOTREPLY;
    m.hops = 3;
    m.broadcast = true;
    m.secs = 77;
    m.xid = 0x12345678;
    m.ciaddr = 0x0a000001;
    m.yiaddr = 0x0a000002;
    m.siaddr = 0x0a000003;
    m.giaddr = 0x0a000004;
    memcpy(m.chaddr, "\x02\x00\x00\x00\x00\x09", 6);
    m.has = DHCP_HAS_TYPE | DHCP_HAS_MASK | DHCP_HAS_LEASE | DHCP_HAS_T1 | DHCP_HAS_T2 |
            DHCP_HAS_MTU | DHCP_HAS_SERVER | DHCP_HAS_REQUESTED | DHCP_HAS_MAX_BYTES;
    m.type = DHCP_ACK;
    m.mask = 0xffffff00;
    m.server = 0x0a0000fe;
    m.requested = 0x0a000005;
    m.lease_s = 3600;
    m.t1_s = 1;
    m.t2_s = 2;
    m.mtu = 1400;
    m.max_bytes = 576;
    m.router = (struct dhcp_ips){.n = 1, .ip = {0x0a000001}};
    m.dns = (struct dhcp_ips){.n = 3, .ip = {1, 2, 3}};
    m.ntp = (struct dhcp_ips){.n = 2, .ip = {4, 5}};
    m.client_id.n = 255;
    memset(m.client_id.b, 7, 255);
    m.params = (struct dhcp_bytes){.n = 2, .b = {1, 3}};
    m.relay = (struct dhcp_bytes){.n = 3, .b = {1, 1, 'x'}};
    memcpy(m.hostname, "alp", 4);
    memcpy(m.domain, "example.org", 12);
    memcpy(m.message, "no", 3);
    m.n_routes = 2;
    m.route[0] = (struct dhcp_route){.to = 0xc0a80180, .len = 25, .via = 0x0a000009};
    m.route[1] = (struct dhcp_route){.to = 0, .len = 0, .via = 0x0a000001};
    m.n_search = 2;
    memcpy(m.search[0], "a.example.org", 14);
    memcpy(m.search[1], "org", 4);
}

TEST(wire_dhcp, what_is_written_is_read)
{
    size_t n;

    fill();
    n = dhcp_build(bytes, sizeof bytes, &m);
    CHECK(n > 300);
    CHECK(dhcp_parse(&back, bytes, n));
    CHECK_EQ(dhcp_build(again, sizeof again, &back), n);
    CHECK_MEM(again, bytes, n);
    CHECK_EQ(back.xid, m.xid);
    CHECK_EQ(back.has, m.has);
    CHECK_EQ(back.t2_s, 2);
    CHECK_EQ(back.route[0].via, 0x0a000009);
    CHECK_STR(back.search[1], "org");
    CHECK_EQ(dhcp_build(bytes, n - 1, &m), 0);
    CHECK_EQ(dhcp_build(bytes, 0, &m), 0);
    CHECK_EQ(dhcp_build(bytes, n, &m), n);
}

TEST(wire_dhcp, a_short_message_is_padded_to_what_relays_expect)
{
    memset(&m, 0, sizeof m);
    m.op = DHCP_BOOTREQUEST;
    m.has = DHCP_HAS_TYPE;
    m.type = DHCP_DISCOVER;
    CHECK_EQ(dhcp_build(bytes, sizeof bytes, &m), 300);
    CHECK_EQ(dhcp_build(bytes, 299, &m), 0);
    CHECK_EQ(bytes[OPTIONS_AT], DHCP_OPT_TYPE);
    CHECK_EQ(bytes[OPTIONS_AT + 3], 255);
    CHECK(dhcp_parse(&back, bytes, 300));
    CHECK(dhcp_parse(&back, bytes, OPTIONS_AT + 4));
    CHECK(!dhcp_parse(&back, bytes, OPTIONS_AT + 3));
}

/* An empty list, and what the test puts in it. */
static size_t list(const void *options, size_t n)
{
    memset(&m, 0, sizeof m);
    m.op = DHCP_BOOTREPLY;
    m.has = DHCP_HAS_TYPE;
    m.type = DHCP_ACK;
    (void)dhcp_build(bytes, sizeof bytes, &m);
    memcpy(bytes + OPTIONS_AT + 3, options, n);
    bytes[OPTIONS_AT + 3 + n] = 255;
    return OPTIONS_AT + 3 + n + 1;
}

TEST(wire_dhcp, pieces_of_an_option_are_put_together)
{
    static const uint8_t split[] = {119, 3,   3, 'o', 'r', 0, 0,   54,   4,   10, 0, 0,
                                    1,   119, 5, 'g', 0,   1, 'a', 0xc0, 119, 1,  0};

    CHECK(dhcp_parse(&back, bytes, list(split, sizeof split)));
    CHECK_EQ(back.n_search, 2);
    CHECK_STR(back.search[0], "org");
    CHECK_STR(back.search[1], "a.org");
    CHECK_EQ(back.server, 0x0a000001);
}

TEST(wire_dhcp, a_search_list_of_more_names_than_are_kept_is_read_to_its_end)
{
    uint8_t names[2 + 8 * 3] = {119, 8 * 3};

    for (unsigned i = 0; i < 8; i++)
        memcpy(names + 2 + i * 3, (uint8_t[]){1, (uint8_t)('a' + i), 0}, 3);
    CHECK(dhcp_parse(&back, bytes, list(names, sizeof names)));
    CHECK_EQ(back.n_search, DHCP_SEARCH);
    names[sizeof names - 1] = 5;
    CHECK(dhcp_parse(&back, bytes, list(names, sizeof names)));
    CHECK_EQ(back.n_search, 0);
}

TEST(wire_dhcp, a_route_has_the_octets_that_its_width_needs)
{
    static const uint8_t routes[] = {121, 9 + 8 + 6 + 5,
                                     32,  1,
                                     2,   3,
                                     4,   10,
                                     0,   0,
                                     1,   17,
                                     172, 16,
                                     255, 10,
                                     0,   0,
                                     2,   8,
                                     10,  10,
                                     0,   0,
                                     3,   0,
                                     10,  0,
                                     0,   4};

    CHECK(dhcp_parse(&back, bytes, list(routes, sizeof routes)));
    CHECK_EQ(back.n_routes, 4);
    CHECK_EQ(back.route[0].to, 0x01020304);
    CHECK_EQ(back.route[1].len, 17);
    CHECK_EQ(back.route[1].to, 0xac108000); /* bits beyond the width do not count */
    CHECK_EQ(back.route[1].via, 0x0a000002);
    CHECK_EQ(back.route[2].to, 0x0a000000);
    CHECK_EQ(back.route[3].len, 0);
}

TEST(wire_dhcp, text_for_people_is_made_printable)
{
    static const uint8_t text[] = {56, 6, 'n', 'o', '\n', 0x1b, 0xff, 0};

    CHECK(dhcp_parse(&back, bytes, list(text, sizeof text)));
    CHECK_STR(back.message, "no???");
}

TEST(wire_dhcp, a_message_over_a_frame_is_none)
{
    static uint8_t big[DHCP_BYTES_MAX + 1];

    memcpy(big, bytes, list("", 0));
    CHECK(dhcp_parse(&back, big, DHCP_BYTES_MAX));
    CHECK(!dhcp_parse(&back, big, sizeof big));
}
