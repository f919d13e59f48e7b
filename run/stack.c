/* run/stack.c - builds a stack in reserved memory and gives it interfaces.
 *
 * The arena is address space, not memory: mapped without reserve, its pages come as they are
 * touched. Where a limit (RLIMIT_AS, a container's) refuses the size, half of it is tried. */
#include "run/stack.h"

#include "base/bytes.h"
#include "base/siphash.h"
#include "run/app.h"
#include "run/clock.h"
#include "run/cpu.h"
#include "tarn/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

enum { SEED_BYTES = 32, MIN_ARENA = 8 << 20, MACHINE_ID_BYTES = 32 };

static void *reserve(size_t *bytes)
{
    void *p = MAP_FAILED;

    while (p == MAP_FAILED && *bytes >= MIN_ARENA) {
        p = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
        if (p == MAP_FAILED)
            *bytes /= 2;
    }
    return p == MAP_FAILED ? NULL : p;
}

/* The key of this machine's stable addresses (RFC 7217 5): two words made of its id, which itself
 * is not to be given to anybody (machine-id(5)). Without an id the core draws a key. */
static void stable_key_of_machine(uint8_t key[16])
{
    static const struct sip_key halves[2] = {{{0x7461726e20616464, 0x7265737365732031}},
                                             {{0x7461726e20616464, 0x7265737365732032}}};
    char id[MACHINE_ID_BYTES];
    FILE *f = fopen("/etc/machine-id", "re");

    if (f == NULL)
        return;
    if (fread(id, 1, sizeof id, f) == sizeof id)
        for (unsigned i = 0; i < 2; i++)
            store_le64(key + i * 8, siphash24(&halves[i], id, sizeof id));
    fclose(f);
}

static int build(struct run_stack *s, const struct run_stack_config *cfg)
{
    struct tarn_config limits = cfg->limits;
    static const uint8_t no_key[sizeof limits.stable_key];
    uint8_t seed[SEED_BYTES];
    int rc;

    if (cfg->seed != NULL)
        memcpy(seed, cfg->seed, sizeof seed);
    else if (getrandom(seed, sizeof seed, 0) != sizeof seed)
        return -errno;
    if (cfg->seed == NULL && memcmp(limits.stable_key, no_key, sizeof no_key) == 0)
        stable_key_of_machine(limits.stable_key);
    limits.cpu = run_cpu();
    rc = tarn_init(&s->st, s->arena, s->arena_bytes, &limits, seed, run_clock());
    if (rc == 0)
        rc = run_loop_new(&s->loop);
    if (rc == 0)
        rc = run_loop_add_stack(s->loop, s->st, cfg->event, cfg->ctx);
    return rc;
}

int run_stack_open(struct run_stack *s, const struct run_stack_config *cfg, char *error,
                   size_t error_bytes)
{
    int rc;

    memset(s, 0, sizeof *s);
    s->arena_bytes = cfg->arena_bytes ? cfg->arena_bytes : (size_t)(UINT64_C(4) << 30);
    s->arena = reserve(&s->arena_bytes);
    if (s->arena == NULL) {
        snprintf(error, error_bytes, "memory of the stack: %s; raise the limit (ulimit -v)",
                 strerror(errno));
        return -TARN_ENOMEM;
    }
    rc = build(s, cfg);
    if (rc < 0) {
        snprintf(error, error_bytes, "start of the stack: %s", strerror(-rc));
        run_stack_close(s);
    }
    return rc;
}

void run_stack_close(struct run_stack *s)
{
    run_app_close_all(s);
    if (s->loop != NULL)
        run_loop_free(s->loop);
    for (unsigned i = 0; i < s->n_links; i++)
        link_close(s->link[i]);
    munmap(s->arena, s->arena_bytes);
    memset(s, 0, sizeof *s);
}

/* --- interfaces --- */

static int port_make(struct run_stack *s, const struct link *l, struct tarn_control_error *e)
{
    struct tarn_port_info info = {
        .mtu = l->caps.mtu,
        .offload = l->caps.offload,
        .medium = l->caps.medium,
    };
    int port;

    memcpy(info.mac, l->caps.mac, sizeof info.mac);
    snprintf(info.name, sizeof info.name, "tarn%u", s->n_links);
    port = tarn_port_add(s->st, &info, e);
    if (port < 0)
        return port;
    info.up = true;
    info.carrier = l->caps.carrier;
    return tarn_port_set(s->st, (unsigned)port, &info, run_clock(), e) < 0 ? -TARN_EINVAL : port;
}

static bool is_given(const struct tarn_ip *ip)
{
    return !tarn_ip_is_any(ip);
}

static bool has_address(const struct run_link *l, enum link_family family)
{
    for (unsigned i = 0; i < l->n_addresses; i++)
        if (link_family(&l->addresses[i].prefix.ip) == family)
            return true;
    return l->dhcp && family == LINK_IP4;
}

static int address_add(struct run_stack *s, unsigned port, struct tarn_address a,
                       struct tarn_control_error *e)
{
    a.port = port;
    if (s->link[s->n_links]->caps.alone)
        a.flags |= TARN_ADDRESS_NODAD;
    return tarn_address_add(s->st, &a, run_clock(), e);
}

/* An address that a link proposes. One of fec0::/10 is deprecated (RFC 3879), so that programs
 * reach a name of both families by IPv4, also where libc's order of addresses is older than RFC
 * 6724. */
static struct tarn_address offered(const struct link_offer *offer)
{
    const uint8_t *ip = offer->address.ip.b;
    bool site_local = ip[0] == 0xfe && (ip[1] & 0xc0) == 0xc0;

    return (struct tarn_address){.prefix = offer->address, .preferred_until = site_local ? 1 : 0};
}

/* The user's, then what the link proposes for a family of which the user has given none. */
static int addresses_add(struct run_stack *s, unsigned port, const struct run_link *l,
                         struct tarn_control_error *e)
{
    const struct link_offer *offer = s->link[s->n_links]->caps.offer;
    int rc = 0;

    for (unsigned i = 0; i < l->n_addresses && rc == 0; i++)
        rc = address_add(s, port, l->addresses[i], e);
    for (unsigned f = 0; f < LINK_FAMILIES && rc == 0; f++)
        if (offer[f].address.len > 0 && !has_address(l, f))
            rc = address_add(s, port, offered(&offer[f]), e);
    return rc;
}

static int gateway_add(struct run_stack *s, unsigned port, const struct run_link *l,
                       enum link_family family, struct tarn_control_error *e)
{
    struct tarn_route r = {.via = l->gateway[family], .port = port, .metric = s->n_links};

    if (family == LINK_IP4)
        r.to = (struct tarn_prefix){tarn_ip4(0), 96};
    if (!is_given(&r.via) && !has_address(l, family))
        r.via = s->link[s->n_links]->caps.offer[family].gateway;
    return is_given(&r.via) ? tarn_route_add(s->st, &r, run_clock(), e) : 0;
}

/* The name servers that the link proposes. */
static int resolvers_add(struct run_stack *s, unsigned port, struct tarn_control_error *e)
{
    const struct link_offer *offer = s->link[s->n_links]->caps.offer;
    int rc = 0;

    for (unsigned f = 0; f < LINK_FAMILIES && rc == 0; f++) {
        const struct tarn_resolver r = {.port = port, .server.ip = offer[f].dns};

        if (is_given(&r.server.ip))
            rc = tarn_resolver_add(s->st, &r, run_clock(), e);
    }
    return rc;
}

static int interface_make(struct run_stack *s, const struct run_link *l,
                          struct tarn_control_error *e)
{
    int port = port_make(s, s->link[s->n_links], e), rc;

    if (port < 0)
        return port;
    rc = addresses_add(s, (unsigned)port, l, e);
    for (unsigned f = 0; f < LINK_FAMILIES && rc == 0; f++)
        rc = gateway_add(s, (unsigned)port, l, f, e);
    if (rc == 0)
        rc = resolvers_add(s, (unsigned)port, e);
    if (rc == 0)
        rc = run_loop_add_link(s->loop, s->link[s->n_links], (unsigned)port);
    s->port[s->n_links] = (unsigned)port;
    return rc;
}

static int link_make(struct run_stack *s, const struct run_link *l, char *error, size_t error_bytes)
{
    char name[TARN_IFNAME_BYTES];
    struct link_request r = {
        .uri = l->uri,
        .more = l->more,
        .n_more = l->n_more,
        .impair = l->impair,
        .capture = l->capture,
        .name = name,
        .wall_ns = run_clock_wall_offset(),
        .seed = l->seed,
        .error = error,
        .error_bytes = error_bytes,
    };

    snprintf(name, sizeof name, "tarn%u", s->n_links);
    return link_open_uri(&s->link[s->n_links], s->st, &r);
}

/* What the link knows of its surroundings, where no link before it knew. A router that is good on
 * one link only has no name. */
static void offers_take(struct run_stack *s, const struct run_link *l)
{
    const struct link_offer *offer = s->link[s->n_links - 1]->caps.offer;

    for (unsigned f = 0; f < LINK_FAMILIES; f++) {
        if (is_given(&s->host[f]))
            continue;
        s->host[f] = is_given(&offer[f].host) ? offer[f].host : l->gateway[f];
        if (tarn_ip_has_zone(&s->host[f]))
            s->host[f] = (struct tarn_ip){{0}};
    }
}

static bool needs_address(const struct run_stack *s, const struct run_link *l)
{
    const struct link_caps *caps = &s->link[s->n_links]->caps;

    return l->n_addresses == 0 && !l->dhcp && !caps->alone && caps->medium == LINK_ETHERNET;
}

int run_stack_link(struct run_stack *s, const struct run_link *l, char *error, size_t error_bytes)
{
    struct tarn_control_error e = {NULL, NULL};
    int rc;

    if (strcmp(l->uri, "none") == 0)
        return 0;
    if (s->n_links == RUN_MAX_LINKS) {
        snprintf(error, error_bytes, "link %s: more than %d links", l->uri, RUN_MAX_LINKS);
        return -TARN_ENOSPC;
    }
    rc = link_make(s, l, error, error_bytes);
    if (rc < 0)
        return rc;
    rc = interface_make(s, l, &e);
    if (rc < 0) {
        snprintf(error, error_bytes, "interface tarn%u: %s: %s", s->n_links,
                 e.field ? e.field : "set-up", e.text ? e.text : strerror(-rc));
        link_close(s->link[s->n_links]);
        return rc;
    }
    s->ask[s->n_links] = (struct run_ask){.dhcp = l->dhcp, .address = needs_address(s, l)};
    s->n_links++;
    offers_take(s, l);
    return 0;
}
