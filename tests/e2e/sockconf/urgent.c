/* Behaviours of urgent data, received and sent. */
#include "conf.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

static volatile sig_atomic_t signals;

static void say_mark(int fd)
{
    int at = -1;

    say_rc("ioctl", ioctl(fd, SIOCATMARK, &at));
    say("mark=%d", at);
}

static void say_oob(int fd)
{
    char byte = '-';
    long rc = recv(fd, &byte, 1, MSG_OOB);

    say_rc("oob", rc);
    if (rc == 1)
        say("byte=%c", byte);
}

/* Bytes that are there: a read ends in front of the mark. */
static void say_read(int fd)
{
    char bytes[16];

    say_rc("read", recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
}

/* Three bytes, the urgent one, and three more, once all have come. */
static int urgent_open(void)
{
    int fd = peer_open("send 3; oob; send 3; drain");

    bits_with(fd, POLLPRI);
    pause_ms(100);
    return fd;
}

static void received(void)
{
    int fd = urgent_open();

    say_bits("poll", bits_of(fd));
    say_mark(fd);
    say_oob(fd);
    say_oob(fd);
    say_bits("poll", bits_of(fd));
    say_read(fd);
    say_mark(fd);
    say_read(fd);
    say_mark(fd);
    say_read(fd);
}

static void passed_over(void)
{
    int fd = urgent_open();

    say_read(fd);
    say_mark(fd);
    say_read(fd);
    say_oob(fd);
    say_bits("poll", bits_of(fd));
}

static void in_line(void)
{
    int fd = urgent_open();

    set_int(fd, SOL_SOCKET, SO_OOBINLINE, 1);
    say_oob(fd);
    say_read(fd);
    say_mark(fd);
    say_read(fd);
    say_mark(fd);
}

static void alone(void)
{
    int fd = peer_open("oob; drain");

    say_bits("poll", bits_with(fd, POLLPRI));
    say_oob(fd);
    say_bits("poll", bits_of(fd));
}

static void inherited(void)
{
    socklen_t len = sizeof(int);
    uint16_t port;
    int fd = listener(0, &port), on = -1;

    set_int(fd, SOL_SOCKET, SO_OOBINLINE, 1);
    peer_dial(port, "send 3; oob; drain");
    fd = accept(fd, NULL, NULL);
    getsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, &len);
    say("inline=%d", on);
    wait_bytes(fd, 3);
    pause_ms(100);
    say_read(fd);
    say_mark(fd);
    say_read(fd);
}

static void on_urgent(int sig)
{
    (void)sig;
    signals++;
}

static void signalled(void)
{
    const char *name = unique("go");
    int fd = peer_open("wait %s; oob; drain", name);

    signal(SIGURG, on_urgent);
    say_rc("own", fcntl(fd, F_SETOWN, getpid()));
    peer_set(name);
    for (int i = 0; i < 100 && signals == 0; i++)
        pause_ms(50);
    say("signals=%d", (int)signals);
    say_oob(fd);
}

static void polled_by_edge(void)
{
    struct epoll_event ev = {.events = EPOLLPRI | EPOLLET};
    int ep = epoll_create1(0), fd = peer_open("oob; drain");

    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
    say_rc("epoll", epoll_wait(ep, &ev, 1, 5000));
    say_bits("events", (int)ev.events);
    say_oob(fd);
}

/* What the peer sees of an urgent byte in the middle of others. */
static void sent(void)
{
    const char *name = unique("seen");
    int fd = peer_open("urgent %s; drain", name);

    say_rc("write", write(fd, "12345", 5));
    say_rc("send", send(fd, "67x", 3, MSG_OOB));
    pause_ms(50);
    say_rc("write", write(fd, "abc", 3));
    say("peer=%s", peer_ask(name));
}

static void sent_by_message(void)
{
    const char *name = unique("seen");
    int fd = peer_open("urgent %s; drain", name);
    struct iovec v = part("ab!", 3);
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};

    say_rc("sendmsg", sendmsg(fd, &m, MSG_OOB));
    say("peer=%s", peer_ask(name));
}

const struct behaviour urgent_table[] = {
    {"urgent_received", received},
    {"urgent_passed_over", passed_over},
    {"urgent_in_line", in_line},
    {"urgent_alone", alone},
    {"urgent_inherited", inherited},
    {"urgent_signalled", signalled},
    {"urgent_polled_by_edge", polled_by_edge},
    {"urgent_sent", sent},
    {"urgent_sent_by_message", sent_by_message},
    {NULL, NULL},
};
