/* app/dhcp6d.c - a small DHCPv6 server (RFC 9915 18.3): a pool of addresses, a pool of prefixes,
 * and configuration, on one link.
 *
 * Theory of operation. Each pool is an array of slots; the slot's index is the address or prefix,
 * counted from the first. A client's association is a keyed hash of its DUID, its kind and its
 * identifier, and points to the slot where the search for a free one begins: it tends to get the
 * same again. Slots end by their time, so there are no timers.
 *
 * Every answer goes to the address and port that the question came from: clients speak from their
 * link-local address (14.1). Relays are not answered.
 *
 * Deviations. Lifetimes are the server's whatever the client asks for. There is no stable storage:
 * after a restart, a REBIND for something that is free here is granted.
 *
 * Bounds: the pools. Four associations of a message count (wire/dhcp6.h). */
#include "app/app.h"
#include "base/array.h"
#include "base/bits.h"
#include "base/bytes.h"
#include "wire/dhcp6.h"

enum { ADVERTISED_S = 60, PREFERRED_S = 1800, VALID_S = 3600 };

enum slot_state { FREE, OFFERED, LEASED, DECLINED };

struct slot {
    uint64_t who;
    tarn_ns until; /* when it is free again */
    uint8_t state; /* enum slot_state */
};

/* Addresses (len 128) or prefixes: `n` of them, from `first` on. */
struct pool6 {
    struct tarn_ip first;
    uint8_t len;
    uint32_t n;
    struct slot slot[TARN_DHCPD_LEASES];
};

struct dhcp6d {
    struct tarn_service_with with;
    struct tarn_dhcp6d_config config; /* its text is in domain */
    char domain[DOMAIN_TEXT_BYTES];
    struct dhcp6_duid duid;
    struct sip_key key;
    tarn_sock sock;
    struct pool6 addresses, prefixes;
};

/* ---- Pools ---- */

/* ip + v << shift, in 128 bits. */
static struct tarn_ip plus(const struct tarn_ip *ip, uint32_t v, unsigned shift)
{
    struct tarn_ip out = *ip;
    uint64_t carry = (uint64_t)v << (shift % 8);

    for (unsigned at = 16 - shift / 8; at-- > 0 && carry != 0;) {
        carry += out.b[at];
        out.b[at] = (uint8_t)carry;
        carry >>= 8;
    }
    return out;
}

static struct tarn_ip slot_ip(const struct pool6 *p, const struct slot *s)
{
    return plus(&p->first, (uint32_t)(s - p->slot), 128u - p->len);
}

static struct slot *slot_at(struct pool6 *p, const struct tarn_ip *ip)
{
    for (uint32_t i = 0; i < p->n; i++) {
        struct tarn_ip own = slot_ip(p, &p->slot[i]);

        if (tarn_ip_equal(&own, ip))
            return &p->slot[i];
    }
    return NULL;
}

static bool is_free(const struct slot *s, tarn_ns now)
{
    return s->state == FREE || now >= s->until;
}

static bool is_held(const struct slot *s, uint64_t who, tarn_ns now)
{
    return s->who == who && !is_free(s, now) && s->state != DECLINED;
}

/* The slot that the association holds, or the one that it had last. */
static struct slot *slot_of(struct pool6 *p, uint64_t who, tarn_ns now)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (p->slot[i].who == who && (p->slot[i].state != DECLINED || is_free(&p->slot[i], now)))
            return &p->slot[i];
    return NULL;
}

static struct slot *choose(struct pool6 *p, const struct dhcp6_ia *ia, uint64_t who, tarn_ns now)
{
    struct slot *s = slot_of(p, who, now);

    for (unsigned i = 0; s == NULL && i < ia->n; i++) {
        s = slot_at(p, &ia->lease[i].ip);
        s = s != NULL && is_free(s, now) ? s : NULL;
    }
    for (uint32_t i = 0; s == NULL && i < p->n; i++) {
        s = &p->slot[(who + i) % p->n];
        s = is_free(s, now) ? s : NULL;
    }
    return s;
}

/* ---- Associations ---- */

/* One association of a message, and what it is answered. */
struct dealing {
    struct dhcp6d *d;
    const struct dhcp6_ia *in;
    struct dhcp6_ia *out;
    struct pool6 *pool;
    uint64_t who;
    tarn_ns now;
};

static uint64_t who_of(const struct dhcp6d *d, const struct dhcp6_msg *m, const struct dhcp6_ia *ia)
{
    uint8_t bytes[DHCP6_DUID_BYTES + 6];

    memcpy(bytes, m->client.b, m->client.n);
    store_be16(bytes + m->client.n, ia->option);
    store_be32(bytes + m->client.n + 2, ia->iaid);
    return siphash24(&d->key, bytes, m->client.n + 6u) | 1;
}

static void refuse(const struct dealing *a)
{
    a->out->status = a->in->option == DHCP6_OPT_IA_NA ? DHCP6_NO_ADDRS : DHCP6_NO_PREFIX;
}

static void grant(const struct dealing *a, struct slot *s, enum slot_state state)
{
    const struct tarn_dhcp6d_config *c = &a->d->config;
    uint32_t hold_s = state == OFFERED ? ADVERTISED_S : c->valid_s;

    if (state == LEASED || !is_held(s, a->who, a->now))
        *s = (struct slot){
            .who = a->who, .state = (uint8_t)state, .until = a->now + hold_s * APP_SECOND};
    a->out->t1_s = c->preferred_s / 2;
    a->out->t2_s = (uint32_t)((uint64_t)c->preferred_s * 4 / 5);
    a->out->lease[a->out->n++] = (struct dhcp6_lease){.ip = slot_ip(a->pool, s),
                                                      .len = a->pool->len,
                                                      .preferred_s = c->preferred_s,
                                                      .valid_s = c->valid_s};
}

static void assign(const struct dealing *a, enum slot_state state)
{
    struct slot *s = choose(a->pool, a->in, a->who, a->now);

    if (s != NULL)
        grant(a, s, state);
    else
        refuse(a);
}

static void offer(const struct dealing *a)
{
    assign(a, OFFERED);
}

static void lease(const struct dealing *a)
{
    assign(a, LEASED);
}

/* What the client names and does not have is gone for it: no lifetime (RFC 9915 18.3.4). */
static void extend(const struct dealing *a)
{
    struct slot *own = slot_of(a->pool, a->who, a->now);

    if (own == NULL || !is_held(own, a->who, a->now)) {
        a->out->status = DHCP6_NO_BINDING;
        return;
    }
    grant(a, own, LEASED);
    for (unsigned i = 0; i < a->in->n && a->out->n < DHCP6_LEASES; i++) {
        struct dhcp6_lease gone = {.ip = a->in->lease[i].ip, .len = a->in->lease[i].len};

        if (!tarn_ip_equal(&gone.ip, &a->out->lease[0].ip))
            a->out->lease[a->out->n++] = gone;
    }
}

/* As extend(), and what is free here is granted. */
static void rebind(const struct dealing *a)
{
    struct slot *s = a->in->n > 0 ? slot_at(a->pool, &a->in->lease[0].ip) : NULL;

    if (s != NULL && is_free(s, a->now))
        grant(a, s, LEASED);
    else
        extend(a);
}

static void end(const struct dealing *a, enum slot_state state)
{
    bool known = false;

    for (unsigned i = 0; i < a->in->n; i++) {
        struct slot *s = slot_at(a->pool, &a->in->lease[i].ip);

        if (s == NULL || !is_held(s, a->who, a->now))
            continue;
        known = true;
        s->state = (uint8_t)state;
        s->who = state == DECLINED ? 0 : s->who;
    }
    if (!known)
        a->out->status = DHCP6_NO_BINDING;
}

static void release(const struct dealing *a)
{
    end(a, FREE);
}

static void decline(const struct dealing *a)
{
    end(a, DECLINED);
}

/* ---- Messages ---- */

/* What the server does with a type of message. */
struct row {
    void (*deal)(const struct dealing *a);
    uint8_t answer;   /* enum dhcp6_type; 0: none */
    bool to_us;       /* names this server; else no server */
    bool anonymous;   /* may come without a client identifier */
    bool says_status; /* of the message as a whole: success */
};

static const struct row rows[DHCP6_TYPES] = {
    [DHCP6_SOLICIT] = {.deal = offer, .answer = DHCP6_ADVERTISE},
    [DHCP6_REQUEST] = {.deal = lease, .answer = DHCP6_REPLY, .to_us = true},
    [DHCP6_CONFIRM] = {.answer = DHCP6_REPLY, .says_status = true},
    [DHCP6_RENEW] = {.deal = extend, .answer = DHCP6_REPLY, .to_us = true},
    [DHCP6_REBIND] = {.deal = rebind, .answer = DHCP6_REPLY},
    [DHCP6_RELEASE] = {.deal = release, .answer = DHCP6_REPLY, .to_us = true, .says_status = true},
    [DHCP6_DECLINE] = {.deal = decline, .answer = DHCP6_REPLY, .to_us = true, .says_status = true},
    [DHCP6_INFORMATION_REQUEST] = {.answer = DHCP6_REPLY, .anonymous = true},
};

/* Is it a message that we have to answer (RFC 9915 16)? */
static bool is_for_us(const struct dhcp6d *d, const struct dhcp6_msg *m)
{
    const struct row *row = &rows[m->type];
    bool names_us = m->server.n == d->duid.n && memcmp(m->server.b, d->duid.b, d->duid.n) == 0;

    if (row->answer == 0 || (m->client.n == 0 && !row->anonymous))
        return false;
    if (row->anonymous)
        return (m->server.n == 0 || names_us) && m->n_ias == 0;
    return row->to_us ? names_us : m->server.n == 0;
}

static void add_config(const struct dhcp6d *d, struct dhcp6_msg *m)
{
    for (unsigned i = 0; i < d->config.n_dns; i++)
        m->dns.ip[m->dns.n++] = d->config.dns[i];
    if (d->domain[0] != '\0')
        memcpy(m->search[m->n_search++], d->domain, sizeof d->domain);
}

/* Do all addresses that the client would confirm belong to this link? */
static bool is_on_link(const struct dhcp6d *d, const struct dhcp6_msg *m)
{
    for (unsigned i = 0; i < m->n_ias; i++)
        for (unsigned k = 0; k < m->ia[i].n; k++)
            if (memcmp(m->ia[i].lease[k].ip.b, d->addresses.first.b, 8) != 0)
                return false;
    return true;
}

static void deal(struct dhcp6d *d, const struct dhcp6_msg *in, struct dhcp6_msg *out,
                 void (*with)(const struct dealing *), tarn_ns now)
{
    for (unsigned i = 0; with != NULL && i < in->n_ias; i++) {
        struct dealing a = {.d = d, .in = &in->ia[i], .out = &out->ia[i], .now = now};

        a.pool = a.in->option == DHCP6_OPT_IA_NA ? &d->addresses : &d->prefixes;
        a.who = who_of(d, in, a.in);
        a.out->option = a.in->option;
        a.out->iaid = a.in->iaid;
        out->n_ias++;
        with(&a);
    }
}

/* The answer; type 0: none. */
static void answer(struct dhcp6d *d, const struct dhcp6_msg *in, struct dhcp6_msg *out, tarn_ns now)
{
    const struct row *row = &rows[in->type];
    bool rapid = in->type == DHCP6_SOLICIT && (in->has & DHCP6_HAS_RAPID_COMMIT) != 0;

    *out = (struct dhcp6_msg){
        .type = row->answer, .xid = in->xid, .client = in->client, .server = d->duid};
    if (rapid) {
        out->type = DHCP6_REPLY;
        out->has |= DHCP6_HAS_RAPID_COMMIT;
    }
    deal(d, in, out, rapid ? lease : row->deal, now);
    if (in->type == DHCP6_CONFIRM && (d->addresses.n == 0 || in->n_ias == 0))
        out->type = 0;
    if (row->says_status) {
        out->has |= DHCP6_HAS_STATUS;
        out->status =
            in->type == DHCP6_CONFIRM && !is_on_link(d, in) ? DHCP6_NOT_ON_LINK : DHCP6_SUCCESS;
    } else {
        add_config(d, out);
    }
}

static void serve(struct dhcp6d *d, const struct dhcp6_msg *in, const struct tarn_addr *from,
                  tarn_ns now)
{
    static const struct tarn_ip any;
    uint8_t bytes[DHCP6_BYTES_MAX];
    struct tarn_iov iov = {.base = bytes};
    struct dhcp6_msg out;

    if (!is_for_us(d, in))
        return;
    answer(d, in, &out, now);
    iov.len = out.type != 0 ? dhcp6_build(bytes, sizeof bytes, &out) : 0;
    if (iov.len > 0)
        app_send_udp(d->with.st, d->sock, from, &any, &iov, now);
}

static void ready(void *state, tarn_sock s, unsigned bits, tarn_ns now)
{
    struct dhcp6d *d = state;
    uint8_t bytes[DHCP6_BYTES_MAX + 1]; /* one more tells that a message is too long */
    struct tarn_iov iov = {.base = bytes, .len = sizeof bytes};
    struct tarn_addr from;
    struct tarn_msg msg = {.iov = &iov, .n_iov = 1, .name = &from};
    struct dhcp6_msg m;
    long n;

    (void)bits;
    while ((n = tarn_recvmsg(d->with.st, s, &msg, now)) != -TARN_EAGAIN)
        if (n >= 0 && dhcp6_parse(&m, bytes, (size_t)n))
            serve(d, &m, &from, now);
}

/* ---- The service ---- */

/* `last - first + 1`, if both differ in their lowest 32 bits alone; 0: they do not. */
static uint32_t count(const struct tarn_ip *first, const struct tarn_ip *last)
{
    uint32_t a = load_be32(first->b + 12), b = load_be32(last->b + 12);

    return memcmp(first->b, last->b, 12) == 0 && b >= a && b - a < TARN_DHCPD_LEASES ? b - a + 1
                                                                                     : 0;
}

static bool take_pools(struct dhcp6d *d, const struct tarn_dhcp6d_config *c)
{
    uint8_t len = c->delegated.len;

    if (!tarn_ip_is_any(&c->first)) {
        d->addresses.first = c->first;
        d->addresses.len = 128;
        d->addresses.n = count(&c->first, &c->last);
        if (d->addresses.n == 0)
            return false;
    }
    if (len == 0)
        return true;
    if (len > c->delegated_len || c->delegated_len > 128)
        return false;
    d->prefixes.first = c->delegated.ip;
    d->prefixes.len = c->delegated_len;
    d->prefixes.n =
        c->delegated_len - len >= 10 ? TARN_DHCPD_LEASES : UINT32_C(1) << (c->delegated_len - len);
    return true;
}

static bool take_config(struct dhcp6d *d, const struct tarn_dhcp6d_config *c)
{
    size_t n = 0;

    d->config = *c;
    d->config.preferred_s = c->preferred_s != 0 ? c->preferred_s : PREFERRED_S;
    d->config.valid_s = c->valid_s != 0 ? c->valid_s : max_u32(VALID_S, d->config.preferred_s);
    while (c->domain != NULL && n < sizeof d->domain && c->domain[n] != '\0')
        n++;
    if (n > 0 && !domain_is_text(c->domain, n))
        return false;
    if (n > 0)
        memcpy(d->domain, c->domain, n);
    return c->n_dns <= ARRAY_LEN(c->dns) && d->config.preferred_s <= d->config.valid_s &&
           take_pools(d, c);
}

static int open(void *state, const struct tarn_service_with *with, tarn_ns now)
{
    static const struct tarn_ip all_servers = {{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2}};
    struct dhcp6d *d = state;
    struct tarn_port_info info;
    uint8_t key[16];
    struct rng rng;
    int err;

    d->with = *with;
    if (!take_config(d, with->config) || tarn_port_get(with->st, d->config.port, &info) < 0 ||
        info.medium != LINK_ETHERNET)
        return -TARN_EINVAL;
    app_rng_init(&rng, with);
    rng_bytes(&rng, key, sizeof key);
    d->key = sip_key_load(key);
    dhcp6_duid_ll(&d->duid, info.mac);
    err = app_open_udp(with, TARN_INET6, d->config.port, DHCP6_SERVER_PORT, &d->sock, now);
    if (err < 0)
        return err;
    err = tarn_group_join(with->st, d->sock, &all_servers, d->config.port + 1, now);
    if (err < 0)
        tarn_close(with->st, d->sock, now);
    return err;
}

static void close(void *state, tarn_ns now)
{
    struct dhcp6d *d = state;

    tarn_close(d->with.st, d->sock, now);
}

const struct tarn_service service_dhcp6d = {
    .name = "dhcp6d",
    .state_bytes = sizeof(struct dhcp6d),
    .open = open,
    .ready = ready,
    .deadline = app_never,
    .tick = app_idle,
    .close = close,
};
