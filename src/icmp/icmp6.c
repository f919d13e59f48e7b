/* icmp/icmp6.c - ICMP for IPv6 (RFC 4443): echo, errors that others send us, and who gets the
 * messages of neighbour discovery and of multicast listener discovery.
 *
 * An error is believed as far as the packet it quotes can have been ours (RFC 4443 2.4 d, 5.2): its
 * source is an address of ours, it is no later fragment, and the transport finds the conversation.
 * "Packet too big" below the minimum MTU is nonsense (RFC 8201 4). Informational messages of types
 * that we do not know are discarded silently, errors go to the transport all the same (2.4 a, b).
 */
#include "wire/icmp6.h"

#include "base/array.h"
#include "base/bits.h"
#include "base/sum.h"
#include "core/chunk.h"
#include "core/port.h"
#include "icmp/icmp_error.h"
#include "wire/ip4.h"

enum { QUOTE_MIN = 8 }; /* bytes of the transport header without which nobody is asked */

void icmp6_output(struct tarn *st, struct ip_info *ip, const struct icmp6_hdr *h, struct pkt *q,
                  tarn_ns now)
{
    uint32_t sum = pkt_sum(st, q, 0);

    ip->proto = IP_PROTO_ICMP6;
    if (route_find(st, ip, -1) < 0) {
        pkt_drop(st, q, DROP_IP_NO_ROUTE);
        return;
    }
    sum = sum_add(sum, path_pseudo_sum(ip, ICMP6_HEADER_BYTES + pkt_len(q)));
    icmp6_build(pkt_prepend(q, ICMP6_HEADER_BYTES), h, sum);
    stat_add(st, TARN_STAT_ICMP_OUT, 1);
    ip_output(st, ip, q, now);
}

/* Answer with the same packet, turned round; to a group, from an address of ours (RFC 4443 4.2). */
static void echo(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                 const struct icmp6_hdr *h, tarn_ns now)
{
    struct ip_info back = {.dst = ip->src, .zone = ip->zone, .tos = ip->tos};
    struct icmp6_hdr reply = *h;
    bool to_group = tarn_ip_is_multicast(&ip->dst);

    if (st->param[PARAM_ECHO_REPLY] == 0 || tarn_ip_is_any(&ip->src) ||
        (to_group ? st->param[PARAM_IP6_ECHO_MULTICAST] == 0 : !ip->to_us)) {
        pkt_drop(st, p, DROP_ICMP_TYPE);
        return;
    }
    if (ip->to_us && !ip->anycast)
        back.src = ip->dst;
    reply.type = ICMP6_ECHO_REPLY;
    pkt_strip(p, ICMP6_HEADER_BYTES);
    p->flags = 0;
    p->csum = PKT_CSUM_NONE;
    icmp6_output(st, &back, &reply, p, now);
}

/* What an error means to a program, and whether it ends a conversation, as Linux has it. */
static void set_meaning(struct icmp_error *e)
{
    static const struct {
        int16_t error;
        bool hard;
    } unreachable[] = {
        [ICMP6_NO_ROUTE] = {-TARN_ENETUNREACH, false},
        [ICMP6_PROHIBITED] = {-TARN_EACCES, true},
        [ICMP6_SCOPE] = {-TARN_EHOSTUNREACH, false},
        [ICMP6_ADDRESS] = {-TARN_EHOSTUNREACH, false},
        [ICMP6_PORT] = {-TARN_ECONNREFUSED, true},
        [ICMP6_SOURCE_POLICY] = {-TARN_EACCES, true},
        [ICMP6_REJECT_ROUTE] = {-TARN_EACCES, true},
    };

    e->error = -TARN_EPROTO;
    e->hard = e->type == ICMP6_UNREACHABLE || e->type == ICMP6_PARAMETER_PROBLEM;
    if (e->type == ICMP6_PACKET_TOO_BIG) {
        e->error = -TARN_EMSGSIZE;
    } else if (e->type == ICMP6_TIME_EXCEEDED) {
        e->error = -TARN_EHOSTUNREACH;
    } else if (e->type == ICMP6_UNREACHABLE && e->code < ARRAY_LEN(unreachable)) {
        e->error = unreachable[e->code].error;
        e->hard = unreachable[e->code].hard;
    }
}

/* The quoted packet behind the ICMPv6 header; false: it cannot be one of ours. */
static bool parse_quote(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                        const struct icmp6_hdr *h, struct icmp_error *e)
{
    const uint8_t *at = pkt_head(p) + ICMP6_HEADER_BYTES;
    size_t n = p->head_len - (size_t)ICMP6_HEADER_BYTES;
    struct icmp6_quote q;

    if (!icmp6_parse_quote(&q, at, n) || q.later || n < q.header_bytes + (size_t)QUOTE_MIN)
        return false;
    e->quoted =
        (struct ip_info){.proto = q.proto, .ttl = q.ip.hops, .tos = q.ip.tclass, .flow = q.ip.flow};
    memcpy(e->quoted.src.b, q.ip.src, 16);
    memcpy(e->quoted.dst.b, q.ip.dst, 16);
    if (tarn_ip_is4(&e->quoted.src) || tarn_ip_is4(&e->quoted.dst))
        return false; /* not from the wire, see ip6_input() */
    if (tarn_ip_has_zone(&e->quoted.src) || tarn_ip_has_zone(&e->quoted.dst))
        e->quoted.zone = ip->port + 1u;
    e->payload = at + q.header_bytes;
    e->payload_bytes = (uint32_t)(n - q.header_bytes);
    e->payload_at = ICMP6_HEADER_BYTES + q.header_bytes;
    if (h->type == ICMP6_PACKET_TOO_BIG) {
        e->info = h->info;
        if (h->info < IP6_MIN_MTU || h->info >= q.ip.payload_bytes + (uint32_t)IP6_HEADER_BYTES)
            return false;
    }
    return address_is_local(st, &e->quoted.src);
}

static void take_error(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                       const struct icmp6_hdr *h, tarn_ns now)
{
    /* What the header buffer can take beside what has been stripped. */
    uint32_t look = min_u32(pkt_len(p), PKT_HEAD_BYTES - p->head_off);
    struct icmp_error e = {.type = h->type, .code = h->code, .from = ip->src, .p = p};

    set_meaning(&e);
    if (pkt_pull(st, p, look) == NULL || !parse_quote(st, ip, p, h, &e)) {
        pkt_drop(st, p, DROP_ICMP_QUOTE);
        return;
    }
    proto_tell_error(st, &e, now);
    pkt_put(st, p);
}

static void dispatch(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                     const struct icmp6_hdr *h, tarn_ns now)
{
    switch (h->type) {
    case ICMP6_ECHO: echo(st, ip, p, h, now); return;
    case ICMP6_MLD_QUERY:
    case ICMP6_MLD_REPORT:
    case ICMP6_MLD_DONE:
    case ICMP6_MLD2_REPORT: mld_input(st, ip, p, now); return;
    case ICMP6_ROUTER_SOLICIT:
    case ICMP6_ROUTER_ADVERT:
    case ICMP6_NEIGH_SOLICIT:
    case ICMP6_NEIGH_ADVERT:
    case ICMP6_REDIRECT:
        if (port_at(st, ip->port)->info.medium == LINK_ETHERNET && ip->port != PORT_LO)
            nd_input(st, ip, p, now);
        else
            icmp_left_over(st, ip, p, false, now);
        return;
    default:
        if (icmp6_is_error(h->type))
            take_error(st, ip, p, h, now);
        else
            icmp_left_over(st, ip, p, h->type == ICMP6_ECHO_REPLY, now);
    }
}

static void input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    const uint8_t *at = pkt_pull(st, p, min_u32(pkt_len(p), ICMP6_HEADER_BYTES));
    struct icmp6_hdr h;

    stat_add(st, TARN_STAT_ICMP_IN, 1);
    if (tarn_ip_is4(&ip->dst))
        icmp_other_family(st, ip, p, now);
    else if (at == NULL || icmp6_parse(&h, at, p->head_len) != WIRE_OK)
        pkt_drop(st, p, DROP_ICMP_SHORT);
    else if (!path_csum_good(st, ip, p))
        pkt_drop(st, p, DROP_ICMP_CHECKSUM);
    else
        dispatch(st, ip, p, &h, now);
}

const struct proto proto_icmp6 = {
    .name = "icmp6",
    .ip_proto = IP_PROTO_ICMP6,
    .type = TARN_RAW,
    .input = input,
    .error = ping_error,
};
