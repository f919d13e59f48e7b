/* icmp/icmp_error.c - errors that we send: when one of IPv4 must not be (RFC 1122 3.2.2, RFC 1812
 * 4.3.2), and how many of either family may be (RFC 4443 2.4 f).
 *
 * The limit is a token bucket for the whole stack, icmp.rate a second and icmp.burst at once. An
 * error takes 0, 1 or 2 tokens at random, one in the mean, so that a peer that provokes errors
 * cannot count those which others have provoked (CVE-2020-25705). */
#include "icmp/icmp_error.h"

#include "base/bits.h"
#include "base/fixed.h"
#include "core/chunk.h"
#include "wire/icmp.h"
#include "wire/ip4.h"

static const uint64_t SECOND = 1000000000;

/* RFC 1812 4.3.2.3: as much of the packet as makes a message of 576 bytes. */
enum { MESSAGE_MAX = 576, QUOTE_MAX = MESSAGE_MAX - IP4_HEADER_BYTES - ICMP_HEADER_BYTES };

/* RFC 1812 4.3.2.5: errors are of precedence 6, and have the other bits of what they are about. */
enum { INTERNET_CONTROL = 6 << 5, TOS_BITS = 7 << 2 };

struct icmp_layer {
    uint64_t tokens;
    tarn_ns filled; /* up to when */
};

bool icmp_error_init(struct tarn *st)
{
    struct icmp_layer *l = layer_alloc(st, LAYER_ICMP, sizeof *l);

    if (l == NULL)
        return false;
    l->tokens = (uint64_t)st->param[PARAM_ICMP_BURST];
    l->filled = st->now;
    return true;
}

/* Is there a token, and how many does this error take? */
static bool take_tokens(struct tarn *st, tarn_ns now)
{
    struct icmp_layer *l = layer_state(st, LAYER_ICMP);
    uint64_t rate = (uint64_t)st->param[PARAM_ICMP_RATE];
    uint64_t more = mul_div(sub_sat(now, l->filled), rate, SECOND);

    if (more > 0) {
        l->tokens = min_u64(add_sat(l->tokens, more), (uint64_t)st->param[PARAM_ICMP_BURST]);
        l->filled = now;
    }
    if (l->tokens == 0)
        return false;
    l->tokens = sub_sat(l->tokens, rng_below(&st->rng[STREAM_ICMP], 3));
    return true;
}

bool icmp_rate_allows(struct tarn *st, tarn_ns now)
{
    bool allowed = take_tokens(st, now);

    st->drop[DROP_ICMP_RATE] += !allowed;
    return allowed;
}

/* An ICMP message of an error type, whose header begins at l4. */
static bool is_icmp_error(const struct ip_info *ip, const struct pkt *p)
{
    return ip->proto == IP_PROTO_ICMP && (p->l4 >= PKT_HEAD_BYTES || icmp_is_error(p->head[p->l4]));
}

/* RFC 1122 3.2.2: never about an error, a later fragment, a broadcast, or to a source that is not
 * one host. */
static bool may_answer(const struct tarn *st, const struct ip_info *ip, const struct pkt *p)
{
    if (ip->frag_bytes != 0 || (p->flags & PKT_BROADCAST) != 0 || is_icmp_error(ip, p))
        return false;
    if (tarn_ip_is_multicast(&ip->dst) || address_is_broadcast(st, &ip->dst))
        return false;
    return !tarn_ip_is_any(&ip->src) && !tarn_ip_is_multicast(&ip->src) &&
           !address_is_broadcast(st, &ip->src);
}

struct pkt *icmp_quote(struct tarn *st, const struct pkt *p, uint32_t max, unsigned headers)
{
    uint32_t in_head = p->head_off + p->head_len - p->l3;
    uint32_t from_head = min_u32(in_head, max);
    uint32_t from_slice = min_u32(p->slice_len, max - from_head);
    struct pkt *q = pkt_get(st, max, PKT_RX_ROOM + headers);

    if (q == NULL) {
        st->drop[DROP_POOL_EMPTY]++;
        return NULL;
    }
    (void)pkt_append(st, q, p->head + p->l3, from_head);
    if (from_slice > 0)
        (void)pkt_append(st, q, pkt_slice(st, p), from_slice);
    return q;
}

/* Type and code of IPv4 (RFC 792). */
static struct icmp_hdr header_of(struct icmp_report what)
{
    switch ((enum icmp_why)what.why) {
    case ICMP_WHY_NO_ROUTE: return (struct icmp_hdr){.type = ICMP_UNREACHABLE, .code = ICMP_NET};
    case ICMP_WHY_PROHIBITED:
        return (struct icmp_hdr){.type = ICMP_UNREACHABLE, .code = ICMP_ADMIN_PROHIBITED};
    case ICMP_WHY_PROTOCOL:
        return (struct icmp_hdr){.type = ICMP_UNREACHABLE, .code = ICMP_PROTOCOL};
    case ICMP_WHY_PORT: return (struct icmp_hdr){.type = ICMP_UNREACHABLE, .code = ICMP_PORT};
    case ICMP_WHY_TOO_BIG:
        return (struct icmp_hdr){
            .type = ICMP_UNREACHABLE, .code = ICMP_FRAG_NEEDED, .mtu = (uint16_t)what.info};
    case ICMP_WHY_TTL: return (struct icmp_hdr){.type = ICMP_TIME_EXCEEDED, .code = ICMP_TTL};
    case ICMP_WHY_REASSEMBLY:
        return (struct icmp_hdr){.type = ICMP_TIME_EXCEEDED, .code = ICMP_REASSEMBLY};
    case ICMP_WHY_HEADER:
    case ICMP_WHY_OPTION:
        return (struct icmp_hdr){.type = ICMP_PARAMETER_PROBLEM, .pointer = (uint8_t)what.info};
    default: return (struct icmp_hdr){.type = ICMP_UNREACHABLE, .code = ICMP_HOST};
    }
}

void icmp_error_send(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                     struct icmp_report what, tarn_ns now)
{
    struct ip_info back = {.dst = ip->src,
                           .proto = IP_PROTO_ICMP,
                           .tos = (uint8_t)(INTERNET_CONTROL | (ip->tos & TOS_BITS))};
    struct icmp_hdr h = header_of(what);
    struct pkt *q;
    uint32_t sum;

    if (!tarn_ip_is4(&ip->dst)) {
        icmp6_error_send(st, ip, p, what, now);
        return;
    }
    if (!may_answer(st, ip, p) || !icmp_rate_allows(st, now))
        return;
    q = icmp_quote(st, p, QUOTE_MAX, IP4_HEADER_BYTES + ICMP_HEADER_BYTES);
    if (q == NULL)
        return;
    back.src = ip->to_us ? ip->dst : tarn_ip4(0);
    sum = pkt_sum(st, q, 0);
    icmp_build(pkt_prepend(q, ICMP_HEADER_BYTES), &h, sum);
    stat_add(st, TARN_STAT_ICMP_OUT, 1);
    ip_output(st, &back, q, now);
}

void icmp_left_over(struct tarn *st, const struct ip_info *ip, struct pkt *p, bool is_echo_reply,
                    tarn_ns now)
{
    bool pinged = is_echo_reply && ping_input_copy(st, ip, p, now);

    if (pinged || (p->flags & PKT_COPIED) != 0)
        pkt_put(st, p);
    else
        pkt_drop(st, p, DROP_ICMP_TYPE);
}

void icmp_other_family(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    if ((p->flags & PKT_COPIED) == 0) {
        icmp_error_send(st, ip, p, (struct icmp_report){ICMP_WHY_PROTOCOL, 0}, now);
        pkt_drop(st, p, DROP_IP_PROTOCOL);
    } else {
        pkt_put(st, p);
    }
}
