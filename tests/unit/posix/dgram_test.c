/* Datagrams of a program: names, boundaries, errors. */
#include "tests/unit/posix/program.h"

enum { PORT = 53 };

static struct program p;

static int bound(uint16_t port)
{
    int fd = program_socket(&p, SOCK_DGRAM | SOCK_NONBLOCK);

    CHECK_EQ(program_named(&p, fd, POSIX_BIND, port), 0);
    return fd;
}

static int64_t send_to(int fd, uint16_t port, const char *text)
{
    struct posix_request q = {.call = POSIX_SEND,
                              .address = program_name(port),
                              .data = (const uint8_t *)text,
                              .data_len = (uint32_t)strlen(text)};
    int64_t n = program_request(&p, fd, &q);

    program_turn(&p);
    return n;
}

static int64_t recv_from(int fd, int flags)
{
    return program_call(&p, fd, POSIX_RECV, flags);
}

/* Plain reads are not seen here; what is left must still be told its right source. */
TEST(dgram, names_follow_their_datagrams_past_plain_reads)
{
    char bytes[8];
    int a, b, to;

    program_open(&p);
    a = bound(1001);
    b = bound(1002);
    to = bound(PORT);
    CHECK_EQ(send_to(a, PORT, "a1"), 2);
    CHECK_EQ(send_to(b, PORT, "b22"), 3);
    CHECK_EQ(send_to(a, PORT, ""), 0);
    CHECK_EQ(send_to(b, PORT, "b4"), 2);
    CHECK_EQ(read(to, bytes, sizeof bytes), 2);
    CHECK_EQ(recv_from(to, 0), 3);
    CHECK_EQ(program_named_port(&p), 1002);
    CHECK_MEM(p.data, "b22", 3);
    CHECK_EQ(recv_from(to, 0), 0);
    CHECK_EQ(program_named_port(&p), 1001);
    CHECK_EQ(recv_from(to, MSG_PEEK), 2);
    CHECK_EQ(recv_from(to, 0), 2);
    CHECK_EQ(program_named_port(&p), 1002);
    CHECK_EQ(recv_from(to, 0), -EAGAIN);
    close(a);
    close(b);
    close(to);
    program_turn(&p);
    program_close(&p);
}

/* The pair of a socket that asks for extended errors is of another kind. */
TEST(dgram, names_follow_their_datagrams_with_extended_errors)
{
    const int on = 1;
    struct posix_request ask = {.call = POSIX_SETSOCKOPT,
                                .args = {IPPROTO_IP, IP_RECVERR},
                                .data = (const uint8_t *)&on,
                                .data_len = sizeof on};
    char bytes[8];
    int a, b, to;

    program_open(&p);
    a = bound(1001);
    b = bound(1002);
    to = bound(PORT);
    CHECK_EQ(send_to(a, PORT, "zero"), 4);
    CHECK_EQ(program_request(&p, to, &ask), 0);
    CHECK_EQ(dup2(p.got.given, to), to);
    close(p.got.given);
    CHECK_EQ(recv_from(to, 0), 4);
    CHECK_EQ(program_named_port(&p), 1001);
    CHECK_EQ(send_to(a, PORT, "a1"), 2);
    CHECK_EQ(send_to(b, PORT, "b2"), 2);
    CHECK_EQ(send_to(a, PORT, ""), 0);
    CHECK_EQ(send_to(b, PORT, "b4"), 2);
    CHECK_EQ(recv_from(to, 0), 2);
    CHECK_EQ(program_named_port(&p), 1001);
    CHECK_EQ(read(to, bytes, sizeof bytes), 2);
    CHECK_EQ(recv_from(to, 0), 0);
    CHECK_EQ(program_named_port(&p), 1001);
    CHECK_EQ(recv_from(to, 0), 2);
    CHECK_EQ(program_named_port(&p), 1002);
    CHECK_EQ(recv_from(to, 0), -EAGAIN);
    close(a);
    close(b);
    close(to);
    program_turn(&p);
    program_close(&p);
}

TEST(dgram, one_received_too_late_is_not_lost)
{
    int from, to;

    program_open(&p);
    from = bound(1001);
    to = bound(PORT);
    CHECK_EQ(send_to(from, PORT, "once"), 4);
    p.late = true;
    recv_from(to, 0);
    CHECK_EQ(recv_from(to, 0), 4);
    CHECK_EQ(program_named_port(&p), 1001);
    CHECK_MEM(p.data, "once", 4);
    close(from);
    close(to);
    program_turn(&p);
    program_close(&p);
}

TEST(dgram, a_sleeping_recvfrom_is_woken)
{
    int from, to;

    program_open(&p);
    from = bound(1001);
    to = bound(PORT);
    fcntl(to, F_SETFL, 0);
    CHECK_EQ(recv_from(to, 0), PROGRAM_SLEEPS);
    p.token++; /* of the sender's call: the sleeper's answer is another one */
    CHECK_EQ(send_to(from, PORT, "wake"), 4);
    CHECK_MEM(p.data, "wake", 4);
    CHECK_EQ(program_named_port(&p), 1001);
    CHECK_EQ(program_poll(to), POLLOUT);
    close(from);
    close(to);
    program_turn(&p);
    program_close(&p);
}

/* Nobody has the port: the ICMP error wakes a connected socket, and is told once. */
TEST(dgram, a_refused_datagram_is_told)
{
    int fd;

    program_open(&p);
    fd = bound(1001);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), 0);
    CHECK_EQ(write(fd, "x", 1), 1);
    program_turn(&p);
    CHECK_EQ(program_poll(fd) & POLLIN, POLLIN);
    CHECK_EQ(recv_from(fd, 0), -ECONNREFUSED);
    CHECK_EQ(program_so_error(&p, fd), 0);
    CHECK_EQ(recv_from(fd, 0), -EAGAIN);
    close(fd);
    program_turn(&p);
    program_close(&p);
}
