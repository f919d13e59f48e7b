/* app/mdns.c - multicast DNS (RFC 6762) and what of service discovery it needs (RFC 6763): names
 * without a server, on one link and over both families. It answers for this host's name, addresses
 * and offers, and asks for those of others.
 *
 * What we have to say are records with numbers (app/mdns_record.c), and whatever is to be sent is a
 * set of them. Names are probed for before they are ours and defended afterwards
 * (app/mdns_claim.c); questions are answered (app/mdns_answer.c) and asked (app/mdns_ask.c) without
 * a cache.
 *
 * Deviations: one probe message is for all names together; what another host has just asked or told
 * is asked and told all the same (RFC 6762 7.3, 7.4), for the records of this host are its alone,
 * but for the list of types. Invariant: nothing is answered while a name is being probed for. */
#include "app/mdns.h"

enum { ALL_HOPS = 255 };

/* ---- What the link has ---- */

static unsigned read_addresses(const struct mdns *m, struct tarn_ip out[MDNS_ADDRESSES])
{
    struct tarn_port_info info;
    struct tarn_address a;
    uint32_t cursor = 0;
    unsigned n = 0;

    if (tarn_port_get(m->with.st, m->port, &info) < 0 || !info.up || !info.carrier)
        return 0;
    while (n < MDNS_ADDRESSES && tarn_address_next(m->with.st, &cursor, &a))
        if (a.port == m->port && (a.flags & (TARN_ADDRESS_TENTATIVE | TARN_ADDRESS_DUPLICATE)) == 0)
            out[n++] = a.prefix.ip;
    return n;
}

static void look(struct mdns *m, tarn_ns now)
{
    struct tarn_ip address[MDNS_ADDRESSES] = {{{0}}};
    unsigned n = read_addresses(m, address);

    if (n == m->n_addresses && memcmp(address, m->address, sizeof address) == 0)
        return;
    memcpy(m->address, address, sizeof address);
    m->n_addresses = n;
    memset(m->last_sent, 0, sizeof m->last_sent);
    if (n == 0 || m->state == MDNS_IDLE || m->state == MDNS_PROBING) {
        mdns_claim(m, now);
        return;
    }
    m->state = MDNS_ANNOUNCING; /* the names are ours: only tell what is new (RFC 6762 8.4) */
    m->sent = 0;
    m->due = now;
}

/* Is the host on this link (RFC 6762 11)? What was sent to the group cannot have come from beyond.
 */
static bool is_on_link(const struct mdns *m, const struct mdns_from *from)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    if (from->to_group || (!tarn_ip_is4(&from->addr.ip) && tarn_ip_is_link_local(&from->addr.ip)))
        return true;
    while (tarn_address_next(m->with.st, &cursor, &a)) {
        unsigned whole = a.prefix.len / 8, bits = a.prefix.len % 8;
        const uint8_t *x = a.prefix.ip.b, *y = from->addr.ip.b;

        if (a.port == m->port && memcmp(x, y, whole) == 0 &&
            (bits == 0 || (x[whole] ^ y[whole]) >> (8 - bits) == 0))
            return true;
    }
    return false;
}

/* ---- Messages ---- */

static void take(struct mdns *m, size_t n, const struct mdns_from *from, tarn_ns now)
{
    struct dns_reader r;

    if (!dns_read(&r, m->in, n) || (r.h.flags & (DNS_OPCODE | DNS_RCODE)) != 0 ||
        !is_on_link(m, from))
        return;
    if ((r.h.flags & DNS_RESPONSE) == 0) {
        mdns_check_probe(m, r, now);
        mdns_asked(m, r, from, now);
    } else if (from->addr.port == MDNS_PORT) {
        mdns_check_response(m, r, now);
        mdns_heard(m, r, now);
    }
}

static bool receive(struct mdns *m, unsigned sock, tarn_ns now)
{
    struct tarn_iov iov = {.base = m->in, .len = sizeof m->in};
    struct mdns_from from = {.sock = sock};
    struct tarn_info info = {0};
    struct tarn_msg msg = {.iov = &iov, .n_iov = 1, .name = &from.addr, .info = &info};
    long n = tarn_recvmsg(m->with.st, m->sock[sock], &msg, now);

    if (n < 0)
        return n != -TARN_EAGAIN;
    from.to_group = tarn_ip_equal(&info.local, mdns_group(sock));
    take(m, (size_t)n, &from, now);
    return true;
}

/* ---- The service ---- */

/* Text to borrow; NULL where it is too long. */
static bool set_offer(struct mdns *m, struct mdns_service *s, const struct tarn_mdns_offer *o)
{
    struct dns_name type;
    size_t n = 0;

    while (o->txt != NULL && o->txt[n] != '\0')
        if (++n > sizeof s->text)
            return false;
    s->text_bytes = (uint8_t)n;
    if (n > 0)
        memcpy(s->text, o->txt, n);
    s->port = o->port;
    return o->type != NULL && dns_name_from_text(&type, o->type) &&
           dns_name_join(&s->type, &type, &m->local) && mdns_set_label(&s->label, o->instance) &&
           s->type.len + 1u + DNS_LABEL_BYTES <= DNS_NAME_BYTES;
}

static bool configure(struct mdns *m, const struct tarn_mdns_config *c)
{
    struct tarn_port_info info;

    m->port = c->port;
    (void)dns_name_from_text(&m->local, "local");
    (void)dns_name_from_text(&m->services, "_services._dns-sd._udp.local");
    if (tarn_port_get(m->with.st, m->port, &info) < 0 || c->n_offers > MDNS_OFFERS ||
        !mdns_set_label(&m->host, c->hostname))
        return false;
    for (unsigned i = 0; i < c->n_offers; i++)
        if (!set_offer(m, &m->service[i], &c->offers[i]))
            return false;
    m->n_services = c->n_offers;
    mdns_make_names(m);
    return true;
}

static int open_socket(struct mdns *m, unsigned i, tarn_ns now)
{
    int device = (int)m->port + 1;
    const struct {
        enum tarn_opt opt;
        int value;
        bool six; /* of IPv6 alone */
    } options[] = {
        {TARN_SO_REUSEADDR, 1, false},         {TARN_SO_BINDTODEVICE, device, false},
        {TARN_SO_MULTICAST_IF, device, false}, {TARN_SO_MULTICAST_TTL, ALL_HOPS, false},
        {TARN_SO_MULTICAST_LOOP, 0, false},    {TARN_SO_RECV_PKTINFO, 1, false},
        {TARN_SO_IP_TTL, ALL_HOPS, false},     {TARN_SO_IPV6_UNICAST_HOPS, ALL_HOPS, true},
        {TARN_SO_IPV6_V6ONLY, 1, true},
    };
    struct tarn_addr local = {.ip = i == 0 ? tarn_ip4(0) : (struct tarn_ip){{0}}};
    struct tarn *st = m->with.st;
    int err =
        tarn_open(st, i == 0 ? TARN_INET : TARN_INET6, TARN_DGRAM, 0, m->with.user, &m->sock[i]);

    local.port = MDNS_PORT;
    if (err < 0)
        return err;
    for (unsigned k = 0; err == 0 && k < sizeof options / sizeof *options; k++)
        if (i == 1 || !options[k].six)
            err = tarn_setopt(st, m->sock[i], options[k].opt, options[k].value, now);
    if (err == 0)
        err = tarn_bind(st, m->sock[i], &local);
    if (err == 0)
        err = tarn_group_join(st, m->sock[i], mdns_group(i), m->port + 1, now);
    return err;
}

static void close_sockets(struct mdns *m, tarn_ns now)
{
    for (unsigned i = 0; i < 2; i++)
        if (m->sock[i].gen != 0)
            tarn_close(m->with.st, m->sock[i], now);
}

static int open(void *state, const struct tarn_service_with *with, tarn_ns now)
{
    struct mdns *m = state;
    int err = 0;

    m->with = *with;
    if (!configure(m, with->config))
        return -TARN_EINVAL;
    app_rng_init(&m->rng, with);
    for (unsigned i = 0; err == 0 && i < 2; i++)
        err = open_socket(m, i, now);
    if (err < 0) {
        close_sockets(m, now);
        return err;
    }
    m->due = TARN_NEVER;
    look(m, now);
    return 0;
}

static void ready(void *state, tarn_sock s, unsigned bits, tarn_ns now)
{
    struct mdns *m = state;

    (void)bits;
    for (unsigned i = 0; i < 2; i++)
        if (m->sock[i].slot == s.slot && m->sock[i].gen == s.gen)
            while (receive(m, i, now))
                ;
}

static void changed(void *state, tarn_ns now)
{
    look(state, now);
}

static tarn_ns deadline(const void *state)
{
    const struct mdns *m = state;
    tarn_ns due = mdns_ask_deadline(m);

    if (m->pending != 0 && m->pending_due < due)
        due = m->pending_due;
    return m->due < due ? m->due : due;
}

static void tick(void *state, tarn_ns now)
{
    struct mdns *m = state;

    mdns_claim_tick(m, now);
    mdns_answer_tick(m, now);
    mdns_ask_tick(m, now);
}

static void close(void *state, tarn_ns now)
{
    struct mdns *m = state;

    if (m->state == MDNS_ANNOUNCING || m->state == MDNS_READY)
        mdns_announce(m, mdns_all(m), true, now);
    close_sockets(m, now);
    m->due = TARN_NEVER;
    m->pending = 0;
    memset(m->question, 0, sizeof m->question);
}

const struct tarn_service service_mdns = {
    .name = "mdns",
    .state_bytes = sizeof(struct mdns),
    .open = open,
    .ready = ready,
    .changed = changed,
    .deadline = deadline,
    .tick = tick,
    .close = close,
};
