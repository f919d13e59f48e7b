/* sock/call.c - the calls of tarn/sock.h: checks that hold for every transport, then its table. */
#include "sock/layer.h"

/* The transport of a type that is asked for without a protocol; a raw socket needs one. */
static uint8_t usual_protocol(enum tarn_type type)
{
    switch (type) {
    case TARN_STREAM: return TARN_IPPROTO_TCP;
    case TARN_DGRAM: return TARN_IPPROTO_UDP;
    default: return 0;
    }
}

/* The table that carries this kind of socket, by index: the protocol's own, else one that carries
 * any. -TARN_EPROTONOSUPPORT. */
static int proto_for(enum tarn_type type, uint8_t protocol)
{
    int found = -TARN_EPROTONOSUPPORT;

    for (int i = 0; protocol != 0 && proto_table[i] != NULL; i++) {
        const struct proto *proto = proto_table[i];

        if (proto->open == NULL || proto->type != (uint8_t)type)
            continue;
        if (proto->ip_proto == protocol)
            return i;
        if (proto->ip_proto == 0)
            found = i;
    }
    return found;
}

int tarn_open(struct tarn *st, enum tarn_family family, enum tarn_type type, uint8_t protocol,
              uint64_t user, tarn_sock *out)
{
    uint8_t wanted = protocol != 0 ? protocol : usual_protocol(type);
    int i = proto_for(type, wanted), err;
    struct sock *sk;

    if (family != TARN_INET && family != TARN_INET6)
        return -TARN_EAFNOSUPPORT;
    if (i < 0)
        return i;
    sk = sock_get(st, (unsigned)i);
    if (sk == NULL)
        return -TARN_ENOBUFS;
    sk->family = (uint8_t)family;
    sk->user = user;
    sk->local.ip = sk->remote.ip = sock_any(family);
    sk->protocol = wanted;
    err = sock_proto(sk)->open(st, sk);
    if (err < 0) {
        sock_put(st, sk);
        return err;
    }
    *out = sock_handle(sk);
    return 0;
}

int tarn_set_user(struct tarn *st, tarn_sock s, uint64_t user)
{
    struct sock *sk = sock_find(st, s);

    if (sk == NULL)
        return -TARN_EBADF;
    sk->user = user;
    return 0;
}

int tarn_connect(struct tarn *st, tarn_sock s, const struct tarn_addr *peer, tarn_ns now)
{
    struct sock *sk = sock_find(st, s);

    st->now = now;
    if (sk == NULL)
        return -TARN_EBADF;
    if (sk->family == TARN_INET && !tarn_ip_is4(&peer->ip))
        return -TARN_EAFNOSUPPORT;
    return sock_proto(sk)->connect(st, sk, peer, now);
}

int tarn_listen(struct tarn *st, tarn_sock s, unsigned backlog)
{
    struct sock *sk = sock_find(st, s);
    int err;

    if (sk == NULL)
        return -TARN_EBADF;
    if (sock_proto(sk)->listen == NULL)
        return -TARN_EOPNOTSUPP;
    if ((sk->flags & SOCK_CONNECTED) != 0)
        return -TARN_EINVAL;
    err = sock_autobind(st, sk);
    if (err == 0 && !port_may_listen(st, sk))
        err = -TARN_EADDRINUSE;
    if (err == 0)
        err = sock_proto(sk)->listen(st, sk, backlog);
    if (err == 0)
        sk->flags |= SOCK_LISTENING;
    return err;
}

int tarn_accept(struct tarn *st, tarn_sock listener, tarn_sock *out, struct tarn_addr *peer)
{
    struct sock *sk = sock_find(st, listener), *child;

    if (sk == NULL)
        return -TARN_EBADF;
    if (sock_proto(sk)->accept == NULL)
        return -TARN_EOPNOTSUPP;
    if ((sk->flags & SOCK_LISTENING) == 0)
        return -TARN_EINVAL;
    child = sock_proto(sk)->accept(st, sk);
    if (child == NULL)
        return -TARN_EAGAIN;
    *out = sock_handle(child);
    if (peer != NULL)
        *peer = child->remote;
    return 0;
}

size_t sock_msg_bytes(const struct tarn_msg *m)
{
    size_t n = 0;

    for (unsigned i = 0; i < m->n_iov; i++)
        n += m->iov[i].len;
    return n;
}

long tarn_sendmsg(struct tarn *st, tarn_sock s, struct tarn_msg *m, tarn_ns now)
{
    struct sock *sk = sock_find(st, s);

    st->now = now;
    if (sk == NULL)
        return -TARN_EBADF;
    if (sk->error != 0)
        return sock_take_error(st, sk);
    if (m->name != NULL && sk->family == TARN_INET && !tarn_ip_is4(&m->name->ip))
        return -TARN_EAFNOSUPPORT;
    return sock_proto(sk)->send(st, sk, m, now);
}

long tarn_send(struct tarn *st, tarn_sock s, const void *buf, size_t n, tarn_ns now)
{
    union {
        const void *given;
        void *base; /* only read from when sending */
    } at = {.given = buf};
    struct tarn_iov iov = {at.base, n};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1};

    return tarn_sendmsg(st, s, &m, now);
}

/* Has the transport nothing more that came before the pending error? */
static bool is_error_due(const struct sock *sk, long got)
{
    return sk->error != 0 && (got == 0 || got == -TARN_EAGAIN || got == -TARN_ENOTCONN);
}

long tarn_recvmsg(struct tarn *st, tarn_sock s, struct tarn_msg *m, tarn_ns now)
{
    struct sock *sk = sock_find(st, s);
    long got;

    st->now = now;
    if (sk == NULL)
        return -TARN_EBADF;
    m->out_flags = 0;
    if (m->info != NULL)
        m->info->has = 0;
    if ((m->flags & TARN_MSG_ERRQUEUE) != 0)
        return errors_recv(st, sk, m);
    if (sk->error != 0 && sk->type != TARN_STREAM)
        return sock_take_error(st, sk);
    got = sock_proto(sk)->recv(st, sk, m, now);
    return is_error_due(sk, got) ? sock_take_error(st, sk) : got;
}

long tarn_recv(struct tarn *st, tarn_sock s, void *buf, size_t n, tarn_ns now)
{
    struct tarn_iov iov = {buf, n};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1};

    return tarn_recvmsg(st, s, &m, now);
}

long tarn_recv_loan(struct tarn *st, tarn_sock s, const void **at)
{
    struct sock *sk = sock_find(st, s);
    long got;

    if (sk == NULL)
        return -TARN_EBADF;
    if (sock_proto(sk)->recv_loan == NULL)
        return -TARN_EOPNOTSUPP;
    got = sock_proto(sk)->recv_loan(st, sk, at);
    return is_error_due(sk, got) ? sock_take_error(st, sk) : got;
}

void tarn_recv_return(struct tarn *st, tarn_sock s, size_t n, tarn_ns now)
{
    struct sock *sk = sock_find(st, s);

    st->now = now;
    if (sk != NULL && sock_proto(sk)->recv_return != NULL)
        sock_proto(sk)->recv_return(st, sk, n, now);
}

long tarn_send_reserve(struct tarn *st, tarn_sock s, void **at)
{
    struct sock *sk = sock_find(st, s);

    if (sk == NULL)
        return -TARN_EBADF;
    if (sock_proto(sk)->send_reserve == NULL)
        return -TARN_EOPNOTSUPP;
    if (sk->error != 0)
        return sock_take_error(st, sk);
    return sock_proto(sk)->send_reserve(st, sk, at);
}

void tarn_send_commit(struct tarn *st, tarn_sock s, size_t n, tarn_ns now)
{
    struct sock *sk = sock_find(st, s);

    st->now = now;
    if (sk != NULL && sock_proto(sk)->send_commit != NULL)
        sock_proto(sk)->send_commit(st, sk, n, now);
}

int tarn_shutdown(struct tarn *st, tarn_sock s, enum tarn_shutdown how, tarn_ns now)
{
    struct sock *sk = sock_find(st, s);

    st->now = now;
    if (sk == NULL)
        return -TARN_EBADF;
    if (sock_proto(sk)->shutdown == NULL)
        return -TARN_EOPNOTSUPP;
    return sock_proto(sk)->shutdown(st, sk, how, now);
}

static void give_up(struct tarn *st, tarn_sock s, bool abort, tarn_ns now)
{
    struct sock *sk = sock_find(st, s);

    st->now = now;
    if (sk == NULL)
        return;
    sk->flags |= SOCK_DEAD;
    if (list_has(&st->events, sk))
        list_remove(st, &st->events, sk);
    sock_proto(sk)->close(st, sk, abort, now);
}

void tarn_close(struct tarn *st, tarn_sock s, tarn_ns now)
{
    give_up(st, s, false, now);
}

void tarn_abort(struct tarn *st, tarn_sock s, tarn_ns now)
{
    give_up(st, s, true, now);
}
