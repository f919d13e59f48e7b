/* app/mdns_send.c - messages of multicast DNS that leave: announcements, probes, answers. */
#include "app/mdns.h"

enum { LEGACY_TTL_S = 10 }; /* RFC 6762 6.7 */

static const struct tarn_ip groups[2] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 224, 0, 0, 251}},
    {{0xff, 2, [15] = 0xfb}},
};

const struct tarn_ip *mdns_group(unsigned sock)
{
    return &groups[sock];
}

static void send_to(struct mdns *m, unsigned sock, const struct tarn_addr *to, size_t n,
                    tarn_ns now)
{
    struct tarn_iov iov = {.base = m->out, .len = n};
    struct tarn_addr name = *to;
    struct tarn_msg msg = {.iov = &iov, .n_iov = 1, .name = &name};

    if (m->sock[sock].gen != 0)
        (void)tarn_sendmsg(m->with.st, m->sock[sock], &msg, now); /* what is lost is asked again */
}

void mdns_send_all(struct mdns *m, size_t n, tarn_ns now)
{
    for (unsigned i = 0; i < 2; i++) {
        struct tarn_addr to = {.ip = groups[i], .port = MDNS_PORT};

        if (i == 1)
            to.zone = m->port + 1;
        send_to(m, i, &to, n, now);
    }
}

/* How records are written: to all, or for a simple resolver; as they are, or for the last time. */
struct manner {
    enum dns_section section;
    bool flag;      /* the cache-flush bit of unique records */
    bool plain_srv; /* for those who know RFC 2782 alone */
    uint32_t max_ttl_s;
};

/* RDATA with names in it may be compressed against the message. */
static void put_data(struct dns_writer *w, const struct mdns_record *r, const struct manner *how)
{
    size_t before = r->type == DNS_SRV ? 6 : 0;
    struct dns_name n = {.len = (uint8_t)(r->data_bytes - before)};

    if (r->type != DNS_PTR && r->type != DNS_SRV) {
        wr_bytes(&w->w, r->data, r->data_bytes);
        return;
    }
    wr_bytes(&w->w, r->data, before);
    memcpy(n.b, r->data + before, n.len);
    w->plain = r->type == DNS_SRV && how->plain_srv;
    dns_put_name(w, &n);
    w->plain = false;
}

/* Write the records of a set until one does not fit; those that were written. */
static uint64_t put_set(const struct mdns *m, struct dns_writer *w, uint64_t set,
                        const struct manner *how)
{
    struct mdns_record r;
    uint64_t done = 0;

    for (unsigned i = 0; i < MDNS_NUMBERS; i++) {
        struct dns_owner o = {.name = &r.name, .class = DNS_IN};

        if (!mdns_has(set, i))
            continue;
        if (mdns_record_at(m, i, &r)) {
            o.type = r.type;
            o.ttl_s = r.ttl_s < how->max_ttl_s ? r.ttl_s : how->max_ttl_s;
            o.class |= how->flag && r.unique ? DNS_CLASS_FLAG : 0;
            dns_begin(w, how->section, &o);
            put_data(w, &r, how);
            if (!dns_end(w))
                break;
        }
        done |= mdns_one(i);
    }
    return done;
}

static void note_sent(struct mdns *m, uint64_t set, tarn_ns now)
{
    for (unsigned i = 0; i < MDNS_NUMBERS; i++)
        if (mdns_has(set, i))
            m->last_sent[i] = now;
}

/* One message with as many records as fit, and the additional ones that still do; the records. */
static uint64_t build_answer(struct mdns *m, struct dns_writer *w, uint64_t set, bool goodbye)
{
    struct manner how = {
        .section = DNS_ANSWER, .flag = true, .max_ttl_s = goodbye ? 0 : UINT32_MAX};
    uint64_t done;

    dns_write(w, m->out, sizeof m->out,
              &(struct dns_hdr){.flags = DNS_RESPONSE | DNS_AUTHORITATIVE});
    done = put_set(m, w, set, &how);
    how.section = DNS_ADDITIONAL;
    if (done == set && !goodbye)
        (void)put_set(m, w, mdns_additional(m, set), &how);
    return done;
}

void mdns_announce(struct mdns *m, uint64_t set, bool goodbye, tarn_ns now)
{
    struct dns_writer w;

    while (set != 0) {
        uint64_t done = build_answer(m, &w, set, goodbye);

        if (done == 0)
            return;
        mdns_send_all(m, dns_finish(&w), now);
        note_sent(m, done, now);
        set &= ~done;
    }
}

/* Records of the names that are probed for. Types of services are everybody's, and the name of an
 * address is its holder's without asking. */
static uint64_t probed(const struct mdns *m)
{
    uint64_t others = mdns_one(MDNS_LOCATION) - mdns_one(MDNS_REVERSE); /* all numbers between */

    return mdns_all(m) & ~others;
}

void mdns_probe(struct mdns *m, tarn_ns now)
{
    struct manner how = {.section = DNS_AUTHORITY, .max_ttl_s = UINT32_MAX};
    struct dns_question q = {
        .name = m->host_name, .type = DNS_ANY, .class = DNS_IN | DNS_CLASS_FLAG};
    struct dns_writer w;

    dns_write(&w, m->out, sizeof m->out, &(struct dns_hdr){.flags = 0});
    (void)dns_put_question(&w, &q);
    for (unsigned i = 0; i < m->n_services; i++) {
        q.name = m->service[i].instance;
        (void)dns_put_question(&w, &q);
    }
    (void)put_set(m, &w, probed(m), &how);
    mdns_send_all(m, dns_finish(&w), now);
}

void mdns_answer_one(struct mdns *m, const struct mdns_from *from, uint64_t set,
                     const struct dns_reader *legacy, tarn_ns now)
{
    struct manner how = {.section = DNS_ANSWER, .plain_srv = true, .max_ttl_s = LEGACY_TTL_S};
    struct dns_hdr h = {.flags = DNS_RESPONSE | DNS_AUTHORITATIVE};
    struct dns_question q;
    struct dns_writer w;

    if (legacy == NULL) {
        (void)build_answer(m, &w, set, false);
    } else {
        struct dns_reader r = *legacy;

        h.id = r.h.id;
        dns_write(&w, m->out, DNS_UDP_BYTES, &h);
        while (dns_next_question(&r, &q))
            (void)dns_put_question(&w, &q);
        (void)put_set(m, &w, set, &how);
    }
    send_to(m, from->sock, &from->addr, dns_finish(&w), now);
}
