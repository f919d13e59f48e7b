/* app/mdns_ask.c - asking for names of the link (RFC 6762 5.2): once after a short random wait,
 * then one and two seconds later. Nobody knows who might answer, so silence means that there is no
 * such name; who has answered for one family may take another half second for the other. */
#include "app/mdns.h"

enum {
    WAIT_MS = 20,
    SPREAD_MS = 100,
    FIRST_AGAIN_MS = 1000,
    PATIENCE_MS = 3500,
    OTHER_FAMILY_MS = 500
};

enum { WANTS_4 = 1, WANTS_6 = 2 };

int tarn_mdns_ask(void *state, const char *name, int family, uint64_t question, tarn_ns now)
{
    struct mdns *m = state;
    struct mdns_question q = {.open = true, .question = question};

    q.wanted = family == TARN_INET ? WANTS_4 : family == TARN_INET6 ? WANTS_6 : WANTS_4 | WANTS_6;
    if ((family != 0 && family != TARN_INET && family != TARN_INET6) ||
        !dns_name_from_text(&q.name, name) || q.name.len <= m->local.len ||
        !dns_name_within(&q.name, &m->local))
        return -TARN_EINVAL;
    q.due = now + (WAIT_MS + rng_below(&m->rng, SPREAD_MS + 1)) * MDNS_MS;
    q.deadline = now + PATIENCE_MS * MDNS_MS;
    q.answer.question = question;
    for (unsigned i = 0; i < MDNS_QUESTIONS; i++)
        if (!m->question[i].open) {
            m->question[i] = q;
            return 0;
        }
    return -TARN_ENOBUFS;
}

static void send_question(struct mdns *m, struct mdns_question *q, tarn_ns now)
{
    struct dns_question asked = {.name = q->name, .class = DNS_IN};
    struct dns_writer w;

    if (q->attempt == 0)
        asked.class |= DNS_CLASS_FLAG;
    dns_write(&w, m->out, sizeof m->out, &(struct dns_hdr){.flags = 0});
    asked.type = DNS_A;
    if ((q->wanted & WANTS_4) != 0)
        (void)dns_put_question(&w, &asked);
    asked.type = DNS_AAAA;
    if ((q->wanted & WANTS_6) != 0)
        (void)dns_put_question(&w, &asked);
    mdns_send_all(m, dns_finish(&w), now);
    q->due = now + ((tarn_ns)FIRST_AGAIN_MS << q->attempt) * MDNS_MS;
    q->attempt++;
}

static void add_address(struct mdns_question *q, const struct tarn_ip *ip, uint32_t ttl_s)
{
    struct tarn_dns_answer *a = &q->answer;

    for (unsigned i = 0; i < a->n; i++)
        if (tarn_ip_equal(&a->ip[i], ip))
            return;
    if (a->n == TARN_DNS_ADDRESSES)
        return;
    a->ttl_s = a->n == 0 || ttl_s < a->ttl_s ? ttl_s : a->ttl_s;
    a->ip[a->n++] = *ip;
}

/* A record of the asked name. */
static void hear(struct mdns_question *q, const struct dns_reader *r, const struct dns_record *rec,
                 tarn_ns now)
{
    uint8_t wanted = q->wanted;
    struct dns_nsec denial;
    struct tarn_ip ip;

    if (dns_get_address(rec, &ip) && tarn_ip_is4(&ip) == (rec->type == DNS_A)) {
        uint8_t family = rec->type == DNS_A ? WANTS_4 : WANTS_6;

        if (rec->ttl_s == 0 || ((q->wanted | q->heard) & family) == 0)
            return;
        q->heard |= family;
        q->wanted &= (uint8_t)~family;
        add_address(q, &ip, rec->ttl_s);
    } else if (dns_get_nsec(r, rec, &denial)) {
        if (!dns_nsec_has(&denial, DNS_A))
            q->wanted &= (uint8_t)~WANTS_4;
        if (!dns_nsec_has(&denial, DNS_AAAA))
            q->wanted &= (uint8_t)~WANTS_6;
    }
    q->answer.exists = true;
    if (wanted != q->wanted && now + OTHER_FAMILY_MS * MDNS_MS < q->deadline)
        q->deadline = now + OTHER_FAMILY_MS * MDNS_MS;
}

void mdns_heard(struct mdns *m, struct dns_reader r, tarn_ns now)
{
    struct dns_record rec;

    while (dns_next_record(&r, &rec)) {
        if ((rec.class & ~DNS_CLASS_FLAG) != DNS_IN)
            continue;
        for (unsigned i = 0; i < MDNS_QUESTIONS; i++)
            if (m->question[i].open && dns_name_equal(&rec.name, &m->question[i].name))
                hear(&m->question[i], &r, &rec, now);
    }
}

/* Our own name: nobody else would answer. */
static void answer_ourselves(const struct mdns *m, struct mdns_question *q)
{
    for (unsigned i = 0; i < m->n_addresses; i++)
        if ((q->wanted & (tarn_ip_is4(&m->address[i]) ? WANTS_4 : WANTS_6)) != 0)
            add_address(q, &m->address[i], MDNS_HOST_TTL_S);
    q->answer.exists = true;
    q->wanted = 0;
}

static void finish(struct mdns *m, struct mdns_question *q, tarn_ns now)
{
    struct tarn_dns_answer a = q->answer;

    q->open = false;
    tarn_address_sort(m->with.st, a.ip, a.n);
    a.error = a.n > 0 ? 0 : -TARN_ENOENT;
    (void)dns_name_text(&q->name, a.canonical, sizeof a.canonical);
    if (m->with.report != NULL)
        m->with.report(m->with.report_ctx, TARN_MDNS_ANSWER, &a, now);
}

void mdns_ask_tick(struct mdns *m, tarn_ns now)
{
    bool named = m->state == MDNS_ANNOUNCING || m->state == MDNS_READY;

    for (unsigned i = 0; i < MDNS_QUESTIONS; i++) {
        struct mdns_question *q = &m->question[i];

        if (!q->open)
            continue;
        if (q->due <= now && named && dns_name_equal(&q->name, &m->host_name))
            answer_ourselves(m, q);
        if (q->wanted == 0 || q->deadline <= now)
            finish(m, q, now);
        else if (q->due <= now)
            send_question(m, q, now);
    }
}

tarn_ns mdns_ask_deadline(const struct mdns *m)
{
    tarn_ns due = TARN_NEVER;

    for (unsigned i = 0; i < MDNS_QUESTIONS; i++) {
        const struct mdns_question *q = &m->question[i];
        tarn_ns t = q->due < q->deadline ? q->due : q->deadline;

        if (q->open && q->wanted == 0)
            return 0;
        if (q->open && t < due)
            due = t;
    }
    return due;
}
