/* core/resolver.c - name servers and search domains as records (tarn/control.h): a small table in
 * order of age, made when the first one is added. The earliest end is what its timer waits for. */
#include "core/resolver.h"

#include "base/bits.h"
#include "core/port.h"
#include "wire/domain.h"

_Static_assert((int)TARN_DOMAIN_BYTES == (int)DOMAIN_TEXT_BYTES,
               "a domain of a record is a text of wire/");

enum { RESOLVERS_MAX = 32 };

struct resolver_layer {
    struct timer timer;
    uint32_t n;
    struct tarn_resolver record[RESOLVERS_MAX];
};

static struct resolver_layer *layer_of(const struct tarn *st)
{
    return st->layer[LAYER_RESOLVER] != 0 ? layer_state(st, LAYER_RESOLVER) : NULL;
}

static struct resolver_layer *layer_make(struct tarn *st)
{
    struct resolver_layer *all = layer_of(st);

    if (all != NULL)
        return all;
    all = layer_alloc(st, LAYER_RESOLVER, sizeof *all);
    if (all != NULL)
        timer_init(&all->timer, TIMER_RESOLVER);
    return all;
}

static int refuse(struct tarn_control_error *e, int err, const char *field, const char *text)
{
    if (e != NULL)
        *e = (struct tarn_control_error){field, text};
    return err;
}

static size_t domain_len(const struct tarn_resolver *r)
{
    size_t n = 0;

    while (n < sizeof r->domain && r->domain[n] != '\0')
        n++;
    return n;
}

static bool is_domain(const struct tarn_resolver *r)
{
    return r->domain[0] != '\0';
}

static bool same(const struct tarn_resolver *a, const struct tarn_resolver *b)
{
    size_t n = domain_len(a);

    return a->port == b->port && a->origin == b->origin && n == domain_len(b) &&
           memcmp(a->domain, b->domain, n) == 0 && tarn_ip_equal(&a->server.ip, &b->server.ip) &&
           a->server.zone == b->server.zone && a->server.port == b->server.port;
}

static struct tarn_resolver *find(struct resolver_layer *all, const struct tarn_resolver *r)
{
    for (uint32_t i = 0; all != NULL && i < all->n; i++)
        if (same(&all->record[i], r))
            return &all->record[i];
    return NULL;
}

static tarn_ns end_of(const struct tarn_resolver *r)
{
    return r->valid_until != 0 ? r->valid_until : TARN_NEVER;
}

static void arm(struct tarn *st, struct resolver_layer *all)
{
    tarn_ns first = TARN_NEVER;

    for (uint32_t i = 0; i < all->n; i++)
        first = min_u64(first, end_of(&all->record[i]));
    if (first == TARN_NEVER)
        wheel_disarm(st, &st->wheel, &all->timer);
    else
        wheel_arm(st, &st->wheel, &all->timer, first);
}

static int check(const struct tarn *st, const struct tarn_resolver *r, struct tarn_control_error *e)
{
    size_t n = domain_len(r);

    if (r->port >= port_count(st))
        return refuse(e, -TARN_EINVAL, "port", "there is no such interface");
    if (is_domain(r) && !domain_is_text(r->domain, n))
        return refuse(e, -TARN_EINVAL, "domain", "this is not the name of a domain");
    if (is_domain(r) ? !tarn_ip_is_any(&r->server.ip)
                     : tarn_ip_is_any(&r->server.ip) || tarn_ip_is_multicast(&r->server.ip))
        return refuse(e, -TARN_EINVAL, "server", "a record is one server or one domain");
    return 0;
}

int tarn_resolver_add(struct tarn *st, const struct tarn_resolver *r, tarn_ns now,
                      struct tarn_control_error *e)
{
    struct resolver_layer *all;
    struct tarn_resolver *old;
    int err = check(st, r, e);

    if (err < 0)
        return err;
    st->now = now;
    all = layer_make(st);
    old = find(all, r);
    if (old == NULL && (all == NULL || all->n == RESOLVERS_MAX))
        return refuse(e, -TARN_ENOSPC, NULL, "there are 32 servers and domains already");
    if (old == NULL) {
        all->record[all->n++] = *r;
        control_changed(st);
    } else {
        old->valid_until = r->valid_until;
    }
    arm(st, all);
    return 0;
}

static void forget(struct tarn *st, struct resolver_layer *all, struct tarn_resolver *r)
{
    size_t at = (size_t)(r - all->record);

    all->n--;
    memmove(r, r + 1, (all->n - at) * sizeof *r);
    control_changed(st);
}

int tarn_resolver_del(struct tarn *st, const struct tarn_resolver *r, tarn_ns now,
                      struct tarn_control_error *e)
{
    struct resolver_layer *all = layer_of(st);
    struct tarn_resolver *old = find(all, r);

    if (old == NULL)
        return refuse(e, -TARN_ENOENT, NULL, "there is no such server or domain");
    st->now = now;
    forget(st, all, old);
    arm(st, all);
    return 0;
}

bool tarn_resolver_next(const struct tarn *st, uint32_t *cursor, struct tarn_resolver *out)
{
    const struct resolver_layer *all = layer_of(st);

    if (all == NULL || *cursor >= all->n)
        return false;
    *out = all->record[(*cursor)++];
    return true;
}

void resolver_expire(struct tarn *st, tarn_ns now)
{
    struct resolver_layer *all = layer_of(st);
    uint32_t i = 0;

    while (i < all->n) {
        if (end_of(&all->record[i]) <= now)
            forget(st, all, &all->record[i]);
        else
            i++;
    }
    arm(st, all);
}
