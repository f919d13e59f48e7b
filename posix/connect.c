/* posix/connect.c - connect(): at once, in the background, asleep, and again after a failure.
 *
 * As in Linux, a connect in the background is told of once: the first connect() after its end says
 * how it went (0, or the error), the next one says EISCONN, or tries anew.
 *
 * A background connect that fails must wake whoever polls, with all that the kernel would show
 * (IN|OUT|RDHUP|HUP|ERR): our end is closed with its filling unread. The next attempt needs a new
 * pair then, which is put in the place of the caller's descriptor; its duplicates and epoll entries
 * stay with the old one. An attempt that the program sleeps on shows its failure as its result, and
 * keeps the pair.
 *
 * A signal may cost an answer that the kernel has taken from us, and then it makes the call again
 * (SA_RESTART). A connect that nothing could have come before but itself gets the same answer. */
#include "posix/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

static enum posix_verdict result(struct posix_reply *r, int64_t value)
{
    r->result = value;
    return POSIX_ANSWER;
}

/* ---- datagrams: a peer is set, changed or taken away at once ---- */

/* Nobody is this host, also with port 0, which to the stack would undo the connection: C libraries
 * ask so for the source address of 0.0.0.0 and of ::. */
static void name_this_host(struct tarn_addr *to)
{
    static const struct tarn_ip one = {.b = {[15] = 1}};

    if (tarn_ip_is_any(&to->ip) && to->port == 0)
        to->ip = tarn_ip_is4(&to->ip) ? tarn_ip4(INADDR_LOOPBACK) : one;
}

static int connect_dgram(struct socket *so, const struct posix_request *q, tarn_ns now)
{
    struct tarn_addr to = {.ip = tarn_ip4(0)};
    bool undo = name_is_none(&q->address);
    int err = undo ? 0 : name_from_linux(so, &q->address, NAME_CONNECT, &to);

    if (err == 0 && !undo)
        name_this_host(&to);
    if (err == 0)
        err = tarn_connect(so->px->cfg.stack, so->sock, &to, now);
    if (err == 0)
        so->connected = !undo;
    return err;
}

/* ---- streams ---- */

/* Sleep until the handshake ends, or say what the call says that does not wait so long. */
static enum posix_verdict wait_for_it(struct socket *so, const struct posix_request *q,
                                      struct posix_reply *r, int in_time)
{
    struct posix_request held = *q;

    if (q->from.nonblock)
        return result(r, -in_time);
    held.args[0] = in_time;
    return wait_hold(so, &held, r, so->send_timeout_ns);
}

/* Start the handshake and wait for it, or not. */
static enum posix_verdict attempt(struct socket *so, const struct posix_request *q,
                                  struct posix_reply *r, tarn_ns now)
{
    struct tarn_addr to;
    int err = name_from_linux(so, &q->address, NAME_CONNECT, &to);

    /* Nobody has port 0 (RFC 9293 3.1): what a host would answer is dropped, so say it here. */
    if (err == 0 && to.port == 0)
        err = -ECONNREFUSED;
    if (err == 0)
        err = tarn_connect(so->px->cfg.stack, so->sock, &to, now);
    if (err == 0) { /* TCP_FASTOPEN_CONNECT: what the program writes goes with the SYN */
        stream_open(so, now);
        return result(r, 0);
    }
    if (err != -EINPROGRESS)
        return result(r, err);
    so->state = SOCKET_CONNECTING;
    so->unreported = true;
    if (q->from.nonblock)
        socket_was_told(so, q->from.thread, q->from.site);
    return wait_for_it(so, q, r, EINPROGRESS);
}

static enum posix_verdict replace_pair(struct socket *so, struct posix_reply *r)
{
    so->px->in_hand = so;
    r->replace = so->given;
    return POSIX_ANSWER;
}

/* A new pair for an object whose connect has failed. */
static enum posix_verdict attempt_anew(struct socket *so, const struct posix_request *q,
                                       struct posix_reply *r, tarn_ns now)
{
    int err = socket_make_pair(so, q->from.nonblock);

    if (err != 0)
        return result(r, err);
    socket_revive(so);
    if (attempt(so, q, r, now) == POSIX_HOLD)
        return POSIX_HOLD;
    return replace_pair(so, r);
}

/* AF_UNSPEC: the connection is reset, and the socket as good as new. */
static enum posix_verdict disconnect(struct socket *so, const struct posix_request *q,
                                     struct posix_reply *r, tarn_ns now)
{
    int err;

    if (so->state == SOCKET_NEW || so->state == SOCKET_FAILED)
        return result(r, 0);
    wait_fail(so, ECONNABORTED);
    accept_stop(so, now);
    if (so->state == SOCKET_OPEN)
        stream_reset(so, now);
    socket_cut(so, true, now);
    socket_bury(so, SOCKET_GONE, 0, now);
    err = open_in_stack(so);
    if (err == 0)
        err = socket_make_pair(so, q->from.nonblock);
    if (err != 0)
        return result(r, err);
    socket_revive(so);
    return replace_pair(so, r);
}

static enum posix_verdict report_failure(struct socket *so, struct posix_reply *r)
{
    int err = so->error != 0 ? so->error : ECONNABORTED;

    so->unreported = false;
    so->error = 0;
    return result(r, -err);
}

static enum posix_verdict connect_open(struct socket *so, const struct posix_request *q,
                                       struct posix_reply *r)
{
    bool first = so->unreported;

    so->unreported = false;
    if (first)
        socket_was_told(so, q->from.thread, q->from.site);
    else if (!socket_is_told_again(so, q))
        return result(r, -EISCONN);
    return result(r, 0);
}

enum posix_verdict connect_call(struct socket *so, const struct posix_request *q,
                                struct posix_reply *r, tarn_ns now)
{
    if (so->type != SOCK_STREAM)
        return result(r, connect_dgram(so, q, now));
    if (name_is_none(&q->address))
        return disconnect(so, q, r, now);
    switch (so->state) {
    case SOCKET_NEW: return attempt(so, q, r, now);
    case SOCKET_CONNECTING:
        return wait_for_it(so, q, r, socket_is_told_again(so, q) ? EINPROGRESS : EALREADY);
    case SOCKET_OPEN: return connect_open(so, q, r);
    case SOCKET_FAILED: return so->unreported ? report_failure(so, r) : attempt_anew(so, q, r, now);
    default: return result(r, -EISCONN);
    }
}

void connect_done(struct socket *so, const struct posix_reply *r, bool arrived, tarn_ns now)
{
    if (r->replace < 0)
        return;
    if (arrived)
        socket_was_given(so, so->thread, so->fd);
    else
        socket_free(so, now);
}

/* ---- how it ended ---- */

/* Tell the sleeping callers; true if one of them heard. */
static bool tell(struct socket *so, int err)
{
    bool told = false;
    struct waiter *w;

    while ((w = wait_next(so, POSIX_CONNECT)) != NULL) {
        struct posix_reply r = POSIX_REPLY_INIT;
        int32_t thread = w->from.thread;
        int32_t fd = w->from.fd;
        uint64_t site = w->from.site;

        r.result = told && err == 0 ? -EISCONN : err;
        r.replace = so->given;
        if (wait_answer(w, &r) != 0)
            continue;
        if (so->given >= 0)
            socket_was_given(so, thread, fd);
        if (!told && err == 0)
            socket_was_told(so, thread, site);
        told = true;
    }
    return told;
}

static void succeed(struct socket *so, tarn_ns now)
{
    stream_open(so, now);
    if (so->waiters != NULL && tell(so, 0))
        so->unreported = false;
    if (fastopen_tell(so, 0, now))
        so->unreported = false;
    if (so->given >= 0) {
        socket_cut(so, true, now); /* a new pair whose caller was called away by a signal */
        socket_free(so, now);
    }
}

static void fail(struct socket *so, int err, tarn_ns now)
{
    /* Nobody but a sleeping caller could see a pair that was never given. */
    if (so->given >= 0 && so->waiters == NULL) {
        socket_free(so, now);
        return;
    }
    if (so->waiters != NULL && (tell(so, -err) || fastopen_tell(so, -err, now))) {
        so->state = SOCKET_NEW;
        so->unreported = false;
        return;
    }
    socket_bury(so, SOCKET_FAILED, err, now);
}

void connect_event(struct socket *so, unsigned ready, tarn_ns now)
{
    int64_t err = 0;

    if ((ready & (TARN_OUT | TARN_ERR | TARN_HUP)) == 0)
        return;
    tarn_getopt(so->px->cfg.stack, so->sock, TARN_SO_ERROR, &err);
    if (err == 0 && (ready & TARN_OUT) != 0 && (ready & TARN_HUP) == 0)
        succeed(so, now);
    else
        fail(so, err != 0 ? (int)err : ECONNABORTED, now);
}
