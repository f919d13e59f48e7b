/* posix/dgram/control.c - ancillary data of what a program receives (ip(7), RFC 3542), in the order
 * of Linux. */
#include "posix/dgram/dgram.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <time.h>

/* Linux's, which the C library does not name. */
enum { IP6_FLOWINFO = 11, TIMESTAMP_NEW = 63, TIMESTAMPNS_NEW = 64 };
enum { NS_PER_S = 1000000000 };

/* The program's buffer, as it fills. */
struct tray {
    uint8_t *at;
    uint32_t used, room;
    bool cut;
};

/* As Linux: a message that does not fit is cut, and what comes behind has no room. */
static void put(struct tray *t, int level, int type, const void *value, size_t n)
{
    struct cmsghdr c = {.cmsg_len = CMSG_LEN(n), .cmsg_level = level, .cmsg_type = type};
    uint32_t left = t->room - t->used;

    if (left < c.cmsg_len) {
        t->cut = true;
        if (left < sizeof c)
            return;
        n = left - CMSG_LEN(0);
        c.cmsg_len = left;
    }
    memset(t->at + t->used, 0, CMSG_SPACE(n) < left ? CMSG_SPACE(n) : left);
    memcpy(t->at + t->used, &c, sizeof c);
    memcpy(t->at + t->used + CMSG_LEN(0), value, n);
    t->used += (uint32_t)(CMSG_SPACE(n) < left ? CMSG_SPACE(n) : left);
}

static void put_int(struct tray *t, int level, int type, int value)
{
    put(t, level, type, &value, sizeof value);
}

/* ---- time ---- */

/* The stack's clock does not know what day it is. */
static struct timespec wall_time(const struct socket *so, tarn_ns stamp)
{
    struct timespec now;
    int64_t ns;

    clock_gettime(CLOCK_REALTIME, &now);
    ns = (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec - (int64_t)(so->px->cfg.clock() - stamp);
    return (struct timespec){ns / NS_PER_S, ns % NS_PER_S};
}

static void tell_time(struct socket *so, const struct tarn_info *info, struct tray *t)
{
    bool known = (info->has & TARN_INFO_STAMP) != 0;
    struct timespec ts = wall_time(so, known ? info->stamp : so->px->cfg.clock());
    struct timeval tv = {ts.tv_sec, ts.tv_nsec / 1000};

    if ((so->kept & KEPT_TIMESTAMP) != 0)
        put(t, SOL_SOCKET, SO_TIMESTAMP, &tv, sizeof tv);
    if ((so->kept & KEPT_TIMESTAMP_NEW) != 0)
        put(t, SOL_SOCKET, TIMESTAMP_NEW, &tv, sizeof tv);
    if ((so->kept & KEPT_TIMESTAMPNS) != 0)
        put(t, SOL_SOCKET, SO_TIMESTAMPNS, &ts, sizeof ts);
    if ((so->kept & KEPT_TIMESTAMPNS_NEW) != 0)
        put(t, SOL_SOCKET, TIMESTAMPNS_NEW, &ts, sizeof ts);
}

/* ---- IPv4 ---- */

static struct in_addr in_of(const struct tarn_ip *ip)
{
    return (struct in_addr){htonl(tarn_ip_to4(ip))};
}

/* Where an answer to a group or to everybody would come from: an address of the interface. */
static struct in_addr answering_address(const struct socket *so, const struct tarn_info *info)
{
    struct in_addr spec = in_of(&info->local);
    struct in_addr first = {INADDR_ANY};
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(so->px->cfg.stack, &cursor, &a)) {
        if (!tarn_ip_is4(&a.prefix.ip) || a.port + 1 != info->port)
            continue;
        if (in_of(&a.prefix.ip).s_addr == spec.s_addr)
            return spec;
        if (first.s_addr == INADDR_ANY)
            first = in_of(&a.prefix.ip);
    }
    return first.s_addr == INADDR_ANY || info->port == 1 ? spec : first;
}

static void tell_pktinfo(const struct socket *so, const struct tarn_info *info, struct tray *t)
{
    struct in_pktinfo p = {
        .ipi_ifindex = (int)info->port,
        .ipi_spec_dst = answering_address(so, info),
        .ipi_addr = in_of(&info->local),
    };

    put(t, IPPROTO_IP, IP_PKTINFO, &p, sizeof p);
}

static uint16_t own_port(const struct socket *so)
{
    struct tarn_addr local = {.port = 0};

    tarn_local(so->px->cfg.stack, so->sock, &local);
    return htons(local.port);
}

static void tell_ip(struct socket *so, const struct tarn_info *info, struct tray *t)
{
    bool addressed = (info->has & TARN_INFO_PKTINFO) != 0;

    if ((so->kept & KEPT_PKTINFO) != 0 && addressed)
        tell_pktinfo(so, info, t);
    if ((so->kept & KEPT_TTL) != 0 && (info->has & TARN_INFO_TTL) != 0)
        put_int(t, IPPROTO_IP, IP_TTL, info->ttl);
    if ((so->kept & KEPT_TOS) != 0 && (info->has & TARN_INFO_TOS) != 0)
        put(t, IPPROTO_IP, IP_TOS, &info->tos, 1);
    if ((so->kept & KEPT_ORIGDSTADDR) != 0 && addressed) {
        struct sockaddr_in sin = {
            .sin_family = AF_INET, .sin_port = own_port(so), .sin_addr = in_of(&info->local)};

        put(t, IPPROTO_IP, IP_ORIGDSTADDR, &sin, sizeof sin);
    }
}

/* ---- IPv6 ---- */

static void tell_pktinfo6(int type, const struct tarn_info *info, struct tray *t)
{
    struct in6_pktinfo p = {.ipi6_ifindex = info->port};

    memcpy(&p.ipi6_addr, info->local.b, sizeof p.ipi6_addr);
    put(t, IPPROTO_IPV6, type, &p, sizeof p);
}

static void tell_flowinfo(const struct tarn_info *info, struct tray *t)
{
    uint32_t flow = (info->has & TARN_INFO_FLOW) != 0 ? info->flow : 0;
    uint32_t flowinfo = htonl(flow | (uint32_t)info->tos << 20);

    if (flowinfo != 0)
        put(t, IPPROTO_IPV6, IP6_FLOWINFO, &flowinfo, sizeof flowinfo);
}

static void tell_ip6(struct socket *so, const struct tarn_info *info, struct tray *t)
{
    bool addressed = (info->has & TARN_INFO_PKTINFO) != 0;
    bool limited = (info->has & TARN_INFO_TTL) != 0;

    if ((so->kept & KEPT_HOPLIMIT) != 0 && limited)
        put_int(t, IPPROTO_IPV6, IPV6_HOPLIMIT, info->ttl);
    if ((so->kept & KEPT_TCLASS) != 0 && (info->has & TARN_INFO_TOS) != 0)
        put_int(t, IPPROTO_IPV6, IPV6_TCLASS, info->tos);
    if ((so->kept & KEPT_FLOWINFO) != 0)
        tell_flowinfo(info, t);
    if ((so->kept & KEPT_PKTINFO6_2292) != 0 && addressed)
        tell_pktinfo6(IPV6_2292PKTINFO, info, t);
    if ((so->kept & KEPT_HOPLIMIT_2292) != 0 && limited)
        put_int(t, IPPROTO_IPV6, IPV6_2292HOPLIMIT, info->ttl);
    if ((so->kept & KEPT_ORIGDSTADDR6) != 0 && addressed) {
        struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_port = own_port(so)};

        memcpy(&sin6.sin6_addr, info->local.b, sizeof sin6.sin6_addr);
        put(t, IPPROTO_IPV6, IPV6_ORIGDSTADDR, &sin6, sizeof sin6);
    }
}

/* ---- errors ---- */

/* The error itself, and behind it who says so. */
static void tell_error(const struct socket *so, const struct tarn_error *e, struct tray *t)
{
    bool inet = so->family == AF_INET;
    struct posix_address offender;
    struct sock_extended_err see = {
        .ee_errno = (uint32_t)e->error,
        .ee_origin = e->origin,
        .ee_type = e->type,
        .ee_code = e->code,
        .ee_info = e->info,
    };
    uint8_t value[sizeof see + sizeof(struct sockaddr_in6)] = {0};
    size_t n = sizeof see + (inet ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));

    memcpy(value, &see, sizeof see);
    if (e->origin != TARN_ERROR_LOCAL) {
        name_to_linux(so, &e->offender, &offender);
        memcpy(value + sizeof see, &offender.storage, offender.len);
    }
    if (inet)
        put(t, IPPROTO_IP, IP_RECVERR, value, n);
    else
        put(t, IPPROTO_IPV6, IPV6_RECVERR, value, n);
}

/* ---- all ---- */

void control_tell(struct socket *so, const struct origin *from, uint32_t room,
                  struct posix_reply *r)
{
    const struct tarn_info *info = &from->info;
    struct tray t = {.at = so->px->control, .room = room};
    int gso = info->gso_bytes;

    if ((so->kept &
         (KEPT_TIMESTAMP | KEPT_TIMESTAMPNS | KEPT_TIMESTAMP_NEW | KEPT_TIMESTAMPNS_NEW)) != 0)
        tell_time(so, info, &t);
    if ((so->kept & KEPT_GRO) != 0 && (info->has & TARN_INFO_GSO) != 0)
        put_int(&t, IPPROTO_UDP, UDP_GRO, gso);
    if ((so->kept & KEPT_PKTINFO6) != 0 && (info->has & TARN_INFO_PKTINFO) != 0)
        tell_pktinfo6(IPV6_PKTINFO, info, &t);
    if (tarn_ip_is4(&from->from.ip))
        tell_ip(so, info, &t);
    else
        tell_ip6(so, info, &t);
    if ((info->has & TARN_INFO_ERROR) != 0)
        tell_error(so, &info->error, &t);
    r->control = so->px->control;
    r->control_len = t.used;
    if (t.cut)
        r->msg_flags |= MSG_CTRUNC;
}
