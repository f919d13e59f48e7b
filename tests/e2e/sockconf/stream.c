/* Behaviours of reading and writing a stream: the calls and their flags. */
#include "conf.h"

#include <sys/ioctl.h>

static void echo(void)
{
    int fd = peer_open("echo");
    char buf[32] = "";

    say_rc("write", write(fd, "hello", 5));
    wait_bytes(fd, 5);
    say_rc("read", read(fd, buf, sizeof(buf)));
    say("'%s'", buf);
}

static void peek(void)
{
    int fd = peer_open("send 10; fin; drain");
    char one[16], two[16];
    int left = -1;

    wait_bytes(fd, 10);
    say_rc("peek", recv(fd, one, 4, MSG_PEEK));
    say_rc("peek", recv(fd, two, 16, MSG_PEEK));
    say("same=%d", memcmp(one, two, 4) == 0);
    ioctl(fd, FIONREAD, &left);
    say("FIONREAD=%d", left);
    say_stream(fd, 20, 1);
    say_rc("peek", recv(fd, two, 16, MSG_PEEK));
}

static void peek_waitall(void)
{
    int fd = peer_open("send 5; sleep 100; send 5; drain");
    char buf[16];

    say_rc("peek", recv(fd, buf, 10, MSG_PEEK | MSG_WAITALL));
    say_stream(fd, 10, 1);
}

static void fionread(void)
{
    int fd = peer_open("recv 1; send 700; drain");
    int left = -1;

    say_rc("ioctl", ioctl(fd, FIONREAD, &left));
    say("FIONREAD=%d", left);
    say_rc("go", send(fd, "", 1, 0));
    wait_bytes(fd, 700);
    ioctl(fd, FIONREAD, &left);
    say("FIONREAD=%d", left);
}

static void outq(void)
{
    const char *tag = unique("outq");
    int fd = peer_open("tag %s; recv 1000; fin; drain", tag);
    int left = -1;

    send_pattern(fd, 1000, 0);
    wait_for(fd, POLLIN);
    pause_ms(100);
    say_rc("ioctl", ioctl(fd, TIOCOUTQ, &left));
    say("TIOCOUTQ=%d", left);
}

static void dontwait(void)
{
    int fd = peer_open("recv 1; send 3; drain");
    char buf[8];

    say_rc("recv", recv(fd, buf, sizeof(buf), MSG_DONTWAIT));
    send(fd, "", 1, 0);
    wait_bytes(fd, 3);
    say_rc("recv", recv(fd, buf, sizeof(buf), MSG_DONTWAIT));
    say_rc("recv", recv(fd, buf, sizeof(buf), MSG_DONTWAIT));
}

static void vectors(void)
{
    int fd = peer_open("echo");
    char a[3], b[4], c[10] = "";
    struct iovec out[] = {part("one", 3), part("", 0), part("four", 4)};
    struct iovec in[] = {{a, 3}, {b, 4}, {c, 10}};

    say_rc("writev", writev(fd, out, 3));
    wait_bytes(fd, 7);
    say_rc("readv", readv(fd, in, 3));
    say("%.3s-%.4s", a, b);
}

static void messages(void)
{
    int fd = peer_open("echo");
    char buf[32] = "";
    struct iovec out[] = {part("abc", 3), part("defg", 4)};
    struct iovec in = {buf, sizeof(buf)};
    struct name name;
    struct msghdr m = {.msg_iov = out, .msg_iovlen = 2};

    say_rc("sendmsg", sendmsg(fd, &m, 0));
    wait_bytes(fd, 7);
    m = (struct msghdr){
        .msg_iov = &in, .msg_iovlen = 1, .msg_name = &name, .msg_namelen = sizeof(name)};
    say_rc("recvmsg", recvmsg(fd, &m, 0));
    say("'%s' namelen=%u flags=%d", buf, m.msg_namelen, m.msg_flags);
}

static void many_messages(void)
{
    int fd = peer_open("echo");
    struct iovec iov[] = {part("abc", 3), part("defgh", 5)};
    struct mmsghdr m[2] = {{.msg_hdr = {.msg_iov = &iov[0], .msg_iovlen = 1}},
                           {.msg_hdr = {.msg_iov = &iov[1], .msg_iovlen = 1}}};
    char buf[16] = "";

    say_rc("sendmmsg", sendmmsg(fd, m, 2, 0));
    say("%u %u", m[0].msg_len, m[1].msg_len);
    wait_bytes(fd, 8);
    iov[0] = (struct iovec){buf, sizeof(buf)};
    say_rc("recvmmsg", recvmmsg(fd, m, 1, 0, NULL));
    say("%u '%s'", m[0].msg_len, buf);
}

static void names_ignored(void)
{
    int fd = peer_open("echo");
    struct name sa = at(conf.self, 9);
    socklen_t len = sizeof(sa.six);
    char buf[8];

    say_rc("sendto", sendto(fd, "abc", 3, 0, &sa.any, sa.len));
    wait_bytes(fd, 3);
    say_rc("recvfrom", recvfrom(fd, buf, sizeof(buf), 0, &sa.any, &len));
    say("len=%u", len);
}

static void truncate_flag(void)
{
    int fd = peer_open("send 20; fin; drain");
    char buf[8];

    wait_bytes(fd, 20);
    say_rc("discard", recv(fd, buf, 8, MSG_TRUNC));
    say_rc("recv", recv(fd, buf, 8, 0));
    say("offset=%d", (buf[0] - 0) / 7);
}

static void out_of_band(void)
{
    int fd = peer_open("echo");
    char c;

    say_rc("recv", recv(fd, &c, 1, MSG_OOB));
    say_rc("send", send(fd, "!", 1, MSG_OOB));
}

static void error_queue(void)
{
    int fd = peer_open("drain");
    struct msghdr m = {0};

    say_rc("recvmsg", recvmsg(fd, &m, MSG_ERRQUEUE));
}

static void receive_timeout(void)
{
    struct timeval tv = {.tv_usec = 200000};
    int fd = peer_open("drain");
    long start = now_ms();
    char c;

    say_rc("set", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
    say_rc("read", read(fd, &c, 1));
    say("waited=%d", now_ms() - start >= 190);
    tv.tv_usec = 0;
    getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, &(socklen_t){sizeof(tv)});
    say("usec=%ld", (long)tv.tv_usec);
}

static void send_timeout(void)
{
    struct timeval tv = {.tv_usec = 200000};
    const char *tag = unique("sndtimeo");
    int fd = peer_open("wait %s", tag);

    say_rc("set", setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
    say("short=%d", send_pattern(fd, 100000000, 0) < 100000000);
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL));
}

static void nothing(void)
{
    int fd = peer_open("send 3; drain");
    char buf[8];

    wait_bytes(fd, 3);
    say_rc("send", send(fd, buf, 0, 0));
    say_rc("recv", recv(fd, buf, 0, 0));
    say_rc("write", write(fd, buf, 0));
    say_rc("read", read(fd, buf, 8));
}

static void bad_pointers(void)
{
    int fd = peer_open("send 3; drain");
    void *volatile bad = (void *)16;

    wait_bytes(fd, 3);
    say_rc("write", write(fd, bad, 5));
    say_rc("read", read(fd, bad, 5));
    say_rc("sendmsg", sendmsg(fd, bad, 0));
    say_rc("recvmsg", recvmsg(fd, bad, 0));
}

static void unconnected(void)
{
    int fd = tcp_socket();
    char c;

    say_rc("recv", recv(fd, &c, 1, MSG_DONTWAIT));
    say_rc("send", send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
    say_rc("sendto", sendto(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT, &conf.peer.any, 16));
    say_bits("poll", bits_of(fd));
}

static void cork(void)
{
    const char *tag = unique("cork");
    int fd = peer_open("tag %s; drain", tag);

    set_int(fd, IPPROTO_TCP, TCP_CORK, 1);
    say("sent=%zu", send_pattern(fd, 100, 0));
    set_int(fd, IPPROTO_TCP, TCP_CORK, 0);
    say("sent=%zu", send_pattern(fd, 100, 100));
    close(fd);
    say_peer(tag, 1);
}

static void more(void)
{
    const char *tag = unique("more");
    int fd = peer_open("tag %s; drain", tag);
    unsigned char c = 0;

    say_rc("send", send(fd, &c, 1, MSG_MORE));
    say("sent=%zu", send_pattern(fd, 99, 1));
    close(fd);
    say_peer(tag, 1);
}

const struct behaviour stream_table[] = {
    {"stream_echo", echo},
    {"stream_peek", peek},
    {"stream_peek_waitall", peek_waitall},
    {"stream_fionread", fionread},
    {"stream_outq", outq},
    {"stream_dontwait", dontwait},
    {"stream_vectors", vectors},
    {"stream_messages", messages},
    {"stream_many_messages", many_messages},
    {"stream_names_ignored", names_ignored},
    {"stream_msg_trunc", truncate_flag},
    {"stream_out_of_band", out_of_band},
    {"stream_error_queue", error_queue},
    {"stream_receive_timeout", receive_timeout},
    {"stream_send_timeout", send_timeout},
    {"stream_nothing", nothing},
    {"stream_bad_pointers", bad_pointers},
    {"stream_unconnected", unconnected},
    {"stream_cork", cork},
    {"stream_more", more},
    {NULL, NULL},
};
