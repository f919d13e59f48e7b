/* ip/pmtu.c - path MTUs smaller than the link's, as routers told them (RFC 1191, RFC 8201).
 *
 * A table of destinations of both families, oldest record first out when it is full. A destination
 * that means something on one link only has the link's number in its key, in bytes of the address
 * that are zero (RFC 4291 2.5.6). A record is believed down to ip.pmtu-min or ip6.pmtu-min and for
 * ip.pmtu-expire-s; as all live equally long, one timer serves the oldest. */
#include "base/array.h"
#include "base/bits.h"
#include "base/bytes.h"
#include "ip/ip.h"

struct pmtu {
    struct hash_node node;
    struct list_node age;
    struct tarn_ip dst; /* see key_of() */
    uint32_t mtu;
    tarn_ns until;
};

void pmtu_init(struct tarn *st, struct ip_layer *ip)
{
    (void)st;
    hash_init(&ip->pmtu, offsetof(struct pmtu, node));
    list_init(&ip->pmtu_age, offsetof(struct pmtu, age));
    pool_init(&ip->pmtu_pool, sizeof(struct pmtu), 0, PMTU_MAX);
    timer_init(&ip->pmtu_timer, TIMER_PMTU);
}

static struct tarn_ip key_of(const struct tarn_ip *dst, uint32_t zone)
{
    struct tarn_ip key = *dst;

    if (tarn_ip_has_zone(dst))
        store_be16(key.b + 2, (uint16_t)zone);
    return key;
}

static uint32_t hash_of(const struct tarn *st, const struct tarn_ip *key)
{
    uint64_t words[2] = {load_be64(key->b), load_be64(key->b + 8)};

    return (uint32_t)siphash_words(&st->hash_key, words, 2);
}

static struct pmtu *find(const struct tarn *st, const struct tarn_ip *key)
{
    hash_each_match (st, &ip_layer(st)->pmtu, hash_of(st, key), struct pmtu, m)
        if (tarn_ip_equal(&m->dst, key))
            return m;
    return NULL;
}

uint32_t pmtu_find(const struct tarn *st, const struct tarn_ip *dst, uint32_t zone, uint32_t mtu)
{
    const struct pmtu *m = NULL;

    if (ip_layer(st)->pmtu.n > 0) {
        struct tarn_ip key = key_of(dst, zone);

        m = find(st, &key);
    }
    return m != NULL ? min_u32(m->mtu, mtu) : mtu;
}

static void rearm(struct tarn *st)
{
    struct ip_layer *ip = ip_layer(st);
    const struct pmtu *oldest = list_first(st, &ip->pmtu_age);

    wheel_arm(st, &st->wheel, &ip->pmtu_timer, oldest != NULL ? oldest->until : TARN_NEVER);
}

static void forget(struct tarn *st, struct pmtu *m)
{
    struct ip_layer *ip = ip_layer(st);

    hash_remove(st, &ip->pmtu, m);
    list_remove(st, &ip->pmtu_age, m);
    pool_put(st, &ip->pmtu_pool, m);
    routes_changed(st);
}

static struct pmtu *create(struct tarn *st, const struct tarn_ip *key)
{
    struct ip_layer *ip = ip_layer(st);
    struct pmtu *m;

    if (ip->pmtu.n >= PMTU_MAX)
        forget(st, list_first(st, &ip->pmtu_age));
    m = pool_get_zeroed(st, &st->arena, &ip->pmtu_pool);
    if (m == NULL)
        return NULL;
    m->dst = *key;
    m->mtu = UINT32_MAX;
    hash_insert(st, &st->arena, &ip->pmtu, m, hash_of(st, key));
    list_push_back(st, &ip->pmtu_age, m);
    return m;
}

void pmtu_learn(struct tarn *st, const struct tarn_ip *dst, uint32_t zone, uint32_t mtu,
                tarn_ns now)
{
    uint32_t believed = max_u32(mtu, (uint32_t)st->param[PARAM_PMTU_MIN]);
    struct tarn_ip key = key_of(dst, zone);
    struct pmtu *m;

    if (!tarn_ip_is4(dst)) {
        believed = mtu;
        if (mtu < st->param[PARAM_IP6_PMTU_MIN])
            return;
    }
    m = find(st, &key);
    if (m == NULL)
        m = create(st, &key);
    if (m == NULL || believed >= m->mtu)
        return;
    m->mtu = believed;
    m->until = now + (tarn_ns)st->param[PARAM_PMTU_EXPIRE_S] * 1000000000u;
    list_remove(st, &ip_layer(st)->pmtu_age, m);
    list_push_back(st, &ip_layer(st)->pmtu_age, m);
    routes_changed(st);
    rearm(st);
}

void pmtu_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct ip_layer *ip = container_of(t, struct ip_layer, pmtu_timer);
    struct pmtu *m;

    while ((m = list_first(st, &ip->pmtu_age)) != NULL && m->until <= now)
        forget(st, m);
    rearm(st);
}
