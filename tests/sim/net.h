/* tests/sim/net.h - the network of these tests: a client and a server on a wire, and a transfer,
 * over either family. */
#ifndef TARN_TESTS_SIM_NET_H
#define TARN_TESTS_SIM_NET_H

#include <stdio.h>
#include <stdlib.h>

#include "sim/traffic.h"
#include "sim/wire.h"

enum { NET_CLIENT = 1, NET_SERVER = 2, NET_PORT = 80 };

/* What a test is done over, one after the other. */
static const struct net_family {
    const char *name;
    enum tarn_family family;
    uint32_t ip_bytes; /* of its header */
} net_families[] = {{"IPv4", TARN_INET, 20}, {"IPv6", TARN_INET6, 40}};

enum { NET_FAMILIES = sizeof net_families / sizeof net_families[0] };

struct net {
    struct sim_world world;
    struct sim_host *client, *server;
    struct sim_wire *wire;
    struct sim_traffic at_client, at_server;
    enum tarn_family family;
};

/* 10.0.0.`host`/24 or 2001:db8::`host`/64. */
static inline struct tarn_prefix net_address(enum tarn_family family, uint8_t host)
{
    static const struct tarn_ip six = {{0x20, 0x01, 0x0d, 0xb8}};
    struct tarn_prefix p = {tarn_ip4(0x0a000000u + host), 96 + 24};

    if (family == TARN_INET6) {
        p = (struct tarn_prefix){six, 64};
        p.ip.b[15] = host;
    }
    return p;
}

static inline void net_check(bool good, const char *what)
{
    if (good)
        return;
    printf("Bail out! %s\n", what);
    exit(1);
}

static inline struct sim_host *net_host(struct net *n, const char *name, uint8_t host,
                                        struct sim_traffic *app, const struct sim_host_port *like)
{
    struct sim_host_port port = *like;
    struct sim_host_config cfg = {.ports = &port, .n_ports = 1, .app = sim_traffic_app(app)};
    struct sim_host *h;

    port.address[0] = net_address(n->family, host);
    net_check(sim_host_new(&n->world, name, &cfg, &h) == 0, "a host does not come up");
    return h;
}

/* Client and server on a wire with this impairment; `like`: medium, MTU and offload of both. */
static inline void net_up(struct net *n, enum tarn_family family, uint64_t seed,
                          const char *impairment, struct sim_load load,
                          const struct sim_host_port *like)
{
    char error[200] = "";

    *n = (struct net){.at_client = {.load = load}, .family = family};
    n->at_server.load = (struct sim_load){load.in, load.out};
    sim_world_init(&n->world, seed);
    n->client = net_host(n, "client", NET_CLIENT, &n->at_client, like);
    n->server = net_host(n, "server", NET_SERVER, &n->at_server, like);
    n->wire = sim_wire_new(&n->world, "wire", impairment, error, sizeof error);
    net_check(n->wire != NULL, error);
    sim_join(sim_host_node(n->client), 0, sim_wire_node(n->wire), 0);
    sim_join(sim_host_node(n->server), 0, sim_wire_node(n->wire), 1);
    net_check(sim_traffic_listen(&n->at_server, n->server, NET_PORT) == 0, "cannot listen");
}

static inline void net_connect(struct net *n)
{
    struct tarn_ip server = net_address(n->family, NET_SERVER).ip;

    net_check(sim_traffic_connect(&n->at_client, n->client, &server, NET_PORT) == 0,
              "cannot connect");
}

static inline void net_down(struct net *n)
{
    sim_traffic_fini(&n->at_client, n->client);
    sim_traffic_fini(&n->at_server, n->server);
    sim_world_fini(&n->world);
}

#endif
