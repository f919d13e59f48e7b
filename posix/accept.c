/* posix/accept.c - listen() and accept().
 *
 * Connections are taken from the stack as they complete, up to the backlog, and queued here; for
 * each the listener's pair carries one byte, so the program's descriptor is readable exactly as
 * long as some wait, and every arrival is an edge. accept takes the byte out before its answer; if
 * the answer comes too late, byte and connection go back.
 *
 * Invariant: bytes in the listener's pair, towards the program, = connections in the queue. */
#include "posix/socket.h"

#include <errno.h>
#include <unistd.h>

enum { BACKLOG_MAX = 4096 };

int listen_call(struct socket *so, int backlog)
{
    int err;

    if (so->type != SOCK_STREAM)
        return -EOPNOTSUPP;
    if (so->state != SOCKET_NEW && so->state != SOCKET_LISTENING)
        return -EINVAL;
    so->backlog = backlog < 0 || backlog > BACKLOG_MAX ? BACKLOG_MAX : (unsigned)backlog;
    err = tarn_listen(so->px->cfg.stack, so->sock, so->backlog);
    if (err == 0)
        so->state = SOCKET_LISTENING;
    return err;
}

/* ---- the queue ---- */

static void push_last(struct socket *listener, struct socket *so)
{
    so->next_queued = NULL;
    *listener->queue_end = so;
    listener->queue_end = &so->next_queued;
    listener->n_queued++;
}

static void push_first(struct socket *listener, struct socket *so)
{
    so->next_queued = listener->queue;
    if (listener->queue == NULL)
        listener->queue_end = &so->next_queued;
    listener->queue = so;
    listener->n_queued++;
}

static struct socket *pop_first(struct socket *listener)
{
    struct socket *so = listener->queue;

    if (so == NULL)
        return NULL;
    listener->queue = so->next_queued;
    if (listener->queue == NULL)
        listener->queue_end = &listener->queue;
    listener->n_queued--;
    return so;
}

static void ring(struct socket *listener)
{
    (void)send(listener->end, "", 1, MSG_NOSIGNAL);
}

static void unring(int program_end)
{
    char byte;

    (void)recv(program_end, &byte, 1, MSG_DONTWAIT);
}

/* ---- one connection ---- */

/* Give it a pair, ready for the program. 0 or a negative errno. */
static int prepare(struct socket *so, int flags, tarn_ns now)
{
    int err;

    if (so->given >= 0) /* an earlier accept was undone */
        return 0;
    err = socket_make_pair(so, (flags & SOCK_NONBLOCK) != 0);
    if (err == 0)
        stream_open(so, now);
    return err;
}

static void describe(struct socket *so, int flags, struct posix_reply *r)
{
    name_to_linux(so, &so->peer, &r->address);
    r->give = so->given;
    r->give_cloexec = (flags & SOCK_CLOEXEC) != 0;
}

/* The next connection that can be given, out of the queue; the listener's byte is gone. */
static struct socket *take(struct socket *listener, int program_end, int flags,
                           struct posix_reply *r, tarn_ns now)
{
    struct socket *so = pop_first(listener);
    int err;

    if (so == NULL)
        return NULL;
    err = prepare(so, flags, now);
    if (err != 0) {
        push_first(listener, so);
        r->result = err;
        return NULL;
    }
    unring(program_end);
    describe(so, flags, r);
    return so;
}

void accept_done(struct socket *taken, const struct posix_reply *r, bool arrived, int32_t thread)
{
    struct socket *listener = taken->listener;

    if (arrived) {
        taken->listener = NULL;
        socket_was_given(taken, thread, r->given);
        return;
    }
    push_first(listener, taken);
    ring(listener);
}

/* One more connection from the stack, if there is one and the backlog allows. */
static bool take_in(struct socket *listener)
{
    struct posix *px = listener->px;
    tarn_sock s;
    struct tarn_addr peer = {.ip = tarn_ip4(0)};
    struct socket *so;

    if (listener->n_queued > listener->backlog ||
        tarn_accept(px->cfg.stack, listener->sock, &s, &peer) != 0)
        return false;
    so = socket_new(px, listener->family, SOCK_STREAM, listener->protocol);
    if (so == NULL) {
        tarn_abort(px->cfg.stack, s, px->cfg.clock());
        return false;
    }
    so->state = SOCKET_WAITING;
    so->sock = s;
    so->peer = peer;
    so->listener = listener;
    so->kept = listener->kept & KEPT_OOBINLINE;
    tarn_set_user(px->cfg.stack, s, so->id);
    push_last(listener, so);
    ring(listener);
    return true;
}

enum posix_verdict accept_call(struct socket *so, const struct posix_request *q,
                               struct posix_reply *r, tarn_ns now)
{
    if (so->type != SOCK_STREAM)
        r->result = -EOPNOTSUPP;
    else if (so->state != SOCKET_LISTENING || (q->args[0] & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
        r->result = -EINVAL;
    if (r->result != 0)
        return POSIX_ANSWER;
    so->px->in_hand = take(so, q->from.end, q->args[0], r, now);
    while (take_in(so))
        ;
    if (so->px->in_hand != NULL || r->result != 0)
        return POSIX_ANSWER;
    if (!q->from.nonblock)
        return wait_hold(so, q, r, so->receive_timeout_ns);
    r->result = -EAGAIN;
    return POSIX_ANSWER;
}

/* ---- arrivals ---- */

static void serve_waiters(struct socket *listener, tarn_ns now)
{
    const struct posix_host *host = &listener->px->cfg.host;
    struct waiter *w;

    while (listener->queue != NULL && (w = wait_first(listener, POSIX_ACCEPT)) != NULL) {
        struct posix_reply r = POSIX_REPLY_INIT;
        int32_t thread = w->from.thread;
        int end = host->borrow(host->ctx, thread, w->from.fd, listener->cookie);
        struct socket *so = take(listener, end, w->flags, &r, now);
        bool arrived = wait_answer(w, &r) == 0;

        if (so != NULL)
            accept_done(so, &r, arrived, thread);
        if (end >= 0)
            close(end);
    }
}

void accept_event(struct socket *so, tarn_ns now)
{
    while (take_in(so))
        serve_waiters(so, now);
}

void accept_stop(struct socket *so, tarn_ns now)
{
    struct socket *waiting;

    while ((waiting = pop_first(so)) != NULL) {
        socket_cut(waiting, true, now);
        socket_free(waiting, now);
    }
}
