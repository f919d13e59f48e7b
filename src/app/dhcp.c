/* app/dhcp.c - the DHCP client for IPv4: the states of RFC 2131 4.4.
 *
 * Theory of operation. A table says for each state what it sends, to whom, what it does when its
 * time is up, and what an offer, an acknowledgement and a refusal mean there; what the table does
 * not name is ignored. app/dhcp_talk.c says it, app/dhcp_lease.c judges leases and carries them
 * into the stack.
 *
 *      INIT -> SELECTING -> REQUESTING -> CHECKING -> BOUND -> RENEWING -> REBINDING -> INIT
 *      INIT, or any with a lease -> REBOOTING -> CHECKING, BOUND or INIT
 *
 * REBOOTING asks whether an address that we have had may be had still (3.2, 4.4.2): one that the
 * caller remembers, or that of the lease when a link comes back. Without an answer a lease is good
 * until it ends (3.2 step 4).
 *
 * CHECKING is the time in which the stack probes for the address (RFC 2131 4.4.1, RFC 5227): if
 * another station has it, the server is told (DHCPDECLINE) and ten seconds pass (3.1 step 5).
 *
 * Before there is an address the stack takes no unicast packet, therefore every message asks the
 * server to broadcast its answers (RFC 2131 4.1, the BROADCAST flag), but for those of a client
 * that has its address: they carry it in ciaddr.
 *
 * Deviations. The first offer that is good is taken: a host waits for one server, not for the best
 * of several. There is no random delay of one to ten seconds before the first message (4.4.1):
 * nobody wants to wait for it, and hosts do not start in step any more. A refusal is believed from
 * the server of the lease alone, or from any in REBINDING and REBOOTING.
 *
 * Bounds. A refusal or a conflict makes the next attempt wait: nothing a server sends makes this
 * client send more than a few messages a minute for long.
 *
 * Invariants: d->leased in CHECKING, BOUND, RENEWING, REBINDING, perhaps in REBOOTING, and in no
 * other state; t1_at <= t2_at <= ends_at. */
#include "app/dhcp.h"

#include "base/bits.h"
#include "base/bytes.h"

enum {
    FIRST_RETRY_S = 4, /* RFC 2131 4.1 */
    LAST_RETRY_S = 64,
    REQUEST_TRIES = 4,
    REBOOT_TRIES = 2,
    RENEW_RETRY_S = 60, /* 4.4.5 */
    DECLINE_PAUSE_S = 10,
    QUIET_TRIES = 4, /* unanswered DISCOVERs that are worth a report */
};

enum dhcp_state {
    INIT,
    SELECTING,
    REQUESTING,
    CHECKING,
    BOUND,
    RENEWING,
    REBINDING,
    REBOOTING,
    STATES
};

typedef void (*heard_fn)(struct dhcp *d, const struct dhcp_msg *m, tarn_ns now);

struct row {
    uint8_t sends; /* enum dhcp_type; 0: nothing */
    enum dhcp_form form;
    void (*due)(struct dhcp *d, tarn_ns now);
    heard_fn offer, ack, nak;
};

static const struct row rows[STATES];

static void report(struct dhcp *d, enum tarn_dhcp_report what, tarn_ns now)
{
    const void *of = what != TARN_DHCP_NO_SERVER ? &d->lease : NULL;

    if (d->with.report != NULL)
        d->with.report(d->with.report_ctx, (int)what, of, now);
}

/* What the state has to say (RFC 2131 table 5). */
static void speak(struct dhcp *d, tarn_ns now)
{
    const struct row *row = &rows[d->state];

    d->tries++;
    dhcp_speak(d, (enum dhcp_type)row->sends, row->form, now);
}

/* ---- States ---- */

static void enter(struct dhcp *d, enum dhcp_state state, tarn_ns due)
{
    d->state = (uint8_t)state;
    d->tries = 0;
    d->due = due;
}

/* Enter a state that begins a new exchange, and say its first word. */
static void begin(struct dhcp *d, enum dhcp_state state, tarn_ns now)
{
    d->xid = rng_u32(&d->rng);
    d->began = now;
    enter(d, state, now);
    rows[state].due(d, now);
}

/* 4, 8, 16, 32, 64 and then again 64 seconds, each one second less or more (RFC 2131 4.1). */
static tarn_ns retry_at(struct dhcp *d, tarn_ns now)
{
    uint32_t seconds = min_u32((uint32_t)FIRST_RETRY_S << min_u32(d->tries - 1, 8), LAST_RETRY_S);

    return now + (seconds - 1) * APP_SECOND +
           rng_below(&d->rng, 2 * (uint32_t)(APP_SECOND / 1000)) * UINT64_C(1000);
}

/* Begin again after `pause`, or when the link is there. */
static void restart(struct dhcp *d, tarn_ns pause, tarn_ns now)
{
    enter(d, INIT, d->link_up ? now + pause : TARN_NEVER);
}

/* A server did not keep its word: each time the pause is twice as long. */
static void restart_slower(struct dhcp *d, tarn_ns now)
{
    tarn_ns pause = d->failures == 0 ? 0 : APP_SECOND << min_u32(d->failures - 1, 6);

    d->failures++;
    restart(d, pause, now);
}

static void lose(struct dhcp *d, tarn_ns now)
{
    dhcp_net_clear(d, now);
    report(d, TARN_DHCP_LOST, now);
}

static void init_due(struct dhcp *d, tarn_ns now)
{
    bool remembers = d->remembers;

    d->remembers = false;
    begin(d, remembers ? REBOOTING : SELECTING, now);
}

static void rebooting_due(struct dhcp *d, tarn_ns now)
{
    if (d->tries < REBOOT_TRIES) {
        speak(d, now);
        d->due = retry_at(d, now);
    } else if (d->leased) {
        enter(d, BOUND, d->t1_at);
    } else {
        restart(d, 0, now);
    }
}

static void selecting_due(struct dhcp *d, tarn_ns now)
{
    speak(d, now);
    d->due = retry_at(d, now);
    if (d->tries == QUIET_TRIES)
        report(d, TARN_DHCP_NO_SERVER, now);
}

static void requesting_due(struct dhcp *d, tarn_ns now)
{
    if (d->tries == REQUEST_TRIES) {
        restart(d, 0, now);
        return;
    }
    speak(d, now);
    d->due = retry_at(d, now);
}

/* Half of the time that is left, but not less than a minute (RFC 2131 4.4.5). */
static tarn_ns renew_at(tarn_ns end, tarn_ns now)
{
    return min_u64(end, now + max_u64((end - now) / 2, RENEW_RETRY_S * APP_SECOND));
}

static void renewing_due(struct dhcp *d, tarn_ns now)
{
    if (now >= d->t2_at) {
        begin(d, REBINDING, now);
        return;
    }
    speak(d, now);
    d->due = renew_at(d->t2_at, now);
}

static void rebinding_due(struct dhcp *d, tarn_ns now)
{
    if (now >= d->ends_at) {
        lose(d, now);
        restart(d, 0, now);
        return;
    }
    speak(d, now);
    d->due = renew_at(d->ends_at, now);
}

static void bound_due(struct dhcp *d, tarn_ns now)
{
    begin(d, RENEWING, now);
}

static void bound(struct dhcp *d, tarn_ns now)
{
    d->failures = 0;
    enter(d, BOUND, d->t1_at);
    report(d, TARN_DHCP_BOUND, now);
}

/* Somebody else has the address, or it was taken away from us. */
static void conflict(struct dhcp *d, tarn_ns now)
{
    bool told = d->state != CHECKING;

    dhcp_net_clear(d, now);
    dhcp_give_up(d, DHCP_DECLINE, now);
    if (told)
        report(d, TARN_DHCP_LOST, now);
    d->failures++;
    restart(d, DECLINE_PAUSE_S * APP_SECOND, now);
}

/* Has the stack made up its mind about the address? */
static void look(struct dhcp *d, tarn_ns now)
{
    int flags = dhcp_net_flags(d);

    if (now >= d->ends_at) {
        lose(d, now);
        restart(d, 0, now);
    } else if (flags < 0 || (flags & TARN_ADDRESS_DUPLICATE) != 0) {
        conflict(d, now);
    } else if (d->state == CHECKING && (flags & TARN_ADDRESS_TENTATIVE) == 0) {
        bound(d, now);
    }
}

/* ---- Messages in ---- */

static void take_offer(struct dhcp *d, const struct dhcp_msg *m, tarn_ns now)
{
    if (!dhcp_is_lease(m))
        return;
    d->server = m->server;
    d->offered = m->yiaddr;
    enter(d, REQUESTING, now);
    requesting_due(d, now);
}

/* Lease times count from the request, which is the safe side (RFC 2131 4.4.5). */
static void take_lease(struct dhcp *d, const struct dhcp_msg *m, bool check, tarn_ns now)
{
    d->server = m->server;
    dhcp_lease_take(d, m, d->began);
    if (dhcp_net_set(d, m, check, now) < 0) {
        restart_slower(d, now);
        return;
    }
    if (check)
        enter(d, CHECKING, d->ends_at);
    else
        bound(d, now);
    look(d, now);
}

static void first_ack(struct dhcp *d, const struct dhcp_msg *m, tarn_ns now)
{
    if (m->server == d->server && m->yiaddr == d->offered && dhcp_is_lease(m))
        take_lease(d, m, true, now);
}

static void renewing_ack(struct dhcp *d, const struct dhcp_msg *m, tarn_ns now)
{
    if (m->server == d->server && m->yiaddr == d->offered && dhcp_is_lease(m))
        take_lease(d, m, false, now);
}

static void rebinding_ack(struct dhcp *d, const struct dhcp_msg *m, tarn_ns now)
{
    if (m->yiaddr == d->offered && dhcp_is_lease(m))
        take_lease(d, m, false, now);
}

static void rebooting_ack(struct dhcp *d, const struct dhcp_msg *m, tarn_ns now)
{
    if (m->yiaddr == d->offered && dhcp_is_lease(m))
        take_lease(d, m, !d->leased, now);
}

static void refused(struct dhcp *d, const struct dhcp_msg *m, tarn_ns now)
{
    if (m->server == d->server)
        restart_slower(d, now);
}

static void rebinding_nak(struct dhcp *d, const struct dhcp_msg *m, tarn_ns now)
{
    (void)m;
    lose(d, now);
    restart_slower(d, now);
}

static void rebooting_nak(struct dhcp *d, const struct dhcp_msg *m, tarn_ns now)
{
    if (d->leased)
        rebinding_nak(d, m, now);
    else
        restart_slower(d, now);
}

static void renewing_nak(struct dhcp *d, const struct dhcp_msg *m, tarn_ns now)
{
    if (m->server == d->server)
        rebinding_nak(d, m, now);
}

static const struct row rows[STATES] = {
    [INIT] = {.due = init_due},
    [SELECTING] = {.sends = DHCP_DISCOVER,
                   .form = DHCP_TO_ANY,
                   .due = selecting_due,
                   .offer = take_offer},
    [REQUESTING] = {.sends = DHCP_REQUEST,
                    .form = DHCP_CHOSEN,
                    .due = requesting_due,
                    .ack = first_ack,
                    .nak = refused},
    [CHECKING] = {.due = look},
    [BOUND] = {.due = bound_due},
    [RENEWING] = {.sends = DHCP_REQUEST,
                  .form = DHCP_HELD,
                  .due = renewing_due,
                  .ack = renewing_ack,
                  .nak = renewing_nak},
    [REBINDING] = {.sends = DHCP_REQUEST,
                   .form = DHCP_HELD_BY_ANY,
                   .due = rebinding_due,
                   .ack = rebinding_ack,
                   .nak = rebinding_nak},
    [REBOOTING] = {.sends = DHCP_REQUEST,
                   .form = DHCP_REMEMBERED,
                   .due = rebooting_due,
                   .ack = rebooting_ack,
                   .nak = rebooting_nak},
};

/* What this state does with messages of a type; NULL: nothing. */
static heard_fn hears(const struct dhcp *d, uint32_t type)
{
    const struct row *row = &rows[d->state];

    switch (type) {
    case DHCP_OFFER: return row->offer;
    case DHCP_ACK: return row->ack;
    case DHCP_NAK: return row->nak;
    default: return NULL;
    }
}

static void ready(void *state, tarn_sock s, unsigned bits, tarn_ns now)
{
    struct dhcp *d = state;
    uint8_t bytes[DHCP_BYTES_MAX + 1]; /* one more tells that a message is too long */
    struct dhcp_msg m;
    long n;

    (void)bits;
    while ((n = tarn_recv(d->with.st, s, bytes, sizeof bytes, now)) != -TARN_EAGAIN) {
        heard_fn heard;

        if (n < 0 || !dhcp_parse(&m, bytes, (size_t)n) || !dhcp_is_answer(d, &m))
            continue;
        heard = hears(d, m.type);
        if (heard != NULL)
            heard(d, &m, now);
    }
}

/* ---- The service ---- */

/* The link is another than it was, perhaps on another network: a lease is confirmed. */
static void link_changed(struct dhcp *d, tarn_ns now)
{
    d->link_up = !d->link_up;
    if (!d->leased)
        restart(d, 0, now);
    else if (d->link_up && d->state != CHECKING)
        begin(d, REBOOTING, now);
}

static void changed(void *state, tarn_ns now)
{
    struct dhcp *d = state;

    if (app_link_is_up(d->with.st, d->port) != d->link_up)
        link_changed(d, now);
    if (d->leased)
        look(d, now);
}

static tarn_ns deadline(const void *state)
{
    const struct dhcp *d = state;

    return d->due;
}

static void tick(void *state, tarn_ns now)
{
    struct dhcp *d = state;

    if (now >= d->due)
        rows[d->state].due(d, now);
}

static void set_client_id(struct dhcp *d, const struct tarn_dhcp_config *config)
{
    enum { HTYPE_ETHERNET = 1 };

    d->client_id.n = config->client_id_bytes;
    memcpy(d->client_id.b, config->client_id, sizeof config->client_id);
    if (config->client_id_bytes == 0) {
        d->client_id.n = 1 + sizeof d->mac;
        d->client_id.b[0] = HTYPE_ETHERNET;
        memcpy(d->client_id.b + 1, d->mac, sizeof d->mac);
    }
}

/* A host name as the option may carry it; longer ones are refused. */
static bool set_hostname(struct dhcp *d, const char *name)
{
    size_t n = 0;

    while (name != NULL && n < sizeof d->hostname && name[n] != '\0')
        n++;
    if (n == sizeof d->hostname || (n > 0 && !domain_is_text(name, n)))
        return false;
    if (n > 0)
        memcpy(d->hostname, name, n);
    return true;
}

static int open(void *state, const struct tarn_service_with *with, tarn_ns now)
{
    struct dhcp *d = state;
    const struct tarn_dhcp_config *config = with->config;
    struct tarn_port_info info;
    int err = tarn_port_get(with->st, config->port, &info);

    if (err < 0 || info.medium != LINK_ETHERNET ||
        config->client_id_bytes > sizeof config->client_id || !set_hostname(d, config->hostname))
        return -TARN_EINVAL;
    d->with = *with;
    d->port = config->port;
    d->no_default_route = config->no_default_route;
    d->remembers = tarn_ip_is4(&config->remembered);
    d->offered = d->remembers ? tarn_ip_to4(&config->remembered) : 0;
    memcpy(d->mac, info.mac, sizeof d->mac);
    set_client_id(d, config);
    app_rng_init(&d->rng, with);
    err = app_open_udp(with, TARN_INET, d->port, DHCP_CLIENT_PORT, &d->sock, now);
    d->link_up = app_link_is_up(d->with.st, d->port);
    restart(d, 0, now);
    return err;
}

/* The message leaves before the address does. */
static void close(void *state, tarn_ns now)
{
    struct dhcp *d = state;

    if (d->leased)
        dhcp_give_up(d, DHCP_RELEASE, now);
    tarn_close(d->with.st, d->sock, now);
    dhcp_net_clear(d, now);
    d->due = TARN_NEVER;
}

const struct tarn_service service_dhcp = {
    .name = "dhcp",
    .state_bytes = sizeof(struct dhcp),
    .open = open,
    .ready = ready,
    .changed = changed,
    .deadline = deadline,
    .tick = tick,
    .close = close,
};
