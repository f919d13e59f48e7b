/* posix/option/option_multicast.c - how groups are sent to, and heard without joining. */
#include "posix/option/option.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* An address of the interface, an ip_mreq that names it, or an ip_mreqn with its index. */
static int set_interface(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct ip_mreqn m = {.imr_ifindex = 0};
    uint32_t port = 0;

    if (so->type == SOCK_STREAM || q->data_len < sizeof m.imr_address)
        return -EINVAL;
    if (q->data_len < sizeof(struct ip_mreq))
        memcpy(&m.imr_address, q->data, sizeof m.imr_address);
    else
        memcpy(&m, q->data, q->data_len < sizeof m ? q->data_len : sizeof m);
    port = (uint32_t)m.imr_ifindex;
    if ((port == 0 && option_port_of(so, m.imr_address, &port) != 0) ||
        option_to_stack(so, o->stack, port) != 0)
        return -EADDRNOTAVAIL;
    so->multicast_address = m.imr_address.s_addr;
    return 0;
}

static int get_interface(struct socket *so, const struct option *o, const struct posix_request *q,
                         struct posix_reply *r)
{
    (void)o;
    return option_give(so, q, r, &so->multicast_address, sizeof so->multicast_address);
}

static int set_interface6(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct tarn_port_info info;
    int index;
    int err = option_read_int(q, &index);

    if (err != 0)
        return err;
    if (index < 0 ||
        (index > 0 && tarn_port_get(so->px->cfg.stack, (unsigned)index - 1, &info) != 0))
        return -ENODEV;
    return option_to_stack(so, o->stack, index);
}

static int set_unless_stream(struct socket *so, const struct option *o,
                             const struct posix_request *q)
{
    if (so->type == SOCK_STREAM)
        return -EINVAL;
    return o->kind == OPTION_BOOL ? option_set_real(so, o, q) : option_set_or_default(so, o, q);
}

#define NUMBER(name, opt, kind)                                                         \
    {                                                                                   \
        IPPROTO_IP, name, option_get_real, set_unless_stream, TARN_SO_##opt, kind, 0, 0 \
    }

const struct option option_multicast_rows[] = {
    OPTION_SPECIAL(IPPROTO_IP, IP_MULTICAST_IF, get_interface, set_interface, MULTICAST_IF, 0),
    NUMBER(IP_MULTICAST_TTL, MULTICAST_TTL, OPTION_INT),
    NUMBER(IP_MULTICAST_LOOP, MULTICAST_LOOP, OPTION_BOOL),
    OPTION_REAL(IPPROTO_IP, IP_MULTICAST_ALL, MULTICAST_ALL, OPTION_INT, 0),
    OPTION_SPECIAL(IPPROTO_IPV6, IPV6_MULTICAST_IF, option_get_real, set_interface6, MULTICAST_IF,
                   OPTION_NO_STREAM),
    OPTION_SPECIAL(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, option_get_real, option_set_or_default,
                   MULTICAST_TTL, OPTION_NO_STREAM),
    OPTION_REAL(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, MULTICAST_LOOP, OPTION_INT, 0),
    OPTION_REAL(IPPROTO_IPV6, IPV6_MULTICAST_ALL, MULTICAST_ALL, OPTION_INT, 0),
    {0},
};
