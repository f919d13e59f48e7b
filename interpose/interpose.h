/* interpose/interpose.h - runs a program and catches its socket calls (seccomp notification).
 *
 * The supervisor is the program's parent. It installs a filter in the child that traps the control
 * calls on network sockets, and only those, turns each into a posix_request, asks the server and
 * answers. It knows nothing of protocols. Nothing here blocks: the host loop waits for
 * supervisor_fd() to become readable and calls supervisor_service(). */
#ifndef TARN_INTERPOSE_INTERPOSE_H
#define TARN_INTERPOSE_INTERPOSE_H

#include <sys/types.h>

#include "posix/message.h"

struct supervisor;

struct supervisor_config {
    struct posix_server server;
    char *const *argv;       /* the program and its arguments; looked up in PATH */
    const char *resolv_conf; /* what the program finds in /etc/resolv.conf; NULL: the system's */
    const char *hosts;       /* the same of /etc/hosts */
    /* One line for people, without a newline; NULL: none. `refused` says why the program does not
     * run, `log` what differs while it does. */
    void (*log)(const char *line);
    void (*refused)(const char *line);
};

/* Files that the program may see otherwise than the rest of the system. */
enum supervisor_view { SUPERVISOR_RESOLV_CONF, SUPERVISOR_HOSTS, SUPERVISOR_VIEWS };

/* An exit status of tarn run where the program gives none. */
enum { SUPERVISOR_FAILED = 125, SUPERVISOR_CANNOT_EXECUTE = 126, SUPERVISOR_NOT_FOUND = 127 };

/* Make a supervisor; nothing runs yet, but supervisor_host() is valid (posix wants it first, the
 * server it asks comes with supervisor_start()). -ENOMEM, or a refused descriptor's errno. */
int supervisor_init(struct supervisor **out);
struct posix_host supervisor_host(struct supervisor *sv);

/* Start the program. 0, or one of the exit statuses above after the line that says why. While
 * it runs, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH and SIGCHLD are blocked in
 * this process: those that were sent by somebody go on to the program. SIGPIPE is ignored in this
 * process. */
int supervisor_start(struct supervisor *sv, const struct supervisor_config *cfg);

/* Give the program's view of a file new content while it runs. 0; -ENOENT: it sees the system's; or
 * a negative errno. */
int supervisor_rewrite(struct supervisor *sv, enum supervisor_view which, const char *content);

int supervisor_fd(const struct supervisor *sv);
void supervisor_service(struct supervisor *sv);

/* Has the last process under the filter ended? Then *status is the program's: its exit code, or 128
 * plus the signal that killed it. */
bool supervisor_finished(const struct supervisor *sv, int *status);

/* Ends what still runs (SIGKILL) and frees all. */
void supervisor_fini(struct supervisor *sv);

#endif
