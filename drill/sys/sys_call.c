/* drill/sys/sys_call.c - the calls that make, name and join sockets. */
#include "drill/sys/sys_parts.h"

#include <fcntl.h>
#include <stdlib.h>

enum { TYPE_BITS = 0xf };

/* ---- socket ---- */

static int64_t socket_file(struct sys *s, const struct sys_socket *made, int type)
{
    struct sys_file *f;
    int64_t fd =
        sys_file_new(s, SYS_SOCKET, O_RDWR | ((type & SOCK_NONBLOCK) != 0 ? O_NONBLOCK : 0), &f);

    if (fd < 0) {
        tarn_close(sys_stack(s), made->sock, sys_now(s));
        return fd;
    }
    f->so = sys_memory(sizeof *f->so);
    *f->so = *made;
    f->so->seen.ready = tarn_ready(sys_stack(s), made->sock);
    return fd;
}

int64_t sys_socket(struct sys *s, int domain, int type, int protocol)
{
    struct sys_socket made = {.domain = domain, .type = type & TYPE_BITS, .protocol = protocol};
    int err;

    if (domain != AF_INET && domain != AF_INET6)
        return -EAFNOSUPPORT;
    if (made.type < SOCK_STREAM || made.type > SOCK_RAW)
        return -ESOCKTNOSUPPORT;
    err = tarn_open(sys_stack(s), (enum tarn_family)domain, (enum tarn_type)made.type,
                    (uint8_t)protocol, 0, &made.sock);
    if (err < 0)
        return err;
    if (protocol == 0)
        made.protocol = made.type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
    return socket_file(s, &made, type);
}

/* ---- names ---- */

int64_t sys_bind(struct sys *s, int fd, const struct sockaddr *a, socklen_t n)
{
    struct tarn_addr local;
    int64_t err;
    struct sys_socket *so = sys_socket_at(s, fd, &err);

    if (so == NULL)
        return err;
    err = sys_name_read(so, a, n, &local);
    return err < 0 ? err : tarn_bind(sys_stack(s), so->sock, &local);
}

/* ---- listen, accept ---- */

int64_t sys_listen(struct sys *s, int fd, int backlog)
{
    int64_t err;
    struct sys_socket *so = sys_socket_at(s, fd, &err);

    if (so == NULL)
        return err;
    err = tarn_listen(sys_stack(s), so->sock, (unsigned)backlog);
    sys_used(s, so, false);
    return err;
}

int64_t sys_accept(struct sys *s, int fd, struct sockaddr *a, socklen_t *n, int flags,
                   struct sys_wait *w)
{
    struct sys_socket made;
    struct tarn_addr peer;
    int64_t result;
    struct sys_socket *so = sys_socket_at(s, fd, &result);

    if (so == NULL)
        return result;
    made = (struct sys_socket){
        .domain = so->domain,
        .type = so->type,
        .protocol = so->protocol,
        .zerocopy = so->zerocopy,
        .inq = so->inq,
        .receive_limit = so->receive_limit,
        .send_limit = so->send_limit,
    };
    result = tarn_accept(sys_stack(s), so->sock, &made.sock, &peer);
    if (result == -TARN_EAGAIN)
        return sys_would_wait(s, (sys_file(s, fd)->flags & O_NONBLOCK) != 0, so->receive_limit, w);
    if (result < 0)
        return result;
    sys_used(s, so, false);
    sys_name_write(so, &peer, a, n);
    return socket_file(s, &made, flags);
}

/* ---- connect ---- */

static int64_t take_error(struct sys *s, const struct sys_socket *so)
{
    int64_t error = 0;

    (void)tarn_getopt(sys_stack(s), so->sock, TARN_SO_ERROR, &error);
    return -error;
}

static bool has_state(const struct sys *s, const struct sys_socket *so, unsigned states)
{
    struct tarn_tcp_info info = {.state = TARN_TCP_CLOSED};

    (void)tarn_tcp_info(sys_stack(s), so->sock, &info, sys_now(s));
    return (1u << info.state & states) != 0;
}

static bool is_opening(const struct sys *s, const struct sys_socket *so)
{
    return has_state(s, so, 1u << TARN_TCP_SYN_SENT | 1u << TARN_TCP_SYN_RECEIVED);
}

/* How an attempt has ended, or -EINPROGRESS, -EALREADY, or SYS_WAITS. */
static int64_t connect_end(struct sys *s, int fd, struct sys_socket *so, struct sys_wait *w)
{
    bool nonblocking = (sys_file(s, fd)->flags & O_NONBLOCK) != 0;
    bool first = !so->connecting;
    int64_t err;

    so->connecting = true;
    if (is_opening(s, so)) {
        err = sys_would_wait(s, nonblocking, so->send_limit, w);
        if (err == -EAGAIN)
            err = first || !nonblocking ? -EINPROGRESS : -EALREADY;
        return err;
    }
    so->connecting = false;
    err = take_error(s, so);
    return err == 0 && has_state(s, so, 1u << TARN_TCP_CLOSED) ? -ECONNABORTED : err;
}

int64_t sys_connect(struct sys *s, int fd, const struct sockaddr *a, socklen_t n,
                    struct sys_wait *w)
{
    struct tarn_addr peer = {.port = 0};
    int64_t err;
    struct sys_socket *so = sys_socket_at(s, fd, &err);

    if (so == NULL)
        return err;
    if (so->connecting)
        return connect_end(s, fd, so, w);
    if (n < sizeof(sa_family_t))
        return -EINVAL;
    if (a->sa_family != AF_UNSPEC) {
        err = sys_name_read(so, a, n, &peer);
        if (err < 0)
            return err;
    }
    err = tarn_connect(sys_stack(s), so->sock, &peer, sys_now(s));
    sys_used(s, so, false);
    return err == -TARN_EINPROGRESS ? connect_end(s, fd, so, w) : err;
}

/* ---- shutdown ---- */

int64_t sys_shutdown(struct sys *s, int fd, int how)
{
    int64_t err;
    struct sys_socket *so = sys_socket_at(s, fd, &err);

    if (so == NULL)
        return err;
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
        return -EINVAL;
    err = tarn_shutdown(sys_stack(s), so->sock, (enum tarn_shutdown)how, sys_now(s));
    sys_used(s, so, false);
    return err;
}
