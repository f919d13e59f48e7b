/* The facts about AF_UNIX pairs that posix/ rests on. A kernel that differs fails here first. */
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/test.h"

struct pair {
    int ours, program;
};

static struct pair make(int type)
{
    int fd[2];

    CHECK_EQ(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
    return (struct pair){fd[0], fd[1]};
}

static void unmake(struct pair p)
{
    close(p.ours);
    close(p.program);
}

static int polled(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};

    poll(&p, 1, 0);
    return p.revents;
}

static int count(int fd, unsigned long what)
{
    int n = -1;

    ioctl(fd, what, &n);
    return n;
}

static int fill(int fd)
{
    int least = 1, n = 0;

    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
    while (send(fd, "", 1, MSG_NOSIGNAL) == 1)
        n++;
    return n;
}

/* A not yet connected socket: unwritable, silent; a drain of all but one byte is an edge. */
TEST(pair, filled_is_unwritable_until_drained)
{
    struct pair p = make(SOCK_STREAM);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
    char bytes[64];
    int n = fill(p.program);

    CHECK(n > 1 && n < (int)sizeof bytes);
    CHECK_EQ(polled(p.program), 0);
    CHECK_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, p.program, &ev), 0);
    CHECK_EQ(epoll_wait(epoll, &ev, 1, 0), 0);
    CHECK_EQ(recv(p.ours, bytes, (size_t)n - 1, 0), n - 1);
    CHECK_EQ(polled(p.program), POLLOUT);
    CHECK_EQ(epoll_wait(epoll, &ev, 1, 0), 1);
    CHECK_EQ(ev.events, EPOLLOUT);
    close(epoll);
    unmake(p);
}

/* A refused connect, as the kernel's: everything at once; the read tells a reset, once. */
TEST(pair, closing_with_a_byte_unread_is_a_reset)
{
    struct pair p = make(SOCK_STREAM);
    char byte;

    CHECK_EQ(send(p.program, "x", 1, 0), 1);
    close(p.ours);
    CHECK_EQ(polled(p.program), POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR);
    CHECK_EQ(read(p.program, &byte, 1), -1);
    CHECK_EQ(errno, ECONNRESET);
    CHECK_EQ(read(p.program, &byte, 1), 0);
    close(p.program);
}

TEST(pair, closing_with_nothing_unread_is_an_end)
{
    struct pair p = make(SOCK_STREAM);
    char byte;

    close(p.ours);
    CHECK_EQ(read(p.program, &byte, 1), 0);
    close(p.program);
}

TEST(pair, a_reset_comes_after_the_data)
{
    struct pair p = make(SOCK_STREAM);
    char bytes[8];

    CHECK_EQ(send(p.program, "x", 1, 0), 1);
    CHECK_EQ(send(p.ours, "hello", 5, 0), 5);
    close(p.ours);
    CHECK_EQ(read(p.program, bytes, sizeof bytes), 5);
    CHECK_EQ(read(p.program, bytes, sizeof bytes), -1);
    CHECK_EQ(errno, ECONNRESET);
    close(p.program);
}

/* The scheme of the kept byte: take the kept one and all fresh ones but the last, look at the last.
 */
TEST(pair, one_byte_can_always_be_kept)
{
    struct pair p = make(SOCK_STREAM);
    char bytes[8];

    CHECK_EQ(send(p.program, "k", 1, 0), 1);
    CHECK_EQ(send(p.program, "abc", 3, 0), 3);
    CHECK_EQ(count(p.ours, FIONREAD), 4);
    CHECK_EQ(recv(p.ours, bytes, 3, 0), 3);
    CHECK_MEM(bytes, "kab", 3);
    CHECK_EQ(recv(p.ours, bytes, 1, MSG_PEEK), 1);
    CHECK_EQ(bytes[0], 'c');
    CHECK_EQ(count(p.ours, FIONREAD), 1);
    unmake(p);
}

/* Why the program's close with unread data can be passed on as a reset. */
TEST(pair, our_end_hears_whether_data_was_unread_at_close)
{
    struct pair read_all = make(SOCK_STREAM), not_read = make(SOCK_STREAM);

    CHECK_EQ(send(not_read.ours, "x", 1, 0), 1);
    close(read_all.program);
    close(not_read.program);
    CHECK_EQ(polled(read_all.ours) & (POLLHUP | POLLERR), POLLHUP);
    CHECK_EQ(polled(not_read.ours) & (POLLHUP | POLLERR), POLLHUP | POLLERR);
    close(read_all.ours);
    close(not_read.ours);
}

TEST(pair, half_closes_are_heard_each_way)
{
    struct pair p = make(SOCK_STREAM);

    CHECK_EQ(shutdown(p.program, SHUT_WR), 0);
    CHECK_EQ(polled(p.ours) & (POLLRDHUP | POLLHUP), POLLRDHUP);
    CHECK_EQ(shutdown(p.ours, SHUT_WR), 0);
    CHECK_EQ(polled(p.program), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
    unmake(p);
}

/* Why bytes in the pair are counted at the reading end. */
TEST(pair, the_outgoing_queue_counts_memory_not_bytes)
{
    struct pair p = make(SOCK_STREAM);

    CHECK_EQ(send(p.ours, "x", 1, 0), 1);
    CHECK(count(p.ours, SIOCOUTQ) > 256);
    CHECK_EQ(count(p.program, FIONREAD), 1);
    unmake(p);
}

/* Why at most a quarter of the send buffer is used: below it, every read is an edge. */
TEST(pair, below_a_quarter_each_read_wakes_the_writer)
{
    struct pair p = make(SOCK_STREAM);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ev = {.events = EPOLLOUT | EPOLLET};
    char byte;

    CHECK_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, p.ours, &ev), 0);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(send(p.ours, "x", 1, 0), 1);
    CHECK_EQ(epoll_wait(epoll, &ev, 1, 0), 1);
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(read(p.program, &byte, 1), 1);
        CHECK_EQ(epoll_wait(epoll, &ev, 1, 0), 1);
    }
    close(epoll);
    unmake(p);
}

/* Why datagrams travel in a seqpacket pair. */
TEST(pair, seqpacket_keeps_boundaries_and_hears_a_close)
{
    struct pair p = make(SOCK_SEQPACKET);
    char bytes[8];

    CHECK_EQ(send(p.program, "", 0, 0), 0);
    CHECK_EQ(send(p.program, "ab", 2, 0), 2);
    CHECK_EQ(recv(p.ours, bytes, sizeof bytes, 0), 0);
    CHECK_EQ(polled(p.ours) & POLLRDHUP, 0);
    CHECK_EQ(recv(p.ours, bytes, 1, MSG_TRUNC), 2);
    close(p.program);
    CHECK(polled(p.ours) & POLLHUP);
    close(p.ours);
}

TEST(pair, a_datagram_pair_does_not_hear_a_close)
{
    struct pair p = make(SOCK_DGRAM);

    close(p.program);
    CHECK_EQ(polled(p.ours) & (POLLHUP | POLLRDHUP), 0);
    close(p.ours);
}

/* Identity: one cookie for all duplicates. */
TEST(pair, the_cookie_belongs_to_the_open_file)
{
    struct pair p = make(SOCK_STREAM);
    int copy = dup(p.program);
    uint64_t a = 0, b = 0, other = 0;
    socklen_t len = sizeof a;

    CHECK_EQ(getsockopt(p.program, SOL_SOCKET, SO_COOKIE, &a, &len), 0);
    CHECK_EQ(getsockopt(copy, SOL_SOCKET, SO_COOKIE, &b, &len), 0);
    CHECK_EQ(getsockopt(p.ours, SOL_SOCKET, SO_COOKIE, &other, &len), 0);
    CHECK(a != 0 && a == b && a != other);
    close(copy);
    unmake(p);
}
