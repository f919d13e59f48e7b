/* What the peer sees when this side closes, exits, dies, or resets. */
#include "conf.h"

#include <sys/wait.h>

static void clean(void)
{
    const char *tag = unique("clean");
    int fd = peer_open("tag %s; drain", tag);

    say("sent=%zu", send_pattern(fd, 100000, 0));
    say_rc("close", close(fd));
    say_peer(tag, 1);
}

static void with_unread(void)
{
    const char *tag = unique("unread");
    int fd = peer_open("tag %s; send 5000; drain", tag);

    wait_bytes(fd, 5000);
    say_rc("close", close(fd));
    say_peer(tag, 0);
}

static void with_half_read(void)
{
    const char *tag = unique("half");
    int fd = peer_open("tag %s; send 5000; drain", tag);
    char buf[100];

    wait_bytes(fd, 5000);
    say_rc("read", read(fd, buf, sizeof(buf)));
    say_rc("close", close(fd));
    say_peer(tag, 0);
}

static void linger_zero(void)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    const char *tag = unique("hard");
    int fd = peer_open("tag %s; drain", tag);

    say_rc("set", setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)));
    say_rc("close", close(fd));
    say_peer(tag, 0);
}

static void linger_time(void)
{
    struct linger soft = {.l_onoff = 1, .l_linger = 5};
    const char *tag = unique("soft");
    int fd = peer_open("tag %s; drain", tag);

    say_rc("set", setsockopt(fd, SOL_SOCKET, SO_LINGER, &soft, sizeof(soft)));
    say("sent=%zu", send_pattern(fd, 100000, 0));
    say_rc("close", close(fd));
    say_peer(tag, 1);
}

static void slow_peer(void)
{
    const char *tag = unique("slow");
    int fd = peer_open("tag %s; rcvbuf 4096; sleep 300; drain", tag);

    say("sent=%zu", send_pattern(fd, 100000, 0));
    say_rc("close", close(fd));
    say_peer(tag, 1);
}

/* Megabytes that the peer begins to read long after the close. */
static void much_unsent(void)
{
    const char *tag = unique("much");
    int fd = peer_open("tag %s; rcvbuf 65536; sleep 300; drain", tag);

    say("sent=%zu", send_pattern(fd, 3000000, 0));
    say_rc("close", close(fd));
    say_peer(tag, 1);
}

/* Runs the rest in a child that ends by `end`, and waits for it. */
static void in_child(const char *tag, const char *script, void (*end)(int fd))
{
    pid_t pid = fork();

    if (pid == 0) {
        end(peer_open("tag %s; %s", tag, script));
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    say_peer(tag, 0);
}

static void just_end(int fd)
{
    send_pattern(fd, 1000, 0);
}

static void die(int fd)
{
    send_pattern(fd, 1000, 0);
    raise(SIGKILL);
}

static void die_with_unread(int fd)
{
    wait_bytes(fd, 1000);
    raise(SIGKILL);
}

static void by_exit(void)
{
    in_child(unique("exit"), "drain", just_end);
}

static void by_kill(void)
{
    in_child(unique("kill"), "drain", die);
}

static void by_kill_with_unread(void)
{
    in_child(unique("kill-unread"), "send 1000; drain", die_with_unread);
}

static void while_peer_sends(void)
{
    const char *tag = unique("busy");
    int fd = peer_open("tag %s; send 10000000; drain", tag);
    char buf[1000];

    say_rc("read", read(fd, buf, sizeof(buf)) > 0);
    say_rc("close", close(fd));
    say_peer(tag, 0);
}

static void then_peer_sends(void)
{
    const char *tag = unique("late");
    int fd = peer_open("tag %s; recv 3; wait go-%s; send 1; sleep 100; send 1; drain", tag, tag);
    char note[80] = "go-";

    say("sent=%zu", send_pattern(fd, 3, 0));
    say_rc("close", close(fd));
    pause_ms(50);
    peer_set(strcat(note, tag));
    say_peer(tag, 0);
}

static void twice(void)
{
    int fd = peer_open("drain");

    say_rc("close", close(fd));
    say_rc("close", close(fd));
    say_rc("read", read(fd, &fd, 1));
}

static void listener_with_pending(void)
{
    const char *tag = unique("pending");
    uint16_t port;
    int fd = listener(0, &port);

    peer_dial(port, "tag %s; drain", tag);
    wait_for(fd, POLLIN);
    say_rc("close", close(fd));
    say_peer(tag, 0);
}

static void unused_sockets(void)
{
    for (int i = 0; i < 300; i++) {
        int fd = tcp_socket();

        if (close(fd) < 0 || close(udp_socket()) < 0)
            give_up("close");
    }
    say("closed=600");
}

const struct behaviour close_table[] = {
    {"close_clean", clean},
    {"close_with_unread", with_unread},
    {"close_with_half_read", with_half_read},
    {"close_linger_zero", linger_zero},
    {"close_linger_time", linger_time},
    {"close_slow_peer", slow_peer},
    {"close_much_unsent", much_unsent},
    {"close_by_exit", by_exit},
    {"close_by_kill", by_kill},
    {"close_by_kill_with_unread", by_kill_with_unread},
    {"close_while_peer_sends", while_peer_sends},
    {"close_then_peer_sends", then_peer_sends},
    {"close_twice", twice},
    {"close_listener_with_pending", listener_with_pending},
    {"close_unused_sockets", unused_sockets},
    {NULL, NULL},
};
