/* ip/select.c - which of our addresses a conversation begins with, and which of a peer's is tried
 * first (RFC 6724).
 *
 * Theory of operation. Sections 5 and 6 compare two candidates by rules in order; the first rule
 * that tells them apart decides. Both use the policy table of section 2.1, which gives every
 * address a precedence and a label: addresses of one label go together. IPv4 takes part by its
 * mapped form.
 *
 * Candidates for a source are all assigned addresses of the stack, of link scope those of the link
 * alone (section 4); an address of the interface by which the packet leaves goes first (rule 5),
 * then one of a prefix that the next hop has advertised (rule 5.5): another router might refuse it
 * (RFC 8028 3.1).
 *
 * Deviations. Rule 4 (home addresses) has nothing to tell apart here. Temporary addresses are
 * preferred (rule 7) when ip6.temporary or the socket says so (RFC 5014), as Linux has it; an
 * optimistic one counts as deprecated (RFC 4429 3.1). */
#include "ip/select.h"

#include "base/bits.h"
#include "ip/address.h"
#include "ip/control.h"

/* IPV6_PREFER_SRC_* (RFC 5014 5) as far as they mean something here. */
enum { PREFER_TEMPORARY = 1, PREFER_PUBLIC = 2 };

struct policy {
    struct tarn_ip prefix;
    uint8_t len, precedence, label;
};

/* RFC 6724 2.1, longer prefixes first. */
static const struct policy policies[] = {
    {{{[15] = 1}}, 128, 50, 0},  {{{[10] = 0xff, [11] = 0xff}}, 96, 35, 4},
    {{{0}}, 96, 1, 3},           {{{0x20, 0x01}}, 32, 5, 5},
    {{{0x20, 0x02}}, 16, 30, 2}, {{{0x3f, 0xfe}}, 16, 1, 12},
    {{{0xfe, 0xc0}}, 10, 1, 11}, {{{0xfc}}, 7, 3, 13},
    {{{0}}, 0, 40, 1},
};

static const struct policy *policy_of(const struct tarn_ip *ip)
{
    const struct policy *p = policies;

    while (prefix_common(&p->prefix, ip) < p->len)
        p++;
    return p;
}

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

static bool is_deprecated(const struct address *a)
{
    return (a->info.flags & (TARN_ADDRESS_DEPRECATED | TARN_ADDRESS_OPTIMISTIC)) != 0;
}

static bool is_temporary(const struct address *a)
{
    return (a->info.flags & TARN_ADDRESS_TEMPORARY) != 0;
}

/* How many bits of its network the address shares with dst. */
static unsigned match_bits(const struct address *a, const struct tarn_ip *dst)
{
    return min_u32(prefix_common(&a->info.prefix.ip, dst), a->info.prefix.len);
}

/* What the source of a packet is chosen for. */
struct need {
    const struct tarn_ip *dst, *hop;
    unsigned port, scope;
    uint8_t label;
    bool temporary;
};

/* Rules 1 to 3: > 0: a goes first, < 0: b does, 0: they do not say. */
static int by_scope_and_age(const struct address *a, const struct address *b, const struct need *n)
{
    const struct tarn_ip *ip_a = &a->info.prefix.ip, *ip_b = &b->info.prefix.ip;
    unsigned scope_a = ip6_scope(ip_a), scope_b = ip6_scope(ip_b);

    if (tarn_ip_equal(ip_a, n->dst) != tarn_ip_equal(ip_b, n->dst))
        return tarn_ip_equal(ip_a, n->dst) ? 1 : -1;
    if (scope_a < scope_b)
        return scope_a < n->scope ? -1 : 1;
    if (scope_b < scope_a)
        return scope_b < n->scope ? 1 : -1;
    return (int)is_deprecated(b) - (int)is_deprecated(a);
}

/* Has the router advertised the address's prefix? */
static bool is_of_router(const struct address *a, const struct tarn_ip *router)
{
    for (unsigned i = 0; i < ADDRESS_ROUTERS && !tarn_ip_is_any(&a->router[i]); i++)
        if (tarn_ip_equal(&a->router[i], router))
            return true;
    return false;
}

/* Rule 5.5: is `a` of the next hop, and `b` of other routers? */
static bool is_of_hop(const struct address *a, const struct address *b, const struct need *n)
{
    return is_of_router(a, n->hop) && !is_of_router(b, n->hop) && !tarn_ip_is_any(&b->router[0]);
}

/* Section 5: does `a` go before `b`? */
static bool is_better_source(const struct address *a, const struct address *b, const struct need *n)
{
    int first = by_scope_and_age(a, b, n);
    bool label_a = policy_of(&a->info.prefix.ip)->label == n->label;
    bool label_b = policy_of(&b->info.prefix.ip)->label == n->label;

    if (first != 0)
        return first > 0;
    if ((a->info.port == n->port) != (b->info.port == n->port))
        return a->info.port == n->port;
    if (is_of_hop(a, b, n) || is_of_hop(b, a, n))
        return is_of_hop(a, b, n);
    if (label_a != label_b)
        return label_a;
    if (is_temporary(a) != is_temporary(b))
        return is_temporary(a) == n->temporary;
    return match_bits(a, n->dst) > match_bits(b, n->dst);
}

static bool is_candidate(const struct address *a, unsigned port)
{
    bool link_scope = ip6_scope(&a->info.prefix.ip) == IP6_SCOPE_LINK;

    return a->assigned && !address_is4(a) && (a->info.port == port || !link_scope);
}

bool address_select(const struct tarn *st, unsigned port, struct ip_info *ip)
{
    struct need n = {.dst = &ip->dst,
                     .hop = &ip->hop,
                     .port = port,
                     .scope = ip6_scope(&ip->dst),
                     .label = policy_of(&ip->dst)->label,
                     .temporary = st->param[PARAM_IP6_TEMPORARY] == 2};
    const struct address *best = NULL;

    if ((ip->source_prefs & (PREFER_TEMPORARY | PREFER_PUBLIC)) != 0)
        n.temporary = (ip->source_prefs & PREFER_TEMPORARY) != 0;
    for (const struct address *a = NULL; (a = address_next(st, a)) != NULL;)
        if (is_candidate(a, port) && (best == NULL || is_better_source(a, best, &n)))
            best = a;
    if (best != NULL)
        ip->src = best->info.prefix.ip;
    return best != NULL;
}

/* The record of our address, on whatever interface. */
static const struct address *record_of(const struct tarn *st, const struct tarn_ip *ip)
{
    const struct address *a = NULL;

    while ((a = address_next(st, a)) != NULL)
        if (tarn_ip_equal(&a->info.prefix.ip, ip))
            return a;
    return NULL;
}

/* The address that a conversation with dst would begin with; NULL: dst cannot be reached. */
static const struct address *source_for(const struct tarn *st, const struct tarn_ip *dst)
{
    struct ip_info ip = {.dst = *dst};

    return route_find(st, &ip, -1) == 0 ? record_of(st, &ip.src) : NULL;
}

static bool labels_match(const struct address *src, const struct tarn_ip *dst)
{
    return policy_of(&src->info.prefix.ip)->label == policy_of(dst)->label;
}

static bool scopes_match(const struct address *src, const struct tarn_ip *dst)
{
    return ip6_scope(&src->info.prefix.ip) == ip6_scope(dst);
}

/* Section 6: is destination `a` tried before `b`? */
static bool is_better_destination(const struct tarn *st, const struct tarn_ip *a,
                                  const struct tarn_ip *b)
{
    const struct address *from_a = source_for(st, a), *from_b = source_for(st, b);
    const struct policy *policy_a = policy_of(a), *policy_b = policy_of(b);

    if (from_a == NULL || from_b == NULL)
        return from_a != NULL && from_b == NULL;
    if (scopes_match(from_a, a) != scopes_match(from_b, b))
        return scopes_match(from_a, a);
    if (is_deprecated(from_a) != is_deprecated(from_b))
        return is_deprecated(from_b);
    if (labels_match(from_a, a) != labels_match(from_b, b))
        return labels_match(from_a, a);
    if (policy_a->precedence != policy_b->precedence)
        return policy_a->precedence > policy_b->precedence;
    if (ip6_scope(a) != ip6_scope(b))
        return ip6_scope(a) < ip6_scope(b);
    if (tarn_ip_is4(a) != tarn_ip_is4(b))
        return false;
    return match_bits(from_a, a) > match_bits(from_b, b);
}

void tarn_address_sort(const struct tarn *st, struct tarn_ip *v, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        struct tarn_ip ip = v[i];
        unsigned to = i;

        for (; to > 0 && is_better_destination(st, &ip, &v[to - 1]); to--)
            v[to] = v[to - 1];
        v[to] = ip;
    }
}
