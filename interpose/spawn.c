/* interpose/spawn.c - fork, file views, filter, exec.
 *
 *      parent                              child
 *      fork ------------------------------ file views
 *                                          filter: from here on sendmsg is trapped
 *      read  <---- number of the listener  write (never trapped)
 *      pidfd_getfd
 *      write ---- go on -----------------> read
 *      read  <---- errno of exec, or end   exec
 */
#include "interpose/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpose/filter.h"
#include "interpose/view.h"

enum stage { VIEW_REFUSED, VIEW_MADE, FILTER_REFUSED, LISTENING, EXEC_REFUSED };

struct report {
    enum stage stage;
    int value; /* LISTENING, VIEW_MADE: the descriptor's number, else an errno */
    int which; /* of views: enum supervisor_view, SUPERVISOR_VIEWS for all of them */
};

static void say(void (*to)(const char *line), const char *what, int err, const char *remedy)
{
    char line[512];

    if (to == NULL)
        return;
    snprintf(line, sizeof line, "%.400s: %s%s", what, strerror(err), remedy);
    to(line);
}

/* What to do about a program that exec refuses. */
static const char *program_remedy(const char *program, int err)
{
    struct stat st;

    switch (err) {
    case ENOENT:
        if (strchr(program, '/') == NULL)
            return "; it is not in PATH: give the path of a program that is there";
        return stat(program, &st) == 0 ? "; its interpreter is not there: see its first line"
                                       : "; give the path of a program that is there";
    case EACCES:
        if (stat(program, &st) == 0 && S_ISDIR(st.st_mode))
            return "; it is a folder: give a program";
        return "; make it executable (chmod +x), or give another";
    case E2BIG: return "; give fewer or shorter arguments, or a smaller environment";
    default: return "; give another program";
    }
}

/* ---- in the child: nothing but system calls; a report tells the parent ---- */

static void report_of(int channel, enum stage stage, int value, int which)
{
    struct report r = {stage, value, which};

    if (write(channel, &r, sizeof r) != sizeof r)
        _exit(SUPERVISOR_FAILED);
}

static void report(int channel, enum stage stage, int value)
{
    report_of(channel, stage, value, 0);
}

static void make_view(int channel, enum supervisor_view which, const char *path,
                      const char *content)
{
    int fd = content != NULL ? view_file(path, content) : -1;

    if (content != NULL)
        report_of(channel, fd >= 0 ? VIEW_MADE : VIEW_REFUSED, fd >= 0 ? fd : -fd, (int)which);
}

/* Their descriptors stay open until the parent has let us go on, and close at exec. */
static void make_views(int channel, const struct supervisor_config *cfg)
{
    int err;

    if (cfg->resolv_conf == NULL && cfg->hosts == NULL)
        return;
    err = view_begin();
    if (err != 0) {
        report_of(channel, VIEW_REFUSED, -err, SUPERVISOR_VIEWS);
        return;
    }
    make_view(channel, SUPERVISOR_RESOLV_CONF, "/etc/resolv.conf", cfg->resolv_conf);
    make_view(channel, SUPERVISOR_HOSTS, "/etc/hosts", cfg->hosts);
}

static void install_filter(int channel)
{
    char go;
    int fd = filter_install();

    if (fd == -EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        fd = filter_install();
    if (fd < 0) {
        report(channel, FILTER_REFUSED, -fd);
        _exit(SUPERVISOR_FAILED);
    }
    report(channel, LISTENING, fd);
    if (read(channel, &go, 1) != 1)
        _exit(SUPERVISOR_FAILED);
    close(fd);
}

static void become(int channel, const struct supervisor_config *cfg,
                   const struct spawn_inherit *inherit)
{
    make_views(channel, cfg);
    install_filter(channel);
    setrlimit(RLIMIT_NOFILE, &inherit->files);
    sigaction(SIGPIPE, &inherit->broken_pipe, NULL);
    sigprocmask(SIG_SETMASK, &inherit->signals, NULL);
    execvp(cfg->argv[0], cfg->argv);
    report(channel, EXEC_REFUSED, errno);
    _exit(SUPERVISOR_FAILED);
}

/* ---- in the parent ---- */

/* The child's descriptor of that number, or a negative errno. */
static int take(const struct spawn *s, int number)
{
    int pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
    int fd;

    if (pidfd < 0)
        return -errno;
    fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
    if (fd < 0)
        fd = -errno;
    close(pidfd);
    return fd;
}

/* The program sees the system's file; where there is none, nothing can be put in its place. */
static void note_view(const struct supervisor_config *cfg, const struct report *r)
{
    static const char *const tried[] = {"giving the program its own /etc/resolv.conf",
                                        "giving the program its own /etc/hosts",
                                        "giving the program its own /etc/resolv.conf and hosts"};

    say(cfg->log, tried[r->which], r->value,
        r->value == ENOENT ? "; make an empty one, and it can" : "; it sees the system's");
}

/* What one report means: 0 to go on, else the exit status. */
static int heed(struct spawn *s, const struct supervisor_config *cfg, int channel,
                const struct report *r)
{
    switch (r->stage) {
    case VIEW_MADE: s->view[r->which] = take(s, r->value); return 0;
    case VIEW_REFUSED: note_view(cfg, r); return 0;
    case LISTENING:
        s->listener = take(s, r->value);
        if (s->listener >= 0 && write(channel, "", 1) == 1)
            return 0;
        say(cfg->refused, "taking the seccomp listener", s->listener < 0 ? -s->listener : EPIPE,
            "; see tarn doctor");
        return SUPERVISOR_FAILED;
    case FILTER_REFUSED:
        say(cfg->refused, "installing the seccomp filter", r->value,
            r->value == EBUSY ? "; tarn already runs under a seccomp listener"
                              : "; see tarn doctor");
        return SUPERVISOR_FAILED;
    case EXEC_REFUSED:
    default:
        say(cfg->refused, cfg->argv[0], r->value, program_remedy(cfg->argv[0], r->value));
        return r->value == ENOENT ? SUPERVISOR_NOT_FOUND : SUPERVISOR_CANNOT_EXECUTE;
    }
}

static int follow(struct spawn *s, const struct supervisor_config *cfg, int channel)
{
    struct report r;
    int status = 0;

    while (status == 0 && read(channel, &r, sizeof r) == sizeof r)
        status = heed(s, cfg, channel, &r);
    if (status == 0 && s->listener < 0)
        status = SUPERVISOR_FAILED;
    return status;
}

int spawn_program(struct spawn *s, const struct supervisor_config *cfg,
                  const struct spawn_inherit *inherit)
{
    int channel[2];
    int status;

    *s = (struct spawn){-1, -1, {-1, -1}};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) {
        say(cfg->refused, "making a channel to the program", errno, "; see tarn doctor");
        return SUPERVISOR_FAILED;
    }
    fflush(NULL);
    s->pid = fork();
    if (s->pid == 0) {
        close(channel[0]);
        become(channel[1], cfg, inherit);
    }
    close(channel[1]);
    if (s->pid < 0)
        say(cfg->refused, "starting a process", errno, "; see tarn doctor");
    status = s->pid < 0 ? SUPERVISOR_FAILED : follow(s, cfg, channel[0]);
    close(channel[0]);
    if (status != 0 && s->pid > 0) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
    }
    if (status != 0 && s->listener >= 0)
        close(s->listener);
    return status;
}
