/* Behaviours of a socket that several descriptors, processes or threads hold. */
#include "conf.h"

#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

static void duplicate(void)
{
    const char *tag = unique("dup");
    int fd = peer_open("tag %s; drain", tag);
    int copy = dup(fd);

    say("sent=%zu", send_pattern(fd, 100, 0));
    say_rc("close", close(fd));
    say("sent=%zu", send_pattern(copy, 100, 100));
    say_rc("close", close(copy));
    say_peer(tag, 1);
}

static void duplicate_over(void)
{
    const char *tag = unique("dup2");
    int fd = peer_open("tag %s; drain", tag);
    int other = peer_open("drain");

    say("dup2=%d", dup2(other, fd) == fd);
    say_peer(tag, 1);
    say_so_error(fd);
}

static void duplicate_control(void)
{
    struct name a, b;
    socklen_t len = sizeof(a.six);
    int fd = tcp_socket();
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 100);

    say("high=%d", copy >= 100);
    say_rc("connect", join(copy, conf.peer));
    say_rc("getsockname", getsockname(fd, &a.any, &len));
    getsockname(copy, &b.any, &len);
    say("same=%d", memcmp(&a, &b, 8) == 0);
    say_bits("poll", bits_of(fd));
}

static void forked(void)
{
    const char *tag = unique("fork");
    int fd = peer_open("tag %s; drain", tag);
    pid_t pid = fork();

    if (pid == 0)
        _exit(send_pattern(fd, 1000, 0) == 1000 ? 0 : 1);
    waitpid(pid, NULL, 0);
    say("sent=%zu", send_pattern(fd, 1000, 1000));
    close(fd);
    say_peer(tag, 1);
}

static void forked_parent_closes(void)
{
    const char *tag = unique("parent");
    int fd = peer_open("tag %s; drain", tag);
    pid_t pid = fork();

    if (pid == 0) {
        pause_ms(100);
        _exit(send_pattern(fd, 1000, 0) == 1000 ? 0 : 1);
    }
    close(fd);
    say_peer(tag, 1);
}

static void forked_before_connect(void)
{
    char buf[8] = "";
    int fd = tcp_socket();
    pid_t pid = fork();

    if (pid == 0)
        _exit(join(fd, conf.peer) == 0 && write(fd, "echo\nhi", 7) == 7 ? 0 : 1);
    waitpid(pid, NULL, 0);
    wait_bytes(fd, 2);
    say_rc("read", read(fd, buf, 2));
    say("'%s'", buf);
}

static void executed(void)
{
    int fd = peer_open("echo");
    char number[16], buf[16] = "";
    pid_t pid;

    snprintf(number, sizeof(number), "%d", fd);
    pid = fork();
    if (pid == 0) {
        execl(conf.path, "sockconf", "--inherited", number, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
    wait_bytes(fd, 9);
    say_rc("read", read(fd, buf, 9));
    say("'%s'", buf);
}

static void close_on_exec(void)
{
    char number[16];
    int status = 0;
    int fd = socket(conf.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t pid;

    snprintf(number, sizeof(number), "%d", fd);
    pid = fork();
    if (pid == 0) {
        execl(conf.path, "sockconf", "--inherited", number, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    say("failed=%d", WEXITSTATUS(status) == 1);
}

static void spawned(void)
{
    char number[16], buf[16] = "";
    char name[] = "sockconf", flag[] = "--inherited";
    char *args[] = {name, flag, number, NULL};
    char *env[] = {NULL};
    int fd = peer_open("echo");
    pid_t pid;

    snprintf(number, sizeof(number), "%d", fd);
    say_rc("spawn", posix_spawn(&pid, conf.path, NULL, NULL, args, env));
    waitpid(pid, NULL, 0);
    wait_bytes(fd, 9);
    say_rc("read", read(fd, buf, 9));
    say("'%s'", buf);
}

static void pass(int channel, int fd)
{
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec iov = part("", 1);
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
    say_rc("sendmsg", sendmsg(channel, &m, 0));
}

static int passed(int channel)
{
    char control[CMSG_SPACE(sizeof(int))], byte;
    struct iovec iov = {&byte, 1};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    int fd = -1;

    if (recvmsg(channel, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
    return fd;
}

static void rights(void)
{
    const char *tag = unique("rights");
    int fd = peer_open("tag %s; drain", tag);
    int pair[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        give_up("socketpair");
    pid = fork();
    if (pid == 0) {
        close(fd);
        fd = passed(pair[1]);
        _exit(send_pattern(fd, 1000, 0) == 1000 && so_error(fd) == 0 ? 0 : 1);
    }
    pass(pair[0], fd);
    close(fd);
    say_peer(tag, 1);
}

static void rights_listener(void)
{
    uint16_t port;
    int fd = listener(0, &port);
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
        give_up("socketpair");
    pass(pair[0], fd);
    close(fd);
    fd = passed(pair[1]);
    peer_dial(port, "send 3; drain");
    say_stream(accept(fd, NULL, NULL), 3, 1);
}

static void *echo_reader(void *fd)
{
    say_stream(*(int *)fd, 500000, 1);
    return NULL;
}

static void two_threads(void)
{
    int fd = peer_open("echo");
    pthread_t thread;
    size_t sent;

    if (pthread_create(&thread, NULL, echo_reader, &fd) != 0)
        give_up("thread");
    sent = send_pattern(fd, 500000, 0);
    pthread_join(thread, NULL);
    say("sent=%zu", sent);
}

static void *make_connections(void *good)
{
    for (int i = 0; i < 10; i++) {
        int fd = peer_open("send 100; drain");
        char buf[100];

        if (recv(fd, buf, 100, MSG_WAITALL) == 100)
            __atomic_fetch_add((int *)good, 1, __ATOMIC_SEQ_CST);
        close(fd);
    }
    return NULL;
}

static void eight_threads(void)
{
    pthread_t thread[8];
    int good = 0;

    for (int i = 0; i < 8; i++)
        if (pthread_create(&thread[i], NULL, make_connections, &good) != 0)
            give_up("thread");
    for (int i = 0; i < 8; i++)
        pthread_join(thread[i], NULL);
    say("good=%d", good);
}

static void shell_pipeline(void)
{
    char text[64] = "";
    FILE *f;
    int fd = peer_open("drain");

    f = popen("printf 'a\\nb\\nc\\n' | sort -r | head -n 1 | cat", "r");
    if (!f || !fgets(text, sizeof(text), f))
        give_up("popen");
    say("status=%d first=%c", pclose(f), text[0]);
    say("sent=%zu", send_pattern(fd, 10, 0));
}

static void unix_sockets(void)
{
    char buf[8] = "";
    int pair[2];

    say_rc("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    say_rc("send", send(pair[0], "abc", 3, 0));
    say_rc("sendto", sendto(pair[0], "def", 3, 0, NULL, 0));
    wait_bytes(pair[1], 6);
    say_rc("recv", recv(pair[1], buf, 6, 0));
    say("'%s'", buf);
    say_rc("inet_pair", socketpair(conf.family, SOCK_STREAM, 0, pair));
}

const struct behaviour share_table[] = {
    {"share_dup", duplicate},
    {"share_dup2", duplicate_over},
    {"share_dup_control", duplicate_control},
    {"share_fork", forked},
    {"share_fork_parent_closes", forked_parent_closes},
    {"share_fork_before_connect", forked_before_connect},
    {"share_exec", executed},
    {"share_close_on_exec", close_on_exec},
    {"share_spawn", spawned},
    {"share_rights", rights},
    {"share_rights_listener", rights_listener},
    {"share_two_threads", two_threads},
    {"share_eight_threads", eight_threads},
    {"share_shell_pipeline", shell_pipeline},
    {"share_unix_sockets", unix_sockets},
    {NULL, NULL},
};
