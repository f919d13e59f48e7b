/* wire/nd_router.c - what routers say in options: prefixes (RFC 4861 4.6.2), routes (RFC 4191 2.3),
 * name servers and search domains (RFC 8106 5). One that is malformed is passed over alone. */
#include "wire/nd.h"

#include "base/bits.h"
#include "wire/domain.h"

enum { UNIT = 8, PREFIX_UNITS = 4, ON_LINK = 0x80, AUTONOMOUS = 0x40, RESERVED_PREFERENCE = 2 };
enum { PREFERENCE_SHIFT = 3 };

/* Bits behind the first `len` become 0. */
static void cut(uint8_t ip[16], unsigned len)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned bits = len > i * 8 ? len - i * 8 : 0;

        if (bits < 8)
            ip[i] &= (uint8_t)(0xff00 >> bits);
    }
}

bool nd_prefix_parse(struct nd_prefix *out, const struct nd_option *o)
{
    struct cursor c = cur_init(o->data, o->n);
    uint8_t flags;

    out->len = cur_u8(&c);
    flags = cur_u8(&c);
    out->on_link = (flags & ON_LINK) != 0;
    out->autonomous = (flags & AUTONOMOUS) != 0;
    out->valid_s = cur_u32(&c);
    out->preferred_s = cur_u32(&c);
    cur_skip(&c, 4);
    cur_copy(&c, out->prefix, sizeof out->prefix);
    if (c.bad || cur_left(&c) != 0 || out->len > 128)
        return false;
    cut(out->prefix, out->len);
    return true;
}

void nd_put_prefix(struct writer *w, const struct nd_prefix *p)
{
    wr_u8(w, ND_PREFIX);
    wr_u8(w, PREFIX_UNITS);
    wr_u8(w, p->len);
    wr_u8(w, (uint8_t)((p->on_link ? ON_LINK : 0) | (p->autonomous ? AUTONOMOUS : 0)));
    wr_u32(w, p->valid_s);
    wr_u32(w, p->preferred_s);
    wr_u32(w, 0);
    wr_bytes(w, p->prefix, sizeof p->prefix);
}

/* Units that a route's option has for a prefix of this length. */
static uint8_t route_units(unsigned len)
{
    return (uint8_t)(1 + (len + 63) / 64);
}

bool nd_route_parse(struct nd_route *out, const struct nd_option *o)
{
    struct cursor c = cur_init(o->data, o->n);
    size_t bytes;

    *out = (struct nd_route){.len = cur_u8(&c)};
    out->preference = cur_u8(&c) >> PREFERENCE_SHIFT & 3;
    out->lifetime_s = cur_u32(&c);
    bytes = cur_left(&c);
    if (c.bad || bytes > 16 || out->len > bytes * 8 || out->preference == RESERVED_PREFERENCE)
        return false;
    cur_copy(&c, out->prefix, bytes);
    cut(out->prefix, out->len);
    return true;
}

void nd_put_route(struct writer *w, const struct nd_route *r)
{
    uint8_t units = route_units(r->len);

    wr_u8(w, ND_ROUTE);
    wr_u8(w, units);
    wr_u8(w, r->len);
    wr_u8(w, (uint8_t)((r->preference & 3) << PREFERENCE_SHIFT));
    wr_u32(w, r->lifetime_s);
    wr_bytes(w, r->prefix, (units - 1u) * UNIT);
}

bool nd_rdnss_parse(const struct nd_option *o, unsigned n, uint8_t ip[16], uint32_t *lifetime_s)
{
    struct cursor c = cur_init(o->data, o->n);

    cur_skip(&c, 2);
    *lifetime_s = cur_u32(&c);
    if (c.bad || cur_left(&c) % 16 != 0)
        return false;
    cur_skip(&c, (size_t)n * 16);
    cur_copy(&c, ip, 16);
    return !c.bad;
}

void nd_put_rdnss(struct writer *w, uint32_t lifetime_s, const uint8_t *ip, unsigned n)
{
    wr_u8(w, ND_RDNSS);
    wr_u8(w, (uint8_t)(1 + 2 * n));
    wr_u16(w, 0);
    wr_u32(w, lifetime_s);
    wr_bytes(w, ip, (size_t)n * 16);
}

bool nd_dnssl_next(const struct nd_option *o, size_t *at, char name[ND_DOMAIN_BYTES],
                   uint32_t *lifetime_s)
{
    struct cursor c = cur_init(o->data, o->n);

    cur_skip(&c, 2);
    *lifetime_s = cur_u32(&c);
    cur_skip(&c, *at);
    if (!domain_get(&c, NULL, name))
        return false;
    *at = (size_t)(c.at - o->data) - 6;
    return true;
}

void nd_put_dnssl(struct writer *w, uint32_t lifetime_s, const char *name)
{
    uint8_t *head, *units;
    size_t bytes;

    head = w->at;
    wr_u8(w, ND_DNSSL);
    units = wr_room(w, 1);
    wr_u16(w, 0);
    wr_u32(w, lifetime_s);
    domain_put(w, name);
    bytes = (size_t)(w->at - head);
    wr_fill(w, 0, align_up(bytes, UNIT) - bytes);
    if (units != NULL)
        *units = (uint8_t)(align_up(bytes, UNIT) / UNIT);
}
