/* app/dns_answer.c - what an answer means: is it ours, what does the server say, which addresses
 * does the chain from the asked name end in. */
#include "app/dns.h"

/* Is it an answer to what was asked (RFC 5452 9.1)? Address and port were checked by the socket. */
static enum dns_meaning is_ours(const struct dns_query *q, struct dns_reader *r)
{
    struct dns_question asked;

    if ((r->h.flags & DNS_RESPONSE) == 0 || (r->h.flags & DNS_OPCODE) != 0 || r->h.id != q->id)
        return DNS_MEANS_NOTHING;
    /* A server that does not understand OPT need not repeat the question (RFC 6891 7). */
    if (r->h.count[DNS_QUESTION] == 0 && (r->h.flags & DNS_RCODE) == DNS_FORMERR && !q->no_edns)
        return DNS_MEANS_NO_EDNS;
    if (r->h.count[DNS_QUESTION] != 1 || !dns_next_question(r, &asked) || asked.type != q->type ||
        asked.class != DNS_IN || !dns_name_equal(&asked.name, &q->name))
        return DNS_MEANS_NOTHING;
    /* Who could forge a connection has seen the question. */
    if (q->state == DNS_BY_TCP || memcmp(asked.name.b, q->name.b, q->name.len) == 0)
        return DNS_MEANS_FOUND;
    return DNS_MEANS_CASE;
}

/* The response code, with the bits that OPT adds to it. */
static unsigned rcode_of(struct dns_reader r)
{
    struct dns_record rec;
    struct dns_edns e;

    while (dns_next_record(&r, &rec))
        if (rec.section == DNS_ADDITIONAL && dns_get_edns(&rec, &e))
            return (unsigned)e.rcode_high << 4 | (r.h.flags & DNS_RCODE);
    return r.h.flags & DNS_RCODE;
}

/* Networks of which a name server of the world has nothing to say (RFC 6890). */
static bool is_private(const struct tarn_ip *ip)
{
    static const struct {
        uint32_t net, mask;
    } private4[] = {
        {0x00000000, 0xff000000}, {0x0a000000, 0xff000000}, {0x64400000, 0xffc00000},
        {0x7f000000, 0xff000000}, {0xa9fe0000, 0xffff0000}, {0xac100000, 0xfff00000},
        {0xc0a80000, 0xffff0000},
    };

    if (!tarn_ip_is4(ip))
        return tarn_ip_is_loopback(ip) || tarn_ip_is_any(ip) || tarn_ip_is_link_local(ip) ||
               (ip->b[0] & 0xfe) == 0xfc;
    for (size_t i = 0; i < sizeof private4 / sizeof *private4; i++)
        if ((tarn_ip_to4(ip) & private4[i].mask) == private4[i].net)
            return true;
    return false;
}

static void add_address(const struct dns *d, struct dns_found *f, const struct dns_record *rec)
{
    struct tarn_ip ip;

    if (f->n == TARN_DNS_ADDRESSES || !dns_get_address(rec, &ip))
        return;
    if (rec->type == DNS_AAAA && tarn_ip_is4(&ip))
        return; /* a mapped address names no host of IPv6 */
    if (d->config.refuse_private && is_private(&ip))
        return;
    f->ip[f->n++] = ip;
    f->ttl_s = rec->ttl_s < f->ttl_s ? rec->ttl_s : f->ttl_s;
}

/* Once through the answers for what is said of `f->canonical` alone: its addresses, or its alias in
 * `next`, whose length is 0 without one. The reader's end. */
static struct dns_reader read_step(const struct dns *d, struct dns_query *q, struct dns_reader r,
                                   struct dns_name *next)
{
    struct dns_found *f = &q->found;
    struct dns_record rec;
    uint32_t alias_ttl_s = UINT32_MAX;

    next->len = 0;
    while (r.left[DNS_ANSWER] > 0 && dns_next_record(&r, &rec)) {
        if (rec.class != DNS_IN || !dns_name_equal(&rec.name, &f->canonical))
            continue;
        if (rec.type == q->type)
            add_address(d, f, &rec);
        else if (rec.type == DNS_CNAME && next->len == 0 && dns_get_target(&r, &rec, next))
            alias_ttl_s = rec.ttl_s;
    }
    if (f->n == 0 && alias_ttl_s < f->ttl_s)
        f->ttl_s = alias_ttl_s;
    return r;
}

/* From alias to alias; what else the answers hold is nothing to us (N-10). */
static enum dns_meaning follow(const struct dns *d, struct dns_query *q, const struct dns_reader *r)
{
    struct dns_found *f = &q->found;
    struct dns_reader end;
    struct dns_name next;

    *f = (struct dns_found){.exists = true, .canonical = q->name, .ttl_s = UINT32_MAX};
    for (unsigned aliases = 0; aliases <= DNS_ALIASES; aliases++) {
        end = read_step(d, q, *r, &next);
        if (f->n > 0)
            return DNS_MEANS_FOUND;
        if (next.len == 0)
            break;
        f->canonical = next;
    }
    f->error = -TARN_ENOENT;
    if (next.len == 0 && !end.c.bad)
        return DNS_MEANS_FOUND;
    *f = (struct dns_found){.error = -TARN_EPROTO};
    return DNS_MEANS_FAILED;
}

/* An empty answer of a server that neither knows nor asks others: not a denial. */
static bool is_lame(const struct dns_hdr *h)
{
    return h->count[DNS_ANSWER] == 0 &&
           (h->flags & (DNS_AUTHORITATIVE | DNS_RECURSION_AVAILABLE)) == 0;
}

enum dns_meaning dns_answer_read(struct dns *d, struct dns_query *q, size_t n)
{
    struct dns_reader r;
    enum dns_meaning meaning;
    unsigned rcode;

    if (!dns_read(&r, d->message, n))
        return DNS_MEANS_NOTHING;
    meaning = is_ours(q, &r);
    if (meaning != DNS_MEANS_FOUND)
        return meaning;
    if ((r.h.flags & DNS_TRUNCATED) != 0 && q->state == DNS_BY_UDP)
        return DNS_MEANS_TCP;
    rcode = rcode_of(r);
    if (!q->no_edns && (rcode == DNS_FORMERR || rcode == DNS_NOTIMP || rcode == DNS_BADVERS))
        return DNS_MEANS_NO_EDNS;
    q->found = (struct dns_found){.error = -TARN_EIO};
    if ((rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN) || (rcode == DNS_NOERROR && is_lame(&r.h)))
        return DNS_MEANS_FAILED;
    if (rcode == DNS_NOERROR)
        return follow(d, q, &r);
    q->found = (struct dns_found){.error = -TARN_ENOENT, .canonical = q->name};
    return DNS_MEANS_FOUND;
}
