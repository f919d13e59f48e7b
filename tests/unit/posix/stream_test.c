/* Streams of a program: connecting, accepting, bytes, ends and resets. */
#include "tests/unit/posix/program.h"

enum { PORT = 80 };

static struct program p;

/* A connection: the client's and the server's descriptor. */
static void join(int listener, int *client, int *server)
{
    *client = program_connect(&p, PORT);
    *server = (int)program_call(&p, listener, POSIX_ACCEPT, 0);
    CHECK(*server >= 0);
    program_turn(&p);
}

static void close_both(int a, int b)
{
    close(a);
    close(b);
    program_turn(&p);
}

TEST(stream, a_connection_carries_bytes_and_ends)
{
    char bytes[8];
    int listener, client, server;

    program_open(&p);
    listener = program_listen(&p, PORT);
    CHECK_EQ(program_poll(listener), 0);
    client = program_connect(&p, PORT);
    CHECK_EQ(program_poll(client), POLLOUT);
    CHECK_EQ(program_poll(listener), POLLIN);
    CHECK_EQ(program_so_error(&p, client), 0);
    CHECK_EQ(program_named(&p, client, POSIX_CONNECT, PORT), 0);
    CHECK_EQ(program_named(&p, client, POSIX_CONNECT, PORT), -EISCONN);
    server = (int)program_call(&p, listener, POSIX_ACCEPT, 0);
    CHECK_EQ(program_poll(listener), 0);
    CHECK_EQ(write(client, "hello", 5), 5);
    shutdown(client, SHUT_WR);
    program_turn(&p);
    CHECK_EQ(read(server, bytes, sizeof bytes), 5);
    CHECK_EQ(read(server, bytes, sizeof bytes), 0);
    CHECK_EQ(write(server, "bye", 3), 3);
    close(server);
    program_turn(&p);
    CHECK_EQ(read(client, bytes, sizeof bytes), 3);
    CHECK_EQ(read(client, bytes, sizeof bytes), 0);
    CHECK_EQ(program_poll(client), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
    close_both(client, listener);
    program_close(&p);
}

/* A call made again after a signal, whose answer was lost, is told what it was; another bind from
 * the same place in the program is not. */
TEST(stream, a_bind_is_made_again_only_to_the_same_address)
{
    int fd;

    program_open(&p);
    p.catches = true;
    fd = program_socket(&p, SOCK_STREAM);
    CHECK_EQ(program_named(&p, fd, POSIX_BIND, PORT), 0);
    CHECK_EQ(program_named(&p, fd, POSIX_BIND, PORT), 0);
    CHECK_EQ(program_named(&p, fd, POSIX_BIND, PORT + 1), -EINVAL);
    p.catches = false;
    CHECK_EQ(program_named(&p, fd, POSIX_BIND, PORT), -EINVAL);
    close(fd);
    program_close(&p);
}

TEST(stream, nobody_writes_before_the_connection_is_there)
{
    int fd;

    program_open(&p);
    fd = program_socket(&p, SOCK_STREAM | SOCK_NONBLOCK);
    CHECK_EQ(program_poll(fd), 0);
    CHECK_EQ(send(fd, "x", 1, MSG_NOSIGNAL), -1);
    CHECK_EQ(errno, EAGAIN);
    close(fd);
    program_close(&p);
}

TEST(stream, a_refused_connect_polls_as_the_kernels)
{
    int fd;

    program_open(&p);
    fd = program_connect(&p, PORT);
    CHECK_EQ(program_poll(fd), POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR);
    CHECK_EQ(program_so_error(&p, fd), ECONNREFUSED);
    CHECK_EQ(program_so_error(&p, fd), 0);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), -ECONNABORTED);
    close(fd);
    program_close(&p);
}

/* The second attempt has a new pair: the reply puts it in the old one's place. */
TEST(stream, a_second_connect_after_a_refused_one)
{
    int listener, fd, server;

    program_open(&p);
    fd = program_connect(&p, PORT);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), -ECONNREFUSED);
    listener = program_listen(&p, PORT);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), -EINPROGRESS);
    CHECK(p.got.replace >= 0);
    CHECK_EQ(dup2(p.got.given, fd), fd);
    close(p.got.given);
    program_turn(&p);
    CHECK_EQ(program_poll(fd), POLLOUT);
    server = (int)program_call(&p, listener, POSIX_ACCEPT, 0);
    CHECK(server >= 0);
    close_both(fd, server);
    close(listener);
    program_close(&p);
}

TEST(stream, a_reset_never_looks_like_an_end)
{
    struct linger now = {1, 0};
    struct posix_request q = {.call = POSIX_SETSOCKOPT,
                              .args = {SOL_SOCKET, SO_LINGER},
                              .data = (const uint8_t *)&now,
                              .data_len = sizeof now};
    char bytes[8];
    int listener, client, server;

    program_open(&p);
    listener = program_listen(&p, PORT);
    join(listener, &client, &server);
    CHECK_EQ(program_request(&p, server, &q), 0);
    CHECK_EQ(write(server, "half", 4), 4);
    program_turn(&p);
    close(server);
    program_turn(&p);
    CHECK_EQ(read(client, bytes, sizeof bytes), 4);
    CHECK_EQ(read(client, bytes, sizeof bytes), -1);
    CHECK_EQ(errno, ECONNRESET);
    close_both(client, listener);
    program_close(&p);
}

/* The kernel reads a pair only as far as an urgent byte: nothing may get lost there. */
TEST(stream, urgent_bytes_stay_in_line)
{
    char bytes[8];
    int listener, client, server;

    program_open(&p);
    listener = program_listen(&p, PORT);
    join(listener, &client, &server);
    CHECK_EQ(write(client, "ab", 2), 2);
    CHECK_EQ(send(client, "cd", 2, MSG_OOB), 2);
    CHECK_EQ(write(client, "ef", 2), 2);
    program_turn(&p);
    CHECK_EQ(read(server, bytes, sizeof bytes), 6);
    CHECK_EQ(memcmp(bytes, "abcdef", 6), 0);
    close_both(client, server);
    close(listener);
    program_close(&p);
}

/* A program that is killed with received data unread: the peer hears a reset, as from the kernel.
 */
TEST(stream, closing_with_unread_data_resets)
{
    char byte;
    int listener, client, server;

    program_open(&p);
    listener = program_listen(&p, PORT);
    join(listener, &client, &server);
    CHECK_EQ(write(client, "x", 1), 1);
    program_turn(&p);
    close(server);
    program_turn(&p);
    CHECK_EQ(read(client, &byte, 1), -1);
    CHECK_EQ(errno, ECONNRESET);
    close_both(client, listener);
    program_close(&p);
}

/* posix_fini() stands for the death of this process: what the program reads last is a reset. */
TEST(stream, the_death_of_the_stack_is_a_reset)
{
    char bytes[8];
    int listener, client, server;

    program_open(&p);
    listener = program_listen(&p, PORT);
    join(listener, &client, &server);
    CHECK_EQ(write(server, "part", 4), 4);
    CHECK_EQ(write(client, "k", 1), 1);
    program_turn(&p);
    posix_fini(p.px);
    CHECK_EQ(read(client, bytes, sizeof bytes), 4);
    CHECK_EQ(read(client, bytes, sizeof bytes), -1);
    CHECK_EQ(errno, ECONNRESET);
    close(client);
    close(server);
    close(listener);
    rig_close(&p.rig);
}

TEST(stream, unread_single_bytes_are_counted_exactly)
{
    static char bytes[1000];
    struct posix_request q = {.call = POSIX_IOCTL, .args = {FIONREAD}};
    int listener, client, server, n, total = 0;
    ssize_t got;

    program_open(&p);
    listener = program_listen(&p, PORT);
    join(listener, &client, &server);
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(write(client, "x", 1), 1);
        program_turn(&p);
    }
    program_wait(&p, RIG_S); /* Nagle and delayed ACKs let go of the last ones */
    CHECK_EQ(program_request(&p, server, &q), 0);
    memcpy(&n, p.data, sizeof n);
    CHECK_EQ(n, 1000);
    while (total < 1000 && (got = read(server, bytes, sizeof bytes)) > 0) {
        total += (int)got;
        program_turn(&p);
    }
    CHECK_EQ(total, 1000);
    close_both(client, server);
    close(listener);
    program_close(&p);
}

/* A reader that stops: the bytes wait in the pair, in the stack and with the writer, none is lost.
 */
TEST(stream, a_reader_that_stops_holds_the_writer_back)
{
    static uint8_t bytes[65536];
    int listener, client, server;
    uint64_t written = 0, got = 0;
    ssize_t n;

    program_open(&p);
    listener = program_listen(&p, PORT);
    join(listener, &client, &server);
    while (written < (64u << 20) && (n = send(client, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
        written += (uint64_t)n;
        program_turn(&p);
    }
    CHECK(written > sizeof bytes && written < (64u << 20));
    CHECK_EQ(program_poll(client) & POLLOUT, 0);
    shutdown(client, SHUT_WR);
    while ((n = recv(server, bytes, sizeof bytes, MSG_DONTWAIT)) != 0) {
        if (n > 0)
            got += (uint64_t)n;
        program_wait(&p, RIG_MS);
    }
    CHECK_EQ(got, written);
    close_both(client, server);
    close(listener);
    program_close(&p);
}

/* More than the stack takes at once is written, and the program ends: every byte must arrive. */
TEST(stream, what_was_written_before_the_close_arrives)
{
    static uint8_t bytes[65536];
    int listener, client, server;
    uint64_t written = 0, got = 0;
    ssize_t n;

    program_open(&p);
    listener = program_listen(&p, PORT);
    join(listener, &client, &server);
    while ((n = send(client, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
        written += (uint64_t)n;
        program_turn(&p);
    }
    shutdown(client, SHUT_WR);
    program_turn(&p);
    close(client);
    program_turn(&p);
    while ((n = recv(server, bytes, sizeof bytes, MSG_DONTWAIT)) != 0) {
        CHECK(n > 0 || errno == EAGAIN);
        if (n > 0)
            got += (uint64_t)n;
        program_wait(&p, RIG_MS);
    }
    CHECK_EQ(got, written);
    close_both(server, listener);
    program_close(&p);
}
