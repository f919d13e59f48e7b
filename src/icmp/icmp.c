/* icmp/icmp.c - ICMP for IPv4: echo, and errors that others send us (RFC 792, RFC 1122 3.2.2).
 *
 * An error is believed only as far as the packet it quotes can have been ours: its source is an
 * address of ours, it is no later fragment, and the transport finds the conversation. Source
 * quench (RFC 6633) is not acted on, and redirects are as ip.accept-redirects says. */
#include "wire/icmp.h"

#include "base/array.h"
#include "base/bits.h"
#include "base/sum.h"
#include "core/chunk.h"
#include "icmp/icmp_error.h"
#include "wire/ip4.h"

enum {
    QUOTE_MIN = 8, /* bytes of the transport header that RFC 792 promises */
    QUOTE_LOOK = ICMP_HEADER_BYTES + IP4_MAX_HEADER_BYTES + QUOTE_MIN
};

/* Answer with the same packet, turned round. */
static void echo(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    struct ip_info back = {.src = ip->dst, .dst = ip->src, .proto = IP_PROTO_ICMP, .tos = ip->tos};
    struct icmp_hdr h;

    if (!ip->to_us || st->param[PARAM_ECHO_REPLY] == 0) {
        pkt_drop(st, p, DROP_ICMP_TYPE);
        return;
    }
    (void)icmp_parse(&h, pkt_head(p), p->head_len);
    h.type = ICMP_ECHO_REPLY;
    icmp_build(pkt_head(p), &h, pkt_sum(st, p, ICMP_HEADER_BYTES));
    icmp_echo_options(ip, p, &back, now);
    p->flags = 0;
    p->csum = PKT_CSUM_NONE;
    stat_add(st, TARN_STAT_ICMP_OUT, 1);
    ip_output(st, &back, p, now);
}

/* What a code of "destination unreachable" means to a program. */
static int16_t unreachable_error(uint8_t code)
{
    switch (code) {
    case ICMP_PROTOCOL: return -TARN_ENOPROTOOPT;
    case ICMP_PORT: return -TARN_ECONNREFUSED;
    case ICMP_FRAG_NEEDED: return -TARN_EMSGSIZE;
    case ICMP_NET:
    case ICMP_NET_PROHIBITED: return -TARN_ENETUNREACH;
    default: return -TARN_EHOSTUNREACH;
    }
}

static void set_meaning(struct icmp_error *e)
{
    if (e->type == ICMP_UNREACHABLE) {
        e->error = unreachable_error(e->code);
        e->hard = e->code == ICMP_PROTOCOL || e->code == ICMP_PORT || e->code == ICMP_FRAG_NEEDED;
    } else {
        e->error = e->type == ICMP_TIME_EXCEEDED ? -TARN_EHOSTUNREACH : -TARN_EPROTO;
    }
}

/* The next hop's MTU: as told, or for an old router the next lower common one (RFC 1191 7). */
static uint32_t next_hop_mtu(uint16_t told, uint16_t total_bytes)
{
    static const uint16_t plateau[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};

    for (unsigned i = 0; told == 0 && i < ARRAY_LEN(plateau); i++)
        if (plateau[i] < total_bytes)
            return plateau[i];
    return told;
}

/* The quoted packet behind the ICMP header; false: it cannot be one of ours. */
static bool parse_quote(struct tarn *st, struct pkt *p, const struct icmp_hdr *h,
                        struct icmp_error *e)
{
    const uint8_t *at = pkt_head(p) + ICMP_HEADER_BYTES;
    size_t n = p->head_len - (size_t)ICMP_HEADER_BYTES;
    struct ip4_hdr q;

    if (ip4_parse_quoted(&q, at, n) != WIRE_OK || n < q.header_bytes + (size_t)QUOTE_MIN)
        return false;
    e->quoted = (struct ip_info){.src = tarn_ip4(q.src),
                                 .dst = tarn_ip4(q.dst),
                                 .proto = q.proto,
                                 .ttl = q.ttl,
                                 .tos = q.tos};
    e->payload = at + q.header_bytes;
    e->payload_bytes = (uint32_t)(n - q.header_bytes);
    e->payload_at = ICMP_HEADER_BYTES + q.header_bytes;
    if (e->error == -TARN_EMSGSIZE) {
        e->info = next_hop_mtu(h->mtu, q.total_bytes);
        if (e->info == 0)
            return false;
    }
    return q.frag_bytes == 0 && address_is_local(st, &e->quoted.src);
}

static void take_error(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                       const struct icmp_hdr *h, tarn_ns now)
{
    struct icmp_error e = {.type = h->type, .code = h->code, .from = ip->src, .p = p};

    set_meaning(&e);
    if (pkt_pull(st, p, min_u32(pkt_len(p), QUOTE_LOOK)) == NULL || !parse_quote(st, p, h, &e)) {
        pkt_drop(st, p, DROP_ICMP_QUOTE);
        return;
    }
    proto_tell_error(st, &e, now);
    pkt_put(st, p);
}

/* A better first hop to where the quoted packet went (RFC 1122 3.2.2.2). */
static void take_redirect(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                          const struct icmp_hdr *h, tarn_ns now)
{
    struct icmp_error e = {.type = h->type, .code = h->code, .from = ip->src, .p = p};
    struct tarn_ip gateway = tarn_ip4(h->gateway);

    if (pkt_pull(st, p, min_u32(pkt_len(p), QUOTE_LOOK)) == NULL || !parse_quote(st, p, h, &e))
        pkt_drop(st, p, DROP_ICMP_QUOTE);
    else if (redirect_learn(st, p->port, &ip->src, &e.quoted.dst, &gateway, now))
        pkt_put(st, p);
    else
        icmp_left_over(st, ip, p, false, now);
}

static void input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    const uint8_t *at = pkt_pull(st, p, min_u32(pkt_len(p), ICMP_HEADER_BYTES));
    struct icmp_hdr h;

    stat_add(st, TARN_STAT_ICMP_IN, 1);
    if (!tarn_ip_is4(&ip->dst)) {
        icmp_other_family(st, ip, p, now);
        return;
    }
    if (at == NULL || icmp_parse(&h, at, p->head_len) != WIRE_OK) {
        pkt_drop(st, p, DROP_ICMP_SHORT);
        return;
    }
    if (p->csum != PKT_CSUM_VERIFIED && !sum_is_good(pkt_sum(st, p, 0))) {
        pkt_drop(st, p, DROP_ICMP_CHECKSUM);
        return;
    }
    if (h.type == ICMP_ECHO)
        echo(st, ip, p, now);
    else if (h.type == ICMP_REDIRECT)
        take_redirect(st, ip, p, &h, now);
    else if (icmp_is_error(h.type) && h.type != ICMP_SOURCE_QUENCH)
        take_error(st, ip, p, &h, now);
    else
        icmp_left_over(st, ip, p, h.type == ICMP_ECHO_REPLY, now);
}

const struct proto proto_icmp = {
    .name = "icmp",
    .ip_proto = IP_PROTO_ICMP,
    .type = TARN_RAW,
    .layer_init = icmp_error_init,
    .input = input,
    .error = ping_error,
};
