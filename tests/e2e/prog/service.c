/* service NAME KEY=VALUE... - runs a service of tarn/service.h on a stack of its own, on the public
 * API alone, and prints what it reports. Keys of every service:
 *      link=URI address=CIDR[,nodad] gateway=IP resolver=IP search=DOMAIN param=NAME=NUMBER
 *      seconds=N   how long it runs at most (30)
 *      reports=N   it ends after so many reports
 * The others are those of the service's configuration. It ends at SIGTERM too, with close(). */
#include "service.h"

#include "tarn/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { ARENA = 64 << 20, PORT = 1, USER = 7, FIRST_SETTING = 2 };

static const struct kind *const kinds[] = {&kind_dhcp,   &kind_dhcp6, &kind_dhcpd,
                                           &kind_dhcp6d, &kind_dns,   &kind_mdns,
                                           &kind_sntp,   &kind_radv,  NULL};

static _Alignas(64) char arena[ARENA];
static volatile sig_atomic_t ended;
static unsigned seconds = 30, reports_left = 1000000;

struct host {
    struct tarn *st;
    struct link *link;
    const struct kind *kind;
    void *state;
    tarn_ns began;
};

void must(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "service: %s\n", what);
        exit(2);
    }
}

bool to_ip(const char *text, struct tarn_ip *out)
{
    struct in_addr four;

    if (inet_pton(AF_INET6, text, out->b) == 1)
        return true;
    if (inet_pton(AF_INET, text, &four) != 1)
        return false;
    *out = tarn_ip4(ntohl(four.s_addr));
    return true;
}

bool to_prefix(const char *text, struct tarn_prefix *out)
{
    const char *slash = strchr(text, '/');
    char ip[64] = "";

    if (slash == NULL || (size_t)(slash - text) >= sizeof ip)
        return false;
    memcpy(ip, text, (size_t)(slash - text));
    if (!to_ip(ip, &out->ip))
        return false;
    out->len = (uint8_t)(to_number(slash + 1) + (tarn_ip_is4(&out->ip) ? 96 : 0));
    return out->len <= 128;
}

unsigned to_number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

const char *ip_text(const struct tarn_ip *ip)
{
    static char text[4][INET6_ADDRSTRLEN];
    static unsigned turn;
    char *to = text[turn++ % 4];

    if (tarn_ip_is4(ip))
        return inet_ntop(AF_INET, ip->b + 12, to, INET6_ADDRSTRLEN);
    return inet_ntop(AF_INET6, ip->b, to, INET6_ADDRSTRLEN);
}

void reported(void)
{
    (void)fflush(stdout);
    reports_left--;
}

static tarn_ns clock_of(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t);
    return (tarn_ns)t.tv_sec * 1000000000 + (tarn_ns)t.tv_nsec;
}

static tarn_ns clock_ns(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

static void on_signal(int number)
{
    (void)number;
    ended = 1;
}

/* ---- Settings ---- */

static bool add_address(struct tarn *st, const char *value)
{
    struct tarn_address a = {.port = PORT};
    char text[80];
    char *nodad;

    (void)snprintf(text, sizeof text, "%s", value);
    nodad = strstr(text, ",nodad");
    if (nodad != NULL) {
        *nodad = '\0';
        a.flags = TARN_ADDRESS_NODAD;
    }
    return to_prefix(text, &a.prefix) && tarn_address_add(st, &a, clock_ns(), NULL) == 0;
}

static bool add_gateway(struct tarn *st, const char *value)
{
    struct tarn_route r = {.port = PORT};

    if (!to_ip(value, &r.via))
        return false;
    if (tarn_ip_is4(&r.via))
        r.to = (struct tarn_prefix){tarn_ip4(0), 96};
    return tarn_route_add(st, &r, clock_ns(), NULL) == 0;
}

static bool add_resolver(struct tarn *st, const char *server, const char *domain)
{
    struct tarn_resolver r = {.port = PORT};

    (void)snprintf(r.domain, sizeof r.domain, "%s", domain);
    return (server == NULL || to_ip(server, &r.server.ip)) &&
           tarn_resolver_add(st, &r, clock_ns(), NULL) == 0;
}

static bool set_param(struct tarn *st, const char *value)
{
    const char *equals = strchr(value, '=');
    char name[64] = "";

    if (equals == NULL || (size_t)(equals - value) >= sizeof name)
        return false;
    memcpy(name, value, (size_t)(equals - value));
    return tarn_param_set(st, name, (int64_t)to_number(equals + 1)) == 0;
}

static bool set_common(struct host *h, const char *key, const char *value)
{
    if (strcmp(key, "link") == 0)
        return true; /* was opened before */
    if (strcmp(key, "address") == 0)
        return add_address(h->st, value);
    if (strcmp(key, "gateway") == 0)
        return add_gateway(h->st, value);
    if (strcmp(key, "resolver") == 0)
        return add_resolver(h->st, value, "");
    if (strcmp(key, "search") == 0)
        return add_resolver(h->st, NULL, value);
    if (strcmp(key, "param") == 0)
        return set_param(h->st, value);
    if (strcmp(key, "seconds") == 0)
        seconds = to_number(value);
    else if (strcmp(key, "reports") == 0)
        reports_left = to_number(value);
    else
        return false;
    return true;
}

static void set(struct host *h, char *setting)
{
    char *equals = strchr(setting, '=');

    must(equals != NULL, setting);
    *equals = '\0';
    if (!set_common(h, setting, equals + 1) && !h->kind->set(setting, equals + 1)) {
        (void)fprintf(stderr, "service: %s=%s is no setting\n", setting, equals + 1);
        exit(2);
    }
    *equals = '=';
}

/* ---- The stack ---- */

static void open_stack(struct host *h, const char *uri)
{
    struct tarn_port_info info = {.name = "tarn0", .up = true, .carrier = true};
    char why[200] = "";
    struct link_request request = {.uri = uri, .error = why, .error_bytes = sizeof why};
    uint8_t seed[32];

    must(getrandom(seed, sizeof seed, 0) == sizeof seed, "no random numbers");
    must(tarn_init(&h->st, arena, sizeof arena, NULL, seed, clock_ns()) == 0, "no stack");
    must(link_open_uri(&h->link, h->st, &request) == 0, why);
    info.mtu = h->link->caps.mtu;
    info.offload = h->link->caps.offload;
    info.medium = h->link->caps.medium;
    memcpy(info.mac, h->link->caps.mac, sizeof info.mac);
    must(tarn_port_add(h->st, &info, NULL) == PORT &&
             tarn_port_set(h->st, PORT, &info, clock_ns(), NULL) == 0,
         "no interface");
}

static void turn(struct host *h, tarn_ns now)
{
    struct tarn_event ev;
    struct pkt *p;

    while (h->link->ops->rx(h->link, &p, 1, now) == 1)
        tarn_input(h->st, PORT, p, now);
    tarn_tick(h->st, now);
    while (tarn_event(h->st, &ev)) {
        if (ev.kind == TARN_EVENT_SOCKET && ev.user == USER)
            h->kind->service->ready(h->state, ev.sock, ev.ready, now);
        if (ev.kind == TARN_EVENT_CONTROL && h->kind->service->changed != NULL)
            h->kind->service->changed(h->state, now);
    }
    if (h->kind->service->deadline(h->state) <= now)
        h->kind->service->tick(h->state, now);
    while ((p = tarn_output(h->st, PORT, now)) != NULL)
        if (h->link->ops->tx(h->link, &p, 1, now) != 1)
            pkt_drop(h->st, p, DROP_QUEUE_LIMIT);
}

static int timeout_ms(const struct host *h, tarn_ns now)
{
    tarn_ns a = tarn_deadline(h->st), b = h->kind->service->deadline(h->state);
    tarn_ns due = a < b ? a : b;

    if (due <= now)
        return 0;
    return due - now < 50 * 1000000 ? (int)((due - now) / 1000000) + 1 : 50;
}

static void run(struct host *h)
{
    while (!ended && reports_left > 0 && clock_ns() - h->began < seconds * UINT64_C(1000000000)) {
        struct pollfd fd = {.fd = h->link->ops->pollfd(h->link), .events = POLLIN};

        if (poll(&fd, 1, timeout_ms(h, clock_ns())) < 0)
            must(errno == EINTR, "poll");
        turn(h, clock_ns());
    }
}

static const struct kind *kind_of(const char *name)
{
    for (size_t i = 0; kinds[i] != NULL; i++)
        if (strcmp(kinds[i]->service->name, name) == 0)
            return kinds[i];
    must(false, "no such service");
    return NULL;
}

static void open_service(struct host *h)
{
    struct tarn_service_with with = {
        .st = h->st, .user = USER, .config = h->kind->config, .report = h->kind->report};
    int err;

    must(getrandom(&with.seed, sizeof with.seed, 0) == sizeof with.seed, "no random numbers");
    with.wall_ns = (int64_t)(clock_of(CLOCK_REALTIME) - clock_ns());
    h->state = calloc(1, h->kind->service->state_bytes);
    must(h->state != NULL, "no memory");
    err = h->kind->service->open(h->state, &with, clock_ns());
    if (err < 0)
        (void)fprintf(stderr, "service: open says %d\n", err);
    must(err == 0, h->kind->service->name);
    if (h->kind->begin != NULL)
        h->kind->begin(h->state, clock_ns());
}

int main(int argc, char **argv)
{
    struct host h = {.began = clock_ns()};
    const char *uri = "tap:t0";

    must(argc >= FIRST_SETTING, "service NAME KEY=VALUE...");
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGINT, on_signal);
    h.kind = kind_of(argv[1]);
    for (int i = FIRST_SETTING; i < argc; i++)
        if (strncmp(argv[i], "link=", 5) == 0)
            uri = argv[i] + 5;
    open_stack(&h, uri);
    for (int i = FIRST_SETTING; i < argc; i++)
        set(&h, argv[i]);
    open_service(&h);
    run(&h);
    h.kind->service->close(h.state, clock_ns());
    while (tarn_deadline(h.st) <= clock_ns())
        tarn_tick(h.st, clock_ns());
    turn(&h, clock_ns());
    link_close(h.link);
    free(h.state);
    return 0;
}
