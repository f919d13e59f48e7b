/* tcp/user/tcp_user_send.c - SEND (RFC 9293 3.10.2): into the send queue, as much as it takes. */
#include "tcp/user/tcp_user.h"

#include "base/bits.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/open/tcp_open.h"
#include "tcp/send/tcp_send.h"
#include "tcp/tcp_machine.h"
#include "tcp/tcp_queue.h"

/* The application will be told when there is room. */
static void refuse(struct tarn *st, struct tcp_sock *tc)
{
    tc->snd_full = 1;
    sock_ready(st, &tc->sk, 0, TARN_OUT);
}

/* Bytes that may be added to the send queue; 0 also notes that the application waits. */
static uint32_t write_room(struct tarn *st, struct tcp_sock *tc)
{
    uint32_t room = tcp_activate(st, tc, st->now) != NULL ? tcp_sndbuf_room(st, tc) : 0;

    if (tcp_fastopen_is_deferred(st, tc))
        room = min_u32(room, tcp_fastopen_room(st, tc));
    room = min_u32(room, tcp_lowat_room(st, tc));
    if (tcp_memory_is_short(st) && tc->sendq.bytes >= st->param[PARAM_TCP_WMEM_MIN])
        room = 0;
    if (room == 0) {
        tc->snd_blocked = 1;
        refuse(st, tc);
    }
    return room;
}

static struct tcp_grain grain_of(const struct tcp_sock *tc)
{
    return (struct tcp_grain){.bytes = tc->snd_mss, .sent = tc->sendq.bytes - tcp_unsent(tc)};
}

/* No memory for a chunk: asked again by the timer. */
static long starve(struct tarn *st, struct tcp_sock *tc)
{
    tc->starved = 1;
    refuse(st, tc);
    sock_rearm(st, &tc->sk);
    return -TARN_EAGAIN;
}

/* 0, or why nothing can be sent. */
static int may_write(const struct tarn *st, const struct tcp_sock *tc)
{
    if ((tc->sk.flags & SOCK_SHUT_WR) != 0)
        return -TARN_EPIPE;
    if (tcp_in(tc, TCP_S(SYN_SENT) | TCP_S(SYN_RECEIVED)))
        return tcp_fastopen_is_unproven(st, tc) || tcp_fastopen_is_deferred(st, tc) ? 0
                                                                                    : -TARN_EAGAIN;
    return tcp_in(tc, TCP_STATES_SEND) ? 0 : -TARN_EPIPE;
}

/* Send to connect (RFC 7413 4.2.1), where a handshake has not begun. */
static int connect_by_send(struct tarn *st, struct tcp_sock *tc, const struct tarn_msg *m,
                           tarn_ns now)
{
    int err;

    if ((st->param[PARAM_TCP_FASTOPEN] & TCP_FASTOPEN_CLIENT) == 0)
        return -TARN_EOPNOTSUPP;
    if (tcp_fastopen_is_deferred(st, tc))
        return 0;
    if (tcp_in(tc, TCP_S(SYN_SENT) | TCP_S(SYN_RECEIVED)))
        return -TARN_EALREADY;
    if (tc->state != TARN_TCP_CLOSED)
        return tc->state == TARN_TCP_LISTEN ? -TARN_EISCONN : 0;
    if (m->name == NULL)
        return -TARN_EINVAL;
    err = tcp_open_active(st, tc, m->name, true, now);
    return err == -TARN_EINPROGRESS && tcp_fastopen_is_deferred(st, tc) ? 0 : err;
}

/* The first bytes are there, or none will go with the SYN. */
static void end_deferral(struct tarn *st, struct tcp_sock *tc, bool waits)
{
    tcp_fastopen_go(st, tc, waits);
    sock_ready(st, &tc->sk, 0, TARN_OUT);
}

static void wrote(struct tarn *st, struct tcp_sock *tc, unsigned flags, tarn_ns now)
{
    if (tcp_flight(tc) == 0)
        tcp_cc_idle(st, tc, now);
    tc->more = tc->held = (flags & TARN_MSG_MORE) != 0 && st->param[PARAM_TCP_CORK] != 0;
    if ((flags & TARN_MSG_OOB) != 0)
        tcp_urgent_send(st, tc);
    if ((flags & TARN_MSG_EOR) != 0)
        tcp_eor_set(st, tc);
    tcp_settle(st, tc, now);
}

/* Copy into the send queue what it takes. */
static long copy_in(struct tarn *st, struct tcp_sock *tc, const struct tarn_msg *m)
{
    long done = 0;

    for (unsigned i = 0; i < m->n_iov; i++) {
        const struct tarn_iov *v = &m->iov[i];
        size_t at = 0, n = 1;

        for (; at < v->len && n > 0; at += n, done += (long)n) {
            n = min_size(v->len - at, write_room(st, tc));
            n = tcp_queue_write(st, &tc->sendq, (const uint8_t *)v->base + at, n, grain_of(tc));
        }
        if (at < v->len)
            break;
    }
    return done;
}

long tcp_send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);
    int err = (m->flags & TARN_MSG_FASTOPEN) != 0 ? connect_by_send(st, tc, m, now) : 0;
    bool deferred, waits = (m->flags & TARN_MSG_WAITS) != 0;
    long done;

    if (err == 0)
        err = may_write(st, tc);
    if (err < 0)
        return err;
    deferred = tcp_fastopen_is_deferred(st, tc);
    done = copy_in(st, tc, m);
    if (deferred)
        end_deferral(st, tc, waits && (size_t)done < sock_msg_bytes(m));
    if (done > 0 || deferred || ((m->flags & TARN_MSG_OOB) != 0 && sock_msg_bytes(m) == 0))
        wrote(st, tc, m->flags, now);
    if (deferred && done == 0)
        return -TARN_EINPROGRESS;
    if (done > 0 || sock_msg_bytes(m) == 0)
        return done;
    return tc->snd_full ? -TARN_EAGAIN : starve(st, tc);
}

long tcp_send_reserve(struct tarn *st, struct sock *sk, void **at)
{
    struct tcp_sock *tc = tcp_of(sk);
    uint32_t room = 0, limit;
    int err = may_write(st, tc);

    if (err < 0)
        return err;
    limit = write_room(st, tc);
    *at = limit > 0 ? tcp_queue_room(st, &tc->sendq, limit, grain_of(tc), &room) : NULL;
    if (*at == NULL)
        return limit == 0 ? -TARN_EAGAIN : starve(st, tc);
    return (long)min_u32(room, limit);
}

void tcp_send_commit(struct tarn *st, struct sock *sk, size_t n, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);

    if (may_write(st, tc) < 0 || tc->sendq.last == 0)
        return;
    tcp_queue_filled(st, &tc->sendq, (uint32_t)n);
    if (tcp_fastopen_is_deferred(st, tc))
        end_deferral(st, tc, false);
    wrote(st, tc, 0, now);
}
