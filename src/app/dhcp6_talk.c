/* app/dhcp6_talk.c - the DHCPv6 client's messages: what each says, and what of an answer counts
 * (RFC 9915 16, 18.2). */
#include "app/dhcp6.h"
#include "base/array.h"
#include "base/bits.h"

enum { CENTISECOND_NS = 10000000 };

/* What may go with each type. */
enum part { SERVER = 1, ASSOCIATIONS = 2, VALUES = 4, ASKED = 8, RAPID = 16 };

static const uint8_t parts[DHCP6_TYPES] = {
    [DHCP6_SOLICIT] = ASSOCIATIONS | ASKED | RAPID,
    [DHCP6_REQUEST] = SERVER | ASSOCIATIONS | VALUES | ASKED,
    [DHCP6_CONFIRM] = ASSOCIATIONS | VALUES,
    [DHCP6_RENEW] = SERVER | ASSOCIATIONS | VALUES | ASKED,
    [DHCP6_REBIND] = ASSOCIATIONS | VALUES | ASKED,
    [DHCP6_RELEASE] = SERVER | ASSOCIATIONS | VALUES,
    [DHCP6_DECLINE] = SERVER | ASSOCIATIONS | VALUES,
    [DHCP6_INFORMATION_REQUEST] = ASKED,
};

static void add_asked(struct dhcp6_msg *m)
{
    static const uint16_t options[] = {DHCP6_OPT_DNS, DHCP6_OPT_DOMAINS, DHCP6_OPT_SNTP,
                                       DHCP6_OPT_NTP, DHCP6_OPT_SOL_MAX_RT};
    static const uint16_t of_information[] = {DHCP6_OPT_REFRESH, DHCP6_OPT_INF_MAX_RT};

    memcpy(m->asked, options, sizeof options);
    m->n_asked = ARRAY_LEN(options);
    if (m->type != DHCP6_INFORMATION_REQUEST)
        return;
    memcpy(m->asked + m->n_asked, of_information, sizeof of_information);
    m->n_asked += ARRAY_LEN(of_information);
}

static struct dhcp6_ia *add_ia(const struct dhcp6 *d, struct dhcp6_msg *m, uint16_t option)
{
    struct dhcp6_ia *ia = &m->ia[m->n_ias++];

    ia->option = option;
    ia->iaid = d->iaid;
    return ia;
}

/* One of the leases of the offer; times are the server's to say. */
static void add_value(struct dhcp6_ia *ia, const struct dhcp6_lease *l)
{
    if (l->valid_s != 0)
        ia->lease[ia->n++] = (struct dhcp6_lease){.ip = l->ip, .len = l->len};
}

static void add_associations(const struct dhcp6 *d, struct dhcp6_msg *m)
{
    bool values = (parts[m->type] & VALUES) != 0;
    struct dhcp6_ia *ia;

    if (d->wants_address) {
        ia = add_ia(d, m, DHCP6_OPT_IA_NA);
        if (values)
            add_value(ia, &d->offer.address);
    }
    if (!d->delegation || m->type == DHCP6_DECLINE)
        return;
    ia = add_ia(d, m, DHCP6_OPT_IA_PD);
    if (values)
        add_value(ia, &d->offer.prefix);
    else if (d->prefix_len > 0)
        ia->lease[ia->n++] = (struct dhcp6_lease){.len = d->prefix_len};
}

void dhcp6_speak(struct dhcp6 *d, enum dhcp6_type type, tarn_ns now)
{
    static const struct tarn_ip all_servers = {{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2}};
    struct tarn_addr to = {.ip = all_servers, .zone = d->port + 1, .port = DHCP6_SERVER_PORT};
    struct dhcp6_msg m = {
        .type = (uint8_t)type, .xid = d->xid, .has = DHCP6_HAS_ELAPSED, .client = d->duid};
    uint8_t bytes[DHCP6_BYTES_MAX];
    struct tarn_iov iov = {.base = bytes};

    m.elapsed_cs = (uint16_t)min_u64((now - d->began) / CENTISECOND_NS, UINT16_MAX);
    if ((parts[type] & SERVER) != 0)
        m.server = d->offer.server;
    if ((parts[type] & RAPID) != 0)
        m.has |= DHCP6_HAS_RAPID_COMMIT;
    if ((parts[type] & ASKED) != 0)
        add_asked(&m);
    if ((parts[type] & ASSOCIATIONS) != 0)
        add_associations(d, &m);
    iov.len = dhcp6_build(bytes, sizeof bytes, &m);
    app_send_udp(d->with.st, d->sock, &to, &d->local, &iov, now);
}

bool dhcp6_is_answer(const struct dhcp6 *d, const struct dhcp6_msg *m)
{
    return m->xid == d->xid && m->server.n > 0 && m->client.n == d->duid.n &&
           memcmp(m->client.b, d->duid.b, d->duid.n) == 0;
}

/* Our association of the kind; NULL: the message has none, or one with times out of order, which
 * is as good as none (RFC 9915 21.4). */
static const struct dhcp6_ia *ia_of(const struct dhcp6 *d, const struct dhcp6_msg *m,
                                    uint16_t option)
{
    for (unsigned i = 0; i < m->n_ias; i++) {
        const struct dhcp6_ia *ia = &m->ia[i];

        if (ia->option == option && ia->iaid == d->iaid && (ia->t2_s == 0 || ia->t1_s <= ia->t2_s))
            return ia;
    }
    return NULL;
}

/* Can it be a host's address, or a site's prefix? */
static bool is_global(const struct tarn_ip *ip)
{
    return !tarn_ip_is_any(ip) && !tarn_ip_is_multicast(ip) && !tarn_ip_is_link_local(ip) &&
           !tarn_ip_is_loopback(ip) && !tarn_ip_is4(ip);
}

/* The first of the association that may be used; false: there is none. */
static bool pick(const struct dhcp6_ia *ia, struct dhcp6_lease *out)
{
    for (unsigned i = 0; ia != NULL && ia->status == DHCP6_SUCCESS && i < ia->n; i++) {
        const struct dhcp6_lease *l = &ia->lease[i];

        if (l->valid_s > 0 && l->preferred_s <= l->valid_s && l->status == DHCP6_SUCCESS &&
            l->len > 0 && is_global(&l->ip)) {
            *out = *l;
            return true;
        }
    }
    return false;
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

bool dhcp6_offer_of(const struct dhcp6 *d, const struct dhcp6_msg *m, struct dhcp6_offer *out)
{
    const struct dhcp6_ia *na = d->wants_address ? ia_of(d, m, DHCP6_OPT_IA_NA) : NULL;
    const struct dhcp6_ia *pd = d->delegation ? ia_of(d, m, DHCP6_OPT_IA_PD) : NULL;

    *out = (struct dhcp6_offer){.server = m->server, .preference = m->preference};
    if (pick(na, &out->address)) {
        out->t1_s = na->t1_s;
        out->t2_s = na->t2_s;
    }
    if (pick(pd, &out->prefix)) {
        out->t1_s = earlier(out->t1_s, pd->t1_s);
        out->t2_s = earlier(out->t2_s, pd->t2_s);
    }
    return out->address.valid_s != 0 || out->prefix.valid_s != 0;
}

bool dhcp6_says(const struct dhcp6 *d, const struct dhcp6_msg *m, enum dhcp6_status status)
{
    const struct dhcp6_ia *na = ia_of(d, m, DHCP6_OPT_IA_NA);
    const struct dhcp6_ia *pd = ia_of(d, m, DHCP6_OPT_IA_PD);

    return (na != NULL && na->status == status) || (pd != NULL && pd->status == status) ||
           ((m->has & DHCP6_HAS_STATUS) != 0 && m->status == status);
}

/* `wait` and up to a tenth less or more of it. The first solicitation's is not less. */
static tarn_ns jitter(struct dhcp6 *d, tarn_ns wait, bool only_more)
{
    tarn_ns tenth = wait / 10, step = tenth / 65536 + 1;
    tarn_ns more = step * rng_below(&d->rng, only_more ? 65536 : 131072);

    return only_more ? wait + more : wait - tenth + more;
}

tarn_ns dhcp6_wait(struct dhcp6 *d, tarn_ns initial, tarn_ns most, bool solicits)
{
    tarn_ns wait;

    if (d->tries == 1)
        return jitter(d, initial, solicits);
    wait = d->wait + jitter(d, d->wait, false);
    return wait > most ? jitter(d, most, false) : wait;
}
