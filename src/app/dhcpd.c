/* app/dhcpd.c - a small DHCP server for IPv4 (RFC 2131 4.3): one pool, on one link.
 *
 * Theory of operation. The pool is an array: the slot's index is the address. A client is a keyed
 * hash of its identifier, or of its link address (4.2); its first address is the first free one
 * from where that hash points, so a client tends to get the same again. Slots end by their time:
 * nothing has to happen when it comes, so the server has no timers.
 *
 * An answer goes where RFC 2131 4.1 says: to a relay, to the address that the client has, to all if
 * it asks for that, else to the address that it is given, by a neighbour record, because it cannot
 * answer ARP for it yet.
 *
 * Deviations. The lease time is the server's whatever the client asks for. Offered addresses are
 * not probed for (4.3.1 says SHOULD): clients do that, and tell by DHCPDECLINE. There is no stable
 * storage: after a restart, a client that renews an address that is free here is given it.
 *
 * Bounds: the pool; a client that is not served hears nothing. */
#include "app/app.h"
#include "base/array.h"
#include "wire/dhcp.h"

enum {
    OFFER_S = 60, /* how long an offered address is held */
    LEASE_S = 3600,
    V4_BITS = 96,
};

enum slot_state { FREE, OFFERED, LEASED, DECLINED };

struct slot {
    uint64_t who;  /* the client that has it, or had it last; 0: nobody yet */
    tarn_ns until; /* when it is free again */
    uint8_t state; /* enum slot_state */
};

struct dhcpd {
    struct tarn_service_with with;
    struct tarn_dhcpd_config config; /* its text is in domain */
    char domain[DOMAIN_TEXT_BYTES];
    uint32_t ip, mask, first, n; /* ours; the network's; the pool */
    struct sip_key key;
    tarn_sock sock;
    struct slot slot[TARN_DHCPD_LEASES];
};

/* ---- Slots ---- */

static struct slot *slot_at(struct dhcpd *d, uint32_t ip)
{
    return ip - d->first < d->n ? &d->slot[ip - d->first] : NULL;
}

static uint32_t slot_ip(const struct dhcpd *d, const struct slot *s)
{
    return d->first + (uint32_t)(s - d->slot);
}

static bool is_free(const struct slot *s, tarn_ns now)
{
    return s->state == FREE || now >= s->until;
}

static bool has(const struct slot *s, uint64_t who, tarn_ns now)
{
    return s != NULL && s->who == who && !is_free(s, now) && s->state != DECLINED;
}

static uint64_t client_of(const struct dhcpd *d, const struct dhcp_msg *m)
{
    uint64_t hash = m->client_id.n > 0 ? siphash24(&d->key, m->client_id.b, m->client_id.n)
                                       : siphash24(&d->key, m->chaddr, sizeof m->chaddr);

    return hash | 1;
}

/* The client's slot, if it has one or had it last and nobody else took it since. */
static struct slot *slot_of(struct dhcpd *d, uint64_t who, tarn_ns now)
{
    for (uint32_t i = 0; i < d->n; i++)
        if (d->slot[i].who == who && (d->slot[i].state != DECLINED || is_free(&d->slot[i], now)))
            return &d->slot[i];
    return NULL;
}

/* A slot for a client that looks for an address (RFC 2131 4.3.1): its own, the one that it would
 * like, or the first that is free. NULL: the pool is empty. */
static struct slot *choose(struct dhcpd *d, const struct dhcp_msg *m, uint64_t who, tarn_ns now)
{
    struct slot *s = slot_of(d, who, now);

    if (s != NULL)
        return s;
    s = (m->has & DHCP_HAS_REQUESTED) != 0 ? slot_at(d, m->requested) : NULL;
    if (s != NULL && is_free(s, now))
        return s;
    for (uint32_t i = 0; i < d->n; i++) {
        s = &d->slot[(who + i) % d->n];
        if (is_free(s, now))
            return s;
    }
    return NULL;
}

static void give(struct slot *s, uint64_t who, enum slot_state state, tarn_ns until)
{
    *s = (struct slot){.who = who, .state = (uint8_t)state, .until = until};
}

static void lease(const struct dhcpd *d, struct slot *s, uint64_t who, tarn_ns now)
{
    give(s, who, LEASED, now + d->config.lease_s * APP_SECOND);
}

/* ---- Answers ---- */

static void add_ip(struct dhcp_ips *to, const struct tarn_ip *ip)
{
    to->ip[to->n++] = tarn_ip_to4(ip);
}

/* What a client of this link should know. */
static void add_config(const struct dhcpd *d, struct dhcp_msg *m)
{
    m->has |= DHCP_HAS_MASK;
    m->mask = d->mask;
    if (!tarn_ip_is_any(&d->config.router))
        add_ip(&m->router, &d->config.router);
    for (unsigned i = 0; i < d->config.n_dns; i++)
        add_ip(&m->dns, &d->config.dns[i]);
    memcpy(m->domain, d->domain, sizeof m->domain);
}

static void add_lease(const struct dhcpd *d, struct dhcp_msg *m, uint32_t ip)
{
    m->yiaddr = ip;
    m->has |= DHCP_HAS_LEASE | DHCP_HAS_T1 | DHCP_HAS_T2;
    m->lease_s = d->config.lease_s;
    m->t1_s = m->lease_s / 2;
    m->t2_s = (uint32_t)((uint64_t)m->lease_s * 7 / 8);
}

/* The frame that reaches a host which has no address yet. */
static void introduce(const struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    struct tarn_neigh n = {
        .ip = tarn_ip4(m->yiaddr), .port = d->config.port, .state = TARN_NEIGH_REACHABLE};

    memcpy(n.mac, m->chaddr, sizeof n.mac);
    (void)tarn_neigh_set(d->with.st, &n, now, NULL);
}

/* Where an answer goes (RFC 2131 4.1). */
static struct tarn_addr way_to(const struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    struct tarn_addr to = {.port = DHCP_CLIENT_PORT};

    if (m->giaddr != 0) {
        to.ip = tarn_ip4(m->giaddr);
        to.port = DHCP_SERVER_PORT;
    } else if (m->type != DHCP_NAK && m->ciaddr != 0) {
        to.ip = tarn_ip4(m->ciaddr);
    } else if (m->type == DHCP_NAK || m->broadcast) {
        to.ip = tarn_ip4(UINT32_MAX);
    } else {
        to.ip = tarn_ip4(m->yiaddr);
        introduce(d, m, now);
    }
    return to;
}

/* `ip`: the lease's address; 0: the answer carries none. */
static void answer(const struct dhcpd *d, const struct dhcp_msg *in, enum dhcp_type type,
                   uint32_t ip, tarn_ns now)
{
    struct dhcp_msg m = {.op = DHCP_BOOTREPLY,
                         .xid = in->xid,
                         .giaddr = in->giaddr,
                         .has = DHCP_HAS_TYPE | DHCP_HAS_SERVER,
                         .type = type,
                         .server = d->ip,
                         .client_id = in->client_id, /* RFC 6842 */
                         .relay = in->relay};
    struct tarn_ip local = tarn_ip4(d->ip);
    uint8_t bytes[DHCP_BYTES_MAX];
    struct tarn_iov iov = {.base = bytes};
    struct tarn_addr to;

    memcpy(m.chaddr, in->chaddr, sizeof m.chaddr);
    m.broadcast = in->broadcast || (type == DHCP_NAK && in->giaddr != 0);
    if (type != DHCP_NAK) {
        m.ciaddr = in->ciaddr;
        add_config(d, &m);
    }
    if (ip != 0)
        add_lease(d, &m, ip);
    to = way_to(d, &m, now);
    iov.len = dhcp_build(bytes, sizeof bytes, &m);
    if (iov.len > 0)
        app_send_udp(d->with.st, d->sock, &to, &local, &iov, now);
}

/* ---- Requests ---- */

static void discover(struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    uint64_t who = client_of(d, m);
    struct slot *s = choose(d, m, who, now);

    if (s == NULL)
        return;
    if (!has(s, who, now))
        give(s, who, OFFERED, now + OFFER_S * APP_SECOND);
    answer(d, m, DHCP_OFFER, slot_ip(d, s), now);
}

/* The client has chosen: us, for what we have offered, or another server (RFC 2131 4.3.2). */
static void request_offered(struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    uint64_t who = client_of(d, m);
    struct slot *s = m->server == d->ip ? slot_at(d, m->requested) : slot_of(d, who, now);

    if (m->server != d->ip) {
        if (s != NULL && s->state == OFFERED)
            s->state = FREE;
    } else if (has(s, who, now)) {
        lease(d, s, who, now);
        answer(d, m, DHCP_ACK, slot_ip(d, s), now);
    } else {
        answer(d, m, DHCP_NAK, 0, now);
    }
}

/* A client that has restarted asks whether its address is good: silence if we do not know it. */
static void request_again(struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    uint64_t who = client_of(d, m);
    struct slot *own = slot_of(d, who, now);
    bool here = ((m->requested ^ d->ip) & d->mask) == 0;

    if (own != NULL && slot_ip(d, own) == m->requested) {
        lease(d, own, who, now);
        answer(d, m, DHCP_ACK, m->requested, now);
    } else if (own != NULL || !here) {
        answer(d, m, DHCP_NAK, 0, now);
    }
}

static void request_longer(struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    uint64_t who = client_of(d, m);
    struct slot *s = slot_at(d, m->ciaddr);

    if (s != NULL && (has(s, who, now) || is_free(s, now))) {
        lease(d, s, who, now);
        answer(d, m, DHCP_ACK, m->ciaddr, now);
    } else {
        answer(d, m, DHCP_NAK, 0, now);
    }
}

static void request(struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    if ((m->has & DHCP_HAS_SERVER) != 0)
        request_offered(d, m, now);
    else if (m->ciaddr != 0)
        request_longer(d, m, now);
    else if ((m->has & DHCP_HAS_REQUESTED) != 0)
        request_again(d, m, now);
}

/* Somebody else has the address: nobody is given it for the time of a lease. */
static void decline(struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    struct slot *s = slot_at(d, m->requested);

    if (m->server == d->ip && has(s, client_of(d, m), now))
        give(s, 0, DECLINED, now + d->config.lease_s * APP_SECOND);
}

static void release(struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    struct slot *s = slot_at(d, m->ciaddr);

    if (m->server == d->ip && has(s, client_of(d, m), now))
        s->state = FREE;
}

/* A host of this link that has its address from elsewhere. */
static void inform(struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    if (m->ciaddr != 0 && ((m->ciaddr ^ d->ip) & d->mask) == 0)
        answer(d, m, DHCP_ACK, 0, now);
}

static void serve(struct dhcpd *d, const struct dhcp_msg *m, tarn_ns now)
{
    static void (*const by_type[])(struct dhcpd *, const struct dhcp_msg *, tarn_ns) = {
        [DHCP_DISCOVER] = discover, [DHCP_REQUEST] = request, [DHCP_DECLINE] = decline,
        [DHCP_RELEASE] = release,   [DHCP_INFORM] = inform,
    };
    bool relayed_here = m->giaddr == 0 || ((m->giaddr ^ d->ip) & d->mask) == 0;

    if (m->op == DHCP_BOOTREQUEST && relayed_here && by_type[m->type] != NULL)
        by_type[m->type](d, m, now);
}

static void ready(void *state, tarn_sock s, unsigned bits, tarn_ns now)
{
    struct dhcpd *d = state;
    uint8_t bytes[DHCP_BYTES_MAX + 1]; /* one more tells that a message is too long */
    struct dhcp_msg m;
    long n;

    (void)bits;
    while ((n = tarn_recv(d->with.st, s, bytes, sizeof bytes, now)) != -TARN_EAGAIN)
        if (n >= 0 && dhcp_parse(&m, bytes, (size_t)n))
            serve(d, &m, now);
}

/* ---- The service ---- */

/* Our address on the port, on the network of the pool. */
static bool find_address(struct dhcpd *d)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(d->with.st, &cursor, &a)) {
        if (a.port != d->config.port || !tarn_ip_is4(&a.prefix.ip) || a.prefix.len == V4_BITS)
            continue;
        d->ip = tarn_ip_to4(&a.prefix.ip);
        d->mask = UINT32_MAX << (128 - a.prefix.len);
        if (((d->ip ^ d->first) & d->mask) == 0)
            return ((d->ip ^ (d->first + d->n - 1)) & d->mask) == 0;
    }
    return false;
}

/* Addresses of the pool that are not to be given: ours, the router's, the network's own. */
static void reserve(struct dhcpd *d, uint32_t ip)
{
    struct slot *s = slot_at(d, ip);

    if (s != NULL)
        give(s, 0, DECLINED, TARN_NEVER);
}

static bool take_config(struct dhcpd *d, const struct tarn_dhcpd_config *c)
{
    size_t n = 0;

    d->config = *c;
    d->first = tarn_ip_to4(&c->first);
    d->n = tarn_ip_to4(&c->last) - d->first + 1;
    if (c->lease_s == 0)
        d->config.lease_s = LEASE_S;
    while (c->domain != NULL && n < sizeof d->domain && c->domain[n] != '\0')
        n++;
    if (n > 0 && !domain_is_text(c->domain, n))
        return false;
    if (n > 0)
        memcpy(d->domain, c->domain, n);
    return tarn_ip_is4(&c->first) && tarn_ip_is4(&c->last) && d->n > 0 &&
           d->n <= TARN_DHCPD_LEASES && c->n_dns <= ARRAY_LEN(c->dns);
}

static int open(void *state, const struct tarn_service_with *with, tarn_ns now)
{
    struct dhcpd *d = state;
    struct rng rng;
    uint8_t key[16];

    d->with = *with;
    if (!take_config(d, with->config) || !find_address(d))
        return -TARN_EINVAL;
    app_rng_init(&rng, with);
    rng_bytes(&rng, key, sizeof key);
    d->key = sip_key_load(key);
    reserve(d, d->ip);
    reserve(d, d->ip & d->mask);
    reserve(d, d->ip | ~d->mask);
    if (!tarn_ip_is_any(&d->config.router))
        reserve(d, tarn_ip_to4(&d->config.router));
    return app_open_udp(with, TARN_INET, d->config.port, DHCP_SERVER_PORT, &d->sock, now);
}

static void close(void *state, tarn_ns now)
{
    struct dhcpd *d = state;

    tarn_close(d->with.st, d->sock, now);
}

const struct tarn_service service_dhcpd = {
    .name = "dhcpd",
    .state_bytes = sizeof(struct dhcpd),
    .open = open,
    .ready = ready,
    .deadline = app_never,
    .tick = app_idle,
    .close = close,
};
