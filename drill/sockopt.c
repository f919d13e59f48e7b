/* drill/sockopt.c - socket options under Linux's names. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "drill/run.h"

/* `six`: what is meant where the packets are of IPv6. */
static const struct {
    int level, name;
    enum tarn_opt opt, six;
} options[] = {
    {SOL_SOCKET, SO_ERROR, TARN_SO_ERROR, TARN_SO_ERROR},
    {SOL_SOCKET, SO_REUSEADDR, TARN_SO_REUSEADDR, TARN_SO_REUSEADDR},
    {SOL_SOCKET, SO_REUSEPORT, TARN_SO_REUSEPORT, TARN_SO_REUSEPORT},
    {SOL_SOCKET, SO_KEEPALIVE, TARN_SO_KEEPALIVE, TARN_SO_KEEPALIVE},
    {SOL_SOCKET, SO_LINGER, TARN_SO_LINGER, TARN_SO_LINGER},
    {SOL_SOCKET, SO_OOBINLINE, TARN_SO_OOBINLINE, TARN_SO_OOBINLINE},
    {SOL_SOCKET, SO_RCVBUF, TARN_SO_RCVBUF, TARN_SO_RCVBUF},
    {SOL_SOCKET, SO_SNDBUF, TARN_SO_SNDBUF, TARN_SO_SNDBUF},
    {SOL_SOCKET, SO_RCVLOWAT, TARN_SO_RCVLOWAT, TARN_SO_RCVLOWAT},
    {IPPROTO_IP, IP_TTL, TARN_SO_IP_TTL, TARN_SO_IPV6_UNICAST_HOPS},
    {IPPROTO_IP, IP_TOS, TARN_SO_IP_TOS, TARN_SO_IPV6_TCLASS},
    {IPPROTO_IP, IP_MTU_DISCOVER, TARN_SO_IP_MTU_DISCOVER, TARN_SO_IPV6_MTU_DISCOVER},
    {IPPROTO_IP, IP_MTU, TARN_SO_IP_MTU, TARN_SO_IPV6_MTU},
    {IPPROTO_IP, IP_RECVERR, TARN_SO_IP_RECVERR, TARN_SO_IPV6_RECVERR},
    {IPPROTO_TCP, TCP_NODELAY, TARN_SO_TCP_NODELAY, TARN_SO_TCP_NODELAY},
    {IPPROTO_TCP, TCP_CORK, TARN_SO_TCP_CORK, TARN_SO_TCP_CORK},
    {IPPROTO_TCP, TCP_MAXSEG, TARN_SO_TCP_MAXSEG, TARN_SO_TCP_MAXSEG},
    {IPPROTO_TCP, TCP_KEEPIDLE, TARN_SO_TCP_KEEPIDLE, TARN_SO_TCP_KEEPIDLE},
    {IPPROTO_TCP, TCP_KEEPINTVL, TARN_SO_TCP_KEEPINTVL, TARN_SO_TCP_KEEPINTVL},
    {IPPROTO_TCP, TCP_KEEPCNT, TARN_SO_TCP_KEEPCNT, TARN_SO_TCP_KEEPCNT},
    {IPPROTO_TCP, TCP_SYNCNT, TARN_SO_TCP_SYNCNT, TARN_SO_TCP_SYNCNT},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, TARN_SO_TCP_USER_TIMEOUT, TARN_SO_TCP_USER_TIMEOUT},
    {IPPROTO_TCP, TCP_QUICKACK, TARN_SO_TCP_QUICKACK, TARN_SO_TCP_QUICKACK},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, TARN_SO_TCP_DEFER_ACCEPT, TARN_SO_TCP_DEFER_ACCEPT},
    {IPPROTO_TCP, TCP_LINGER2, TARN_SO_TCP_LINGER2, TARN_SO_TCP_LINGER2},
    {IPPROTO_TCP, TCP_WINDOW_CLAMP, TARN_SO_TCP_WINDOW_CLAMP, TARN_SO_TCP_WINDOW_CLAMP},
    {IPPROTO_TCP, TCP_FASTOPEN, TARN_SO_TCP_FASTOPEN, TARN_SO_TCP_FASTOPEN},
    {IPPROTO_TCP, TCP_FASTOPEN_CONNECT, TARN_SO_TCP_FASTOPEN_CONNECT, TARN_SO_TCP_FASTOPEN_CONNECT},
    {IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, TARN_SO_TCP_FASTOPEN_NO_COOKIE,
     TARN_SO_TCP_FASTOPEN_NO_COOKIE},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT, TARN_SO_TCP_NOTSENT_LOWAT, TARN_SO_TCP_NOTSENT_LOWAT},
};

static bool option_find(struct drill_run *r, const struct drill_call *call, enum tarn_opt *opt)
{
    const struct drill_value *level = call_arg(r, call, 1), *name = call_arg(r, call, 2);

    if (level == NULL || name == NULL)
        return false;
    for (unsigned i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i].level == level->number && options[i].name == name->number) {
            *opt = r->script.version == DRILL_IPV6 ? options[i].six : options[i].opt;
            return true;
        }
    return run_fail(r, "unsupported: option %lld of level %lld", (long long)name->number,
                    (long long)level->number);
}

/* Linux doubles what is asked for, to pay for its overhead. */
static bool is_doubled(enum tarn_opt opt)
{
    return opt == TARN_SO_RCVBUF || opt == TARN_SO_SNDBUF;
}

/* [1], or {onoff=1, linger=5} as seconds, -1 when off. */
static bool option_value(struct drill_run *r, const struct drill_value *v, int64_t *out)
{
    int64_t on = 0, seconds = 0;

    if (v->kind == VALUE_LIST && v->first != NULL && v->first->kind == VALUE_NUMBER) {
        *out = v->first->number;
        return true;
    }
    if (v->kind != VALUE_STRUCT)
        return run_fail(r, "an option's value is [number] or {onoff=, linger=}");
    for (v = v->first; v != NULL; v = v->next) {
        if (v->name != NULL && strstr(v->name, "onoff") != NULL)
            on = v->number;
        else
            seconds = v->number;
    }
    *out = on ? seconds : -1;
    return true;
}

static bool is_congestion(struct drill_run *r, const struct drill_call *call)
{
    const struct drill_value *level = call_arg(r, call, 1), *name = call_arg(r, call, 2);

    return level != NULL && name != NULL && level->number == IPPROTO_TCP &&
           name->number == TCP_CONGESTION;
}

static bool is_fastopen_key(struct drill_run *r, const struct drill_call *call)
{
    const struct drill_value *level = call_arg(r, call, 1), *name = call_arg(r, call, 2);

    return level != NULL && name != NULL && level->number == IPPROTO_TCP &&
           name->number == TCP_FASTOPEN_KEY;
}

int64_t call_setsockopt(struct drill_run *r, struct drill_fd *fd, const struct drill_call *call)
{
    const struct drill_value *v = call_arg(r, call, 3);
    enum tarn_opt opt;
    int64_t value;

    if (v == NULL)
        return 0;
    if (is_congestion(r, call) && v->kind == VALUE_TEXT)
        return tarn_set_cc(run_stack(r), fd->sock, v->text, strlen(v->text));
    if (is_fastopen_key(r, call) && v->kind == VALUE_TEXT && call_arg(r, call, 4) != NULL)
        return tarn_set_fastopen_key(run_stack(r), fd->sock, v->text,
                                     (size_t)call_arg(r, call, 4)->number);
    if (!option_find(r, call, &opt) || !option_value(r, v, &value))
        return 0;
    return tarn_setopt(run_stack(r), fd->sock, opt, is_doubled(opt) ? 2 * value : value,
                       r->world.now);
}

int64_t call_getsockopt(struct drill_run *r, struct drill_fd *fd, const struct drill_call *call)
{
    const struct drill_value *v = call_arg(r, call, 3);
    int64_t want, got = 0;
    enum tarn_opt opt;
    int err;

    if (v == NULL || !option_find(r, call, &opt))
        return 0;
    err = tarn_getopt(run_stack(r), fd->sock, opt, &got);
    if (err == 0 && v->kind != VALUE_ELLIPSIS && option_value(r, v, &want) && want != got)
        run_fail(r, "getsockopt gives [%lld]", (long long)got);
    return err;
}
