/* tests/fuzz/tcp_state_fuzz.c - segments into each state of TCP. The first byte of the input
 * chooses the state, the second what was agreed in the handshake, and whether a third chooses what
 * signs the segments; then come steps: segments whose numbers are distances from the edges of the
 * windows, with any flags and options, ICMP errors, calls of the application, and time. Parameters
 * change before: no connection asks itself what a change makes due. In the end all is closed, and
 * after hours nothing is left. */
#include "tests/fuzz/check.h"
#include "tests/fuzz/tcp_signed.h"

#include "core/stack.h"
#include "tests/unit/tcp/invariants.h"

enum { MOST_BYTES = 1200, MOST_TICKS = 200000, MOST_AT_ONCE = 1000, OPTION_BYTES = 40 };

static _Alignas(64) uint8_t arena[PEER_ARENA];
static size_t used;

void test_fail(const char *file, int line, const char *format, ...)
{
    check_failed(file, line, format);
}

void test_check_eq(const char *file, int line, const char *what, long long got, long long want)
{
    if (got != want)
        check_failed(file, line, what);
}

static const enum tarn_tcp_state states[] = {
    TARN_TCP_CLOSED,      TARN_TCP_LISTEN,     TARN_TCP_SYN_SENT,   TARN_TCP_SYN_RECEIVED,
    TARN_TCP_ESTABLISHED, TARN_TCP_FIN_WAIT_1, TARN_TCP_FIN_WAIT_2, TARN_TCP_CLOSE_WAIT,
    TARN_TCP_CLOSING,     TARN_TCP_LAST_ACK,   TARN_TCP_TIME_WAIT,
};

/* The connection's record; NULL: it has none (any more). */
static const struct tcp_sock *record_of(const struct peer *p)
{
    const struct sock *sk = p->has_socket ? sock_find(p->st, p->s) : NULL;

    return sk != NULL ? tcp_of_const(sk) : NULL;
}

/* A parameter of TCP; out of its range it is refused. Without window probes a connection whose peer
 * has shut its window does not end. */
static void parameter(struct peer *p, struct cursor *in)
{
    static const char *const name[] = {
#define X(id, name, ...) name,
#include "core/param.def"
#undef X
    };
    const char *which = name[cur_u8(in) % (sizeof name / sizeof name[0])];
    uint8_t shift = cur_u8(in) % 20;
    int64_t value = (int64_t)cur_u8(in) << shift;

    if (strncmp(which, "tcp.", 4) == 0 && strcmp(which, "tcp.window-probes") != 0)
        (void)tarn_param_set(p->st, which, value);
}

/* Segments ----------------------------------------------------------------------------------- */

/* Distances, to both sides. */
static uint32_t far(struct cursor *in)
{
    int16_t n = (int16_t)cur_u16(in);

    return (uint32_t)n;
}

static uint32_t near(struct cursor *in)
{
    int8_t n = (int8_t)cur_u8(in);

    return (uint32_t)n;
}

static tcp_seq sequence(const struct peer *p, const struct tcp_sock *tc, struct cursor *in)
{
    uint8_t how = cur_u8(in);
    uint32_t delta = (how & 8) != 0 ? far(in) : (uint32_t)(int8_t)(how >> 4);
    tcp_seq base = seq_add(p->irs, PEER_NXT);

    if (tc != NULL && tc->state != TARN_TCP_SYN_SENT)
        base = (how & 3) == 1 ? tc->rcv_adv : tc->rcv_nxt;
    return (how & 3) == 2 ? seq_add(p->irs, delta) : seq_add(base, delta);
}

static tcp_seq acknowledgement(const struct peer *p, const struct tcp_sock *tc, struct cursor *in)
{
    uint8_t how = cur_u8(in);
    uint32_t delta = (how & 8) != 0 ? far(in) : (uint32_t)(int8_t)(how >> 4);
    tcp_seq base = seq_add(p->iss, STACK_NXT);

    if (tc != NULL)
        base = (how & 3) == 1 ? tc->snd_una : tc->snd_nxt;
    return (how & 3) == 2 ? seq_add(p->iss, delta) : seq_add(base, delta);
}

/* AccECN's, where there is room for them. */
static void counters(struct tcp_opts *o, struct cursor *in)
{
    uint8_t how = cur_u8(in);

    o->ecn.order1 = (how & 1) != 0;
    o->ecn.n = how >> 1 & 3;
    for (unsigned i = 0; i < o->ecn.n; i++)
        o->ecn.field[i] = cur_u16(in) * (1u << (how >> 3 & 7));
    o->has_ecn = true;
    o->has_ecn = tcp_fits(o);
}

/* SACK blocks near what is in flight, timestamps near what was seen, the rest of the handshake. */
static void options(const struct peer *p, struct tcp_hdr *h, struct cursor *in)
{
    uint8_t which = cur_u8(in);

    h->opts.has_mss = (which & 1) != 0;
    h->opts.has_wscale = (which & 2) != 0;
    h->opts.sack_permitted = (which & 4) != 0;
    h->opts.has_timestamps = ((which & 8) != 0) != p->timestamps;
    h->opts.mss = h->opts.has_mss ? cur_u16(in) : 0;
    h->opts.wscale = h->opts.has_wscale ? cur_u8(in) : 0;
    if (h->opts.has_timestamps && (which & 16) != 0) {
        h->opts.ts_value = p->ts_value + far(in);
        h->opts.ts_echo = p->ts_echo + near(in);
    }
    h->opts.n_sack = which >> 5 & 3;
    for (unsigned i = 0; i < h->opts.n_sack; i++) {
        h->opts.sack[i].start = seq_add(h->ack, far(in));
        h->opts.sack[i].end = seq_add(h->opts.sack[i].start, cur_u8(in) * 16u);
    }
    if ((which & 128) != 0)
        counters(&h->opts, in);
}

/* Options as the input has them: any kind, any length. */
static void raw_segment(struct peer *p, const struct tcp_hdr *h, struct cursor *in)
{
    static uint8_t packet[128];
    size_t n = cur_u8(in) % (OPTION_BYTES + 1) / 4 * 4, bytes = TCP_HEADER_BYTES + n;
    struct tcp_hdr plain = *h;
    uint8_t *l4 = packet + peer_ip_header(p, packet, 0, bytes);

    plain.opts = (struct tcp_opts){.n_sack = 0};
    (void)tcp_build(l4, &plain);
    l4[12] = (uint8_t)((bytes / 4) << 4 | (l4[12] & 1));
    memset(l4 + TCP_HEADER_BYTES, 0, n);
    cur_copy(in, l4 + TCP_HEADER_BYTES, n < cur_left(in) ? n : cur_left(in));
    store_be16(l4 + TCP_CHECKSUM_OFFSET, 0);
    store_be16(l4 + TCP_CHECKSUM_OFFSET,
               sum_finish(sum_partial(l4, bytes, peer_pseudo(p, true, (uint32_t)bytes))));
    peer_put(p, packet, (size_t)(l4 - packet) + bytes);
}

static void segment(struct peer *p, struct cursor *in)
{
    const struct tcp_sock *tc = record_of(p);
    uint8_t with = cur_u8(in);
    struct tcp_hdr h = peer_header(p, (cur_u8(in) ^ TCP_ACK) | (with & 128u) << 1, 0, 0);

    h.seq = sequence(p, tc, in);
    h.ack = acknowledgement(p, tc, in);
    h.window = (with & 1) != 0 ? cur_u16(in) : h.window;
    h.urgent = (with & 2) != 0 ? cur_u16(in) : 0;
    if ((with & 4) != 0)
        options(p, &h, in);
    if ((with & 24) == 24)
        raw_segment(p, &h, in);
    else
        peer_send_header(p, &h, with >> 5 & 3, (with & 8) != 0 ? cur_u16(in) % MOST_BYTES : 0);
}

/* Errors about a segment near what is in flight. */
static void error_about(struct peer *p, struct cursor *in)
{
    static const uint8_t kinds[2][8][2] = {
        {{3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}, {3, 4}, {3, 13}, {11, 0}},
        {{1, 0}, {1, 1}, {1, 3}, {1, 4}, {2, 0}, {2, 0}, {3, 0}, {4, 1}}};
    const struct tcp_sock *tc = record_of(p);
    const uint8_t *kind = kinds[p->six][cur_u8(in) % 8];
    uint8_t quoted[8];

    store_be16(quoted, p->stack_port);
    store_be16(quoted + 2, PEER_PORT);
    store_be32(quoted + 4, seq_add(tc != NULL ? tc->snd_una : p->iss, near(in)).v);
    peer_error(p, kind, cur_u16(in), quoted);
}

/* The application ---------------------------------------------------------------------------- */

static void option(struct peer *p, tarn_sock s, struct cursor *in)
{
    enum tarn_opt opt = (enum tarn_opt)(cur_u8(in) % TARN_SO_N);
    int64_t value = (int16_t)cur_u16(in);
    struct tarn_tcp_info info;

    (void)tarn_setopt(p->st, s, opt, value, p->now);
    (void)tarn_getopt(p->st, s, opt, &value);
    (void)tarn_tcp_info(p->st, s, &info, p->now);
}

static void end(struct peer *p, struct cursor *in)
{
    uint8_t how = cur_u8(in) % 5;

    if (how < 3) {
        (void)tarn_shutdown(p->st, p->s, (enum tarn_shutdown)how, p->now);
        return;
    }
    if (how == 3)
        tarn_close(p->st, p->s, p->now);
    else
        tarn_abort(p->st, p->s, p->now);
    p->has_socket = false;
}

static void call(struct peer *p, struct cursor *in)
{
    static uint8_t text[20000];
    size_t n = cur_u16(in) % sizeof text;
    struct tarn_iov iov = {text, n};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1};
    struct tarn_addr to = {.ip = p->six ? peer_six : tarn_ip4(PEER_IP), .port = PEER_PORT};
    const void *loan;

    switch (cur_u8(in) % 7) {
    case 0:
        m.flags = cur_u8(in);
        m.name = &to; /* for a send that connects */
        REQUIRE(tarn_sendmsg(p->st, p->s, &m, p->now) <= (long)n);
        break;
    case 1:
        m.flags = cur_u8(in) & ~(unsigned)TARN_MSG_TRUNC;
        REQUIRE(tarn_recvmsg(p->st, p->s, &m, p->now) <= (long)n);
        break;
    case 2:
        if (tarn_recv_loan(p->st, p->s, &loan) >= (long)n)
            tarn_recv_return(p->st, p->s, n, p->now);
        break;
    case 3: option(p, p->s, in); break;
    case 4: option(p, p->listener, in); break;
    case 5: end(p, in); break;
    default:
        if (!p->has_socket && p->has_listener)
            p->has_socket = tarn_accept(p->st, p->listener, &p->s, NULL) == 0;
        break;
    }
}

/* Time --------------------------------------------------------------------------------------- */

static void settle(struct peer *p)
{
    struct tarn_event event;

    tarn_tick(p->st, p->now);
    peer_drain(p);
    while (tarn_event(p->st, &event))
        ;
}

static void pass(struct peer *p, tarn_ns ns)
{
    tarn_ns until = p->now + ns, due;
    unsigned ticks = 0, at_once = 0;

    while ((due = tarn_deadline(p->st)) <= until) {
        at_once = due > p->now ? 0 : at_once + 1;
        p->now = due > p->now ? due : p->now;
        settle(p);
        REQUIRE(++ticks < MOST_TICKS && at_once < MOST_AT_ONCE);
    }
    p->now = until;
    settle(p);
}

static void check_nothing_left(struct peer *p)
{
    struct tarn_usage u;

    if (p->has_socket)
        tarn_close(p->st, p->s, p->now);
    if (p->has_listener)
        tarn_close(p->st, p->listener, p->now);
    (void)tarn_param_set(p->st, "tcp.orphan-retries", 8); /* 255 would take longer than we wait */
    settle(p);
    pass(p, 4 * 3600 * PEER_S);
    tarn_usage(p->st, &u);
    REQUIRE(u.sockets == 0 && u.time_wait == 0 && u.undelivered == 0);
    REQUIRE(u.packets == 0 && u.chunks == 0 && u.chunk_bytes == 0);
    REQUIRE(p->st->bugs == 0 && p->st->drop[DROP_BUG] == 0);
}

static void step(struct peer *p, struct cursor *in)
{
    uint8_t kind = cur_u8(in);

    if (kind < 144)
        segment(p, in);
    else if (kind < 208)
        call(p, in);
    else if (kind < 248)
        pass(p, (tarn_ns)cur_u8(in) << cur_u8(in) % 34);
    else
        error_about(p, in);
    p->ts_value += kind & 3;
    settle(p);
    check_stack(p->st, p->now, p->now);
}

/* States ------------------------------------------------------------------------------------- */

enum { N_STATES = sizeof states / sizeof states[0], N_AGREED = 16, SIGNED = 16 };

/* A stack that has reached its state: a value, so it is made once and copied for each input. */
static struct start {
    struct peer p;
    uint8_t *bytes;
    size_t n;
} starts[MANNERS][N_STATES][N_AGREED];

static void make_start(struct start *s, enum tarn_tcp_state state, unsigned agreed, unsigned manner)
{
    memset(arena, 0, used);
    peer_open(&s->p, arena, (agreed & 1) != 0);
    choose_manner(&s->p, manners[manner]);
    s->p.timestamps = (agreed & 2) != 0;
    s->p.scaling = (agreed & 4) != 0;
    s->p.sack = (agreed & 8) != 0;
    peer_reach(&s->p, state);
    used = s->n = tarn_arena_used(s->p.st);
    s->bytes = malloc(s->n);
    REQUIRE(s->bytes != NULL);
    memcpy(s->bytes, arena, s->n);
}

static struct peer begin(uint8_t state, uint8_t agreed, unsigned manner)
{
    struct start *s = &starts[manner][state % N_STATES][agreed % N_AGREED];

    if (s->bytes == NULL)
        make_start(s, states[state % N_STATES], agreed % N_AGREED, manner);
    memcpy(arena, s->bytes, s->n);
    if (used > s->n)
        memset(arena + s->n, 0, used - s->n);
    return s->p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct cursor in = cur_init(data, n);
    uint8_t state = cur_u8(&in), agreed = cur_u8(&in);
    unsigned manner = (agreed & SIGNED) != 0 ? cur_u8(&in) % MANNERS : 0;
    struct peer p = begin(state, agreed, manner);

    for (unsigned i = agreed >> 5; i > 0; i--)
        parameter(&p, &in);
    while (cur_left(&in) > 0)
        step(&p, &in);
    check_nothing_left(&p);
    used = tarn_arena_used(p.st);
    return 0;
}
