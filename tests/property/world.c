/* tests/property/world.c - the two stacks and their time. */
#include "tests/property/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tarn/link.h"
#include "tests/property/record.h"

enum { ARENA_BYTES = 16 << 20, MOST_AT_ONCE = 2000 };

/* Two places for the arena of each end, zeroed as far as they were used before. */
static _Alignas(64) uint8_t place[ENDS][2][ARENA_BYTES];
static size_t used[ENDS][2];

struct report *report;
static struct world *opened; /* whom to tell of */

void fail_at(const char *file, int line, const char *format, ...)
{
    va_list args;

    snprintf(report->where, sizeof report->where, "%s:%d", file, line);
    va_start(args, format);
    vsnprintf(report->text, sizeof report->text, format, args);
    va_end(args);
    if (opened != NULL)
        record_end(opened);
    if (report->tell && opened != NULL) {
        report->tell = false;
        check_tell(opened);
        fflush(stdout);
    }
    _exit(1);
}

/* What the checks of tests/unit/tcp/invariants.h, and the core's own assertions, end in. */
_Noreturn void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void test_check_eq(const char *file, int line, const char *what, long long got, long long want);

void test_fail(const char *file, int line, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fail_at(file, line, "%s", text);
}

void test_check_eq(const char *file, int line, const char *what, long long got, long long want)
{
    if (got != want)
        fail_at(file, line, "%s is %lld, not %lld", what, got, want);
}

void tarn_assert_fail(const char *file, int line, const char *text)
{
    fail_at(file, line, "assertion: %s", text);
}

struct tarn_ip world_address(const struct plan *p, unsigned end)
{
    struct tarn_ip ip = {{0xfd, [15] = (uint8_t)(end + 1)}};

    return p->six ? ip : tarn_ip4(0x0a000001u + end);
}

static void parameters(struct world *w, unsigned end)
{
    const struct plan *p = w->plan;

    MUST(tarn_param_set(w->st[end], "ip6.autoconf", 0) == 0, "no ip6.autoconf");
    (void)tarn_param_set(w->st[end], "tcp.syncookies", p->cookies[end]);
    if (p->fastopen != 0)
        (void)tarn_param_set(w->st[end], "tcp.fastopen", p->fastopen);
    (void)tarn_set_default_cc(w->st[end], plan_cc[p->cc[end]]); /* not all are there */
    for (unsigned i = 0; i < p->n_params; i++)
        if (p->params[i].end == end)
            (void)tarn_param_set(w->st[end], plan_param_name(&p->params[i]), p->params[i].value);
}

static void stack_open(struct world *w, unsigned end)
{
    const struct plan *p = w->plan;
    struct tarn_port_info port = {.name = "tarn0",
                                  .mtu = p->mtu[end],
                                  .medium = LINK_IP,
                                  .offload = p->offload[end],
                                  .carrier = true};
    struct tarn_address a = {.port = WORLD_PORT, .flags = TARN_ADDRESS_NODAD};
    uint8_t seed[32] = {(uint8_t)(end + 1), (uint8_t)p->seed, (uint8_t)(p->seed >> 8)};
    struct pkt *out;

    memset(place[end][0], 0, used[end][0]);
    MUST(tarn_init(&w->st[end], place[end][0], ARENA_BYTES, NULL, seed, w->now) == 0, "no stack");
    parameters(w, end);
    MUST(tarn_port_add(w->st[end], &port, NULL) == WORLD_PORT, "no interface");
    port.up = true;
    MUST(tarn_port_set(w->st[end], WORLD_PORT, &port, w->now, NULL) == 0, "interface stays down");
    a.prefix = (struct tarn_prefix){world_address(p, end), p->six ? 64 : 96 + 24};
    MUST(tarn_address_add(w->st[end], &a, w->now, NULL) == 0, "no address");
    while ((out = tarn_output(w->st[end], WORLD_PORT, w->now)) != NULL)
        pkt_put(w->st[end], out);
}

void world_open(struct world *w, const struct plan *p)
{
    struct pcapng *capture = w->capture;
    struct recorder *rec = w->rec;

    memset(w, 0, sizeof *w);
    opened = w;
    w->rec = rec;
    w->capture = capture;
    w->plan = p;
    w->now = WORLD_S;
    for (unsigned end = 0; end < ENDS; end++) {
        for (unsigned i = 0; i < FLIGHT; i++)
            w->flight[end].spare[i] = (uint16_t)i;
        w->flight[end].n_spare = FLIGHT;
        stack_open(w, end);
    }
}

void world_close(struct world *w)
{
    for (unsigned end = 0; end < ENDS; end++)
        used[end][w->place[end]] = tarn_arena_used(w->st[end]);
}

/* The stack goes on at another address. */
void world_move(struct world *w, unsigned end)
{
    unsigned from = w->place[end], to = !from;
    size_t n = tarn_arena_used(w->st[end]);

    memset(place[end][to], 0, used[end][to]);
    memcpy(place[end][to], place[end][from], n);
    memset(place[end][from], 0xee, n);
    used[end][from] = used[end][to] = n;
    w->place[end] = to;
    w->st[end] = (struct tarn *)(void *)place[end][to];
}

void world_set_mtu(struct world *w, unsigned end, uint16_t mtu)
{
    struct tarn_port_info port;

    if (w->plan->six && mtu < 1280)
        mtu = 1280;
    MUST(tarn_port_get(w->st[end], WORLD_PORT, &port) == 0, "no interface");
    port.mtu = mtu;
    MUST(tarn_port_set(w->st[end], WORLD_PORT, &port, w->now, NULL) == 0, "MTU %u refused", mtu);
}

void world_input(struct world *w, unsigned end, const uint8_t *b, size_t n)
{
    struct pkt *p = pkt_rx_get(w->st[end], n);
    struct tarn_iov iov[2];
    size_t done = 0;
    unsigned pieces;

    if (p == NULL)
        return;
    pieces = pkt_rx_iov(w->st[end], p, iov);
    for (unsigned i = 0; i < pieces && done < n; i++) {
        size_t part = n - done < iov[i].len ? n - done : iov[i].len;

        memcpy(iov[i].base, b + done, part);
        done += part;
    }
    pkt_rx_filled(w->st[end], p, n);
    w->bare_acks = 0;
    w->held += w->stopped[end];
    tarn_input(w->st[end], WORLD_PORT, p, w->now);
}

/* One packet, or the segments of a super-packet, go to the wire. */
static void transmit(struct world *w, unsigned end, struct pkt *p)
{
    static uint8_t b[PACKET_MAX];
    struct tarn *st = w->st[end];

    for (p = pkt_segment(st, p); p != NULL;) {
        struct pkt *next = pkt_at(st, p->next);
        size_t n;

        if (p->csum == PKT_CSUM_PARTIAL)
            pkt_csum_finish(st, p);
        MUST(pkt_len(p) <= PACKET_MAX, "a packet of %u bytes", pkt_len(p));
        n = pkt_copy_out(st, p, 0, b, sizeof b);
        wire_sent(w, end, b, n);
        pkt_put(st, p);
        p = next;
    }
}

static bool collect(struct world *w, unsigned end)
{
    struct tarn_event event;
    struct pkt *p;
    bool any = false;

    while (!w->stopped[end] && (p = tarn_output(w->st[end], WORLD_PORT, w->now)) != NULL) {
        transmit(w, end, p);
        any = true;
    }
    while (tarn_event(w->st[end], &event))
        ;
    return any;
}

static bool tick(struct world *w, unsigned end)
{
    if (tarn_deadline(w->st[end]) > w->now)
        return false;
    w->count++;
    w->bare_acks = 0;
    tarn_tick(w->st[end], w->now);
    return true;
}

static bool has_acted(struct world *w, unsigned end)
{
    bool ticked = tick(w, end);

    return collect(w, end) || ticked;
}

void world_settle(struct world *w)
{
    for (unsigned end = 0; end < ENDS; end++)
        for (unsigned i = 0; has_acted(w, end); i++)
            MUST(i < MOST_AT_ONCE, "end %u always finds something to do", end);
}

void world_advance(struct world *w, tarn_ns until)
{
    for (;;) {
        tarn_ns a = tarn_deadline(w->st[0]), b = tarn_deadline(w->st[1]), next = a < b ? a : b;

        if (next > until)
            break;
        w->now = next > w->now ? next : w->now;
        world_settle(w);
    }
    w->now = until > w->now ? until : w->now;
    w->count++;
    world_settle(w);
}
