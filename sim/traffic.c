/* sim/traffic.c - senders and receivers of a pattern. */
#include "sim/traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The pattern repeats after a prime, so that no power of two lines up with it. */
enum { PERIOD = 65521, BLOCK = 65536, PATTERN = PERIOD + BLOCK, LISTENER = 0 };

struct sim_traffic_end {
    tarn_sock sock;
    uint64_t sent, received;
    bool in_use, shut, ended;
    uint32_t next_free;
};

static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static const uint8_t *pattern_at(struct sim_traffic *t, uint64_t place)
{
    if (t->pattern == NULL) {
        t->pattern = must(malloc(PATTERN));
        for (uint32_t i = 0; i < PATTERN; i++)
            t->pattern[i] = (uint8_t)((i % PERIOD) * 167 + (i % PERIOD >> 8) * 13);
    }
    return t->pattern + place % PERIOD;
}

/* The connection's number in events: the listener has 0. */
static uint64_t user_of(uint32_t end)
{
    return (uint64_t)end + 1;
}

static uint32_t end_new(struct sim_traffic *t, tarn_sock sock)
{
    uint32_t i = t->n_ends;

    if (t->free_end != 0) {
        i = t->free_end - 1;
        t->free_end = t->ends[i].next_free;
    } else {
        if ((i & (i - 1)) == 0)
            t->ends = must(realloc(t->ends, (i == 0 ? 1 : 2 * (size_t)i) * sizeof *t->ends));
        t->n_ends++;
    }
    t->ends[i] = (struct sim_traffic_end){.sock = sock, .in_use = true};
    t->opened++;
    return i;
}

static void end_free(struct sim_traffic *t, uint32_t i)
{
    t->ends[i].in_use = false;
    t->ends[i].next_free = t->free_end;
    t->free_end = i + 1;
}

static void end_failed(struct sim_traffic *t, struct sim_host *h, uint32_t i, const char *what,
                       long error)
{
    if (t->failed++ == 0)
        snprintf(t->why, sizeof t->why, "%s%s%s after %llu bytes sent and %llu received", what,
                 error < 0 ? ": " : "", error < 0 ? strerror((int)-error) : "",
                 (unsigned long long)t->ends[i].sent, (unsigned long long)t->ends[i].received);
    tarn_abort(sim_host_stack(h), t->ends[i].sock, sim_host_node(h)->world->now);
    end_free(t, i);
}

/* As many as the socket takes; false when the connection has failed. */
static bool send_more(struct sim_traffic *t, struct sim_host *h, uint32_t i, tarn_ns now)
{
    struct sim_traffic_end *e = &t->ends[i];

    while (e->sent < t->load.out) {
        uint64_t left = t->load.out - e->sent;
        long n = tarn_send(sim_host_stack(h), e->sock, pattern_at(t, e->sent),
                           left < BLOCK ? (size_t)left : BLOCK, now);

        if (n == -TARN_EAGAIN)
            return true;
        if (n < 0) {
            end_failed(t, h, i, "cannot send", n);
            return false;
        }
        e->sent += (uint64_t)n;
        t->bytes_out += (uint64_t)n;
    }
    if (!e->shut)
        tarn_shutdown(sim_host_stack(h), e->sock, TARN_SHUT_WR, now);
    e->shut = true;
    return true;
}

/* What has come, checked; false when the connection has failed. */
static bool read_more(struct sim_traffic *t, struct sim_host *h, uint32_t i, tarn_ns now)
{
    static uint8_t buf[BLOCK];
    struct sim_traffic_end *e = &t->ends[i];

    for (;;) {
        long n = tarn_recv(sim_host_stack(h), e->sock, buf, sizeof buf, now);

        if (n == -TARN_EAGAIN)
            return true;
        if (n < 0) {
            end_failed(t, h, i, "cannot receive", n);
            return false;
        }
        if (n == 0)
            break;
        if (memcmp(buf, pattern_at(t, e->received), (size_t)n) != 0) {
            end_failed(t, h, i, "received what was not sent", 0);
            return false;
        }
        e->received += (uint64_t)n;
        t->bytes_in += (uint64_t)n;
    }
    e->ended = true;
    if (e->received != t->load.in) {
        end_failed(t, h, i, "the stream ended early or late", 0);
        return false;
    }
    return true;
}

static void on_connection(struct sim_traffic *t, struct sim_host *h, uint32_t i, tarn_ns now)
{
    if (i >= t->n_ends || !t->ends[i].in_use)
        return; /* closed since */
    if (tarn_ready(sim_host_stack(h), t->ends[i].sock) & TARN_OUT)
        if (!send_more(t, h, i, now))
            return;
    if (!t->ends[i].ended && !read_more(t, h, i, now))
        return;
    if (t->ends[i].shut && t->ends[i].ended) {
        tarn_close(sim_host_stack(h), t->ends[i].sock, now);
        t->finished++;
        t->last = now;
        end_free(t, i);
    }
}

static void on_listener(struct sim_traffic *t, struct sim_host *h, tarn_ns now)
{
    struct tarn_addr peer;
    tarn_sock s;

    while (tarn_accept(sim_host_stack(h), t->listener, &s, &peer) == 0) {
        uint32_t i = end_new(t, s);

        tarn_set_user(sim_host_stack(h), s, user_of(i));
        on_connection(t, h, i, now);
    }
}

static void on_event(struct sim_host *h, void *ctx, const struct tarn_event *ev, tarn_ns now)
{
    struct sim_traffic *t = ctx;

    if (ev->kind != TARN_EVENT_SOCKET)
        return;
    if (ev->user == LISTENER)
        on_listener(t, h, now);
    else
        on_connection(t, h, (uint32_t)(ev->user - 1), now);
}

struct sim_host_app sim_traffic_app(struct sim_traffic *t)
{
    return (struct sim_host_app){.on_event = on_event, .ctx = t};
}

int sim_traffic_listen(struct sim_traffic *t, struct sim_host *h, uint16_t port)
{
    struct tarn_addr any = {.port = port};
    struct tarn *st = sim_host_stack(h);
    int err = tarn_open(st, TARN_INET6, TARN_STREAM, 0, LISTENER, &t->listener);

    if (err == 0)
        err = tarn_setopt(st, t->listener, TARN_SO_REUSEADDR, 1, sim_host_node(h)->world->now);
    if (err == 0)
        err = tarn_bind(st, t->listener, &any);
    return err == 0 ? tarn_listen(st, t->listener, 4096) : err;
}

int sim_traffic_connect(struct sim_traffic *t, struct sim_host *h, const struct tarn_ip *ip,
                        uint16_t port)
{
    struct tarn_addr peer = {.ip = *ip, .port = port};
    struct tarn *st = sim_host_stack(h);
    enum tarn_family family = tarn_ip_is4(ip) ? TARN_INET : TARN_INET6;
    tarn_sock s;
    int err = tarn_open(st, family, TARN_STREAM, 0, LISTENER, &s);

    if (err < 0)
        return err;
    err = tarn_connect(st, s, &peer, sim_host_node(h)->world->now);
    sim_host_touch(h);
    if (err < 0 && err != -TARN_EINPROGRESS) {
        tarn_close(st, s, sim_host_node(h)->world->now);
        return err;
    }
    return tarn_set_user(st, s, user_of(end_new(t, s)));
}

bool sim_traffic_sock(const struct sim_traffic *t, tarn_sock *out)
{
    for (uint32_t i = 0; i < t->n_ends; i++)
        if (t->ends[i].in_use) {
            *out = t->ends[i].sock;
            return true;
        }
    return false;
}

void sim_traffic_fini(struct sim_traffic *t, struct sim_host *h)
{
    tarn_ns now = sim_host_node(h)->world->now;

    for (uint32_t i = 0; i < t->n_ends; i++)
        if (t->ends[i].in_use)
            tarn_abort(sim_host_stack(h), t->ends[i].sock, now);
    tarn_close(sim_host_stack(h), t->listener, now);
    sim_host_touch(h);
    free(t->ends);
    free(t->pattern);
    t->ends = NULL;
    t->pattern = NULL;
    t->n_ends = t->free_end = 0;
}
