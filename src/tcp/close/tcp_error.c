/* tcp/close/tcp_error.c - ICMP errors about our segments (RFC 9293 3.9.2.2, RFC 5927).
 *
 * An error is believed only when the quoted sequence number is in flight. Soft errors are kept as
 * the reason to give should the connection time out later (T44). A handshake is ended by any error,
 * as on Linux, so that a program with a second address to try need not wait (RFC 5461 3.2); with
 * tcp.syn-soft-errors 0 only by hard ones, as RFC 1122 4.2.3.9 has it. A connection is never ended,
 * because anyone on the way may forge errors. A smaller path MTU is tcp_mtu.c's. */
#include "tcp/close/tcp_close.h"

#include "base/bytes.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/open/tcp_open.h"
#include "tcp/path/tcp_path.h"
#include "tcp/tcp_machine.h"

/* This host itself found that the next hop does not answer: nobody can have forged that. */
static bool is_our_own(const struct icmp_error *e)
{
    return tarn_ip_equal(&e->from, &e->quoted.src);
}

static void in_handshake(struct tarn *st, struct tcp_sock *tc, const struct icmp_error *e)
{
    if (sock_wants_errors(&tc->sk, &e->quoted.dst))
        sock_queue_icmp_error(st, &tc->sk, e, tc->sk.remote.port, 0);
    stat_add(st, TARN_STAT_TCP_ATTEMPT_FAILS, 1);
    tcp_fail(st, tc, e->error);
}

/* Is the handshake not over? That of a connection begun by a SYN and accepted does not count: its
 * program has it, and will see. */
static bool is_opening(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->state == TARN_TCP_SYN_SENT ||
           (tc->state == TARN_TCP_SYN_RECEIVED &&
            (!tcp_fastopen_is_unproven(st, tc) || (tc->sk.flags & SOCK_QUEUED) != 0));
}

static bool ends_handshake(const struct tarn *st, const struct icmp_error *e)
{
    return e->hard || is_our_own(e) || st->param[PARAM_TCP_SYN_SOFT_ERRORS] != 0;
}

void tcp_error(struct tarn *st, const struct icmp_error *e, tarn_ns now)
{
    uint32_t zone = e->quoted.zone;
    struct tarn_addr local = sock_end(&e->quoted.src, zone, load_be16(e->payload));
    struct tarn_addr remote = sock_end(&e->quoted.dst, zone, load_be16(e->payload + 2));
    struct sock *sk = demux_connection(st, IP_PROTO_TCP, &local, &remote);
    struct tcp_sock *tc = sk != NULL ? tcp_of(sk) : NULL;
    tcp_seq quoted = seq(load_be32(e->payload + 4));

    if (tc == NULL) {
        tcp_request_error(st, &local, &remote, quoted, e);
        return;
    }
    if (!seq_in_window(quoted, tc->snd_una, tcp_flight(tc))) {
        stat_add(st, TARN_STAT_TCP_ICMP_WINDOW, 1);
        return;
    }
    if (tc->keyed && tcp_ao_ignores(st, tc, e))
        return;
    if (e->info != 0) {
        tcp_too_big(st, tc, e->info, now);
    } else {
        tc->soft_error = e->error;
        if (is_opening(st, tc) && ends_handshake(st, e))
            in_handshake(st, tc, e);
        else if (sock_wants_errors(sk, &e->quoted.dst))
            sock_error(st, sk, e->error);
    }
    tcp_settle(st, tc, now);
}
