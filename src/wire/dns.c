/* wire/dns.c - reading messages of the domain name system. */
#include "wire/dns.h"

bool dns_parse(struct dns_hdr *out, const uint8_t *p, size_t n)
{
    if (n < DNS_HEADER_BYTES)
        return false;
    out->id = load_be16(p);
    out->flags = load_be16(p + 2);
    for (unsigned i = 0; i < DNS_SECTIONS; i++)
        out->count[i] = load_be16(p + 4 + 2u * i);
    return true;
}

bool dns_read(struct dns_reader *r, const uint8_t *msg, size_t n)
{
    *r = (struct dns_reader){.c = cur_init(msg, n), .msg = msg};
    if (!dns_parse(&r->h, msg, n))
        return false;
    cur_skip(&r->c, DNS_HEADER_BYTES);
    for (unsigned i = 0; i < DNS_SECTIONS; i++)
        r->left[i] = r->h.count[i];
    return true;
}

/* Where a pointer at `c` leads; NULL: beyond what may be read, or into the header. Each one must
 * lead before `lowest`, the lowest place that the name was read from. */
static const uint8_t *follow(struct cursor *c, const uint8_t *msg, uint8_t high,
                             const uint8_t *lowest)
{
    size_t offset = (size_t)(high & 0x3f) << 8 | cur_u8(c);

    if (c->bad || offset < DNS_HEADER_BYTES || offset >= (size_t)(lowest - msg))
        return NULL;
    return msg + offset;
}

/* Adds the next label to the name; false: it is too long, or ends early. */
static bool add_label(struct dns_name *name, struct cursor *c, uint8_t n)
{
    const uint8_t *p = cur_bytes(c, n);

    if (p == NULL || name->len + 1u + n > DNS_NAME_BYTES)
        return false;
    name->b[name->len] = n;
    memcpy(name->b + name->len + 1, p, n);
    name->len = (uint8_t)(name->len + 1 + n);
    return true;
}

static bool read_name(struct cursor *c, const uint8_t *msg, struct dns_name *out)
{
    struct cursor part = *c, *now = c; /* now: where labels are read, at c until a pointer comes */
    const uint8_t *lowest = c->at;
    unsigned pointers = 0;

    out->len = 0;
    for (;;) {
        uint8_t n = cur_u8(now);
        const uint8_t *to;

        if (now->bad || (n & 0xc0) == 0x40 || (n & 0xc0) == 0x80)
            return false;
        if ((n & 0xc0) == 0) {
            if (!add_label(out, now, n))
                return false;
            if (n == 0)
                return true;
            continue;
        }
        to = follow(now, msg, n, lowest);
        if (to == NULL || ++pointers > DNS_POINTERS)
            return false;
        part = cur_init(to, (size_t)(c->end - to));
        now = &part;
        lowest = to;
    }
}

bool dns_get_name(struct cursor *c, const uint8_t *msg, struct dns_name *out)
{
    if (!c->bad && read_name(c, msg, out))
        return true;
    out->len = 0;
    c->bad = true;
    c->at = c->end;
    return false;
}

bool dns_next_question(struct dns_reader *r, struct dns_question *out)
{
    if (r->c.bad || r->left[DNS_QUESTION] == 0)
        return false;
    r->left[DNS_QUESTION]--;
    if (!dns_get_name(&r->c, r->msg, &out->name))
        return false;
    out->type = cur_u16(&r->c);
    out->class = cur_u16(&r->c);
    return !r->c.bad;
}

bool dns_next_record(struct dns_reader *r, struct dns_record *out)
{
    struct dns_question passed;
    uint8_t section = DNS_ANSWER;

    while (dns_next_question(r, &passed))
        ;
    while (section < DNS_SECTIONS && r->left[section] == 0)
        section++;
    if (r->c.bad || section == DNS_SECTIONS)
        return false;
    r->left[section]--;
    if (!dns_get_name(&r->c, r->msg, &out->name))
        return false;
    out->section = section;
    out->type = cur_u16(&r->c);
    out->class = cur_u16(&r->c);
    out->ttl_s = cur_u32(&r->c);
    if (out->type != DNS_OPT && out->ttl_s > INT32_MAX)
        out->ttl_s = 0;
    out->data = cur_part(&r->c, cur_u16(&r->c));
    return !r->c.bad;
}

/* ---- What RDATA holds ---- */

bool dns_get_address(const struct dns_record *r, struct tarn_ip *out)
{
    if (r->type == DNS_A && cur_left(&r->data) == 4)
        *out = tarn_ip4(load_be32(r->data.at));
    else if (r->type == DNS_AAAA && cur_left(&r->data) == sizeof out->b)
        memcpy(out->b, r->data.at, sizeof out->b);
    else
        return false;
    return true;
}

/* Was all of it read, and no more? */
static bool ends(const struct cursor *c)
{
    return !c->bad && cur_left(c) == 0;
}

bool dns_get_target(const struct dns_reader *from, const struct dns_record *r, struct dns_name *out)
{
    struct cursor c = r->data;

    return (r->type == DNS_CNAME || r->type == DNS_PTR) && dns_get_name(&c, from->msg, out) &&
           ends(&c);
}

bool dns_get_srv(const struct dns_reader *from, const struct dns_record *r, struct dns_srv *out)
{
    struct cursor c = r->data;

    out->priority = cur_u16(&c);
    out->weight = cur_u16(&c);
    out->port = cur_u16(&c);
    return r->type == DNS_SRV && dns_get_name(&c, from->msg, &out->target) && ends(&c);
}

bool dns_get_soa(const struct dns_reader *from, const struct dns_record *r, struct dns_soa *out)
{
    struct cursor c = r->data;

    if (r->type != DNS_SOA || !dns_get_name(&c, from->msg, &out->primary) ||
        !dns_get_name(&c, from->msg, &out->mailbox))
        return false;
    out->serial = cur_u32(&c);
    out->refresh_s = cur_u32(&c);
    out->retry_s = cur_u32(&c);
    out->expire_s = cur_u32(&c);
    out->minimum_s = cur_u32(&c);
    return ends(&c);
}

bool dns_next_text(struct cursor *c, const uint8_t **at, uint8_t *n)
{
    if (c->bad || cur_left(c) == 0)
        return false;
    *n = cur_u8(c);
    *at = cur_bytes(c, *n);
    return *at != NULL;
}

bool dns_get_nsec(const struct dns_reader *from, const struct dns_record *r, struct dns_nsec *out)
{
    struct cursor c = r->data;

    memset(out->types, 0, sizeof out->types);
    if (r->type != DNS_NSEC || !dns_get_name(&c, from->msg, &out->next))
        return false;
    while (!c.bad && cur_left(&c) > 0) {
        uint8_t window = cur_u8(&c), n = cur_u8(&c);
        const uint8_t *types = cur_bytes(&c, n);

        if (types == NULL || n == 0 || n > sizeof out->types)
            return false;
        if (window == 0)
            memcpy(out->types, types, n);
    }
    return !c.bad;
}

bool dns_get_edns(const struct dns_record *r, struct dns_edns *out)
{
    struct cursor c = r->data;

    if (r->type != DNS_OPT || r->name.len != 1)
        return false;
    out->udp_bytes = r->class > DNS_UDP_BYTES ? r->class : DNS_UDP_BYTES;
    out->rcode_high = (uint8_t)(r->ttl_s >> 24);
    out->version = (uint8_t)(r->ttl_s >> 16);
    out->dnssec_ok = (r->ttl_s & 0x8000) != 0;
    while (!c.bad && cur_left(&c) > 0) {
        cur_skip(&c, 2);
        cur_skip(&c, cur_u16(&c));
    }
    return !c.bad;
}
