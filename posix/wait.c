/* posix/wait.c - calls that sleep: accept, connect, and datagrams with a name.
 *
 * A held call ends by an answer, by its time limit (SO_RCVTIMEO, SO_SNDTIMEO), with its socket, or
 * by a signal, which nobody tells us: then the answer fails and the next in line gets it. */
#include "posix/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void arm(struct posix *px, struct waiter *w, tarn_ns deadline)
{
    w->deadline = deadline;
    w->next_timed = px->timed;
    w->at_timed = &px->timed;
    if (w->next_timed != NULL)
        w->next_timed->at_timed = &w->next_timed;
    px->timed = w;
}

static void disarm(struct waiter *w)
{
    if (w->at_timed == NULL)
        return;
    *w->at_timed = w->next_timed;
    if (w->next_timed != NULL)
        w->next_timed->at_timed = w->at_timed;
    w->at_timed = NULL;
}

static void take_out(struct waiter *w)
{
    struct waiter **at = &w->so->waiters;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    disarm(w);
    free(w);
}

/* A signal may have ended calls of the same thread, or of any. A call that the kernel restarts
 * after a handler keeps its time limit, which is returned; 0: it had none, or this is a new call.
 */
static tarn_ns drop_stale(struct socket *so, const struct posix_request *q)
{
    const struct posix_host *host = &so->px->cfg.host;
    tarn_ns deadline = 0;
    struct waiter *w, *next;

    for (w = so->waiters; w != NULL; w = next) {
        bool same = w->from.thread == q->from.thread;

        next = w->next;
        if (same && w->call == q->call && w->at_timed != NULL)
            deadline = w->deadline;
        if (same || !host->waiting(host->ctx, w->from.token))
            take_out(w);
    }
    return deadline;
}

static void keep_message(struct waiter *w, const struct posix_request *q)
{
    w->data_len = q->data_len;
    w->control_len = q->control_len;
    if (q->data_len > 0)
        memcpy(w->data, q->data, q->data_len);
    if (q->control_len > 0)
        memcpy(w->data + q->data_len, q->control, q->control_len);
}

enum posix_verdict wait_hold(struct socket *so, const struct posix_request *q,
                             struct posix_reply *r, uint64_t timeout_ns)
{
    bool sends = q->call == POSIX_SEND;
    struct waiter *w = calloc(1, sizeof *w + (sends ? q->data_len + q->control_len : 0));
    struct waiter **at = &so->waiters;
    tarn_ns deadline;

    if (w == NULL) {
        r->result = -ENOMEM;
        return POSIX_ANSWER;
    }
    deadline = drop_stale(so, q);
    w->so = so;
    w->call = q->call;
    w->from = q->from;
    w->flags = q->args[0];
    w->wish = (struct dgram_wish){q->args[0], q->room, q->control_room};
    w->address = q->address;
    if (sends)
        keep_message(w, q);
    if (timeout_ns != 0)
        arm(so->px, w, deadline != 0 ? deadline : so->px->cfg.clock() + timeout_ns);
    while (*at != NULL)
        at = &(*at)->next;
    *at = w;
    return POSIX_HOLD;
}

struct waiter *wait_first(struct socket *so, enum posix_call call)
{
    const struct posix_host *host = &so->px->cfg.host;
    struct waiter *w = so->waiters;

    while (w != NULL) {
        struct waiter *next = w->next;

        if (w->call == call && host->waiting(host->ctx, w->from.token))
            return w;
        if (w->call == call)
            take_out(w);
        w = next;
    }
    return NULL;
}

struct waiter *wait_next(struct socket *so, enum posix_call call)
{
    struct waiter *w = so->waiters;

    while (w != NULL && w->call != call)
        w = w->next;
    return w;
}

int wait_answer(struct waiter *w, struct posix_reply *r)
{
    struct posix *px = w->so->px;
    int err = px->cfg.host.answer(px->cfg.host.ctx, w->from.token, r);

    px->stats.calls++;
    if (err != 0)
        px->stats.calls_undone++;
    take_out(w);
    return err;
}

void wait_fail(struct socket *so, int err)
{
    while (so->waiters != NULL) {
        struct posix_reply r = POSIX_REPLY_INIT;

        r.result = -err;
        wait_answer(so->waiters, &r);
    }
}

tarn_ns wait_deadline(const struct posix *px)
{
    tarn_ns first = TARN_NEVER;

    for (const struct waiter *w = px->timed; w != NULL; w = w->next_timed) {
        if (w->deadline < first)
            first = w->deadline;
    }
    return first;
}

void wait_tick(struct posix *px, tarn_ns now)
{
    struct waiter *w, *next;

    for (w = px->timed; w != NULL; w = next) {
        struct posix_reply r = POSIX_REPLY_INIT;

        next = w->next_timed;
        if (w->deadline > now)
            continue;
        r.result = w->call == POSIX_CONNECT ? -w->flags : -EAGAIN;
        wait_answer(w, &r);
    }
}
