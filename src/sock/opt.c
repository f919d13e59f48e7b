/* sock/opt.c - the options that every socket has; the others are its transport's. */
#include "sock/layer.h"
#include "wire/ip4.h"

struct range {
    int64_t min, max;
};

#define X(id, name, min, max, def, meaning) {min, max},
static const struct range ranges[] = {
#include "tarn/opt.def"
};
#undef X

/* Which sockets have an option. */
enum { ALL = 0, SIX = 1, MESSAGES = 2 };

/* An option of value 0 or 1 is a flag of the socket. */
struct switch_row {
    uint32_t flag;
    uint8_t who;
    bool inverted; /* the flag says 0 */
};

static const struct switch_row switches[TARN_SO_N] = {
    [TARN_SO_REUSEADDR] = {SOCK_REUSEADDR, ALL, false},
    [TARN_SO_REUSEPORT] = {SOCK_REUSEPORT, ALL, false},
    [TARN_SO_BROADCAST] = {SOCK_BROADCAST, ALL, false},
    [TARN_SO_IP_RECVERR] = {SOCK_RECVERR, ALL, false},
    [TARN_SO_IPV6_V6ONLY] = {SOCK_V6ONLY, SIX, false},
    [TARN_SO_IPV6_RECVERR] = {SOCK_RECVERR6, SIX, false},
    [TARN_SO_IPV6_DONTFRAG] = {SOCK_DONTFRAG6, SIX, false},
    [TARN_SO_IPV6_AUTOFLOWLABEL] = {SOCK_NO_FLOW_LABEL, SIX, true},
    [TARN_SO_RECV_PKTINFO] = {SOCK_RECV_PKTINFO, ALL, false},
    [TARN_SO_RECV_TTL] = {SOCK_RECV_TTL, ALL, false},
    [TARN_SO_RECV_TOS] = {SOCK_RECV_TOS, ALL, false},
    [TARN_SO_RECV_STAMP] = {SOCK_RECV_STAMP, ALL, false},
    [TARN_SO_MULTICAST_LOOP] = {SOCK_NO_MULTICAST_LOOP, MESSAGES, true},
    [TARN_SO_MULTICAST_ALL] = {SOCK_NO_MULTICAST_ALL, MESSAGES, true},
};

/* The row of an option that is a switch; NULL: it is none. */
static const struct switch_row *switch_of(enum tarn_opt opt)
{
    return opt < TARN_SO_N && switches[opt].flag != 0 ? &switches[opt] : NULL;
}

static bool has_switch(const struct sock *sk, const struct switch_row *row)
{
    return (row->who != SIX || sk->family == TARN_INET6) &&
           (row->who != MESSAGES || sk->type != TARN_STREAM);
}

static int set_switch(struct tarn *st, struct sock *sk, const struct switch_row *row, bool on)
{
    if (!has_switch(sk, row))
        return -TARN_ENOPROTOOPT;
    if (row->flag == SOCK_V6ONLY && (sk->local.port != 0 || sk->remote.port != 0))
        return -TARN_EINVAL;
    sk->flags &= ~row->flag;
    if (on != row->inverted)
        sk->flags |= row->flag;
    if (row->flag == SOCK_NO_FLOW_LABEL)
        sock_relabel(st, sk);
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

/* The ECN bits of a stream's packets are TCP's (RFC 3168 6.1). */
static uint8_t tos_of(const struct sock *sk, int64_t value)
{
    return (uint8_t)(sk->type == TARN_STREAM ? value & ~(int64_t)IP_ECN_CE : value);
}

static int set_option6(struct sock *sk, enum tarn_opt opt, int64_t value)
{
    switch (opt) {
    case TARN_SO_IPV6_UNICAST_HOPS: sk->hops = (uint8_t)value; return 0;
    case TARN_SO_IPV6_TCLASS: sk->tclass = tos_of(sk, value); return 0;
    case TARN_SO_IPV6_MTU_DISCOVER: sk->mtu_discover6 = (uint8_t)value; return 0;
    default: sk->source_prefs = (uint16_t)value; return 0;
    }
}

int tarn_setopt(struct tarn *st, tarn_sock s, enum tarn_opt opt, int64_t value, tarn_ns now)
{
    struct sock *sk = sock_find(st, s);

    st->now = now;
    if (sk == NULL)
        return -TARN_EBADF;
    if (opt >= TARN_SO_N || (ranges[opt].min == 0 && ranges[opt].max == 0))
        return -TARN_ENOPROTOOPT;
    if (value < ranges[opt].min || value > ranges[opt].max)
        return -TARN_EINVAL;
    if (switch_of(opt) != NULL)
        return set_switch(st, sk, switch_of(opt), value != 0);
    switch (opt) {
    case TARN_SO_PRIORITY: sk->priority = (uint8_t)value; return 0;
    case TARN_SO_MARK: sk->mark = (uint32_t)value; return 0;
    case TARN_SO_BINDTODEVICE: return set_device(st, sk, value);
    case TARN_SO_IP_TTL: sk->ttl = (uint8_t)value; return 0;
    case TARN_SO_IP_TOS: sk->tos = tos_of(sk, value); return 0;
    case TARN_SO_IP_MTU_DISCOVER: sk->mtu_discover = (uint8_t)value; return 0;
    case TARN_SO_IPV6_UNICAST_HOPS:
    case TARN_SO_IPV6_TCLASS:
    case TARN_SO_IPV6_MTU_DISCOVER:
    case TARN_SO_IPV6_ADDR_PREFERENCES:
        return sk->family == TARN_INET6 ? set_option6(sk, opt, value) : -TARN_ENOPROTOOPT;
    default: break;
    }
    if (sock_proto(sk)->setopt == NULL)
        return -TARN_ENOPROTOOPT;
    return sock_proto(sk)->setopt(st, sk, opt, value, now);
}

static int get_mtu(struct tarn *st, struct sock *sk, int64_t *value)
{
    struct ip_info ip;
    int err = tarn_ip_is_any(&sk->remote.ip) ? -TARN_ENOTCONN : sock_route(st, sk, &ip);

    if (err == 0)
        *value = ip.mtu;
    return err;
}

static int get_option6(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t *value)
{
    if (sk->family != TARN_INET6)
        return -TARN_ENOPROTOOPT;
    switch (opt) {
    case TARN_SO_IPV6_UNICAST_HOPS:
        *value = sk->hops != 0 ? sk->hops : st->param[PARAM_IP6_HOPS];
        return 0;
    case TARN_SO_IPV6_TCLASS: *value = sk->tclass; return 0;
    case TARN_SO_IPV6_MTU_DISCOVER: *value = sk->mtu_discover6; return 0;
    case TARN_SO_IPV6_ADDR_PREFERENCES: *value = sk->source_prefs; return 0;
    default: return get_mtu(st, sk, value);
    }
}

int tarn_getopt(struct tarn *st, tarn_sock s, enum tarn_opt opt, int64_t *value)
{
    const struct switch_row *row = switch_of(opt);
    struct sock *sk = sock_find(st, s);

    if (sk == NULL)
        return -TARN_EBADF;
    if (row != NULL) {
        *value = ((sk->flags & row->flag) != 0) != row->inverted;
        return has_switch(sk, row) ? 0 : -TARN_ENOPROTOOPT;
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
    case TARN_SO_IPV6_UNICAST_HOPS:
    case TARN_SO_IPV6_TCLASS:
    case TARN_SO_IPV6_MTU_DISCOVER:
    case TARN_SO_IPV6_ADDR_PREFERENCES:
    case TARN_SO_IPV6_MTU: return get_option6(st, sk, opt, value);
    default: break;
    }
    if (sock_proto(sk)->getopt == NULL)
        return -TARN_ENOPROTOOPT;
    return sock_proto(sk)->getopt(st, sk, opt, value);
}
