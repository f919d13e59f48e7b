/* posix/dgram/control_parse.c - ancillary data of what a program sends (ip(7), RFC 3542). */
#include "posix/dgram/dgram.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

enum { IP6_FLOWINFO = 11, FLOW_LABEL = 0xfffff };

/* One message's value. */
struct value {
    const uint8_t *at;
    size_t n;
};

/* A number of exactly one int, within bounds. */
static int read_number(const struct value *v, int least, int most, int *out)
{
    if (v->n != sizeof *out)
        return -EINVAL;
    memcpy(out, v->at, sizeof *out);
    return *out < least || *out > most ? -EINVAL : 0;
}

static int check_interface(const struct socket *so, int64_t index)
{
    struct tarn_port_info port;

    if (index == 0)
        return 0;
    if (index < 0 || tarn_port_get(so->px->cfg.stack, (unsigned)index - 1, &port) != 0)
        return -ENODEV;
    return 0;
}

/* ---- IPv4 ---- */

static int parse_pktinfo(const struct socket *so, const struct value *v, struct tarn_info *info)
{
    struct in_pktinfo p;
    int err;

    if (v->n != sizeof p)
        return -EINVAL;
    memcpy(&p, v->at, sizeof p);
    err = check_interface(so, p.ipi_ifindex);
    if (err != 0)
        return err;
    info->has |= TARN_INFO_PKTINFO;
    info->port = (uint32_t)p.ipi_ifindex;
    if (p.ipi_spec_dst.s_addr != INADDR_ANY)
        info->local = tarn_ip4(ntohl(p.ipi_spec_dst.s_addr));
    return 0;
}

/* An int, or a single byte. */
static int parse_tos(const struct value *v, struct tarn_info *info)
{
    int tos = v->n == 1 ? v->at[0] : 0;
    int err = v->n == 1 ? 0 : read_number(v, 0, UINT8_MAX, &tos);

    info->has |= TARN_INFO_TOS;
    info->tos = (uint8_t)tos;
    return err;
}

static int parse_ttl(const struct value *v, int least, struct tarn_info *info)
{
    int ttl;
    int err = read_number(v, least, UINT8_MAX, &ttl);

    if (err != 0 || ttl < 0)
        return err;
    info->has |= TARN_INFO_TTL;
    info->ttl = (uint8_t)ttl;
    return 0;
}

static int parse_ip(const struct socket *so, int type, const struct value *v,
                    struct tarn_info *info)
{
    switch (type) {
    case IP_PKTINFO: return parse_pktinfo(so, v, info);
    case IP_TTL: return parse_ttl(v, 1, info);
    case IP_TOS: return parse_tos(v, info);
    default: return -EINVAL;
    }
}

/* ---- IPv6 ---- */

static int parse_pktinfo6(const struct socket *so, const struct value *v, struct tarn_info *info)
{
    struct in6_pktinfo p;
    int err;

    if (v->n < sizeof p)
        return -EINVAL;
    memcpy(&p, v->at, sizeof p);
    err = check_interface(so, p.ipi6_ifindex);
    if (err != 0)
        return err;
    info->has |= TARN_INFO_PKTINFO;
    info->port = p.ipi6_ifindex;
    memcpy(info->local.b, &p.ipi6_addr, sizeof info->local.b);
    return 0;
}

static int parse_tclass(const struct value *v, struct tarn_info *info)
{
    int tclass;
    int err = read_number(v, -1, UINT8_MAX, &tclass);

    if (err != 0 || tclass < 0)
        return err;
    info->has |= TARN_INFO_TOS;
    info->tos = (uint8_t)tclass;
    return 0;
}

static int parse_dontfrag(const struct value *v, struct tarn_info *info)
{
    int on;
    int err = read_number(v, 0, 1, &on);

    info->has |= TARN_INFO_DONTFRAG;
    info->dontfrag = err == 0 && on != 0;
    return err;
}

static int parse_flowinfo(const struct value *v, struct tarn_info *info)
{
    uint32_t flowinfo;

    if (v->n < sizeof flowinfo)
        return -EINVAL;
    memcpy(&flowinfo, v->at, sizeof flowinfo);
    info->has |= TARN_INFO_FLOW;
    info->flow = ntohl(flowinfo) & FLOW_LABEL;
    return 0;
}

static int parse_ip6(const struct socket *so, int type, const struct value *v,
                     struct tarn_info *info)
{
    switch (type) {
    case IPV6_PKTINFO:
    case IPV6_2292PKTINFO: return parse_pktinfo6(so, v, info);
    case IPV6_HOPLIMIT:
    case IPV6_2292HOPLIMIT: return parse_ttl(v, -1, info);
    case IPV6_TCLASS: return parse_tclass(v, info);
    case IPV6_DONTFRAG: return parse_dontfrag(v, info);
    case IP6_FLOWINFO: return parse_flowinfo(v, info);
    default: return -EINVAL;
    }
}

/* ---- all ---- */

static int parse_udp(int type, const struct value *v, struct tarn_info *info)
{
    if (type != UDP_SEGMENT || v->n != sizeof info->gso_bytes)
        return -EINVAL;
    info->has |= TARN_INFO_GSO;
    memcpy(&info->gso_bytes, v->at, sizeof info->gso_bytes);
    return 0;
}

/* As Linux: what is of another level than the socket's is nobody's business. Descriptors and
 * credentials are for local sockets. */
static int parse_one(const struct socket *so, const struct cmsghdr *c, const struct value *v,
                     struct tarn_info *info)
{
    switch (c->cmsg_level) {
    case SOL_SOCKET:
        return c->cmsg_type == SCM_RIGHTS || c->cmsg_type == SCM_CREDENTIALS ? 0 : -EINVAL;
    case IPPROTO_UDP: return so->protocol == IPPROTO_UDP ? parse_udp(c->cmsg_type, v, info) : 0;
    case IPPROTO_IP: return parse_ip(so, c->cmsg_type, v, info);
    case IPPROTO_IPV6: return so->family == AF_INET6 ? parse_ip6(so, c->cmsg_type, v, info) : 0;
    default: return 0;
    }
}

int control_parse(const struct socket *so, const uint8_t *control, uint32_t len,
                  struct tarn_info *info)
{
    uint32_t at = 0;
    int err = 0;

    while (err == 0 && len - at >= sizeof(struct cmsghdr)) {
        struct cmsghdr c;
        struct value v;

        memcpy(&c, control + at, sizeof c);
        if (c.cmsg_len < sizeof c || c.cmsg_len > len - at)
            return -EINVAL;
        v = (struct value){control + at + CMSG_LEN(0), c.cmsg_len - CMSG_LEN(0)};
        err = parse_one(so, &c, &v, info);
        if (CMSG_ALIGN(c.cmsg_len) > len - at)
            break;
        at += (uint32_t)CMSG_ALIGN(c.cmsg_len);
    }
    return err;
}
