/* posix/option/option_ip.c - options of IPv4, and of UDP and raw sockets. */
#include "posix/option/option.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* UDP-Lite's, which the C library does not name. */
enum { UDPLITE_SEND_COVERAGE = 10, UDPLITE_RECEIVE_COVERAGE = 11 };

/* Only raw sockets write headers; the others may ask. */
static int get_header(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r)
{
    return so->type == SOCK_RAW ? option_get_real(so, o, q, r) : option_get_off(so, o, q, r);
}

static int set_header(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    if (err == 0 && so->type != SOCK_RAW)
        err = -ENOPROTOOPT;
    return err != 0 ? err : option_to_stack(so, o->stack, value != 0);
}

/* UDP_GRO: the stack joins datagrams, and the program hears how. */
static int set_gro(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int err = option_set_real(so, o, q);

    return err != 0 ? err : option_set_kept(so, o, q);
}

/* Options of the header: none, and none can be set but fillers. */
static int get_options(struct socket *so, const struct option *o, const struct posix_request *q,
                       struct posix_reply *r)
{
    (void)o;
    return option_give(so, q, r, "", 0);
}

static int set_options(struct socket *so, const struct option *o, const struct posix_request *q)
{
    enum { END = 0, NO_OPERATION = 1 };

    (void)so;
    (void)o;
    for (uint32_t i = 0; i < q->data_len && q->data[i] != END; i++)
        if (q->data[i] != NO_OPERATION)
            return -ENOPROTOOPT;
    return 0;
}

#define UDP_GRO_ROW                                                                                \
    {                                                                                              \
        IPPROTO_UDP, UDP_GRO, option_get_real, set_gro, TARN_SO_UDP_GRO, OPTION_BOOL, IPPROTO_UDP, \
            KEPT_GRO                                                                               \
    }

const struct option option_ip_rows[] = {
    OPTION_REAL(IPPROTO_IP, IP_TOS, IP_TOS, OPTION_INT, 0),
    OPTION_SPECIAL(IPPROTO_IP, IP_TTL, option_get_real, option_set_or_default, IP_TTL, 0),
    OPTION_SPECIAL(IPPROTO_IP, IP_HDRINCL, get_header, set_header, IP_HDRINCL, 0),
    OPTION_REAL(IPPROTO_IP, IP_MTU_DISCOVER, IP_MTU_DISCOVER, OPTION_INT, 0),
    OPTION_REAL(IPPROTO_IP, IP_RECVERR, IP_RECVERR, OPTION_BOOL, 0),
    OPTION_SPECIAL(IPPROTO_IP, IP_MTU, option_get_mtu, NULL, IP_MTU, 0),
    OPTION_STORED(IPPROTO_IP, IP_PKTINFO, PKTINFO),
    OPTION_STORED(IPPROTO_IP, IP_RECVTTL, TTL),
    OPTION_STORED(IPPROTO_IP, IP_RECVTOS, TOS),
    OPTION_STORED(IPPROTO_IP, IP_RECVORIGDSTADDR, ORIGDSTADDR),
    OPTION_STORED(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, BIND_NO_PORT),
    OPTION_OFF(IPPROTO_IP, IP_FREEBIND),
    OPTION_OFF(IPPROTO_IP, IP_TRANSPARENT),
    OPTION_SPECIAL(IPPROTO_IP, IP_OPTIONS, get_options, set_options, N, 0),
    OPTION_STORED(IPPROTO_IP, IP_RECVOPTS, RECVOPTS),
    OPTION_STORED(IPPROTO_IP, IP_RETOPTS, RETOPTS),
    OPTION_REAL(IPPROTO_UDP, UDP_SEGMENT, UDP_SEGMENT, OPTION_INT, IPPROTO_UDP),
    UDP_GRO_ROW,
    OPTION_REAL(IPPROTO_UDPLITE, UDPLITE_SEND_COVERAGE, UDPLITE_SEND_CSCOV, OPTION_INT,
                IPPROTO_UDPLITE),
    OPTION_REAL(IPPROTO_UDPLITE, UDPLITE_RECEIVE_COVERAGE, UDPLITE_RECV_CSCOV, OPTION_INT,
                IPPROTO_UDPLITE),
    {0},
};
