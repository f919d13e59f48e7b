/* app/mdns_answer.c - being asked (RFC 6762 5.4, 6, 7).
 *
 * Answers to all wait 20 to 120 ms if others may have answers too, so that those do not collide and
 * become one message; none is told to all twice within a second. What the asker knows already is
 * left out. Simple resolvers, and who asks for it, are answered alone and at once. */
#include "app/mdns.h"

enum {
    SHARED_MS = 20,
    SHARED_SPREAD_MS = 100,
    MORE_MS = 400, /* known answers that did not fit are still to come (RFC 6762 7.2) */
    MORE_SPREAD_MS = 100,
    AGAIN_MS = 1000,
    AGAIN_PROBE_MS = 250 /* a probe must be answered before it becomes a name (RFC 6762 6) */
};

/* Leave out of `set` what the asker's known answers hold, with at least half their time left. */
static uint64_t without_known(const struct mdns *m, struct dns_reader r, uint64_t set)
{
    uint8_t data[2 * DNS_NAME_BYTES];
    struct mdns_record ours;
    struct dns_record rec;

    while (set != 0 && r.left[DNS_ANSWER] > 0 && dns_next_record(&r, &rec)) {
        size_t n = mdns_data_of(&r, &rec, data);

        for (unsigned i = 0; i < MDNS_NUMBERS; i++)
            if (mdns_has(set, i) && mdns_record_at(m, i, &ours) && ours.type == rec.type &&
                rec.ttl_s >= ours.ttl_s / 2 && n == ours.data_bytes &&
                memcmp(data, ours.data, n) == 0 && dns_name_equal(&ours.name, &rec.name))
                set &= ~mdns_one(i);
    }
    return set;
}

/* What was told to all within `ms`; 0: within a quarter of its lifetime. */
static uint64_t told_within(const struct mdns *m, uint64_t set, uint32_t ms, tarn_ns now)
{
    struct mdns_record r;
    uint64_t told = 0;

    for (unsigned i = 0; i < MDNS_NUMBERS; i++) {
        if (!mdns_has(set, i) || m->last_sent[i] == 0 || !mdns_record_at(m, i, &r))
            continue;
        if (now - m->last_sent[i] < (ms != 0 ? ms : r.ttl_s * 250) * MDNS_MS)
            told |= mdns_one(i);
    }
    return told;
}

static bool has_shared(const struct mdns *m, uint64_t set)
{
    struct mdns_record r;

    for (unsigned i = 0; i < MDNS_NUMBERS; i++)
        if (mdns_has(set, i) && mdns_record_at(m, i, &r) && !r.unique)
            return true;
    return false;
}

static void answer_later(struct mdns *m, const struct dns_reader *r, const struct mdns_from *from,
                         uint64_t set, tarn_ns now)
{
    uint32_t wait_ms = 0;

    if ((r->h.flags & DNS_TRUNCATED) != 0) {
        wait_ms = MORE_MS + rng_below(&m->rng, MORE_SPREAD_MS + 1);
        m->pending_from = from->addr.ip;
    } else if (has_shared(m, set)) {
        wait_ms = SHARED_MS + rng_below(&m->rng, SHARED_SPREAD_MS + 1);
    }
    if (m->pending == 0 || now + wait_ms * MDNS_MS < m->pending_due)
        m->pending_due = now + wait_ms * MDNS_MS;
    m->pending |= set;
}

/* The records that answer the message's questions; is an answer by unicast welcome to all? */
static uint64_t read_questions(const struct mdns *m, struct dns_reader *r, bool *unicast)
{
    struct dns_question q;
    uint64_t set = 0;

    *unicast = true;
    while (dns_next_question(r, &q)) {
        uint16_t class = q.class & (uint16_t)~DNS_CLASS_FLAG;

        *unicast = *unicast && (q.class & DNS_CLASS_FLAG) != 0;
        if (class == DNS_IN || class == DNS_CLASS_ANY)
            set |= mdns_matches(m, &q);
    }
    return set;
}

void mdns_asked(struct mdns *m, struct dns_reader r, const struct mdns_from *from, tarn_ns now)
{
    struct dns_reader whole = r;
    bool unicast, is_probe = r.h.count[DNS_AUTHORITY] > 0;
    uint64_t set, alone = 0;

    if (m->state != MDNS_ANNOUNCING && m->state != MDNS_READY)
        return;
    if (r.h.count[DNS_QUESTION] == 0) { /* more known answers of who asked before */
        if (tarn_ip_equal(&m->pending_from, &from->addr.ip))
            m->pending = without_known(m, r, m->pending);
        return;
    }
    set = read_questions(m, &r, &unicast);
    if (set != 0 && from->addr.port != MDNS_PORT) {
        mdns_answer_one(m, from, set, &whole, now);
        return;
    }
    set = without_known(m, r, set);
    if (!from->to_group)
        alone = set;
    else if (unicast)
        alone = told_within(m, set, 0, now);
    if (alone != 0)
        mdns_answer_one(m, from, alone, NULL, now);
    set &= ~alone;
    set &= ~told_within(m, set, is_probe ? AGAIN_PROBE_MS : AGAIN_MS, now);
    if (set != 0)
        answer_later(m, &whole, from, set, now);
}

void mdns_answer_tick(struct mdns *m, tarn_ns now)
{
    uint64_t set = m->pending;

    if (set == 0 || m->pending_due > now)
        return;
    m->pending = 0;
    memset(&m->pending_from, 0, sizeof m->pending_from);
    mdns_announce(m, set, false, now);
}
