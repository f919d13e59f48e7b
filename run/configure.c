/* run/configure.c - what each interface waits for, and how long. */
#include "run/configure.h"

#include "run/app.h"
#include "run/clock.h"
#include "tarn/err.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)

/* From the start of waiting. */
#define LOOK_NS       (100 * MS)  /* between two looks, where nothing happens */
#define ROUTER_NS     (2000 * MS) /* solicitation and answer: RFC 4861 6.2.6, 6.3.7 */
#define ONE_FAMILY_NS (6000 * MS) /* then one family is enough */
#define CHECK_NS      (5000 * MS) /* duplicate address detection */
#define ADVERTISE_NS  (5000 * MS)
#define LEASE_NS      (20000 * MS)

/* What an interface has, and the first address of each kind that keeps it waiting. */
struct standing {
    bool four, six;
    const struct tarn_address *tentative, *duplicate; /* static ones, in `kept` */
    struct tarn_address kept[2];
};

static void standing_take(struct standing *is, const struct tarn_address *a)
{
    bool given = a->origin == TARN_ORIGIN_STATIC && !tarn_ip_is4(&a->prefix.ip);

    if (a->flags & TARN_ADDRESS_DUPLICATE) {
        is->kept[0] = *a;
        if (given)
            is->duplicate = &is->kept[0];
    } else if ((a->flags & TARN_ADDRESS_TENTATIVE) && !(a->flags & TARN_ADDRESS_OPTIMISTIC)) {
        is->kept[1] = *a;
        if (given)
            is->tentative = &is->kept[1];
    } else if (!tarn_ip_is_link_local(&a->prefix.ip)) {
        is->four |= tarn_ip_is4(&a->prefix.ip);
        is->six |= !tarn_ip_is4(&a->prefix.ip);
    }
}

static void standing_of(struct standing *is, const struct run_stack *s, unsigned i)
{
    struct tarn_address a;

    memset(is, 0, sizeof *is);
    for (uint32_t cursor = 0; tarn_address_next(s->st, &cursor, &a);)
        if (a.port == s->port[i])
            standing_take(is, &a);
}

/* With a lease of IPv4, IPv6 is waited for while a router may still bring it; without, IPv6 alone
 * will do after a while. */
static bool lease_is_enough(const struct run_stack *s, unsigned i, const struct standing *is,
                            tarn_ns waited)
{
    struct tarn_router_info router = {.seen = false};

    tarn_router_get(s->st, s->port[i], &router);
    if (!s->ask[i].leased)
        return is->six && waited >= ONE_FAMILY_NS;
    return is->six || waited >= ONE_FAMILY_NS || (waited >= ROUTER_NS && !router.seen);
}

static int refuse(char *error, size_t error_bytes, int rc, const char *format, const char *port)
{
    snprintf(error, error_bytes, format, port);
    return rc;
}

static int refuse_duplicate(char *error, size_t error_bytes, const struct tarn_address *a)
{
    char ip[INET6_ADDRSTRLEN];

    inet_ntop(AF_INET6, a->prefix.ip.b, ip, sizeof ip);
    return refuse(error, error_bytes, -TARN_EADDRINUSE,
                  "address %s: another host on the link has it; give another", ip);
}

/* 1: the interface is ready; 0: wait on. */
static int look(const struct run_stack *s, unsigned i, tarn_ns waited, char *error,
                size_t error_bytes)
{
    struct tarn_port_info port;
    struct standing is;

    standing_of(&is, s, i);
    tarn_port_get(s->st, s->port[i], &port);
    if (is.duplicate != NULL)
        return refuse_duplicate(error, error_bytes, is.duplicate);
    if (is.tentative != NULL && waited < CHECK_NS)
        return 0;
    if (s->ask[i].dhcp && !lease_is_enough(s, i, &is, waited))
        return waited < LEASE_NS
                   ? 0
                   : refuse(error, error_bytes, -TARN_ETIMEDOUT,
                            "DHCP on %s: no server has given a lease within 20 s; see that one "
                            "serves the link, or give --address",
                            port.name);
    if (s->ask[i].address && !is.four && !is.six)
        return waited < ADVERTISE_NS
                   ? 0
                   : refuse(error, error_bytes, -TARN_ETIMEDOUT,
                            "address of %s: no router has advertised one within 5 s; give "
                            "--address CIDR, or --dhcp",
                            port.name);
    return 1;
}

static void lease_changed(void *ctx, int what, const void *of, tarn_ns now)
{
    struct run_ask *ask = ctx;

    (void)of;
    (void)now;
    ask->leased = what == TARN_DHCP_BOUND;
}

static int ask_servers(struct run_stack *s, unsigned i)
{
    const struct tarn_dhcp_config four = {.port = s->port[i]};
    const struct tarn_dhcp6_config six = {.port = s->port[i], .mode = TARN_DHCP6_BY_RA};
    const struct run_app_config dhcp = {
        .service = &service_dhcp, .config = &four, .report = lease_changed, .ctx = &s->ask[i]};
    const struct run_app_config dhcp6 = {.service = &service_dhcp6, .config = &six};
    int rc = run_app_open(NULL, s, &dhcp);

    return rc < 0 ? rc : run_app_open(NULL, s, &dhcp6);
}

int run_configure(struct run_stack *s, char *error, size_t error_bytes)
{
    tarn_ns since = run_clock();
    int rc = 0;

    for (unsigned i = 0; i < s->n_links && rc == 0; i++)
        if (s->ask[i].dhcp && (rc = ask_servers(s, i)) < 0)
            return refuse(error, error_bytes, rc, "DHCP: %s; give --address", strerror(-rc));
    for (unsigned i = 0; i < s->n_links;) {
        tarn_ns now = run_clock();

        rc = look(s, i, now - since, error, error_bytes);
        if (rc < 0)
            return rc;
        if (rc == 0)
            run_loop_turn(s->loop, now + LOOK_NS);
        i += (unsigned)rc;
    }
    return 0;
}
