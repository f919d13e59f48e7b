/* Behaviours when the peer resets the connection. No reset may look like a clean end. */
#include "conf.h"

#include <pthread.h>

static void say_reads(int fd)
{
    char c;

    say_rc("read", read(fd, &c, 1));
    say_rc("read", read(fd, &c, 1));
}

static void idle(void)
{
    int fd = peer_open("reset");

    say_bits("poll", bits_with(fd, POLLERR | POLLHUP));
    say_reads(fd);
    say_so_error(fd);
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
}

static void idle_never_wrote(void)
{
    int fd = peer_dialled("reset");

    say_bits("poll", bits_with(fd, POLLERR | POLLHUP));
    say_reads(fd);
}

static void so_error_first(void)
{
    int fd = peer_open("reset");

    bits_with(fd, POLLERR | POLLHUP);
    say_so_error(fd);
    say_so_error(fd);
    say_bits("poll", bits_of(fd));
    say_reads(fd);
}

static void send_first(void)
{
    int fd = peer_open("reset");

    bits_with(fd, POLLERR | POLLHUP);
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
    say_reads(fd);
}

static void with_data(void)
{
    int fd = peer_open("send 1000; recv 1; reset");

    wait_bytes(fd, 1000);
    say_rc("go", write(fd, "", 1));
    say_bits("poll", bits_with(fd, POLLERR | POLLHUP));
    say_stream(fd, 2000, 1);
    say_reads(fd);
}

static void with_data_never_wrote(void)
{
    const char *tag = unique("with-data");
    char script[100] = "send 1000; wait ";
    int fd = peer_dialled(strcat(script, tag));

    wait_bytes(fd, 1000);
    peer_set(tag);
    say_stream(fd, 2000, 1);
}

static void after_data_never_wrote(void)
{
    const char *tag = unique("after-data");
    char script[100] = "send 1000; wait ";
    int fd;

    strcat(strcat(script, tag), "; reset");
    fd = peer_dialled(script);
    say_stream(fd, 1000, 1);
    peer_set(tag);
    say_bits("poll", bits_with(fd, POLLERR | POLLHUP));
    say_reads(fd);
}

static void mid_download(void)
{
    int fd = peer_open("send 3000000; reset");

    say_stream(fd, 4000000, 0);
}

static void mid_download_never_wrote(void)
{
    int fd = peer_dialled("send 3000000; reset");

    say_stream(fd, 4000000, 0);
    say_reads(fd);
}

static void mid_download_slow(void)
{
    int fd = peer_dialled("send 3000000; reset");

    pause_ms(200);
    say_stream(fd, 4000000, 0);
}

static void *reset_later(void *tag)
{
    pause_ms(100);
    peer_set(tag);
    return NULL;
}

/* A thread makes the peer reset while this one is blocked in a call. */
static pthread_t later(const char *tag)
{
    pthread_t thread;
    char *copy = strdup(tag);

    if (!copy || pthread_create(&thread, NULL, reset_later, copy) != 0)
        give_up("thread");
    return thread;
}

static void blocked_read(void)
{
    const char *tag = unique("blocked-read");
    int fd = peer_open("wait %s; reset", tag);
    pthread_t thread = later(tag);

    say_reads(fd);
    pthread_join(thread, NULL);
}

static void blocked_write(void)
{
    const char *tag = unique("blocked-write");
    int fd = peer_open("wait %s; reset", tag);
    pthread_t thread = later(tag);
    size_t sent = send_pattern(fd, 100000000, 0);

    say_rc("blocked", sent < 100000000 ? -1 : 0);
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
    pthread_join(thread, NULL);
}

static void in_close_wait(void)
{
    int fd = peer_open("fin; recv 1; reset");

    wait_for(fd, POLLIN);
    say_rc("read", read(fd, &fd, 0));
    say_rc("go", send(fd, "", 1, MSG_NOSIGNAL));
    say_bits("poll", bits_with(fd, POLLHUP));
    say_so_error(fd);
    say_reads(fd);
}

static void after_our_fin(void)
{
    int fd = peer_open("drain; reset");

    say_rc("shutdown", shutdown(fd, SHUT_WR));
    say_bits("poll", bits_with(fd, POLLERR | POLLHUP));
    say_reads(fd);
}

static void of_unread(void)
{
    int fd = peer_open("sleep 100");

    say("sent=%zu", send_pattern(fd, 100, 0));
    say_bits("poll", bits_with(fd, POLLERR | POLLHUP));
    say_reads(fd);
}

static void while_waitall(void)
{
    int fd = peer_open("send 600; recv 1; reset");
    char buf[1000];

    wait_bytes(fd, 600);
    say_rc("go", write(fd, "", 1));
    say_rc("recv", recv(fd, buf, sizeof(buf), MSG_WAITALL));
    say_rc("recv", recv(fd, buf, sizeof(buf), MSG_WAITALL));
}

static void while_peeking(void)
{
    int fd = peer_open("send 10; recv 1; reset");
    char buf[20];

    wait_bytes(fd, 10);
    say_rc("go", write(fd, "", 1));
    bits_with(fd, POLLERR | POLLHUP);
    say_rc("peek", recv(fd, buf, sizeof(buf), MSG_PEEK));
    say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    say_reads(fd);
}

const struct behaviour reset_table[] = {
    {"reset_idle", idle},
    {"reset_idle_never_wrote", idle_never_wrote},
    {"reset_so_error_first", so_error_first},
    {"reset_send_first", send_first},
    {"reset_with_data", with_data},
    {"fin_with_data_never_wrote", with_data_never_wrote},
    {"reset_after_data_never_wrote", after_data_never_wrote},
    {"reset_mid_download", mid_download},
    {"reset_mid_download_never_wrote", mid_download_never_wrote},
    {"reset_mid_download_slow", mid_download_slow},
    {"reset_blocked_read", blocked_read},
    {"reset_blocked_write", blocked_write},
    {"reset_in_close_wait", in_close_wait},
    {"reset_after_our_fin", after_our_fin},
    {"reset_of_unread", of_unread},
    {"reset_while_waitall", while_waitall},
    {"reset_while_peeking", while_peeking},
    {NULL, NULL},
};
