/* ip/control_address.c - the control plane's addresses (tarn/control.h), both families. */
#include "ip/address.h"
#include "ip/control.h"

static int check(const struct tarn *st, const struct tarn_address *a, struct tarn_control_error *e)
{
    const struct tarn_ip *ip = &a->prefix.ip;

    if (a->prefix.len > 128 || (tarn_ip_is4(ip) && a->prefix.len < FIB_V4_BITS))
        return control_refuse(e, -TARN_EINVAL, "len", "the prefix length is beyond the address");
    if (a->port >= port_count(st))
        return control_no_port(e);
    if (tarn_ip_is_any(ip) || tarn_ip_is_multicast(ip) || tarn_ip_is_broadcast(ip))
        return control_refuse(e, -TARN_EINVAL, "ip", "this is not an address of one host");
    return 0;
}

/* The record that a request names. One of IPv6 is on an interface once, whatever its network. */
static struct address *find(const struct tarn *st, const struct tarn_address *like)
{
    struct address *a = NULL;

    while ((a = address_next(st, a)) != NULL)
        if (a->info.port == like->port && tarn_ip_equal(&a->info.prefix.ip, &like->prefix.ip) &&
            (a->info.prefix.len == like->prefix.len || !address_is4(a)))
            return a;
    return NULL;
}

static tarn_ns or_never(tarn_ns until)
{
    return until != 0 ? until : TARN_NEVER;
}

/* What a request says again of an address that is there; false: nothing new. */
static bool change(struct tarn *st, struct address *a, const struct tarn_address *asked,
                   tarn_ns now)
{
    static const uint8_t state = TARN_ADDRESS_TENTATIVE | TARN_ADDRESS_DUPLICATE |
                                 TARN_ADDRESS_DEPRECATED | TARN_ADDRESS_OPTIMISTIC;
    uint8_t flags = (uint8_t)((a->info.flags & state) | (asked->flags & ~state));
    tarn_ns preferred = or_never(asked->preferred_until), valid = or_never(asked->valid_until);

    if (flags == a->info.flags && preferred == a->info.preferred_until &&
        valid == a->info.valid_until)
        return false;
    a->info.flags = flags;
    a->info.preferred_until = preferred;
    a->info.valid_until = valid;
    address_changed(st, a, now);
    return true;
}

int tarn_address_add(struct tarn *st, const struct tarn_address *asked, tarn_ns now,
                     struct tarn_control_error *e)
{
    struct tarn_address info = *asked;
    int err = check(st, asked, e);
    struct address *a;

    if (err < 0)
        return err;
    st->now = now;
    a = find(st, asked);
    if (a != NULL && change(st, a, asked, now))
        return 0;
    if (a != NULL)
        return control_refuse(e, -TARN_EEXIST, "ip", "the interface has this address");
    if (ip_layer(st)->address_pool.n_used == ADDRESS_MAX)
        return control_refuse(e, -TARN_ENOSPC, NULL, "there are 256 addresses already");
    info.preferred_until = or_never(asked->preferred_until);
    info.valid_until = or_never(asked->valid_until);
    if (address_create(st, &info, now) == NULL)
        return control_refuse(e, -TARN_ENOBUFS, NULL, "no memory for its routes");
    return 0;
}

int tarn_address_del(struct tarn *st, const struct tarn_address *asked, tarn_ns now,
                     struct tarn_control_error *e)
{
    struct address *a = find(st, asked);

    st->now = now;
    if (a == NULL)
        return control_refuse(e, -TARN_EADDRNOTAVAIL, "ip",
                              "the interface does not have this address");
    address_remove(st, a);
    return 0;
}

bool tarn_address_next(const struct tarn *st, uint32_t *cursor, struct tarn_address *out)
{
    const struct address *a = address_next(st, NULL);

    for (uint32_t i = 0; a != NULL && i < *cursor; i++)
        a = address_next(st, a);
    if (a == NULL)
        return false;
    ++*cursor;
    *out = a->info;
    return true;
}
