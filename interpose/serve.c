/* interpose/serve.c - one caught call: read it, ask the server, answer, hold or pass it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "interpose/supervisor.h"

static void note_eperm(struct supervisor *sv, pid_t thread)
{
    char line[160];

    if (sv->told_of_eperm || sv->cfg.log == NULL)
        return;
    sv->told_of_eperm = true;
    snprintf(line, sizeof line,
             "a socket call of process %d: its memory is protected (set-uid, not dumpable); "
             "run tarn as root to carry its sockets",
             (int)thread);
    sv->cfg.log(line);
}

static void serve(struct supervisor *sv, const struct trap *t, struct posix_request *q)
{
    const struct posix_server *server = &sv->cfg.server;
    struct posix_reply r = POSIX_REPLY_INIT;
    int err = call_read(t, q, sv->buffer);

    if (!answer_is_awaited(sv, t->token))
        return;
    if (err == CALL_PASS) {
        answer_pass(sv, t);
        return;
    }
    if (err != 0) {
        answer_send(sv, t->token, err);
        return;
    }
    switch (server->request(server->ctx, q, &r)) {
    case POSIX_ANSWER: server->done(server->ctx, q, &r, answer_deliver(sv, t, &r) == 0); break;
    case POSIX_HOLD:
        err = held_add(sv, t);
        if (err != 0)
            answer_send(sv, t->token, err);
        break;
    case POSIX_PASS: answer_pass(sv, t); break;
    }
}

/* One of many messages, as far as it moves without waiting. 0, CALL_PASS or a negative errno. */
static int serve_further(struct supervisor *sv, const struct trap *t, struct posix_request *q)
{
    const struct posix_server *server = &sv->cfg.server;
    struct posix_reply r = POSIX_REPLY_INIT;
    int err = call_read(t, q, sv->buffer);

    q->args[0] |= MSG_DONTWAIT;
    if (err != 0 || !answer_is_awaited(sv, t->token))
        return err != 0 ? err : -ENOENT;
    if (server->request(server->ctx, q, &r) != POSIX_ANSWER)
        return -EAGAIN;
    err = r.result < 0 ? (int)r.result : call_write(t, &r);
    server->done(server->ctx, q, &r, err == 0);
    return err;
}

/* sendmmsg, recvmmsg: messages after the first move only if they can at once. A signal in between
 * may cost datagrams that were received, as any full queue may. */
static void serve_many(struct supervisor *sv, struct trap *t, struct posix_request *q)
{
    int err = 0;

    for (t->index = 0; t->index < call_messages(t); t->index++) {
        err = serve_further(sv, t, q);
        if (err != 0)
            break;
    }
    if (t->index > 0)
        answer_send(sv, t->token, t->index);
    else if (err == CALL_PASS || err == -EAGAIN)
        serve(sv, t, q);
    else
        answer_send(sv, t->token, err);
}

/* A call on a descriptor: whose socket is it? */
static void serve_descriptor(struct supervisor *sv, struct trap *t, struct posix_request *q)
{
    int end = peer_descriptor(&sv->peers, t->thread, (int)t->arg[0]);

    if (end == -EPERM)
        note_eperm(sv, t->thread);
    if (end < 0 && end != -EBADF && end != -ESRCH) {
        answer_send(sv, t->token, end);
        return;
    }
    if (end >= 0) {
        q->from.cookie = peer_cookie(end);
        t->type =
            q->from.cookie == 0 ? 0 : sv->cfg.server.type_of(sv->cfg.server.ctx, q->from.cookie);
    }
    if (t->type != 0) {
        q->from.fd = (int32_t)t->arg[0];
        q->from.end = end;
        q->from.nonblock = (fcntl(end, F_GETFL) & O_NONBLOCK) != 0;
        if (call_messages(t) > 1)
            serve_many(sv, t, q);
        else
            serve(sv, t, q);
    } else if (q->from.cookie != 0 && call_is_of_interfaces(t)) {
        serve(sv, t, q);
    } else {
        answer_pass(sv, t);
    }
    if (end >= 0)
        close(end);
}

void serve_call(struct supervisor *sv, struct trap *t)
{
    struct posix_request q = {
        .from =
            {.token = t->token, .thread = (int32_t)t->thread, .fd = -1, .site = t->site, .end = -1},
    };

    held_forget_thread(sv, t->thread);
    if (t->nr == SYS_socket)
        serve(sv, t, &q);
    else
        serve_descriptor(sv, t, &q);
}
