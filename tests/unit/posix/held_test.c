/* Calls that sleep, and answers that come too late. */
#include "tests/unit/posix/program.h"

enum { PORT = 80 };

static struct program p;

TEST(held, a_sleeping_accept_gets_the_connection)
{
    int listener, client, server;

    program_open(&p);
    listener = program_listen(&p, PORT);
    CHECK_EQ(program_call(&p, listener, POSIX_ACCEPT, 0), PROGRAM_SLEEPS);
    client = program_connect(&p, PORT);
    CHECK(!p.held);
    server = (int)p.result;
    CHECK(server >= 0);
    CHECK_EQ(program_poll(listener), 0);
    CHECK_EQ(write(client, "x", 1), 1);
    program_turn(&p);
    CHECK_EQ(program_poll(server), POLLIN | POLLOUT);
    close(client);
    close(server);
    close(listener);
    program_turn(&p);
    program_close(&p);
}

/* A signal has ended the accept: the connection waits for the next one, and the listener shows it.
 */
TEST(held, an_accept_answered_too_late_gives_the_connection_back)
{
    int listener, client, server;

    program_open(&p);
    listener = program_listen(&p, PORT);
    CHECK_EQ(program_call(&p, listener, POSIX_ACCEPT, 0), PROGRAM_SLEEPS);
    p.late_held = true;
    client = program_connect(&p, PORT);
    CHECK_EQ(program_poll(listener), POLLIN);
    p.late = true;
    program_call(&p, listener, POSIX_ACCEPT, 0);
    CHECK_EQ(program_poll(listener), POLLIN);
    server = (int)program_call(&p, listener, POSIX_ACCEPT, 0);
    CHECK(server >= 0);
    CHECK_EQ(program_poll(listener), 0);
    CHECK_EQ(posix_stats(p.px)->calls_undone, 2);
    close(client);
    close(server);
    close(listener);
    program_turn(&p);
    program_close(&p);
}

TEST(held, a_socket_given_too_late_leaves_nothing)
{
    program_open(&p);
    p.late = true;
    program_socket(&p, SOCK_STREAM);
    CHECK_EQ(posix_open(p.px), 0);
    program_close(&p);
}

TEST(held, a_sleeping_connect_ends_with_the_handshake_or_its_refusal)
{
    int listener, fd;

    program_open(&p);
    fd = program_socket(&p, SOCK_STREAM);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), PROGRAM_SLEEPS);
    program_turn(&p);
    CHECK(!p.held);
    CHECK_EQ(p.result, -ECONNREFUSED);
    listener = program_listen(&p, PORT);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), PROGRAM_SLEEPS);
    program_turn(&p);
    CHECK(!p.held);
    CHECK_EQ(p.result, 0);
    CHECK_EQ(program_poll(fd), POLLOUT);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), -EISCONN);
    close(fd);
    close(listener);
    program_turn(&p);
    program_close(&p);
}

/* Interrupted, the connect goes on in the background; the next call is told how it ended. */
TEST(held, a_connect_interrupted_by_a_signal_is_finished_by_the_next)
{
    int listener, fd;

    program_open(&p);
    listener = program_listen(&p, PORT);
    fd = program_socket(&p, SOCK_STREAM);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), PROGRAM_SLEEPS);
    p.late_held = true;
    program_turn(&p);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), 0);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), -EISCONN);
    close(fd);
    close(listener);
    program_turn(&p);
    program_close(&p);
}

TEST(held, a_time_limit_ends_an_accept)
{
    struct timeval limit = {2, 0};
    struct posix_request q = {.call = POSIX_SETSOCKOPT,
                              .args = {SOL_SOCKET, SO_RCVTIMEO},
                              .data = (const uint8_t *)&limit,
                              .data_len = sizeof limit};
    int listener;

    program_open(&p);
    listener = program_listen(&p, PORT);
    CHECK_EQ(program_request(&p, listener, &q), 0);
    CHECK_EQ(program_call(&p, listener, POSIX_ACCEPT, 0), PROGRAM_SLEEPS);
    CHECK(posix_deadline(p.px) > program_now);
    CHECK(posix_deadline(p.px) <= program_now + 2 * RIG_S);
    program_wait(&p, RIG_S);
    CHECK(p.held);
    program_wait(&p, 3 * RIG_S / 2);
    CHECK(!p.held);
    CHECK_EQ(p.result, -EAGAIN);
    close(listener);
    program_turn(&p);
    program_close(&p);
}

/* Nothing was trapped in between: the close must be heard before the bind is judged. */
TEST(held, a_port_is_free_as_soon_as_its_socket_is_closed)
{
    int first, second;

    program_open(&p);
    first = program_listen(&p, PORT);
    close(first);
    second = program_listen(&p, PORT);
    close(second);
    program_turn(&p);
    program_close(&p);
}
