/* tests/property/open.c - how the applications begin connections. */
#include "tests/property/app.h"
#include "tests/property/record.h"

enum { UNPROVEN_MAX = 3, SYN_BYTES_MAX = 2000 };

static struct side *side_open(struct world *w, unsigned end, unsigned index)
{
    struct side *x = app_side(w, end, index, SIDE_EMPTY);
    enum tarn_family family = w->plan->six ? TARN_INET6 : TARN_INET;

    if (x == NULL)
        return NULL;
    *x = (struct side){.in = -1, .out = -1};
    MUST(tarn_open(w->st[end], family, TARN_STREAM, 0, 0, &x->s) == 0, "no socket");
    record_socket(w, end, x);
    (void)tarn_setopt(w->st[end], x->s, TARN_SO_OOBINLINE, 1, w->now);
    keys_set(w, end, x->s);
    return x;
}

/* To port 0: not bound. */
static bool side_bind(struct world *w, unsigned end, struct side *x, uint16_t port)
{
    struct tarn_addr at = {.port = port};

    MUST(tarn_setopt(w->st[end], x->s, TARN_SO_REUSEADDR, 1, w->now) == 0, "no REUSEADDR");
    if (port == 0)
        return true;
    if (w->plan->six)
        at.ip = (struct tarn_ip){{0}};
    else
        at.ip = tarn_ip4(0);
    return tarn_bind(w->st[end], x->s, &at) == 0;
}

void app_free(struct world *w, unsigned end, struct side *x)
{
    record_call(w, end, "close(%d) = 0", x->fd);
    tarn_close(w->st[end], x->s, w->now);
    *x = (struct side){.kind = SIDE_EMPTY};
}

void app_listen(struct world *w, unsigned end, const struct step *s)
{
    struct side *x;

    if (app_side(w, end, 0, SIDE_LISTENER) != NULL || (x = side_open(w, end, s->index)) == NULL)
        return;
    if (!side_bind(w, end, x, LISTEN_PORT) || tarn_listen(w->st[end], x->s, s->a % 5) != 0) {
        app_free(w, end, x);
        return;
    }
    record_listen(w, end, x, s->a % 5);
    x->kind = SIDE_LISTENER;
    if (w->plan->fastopen == 0)
        return;
    (void)tarn_setopt(w->st[end], x->s, TARN_SO_TCP_FASTOPEN, UNPROVEN_MAX, w->now);
    record_option(w, end, x, TARN_SO_TCP_FASTOPEN, UNPROVEN_MAX);
}

/* With the first bytes of its stream (RFC 7413); the call's answer. */
static long connect_by_send(struct world *w, unsigned end, struct side *x, struct tarn_addr *to,
                            uint32_t n)
{
    const struct written next = {.salt = app_salt(w->n_streams)};
    struct tarn_iov iov = {(void *)(uintptr_t)app_bytes(&next, 0), 1 + n % SYN_BYTES_MAX};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = to, .flags = TARN_MSG_FASTOPEN};
    long done = tarn_sendmsg(w->st[end], x->s, &m, w->now);

    record_fastopen(w, end, x, iov.len, done);
    return done;
}

void app_connect(struct world *w, unsigned end, const struct step *s)
{
    uint16_t local = (s->a & 1) == 0 ? 0 : (uint16_t)(7000 + s->b % 3);
    bool both = (s->a & 3) == 3;
    struct tarn_addr to = {.ip = world_address(w->plan, !end), .port = both ? local : LISTEN_PORT};
    bool by_send = w->plan->fastopen != 0 && w->n_streams < STREAMS && s->b % 2 == 0;
    struct side *x = side_open(w, end, s->index);
    long done;

    if (x == NULL)
        return;
    done = side_bind(w, end, x, local) ? 0 : -TARN_EADDRINUSE;
    if (done == 0)
        done = by_send ? connect_by_send(w, end, x, &to, s->b >> 8)
                       : tarn_connect(w->st[end], x->s, &to, w->now);
    if (done < 0 && done != -TARN_EINPROGRESS) {
        app_free(w, end, x);
        return;
    }
    if (!by_send)
        record_connect(w, end, x);
    app_stream_open(w, end, x);
    if (done > 0)
        w->stream[x->out].written = (uint64_t)done;
}

void app_accept(struct world *w, unsigned end, const struct step *s)
{
    struct side *l = app_side(w, end, s->index, SIDE_LISTENER);
    struct side *x = app_side(w, end, s->index, SIDE_EMPTY);
    tarn_sock got;

    if (l == NULL || tarn_accept(w->st[end], l->s, &got, NULL) != 0)
        return;
    if (x == NULL) {
        tarn_abort(w->st[end], got, w->now);
        return;
    }
    *x = (struct side){.s = got, .has_timeout = l->has_timeout}; /* it is inherited */
    record_accept(w, end, l, x);
    (void)tarn_setopt(w->st[end], x->s, TARN_SO_OOBINLINE, 1, w->now);
    app_stream_open(w, end, x);
}
