/* app/mdns_claim.c - how names become and stay ours (RFC 6762 8, 9).
 *
 *      claim -> PROBING, 3 times a quarter of a second apart -> ANNOUNCING, twice -> READY
 *                  |                                                |
 *                  | an answer about the name: another one          | an answer that contradicts
 *                  +-> claim                                        +-> claim
 *
 * Two hosts that probe at the same time compare their records; the one whose are less waits a
 * second, and will then be answered by the other. */
#include "app/mdns.h"

enum {
    PROBES = 3,
    PROBE_MS = 250,
    ANNOUNCEMENTS = 2,
    LOSER_WAITS_MS = 1000,
    MANY_CONFLICTS = 15, /* RFC 6762 8.1: from then on 5 s for each attempt */
    MANY_WAITS_MS = 5000
};

void mdns_claim(struct mdns *m, tarn_ns now)
{
    uint32_t wait_ms = rng_below(&m->rng, PROBE_MS + 1);

    if (m->conflicts >= MANY_CONFLICTS)
        wait_ms += MANY_WAITS_MS;
    m->pending = 0;
    m->sent = 0;
    m->state = m->n_addresses > 0 ? MDNS_PROBING : MDNS_IDLE;
    m->due = m->n_addresses > 0 ? now + wait_ms * MDNS_MS : TARN_NEVER;
}

static void report_name(struct mdns *m, tarn_ns now)
{
    char text[TARN_DOMAIN_BYTES];

    if (m->with.report != NULL && dns_name_text(&m->host_name, text, sizeof text))
        m->with.report(m->with.report_ctx, TARN_MDNS_NAME, text, now);
}

void mdns_claim_tick(struct mdns *m, tarn_ns now)
{
    if (m->due > now)
        return;
    if (m->state == MDNS_PROBING && m->sent < PROBES) {
        m->sent++;
        m->due = now + PROBE_MS * MDNS_MS;
        mdns_probe(m, now);
        return;
    }
    if (m->state == MDNS_PROBING) {
        m->state = MDNS_ANNOUNCING;
        m->sent = 0;
        report_name(m, now);
    }
    m->due = now + MDNS_S;
    if (++m->sent == ANNOUNCEMENTS) {
        m->state = MDNS_READY;
        m->due = TARN_NEVER;
        m->conflicts = 0;
    }
    mdns_announce(m, mdns_all(m), false, now);
}

/* ---- Conflicts ---- */

/* Which of our names is it: an offer's, MDNS_OFFERS: the host's; -1: none. */
static int owner_of(const struct mdns *m, const struct dns_name *n)
{
    for (unsigned i = 0; i < m->n_services; i++)
        if (dns_name_equal(n, &m->service[i].instance))
            return (int)i;
    return dns_name_equal(n, &m->host_name) ? MDNS_OFFERS : -1;
}

/* Does the record contradict ours? What we would say ourselves does not. While a name is not ours
 * yet, whatever there is of it does. */
static bool contradicts(const struct mdns *m, const struct dns_reader *r,
                        const struct dns_record *rec)
{
    uint8_t data[2 * DNS_NAME_BYTES];
    size_t n = mdns_data_of(r, rec, data);
    bool same_type = false;
    struct mdns_record ours;

    for (unsigned i = 0; i < MDNS_NUMBERS; i++) {
        if (!mdns_record_at(m, i, &ours) || !ours.unique || ours.type != rec->type ||
            !dns_name_equal(&ours.name, &rec->name))
            continue;
        same_type = true;
        if (n == ours.data_bytes && memcmp(data, ours.data, n) == 0)
            return false;
    }
    return rec->type != DNS_NSEC && (same_type || m->state == MDNS_PROBING);
}

/* Somebody else has the name. If it was ours, that is tried again; else there is another. */
static void conflict(struct mdns *m, int owner, tarn_ns now)
{
    m->conflicts++;
    if (m->state == MDNS_PROBING) {
        struct mdns_label *l = owner == MDNS_OFFERS ? &m->host : &m->service[owner].label;

        l->attempt++;
        mdns_make_names(m);
    }
    mdns_claim(m, now);
}

void mdns_check_response(struct mdns *m, struct dns_reader r, tarn_ns now)
{
    struct dns_record rec;

    while (m->state != MDNS_IDLE && dns_next_record(&r, &rec)) {
        int owner = owner_of(m, &rec.name);

        if (owner < 0 || (rec.class & ~DNS_CLASS_FLAG) != DNS_IN || rec.ttl_s == 0 ||
            !contradicts(m, &r, &rec))
            continue;
        conflict(m, owner, now);
        return;
    }
}

/* ---- Probing at the same time (RFC 6762 8.2) ---- */

/* A record as it is compared; records are ordered by type and bytes, class being the same. */
struct rank {
    bool none; /* behind the last */
    uint16_t type, n;
    uint8_t data[2 * DNS_NAME_BYTES];
};

static int compare(const struct rank *a, const struct rank *b)
{
    size_t both = a->n < b->n ? a->n : b->n;
    int order;

    if (a->none || b->none)
        return (int)b->none - (int)a->none;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    order = memcmp(a->data, b->data, both);
    return order != 0 ? order : (int)a->n - (int)b->n;
}

/* Keep in `best` the least of what is above `after` (NULL: of all). */
static void choose(struct rank *best, const struct rank *after, const struct rank *candidate)
{
    if ((after == NULL || compare(candidate, after) > 0) &&
        (best->none || compare(candidate, best) < 0))
        *best = *candidate;
}

static void next_of_ours(const struct mdns *m, const struct dns_name *name,
                         const struct rank *after, struct rank *best)
{
    struct mdns_record r;

    best->none = true;
    for (unsigned i = 0; i < MDNS_DENIAL; i++) {
        struct rank candidate = {0};

        if (!mdns_record_at(m, i, &r) || !r.unique || !dns_name_equal(&r.name, name))
            continue;
        candidate.type = r.type;
        candidate.n = r.data_bytes;
        memcpy(candidate.data, r.data, r.data_bytes);
        choose(best, after, &candidate);
    }
}

static void next_of_theirs(struct dns_reader r, const struct dns_name *name,
                           const struct rank *after, struct rank *best)
{
    struct dns_record rec;

    best->none = true;
    while (dns_next_record(&r, &rec)) {
        struct rank candidate = {.type = rec.type};

        if (rec.section != DNS_AUTHORITY || !dns_name_equal(&rec.name, name))
            continue;
        candidate.n = (uint16_t)mdns_data_of(&r, &rec, candidate.data);
        if (candidate.n != 0)
            choose(best, after, &candidate);
    }
}

/* Are the probe's records of the name later than ours? Pair by pair, until two differ. */
static bool loses(const struct mdns *m, const struct dns_reader *r, const struct dns_name *name)
{
    struct rank ours, theirs, ours_before, theirs_before;

    next_of_ours(m, name, NULL, &ours);
    next_of_theirs(*r, name, NULL, &theirs);
    if (theirs.none)
        return false; /* not a probe for this name */
    while (!ours.none && !theirs.none && compare(&ours, &theirs) == 0) {
        ours_before = ours;
        theirs_before = theirs;
        next_of_ours(m, name, &ours_before, &ours);
        next_of_theirs(*r, name, &theirs_before, &theirs);
    }
    if (ours.none || theirs.none)
        return ours.none && !theirs.none; /* the longer list is later */
    return compare(&ours, &theirs) < 0;
}

void mdns_check_probe(struct mdns *m, struct dns_reader r, tarn_ns now)
{
    bool lost = false;

    if (m->state != MDNS_PROBING || r.h.count[DNS_AUTHORITY] == 0)
        return;
    for (unsigned i = 0; i < m->n_services && !lost; i++)
        lost = loses(m, &r, &m->service[i].instance);
    if (!lost && !loses(m, &r, &m->host_name))
        return;
    m->sent = 0;
    m->due = now + LOSER_WAITS_MS * MDNS_MS;
}
