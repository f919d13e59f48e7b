/* run/blocking.c - calls that turn the loop until they can go on. */
#include "run/blocking.h"

#include "run/clock.h"
#include "tarn/err.h"

static tarn_ns until(tarn_ns timeout)
{
    tarn_ns now = run_clock();

    return timeout < TARN_NEVER - now ? now + timeout : TARN_NEVER;
}

/* Ready bits of interest, after as many turns as it takes. */
static int ready_by(struct run_stack *s, tarn_sock sock, unsigned want, tarn_ns end)
{
    unsigned ready = tarn_ready(s->st, sock);

    while ((ready & (want | TARN_ERR | TARN_HUP)) == 0) {
        int rc = run_loop_turn(s->loop, end);

        if (rc < 0)
            return rc;
        ready = tarn_ready(s->st, sock);
        if (rc == 0 && run_loop_now(s->loop) >= end)
            break;
    }
    return ready & (want | TARN_ERR | TARN_HUP) ? (int)ready : -TARN_ETIMEDOUT;
}

int run_wait(struct run_stack *s, tarn_sock sock, unsigned want, tarn_ns timeout)
{
    return ready_by(s, sock, want, until(timeout));
}

int run_connect(struct run_stack *s, tarn_sock sock, const struct tarn_addr *peer, tarn_ns timeout)
{
    tarn_ns end = until(timeout);
    int rc = tarn_connect(s->st, sock, peer, run_clock());
    int64_t err = 0;

    if (rc != -TARN_EINPROGRESS)
        return rc;
    rc = ready_by(s, sock, TARN_OUT, end);
    if (rc < 0)
        return rc;
    tarn_getopt(s->st, sock, TARN_SO_ERROR, &err);
    return (int)-err;
}

int run_accept(struct run_stack *s, tarn_sock listener, tarn_sock *out, struct tarn_addr *peer,
               tarn_ns timeout)
{
    tarn_ns end = until(timeout);
    int rc;

    while ((rc = tarn_accept(s->st, listener, out, peer)) == -TARN_EAGAIN) {
        rc = ready_by(s, listener, TARN_IN, end);
        if (rc < 0)
            break;
    }
    return rc;
}

long run_send(struct run_stack *s, tarn_sock sock, const void *buf, size_t n, tarn_ns timeout)
{
    const char *at = buf;
    tarn_ns end = until(timeout);
    size_t sent = 0;
    long rc = 0;

    while (sent < n) {
        rc = tarn_send(s->st, sock, at + sent, n - sent, run_loop_now(s->loop));
        if (rc > 0)
            sent += (size_t)rc;
        else if (rc == -TARN_EAGAIN)
            rc = ready_by(s, sock, TARN_OUT, end);
        if (rc < 0)
            break;
    }
    run_loop_turn(s->loop, 0);
    return sent > 0 || rc >= 0 ? (long)sent : rc;
}

long run_recv(struct run_stack *s, tarn_sock sock, void *buf, size_t n, tarn_ns timeout)
{
    tarn_ns end = until(timeout);
    long rc;

    while ((rc = tarn_recv(s->st, sock, buf, n, run_loop_now(s->loop))) == -TARN_EAGAIN) {
        rc = ready_by(s, sock, TARN_IN, end);
        if (rc < 0)
            break;
    }
    return rc;
}
