/* drill/sys/sys_option.c - getsockopt and setsockopt: numbers and layouts are Linux's. */
#include "drill/sys/sys_option.h"

#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
enum { TIMESTAMPING_NEW = 65 };
enum { RCVBUF_MIN = 2304, SNDBUF_MIN = 4608, BUFFER_MAX = 4194304 }; /* 2 * net.core.[rw]mem_max */
enum { NS_PER_S = 1000000000, NS_PER_US = 1000 };

/* ---- values ---- */

int sys_option_give(void *value, socklen_t *n, const void *from, size_t bytes)
{
    if (*n > bytes)
        *n = (socklen_t)bytes;
    memcpy(value, from, *n);
    return 0;
}

int sys_option_int(const void *value, socklen_t n, int *out)
{
    if (n < sizeof *out)
        return -EINVAL;
    memcpy(out, value, sizeof *out);
    return 0;
}

static int64_t get(const struct sys *s, const struct sys_socket *so, enum tarn_opt opt)
{
    int64_t value = 0;

    return tarn_getopt(sys_stack(s), so->sock, opt, &value) == 0 ? value : 0;
}

static int set(struct sys *s, struct sys_socket *so, enum tarn_opt opt, int64_t value)
{
    int err = tarn_setopt(sys_stack(s), so->sock, opt, value, sys_now(s));

    sys_used(s, so, false);
    return err;
}

/* ---- options that are a number of the stack's ---- */

enum kind { AS_IS, TO_BOOL, UNSIGNED };

static const struct number_row {
    int level, name;
    enum tarn_opt opt;
    enum kind kind;
} numbers[] = {
    {SOL_SOCKET, SO_REUSEADDR, TARN_SO_REUSEADDR, TO_BOOL},
    {SOL_SOCKET, SO_REUSEPORT, TARN_SO_REUSEPORT, TO_BOOL},
    {SOL_SOCKET, SO_KEEPALIVE, TARN_SO_KEEPALIVE, TO_BOOL},
    {SOL_SOCKET, SO_BROADCAST, TARN_SO_BROADCAST, TO_BOOL},
    {SOL_SOCKET, SO_OOBINLINE, TARN_SO_OOBINLINE, TO_BOOL},
    {SOL_SOCKET, SO_RCVLOWAT, TARN_SO_RCVLOWAT, AS_IS},
    {SOL_SOCKET, SO_MAX_PACING_RATE, TARN_SO_MAX_PACING_RATE, UNSIGNED},
    {SOL_SOCKET, SO_PRIORITY, TARN_SO_PRIORITY, AS_IS},
    {SOL_SOCKET, SO_MARK, TARN_SO_MARK, UNSIGNED},
    {SOL_IP, IP_TTL, TARN_SO_IP_TTL, AS_IS},
    {SOL_IP, IP_TOS, TARN_SO_IP_TOS, AS_IS},
    {SOL_IP, IP_MTU_DISCOVER, TARN_SO_IP_MTU_DISCOVER, AS_IS},
    {SOL_IP, IP_MTU, TARN_SO_IP_MTU, AS_IS},
    {SOL_IP, IP_RECVERR, TARN_SO_IP_RECVERR, TO_BOOL},
    {SOL_IPV6, IPV6_V6ONLY, TARN_SO_IPV6_V6ONLY, TO_BOOL},
    {SOL_IPV6, IPV6_UNICAST_HOPS, TARN_SO_IPV6_UNICAST_HOPS, AS_IS},
    {SOL_IPV6, IPV6_TCLASS, TARN_SO_IPV6_TCLASS, AS_IS},
    {SOL_IPV6, IPV6_MTU_DISCOVER, TARN_SO_IPV6_MTU_DISCOVER, AS_IS},
    {SOL_IPV6, IPV6_MTU, TARN_SO_IPV6_MTU, AS_IS},
    {SOL_IPV6, IPV6_RECVERR, TARN_SO_IPV6_RECVERR, TO_BOOL},
    {SOL_TCP, TCP_NODELAY, TARN_SO_TCP_NODELAY, TO_BOOL},
    {SOL_TCP, TCP_CORK, TARN_SO_TCP_CORK, TO_BOOL},
    {SOL_TCP, TCP_MAXSEG, TARN_SO_TCP_MAXSEG, AS_IS},
    {SOL_TCP, TCP_KEEPIDLE, TARN_SO_TCP_KEEPIDLE, AS_IS},
    {SOL_TCP, TCP_KEEPINTVL, TARN_SO_TCP_KEEPINTVL, AS_IS},
    {SOL_TCP, TCP_KEEPCNT, TARN_SO_TCP_KEEPCNT, AS_IS},
    {SOL_TCP, TCP_SYNCNT, TARN_SO_TCP_SYNCNT, AS_IS},
    {SOL_TCP, TCP_USER_TIMEOUT, TARN_SO_TCP_USER_TIMEOUT, AS_IS},
    {SOL_TCP, TCP_QUICKACK, TARN_SO_TCP_QUICKACK, TO_BOOL},
    {SOL_TCP, TCP_DEFER_ACCEPT, TARN_SO_TCP_DEFER_ACCEPT, AS_IS},
    {SOL_TCP, TCP_LINGER2, TARN_SO_TCP_LINGER2, AS_IS},
    {SOL_TCP, TCP_WINDOW_CLAMP, TARN_SO_TCP_WINDOW_CLAMP, AS_IS},
    {SOL_TCP, TCP_FASTOPEN, TARN_SO_TCP_FASTOPEN, AS_IS},
    {SOL_TCP, TCP_FASTOPEN_CONNECT, TARN_SO_TCP_FASTOPEN_CONNECT, AS_IS},
    {SOL_TCP, TCP_FASTOPEN_NO_COOKIE, TARN_SO_TCP_FASTOPEN_NO_COOKIE, AS_IS},
    {SOL_TCP, TCP_NOTSENT_LOWAT, TARN_SO_TCP_NOTSENT_LOWAT, UNSIGNED},
};

static const struct number_row *number_find(int level, int name)
{
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].level == level && numbers[i].name == name)
            return &numbers[i];
    return NULL;
}

static int number_set(struct sys *s, struct sys_socket *so, const struct number_row *row,
                      const void *value, socklen_t n)
{
    int given, err = sys_option_int(value, n, &given);

    if (err < 0 && row->level == SOL_IP && n > 0) { /* those of IP may be a single byte */
        given = *(const uint8_t *)value;
        err = 0;
    }
    if (err < 0)
        return err;
    if (row->kind == TO_BOOL)
        given = given != 0;
    return set(s, so, row->opt, row->kind == UNSIGNED ? (int64_t)(uint32_t)given : given);
}

static int number_get(const struct sys *s, const struct sys_socket *so,
                      const struct number_row *row, void *value, socklen_t *n)
{
    int64_t wide;
    int err = tarn_getopt(sys_stack(s), so->sock, row->opt, &wide), narrow = (int)wide;

    return err < 0 ? err : sys_option_give(value, n, &narrow, sizeof narrow);
}

/* ---- options of the socket layer with forms of their own ---- */

static int set_linger(struct sys *s, struct sys_socket *so, const void *value, socklen_t n)
{
    struct linger l;
    int64_t seconds = -1;

    if (n < sizeof l)
        return -EINVAL;
    memcpy(&l, value, sizeof l);
    if (l.l_onoff != 0)
        seconds = l.l_linger < 0 || l.l_linger > UINT16_MAX ? UINT16_MAX : l.l_linger;
    return set(s, so, TARN_SO_LINGER, seconds);
}

static int get_linger(const struct sys *s, const struct sys_socket *so, void *value, socklen_t *n)
{
    int64_t seconds = get(s, so, TARN_SO_LINGER);
    struct linger l = {seconds >= 0, seconds >= 0 ? (int)seconds : 0};

    return sys_option_give(value, n, &l, sizeof l);
}

static int set_limit(tarn_ns *limit, const void *value, socklen_t n)
{
    struct timeval tv;

    if (n < sizeof tv)
        return -EINVAL;
    memcpy(&tv, value, sizeof tv);
    if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
        return -EDOM;
    *limit = tv.tv_sec < 0 || tv.tv_sec > INT32_MAX
                 ? 0
                 : (tarn_ns)tv.tv_sec * NS_PER_S + (tarn_ns)tv.tv_usec * NS_PER_US;
    return 0;
}

static int get_limit(tarn_ns limit, void *value, socklen_t *n)
{
    struct timeval tv = {.tv_sec = (time_t)(limit / NS_PER_S),
                         .tv_usec = (suseconds_t)(limit % NS_PER_S / NS_PER_US)};

    return sys_option_give(value, n, &tv, sizeof tv);
}

/* Linux doubles what is asked for, and shows the double. */
static int set_buffer(struct sys *s, struct sys_socket *so, enum tarn_opt opt, int bytes)
{
    int least = opt == TARN_SO_RCVBUF ? RCVBUF_MIN : SNDBUF_MIN;
    int64_t doubled = 2 * (int64_t)(bytes < 0 || bytes > BUFFER_MAX ? BUFFER_MAX : bytes);

    return set(s, so, opt, doubled < least ? least : doubled);
}

static void set_stamping(struct sys *s, struct sys_socket *so, int flags)
{
    if ((flags & SOF_TIMESTAMPING_OPT_ID) != 0 && (so->stamping & SOF_TIMESTAMPING_OPT_ID) == 0)
        so->stamp_base = so->written - (uint64_t)get(s, so, TARN_SO_NWRITE);
    so->stamping = (uint32_t)flags;
}

static int socket_set(struct sys *s, struct sys_socket *so, int name, const void *value,
                      socklen_t n)
{
    int given = 0, err;

    if (name == SO_LINGER)
        return set_linger(s, so, value, n);
    if (name == SO_RCVTIMEO || name == SO_SNDTIMEO)
        return set_limit(name == SO_RCVTIMEO ? &so->receive_limit : &so->send_limit, value, n);
    err = sys_option_int(value, n, &given);
    if (err < 0)
        return err;
    switch (name) {
    case SO_RCVBUF:
    case SO_RCVBUFFORCE: return set_buffer(s, so, TARN_SO_RCVBUF, given);
    case SO_SNDBUF:
    case SO_SNDBUFFORCE: return set_buffer(s, so, TARN_SO_SNDBUF, given);
    case SO_ZEROCOPY:
        if (given < 0 || given > 1)
            return -EINVAL;
        so->zerocopy = given != 0;
        return 0;
    case SO_TIMESTAMPING:
    case TIMESTAMPING_NEW: set_stamping(s, so, given); return 0;
    default: return -ENOPROTOOPT;
    }
}

static int get_meminfo(const struct sys *s, const struct sys_socket *so, void *value, socklen_t *n)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};

    info[SK_MEMINFO_RMEM_ALLOC] = (uint32_t)get(s, so, TARN_SO_NREAD);
    info[SK_MEMINFO_RCVBUF] = (uint32_t)get(s, so, TARN_SO_RCVBUF);
    info[SK_MEMINFO_SNDBUF] = (uint32_t)get(s, so, TARN_SO_SNDBUF);
    info[SK_MEMINFO_WMEM_QUEUED] = (uint32_t)get(s, so, TARN_SO_NWRITE);
    return sys_option_give(value, n, info, sizeof info);
}

static int socket_number(const struct sys *s, struct sys_socket *so, int name, int *out)
{
    switch (name) {
    case SO_ERROR:
        *out = (int)get(s, so, TARN_SO_ERROR);
        if (*out != 0)
            so->connecting = false;
        return 0;
    case SO_TYPE: *out = so->type; return 0;
    case SO_DOMAIN: *out = so->domain; return 0;
    case SO_PROTOCOL: *out = so->protocol; return 0;
    case SO_ACCEPTCONN: *out = (int)get(s, so, TARN_SO_ACCEPTCONN); return 0;
    case SO_RCVBUF: *out = (int)get(s, so, TARN_SO_RCVBUF); return 0;
    case SO_SNDBUF: *out = (int)get(s, so, TARN_SO_SNDBUF); return 0;
    case SO_SNDLOWAT: *out = 1; return 0;
    case SO_ZEROCOPY: *out = so->zerocopy; return 0;
    case SO_TIMESTAMPING:
    case TIMESTAMPING_NEW: *out = (int)so->stamping; return 0;
    default: return -ENOPROTOOPT;
    }
}

static int socket_get(const struct sys *s, struct sys_socket *so, int name, void *value,
                      socklen_t *n)
{
    int number = 0, err;

    switch (name) {
    case SO_LINGER: return get_linger(s, so, value, n);
    case SO_RCVTIMEO: return get_limit(so->receive_limit, value, n);
    case SO_SNDTIMEO: return get_limit(so->send_limit, value, n);
    case SO_MEMINFO: return get_meminfo(s, so, value, n);
    default: break;
    }
    err = socket_number(s, so, name, &number);
    return err < 0 ? err : sys_option_give(value, n, &number, sizeof number);
}

/* ---- the calls ---- */

static bool is_of(const struct sys_socket *so, int level)
{
    if (level == SOL_IPV6)
        return so->domain == AF_INET6;
    return level != SOL_TCP || so->protocol == IPPROTO_TCP;
}

int64_t sys_setsockopt(struct sys *s, int fd, int level, int name, const void *value, socklen_t n)
{
    int64_t err;
    struct sys_socket *so = sys_socket_at(s, fd, &err);
    const struct number_row *row = number_find(level, name);

    if (so == NULL)
        return err;
    if ((int)n < 0)
        return -EINVAL;
    if (!is_of(so, level))
        return -ENOPROTOOPT;
    if (row != NULL)
        return number_set(s, so, row, value, n);
    if (level == SOL_SOCKET)
        return socket_set(s, so, name, value, n);
    if (level == SOL_TCP)
        return sys_option_tcp_set(s, so, name, value, n);
    return level == SOL_IP && name == IP_FREEBIND ? 0 : -ENOPROTOOPT;
}

int64_t sys_getsockopt(struct sys *s, int fd, int level, int name, void *value, socklen_t *n)
{
    int64_t err;
    struct sys_socket *so = sys_socket_at(s, fd, &err);
    const struct number_row *row = number_find(level, name);

    if (so == NULL)
        return err;
    if ((int)*n < 0)
        return -EINVAL;
    if (!is_of(so, level))
        return -EOPNOTSUPP;
    if (row != NULL)
        return number_get(s, so, row, value, n);
    if (level == SOL_SOCKET)
        return socket_get(s, so, name, value, n);
    if (level == SOL_TCP)
        return sys_option_tcp_get(s, so, name, value, n);
    return level == SOL_IP || level == SOL_IPV6 ? -ENOPROTOOPT : -EOPNOTSUPP;
}
