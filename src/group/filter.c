/* group/filter.c - source filters: the sum of what several members want, and differences of sets.
 *
 * RFC 9776 3.2: if any member excludes, the group excludes those whom all of these exclude and
 * nobody includes; else it includes all whom somebody includes. A sum that names more sources than
 * a filter holds excludes nobody: too much is heard, and each member's own filter still stands. */
#include "group/group.h"

static bool names(const struct tarn_ip *source, unsigned n, const struct tarn_ip *ip)
{
    for (unsigned i = 0; i < n; i++)
        if (tarn_ip_equal(&source[i], ip))
            return true;
    return false;
}

unsigned filter_minus(const struct filter *a, const struct filter *b, struct tarn_ip *out)
{
    unsigned n = 0;

    for (unsigned i = 0; i < a->n; i++)
        if (!names(b->source, b->n, &a->source[i]))
            out[n++] = a->source[i];
    return n;
}

bool filter_equal(const struct filter *a, const struct filter *b)
{
    struct tarn_ip rest[TARN_SOURCES_MAX];

    return a->exclude == b->exclude && a->n == b->n && filter_minus(a, b, rest) == 0;
}

bool filter_hears(const struct filter *f, const struct tarn_ip *src)
{
    return names(f->source, f->n, src) != f->exclude;
}

/* Would the sum exclude `ip`: does every member? */
static bool all_refuse(const struct tarn *st, const struct group *g, const struct tarn_ip *ip)
{
    list_each (st, &g->members, struct membership, m)
        if (membership_hears(m, ip))
            return false;
    return true;
}

static bool any_excludes(const struct tarn *st, const struct group *g)
{
    list_each (st, &g->members, struct membership, m)
        if (m->exclude)
            return true;
    return false;
}

/* Add m's sources that belong into the sum; false: there is no more room. */
static bool add(const struct tarn *st, const struct group *g, const struct membership *m,
                struct filter *out)
{
    for (unsigned i = 0; i < m->n_sources; i++) {
        if (names(out->source, out->n, &m->source[i]) ||
            (out->exclude && !all_refuse(st, g, &m->source[i])))
            continue;
        if (out->n == TARN_SOURCES_MAX)
            return false;
        out->source[out->n++] = m->source[i];
    }
    return true;
}

void filter_merge(const struct tarn *st, const struct group *g, struct filter *out)
{
    out->exclude = any_excludes(st, g);
    out->n = 0;
    list_each (st, &g->members, struct membership, m) {
        if (m->exclude != out->exclude || add(st, g, m, out))
            continue;
        out->exclude = true;
        out->n = 0;
        return;
    }
}
