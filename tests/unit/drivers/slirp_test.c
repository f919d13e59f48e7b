/* tests/unit/drivers/slirp_test.c - libslirp's process: it answers, it reports what it cannot do,
 * and nothing of it is left. */
#include "tests/unit/drivers/bench.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint8_t arp_request[42] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0,  0, 0, 0,  9, 8, 6, 0, 1, 8, 0,  6, 4, 0,
    1,    2,    0,    0,    0,    0,    9, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2};

/* fec0::15 asks for fec0::2. */
static const uint8_t neighbour_solicitation[86] = {
    0x33, 0x33, 0xff, 0,    0,    2,    2, 0, 0,    0,    0, 9, 0x86, 0xdd, 0x60, 0, 0, 0,
    0,    0x20, 0x3a, 0xff, 0xfe, 0xc0, 0, 0, 0,    0,    0, 0, 0,    0,    0,    0, 0, 0,
    0,    0x15, 0xff, 2,    0,    0,    0, 0, 0,    0,    0, 0, 0,    1,    0xff, 0, 0, 2,
    0x87, 0,    0x79, 0xfb, 0,    0,    0, 0, 0xfe, 0xc0, 0, 0, 0,    0,    0,    0, 0, 0,
    0,    0,    0,    0,    0,    2,    1, 1, 2,    0,    0, 0, 0,    9};

static bool machine_has_ip6(void)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int s = socket(AF_INET6, SOCK_STREAM, 0);
    bool has = s >= 0 && bind(s, (struct sockaddr *)&to, sizeof to) == 0;

    close(s);
    return has;
}

static struct pkt *await(struct link *l)
{
    struct pollfd pfd = {.fd = l->ops->pollfd(l), .events = POLLIN};

    CHECK_EQ(poll(&pfd, 1, 5000), 1);
    return receive(l, 1);
}

static void send_bytes(struct link *l, const void *bytes, size_t n)
{
    struct pkt *p = pkt_get(l->st, n > 128 ? n : 0, PKT_RX_ROOM);

    CHECK(pkt_append(l->st, p, bytes, n));
    send_one(l, p, 1);
}

static unsigned descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;

    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

TEST(slirp, the_gateway_answers_and_nothing_is_left)
{
    unsigned before = descriptors();
    struct tarn *st = pool_new();
    struct link *l = must_open(st, "slirp");
    struct pkt *p;

    CHECK_EQ(tarn_ip_to4(&l->caps.offer[LINK_IP4].address.ip), 0x0a00020f);
    CHECK_EQ(l->caps.offer[LINK_IP4].address.len, 120);
    CHECK_EQ(tarn_ip_to4(&l->caps.offer[LINK_IP4].gateway), 0x0a000202);
    CHECK_EQ(tarn_ip_to4(&l->caps.offer[LINK_IP4].dns), 0x0a000203);
    CHECK(l->caps.ends_tcp);
    CHECK_EQ(l->caps.offload, 0);
    send_bytes(l, arp_request, sizeof arp_request);
    p = await(l);
    CHECK(p != NULL);
    CHECK_EQ(get16(pkt_head(p) + 20), 2); /* a reply */
    CHECK_MEM(pkt_head(p) + 28, arp_request + 38, 4);
    pkt_put(st, p);
    link_close(l);
    pool_end(st);
    CHECK_EQ(descriptors(), before);
    CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1); /* no child */
}

TEST(slirp, ip6_is_offered_when_the_machine_has_it)
{
    struct tarn *st = pool_new();
    struct link *l = must_open(st, "slirp");
    const struct link_offer *six = &l->caps.offer[LINK_IP6];
    struct pkt *p;

    CHECK_EQ(six->address.len > 0, machine_has_ip6());
    if (machine_has_ip6()) {
        CHECK_EQ(six->address.len, 64);
        CHECK_MEM(six->address.ip.b, neighbour_solicitation + 22, 16);
        CHECK_MEM(six->host.b, neighbour_solicitation + 62, 16);
        send_bytes(l, neighbour_solicitation, sizeof neighbour_solicitation);
        p = await(l);
        CHECK_EQ(pkt_head(p)[54], 136); /* an advertisement, of what was asked for */
        CHECK_MEM(pkt_head(p) + 62, neighbour_solicitation + 62, 16);
        pkt_put(st, p);
    }
    link_close(l);
    l = must_open(st, "slirp,mtu=1279"); /* below what IPv6 needs: RFC 8200 5 */
    CHECK_EQ(l->caps.offer[LINK_IP6].address.len, 0);
    link_close(l);
    pool_end(st);
}

TEST(slirp, garbage_is_survived)
{
    struct tarn *st = pool_new();
    struct link *l = must_open(st, "slirp,mtu=1500");
    uint8_t junk[1500];
    struct pkt *p;

    for (unsigned n = 1; n < 400; n++) {
        for (unsigned i = 0; i < sizeof junk; i++)
            junk[i] = pattern(n, i);
        memcpy(junk, arp_request, n % 3 ? 12 : 0);
        put16(junk + 12, n % 2 ? 0x0800 : 0x0806);
        junk[14] = 0x45;
        send_bytes(l, junk, n * 3);
        while ((p = receive(l, 1)) != NULL)
            pkt_put(st, p);
    }
    send_bytes(l, arp_request, sizeof arp_request);
    p = await(l);
    CHECK(p != NULL);
    pkt_put(st, p);
    link_close(l);
    pool_end(st);
}

TEST(slirp, forwards_that_make_no_sense_are_named)
{
    check_refused("slirp,forward=80", -TARN_EINVAL,
                  "forward 80: not a pair of ports; give [ADDR:]PORT:PORT[/udp]");
    check_refused("slirp,forward=0:80", -TARN_EINVAL,
                  "forward 0:80: not a pair of ports; give [ADDR:]PORT:PORT[/udp]");
    check_refused("slirp,forward=80:65536", -TARN_EINVAL,
                  "forward 80:65536: not a pair of ports; give [ADDR:]PORT:PORT[/udp]");
    check_refused("slirp,forward=1.2.3:80:80", -TARN_EINVAL,
                  "forward 1.2.3:80:80: not a pair of ports; give [ADDR:]PORT:PORT[/udp]");
    check_refused("slirp,forward=::1:80:80", -TARN_EINVAL,
                  "forward ::1:80:80: not a pair of ports; give [ADDR:]PORT:PORT[/udp]");
    check_refused("slirp,forward=[127.0.0.1]:80:80", -TARN_EINVAL,
                  "forward [127.0.0.1]:80:80: not a pair of ports; give [ADDR:]PORT:PORT[/udp]");
    check_refused("slirp,mtu=1279,forward=[::1]:80:80", -TARN_EINVAL,
                  "forward [::1]:80:80: this machine has no IPv6, or the link's mtu is below 1280; "
                  "give an IPv4 address");
    check_refused("slirp,forward=80:80/sctp", -TARN_EINVAL,
                  "forward 80:80/sctp: not a pair of ports; give [ADDR:]PORT:PORT[/udp]");
    check_refused("slirp,mtu=70000", -TARN_EINVAL,
                  "mtu=70000: not a number from 576 to 65520; give one");
}

/* A listener of this process on a free port of 127.0.0.1. */
static int listener(uint16_t *port)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t n = sizeof in;
    int s = socket(AF_INET, SOCK_STREAM, 0);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(s, (struct sockaddr *)&in, sizeof in), 0);
    CHECK_EQ(listen(s, 1), 0);
    CHECK_EQ(getsockname(s, (struct sockaddr *)&in, &n), 0);
    *port = ntohs(in.sin_port);
    return s;
}

TEST(slirp, a_port_that_is_taken_is_told)
{
    char uri[64], want[ERROR_BYTES];
    uint16_t port;
    int s = listener(&port);

    snprintf(uri, sizeof uri, "slirp,forward=127.0.0.1:%u:80", port);
    snprintf(want, sizeof want,
             "link slirp: port %u of this machine: Address already in use; "
             "another program has it: give another port",
             port);
    check_refused(uri, -TARN_EIO, want);
    CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1);
    close(s);
}

TEST(slirp, a_connection_to_a_forwarded_port_arrives)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct tarn *st = pool_new();
    struct link *l;
    struct pkt *p;
    uint16_t port;
    char uri[64];
    int s = listener(&port);

    close(s);
    snprintf(uri, sizeof uri, "slirp,forward=127.0.0.1:%u:80", port);
    l = must_open(st, uri);
    send_bytes(l, arp_request, sizeof arp_request); /* who we are */
    pkt_put(st, await(l));
    s = socket(AF_INET, SOCK_STREAM, 0);
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(connect(s, (struct sockaddr *)&in, sizeof in), 0);
    p = await(l);
    CHECK(p != NULL);
    CHECK_EQ(get16(pkt_head(p) + 12), 0x0800);
    CHECK_EQ(get16(pkt_head(p) + 36), 80);  /* destination port */
    CHECK_EQ(pkt_head(p)[47] & 0x3f, 0x02); /* SYN */
    pkt_put(st, p);
    close(s);
    link_close(l);
    pool_end(st);
}

/* A connection to ::1 arrives, where the link has this forward of a port that is free. */
static void arrives_by_ip6(const char *forward)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct tarn *st = pool_new();
    struct link *l;
    struct pkt *p;
    uint16_t port;
    char uri[64];
    int s = listener(&port);

    close(s);
    if (machine_has_ip6()) {
        snprintf(uri, sizeof uri, "slirp,forward=%s%u:80", forward, port);
        l = must_open(st, uri);
        send_bytes(l, neighbour_solicitation, sizeof neighbour_solicitation); /* who we are */
        pkt_put(st, await(l));
        s = socket(AF_INET6, SOCK_STREAM, 0);
        to.sin6_port = htons(port);
        CHECK_EQ(connect(s, (struct sockaddr *)&to, sizeof to), 0);
        p = await(l);
        CHECK_EQ(get16(pkt_head(p) + 12), 0x86dd);
        CHECK_MEM(pkt_head(p) + 22, neighbour_solicitation + 62, 16); /* from the host's address */
        CHECK_EQ(get16(pkt_head(p) + 56), 80);                        /* destination port */
        CHECK_EQ(pkt_head(p)[67] & 0x3f, 0x02);                       /* SYN */
        pkt_put(st, p);
        close(s);
        link_close(l);
    }
    pool_end(st);
}

TEST(slirp, a_connection_to_a_forwarded_port_arrives_by_ip6)
{
    arrives_by_ip6("[::1]:");
}

TEST(slirp, a_forwarded_port_without_an_address_is_of_both_families)
{
    arrives_by_ip6("");
}

TEST(slirp, the_helper_ends_with_its_parent)
{
    int pipe_fd[2];
    char c;
    pid_t child;

    CHECK_EQ(pipe(pipe_fd), 0);
    child = fork();
    if (child == 0) {
        struct tarn *st = pool_new();

        must_open(st, "slirp");
        write(pipe_fd[1], "x", 1);
        pause();
    }
    close(pipe_fd[1]);
    CHECK_EQ(read(pipe_fd[0], &c, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CHECK_EQ(read(pipe_fd[0], &c, 1), 0); /* nobody holds the pipe: the helper never did */
    close(pipe_fd[0]);
}
