/* posix/fastopen.c - MSG_FASTOPEN: a send that connects (RFC 7413), and what its sleeping caller
 * gets.
 *
 * The bytes that go with the SYN are in the stack when the call has been made. A caller that does
 * not wait gets their number, or EINPROGRESS when there are none; one that waits sleeps until the
 * handshake is over, and then its other bytes follow, as many as the stack takes. With
 * TCP_FASTOPEN_CONNECT nothing of this is needed: connect answers at once, and what the program
 * writes goes through the pair (connect.c). */
#include "posix/socket.h"

#include <errno.h>

static enum posix_verdict answer(struct posix_reply *r, int64_t value)
{
    r->result = value;
    return POSIX_ANSWER;
}

static long send_with_syn(struct socket *so, const struct posix_request *q, tarn_ns now)
{
    struct tarn_addr to;
    struct tarn_iov iov = {(void *)(uintptr_t)q->data, q->data_len};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .flags = TARN_MSG_FASTOPEN, .name = &to};
    int err = name_is_none(&q->address) ? -EOPNOTSUPP
                                        : name_from_linux(so, &q->address, NAME_CONNECT, &to);

    if (err != 0)
        return err;
    if (!q->from.nonblock && (q->args[0] & MSG_DONTWAIT) == 0)
        m.flags |= TARN_MSG_WAITS;
    return tarn_sendmsg(so->px->cfg.stack, so->sock, &m, now);
}

static struct waiter *newest(struct socket *so)
{
    struct waiter *w = so->waiters;

    while (w->next != NULL)
        w = w->next;
    return w;
}

enum posix_verdict fastopen_send(struct socket *so, const struct posix_request *q,
                                 struct posix_reply *r, tarn_ns now)
{
    enum posix_verdict verdict;
    long sent;

    if (so->state == SOCKET_CONNECTING)
        return answer(r, -EALREADY);
    sent = send_with_syn(so, q, now);
    if (sent < 0 && sent != -TARN_EINPROGRESS)
        return answer(r, sent);
    so->state = SOCKET_CONNECTING;
    so->unreported = true;
    if (q->from.nonblock || (q->args[0] & MSG_DONTWAIT) != 0)
        return answer(r, sent);
    verdict = wait_hold(so, q, r, so->send_timeout_ns);
    if (verdict == POSIX_HOLD)
        newest(so)->sent = sent > 0 ? (uint32_t)sent : 0;
    return verdict;
}

/* Bytes of a held call that the connection takes now, with those that it has taken before. */
static int64_t send_rest(struct socket *so, const struct waiter *w, tarn_ns now)
{
    long n = 0;

    if (w->data_len > w->sent)
        n = tarn_send(so->px->cfg.stack, so->sock, w->data + w->sent, w->data_len - w->sent, now);
    return w->sent + (n > 0 ? n : 0);
}

bool fastopen_tell(struct socket *so, int err, tarn_ns now)
{
    struct waiter *w = wait_first(so, POSIX_SEND);
    struct posix_reply r = POSIX_REPLY_INIT;

    if (w == NULL)
        return false;
    r.result = err != 0 ? err : send_rest(so, w, now);
    return wait_answer(w, &r) == 0;
}
