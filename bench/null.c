/* A TCP responder over a TAP that does nothing beyond what every responder must: the floor that a
 * stack is measured against.
 *
 * usage: null TAP ADDRESS
 *
 * It reads super-packets with the virtio-net header, copies payload once into a buffer, and answers
 * with one ACK per connection and batch of reads; it sends super-packets of 44 segments as the
 * peer's window lets it. It has no timers, no retransmission, no checks, no reassembly: a lost
 * packet stalls it. Connections are a table by the peer's port. */
#include "service.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    MSS = 1460,
    SUPER = 44 * MSS,
    BATCH = 64,
    IN_FLIGHT = 4 << 20, /* most bytes that the source has on the way */
    FRAME = 66000,
};

struct conn {
    uint32_t snd_nxt, snd_una, snd_end, rcv_nxt; /* snd_end: what the peer's window allows */
    uint32_t peer;
    uint16_t port, service; /* the peer's port, our port */
    uint16_t owed;          /* bytes to echo */
    uint8_t scale, touched, fin;
};

struct frame {
    struct virtio_net_hdr v;
    struct ethhdr eth;
    struct iphdr ip;
    struct tcphdr tcp;
} __attribute__((packed));

static struct conn conns[65536];
static uint8_t in[FRAME], user[FRAME], zeros[SUPER];
static uint8_t our_mac[6] = {2, 0, 0, 0, 0, 1}, peer_mac[6];
static uint32_t our_ip;
static int tap;

static uint16_t fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)(sum + (sum >> 16));
}

static uint32_t sum16(const void *at, size_t n)
{
    const uint8_t *p = at;
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)(p[i] << 8 | p[i + 1]);
    return sum;
}

/* The headers of a packet with `opt` bytes of TCP options and `n` of payload. */
static struct frame headers(const struct conn *c, uint8_t flags, size_t opt, size_t n)
{
    struct frame f = {.v = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                            .hdr_len = (uint16_t)(sizeof(f) - sizeof(f.v) + opt),
                            .gso_type = n > MSS ? VIRTIO_NET_HDR_GSO_TCPV4 : 0,
                            .gso_size = n > MSS ? MSS : 0,
                            .csum_start = ETH_HLEN + sizeof(f.ip),
                            .csum_offset = offsetof(struct tcphdr, check)}};

    memcpy(f.eth.h_dest, peer_mac, 6);
    memcpy(f.eth.h_source, our_mac, 6);
    f.eth.h_proto = htons(ETH_P_IP);
    f.ip = (struct iphdr){.version = 4,
                          .ihl = 5,
                          .ttl = 64,
                          .protocol = IPPROTO_TCP,
                          .tot_len = htons((uint16_t)(40 + opt + n)),
                          .saddr = our_ip,
                          .daddr = c->peer};
    f.ip.check = htons((uint16_t)~fold(sum16(&f.ip, sizeof(f.ip))));
    f.tcp.source = htons(c->service);
    f.tcp.dest = htons(c->port);
    f.tcp.seq = htonl(c->snd_nxt);
    f.tcp.ack_seq = htonl(c->rcv_nxt);
    f.tcp.doff = (uint16_t)((5 + opt / 4) & 15);
    ((uint8_t *)&f.tcp)[13] = flags;
    f.tcp.window = htons(flags & TH_SYN ? 65535 : 32768);
    f.tcp.check =
        htons(fold(sum16(&f.ip.saddr, 8) + IPPROTO_TCP + (uint32_t)(sizeof(f.tcp) + opt + n)));
    return f;
}

/* Sends `n` payload bytes (at most SUPER) with the flags; the kernel ends the checksum and cuts. */
static void put(struct conn *c, uint8_t flags, const void *payload, size_t n)
{
    static const uint8_t options[8] = {2, 4, MSS >> 8, MSS & 255, 1, 3, 3, 8};
    size_t opt = flags & TH_SYN ? sizeof(options) : 0;
    struct frame f = headers(c, flags, opt, n);
    struct iovec iov[3] = {
        {&f, sizeof(f)}, {(void *)(uintptr_t)options, opt}, {(void *)(uintptr_t)payload, n}};

    c->snd_nxt += (uint32_t)n + ((flags & (TH_SYN | TH_FIN)) != 0);
    if (writev(tap, iov, 3) < 0)
        perror("null: write");
}

static void answer_arp(uint8_t *frame, size_t n)
{
    struct arp {
        uint8_t vnet[10];
        struct ethhdr eth;
        struct arphdr head;
        uint8_t sha[6], spa[4], tha[6], tpa[4];
    } __attribute__((packed)) *a = (struct arp *)(void *)frame;

    if (n < sizeof(*a) || ntohs(a->head.ar_op) != ARPOP_REQUEST || memcmp(a->tpa, &our_ip, 4) != 0)
        return;
    memcpy(peer_mac, a->sha, 6);
    a->head.ar_op = htons(ARPOP_REPLY);
    memcpy(a->tha, a->sha, 6);
    memcpy(a->sha, our_mac, 6);
    memcpy(a->tpa, a->spa, 4);
    memcpy(a->spa, &our_ip, 4);
    memcpy(a->eth.h_dest, peer_mac, 6);
    memcpy(a->eth.h_source, our_mac, 6);
    memset(a->vnet, 0, sizeof(a->vnet));
    if (write(tap, frame, sizeof(*a)) < 0)
        perror("null: write");
}

/* The window scale that the SYN offers. */
static uint8_t scale_of(const uint8_t *opt, size_t n)
{
    for (size_t i = 0; i + 2 < n && opt[i]; i += opt[i] == 1 ? 1 : opt[i + 1])
        if (opt[i] == 3)
            return opt[i + 2];
    return 0;
}

static void open_conn(struct conn *c, const struct frame *f, uint8_t scale)
{
    *c = (struct conn){.peer = f->ip.saddr,
                       .port = ntohs(f->tcp.source),
                       .snd_nxt = 1,
                       .service = ntohs(f->tcp.dest),
                       .scale = scale,
                       .rcv_nxt = ntohl(f->tcp.seq) + 1};
    put(c, TH_SYN | TH_ACK, NULL, 0);
}

/* One segment or super-packet; its answer waits for the end of the batch. */
static struct conn *take(uint8_t *frame)
{
    struct frame *f = (struct frame *)(void *)frame;
    struct conn *c = &conns[ntohs(f->tcp.source)];
    size_t header = f->tcp.doff * 4u;
    size_t len = ntohs(f->ip.tot_len) - sizeof(f->ip) - header;
    uint8_t *tcp = frame + offsetof(struct frame, tcp), *payload = tcp + header;

    if (f->tcp.syn) {
        open_conn(c, f, scale_of(tcp + sizeof(f->tcp), header - sizeof(f->tcp)));
        return NULL;
    }
    if (f->tcp.rst)
        return NULL;
    c->snd_una = ntohl(f->tcp.ack_seq);
    c->snd_end = c->snd_una + ((uint32_t)ntohs(f->tcp.window) << c->scale);
    memcpy(user, payload, len);
    c->rcv_nxt += (uint32_t)len + f->tcp.fin;
    c->owed = c->service == SERVICE_ECHO ? (uint16_t)len : 0;
    c->fin = f->tcp.fin;
    return len || f->tcp.fin || c->service == SERVICE_SOURCE ? c : NULL;
}

static void answer(struct conn *c)
{
    uint32_t acked = c->rcv_nxt;

    c->touched = 0;
    while (c->service == SERVICE_SOURCE && !c->fin && c->snd_nxt - c->snd_una < IN_FLIGHT &&
           (int32_t)(c->snd_end - c->snd_nxt) >= SUPER) {
        put(c, TH_ACK, zeros, SUPER);
        acked = 0;
    }
    if (c->fin)
        put(c, TH_ACK | TH_FIN, NULL, 0);
    else if (c->owed)
        put(c, TH_ACK | TH_PUSH, user, c->owed);
    else if (acked && c->service == SERVICE_DISCARD)
        put(c, TH_ACK, NULL, 0);
}

/* Reads up to a batch, then answers each connection once. */
static void turn(void)
{
    struct conn *touched[BATCH];
    unsigned count = 0;

    for (unsigned i = 0; i < BATCH; i++) {
        ssize_t n = read(tap, in, sizeof(in));
        struct frame *f = (struct frame *)(void *)in;
        struct conn *c = NULL;

        if (n <= 0)
            break;
        if (f->eth.h_proto == htons(ETH_P_ARP))
            answer_arp(in, (size_t)n);
        else if (f->eth.h_proto == htons(ETH_P_IP) && f->ip.protocol == IPPROTO_TCP)
            c = take(in);
        if (c && !c->touched) {
            c->touched = 1;
            touched[count++] = c;
        }
        if (c && c->owed)
            break; /* an echo is answered before its buffer is read over */
    }
    for (unsigned i = 0; i < count; i++)
        answer(touched[i]);
}

static int open_tap(const char *name)
{
    struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

    snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0 ||
        ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) < 0)
        return -1;
    return fd;
}

int main(int argc, char **argv)
{
    struct pollfd p = {.events = POLLIN};

    if (argc != 3 || inet_pton(AF_INET, argv[2], &our_ip) != 1) {
        fputs("usage: null TAP ADDRESS\n", stderr);
        return 2;
    }
    p.fd = tap = open_tap(argv[1]);
    if (tap < 0) {
        perror("null: tap");
        return 1;
    }
    while (poll(&p, 1, -1) >= 0)
        turn();
    return 1;
}
