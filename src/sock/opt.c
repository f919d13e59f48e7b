/* sock/opt.c - the options that every socket has; the others are its transport's. */
#include "base/array.h"
#include "sock/layer.h"

struct range {
    int64_t min, max;
};

#define X(id, name, min, max, def, meaning) {min, max},
static const struct range ranges[] = {
#include "tarn/opt.def"
};
#undef X

/* The flag that an option of value 0 or 1 sets; 0: it is no such option. */
static uint32_t flag_of(enum tarn_opt opt)
{
    switch (opt) {
    case TARN_SO_REUSEADDR: return SOCK_REUSEADDR;
    case TARN_SO_REUSEPORT: return SOCK_REUSEPORT;
    case TARN_SO_BROADCAST: return SOCK_BROADCAST;
    case TARN_SO_IP_RECVERR: return SOCK_RECVERR;
    case TARN_SO_IPV6_V6ONLY: return SOCK_V6ONLY;
    default: return 0;
    }
}

/* May this socket have this option now? */
static int check_option(const struct sock *sk, enum tarn_opt opt)
{
    if (opt == TARN_SO_IPV6_V6ONLY && sk->family != TARN_INET6)
        return -TARN_ENOPROTOOPT;
    if (opt == TARN_SO_IPV6_V6ONLY && (sk->local.port != 0 || sk->remote.port != 0))
        return -TARN_EINVAL;
    return 0;
}

static int set_device(struct tarn *st, struct sock *sk, int64_t value)
{
    if (value > port_count(st))
        return -TARN_ENODEV;
    sk->bind_port = (uint8_t)value;
    sk->route_generation = 0;
    return 0;
}

int tarn_setopt(struct tarn *st, tarn_sock s, enum tarn_opt opt, int64_t value, tarn_ns now)
{
    struct sock *sk = sock_find(st, s);
    int err;

    st->now = now;
    if (sk == NULL)
        return -TARN_EBADF;
    if (opt >= TARN_SO_N || (ranges[opt].min == 0 && ranges[opt].max == 0))
        return -TARN_ENOPROTOOPT;
    if (value < ranges[opt].min || value > ranges[opt].max)
        return -TARN_EINVAL;
    err = check_option(sk, opt);
    if (err < 0)
        return err;
    if (flag_of(opt) != 0) {
        sk->flags = (sk->flags & ~flag_of(opt)) | (value != 0 ? flag_of(opt) : 0);
        return 0;
    }
    switch (opt) {
    case TARN_SO_PRIORITY: sk->priority = (uint8_t)value; return 0;
    case TARN_SO_MARK: sk->mark = (uint32_t)value; return 0;
    case TARN_SO_BINDTODEVICE: return set_device(st, sk, value);
    case TARN_SO_IP_TTL: sk->ttl = (uint8_t)value; return 0;
    case TARN_SO_IP_TOS: sk->tos = (uint8_t)value; return 0;
    case TARN_SO_IP_MTU_DISCOVER: sk->mtu_discover = (uint8_t)value; return 0;
    default: break;
    }
    if (sock_proto(sk)->setopt == NULL)
        return -TARN_ENOPROTOOPT;
    return sock_proto(sk)->setopt(st, sk, opt, value, now);
}

static int get_mtu(struct tarn *st, struct sock *sk, int64_t *value)
{
    struct ip_info ip;
    int err = (sk->flags & SOCK_CONNECTED) != 0 ? sock_route(st, sk, &ip) : -TARN_ENOTCONN;

    if (err == 0)
        *value = ip.mtu;
    return err;
}

int tarn_getopt(struct tarn *st, tarn_sock s, enum tarn_opt opt, int64_t *value)
{
    struct sock *sk = sock_find(st, s);

    if (sk == NULL)
        return -TARN_EBADF;
    if (flag_of(opt) != 0) {
        *value = (sk->flags & flag_of(opt)) != 0;
        return 0;
    }
    switch (opt) {
    case TARN_SO_ERROR: *value = -sock_take_error(st, sk); return 0;
    case TARN_SO_TYPE: *value = sk->type; return 0;
    case TARN_SO_PROTOCOL: *value = sk->protocol; return 0;
    case TARN_SO_FAMILY: *value = sk->family; return 0;
    case TARN_SO_ACCEPTCONN: *value = (sk->flags & SOCK_LISTENING) != 0; return 0;
    case TARN_SO_PRIORITY: *value = sk->priority; return 0;
    case TARN_SO_MARK: *value = sk->mark; return 0;
    case TARN_SO_BINDTODEVICE: *value = sk->bind_port; return 0;
    case TARN_SO_IP_TTL: *value = sk->ttl != 0 ? sk->ttl : st->param[PARAM_TTL]; return 0;
    case TARN_SO_IP_TOS: *value = sk->tos; return 0;
    case TARN_SO_IP_MTU_DISCOVER: *value = sk->mtu_discover; return 0;
    case TARN_SO_IP_MTU: return get_mtu(st, sk, value);
    default: break;
    }
    if (sock_proto(sk)->getopt == NULL)
        return -TARN_ENOPROTOOPT;
    return sock_proto(sk)->getopt(st, sk, opt, value);
}
