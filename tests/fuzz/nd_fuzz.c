/* tests/fuzz/nd_fuzz.c - a message of neighbour discovery that is accepted comes back from what is
 * built of it, and so does each of its options that is well-formed. */
#include "tests/fuzz/check.h"
#include "wire/nd.h"

enum { OPTION_MAX = 255 * 8 };

/* The option that has been written is read as the same again. */
static struct nd_option reread(const uint8_t *p, const struct writer *w)
{
    struct nd_msg m = {.options = p, .options_bytes = (size_t)(w->at - p)};
    struct nd_option o;
    size_t at = 0;

    REQUIRE(!w->bad && nd_option_next(&m, &at, &o) && at == m.options_bytes);
    return o;
}

static void round_trip_prefix(const struct nd_option *o)
{
    uint8_t buf[OPTION_MAX];
    struct writer w = wr_init(buf, sizeof buf);
    struct nd_option again;
    struct nd_prefix a, b;

    if (!nd_prefix_parse(&a, o))
        return;
    nd_put_prefix(&w, &a);
    again = reread(buf, &w);
    REQUIRE(nd_prefix_parse(&b, &again));
    REQUIRE(a.len == b.len && a.on_link == b.on_link && a.autonomous == b.autonomous);
    REQUIRE(a.valid_s == b.valid_s && a.preferred_s == b.preferred_s);
    REQUIRE(memcmp(a.prefix, b.prefix, 16) == 0);
}

static void round_trip_route(const struct nd_option *o)
{
    uint8_t buf[OPTION_MAX];
    struct writer w = wr_init(buf, sizeof buf);
    struct nd_option again;
    struct nd_route a, b;

    if (!nd_route_parse(&a, o))
        return;
    nd_put_route(&w, &a);
    again = reread(buf, &w);
    REQUIRE(nd_route_parse(&b, &again));
    REQUIRE(a.len == b.len && a.preference == b.preference && a.lifetime_s == b.lifetime_s);
    REQUIRE(memcmp(a.prefix, b.prefix, 16) == 0);
}

static void walk_servers(const struct nd_option *o)
{
    uint8_t ip[16];
    uint32_t lifetime;
    unsigned n = 0;

    while (nd_rdnss_parse(o, n, ip, &lifetime))
        n++;
    REQUIRE((size_t)n * 16 <= o->n);
}

static void walk_domains(const struct nd_option *o)
{
    char name[ND_DOMAIN_BYTES], again[ND_DOMAIN_BYTES];
    uint8_t buf[OPTION_MAX];
    uint32_t lifetime;
    size_t at = 0;

    while (nd_dnssl_next(o, &at, name, &lifetime)) {
        struct writer w = wr_init(buf, sizeof buf);
        struct nd_option built;
        size_t from = 0;

        REQUIRE(at <= o->n && strlen(name) > 0 && strlen(name) < ND_DOMAIN_BYTES);
        nd_put_dnssl(&w, lifetime, name);
        built = reread(buf, &w);
        REQUIRE(nd_dnssl_next(&built, &from, again, &lifetime) && strcmp(name, again) == 0);
    }
}

static void walk_options(const struct nd_msg *m)
{
    struct nd_option o;
    size_t at = 0;

    while (nd_option_next(m, &at, &o)) {
        REQUIRE(o.data + o.n <= m->options + m->options_bytes);
        switch (o.type) {
        case ND_PREFIX: round_trip_prefix(&o); break;
        case ND_ROUTE: round_trip_route(&o); break;
        case ND_RDNSS: walk_servers(&o); break;
        case ND_DNSSL: walk_domains(&o); break;
        default: break;
        }
    }
}

/* The fixed part and the options that stand for themselves. */
static size_t build(uint8_t *p, size_t n, const struct nd_msg *m)
{
    struct writer w = wr_init(p, n);

    nd_put(&w, m);
    if (m->has_source_mac)
        nd_put_mac(&w, ND_SOURCE_MAC, m->source_mac);
    if (m->has_target_mac)
        nd_put_mac(&w, ND_TARGET_MAC, m->target_mac);
    if (m->has_nonce)
        nd_put_nonce(&w, m->nonce);
    if (m->mtu != 0)
        nd_put_mtu(&w, m->mtu);
    REQUIRE(!w.bad);
    return (size_t)(w.at - p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), once[128], twice[128];
    struct nd_msg m, again;

    if (nd_parse(&m, p, n) == WIRE_OK) {
        size_t bytes = build(once, sizeof once, &m);

        walk_options(&m);
        REQUIRE(nd_parse(&again, once, bytes) == WIRE_OK);
        REQUIRE(build(twice, sizeof twice, &again) == bytes && memcmp(once, twice, bytes) == 0);
    }
    free(p);
    return 0;
}
