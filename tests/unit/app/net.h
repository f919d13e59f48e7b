/* tests/unit/app/net.h - stacks on one wire with services on them, in virtual time: each frame
 * reaches every other stack at once, and each service is driven as its header says. */
#ifndef TARN_TESTS_UNIT_APP_NET_H
#define TARN_TESTS_UNIT_APP_NET_H

#include "app/app.h"
#include "tests/unit/rig.h"

enum { NET_HOSTS = 3, NET_SERVICES = 4, NET_USER = 1000 };

struct net_service {
    const struct tarn_service *s;
    void *state;
    struct rig *on;
    uint64_t user;
};

struct net {
    tarn_ns now;
    struct rig host[NET_HOSTS];
    unsigned n_hosts;
    struct net_service service[NET_SERVICES];
    unsigned n_services;
    /* What the test plays itself: called in each step, to read its sockets; how much it did. May be
     * NULL. */
    unsigned (*play)(void *ctx, struct net *net);
    void *ctx;
    /* Called for each frame that host `from` sends; false: it is lost. May be NULL. */
    bool (*passes)(void *ctx, unsigned from, const struct pkt *p);
    unsigned frames;
    bool impatient; /* services are ticked every 10 ms too, which must change nothing */
};

static inline void net_set_time(struct net *net, tarn_ns now)
{
    net->now = now;
    for (unsigned i = 0; i < net->n_hosts; i++)
        net->host[i].now = now;
}

/* Hosts 10.0.0.1, 10.0.0.2 ... */
static inline void net_open(struct net *net, unsigned n_hosts)
{
    *net = (struct net){.n_hosts = n_hosts};
    for (unsigned i = 0; i < n_hosts; i++)
        rig_open(&net->host[i], (uint8_t)(i + 1));
    net_set_time(net, RIG_S);
}

/* The address fe80::`host + 1` of a host, at once. */
static inline struct tarn_ip net_link_local(struct net *net, unsigned host)
{
    struct tarn_address a = {.port = RIG_PORT, .flags = TARN_ADDRESS_NODAD};

    a.prefix = (struct tarn_prefix){.ip = {{0xfe, 0x80}}, .len = 64};
    a.prefix.ip.b[15] = (uint8_t)(host + 1);
    CHECK_EQ(tarn_address_add(net->host[host].st, &a, net->now, NULL), 0);
    return a.prefix.ip;
}

/* Open a service on a host; what open() says. */
static inline int net_serve(struct net *net, const struct tarn_service *s, unsigned host,
                            struct tarn_service_with with)
{
    struct net_service *e = &net->service[net->n_services];
    int err;

    CHECK(net->n_services < NET_SERVICES);
    *e = (struct net_service){.s = s, .on = &net->host[host], .user = NET_USER + net->n_services};
    e->state = calloc(1, s->state_bytes);
    CHECK(e->state != NULL);
    with.st = e->on->st;
    with.user = e->user;
    err = s->open(e->state, &with, net->now);
    if (err == 0)
        net->n_services++;
    else
        free(e->state);
    return err;
}

static inline void *net_state(struct net *net, unsigned service)
{
    return net->service[service].state;
}

static inline void net_end(struct net *net, unsigned service)
{
    struct net_service *e = &net->service[service];

    if (e->s != NULL)
        e->s->close(e->state, net->now);
    e->s = NULL;
}

static inline void net_close(struct net *net)
{
    for (unsigned i = 0; i < net->n_services; i++) {
        net_end(net, i);
        free(net->service[i].state);
    }
    for (unsigned i = 0; i < net->n_hosts; i++)
        rig_close(&net->host[i]);
}

static inline unsigned net_send_frames(struct net *net, unsigned from)
{
    struct rig *a = &net->host[from];
    struct pkt *p;
    unsigned n = 0;

    for (; (p = tarn_output(a->st, RIG_PORT, net->now)) != NULL; n++) {
        bool passes = net->passes == NULL || net->passes(net->ctx, from, p);

        for (unsigned to = 0; passes && to < net->n_hosts; to++) {
            struct pkt *q = to != from ? pkt_copy_to(a->st, p, net->host[to].st) : NULL;

            if (q != NULL)
                tarn_input(net->host[to].st, RIG_PORT, q, net->now);
        }
        pkt_put(a->st, p);
    }
    net->frames += n;
    return n;
}

static inline unsigned net_events(struct net *net, struct rig *on)
{
    struct tarn_event ev;
    unsigned n = 0;

    for (; tarn_event(on->st, &ev); n++)
        for (unsigned i = 0; i < net->n_services; i++) {
            struct net_service *e = &net->service[i];

            if (e->s == NULL || e->on != on)
                continue;
            if (ev.kind == TARN_EVENT_SOCKET && ev.user == e->user)
                e->s->ready(e->state, ev.sock, ev.ready, net->now);
            if (ev.kind == TARN_EVENT_CONTROL && e->s->changed != NULL)
                e->s->changed(e->state, net->now);
        }
    return n;
}

/* Everything that happens at this instant. */
static inline void net_step(struct net *net)
{
    unsigned busy, rounds = 0;

    do {
        busy = 0;
        for (unsigned i = 0; i < net->n_hosts; i++) {
            tarn_tick(net->host[i].st, net->now);
            busy += net_events(net, &net->host[i]);
            busy += net_send_frames(net, i);
        }
        for (unsigned i = 0; i < net->n_services; i++) {
            struct net_service *e = &net->service[i];

            if (e->s != NULL && e->s->deadline(e->state) <= net->now) {
                e->s->tick(e->state, net->now);
                busy++;
            } else if (e->s != NULL && net->impatient) {
                e->s->tick(e->state, net->now);
            }
        }
        if (net->play != NULL)
            busy += net->play(net->ctx, net);
        CHECK(++rounds < 10000);
    } while (busy > 0);
}

static inline tarn_ns net_deadline(const struct net *net)
{
    tarn_ns due = TARN_NEVER;

    for (unsigned i = 0; i < net->n_hosts; i++) {
        tarn_ns t = tarn_deadline(net->host[i].st);

        due = t < due ? t : due;
    }
    for (unsigned i = 0; i < net->n_services; i++) {
        const struct net_service *e = &net->service[i];
        tarn_ns t = e->s != NULL ? e->s->deadline(e->state) : TARN_NEVER;

        due = t < due ? t : due;
    }
    return due;
}

/* Let time pass. */
static inline void net_run(struct net *net, tarn_ns ns)
{
    tarn_ns until = net->now + ns, due;

    net_step(net);
    while ((due = net_deadline(net)) < until || net->impatient) {
        if (net->impatient && due > net->now + 10 * RIG_MS)
            due = net->now + 10 * RIG_MS;
        if (due >= until)
            break;
        net_set_time(net, due > net->now ? due : net->now + 1);
        net_step(net);
    }
    net_set_time(net, until);
    net_step(net);
}

#endif
