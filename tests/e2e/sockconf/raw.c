/* Behaviours of raw sockets, of datagram sockets of ICMP, and of UDP-Lite. */
#include "conf.h"

#include <linux/icmp.h>
#include <netinet/icmp6.h>

struct echo {
    uint8_t type, code;
    uint16_t checksum, id, seq;
    char data[8];
};

static int icmp(void)
{
    return conf.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
}

static uint16_t sum_of(const struct echo *e)
{
    uint16_t words[sizeof(*e) / 2];
    uint32_t sum = 0;

    memcpy(words, e, sizeof(*e));
    for (size_t i = 0; i < sizeof(*e) / 2; i++)
        sum += words[i];
    return (uint16_t) ~(sum + (sum >> 16));
}

static struct echo request(void)
{
    struct echo e = {.id = htons(0x7a7a), .seq = htons(1), .data = "sockcon"};

    e.type = conf.family == AF_INET ? 8 : 128;
    if (conf.family == AF_INET)
        e.checksum = sum_of(&e);
    return e;
}

static int open_icmp(int type)
{
    struct timeval tv = {.tv_sec = 2};
    int fd = socket(conf.family, type, icmp());

    if (fd < 0)
        give_up("socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    return fd;
}

/* A raw socket of IPv4 gets the header too. */
static void say_answer(int fd, int with_header)
{
    uint8_t buf[128] = {0};
    struct name from = {.len = sizeof(from.six)};
    long n = recvfrom(fd, buf, sizeof(buf), 0, &from.any, &from.len);
    size_t head = with_header ? 4u * (buf[0] & 15u) : 0;

    say_rc("recvfrom", n);
    if (n < 0)
        return;
    say("peer=%d port=%u", same_host(&from, &conf.peer), port_of(&from));
    say("version=%d type=%d '%.7s'", with_header ? buf[0] >> 4 : 0, buf[head], buf + head + 8);
}

static void raw_echo(void)
{
    struct echo e = request();
    struct name to = at(conf.peer, 0);
    int fd = open_icmp(SOCK_RAW);

    say_rc("sendto", sendto(fd, &e, sizeof(e), 0, &to.any, to.len));
    say_answer(fd, conf.family == AF_INET);
    say_rc("connect", join(fd, conf.peer));
    say_rc("send", send(fd, &e, sizeof(e), 0));
    say_answer(fd, conf.family == AF_INET);
}

static void refuse_replies(int fd)
{
    struct icmp_filter four = {1u << 0};
    struct icmp6_filter six;

    ICMP6_FILTER_SETBLOCKALL(&six);
    if (conf.family == AF_INET)
        say_rc("filter", setsockopt(fd, SOL_RAW, ICMP_FILTER, &four, sizeof(four)));
    else
        say_rc("filter", setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &six, sizeof(six)));
}

static void raw_filter(void)
{
    struct echo e = request();
    struct timeval tv = {.tv_usec = 300000};
    struct name to = at(conf.peer, 0);
    int fd = open_icmp(SOCK_RAW);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    refuse_replies(fd);
    say_rc("sendto", sendto(fd, &e, sizeof(e), 0, &to.any, to.len));
    say_rc("recv", recvfrom(fd, &e, sizeof(e), 0, &(struct sockaddr){0}, &(socklen_t){16}));
}

static void raw_identity(void)
{
    int value = 0;
    socklen_t len = sizeof(value);
    int fd = open_icmp(SOCK_RAW);

    say_rc("type", getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
    say("%d", value);
    say_rc("protocol", getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &len));
    say("%d", value == icmp());
    say_rc("listen", listen(fd, 1));
    say_rc("bind", bind_at(fd, conf.self, 0));
    say_rc("foreign", bind_at(open_icmp(SOCK_RAW), conf.peer, 0));
    say_rc("protocol_0", socket(conf.family, SOCK_RAW, 0));
}

static void raw_powerless(void)
{
    say_rc("setresuid", setresuid(65534, 65534, 65534));
    say_rc("raw", socket(conf.family, SOCK_RAW, icmp()));
    say_rc("raw_0", socket(conf.family, SOCK_RAW, 0));
    say("ping=%d", socket(conf.family, SOCK_DGRAM, icmp()) >= 0);
}

/* The kernel puts its own identifier in, and takes it for the port. */
static void ping_echo(void)
{
    struct echo e = request();
    struct name own;
    int fd = open_icmp(SOCK_DGRAM);

    say_rc("sendto", sendto(fd, &e, sizeof(e), 0, &conf.peer.any, conf.peer.len));
    say_answer(fd, 0);
    own = own_name(fd);
    say("id=%d", port_of(&own) != 0);
    e.type = 1;
    say_rc("no_echo", sendto(fd, &e, sizeof(e), 0, &conf.peer.any, conf.peer.len));
    say_rc("short", sendto(fd, &e, 4, 0, &conf.peer.any, conf.peer.len));
    say_rc("other_protocol", socket(conf.family, SOCK_DGRAM, IPPROTO_SCTP));
}

static void lite(void)
{
    struct name own;
    char buf[16];
    int a = socket(conf.family, SOCK_DGRAM, IPPROTO_UDPLITE);
    int b = socket(conf.family, SOCK_DGRAM, IPPROTO_UDPLITE);

    say_rc("bind", bind_at(a, conf.self, 0));
    own = own_name(a);
    set_int(b, IPPROTO_UDPLITE, 10, 20);
    say_rc("sendto", sendto(b, "light", 5, 0, &own.any, own.len));
    say_rc("recv", recv(a, buf, sizeof(buf), 0));
    say_rc("udp_beside", bind_at(udp_socket(), conf.self, port_of(&own)));
}

const struct behaviour raw_table[] = {
    {"raw_echo", raw_echo},
    {"raw_filter", raw_filter},
    {"raw_identity", raw_identity},
    {"raw_powerless", raw_powerless},
    {"ping_echo", ping_echo},
    {"udplite", lite},
    {NULL, NULL},
};
