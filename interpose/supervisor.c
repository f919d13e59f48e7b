/* interpose/supervisor.c - the program's parent: notifications, processes, signals.
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
#include "interpose/supervisor.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpose/view.h"

/* ---- what posix may ask of us ---- */

static int host_answer(void *ctx, uint64_t token, struct posix_reply *r)
{
    return held_answer(ctx, token, r);
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
    return held_is_waiting(ctx, token);
}

static bool host_capable(void *ctx, int32_t thread, int capability)
{
    (void)ctx;
    return peer_is_capable(thread, capability);
}

static bool host_catches(void *ctx, int32_t thread)
{
    (void)ctx;
    return peer_catches_signals(thread);
}

struct posix_host supervisor_host(struct supervisor *sv)
{
    return (struct posix_host){
        .ctx = sv,
        .answer = host_answer,
        .borrow = host_borrow,
        .waiting = host_waiting,
        .catches = host_catches,
        .capable = host_capable,
    };
}

/* ---- notifications ---- */

static void handle(struct supervisor *sv, const struct seccomp_notif *n)
{
    struct trap t = {.token = n->id,
                     .thread = (pid_t)n->pid,
                     .nr = n->data.nr,
                     .site = n->data.instruction_pointer};

    for (unsigned i = 0; i < 6; i++)
        t.arg[i] = n->data.args[i];
    serve_call(sv, &t);
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
    sv->program = (struct spawn){-1, -1, {-1, -1}};
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

int supervisor_rewrite(struct supervisor *sv, enum supervisor_view which, const char *content)
{
    int fd = sv->program.view[which];

    return fd >= 0 ? view_rewrite(fd, content) : -ENOENT;
}

void supervisor_fini(struct supervisor *sv)
{
    if (sv->program.listener >= 0) {
        if (!sv->ended)
            kill(sv->program.pid, SIGKILL);
        close(sv->program.listener);
    }
    for (unsigned i = 0; i < SUPERVISOR_VIEWS; i++)
        if (sv->program.view[i] >= 0)
            close(sv->program.view[i]);
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
