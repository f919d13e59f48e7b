/* sim/host.h - a node that is a stack: struct tarn in an arena of its own, and an application.
 *
 * End i of the node is interface tarn<i> of the stack. The application is two callbacks: on_event
 * for each tarn_event(), on_wake when the time it asked for has come; they use the public API on
 * sim_host_stack(), which must be asked for anew each time, as the arena may have moved. */
#ifndef TARN_SIM_HOST_H
#define TARN_SIM_HOST_H

#include "sim/world.h"
#include "tarn/tarn.h"

struct sim_host;

struct sim_host_app {
    void (*on_event)(struct sim_host *h, void *ctx, const struct tarn_event *ev, tarn_ns now);
    void (*on_wake)(struct sim_host *h, void *ctx, tarn_ns now); /* may be NULL */
    void *ctx;
};

enum { SIM_ADDRESSES = 4 };

/* An interface. Its addresses are of either family and are not checked for duplicates; it has no
 * others unless `autoconf`. */
struct sim_host_port {
    struct tarn_prefix address[SIM_ADDRESSES]; /* those with len > 0 */
    struct tarn_ip gateway[SIM_ADDRESSES];     /* next hops of default routes; all zero: none */
    uint32_t mtu;                              /* 0 = 1500 */
    uint8_t medium;                            /* enum link_medium */
    uint32_t offload; /* enum link_offload: super-packets are cut before they leave the host */
    bool autoconf;    /* addresses and routes of IPv6 as routers advertise them (RFC 4862) */
};

struct sim_host_config {
    size_t arena_bytes; /* 0 = 64 MiB */
    struct tarn_config limits;
    const struct sim_host_port *ports;
    unsigned n_ports; /* at most SIM_ENDS */
    struct sim_host_app app;
};

/* -TARN_E... as tarn_init() and the control calls. The host belongs to the world. */
int sim_host_new(struct sim_world *w, const char *name, const struct sim_host_config *cfg,
                 struct sim_host **out);

struct sim_node *sim_host_node(struct sim_host *h);
struct tarn *sim_host_stack(struct sim_host *h);

/* Another application from now on. */
void sim_host_set_app(struct sim_host *h, struct sim_host_app app);

/* The application wants on_wake at `when`; replaces an earlier wish. TARN_NEVER: none. */
void sim_host_wake_at(struct sim_host *h, tarn_ns when);

/* The host's stack was used from outside its callbacks: it may have something to send now. */
void sim_host_touch(struct sim_host *h);

/* The link at `end` takes nothing until it is told otherwise: the stack is not asked for output. */
void sim_host_stop(struct sim_host *h, unsigned end, bool stopped);

/* Copy the stack into another mapping and go on there, as tarn_init() promises; the old one becomes
 * unreadable. */
void sim_host_move(struct sim_host *h);

/* Do that after every nth event or frame received, from now on; 0 = never. */
void sim_host_move_every(struct sim_host *h, unsigned n);

#endif
