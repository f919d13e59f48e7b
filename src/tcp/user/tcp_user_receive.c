/* tcp/user/tcp_user_receive.c - RECEIVE (RFC 9293 3.10.3): out of the receive queue, by copy or by
 * loan. */
#include "tcp/user/tcp_user.h"

#include "base/bits.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/tcp_machine.h"
#include "tcp/tcp_queue.h"

/* Why there is nothing to read: 0 = the end of the stream. */
static long nothing(const struct tcp_sock *tc)
{
    if (tc->fin_received || (tc->sk.flags & SOCK_SHUT_RD) != 0)
        return 0;
    if (tc->state == TARN_TCP_CLOSED || tc->state == TARN_TCP_LISTEN)
        return tc->was_connected ? 0 : -TARN_ENOTCONN;
    return -TARN_EAGAIN;
}

void tcp_readable(struct tarn *st, struct tcp_sock *tc)
{
    if (tcp_urgent_readable(st, tc) < max_u32(tc->rcv_lowat, 1) && nothing(tc) == -TARN_EAGAIN)
        sock_ready(st, &tc->sk, 0, TARN_IN);
}

/* After reading: is there more, and has the window room for an update? */
static void was_read(struct tarn *st, struct tcp_sock *tc, uint32_t n, tarn_ns now)
{
    tcp_readable(st, tc);
    tcp_read_space(st, tc, n, now);
    tcp_settle(st, tc, now);
}

/* Copy up to what the message takes, from the front of the queue; stops at an urgent mark. */
static uint32_t copy_out(struct tarn *st, struct tcp_sock *tc, const struct tarn_msg *m, bool peek)
{
    uint32_t limit = tcp_urgent_limit(st, tc), done = 0;

    for (unsigned i = 0; i < m->n_iov && done < limit; i++) {
        uint32_t n = (uint32_t)min_size(m->iov[i].len, limit - done);

        tcp_queue_copy(st, &tc->recvq, peek ? done : 0, m->iov[i].base, n);
        if (!peek)
            tcp_queue_drop(st, &tc->recvq, n);
        done += n;
    }
    return done;
}

/* TCP_INQ. At the end of the stream there is one thing more to read, namely that it is the end. */
static void tell_rest(const struct tcp_sock *tc, const struct tarn_msg *m)
{
    if (!tc->inq || m->info == NULL)
        return;
    m->info->has |= TARN_INFO_INQ;
    m->info->inq = tc->recvq.bytes > 0 ? tc->recvq.bytes : tc->fin_received;
}

long tcp_recv(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);
    uint32_t n;

    if ((m->flags & TARN_MSG_OOB) != 0)
        return tcp_urgent_read(st, tc, m);
    tcp_urgent_skip(st, tc);
    if (tc->recvq.bytes == 0) {
        tell_rest(tc, m);
        return sock_msg_bytes(m) == 0 ? 0 : nothing(tc);
    }
    n = copy_out(st, tc, m, (m->flags & TARN_MSG_PEEK) != 0);
    if ((m->flags & TARN_MSG_PEEK) == 0 && n > 0)
        was_read(st, tc, n, now);
    tell_rest(tc, m);
    return (long)n;
}

long tcp_recv_loan(struct tarn *st, struct sock *sk, const void **at)
{
    struct tcp_sock *tc = tcp_of(sk);
    struct chunk *c;

    tcp_urgent_skip(st, tc);
    c = chunk_at(st, tc->recvq.first);
    if (c == NULL)
        return nothing(tc);
    *at = chunk_data(c) + (int32_t)c->off;
    return (long)min_u32(c->len, tcp_urgent_limit(st, tc));
}

void tcp_recv_return(struct tarn *st, struct sock *sk, size_t n, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);

    if (n == 0 || n > tc->recvq.bytes)
        return;
    tcp_queue_drop(st, &tc->recvq, (uint32_t)n);
    was_read(st, tc, (uint32_t)n, now);
}
