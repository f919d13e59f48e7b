/* wire/dns_build.c - writing messages of the domain name system. */
#include "wire/dns.h"

#include "base/assert.h"

/* Pointers have 14 bits (RFC 1035 4.1.4). */
enum { POINTER = 0xc000, POINTER_MAX = 0x3fff };

void dns_build(uint8_t p[DNS_HEADER_BYTES], const struct dns_hdr *h)
{
    store_be16(p, h->id);
    store_be16(p + 2, h->flags);
    for (unsigned i = 0; i < DNS_SECTIONS; i++)
        store_be16(p + 4 + 2u * i, h->count[i]);
}

void dns_write(struct dns_writer *w, uint8_t *msg, size_t n, const struct dns_hdr *h)
{
    tarn_assert(n >= DNS_HEADER_BYTES);
    *w = (struct dns_writer){.w = wr_init(msg, n), .msg = msg, .h = *h};
    memset(w->h.count, 0, sizeof w->h.count);
    wr_fill(&w->w, 0, DNS_HEADER_BYTES);
}

/* Where a name that equals `suffix` begins in the message; 0: nowhere. */
static uint16_t find_suffix(const struct dns_writer *w, const struct dns_name *suffix)
{
    for (unsigned i = 0; i < w->n_seen; i++) {
        struct cursor c = cur_init(w->msg + w->seen[i], (size_t)(w->w.at - w->msg) - w->seen[i]);
        struct dns_name there;

        if (dns_get_name(&c, w->msg, &there) && dns_name_equal(&there, suffix))
            return w->seen[i];
    }
    return 0;
}

/* A name begins here: longer ones may point to it, once it is whole. */
static void note_suffix(struct dns_writer *w, unsigned *n_new)
{
    size_t offset = (size_t)(w->w.at - w->msg);

    if (!w->w.bad && offset <= POINTER_MAX && w->n_seen + *n_new < DNS_SUFFIXES)
        w->seen[w->n_seen + (*n_new)++] = (uint16_t)offset;
}

void dns_put_name(struct dns_writer *w, const struct dns_name *n)
{
    struct dns_name rest = *n;
    unsigned n_new = 0;

    while (rest.len > 1) {
        uint16_t there = w->plain ? 0 : find_suffix(w, &rest);
        uint8_t label = (uint8_t)(rest.b[0] + 1);

        if (there != 0) {
            wr_u16(&w->w, POINTER | there);
            break;
        }
        note_suffix(w, &n_new);
        wr_bytes(&w->w, rest.b, label);
        rest.len = (uint8_t)(rest.len - label);
        memmove(rest.b, rest.b + label, rest.len);
    }
    if (rest.len <= 1)
        wr_u8(&w->w, 0);
    w->n_seen = (uint8_t)(w->n_seen + n_new);
}

/* Where the message can be taken back to. */
static void open_entry(struct dns_writer *w, enum dns_section section)
{
    w->entry = w->w.at;
    w->room = w->w.left;
    w->section = (uint8_t)section;
    w->n_seen_before = w->n_seen;
}

static bool close_entry(struct dns_writer *w)
{
    if (w->w.bad) {
        w->w = wr_init(w->entry, w->room);
        w->n_seen = w->n_seen_before;
        return false;
    }
    w->h.count[w->section]++;
    return true;
}

bool dns_put_question(struct dns_writer *w, const struct dns_question *q)
{
    open_entry(w, DNS_QUESTION);
    dns_put_name(w, &q->name);
    wr_u16(&w->w, q->type);
    wr_u16(&w->w, q->class);
    return close_entry(w);
}

void dns_begin(struct dns_writer *w, enum dns_section section, const struct dns_owner *o)
{
    open_entry(w, section);
    dns_put_name(w, o->name);
    wr_u16(&w->w, o->type);
    wr_u16(&w->w, o->class);
    wr_u32(&w->w, o->ttl_s);
    w->data = wr_room(&w->w, 2);
}

bool dns_end(struct dns_writer *w)
{
    if (!w->w.bad)
        store_be16(w->data, (uint16_t)(w->w.at - w->data - 2));
    return close_entry(w);
}

bool dns_put_address(struct dns_writer *w, enum dns_section section, const struct dns_owner *o,
                     const struct tarn_ip *ip)
{
    bool is4 = tarn_ip_is4(ip);
    struct dns_owner typed = *o;

    typed.type = is4 ? DNS_A : DNS_AAAA;
    dns_begin(w, section, &typed);
    wr_bytes(&w->w, is4 ? ip->b + 12 : ip->b, is4 ? 4 : sizeof ip->b);
    return dns_end(w);
}

bool dns_put_target(struct dns_writer *w, enum dns_section section, const struct dns_owner *o,
                    const struct dns_name *target)
{
    dns_begin(w, section, o);
    dns_put_name(w, target);
    return dns_end(w);
}

bool dns_put_edns(struct dns_writer *w, const struct dns_edns *e)
{
    static const struct dns_name root = {.len = 1};
    struct dns_owner o = {.name = &root, .type = DNS_OPT, .class = e->udp_bytes};

    o.ttl_s =
        (uint32_t)e->rcode_high << 24 | (uint32_t)e->version << 16 | (e->dnssec_ok ? 0x8000u : 0);
    dns_begin(w, DNS_ADDITIONAL, &o);
    return dns_end(w);
}

size_t dns_finish(struct dns_writer *w)
{
    dns_build(w->msg, &w->h);
    return (size_t)(w->w.at - w->msg);
}
