/* The socket conformance program: runs every behaviour of its tables and prints a line each.
 * The same binary runs on the kernel and under tarn; the two outputs are compared.
 *
 * usage: sockconf [--only NAME]... PEER PORT SELF BLACK_HOLE NO_NEIGHBOUR */
#include "conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { LINE_BYTES = 2000, LIMIT_MS = 40000 };

struct line {
    size_t used;
    char text[LINE_BYTES];
};

struct conf conf;
static struct line *line; /* shared with the child that runs the behaviour */

static const struct behaviour *const tables[] = {
    connect_table,  refuse_table, reset_table,     close_table,     stream_table,  bulk_table,
    shutdown_table, dgram_table,  dgram_msg_table, poll_table,      epoll_table,   accept_table,
    bind_table,     option_table, share_table,     signal_table,    control_table, error_table,
    dual_table,     group_table,  raw_table,       interface_table, urgent_table,  segment_table,
};

void say(const char *fmt, ...)
{
    va_list ap;
    int n;

    if (line->used + 2 >= LINE_BYTES)
        return;
    line->text[line->used++] = ' ';
    va_start(ap, fmt);
    n = vsnprintf(line->text + line->used, LINE_BYTES - line->used, fmt, ap);
    va_end(ap);
    line->used += (size_t)n < LINE_BYTES - line->used ? (size_t)n : LINE_BYTES - line->used - 1;
}

/* How the behaviour's process ended, when it was not by its own will. */
static void say_end(int status)
{
    if (WIFSIGNALED(status))
        say("KILLED:SIG%s", sigabbrev_np(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        say("EXIT:%d", WEXITSTATUS(status));
}

static void watch(pid_t pid)
{
    int status;

    for (int ms = 0; ms < LIMIT_MS; ms += 5) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            say_end(status);
            return;
        }
        usleep(5000);
    }
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
    say("HUNG");
}

static void run(const struct behaviour *b)
{
    pid_t pid;

    line->used = 0;
    pid = fork();
    if (pid < 0) {
        perror("sockconf: fork");
        exit(1);
    }
    if (pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        b->run();
        _exit(0);
    }
    setpgid(pid, pid);
    watch(pid);
    kill(-pid, SIGKILL);
    printf("%s:%.*s\n", b->name, (int)line->used, line->text);
    fflush(stdout);
}

static int wanted(const char *name, char **only, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(only[i], name) == 0)
            return 1;
    return count == 0;
}

static void run_all(char **only, int count)
{
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
        for (const struct behaviour *b = tables[t]; b->name; b++)
            if (wanted(b->name, only, count))
                run(b);
}

static int parse(char **arg)
{
    uint16_t port = (uint16_t)strtoul(arg[1], NULL, 10);

    if (!name_read(&conf.peer, arg[0], port) || !name_read(&conf.self, arg[2], 0) ||
        !name_read(&conf.black_hole, arg[3], 0) || !name_read(&conf.no_neighbour, arg[4], 0))
        return 0;
    conf.family = conf.peer.any.sa_family;
    return conf.self.any.sa_family == conf.family;
}

/* After exec: answers on the inherited descriptor, see share_exec(). */
static int inherited(const char *fd)
{
    return write(atoi(fd), "from exec", 9) == 9 ? 0 : 1;
}

int main(int argc, char **argv)
{
    char *only[64];
    int count = 0;
    int i = 1;

    if (argc == 3 && strcmp(argv[1], "--inherited") == 0)
        return inherited(argv[2]);
    for (; i + 1 < argc && strcmp(argv[i], "--only") == 0 && count < 64; i += 2)
        only[count++] = argv[i + 1];
    if (argc - i != 5 || !parse(argv + i)) {
        fputs("usage: sockconf [--only NAME]... PEER PORT SELF BLACK_HOLE NO_NEIGHBOUR\n", stderr);
        return 2;
    }
    conf.path = "/proc/self/exe";
    line = mmap(NULL, sizeof(*line), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (line == MAP_FAILED)
        return 1;
    run_all(only, count);
    return 0;
}
