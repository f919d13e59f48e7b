/* posix/dgram/error.c - errors of datagram sockets, and the queue of extended ones.
 *
 * An error of a connected socket (ECONNREFUSED) is an empty message in the pair: it wakes whoever
 * polls, and a caught recvfrom reports it. A plain read sees an empty datagram (docs/programs.md).
 * The extended errors of IP_RECVERR wait in the stack until recvmsg(MSG_ERRQUEUE) takes them; a
 * socket that asks for them polls ERR (alarm.c), and has no such messages. */
#include "posix/dgram/dgram.h"

#include <errno.h>

void error_push(struct socket *so, int err)
{
    struct origin mark = {.from = {.ip = tarn_ip4(0)}, .err = err};

    so->error = err;
    if (so->alarmed)
        so->alarm_due = true;
    else if (so->connected)
        origin_push(so, "", &mark);
}

void dgram_forget_error(struct socket *so, int program_end)
{
    char byte;

    if (so->alarmed || !origin_sync(so, program_end) || origin_first(so)->err == 0)
        return;
    origin_drop_first(so);
    (void)recv(program_end, &byte, 1, MSG_DONTWAIT);
}

void error_recv(struct socket *so, const struct posix_request *q, struct posix_reply *r,
                tarn_ns now)
{
    const struct dgram_wish wish = {q->args[0], q->room, q->control_room};
    struct posix *px = so->px;
    struct tarn_iov v = {.base = px->reply, .len = sizeof px->reply};
    struct origin from = {.err = 0};
    int64_t next = 0;
    struct tarn_msg m = {
        .iov = &v, .n_iov = 1, .flags = TARN_MSG_ERRQUEUE, .name = &from.from, .info = &from.info};
    long n = tarn_recvmsg(px->cfg.stack, so->sock, &m, now);

    if (n < 0 || (from.info.has & TARN_INFO_ERROR) == 0) {
        r->result = -EAGAIN;
        return;
    }
    so->error = 0; /* what is pending now is the next one's */
    if (tarn_getopt(px->cfg.stack, so->sock, TARN_SO_ERROR, &next) == 0)
        so->error = (int)next;
    from.len = (uint32_t)n;
    dgram_describe(so, r, px->reply, &from, &wish);
    r->msg_flags |= MSG_ERRQUEUE;
}
