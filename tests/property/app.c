/* tests/property/app.c - what the applications do, and what they may see: every byte once, in
 * order, an end only where the writer has ended in an orderly way, an error only for a reason. */
#include <stdlib.h>
#include <string.h>

#include "tests/property/app.h"
#include "tests/property/record.h"

enum { PERIOD = 65521, BUFFER = 1 << 17 };

static uint8_t bulk[PERIOD + BUFFER];
static uint8_t buffer[BUFFER];

static void bulk_fill(void)
{
    uint64_t state = 1;

    for (size_t i = 0; i < PERIOD; i++)
        bulk[i] = (uint8_t)(plan_draw(&state) >> 56);
    memcpy(bulk + PERIOD, bulk, PERIOD);
    memcpy(bulk + 2 * (size_t)PERIOD, bulk, BUFFER - PERIOD);
}

const uint8_t *app_bytes(const struct written *x, uint64_t at)
{
    if (bulk[1] == 0 && bulk[2] == 0)
        bulk_fill();
    return bulk + (x->salt + at) % PERIOD;
}

const struct tcp_sock *app_tcp(const struct world *w, unsigned end, tarn_sock s)
{
    const struct sock *sk = sock_find(w->st[end], s);

    return sk != NULL ? tcp_of_const(sk) : NULL;
}

static unsigned slot_of(const struct world *w, unsigned end, const struct side *x)
{
    return (unsigned)(x - w->side[end]);
}

struct side *app_side(struct world *w, unsigned end, unsigned index, enum side_kind kind)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        struct side *x = &w->side[end][(index + i) % SLOTS];

        if (x->kind == kind)
            return x;
    }
    return NULL;
}

/* Streams -------------------------------------------------------------------------------------- */

uint32_t app_salt(unsigned i)
{
    return i * 7919u;
}

void app_stream_open(struct world *w, unsigned end, struct side *x)
{
    const struct tcp_sock *tc = app_tcp(w, end, x->s);
    struct written *o = &w->stream[w->n_streams];

    x->kind = SIDE_CONNECTION;
    x->in = x->out = -1;
    if (w->n_streams == STREAMS)
        return; /* it writes nothing */
    *o = (struct written){.end = (uint8_t)end,
                          .slot = (uint8_t)slot_of(w, end, x),
                          .s = x->s,
                          .local = tc->sk.local.port,
                          .remote = tc->sk.remote.port,
                          .iss = tc->iss.v,
                          .salt = app_salt(w->n_streams)};
    x->out = (int)w->n_streams++;
}

/* The other's stream, once the handshake has told which it is. */
static void stream_find(struct world *w, unsigned end, struct side *x)
{
    const struct tcp_sock *tc = app_tcp(w, end, x->s);

    if (x->in >= 0 || tc == NULL || !tc->was_connected)
        return;
    for (unsigned i = w->n_streams; i-- > 0;) {
        const struct written *o = &w->stream[i];

        if (o->end != end && o->iss == tc->irs.v && o->local == tc->sk.remote.port &&
            o->remote == tc->sk.local.port) {
            x->in = (int)i;
            return;
        }
    }
}

static bool stream_lives(const struct world *w, const struct written *o)
{
    const struct tcp_sock *tc = o->gone ? NULL : app_tcp(w, o->end, o->s);

    return tc != NULL && tc->state != TARN_TCP_CLOSED;
}

/* A call has answered `err`. */
static void failed(struct world *w, unsigned end, struct side *x, long err)
{
    const struct written *in = x->in >= 0 ? &w->stream[x->in] : NULL;

    x->failed = true;
    if (x->out >= 0)
        w->stream[x->out].gone = true;
    switch (err) {
    case -TARN_ECONNRESET:
        MUST(in == NULL || !stream_lives(w, in), "end %u: reset, though nobody has closed", end);
        break;
    case -TARN_EPIPE:
    case -TARN_ENOTCONN:
    case -TARN_ECONNREFUSED: break;
    case -TARN_ETIMEDOUT:
        MUST(!w->calm || x->has_timeout || w->was_error || in == NULL || !stream_lives(w, in),
             "end %u: timed out on a good wire", end);
        break;
    default: MUST(w->was_error, "end %u: error %ld, though no ICMP has come", end, err); break;
    }
}

/* Writing -------------------------------------------------------------------------------------- */

static void wrote(struct world *w, unsigned end, struct side *x, long n)
{
    const struct tcp_sock *tc = app_tcp(w, end, x->s);
    bool shut = x->shut_wr && n == -TARN_EPIPE && tc->state != TARN_TCP_CLOSED;

    if (n > 0)
        w->stream[x->out].written += (uint64_t)n;
    else if (n < 0 && n != -TARN_EAGAIN && !shut)
        failed(w, end, x, n);
}

static void send_some(struct world *w, unsigned end, struct side *x, const struct step *s)
{
    static const unsigned flags[8] = {[5] = TARN_MSG_MORE, [7] = TARN_MSG_OOB};
    const struct written *o = &w->stream[x->out];
    size_t n = s->a % 65536, half = n / 2;
    const uint8_t *at = app_bytes(o, o->written);
    struct tarn_iov iov[2] = {{(void *)(uintptr_t)at, half},
                              {(void *)(uintptr_t)(at + half), n - half}};
    struct tarn_msg m = {.iov = iov, .n_iov = 2, .flags = flags[s->b % 8]};
    long done = tarn_sendmsg(w->st[end], x->s, &m, w->now);

    MUST(done <= (long)n, "%ld bytes of %zu taken", done, n);
    record_send(w, end, x, n, m.flags, done);
    wrote(w, end, x, done);
}

static void write_some(struct world *w, unsigned end, struct side *x, const struct step *s)
{
    const struct written *o = &w->stream[x->out];
    void *at;
    long n = tarn_send_reserve(w->st[end], x->s, &at);

    if (n > 0) {
        n = n < (long)(s->a % 65536) ? n : (long)(s->a % 65536);
        memcpy(at, app_bytes(o, o->written), (size_t)n);
        tarn_send_commit(w->st[end], x->s, (size_t)n, w->now);
        record_send(w, end, x, (size_t)n, 0, n);
    }
    wrote(w, end, x, n);
}

/* Reading -------------------------------------------------------------------------------------- */

static void compare(struct world *w, unsigned end, const struct side *x, const uint8_t *got,
                    size_t n)
{
    const struct written *in = &w->stream[x->in >= 0 ? x->in : 0];
    const uint8_t *want = app_bytes(in, x->read);

    MUST(x->in >= 0, "end %u reads %zu bytes that nobody has written", end, n);
    MUST(x->read + n <= in->written, "end %u reads %llu bytes of %llu", end,
         (unsigned long long)(x->read + n), (unsigned long long)in->written);
    for (size_t i = 0; memcmp(got, want, n) != 0 && i < n; i++)
        MUST(got[i] == want[i], "end %u: byte %llu of the stream is another", end,
             (unsigned long long)(x->read + i));
}

static void at_end(struct world *w, unsigned end, struct side *x)
{
    const struct written *in = x->in >= 0 ? &w->stream[x->in] : NULL;

    x->ended = true;
    if (x->shut_rd || x->failed)
        return;
    MUST(in != NULL, "end %u: the end of a stream that nobody has opened", end);
    MUST(in->finished, "end %u: an end, though nobody has ended", end);
    MUST(in->written == x->read, "end %u: an end after %llu bytes of %llu", end,
         (unsigned long long)x->read, (unsigned long long)in->written);
}

static long borrow(struct world *w, unsigned end, struct side *x, size_t want)
{
    const void *at;
    long n = tarn_recv_loan(w->st[end], x->s, &at);

    if (n <= 0)
        return n;
    n = n < (long)want ? n : (long)want;
    compare(w, end, x, at, (size_t)n);
    tarn_recv_return(w->st[end], x->s, (size_t)n, w->now);
    return n;
}

static long receive(struct world *w, unsigned end, struct side *x, size_t want, unsigned flags)
{
    struct tarn_iov iov[2] = {{buffer, want / 3}, {buffer + want / 3, want - want / 3}};
    struct tarn_msg m = {.iov = iov, .n_iov = 2, .flags = flags};
    long n = tarn_recvmsg(w->st[end], x->s, &m, w->now);

    MUST(n <= (long)want, "%ld bytes read of %zu", n, want);
    if (n > 0)
        compare(w, end, x, buffer, (size_t)n);
    return n;
}

static void read_some(struct world *w, unsigned end, struct side *x, const struct step *s)
{
    size_t want = 1 + s->a % 65536;
    long n;

    stream_find(w, end, x);
    n = s->b % 8 == 7 ? receive(w, end, x, want, TARN_MSG_PEEK) : 1;
    if (n > 0)
        n = s->b % 4 == 1 ? borrow(w, end, x, want) : receive(w, end, x, want, 0);
    record_read(w, end, x, want, n);
    if (n > 0)
        x->read += (uint64_t)n;
    else if (n == 0)
        at_end(w, end, x);
    else if (n != -TARN_EAGAIN)
        failed(w, end, x, n);
}

/* Ending --------------------------------------------------------------------------------------- */

static void shut(struct world *w, unsigned end, struct side *x, unsigned how)
{
    const struct tcp_sock *tc = app_tcp(w, end, x->s);
    bool opening = tc != NULL && tc->state == TARN_TCP_SYN_SENT;
    int err;

    if (opening)
        return; /* that would end the attempt: CLOSE does it too */
    err = tarn_shutdown(w->st[end], x->s, (enum tarn_shutdown)how, w->now);
    record_call(w, end, "shutdown(%d, %s) = %s", x->fd,
                how == TARN_SHUT_RD   ? "SHUT_RD"
                : how == TARN_SHUT_WR ? "SHUT_WR"
                                      : "SHUT_RDWR",
                err == 0 ? "0" : "-1 ENOTCONN (Transport endpoint is not connected)");
    if (err != 0)
        return;
    x->shut_wr |= how != TARN_SHUT_RD;
    x->shut_rd |= how != TARN_SHUT_WR;
    if (x->shut_wr && x->out >= 0)
        w->stream[x->out].finished = true;
}

/* Is what was received and not read lost, or does the socket not linger? Then it is a reset. */
static void end_side(struct world *w, unsigned end, struct side *x, bool abort)
{
    const struct tcp_sock *tc = app_tcp(w, end, x->s);

    if (x->out >= 0) {
        struct written *o = &w->stream[x->out];

        o->gone = true;
        o->finished |= !abort && tc != NULL && tc->recvq.bytes == 0 && tc->linger_s != 0 &&
                       tcp_in(tc, TCP_STATES_SEND | TCP_S(SYN_RECEIVED));
    }
    if (!abort) {
        app_free(w, end, x);
        return;
    }
    tarn_abort(w->st[end], x->s, w->now);
    *x = (struct side){.kind = SIDE_EMPTY};
}

/* Options -------------------------------------------------------------------------------------- */

static void set_option(struct world *w, unsigned end, struct side *x, const struct step *s)
{
    static const struct {
        enum tarn_opt opt;
        uint32_t least, range;
    } rows[] = {
        {TARN_SO_TCP_NODELAY, 0, 2},
        {TARN_SO_TCP_CORK, 0, 2},
        {TARN_SO_TCP_QUICKACK, 0, 2},
        {TARN_SO_RCVBUF, 2304, 60000},
        {TARN_SO_SNDBUF, 4608, 60000},
        {TARN_SO_KEEPALIVE, 0, 2},
        {TARN_SO_TCP_KEEPIDLE, 1, 100},
        {TARN_SO_TCP_KEEPINTVL, 1, 20},
        {TARN_SO_TCP_KEEPCNT, 1, 5},
        {TARN_SO_TCP_USER_TIMEOUT, 0, 60000},
        {TARN_SO_LINGER, 0, 3},
        {TARN_SO_TCP_LINGER2, 1, 100},
        {TARN_SO_TCP_WINDOW_CLAMP, 4096, 60000},
        {TARN_SO_TCP_NOTSENT_LOWAT, 1, 60000},
        {TARN_SO_RCVLOWAT, 1, 5000},
        {TARN_SO_TCP_MAXSEG, 536, 900},
        {TARN_SO_TCP_DEFER_ACCEPT, 0, 3},
    };
    unsigned i = s->a % (sizeof rows / sizeof rows[0]);
    int64_t value = rows[i].least + s->b % rows[i].range;

    if (rows[i].opt == TARN_SO_RCVBUF || rows[i].opt == TARN_SO_SNDBUF)
        value &= ~INT64_C(1); /* Linux doubles what a script says */

    /* A SYN cookie does not remember the buffer that its listener had. */
    if (x->kind == SIDE_LISTENER && rows[i].opt == TARN_SO_RCVBUF)
        return;
    if (tarn_setopt(w->st[end], x->s, rows[i].opt, value, w->now) != 0)
        return;
    record_option(w, end, x, (int)rows[i].opt, value);
    x->has_timeout |= rows[i].opt == TARN_SO_TCP_USER_TIMEOUT || rows[i].opt == TARN_SO_KEEPALIVE;
}

static void set_cc(struct world *w, unsigned end, struct side *x, uint32_t which)
{
    const char *name = plan_cc[which % 3];

    if (tarn_set_cc(w->st[end], x->s, name, strlen(name)) == 0)
        record_call(w, end, "setsockopt(%d, SOL_TCP, TCP_CONGESTION, \"%s\", %zu) = 0", x->fd, name,
                    strlen(name));
}

/* Steps ---------------------------------------------------------------------------------------- */

static bool any_step(struct world *w, struct side *x, const struct step *s)
{
    switch (s->kind) {
    case STEP_OPTION: set_option(w, s->end, x, s); return true;
    case STEP_CLOSE: end_side(w, s->end, x, false); return true;
    case STEP_ABORT: end_side(w, s->end, x, true); return true;
    default: return false;
    }
}

static bool connection_step(struct world *w, struct side *x, const struct step *s)
{
    stream_find(w, s->end, x);
    switch (s->kind) {
    case STEP_READ: read_some(w, s->end, x, s); return true;
    case STEP_SHUTDOWN: shut(w, s->end, x, s->a % 3); return true;
    case STEP_CONTROL: set_cc(w, s->end, x, s->a); return true;
    case STEP_KEY: keys_choose(w, s->end, x, s->a, s->b); return true;
    case STEP_SEND:
        if (x->out >= 0)
            send_some(w, s->end, x, s);
        return true;
    case STEP_WRITE:
        if (x->out >= 0)
            write_some(w, s->end, x, s);
        return true;
    default: return any_step(w, x, s);
    }
}

bool app_step(struct world *w, const struct step *s)
{
    struct side *x;

    w->count++;
    w->bare_acks = 0;
    switch (s->kind) {
    case STEP_LISTEN: app_listen(w, s->end, s); return true;
    case STEP_CONNECT: app_connect(w, s->end, s); return true;
    case STEP_ACCEPT: app_accept(w, s->end, s); return true;
    default: break;
    }
    x = app_side(w, s->end, s->index, SIDE_CONNECTION);
    if (x != NULL && (s->index % 8 != 0 || s->kind < STEP_CLOSE))
        return connection_step(w, x, s);
    x = app_side(w, s->end, s->index, SIDE_LISTENER);
    return x == NULL || any_step(w, x, s);
}

/* The end of a history ------------------------------------------------------------------------- */

void app_calm(struct world *w)
{
    w->calm = true;
    w->stopped[0] = w->stopped[1] = false;
    for (unsigned end = 0; end < ENDS; end++)
        for (unsigned i = 0; i < SLOTS; i++) {
            struct side *x = &w->side[end][i];
            const struct tcp_sock *tc = x->kind == SIDE_CONNECTION ? app_tcp(w, end, x->s) : NULL;

            if (tc != NULL)
                x->has_timeout |= tc->state == TARN_TCP_CLOSED || tc->retries + tc->probes > 0;
        }
}

static void finish_one(struct world *w, unsigned end, struct side *x)
{
    static const struct step all = {.a = 65535};
    const struct tcp_sock *tc = app_tcp(w, end, x->s);
    uint64_t before;

    if (!x->shut_wr && tc != NULL && tcp_in(tc, TCP_STATES_SYNCHRONISED | TCP_S(SYN_RECEIVED)))
        shut(w, end, x, TARN_SHUT_WR);
    world_settle(w);
    do {
        before = x->read;
        if (!x->ended && !x->failed)
            read_some(w, end, x, &all);
        w->bare_acks = 0;
        world_settle(w);
    } while (x->read != before);
}

/* The other has given up while nothing passed, or its reset was lost: it will never say so. */
static bool is_alone(const struct world *w, unsigned end, const struct side *x)
{
    if (x->in >= 0)
        return !stream_lives(w, &w->stream[x->in]);
    return w->flight[0].n + w->flight[1].n == 0 && app_tcp(w, end, x->s)->was_connected;
}

bool app_finish(struct world *w)
{
    static const struct step any = {.kind = STEP_ACCEPT};
    bool over = true;

    for (unsigned end = 0; end < ENDS; end++) {
        for (unsigned i = 0; i < SLOTS; i++)
            app_accept(w, end, &any);
        for (unsigned i = 0; i < SLOTS; i++) {
            struct side *x = &w->side[end][i];

            if (x->kind != SIDE_CONNECTION)
                continue;
            finish_one(w, end, x);
            over &= x->ended || x->failed || is_alone(w, end, x);
        }
    }
    return over;
}

void app_close_all(struct world *w)
{
    for (unsigned end = 0; end < ENDS; end++)
        for (unsigned i = 0; i < SLOTS; i++)
            if (w->side[end][i].kind != SIDE_EMPTY)
                end_side(w, end, &w->side[end][i], false);
}
