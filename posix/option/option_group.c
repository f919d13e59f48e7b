/* posix/option/option_group.c - multicast: memberships, and their sources one by one (ip(7),
 * ipv6(7), RFC 3678 4.1.1, 4.1.2, 5.1.1, 5.1.2).
 *
 * Linux has the same verbs in four forms: by address (ip_mreq), by index (ipv6_mreq, ip_mreqn), and
 * neutral to the family with and without a source. All become one struct request. */
#include "posix/option/option.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

struct request {
    struct tarn_ip group, source;
    uint32_t port; /* interface index; 0: by route */
};

/* ---- reading ---- */

static struct tarn_ip ip_of(struct in_addr a)
{
    return tarn_ip4(ntohl(a.s_addr));
}

/* The interface that has the address; any address: 0. */
int option_port_of(const struct socket *so, struct in_addr a, uint32_t *port)
{
    struct tarn_ip ip = ip_of(a);
    struct tarn_address found;
    uint32_t cursor = 0;

    *port = 0;
    if (a.s_addr == INADDR_ANY)
        return 0;
    while (tarn_address_next(so->px->cfg.stack, &cursor, &found)) {
        if (tarn_ip_equal(&found.prefix.ip, &ip)) {
            *port = found.port + 1;
            return 0;
        }
    }
    return -ENODEV;
}

static int read_mreq(const struct socket *so, const struct posix_request *q, struct request *out)
{
    struct ip_mreqn m = {.imr_ifindex = 0};

    if (q->data_len < sizeof(struct ip_mreq))
        return -EINVAL;
    memcpy(&m, q->data, q->data_len < sizeof m ? q->data_len : sizeof m);
    out->group = ip_of(m.imr_multiaddr);
    if (q->data_len < sizeof m || m.imr_ifindex == 0)
        return option_port_of(so, m.imr_address, &out->port);
    out->port = (uint32_t)m.imr_ifindex;
    return 0;
}

static int read_mreq_source(const struct socket *so, const struct posix_request *q,
                            struct request *out)
{
    struct ip_mreq_source m;

    if (q->data_len != sizeof m)
        return -EINVAL;
    memcpy(&m, q->data, sizeof m);
    out->group = ip_of(m.imr_multiaddr);
    out->source = ip_of(m.imr_sourceaddr);
    return option_port_of(so, m.imr_interface, &out->port);
}

static int read_mreq6(const struct posix_request *q, struct request *out)
{
    struct ipv6_mreq m;

    if (q->data_len < sizeof m)
        return -EINVAL;
    memcpy(&m, q->data, sizeof m);
    memcpy(out->group.b, &m.ipv6mr_multiaddr, sizeof out->group.b);
    out->port = m.ipv6mr_interface;
    return tarn_ip_is4(&out->group) ? -EINVAL : 0;
}

/* Of the level's own family. */
int option_read_sockaddr(int level, const struct sockaddr_storage *in, struct tarn_ip *out)
{
    struct sockaddr_in6 sin6;
    struct sockaddr_in sin;

    if (in->ss_family != (level == IPPROTO_IP ? AF_INET : AF_INET6))
        return level == IPPROTO_IP ? -EINVAL : -EADDRNOTAVAIL;
    if (level == IPPROTO_IP) {
        memcpy(&sin, in, sizeof sin);
        *out = ip_of(sin.sin_addr);
    } else {
        memcpy(&sin6, in, sizeof sin6);
        memcpy(out->b, &sin6.sin6_addr, sizeof out->b);
    }
    return 0;
}

static int read_group_req(const struct posix_request *q, struct request *out)
{
    struct group_req g;

    if (q->data_len < sizeof g)
        return -EINVAL;
    memcpy(&g, q->data, sizeof g);
    out->port = g.gr_interface;
    return option_read_sockaddr(q->args[0], &g.gr_group, &out->group);
}

static int read_group_source_req(const struct posix_request *q, struct request *out)
{
    struct group_source_req g;

    if (q->data_len != sizeof g)
        return -EINVAL;
    memcpy(&g, q->data, sizeof g);
    out->port = g.gsr_interface;
    if (option_read_sockaddr(q->args[0], &g.gsr_group, &out->group) != 0 ||
        option_read_sockaddr(q->args[0], &g.gsr_source, &out->source) != 0)
        return -EADDRNOTAVAIL;
    return 0;
}

/* The form that goes with the option's name. */
static int read_request(const struct socket *so, const struct posix_request *q, struct request *out)
{
    bool inet = q->args[0] == IPPROTO_IP;

    *out = (struct request){.port = 0};
    if (so->type == SOCK_STREAM)
        return -EPROTO;
    switch (q->args[1]) {
    case MCAST_JOIN_GROUP:
    case MCAST_LEAVE_GROUP: return read_group_req(q, out);
    case MCAST_BLOCK_SOURCE:
    case MCAST_UNBLOCK_SOURCE:
    case MCAST_JOIN_SOURCE_GROUP:
    case MCAST_LEAVE_SOURCE_GROUP: return read_group_source_req(q, out);
    case IP_ADD_MEMBERSHIP:
    case IP_DROP_MEMBERSHIP: return read_mreq(so, q, out);
    default: return inet ? read_mreq_source(so, q, out) : read_mreq6(q, out);
    }
}

/* ---- memberships ---- */

static int set_join(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct request ask;
    int err = read_request(so, q, &ask);

    (void)o;
    if (err != 0)
        return err;
    return tarn_group_join(so->px->cfg.stack, so->sock, &ask.group, ask.port, so->px->cfg.clock());
}

static int set_leave(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct request ask;
    int err = read_request(so, q, &ask);

    (void)o;
    if (err != 0)
        return err;
    return tarn_group_leave(so->px->cfg.stack, so->sock, &ask.group, ask.port, so->px->cfg.clock());
}

/* ---- one source more or less ---- */

static unsigned find_source(const struct tarn_group_filter *f, const struct tarn_ip *source)
{
    unsigned i = 0;

    while (i < f->n_sources && !tarn_ip_equal(&f->sources[i], source))
        i++;
    return i;
}

static int add_source(struct tarn_group_filter *f, const struct tarn_ip *source)
{
    if (find_source(f, source) < f->n_sources)
        return -EADDRNOTAVAIL;
    if (f->n_sources == TARN_SOURCES_MAX)
        return -ENOBUFS;
    f->sources[f->n_sources++] = *source;
    return 0;
}

static int remove_source(struct tarn_group_filter *f, const struct tarn_ip *source)
{
    unsigned i = find_source(f, source);

    if (i == f->n_sources)
        return -EADDRNOTAVAIL;
    f->sources[i] = f->sources[--f->n_sources];
    return 0;
}

/* The filter there is, fit for a change in this mode: an empty one takes either. A source that is
 * joined makes the membership. */
static int filter_for(struct socket *so, const struct request *ask, bool exclude, bool may_join,
                      struct tarn_group_filter *f)
{
    int err;

    *f = (struct tarn_group_filter){.group = ask->group, .port = ask->port};
    err = tarn_group_get_filter(so->px->cfg.stack, so->sock, f);
    if (err != 0)
        return may_join ? 0 : -EINVAL;
    if (f->n_sources > 0 && f->exclude != exclude)
        return -EINVAL;
    return 0;
}

static int change_source(struct socket *so, const struct posix_request *q, bool exclude, bool add)
{
    struct request ask;
    struct tarn_group_filter f;
    int err = read_request(so, q, &ask);

    if (err == 0)
        err = filter_for(so, &ask, exclude, add && !exclude, &f);
    if (err != 0)
        return err;
    f.exclude = exclude;
    err = add ? add_source(&f, &ask.source) : remove_source(&f, &ask.source);
    if (err != 0)
        return err;
    return tarn_group_set_filter(so->px->cfg.stack, so->sock, &f, so->px->cfg.clock());
}

static int set_block(struct socket *so, const struct option *o, const struct posix_request *q)
{
    (void)o;
    return change_source(so, q, true, true);
}

static int set_unblock(struct socket *so, const struct option *o, const struct posix_request *q)
{
    (void)o;
    return change_source(so, q, true, false);
}

static int set_join_source(struct socket *so, const struct option *o, const struct posix_request *q)
{
    (void)o;
    return change_source(so, q, false, true);
}

static int set_leave_source(struct socket *so, const struct option *o,
                            const struct posix_request *q)
{
    (void)o;
    return change_source(so, q, false, false);
}

/* ---- the table ---- */

#define VERB(level, name, set) OPTION_SPECIAL(level, name, NULL, set, N, 0)

const struct option option_group_rows[] = {
    VERB(IPPROTO_IP, IP_ADD_MEMBERSHIP, set_join),
    VERB(IPPROTO_IP, IP_DROP_MEMBERSHIP, set_leave),
    VERB(IPPROTO_IP, IP_BLOCK_SOURCE, set_block),
    VERB(IPPROTO_IP, IP_UNBLOCK_SOURCE, set_unblock),
    VERB(IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, set_join_source),
    VERB(IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, set_leave_source),
    VERB(IPPROTO_IP, MCAST_JOIN_GROUP, set_join),
    VERB(IPPROTO_IP, MCAST_LEAVE_GROUP, set_leave),
    VERB(IPPROTO_IP, MCAST_BLOCK_SOURCE, set_block),
    VERB(IPPROTO_IP, MCAST_UNBLOCK_SOURCE, set_unblock),
    VERB(IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, set_join_source),
    VERB(IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, set_leave_source),
    VERB(IPPROTO_IPV6, IPV6_JOIN_GROUP, set_join),
    VERB(IPPROTO_IPV6, IPV6_LEAVE_GROUP, set_leave),
    VERB(IPPROTO_IPV6, MCAST_JOIN_GROUP, set_join),
    VERB(IPPROTO_IPV6, MCAST_LEAVE_GROUP, set_leave),
    VERB(IPPROTO_IPV6, MCAST_BLOCK_SOURCE, set_block),
    VERB(IPPROTO_IPV6, MCAST_UNBLOCK_SOURCE, set_unblock),
    VERB(IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, set_join_source),
    VERB(IPPROTO_IPV6, MCAST_LEAVE_SOURCE_GROUP, set_leave_source),
    {0},
};
