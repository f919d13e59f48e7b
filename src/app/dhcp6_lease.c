/* app/dhcp6_lease.c - what a DHCPv6 lease means for the stack: an address with its lifetimes, and
 * resolvers. A delegated prefix is told to the embedder, who knows what to do with it.
 *
 * The address is a /128: which prefixes are on the link is what routers say (RFC 5942 4). */
#include "app/dhcp6.h"
#include "base/bits.h"

/* However short a lease is, it is not renewed sooner than this. */
enum { T1_MIN_S = 30 };

static tarn_ns after(uint32_t seconds, tarn_ns now)
{
    return seconds == DHCP6_FOREVER ? TARN_NEVER : now + seconds * APP_SECOND;
}

static struct tarn_address address_of(const struct dhcp6 *d)
{
    return (struct tarn_address){.port = d->port,
                                 .prefix = {.ip = d->lease.address, .len = 128},
                                 .origin = TARN_ORIGIN_DHCP,
                                 .flags = TARN_ADDRESS_NOROUTE};
}

static void del_address(struct dhcp6 *d, tarn_ns now)
{
    struct tarn_address a = address_of(d);

    if (d->address)
        (void)tarn_address_del(d->with.st, &a, now, NULL);
    d->address = false;
}

static int set_address(struct dhcp6 *d, const struct dhcp6_lease *l, tarn_ns now)
{
    struct tarn_address a;
    int err;

    if (!tarn_ip_equal(&d->lease.address, &l->ip))
        del_address(d, now);
    d->lease.address = l->ip;
    d->address_ends = after(l->valid_s, now);
    a = address_of(d);
    a.preferred_until = after(l->preferred_s, now);
    a.valid_until = d->address_ends;
    err = tarn_address_add(d->with.st, &a, now, NULL);
    d->address |= err == 0;
    return err;
}

/* T1 and T2 as given, or half and four fifths of the shorter preferred lifetime (RFC 9915 21.4). */
static void set_times(struct dhcp6 *d, tarn_ns now)
{
    const struct dhcp6_offer *o = &d->offer;
    uint32_t preferred = DHCP6_FOREVER, t1 = o->t1_s, t2 = o->t2_s;

    if (o->address.valid_s != 0)
        preferred = o->address.preferred_s;
    if (o->prefix.valid_s != 0)
        preferred = min_u32(preferred, o->prefix.preferred_s);
    if (t1 == 0)
        t1 = preferred == DHCP6_FOREVER ? DHCP6_FOREVER : preferred / 2;
    if (t2 == 0)
        t2 = preferred == DHCP6_FOREVER ? DHCP6_FOREVER : (uint32_t)((uint64_t)preferred * 4 / 5);
    t1 = max_u32(t1, T1_MIN_S);
    t2 = max_u32(t2, t1);
    d->t1_at = after(t1, now);
    d->t2_at = after(t2, now);
    d->lease.t1_s = t1;
    d->lease.t2_s = t2;
}

static void set_prefix(struct dhcp6 *d, const struct dhcp6_lease *l, tarn_ns now)
{
    d->lease.delegated = (struct tarn_prefix){.ip = l->ip, .len = l->len};
    d->prefix_ends = after(l->valid_s, now);
}

int dhcp6_lease_take(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now)
{
    const struct dhcp6_lease *main =
        d->offer.address.valid_s != 0 ? &d->offer.address : &d->offer.prefix;
    int err = 0;

    if (d->offer.address.valid_s != 0)
        err = set_address(d, &d->offer.address, now);
    if (err < 0)
        return err;
    if (d->offer.prefix.valid_s != 0)
        set_prefix(d, &d->offer.prefix, now);
    d->leased = true;
    d->lease.preferred_s = main->preferred_s;
    d->lease.valid_s = main->valid_s;
    set_times(d, now);
    dhcp6_names_set(d, m, now);
    return 0;
}

static struct tarn_resolver server_of(const struct dhcp6 *d, unsigned i)
{
    struct tarn_resolver r = {
        .port = d->port, .origin = TARN_ORIGIN_DHCP, .server = {.ip = d->names.dns[i]}};

    r.server.zone = tarn_ip_has_zone(&r.server.ip) ? d->port + 1 : 0;
    return r;
}

static struct tarn_resolver domain_of(const struct dhcp6 *d, unsigned i)
{
    struct tarn_resolver r = {.port = d->port, .origin = TARN_ORIGIN_DHCP};

    memcpy(r.domain, d->names.domain[i], sizeof r.domain);
    return r;
}

static void each_name(struct dhcp6 *d, tarn_ns now,
                      int (*act)(struct tarn *, const struct tarn_resolver *, tarn_ns,
                                 struct tarn_control_error *))
{
    struct tarn_resolver r;

    for (unsigned i = 0; i < d->names.n_dns; i++) {
        r = server_of(d, i);
        (void)act(d->with.st, &r, now, NULL);
    }
    for (unsigned i = 0; i < d->names.n_domains; i++) {
        r = domain_of(d, i);
        (void)act(d->with.st, &r, now, NULL);
    }
}

static void names_of(const struct dhcp6_msg *m, struct dhcp6_names *n)
{
    for (unsigned i = 0; i < m->dns.n; i++)
        n->dns[n->n_dns++] = m->dns.ip[i];
    for (unsigned i = 0; i < m->n_search; i++)
        memcpy(n->domain[n->n_domains++], m->search[i], sizeof m->search[i]);
}

void dhcp6_names_set(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now)
{
    struct dhcp6_names names = {0};

    if (m != NULL) {
        names_of(m, &names);
        for (unsigned i = 0; i < m->ntp.n; i++)
            d->lease.ntp[i] = m->ntp.ip[i];
    }
    if (memcmp(&names, &d->names, sizeof names) == 0)
        return;
    each_name(d, now, tarn_resolver_del);
    memcpy(&d->names, &names, sizeof names);
    each_name(d, now, tarn_resolver_add);
}

void dhcp6_lease_clear(struct dhcp6 *d, tarn_ns now)
{
    del_address(d, now);
    dhcp6_names_set(d, NULL, now);
    d->leased = false;
    d->address_ends = d->prefix_ends = 0;
    d->lease = (struct tarn_dhcp6_lease){0};
}

int dhcp6_address_flags(const struct dhcp6 *d)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(d->with.st, &cursor, &a))
        if (a.port == d->port && tarn_ip_equal(&a.prefix.ip, &d->lease.address))
            return a.flags;
    return -1;
}

tarn_ns dhcp6_lease_end(const struct dhcp6 *d)
{
    return max_u64(d->address_ends, d->prefix_ends);
}
