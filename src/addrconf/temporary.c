/* addrconf/temporary.c - temporary addresses (RFC 8981): beside each stable address of a prefix one
 * with a random identifier, for a day; its successor is there before that ends.
 *
 * DESYNC_FACTOR, which keeps hosts from changing all at once, is a keyed hash of the address: so it
 * is known again whenever an advertisement renews the address, without being remembered. */
#include "addrconf/addrconf.h"

#include "base/bits.h"
#include "base/bytes.h"

enum {
    VALID_S = 2 * 86400,   /* TEMP_VALID_LIFETIME */
    PREFERRED_S = 86400,   /* TEMP_PREFERRED_LIFETIME */
    DESYNC_S = 34560,      /* MAX_DESYNC_FACTOR: 0.4 of it */
    REGEN_ADVANCE_BASE = 2 /* seconds; RFC 8981 3.8 */
};

static bool is_temporary(const struct address *a)
{
    return (a->info.flags & TARN_ADDRESS_TEMPORARY) != 0;
}

static tarn_ns regenerate_advance(const struct tarn *st)
{
    return (REGEN_ADVANCE_BASE + (tarn_ns)(IDGEN_RETRIES * st->param[PARAM_IP6_DAD_TRANSMITS] *
                                           st->param[PARAM_NEIGH_RETRANS_MS] / 1000)) *
           ADDRCONF_S;
}

/* How long an address is preferred at most. */
static tarn_ns preferred_ns(const struct tarn *st, const struct tarn_ip *ip)
{
    uint64_t hash = siphash24(&addrconf_layer(st)->stable_key, ip->b, sizeof ip->b);

    return (PREFERRED_S - hash % DESYNC_S) * ADDRCONF_S;
}

/* One of the prefix of `like`, with lifetimes not beyond those; false: there is none to be had. */
static bool make(struct tarn *st, const struct tarn_address *like, unsigned tries, tarn_ns now)
{
    struct tarn_address t = *like;
    struct address *a;

    t.prefix.ip = iid_random(st, &like->prefix.ip);
    t.valid_until = min_u64(like->valid_until, now + VALID_S * ADDRCONF_S);
    t.preferred_until = min_u64(like->preferred_until, now + preferred_ns(st, &t.prefix.ip));
    t.flags = TARN_ADDRESS_NOROUTE | TARN_ADDRESS_TEMPORARY;
    if (t.preferred_until <= now + regenerate_advance(st) ||
        tarn_address_add(st, &t, now, NULL) < 0)
        return false;
    a = address_find(st, t.port, &t.prefix.ip);
    if (a != NULL)
        a->tries = (uint8_t)tries;
    return a != NULL;
}

void temporary_make(struct tarn *st, const struct tarn_address *a, tarn_ns now)
{
    if (st->param[PARAM_IP6_TEMPORARY] != 0)
        (void)make(st, a, 0, now);
}

bool temporary_retry(struct tarn *st, const struct tarn_address *lost, unsigned tries, tarn_ns now)
{
    return make(st, lost, tries, now);
}

tarn_ns temporary_regenerate_at(const struct tarn *st, const struct address *a)
{
    tarn_ns advance = regenerate_advance(st);

    if (!is_temporary(a) || a->succeeded || a->info.preferred_until == TARN_NEVER)
        return TARN_NEVER;
    return a->info.preferred_until > advance ? a->info.preferred_until - advance : 0;
}

void temporary_regenerate(struct tarn *st, struct address *a, tarn_ns now)
{
    a->succeeded = true;
    for (const struct address *s = NULL; (s = address_next(st, s)) != NULL;) {
        if (!slaac_is(s, a->info.port, &a->info.prefix.ip) || is_temporary(s))
            continue;
        temporary_make(st, &s->info, now);
        return;
    }
}

void temporary_renew(struct tarn *st, unsigned port, const struct nd_prefix *p, tarn_ns now)
{
    struct tarn_ip prefix;

    memcpy(prefix.b, p->prefix, sizeof prefix.b);
    for (struct address *a = NULL; (a = address_next(st, a)) != NULL;) {
        if (!slaac_is(a, port, &prefix) || !is_temporary(a))
            continue;
        a->info.valid_until =
            min_u64(addrconf_until(now, p->valid_s), a->created + VALID_S * ADDRCONF_S);
        a->info.preferred_until = min_u64(addrconf_until(now, p->preferred_s),
                                          a->created + preferred_ns(st, &a->info.prefix.ip));
        address_changed(st, a, now);
    }
}
