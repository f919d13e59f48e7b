/* ip/select.c - which of our addresses a conversation begins with (RFC 6724).
 *
 * Section 5 compares candidates by rules in order; the first that tells two apart decides. */
#include "ip/select.h"

#include "base/bits.h"
#include "ip/address.h"

unsigned ip6_scope(const struct tarn_ip *ip)
{
    if (tarn_ip_is4(ip))
        return tarn_ip_is_link_local(ip) || tarn_ip_is_loopback(ip) ? IP6_SCOPE_LINK
                                                                    : IP6_SCOPE_GLOBAL;
    if (tarn_ip_is_multicast(ip))
        return ip->b[1] & 15u;
    if (tarn_ip_is_link_local(ip) || tarn_ip_is_loopback(ip))
        return IP6_SCOPE_LINK;
    return ip->b[0] == 0xfe && ip->b[1] >> 6 == 3 ? IP6_SCOPE_SITE : IP6_SCOPE_GLOBAL;
}

/* Does `a` go before `b` as the source of a packet to dst? Rules 1, 2, 3 and 8. */
static bool is_better(const struct address *a, const struct address *b, const struct tarn_ip *dst)
{
    const struct tarn_ip *ip_a = &a->info.prefix.ip, *ip_b = &b->info.prefix.ip;
    unsigned scope_a = ip6_scope(ip_a), scope_b = ip6_scope(ip_b);

    if (tarn_ip_equal(ip_a, dst) != tarn_ip_equal(ip_b, dst))
        return tarn_ip_equal(ip_a, dst);
    if (scope_a != scope_b)
        return scope_a < scope_b ? scope_a >= ip6_scope(dst) : scope_b < ip6_scope(dst);
    if (((a->info.flags ^ b->info.flags) & TARN_ADDRESS_DEPRECATED) != 0)
        return (b->info.flags & TARN_ADDRESS_DEPRECATED) != 0;
    return prefix_common(ip_a, dst) > prefix_common(ip_b, dst);
}

/* May the address be the source of a packet that leaves by `port`? Of other links' link-local
 * addresses none may (RFC 6724 4). */
static bool is_candidate(const struct address *a, unsigned port)
{
    bool link_scope = ip6_scope(&a->info.prefix.ip) == IP6_SCOPE_LINK;

    return a->assigned && !address_is4(a) && (a->info.port == port || !link_scope);
}

bool address_select(const struct tarn *st, unsigned port, struct ip_info *ip)
{
    const struct address *best = NULL;

    for (const struct address *a = NULL; (a = address_next(st, a)) != NULL;)
        if (is_candidate(a, port) && (best == NULL || is_better(a, best, &ip->dst)))
            best = a;
    if (best != NULL)
        ip->src = best->info.prefix.ip;
    return best != NULL;
}
