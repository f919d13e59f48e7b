/* ip/control_route.c - the control plane's routes and neighbours (tarn/control.h).
 *
 * A walk's cursor is the number of a hash bucket and of a record within it, so it needs no memory
 * of the records it has passed. */
#include "eth/neigh.h"
#include "ip/control.h"
#include "ip/ip.h"
#include "tarn/link.h"

enum { V4_BITS = 96, CURSOR_CHAIN_BITS = 8 };

/* The gateway must be a neighbour on the route's own port. */
static bool is_on_link(const struct tarn *st, const struct tarn_route *r)
{
    const struct route *to = fib_find_on(st, tarn_ip_to4(&r->via), r->port);

    return to != NULL && to->kind == ROUTE_UNICAST && to->via == 0;
}

static int check_route(const struct tarn *st, const struct tarn_route *r,
                       struct tarn_control_error *e)
{
    if (r->port >= port_count(st))
        return control_refuse(e, -TARN_ENODEV, "port", "there is no such interface");
    if (!tarn_ip_is4(&r->to.ip))
        return control_refuse(e, -TARN_EAFNOSUPPORT, "to", "IPv6 is not carried by this stack");
    if (r->to.len < V4_BITS || r->to.len > 128)
        return control_refuse(e, -TARN_EINVAL, "to", "the prefix length is beyond the address");
    if ((tarn_ip_to4(&r->to.ip) & ~prefix_mask(r->to.len - V4_BITS)) != 0)
        return control_refuse(e, -TARN_EINVAL, "to", "the prefix has bits behind its length");
    return 0;
}

static struct route record_of(const struct tarn_route *r)
{
    return (struct route){.prefix = tarn_ip_to4(&r->to.ip),
                          .len = (uint8_t)(r->to.len - V4_BITS),
                          .via = tarn_ip_to4(&r->via),
                          .source = tarn_ip_to4(&r->source),
                          .metric = r->metric,
                          .mtu = r->mtu,
                          .port = (uint8_t)r->port,
                          .kind = ROUTE_UNICAST};
}

/* The unicast route with this prefix and metric. */
static struct route *find(const struct tarn *st, const struct route *like)
{
    struct route *r = fib_exact(st, like->prefix, like->len);

    while (r != NULL && (r->kind != ROUTE_UNICAST || r->metric != like->metric))
        r = fib_exact_next(st, r);
    return r;
}

int tarn_route_add(struct tarn *st, const struct tarn_route *r, tarn_ns now,
                   struct tarn_control_error *e)
{
    struct route record = record_of(r);
    struct tarn_ip source = tarn_ip4(record.source);
    int err = check_route(st, r, e);

    st->now = now;
    if (err < 0)
        return err;
    if (record.via != 0 && !is_on_link(st, r))
        return control_refuse(e, -TARN_ENETUNREACH, "via",
                              "the gateway is on no network of the interface");
    if (record.source != 0 && !address_is_local(st, &source))
        return control_refuse(e, -TARN_EINVAL, "source",
                              "the preferred source is not an address of ours");
    if (find(st, &record) != NULL)
        return control_refuse(e, -TARN_EEXIST, "to", "there is a route to it with this metric");
    if (fib_add(st, &record) == NULL)
        return control_refuse(e, -TARN_ENOBUFS, NULL, "the table is full");
    return 0;
}

int tarn_route_del(struct tarn *st, const struct tarn_route *r, tarn_ns now,
                   struct tarn_control_error *e)
{
    struct route like = record_of(r), *found;
    int err = check_route(st, r, e);

    st->now = now;
    if (err < 0)
        return err;
    found = find(st, &like);
    if (found == NULL || found->port != r->port || found->via != like.via)
        return control_refuse(e, -TARN_ENOENT, "to", "there is no such route");
    fib_del(st, found);
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
    *out =
        (struct tarn_route){.to = {.ip = tarn_ip4(r->prefix), .len = (uint8_t)(r->len + V4_BITS)},
                            .port = r->port,
                            .metric = r->metric,
                            .mtu = r->mtu};
    if (r->via != 0)
        out->via = tarn_ip4(r->via);
    if (r->source != 0)
        out->source = tarn_ip4(r->source);
    return true;
}

static int check_neigh(const struct tarn *st, const struct tarn_neigh *n,
                       struct tarn_control_error *e)
{
    if (n->port >= port_count(st) || port_at(st, n->port)->info.medium != LINK_ETHERNET)
        return control_refuse(e, -TARN_ENODEV, "port",
                              "there is no such interface with link addresses");
    if (!tarn_ip_is4(&n->ip))
        return control_refuse(e, -TARN_EAFNOSUPPORT, "ip", "IPv6 is not carried by this stack");
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
    if (!neigh_fix(st, n->port, &n->ip, n->mac, now))
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
    *out = (struct tarn_neigh){.ip = n->ip, .port = n->port, .state = n->state};
    memcpy(out->mac, n->mac, 6);
    return true;
}
