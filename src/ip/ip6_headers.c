/* ip/ip6_headers.c - the extension headers of a received packet (RFC 8200 4), up to its transport.
 *
 * Theory of operation. Hop-by-hop options are looked at by every node, before it is decided what
 * becomes of the packet; all other headers by the destination alone, one by one in the order they
 * come in, whatever the order is (4.1). A header that has been passed stays in the packet's head in
 * front of the payload, so an ICMP error quotes it and can point into it. When a chain is so long
 * that the transport's header would find no room there, the passed headers are taken out instead
 * and the IPv6 header is made to fit; an error about such a packet quotes it without them.
 *
 * Bounds (RFC 8504 5.3, RFC 9673 5): at most ip6.extension-headers headers per packet, ip6.options
 * options per header. A router that is asked for more options than that goes on without them, a
 * host discards. Options that we know change nothing but what a socket may be told.
 *
 * Routing headers: no type is carried. With no segments left they are passed over (4.4); type 0 is
 * treated as any other (RFC 5095). */
#include "base/bits.h"
#include "base/bytes.h"
#include "ip/ip.h"
#include "wire/ip6_ext.h"
#include "wire/patch.h"
#include "wire/tcp.h"

/* A passed header stays in the head up to here, which leaves room for the longest TCP header. */
enum { KEEP_UP_TO = PKT_HEAD_BYTES - 60 };

/* How far the packet's front is from its IPv6 header's first byte. */
static uint32_t place(const struct pkt *p)
{
    return p->head_off - p->l3;
}

/* Take out of the head what has been passed: what is of type ip->proto follows the IPv6 header. */
static void forget_passed(struct ip_info *ip, struct pkt *p)
{
    uint8_t *l3 = p->head + p->l3;

    memmove(l3 + IP6_HEADER_BYTES, pkt_head(p), p->head_len);
    p->head_off = p->l3 + (uint32_t)IP6_HEADER_BYTES;
    l3[IP6_NEXT_AT] = ip->proto;
    ip6_patch_payload(l3, (uint16_t)min_u32(pkt_len(p), UINT16_MAX));
    ip->next_at = IP6_NEXT_AT;
}

/* Go behind n bytes of header, which named `next`. */
static void pass(struct tarn *st, struct ip_info *ip, struct pkt *p, uint32_t n, uint8_t next)
{
    if (p->head_off + n > KEEP_UP_TO)
        forget_passed(ip, p);
    if (p->head_off + n <= KEEP_UP_TO && pkt_pull(st, p, n) != NULL) {
        ip->next_at = (uint16_t)place(p);
        ip->proto = next;
        pkt_strip(p, n);
    } else {
        ip->proto = next;
        pkt_strip(p, n);
        forget_passed(ip, p);
    }
}

/* An option that we do not know; 0: go on. */
static enum tarn_drop unknown(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                              const struct ip6_option *o, tarn_ns now)
{
    enum ip6_option_action action = ip6_option_action(o->type);

    if (action == IP6_UNKNOWN_SKIP)
        return (enum tarn_drop)0;
    if (action == IP6_UNKNOWN_REPORT ||
        (action == IP6_UNKNOWN_REPORT_UNICAST && !tarn_ip_is_multicast(&ip->dst)))
        icmp_error_send(st, ip, p, (struct icmp_report){ICMP_WHY_OPTION, place(p) + o->at}, now);
    return DROP_IP6_OPTION;
}

/* The options of a header of `bytes` at the packet's front; 0, or why the packet is dropped. */
static enum tarn_drop options(struct tarn *st, struct ip_info *ip, struct pkt *p, uint32_t bytes,
                              tarn_ns now)
{
    int64_t left = st->param[PARAM_IP6_OPTIONS_MAX];
    bool hop_by_hop = ip->proto == IP6_HOP_BY_HOP;
    uint8_t copy[IP6_EXT_MAX];
    enum ip6_option_step step;
    struct ip6_option o;
    size_t at = 2;

    (void)pkt_copy_out(st, p, 0, copy, bytes);
    while ((step = ip6_option_next(copy, bytes, &at, &o)) == IP6_OPTION_HERE) {
        enum tarn_drop why = (enum tarn_drop)0;

        if (left-- == 0)
            return ip->to_us ? DROP_IP6_OPTION : (enum tarn_drop)0;
        if (hop_by_hop && o.type == IP6_OPT_ROUTER_ALERT && o.n == 2)
            ip->router_alert = true;
        else
            why = unknown(st, ip, p, &o, now);
        if (why != 0)
            return why;
    }
    return step == IP6_OPTION_BAD ? DROP_IP6_EXTENSION : (enum tarn_drop)0;
}

/* The header with options, or the routing header, at the packet's front: 0, or why the packet is
 * dropped. */
static enum tarn_drop look_at(struct tarn *st, struct ip_info *ip, struct pkt *p, struct ip6_ext *h,
                              tarn_ns now)
{
    enum { ROUTING_TYPE_AT = 2 };
    uint8_t start[IP6_EXT_UNIT];
    struct icmp_report what;

    if (pkt_copy_out(st, p, 0, start, sizeof start) < sizeof start ||
        ip6_ext_parse(h, start, pkt_len(p)) != WIRE_OK)
        return DROP_IP6_EXTENSION;
    if (ip->proto != IP6_ROUTING)
        return options(st, ip, p, h->bytes, now);
    if (h->segments_left == 0)
        return (enum tarn_drop)0;
    what = (struct icmp_report){ICMP_WHY_HEADER, place(p) + ROUTING_TYPE_AT};
    icmp_error_send(st, ip, p, what, now);
    return DROP_IP6_ROUTING;
}

bool ip6_hop_by_hop(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    struct ip6_ext h;
    enum tarn_drop why = look_at(st, ip, p, &h, now);

    if (why != 0)
        pkt_drop(st, p, why);
    else if (ip->to_us || tarn_ip_is_multicast(&ip->dst))
        pass(st, ip, p, h.bytes, h.next);
    return why == 0;
}

/* Bytes of transport header without which a first fragment is not complete. */
static uint32_t transport_min(uint8_t proto)
{
    switch (proto) {
    case IP6_NO_NEXT: return 0;
    case IP_PROTO_TCP: return TCP_HEADER_BYTES;
    case IP_PROTO_UDP:
    case IP_PROTO_ICMP6: return 8;
    default: return 1;
    }
}

/* Are all headers up to the transport's in a first fragment, at whose front is one of type `next`
 * (RFC 7112 5)? */
static bool holds_all_headers(struct tarn *st, const struct pkt *p, uint8_t next)
{
    uint32_t at = 0, n = pkt_len(p);

    while (ip6_is_extension(next)) {
        uint8_t start[IP6_EXT_UNIT];
        struct ip6_ext h;

        if (pkt_copy_out(st, p, at, start, sizeof start) < sizeof start ||
            ip6_ext_parse(&h, start, n - at) != WIRE_OK)
            return false;
        next = h.next;
        at += h.bytes;
    }
    return n - at >= transport_min(next);
}

/* What is wrong with a fragment, whose header is at `at` of the packet; false: nothing. */
static bool is_bad_fragment(struct tarn *st, const struct ip_info *ip, const struct pkt *p,
                            uint32_t at, struct icmp_report *what)
{
    enum { PAYLOAD_LENGTH_AT = 4 };
    uint32_t len = pkt_len(p);

    if (ip->mf && len % IP6_EXT_UNIT != 0)
        *what = (struct icmp_report){ICMP_WHY_HEADER, PAYLOAD_LENGTH_AT};
    else if (at - IP6_HEADER_BYTES + ip->frag_bytes + len > UINT16_MAX)
        *what = (struct icmp_report){ICMP_WHY_HEADER, at + IP6_FRAGMENT_OFFSET_AT};
    else if (ip->frag_bytes == 0 && !holds_all_headers(st, p, ip->proto))
        *what = (struct icmp_report){ICMP_WHY_FRAGMENT, 0};
    else
        return false;
    return true;
}

void ip6_unfragment(struct ip_info *ip, struct pkt *p)
{
    uint8_t *l3 = p->head + p->l3, next = l3[IP6_NEXT_AT];
    uint32_t before = place(p) - IP6_FRAGMENT_BYTES, at = IP6_HEADER_BYTES, named = IP6_NEXT_AT;

    while (next != IP6_FRAGMENT && at < before) {
        named = at;
        next = l3[at];
        at += (l3[at + 1] + 1u) * IP6_EXT_UNIT;
    }
    memmove(l3 + IP6_FRAGMENT_BYTES, l3, before);
    p->l3 = (uint16_t)(p->l3 + IP6_FRAGMENT_BYTES);
    l3 += IP6_FRAGMENT_BYTES;
    l3[named] = ip->proto;
    ip6_patch_payload(l3, (uint16_t)(before - IP6_HEADER_BYTES + pkt_len(p)));
    ip->next_at = (uint16_t)named;
}

/* A fragment header at the packet's front: the whole packet, or NULL. An atomic fragment is one by
 * itself and concerns no other (RFC 6946 4); its header stays, for an error about the packet quotes
 * it as it came. */
static struct pkt *fragment(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    uint8_t start[IP6_FRAGMENT_BYTES];
    struct ip6_fragment f;
    struct icmp_report what;

    if (pkt_copy_out(st, p, 0, start, sizeof start) < sizeof start) {
        pkt_drop(st, p, DROP_IP6_EXTENSION);
        return NULL;
    }
    ip6_fragment_parse(&f, start);
    pass(st, ip, p, sizeof start, f.next);
    ip->fragmented = true;
    ip->frag_bytes = f.frag_bytes;
    ip->mf = f.mf;
    ip->id = f.id;
    if (!f.mf && f.frag_bytes == 0)
        return p;
    if (is_bad_fragment(st, ip, p, ip->next_at, &what)) {
        icmp_error_send(st, ip, p, what, now);
        pkt_drop(st, p, DROP_IP6_FRAGMENT);
        return NULL;
    }
    if (pkt_len(p) == 0) {
        pkt_drop(st, p, DROP_IP6_FRAGMENT);
        return NULL;
    }
    return reasm_input(st, ip, p, now);
}

/* The transport's header is at the packet's front; a partial checksum that claims another place for
 * it is none. */
static void claim_transport(struct pkt *p)
{
    if (p->csum == PKT_CSUM_PARTIAL &&
        (p->l4 != p->head_off || p->l4 + p->csum_offset + 2u > p->head_off + p->head_len))
        p->csum = PKT_CSUM_NONE;
    p->l4 = (uint16_t)p->head_off;
}

/* One header more is passed; 0, or why the packet is dropped. Hop-by-hop options that are not first
 * are no header (RFC 8200 4). */
static enum tarn_drop next_header(struct tarn *st, struct ip_info *ip, struct pkt *p, int64_t left,
                                  tarn_ns now)
{
    struct icmp_report what = {ICMP_WHY_NEXT_HEADER, ip->next_at};
    enum tarn_drop why;
    struct ip6_ext h;

    if (left <= 0)
        return DROP_IP6_EXTENSION;
    if (ip->proto == IP6_HOP_BY_HOP) {
        icmp_error_send(st, ip, p, what, now);
        return DROP_IP6_EXTENSION;
    }
    why = look_at(st, ip, p, &h, now);
    if (why == 0)
        pass(st, ip, p, h.bytes, h.next);
    return why;
}

struct pkt *ip6_headers(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    int64_t left = st->param[PARAM_IP6_EXT_HEADERS];

    for (; ip6_is_extension(ip->proto); left--) {
        enum tarn_drop why = (enum tarn_drop)0;

        if (ip->proto == IP6_FRAGMENT && left > 0)
            p = fragment(st, ip, p, now);
        else
            why = next_header(st, ip, p, left, now);
        if (why != 0)
            pkt_drop(st, p, why);
        if (why != 0 || p == NULL)
            return NULL;
    }
    if (ip->proto == IP6_NO_NEXT) {
        pkt_put(st, p);
        return NULL;
    }
    claim_transport(p);
    return p;
}
