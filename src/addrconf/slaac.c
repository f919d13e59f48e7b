/* addrconf/slaac.c - addresses that the stack makes: link-local ones (RFC 4862 5.3), and those of
 * prefixes that routers advertise (5.5). */
#include "addrconf/addrconf.h"

enum { TWO_HOURS_S = 7200 };

static const struct tarn_ip link_local = {{0xfe, 0x80}};

bool slaac_is(const struct address *a, unsigned port, const struct tarn_ip *prefix)
{
    if (a->info.port != port || address_is4(a) || port == PORT_LO)
        return false;
    if (a->info.origin != TARN_ORIGIN_RA && a->info.origin != TARN_ORIGIN_KERNEL)
        return false;
    return prefix == NULL || memcmp(prefix->b, a->info.prefix.ip.b, IID_BITS / 8) == 0;
}

static unsigned count(const struct tarn *st, unsigned port)
{
    unsigned n = 0;

    for (const struct address *a = NULL; (a = address_next(st, a)) != NULL;)
        n += slaac_is(a, port, NULL) && (a->info.flags & TARN_ADDRESS_TEMPORARY) == 0;
    return n;
}

/* The address of this prefix in its `tries`-th form; false: it is not to be had. */
static bool make(struct tarn *st, struct tarn_address *like, unsigned tries, tarn_ns now)
{
    struct tarn_ip prefix = like->prefix.ip;
    struct address *a;

    like->prefix.ip = iid_stable(st, like->port, &prefix, tries);
    like->flags = TARN_ADDRESS_NOROUTE;
    if (like->origin == TARN_ORIGIN_KERNEL)
        like->flags = 0;
    if (tarn_address_add(st, like, now, NULL) < 0)
        return false;
    a = address_find(st, like->port, &like->prefix.ip);
    if (a != NULL)
        a->tries = (uint8_t)tries;
    return a != NULL;
}

void slaac_link_local(struct tarn *st, unsigned port, tarn_ns now)
{
    struct tarn_address a = {
        .port = port, .prefix = {.ip = link_local, .len = IID_BITS}, .origin = TARN_ORIGIN_KERNEL};

    for (const struct address *old = NULL; (old = address_next(st, old)) != NULL;)
        if (slaac_is(old, port, &link_local))
            return;
    (void)make(st, &a, 0, now);
}

bool slaac_retry(struct tarn *st, const struct tarn_address *lost, unsigned tries, tarn_ns now)
{
    struct tarn_address again = *lost;

    return make(st, &again, tries, now);
}

/* RFC 4862 5.5.3 e: nobody can cut an address's life to less than two hours by an advertisement. */
static void renew(struct tarn *st, struct address *a, const struct nd_prefix *p, tarn_ns now)
{
    tarn_ns valid = addrconf_until(now, p->valid_s), two_hours = now + TWO_HOURS_S * ADDRCONF_S;

    if (valid > two_hours || valid > a->info.valid_until)
        a->info.valid_until = valid;
    else if (a->info.valid_until > two_hours)
        a->info.valid_until = two_hours;
    a->info.preferred_until = addrconf_until(now, p->preferred_s);
    address_changed(st, a, now);
}

/* What is there of this prefix lives on; false: there is nothing. */
static bool renew_all(struct tarn *st, unsigned port, const struct tarn_ip *prefix,
                      const struct nd_prefix *p, tarn_ns now)
{
    bool found = false;

    for (struct address *a = NULL; (a = address_next(st, a)) != NULL;) {
        if (!slaac_is(a, port, prefix) || (a->info.flags & TARN_ADDRESS_TEMPORARY) != 0)
            continue;
        renew(st, a, p, now);
        found = true;
    }
    return found;
}

/* Remember who advertises the prefix (RFC 6724 5 rule 5.5), of all its addresses: the latest goes
 * first, the oldest gives way. */
static void note_router(struct tarn *st, unsigned port, const struct tarn_ip *prefix,
                        const struct tarn_ip *router)
{
    for (struct address *a = NULL; (a = address_next(st, a)) != NULL;) {
        unsigned at = 0;

        if (!slaac_is(a, port, prefix))
            continue;
        while (at < ADDRESS_ROUTERS - 1 && !tarn_ip_equal(&a->router[at], router))
            at++;
        memmove(a->router + 1, a->router, at * sizeof *a->router);
        a->router[0] = *router;
    }
}

/* What the option says of addresses, new ones and old. */
static void take_prefix(struct tarn *st, const struct tarn_address *like, const struct nd_prefix *p,
                        tarn_ns now)
{
    struct tarn_address a = *like;

    if (renew_all(st, a.port, &a.prefix.ip, p, now)) {
        temporary_renew(st, a.port, p, now);
        return;
    }
    if (p->valid_s == 0 || count(st, a.port) >= RA_ADDRESSES)
        return;
    a.valid_until = addrconf_until(now, p->valid_s);
    a.preferred_until = addrconf_until(now, p->preferred_s);
    if (make(st, &a, 0, now))
        temporary_make(st, &a, now);
}

void slaac_prefix(struct tarn *st, unsigned port, const struct tarn_ip *router,
                  const struct nd_prefix *p, tarn_ns now)
{
    struct tarn_address a = {.port = port, .prefix = {.len = p->len}, .origin = TARN_ORIGIN_RA};

    memcpy(a.prefix.ip.b, p->prefix, sizeof a.prefix.ip.b);
    if (!p->autonomous || p->preferred_s > p->valid_s || p->len + IID_BITS != 128 ||
        tarn_ip_is_link_local(&a.prefix.ip) || tarn_ip_is_multicast(&a.prefix.ip))
        return;
    take_prefix(st, &a, p, now);
    note_router(st, port, &a.prefix.ip, router);
}
