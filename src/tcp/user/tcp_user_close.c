/* tcp/user/tcp_user_close.c - CLOSE and ABORT (RFC 9293 3.10.4, 3.10.5), and the half of a CLOSE
 * that shutdown is. */
#include "tcp/user/tcp_user.h"

#include "tcp/open/tcp_open.h"
#include "tcp/tcp_machine.h"
#include "tcp/tcp_queue.h"

/* Our direction ends behind what is queued. */
static void queue_fin(struct tarn *st, struct tcp_sock *tc)
{
    bool peer_first = tc->state == TARN_TCP_CLOSE_WAIT;

    tc->fin_queued = 1;
    tc->more = tc->held = tc->cork = 0;
    if (tc->state == TARN_TCP_SYN_RECEIVED)
        return; /* not before the handshake is over: tcp_established() */
    tcp_set_state(st, tc, peer_first ? TARN_TCP_LAST_ACK : TARN_TCP_FIN_WAIT_1);
}

int tcp_shutdown(struct tarn *st, struct sock *sk, enum tarn_shutdown how, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);

    if (tc->state == TARN_TCP_LISTEN && how != TARN_SHUT_WR) {
        tcp_listener_free(st, tc, now); /* Linux: a listener that is shut for reading closes */
        tcp_closed(st, tc);
        sk->flags &= ~(uint32_t)SOCK_LISTENING;
        demux_bind(st, sk); /* and may listen again on its port */
        return 0;
    }
    if (tcp_in(tc, TCP_S(CLOSED) | TCP_S(LISTEN)))
        return -TARN_ENOTCONN;
    if (tc->state == TARN_TCP_SYN_SENT) {
        tcp_fail(st, tc, -TARN_ECONNRESET);
        return 0;
    }
    if (how != TARN_SHUT_WR) {
        sk->flags |= SOCK_SHUT_RD;
        sock_ready(st, sk, TARN_IN | TARN_RDHUP, 0);
    }
    if (how != TARN_SHUT_RD && (sk->flags & SOCK_SHUT_WR) == 0) {
        sk->flags |= SOCK_SHUT_WR;
        sock_ready(st, sk, TARN_OUT, 0); /* send says EPIPE */
        if (tcp_in(tc, TCP_STATES_SEND | TCP_S(SYN_RECEIVED)))
            queue_fin(st, tc);
    }
    if ((sk->flags & SOCK_SHUT_WR) != 0 && tc->fin_received)
        sock_ready(st, sk, TARN_HUP, 0);
    tcp_settle(st, tc, now);
    return 0;
}

void tcp_close(struct tarn *st, struct sock *sk, bool abort, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);
    bool unread = tc->recvq.bytes > 0;

    tcp_listener_free(st, tc, now);
    tcp_queue_purge(st, &tc->recvq);
    if (tcp_in(tc, TCP_S(LISTEN) | TCP_S(SYN_SENT)))
        tcp_closed(st, tc);
    else if (tc->state != TARN_TCP_CLOSED && (abort || unread || tc->linger_s == 0))
        tcp_abort(st, tc, now); /* RFC 9293 3.6.1: data is lost, and the peer must know */
    else if (tcp_in(tc, TCP_STATES_SEND | TCP_S(SYN_RECEIVED)))
        queue_fin(st, tc);
    tcp_orphan_update(st, tc, now);
    tcp_settle(st, tc, now);
}
