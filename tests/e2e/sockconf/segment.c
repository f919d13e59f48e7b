/* Behaviours of UDP_SEGMENT and UDP_GRO: many datagrams of one size in one call. */
#include "conf.h"

#include <netinet/udp.h>

enum { SIZE = 400, BULK = 1000 };

/* The peer sends back each datagram on its own, so the echoes tell how the bytes were cut. */
static int echoed(void)
{
    struct timeval tv = {.tv_sec = 5};
    int fd = udp_socket();

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    join(fd, conf.peer);
    return fd;
}

/* Every datagram must begin with the peer's verb. */
static void fill(char *at, size_t n, size_t size)
{
    memset(at, 'x', n);
    for (size_t i = 0; i < n; i += size)
        at[i] = 'E';
}

static void say_sizes(int fd, int n)
{
    static char buf[65536];

    while (n-- > 0)
        say("%zd", recv(fd, buf, sizeof(buf), 0));
}

static void by_option(void)
{
    char bytes[BULK];
    int fd = echoed();

    fill(bytes, BULK, SIZE);
    set_int(fd, SOL_UDP, UDP_SEGMENT, SIZE);
    say_rc("send", send(fd, bytes, BULK, 0));
    say_sizes(fd, 3);
    say_rc("sendto", sendto(fd, bytes, BULK, 0, &conf.peer.any, conf.peer.len));
    say_sizes(fd, 3);
    say_rc("one", send(fd, bytes, SIZE, 0));
    say_sizes(fd, 1);
    set_int(fd, SOL_UDP, UDP_SEGMENT, 0);
    say_rc("whole", send(fd, bytes, BULK, 0));
    say_sizes(fd, 1);
}

/* Ancillary data of one number, and the message around them. */
struct told {
    struct msghdr m;
    struct iovec v;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

static ssize_t send_cut(int fd, char *bytes, size_t n, uint16_t size)
{
    struct cmsghdr head = {CMSG_LEN(sizeof(size)), SOL_UDP, UDP_SEGMENT};
    struct told t = {.v = {bytes, n}};

    t.m = (struct msghdr){.msg_iov = &t.v,
                          .msg_iovlen = 1,
                          .msg_control = t.control,
                          .msg_controllen = CMSG_SPACE(sizeof(size))};
    memcpy(t.control, &head, sizeof(head));
    memcpy(t.control + CMSG_LEN(0), &size, sizeof(size));
    return sendmsg(fd, &t.m, 0);
}

static void by_message(void)
{
    char bytes[BULK];
    int fd = echoed();

    fill(bytes, BULK, SIZE);
    say_rc("sendmsg", send_cut(fd, bytes, BULK, SIZE));
    say_sizes(fd, 3);
    say_rc("zero", send_cut(fd, bytes, BULK, 0));
    say_sizes(fd, 1);
}

static void refused(void)
{
    static char bytes[60000];
    int too_large = 65536, fd = echoed(), got = -1;
    socklen_t len = sizeof(got);

    fill(bytes, sizeof(bytes), SIZE);
    say_rc("larger", setsockopt(fd, SOL_UDP, UDP_SEGMENT, &too_large, sizeof(too_large)));
    say_rc("than_the_link", send_cut(fd, bytes, sizeof(bytes), 30000));
    say_rc("too_many", send_cut(fd, bytes, sizeof(bytes), 100));
    set_int(fd, SOL_UDP, UDP_SEGMENT, 1200);
    say_rc("get", getsockopt(fd, SOL_UDP, UDP_SEGMENT, &got, &len));
    say("segment=%d", got);
}

static void say_joined(const struct told *t)
{
    struct cmsghdr head;
    int size;

    memcpy(&head, t->control, sizeof(head));
    memcpy(&size, t->control + CMSG_LEN(0), sizeof(size));
    if (t->m.msg_controllen >= CMSG_LEN(sizeof(size)))
        say("gro=%d", head.cmsg_type == UDP_GRO ? size : -1);
}

/* To this host itself, where nothing cuts: the receiver hears the size, or gets single datagrams.
 */
static void joined(void)
{
    static char bytes[BULK];
    int fd = udp_socket(), to = udp_socket();
    struct told t = {.v = {bytes, BULK}};

    bind_at(to, conf.self, 0);
    join(fd, own_name(to));
    set_int(to, SOL_UDP, UDP_GRO, 1);
    say_rc("send", send_cut(fd, bytes, BULK, SIZE));
    t.m = (struct msghdr){.msg_iov = &t.v,
                          .msg_iovlen = 1,
                          .msg_control = t.control,
                          .msg_controllen = sizeof(t.control)};
    say_rc("recvmsg", recvmsg(to, &t.m, 0));
    say_joined(&t);
    set_int(to, SOL_UDP, UDP_GRO, 0);
    say_rc("send", send_cut(fd, bytes, BULK, SIZE));
    say_sizes(to, 3);
}

const struct behaviour segment_table[] = {
    {"udp_segment_option", by_option},
    {"udp_segment_message", by_message},
    {"udp_segment_refused", refused},
    {"udp_segment_joined", joined},
    {NULL, NULL},
};
