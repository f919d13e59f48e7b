/* app/dns.c - the stub resolver (RFC 1034 5.3.1, RFC 1035 7): questions of the application, what
 * they ask for, and their ends.
 *
 * A question is for the addresses of a name. It tries the name as it is and within the search
 * domains, in the order that `ndots` gives, until one of these candidates has an address. For each
 * it has a query for A, one for AAAA, or both at once; queries (app/dns_query.c) go from server to
 * server by themselves, and are shared by questions for the same name: two that are alike and under
 * way would make a forged answer twice as likely to fit (RFC 5452 5).
 *
 * An answer must come from the server asked to the random port, with the random id and the letters
 * of the name in the random case that were sent. There is no cache; TTLs are for the caller's.
 *
 * Invariants: a query's `users` is the number of open questions that name it; a question is told of
 * its end once, and is not there any more when it is told. */
#include "app/dns.h"

#define DEFAULT_ATTEMPTS   2
#define DEFAULT_TIMEOUT_MS 5000

enum { MAX_ATTEMPTS = 32, MAX_TIMEOUT_MS = 600000 };

/* ---- Candidates of the search list ---- */

static unsigned candidates_of(const struct dns *d, const struct dns_question_open *o)
{
    return o->absolute ? 1 : 1u + d->n_search;
}

/* The name as it is stands first if it has enough dots, else last. */
static struct dns_name candidate_at(const struct dns *d, const struct dns_question_open *o)
{
    unsigned k = o->candidate, as_is = o->dots >= d->config.ndots ? 0 : d->n_search;
    struct dns_name n = o->name;

    if (o->absolute || k == as_is)
        return n;
    (void)dns_name_join(&n, &o->name, &d->search[k - (as_is == 0)]); /* too long: once more as is */
    return n;
}

static void ask_candidate(struct dns *d, struct dns_question_open *o, tarn_ns now)
{
    struct dns_name n = candidate_at(d, o);

    o->n_queries = 0;
    if (o->loopback)
        return;
    if (o->family != TARN_INET)
        o->query[o->n_queries++] = (uint8_t)dns_query_begin(d, &n, DNS_AAAA, now);
    if (o->family != TARN_INET6)
        o->query[o->n_queries++] = (uint8_t)dns_query_begin(d, &n, DNS_A, now);
}

/* ---- Ends ---- */

static void end_queries(struct dns *d, struct dns_question_open *o, tarn_ns now)
{
    for (unsigned i = 0; i < o->n_queries; i++)
        dns_query_end(d, o->query[i], now);
    o->n_queries = 0;
}

static bool is_settled(const struct dns *d, const struct dns_question_open *o)
{
    for (unsigned i = 0; i < o->n_queries; i++)
        if (d->query[o->query[i]].state != DNS_DONE)
            return false;
    return o->open;
}

/* Add up to `room` addresses of one query to the answer. */
static void add_found(struct tarn_dns_answer *a, const struct dns_found *f, unsigned room)
{
    unsigned n = f->n < room ? f->n : room;
    struct dns_name canonical = f->canonical; /* maybe in the case that we have mixed */

    if (n == 0)
        return;
    dns_name_lower(&canonical);
    if (a->n == 0)
        (void)dns_name_text(&canonical, a->canonical, sizeof a->canonical);
    memcpy(a->ip + a->n, f->ip, n * sizeof *f->ip);
    a->ttl_s = a->n == 0 || f->ttl_s < a->ttl_s ? f->ttl_s : a->ttl_s;
    a->n += n;
}

/* RFC 6761 6.3: whoever has the name servers must not say where this host is. */
static void add_loopback(struct tarn_dns_answer *a, const struct dns_question_open *o)
{
    struct dns_found f = {.ttl_s = UINT32_MAX, .canonical = o->name};

    if (o->family != TARN_INET)
        f.ip[f.n++] = (struct tarn_ip){{[15] = 1}};
    if (o->family != TARN_INET6)
        f.ip[f.n++] = tarn_ip4(0x7f000001);
    a->exists = true;
    add_found(a, &f, TARN_DNS_ADDRESSES);
}

/* What the queries of a candidate have found, with room for both families. */
static void collect(struct dns *d, struct dns_question_open *o)
{
    struct tarn_dns_answer *a = &d->answer;

    *a = (struct tarn_dns_answer){.question = o->question};
    for (unsigned i = 0; i < o->n_queries; i++) {
        const struct dns_found *f = &d->query[o->query[i]].found;
        unsigned others = i + 1 < o->n_queries ? d->query[o->query[i + 1]].found.n : 0;
        unsigned kept = others < TARN_DNS_ADDRESSES / 2 ? others : TARN_DNS_ADDRESSES / 2;

        add_found(a, f, TARN_DNS_ADDRESSES - a->n - kept);
        if (f->error != 0 && f->error != -TARN_ENOENT)
            o->worst = f->error;
        o->exists = o->exists || f->exists;
    }
    a->exists = o->exists;
    if (o->loopback)
        add_loopback(a, o);
    tarn_address_sort(d->with.st, a->ip, a->n);
}

/* Both queries of a candidate have ended: that is the answer, or the next candidate's turn. */
static void conclude(struct dns *d, struct dns_question_open *o, tarn_ns now)
{
    struct tarn_dns_answer *a = &d->answer;

    collect(d, o);
    end_queries(d, o, now);
    if (a->n == 0 && o->worst != -TARN_ETIMEDOUT && ++o->candidate < candidates_of(d, o)) {
        ask_candidate(d, o, now);
        return;
    }
    if (a->n == 0)
        a->error = o->worst != 0 ? o->worst : -TARN_ENOENT;
    o->open = false;
    if (d->with.report != NULL)
        d->with.report(d->with.report_ctx, TARN_DNS_ANSWER, a, now);
}

static void settle(struct dns *d, tarn_ns now)
{
    for (unsigned i = 0; i < TARN_DNS_QUESTIONS; i++)
        if (is_settled(d, &d->question[i]))
            conclude(d, &d->question[i], now);
}

/* ---- What the caller asks ---- */

static unsigned dots_of(const struct dns_name *n)
{
    unsigned labels = 0;

    for (unsigned at = 0; n->b[at] != 0; at += 1u + n->b[at])
        labels++;
    return labels - 1;
}

/* Does the text end in a dot that is not escaped? */
static bool is_absolute(const char *text)
{
    bool dot = false;

    for (; *text != '\0'; text++) {
        dot = *text == '.';
        if (*text == '\\' && text[1] != '\0')
            text++;
    }
    return dot;
}

int tarn_dns_ask(void *state, const char *name, int family, uint64_t question, tarn_ns now)
{
    struct dns *d = state;
    struct dns_question_open o = {.open = true, .family = (uint8_t)family, .question = question};
    struct dns_name localhost;

    if ((family != 0 && family != TARN_INET && family != TARN_INET6) ||
        !dns_name_from_text(&o.name, name) || o.name.len == 1)
        return -TARN_EINVAL;
    o.dots = (uint8_t)dots_of(&o.name);
    o.absolute = is_absolute(name);
    (void)dns_name_from_text(&localhost, "localhost");
    o.loopback = dns_name_within(&o.name, &localhost);
    for (unsigned i = 0; i < TARN_DNS_QUESTIONS; i++) {
        if (d->question[i].open)
            continue;
        d->question[i] = o;
        ask_candidate(d, &d->question[i], now);
        return 0;
    }
    return -TARN_ENOBUFS;
}

void tarn_dns_cancel(void *state, uint64_t question, tarn_ns now)
{
    struct dns *d = state;

    for (unsigned i = 0; i < TARN_DNS_QUESTIONS; i++) {
        struct dns_question_open *o = &d->question[i];

        if (o->open && o->question == question) {
            end_queries(d, o, now);
            o->open = false;
        }
    }
}

/* ---- The service ---- */

static bool same_server(const struct tarn_addr *a, const struct tarn_addr *b)
{
    return tarn_ip_equal(&a->ip, &b->ip) && a->zone == b->zone && a->port == b->port;
}

static void add_resolver(struct dns *d, const struct tarn_resolver *r)
{
    struct tarn_addr server = r->server;

    if (r->domain[0] != '\0') {
        if (d->n_search < DNS_SEARCH && dns_name_from_text(&d->search[d->n_search], r->domain))
            d->n_search++;
        return;
    }
    if (tarn_ip_is_any(&server.ip) || d->n_servers == DNS_SERVERS)
        return;
    if (server.port == 0)
        server.port = DNS_PORT;
    if (tarn_ip_has_zone(&server.ip) && server.zone == 0)
        server.zone = r->port + 1;
    for (unsigned i = 0; i < d->n_servers; i++)
        if (same_server(&d->server[i], &server))
            return; /* routers and DHCP may name the same one */
    d->server[d->n_servers++] = server;
}

/* Servers and search domains as the stack has them; are the servers others than before? */
static bool learn(struct dns *d)
{
    struct tarn_addr before[DNS_SERVERS];
    unsigned n_before = d->n_servers;
    struct tarn_resolver r;
    uint32_t cursor = 0;
    bool same;

    memcpy(before, d->server, sizeof before);
    d->n_servers = d->n_search = 0;
    while (tarn_resolver_next(d->with.st, &cursor, &r))
        add_resolver(d, &r);
    same = d->n_servers == n_before;
    for (unsigned i = 0; same && i < n_before; i++)
        same = same_server(&before[i], &d->server[i]);
    if (!same)
        d->first = 0;
    return !same;
}

static int open(void *state, const struct tarn_service_with *with, tarn_ns now)
{
    struct dns *d = state;

    (void)now;
    d->with = *with;
    if (with->config != NULL)
        d->config = *(const struct tarn_dns_config *)with->config;
    if (d->config.attempts > MAX_ATTEMPTS || d->config.timeout_ms > MAX_TIMEOUT_MS)
        return -TARN_EINVAL;
    if (d->config.attempts == 0)
        d->config.attempts = DEFAULT_ATTEMPTS;
    if (d->config.timeout_ms == 0)
        d->config.timeout_ms = DEFAULT_TIMEOUT_MS;
    if (d->config.ndots == 0)
        d->config.ndots = 1;
    app_rng_init(&d->rng, with);
    (void)learn(d);
    return 0;
}

static void ready(void *state, tarn_sock s, unsigned bits, tarn_ns now)
{
    struct dns *d = state;

    for (unsigned i = 0; i < DNS_QUERIES; i++) {
        struct dns_query *q = &d->query[i];

        if (q->state != DNS_FREE && q->sock.slot == s.slot && q->sock.gen == s.gen) {
            dns_query_ready(d, q, bits, now);
            break;
        }
    }
    settle(d, now);
}

static void changed(void *state, tarn_ns now)
{
    struct dns *d = state;

    if (learn(d))
        for (unsigned i = 0; i < DNS_QUERIES; i++)
            dns_query_resume(d, &d->query[i], now);
    settle(d, now);
}

/* Does its deadline count? */
static bool is_under_way(const struct dns_query *q)
{
    return q->state != DNS_FREE && q->state != DNS_DONE;
}

static tarn_ns deadline(const void *state)
{
    const struct dns *d = state;
    tarn_ns due = TARN_NEVER;

    for (unsigned i = 0; i < TARN_DNS_QUESTIONS; i++)
        if (is_settled(d, &d->question[i]))
            return 0;
    for (unsigned i = 0; i < DNS_QUERIES; i++)
        if (is_under_way(&d->query[i]) && d->query[i].deadline < due)
            due = d->query[i].deadline;
    return due;
}

static void tick(void *state, tarn_ns now)
{
    struct dns *d = state;

    for (unsigned i = 0; i < DNS_QUERIES; i++)
        if (is_under_way(&d->query[i]) && d->query[i].deadline <= now)
            dns_query_expire(d, &d->query[i], now);
    settle(d, now);
}

static void close(void *state, tarn_ns now)
{
    struct dns *d = state;

    for (unsigned i = 0; i < TARN_DNS_QUESTIONS; i++) {
        end_queries(d, &d->question[i], now);
        d->question[i].open = false;
    }
}

const struct tarn_service service_dns = {
    .name = "dns",
    .state_bytes = sizeof(struct dns),
    .open = open,
    .ready = ready,
    .changed = changed,
    .deadline = deadline,
    .tick = tick,
    .close = close,
};
