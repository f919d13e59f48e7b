/* posix/option/option_filter.c - multicast: whole source filters (RFC 3678 4.2, 5.2).
 *
 * There are two layouts: that of IPv4 (ip_msfilter), and one for both families (group_filter). Both
 * are a head and a list, whose real length comes back with what fits. */
#include "posix/option/option.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* Linux's most sources of one filter (igmp_max_msf) is less than the stack's. */
_Static_assert(TARN_SOURCES_MAX >= 10, "a filter of Linux fits");

static int set_filter(struct socket *so, struct tarn_group_filter *f)
{
    struct tarn_group_filter before = {.group = f->group, .port = f->port};

    if (tarn_group_get_filter(so->px->cfg.stack, so->sock, &before) != 0)
        return -EINVAL;
    return tarn_group_set_filter(so->px->cfg.stack, so->sock, f, so->px->cfg.clock());
}

static int check_filter(const struct socket *so, uint32_t mode, uint32_t n, uint32_t room)
{
    if (so->type == SOCK_STREAM)
        return -EPROTO;
    if (n > TARN_SOURCES_MAX)
        return -ENOBUFS;
    return n > room || (mode != MCAST_INCLUDE && mode != MCAST_EXCLUDE) ? -EINVAL : 0;
}

static int set_msfilter(struct socket *so, const struct option *o, const struct posix_request *q)
{
    const size_t head = offsetof(struct ip_msfilter, imsf_slist);
    struct tarn_group_filter f = {.port = 0};
    struct ip_msfilter m;
    int err;

    (void)o;
    if (q->data_len < head)
        return -EINVAL;
    memcpy(&m, q->data, head);
    err = check_filter(so, m.imsf_fmode, m.imsf_numsrc,
                       (uint32_t)((q->data_len - head) / sizeof(struct in_addr)));
    if (err == 0)
        err = option_port_of(so, m.imsf_interface, &f.port);
    if (err != 0)
        return err;
    f.group = tarn_ip4(ntohl(m.imsf_multiaddr.s_addr));
    f.exclude = m.imsf_fmode == MCAST_EXCLUDE;
    for (f.n_sources = 0; f.n_sources < m.imsf_numsrc; f.n_sources++) {
        struct in_addr source;

        memcpy(&source, q->data + head + f.n_sources * sizeof source, sizeof source);
        f.sources[f.n_sources] = tarn_ip4(ntohl(source.s_addr));
    }
    return set_filter(so, &f);
}

static int set_group_filter(struct socket *so, const struct option *o,
                            const struct posix_request *q)
{
    const size_t head = offsetof(struct group_filter, gf_slist);
    struct tarn_group_filter f = {.port = 0};
    struct group_filter g;
    int err;

    (void)o;
    if (q->data_len < head)
        return -EINVAL;
    memcpy(&g, q->data, head);
    err = check_filter(so, g.gf_fmode, g.gf_numsrc,
                       (uint32_t)((q->data_len - head) / sizeof(struct sockaddr_storage)));
    if (err == 0)
        err = option_read_sockaddr(q->args[0], &g.gf_group, &f.group);
    f.port = g.gf_interface;
    f.exclude = g.gf_fmode == MCAST_EXCLUDE;
    for (f.n_sources = 0; err == 0 && f.n_sources < g.gf_numsrc; f.n_sources++) {
        struct sockaddr_storage source;

        memcpy(&source, q->data + head + f.n_sources * sizeof source, sizeof source);
        err = option_read_sockaddr(q->args[0], &source, &f.sources[f.n_sources]);
    }
    return err != 0 ? err : set_filter(so, &f);
}

/* ---- reading them back: the program has written which group is meant ---- */

static int find_filter(struct socket *so, struct tarn_group_filter *f)
{
    if (tarn_group_get_filter(so->px->cfg.stack, so->sock, f) != 0)
        return -EADDRNOTAVAIL;
    return 0;
}

static struct in_addr in_of(const struct tarn_ip *ip)
{
    return (struct in_addr){htonl(tarn_ip_to4(ip))};
}

static int get_msfilter(struct socket *so, const struct option *o, const struct posix_request *q,
                        struct posix_reply *r)
{
    const size_t head = offsetof(struct ip_msfilter, imsf_slist);
    struct tarn_group_filter f = {.port = 0};
    struct {
        struct ip_msfilter head;
        struct in_addr more[TARN_SOURCES_MAX];
    } out = {.head = {.imsf_numsrc = 0}};
    uint32_t room;
    int err;

    (void)o;
    if (q->data_len < head)
        return -EINVAL;
    memcpy(&out, q->data, head);
    f.group = tarn_ip4(ntohl(out.head.imsf_multiaddr.s_addr));
    err = option_port_of(so, out.head.imsf_interface, &f.port);
    if (err == 0)
        err = find_filter(so, &f);
    if (err != 0)
        return err;
    room = out.head.imsf_numsrc < f.n_sources ? out.head.imsf_numsrc : f.n_sources;
    for (uint32_t i = 0; i < room; i++) {
        struct in_addr source = in_of(&f.sources[i]);

        memcpy((uint8_t *)&out + head + i * sizeof source, &source, sizeof source);
    }
    out.head.imsf_fmode = f.exclude ? MCAST_EXCLUDE : MCAST_INCLUDE;
    out.head.imsf_numsrc = f.n_sources;
    return option_give(so, q, r, &out, head + room * sizeof(struct in_addr));
}

static void write_sockaddr(int level, const struct tarn_ip *ip, struct sockaddr_storage *out)
{
    struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr = in_of(ip)};

    memset(out, 0, sizeof *out);
    memcpy(&sin6.sin6_addr, ip->b, sizeof sin6.sin6_addr);
    if (level == IPPROTO_IP)
        memcpy(out, &sin, sizeof sin);
    else
        memcpy(out, &sin6, sizeof sin6);
}

static int get_group_filter(struct socket *so, const struct option *o,
                            const struct posix_request *q, struct posix_reply *r)
{
    const size_t head = offsetof(struct group_filter, gf_slist);
    struct tarn_group_filter f = {.port = 0};
    struct group_filter g;
    uint8_t *out = so->px->reply;
    uint32_t room;
    int err;

    (void)o;
    if (q->data_len < head)
        return -EINVAL;
    memcpy(&g, q->data, head);
    f.port = g.gf_interface;
    err = option_read_sockaddr(q->args[0], &g.gf_group, &f.group);
    if (err == 0)
        err = find_filter(so, &f);
    if (err != 0)
        return err;
    room = g.gf_numsrc < f.n_sources ? g.gf_numsrc : f.n_sources;
    g.gf_fmode = f.exclude ? MCAST_EXCLUDE : MCAST_INCLUDE;
    g.gf_numsrc = f.n_sources;
    memcpy(out, &g, head);
    for (uint32_t i = 0; i < room; i++) {
        struct sockaddr_storage source;

        write_sockaddr(q->args[0], &f.sources[i], &source);
        memcpy(out + head + i * sizeof source, &source, sizeof source);
    }
    r->data = out;
    r->data_len = (uint32_t)(head + room * sizeof(struct sockaddr_storage));
    if (r->data_len > q->room)
        r->data_len = q->room;
    return 0;
}

const struct option option_filter_rows[] = {
    OPTION_SPECIAL(IPPROTO_IP, IP_MSFILTER, get_msfilter, set_msfilter, N, 0),
    OPTION_SPECIAL(IPPROTO_IP, MCAST_MSFILTER, get_group_filter, set_group_filter, N, 0),
    OPTION_SPECIAL(IPPROTO_IPV6, MCAST_MSFILTER, get_group_filter, set_group_filter, N, 0),
    {0},
};
