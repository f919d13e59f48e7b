/* Behaviours of UDP through sendmsg, recvmsg and their plural forms. */
#include "conf.h"

static int plain(void)
{
    struct timeval tv = {.tv_sec = 5};
    int fd = udp_socket();

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    return fd;
}

static void one(void)
{
    char buf[32] = "";
    struct name to = conf.peer;
    struct iovec out[] = {part("E", 1), part("gathered", 8)};
    struct iovec in[] = {{buf, 1}, {buf + 1, 20}};
    struct msghdr m = {.msg_name = &to, .msg_namelen = to.len, .msg_iov = out, .msg_iovlen = 2};
    int fd = plain();

    say_rc("sendmsg", sendmsg(fd, &m, 0));
    memset(&to, 0, sizeof(to));
    m.msg_iov = in;
    say_rc("recvmsg", recvmsg(fd, &m, 0));
    say("'%s' namelen=%u peer=%d flags=%d control=%zu", buf, m.msg_namelen,
        memcmp(&to, &conf.peer, 8) == 0, m.msg_flags, m.msg_controllen);
}

/* Linux cuts a name that is longer than any, here but not in sendto. */
static void long_name(void)
{
    struct {
        struct name to;
        char more[200];
    } name = {.to = conf.peer};
    struct iovec v = part("E", 1);
    struct msghdr m = {
        .msg_name = &name, .msg_namelen = sizeof name, .msg_iov = &v, .msg_iovlen = 1};
    int fd = plain();

    say_rc("sendmsg", sendmsg(fd, &m, 0));
    say_rc("sendto", sendto(fd, "E", 1, 0, (struct sockaddr *)(void *)&name, sizeof name));
}

static void many(void)
{
    enum { COUNT = 5 };
    static char text[COUNT][8] = {"E", "E1", "E22", "E333", "E4444"};
    struct name to = conf.peer;
    struct mmsghdr m[COUNT] = {0};
    struct iovec iov[COUNT];
    int fd = plain();

    for (int i = 0; i < COUNT; i++) {
        iov[i] = (struct iovec){text[i], (size_t)i + 1};
        m[i].msg_hdr = (struct msghdr){
            .msg_name = &to, .msg_namelen = to.len, .msg_iov = &iov[i], .msg_iovlen = 1};
    }
    say_rc("sendmmsg", sendmmsg(fd, m, COUNT, 0));
    wait_for(fd, POLLIN);
    pause_ms(100);
    for (int i = 0; i < COUNT; i++)
        iov[i].iov_len = sizeof(text[i]);
    say_rc("recvmmsg", recvmmsg(fd, m, COUNT, 0, NULL));
    for (int i = 0; i < COUNT; i++)
        say("%u", m[i].msg_len);
}

static void many_connected(void)
{
    struct iovec iov[] = {part("Eone", 4), part("Etwo!", 5)};
    struct mmsghdr m[2] = {{.msg_hdr = {.msg_iov = &iov[0], .msg_iovlen = 1}},
                           {.msg_hdr = {.msg_iov = &iov[1], .msg_iovlen = 1}}};
    char buf[16];
    int fd = plain();

    join(fd, conf.peer);
    say_rc("sendmmsg", sendmmsg(fd, m, 2, 0));
    say_rc("recv", recv(fd, buf, sizeof(buf), 0));
    say_rc("recv", recv(fd, buf, sizeof(buf), 0));
}

static void many_waitforone(void)
{
    char buf[2][16];
    struct iovec iov[] = {{buf[0], 16}, {buf[1], 16}};
    struct mmsghdr m[2] = {{.msg_hdr = {.msg_iov = &iov[0], .msg_iovlen = 1}},
                           {.msg_hdr = {.msg_iov = &iov[1], .msg_iovlen = 1}}};
    int fd = plain();

    join(fd, conf.peer);
    send(fd, "Eone", 4, 0);
    say_rc("recvmmsg", recvmmsg(fd, m, 2, MSG_WAITFORONE, NULL));
    say("%u", m[0].msg_len);
}

static void empty_none(void)
{
    struct mmsghdr m = {0};
    int fd = plain();

    join(fd, conf.peer);
    say_rc("sendmmsg_0", sendmmsg(fd, &m, 0, 0));
    say_rc("recvmmsg_0", recvmmsg(fd, &m, 0, MSG_DONTWAIT, NULL));
    say_rc("recvmmsg", recvmmsg(fd, &m, 1, MSG_DONTWAIT, NULL));
    say_rc("sendmsg", sendmsg(fd, &m.msg_hdr, 0));
}

static void short_name(void)
{
    char buf[16];
    unsigned char name[16];
    socklen_t len = 4;
    int fd = plain();

    memset(name, 0x5a, sizeof(name));
    sendto(fd, "E", 1, 0, &conf.peer.any, conf.peer.len);
    say_rc("recvfrom", recvfrom(fd, buf, 16, 0, (struct sockaddr *)(void *)name, &len));
    say("len=%u untouched=%d", len, name[4] == 0x5a);
}

static void iovecs(void)
{
    char a[2], b[20] = "";
    struct iovec in[] = {{a, 2}, {b, 19}};
    struct iovec out[] = {part("Es", 2), part("cattered", 8)};
    int fd = plain();

    join(fd, conf.peer);
    say_rc("writev", writev(fd, out, 2));
    wait_for(fd, POLLIN);
    say_rc("readv", readv(fd, in, 2));
    say("'%.2s' '%s'", a, b);
}

static void burst(void)
{
    char buf[256];
    int fd = plain();
    int count = 0;

    set_int(fd, SOL_SOCKET, SO_RCVBUF, 400000);
    join(fd, conf.peer);
    send(fd, "C200", 4, 0);
    while (count < 200 && recv(fd, buf, sizeof(buf), 0) == count + 1)
        count++;
    say("in_order=%d", count);
}

static void served(void)
{
    struct name sa;
    socklen_t len = sizeof(sa.six);
    char buf[16];
    int fd = plain();
    int client = udp_socket();

    say_rc("bind", bind_at(fd, conf.self, 0));
    sa = own_name(fd);
    say_rc("connect", join(client, sa));
    say_rc("send", send(client, "query", 5, 0));
    say_rc("recvfrom", recvfrom(fd, buf, 16, 0, &sa.any, &len));
    say_rc("sendto", sendto(fd, "reply!", 6, 0, &sa.any, len));
    say_rc("recv", recv(client, buf, 16, 0));
}

const struct behaviour dgram_msg_table[] = {
    {"udp_msg_one", one},
    {"udp_msg_many", many},
    {"udp_msg_many_connected", many_connected},
    {"udp_msg_waitforone", many_waitforone},
    {"udp_msg_none", empty_none},
    {"udp_msg_short_name", short_name},
    {"udp_msg_vectors", iovecs},
    {"udp_msg_burst", burst},
    {"udp_msg_served", served},
    {"dgram_msg_long_name", long_name},
    {NULL, NULL},
};
