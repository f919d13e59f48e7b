/* sim/host.c - a stack as a node: frames become packets at its door and packets frames. */
#include "sim/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ARENA_BYTES = 64 << 20 };

struct sim_host {
    struct sim_node node;
    struct sim_host_app app;
    void *arena;
    size_t arena_bytes;
    unsigned n_ports;
    unsigned port[SIM_ENDS]; /* the stack's interface of each end */
    bool stopped[SIM_ENDS];
    uint32_t cut[SIM_ENDS]; /* segments of a super-packet that are still to leave */
    tarn_ns wake;
    bool touched; /* there may be events or output now */
    unsigned move_every, since_move;
};

static struct sim_host *host_of(struct sim_node *n)
{
    return (struct sim_host *)n;
}

struct sim_node *sim_host_node(struct sim_host *h)
{
    return &h->node;
}

/* The stack lies at the beginning of its arena (include/tarn/tarn.h). */
struct tarn *sim_host_stack(struct sim_host *h)
{
    return h->arena;
}

void sim_host_set_app(struct sim_host *h, struct sim_host_app app)
{
    h->app = app;
}

void sim_host_wake_at(struct sim_host *h, tarn_ns when)
{
    h->wake = when;
}

void sim_host_touch(struct sim_host *h)
{
    h->touched = true;
}

void sim_host_stop(struct sim_host *h, unsigned end, bool stopped)
{
    h->touched |= h->stopped[end] != stopped;
    h->stopped[end] = stopped;
}

static void *arena_map(size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return at == MAP_FAILED ? NULL : at;
}

void sim_host_move(struct sim_host *h)
{
    void *to = arena_map(h->arena_bytes);

    if (to == NULL) {
        fputs("tarn: simulation: no memory to move a stack to\n", stderr);
        abort();
    }
    memcpy(to, h->arena, tarn_arena_used(h->arena));
    munmap(h->arena, h->arena_bytes);
    h->arena = to;
}

void sim_host_move_every(struct sim_host *h, unsigned n)
{
    h->move_every = n;
    h->since_move = 0;
}

static void moved_in_turn(struct sim_host *h)
{
    if (h->move_every > 0 && ++h->since_move >= h->move_every) {
        sim_host_move(h);
        h->since_move = 0;
    }
}

static void host_input(struct sim_node *n, unsigned end, struct sim_frame *f, tarn_ns now)
{
    struct sim_host *h = host_of(n);
    struct pkt *p = pkt_rx_get(h->arena, f->len);
    struct tarn_iov iov[2];
    size_t done = 0;

    if (p != NULL) {
        unsigned pieces = pkt_rx_iov(h->arena, p, iov);

        for (unsigned i = 0; i < pieces && done < f->len; i++) {
            size_t part = f->len - done < iov[i].len ? f->len - done : iov[i].len;

            memcpy(iov[i].base, f->bytes + done, part);
            done += part;
        }
        pkt_rx_filled(h->arena, p, done);
        tarn_input(h->arena, h->port[end], p, now);
    }
    sim_frame_free(f);
    h->touched = true;
    moved_in_turn(h);
}

/* The events since the last call go to the application. */
static bool events_deliver(struct sim_host *h, tarn_ns now)
{
    struct tarn_event ev;
    bool any = false;

    while (tarn_event(h->arena, &ev)) {
        any = true;
        sim_digest_u64(&h->node.world->digest, now);
        sim_digest_u64(&h->node.world->digest, (uint64_t)h->node.index << 32 | ev.ready);
        sim_digest_u64(&h->node.world->digest, ev.user);
        if (h->app.on_event != NULL)
            h->app.on_event(h, h->app.ctx, &ev, now);
        moved_in_turn(h);
    }
    return any;
}

static void host_tick(struct sim_node *n, tarn_ns now)
{
    struct sim_host *h = host_of(n);

    h->touched = false;
    tarn_tick(h->arena, now);
    events_deliver(h, now);
    if (h->wake <= now) {
        h->wake = TARN_NEVER;
        if (h->app.on_wake != NULL)
            h->app.on_wake(h, h->app.ctx, now);
    }
}

static struct sim_frame *frame_of(struct tarn *st, struct pkt *p)
{
    struct sim_frame *f = sim_frame_new(pkt_len(p));

    pkt_copy_out(st, p, 0, f->bytes, f->len);
    pkt_put(st, p);
    return f;
}

/* The next packet of a port, cut as a link that segments would. */
static struct pkt *next_packet(struct sim_host *h, unsigned end, tarn_ns now)
{
    struct tarn *st = h->arena;
    struct pkt *p;

    if (h->cut[end] != 0) {
        p = pkt_at(st, h->cut[end]);
    } else {
        p = tarn_output(st, h->port[end], now);
        if (p != NULL)
            p = pkt_segment(st, p);
    }
    if (p != NULL) {
        h->cut[end] = p->next;
        p->next = 0;
        pkt_csum_finish(st, p);
    }
    return p;
}

static struct sim_frame *host_output(struct sim_node *n, unsigned end, tarn_ns now)
{
    struct sim_host *h = host_of(n);
    bool asks = end < h->n_ports && !h->stopped[end];
    struct pkt *p = asks ? next_packet(h, end, now) : NULL;

    if (p != NULL)
        return frame_of(h->arena, p);
    if (end + 1 == SIM_ENDS && events_deliver(h, now))
        h->touched = true;
    return NULL;
}

static tarn_ns host_deadline(const struct sim_node *n)
{
    const struct sim_host *h = (const struct sim_host *)n;
    tarn_ns stack = tarn_deadline(h->arena);

    if (h->touched)
        return 0;
    return stack < h->wake ? stack : h->wake;
}

static void host_free(struct sim_node *n)
{
    struct sim_host *h = host_of(n);

    munmap(h->arena, h->arena_bytes);
    free(h);
}

static const struct sim_node_ops host_ops = {
    .kind = "host",
    .input = host_input,
    .output = host_output,
    .deadline = host_deadline,
    .tick = host_tick,
    .free = host_free,
};

/* The address at `a` on the interface, if there is one. */
static int address_up(struct sim_host *h, unsigned port, const struct tarn_prefix *a)
{
    struct tarn_address address = {.port = port, .prefix = *a, .flags = TARN_ADDRESS_NODAD};
    struct tarn_control_error e;

    return a->len == 0 ? 0 : tarn_address_add(h->arena, &address, h->node.world->now, &e);
}

/* The default route by `gateway`, if there is one. */
static int gateway_up(struct sim_host *h, unsigned port, const struct tarn_ip *gateway)
{
    static const struct tarn_ip none;
    struct tarn_route route = {.via = *gateway, .port = port};
    struct tarn_control_error e;

    if (tarn_ip_equal(gateway, &none))
        return 0;
    if (tarn_ip_is4(gateway))
        route.to = (struct tarn_prefix){tarn_ip4(0), 96};
    return tarn_route_add(h->arena, &route, h->node.world->now, &e);
}

/* tarn<end> with what the configuration gives it. */
static int port_up(struct sim_host *h, unsigned end, const struct sim_host_port *cfg)
{
    struct tarn *st = h->arena;
    struct tarn_port_info info = {
        .mtu = cfg->mtu == 0 ? 1500 : cfg->mtu,
        .offload = cfg->offload,
        .medium = cfg->medium,
        .mac = {2, 0, 0, 0, (uint8_t)h->node.index, (uint8_t)end},
        .carrier = true,
    };
    struct tarn_control_error e;
    int port, err;

    snprintf(info.name, sizeof info.name, "tarn%u", end);
    port = tarn_port_add(st, &info, &e);
    if (port < 0)
        return port;
    h->port[end] = (unsigned)port;
    info.up = true;
    err = tarn_param_set(st, "ip6.autoconf", cfg->autoconf);
    if (err == 0)
        err = tarn_port_set(st, (unsigned)port, &info, h->node.world->now, &e);
    for (unsigned i = 0; err == 0 && i < SIM_ADDRESSES; i++)
        err = address_up(h, (unsigned)port, &cfg->address[i]);
    for (unsigned i = 0; err == 0 && i < SIM_ADDRESSES; i++)
        err = gateway_up(h, (unsigned)port, &cfg->gateway[i]);
    return err;
}

static void seed_fill(uint8_t seed[32], const struct sim_node *n)
{
    for (unsigned i = 0; i < 32; i++)
        seed[i] = (uint8_t)(sim_seed(n->world, n->index * 4 + i / 8) >> 8 * (i % 8));
}

static int stack_init(struct sim_host *h, const struct sim_host_config *cfg)
{
    struct tarn *st;
    uint8_t seed[32];
    int err;

    seed_fill(seed, &h->node);
    err = tarn_init(&st, h->arena, h->arena_bytes, &cfg->limits, seed, h->node.world->now);
    if (err == 0) /* a world's addresses are those that it names */
        err = tarn_param_set(st, "ip6.autoconf", 0);
    for (unsigned i = 0; err == 0 && i < cfg->n_ports; i++)
        err = port_up(h, i, &cfg->ports[i]);
    return err;
}

int sim_host_new(struct sim_world *w, const char *name, const struct sim_host_config *cfg,
                 struct sim_host **out)
{
    struct sim_host *h = calloc(1, sizeof *h);

    if (h == NULL)
        return -TARN_ENOMEM;
    h->arena_bytes = cfg->arena_bytes == 0 ? ARENA_BYTES : cfg->arena_bytes;
    h->arena = arena_map(h->arena_bytes);
    if (h->arena == NULL) {
        free(h);
        return -TARN_ENOMEM;
    }
    h->app = cfg->app;
    h->n_ports = cfg->n_ports;
    h->wake = TARN_NEVER;
    sim_world_add(w, &h->node, &host_ops, name);
    *out = h;
    return stack_init(h, cfg);
}
