/* interpose/supervisor.c - receives notifications, asks the server, answers.
 *
 * A notification is a transaction named by its id. What was read from the program is used only
 * after a check that the id is still valid; nothing is visible to the program before the answer;
 * and an answer that comes too late (ENOENT: a signal has ended the call, or the thread is dead) is
 * told to the server, which undoes the call. The filter is installed without WAIT_KILLABLE_RECV, so
 * a signal ends a held accept or connect at once, as it would in the kernel (EINTR, or again after
 * the handler with SA_RESTART). The kernel does not tell us of that: a thread that calls again
 * shows that its earlier call is over.
 *
 * Invariant: at most one held call per thread. */
#include "interpose/interpose.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpose/call.h"
#include "interpose/peer.h"
#include "interpose/spawn.h"

struct supervisor {
    struct supervisor_config cfg;
    struct peers peers;
    struct spawn_inherit inherit;
    struct spawn program;
    int epoll, signals;
    int status;         /* of the program, once it has ended */
    bool ended;         /* the program */
    bool all_ended;     /* and every other process under the filter */
    bool told_of_eperm; /* one line is enough */
    struct trap *held;
    size_t n_held, held_max;
    uint8_t buffer[POSIX_DATA_MAX];
};

/* ---- answers ---- */

static bool is_valid(const struct supervisor *sv, uint64_t token)
{
    return ioctl(sv->program.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &token) == 0;
}

static int send_answer(struct supervisor *sv, uint64_t token, int64_t result, uint32_t flags)
{
    struct seccomp_notif_resp resp = {.id = token, .flags = flags};

    if (result < 0)
        resp.error = (int)result;
    else
        resp.val = result;
    return ioctl(sv->program.listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) == 0 ? 0 : -errno;
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
        send_answer(sv, t->token, n, 0);
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
    send_answer(sv, t->token, r->result, 0);
    return 0;
}

/* 0, or -ENOENT: the reply had no effect. */
static int deliver(struct supervisor *sv, const struct trap *t, struct posix_reply *r)
{
    int err;

    if (!is_valid(sv, t->token))
        return -ENOENT;
    err = call_write(t, r);
    if (err != 0) {
        send_answer(sv, t->token, err, 0);
        return -ENOENT;
    }
    if (r->give >= 0)
        return give_descriptor(sv, t, r);
    if (r->replace >= 0)
        return replace_descriptor(sv, t, r);
    return send_answer(sv, t->token, call_result(t, r), 0) == 0 ? 0 : -ENOENT;
}

static void pass(struct supervisor *sv, const struct trap *t)
{
    send_answer(sv, t->token, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

/* ---- held calls ---- */

static void drop_held(struct supervisor *sv, size_t i)
{
    sv->held[i] = sv->held[--sv->n_held];
}

/* A thread that calls again is no longer in the call that we hold for it. */
static void forget_thread(struct supervisor *sv, pid_t thread)
{
    for (size_t i = 0; i < sv->n_held; i++) {
        if (sv->held[i].thread == thread) {
            drop_held(sv, i);
            return;
        }
    }
}

static int hold(struct supervisor *sv, const struct trap *t)
{
    if (sv->n_held == sv->held_max) {
        size_t max = sv->held_max == 0 ? 64 : 2 * sv->held_max;
        struct trap *held = realloc(sv->held, max * sizeof *held);

        if (held == NULL)
            return -ENOMEM;
        sv->held = held;
        sv->held_max = max;
    }
    sv->held[sv->n_held++] = *t;
    return 0;
}

static struct trap *find_held(struct supervisor *sv, uint64_t token)
{
    for (size_t i = 0; i < sv->n_held; i++) {
        if (sv->held[i].token == token)
            return &sv->held[i];
    }
    return NULL;
}

static int host_answer(void *ctx, uint64_t token, struct posix_reply *r)
{
    struct supervisor *sv = ctx;
    struct trap *found = find_held(sv, token);
    struct trap t;

    if (found == NULL)
        return -ENOENT;
    t = *found;
    drop_held(sv, (size_t)(found - sv->held));
    return deliver(sv, &t, r);
}

static int host_borrow(void *ctx, int32_t thread, int32_t fd, uint64_t cookie)
{
    struct supervisor *sv = ctx;
    int got = peer_descriptor(&sv->peers, thread, fd);

    if (got >= 0 && peer_cookie(got) != cookie) {
        close(got);
        got = -EBADF;
    }
    return got;
}

static bool host_waiting(void *ctx, uint64_t token)
{
    struct supervisor *sv = ctx;

    return find_held(sv, token) != NULL && is_valid(sv, token);
}

/* ---- requests ---- */

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

    if (!is_valid(sv, t->token))
        return;
    if (err == CALL_PASS) {
        pass(sv, t);
        return;
    }
    if (err != 0) {
        send_answer(sv, t->token, err, 0);
        return;
    }
    switch (server->request(server->ctx, q, &r)) {
    case POSIX_ANSWER: server->done(server->ctx, q, &r, deliver(sv, t, &r) == 0); break;
    case POSIX_HOLD:
        err = hold(sv, t);
        if (err != 0)
            send_answer(sv, t->token, err, 0);
        break;
    case POSIX_PASS: pass(sv, t); break;
    }
}

/* One of many messages after the first, which the caller does not wait for. 0 or a negative errno.
 */
static int serve_further(struct supervisor *sv, const struct trap *t, struct posix_request *q)
{
    const struct posix_server *server = &sv->cfg.server;
    struct posix_reply r = POSIX_REPLY_INIT;
    int err = call_read(t, q, sv->buffer);

    q->args[0] |= MSG_DONTWAIT;
    if (err != 0 || !is_valid(sv, t->token))
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
        send_answer(sv, t->token, t->index, 0);
    else if (err == CALL_PASS || err == -EAGAIN)
        serve(sv, t, q);
    else
        send_answer(sv, t->token, err, 0);
}

/* A call on a descriptor: whose socket is it? */
static void serve_descriptor(struct supervisor *sv, struct trap *t, struct posix_request *q)
{
    int end = peer_descriptor(&sv->peers, t->thread, (int)t->arg[0]);

    if (end == -EPERM) {
        note_eperm(sv, t->thread);
        send_answer(sv, t->token, -EPERM, 0);
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
    } else {
        pass(sv, t);
    }
    if (end >= 0)
        close(end);
}

static void handle(struct supervisor *sv, const struct seccomp_notif *n)
{
    struct trap t = {.token = n->id, .thread = (pid_t)n->pid, .nr = n->data.nr};
    struct posix_request q = {
        .from = {.token = n->id, .thread = (int32_t)n->pid, .fd = -1, .end = -1},
    };

    for (unsigned i = 0; i < 6; i++)
        t.arg[i] = n->data.args[i];
    forget_thread(sv, t.thread);
    if (t.nr == SYS_socket)
        serve(sv, &t, &q);
    else
        serve_descriptor(sv, &t, &q);
}

/* As many as wait now, but not for ever: the stack wants its turn. */
static void receive(struct supervisor *sv)
{
    struct pollfd p = {.fd = sv->program.listener, .events = POLLIN};

    for (unsigned turn = 0; turn < 64; turn++) {
        struct seccomp_notif n;

        if (poll(&p, 1, 0) <= 0)
            return;
        if ((p.revents & POLLIN) == 0) {
            sv->all_ended = (p.revents & POLLHUP) != 0;
            if (sv->all_ended)
                epoll_ctl(sv->epoll, EPOLL_CTL_DEL, sv->program.listener, NULL);
            return;
        }
        memset(&n, 0, sizeof n);
        if (ioctl(sv->program.listener, SECCOMP_IOCTL_NOTIF_RECV, &n) == 0)
            handle(sv, &n);
    }
}

/* ---- processes and signals ---- */

/* Processes whose parent has died come to us (PR_SET_CHILD_SUBREAPER): they must stay our
 * descendants to be reached under Yama, and a process that nobody reaps keeps its filter. */
static void reap(struct supervisor *sv)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != sv->program.pid)
            continue;
        sv->ended = true;
        sv->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
}

/* What a terminal sends goes to the whole foreground group, the program included. */
static void take_signals(struct supervisor *sv)
{
    struct signalfd_siginfo info;

    while (read(sv->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(sv);
        else if (info.ssi_code != SI_KERNEL && !sv->ended)
            kill(sv->program.pid, (int)info.ssi_signo);
    }
}

void supervisor_service(struct supervisor *sv)
{
    struct epoll_event ev[2];
    int n = epoll_wait(sv->epoll, ev, 2, 0);

    for (int i = 0; i < n; i++) {
        if (ev[i].data.fd == sv->signals)
            take_signals(sv);
        else
            receive(sv);
    }
}

bool supervisor_finished(const struct supervisor *sv, int *status)
{
    *status = sv->status;
    return sv->ended && sv->all_ended;
}

int supervisor_fd(const struct supervisor *sv)
{
    return sv->epoll;
}

struct posix_host supervisor_host(struct supervisor *sv)
{
    return (struct posix_host){sv, host_answer, host_borrow, host_waiting};
}

/* ---- life ---- */

static int watch(struct supervisor *sv, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

    return epoll_ctl(sv->epoll, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : -errno;
}

static int take_over_signals(struct supervisor *sv)
{
    static const int taken[] = {SIGCHLD, SIGINT,  SIGQUIT, SIGTERM,
                                SIGHUP,  SIGUSR1, SIGUSR2, SIGWINCH};
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t set;

    sigaction(SIGPIPE, &ignore, &sv->inherit.broken_pipe);
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        sigaddset(&set, taken[i]);
    sigprocmask(SIG_BLOCK, &set, &sv->inherit.signals);
    sv->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return sv->signals >= 0 ? watch(sv, sv->signals) : -errno;
}

/* Each socket of the program costs this process a descriptor: take what is allowed. */
static void raise_file_limit(struct supervisor *sv)
{
    struct rlimit all;

    if (getrlimit(RLIMIT_NOFILE, &sv->inherit.files) != 0)
        return;
    all = sv->inherit.files;
    all.rlim_cur = all.rlim_max;
    setrlimit(RLIMIT_NOFILE, &all);
}

int supervisor_init(struct supervisor **out)
{
    struct supervisor *sv = calloc(1, sizeof *sv);
    int err;

    *out = sv;
    if (sv == NULL)
        return -ENOMEM;
    sv->program = (struct spawn){-1, -1};
    sv->signals = -1;
    peers_init(&sv->peers);
    raise_file_limit(sv);
    sv->epoll = epoll_create1(EPOLL_CLOEXEC);
    err = sv->epoll >= 0 ? take_over_signals(sv) : -errno;
    if (err != 0) {
        supervisor_fini(sv);
        *out = NULL;
    }
    return err;
}

int supervisor_start(struct supervisor *sv, const struct supervisor_config *cfg)
{
    int status;

    sv->cfg = *cfg;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    status = spawn_program(&sv->program, cfg, &sv->inherit);
    if (status == 0 && watch(sv, sv->program.listener) != 0)
        status = SUPERVISOR_FAILED;
    return status;
}

void supervisor_fini(struct supervisor *sv)
{
    if (sv->program.listener >= 0) {
        if (!sv->ended)
            kill(sv->program.pid, SIGKILL);
        close(sv->program.listener);
    }
    peers_fini(&sv->peers);
    if (sv->signals >= 0) {
        sigprocmask(SIG_SETMASK, &sv->inherit.signals, NULL);
        sigaction(SIGPIPE, &sv->inherit.broken_pipe, NULL);
        close(sv->signals);
    }
    if (sv->epoll >= 0)
        close(sv->epoll);
    free(sv->held);
    free(sv);
}
