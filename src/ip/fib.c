/* ip/fib.c - the IPv4 forwarding table: longest prefix match.
 *
 * Theory of operation. All routes are in a hash by exact prefix. For look-ups there is a tree whose
 * nodes have 16 branches, one for each value of the next four bits of the address, so an address is
 * found in at most eight steps of two loads. A prefix of length l ends in the node of level
 * (l - 1) / 4 and covers 2^(-l mod 4) of its branches; a branch names the longest prefix that ends
 * in this node and covers it (controlled prefix expansion, Srinivasan and Varghese, SIGMETRICS
 * 1998). A look-up follows the address and keeps the last route seen. Changing a prefix makes its
 * branches anew from the hash: at most 8 branches of 4 lengths each.
 *
 * Most packets have an address that was looked up just before: a small table of recent answers, not
 * keyed because it is only a shortcut, saves them the tree. Whatever changes routes changes the
 * generation, and so ends all answers.
 *
 * Routes of a port that is down stay in the hash and leave the tree. */
#include "ip/ip.h"

#include "base/bits.h"

void fib_init(struct tarn *st, struct fib *f)
{
    hash_init(&f->prefixes, offsetof(struct route, node));
    pool_init(&f->routes, sizeof(struct route), 0, st->cfg.max_routes);
    pool_init(&f->nodes, sizeof(struct fib_node), 0, UINT32_MAX);
}

static uint32_t hash_of(const struct tarn *st, uint32_t prefix, unsigned len)
{
    uint64_t word = (uint64_t)len << 32 | prefix;

    return (uint32_t)siphash_words(&st->hash_key, &word, 1);
}

static struct route *match(const struct tarn *st, struct route *r, uint32_t prefix, unsigned len)
{
    while (r != NULL && (r->prefix != prefix || r->len != len))
        r = hash_find_next(st, &ip_layer(st)->fib.prefixes, r);
    return r;
}

struct route *fib_exact(const struct tarn *st, uint32_t prefix, unsigned len)
{
    struct route *r = hash_find(st, &ip_layer(st)->fib.prefixes, hash_of(st, prefix, len));

    return match(st, r, prefix, len);
}

struct route *fib_exact_next(const struct tarn *st, const struct route *r)
{
    return match(st, hash_find_next(st, &ip_layer(st)->fib.prefixes, r), r->prefix, r->len);
}

/* Does `a` go before `b`? Ours before others, then the lower metric. */
static bool is_better(const struct route *a, const struct route *b)
{
    bool ours_a = a->kind != ROUTE_UNICAST, ours_b = b->kind != ROUTE_UNICAST;

    return ours_a != ours_b ? ours_a : a->metric < b->metric;
}

/* The best usable route for exactly this prefix, restricted to a port unless it is negative. */
static struct route *best_exact(const struct tarn *st, uint32_t prefix, unsigned len, int port)
{
    struct route *best = NULL;

    for (struct route *r = fib_exact(st, prefix, len); r != NULL; r = fib_exact_next(st, r))
        if (port_is_up(st, r->port) && (port < 0 || r->port == port) &&
            (best == NULL || is_better(r, best)))
            best = r;
    return best;
}

/* The longest prefix, by the tree. */
static uint32_t search(const struct tarn *st, const struct fib *f, uint32_t dst)
{
    uint32_t best = f->fallback, at = f->root;

    for (unsigned shift = 28; at != 0; shift -= 4) {
        const struct fib_node *n = ref_at(st, at);
        unsigned branch = dst >> shift & 15;

        if (n->route[branch] != 0)
            best = n->route[branch];
        at = n->child[branch];
    }
    return best;
}

const struct route *fib_find(const struct tarn *st, uint32_t dst)
{
    struct fib *f = &ip_layer(st)->fib;
    struct fib_answer *a = &f->recent[dst * UINT32_C(0x9e3779b1) >> 24];

    if (a->dst != dst || a->generation != st->generation)
        *a = (struct fib_answer){dst, st->generation, search(st, f, dst)};
    return ref_ptr(st, a->route);
}

const struct route *fib_find_on(const struct tarn *st, uint32_t dst, unsigned port)
{
    for (unsigned len = 33; len-- > 0;) {
        const struct route *r = best_exact(st, dst & prefix_mask(len), len, (int)port);

        if (r != NULL)
            return r;
    }
    return NULL;
}

/* The longest prefix of this level that covers the branch whose addresses begin at `addr`. */
static uint32_t branch_route(const struct tarn *st, uint32_t addr, unsigned level)
{
    for (unsigned len = 4 * level + 4; len > 4 * level; len--) {
        const struct route *r = best_exact(st, addr & prefix_mask(len), len, -1);

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
static bool descend(struct tarn *st, uint32_t prefix, unsigned level, uint32_t *way[FIB_LEVELS])
{
    struct fib *f = &ip_layer(st)->fib;
    uint32_t *at = &f->root;

    for (unsigned i = 0; i <= level; i++) {
        struct fib_node *n = ref_ptr(st, *at);

        if (n == NULL)
            n = pool_get_zeroed(st, &st->arena, &f->nodes);
        if (n == NULL)
            return false;
        *at = ref_of(st, n);
        way[i] = at;
        at = &n->child[prefix >> (28 - 4 * i) & 15];
    }
    return true;
}

/* Give back the nodes of the way that hold nothing any more. */
static void prune(struct tarn *st, uint32_t *way[FIB_LEVELS], unsigned level)
{
    for (unsigned i = level + 1; i-- > 0;) {
        struct fib_node *n = ref_ptr(st, *way[i]);

        if (n == NULL || !is_empty(n))
            return;
        *way[i] = 0;
        pool_put(st, &ip_layer(st)->fib.nodes, n);
    }
}

/* Bring the tree in line with the hash for one prefix; false when out of memory. */
static bool refresh(struct tarn *st, uint32_t prefix, unsigned len)
{
    struct fib *f = &ip_layer(st)->fib;
    unsigned level = (len - 1) / 4, shift = 28 - 4 * level, n;
    uint32_t *way[FIB_LEVELS] = {NULL};
    struct fib_node *node;

    if (len == 0) {
        const struct route *r = best_exact(st, 0, 0, -1);

        f->fallback = ref_of(st, r);
        return true;
    }
    if (!descend(st, prefix, level, way))
        return false;
    node = ref_at(st, *way[level]);
    n = 1u << (4 * level + 4 - len);
    for (unsigned i = 0; i < n; i++) {
        uint32_t addr = prefix + ((uint32_t)i << shift);

        node->route[addr >> shift & 15] = branch_route(st, addr, level);
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
    hash_insert(st, &st->arena, &f->prefixes, kept, hash_of(st, r->prefix, r->len));
    if (!refresh(st, r->prefix, r->len)) {
        hash_remove(st, &f->prefixes, kept);
        pool_put(st, &f->routes, kept);
        return NULL;
    }
    routes_changed(st);
    return kept;
}

void fib_del(struct tarn *st, struct route *r)
{
    struct fib *f = &ip_layer(st)->fib;
    uint32_t prefix = r->prefix;
    unsigned len = r->len;

    hash_remove(st, &f->prefixes, r);
    (void)refresh(st, prefix, len);
    pool_put(st, &f->routes, r);
    routes_changed(st);
}

void fib_port_changed(struct tarn *st, unsigned port)
{
    hash_each (st, &ip_layer(st)->fib.prefixes, struct route, r)
        if (r->port == port)
            (void)refresh(st, r->prefix, r->len);
    routes_changed(st);
}
