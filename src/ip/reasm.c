/* ip/reasm.c - putting datagrams together from fragments (RFC 791 3.2, RFC 815, RFC 1122 3.3.2, and
 * RFC 8200 4.5), both families by one code.
 *
 * Theory of operation. A datagram under way has a chunk that is as large as its highest fragment so
 * far needs, a bit for each unit of 8 bytes that has come, and the first fragment's packet, whose
 * headers the whole datagram will bear. So a fragment costs a copy and a few words of bits, in
 * whatever order and however small the pieces are (CVE-2018-5391).
 *
 * Bytes that have come before are ignored when all of a fragment's are (a duplicate); when only
 * some are, the pieces overlap and the whole datagram is given up (RFC 5722 4; applied to IPv4 too:
 * RFC 791 would let an attacker's piece overwrite what a filter has seen).
 *
 * Bounds: all datagrams together cost at most max_reasm_bytes at true size, one source has at most
 * SOURCE_MAX under way; in both cases the oldest gives way, so unfinished ones never keep out one
 * that is complete. A timer ends each; the ICMP error is sent if the first fragment is there.
 *
 * Invariants: n_units = bits set; the chunk's space >= 8 times the highest bit set + 1. */
#include "base/array.h"
#include "base/bits.h"
#include "base/bytes.h"
#include "core/chunk.h"
#include "ip/ip.h"
#include "wire/patch.h"

enum { UNITS = 8192, UNIT_BYTES = 8, WORD_UNITS = 64, SOURCE_MAX = 64 };

struct source {
    struct hash_node node;
    struct tarn_ip ip;
    struct list under_way; /* struct datagram, oldest first; at most SOURCE_MAX */
    uint32_t n;            /* of them, and one that is about to be */
};

struct datagram {
    struct timer timer; /* kind TIMER_REASM */
    struct hash_node node;
    struct list_node age, of_source;
    struct tarn_ip src, dst;
    uint32_t id;
    uint8_t port;
    uint8_t proto, tos;          /* of the first fragment, once it is there */
    uint8_t ecn_seen;            /* 1 << enum ip_ecn of every fragment */
    uint32_t source;             /* reference */
    uint32_t first;              /* the packet with offset 0, or 0 */
    uint32_t chunk;              /* payload, or 0 */
    uint32_t total_bytes;        /* of the payload; 0 = the last fragment has not come */
    uint32_t n_units, end_bytes; /* how many have come; end of the highest */
    uint64_t unit[UNITS / WORD_UNITS];
};

void reasm_init(struct tarn *st, struct ip_layer *ip)
{
    (void)st;
    hash_init(&ip->reasm, offsetof(struct datagram, node));
    hash_init(&ip->reasm_sources, offsetof(struct source, node));
    list_init(&ip->reasm_age, offsetof(struct datagram, age));
    pool_init(&ip->reasm_pool, sizeof(struct datagram), 0, UINT32_MAX);
    pool_init(&ip->reasm_source_pool, sizeof(struct source), 0, UINT32_MAX);
}

static bool is_six(const struct ip_info *ip)
{
    return !tarn_ip_is4(&ip->src);
}

static uint32_t datagram_hash(const struct tarn *st, const struct ip_info *ip)
{
    uint64_t words[5] = {load_be64(ip->src.b), load_be64(ip->src.b + 8), load_be64(ip->dst.b),
                         load_be64(ip->dst.b + 8), ip->id};

    return (uint32_t)siphash_words(&st->hash_key, words, ARRAY_LEN(words));
}

static uint32_t source_hash(const struct tarn *st, const struct tarn_ip *ip)
{
    uint64_t words[2] = {load_be64(ip->b), load_be64(ip->b + 8)};

    return (uint32_t)siphash_words(&st->hash_key, words, 2);
}

static struct source *source_find(const struct tarn *st, const struct tarn_ip *ip)
{
    hash_each_match (st, &ip_layer(st)->reasm_sources, source_hash(st, ip), struct source, s)
        if (tarn_ip_equal(&s->ip, ip))
            return s;
    return NULL;
}

static struct source *source_get(struct tarn *st, const struct tarn_ip *ip)
{
    struct ip_layer *all = ip_layer(st);
    struct source *s = source_find(st, ip);

    if (s == NULL) {
        s = pool_get_zeroed(st, &st->arena, &all->reasm_source_pool);
        if (s == NULL)
            return NULL;
        s->ip = *ip;
        list_init(&s->under_way, offsetof(struct datagram, of_source));
        hash_insert(st, &st->arena, &all->reasm_sources, s, source_hash(st, ip));
    }
    s->n++;
    return s;
}

static void source_put(struct tarn *st, struct source *s)
{
    struct ip_layer *all = ip_layer(st);

    if (--s->n > 0)
        return;
    hash_remove(st, &all->reasm_sources, s);
    pool_put(st, &all->reasm_source_pool, s);
}

/* What a datagram costs. */
static uint64_t true_bytes(const struct tarn *st, const struct datagram *d)
{
    const struct chunk *c = chunk_at(st, d->chunk);
    const struct pkt *first = ref_ptr(st, d->first);

    return sizeof *d + (c != NULL ? chunk_true_bytes(c) : 0) +
           (first != NULL ? pkt_true_bytes(st, first) : 0);
}

/* The end of the record, whose chunk and packet are the caller's from now on. */
static void end(struct tarn *st, struct datagram *d)
{
    struct ip_layer *all = ip_layer(st);
    struct source *s = ref_at(st, d->source);

    all->reasm_bytes -= true_bytes(st, d);
    wheel_disarm(st, &st->wheel, &d->timer);
    hash_remove(st, &all->reasm, d);
    list_remove(st, &all->reasm_age, d);
    list_remove(st, &s->under_way, d);
    source_put(st, s);
    st->held.reassemblies--;
    pool_put(st, &all->reasm_pool, d);
}

/* Give a datagram up; `why` is counted once for all of its fragments that were kept. */
static void forget(struct tarn *st, struct datagram *d, enum tarn_drop why)
{
    struct chunk *c = chunk_at(st, d->chunk);
    struct pkt *first = pkt_at(st, d->first);

    end(st, d);
    if (c != NULL)
        chunk_put(st, c);
    if (first != NULL)
        pkt_drop(st, first, why);
    else
        st->drop[why]++;
}

/* The protocol belongs to the identification of IPv4 alone (RFC 791 3.2, RFC 8200 4.5), the link to
 * that of addresses that mean something there. */
static bool is_of(const struct datagram *d, const struct ip_info *ip)
{
    if (d->id != ip->id || !tarn_ip_equal(&d->src, &ip->src) || !tarn_ip_equal(&d->dst, &ip->dst))
        return false;
    return is_six(ip) ? ip->zone == 0 || d->port == ip->port : d->proto == ip->proto;
}

static struct datagram *find(const struct tarn *st, const struct ip_info *ip)
{
    hash_each_match (st, &ip_layer(st)->reasm, datagram_hash(st, ip), struct datagram, d)
        if (is_of(d, ip))
            return d;
    return NULL;
}

static struct datagram *create(struct tarn *st, const struct ip_info *ip, tarn_ns now)
{
    struct ip_layer *all = ip_layer(st);
    int64_t timeout_ms =
        st->param[is_six(ip) ? PARAM_IP6_REASM_TIMEOUT_MS : PARAM_REASM_TIMEOUT_MS];
    struct source *s = source_get(st, &ip->src);
    struct datagram *d;

    if (s == NULL)
        return NULL;
    if (s->n > SOURCE_MAX)
        forget(st, list_first(st, &s->under_way), DROP_REASM_LIMIT);
    d = pool_get_zeroed(st, &st->arena, &all->reasm_pool);
    if (d == NULL) {
        source_put(st, s);
        return NULL;
    }
    timer_init(&d->timer, TIMER_REASM);
    d->src = ip->src;
    d->dst = ip->dst;
    d->id = ip->id;
    d->proto = ip->proto;
    d->port = ip->port;
    d->source = ref_of(st, s);
    list_push_back(st, &s->under_way, d);
    hash_insert(st, &st->arena, &all->reasm, d, datagram_hash(st, ip));
    list_push_back(st, &all->reasm_age, d);
    wheel_arm(st, &st->wheel, &d->timer, now + (tarn_ns)timeout_ms * 1000000u);
    all->reasm_bytes += true_bytes(st, d);
    st->held.reassemblies++;
    return d;
}

/* How many of the units [from, from + n) have come. */
static uint32_t units_seen(const struct datagram *d, uint32_t from, uint32_t n)
{
    uint32_t seen = 0;

    while (n > 0) {
        uint32_t bit = from % WORD_UNITS, here = min_u32(n, WORD_UNITS - bit);
        uint64_t mask = (here == WORD_UNITS ? UINT64_MAX : (UINT64_C(1) << here) - 1) << bit;

        seen += popcount64(d->unit[from / WORD_UNITS] & mask);
        from += here;
        n -= here;
    }
    return seen;
}

static void units_set(struct datagram *d, uint32_t from, uint32_t n)
{
    d->n_units += n;
    while (n > 0) {
        uint32_t bit = from % WORD_UNITS, here = min_u32(n, WORD_UNITS - bit);
        uint64_t mask = (here == WORD_UNITS ? UINT64_MAX : (UINT64_C(1) << here) - 1) << bit;

        d->unit[from / WORD_UNITS] |= mask;
        from += here;
        n -= here;
    }
}

/* A chunk that holds `bytes`, with what has come. */
static bool make_room(struct tarn *st, struct datagram *d, uint32_t bytes)
{
    struct chunk *old = chunk_at(st, d->chunk), *c;

    if (old != NULL && old->cap >= bytes)
        return true;
    c = chunk_get(st, bytes);
    if (c == NULL)
        return false;
    ip_layer(st)->reasm_bytes += chunk_true_bytes(c);
    if (old != NULL) {
        memcpy(chunk_data(c), chunk_data(old), d->end_bytes);
        ip_layer(st)->reasm_bytes -= chunk_true_bytes(old);
        chunk_put(st, old);
    }
    d->chunk = ref_of(st, c);
    return true;
}

/* Does the fragment contradict what is known of the datagram's length? */
static bool contradicts(const struct datagram *d, const struct ip_info *ip, uint32_t len)
{
    uint32_t end = ip->frag_bytes + len;

    if (d->total_bytes != 0)
        return end > d->total_bytes || (!ip->mf && end != d->total_bytes);
    return !ip->mf && end < d->end_bytes;
}

/* Put the fragment's bytes in their place; 0, or why it (or all) is dropped. */
static enum tarn_drop place(struct tarn *st, struct datagram *d, const struct ip_info *ip,
                            const struct pkt *p)
{
    uint32_t len = pkt_len(p), from = ip->frag_bytes / UNIT_BYTES;
    uint32_t n = (len + UNIT_BYTES - 1) / UNIT_BYTES, seen = units_seen(d, from, n);

    if (contradicts(d, ip, len) || (seen != 0 && seen != n))
        return is_six(ip) ? DROP_IP6_FRAGMENT : DROP_IP4_FRAGMENT;
    if (seen == n)
        return DROP_REASM_DUPLICATE;
    if (!make_room(st, d, max_u32(d->end_bytes, ip->frag_bytes + len)))
        return DROP_POOL_EMPTY;
    pkt_copy_out(st, p, 0, chunk_data(chunk_at(st, d->chunk)) + ip->frag_bytes, len);
    units_set(d, from, n);
    d->end_bytes = max_u32(d->end_bytes, ip->frag_bytes + len);
    if (!ip->mf)
        d->total_bytes = ip->frag_bytes + len;
    d->ecn_seen |= (uint8_t)(1u << (ip->tos & IP_ECN_CE));
    return (enum tarn_drop)0;
}

static bool is_complete(const struct datagram *d)
{
    return d->total_bytes != 0 && d->n_units == (d->total_bytes + UNIT_BYTES - 1) / UNIT_BYTES;
}

/* Has a fragment met congestion, and another is of a sender without ECN? Neither mark would be true
 * of the whole (RFC 3168 5.3). */
static bool mixes_ecn(const struct datagram *d)
{
    enum { BOTH = 1u << IP_ECN_CE | 1u << IP_ECN_NOT };

    return (d->ecn_seen & BOTH) == BOTH;
}

/* The whole datagram, in the packet of its first fragment; ends the record. */
static struct pkt *finish(struct tarn *st, struct datagram *d, struct ip_info *ip)
{
    struct pkt *p = pkt_at(st, d->first);
    uint32_t chunk = d->chunk, bytes = d->total_bytes;

    ip->proto = d->proto;
    ip->tos = d->tos;
    if ((d->ecn_seen & 1u << IP_ECN_CE) != 0)
        ip->tos |= IP_ECN_CE;
    end(st, d);
    pkt_trim(st, p, 0);
    p->chunk = chunk;
    p->slice_len = bytes;
    p->csum = PKT_CSUM_NONE;
    stat_add(st, TARN_STAT_IP_REASSEMBLED, 1);
    ip->frag_bytes = 0;
    ip->mf = false;
    if (is_six(ip))
        ip6_unfragment(ip, p);
    else
        ip4_patch_whole(p->head + p->l3, p->head_off - p->l3 + bytes);
    return p;
}

static void make_way(struct tarn *st, const struct datagram *keep)
{
    struct ip_layer *all = ip_layer(st);

    while (all->reasm_bytes > st->cfg.max_reasm_bytes) {
        struct datagram *oldest = list_first(st, &all->reasm_age);

        if (oldest == keep)
            return;
        forget(st, oldest, DROP_REASM_LIMIT);
    }
}

struct pkt *reasm_input(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    struct datagram *d = find(st, ip);
    enum tarn_drop why;

    if (d == NULL)
        d = create(st, ip, now);
    why = d != NULL ? place(st, d, ip, p) : DROP_POOL_EMPTY;
    if (why == DROP_IP4_FRAGMENT || why == DROP_IP6_FRAGMENT)
        forget(st, d, why);
    if (why != 0) {
        pkt_drop(st, p, why);
        return NULL;
    }
    if (ip->frag_bytes == 0) {
        d->first = pkt_ref(st, p);
        d->proto = ip->proto;
        d->tos = ip->tos;
        ip_layer(st)->reasm_bytes += pkt_true_bytes(st, p);
    } else {
        pkt_put(st, p);
    }
    if (is_complete(d) && !mixes_ecn(d))
        return finish(st, d, ip);
    if (is_complete(d))
        forget(st, d, DROP_REASM_ECN);
    else
        make_way(st, d);
    return NULL;
}

void reasm_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct datagram *d = container_of(t, struct datagram, timer);
    struct ip_info ip = {
        .src = d->src, .dst = d->dst, .proto = d->proto, .port = d->port, .to_us = true};

    if (is_six(&ip) && (tarn_ip_has_zone(&d->src) || tarn_ip_has_zone(&d->dst)))
        ip.zone = d->port + 1u;
    if (d->first != 0)
        icmp_error_send(st, &ip, pkt_at(st, d->first), (struct icmp_report){ICMP_WHY_REASSEMBLY, 0},
                        now);
    forget(st, d, DROP_REASM_TIMEOUT);
}
