/* posix/dgram/dgram.c - datagrams to the program.
 *
 * A datagram travels through the pair as one message. What goes with it beside its bytes is kept
 * here (origin.c); a caught recvfrom or recvmsg reads the program's end itself and finds what
 * belongs to it. A call that sleeps takes the next one without the detour. */
#include "posix/dgram/dgram.h"

#include <errno.h>

void dgram_describe(struct socket *so, struct posix_reply *r, const void *data,
                    const struct origin *from, const struct dgram_wish *wish)
{
    r->data = data;
    r->data_len = from->len < wish->room ? from->len : wish->room;
    r->result = (wish->flags & MSG_TRUNC) != 0 ? from->len : r->data_len;
    r->msg_flags = from->len > wish->room ? MSG_TRUNC : 0;
    name_to_linux(so, &from->from, &r->address);
    control_tell(so, from, wish->control_room, r);
}

static bool give_to_waiter(struct socket *so, const void *data, const struct origin *from)
{
    struct waiter *w;

    while (so->waiters != NULL && (w = wait_first(so, POSIX_RECV)) != NULL) {
        struct posix_reply r = POSIX_REPLY_INIT;
        bool peek = (w->wish.flags & MSG_PEEK) != 0;

        dgram_describe(so, &r, data, from, &w->wish);
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
        error_push(so, err);
}

void dgram_deliver(struct socket *so, const void *data, const struct origin *from)
{
    if (!give_to_waiter(so, data, from))
        origin_push(so, data, from);
}

bool dgram_has_room(struct socket *so)
{
    bool room = origin_trim(so) < PAIR_FLIGHT;

    socket_want_out(so, !room);
    return room && !origin_is_full(so);
}

/* ICMP_FILTER: by the type behind the IP header, as far as a word has bits for it. */
static bool is_filtered(const struct socket *so, const uint8_t *packet, size_t n)
{
    size_t header = n > 0 ? 4u * (packet[0] & 15u) : 0;

    if (so->icmp_filter == 0 || header >= n || packet[header] >= 32)
        return false;
    return (so->icmp_filter >> packet[header] & 1) != 0;
}

void dgram_up(struct socket *so, tarn_ns now)
{
    struct posix *px = so->px;

    if (so->netlink != NULL) {
        netlink_up(so, now);
        return;
    }
    while (dgram_has_room(so)) {
        struct tarn_iov v = {.base = px->bytes, .len = POSIX_DATA_MAX};
        struct origin from = {.err = 0};
        struct tarn_msg m = {.iov = &v, .n_iov = 1, .name = &from.from, .info = &from.info};
        long n = tarn_recvmsg(px->cfg.stack, so->sock, &m, now);

        if (n == -EAGAIN)
            return;
        if (n < 0) {
            fail_waiter(so, (int)-n);
            if (so->alarm_due)
                dgram_down(so, now);
            return;
        }
        if (is_filtered(so, px->bytes, (size_t)n))
            continue;
        px->stats.bytes_in += (uint64_t)n;
        from.len = (uint32_t)n;
        dgram_deliver(so, px->bytes, &from);
    }
}

/* The oldest message of the pair, which there is. */
static void read_pair(struct socket *so, const struct posix_request *q, struct posix_reply *r)
{
    const struct dgram_wish wish = {q->args[0], q->room, q->control_room};
    struct posix *px = so->px;
    bool peek = (q->args[0] & MSG_PEEK) != 0;
    struct origin from = *origin_first(so);
    ssize_t n =
        recv(q->from.end, px->reply, sizeof px->reply, MSG_DONTWAIT | (peek ? MSG_PEEK : 0));

    if (n < 0) {
        r->result = -errno;
        return;
    }
    if (!peek || from.err != 0)
        origin_drop_first(so);
    if (from.err != 0) {
        if (peek)
            (void)recv(q->from.end, px->reply, sizeof px->reply, MSG_DONTWAIT);
        so->error = 0;
        r->result = -from.err;
        return;
    }
    from.len = (uint32_t)n;
    dgram_describe(so, r, px->reply, &from, &wish);
    px->in_hand = peek ? NULL : so;
    px->in_hand_origin = from;
}

/* A call that wants no name reads the pair itself, unless it is to hear of ancillary data, or that
 * it has no room for them. */
static bool is_plain(const struct socket *so, const struct posix_request *q)
{
    return !so->alarmed && !q->wants_name && (so->kept & KEPT_WANTED) == 0;
}

enum posix_verdict dgram_recv_call(struct socket *so, const struct posix_request *q,
                                   struct posix_reply *r, tarn_ns now)
{
    if ((q->args[0] & MSG_ERRQUEUE) != 0) {
        error_recv(so, q, r, now);
    } else if (is_plain(so, q)) {
        return POSIX_PASS;
    } else if (so->alarmed && so->error != 0) { /* as in Linux, before what has come */
        r->result = -so->error;
        so->error = 0;
    } else if (origin_sync(so, q->from.end)) {
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

void dgram_unread(struct socket *so)
{
    origin_push(so, so->px->reply, &so->px->in_hand_origin);
}

void dgram_event(struct socket *so, unsigned ready, tarn_ns now)
{
    if ((ready & (TARN_IN | TARN_ERR)) != 0)
        dgram_up(so, now);
    if ((ready & TARN_OUT) != 0) {
        dgram_send_for_waiters(so, now);
        dgram_down(so, now);
    }
}
