/* Behaviours of half-closed connections, shutdown() each way, and writing after an end. */
#include "conf.h"

static void ours(void)
{
    const char *tag = unique("ours");
    int fd = peer_open("tag %s; drain; send 100000", tag);

    say("sent=%zu", send_pattern(fd, 1000, 0));
    say_rc("shutdown", shutdown(fd, SHUT_WR));
    say_stream(fd, 200000, 1);
    say_peer(tag, 1);
    say_bits("poll", bits_of(fd));
}

static void theirs(void)
{
    const char *tag = unique("theirs");
    int fd = peer_open("tag %s; send 10; fin; drain", tag);

    say_stream(fd, 20, 1);
    say_bits("poll", bits_of(fd));
    say("sent=%zu", send_pattern(fd, 100000, 0));
    close(fd);
    say_peer(tag, 1);
}

static void write_after(void)
{
    int fd = peer_open("drain");

    say_rc("shutdown", shutdown(fd, SHUT_WR));
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
    say_so_error(fd);
}

static void read_after(void)
{
    int fd = peer_open("recv 1; send 10; drain");
    char c;

    say_rc("shutdown", shutdown(fd, SHUT_RD));
    say_bits("poll", bits_of(fd));
    say_rc("read", read(fd, &c, 1));
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
}

static void read_pending(void)
{
    int fd = peer_open("send 10; drain");

    wait_bytes(fd, 10);
    say_rc("shutdown", shutdown(fd, SHUT_RD));
    say_stream(fd, 20, 1);
}

static void both(void)
{
    const char *tag = unique("both");
    int fd = peer_open("tag %s; drain", tag);
    char c;

    say_rc("shutdown", shutdown(fd, SHUT_RDWR));
    say_rc("read", read(fd, &c, 1));
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
    say_bits("poll", bits_with(fd, POLLHUP));
    say_peer(tag, 1);
}

static void twice(void)
{
    int fd = peer_open("drain; sleep 100");

    say_rc("shutdown", shutdown(fd, SHUT_WR));
    say_rc("shutdown", shutdown(fd, SHUT_WR));
}

static void wrongly(void)
{
    int fd = tcp_socket();

    say_rc("unconnected", shutdown(fd, SHUT_WR));
    say_rc("how_7", shutdown(fd, 7));
    say_rc("udp", shutdown(udp_socket(), SHUT_WR));
    say_rc("bad_fd", shutdown(9999, SHUT_WR));
}

static void listening(void)
{
    uint16_t port;
    int fd = listener(0, &port);

    say_rc("wr", shutdown(fd, SHUT_WR));
    say_rc("rd", shutdown(fd, SHUT_RD));
    say_bits("poll", bits_of(fd));
    say_rc("accept", accept(fd, NULL, NULL));
}

static void end_read_twice(void)
{
    int fd = peer_open("fin; drain");
    char c;

    say_rc("read", read(fd, &c, 1));
    say_rc("read", read(fd, &c, 1));
    say_bits("poll", bits_of(fd));
}

/* The first write after the peer is gone provokes its reset; the next one fails. */
static void write_to_closed(void)
{
    int fd = peer_open("sleep 0");

    wait_for(fd, POLLIN);
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
    say_bits("poll", bits_with(fd, POLLHUP));
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
}

static void write_to_closed_reads(void)
{
    int fd = peer_open("sleep 0");
    char c;

    wait_for(fd, POLLIN);
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
    bits_with(fd, POLLHUP);
    say_so_error(fd);
    say_rc("read", read(fd, &c, 1));
}

static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
    (void)sig;
    pipes++;
}

static void sigpipe(void)
{
    int fd = peer_open("drain");

    signal(SIGPIPE, on_pipe);
    shutdown(fd, SHUT_WR);
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
    say("signals=%d", (int)pipes);
    say_rc("write", write(fd, "x", 1));
    say("signals=%d", (int)pipes);
}

static void sigpipe_kills(void)
{
    int fd = peer_open("drain");

    shutdown(fd, SHUT_WR);
    say_rc("write", write(fd, "x", 1));
}

static void both_fin(void)
{
    int fd = peer_open("fin; drain; sleep 50");

    wait_for(fd, POLLIN);
    say_bits("poll", bits_of(fd));
    say_rc("shutdown", shutdown(fd, SHUT_WR));
    say_bits("poll", bits_with(fd, POLLHUP));
    say_so_error(fd);
}

const struct behaviour shutdown_table[] = {
    {"shutdown_ours", ours},
    {"shutdown_theirs", theirs},
    {"shutdown_write_after", write_after},
    {"shutdown_read_after", read_after},
    {"shutdown_read_pending", read_pending},
    {"shutdown_both", both},
    {"shutdown_twice", twice},
    {"shutdown_wrongly", wrongly},
    {"shutdown_listening", listening},
    {"shutdown_end_read_twice", end_read_twice},
    {"shutdown_write_to_closed", write_to_closed},
    {"shutdown_write_to_closed_reads", write_to_closed_reads},
    {"shutdown_sigpipe", sigpipe},
    {"shutdown_sigpipe_kills", sigpipe_kills},
    {"shutdown_both_fin", both_fin},
    {NULL, NULL},
};
