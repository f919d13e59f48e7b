/* ip/address.c - our addresses: what is ours, what is broadcast, which suits a destination.
 *
 * An address brings routes: itself as local, its network out of its port, the network's broadcast
 * addresses. So whether an address is ours is one look-up of the forwarding table. */
#include "ip/ip.h"

static const struct route *route_to(const struct tarn *st, const struct tarn_ip *ip)
{
    return tarn_ip_is4(ip) ? fib_find(st, tarn_ip_to4(ip)) : NULL;
}

bool address_is_local(const struct tarn *st, const struct tarn_ip *ip)
{
    const struct route *r = route_to(st, ip);

    return r != NULL && r->kind == ROUTE_LOCAL;
}

bool address_is_broadcast(const struct tarn *st, const struct tarn_ip *ip)
{
    const struct route *r = route_to(st, ip);

    return tarn_ip_is_broadcast(ip) || (r != NULL && r->kind == ROUTE_BROADCAST);
}

bool address_on_port(const struct tarn *st, unsigned port, const struct tarn_ip *dst,
                     struct tarn_ip *out)
{
    const struct ip_layer *ip = ip_layer(st);
    const struct tarn_address *first = NULL;

    for (uint32_t i = 0; i < ip->n_addresses; i++) {
        const struct tarn_address *a = &ip->address[i];
        uint32_t mask = prefix_mask(a->prefix.len - 96u);

        if (a->port != port)
            continue;
        if (first == NULL)
            first = a;
        if (((tarn_ip_to4(&a->prefix.ip) ^ tarn_ip_to4(dst)) & mask) == 0) {
            first = a;
            break;
        }
    }
    if (first != NULL)
        *out = first->prefix.ip;
    return first != NULL;
}
