/* icmp/icmp6_error.c - errors about packets of IPv6 that we send: when one must not be, what it
 * says, from whom (RFC 4443 2.2 to 2.4, 3). How many may be is icmp_rate_allows()'s. */
#include "icmp/icmp_error.h"
#include "wire/ip4.h"

/* RFC 4443 3: as much of the packet as fits into the minimum IPv6 MTU. */
enum { QUOTE_MAX = IP6_MIN_MTU - IP6_HEADER_BYTES - ICMP6_HEADER_BYTES };

/* RFC 4443 2.4 e.1, e.2: an error or a redirect, as far as can be seen. The packet is walked from
 * its IP header, because an error may be about a header before that of ICMPv6. */
static bool is_never_answered(const struct pkt *p)
{
    const uint8_t *at = p->head + p->l3;
    struct icmp6_quote q;
    uint8_t type;

    if (!icmp6_parse_quote(&q, at, p->head_off + p->head_len - p->l3) || q.later)
        return false;
    type = at[q.header_bytes];
    return q.proto == IP_PROTO_ICMP6 && (icmp6_is_error(type) || type == ICMP6_REDIRECT);
}

/* RFC 4443 2.4 e.3 to e.6: to groups only path MTU discovery and unknown options are answered. */
static bool may_answer(const struct ip_info *ip, const struct pkt *p, enum icmp_why why)
{
    bool to_many = (p->flags & PKT_BROADCAST) != 0 || tarn_ip_is_multicast(&ip->dst);

    if (to_many && why != ICMP_WHY_TOO_BIG && why != ICMP_WHY_OPTION)
        return false;
    return !tarn_ip_is_any(&ip->src) && !tarn_ip_is_multicast(&ip->src) && !is_never_answered(p);
}

static struct icmp6_hdr problem(uint8_t code, uint32_t at)
{
    return (struct icmp6_hdr){.type = ICMP6_PARAMETER_PROBLEM, .code = code, .info = at};
}

static struct icmp6_hdr unreachable(uint8_t code)
{
    return (struct icmp6_hdr){.type = ICMP6_UNREACHABLE, .code = code};
}

static struct icmp6_hdr time_exceeded(uint8_t code)
{
    return (struct icmp6_hdr){.type = ICMP6_TIME_EXCEEDED, .code = code};
}

/* Type, code and what goes with them. */
static struct icmp6_hdr header_of(const struct ip_info *ip, struct icmp_report what)
{
    switch ((enum icmp_why)what.why) {
    case ICMP_WHY_NO_ROUTE: return unreachable(ICMP6_NO_ROUTE);
    case ICMP_WHY_PROHIBITED: return unreachable(ICMP6_PROHIBITED);
    case ICMP_WHY_SCOPE: return unreachable(ICMP6_SCOPE);
    case ICMP_WHY_PORT: return unreachable(ICMP6_PORT);
    case ICMP_WHY_TOO_BIG:
        return (struct icmp6_hdr){.type = ICMP6_PACKET_TOO_BIG, .info = what.info};
    case ICMP_WHY_TTL: return time_exceeded(ICMP6_HOPS);
    case ICMP_WHY_REASSEMBLY: return time_exceeded(ICMP6_REASSEMBLY);
    case ICMP_WHY_HEADER: return problem(ICMP6_BAD_FIELD, what.info);
    case ICMP_WHY_PROTOCOL: return problem(ICMP6_BAD_NEXT_HEADER, ip->next_at);
    case ICMP_WHY_NEXT_HEADER: return problem(ICMP6_BAD_NEXT_HEADER, what.info);
    case ICMP_WHY_OPTION: return problem(ICMP6_BAD_OPTION, what.info);
    case ICMP_WHY_FRAGMENT: return problem(ICMP6_BAD_FIRST_FRAGMENT, what.info);
    default: return unreachable(ICMP6_ADDRESS);
    }
}

void icmp6_error_send(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                      struct icmp_report what, tarn_ns now)
{
    struct ip_info back = {.dst = ip->src, .zone = ip->zone};
    struct icmp6_hdr h = header_of(ip, what);
    struct pkt *q;

    if (!may_answer(ip, p, (enum icmp_why)what.why) || !icmp_rate_allows(st, now))
        return;
    q = icmp_quote(st, p, QUOTE_MAX, IP6_HEADER_BYTES + ICMP6_HEADER_BYTES);
    if (q == NULL)
        return;
    if (ip->to_us && !ip->anycast)
        back.src = ip->dst;
    icmp6_output(st, &back, &h, q, now);
}
