/* tests/sim/mtu.c - the largest packet that arrives becomes smaller in mid-transfer: a router says
 * so, the link's own MTU changes (over IPv6 by a router's advertisement), or nobody says anything.
 * Both directions of the transfer end soon, over both families. */
#include "tests/sim/net.h"
#include "wire/eth.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/nd.h"

#include "base/bytes.h"
#include "base/sum.h"

#include <string.h>

#define MS UINT64_C(1000000)

/* 4 MB each way at 20 Mbit/s take 1.6 s; the change comes after 0.5 s. */
enum { BYTES = 4000000, NARROW = 1300, LINK_BYTES = 1500, QUEUE = 4096 };
#define WIRE   "delay=5ms,rate=20Mbit"
#define CHANGE (500 * MS)

static const struct net_family *family;
static int failed;

static void check(bool good, const char *what, double got)
{
    static int number;

    printf("%sok %d - %s: %s (%.3f)\n", good ? "" : "not ", ++number, family->name, what, got);
    failed += !good;
}

/* A node with two ends that loses what is longer than it lets through, without a word. */
struct hole {
    struct sim_node node;
    uint32_t limit; /* bytes of a frame */
    struct sim_frame *queue[2][QUEUE];
    unsigned first[2], n[2];
};

static struct hole hole;

static void hole_push(unsigned end, struct sim_frame *f)
{
    net_check(hole.n[end] < QUEUE, "the hole's queue is full");
    hole.queue[end][(hole.first[end] + hole.n[end]++) % QUEUE] = f;
}

static void hole_input(struct sim_node *n, unsigned end, struct sim_frame *f, tarn_ns now)
{
    (void)n;
    (void)now;
    if (f->len <= hole.limit)
        hole_push(!end, f);
    else
        sim_frame_free(f);
}

static struct sim_frame *hole_output(struct sim_node *n, unsigned end, tarn_ns now)
{
    struct sim_frame *f;

    (void)n;
    (void)now;
    if (end > 1 || hole.n[end] == 0)
        return NULL;
    f = hole.queue[end][hole.first[end]];
    hole.first[end] = (hole.first[end] + 1) % QUEUE;
    hole.n[end]--;
    return f;
}

static tarn_ns hole_deadline(const struct sim_node *n)
{
    (void)n;
    return hole.n[0] + hole.n[1] > 0 ? 0 : TARN_NEVER;
}

static void hole_tick(struct sim_node *n, tarn_ns now)
{
    (void)n;
    (void)now;
}

static void hole_free(struct sim_node *n)
{
    (void)n;
}

static const struct sim_node_ops hole_ops = {.kind = "hole",
                                             .input = hole_input,
                                             .output = hole_output,
                                             .deadline = hole_deadline,
                                             .tick = hole_tick,
                                             .free = hole_free};

static struct net n;

/* Client and server with a wire and the hole between them. */
static void hole_up(bool autoconf, uint64_t bytes)
{
    const struct sim_host_port like = {.medium = LINK_ETHERNET, .autoconf = autoconf};

    net_up(&n, family->family, 3, WIRE, (struct sim_load){bytes, bytes}, &like);
    hole = (struct hole){.limit = ETH_HEADER_BYTES + LINK_BYTES};
    sim_world_add(&n.world, &hole.node, &hole_ops, "hole");
    sim_join(sim_wire_node(n.wire), 1, &hole.node, 0);
    sim_join(&hole.node, 1, sim_host_node(n.server), 0);
    net_connect(&n);
    net_check(sim_run(&n.world, CHANGE), "the world stands still");
    net_check(n.at_server.bytes_in > 0 && n.at_client.finished == 0, "too early or too late");
}

/* To the end of the transfer. */
static void finish(const char *what, double most_s)
{
    double seconds;

    net_check(sim_run(&n.world, 60 * 1000 * MS), "the world stands still");
    seconds = (double)n.at_server.last / 1e9;
    check(n.at_client.finished == 1 && n.at_server.finished == 1 && seconds < most_s, what,
          seconds);
    if (n.at_client.failed + n.at_server.failed > 0)
        printf("# %s; %s\n", n.at_client.why, n.at_server.why);
}

static void black_hole(void)
{
    hole_up(false, BYTES);
    hole.limit = ETH_HEADER_BYTES + NARROW;
    finish("a black hole, seconds", 12);
    check(tarn_stat(sim_host_stack(n.client), TARN_STAT_TCP_BLACK_HOLES) == 1 &&
              tarn_stat(sim_host_stack(n.server), TARN_STAT_TCP_BLACK_HOLES) == 1,
          "both ends have noticed", 0);
    net_down(&n);
}

static uint32_t segment_of(struct sim_host *h, const struct sim_traffic *at)
{
    struct tarn_tcp_info info = {0};
    tarn_sock s;

    if (sim_traffic_sock(at, &s))
        tarn_tcp_info(sim_host_stack(h), s, &info, n.world.now);
    return info.snd_mss;
}

/* The hole goes away again: RFC 4821's search finds its size, and later that it has gone. */
static void black_hole_for_a_while(void)
{
    uint32_t headers = family->ip_bytes + 20 + 12, mss;

    hole_up(false, 20 * (uint64_t)BYTES);
    tarn_param_set(sim_host_stack(n.client), "tcp.probe-interval-s", 5);
    hole.limit = ETH_HEADER_BYTES + NARROW;
    net_check(sim_run(&n.world, 14000 * MS), "the world stands still");
    mss = segment_of(n.client, &n.at_client);
    check(mss <= NARROW - headers && mss + 8 >= NARROW - headers,
          "segments as long as fit the hole", mss);
    hole.limit = ETH_HEADER_BYTES + LINK_BYTES;
    net_check(sim_run(&n.world, 28000 * MS), "the world stands still");
    mss = segment_of(n.client, &n.at_client);
    check(mss + 8 >= LINK_BYTES - headers, "and as long as before", mss);
    finish("and the transfer ends, seconds", 60);
    net_down(&n);
}

/* A router's advertisement of the MTU, from fe80::1 to all nodes; nothing else is in it. */
static struct sim_frame *advertisement(void)
{
    static const uint8_t router[16] = {0xfe, 0x80, [15] = 1}, nodes[16] = {0xff, 2, [15] = 1};
    struct eth_hdr eth = {.dst = {0x33, 0x33, 0, 0, 0, 1}, .src = {2, 9}, .type = ETH_IP6};
    struct ip6_hdr ip = {.next = 58, .hops = 255};
    struct nd_msg m = {.type = ICMP6_ROUTER_ADVERT};
    uint8_t message[64];
    struct writer w = wr_init(message, sizeof message);
    struct sim_frame *f;
    size_t at;

    nd_put(&w, &m);
    nd_put_mtu(&w, NARROW);
    ip.payload_bytes = (uint16_t)(w.at - message);
    memcpy(ip.src, router, 16);
    memcpy(ip.dst, nodes, 16);
    store_be16(message + ICMP6_CHECKSUM_AT,
               sum_finish(sum_partial(message, ip.payload_bytes,
                                      ip6_pseudo_sum(router, nodes, 58, ip.payload_bytes))));
    f = sim_frame_new((uint32_t)(ETH_HEADER_BYTES + IP6_HEADER_BYTES + ip.payload_bytes));
    at = eth_build(f->bytes, &eth);
    at += ip6_build(f->bytes + at, &ip);
    memcpy(f->bytes + at, message, ip.payload_bytes);
    return f;
}

static void set_mtu(struct sim_host *h, unsigned port, uint32_t mtu)
{
    struct tarn_port_info info;

    net_check(tarn_port_get(sim_host_stack(h), port, &info) == 0, "no such port");
    info.mtu = mtu;
    net_check(tarn_port_set(sim_host_stack(h), port, &info, n.world.now, NULL) == 0,
              "the MTU cannot be changed");
    sim_host_touch(h);
}

/* The link takes less, and says so: over IPv6 by a router, over IPv4 to whoever configures. */
static void link_mtu(void)
{
    struct tarn_tcp_info info = {0};
    tarn_sock s;

    hole_up(true, BYTES);
    if (family->family == TARN_INET6) {
        hole_push(0, advertisement());
        hole_push(1, advertisement());
    } else {
        set_mtu(n.client, 1, NARROW);
        set_mtu(n.server, 1, NARROW);
    }
    net_check(sim_run(&n.world, CHANGE + 400 * MS), "the world stands still");
    hole.limit = ETH_HEADER_BYTES + NARROW;
    if (sim_traffic_sock(&n.at_client, &s))
        tarn_tcp_info(sim_host_stack(n.client), s, &info, n.world.now);
    check(info.pmtu == NARROW && info.snd_mss == NARROW - family->ip_bytes - 20 - 12,
          "a smaller MTU of the link is followed", info.snd_mss);
    finish("and the transfer goes on, seconds", 4);
    check(tarn_stat(sim_host_stack(n.client), TARN_STAT_TCP_BLACK_HOLES) == 0, "unasked", 0);
    net_down(&n);
}

/* An address of network `net`: 10.0.`net`.`host`, 2001:db8:0:`net`::`host`. */
static struct tarn_prefix on(uint8_t net, uint8_t host)
{
    struct tarn_prefix p = net_address(family->family, host);

    p.ip.b[family->family == TARN_INET6 ? 7 : 14] = net;
    return p;
}

static struct sim_host *host(const char *name, struct sim_traffic *app, uint8_t net, uint8_t id)
{
    struct sim_host_port port = {
        .address = {on(net, id)}, .gateway = {on(net, 254).ip}, .medium = LINK_ETHERNET};
    struct sim_host_config cfg = {.ports = &port, .n_ports = 1, .app = sim_traffic_app(app)};
    struct sim_host *h;

    net_check(sim_host_new(&n.world, name, &cfg, &h) == 0, "a host does not come up");
    return h;
}

static struct sim_host *router_up(void)
{
    struct sim_host_port ports[2] = {{.address = {on(1, 254)}, .medium = LINK_ETHERNET},
                                     {.address = {on(2, 254)}, .medium = LINK_ETHERNET}};
    struct sim_host_config cfg = {.ports = ports, .n_ports = 2};
    struct sim_host *h;

    net_check(sim_host_new(&n.world, "router", &cfg, &h) == 0, "the router does not come up");
    tarn_param_set(sim_host_stack(h), "ip.forwarding", 1);
    tarn_param_set(sim_host_stack(h), "ip6.forwarding", 1);
    return h;
}

/* Client, wire, router, server; the router's second link becomes narrow. */
static void path_mtu(void)
{
    struct sim_load load = {BYTES, BYTES};
    struct sim_host *router;
    struct tarn_ip server;
    char error[200];

    n = (struct net){
        .at_client = {.load = load}, .at_server = {.load = load}, .family = family->family};
    sim_world_init(&n.world, 4);
    n.client = host("client", &n.at_client, 1, NET_CLIENT);
    n.server = host("server", &n.at_server, 2, NET_SERVER);
    router = router_up();
    n.wire = sim_wire_new(&n.world, "wire", WIRE, error, sizeof error);
    sim_join(sim_host_node(n.client), 0, sim_wire_node(n.wire), 0);
    sim_join(sim_wire_node(n.wire), 1, sim_host_node(router), 0);
    sim_join(sim_host_node(router), 1, sim_host_node(n.server), 0);
    server = on(2, NET_SERVER).ip;
    net_check(sim_traffic_listen(&n.at_server, n.server, NET_PORT) == 0 &&
                  sim_traffic_connect(&n.at_client, n.client, &server, NET_PORT) == 0,
              "cannot connect");
    net_check(sim_run(&n.world, CHANGE), "the world stands still");
    net_check(n.at_server.bytes_in > 0 && n.at_client.finished == 0, "too early or too late");
    set_mtu(router, 2, NARROW);
    finish("a smaller path MTU, seconds", 4);
    check(tarn_stat(sim_host_stack(router), TARN_STAT_ICMP_OUT) > 0, "a router has said so", 0);
    net_down(&n);
}

int main(void)
{
    printf("1..%d\n", 10 * NET_FAMILIES);
    for (family = net_families; family < net_families + NET_FAMILIES; family++) {
        path_mtu();
        link_mtu();
        black_hole();
        black_hole_for_a_while();
    }
    return failed > 0;
}
