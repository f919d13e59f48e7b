/* posix/option/option_ip6.c - options of IPv6 (RFC 3493, RFC 3542, Linux's own). */
#include "posix/option/option.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>

/* Linux's, which the C library does not name. */
enum { IP6_FLOWINFO = 11, IP6_FLOWINFO_SEND = 33, UDP6_NO_CHECK_TX = 101, UDP6_NO_CHECK_RX = 102 };

/* RFC 8200 5: no link of IPv6 has a smaller MTU. */
enum { MTU_LEAST = 1280 };

/* Only a socket that has no address yet may change what it takes. */
static int set_v6_only(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct tarn_addr local = {.port = 0};

    if (tarn_local(so->px->cfg.stack, so->sock, &local) == 0 && local.port != 0)
        return -EINVAL;
    return option_set_real(so, o, q);
}

static int get_addrform(struct socket *so, const struct option *o, const struct posix_request *q,
                        struct posix_reply *r)
{
    bool connected = so->type != SOCK_STREAM ? so->connected : so->state == SOCKET_OPEN;

    (void)o;
    return connected ? option_give_int(so, q, r, so->family) : -ENOTCONN;
}

/* A socket keeps its family. Linux changes that of one whose peer is a mapped address; the others
 * hear what Linux tells them. */
static int set_addrform(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct tarn_addr peer;
    int value;
    int err = option_read_int(q, &value);

    (void)o;
    if (err != 0)
        return err;
    if (value != AF_INET)
        return -EINVAL;
    if (tarn_peer(so->px->cfg.stack, so->sock, &peer) != 0)
        return -ENOTCONN;
    return tarn_ip_is4(&peer.ip) ? -ENOPROTOOPT : -EADDRNOTAVAIL;
}

/* A stream has no use for it, here as in Linux. */
static int set_mtu(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    if (err == 0 && value != 0 && value < MTU_LEAST)
        err = -EINVAL;
    if (err != 0 || so->type == SOCK_STREAM)
        return err;
    return option_to_stack(so, o->stack, value < UINT16_MAX ? value : UINT16_MAX);
}

const struct option option_ip6_rows[] = {
    OPTION_SPECIAL(IPPROTO_IPV6, IPV6_V6ONLY, option_get_real, set_v6_only, IPV6_V6ONLY, 0),
    OPTION_SPECIAL(IPPROTO_IPV6, IPV6_UNICAST_HOPS, option_get_real, option_set_or_default,
                   IPV6_UNICAST_HOPS, 0),
    OPTION_SPECIAL(IPPROTO_IPV6, IPV6_TCLASS, option_get_real, option_set_or_default, IPV6_TCLASS,
                   0),
    OPTION_REAL(IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_MTU_DISCOVER, OPTION_INT, 0),
    OPTION_REAL(IPPROTO_IPV6, IPV6_RECVERR, IPV6_RECVERR, OPTION_BOOL, 0),
    OPTION_REAL(IPPROTO_IPV6, IPV6_DONTFRAG, IPV6_DONTFRAG, OPTION_BOOL, 0),
    OPTION_REAL(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, IPV6_AUTOFLOWLABEL, OPTION_BOOL, 0),
    OPTION_REAL(IPPROTO_IPV6, IPV6_ADDR_PREFERENCES, IPV6_ADDR_PREFERENCES, OPTION_INT, 0),
    OPTION_REAL(IPPROTO_IPV6, IPV6_CHECKSUM, IPV6_CHECKSUM, OPTION_INT, OPTION_RAW),
    OPTION_REAL(IPPROTO_IPV6, IPV6_HDRINCL, IP_HDRINCL, OPTION_BOOL, OPTION_RAW),
    OPTION_SPECIAL(IPPROTO_IPV6, IPV6_MTU, option_get_mtu, set_mtu, IPV6_MTU, 0),
    OPTION_SPECIAL(IPPROTO_IPV6, IPV6_ADDRFORM, get_addrform, set_addrform, N, 0),
    OPTION_STORED(IPPROTO_IPV6, IPV6_RECVPKTINFO, PKTINFO6),
    OPTION_STORED(IPPROTO_IPV6, IPV6_2292PKTINFO, PKTINFO6_2292),
    OPTION_STORED(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, HOPLIMIT),
    OPTION_STORED(IPPROTO_IPV6, IPV6_2292HOPLIMIT, HOPLIMIT_2292),
    OPTION_STORED(IPPROTO_IPV6, IPV6_RECVTCLASS, TCLASS),
    OPTION_STORED(IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, ORIGDSTADDR6),
    OPTION_STORED(IPPROTO_IPV6, IP6_FLOWINFO, FLOWINFO),
    OPTION_STORED(IPPROTO_IPV6, IP6_FLOWINFO_SEND, FLOWINFO_SEND),
    OPTION_OFF(IPPROTO_IPV6, IPV6_FREEBIND),
    OPTION_OFF(IPPROTO_IPV6, IPV6_TRANSPARENT),
    OPTION_OFF(IPPROTO_IPV6, IPV6_RECVHOPOPTS),
    OPTION_OFF(IPPROTO_IPV6, IPV6_RECVRTHDR),
    OPTION_OFF(IPPROTO_IPV6, IPV6_RECVDSTOPTS),
    OPTION_OFF(IPPROTO_IPV6, IPV6_RECVPATHMTU),
    OPTION_REAL(IPPROTO_UDP, UDP6_NO_CHECK_TX, UDP_NO_CHECK6_TX, OPTION_BOOL, IPPROTO_UDP),
    OPTION_REAL(IPPROTO_UDP, UDP6_NO_CHECK_RX, UDP_NO_CHECK6_RX, OPTION_BOOL, IPPROTO_UDP),
    {0},
};
