/* posix/dgram/dgram_send.c - datagrams from the program.
 *
 * Plain writes come through the pair. A caught sendto or sendmsg goes to the stack at once, after
 * what was written before it. */
#include "posix/dgram/dgram.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

enum { FLOW_LABEL = 0xfffff };

static long stack_send(struct socket *so, const void *data, size_t n, struct tarn_addr *to,
                       struct tarn_info *info, tarn_ns now)
{
    struct tarn_iov v = {.base = (void *)(uintptr_t)data, .len = n};
    struct tarn_msg m = {.iov = &v, .n_iov = 1, .name = to, .info = info};
    long sent = tarn_sendmsg(so->px->cfg.stack, so->sock, &m, now);

    if (sent > 0)
        so->px->stats.bytes_out += (uint64_t)sent;
    return sent;
}

enum { TURN_MESSAGES = 256 };

static bool program_has_closed(const struct socket *so)
{
    struct pollfd p = {.fd = so->end, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP)) != 0;
}

/* A write without a peer has nowhere to go: it is dropped (docs/programs.md). A program that writes
 * without end has its turn, and then others have theirs. */
static void pass_down(struct socket *so, tarn_ns now)
{
    struct posix *px = so->px;

    for (unsigned i = 0; (tarn_ready(px->cfg.stack, so->sock) & TARN_OUT) != 0; i++) {
        long err = 0;
        ssize_t n;

        if (i == TURN_MESSAGES) {
            socket_look_again(so);
            return;
        }
        n = recv(so->end, px->bytes, POSIX_DATA_MAX, 0);
        if (n < 0 || (n == 0 && program_has_closed(so)))
            return;
        if (so->connected)
            err = stack_send(so, px->bytes, (size_t)n, NULL, NULL, now);
        if (err < 0 && err != -EAGAIN)
            error_push(so, (int)-err);
    }
}

void dgram_down(struct socket *so, tarn_ns now)
{
    if (so->netlink != NULL) {
        netlink_down(so, now);
        return;
    }
    pass_down(so, now);
    if (so->alarm_due) {
        so->alarm_due = false;
        alarm_ring(so);
    }
}

/* One message as a call or a sleeping call has it. */
struct outgoing {
    const struct posix_address *address;
    const uint8_t *data, *control;
    uint32_t data_len, control_len;
};

static int read_destination(const struct socket *so, const struct posix_address *in,
                            struct tarn_addr *to, struct tarn_info *info)
{
    struct sockaddr_in6 sin6;
    int err = name_from_linux(so, in, NAME_SEND, to);

    if (err != 0)
        return err;
    if (to->port == 0 && (so->protocol == IPPROTO_UDP || so->protocol == IPPROTO_UDPLITE))
        return so->type == SOCK_DGRAM ? -EINVAL : 0;
    if (so->type == SOCK_RAW && so->family == AF_INET6 && to->port != 0 && to->port != so->protocol)
        return -EINVAL;
    memcpy(&sin6, &in->storage, sizeof sin6);
    if (sin6.sin6_family == AF_INET6 && (so->kept & KEPT_FLOWINFO_SEND) != 0) {
        info->has |= TARN_INFO_FLOW;
        info->flow = ntohl(sin6.sin6_flowinfo) & FLOW_LABEL;
    }
    return 0;
}

static int64_t send_one(struct socket *so, const struct outgoing *o, tarn_ns now)
{
    struct tarn_info info = {.has = 0};
    struct tarn_addr to;
    bool named = o->address->len > 0;
    int err = control_parse(so, o->control, o->control_len, &info);

    if (err == 0 && named)
        err = read_destination(so, o->address, &to, &info);
    if (err != 0)
        return err;
    return stack_send(so, o->data, o->data_len, named ? &to : NULL, &info, now);
}

enum posix_verdict dgram_send_call(struct socket *so, const struct posix_request *q,
                                   struct posix_reply *r, tarn_ns now)
{
    const struct outgoing o = {&q->address, q->data, q->control, q->data_len, q->control_len};

    dgram_down(so, now);
    if (so->error != 0 && so->alarmed) {
        r->result = -option_take_error(so, q->from.end);
        return POSIX_ANSWER;
    }
    r->result = send_one(so, &o, now);
    if (r->result == -EAGAIN && !q->from.nonblock && (q->args[0] & MSG_DONTWAIT) == 0)
        return wait_hold(so, q, r, so->send_timeout_ns);
    return POSIX_ANSWER;
}

void dgram_send_for_waiters(struct socket *so, tarn_ns now)
{
    struct waiter *w;

    while ((w = wait_first(so, POSIX_SEND)) != NULL) {
        const struct outgoing o = {&w->address, w->data, w->data + w->data_len, w->data_len,
                                   w->control_len};
        struct posix_reply r = POSIX_REPLY_INIT;

        r.result = send_one(so, &o, now);
        if (r.result == -EAGAIN)
            return;
        wait_answer(w, &r);
    }
}
