/* app/dhcp6.c - the DHCPv6 client (RFC 9915 18.2): an address, a delegated prefix, or configuration
 * alone.
 *
 * Theory of operation. A table says for each state what it sends and how often (RFC 9915 7.6, 15),
 * and what an advertisement, a reply and the end of patience mean there. app/dhcp6_talk.c says and
 * judges messages, app/dhcp6_lease.c carries leases into the stack.
 *
 *      IDLE -> SOLICITING -> REQUESTING -> CHECKING -> BOUND -> RENEWING -> REBINDING -> IDLE
 *      BOUND -> CONFIRMING -> BOUND or IDLE
 *      IDLE -> INFORMING -> INFORMED -> INFORMING
 *
 * CHECKING is duplicate address detection; a duplicate is declined (18.2.8). Every message goes to
 * all servers, from a link-local address that may be used; without one the client waits. In mode
 * BY_RA the routers' M and O flags tell whether anything is asked for (RFC 4861 4.2).
 *
 * When a link comes back, the servers are asked whether the address is still of this link (18.2.3,
 * 18.2.12); a prefix is bound anew instead.
 *
 * Deviations. A lease is one address and one prefix. RELEASE is sent once: the caller closes, and
 * does not wait. No authentication, therefore RECONFIGURE is ignored (18.2.11).
 *
 * Invariants: d->leased in CHECKING, BOUND, CONFIRMING, RENEWING, REBINDING; a state that sends has
 * d->due <= now + the longest retransmission time. */
#include "app/dhcp6.h"

#include "base/bits.h"
#include "base/bytes.h"

enum {
    MAX_RT_S = 3600, /* SOL_MAX_RT, INF_MAX_RT (RFC 9915 7.6) */
    MAX_RT_LEAST_S = 60,
    MAX_RT_MOST_S = 86400,
    REFRESH_S = 86400,
    REFRESH_LEAST_S = 600, /* IRT_MINIMUM */
    START_DELAY_MS = 1000, /* SOL_MAX_DELAY, CNF_MAX_DELAY, INF_MAX_DELAY */
    CONFIRM_S = 10,        /* CNF_MAX_RD */
    PAUSE_S = 10,          /* after a conflict */
    LEASE_GOOD_S = 60,     /* a shorter one is as good as none: it does not end the pauses */
    PREFERENCE_MAX = 255,
};

enum dhcp6_state {
    IDLE,
    SOLICITING,
    REQUESTING,
    CHECKING,
    BOUND,
    CONFIRMING,
    RENEWING,
    REBINDING,
    DECLINING,
    INFORMING,
    INFORMED,
    STATES
};

typedef void (*heard_fn)(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now);

struct row {
    uint8_t sends;  /* enum dhcp6_type; 0: nothing */
    uint8_t irt_s;  /* first retransmission time */
    uint16_t mrt_s; /* longest; 0: the one that servers may change */
    uint8_t mrc;    /* messages at most; 0: no bound */
    heard_fn advertise, reply;
    void (*due)(struct dhcp6 *d, tarn_ns now);   /* of states that send nothing */
    void (*ended)(struct dhcp6 *d, tarn_ns now); /* nobody has answered in time */
};

static const struct row rows[STATES];

static void report(struct dhcp6 *d, enum tarn_dhcp6_report what, tarn_ns now)
{
    if (d->with.report != NULL)
        d->with.report(d->with.report_ctx, (int)what, &d->lease, now);
}

/* ---- Exchanges (RFC 9915 15) ---- */

static void enter(struct dhcp6 *d, enum dhcp6_state state, tarn_ns due)
{
    d->state = (uint8_t)state;
    d->due = due;
}

/* MRT: the pause that none exceeds by more than a tenth. */
static tarn_ns longest(const struct dhcp6 *d)
{
    const struct row *row = &rows[d->state];

    if (row->mrt_s != 0)
        return row->mrt_s * APP_SECOND;
    return (d->state == INFORMING ? d->inf_max_rt_s : d->sol_max_rt_s) * APP_SECOND;
}

/* Say it once more, or give up. */
static void transmit(struct dhcp6 *d, tarn_ns now)
{
    const struct row *row = &rows[d->state];

    if (now >= d->end || (row->mrc != 0 && d->tries == row->mrc)) {
        row->ended(d, now);
        return;
    }
    d->tries++;
    dhcp6_speak(d, (enum dhcp6_type)row->sends, now);
    d->wait = dhcp6_wait(d, row->irt_s * APP_SECOND, longest(d), d->state == SOLICITING);
    d->due = min_u64(now + d->wait, d->end);
}

/* A new exchange, whose first message is due at `due`. */
static void prepare(struct dhcp6 *d, enum dhcp6_state state, tarn_ns due)
{
    enter(d, state, due);
    d->xid = rng_u32(&d->rng) & 0xffffff;
    d->tries = 0;
    d->began = due;
}

/* One that begins now, which `end` bounds. */
static void begin(struct dhcp6 *d, enum dhcp6_state state, tarn_ns end, tarn_ns now)
{
    prepare(d, state, now);
    d->end = end;
    transmit(d, now);
}

/* ---- What is wanted ---- */

enum wanted { NOTHING, CONFIGURATION, LEASE };

static enum wanted wanted(struct dhcp6 *d)
{
    struct tarn_router_info r = {0};

    d->wants_address = d->mode == TARN_DHCP6_ADDRESS;
    if (d->mode == TARN_DHCP6_STATELESS)
        return CONFIGURATION;
    if (d->mode == TARN_DHCP6_ADDRESS)
        return LEASE;
    (void)tarn_router_get(d->with.st, d->port, &r);
    d->wants_address = r.managed;
    if (r.managed || (r.seen && d->delegation))
        return LEASE;
    return r.other ? CONFIGURATION : NOTHING;
}

/* Our link-local address, if it may be used; else all zero. */
static struct tarn_ip find_local(const struct dhcp6 *d)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(d->with.st, &cursor, &a))
        if (a.port == d->port && !tarn_ip_is4(&a.prefix.ip) &&
            tarn_ip_is_link_local(&a.prefix.ip) &&
            (a.flags & (TARN_ADDRESS_TENTATIVE | TARN_ADDRESS_DUPLICATE)) == 0)
            return a.prefix.ip;
    return (struct tarn_ip){{0}};
}

static bool can_speak(const struct dhcp6 *d)
{
    return d->link_up && !tarn_ip_is_any(&d->local);
}

static void start(struct dhcp6 *d, tarn_ns now)
{
    d->offer.preference = -1;
    switch (can_speak(d) ? wanted(d) : NOTHING) {
    case NOTHING: enter(d, IDLE, TARN_NEVER); return;
    case CONFIGURATION: begin(d, INFORMING, TARN_NEVER, now); return;
    case LEASE: begin(d, SOLICITING, TARN_NEVER, now); return;
    }
}

static void restart(struct dhcp6 *d, tarn_ns pause, tarn_ns now)
{
    enter(d, IDLE, now + pause);
}

/* A server did not keep its word: each time the pause is twice as long. */
static void restart_slower(struct dhcp6 *d, tarn_ns now)
{
    tarn_ns pause = APP_SECOND << min_u32(d->failures, 6);

    d->failures++;
    restart(d, pause, now);
}

static void lose(struct dhcp6 *d, tarn_ns now)
{
    report(d, TARN_DHCP6_LOST, now);
    dhcp6_lease_clear(d, now);
    restart_slower(d, now);
}

/* ---- Leases ---- */

static void bound(struct dhcp6 *d, tarn_ns now)
{
    enter(d, BOUND, min_u64(d->t1_at, dhcp6_lease_end(d)));
    report(d, TARN_DHCP6_BOUND, now);
}

/* Another host has the address (RFC 9915 18.2.8). */
static void decline(struct dhcp6 *d, tarn_ns now)
{
    struct dhcp6_offer offer = d->offer;

    if (d->state != CHECKING)
        report(d, TARN_DHCP6_LOST, now);
    dhcp6_lease_clear(d, now);
    d->offer = offer;
    begin(d, DECLINING, TARN_NEVER, now);
}

/* What has become of the lease? */
static void look(struct dhcp6 *d, tarn_ns now)
{
    int flags = d->address ? dhcp6_address_flags(d) : 0;

    if (now >= dhcp6_lease_end(d))
        lose(d, now);
    else if (flags >= 0 && (flags & TARN_ADDRESS_DUPLICATE) != 0)
        decline(d, now);
    else if (flags < 0)
        lose(d, now);
    else if (d->state == CHECKING && (flags & TARN_ADDRESS_TENTATIVE) == 0)
        bound(d, now);
}

static void bound_due(struct dhcp6 *d, tarn_ns now)
{
    if (now >= dhcp6_lease_end(d))
        lose(d, now);
    else
        begin(d, RENEWING, d->t2_at, now);
}

static void renewing_ended(struct dhcp6 *d, tarn_ns now)
{
    begin(d, REBINDING, dhcp6_lease_end(d), now);
}

static void take(struct dhcp6 *d, const struct dhcp6_msg *m, const struct dhcp6_offer *offer,
                 tarn_ns now)
{
    d->offer = *offer;
    if (dhcp6_lease_take(d, m, now) < 0) {
        dhcp6_lease_clear(d, now);
        restart_slower(d, now);
        return;
    }
    if (d->lease.valid_s >= LEASE_GOOD_S)
        d->failures = 0;
    enter(d, CHECKING, dhcp6_lease_end(d));
    look(d, now);
}

/* ---- Messages in ---- */

static uint32_t max_rt(uint32_t asked, uint32_t old)
{
    return asked >= MAX_RT_LEAST_S && asked <= MAX_RT_MOST_S ? asked : old;
}

static void take_max_rt(struct dhcp6 *d, const struct dhcp6_msg *m)
{
    if ((m->has & DHCP6_HAS_SOL_MAX_RT) != 0)
        d->sol_max_rt_s = max_rt(m->sol_max_rt_s, d->sol_max_rt_s);
    if ((m->has & DHCP6_HAS_INF_MAX_RT) != 0)
        d->inf_max_rt_s = max_rt(m->inf_max_rt_s, d->inf_max_rt_s);
}

static void request(struct dhcp6 *d, tarn_ns now)
{
    begin(d, REQUESTING, d->leased ? dhcp6_lease_end(d) : TARN_NEVER, now);
}

/* A lease that its server has forgotten may be known to another. */
static void requesting_ended(struct dhcp6 *d, tarn_ns now)
{
    if (!d->leased)
        restart_slower(d, now);
    else if (now >= dhcp6_lease_end(d))
        lose(d, now);
    else
        begin(d, REBINDING, dhcp6_lease_end(d), now);
}

/* The best advertisement of the first second or so; after that, any (RFC 9915 18.2.1). */
static void soliciting_advertise(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now)
{
    struct dhcp6_offer offer;

    if (!dhcp6_offer_of(d, m, &offer))
        return;
    if (offer.preference > d->offer.preference)
        d->offer = offer;
    if (d->tries > 1 || offer.preference == PREFERENCE_MAX)
        request(d, now);
}

static void soliciting_reply(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now)
{
    struct dhcp6_offer offer;

    if ((m->has & DHCP6_HAS_RAPID_COMMIT) != 0 && dhcp6_offer_of(d, m, &offer))
        take(d, m, &offer, now);
}

static bool is_chosen(const struct dhcp6 *d, const struct dhcp6_msg *m)
{
    return m->server.n == d->offer.server.n &&
           memcmp(m->server.b, d->offer.server.b, m->server.n) == 0;
}

static void requesting_reply(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now)
{
    struct dhcp6_offer offer;

    if (!is_chosen(d, m) || dhcp6_says(d, m, DHCP6_UNSPEC_FAIL))
        return;
    if (dhcp6_offer_of(d, m, &offer))
        take(d, m, &offer, now);
    else if (d->leased)
        lose(d, now);
    else
        restart_slower(d, now);
}

/* Is it what we have, with no lifetime left? */
static bool ends(const struct dhcp6_lease *l, const struct dhcp6_lease *ours)
{
    return l->valid_s == 0 && ours->valid_s != 0 && tarn_ip_equal(&l->ip, &ours->ip);
}

/* Is something of the lease taken back? */
static bool is_taken_back(const struct dhcp6 *d, const struct dhcp6_msg *m)
{
    for (unsigned i = 0; i < m->n_ias; i++)
        for (unsigned k = 0; m->ia[i].iaid == d->iaid && k < m->ia[i].n; k++)
            if (ends(&m->ia[i].lease[k], &d->offer.address) ||
                ends(&m->ia[i].lease[k], &d->offer.prefix))
                return true;
    return false;
}

/* A server that knows nothing of the lease is asked for it (RFC 9915 18.2.10.1). */
static void rebinding_reply(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now)
{
    struct dhcp6_offer offer;

    if (dhcp6_says(d, m, DHCP6_UNSPEC_FAIL))
        return;
    if (dhcp6_says(d, m, DHCP6_NO_BINDING)) {
        d->offer.server = m->server;
        request(d, now);
    } else if (dhcp6_says(d, m, DHCP6_NOT_ON_LINK) || is_taken_back(d, m)) {
        lose(d, now);
    } else if (dhcp6_offer_of(d, m, &offer)) {
        take(d, m, &offer, now);
    }
}

static void renewing_reply(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now)
{
    if (is_chosen(d, m))
        rebinding_reply(d, m, now);
}

/* RFC 9915 18.2.10.3: any other status, or none, says that the address is good here. */
static void confirming_reply(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now)
{
    if (dhcp6_says(d, m, DHCP6_NOT_ON_LINK))
        lose(d, now);
    else
        enter(d, BOUND, min_u64(d->t1_at, dhcp6_lease_end(d)));
}

/* Nobody knows better: it is used on (RFC 9915 18.2.3). */
static void confirming_ended(struct dhcp6 *d, tarn_ns now)
{
    (void)now;
    enter(d, BOUND, min_u64(d->t1_at, dhcp6_lease_end(d)));
}

static void declining_reply(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now)
{
    if (is_chosen(d, m))
        restart(d, PAUSE_S * APP_SECOND, now);
}

static void declining_ended(struct dhcp6 *d, tarn_ns now)
{
    restart(d, PAUSE_S * APP_SECOND, now);
}

static void informing_reply(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now)
{
    uint32_t refresh_s = (m->has & DHCP6_HAS_REFRESH) != 0 ? m->refresh_s : REFRESH_S;
    bool forever = refresh_s == DHCP6_FOREVER;

    refresh_s = max_u32(refresh_s, REFRESH_LEAST_S);
    dhcp6_names_set(d, m, now);
    enter(d, INFORMED, forever ? TARN_NEVER : now + refresh_s * APP_SECOND);
    report(d, TARN_DHCP6_STATELESS_DONE, now);
}

static const struct row rows[STATES] = {
    [IDLE] = {.due = start},
    [SOLICITING] = {.sends = DHCP6_SOLICIT,
                    .irt_s = 1,
                    .advertise = soliciting_advertise,
                    .reply = soliciting_reply},
    [REQUESTING] = {.sends = DHCP6_REQUEST,
                    .irt_s = 1,
                    .mrt_s = 30,
                    .mrc = 10,
                    .reply = requesting_reply,
                    .ended = requesting_ended},
    [CHECKING] = {.due = look},
    [BOUND] = {.due = bound_due},
    [CONFIRMING] = {.sends = DHCP6_CONFIRM,
                    .irt_s = 1,
                    .mrt_s = 4,
                    .reply = confirming_reply,
                    .ended = confirming_ended},
    [RENEWING] = {.sends = DHCP6_RENEW,
                  .irt_s = 10,
                  .mrt_s = 600,
                  .reply = renewing_reply,
                  .ended = renewing_ended},
    [REBINDING] =
        {.sends = DHCP6_REBIND, .irt_s = 10, .mrt_s = 600, .reply = rebinding_reply, .ended = lose},
    [DECLINING] = {.sends = DHCP6_DECLINE,
                   .irt_s = 1,
                   .mrt_s = 1,
                   .mrc = 4,
                   .reply = declining_reply,
                   .ended = declining_ended},
    [INFORMING] = {.sends = DHCP6_INFORMATION_REQUEST, .irt_s = 1, .reply = informing_reply},
    [INFORMED] = {.due = start},
};

static void ready(void *state, tarn_sock s, unsigned bits, tarn_ns now)
{
    struct dhcp6 *d = state;
    uint8_t bytes[DHCP6_BYTES_MAX + 1]; /* one more tells that a message is too long */
    struct dhcp6_msg m;
    long n;

    (void)bits;
    while ((n = tarn_recv(d->with.st, s, bytes, sizeof bytes, now)) != -TARN_EAGAIN) {
        const struct row *row = &rows[d->state];
        heard_fn heard;

        if (n < 0 || !dhcp6_parse(&m, bytes, (size_t)n) || !dhcp6_is_answer(d, &m))
            continue;
        heard = m.type == DHCP6_ADVERTISE ? row->advertise : NULL;
        heard = m.type == DHCP6_REPLY ? row->reply : heard;
        if (heard == NULL)
            continue;
        take_max_rt(d, &m);
        heard(d, &m, now);
    }
}

/* ---- The service ---- */

static void begin_soon(struct dhcp6 *d, tarn_ns now)
{
    restart(d, rng_below(&d->rng, START_DELAY_MS) * (APP_SECOND / 1000), now);
}

/* Ask soon whether the address is still of this link. */
static void confirm(struct dhcp6 *d, tarn_ns now)
{
    prepare(d, CONFIRMING, now + rng_below(&d->rng, START_DELAY_MS) * (APP_SECOND / 1000));
    d->end = d->due + CONFIRM_S * APP_SECOND;
}

/* The link is another than it was: what was under way is over, a lease is confirmed. */
static void link_changed(struct dhcp6 *d, tarn_ns now)
{
    if (d->leased && can_speak(d) && d->offer.prefix.valid_s == 0)
        confirm(d, now);
    else if (d->leased && can_speak(d))
        begin(d, REBINDING, dhcp6_lease_end(d), now);
    else if (d->leased)
        enter(d, BOUND, dhcp6_lease_end(d));
    else if (can_speak(d))
        begin_soon(d, now);
    else
        enter(d, IDLE, TARN_NEVER);
}

static void changed(void *state, tarn_ns now)
{
    struct dhcp6 *d = state;
    bool could = can_speak(d), informed = d->state == INFORMING || d->state == INFORMED;

    d->link_up = app_link_is_up(d->with.st, d->port);
    d->local = find_local(d);
    if (could != can_speak(d))
        link_changed(d, now);
    else if (d->leased)
        look(d, now);
    else if (informed && wanted(d) == LEASE)
        begin_soon(d, now);
    else if (d->state == IDLE && d->due == TARN_NEVER && can_speak(d) && wanted(d) != NOTHING)
        begin_soon(d, now);
}

static tarn_ns deadline(const void *state)
{
    const struct dhcp6 *d = state;

    return d->due;
}

static void tick(void *state, tarn_ns now)
{
    struct dhcp6 *d = state;

    if (now < d->due)
        return;
    if (rows[d->state].due != NULL)
        rows[d->state].due(d, now);
    else if (d->state == SOLICITING && d->offer.preference >= 0)
        request(d, now);
    else
        transmit(d, now);
}

/* One of the MAC where none is given. */
static void set_duid(struct dhcp6 *d, const struct tarn_dhcp6_config *config, const uint8_t mac[6])
{
    d->duid.n = config->duid_bytes;
    memcpy(d->duid.b, config->duid, sizeof config->duid);
    if (config->duid_bytes == 0)
        dhcp6_duid_ll(&d->duid, mac);
    d->iaid = load_be32(mac + 2);
}

static int open(void *state, const struct tarn_service_with *with, tarn_ns now)
{
    struct dhcp6 *d = state;
    const struct tarn_dhcp6_config *config = with->config;
    struct tarn_port_info info;
    int err = tarn_port_get(with->st, config->port, &info);

    if (err < 0 || info.medium != LINK_ETHERNET || config->mode > TARN_DHCP6_ADDRESS ||
        config->prefix_len > 128 || config->duid_bytes > sizeof config->duid)
        return -TARN_EINVAL;
    d->with = *with;
    d->port = config->port;
    d->mode = config->mode;
    d->delegation = config->delegation;
    d->prefix_len = config->prefix_len;
    d->sol_max_rt_s = d->inf_max_rt_s = MAX_RT_S;
    set_duid(d, config, info.mac);
    app_rng_init(&d->rng, with);
    err = app_open_udp(with, TARN_INET6, d->port, DHCP6_CLIENT_PORT, &d->sock, now);
    enter(d, IDLE, TARN_NEVER);
    if (err == 0)
        changed(d, now);
    return err;
}

/* The message leaves before the address does. */
static void close(void *state, tarn_ns now)
{
    struct dhcp6 *d = state;

    if (d->leased && can_speak(d)) {
        d->xid = rng_u32(&d->rng) & 0xffffff;
        d->began = now;
        dhcp6_speak(d, DHCP6_RELEASE, now);
    }
    tarn_close(d->with.st, d->sock, now);
    dhcp6_lease_clear(d, now);
    enter(d, IDLE, TARN_NEVER);
}

const struct tarn_service service_dhcp6 = {
    .name = "dhcp6",
    .state_bytes = sizeof(struct dhcp6),
    .open = open,
    .ready = ready,
    .changed = changed,
    .deadline = deadline,
    .tick = tick,
    .close = close,
};
