/* interpose/answer.c - answers: memory first, then the descriptor or the result. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include "interpose/supervisor.h"

bool answer_is_awaited(const struct supervisor *sv, uint64_t token)
{
    return ioctl(sv->program.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &token) == 0;
}

static int respond(struct supervisor *sv, uint64_t token, int64_t result, uint32_t flags)
{
    struct seccomp_notif_resp resp = {.id = token, .flags = flags};

    if (result < 0)
        resp.error = (int)result;
    else
        resp.val = result;
    return ioctl(sv->program.listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) == 0 ? 0 : -errno;
}

int answer_send(struct supervisor *sv, uint64_t token, int64_t result)
{
    return respond(sv, token, result, 0);
}

/* The number in the program, or a negative errno. */
static int add_descriptor(struct supervisor *sv, struct seccomp_notif_addfd *add)
{
    int n;

    do
        n = ioctl(sv->program.listener, SECCOMP_IOCTL_NOTIF_ADDFD, add);
    while (n < 0 && errno == EINTR);
    return n >= 0 ? n : -errno;
}

static int give_descriptor(struct supervisor *sv, const struct trap *t, struct posix_reply *r)
{
    struct seccomp_notif_addfd add = {
        .id = t->token,
        .flags = SECCOMP_ADDFD_FLAG_SEND,
        .srcfd = (uint32_t)r->give,
        .newfd_flags = r->give_cloexec ? O_CLOEXEC : 0,
    };
    int n = add_descriptor(sv, &add);

    r->given = n;
    /* The program's table is full (EMFILE): that is its answer. */
    if (n < 0 && n != -ENOENT && n != -ESRCH)
        answer_send(sv, t->token, n);
    return n >= 0 ? 0 : -ENOENT;
}

/* Once the descriptor is in place the call has had its effect; if the answer comes too late then,
 * it is as if the signal had come just after. */
static int replace_descriptor(struct supervisor *sv, const struct trap *t,
                              const struct posix_reply *r)
{
    struct seccomp_notif_addfd add = {
        .id = t->token,
        .flags = SECCOMP_ADDFD_FLAG_SETFD,
        .srcfd = (uint32_t)r->replace,
        .newfd = (uint32_t)t->arg[0],
        .newfd_flags = peer_is_cloexec(t->thread, (int)t->arg[0]) ? O_CLOEXEC : 0,
    };

    if (add_descriptor(sv, &add) < 0)
        return -ENOENT;
    answer_send(sv, t->token, r->result);
    return 0;
}

int answer_deliver(struct supervisor *sv, const struct trap *t, struct posix_reply *r)
{
    int err;

    /* Asking takes time, and a signal may take the answer away: only where memory is written. */
    if (call_writes(t) && !answer_is_awaited(sv, t->token))
        return -ENOENT;
    err = call_write(t, r);
    if (err != 0) {
        answer_send(sv, t->token, err);
        return -ENOENT;
    }
    if (r->give >= 0)
        return give_descriptor(sv, t, r);
    if (r->replace >= 0)
        return replace_descriptor(sv, t, r);
    return answer_send(sv, t->token, call_result(t, r)) == 0 ? 0 : -ENOENT;
}

void answer_pass(struct supervisor *sv, const struct trap *t)
{
    respond(sv, t->token, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}
