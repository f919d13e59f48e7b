/* drill/symbols.c - the names that scripts use: Linux's, as the C library of this machine has them.
 */
#include "drill/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

struct symbol {
    const char *name;
    int64_t value;
};

#define S(name_)      \
    {                 \
#name_, name_ \
    }

static const struct symbol errors[] = {
    S(EPERM),        S(ENOENT),       S(EINTR),         S(EIO),
    S(EBADF),        S(EAGAIN),       S(ENOMEM),        S(EACCES),
    S(EFAULT),       S(EBUSY),        S(EEXIST),        S(ENODEV),
    S(EINVAL),       S(ENOSPC),       S(EPIPE),         S(ERANGE),
    S(ENOSYS),       S(EPROTO),       S(EDESTADDRREQ),  S(EMSGSIZE),
    S(EPROTOTYPE),   S(ENOPROTOOPT),  S(EOPNOTSUPP),    S(EPROTONOSUPPORT),
    S(EAFNOSUPPORT), S(EADDRINUSE),   S(EADDRNOTAVAIL), S(ENETDOWN),
    S(ENETUNREACH),  S(ECONNABORTED), S(ECONNRESET),    S(ENOBUFS),
    S(EISCONN),      S(ENOTCONN),     S(ETIMEDOUT),     S(ECONNREFUSED),
    S(EHOSTUNREACH), S(EALREADY),     S(EINPROGRESS),   {NULL, 0},
};

static const struct symbol constants[] = {
    S(AF_INET),
    S(PF_INET),
    S(SOCK_STREAM),
    S(SOCK_DGRAM),
    S(SOCK_NONBLOCK),
    S(IPPROTO_TCP),
    S(IPPROTO_UDP),
    S(IPPROTO_IP),
    S(SOL_SOCKET),
    S(SOL_TCP),
    S(SOL_IP),
    S(SO_REUSEADDR),
    S(SO_REUSEPORT),
    S(SO_ERROR),
    S(SO_KEEPALIVE),
    S(SO_LINGER),
    S(SO_RCVBUF),
    S(SO_SNDBUF),
    S(SO_RCVLOWAT),
    S(SO_OOBINLINE),
    S(TCP_NODELAY),
    S(TCP_CORK),
    S(TCP_MAXSEG),
    S(TCP_KEEPIDLE),
    S(TCP_KEEPINTVL),
    S(TCP_KEEPCNT),
    S(TCP_SYNCNT),
    S(TCP_USER_TIMEOUT),
    S(TCP_QUICKACK),
    S(TCP_DEFER_ACCEPT),
    S(TCP_LINGER2),
    S(TCP_WINDOW_CLAMP),
    S(TCP_NOTSENT_LOWAT),
    S(TCP_CONGESTION),
    S(IP_TTL),
    S(IP_TOS),
    S(IP_MTU_DISCOVER),
    S(IP_MTU),
    S(IP_RECVERR),
    S(IP_PMTUDISC_DONT),
    S(IP_PMTUDISC_WANT),
    S(IP_PMTUDISC_DO),
    S(IP_PMTUDISC_PROBE),
    S(F_GETFL),
    S(F_SETFL),
    S(O_RDWR),
    S(O_NONBLOCK),
    S(SHUT_RD),
    S(SHUT_WR),
    S(SHUT_RDWR),
    S(MSG_DONTWAIT),
    S(MSG_PEEK),
    S(MSG_MORE),
    S(MSG_OOB),
    S(MSG_NOSIGNAL),
    S(MSG_WAITALL),
    S(MSG_TRUNC),
    S(POLLIN),
    S(POLLOUT),
    S(POLLERR),
    S(POLLHUP),
    S(POLLRDHUP),
    S(POLLPRI),
    S(FIONREAD),
    {"SIOCINQ", 0x541b},
    {"SIOCOUTQ", 0x5411},
    S(TCP_ESTABLISHED),
    S(TCP_SYN_SENT),
    {"TCP_SYN_RECV", TCP_SYN_RECV},
    {"TCP_FIN_WAIT1", TCP_FIN_WAIT1},
    {"TCP_FIN_WAIT2", TCP_FIN_WAIT2},
    S(TCP_TIME_WAIT),
    {"TCP_CLOSE", TCP_CLOSE},
    S(TCP_CLOSE_WAIT),
    {"TCP_LAST_ACK", TCP_LAST_ACK},
    {"TCP_LISTEN", TCP_LISTEN},
    {"TCP_CLOSING", TCP_CLOSING},
    {"TCP_CA_Open", 0},
    {"TCP_CA_Disorder", 1},
    {"TCP_CA_CWR", 2},
    {"TCP_CA_Recovery", 3},
    {"TCP_CA_Loss", 4},
    {NULL, 0},
};

static bool find_in(const struct symbol *table, const char *name, int64_t *value)
{
    for (; table->name != NULL; table++)
        if (strcmp(table->name, name) == 0) {
            *value = table->value;
            return true;
        }
    return false;
}

bool symbol_find(const char *name, int64_t *value)
{
    return find_in(constants, name, value) || find_in(errors, name, value);
}

const char *symbol_errno(int error)
{
    for (const struct symbol *e = errors; e->name != NULL; e++)
        if (e->value == error)
            return e->name;
    return NULL;
}
