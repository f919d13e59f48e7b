/* Fast open of programs: a send that connects, and a connect that waits for the first send. */
#include "tests/unit/posix/program.h"

#include <netinet/tcp.h>

enum { PORT = 80 };

static struct program p;

/* Cookies are not needed by either side: what is tested here is who is told what, and when. */
static int begin(void)
{
    program_open(&p);
    CHECK_EQ(tarn_param_set(p.rig.st, "tcp.fastopen", 0x607), 0);
    return program_listen(&p, PORT);
}

static int64_t send_to(int fd, int flags, const char *bytes, uint32_t n)
{
    struct posix_request q = {.call = POSIX_SEND,
                              .args = {MSG_FASTOPEN | flags},
                              .address = program_name(PORT),
                              .data = (const uint8_t *)bytes,
                              .data_len = n};

    return program_request(&p, fd, &q);
}

static int64_t set(int fd, int name, int value)
{
    struct posix_request q = {.call = POSIX_SETSOCKOPT,
                              .args = {IPPROTO_TCP, name},
                              .data = (const uint8_t *)&value,
                              .data_len = sizeof value};

    return program_request(&p, fd, &q);
}

/* The server's side has got `want`, and answers. */
static void serve(int listener, const char *want)
{
    char bytes[32] = "";
    int server;

    program_turn(&p);
    server = (int)program_call(&p, listener, POSIX_ACCEPT, 0);
    CHECK(server >= 0);
    program_turn(&p);
    CHECK_EQ(read(server, bytes, sizeof bytes), (long)strlen(want));
    CHECK_MEM(bytes, want, strlen(want));
    CHECK_EQ(write(server, "yes", 3), 3);
    close(server);
    program_turn(&p);
}

static void end(int client, int listener)
{
    char bytes[8];

    CHECK_EQ(read(client, bytes, sizeof bytes), 3);
    close(client);
    close(listener);
    program_turn(&p);
    program_close(&p);
}

TEST(fastopen, a_send_that_does_not_wait_connects)
{
    int listener = begin(), fd = program_socket(&p, SOCK_STREAM | SOCK_NONBLOCK);

    CHECK_EQ(send_to(fd, 0, "hello", 5), 5);
    CHECK_EQ(send_to(fd, 0, "hello", 5), -EALREADY);
    serve(listener, "hello");
    end(fd, listener);
}

TEST(fastopen, a_send_that_waits_ends_with_the_handshake)
{
    int listener = begin(), fd = program_socket(&p, SOCK_STREAM);

    CHECK_EQ(send_to(fd, 0, "hello", 5), PROGRAM_SLEEPS);
    program_turn(&p);
    CHECK(!p.held);
    CHECK_EQ(p.result, 5);
    serve(listener, "hello");
    end(fd, listener);
}

TEST(fastopen, without_a_cookie_the_bytes_follow_the_handshake)
{
    int listener = begin(), fd = program_socket(&p, SOCK_STREAM), other;

    tarn_param_set(p.rig.st, "tcp.fastopen", 3);
    other = program_socket(&p, SOCK_STREAM | SOCK_NONBLOCK);
    CHECK_EQ(send_to(other, 0, "hello", 5), -EINPROGRESS);
    close(other);
    program_turn(&p);
    CHECK_EQ(send_to(fd, 0, "hello", 5), PROGRAM_SLEEPS);
    program_turn(&p);
    CHECK_EQ(p.result, 5);
    close((int)program_call(&p, listener, POSIX_ACCEPT, 0)); /* other's */
    serve(listener, "hello");
    end(fd, listener);
}

TEST(fastopen, a_refused_send_tells_why)
{
    int listener = begin(), fd = program_socket(&p, SOCK_STREAM);

    close(listener);
    program_turn(&p);
    CHECK_EQ(send_to(fd, 0, "hello", 5), PROGRAM_SLEEPS);
    program_turn(&p);
    CHECK_EQ(p.result, -ECONNREFUSED);
    CHECK_EQ(send_to(fd, 0, "hello", 5), PROGRAM_SLEEPS); /* and it may try again */
    program_turn(&p);
    CHECK_EQ(p.result, -ECONNREFUSED);
    close(fd);
    program_close(&p);
}

TEST(fastopen, a_connect_waits_for_the_first_write)
{
    int listener = begin(), fd = program_socket(&p, SOCK_STREAM | SOCK_NONBLOCK);

    CHECK_EQ(set(fd, TCP_FASTOPEN_CONNECT, 1), 0);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), 0);
    program_turn(&p);
    CHECK_EQ(program_poll(fd), POLLOUT);
    CHECK_EQ(program_poll(listener), 0);
    CHECK_EQ(program_named(&p, fd, POSIX_CONNECT, PORT), -EISCONN);
    CHECK_EQ(write(fd, "hello", 5), 5);
    serve(listener, "hello");
    end(fd, listener);
}

TEST(fastopen, options)
{
    struct posix_request q = {
        .call = POSIX_SETSOCKOPT, .args = {IPPROTO_TCP, TCP_FASTOPEN_KEY}, .data_len = 16};
    static const uint8_t key[16] = {1, 2, 3};
    int listener = begin(), fd = program_socket(&p, SOCK_STREAM);

    q.data = key;
    CHECK_EQ(program_request(&p, listener, &q), 0);
    q.data_len = 3;
    CHECK_EQ(program_request(&p, listener, &q), -EINVAL);
    q = (struct posix_request){
        .call = POSIX_GETSOCKOPT, .args = {IPPROTO_TCP, TCP_FASTOPEN_KEY}, .room = 32};
    CHECK_EQ(program_request(&p, listener, &q), 0);
    CHECK_EQ(p.got.data_len, 16);
    CHECK_MEM(p.data, key, 16);
    CHECK_EQ(set(fd, TCP_FASTOPEN_CONNECT, 2), -EINVAL);
    tarn_param_set(p.rig.st, "tcp.fastopen", 2);
    CHECK_EQ(set(fd, TCP_FASTOPEN_CONNECT, 1), -EOPNOTSUPP);
    CHECK_EQ(send_to(fd, 0, "hello", 5), -EOPNOTSUPP);
    close(fd);
    close(listener);
    program_turn(&p);
    program_close(&p);
}
