/* posix/dgram/dgram.c - datagrams, both ways.
 *
 * Datagrams without a name travel through the pair, one message each. Where a datagram in the pair
 * came from is kept here, in a ring in the order of the pair; a caught recvfrom reads the program's
 * end itself and finds by the lengths how many of the ring are still unread, for the program may
 * have read others without a name.
 *
 * An error of a connected socket (ECONNREFUSED) is an empty message in the pair: it wakes whoever
 * polls, and a caught recvfrom reports it. A plain read sees an empty datagram (docs/programs.md).
 */
#include "posix/socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* The least memory that a message in the pair counts as, and so a bound for their number. */
enum { MESSAGE_LEAST = 512, ORIGINS = PAIR_FLIGHT / MESSAGE_LEAST };

/* ---- the ring of origins ---- */

static struct origin *origin_at(struct socket *so, unsigned i)
{
    return &so->origin[(so->origin_first + i) % ORIGINS];
}

static void drop_origins(struct socket *so, unsigned n)
{
    so->origin_first = (so->origin_first + n) % ORIGINS;
    so->n_origins -= n;
}

static size_t flight(const struct socket *so)
{
    int n = 0;

    return ioctl(so->end, TIOCOUTQ, &n) == 0 && n > 0 ? (size_t)n : 0;
}

/* Forget those that cannot be in the pair any more. */
static void trim_origins(struct socket *so, size_t in_flight)
{
    unsigned most = (unsigned)(in_flight / MESSAGE_LEAST);

    if (so->n_origins > most)
        drop_origins(so, so->n_origins - most);
}

/* Forget exactly those that were read. False: the pair is empty. */
static bool sync_origins(struct socket *so, int program_end)
{
    char byte;
    int unread = 0;
    unsigned n = 0;
    int64_t sum = 0;
    ssize_t head = recv(program_end, &byte, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);

    if (head < 0 || ioctl(program_end, FIONREAD, &unread) != 0) {
        drop_origins(so, so->n_origins);
        return false;
    }
    while (n < so->n_origins && sum < unread)
        sum += origin_at(so, so->n_origins - ++n)->len;
    if (head == 0 && n < so->n_origins)
        n++;
    drop_origins(so, so->n_origins - n);
    return so->n_origins > 0;
}

/* Put one message into the pair. False: it is lost, as in any full queue. */
static bool push(struct socket *so, const void *data, const struct origin *from)
{
    if (so->origin == NULL)
        so->origin = calloc(ORIGINS, sizeof *so->origin);
    if (so->origin == NULL || so->n_origins == ORIGINS)
        return false;
    if (send(so->end, data, from->len, MSG_NOSIGNAL) != (ssize_t)from->len)
        return false;
    *origin_at(so, so->n_origins++) = *from;
    return true;
}

static void push_error(struct socket *so, int err)
{
    struct origin mark = {.from = {.ip = tarn_ip4(0)}, .err = err};

    so->error = err;
    if (so->connected)
        push(so, "", &mark);
}

/* ---- from the program ---- */

static long stack_send(struct socket *so, const void *data, size_t n, struct tarn_addr *to,
                       tarn_ns now)
{
    struct tarn_iov v = {.base = (void *)(uintptr_t)data, .len = n};
    struct tarn_msg m = {.iov = &v, .n_iov = 1, .name = to};
    long sent = tarn_sendmsg(so->px->cfg.stack, so->sock, &m, now);

    if (sent > 0)
        so->px->stats.bytes_out += (uint64_t)sent;
    return sent;
}

static bool program_has_closed(const struct socket *so)
{
    struct pollfd p = {.fd = so->end, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP)) != 0;
}

/* A write without a peer has nowhere to go: it is dropped (docs/programs.md). */
void dgram_down(struct socket *so, tarn_ns now)
{
    struct posix *px = so->px;

    while ((tarn_ready(px->cfg.stack, so->sock) & TARN_OUT) != 0) {
        ssize_t n = recv(so->end, px->bytes, POSIX_DATA_MAX, 0);
        long err = 0;

        if (n < 0 || (n == 0 && program_has_closed(so)))
            return;
        if (so->connected)
            err = stack_send(so, px->bytes, (size_t)n, NULL, now);
        if (err < 0 && err != -EAGAIN)
            push_error(so, (int)-err);
    }
}

enum posix_verdict dgram_send_call(struct socket *so, const struct posix_request *q,
                                   struct posix_reply *r, tarn_ns now)
{
    struct tarn_addr to;
    int err = name_from_linux(so, &q->address, NAME_SEND, &to);

    dgram_down(so, now);
    r->result = err != 0 ? err : stack_send(so, q->data, q->data_len, &to, now);
    if (r->result == -EAGAIN && !q->from.nonblock && (q->args[0] & MSG_DONTWAIT) == 0)
        return wait_hold(so, q, r, so->send_timeout_ns);
    return POSIX_ANSWER;
}

static void send_for_waiters(struct socket *so, tarn_ns now)
{
    struct waiter *w;

    while ((w = wait_first(so, POSIX_SEND)) != NULL) {
        struct posix_reply r = POSIX_REPLY_INIT;
        struct tarn_addr to;

        name_from_linux(so, &w->address, NAME_SEND, &to);
        r.result = stack_send(so, w->data, w->data_len, &to, now);
        if (r.result == -EAGAIN)
            return;
        wait_answer(w, &r);
    }
}

/* ---- to the program ---- */

static void describe(struct socket *so, struct posix_reply *r, const void *data,
                     const struct origin *from, uint32_t room, int flags)
{
    r->data = data;
    r->data_len = from->len < room ? from->len : room;
    r->result = (flags & MSG_TRUNC) != 0 ? from->len : r->data_len;
    r->msg_flags = from->len > room ? MSG_TRUNC : 0;
    name_to_linux(so, &from->from, &r->address);
}

/* A sleeping recvfrom takes a datagram without the detour through the pair. */
static bool give_to_waiter(struct socket *so, const struct origin *from)
{
    struct waiter *w;

    while (so->waiters != NULL && (w = wait_first(so, POSIX_RECV)) != NULL) {
        struct posix_reply r = POSIX_REPLY_INIT;
        bool peek = (w->flags & MSG_PEEK) != 0;

        describe(so, &r, so->px->bytes, from, w->room, w->flags);
        if (wait_answer(w, &r) == 0 && !peek)
            return true;
    }
    return false;
}

static void fail_waiter(struct socket *so, int err)
{
    struct waiter *w = wait_first(so, POSIX_RECV);
    struct posix_reply r = POSIX_REPLY_INIT;

    r.result = -err;
    if (w == NULL || wait_answer(w, &r) != 0)
        push_error(so, err);
}

static bool has_room(struct socket *so)
{
    size_t in_flight = flight(so);
    bool room = in_flight < PAIR_FLIGHT;

    trim_origins(so, in_flight);
    socket_want_out(so, !room);
    return room && so->n_origins < ORIGINS;
}

void dgram_up(struct socket *so, tarn_ns now)
{
    struct posix *px = so->px;

    while (has_room(so)) {
        struct tarn_iov v = {.base = px->bytes, .len = POSIX_DATA_MAX};
        struct origin from = {.err = 0};
        struct tarn_msg m = {.iov = &v, .n_iov = 1, .name = &from.from};
        long n = tarn_recvmsg(px->cfg.stack, so->sock, &m, now);

        if (n == -EAGAIN)
            return;
        if (n < 0) {
            fail_waiter(so, (int)-n);
            return;
        }
        px->stats.bytes_in += (uint64_t)n;
        from.len = (uint32_t)n;
        if (!give_to_waiter(so, &from))
            push(so, px->bytes, &from);
    }
}

/* The oldest message of the pair, which there is. */
static void read_pair(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    struct posix *px = so->px;
    bool peek = (q->args[0] & MSG_PEEK) != 0;
    struct origin from = *origin_at(so, 0);
    ssize_t n =
        recv(q->from.end, px->reply, sizeof px->reply, MSG_DONTWAIT | (peek ? MSG_PEEK : 0));

    if (n < 0) {
        r->result = -errno;
        return;
    }
    if (!peek || from.err != 0)
        drop_origins(so, 1);
    if (from.err != 0) {
        if (peek)
            (void)recv(q->from.end, px->reply, sizeof px->reply, MSG_DONTWAIT);
        so->error = 0;
        r->result = -from.err;
        return;
    }
    from.len = (uint32_t)n;
    describe(so, r, px->reply, &from, q->room, q->args[0]);
    px->in_hand = peek ? NULL : so;
    px->in_hand_origin = from;
}

enum posix_verdict dgram_recv_call(struct socket *so, const struct posix_request *q,
                                   struct posix_reply *r, tarn_ns now)
{
    (void)now;
    if ((q->args[0] & MSG_ERRQUEUE) != 0) {
        r->result = -EAGAIN;
    } else if (sync_origins(so, q->from.end)) {
        read_pair(so, q, r);
    } else if (so->error != 0) {
        r->result = -so->error;
        so->error = 0;
    } else if (q->from.nonblock || (q->args[0] & MSG_DONTWAIT) != 0) {
        r->result = -EAGAIN;
    } else {
        return wait_hold(so, q, r, so->receive_timeout_ns);
    }
    return POSIX_ANSWER;
}

void dgram_forget_error(struct socket *so, int program_end)
{
    char byte;

    if (!sync_origins(so, program_end) || origin_at(so, 0)->err == 0)
        return;
    drop_origins(so, 1);
    (void)recv(program_end, &byte, 1, MSG_DONTWAIT);
}

void dgram_unread(struct socket *so)
{
    push(so, so->px->reply, &so->px->in_hand_origin);
}

void dgram_event(struct socket *so, unsigned ready, tarn_ns now)
{
    if ((ready & (TARN_IN | TARN_ERR)) != 0)
        dgram_up(so, now);
    if ((ready & TARN_OUT) != 0) {
        send_for_waiters(so, now);
        dgram_down(so, now);
    }
}
