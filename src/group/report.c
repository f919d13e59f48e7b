/* group/report.c - what routers are told of our groups, and when: the host's part of IGMPv3 and of
 * MLDv2 (RFC 9776 5, RFC 9777 6), which is one machine, and of their older versions.
 *
 * Theory of operation. A change of a group's filter is told at once and again at random times, as
 * often in all as the querier's robustness says. What is told is the difference to what the routers
 * knew before the first change that is still being told (`told`); after a change of mode, or when
 * changes have undone each other, the whole filter. A query is answered at a random time within its
 * limit: a general one for all groups of the port together, another by the group.
 *
 * Where a querier of an older version has been heard (RFC 9776 7.2.1, RFC 9777 8.2.1), groups are
 * reported one by one in its way, sources do not count, and somebody else's report spares ours.
 *
 * Invariants: changes_left > 0 exactly while change_at is a time; a group without members and with
 * changes_left == 0 does not exist. */
#include "group/group.h"

#include "base/array.h"
#include "base/bits.h"

enum {
    ROBUSTNESS = 2,
    UNSOLICITED_MS = 1000,      /* Unsolicited Report Interval */
    OLD_UNSOLICITED_MS = 10000, /* the same of version 1 and 2 */
    QUERY_INTERVAL_S = 125
};

void report_send(struct tarn *st, struct ip_info *ip, const uint8_t *message, size_t n, tarn_ns now)
{
    struct pkt *p = pkt_get(st, n, PKT_RX_ROOM + ip->n_options);

    if (p == NULL)
        st->drop[DROP_POOL_EMPTY]++;
    else if (pkt_append(st, p, message, n))
        ip_output(st, ip, p, now);
    else
        pkt_drop(st, p, DROP_POOL_EMPTY);
}

static tarn_ns within(struct tarn *st, uint32_t ms)
{
    return rng_below(&st->rng[STREAM_GROUP], ms < UINT32_MAX ? ms + 1 : ms) * GROUP_MS;
}

static bool is4(const struct group *g)
{
    return tarn_ip_is4(&g->ip);
}

static unsigned newest(bool four)
{
    return four ? 3 : 2;
}

/* The version to speak on the link. */
static unsigned version(const struct tarn *st, unsigned port, bool four, tarn_ns now)
{
    const struct group_link *link = group_link(st, port, four);
    unsigned v = (unsigned)st->param[four ? PARAM_IGMP_VERSION : PARAM_MLD_VERSION];

    for (unsigned older = 1; older < v; older++)
        if (link->older_until[older - 1] > now)
            return older;
    return v;
}

static bool is_modern(const struct tarn *st, const struct group *g, tarn_ns now)
{
    return version(st, g->port, is4(g), now) == newest(is4(g));
}

static unsigned robustness(const struct tarn *st, const struct group *g)
{
    const struct group_link *link = group_link(st, g->port, is4(g));

    return link->robustness != 0 ? link->robustness : ROBUSTNESS;
}

static void arm(struct tarn *st, struct group *g)
{
    wheel_arm(st, &st->wheel, &g->timer, min_u64(g->change_at, g->answer_at));
}

static void begin(struct report *r, unsigned port, bool four)
{
    if (four)
        igmp_report_begin(r, port);
    else
        mld_report_begin(r, port);
}

static void add(struct tarn *st, struct report *r, const struct group_record *rec, tarn_ns now)
{
    if (tarn_ip_is4(rec->group))
        igmp_report_add(st, r, rec, now);
    else
        mld_report_add(st, r, rec, now);
}

static void end(struct tarn *st, struct report *r, bool four, tarn_ns now)
{
    if (four)
        igmp_report_end(st, r, now);
    else
        mld_report_end(st, r, now);
}

static void say_old(struct tarn *st, const struct group *g, tarn_ns now)
{
    if (is4(g))
        igmp_report_old(st, g, version(st, g->port, true, now), now);
    else
        mld_report_old(st, g, now);
}

static void leave_old(struct tarn *st, const struct group *g, tarn_ns now)
{
    if (!is4(g))
        mld_leave_old(st, g, now);
    else if (version(st, g->port, true, now) == 2)
        igmp_leave_old(st, g, now);
}

/* Tell what has changed since `told`: new sources, and those that are no longer wanted. */
static void add_difference(struct tarn *st, struct report *r, struct group *g, tarn_ns now)
{
    struct tarn_ip picked[TARN_SOURCES_MAX];
    struct group_record rec = {.group = &g->ip, .source = picked};
    unsigned told = 0;

    rec.type = g->now.exclude ? GROUP_BLOCK : GROUP_ALLOW;
    rec.n = filter_minus(&g->now, &g->told, picked);
    told += rec.n;
    if (rec.n > 0)
        add(st, r, &rec, now);
    rec.type = g->now.exclude ? GROUP_ALLOW : GROUP_BLOCK;
    rec.n = filter_minus(&g->told, &g->now, picked);
    told += rec.n;
    if (rec.n > 0)
        add(st, r, &rec, now);
    g->mode_changed = told == 0;
}

static void say_change(struct tarn *st, struct group *g, tarn_ns now)
{
    struct group_record rec = {.group = &g->ip, .source = g->now.source, .n = g->now.n};
    struct report r;

    begin(&r, g->port, is4(g));
    if (!g->mode_changed)
        add_difference(st, &r, g, now);
    if (g->mode_changed) {
        rec.type = g->now.exclude ? GROUP_TO_EXCLUDE : GROUP_TO_INCLUDE;
        add(st, &r, &rec, now);
    }
    end(st, &r, is4(g), now);
}

/* Once more of changes_left. */
static void tell(struct tarn *st, struct group *g, tarn_ns now)
{
    bool modern = is_modern(st, g, now);

    if (modern)
        say_change(st, g, now);
    else
        say_old(st, g, now);
    g->changes_left--;
    g->change_at = TARN_NEVER;
    if (g->changes_left > 0)
        g->change_at = now + within(st, modern ? UNSOLICITED_MS : OLD_UNSOLICITED_MS);
    arm(st, g);
}

static void cancel(struct tarn *st, struct group *g)
{
    g->changes_left = 0;
    g->change_at = g->answer_at = TARN_NEVER;
    arm(st, g);
}

static bool is_told(const struct tarn *st, const struct group *g)
{
    return !g->quiet && g->port != PORT_LO && port_is_up(st, g->port);
}

void report_changed(struct tarn *st, struct group *g, const struct filter *old, tarn_ns now)
{
    if (!is_told(st, g)) {
        cancel(st, g);
        return;
    }
    if (is_modern(st, g, now)) {
        if (g->changes_left == 0) {
            g->told = *old;
            g->mode_changed = false;
        }
        g->mode_changed |= old->exclude != g->now.exclude;
        g->changes_left = (uint8_t)robustness(st, g);
        tell(st, g, now);
    } else if (filter_is_empty(&g->now)) {
        cancel(st, g);
        leave_old(st, g, now);
    } else if (filter_is_empty(old)) {
        g->changes_left = (uint8_t)robustness(st, g);
        tell(st, g, now);
    }
}

static void add_state(struct tarn *st, struct report *r, const struct group *g, tarn_ns now)
{
    struct group_record rec = {.type = g->now.exclude ? GROUP_IS_EXCLUDE : GROUP_IS_INCLUDE,
                               .group = &g->ip,
                               .source = g->now.source,
                               .n = g->now.n};

    if (!filter_is_empty(&g->now))
        add(st, r, &rec, now);
}

/* Which of the sources asked for are heard (RFC 9776 5.2); none: no answer. */
static void add_asked(struct tarn *st, struct report *r, const struct group *g, tarn_ns now)
{
    struct tarn_ip heard[TARN_SOURCES_MAX];
    struct group_record rec = {.type = GROUP_IS_INCLUDE, .group = &g->ip, .source = heard};

    for (unsigned i = 0; i < g->n_asked; i++)
        if (filter_hears(&g->now, &g->asked[i]))
            heard[rec.n++] = g->asked[i];
    if (rec.n > 0)
        add(st, r, &rec, now);
}

static void answer(struct tarn *st, struct group *g, tarn_ns now)
{
    struct report r;

    g->answer_at = TARN_NEVER;
    if (!is_modern(st, g, now)) {
        if (!filter_is_empty(&g->now))
            say_old(st, g, now);
    } else {
        begin(&r, g->port, is4(g));
        if (g->n_asked > 0)
            add_asked(st, &r, g, now);
        else
            add_state(st, &r, g, now);
        end(st, &r, is4(g), now);
    }
    g->n_asked = 0;
    arm(st, g);
}

static void answer_all(struct tarn *st, unsigned port, bool four, tarn_ns now)
{
    struct report r;

    begin(&r, port, four);
    list_each (st, &group_link(st, port, four)->groups, struct group, g)
        if (!g->quiet)
            add_state(st, &r, g, now);
    end(st, &r, four, now);
}

void report_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct group_layer *all = group_layer(st);
    ptrdiff_t at = (char *)t - (char *)all->link;
    struct group *g;

    if (at >= 0 && (size_t)at < sizeof all->link) {
        unsigned i = (unsigned)((size_t)at / sizeof all->link[0][0]);

        answer_all(st, i % PORT_MAX, i >= PORT_MAX, now);
        return;
    }
    g = container_of(t, struct group, timer);
    if (g->answer_at <= now)
        answer(st, g, now);
    if (g->change_at <= now)
        tell(st, g, now);
    group_release(st, g);
}

/* All groups of a family on the port begin anew, without anything that is still to be said. */
static void cancel_all(struct tarn *st, unsigned port, bool four)
{
    struct group_link *link = group_link(st, port, four);

    wheel_disarm(st, &st->wheel, &link->timer);
    list_each_safe (st, &link->groups, struct group, g) {
        cancel(st, g);
        group_release(st, g);
    }
}

void report_again(struct tarn *st, unsigned port, bool four, tarn_ns now)
{
    static const struct filter nobody;

    cancel_all(st, port, four);
    list_each (st, &group_link(st, port, four)->groups, struct group, g)
        report_changed(st, g, &nobody, now);
}

static void port_family(struct tarn *st, unsigned port, bool four, bool up, tarn_ns now)
{
    struct group_link *link = group_link(st, port, four);

    cancel_all(st, port, four);
    link->robustness = 0;
    link->older_until[0] = link->older_until[1] = 0;
    if (up)
        report_again(st, port, four, now);
}

void report_port(struct tarn *st, unsigned port, bool up, tarn_ns now)
{
    port_family(st, port, false, up, now);
    port_family(st, port, true, up, now);
}

/* A query of an older version holds the link to it for a while. */
static void learn_version(struct tarn *st, const struct group_query *q, tarn_ns now)
{
    struct group_link *link = group_link(st, q->port, q->four);
    unsigned times = link->robustness != 0 ? link->robustness : ROBUSTNESS;
    unsigned before = version(st, q->port, q->four, now);

    if (q->version < newest(q->four))
        link->older_until[q->version - 1] =
            now + times * QUERY_INTERVAL_S * GROUP_S + q->max_response_ms * GROUP_MS;
    else if (q->robustness != 0)
        link->robustness = q->robustness;
    if (version(st, q->port, q->four, now) != before)
        cancel_all(st, q->port, q->four);
}

/* Add to what the group is asked for; a question for the whole group swallows all others. */
static void add_question(struct group *g, const struct group_query *q, bool pending)
{
    bool all = q->n_sources == 0 || (pending && g->n_asked == 0) ||
               g->n_asked + q->n_sources > TARN_SOURCES_MAX;

    if (all) {
        g->n_asked = 0;
        return;
    }
    memcpy(g->asked + g->n_asked, q->source, q->n_sources * sizeof q->source[0]);
    g->n_asked = (uint16_t)(g->n_asked + q->n_sources);
}

static void schedule(struct tarn *st, struct group *g, const struct group_query *q, tarn_ns at)
{
    if (g->quiet)
        return;
    add_question(g, q, g->answer_at != TARN_NEVER);
    g->answer_at = min_u64(g->answer_at, at);
    arm(st, g);
}

static void query_general(struct tarn *st, const struct group_query *q, tarn_ns now)
{
    struct group_link *link = group_link(st, q->port, q->four);
    tarn_ns at;

    if (version(st, q->port, q->four, now) == newest(q->four)) {
        at = now + within(st, q->max_response_ms);
        wheel_arm(st, &st->wheel, &link->timer, min_u64(timer_at(&link->timer), at));
        return;
    }
    list_each (st, &link->groups, struct group, g)
        schedule(st, g, q, now + within(st, q->max_response_ms));
}

void report_query(struct tarn *st, const struct group_query *q, tarn_ns now)
{
    struct group *g;
    tarn_ns at;

    learn_version(st, q, now);
    if (q->general) {
        query_general(st, q, now);
        return;
    }
    g = group_find(st, q->port, &q->group);
    at = now + within(st, q->max_response_ms);
    if (g != NULL && timer_at(&group_link(st, q->port, q->four)->timer) > at)
        schedule(st, g, q, at);
}

void report_heard(struct tarn *st, unsigned port, const struct tarn_ip *group, tarn_ns now)
{
    struct group *g = group_find(st, port, group);

    if (g == NULL || is_modern(st, g, now))
        return;
    g->answer_at = TARN_NEVER;
    arm(st, g);
}
