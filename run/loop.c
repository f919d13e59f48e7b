/* run/loop.c - waits, reads the clock, and lets everyone take a turn.
 *
 * Order of a turn: links down and events (what the caller has asked for since the last turn), wait,
 * links up, ticks, services, events, links down. What goes down last answers all that came up, so
 * acknowledgements coalesce by themselves; where a peer needs more of them, TCP counts them. Events
 * that sending raises wait for the next turn, which then does not sleep.
 *
 * Budgets keep one link from starving the rest: RX_BATCH packets (sixteen of 64 KiB fit the cache)
 * and TX_BUDGET packets per link and turn; who has more left is visited again without waiting. A
 * packet that a link has refused stays here, alone: the stack is not asked for another one before
 * the link has room, so queues build up in the stack, where they are managed.
 *
 * Waiting is by epoll_pwait2(), in nanoseconds. What to wait for is kept in the kernel and changed
 * only when a link begins or ends to refuse, or has another descriptor. */
#include "run/loop.h"

#include "run/clock.h"
#include "tarn/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_STACKS = 16,
    MAX_LINKS = 64,
    MAX_SERVICES = 16,
    MAX_WAKE = 64,
    RX_BATCH = 16,
    TX_BUDGET = 64,
    SECOND = 1000000000,
    MILLISECOND = 1000000,
};

struct stack_entry {
    struct tarn *st;
    run_event_fn *fn;
    void *ctx;
};

struct link_entry {
    struct link *link;
    struct tarn *st; /* the link's */
    struct run_end end;
    unsigned port;     /* where end.up is NULL: of the stack */
    int fd;            /* registered; -1: none */
    uint32_t interest; /* EPOLL bits registered */
    uint32_t refused;  /* reference of the packet that the link did not take; 0: none */
    bool readable, more, down;
};

struct service_entry {
    struct run_service service;
    bool readable;
};

struct run_loop {
    int epoll_fd;
    bool coarse; /* epoll_pwait2() is not to be had */
    tarn_ns now, spin_ns;
    unsigned n_stacks, n_links, n_services;
    struct stack_entry stack[MAX_STACKS];
    struct link_entry link[MAX_LINKS];
    struct service_entry service[MAX_SERVICES];
    struct run_loop_stats stats;
};

/* An epoll event's data: which table, which place. */
enum { WAKE_LINK = 0, WAKE_SERVICE = 1 << 16 };

/* --- what is in the loop --- */

int run_loop_new(struct run_loop **out)
{
    struct run_loop *loop = calloc(1, sizeof *loop);

    if (loop == NULL)
        return -TARN_ENOMEM;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0) {
        free(loop);
        return -errno;
    }
    loop->now = run_clock();
    *out = loop;
    return 0;
}

void run_loop_free(struct run_loop *loop)
{
    for (unsigned i = 0; i < loop->n_links; i++) {
        struct link_entry *e = &loop->link[i];

        if (e->refused != 0)
            pkt_put(e->st, pkt_at(e->st, e->refused));
    }
    close(loop->epoll_fd);
    free(loop);
}

int run_loop_add_stack(struct run_loop *loop, struct tarn *st, run_event_fn *fn, void *ctx)
{
    if (loop->n_stacks == MAX_STACKS)
        return -TARN_ENOSPC;
    loop->stack[loop->n_stacks++] = (struct stack_entry){st, fn, ctx};
    return 0;
}

/* Wait for these EPOLL bits on the link's descriptor of now. */
static void interest_set(struct run_loop *loop, struct link_entry *e, uint32_t interest)
{
    int fd = e->down ? -1 : e->link->ops->pollfd(e->link);
    struct epoll_event ev = {.events = interest,
                             .data.u32 = WAKE_LINK | (uint32_t)(e - loop->link)};

    if (fd == e->fd && interest == e->interest)
        return;
    if (e->fd >= 0 && fd != e->fd)
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, e->fd, NULL);
    if (fd >= 0)
        epoll_ctl(loop->epoll_fd, fd == e->fd ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &ev);
    e->fd = fd;
    e->interest = interest;
}

static int link_add(struct run_loop *loop, const struct link_entry *as)
{
    struct link_entry *e = &loop->link[loop->n_links];

    if (loop->n_links == MAX_LINKS)
        return -TARN_ENOSPC;
    loop->n_links++;
    *e = *as;
    e->st = e->link->st;
    e->fd = -1;
    interest_set(loop, e, EPOLLIN);
    return 0;
}

int run_loop_add_link(struct run_loop *loop, struct link *link, unsigned port)
{
    return link_add(loop, &(struct link_entry){.link = link, .port = port});
}

int run_loop_add_end(struct run_loop *loop, struct link *link, const struct run_end *end)
{
    return link_add(loop, &(struct link_entry){.link = link, .end = *end});
}

int run_loop_add_service(struct run_loop *loop, const struct run_service *service)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.u32 = WAKE_SERVICE | loop->n_services};

    if (loop->n_services == MAX_SERVICES)
        return -TARN_ENOSPC;
    if (service->fd >= 0 && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, service->fd, &ev) < 0)
        return -errno;
    loop->service[loop->n_services++] = (struct service_entry){.service = *service};
    return 0;
}

/* The place stays, empty, so that the others keep theirs. */
void run_loop_remove_service(struct run_loop *loop, void *ctx)
{
    for (unsigned i = 0; i < loop->n_services; i++) {
        struct service_entry *e = &loop->service[i];

        if (e->service.ctx != ctx)
            continue;
        if (e->service.fd >= 0)
            epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, e->service.fd, NULL);
        *e = (struct service_entry){.service.fd = -1};
    }
}

void run_loop_set_spin(struct run_loop *loop, tarn_ns spin_ns)
{
    loop->spin_ns = spin_ns;
}

/* --- waiting --- */

static tarn_ns earlier(tarn_ns a, tarn_ns b)
{
    return a < b ? a : b;
}

static tarn_ns link_deadline(const struct link_entry *e)
{
    if (e->down)
        return TARN_NEVER;
    if (e->more)
        return 0;
    return e->link->ops->deadline ? e->link->ops->deadline(e->link) : TARN_NEVER;
}

static tarn_ns loop_deadline(const struct run_loop *loop, tarn_ns until)
{
    for (unsigned i = 0; i < loop->n_stacks; i++)
        until = earlier(until, tarn_deadline(loop->stack[i].st));
    for (unsigned i = 0; i < loop->n_links; i++)
        until = earlier(until, link_deadline(&loop->link[i]));
    for (unsigned i = 0; i < loop->n_services; i++) {
        const struct run_service *s = &loop->service[i].service;

        if (s->deadline != NULL)
            until = earlier(until, s->deadline(s->ctx));
    }
    return until;
}

static void mark_ready(struct run_loop *loop, const struct epoll_event *v, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t place = v[i].data.u32 & (WAKE_SERVICE - 1);

        if (v[i].data.u32 & WAKE_SERVICE)
            loop->service[place].readable = true;
        else
            loop->link[place].readable = true;
    }
}

/* Sleep. Where the kernel (or what plays it, as valgrind) knows milliseconds only, the last one is
 * spent looking, so that nothing is late. */
static int epoll_sleep(struct run_loop *loop, struct epoll_event *v, tarn_ns deadline, tarn_ns left)
{
    struct timespec ts = {.tv_sec = (time_t)(left / SECOND), .tv_nsec = (long)(left % SECOND)};
    tarn_ns ms = left / MILLISECOND;
    int n = -1;

    if (!loop->coarse) {
        n = epoll_pwait2(loop->epoll_fd, v, MAX_WAKE, deadline == TARN_NEVER ? NULL : &ts, NULL);
        loop->coarse = n < 0 && errno == ENOSYS;
    }
    if (loop->coarse)
        n = epoll_wait(loop->epoll_fd, v, MAX_WAKE,
                       deadline == TARN_NEVER ? -1 : (int)earlier(ms, INT32_MAX));
    return n;
}

/* Look, or sleep, until something is readable or the deadline has come. */
static int wait_until(struct run_loop *loop, tarn_ns deadline)
{
    struct epoll_event v[MAX_WAKE];
    tarn_ns left = deadline > loop->now ? deadline - loop->now : 0;
    tarn_ns spin_end = loop->now + earlier(left, loop->spin_ns);
    int n = 0;

    for (tarn_ns now = loop->now; now < spin_end && n == 0; now = run_clock())
        n = epoll_wait(loop->epoll_fd, v, MAX_WAKE, 0);
    if (n == 0) {
        loop->stats.waits += left > 0;
        n = epoll_sleep(loop, v, deadline, left);
    }
    if (n < 0)
        return -errno;
    mark_ready(loop, v, n);
    return n;
}

/* --- moving packets --- */

static void packet_up(struct run_loop *loop, const struct link_entry *e, struct pkt *p)
{
    if (e->end.up != NULL)
        e->end.up(e->end.ctx, p, loop->now);
    else
        tarn_input(e->st, e->port, p, loop->now);
}

static int link_up(struct run_loop *loop, struct link_entry *e)
{
    struct pkt *v[RX_BATCH];
    struct link *l = e->link;
    bool due = e->readable || e->more || link_deadline(e) <= loop->now;
    int n;

    e->readable = e->more = false;
    if (!due || e->down)
        return 0;
    n = l->ops->rx(l, v, RX_BATCH, loop->now);
    if (n < 0) {
        e->down = true;
        return 0;
    }
    for (int i = 0; i < n; i++)
        packet_up(loop, e, v[i]);
    loop->stats.rx_packets += (uint64_t)n;
    e->more = n == RX_BATCH;
    return n;
}

/* What the link has refused, else the next packet. */
static struct pkt *packet_down(struct run_loop *loop, struct link_entry *e)
{
    uint32_t refused = e->refused;

    e->refused = 0;
    if (refused != 0)
        return pkt_at(e->st, refused);
    if (e->end.down != NULL)
        return e->end.down(e->end.ctx, loop->now);
    return tarn_output(e->st, e->port, loop->now);
}

static int link_down(struct run_loop *loop, struct link_entry *e)
{
    struct link *l = e->link;
    struct pkt *p = NULL;
    int n = 0;

    while (n < TX_BUDGET && (p = packet_down(loop, e)) != NULL) {
        if (e->down) {
            pkt_drop(l->st, p, DROP_PORT_DOWN);
        } else if (l->ops->tx(l, &p, 1, loop->now) < 1) {
            e->refused = pkt_ref(l->st, p);
            loop->stats.tx_refused++;
            break;
        }
        n++;
    }
    loop->stats.tx_packets += (uint64_t)n;
    e->more |= n == TX_BUDGET;
    interest_set(loop, e, e->refused ? EPOLLIN | EPOLLOUT : EPOLLIN);
    return n;
}

/* --- a turn --- */

static int services_run(struct run_loop *loop)
{
    int n = 0;

    for (unsigned i = 0; i < loop->n_services; i++) {
        struct service_entry *e = &loop->service[i];
        const struct run_service s = e->service;

        if (e->readable && s.ready != NULL) {
            s.ready(s.ctx, loop->now);
            n++;
        }
        e->readable = false;
        if (s.deadline != NULL && s.deadline(s.ctx) <= loop->now)
            s.tick(s.ctx, loop->now);
    }
    return n;
}

static int events_run(struct run_loop *loop)
{
    struct tarn_event ev;
    int n = 0;

    for (unsigned i = 0; i < loop->n_stacks; i++) {
        struct stack_entry *e = &loop->stack[i];

        while (e->fn != NULL && tarn_event(e->st, &ev)) {
            e->fn(e->ctx, e->st, &ev, loop->now);
            n++;
        }
    }
    return n;
}

static int links_down(struct run_loop *loop)
{
    int n = 0;

    for (unsigned i = 0; i < loop->n_links; i++)
        n += link_down(loop, &loop->link[i]);
    return n;
}

int run_loop_turn(struct run_loop *loop, tarn_ns until)
{
    int done, rc;

    loop->now = run_clock();
    done = links_down(loop);
    done += events_run(loop);
    rc = wait_until(loop, done > 0 ? 0 : loop_deadline(loop, until));
    if (rc < 0)
        return rc;
    loop->now = run_clock();
    loop->stats.turns++;
    for (unsigned i = 0; i < loop->n_links; i++)
        done += link_up(loop, &loop->link[i]);
    for (unsigned i = 0; i < loop->n_stacks; i++)
        tarn_tick(loop->stack[i].st, loop->now);
    done += services_run(loop);
    done += events_run(loop);
    return done + links_down(loop);
}

tarn_ns run_loop_now(const struct run_loop *loop)
{
    return loop->now;
}

unsigned run_loop_links_down(const struct run_loop *loop)
{
    unsigned n = 0;

    for (unsigned i = 0; i < loop->n_links; i++)
        n += loop->link[i].down;
    return n;
}

const struct run_loop_stats *run_loop_stats(const struct run_loop *loop)
{
    return &loop->stats;
}
