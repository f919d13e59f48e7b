/* posix/stream.c - the bytes of a connection, both ways.
 *
 *      program --write--> |pair| --stream_down--> send queue of the stack
 *      program <--read--- |pair| <--stream_up---- receive queue of the stack
 *
 * Down: all that the stack takes; what it does not take stays in the pair and blocks the program,
 * until TARN_OUT. The newest byte is passed on but left in the pair (posix/socket.h: the kept
 * byte), so each round takes the byte kept before, all fresh ones but the last, and looks at the
 * last.
 *
 * Up: as long as less than a quarter of our end's send buffer is in the pair. Above a quarter the
 * kernel would tell us late that there is room again; the rest stays in the stack's receive queue,
 * where small arrivals join, and the peer's window closes. Any piece that is written then fits.
 *
 * Urgent bytes are urgent in the pair as well (the kernel's AF_UNIX has them), so that MSG_OOB,
 * PRI, SIGURG and SIOCATMARK of the program are the kernel's own. Down: a read of ours ends in
 * front of an urgent byte, so the newest byte of a round, looked at and kept, is the one to ask
 * about. Up: the stack's socket leaves them in line, and says when the next one is urgent.
 *
 * Invariant: in OPEN and LEAVING our end holds exactly one byte that was passed on already. */
#include "posix/socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

/* One write into the pair: fits into one kernel buffer, and into what a quarter leaves free. */
enum { PIECE = 64 * 1024 };

/* Bytes (TIOCINQ) or memory (TIOCOUTQ) in the pair. */
static size_t count(int fd, unsigned long what)
{
    int n = 0;

    return ioctl(fd, what, &n) == 0 && n > 0 ? (size_t)n : 0;
}

void stream_make_roomy(struct socket *so, int program_end)
{
    int n = PAIR_BUFFER;

    if (so->roomy || program_end < 0)
        return;
    if (setsockopt(program_end, SOL_SOCKET, SO_SNDBUFFORCE, &n, sizeof n) != 0)
        setsockopt(program_end, SOL_SOCKET, SO_SNDBUF, &n, sizeof n);
    so->roomy = true;
}

static void make_roomy_from_afar(struct socket *so)
{
    const struct posix_host *host = &so->px->cfg.host;
    int fd;

    if (so->given >= 0) {
        stream_make_roomy(so, so->given);
        return;
    }
    fd = host->borrow(host->ctx, so->thread, so->fd, so->cookie);
    stream_make_roomy(so, fd);
    if (fd >= 0)
        close(fd);
}

void stream_open(struct socket *so, tarn_ns now)
{
    size_t n = count(so->end, FIONREAD);
    uint8_t filling[64];

    so->state = SOCKET_OPEN;
    make_roomy_from_afar(so);
    while (n > 1) {
        ssize_t got = recv(so->end, filling, n - 1 < sizeof filling ? n - 1 : sizeof filling, 0);

        if (got <= 0)
            break;
        n -= (size_t)got;
    }
    stream_up(so, now);
}

/* ---- down ---- */

/* At most n fresh bytes to `at`, and how many; see the theory above. The kernel gives fewer at an
 * urgent byte, and at bytes that came with descriptors. 0: the pair is not as it must be. */
static size_t take(struct socket *so, uint8_t *at, size_t n)
{
    uint8_t kept;
    struct iovec v[2] = {{&kept, 1}, {at, n - 1}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = n > 1 ? 2 : 1};
    ssize_t got = recvmsg(so->end, &m, 0);

    return got > 0 && recv(so->end, at + got - 1, 1, MSG_PEEK) == 1 ? (size_t)got : 0;
}

/* Is the first byte in our end an urgent one? */
static bool is_at_mark(int end)
{
    return count(end, SIOCATMARK) != 0;
}

/* The byte that was passed on last. */
static void make_urgent(struct socket *so, tarn_ns now)
{
    struct tarn_msg m = {.flags = TARN_MSG_OOB};

    (void)tarn_sendmsg(so->px->cfg.stack, so->sock, &m, now);
}

/* 1: passed something on, 0: nothing there, or a negative errno of the stack. */
static long pass_down(struct socket *so, tarn_ns now)
{
    struct tarn *st = so->px->cfg.stack;
    size_t n = count(so->end, FIONREAD);
    void *at;
    long room;

    if (n <= 1)
        return 0;
    n--;
    room = tarn_send_reserve(st, so->sock, &at);
    if (room <= 0)
        return room == 0 ? -EAGAIN : room;
    if (n > (size_t)room)
        n = (size_t)room;
    n = take(so, at, n);
    if (n == 0)
        return -EIO;
    tarn_send_commit(st, so->sock, n, now);
    if (so->urgent && is_at_mark(so->end))
        make_urgent(so, now);
    so->px->stats.bytes_out += n;
    so->told_thread = 0;
    return 1;
}

/* The program has closed its direction, and all its bytes are with the stack. */
static void finish_down(struct socket *so, tarn_ns now)
{
    if (so->state == SOCKET_LEAVING) {
        socket_free(so, now);
        return;
    }
    if (so->program_shut && !so->sent_end) {
        so->sent_end = true;
        tarn_shutdown(so->px->cfg.stack, so->sock, TARN_SHUT_WR, now);
    }
}

void stream_down(struct socket *so, tarn_ns now)
{
    long err;

    do
        err = pass_down(so, now);
    while (err > 0);
    if (err == -EAGAIN)
        return;
    if (err == 0)
        finish_down(so, now);
    else if (so->state == SOCKET_LEAVING)
        socket_free(so, now);
    else
        stream_up(so, now); /* the connection is broken; the program reads what came before */
}

enum posix_verdict stream_send(struct socket *so, const struct posix_request *q,
                               struct posix_reply *r, tarn_ns now)
{
    int urgent = q->args[0] & MSG_OOB;
    ssize_t n;

    so->urgent = so->urgent || urgent != 0;
    if ((q->args[0] & MSG_FASTOPEN) != 0 &&
        (so->state == SOCKET_NEW || so->state == SOCKET_CONNECTING))
        return fastopen_send(so, q, r, now);
    if (q->address.len == 0)
        return POSIX_PASS; /* the pair takes urgent bytes, and may wait for room */
    n = send(q->from.end, q->data, q->data_len, urgent | MSG_DONTWAIT | MSG_NOSIGNAL);
    r->result = n >= 0 ? n : -errno;
    return POSIX_ANSWER;
}

/* The pair's recv(MSG_WAITALL) that has bytes takes the error of a reset away unseen. So once the
 * connection is gone, the bytes are read without the flag, and then the error is told. */
enum posix_verdict stream_recv(struct socket *so, const struct posix_request *q,
                               struct posix_reply *r)
{
    struct posix *px = so->px;
    size_t room = q->room < sizeof px->reply ? q->room : sizeof px->reply;
    int flags = (q->args[0] & ~MSG_WAITALL) | MSG_DONTWAIT;
    ssize_t n;

    if (so->state != SOCKET_GONE || so->error == 0 || room == 0)
        return POSIX_PASS;
    n = recv(q->from.end, px->reply, room, flags);
    if (n > 0) {
        r->data = px->reply;
        r->data_len = (uint32_t)n;
        r->result = n;
    } else {
        r->result = -so->error;
        so->error = 0;
    }
    return POSIX_ANSWER;
}

/* ---- up ---- */

/* Room for one piece in the pair now? */
static bool has_room(struct socket *so)
{
    bool room = so->discards || count(so->end, TIOCOUTQ) < PAIR_FLIGHT;

    socket_want_out(so, !room);
    return room;
}

/* The connection is broken. The byte kept in our end makes its closing a reset. */
static void break_up(struct socket *so, int err, tarn_ns now)
{
    socket_bury(so, SOCKET_GONE, err, now);
}

/* As a byte like others on a kernel whose pairs know no urgent ones. */
static ssize_t put(struct socket *so, size_t n, bool urgent)
{
    ssize_t sent = send(so->end, so->px->bytes, n, MSG_NOSIGNAL | (urgent ? MSG_OOB : 0));

    return sent < 0 && errno == EOPNOTSUPP ? send(so->end, so->px->bytes, n, MSG_NOSIGNAL) : sent;
}

static bool is_urgent_next(const struct socket *so)
{
    int64_t at = 0;

    return tarn_getopt(so->px->cfg.stack, so->sock, TARN_SO_ATMARK, &at) == 0 && at != 0;
}

/* 1: passed something on, 0: end of data, or a negative errno. */
static long pass_up(struct socket *so, tarn_ns now)
{
    struct posix *px = so->px;
    bool urgent = is_urgent_next(so);
    long n = tarn_recv(px->cfg.stack, so->sock, px->bytes, urgent ? 1 : PIECE, now);
    ssize_t sent;

    if (n <= 0)
        return n;
    px->stats.bytes_in += (uint64_t)n;
    if (so->discards)
        return 1;
    sent = put(so, (size_t)n, urgent);
    if (sent < 0 && errno == EPIPE) {
        so->discards = true;
        return 1;
    }
    return sent == n ? 1 : -ENOBUFS;
}

void stream_up(struct socket *so, tarn_ns now)
{
    long err = 1;

    if (so->got_end)
        return;
    while (err > 0 && has_room(so))
        err = pass_up(so, now);
    if (err == 0) {
        so->got_end = true;
        shutdown(so->end, SHUT_WR);
    } else if (err < 0 && err != -EAGAIN) {
        break_up(so, (int)-err, now);
    }
}

/* ---- events ---- */

static bool has_unread(const struct socket *so)
{
    int64_t n = 0;

    return tarn_getopt(so->px->cfg.stack, so->sock, TARN_SO_NREAD, &n) == 0 && n > 0;
}

static bool lingers_not(const struct socket *so)
{
    int64_t seconds = -1;

    return tarn_getopt(so->px->cfg.stack, so->sock, TARN_SO_LINGER, &seconds) == 0 && seconds == 0;
}

void stream_reset(struct socket *so, tarn_ns now)
{
    while (pass_down(so, now) > 0)
        ;
    socket_doom(so, now);
}

/* Nobody in the program can reach our end any more, or both its directions are shut. As the
 * kernel's close: a reset when received bytes were not read, else the last bytes go out, then FIN.
 */
void stream_hangup(struct socket *so, bool unread, tarn_ns now)
{
    so->program_shut = true;
    if (!unread && socket_is_held(so)) {
        so->discards = true;
        stream_down(so, now);
        return;
    }
    if (unread || has_unread(so) || lingers_not(so)) {
        stream_reset(so, now);
        socket_free(so, now);
        return;
    }
    so->state = SOCKET_LEAVING;
    stream_down(so, now);
}

static int pending_error(struct socket *so)
{
    int64_t err = 0;

    return tarn_getopt(so->px->cfg.stack, so->sock, TARN_SO_ERROR, &err) == 0 ? (int)err : 0;
}

void stream_event(struct socket *so, unsigned ready, tarn_ns now)
{
    uint64_t id = so->id;
    struct posix *px = so->px;

    if (so->state == SOCKET_LEAVING) {
        if ((ready & TARN_ERR) != 0)
            socket_free(so, now);
        else
            stream_down(so, now);
        return;
    }
    if ((ready & TARN_ERR) != 0 && so->got_end) {
        int err = pending_error(so);

        break_up(so, err != 0 ? err : ECONNRESET, now);
        return;
    }
    stream_up(so, now);
    if (socket_of_id(px, id) == so && so->state == SOCKET_OPEN && (ready & TARN_OUT) != 0)
        stream_down(so, now);
}
