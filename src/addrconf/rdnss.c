/* addrconf/rdnss.c - name servers and search domains that routers advertise (RFC 8106 5). They are
 * at most half of the table of resolvers, so that a chatty router leaves room for what DHCP and the
 * user say. */
#include "addrconf/addrconf.h"

enum { LEARNED_MAX = 16 };

/* The n-th record that advertisements have left; of `port`, or of any when it is PORT_MAX. */
static bool find(const struct tarn *st, unsigned port, unsigned n, struct tarn_resolver *out)
{
    uint32_t cursor = 0;

    while (tarn_resolver_next(st, &cursor, out))
        if (out->origin == TARN_ORIGIN_RA && (port == PORT_MAX || out->port == port) && n-- == 0)
            return true;
    return false;
}

static bool is_known(const struct tarn *st, const struct tarn_resolver *r)
{
    struct tarn_resolver old;

    for (unsigned i = 0; find(st, r->port, i, &old); i++)
        if (tarn_ip_equal(&old.server.ip, &r->server.ip) &&
            memcmp(old.domain, r->domain, sizeof r->domain) == 0)
            return true;
    return false;
}

/* Take in one record with the lifetime of its option; 0 takes it away. */
static void learn(struct tarn *st, struct tarn_resolver *r, uint32_t lifetime_s, tarn_ns now)
{
    struct tarn_resolver last;

    r->origin = TARN_ORIGIN_RA;
    r->valid_until = addrconf_until(now, lifetime_s);
    if (lifetime_s == 0)
        (void)tarn_resolver_del(st, r, now, NULL);
    else if (is_known(st, r) || !find(st, PORT_MAX, LEARNED_MAX - 1, &last))
        (void)tarn_resolver_add(st, r, now, NULL);
}

static void learn_servers(struct tarn *st, unsigned port, const struct nd_option *o, tarn_ns now)
{
    uint32_t lifetime;
    struct tarn_ip ip;

    for (unsigned i = 0; nd_rdnss_parse(o, i, ip.b, &lifetime); i++) {
        struct tarn_resolver r = {.port = port, .server = {.ip = ip}};

        if (tarn_ip_has_zone(&ip))
            r.server.zone = port + 1;
        if (!tarn_ip_is_multicast(&ip) && !tarn_ip_is_loopback(&ip) && !tarn_ip_is4(&ip))
            learn(st, &r, lifetime, now);
    }
}

static void learn_domains(struct tarn *st, unsigned port, const struct nd_option *o, tarn_ns now)
{
    char name[ND_DOMAIN_BYTES];
    uint32_t lifetime;
    size_t at = 0;

    while (nd_dnssl_next(o, &at, name, &lifetime)) {
        struct tarn_resolver r = {.port = port};

        for (unsigned i = 0; name[i] != '\0'; i++)
            r.domain[i] = name[i];
        learn(st, &r, lifetime, now);
    }
}

void rdnss_learn(struct tarn *st, unsigned port, const struct nd_option *o, tarn_ns now)
{
    if (o->type == ND_RDNSS)
        learn_servers(st, port, o, now);
    else
        learn_domains(st, port, o, now);
}

void rdnss_forget_port(struct tarn *st, unsigned port, tarn_ns now)
{
    struct tarn_resolver r;

    while (find(st, port, 0, &r))
        if (tarn_resolver_del(st, &r, now, NULL) < 0)
            return;
}
