/* drill/sys/sys_poll.c - readiness, and poll. */
#include "drill/sys/sys_parts.h"

/* Linux's tcp_poll() and its kin say both of two names for the same. */
static unsigned socket_events(const struct sys *s, const struct sys_socket *so)
{
    unsigned ready = tarn_ready(sys_stack(s), so->sock);

    return ((ready & TARN_IN) != 0 ? POLLIN | POLLRDNORM : 0u) |
           ((ready & TARN_OUT) != 0 ? POLLOUT | POLLWRNORM : 0u) |
           ((ready & TARN_PRI) != 0 ? POLLPRI : 0u) |
           ((ready & TARN_RDHUP) != 0 ? (unsigned)POLLRDHUP : 0u) |
           ((ready & TARN_HUP) != 0 ? POLLHUP : 0u) |
           ((ready & TARN_ERR) != 0 || so->errors != NULL ? POLLERR : 0u);
}

unsigned sys_ready(struct sys *s, int fd)
{
    struct sys_file *f = sys_file(s, fd);

    if (f == NULL)
        return POLLNVAL;
    switch (f->kind) {
    case SYS_SOCKET: return socket_events(s, f->so);
    case SYS_PIPE: return sys_pipe_events(f);
    case SYS_EPOLL: return sys_epoll_is_ready(s, f) ? POLLIN | POLLRDNORM : 0;
    case SYS_NONE: break;
    }
    return POLLNVAL;
}

static int64_t look_at_all(struct sys *s, struct pollfd *p, nfds_t n)
{
    int64_t ready = 0;

    for (nfds_t i = 0; i < n; i++) {
        unsigned asked = (unsigned)(uint16_t)p[i].events | POLLERR | POLLHUP | POLLNVAL;

        p[i].revents = 0;
        if (p[i].fd >= 0)
            p[i].revents = (short)(sys_ready(s, p[i].fd) & asked);
        ready += p[i].revents != 0;
    }
    return ready;
}

int64_t sys_poll(struct sys *s, struct pollfd *p, nfds_t n, int ms, struct sys_wait *w)
{
    int64_t ready = look_at_all(s, p, n);

    if (ready > 0)
        return ready;
    ready = sys_would_wait(s, ms == 0, ms < 0 ? 0 : (tarn_ns)ms * 1000000u, w);
    return ready == SYS_WAITS ? ready : 0;
}
