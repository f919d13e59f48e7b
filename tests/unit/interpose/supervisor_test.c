/* The supervisor: exit statuses, signals, file views, and calls that nobody knows. */
#include "interpose/interpose.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/test.h"

static char said[256];
static int sockets_asked_for;
static const char *later_content; /* of /etc/resolv.conf, at the program's first socket */

static void hear(const char *line)
{
    strncpy(said, line, sizeof said - 1);
}

static int type_of(void *ctx, uint64_t cookie)
{
    (void)ctx;
    (void)cookie;
    return 0;
}

/* Every socket is refused, with an errno that the kernel would not give. */
static enum posix_verdict request(void *ctx, const struct posix_request *q, struct posix_reply *r)
{
    (void)ctx;
    CHECK_EQ(q->call, POSIX_SOCKET);
    CHECK_EQ(q->args[0], AF_INET);
    sockets_asked_for++;
    r->result = -EXDEV;
    return POSIX_ANSWER;
}

static void done(void *ctx, const struct posix_request *q, struct posix_reply *r, bool arrived)
{
    (void)ctx;
    (void)q;
    (void)r;
    CHECK(arrived);
}

/* Run it to its end; the exit status. */
static int run(char *const *argv, const char *resolv_conf)
{
    struct supervisor_config cfg = {.server = {NULL, type_of, request, done},
                                    .argv = argv,
                                    .resolv_conf = resolv_conf,
                                    .log = hear,
                                    .refused = hear};
    struct supervisor *sv;
    int status;

    said[0] = '\0';
    sockets_asked_for = 0;
    CHECK_EQ(supervisor_init(&sv), 0);
    status = supervisor_start(sv, &cfg);
    if (status == SUPERVISOR_FAILED) {
        supervisor_fini(sv);
        test_skip("seccomp listeners are not allowed here");
    }
    while (status == 0 && !supervisor_finished(sv, &status)) {
        struct pollfd p = {.fd = supervisor_fd(sv), .events = POLLIN};

        CHECK(poll(&p, 1, 20000) == 1);
        supervisor_service(sv);
        if (later_content != NULL && sockets_asked_for > 0)
            supervisor_rewrite(sv, SUPERVISOR_RESOLV_CONF, later_content);
        status = 0;
    }
    supervisor_fini(sv);
    return status;
}

static int run_shell(const char *script)
{
    char text[256];
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, text, NULL};

    strncpy(text, script, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    return run(argv, NULL);
}

TEST(supervisor, the_status_is_the_programs)
{
    CHECK_EQ(run_shell("exit 0"), 0);
    CHECK_EQ(run_shell("exit 7"), 7);
    CHECK_EQ(run_shell("kill -9 $$"), 128 + SIGKILL);
}

TEST(supervisor, what_cannot_run_is_told)
{
    char *absent[] = {(char[]){"/no/such/program"}, NULL};
    char *no_program[] = {(char[]){"/etc/passwd"}, NULL};

    CHECK_EQ(run(absent, NULL), SUPERVISOR_NOT_FOUND);
    CHECK(strstr(said, "/no/such/program") != NULL);
    CHECK_EQ(run(no_program, NULL), SUPERVISOR_CANNOT_EXECUTE);
}

/* It ends when the last process does, not when the program does. */
TEST(supervisor, waits_for_the_last_process)
{
    CHECK_EQ(run_shell("(sleep 0.3; exit 3) & exit 5"), 5);
}

TEST(supervisor, a_signal_goes_on_to_the_program)
{
    CHECK_EQ(run_shell("trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.1; done"), 9);
}

TEST(supervisor, a_broken_pipe_kills_the_program_as_ever)
{
    CHECK_EQ(run_shell("(sh -c 'kill -13 $$'; exit $?)"), 128 + SIGPIPE);
}

TEST(supervisor, a_socket_call_reaches_the_server)
{
    CHECK_EQ(run_shell("exec 2>&-; (bash -c 'exec 3<>/dev/tcp/127.0.0.1/1') && exit 1; exit 4"), 4);
    CHECK(sockets_asked_for > 0);
}

TEST(supervisor, the_program_sees_its_own_resolver_file)
{
    char *argv[] = {(char[]){"grep"}, (char[]){"-q"}, (char[]){"192.0.2.53"},
                    (char[]){"/etc/resolv.conf"}, NULL};
    int status = run(argv, "nameserver 192.0.2.53\n");

    if (said[0] != '\0')
        test_skip("no mount namespace here");
    CHECK_EQ(status, 0);
}

/* Shorter content replaces the longer, for a reader that opens the file afterwards. */
TEST(supervisor, the_resolver_file_changes_while_the_program_runs)
{
    char *argv[] = {
        (char[]){"bash"}, (char[]){"-c"},
        (char[]){"grep -q '^nameserver 192.0.2.53$' /etc/resolv.conf || exit 8\n"
                 "exec 2>&-; (exec 3<>/dev/tcp/127.0.0.1/1)\n"
                 "for i in {1..100}; do read -r line </etc/resolv.conf\n"
                 "[ \"$line\" = 'nameserver ::1' ] && [ $(wc -l </etc/resolv.conf) = 1 ]"
                 " && exit 6; sleep 0.05; done"},
        NULL};
    int status;

    later_content = "nameserver ::1\n";
    status = run(argv, "nameserver 192.0.2.53\nnameserver 192.0.2.54\n");
    later_content = NULL;
    if (said[0] != '\0')
        test_skip("no mount namespace here");
    CHECK_EQ(status, 6);
}
