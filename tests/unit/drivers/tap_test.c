/* tests/unit/drivers/tap_test.c - a TAP against this machine's kernel, in a network namespace of
 * the test's own: what is sent is what the kernel receives, and the other way round. */
#include "tests/unit/drivers/bench.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A namespace of our own with TUN in it, or the test is skipped. */
static void enter_namespace(void)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 && unshare(CLONE_NEWNET) < 0)
        test_skip("no right to make a network namespace");
    if (access("/dev/net/tun", R_OK | W_OK) < 0)
        test_skip("/dev/net/tun cannot be opened");
}

static void ifreq_call(unsigned long request, struct ifreq *ifr, const char *name)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0);

    strcpy(ifr->ifr_name, name);
    CHECK_EQ(ioctl(s, request, ifr), 0);
    close(s);
}

/* 10.1.0.1/24 on the kernel's side. */
static void kernel_address(const char *name)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct ifreq ifr = {0};

    in.sin_addr.s_addr = inet_addr("10.1.0.1");
    memcpy(&ifr.ifr_addr, &in, sizeof in);
    ifreq_call(SIOCSIFADDR, &ifr, name);
    in.sin_addr.s_addr = inet_addr("255.255.255.0");
    memcpy(&ifr.ifr_netmask, &in, sizeof in);
    ifreq_call(SIOCSIFNETMASK, &ifr, name);
}

static struct link *open_tap(struct tarn *st, const char *uri)
{
    struct link *l = must_open(st, uri);

    kernel_address("tt0");
    return l;
}

/* The next frame of this EtherType within a second; others are put back. */
static struct pkt *await(struct link *l, unsigned type)
{
    struct pollfd pfd = {.fd = l->ops->pollfd(l), .events = POLLIN};
    struct pkt *p;

    for (int i = 0; i < 100; i++) {
        while ((p = receive(l, 1)) != NULL) {
            if (get16(pkt_head(p) + 12) == type)
                return p;
            pkt_put(l->st, p);
        }
        CHECK(poll(&pfd, 1, 1000) >= 0);
    }
    return NULL;
}

static const uint8_t arp_request[42] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,  0, 0, 0, 0, 9, 8, 6, /* broadcast, ARP */
    0,    1,    8,    0,    6,    4,    0,  1,                   /* a request for IPv4 */
    2,    0,    0,    0,    0,    9,    10, 1, 0, 2,             /* by 10.1.0.2 */
    0,    0,    0,    0,    0,    0,    10, 1, 0, 1};            /* for 10.1.0.1 */

/* The kernel learns from it where 10.1.0.2 is. */
static void introduce(struct link *l)
{
    struct pkt *p = pkt_get(l->st, 0, PKT_RX_ROOM);

    CHECK(pkt_append(l->st, p, arp_request, sizeof arp_request));
    send_one(l, p, 1);
}

static void kernel_answers(const char *uri)
{
    struct tarn *st = pool_new();
    struct link *l = open_tap(st, uri);
    struct pkt *p;

    introduce(l);
    p = await(l, 0x0806);
    CHECK(p != NULL);
    CHECK(pkt_len(p) >= 42);
    CHECK_MEM(pkt_head(p) + 28, arp_request + 38, 4); /* the sender is who was asked for */
    CHECK_MEM(pkt_head(p) + 32, arp_request + 6, 6);
    pkt_put(st, p);
    CHECK(l->caps.mac[0] == 2);
    link_close(l);
    pool_end(st);
}

TEST(tap, the_kernel_answers_arp)
{
    enter_namespace();
    kernel_answers("tap:tt0");
    kernel_answers("tap:tt0,offload=off");
}

TEST(tap, the_device_is_set_up_and_its_mac_is_stable)
{
    struct tarn *st = pool_new();
    struct ifreq ifr = {0};
    struct link *l;
    uint8_t mac[6];

    enter_namespace();
    l = must_open(st, "tap:tt0");
    ifreq_call(SIOCGIFFLAGS, &ifr, "tt0");
    CHECK(ifr.ifr_flags & IFF_UP);
    ifreq_call(SIOCGIFTXQLEN, &ifr, "tt0");
    CHECK_EQ(ifr.ifr_qlen, 10000);
    CHECK_EQ(l->caps.mtu, 1500);
    memcpy(mac, l->caps.mac, 6);
    link_close(l);
    CHECK_EQ(if_nametoindex("tt0"), 0); /* gone with us */
    l = must_open(st, "tap:tt0");
    CHECK_MEM(l->caps.mac, mac, 6);
    link_close(l);
    pool_end(st);
}

/* What the kernel's datagram socket sends arrives here: partial with offload, complete without. */
static void datagram_in(const char *uri, unsigned csum)
{
    struct tarn *st = pool_new();
    struct link *l = open_tap(st, uri);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    char data[1000];
    struct pkt *p;

    memset(data, 'x', sizeof data);
    introduce(l);
    to.sin_addr.s_addr = inet_addr("10.1.0.2");
    CHECK_EQ(sendto(s, data, sizeof data, 0, (struct sockaddr *)&to, sizeof to), sizeof data);
    p = await(l, 0x0800);
    CHECK(p != NULL);
    CHECK_EQ(p->csum, csum);
    CHECK_EQ(pkt_len(p), 14 + 20 + 8 + 1000);
    if (csum == PKT_CSUM_PARTIAL) {
        CHECK_EQ(p->l4, p->head_off + 34);
        CHECK_EQ(p->csum_offset, 6);
        pkt_csum_finish(st, p);
    }
    pkt_put(st, p);
    close(s);
    link_close(l);
    pool_end(st);
}

TEST(tap, checksums_of_received_packets)
{
    enter_namespace();
    datagram_in("tap:tt0", PKT_CSUM_PARTIAL);
    datagram_in("tap:tt0,offload=off", PKT_CSUM_NONE);
}

/* A datagram of ours whose checksum is partial is one that the kernel takes as right. */
TEST(tap, the_kernel_completes_our_checksums)
{
    static const uint8_t ip[20] = {0x45, 0, 0,  33, 0, 0, 0x40, 0, 64, 17,
                                   0,    0, 10, 1,  0, 2, 10,   1, 0,  1};
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons(4000)};
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct pollfd pfd = {.events = POLLIN};
    struct tarn *st = pool_new();
    uint8_t frame[47] = {0};
    struct ifreq ifr = {0};
    struct link *l;
    struct pkt *p;
    char got[8];

    enter_namespace();
    close(s);
    l = open_tap(st, "tap:tt0");
    s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    me.sin_addr.s_addr = inet_addr("10.1.0.1");
    CHECK_EQ(bind(s, (struct sockaddr *)&me, sizeof me), 0);
    ifreq_call(SIOCGIFHWADDR, &ifr, "tt0");
    memcpy(frame, ifr.ifr_hwaddr.sa_data, 6);
    frame[6] = 2;
    put16(frame + 12, 0x0800);
    memcpy(frame + 14, ip, sizeof ip);
    put16(frame + 24, ~sum16(frame + 14, 20, 0) & 0xffff);
    put16(frame + 34, 5000);
    put16(frame + 36, 4000);
    put16(frame + 38, 13);
    put16(frame + 40, sum16(frame + 26, 8, 17 + 13));
    memcpy(frame + 42, "hello", 5);
    p = pkt_get(st, 0, PKT_RX_ROOM);
    CHECK(pkt_append(st, p, frame, sizeof frame));
    p->l4 = (uint16_t)(p->head_off + 34);
    p->csum = PKT_CSUM_PARTIAL;
    p->csum_offset = 6;
    send_one(l, p, 1);
    pfd.fd = s;
    CHECK_EQ(poll(&pfd, 1, 1000), 1);
    CHECK_EQ(recv(s, got, sizeof got, 0), 5);
    CHECK_MEM(got, "hello", 5);
    close(s);
    link_close(l);
    pool_end(st);
}

TEST(tap, a_device_that_is_down_drops_and_says_why)
{
    struct tarn *st = pool_new();
    struct ifreq ifr = {0};
    struct link *l;

    enter_namespace();
    l = must_open(st, "tap:tt0");
    ifreq_call(SIOCSIFFLAGS, &ifr, "tt0");
    introduce(l);
    CHECK_EQ(l->tx_errors, 1);
    CHECK_EQ(l->tx_packets, 0);
    link_close(l);
    pool_end(st);
}

TEST(tap, an_open_descriptor_is_adopted)
{
    struct tarn *st = pool_new();
    struct link *owner, *l;
    char uri[32];

    enter_namespace();
    owner = must_open(st, "tap:tt0");
    snprintf(uri, sizeof uri, "tap,fd=%d", owner->ops->pollfd(owner));
    l = open_tap(st, uri);
    CHECK(l->caps.offload & LINK_GSO_TX);
    introduce(l);
    pkt_put(st, await(l, 0x0806));
    link_close(l);
    link_close(owner);
    pool_end(st);
}
