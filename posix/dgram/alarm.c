/* posix/dgram/alarm.c - POLLERR for programs that ask for extended errors.
 *
 * No end of a seqpacket pair can be made to poll ERR and go on living. One of a datagram pair can:
 * its peer, with something unread, connects elsewhere, and the kernel tells the end ECONNRESET;
 * what is on its way to the program stays. So when a program sets IP_RECVERR, its socket gets a
 * datagram pair in the place of the descriptor that the call names (other descriptors of it stay
 * with the old pair), both ends with a name of the kernel's choosing:
 *
 *      ring     our end leaves, sends itself a message, comes back, leaves again (ERR), comes back
 *      hush     SO_ERROR of the program's end, read: during every request, and for good when
 * nothing is left to tell
 *
 * Nobody tells a datagram pair's end of the other's close. So we look: before every request and ten
 * times a second, by connecting to the name of the program's end once more, which changes nothing
 * while it is there.
 *
 * A datagram that the program writes while our end is away for the second time is lost. */
#include "posix/dgram/dgram.h"

#include <errno.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

enum { LOOK_NS = 100000000 };

struct end_name {
    struct sockaddr_un at;
    socklen_t len;
};

static int join(int end, const struct end_name *to)
{
    return connect(end, (const struct sockaddr *)&to->at, to->len) == 0 ? 0 : -errno;
}

static void leave(int end)
{
    static const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

    (void)connect(end, &nowhere, sizeof nowhere);
}

static int peer_name(int end, struct end_name *out)
{
    out->len = sizeof out->at;
    return getpeername(end, (struct sockaddr *)&out->at, &out->len) == 0 ? 0 : -errno;
}

static int own_name(int end, struct end_name *out)
{
    out->len = sizeof out->at;
    return getsockname(end, (struct sockaddr *)&out->at, &out->len) == 0 ? 0 : -errno;
}

static bool is_ringing(int program_end)
{
    struct pollfd p = {.fd = program_end};

    return poll(&p, 1, 0) > 0 && (p.revents & POLLERR) != 0;
}

void alarm_ring(struct socket *so)
{
    struct end_name own, program;

    if (own_name(so->end, &own) != 0 || peer_name(so->end, &program) != 0)
        return;
    leave(so->end);
    (void)sendto(so->end, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&own.at, own.len);
    (void)join(so->end, &program);
    leave(so->end);
    (void)join(so->end, &program);
}

/* An error that is not there any more has been told by a plain read or write. */
void alarm_hush(struct socket *so, int program_end)
{
    socklen_t len = sizeof(int);
    int taken;

    if (is_ringing(program_end))
        (void)getsockopt(program_end, SOL_SOCKET, SO_ERROR, &taken, &len);
    else
        so->error = 0;
}

void alarm_settle(struct socket *so, int program_end)
{
    bool due = so->error != 0 || (tarn_ready(so->px->cfg.stack, so->sock) & TARN_ERR) != 0;

    if (due && !is_ringing(program_end))
        alarm_ring(so);
}

/* ---- the new pair ---- */

static void keep_time_limits(int from, int to)
{
    static const int limits[] = {SO_RCVTIMEO, SO_SNDTIMEO};

    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct timeval tv;
        socklen_t len = sizeof tv;

        if (getsockopt(from, SOL_SOCKET, limits[i], &tv, &len) == 0)
            (void)setsockopt(to, SOL_SOCKET, limits[i], &tv, len);
    }
}

static int name_ends(const struct socket *so)
{
    static const struct sockaddr any = {.sa_family = AF_UNIX};

    if (bind(so->end, &any, sizeof any.sa_family) != 0 ||
        bind(so->given, &any, sizeof any.sa_family) != 0)
        return -errno;
    return 0;
}

/* What the program has not read yet goes over to the other pair; origins stay as they are. */
static void move_unread(struct socket *so, int from, int to)
{
    uint8_t *bytes = so->px->bytes;
    ssize_t n;

    while ((n = recv(from, bytes, POSIX_DATA_MAX, MSG_DONTWAIT)) >= 0)
        if (send(to, bytes, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) != n)
            return;
}

static void put_back(struct socket *so, const struct pair_in_hand *old)
{
    so->alarmed = false;
    if (so->given >= 0)
        move_unread(so, so->given, old->end);
    socket_take_pair(so, old->end, old->cookie);
}

int alarm_install(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    struct posix *px = so->px;
    const struct pair_in_hand old = {so->end, so->cookie};
    int err;

    if (so->alarmed || so->type == SOCK_STREAM || so->end < 0)
        return 0;
    dgram_down(so, px->cfg.clock());
    so->alarmed = true;
    err = socket_make_pair(so, q->from.nonblock);
    if (err == 0)
        err = name_ends(so);
    if (err != 0) {
        put_back(so, &old);
        return err;
    }
    keep_time_limits(q->from.end, so->given);
    (void)origin_sync(so, q->from.end);
    move_unread(so, q->from.end, so->end);
    px->in_hand = so;
    px->in_hand_pair = old;
    r->replace = so->given;
    return 0;
}

void alarm_installed(struct socket *so, const struct posix_request *q, bool arrived)
{
    struct posix *px = so->px;

    if (!arrived) {
        put_back(so, &px->in_hand_pair);
        return;
    }
    close(px->in_hand_pair.end);
    socket_was_given(so, q->from.thread, q->from.fd);
    px->n_alarmed++;
    px->look_at = px->cfg.clock() + LOOK_NS;
}

/* ---- has the program closed? ---- */

static bool is_abandoned(struct socket *so)
{
    struct end_name program;

    return peer_name(so->end, &program) != 0 || join(so->end, &program) == -ECONNREFUSED;
}

void alarm_look(struct posix *px, tarn_ns now)
{
    for (uint32_t i = 0; i < px->n_slots && px->n_alarmed > 0; i++) {
        struct socket *so = px->slots[i].so;

        if (so == NULL || !so->alarmed || so->given >= 0 || !is_abandoned(so))
            continue;
        dgram_down(so, now);
        socket_free(so, now);
    }
    px->look_at = px->n_alarmed > 0 ? now + LOOK_NS : TARN_NEVER;
}
