/* run/stack.h - a stack for a host program: its arena, its seed, its links as interfaces tarn0,
 * tarn1 ..., their addresses and routes. */
#ifndef TARN_RUN_STACK_H
#define TARN_RUN_STACK_H

#include "run/loop.h"
#include "tarn/link.h"
#include "tarn/tarn.h"

enum { RUN_MAX_LINKS = 16 };

/* What the link's own network is asked for. */
struct run_ask {
    bool dhcp;    /* a lease, of either family */
    bool address; /* anything: the user has given nothing, and the link proposes nothing */
    bool leased;  /* a DHCP server has given an IPv4 address, and it still holds */
};

struct run_stack {
    struct tarn *st;
    struct run_loop *loop; /* has the stack and its links */
    struct link *link[RUN_MAX_LINKS];
    unsigned port[RUN_MAX_LINKS];
    struct run_ask ask[RUN_MAX_LINKS];
    unsigned n_links;
    /* This machine, as the stack sees it (host.tarn), by each family; all zero: not known. */
    struct tarn_ip host[LINK_FAMILIES];
    struct run_app *apps; /* open services: run/app.h */
    void *arena;
    size_t arena_bytes;
};

/* How a stack begins. All zero is a good one. */
struct run_stack_config {
    size_t arena_bytes;        /* 0: 4 GiB of address space, or less where a limit says so */
    const uint8_t *seed;       /* 32 bytes; NULL: from the system's random source */
    struct tarn_config limits; /* cpu is found here; without a seed, stable_key too */
    run_event_fn *event;       /* see run_loop_add_stack() */
    void *ctx;
};

/* Memory is reserved, not used: pages are touched as the stack grows. 0, -TARN_ENOMEM, or what
 * tarn_init() refuses with; `error` then holds a sentence. */
int run_stack_open(struct run_stack *s, const struct run_stack_config *cfg, char *error,
                   size_t error_bytes);

/* Closes the links too. */
void run_stack_close(struct run_stack *s);

/* One --link with the options that apply to it. */
struct run_link {
    const char *uri, *impair, *capture; /* as in struct link_request; "none": no link */
    const struct link_arg *more;
    unsigned n_more;
    const struct tarn_address *addresses;  /* of a family none: what the link proposes */
    unsigned n_addresses;                  /* `port` is filled in */
    struct tarn_ip gateway[LINK_FAMILIES]; /* all zero: what the link proposes, else none */
    bool dhcp;     /* ask DHCP servers: what the link proposes for IPv4 does not count */
    uint64_t seed; /* of the impairment */
};

/* Opens the link, adds the interface tarnN (up, with its addresses and the default routes), and
 * puts it in the loop. 0 or -TARN_E..., with a sentence in `error`. */
int run_stack_link(struct run_stack *s, const struct run_link *l, char *error, size_t error_bytes);

#endif
