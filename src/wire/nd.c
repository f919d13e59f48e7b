/* wire/nd.c - the messages of neighbour discovery, and the options of neighbours. What routers say
 * in options is nd_router.c. */
#include "wire/nd.h"

#include "wire/icmp6.h"

enum { UNIT = 8, MAC_UNITS = 1, NONCE_UNITS = 1, MTU_UNITS = 1 };
enum { NA_ROUTER = 0x80, NA_SOLICITED = 0x40, NA_OVERRIDE = 0x20 };
enum { RA_MANAGED = 0x80, RA_OTHER = 0x40, RA_PREFERENCE_SHIFT = 3, RESERVED_PREFERENCE = 2 };

void nd_solicited_node(uint8_t group[16], const uint8_t ip[16])
{
    static const uint8_t prefix[13] = {0xff, 2, [11] = 1, [12] = 0xff};

    memcpy(group, prefix, sizeof prefix);
    memcpy(group + sizeof prefix, ip + sizeof prefix, 16 - sizeof prefix);
}

/* Can no station have it: a group, or IPv4's form of this program (RFC 4291 2.5.5.2)? */
static bool is_nobodys(const uint8_t ip[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    return ip[0] == 0xff || memcmp(ip, mapped, sizeof mapped) == 0;
}

static void parse_advert(struct nd_msg *out, struct cursor *c)
{
    uint8_t flags;

    out->hops = cur_u8(c);
    flags = cur_u8(c);
    out->managed = (flags & RA_MANAGED) != 0;
    out->other = (flags & RA_OTHER) != 0;
    out->preference = flags >> RA_PREFERENCE_SHIFT & 3;
    if (out->preference == RESERVED_PREFERENCE)
        out->preference = 0;
    out->lifetime_s = cur_u16(c);
    out->reachable_ms = cur_u32(c);
    out->retrans_ms = cur_u32(c);
}

/* The part between checksum and options; false: what it says cannot be. */
static bool parse_fixed(struct nd_msg *out, struct cursor *c)
{
    uint32_t flags;

    if (out->type == ICMP6_ROUTER_ADVERT) {
        parse_advert(out, c);
        return !c->bad;
    }
    flags = cur_u32(c) >> 24;
    if (out->type == ICMP6_ROUTER_SOLICIT)
        return !c->bad;
    cur_copy(c, out->target, sizeof out->target);
    if (out->type == ICMP6_REDIRECT)
        cur_copy(c, out->dst, sizeof out->dst);
    if (out->type == ICMP6_NEIGH_ADVERT) {
        out->router = (flags & NA_ROUTER) != 0;
        out->solicited = (flags & NA_SOLICITED) != 0;
        out->override = (flags & NA_OVERRIDE) != 0;
    }
    return !c->bad && !is_nobodys(out->target) && !is_nobodys(out->dst);
}

/* Is the option one that this message has a use for? Others are passed over (RFC 4861 6.1, 7.1). */
static bool is_used(uint8_t message, uint8_t option)
{
    switch (option) {
    case ND_SOURCE_MAC:
        return message == ICMP6_ROUTER_SOLICIT || message == ICMP6_ROUTER_ADVERT ||
               message == ICMP6_NEIGH_SOLICIT;
    case ND_TARGET_MAC: return message == ICMP6_NEIGH_ADVERT || message == ICMP6_REDIRECT;
    case ND_MTU: return message == ICMP6_ROUTER_ADVERT;
    case ND_NONCE: return message == ICMP6_NEIGH_SOLICIT;
    default: return false;
    }
}

/* The first of a kind counts; false: it has not the length of a link address. */
static bool take_mac(const struct nd_option *o, bool *has, uint8_t mac[ND_MAC_BYTES])
{
    if (o->n != MAC_UNITS * UNIT - 2)
        return false;
    if (!*has)
        memcpy(mac, o->data, ND_MAC_BYTES);
    *has = true;
    return true;
}

static bool take_option(struct nd_msg *m, const struct nd_option *o)
{
    if (!is_used(m->type, o->type))
        return true;
    if (o->type == ND_SOURCE_MAC)
        return take_mac(o, &m->has_source_mac, m->source_mac);
    if (o->type == ND_TARGET_MAC)
        return take_mac(o, &m->has_target_mac, m->target_mac);
    if (o->type == ND_MTU && o->n == MTU_UNITS * UNIT - 2 && m->mtu == 0)
        m->mtu = load_be32(o->data + 2);
    if (o->type == ND_NONCE && o->n == ND_NONCE_BYTES && !m->has_nonce) {
        memcpy(m->nonce, o->data, ND_NONCE_BYTES);
        m->has_nonce = true;
    }
    return true;
}

bool nd_option_next(const struct nd_msg *m, size_t *at, struct nd_option *out)
{
    struct cursor c = cur_init(m->options + *at, m->options_bytes - *at);
    size_t bytes;

    out->type = cur_u8(&c);
    bytes = cur_u8(&c) * (size_t)UNIT;
    if (c.bad || bytes == 0)
        return false;
    out->n = bytes - 2;
    out->data = cur_bytes(&c, out->n);
    *at += bytes;
    return out->data != NULL;
}

/* Every option is whole and there are not too many. */
static bool parse_options(struct nd_msg *m)
{
    struct nd_option o;
    size_t at = 0;

    for (unsigned n = 0; at < m->options_bytes; n++)
        if (n == ND_MAX_OPTIONS || !nd_option_next(m, &at, &o) || !take_option(m, &o))
            return false;
    return true;
}

enum wire_err nd_parse(struct nd_msg *out, const uint8_t *p, size_t n)
{
    struct cursor c = cur_init(p, n);
    uint8_t code;

    *out = (struct nd_msg){.type = cur_u8(&c)};
    code = cur_u8(&c);
    cur_skip(&c, 2);
    if (c.bad || code != 0 || out->type < ICMP6_ROUTER_SOLICIT || out->type > ICMP6_REDIRECT)
        return WIRE_ND_FORM;
    if (!parse_fixed(out, &c))
        return WIRE_ND_FORM;
    out->options = c.at;
    out->options_bytes = cur_left(&c);
    return parse_options(out) ? WIRE_OK : WIRE_ND_FORM;
}

static uint8_t flags_of(const struct nd_msg *m)
{
    return (uint8_t)((m->router ? NA_ROUTER : 0) | (m->solicited ? NA_SOLICITED : 0) |
                     (m->override ? NA_OVERRIDE : 0));
}

void nd_put(struct writer *w, const struct nd_msg *m)
{
    wr_u8(w, m->type);
    wr_fill(w, 0, 3);
    if (m->type == ICMP6_ROUTER_ADVERT) {
        wr_u8(w, m->hops);
        wr_u8(w, (uint8_t)((m->managed ? RA_MANAGED : 0) | (m->other ? RA_OTHER : 0) |
                           (m->preference & 3) << RA_PREFERENCE_SHIFT));
        wr_u16(w, m->lifetime_s);
        wr_u32(w, m->reachable_ms);
        wr_u32(w, m->retrans_ms);
        return;
    }
    wr_u32(w, (uint32_t)flags_of(m) << 24);
    if (m->type != ICMP6_ROUTER_SOLICIT)
        wr_bytes(w, m->target, sizeof m->target);
    if (m->type == ICMP6_REDIRECT)
        wr_bytes(w, m->dst, sizeof m->dst);
}

void nd_put_mac(struct writer *w, enum nd_option_type type, const uint8_t mac[ND_MAC_BYTES])
{
    wr_u8(w, (uint8_t)type);
    wr_u8(w, MAC_UNITS);
    wr_bytes(w, mac, ND_MAC_BYTES);
}

void nd_put_nonce(struct writer *w, const uint8_t nonce[ND_NONCE_BYTES])
{
    wr_u8(w, ND_NONCE);
    wr_u8(w, NONCE_UNITS);
    wr_bytes(w, nonce, ND_NONCE_BYTES);
}

void nd_put_mtu(struct writer *w, uint32_t mtu)
{
    wr_u8(w, ND_MTU);
    wr_u8(w, MTU_UNITS);
    wr_u16(w, 0);
    wr_u32(w, mtu);
}
