/* Makes calls that must never depend on the stack's process: run while that process is stopped, it
 * ends only if none of them was trapped.
 *
 * usage: untrapped ADDRESS PORT READY GO
 *
 * Connects, creates the file READY, waits for the file GO, then closes, duplicates, forks, reads
 * and writes, thousands of times, on files, pipes and the connected socket; prints `untrapped`. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"

enum { ROUNDS = 10000, FORKS = 100 };

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int descriptors(int fd)
{
    int copy = dup(fd);
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 200);
    int file = openat(AT_FDCWD, "/dev/null", O_RDWR);

    if (copy < 0 || high < 0 || file < 0 || dup2(fd, high) != high)
        return fail("dup");
    if (write(file, "", 1) != 1 || fcntl(fd, F_GETFL) < 0)
        return fail("write");
    return close(copy) + close(high) + close(file);
}

static int waiting(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct epoll_event ev = {.events = EPOLLIN};
    int ep = epoll_create1(0);
    int pair[2];

    if (poll(&p, 1, 0) < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
        return fail("poll");
    if (pipe(pair) < 0)
        return fail("pipe");
    return close(pair[0]) + close(pair[1]) + close(ep);
}

static int forks(int fd)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(close(fd) < 0);
    return pid < 0 || waitpid(pid, NULL, 0) != pid;
}

int main(int argc, char **argv)
{
    struct address addr;
    int fd;

    if (argc != 5 || !address_read(&addr, argv[1], argv[2]))
        return 2;
    fd = address_socket(&addr, SOCK_STREAM);
    if (connect(fd, &addr.name.any, addr.len) < 0)
        return fail("connect");
    close(open(argv[3], O_CREAT | O_WRONLY, 0600));
    while (access(argv[4], F_OK) < 0)
        usleep(1000);
    for (int i = 0; i < ROUNDS; i++)
        if (descriptors(fd) || (i % 100 == 0 && waiting(fd)))
            return 1;
    for (int i = 0; i < FORKS; i++)
        if (forks(fd))
            return 1;
    if (send(fd, "", 1, MSG_NOSIGNAL) != 1 || shutdown(fd, SHUT_WR) < 0 || close(fd) < 0)
        return fail("end");
    puts("untrapped");
    return 0;
}
