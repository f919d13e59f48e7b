/* app/mdns_record.c - what multicast DNS has to say of this host: names, and records by number. */
#include "app/mdns.h"

/* ---- Names ---- */

bool mdns_set_label(struct mdns_label *l, const char *text)
{
    size_t n = 0;

    while (text != NULL && text[n] != '\0')
        if (++n > DNS_LABEL_BYTES)
            return false;
    if (n == 0)
        return false;
    *l = (struct mdns_label){.n = (uint8_t)n};
    memcpy(l->text, text, n);
    return true;
}

/* The label with its attempt behind it, cut before that if need be. */
static size_t spell(const struct mdns_label *l, bool is_host, uint8_t out[DNS_LABEL_BYTES])
{
    unsigned number = l->attempt + 1, digits = 1;
    size_t n, around = is_host ? 1 : 3; /* "-2", " (2)" */
    struct writer w;

    memcpy(out, l->text, l->n);
    if (l->attempt == 0)
        return l->n;
    for (unsigned rest = number; rest >= 10; rest /= 10)
        digits++;
    n = l->n + around + digits > DNS_LABEL_BYTES ? DNS_LABEL_BYTES - around - digits : l->n;
    while (n > 1 && n < l->n && (l->text[n] & 0xc0) == 0x80)
        n--; /* not within a character of UTF-8 */
    w = wr_init(out + n, DNS_LABEL_BYTES - n);
    wr_bytes(&w, is_host ? "-" : " (", around - (is_host ? 0 : 1));
    for (unsigned place = digits, rest = number; place-- > 0; rest /= 10)
        w.at[place] = (uint8_t)('0' + rest % 10);
    (void)wr_room(&w, digits);
    if (!is_host)
        wr_u8(&w, ')');
    return (size_t)(w.at - out);
}

void mdns_make_names(struct mdns *m)
{
    uint8_t label[DNS_LABEL_BYTES];
    size_t n = spell(&m->host, true, label);

    (void)dns_name_label(&m->host_name, label, n, &m->local);
    for (unsigned i = 0; i < m->n_services; i++) {
        struct mdns_service *s = &m->service[i];

        n = spell(&s->label, false, label);
        (void)dns_name_label(&s->instance, label, n, &s->type);
    }
}

/* The name of an address (RFC 1035 3.5, RFC 3596 2.5). */
static void reverse_name(struct dns_name *out, const struct tarn_ip *ip)
{
    static const char hex[] = "0123456789abcdef";
    bool is4 = tarn_ip_is4(ip);

    (void)dns_name_from_text(out, is4 ? "in-addr.arpa" : "ip6.arpa");
    for (unsigned i = is4 ? 12 : 0; i < sizeof ip->b; i++) {
        char text[3];
        size_t n = 0;

        if (!is4) {
            (void)dns_name_label(out, &hex[ip->b[i] >> 4], 1, out);
            (void)dns_name_label(out, &hex[ip->b[i] & 15], 1, out);
            continue;
        }
        if (ip->b[i] >= 100)
            text[n++] = (char)('0' + ip->b[i] / 100);
        if (ip->b[i] >= 10)
            text[n++] = (char)('0' + ip->b[i] / 10 % 10);
        text[n++] = (char)('0' + ip->b[i] % 10);
        (void)dns_name_label(out, text, n, out);
    }
}

/* ---- Records ---- */

static void set_data(struct mdns_record *r, const void *p, size_t n)
{
    memcpy(r->data, p, n);
    r->data_bytes = (uint16_t)n;
}

static void address_record(const struct mdns *m, unsigned i, struct mdns_record *r)
{
    const struct tarn_ip *ip = &m->address[i];
    bool is4 = tarn_ip_is4(ip);

    r->name = m->host_name;
    r->type = is4 ? DNS_A : DNS_AAAA;
    set_data(r, is4 ? ip->b + 12 : ip->b, is4 ? 4 : sizeof ip->b);
}

/* A denial (RFC 6762 6.1): of this name there is nothing but these types. */
static void denial_record(const struct mdns *m, unsigned i, struct mdns_record *r)
{
    struct writer w = wr_init(r->data, sizeof r->data);
    uint8_t types[32] = {0}, n = 0;

    r->type = DNS_NSEC;
    r->name = i < MDNS_OFFERS ? m->service[i].instance : m->host_name;
    if (i < MDNS_OFFERS) {
        types[DNS_TXT / 8] |= 0x80 >> DNS_TXT % 8;
        types[DNS_SRV / 8] |= 0x80 >> DNS_SRV % 8;
    }
    for (unsigned k = 0; i == MDNS_OFFERS && k < m->n_addresses; k++) {
        unsigned type = tarn_ip_is4(&m->address[k]) ? DNS_A : DNS_AAAA;

        types[type / 8] |= (uint8_t)(0x80 >> type % 8);
    }
    for (size_t k = 0; k < sizeof types; k++)
        n = types[k] != 0 ? (uint8_t)(k + 1) : n;
    wr_bytes(&w, r->name.b, r->name.len);
    wr_u8(&w, 0);
    wr_u8(&w, n);
    wr_bytes(&w, types, n);
    r->data_bytes = (uint16_t)(w.at - r->data);
}

static void service_record(const struct mdns *m, unsigned number, struct mdns_record *r)
{
    const struct mdns_service *s = &m->service[number % MDNS_OFFERS];
    struct writer w = wr_init(r->data, sizeof r->data);

    r->name = s->instance;
    switch (number - number % MDNS_OFFERS) {
    case MDNS_SERVICE:
        r->name = m->services;
        r->type = DNS_PTR;
        wr_bytes(&w, s->type.b, s->type.len);
        break;
    case MDNS_POINTER:
        r->name = s->type;
        r->type = DNS_PTR;
        wr_bytes(&w, s->instance.b, s->instance.len);
        break;
    case MDNS_LOCATION:
        r->type = DNS_SRV;
        r->ttl_s = MDNS_HOST_TTL_S;
        wr_fill(&w, 0, 4); /* priority, weight */
        wr_u16(&w, s->port);
        wr_bytes(&w, m->host_name.b, m->host_name.len);
        break;
    default: /* MDNS_TEXT */
        r->type = DNS_TXT;
        wr_u8(&w, s->text_bytes);
        wr_bytes(&w, s->text, s->text_bytes);
        break;
    }
    r->unique = r->type != DNS_PTR;
    r->data_bytes = (uint16_t)(w.at - r->data);
}

bool mdns_record_at(const struct mdns *m, unsigned number, struct mdns_record *out)
{
    unsigned i = number % MDNS_OFFERS; /* as many as there are addresses */

    _Static_assert((int)MDNS_ADDRESSES == (int)MDNS_OFFERS, "numbers come in groups of one size");
    *out = (struct mdns_record){.unique = true, .ttl_s = MDNS_HOST_TTL_S};
    if (number < MDNS_SERVICE) {
        if (i >= m->n_addresses)
            return false;
        address_record(m, i, out);
        if (number < MDNS_REVERSE)
            return true;
        reverse_name(&out->name, &m->address[i]);
        out->type = DNS_PTR;
        set_data(out, m->host_name.b, m->host_name.len);
        return true;
    }
    if (number == MDNS_DENIAL + MDNS_OFFERS) {
        denial_record(m, MDNS_OFFERS, out);
        return true;
    }
    if (i >= m->n_services)
        return false;
    out->ttl_s = MDNS_TTL_S;
    if (number >= MDNS_DENIAL)
        denial_record(m, i, out);
    else
        service_record(m, number, out);
    return true;
}

uint64_t mdns_all(const struct mdns *m)
{
    uint64_t addresses = mdns_one(m->n_addresses) - 1;
    uint64_t services = mdns_one(m->n_services) - 1;

    return addresses << MDNS_ADDRESS | addresses << MDNS_REVERSE | services << MDNS_SERVICE |
           services << MDNS_POINTER | services << MDNS_LOCATION | services << MDNS_TEXT;
}

uint64_t mdns_matches(const struct mdns *m, const struct dns_question *q)
{
    uint64_t found = 0, denials = 0;
    struct mdns_record r;

    for (unsigned i = 0; i < MDNS_NUMBERS; i++) {
        if (!mdns_record_at(m, i, &r) || !dns_name_equal(&r.name, &q->name))
            continue;
        if (i >= MDNS_DENIAL)
            denials |= mdns_one(i);
        else if (q->type == r.type || q->type == DNS_ANY)
            found |= mdns_one(i);
    }
    return found != 0 ? found : denials;
}

uint64_t mdns_additional(const struct mdns *m, uint64_t answers)
{
    uint64_t addresses = (mdns_one(m->n_addresses) - 1) << MDNS_ADDRESS, more = 0;

    for (unsigned i = 0; i < m->n_services; i++) {
        if (mdns_has(answers, MDNS_POINTER + i))
            more |= mdns_one(MDNS_LOCATION + i) | mdns_one(MDNS_TEXT + i) | addresses;
        if (mdns_has(answers, MDNS_LOCATION + i))
            more |= addresses;
    }
    if ((answers & addresses) != 0)
        more |= addresses | mdns_one(MDNS_DENIAL + MDNS_OFFERS);
    return more & ~answers;
}

/* Names in RDATA lose their compression; `before` bytes stand in front of the one there is. */
static size_t expand(const struct dns_reader *r, const struct dns_record *rec, size_t before,
                     uint8_t *out)
{
    struct cursor c = rec->data;
    struct dns_name n;

    cur_copy(&c, out, before);
    if (!dns_get_name(&c, r->msg, &n) || before + n.len + cur_left(&c) > 2 * DNS_NAME_BYTES)
        return 0;
    memcpy(out + before, n.b, n.len);
    memcpy(out + before + n.len, c.at, cur_left(&c));
    return before + n.len + cur_left(&c);
}

size_t mdns_data_of(const struct dns_reader *r, const struct dns_record *rec,
                    uint8_t out[2 * DNS_NAME_BYTES])
{
    size_t n = cur_left(&rec->data);

    if (rec->type == DNS_PTR || rec->type == DNS_CNAME || rec->type == DNS_NSEC)
        return expand(r, rec, 0, out);
    if (rec->type == DNS_SRV)
        return expand(r, rec, 6, out);
    if (n > 2 * DNS_NAME_BYTES)
        return 0;
    memcpy(out, rec->data.at, n);
    return n;
}
