/* tests/unit/ip/select_test.c - source and destination addresses as the examples of RFC 6724 10
 * have them. */
#include "ip/select.h"
#include "tests/unit/rig.h"

enum { OURS = 3, THEIRS = 2 };

/* "ADDRESS", "ADDRESS d" deprecated, "ADDRESS t" temporary, "ADDRESS o" on another interface. */
struct example {
    const char *ours[OURS];
    const char *theirs[THEIRS];
    const char *want; /* the source, or the destination that goes first */
};

static unsigned number(const char **at, unsigned base)
{
    unsigned v = 0;

    for (;; ++*at) {
        char c = **at;

        if (c >= '0' && c <= '9')
            v = v * base + (unsigned)(c - '0');
        else if (base == 16 && c >= 'a' && c <= 'f')
            v = v * base + (unsigned)(c - 'a') + 10;
        else
            return v;
    }
}

static struct tarn_ip four_of(const char *text)
{
    uint32_t ip = 0;

    for (unsigned i = 0; i < 4; i++, text++)
        ip = ip << 8 | number(&text, 10);
    return tarn_ip4(ip);
}

/* Groups before "::" from the front, those behind it from the end. */
static struct tarn_ip ip_of(const char *text)
{
    uint16_t group[8] = {0};
    unsigned n = 0, gap = 8;
    struct tarn_ip ip = {{0}};

    if (strchr(text, '.') != NULL)
        return four_of(text);
    while (*text != '\0' && *text != ' ') {
        if (*text == ':' && gap == 8 && text[1] == ':') {
            gap = n;
            text += 2;
        } else if (*text == ':') {
            text++;
        }
        if (*text != '\0' && *text != ' ')
            group[n++] = (uint16_t)number(&text, 16);
    }
    for (unsigned i = 0; i < n; i++)
        store_be16(ip.b + 2 * (i < gap ? i : 8 - n + i), group[i]);
    return ip;
}

static char mark_of(const char *text)
{
    const char *space = strchr(text, ' ');

    return text[space != NULL ? (size_t)(space - text) + 1 : strlen(text)];
}

/* Two Ethernet ports, each with a way to everywhere; the first is preferred. */
static void open_with(struct rig *r, const char *const ours[OURS])
{
    struct tarn_port_info port = {.name = "tarn1", .mtu = 1500, .up = true, .mac = {2}};

    rig_open(r, 1);
    (void)tarn_address_del(
        r->st, &(struct tarn_address){.port = RIG_PORT, .prefix = {tarn_ip4(r->ip), 120}}, r->now,
        NULL);
    CHECK_EQ(tarn_port_add(r->st, &port, NULL), 2);
    CHECK_EQ(tarn_port_set(r->st, 2, &port, r->now, NULL), 0);
    for (unsigned i = 0; i < 4; i++) {
        struct tarn_route any = {.port = 1 + i / 2, .metric = i / 2};

        if (i % 2 == 0)
            any.to = (struct tarn_prefix){.ip = tarn_ip4(0), .len = 96};
        CHECK_EQ(tarn_route_add(r->st, &any, r->now, NULL), 0);
    }
    for (unsigned i = 0; i < OURS && ours[i] != NULL; i++) {
        char mark = mark_of(ours[i]);
        struct tarn_address a = {.port = mark == 'o' ? 2 : RIG_PORT,
                                 .prefix = {ip_of(ours[i]), 64},
                                 .flags = TARN_ADDRESS_NODAD | TARN_ADDRESS_NOROUTE};

        if (tarn_ip_is4(&a.prefix.ip))
            a.prefix.len = 96 + 16;
        if (mark == 'd')
            a.flags |= TARN_ADDRESS_DEPRECATED;
        if (mark == 't')
            a.flags |= TARN_ADDRESS_TEMPORARY;
        CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
    }
}

static void expect_source(const struct example *e, int64_t temporary, uint16_t prefs)
{
    struct ip_info ip = {.dst = ip_of(e->theirs[0]), .source_prefs = prefs};
    struct tarn_ip want = ip_of(e->want);
    struct rig r;

    open_with(&r, e->ours);
    CHECK_EQ(tarn_param_set(r.st, "ip6.temporary", temporary), 0);
    if (tarn_ip_has_zone(&ip.dst))
        ip.zone = RIG_PORT + 1;
    CHECK_EQ(route_find(r.st, &ip, -1), 0);
    CHECK_MEM(ip.src.b, want.b, 16);
    rig_close(&r);
}

TEST(select, sources_are_those_of_rfc_6724)
{
    static const struct example examples[] = {
        {{"fe80::1", "2001:db8:3::1"}, {"2001:db8:1::1"}, "2001:db8:3::1"},
        {{"fe80::1", "2001:db8:3::1"}, {"ff05::1"}, "2001:db8:3::1"},
        {{"2001:db8:2::1", "fe80::2 d"}, {"fe80::1"}, "fe80::2"},
        {{"2001:db8:3::2", "2001:db8:1::2"}, {"2001:db8:1::1"}, "2001:db8:1::2"},
        {{"2001:db8:1::2", "2002:c633:6401::22e8 t"},
         {"2002:c633:6401::1"},
         "2002:c633:6401::22e8"},
        {{"2001:db8:1::2", "2001:db8:1::22e8 t"}, {"2001:db8:1::d5e3:0:0:1"}, "2001:db8:1::22e8"},
        {{"2001:db8:1::2 d", "2001:db8:9::3"}, {"2001:db8:1::1"}, "2001:db8:9::3"},
        {{"2001:db8:1::2 o", "2001:db8:9::3"}, {"2001:db8:1::1"}, "2001:db8:9::3"},
        {{"fe80::1", "2001:db8:9::3 o"}, {"2001:db8:1::1"}, "2001:db8:9::3"},
    };

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        expect_source(&examples[i], 2, 0);
}

TEST(select, our_own_address_is_reached_from_itself)
{
    const struct example e = {
        {"2001:db8:2::1", "2001:db8:1::1 d"}, {"2001:db8:1::1"}, "2001:db8:1::1"};

    expect_source(&e, 0, 0);
}

/* RFC 6724 5 rule 7, with what the administrator and the socket (RFC 5014) say about it. */
TEST(select, temporary_addresses_are_preferred_on_request)
{
    enum { TEMPORARY = 1, PUBLIC = 2 };
    struct example e = {
        {"2001:db8:1::2", "2001:db8:1::22e8 t"}, {"2001:db8:1::d5e3:0:0:1"}, "2001:db8:1::2"};

    expect_source(&e, 1, 0);
    expect_source(&e, 2, PUBLIC);
    e.want = "2001:db8:1::22e8";
    expect_source(&e, 2, 0);
    expect_source(&e, 1, TEMPORARY);
}

TEST(select, destinations_are_in_the_order_of_rfc_6724)
{
    static const struct example examples[] = {
        {{"2001:db8:1::2", "fe80::1", "169.254.13.78"},
         {"198.51.100.121", "2001:db8:1::1"},
         "2001:db8:1::1"},
        {{"fe80::1", "198.51.100.117"}, {"2001:db8:1::1", "198.51.100.121"}, "198.51.100.121"},
        {{"2001:db8:1::2", "fe80::1", "10.1.2.4"}, {"10.1.2.3", "2001:db8:1::1"}, "2001:db8:1::1"},
        {{"2002:c633:6401::2", "fe80::2"},
         {"2001:db8:1::1", "2002:c633:6401::1"},
         "2002:c633:6401::1"},
        {{"2002:c633:6401::2", "2001:db8:1::2", "fe80::2"},
         {"2002:c633:6401::1", "2001:db8:1::1"},
         "2001:db8:1::1"},
        {{"2001:db8:1::2 d", "10.1.2.4"}, {"2001:db8:1::1", "10.1.2.3"}, "10.1.2.3"},
        {{"10.1.2.4"}, {"2001:db8:1::1", "10.1.2.3"}, "10.1.2.3"},
        {{"2001:db8:1::2", "2001:db8:ffff::2"},
         {"2001:db8:7000::1", "2001:db8:1::9"},
         "2001:db8:1::9"},
        {{"2001:db8:1::2"}, {"2001:db8:1::9", "2001:db8:1::8"}, "2001:db8:1::9"},
    };

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *e = &examples[i];
        struct tarn_ip v[THEIRS] = {ip_of(e->theirs[0]), ip_of(e->theirs[1])};
        struct tarn_ip want = ip_of(e->want);
        struct rig r;

        open_with(&r, e->ours);
        tarn_address_sort(r.st, v, THEIRS);
        CHECK_MEM(v[0].b, want.b, 16);
        rig_close(&r);
    }
}
