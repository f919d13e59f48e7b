/* group/group.c - memberships: who here listens to which multicast group on which port.
 *
 * Theory of operation. Each holder has a membership of its own with its own filter. The members of
 * a group on a port share a record, whose filter is the sum of theirs; when that changes, report.c
 * tells the routers. The record stays a while after its last member has left, until that has been
 * told as often as it must be. Groups that everybody is in need no membership to be heard. */
#include "group/group.h"

#include "base/bytes.h"

static const struct tarn_ip all_nodes = {{0xff, 2, [15] = 1}};
static const struct tarn_ip all_routers = {{0xff, 2, [15] = 2}};
/* The solicited-node group of networks' own addresses, which all their routers have. */
static const struct tarn_ip anycast_routers = {{0xff, 2, [11] = 1, [12] = 0xff}};

bool group_layer_init(struct tarn *st)
{
    struct group_layer *all = layer_alloc(st, LAYER_GROUP, sizeof *all);

    if (all == NULL)
        return false;
    hash_init(&all->table, offsetof(struct group, node));
    pool_init(&all->groups, sizeof(struct group), 0, GROUP_MAX);
    pool_init(&all->members, sizeof(struct membership), 0, MEMBERSHIP_MAX);
    for (unsigned i = 0; i < 2 * PORT_MAX; i++) {
        struct group_link *link = &all->link[i / PORT_MAX][i % PORT_MAX];

        timer_init(&link->timer, TIMER_GROUP);
        list_init(&link->groups, offsetof(struct group, of_port));
    }
    return true;
}

static uint32_t hash_of(const struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    uint64_t words[3] = {load_be64(ip->b), load_be64(ip->b + 8), port};

    return (uint32_t)siphash_words(&st->hash_key, words, 3);
}

struct group *group_find(const struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    hash_each_match (st, &group_layer(st)->table, hash_of(st, port, ip), struct group, g)
        if (g->port == port && tarn_ip_equal(&g->ip, ip))
            return g;
    return NULL;
}

/* Groups that routers are not told of: all hosts (RFC 9776 5), all nodes and what stays within an
 * interface (RFC 9777 6). */
static bool is_quiet(const struct tarn_ip *ip)
{
    if (tarn_ip_is4(ip))
        return tarn_ip_to4(ip) == 0xe0000001;
    return tarn_ip_equal(ip, &all_nodes) || (ip->b[1] & 15) < 2;
}

static struct group *create(struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    struct group_layer *all = group_layer(st);
    struct group *g = pool_get_zeroed(st, &st->arena, &all->groups);

    if (g == NULL)
        return NULL;
    timer_init(&g->timer, TIMER_GROUP);
    list_init(&g->members, offsetof(struct membership, of_group));
    g->ip = *ip;
    g->port = (uint8_t)port;
    g->quiet = is_quiet(ip);
    g->change_at = g->answer_at = TARN_NEVER;
    hash_insert(st, &st->arena, &all->table, g, hash_of(st, port, ip));
    list_push_back(st, &group_link(st, port, tarn_ip_is4(ip))->groups, g);
    return g;
}

void group_release(struct tarn *st, struct group *g)
{
    struct group_layer *all = group_layer(st);

    if (g->n_members > 0 || g->changes_left > 0)
        return;
    wheel_disarm(st, &st->wheel, &g->timer);
    hash_remove(st, &all->table, g);
    list_remove(st, &group_link(st, g->port, tarn_ip_is4(&g->ip))->groups, g);
    pool_put(st, &all->groups, g);
}

/* The members want something else than before. */
static void update(struct tarn *st, struct group *g, tarn_ns now)
{
    struct filter old = g->now;

    filter_merge(st, g, &g->now);
    if (!filter_equal(&old, &g->now))
        report_changed(st, g, &old, now);
    group_release(st, g);
}

struct membership *group_join(struct tarn *st, unsigned port, const struct tarn_ip *ip,
                              struct list *owner, tarn_ns now)
{
    struct group *g = group_find(st, port, ip);
    struct membership *m = pool_get_zeroed(st, &st->arena, &group_layer(st)->members);

    if (m != NULL && g == NULL)
        g = create(st, port, ip);
    if (m == NULL || g == NULL) {
        st->drop[DROP_GROUP_LIMIT]++;
        if (m != NULL)
            pool_put(st, &group_layer(st)->members, m);
        return NULL;
    }
    m->group = *ip;
    m->port = (uint8_t)port;
    m->exclude = true;
    m->owned = owner != NULL;
    if (owner != NULL)
        list_push_back(st, owner, m);
    list_push_back(st, &g->members, m);
    g->n_members++;
    update(st, g, now);
    return m;
}

void group_leave(struct tarn *st, struct membership *m, tarn_ns now)
{
    struct group *g = group_find(st, m->port, &m->group);

    list_remove(st, &g->members, m);
    g->n_members--;
    pool_put(st, &group_layer(st)->members, m);
    update(st, g, now);
}

void group_filter(struct tarn *st, struct membership *m, bool exclude,
                  const struct tarn_ip *sources, unsigned n, tarn_ns now)
{
    tarn_assert(n <= TARN_SOURCES_MAX);
    m->exclude = exclude;
    m->n_sources = (uint16_t)n;
    if (n > 0)
        memcpy(m->source, sources, n * sizeof *sources);
    update(st, group_find(st, m->port, &m->group), now);
}

/* Is it a group that every host or, while forwarding, every router is in? */
static bool is_everybody(const struct tarn *st, const struct tarn_ip *ip)
{
    if (tarn_ip_is4(ip))
        return tarn_ip_to4(ip) == 0xe0000001 ||
               (tarn_ip_to4(ip) == 0xe0000002 && st->param[PARAM_FORWARDING] != 0);
    if (st->param[PARAM_IP6_FORWARDING] != 0 &&
        (tarn_ip_equal(ip, &all_routers) || tarn_ip_equal(ip, &anycast_routers)))
        return true;
    return tarn_ip_equal(ip, &all_nodes);
}

bool group_hears(const struct tarn *st, unsigned port, const struct tarn_ip *ip,
                 const struct tarn_ip *src)
{
    const struct group *g = group_find(st, port, ip);

    return (g != NULL && filter_hears(&g->now, src)) || is_everybody(st, ip);
}

void group_link_changed(struct tarn *st, unsigned port, bool up, tarn_ns now)
{
    report_port(st, port, up, now);
}

void group_link_named(struct tarn *st, unsigned port, tarn_ns now)
{
    report_again(st, port, false, now);
}

bool tarn_group_next(const struct tarn *st, uint32_t *cursor, struct tarn_group_info *out)
{
    uint32_t at = 0;

    hash_each (st, &group_layer(st)->table, struct group, g) {
        if (g->n_members == 0 || at++ < *cursor)
            continue;
        ++*cursor;
        *out = (struct tarn_group_info){.port = g->port,
                                        .group = g->ip,
                                        .exclude = g->now.exclude,
                                        .n_sources = g->now.n,
                                        .users = g->n_members};
        return true;
    }
    return false;
}
