/* posix/netlink.c - sockets of AF_NETLINK: interfaces, addresses, routes and neighbours of the
 * stack.
 *
 * Such a socket is a datagram socket whose peer is the codec of netlink/, not the stack: a request
 * is answered as soon as it is seen in the pair, and the answers wait there. A dump that does not
 * fit goes on when the program has read. Nothing is told unasked yet: groups may be joined, and
 * stay silent. */
#include "netlink/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "posix/socket.h"

/* ---- names ---- */

void netlink_name(uint32_t portid, uint32_t groups, struct posix_address *out)
{
    struct sockaddr_nl nl = {.nl_family = AF_NETLINK, .nl_pid = portid, .nl_groups = groups};

    out->len = sizeof nl;
    memcpy(&out->storage, &nl, sizeof nl);
}

static int read_name(const struct posix_address *in, struct sockaddr_nl *out)
{
    if (in->len < sizeof *out)
        return -EINVAL;
    memcpy(out, &in->storage, sizeof *out);
    return out->nl_family == AF_NETLINK ? 0 : -EINVAL;
}

static bool is_taken(const struct posix *px, uint32_t portid)
{
    for (uint32_t i = 0; i < px->n_slots; i++) {
        const struct socket *so = px->slots[i].so;

        if (so != NULL && so->netlink != NULL && so->netlink->portid == portid)
            return true;
    }
    return false;
}

/* As Linux: the caller's number, or where that is taken, the next from above. */
static void autobind(struct socket *so, int32_t thread)
{
    uint32_t portid = (uint32_t)thread;

    while (portid == 0 || is_taken(so->px, portid))
        portid = portid <= INT32_MAX ? UINT32_MAX - 4096 : portid - 1;
    so->netlink->portid = portid;
}

static int bind_to(struct socket *so, const struct posix_request *q)
{
    struct netlink *nl = so->netlink;
    struct sockaddr_nl name;
    int err = read_name(&q->address, &name);

    if (err != 0)
        return err;
    if (nl->portid != 0 && name.nl_pid != 0 && name.nl_pid != nl->portid)
        return -EINVAL;
    if (nl->portid == 0 && name.nl_pid != 0 && is_taken(so->px, name.nl_pid))
        return -EADDRINUSE;
    if (nl->portid == 0 && name.nl_pid != 0)
        nl->portid = name.nl_pid;
    else if (nl->portid == 0)
        autobind(so, q->from.thread);
    so->netlink_groups = name.nl_groups;
    return 0;
}

/* The kernel is the only peer that there is. */
static int check_peer(const struct posix_request *q)
{
    struct sockaddr_nl name;
    int err = read_name(&q->address, &name);

    if (err != 0)
        return err;
    return name.nl_pid == 0 ? 0 : -ECONNREFUSED;
}

/* ---- messages ---- */

static void deliver(struct socket *so, const uint8_t *data, size_t n)
{
    struct origin from = {.len = (uint32_t)n};

    so->px->stats.bytes_in += n;
    dgram_deliver(so, data, &from);
}

void netlink_up(struct socket *so, tarn_ns now)
{
    uint8_t out[NETLINK_OUT_MAX];
    size_t n;

    while (so->netlink->dump.type != 0 && dgram_has_room(so) &&
           (n = netlink_dump(so->netlink, so->px->cfg.stack, out, now)) > 0)
        deliver(so, out, n);
}

static void answer(struct socket *so, const uint8_t *request, size_t len, tarn_ns now)
{
    uint8_t out[NETLINK_OUT_MAX];
    size_t at = 0;

    so->px->stats.bytes_out += len;
    while (at < len) {
        size_t n = netlink_request(so->netlink, so->px->cfg.stack, request, len, &at, out);

        if (n > 0)
            deliver(so, out, n);
        netlink_up(so, now);
    }
}

void netlink_down(struct socket *so, tarn_ns now)
{
    struct posix *px = so->px;
    ssize_t n;

    if (so->netlink->portid == 0)
        autobind(so, so->thread);
    while ((n = recv(so->end, px->bytes, POSIX_DATA_MAX, 0)) > 0)
        answer(so, px->bytes, (size_t)n, now);
    netlink_up(so, now);
}

static enum posix_verdict send_call(struct socket *so, const struct posix_request *q,
                                    struct posix_reply *r, tarn_ns now)
{
    r->result = q->address.len > 0 ? check_peer(q) : 0;
    if (r->result != 0)
        return POSIX_ANSWER;
    netlink_down(so, now);
    answer(so, q->data, q->data_len, now);
    r->result = q->data_len;
    return POSIX_ANSWER;
}

/* ---- options ---- */

static bool *flag_of(struct socket *so, int name)
{
    switch (name) {
    case NETLINK_EXT_ACK: return &so->netlink->ext_ack;
    case NETLINK_CAP_ACK: return &so->netlink->cap_ack;
    case NETLINK_GET_STRICT_CHK: return &so->netlink->strict;
    default: return NULL;
    }
}

static int read_int(const struct posix_request *q, int *value)
{
    if (q->data_len < sizeof *value)
        return -EINVAL;
    memcpy(value, q->data, sizeof *value);
    return 0;
}

static int set_option(struct socket *so, const struct posix_request *q)
{
    bool *flag = flag_of(so, q->args[1]);
    int value;
    int err = read_int(q, &value);

    if (err != 0)
        return err;
    if (flag != NULL)
        *flag = value != 0;
    switch (q->args[1]) {
    case NETLINK_EXT_ACK:
    case NETLINK_CAP_ACK:
    case NETLINK_GET_STRICT_CHK:
    case NETLINK_ADD_MEMBERSHIP: /* silent groups */
    case NETLINK_DROP_MEMBERSHIP:
    case NETLINK_NO_ENOBUFS:
    case NETLINK_BROADCAST_ERROR: return 0;
    default: return -ENOPROTOOPT;
    }
}

static int give(struct socket *so, const struct posix_request *q, struct posix_reply *r, int value)
{
    if (q->room < sizeof value)
        return -EINVAL;
    memcpy(so->px->reply, &value, sizeof value);
    r->data = so->px->reply;
    r->data_len = sizeof value;
    return 0;
}

/* What a socket of this family is, the pair does not know. */
static enum posix_verdict get_socket_option(struct socket *so, const struct posix_request *q,
                                            struct posix_reply *r)
{
    switch (q->args[1]) {
    case SO_DOMAIN: r->result = give(so, q, r, AF_NETLINK); break;
    case SO_TYPE: r->result = give(so, q, r, so->type); break;
    case SO_PROTOCOL: r->result = give(so, q, r, so->protocol); break;
    default: return POSIX_PASS;
    }
    return POSIX_ANSWER;
}

static enum posix_verdict get_option(struct socket *so, const struct posix_request *q,
                                     struct posix_reply *r)
{
    const bool *flag = flag_of(so, q->args[1]);

    if (q->args[0] == SOL_SOCKET)
        return get_socket_option(so, q, r);
    if (q->args[0] != SOL_NETLINK || flag == NULL)
        r->result = -ENOPROTOOPT;
    else
        r->result = give(so, q, r, *flag);
    return POSIX_ANSWER;
}

/* ---- calls ---- */

int netlink_open(struct socket *so)
{
    so->netlink = calloc(1, sizeof *so->netlink);
    return so->netlink != NULL ? 0 : -ENOMEM;
}

enum posix_verdict netlink_call(struct socket *so, const struct posix_request *q,
                                struct posix_reply *r, tarn_ns now)
{
    switch (q->call) {
    case POSIX_BIND: r->result = bind_to(so, q); break;
    case POSIX_CONNECT: r->result = name_is_none(&q->address) ? 0 : check_peer(q); break;
    case POSIX_GETSOCKNAME:
        netlink_name(so->netlink->portid, so->netlink_groups, &r->address);
        break;
    case POSIX_GETPEERNAME: netlink_name(0, 0, &r->address); break;
    case POSIX_SEND: return send_call(so, q, r, now);
    case POSIX_RECV: return dgram_recv_call(so, q, r, now);
    case POSIX_GETSOCKOPT: return get_option(so, q, r);
    case POSIX_SETSOCKOPT:
        if (q->args[0] == SOL_SOCKET)
            return POSIX_PASS;
        r->result = q->args[0] == SOL_NETLINK ? set_option(so, q) : -ENOPROTOOPT;
        break;
    case POSIX_IOCTL: r->result = ioctl_call(so, q, r); break;
    default: r->result = -EOPNOTSUPP; break;
    }
    return POSIX_ANSWER;
}
