/* ip/fib.c - the forwarding table: longest prefix match, one code for both families.
 *
 * Theory of operation. All routes are in a hash by exact prefix. For look-ups each family has a
 * tree whose nodes have 16 branches, one for each value of the next four bits of the address; that
 * of IPv4 begins behind the 96 bits that all its addresses share. So an address of IPv4 is found in
 * at most eight steps of two loads, one of IPv6 in at most 32. A prefix of length l ends in the
 * node of level (l - 1) / 4 and covers 2^(-l mod 4) of its branches; a branch names the longest
 * prefix that ends in this node and covers it (controlled prefix expansion, Srinivasan and
 * Varghese, SIGMETRICS 1998). A look-up follows the address and keeps the last route seen. Changing
 * a prefix makes its branches anew from the hash: at most 8 branches of 4 lengths each.
 *
 * Most packets have an address that was looked up just before: a small table of recent answers per
 * family, not keyed because it is only a shortcut, saves them the tree. Whatever changes routes
 * changes the generation, and so ends all answers.
 *
 * Among routes of one prefix ours go first, then the lowest metric, then one whose gateway answers
 * or has failed longest ago (RFC 4861 6.3.6), then what a router has preferred (RFC 4191 3.1).
 *
 * Routes of a port that is down stay in the hash and leave the tree. */
#include "base/array.h"
#include "base/bytes.h"
#include "ip/ip.h"

static const uint32_t GOLDEN = 0x9e3779b1; /* 2^32 / golden ratio: spreads what is multiplied */

void fib_init(struct tarn *st, struct fib *f)
{
    hash_init(&f->prefixes, offsetof(struct route, node));
    pool_init(&f->routes, sizeof(struct route), 0, st->cfg.max_routes);
    pool_init(&f->nodes, sizeof(struct fib_node), 0, UINT32_MAX);
}

static uint32_t hash_of(const struct tarn *st, const struct tarn_ip *prefix, unsigned len)
{
    uint64_t words[3] = {load_be64(prefix->b), load_be64(prefix->b + 8), len};

    return (uint32_t)siphash_words(&st->hash_key, words, ARRAY_LEN(words));
}

static struct route *match(const struct tarn *st, struct route *r, const struct tarn_ip *prefix,
                           unsigned len)
{
    while (r != NULL && (r->len != len || !tarn_ip_equal(&r->prefix, prefix)))
        r = hash_find_next(st, &ip_layer(st)->fib.prefixes, r);
    return r;
}

struct route *fib_exact(const struct tarn *st, const struct tarn_ip *prefix, unsigned len)
{
    const struct fib *f = &ip_layer(st)->fib;

    if (f->n_of_len[len] == 0)
        return NULL;
    return match(st, hash_find(st, &f->prefixes, hash_of(st, prefix, len)), prefix, len);
}

struct route *fib_exact_next(const struct tarn *st, const struct route *r)
{
    return match(st, hash_find_next(st, &ip_layer(st)->fib.prefixes, r), &r->prefix, r->len);
}

/* Low, medium, high as 0, 1, 2. */
static unsigned preference_rank(const struct route *r)
{
    if (r->preference == TARN_ROUTE_LOW)
        return 0;
    return r->preference == TARN_ROUTE_HIGH ? 2 : 1;
}

/* Does `a` go before `b`? */
static bool is_better(const struct route *a, const struct route *b)
{
    bool ours_a = a->kind != ROUTE_UNICAST, ours_b = b->kind != ROUTE_UNICAST;

    if (ours_a != ours_b)
        return ours_a;
    if (a->metric != b->metric)
        return a->metric < b->metric;
    if (a->lost != b->lost)
        return a->lost < b->lost;
    return preference_rank(a) > preference_rank(b);
}

/* The best usable route for exactly this prefix, restricted to a port unless it is negative. */
static struct route *best_exact(const struct tarn *st, const struct tarn_ip *addr, unsigned len,
                                int port)
{
    struct tarn_ip prefix = prefix_of(addr, len);
    struct route *best = NULL;

    for (struct route *r = fib_exact(st, &prefix, len); r != NULL; r = fib_exact_next(st, r))
        if (port_is_up(st, r->port) && (port < 0 || r->port == port) &&
            (best == NULL || is_better(r, best)))
            best = r;
    return best;
}

static struct fib_tree *tree_of(struct fib *f, const struct tarn_ip *ip)
{
    return tarn_ip_is4(ip) ? &f->four : &f->six;
}

/* The length of a prefix that is everywhere. */
static unsigned shortest(const struct tarn_ip *ip)
{
    return tarn_ip_is4(ip) ? FIB_V4_BITS : 0;
}

/* One node on the way: its route, if there is one, and the next node. */
static inline uint32_t step(const struct tarn *st, uint32_t at, unsigned branch, uint32_t *best)
{
    const struct fib_node *n = ref_at(st, at);

    if (n->route[branch] != 0)
        *best = n->route[branch];
    return n->child[branch];
}

/* The longest prefix, by the tree; `b`: the address's bytes, from where the tree begins. */
static uint32_t search(const struct tarn *st, const struct fib_tree *t, const uint8_t *b)
{
    uint32_t best = t->fallback, at = t->root;

    for (; at != 0; b++) {
        at = step(st, at, *b >> 4, &best);
        if (at != 0)
            at = step(st, at, *b & 15, &best);
    }
    return best;
}

/* Not inline, so that a look-up whose answer is there pays nothing for it. */
static __attribute__((noinline)) void answer4(const struct tarn *st, struct fib_answer4 *a,
                                              uint32_t dst)
{
    uint8_t b[4];

    store_be32(b, dst);
    *a = (struct fib_answer4){dst, st->generation, search(st, &ip_layer(st)->fib.four, b)};
}

const struct route *fib_find4(const struct tarn *st, uint32_t dst)
{
    struct fib_answer4 *a = &ip_layer(st)->fib.recent4[dst * GOLDEN >> 24];

    if (a->dst != dst || a->generation != st->generation)
        answer4(st, a, dst);
    return ref_ptr(st, a->route);
}

static const struct route *find6(const struct tarn *st, const struct tarn_ip *dst)
{
    struct fib *f = &ip_layer(st)->fib;
    uint64_t fold = load_be64(dst->b) ^ load_be64(dst->b + 8);
    struct fib_answer6 *a = &f->recent6[(uint32_t)(fold ^ fold >> 32) * GOLDEN >> 24];

    if (a->generation != st->generation || !tarn_ip_equal(&a->dst, dst))
        *a = (struct fib_answer6){*dst, st->generation, search(st, &f->six, dst->b)};
    return ref_ptr(st, a->route);
}

const struct route *fib_find(const struct tarn *st, const struct tarn_ip *dst)
{
    return tarn_ip_is4(dst) ? fib_find4(st, tarn_ip_to4(dst)) : find6(st, dst);
}

const struct route *fib_find_on(const struct tarn *st, const struct tarn_ip *dst, unsigned port)
{
    const struct fib *f = &ip_layer(st)->fib;

    for (unsigned len = 129, end = shortest(dst); len-- > end;) {
        const struct route *r = f->n_of_len[len] > 0 ? best_exact(st, dst, len, (int)port) : NULL;

        if (r != NULL)
            return r;
    }
    return NULL;
}

const struct route *fib_find_alive(const struct tarn *st, const struct tarn_ip *dst)
{
    const struct fib *f = &ip_layer(st)->fib;

    for (unsigned len = 129, end = shortest(dst); len-- > end;) {
        const struct route *r = f->n_of_len[len] > 0 ? best_exact(st, dst, len, -1) : NULL;

        if (r != NULL && r->lost == 0)
            return r;
    }
    return NULL;
}

bool fib_is_missed(const struct route *r, const struct route *used, const struct tarn_ip *dst)
{
    struct route found = *r;

    found.lost = 0;
    if (r->lost == 0 || prefix_common(&r->prefix, dst) < r->len)
        return false;
    return r->len > used->len || (r->len == used->len && !is_better(used, &found));
}

/* Which branch of the node of this level leads to the address. */
static unsigned branch_of(const struct tarn_ip *ip, unsigned level)
{
    return level % 2 == 0 ? ip->b[level / 2] >> 4 : ip->b[level / 2] & 15;
}

/* The longest prefix of this level that covers the branch whose addresses begin at `addr`. */
static uint32_t branch_route(const struct tarn *st, const struct tarn_ip *addr, unsigned level)
{
    for (unsigned len = 4 * level + 4; len > 4 * level; len--) {
        const struct route *r = best_exact(st, addr, len, -1);

        if (r != NULL)
            return ref_of(st, r);
    }
    return 0;
}

static bool is_empty(const struct fib_node *n)
{
    for (unsigned i = 0; i < 16; i++)
        if ((n->child[i] | n->route[i]) != 0)
            return false;
    return true;
}

/* Where the reference of the node at each level of the way to (prefix, level) is kept; makes the
 * nodes that are missing. false when out of memory. */
static bool descend(struct tarn *st, const struct tarn_ip *prefix, unsigned level,
                    uint32_t *way[FIB_LEVELS])
{
    struct fib *f = &ip_layer(st)->fib;
    uint32_t *at = &tree_of(f, prefix)->root;

    for (unsigned i = shortest(prefix) / 4; i <= level; i++) {
        struct fib_node *n = ref_ptr(st, *at);

        if (n == NULL)
            n = pool_get_zeroed(st, &st->arena, &f->nodes);
        if (n == NULL)
            return false;
        *at = ref_of(st, n);
        way[i] = at;
        at = &n->child[branch_of(prefix, i)];
    }
    return true;
}

/* Give back the nodes of the way that hold nothing any more. */
static void prune(struct tarn *st, uint32_t *way[FIB_LEVELS], unsigned level)
{
    for (unsigned i = level + 1; i-- > 0;) {
        struct fib_node *n = way[i] != NULL ? ref_ptr(st, *way[i]) : NULL;

        if (n == NULL)
            continue;
        if (!is_empty(n))
            return;
        *way[i] = 0;
        pool_put(st, &ip_layer(st)->fib.nodes, n);
    }
}

/* Bring the tree in line with the hash for one prefix; false when out of memory. */
static bool refresh(struct tarn *st, const struct tarn_ip *prefix, unsigned len)
{
    uint32_t *way[FIB_LEVELS] = {NULL};
    unsigned level = (len - 1) / 4, n;
    struct tarn_ip addr = *prefix;
    struct fib_node *node;

    if (len == shortest(prefix)) {
        tree_of(&ip_layer(st)->fib, prefix)->fallback = ref_of(st, best_exact(st, prefix, len, -1));
        return true;
    }
    if (!descend(st, prefix, level, way)) {
        prune(st, way, level);
        return false;
    }
    node = ref_at(st, *way[level]);
    n = 1u << (4 * level + 4 - len);
    for (unsigned i = 0; i < n; i++) {
        unsigned branch = branch_of(prefix, level) + i;
        uint8_t *b = &addr.b[level / 2];

        *b = (uint8_t)(level % 2 == 0 ? branch << 4 | (*b & 15) : (*b & 0xf0) | branch);
        node->route[branch] = branch_route(st, &addr, level);
    }
    prune(st, way, level);
    return true;
}

struct route *fib_add(struct tarn *st, const struct route *r)
{
    struct fib *f = &ip_layer(st)->fib;
    struct route *kept = pool_get(st, &st->arena, &f->routes);

    if (kept == NULL)
        return NULL;
    *kept = *r;
    kept->node = (struct hash_node){0};
    kept->valid_until = r->valid_until != 0 ? r->valid_until : TARN_NEVER;
    timer_init(&kept->timer, TIMER_ROUTE);
    f->n_of_len[r->len]++;
    hash_insert(st, &st->arena, &f->prefixes, kept, hash_of(st, &r->prefix, r->len));
    if (!refresh(st, &r->prefix, r->len)) {
        hash_remove(st, &f->prefixes, kept);
        f->n_of_len[r->len]--;
        pool_put(st, &f->routes, kept);
        return NULL;
    }
    wheel_arm(st, &st->wheel, &kept->timer, kept->valid_until);
    routes_changed(st);
    return kept;
}

void fib_del(struct tarn *st, struct route *r)
{
    struct fib *f = &ip_layer(st)->fib;
    struct tarn_ip prefix = r->prefix;
    unsigned len = r->len;

    wheel_disarm(st, &st->wheel, &r->timer);
    hash_remove(st, &f->prefixes, r);
    f->n_of_len[len]--;
    (void)refresh(st, &prefix, len);
    pool_put(st, &f->routes, r);
    routes_changed(st);
}

void fib_changed(struct tarn *st, struct route *r)
{
    wheel_arm(st, &st->wheel, &r->timer, r->valid_until);
    (void)refresh(st, &r->prefix, r->len);
    routes_changed(st);
}

void fib_port_changed(struct tarn *st, unsigned port)
{
    hash_each (st, &ip_layer(st)->fib.prefixes, struct route, r)
        if (r->port == port)
            (void)refresh(st, &r->prefix, r->len);
    routes_changed(st);
}

void route_gateway(struct tarn *st, unsigned port, const struct tarn_ip *ip, bool answers)
{
    hash_each (st, &ip_layer(st)->fib.prefixes, struct route, r) {
        if (r->port != port || !tarn_ip_equal(&r->via, ip) || (answers && r->lost == 0))
            continue;
        r->lost = answers ? 0 : st->generation;
        r->sought = st->now;
        fib_changed(st, r);
    }
}

void route_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct route *r = container_of(t, struct route, timer);

    (void)now;
    fib_del(st, r);
    control_changed(st);
}
