/* tcp/tcp_user.c - the calls of the application: OPEN, SEND, RECEIVE, CLOSE, ABORT (RFC 9293 3.10.1
 * to 3.10.6). STATUS is tcp_info.c. Error numbers are Linux's. */
#include "tcp/tcp_parts.h"

#include "base/bits.h"

static bool tcp_layer_init(struct tarn *st)
{
    struct tcp_layer *l = layer_alloc(st, LAYER_TCP, sizeof *l);

    if (l == NULL)
        return false;
    pool_init(&l->actives, sizeof(struct tcp_active), 0, UINT32_MAX);
    pool_init(&l->extras, sizeof(struct tcp_extra), 0, UINT32_MAX);
    pool_init(&l->recs, sizeof(struct tcp_rec), 0, UINT32_MAX);
    pool_init(&l->runs, sizeof(struct tcp_run), 0, UINT32_MAX);
    pool_init(&l->requests, sizeof(struct tcp_request), 0, UINT32_MAX);
    pool_init(&l->time_waits, sizeof(struct tcp_time_wait), 0, UINT32_MAX);
    pool_init(&l->penalties, sizeof(struct tcp_penalty), 0, UINT32_MAX);
    pool_init(&l->metrics_pool, sizeof(struct tcp_metrics), 0, UINT32_MAX);
    hash_init(&l->metrics, offsetof(struct tcp_metrics, node));
    list_init(&l->metrics_used, offsetof(struct tcp_metrics, link));
    pool_init(&l->listeners, sizeof(struct tcp_listener), 0, UINT32_MAX);
    tcp_auth_init(l);
    hash_init(&l->minis, offsetof(struct tcp_mini, node));
    list_init(&l->time_wait, offsetof(struct tcp_time_wait, mini.link));
    tcp_secrets_init(st, l);
    (void)tarn_set_default_cc(st, "cubic");
    return true;
}

static void tcp_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct tcp_mini *m = container_of(t, struct tcp_mini, timer);

    if (m->kind == TCP_MINI_REQUEST)
        tcp_request_expire(st, m, now);
    else
        tcp_time_wait_expire(st, m);
}

/* OPEN --------------------------------------------------------------------------------------- */

void tcp_sock_init(const struct tarn *st, struct tcp_sock *tc)
{
    tc->state = TARN_TCP_CLOSED;
    tc->cc = tcp_layer(st)->default_cc;
    tc->rcv_buf = (uint32_t)st->param[PARAM_TCP_RMEM_DEFAULT];
    tc->snd_buf = (uint32_t)st->param[PARAM_TCP_WMEM_DEFAULT];
    tc->snd_mss = (uint32_t)st->param[PARAM_TCP_MSS_DEFAULT];
    tc->rcv_lowat = 1;
    tc->linger_s = -1;
    tc->challenge_s = UINT16_MAX;
    tc->spent_on = TCP_SPENT_N;
    tcp_rtt_init(tc);
}

static int tcp_open(struct tarn *st, struct sock *sk)
{
    tcp_sock_init(st, tcp_of(sk));
    sock_ready(st, sk, TARN_OUT | TARN_HUP, 0);
    list_remove(st, &st->events, sk); /* nothing has happened yet */
    return 0;
}

/* Everything of an earlier attempt is gone but what the application chose. */
static void reset_numbers(struct tcp_sock *tc)
{
    tc->snd_wnd = tc->max_snd_wnd = 0;
    tc->fin_queued = tc->fin_sent = tc->fin_received = 0;
    tc->ts_ok = tc->sack_ok = tc->wscale_ok = tc->was_connected = 0;
    tc->urgent = tc->snd_urgent = 0;
    tc->searching = 0;
    tc->snd_wscale = tc->retries = tc->probes = 0;
    tc->quiet_cwnd = 0;
    tc->soft_error = 0;
    tcp_rtt_init(tc);
}

/* An address of ours and a way to the peer. */
static int find_way(struct tarn *st, struct tcp_sock *tc, struct tarn_addr *peer)
{
    struct ip_info ip;
    int err;

    if (tarn_ip_is_multicast(&peer->ip) || address_is_broadcast(st, &peer->ip))
        return -TARN_ENETUNREACH;
    err = sock_connect_way(st, &tc->sk, peer, 0, &ip);
    if (err == 0)
        tc->adv_mss = tcp_mss_offer(tc, &peer->ip, ip.link_mtu);
    return err;
}

/* A local port such that the four of them are new; *isn is set where an old connection's records
 * say from where to count. */
static int find_port(struct tarn *st, struct tcp_sock *tc, const struct tarn_addr *to, tarn_ns now,
                     tcp_seq *isn)
{
    struct sock *sk = &tc->sk;

    if ((sk->flags & SOCK_BOUND_PORT) == 0 && sk->local.port == 0)
        sk->local.port = port_ephemeral(st, sk, to);
    if (sk->local.port == 0)
        return -TARN_EADDRNOTAVAIL;
    *isn = tcp_isn(st, &sk->local, to, now);
    if (demux_connection(st, IP_PROTO_TCP, &sk->local, to) != NULL ||
        !tcp_time_wait_reuse(st, &sk->local, to, now, isn))
        return -TARN_EADDRNOTAVAIL;
    return 0;
}

static void begin(struct tarn *st, struct tcp_sock *tc, tcp_seq isn)
{
    struct ip_info ip;

    reset_numbers(tc);
    tcp_uto_begin(st, tc);
    if (tc->keyed)
        tcp_ao_begin(st, tc);
    tc->iss = tc->snd_una = tc->snd_nxt = isn;
    tc->syn_unacked = 1;
    tcp_ecn_begin(st, tc);
    tc->rcv_wscale = tcp_wscale_of(st, tc->rcv_buf);
    tc->ts_offset = tcp_ts_offset(st, &tc->sk.local.ip, &tc->sk.remote.ip);
    demux_connect(st, &tc->sk);
    tc->sk.route_generation = 0;
    (void)sock_route(st, &tc->sk, &ip);
}

/* Why no connection may be begun now, or 0. */
static int may_connect(struct tarn *st, struct tcp_sock *tc, const struct tarn_addr *to)
{
    if (tc->sk.error != 0)
        return sock_take_error(st, &tc->sk);
    if (to->port == 0)
        return -TARN_ECONNREFUSED; /* nobody can listen there: no segment may name it */
    if (tcp_fastopen_is_deferred(st, tc))
        return -TARN_EISCONN;
    if (tcp_in(tc, TCP_S(SYN_SENT) | TCP_S(SYN_RECEIVED)))
        return -TARN_EALREADY;
    return tc->state != TARN_TCP_CLOSED || tc->rst_due ? -TARN_EISCONN : 0;
}

/* `by_send`: the first bytes come with the call (RFC 7413). */
static int open_active(struct tarn *st, struct tcp_sock *tc, const struct tarn_addr *to,
                       bool by_send, tarn_ns now)
{
    struct tarn_addr peer = *to;
    struct sock *sk = &tc->sk;
    tcp_seq isn = seq(0);
    int err = may_connect(st, tc, to);

    if (err == 0)
        err = find_way(st, tc, &peer);
    if (err == 0)
        err = find_port(st, tc, &peer, now, &isn);
    if (err < 0)
        return err;
    sk->remote = peer;
    tcp_queue_purge(st, &tc->recvq);
    begin(st, tc, isn);
    tcp_fastopen_connect(st, tc, by_send);
    tcp_set_state(st, tc, TARN_TCP_SYN_SENT);
    sock_ready(st, sk, 0, TARN_IN | TARN_OUT | TARN_HUP | TARN_RDHUP | TARN_ERR);
    stat_add(st, TARN_STAT_TCP_ACTIVE_OPENS, 1);
    tcp_settle(st, tc, now);
    if (!tcp_fastopen_is_deferred(st, tc))
        return -TARN_EINPROGRESS;
    sock_ready(st, sk, TARN_OUT, 0);
    return 0;
}

static int tcp_connect(struct tarn *st, struct sock *sk, const struct tarn_addr *to, tarn_ns now)
{
    return open_active(st, tcp_of(sk), to, false, now);
}

/* SEND --------------------------------------------------------------------------------------- */

static size_t msg_bytes(const struct tarn_msg *m)
{
    size_t n = 0;

    for (unsigned i = 0; i < m->n_iov; i++)
        n += m->iov[i].len;
    return n;
}

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
    err = open_active(st, tc, m->name, true, now);
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

static long tcp_send(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
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
        end_deferral(st, tc, waits && (size_t)done < msg_bytes(m));
    if (done > 0 || deferred || ((m->flags & TARN_MSG_OOB) != 0 && msg_bytes(m) == 0))
        wrote(st, tc, m->flags, now);
    if (deferred && done == 0)
        return -TARN_EINPROGRESS;
    if (done > 0 || msg_bytes(m) == 0)
        return done;
    return tc->snd_full ? -TARN_EAGAIN : starve(st, tc);
}

static long tcp_send_reserve(struct tarn *st, struct sock *sk, void **at)
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

static void tcp_send_commit(struct tarn *st, struct sock *sk, size_t n, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);

    if (may_write(st, tc) < 0 || tc->sendq.last == 0)
        return;
    tcp_queue_filled(st, &tc->sendq, (uint32_t)n);
    if (tcp_fastopen_is_deferred(st, tc))
        end_deferral(st, tc, false);
    wrote(st, tc, 0, now);
}

/* RECEIVE ------------------------------------------------------------------------------------ */

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

static long tcp_recv(struct tarn *st, struct sock *sk, struct tarn_msg *m, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);
    uint32_t n;

    if ((m->flags & TARN_MSG_OOB) != 0)
        return tcp_urgent_read(st, tc, m);
    tcp_urgent_skip(st, tc);
    if (tc->recvq.bytes == 0) {
        tell_rest(tc, m);
        return msg_bytes(m) == 0 ? 0 : nothing(tc);
    }
    n = copy_out(st, tc, m, (m->flags & TARN_MSG_PEEK) != 0);
    if ((m->flags & TARN_MSG_PEEK) == 0 && n > 0)
        was_read(st, tc, n, now);
    tell_rest(tc, m);
    return (long)n;
}

static long tcp_recv_loan(struct tarn *st, struct sock *sk, const void **at)
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

static void tcp_recv_return(struct tarn *st, struct sock *sk, size_t n, tarn_ns now)
{
    struct tcp_sock *tc = tcp_of(sk);

    if (n == 0 || n > tc->recvq.bytes)
        return;
    tcp_queue_drop(st, &tc->recvq, (uint32_t)n);
    was_read(st, tc, (uint32_t)n, now);
}

/* CLOSE -------------------------------------------------------------------------------------- */

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

static int tcp_shutdown(struct tarn *st, struct sock *sk, enum tarn_shutdown how, tarn_ns now)
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

static void tcp_close(struct tarn *st, struct sock *sk, bool abort, tarn_ns now)
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

const struct proto proto_tcp = {
    .name = "tcp",
    .ip_proto = IP_PROTO_TCP,
    .type = TARN_STREAM,
    .sock_size = sizeof(struct tcp_sock),
    .layer_init = tcp_layer_init,
    .expire = tcp_expire,
    .is_busy = tcp_time_wait_is_busy,
    .input = tcp_input,
    .error = tcp_error,
    .pull = tcp_pull,
    .deadline = tcp_deadline,
    .tick = tcp_tick,
    .open = tcp_open,
    .connect = tcp_connect,
    .listen = tcp_listen,
    .accept = tcp_accept,
    .send = tcp_send,
    .recv = tcp_recv,
    .recv_loan = tcp_recv_loan,
    .recv_return = tcp_recv_return,
    .send_reserve = tcp_send_reserve,
    .send_commit = tcp_send_commit,
    .shutdown = tcp_shutdown,
    .close = tcp_close,
    .setopt = tcp_setopt,
    .getopt = tcp_getopt,
};
