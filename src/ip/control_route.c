/* ip/control_route.c - the control plane's routes and neighbours (tarn/control.h).
 *
 * A walk's cursor is the number of a hash bucket and of a record within it, so it needs no memory
 * of the records it has passed. */
#include "eth/neigh.h"
#include "ip/control.h"
#include "ip/ip.h"
#include "tarn/link.h"

enum { CURSOR_CHAIN_BITS = 8 };

/* The gateway must be a neighbour on the route's own port: link-local, or of a network there. */
static bool is_on_link(const struct tarn *st, const struct tarn_route *r)
{
    const struct route *to;

    if (!tarn_ip_is4(&r->via) && tarn_ip_is_link_local(&r->via))
        return true;
    to = fib_find_on(st, &r->via, r->port);
    return to != NULL && to->kind == ROUTE_UNICAST && !ip_is_given(&to->via);
}

static int check_route(const struct tarn *st, const struct tarn_route *r,
                       struct tarn_control_error *e)
{
    struct tarn_ip net = prefix_of(&r->to.ip, r->to.len <= 128 ? r->to.len : 128);
    bool four = tarn_ip_is4(&r->to.ip);

    if (r->port >= port_count(st))
        return control_no_port(e);
    if (r->to.len > 128 || (four && r->to.len < FIB_V4_BITS))
        return control_refuse(e, -TARN_EINVAL, "to", "the prefix length is beyond the address");
    if (!tarn_ip_equal(&net, &r->to.ip))
        return control_refuse(e, -TARN_EINVAL, "to", "the prefix has bits behind its length");
    if (!tarn_ip_is_any(&r->via) && tarn_ip_is4(&r->via) != four)
        return control_refuse(e, -TARN_EINVAL, "via", "the gateway is of another family");
    if (!tarn_ip_is_any(&r->source) && tarn_ip_is4(&r->source) != four)
        return control_refuse(e, -TARN_EINVAL, "source", "the source is of another family");
    return 0;
}

static struct route record_of(const struct tarn_route *r)
{
    struct route out = {.prefix = r->to.ip,
                        .len = r->to.len,
                        .metric = r->metric,
                        .mtu = r->mtu,
                        .valid_until = r->valid_until != 0 ? r->valid_until : TARN_NEVER,
                        .port = (uint8_t)r->port,
                        .origin = r->origin,
                        .preference = r->preference,
                        .kind = ROUTE_UNICAST};

    if (!tarn_ip_is_any(&r->via))
        out.via = r->via;
    if (!tarn_ip_is_any(&r->source))
        out.source = r->source;
    return out;
}

/* Are they one route? Of IPv4 there is one with a metric; of IPv6 every gateway has its own, since
 * each router of a link may be a default router (RFC 4861 6.3.6). */
static bool is_same(const struct route *a, const struct route *b)
{
    if (a->kind != ROUTE_UNICAST || a->metric != b->metric)
        return false;
    return tarn_ip_is4(&a->prefix) || (a->port == b->port && tarn_ip_equal(&a->via, &b->via));
}

static struct route *find(const struct tarn *st, const struct route *like)
{
    struct route *r = fib_exact(st, &like->prefix, like->len);

    while (r != NULL && !is_same(r, like))
        r = fib_exact_next(st, r);
    return r;
}

/* A learned route is told again: what may change does. */
static int renew(struct tarn *st, struct route *r, const struct route *again,
                 struct tarn_control_error *e)
{
    if (again->origin == TARN_ORIGIN_STATIC || again->origin != r->origin)
        return control_refuse(e, -TARN_EEXIST, "to", "there is a route to it with this metric");
    r->valid_until = again->valid_until;
    r->preference = again->preference;
    r->mtu = again->mtu;
    fib_changed(st, r);
    control_changed(st);
    return 0;
}

int tarn_route_add(struct tarn *st, const struct tarn_route *r, tarn_ns now,
                   struct tarn_control_error *e)
{
    int err = check_route(st, r, e);
    struct route record, *found;

    st->now = now;
    if (err < 0)
        return err;
    record = record_of(r);
    if (ip_is_given(&record.via) && !is_on_link(st, r))
        return control_refuse(e, -TARN_ENETUNREACH, "via",
                              "the gateway is on no network of the interface");
    if (ip_is_given(&record.source) && !address_is_local(st, &record.source))
        return control_refuse(e, -TARN_EINVAL, "source",
                              "the preferred source is not an address of ours");
    found = find(st, &record);
    if (found != NULL)
        return renew(st, found, &record, e);
    if (fib_add(st, &record) == NULL)
        return control_refuse(e, -TARN_ENOBUFS, NULL, "the table is full");
    control_changed(st);
    return 0;
}

int tarn_route_del(struct tarn *st, const struct tarn_route *r, tarn_ns now,
                   struct tarn_control_error *e)
{
    int err = check_route(st, r, e);
    struct route like, *found;

    st->now = now;
    if (err < 0)
        return err;
    like = record_of(r);
    found = find(st, &like);
    if (found == NULL || found->port != r->port || !tarn_ip_equal(&found->via, &like.via))
        return control_refuse(e, -TARN_ENOENT, "to", "there is no such route");
    fib_del(st, found);
    control_changed(st);
    return 0;
}

/* The record at the cursor or the next one behind it, and the cursor moved behind that. */
static const void *walk(const struct tarn *st, const struct hash *h, uint32_t *cursor)
{
    uint32_t bucket = *cursor >> CURSOR_CHAIN_BITS;
    uint32_t skip = *cursor & ((1u << CURSOR_CHAIN_BITS) - 1), place = 0;
    const void *at = bucket < h->n_buckets ? hash_first(st, h, bucket) : NULL;

    while (at != NULL && hash_bucket(h, at) == bucket && place < skip) {
        at = hash_next(st, h, at);
        place++;
    }
    if (at == NULL)
        return NULL;
    if (hash_bucket(h, at) != bucket)
        place = 0;
    *cursor = (hash_bucket(h, at) << CURSOR_CHAIN_BITS) + place + 1;
    return at;
}

bool tarn_route_next(const struct tarn *st, uint32_t *cursor, struct tarn_route *out)
{
    const struct route *r;

    do {
        r = walk(st, &ip_layer(st)->fib.prefixes, cursor);
        if (r == NULL)
            return false;
    } while (r->kind != ROUTE_UNICAST);
    *out = (struct tarn_route){.to = {.ip = r->prefix, .len = r->len},
                               .via = r->via,
                               .source = r->source,
                               .port = r->port,
                               .metric = r->metric,
                               .mtu = r->mtu,
                               .origin = r->origin,
                               .preference = r->preference,
                               .valid_until = r->valid_until};
    return true;
}

static int check_neigh(const struct tarn *st, const struct tarn_neigh *n,
                       struct tarn_control_error *e)
{
    if (n->port >= port_count(st) || port_at(st, n->port)->info.medium != LINK_ETHERNET)
        return control_refuse(e, -TARN_ENODEV, "port",
                              "there is no such interface with link addresses");
    if ((n->mac[0] & 1) != 0)
        return control_refuse(e, -TARN_EINVAL, "mac", "the link address is a group's");
    return 0;
}

int tarn_neigh_set(struct tarn *st, const struct tarn_neigh *n, tarn_ns now,
                   struct tarn_control_error *e)
{
    int err = check_neigh(st, n, e);

    st->now = now;
    if (err < 0)
        return err;
    if (!neigh_set(st, n, now))
        return control_refuse(e, -TARN_ENOBUFS, NULL, "the table is full");
    return 0;
}

int tarn_neigh_del(struct tarn *st, const struct tarn_neigh *n, tarn_ns now,
                   struct tarn_control_error *e)
{
    int err = check_neigh(st, n, e);
    struct neigh *found;

    st->now = now;
    if (err < 0)
        return err;
    found = neigh_find(st, n->port, &n->ip);
    if (found == NULL)
        return control_refuse(e, -TARN_ENOENT, "ip", "there is no such neighbour");
    neigh_forget(st, found, DROP_NEIGH_FAILED);
    return 0;
}

bool tarn_neigh_next(const struct tarn *st, uint32_t *cursor, struct tarn_neigh *out)
{
    const struct neigh *n = walk(st, &eth_layer(st)->table, cursor);

    if (n == NULL)
        return false;
    *out =
        (struct tarn_neigh){.ip = n->ip, .port = n->port, .state = n->state, .router = n->router};
    memcpy(out->mac, n->mac, 6);
    return true;
}
