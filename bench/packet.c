/* What one small packet costs the core, path by path, with nothing else in the way: packets are
 * made and given back in the same loop. Run under a tool that counts instructions, and divided by
 * what it prints; only what happens in work() is meant to be counted.
 *
 * usage: packet forward|echo|udp-in|udp-out COUNT [ROUTES]
 *
 *   forward   Ethernet in, IPv4 routed, Ethernet out; with ROUTES: among so many prefixes, to
 *             destinations that all differ
 *   echo      a ping of 64 bytes answered
 *   udp-in    a datagram of 64 bytes received, told and read
 *   udp-out   a datagram of 64 bytes sent by a connected socket
 *
 * Prints one JSON object with the packets that passed, as bench/core does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "base/sum.h"
#include "tarn/tarn.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/udp.h"

enum { ARENA = 256 << 20, PAYLOAD = 64, NEAR = 1, FAR = 2, LISTEN = 7, SPREAD = 8192 };

static const uint8_t near_mac[6] = {2, 0, 0, 0, 0, 1}, far_mac[6] = {2, 0, 0, 0, 0, 2};
static const uint8_t peer_mac[6] = {2, 0, 0, 0, 0, 3};
static const uint32_t near_ip = 0x0a000001, far_ip = 0x0b000001, peer_ip = 0x0a000063;

static struct tarn *st;
static tarn_ns now = 1000000000;
static uint8_t frame[2000];
static size_t frame_bytes;
static tarn_sock sock;
static uint32_t spread[SPREAD]; /* destinations behind routes */
static unsigned n_spread, turn;

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "packet: %s\n", what);
    exit(1);
}

static void add_port(unsigned port, const uint8_t mac[6], uint32_t ip)
{
    struct tarn_port_info info = {.mtu = 1500, .carrier = true};
    struct tarn_address a = {.port = port, .prefix = {.ip = tarn_ip4(ip), .len = 96 + 24}};
    struct tarn_neigh n = {.ip = tarn_ip4((ip & ~0xffu) + 0x63), .port = port};
    struct pkt *p;

    snprintf(info.name, sizeof info.name, "tarn%u", port - 1);
    memcpy(info.mac, mac, 6);
    memcpy(n.mac, peer_mac, 6);
    if (tarn_port_add(st, &info, NULL) != (int)port)
        fail("port");
    info.up = true;
    if (tarn_port_set(st, port, &info, now, NULL) < 0 || tarn_address_add(st, &a, now, NULL) < 0 ||
        tarn_neigh_set(st, &n, now, NULL) < 0)
        fail("address");
    while ((p = tarn_output(st, port, now)) != NULL)
        pkt_put(st, p);
}

static void open_stack(void)
{
    struct tarn_config cfg = {.max_routes = 1000000};
    uint8_t seed[32] = {1};
    void *mem = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (mem == MAP_FAILED || tarn_init(&st, mem, ARENA, &cfg, seed, now) < 0)
        fail("stack");
    add_port(NEAR, near_mac, near_ip);
    add_port(FAR, far_mac, far_ip);
    if (tarn_param_set(st, "ip.forwarding", 1) < 0)
        fail("forwarding");
}

/* Prefixes of 16 to 24 bits behind the far neighbour, spread by a fixed sequence. */
static void add_routes(unsigned n)
{
    uint32_t x = 1;

    while (n > 0) {
        struct tarn_route r = {.port = FAR, .via = tarn_ip4((far_ip & ~0xffu) + 0x63)};
        unsigned len;

        x = x * 1664525u + 1013904223u;
        len = 16 + x / 7 % 9;
        r.to.len = (uint8_t)(96 + len);
        r.to.ip = tarn_ip4((0x40000000u | x >> 3) & (UINT32_MAX << (32 - len)));
        n -= tarn_route_add(st, &r, now, NULL) == 0;
        spread[n_spread % SPREAD] = tarn_ip_to4(&r.to.ip) + 1;
        n_spread++;
    }
}

/* A frame from the near peer. */
static void make_frame(uint8_t proto, uint32_t dst)
{
    struct eth_hdr eth = {.type = ETH_IP4};
    struct ip4_hdr ip = {.ttl = 64,
                         .proto = proto,
                         .header_bytes = IP4_HEADER_BYTES,
                         .total_bytes = IP4_HEADER_BYTES + 8 + PAYLOAD,
                         .src = peer_ip,
                         .dst = dst};
    struct udp_hdr udp = {.src_port = 9, .dst_port = LISTEN, .bytes = 8 + PAYLOAD};
    struct icmp_hdr icmp = {.type = ICMP_ECHO};
    size_t n;

    memcpy(eth.dst, near_mac, 6);
    memcpy(eth.src, peer_mac, 6);
    n = eth_build(frame, &eth);
    n += ip4_build(frame + n, &ip);
    if (proto == IP_PROTO_ICMP) {
        icmp_build(frame + n, &icmp, 0);
    } else {
        udp_build(frame + n, &udp);
        udp.checksum = udp_checksum(
            sum_partial(frame + n, 8 + PAYLOAD, ip4_pseudo_sum(peer_ip, dst, proto, udp.bytes)));
        udp_build(frame + n, &udp);
    }
    frame_bytes = n + 8 + PAYLOAD;
}

/* Another destination for the frame, and the header's checksum. */
static void readdress(void)
{
    enum { DST_AT = 14 + 16, SUM_AT = 14 + 10 };
    uint32_t to = spread[turn++ % SPREAD];

    store_be16(frame + SUM_AT,
               sum_update32(load_be16(frame + SUM_AT), load_be32(frame + DST_AT), to));
    store_be32(frame + DST_AT, to);
}

static void receive(void)
{
    struct pkt *p = pkt_rx_get(st, frame_bytes);
    struct tarn_iov iov[2];

    pkt_rx_iov(st, p, iov);
    memcpy(iov[0].base, frame, frame_bytes);
    pkt_rx_filled(st, p, frame_bytes);
    tarn_input(st, NEAR, p, now);
}

static unsigned take(unsigned port)
{
    struct pkt *p = tarn_output(st, port, now);

    if (p == NULL)
        return 0;
    pkt_put(st, p);
    return 1;
}

static unsigned read_one(void)
{
    struct tarn_event ev;
    char buf[PAYLOAD];

    return tarn_event(st, &ev) && tarn_recv(st, sock, buf, sizeof buf, now) == PAYLOAD;
}

static unsigned send_one(void)
{
    static const char data[PAYLOAD];

    return tarn_send(st, sock, data, sizeof data, now) == PAYLOAD ? take(NEAR) : 0;
}

__attribute__((noinline)) static unsigned work(const char *what, unsigned n)
{
    unsigned passed = 0;

    for (unsigned i = 0; i < n; i++) {
        now += 1000;
        if (what[0] == 'f') {
            if (n_spread >= SPREAD)
                readdress();
            receive();
            passed += take(FAR);
        } else if (what[0] == 'e') {
            receive();
            passed += take(NEAR);
        } else if (what[4] == 'i') {
            receive();
            passed += read_one();
        } else {
            passed += send_one();
        }
    }
    return passed;
}

static void open_socket(void)
{
    struct tarn_addr local = {.ip = tarn_ip4(0), .port = LISTEN};
    struct tarn_addr peer = {.ip = tarn_ip4(peer_ip), .port = 9};

    if (tarn_open(st, TARN_INET, TARN_DGRAM, 0, 0, &sock) < 0 || tarn_bind(st, sock, &local) < 0 ||
        tarn_connect(st, sock, &peer, now) < 0)
        fail("socket");
}

int main(int argc, char **argv)
{
    unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 1000, passed;

    if (argc < 2)
        fail("usage: packet forward|echo|udp-in|udp-out COUNT [ROUTES]");
    open_stack();
    add_routes(argc > 3 ? (unsigned)atoi(argv[3]) : 0);
    open_socket();
    make_frame(argv[1][0] == 'e' ? IP_PROTO_ICMP : IP_PROTO_UDP,
               argv[1][0] == 'f' ? (far_ip & ~0xffu) + 0x63 : near_ip);
    (void)work(argv[1], 10);
    passed = work(argv[1], n);
    if (passed != n)
        fail("packets were lost");
    printf("{\"segments\":%u,\"packets\":%u,\"bytes\":%u,\"copied\":0}\n", passed, passed,
           passed * PAYLOAD);
    return 0;
}
