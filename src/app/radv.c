/* app/radv.c - router advertiser (RFC 4861 6.2; RFC 4191, RFC 8106): tells the hosts of one link
 * which prefixes, routes and name servers there are, and that this host is a router.
 *
 * Advertisements go to all hosts, from the interface's link-local address: at first three that
 * follow soon after each other, then one at random times of [interval / 3, interval], and one
 * within half a second of a solicitation, but never two within 3 s. While the interface is down or
 * its address not yet sure, nothing is sent, and the first three come again afterwards.
 *
 * Nothing here forwards packets: see the stack's parameter ip6.forwarding. */
#include "app/app.h"
#include "base/rng.h"
#include "wire/icmp6.h"
#include "wire/nd.h"

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

/* RFC 4861 10, seconds. */
enum {
    INITIAL_ADVERTS = 3,
    INITIAL_MAX_S = 16,
    MIN_BETWEEN_S = 3,
    MAX_DELAY_MS = 500,
    MIN_INTERVAL_S = 4,
    MAX_INTERVAL_S = 1800,
    DEFAULT_INTERVAL_S = 600,
    MAX_LIFETIME_S = 9000
};

enum { ALL_HOPS = 255 };

static const struct tarn_ip all_hosts = {{0xff, 2, [15] = 1}};
static const struct tarn_ip all_routers = {{0xff, 2, [15] = 2}};

struct radv {
    struct tarn_service_with with;
    struct rng rng;
    struct tarn_radv_config config;
    char domain[TARN_DOMAIN_BYTES];
    tarn_sock sock;
    struct tarn_ip source; /* our link-local address, where the link is ready; else all zero */
    uint8_t mac[6];
    unsigned initial; /* quick advertisements still to come */
    tarn_ns last;     /* when one was sent; 0: never */
    tarn_ns due;      /* the next one of ourselves */
    tarn_ns asked;    /* the next one because of a solicitation */
};

static bool is_ready(const struct radv *r)
{
    return !tarn_ip_is_any(&r->source);
}

/* ---- The message ---- */

static void put_prefixes(const struct radv *r, struct writer *w)
{
    for (unsigned i = 0; i < r->config.n_prefixes; i++) {
        const struct tarn_radv_prefix *from = &r->config.prefix[i];
        struct nd_prefix p = {
            .len = from->prefix.len,
            .on_link = from->on_link,
            .autonomous = from->autonomous,
            .valid_s = from->valid_s,
            .preferred_s = from->preferred_s,
        };

        memcpy(p.prefix, from->prefix.ip.b, sizeof p.prefix);
        nd_put_prefix(w, &p);
    }
}

static void put_routes(const struct radv *r, struct writer *w, bool last)
{
    for (unsigned i = 0; i < r->config.n_routes; i++) {
        const struct tarn_radv_route *from = &r->config.route[i];
        struct nd_route route = {
            .len = from->prefix.len,
            .preference = from->preference,
            .lifetime_s = last ? 0 : from->lifetime_s,
        };

        memcpy(route.prefix, from->prefix.ip.b, sizeof route.prefix);
        nd_put_route(w, &route);
    }
}

/* Names are good for three intervals (RFC 8106 5.1). */
static void put_names(const struct radv *r, struct writer *w, bool last)
{
    uint32_t lifetime_s = last ? 0 : 3 * r->config.interval_s;
    uint8_t servers[3 * sizeof(struct tarn_ip)];

    for (unsigned i = 0; i < r->config.n_dns; i++)
        memcpy(servers + i * sizeof(struct tarn_ip), r->config.dns[i].b, sizeof(struct tarn_ip));
    if (r->config.n_dns > 0)
        nd_put_rdnss(w, lifetime_s, servers, r->config.n_dns);
    if (r->domain[0] != '\0')
        nd_put_dnssl(w, lifetime_s, r->domain);
}

/* `last`: we are no router any more (RFC 4861 6.2.5). Bytes; 0: it does not fit. */
static size_t build(const struct radv *r, uint8_t *p, size_t n, bool last)
{
    const struct tarn_radv_config *c = &r->config;
    struct writer w = wr_init(p, n);
    struct nd_msg m = {
        .type = ICMP6_ROUTER_ADVERT,
        .hops = c->hop_limit,
        .managed = c->managed,
        .other = c->other,
        .preference = c->preference,
        .lifetime_s = last ? 0 : c->lifetime_s,
        .reachable_ms = c->reachable_ms,
        .retrans_ms = c->retrans_ms,
    };

    nd_put(&w, &m);
    nd_put_mac(&w, ND_SOURCE_MAC, r->mac);
    if (c->mtu != 0)
        nd_put_mtu(&w, c->mtu);
    put_prefixes(r, &w);
    put_routes(r, &w, last);
    put_names(r, &w, last);
    return w.bad ? 0 : (size_t)(w.at - p);
}

/* ---- When it is sent ---- */

static void schedule(struct radv *r, tarn_ns now)
{
    uint32_t max_ms = r->config.interval_s * 1000, min_ms = max_ms / 3;

    if (r->config.interval_s < 9)
        min_ms = max_ms * 3 / 4; /* RFC 4861 6.2.1 with that much room for chance */
    if (r->initial > 0) {
        r->initial--;
        if (max_ms > INITIAL_MAX_S * 1000)
            max_ms = INITIAL_MAX_S * 1000;
        min_ms = max_ms / 2;
    }
    if (min_ms < MIN_BETWEEN_S * 1000)
        min_ms = MIN_BETWEEN_S * 1000;
    r->due = now + (min_ms + rng_below(&r->rng, max_ms - min_ms + 1)) * NS_PER_MS;
}

static void advertise(struct radv *r, bool last, tarn_ns now)
{
    uint8_t p[ND_MAX_BYTES];
    struct tarn_iov iov = {.base = p, .len = build(r, p, sizeof p, last)};
    struct tarn_addr to = {.ip = all_hosts, .zone = r->config.port + 1};
    struct tarn_info info = {.has = TARN_INFO_PKTINFO | TARN_INFO_TTL,
                             .local = r->source,
                             .port = r->config.port + 1,
                             .ttl = ALL_HOPS};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &to, .info = &info};

    /* What cannot be sent now is sent the next time. */
    (void)tarn_sendmsg(r->with.st, r->sock, &m, now);
    r->last = now;
    r->asked = TARN_NEVER;
}

/* A host asks: soon, together with others that ask (RFC 4861 6.2.6). */
static void solicited(struct radv *r, tarn_ns now)
{
    tarn_ns at = now + rng_below(&r->rng, MAX_DELAY_MS + 1) * NS_PER_MS;

    if (!is_ready(r))
        return;
    if (r->last != 0 && at < r->last + MIN_BETWEEN_S * NS_PER_S)
        at += r->last + MIN_BETWEEN_S * NS_PER_S - now;
    if (at < r->asked)
        r->asked = at;
}

/* A raw socket sees what the stack would not believe: the hop limit tells whether it comes from
 * this link (RFC 4861 6.1.1). */
static bool is_solicitation(const uint8_t *p, size_t n, const struct tarn_info *info)
{
    struct nd_msg m;

    return (info->has & TARN_INFO_TTL) != 0 && info->ttl == ALL_HOPS &&
           nd_parse(&m, p, n) == WIRE_OK && m.type == ICMP6_ROUTER_SOLICIT;
}

/* ---- The link ---- */

/* Our link-local address that has proved to be unique; false: there is none. */
static bool find_source(const struct radv *r, struct tarn_ip *out)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(r->with.st, &cursor, &a))
        if (a.port == r->config.port && !tarn_ip_is4(&a.prefix.ip) &&
            tarn_ip_is_link_local(&a.prefix.ip) &&
            (a.flags & (TARN_ADDRESS_TENTATIVE | TARN_ADDRESS_DUPLICATE)) == 0) {
            *out = a.prefix.ip;
            return true;
        }
    return false;
}

static void look(struct radv *r, tarn_ns now)
{
    struct tarn_port_info info;
    struct tarn_ip source = {{0}};
    bool was_ready = is_ready(r);

    if (tarn_port_get(r->with.st, r->config.port, &info) < 0 || !info.up || !info.carrier ||
        !find_source(r, &source))
        memset(&source, 0, sizeof source);
    r->source = source;
    if (is_ready(r) && !was_ready) {
        r->initial = INITIAL_ADVERTS;
        r->due = now;
    } else if (!is_ready(r)) {
        r->due = r->asked = TARN_NEVER;
    }
}

/* ---- The service ---- */

static bool is_prefix(const struct tarn_prefix *p)
{
    return p->len <= 128 && !tarn_ip_is4(&p->ip);
}

static bool is_good(const struct tarn_radv_config *c)
{
    if (c->n_prefixes > 8 || c->n_routes > 8 || c->n_dns > 3 || c->interval_s < MIN_INTERVAL_S ||
        c->interval_s > MAX_INTERVAL_S || (c->mtu != 0 && c->mtu < IP6_MIN_MTU) ||
        c->lifetime_s > MAX_LIFETIME_S || (c->lifetime_s != 0 && c->lifetime_s < c->interval_s))
        return false;
    for (unsigned i = 0; i < c->n_prefixes; i++)
        if (!is_prefix(&c->prefix[i].prefix) || c->prefix[i].preferred_s > c->prefix[i].valid_s)
            return false;
    for (unsigned i = 0; i < c->n_routes; i++)
        if (!is_prefix(&c->route[i].prefix))
            return false;
    for (unsigned i = 0; i < c->n_dns; i++)
        if (tarn_ip_is4(&c->dns[i]))
            return false;
    return true;
}

static bool set_domain(struct radv *r, const char *domain)
{
    size_t n = 0;

    while (domain != NULL && domain[n] != '\0')
        if (++n == sizeof r->domain)
            return false;
    if (n > 0)
        memcpy(r->domain, domain, n);
    return true;
}

static int open_socket(struct radv *r, tarn_ns now)
{
    static const struct {
        enum tarn_opt opt;
        int value; /* -1: the interface */
    } options[] = {
        {TARN_SO_BINDTODEVICE, -1},        {TARN_SO_RECV_TTL, 1},       {TARN_SO_MULTICAST_IF, -1},
        {TARN_SO_MULTICAST_TTL, ALL_HOPS}, {TARN_SO_MULTICAST_LOOP, 0},
    };
    uint32_t refuse[8];
    struct tarn *st = r->with.st;
    int device = (int)r->config.port + 1;
    int err = tarn_open(st, TARN_INET6, TARN_RAW, TARN_IPPROTO_ICMPV6, r->with.user, &r->sock);

    memset(refuse, 0xff, sizeof refuse);
    refuse[ICMP6_ROUTER_SOLICIT / 32] &= ~(UINT32_C(1) << ICMP6_ROUTER_SOLICIT % 32);
    if (err < 0)
        return err;
    err = tarn_set_icmp6_filter(st, r->sock, refuse);
    for (unsigned i = 0; err == 0 && i < sizeof options / sizeof *options; i++)
        err = tarn_setopt(st, r->sock, options[i].opt,
                          options[i].value < 0 ? device : options[i].value, now);
    if (err == 0)
        err = tarn_group_join(st, r->sock, &all_routers, r->config.port + 1, now);
    if (err < 0)
        tarn_close(st, r->sock, now);
    return err;
}

static int open(void *state, const struct tarn_service_with *with, tarn_ns now)
{
    struct radv *r = state;
    struct tarn_port_info info;
    uint8_t p[ND_MAX_BYTES];
    int err;

    r->with = *with;
    r->config = *(const struct tarn_radv_config *)with->config;
    if (r->config.interval_s == 0)
        r->config.interval_s = DEFAULT_INTERVAL_S;
    if (tarn_port_get(with->st, r->config.port, &info) < 0 || !is_good(&r->config) ||
        !set_domain(r, r->config.domain) || build(r, p, sizeof p, false) == 0)
        return -TARN_EINVAL;
    memcpy(r->mac, info.mac, sizeof r->mac);
    app_rng_init(&r->rng, with);
    err = open_socket(r, now);
    if (err < 0)
        return err;
    r->due = r->asked = TARN_NEVER;
    look(r, now);
    return 0;
}

static void ready(void *state, tarn_sock s, unsigned bits, tarn_ns now)
{
    struct radv *r = state;
    uint8_t p[ND_MAX_BYTES];
    struct tarn_iov iov = {.base = p, .len = sizeof p};
    struct tarn_info info;
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .info = &info};
    long n;

    (void)s;
    (void)bits;
    while ((n = tarn_recvmsg(r->with.st, r->sock, &m, now)) >= 0)
        if (is_solicitation(p, (size_t)n, &info))
            solicited(r, now);
}

static void changed(void *state, tarn_ns now)
{
    look(state, now);
}

static tarn_ns deadline(const void *state)
{
    const struct radv *r = state;

    return r->due < r->asked ? r->due : r->asked;
}

static void tick(void *state, tarn_ns now)
{
    struct radv *r = state;

    if (r->due <= now && r->last != 0 && now < r->last + MIN_BETWEEN_S * NS_PER_S) {
        r->due = r->last + MIN_BETWEEN_S * NS_PER_S;
    } else if (r->due <= now) {
        advertise(r, false, now);
        schedule(r, now);
    } else if (r->asked <= now) {
        advertise(r, false, now);
    }
}

static void close(void *state, tarn_ns now)
{
    struct radv *r = state;

    if (is_ready(r) && r->last != 0)
        advertise(r, true, now);
    tarn_close(r->with.st, r->sock, now);
    r->due = r->asked = TARN_NEVER;
}

const struct tarn_service service_radv = {
    .name = "radv",
    .state_bytes = sizeof(struct radv),
    .open = open,
    .ready = ready,
    .changed = changed,
    .deadline = deadline,
    .tick = tick,
    .close = close,
};
