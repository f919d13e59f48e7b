/* core/port.h - interfaces: what the stack knows of each, and its queue. */
#ifndef TARN_CORE_PORT_H
#define TARN_CORE_PORT_H

#include "core/stack.h"
#include "tarn/qdisc.h"

enum { PORT_MAX = 64, PORT_LO = 0, PORT_LO_MTU = 65535 };

struct port {
    _Alignas(16) uint8_t qdisc_state[TARN_QDISC_STATE_BYTES];
    struct tarn_port_info info;
    uint8_t qdisc;             /* index into qdisc_table */
    int32_t sock_credit_bytes; /* >= 0: the sockets are asked before the queue; see stack.c */
    bool mute6; /* no IPv6 until it goes down: another station has its MAC (RFC 4862 5.4.5) */
};

struct port_layer {
    uint32_t n;
    struct port port[PORT_MAX];
};

static inline struct port_layer *port_layer(const struct tarn *st)
{
    return layer_state(st, LAYER_PORT);
}

static inline unsigned port_count(const struct tarn *st)
{
    return port_layer(st)->n;
}

/* The interface's record; `port` is below port_count() (asserted). */
static inline struct port *port_at(const struct tarn *st, unsigned port)
{
    tarn_assert(port < port_layer(st)->n);
    return &port_layer(st)->port[port];
}

/* Is there such an interface, and may packets pass it? */
static inline bool port_is_up(const struct tarn *st, unsigned port)
{
    return port < port_layer(st)->n && port_layer(st)->port[port].info.up;
}

/* The interface by which packets of `port` reach a link: itself, or what carries a VLAN. */
static inline unsigned port_carrier(const struct tarn *st, unsigned port)
{
    const struct tarn_port_info *info = &port_at(st, port)->info;

    return info->vlan != 0 ? info->vlan_of : port;
}

/* The VLAN with this 802.1Q id on a carrier, or -1. */
int port_find_vlan(const struct tarn *st, unsigned carrier, uint16_t vlan);

/* A new interface, down; its number, or -TARN_ENOSPC. Names are the caller's concern. */
int port_new(struct tarn *st, const struct tarn_port_info *info);

/* The next packet of the port's queue. */
struct pkt *port_dequeue(struct tarn *st, unsigned port, tarn_ns now);

/* Does its queue hold packets, and when may the first go? TARN_NEVER: none. */
tarn_ns port_deadline(const struct tarn *st, unsigned port);

/* Drop what its queue holds. */
void port_flush(struct tarn *st, unsigned port);

#endif
