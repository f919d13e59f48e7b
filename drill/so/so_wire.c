/* drill/so/so_wire.c - the script's end of the link: a node that keeps what comes and sends what it
 * is told to. */
#include "drill/so/so.h"

#include <stdlib.h>
#include <string.h>

#include "tarn/control.h"

static struct so *so_of(const struct sim_node *n)
{
    return (struct so *)((char *)(uintptr_t)n - offsetof(struct so, wire));
}

static void capture(struct so *so, const struct sim_frame *f, enum pcapng_direction direction)
{
    struct pcapng_packet p = {.wall_ns = so_us_of(so, so->world.now) * 1000,
                              .data = f->bytes,
                              .len = f->len,
                              .direction = direction};

    if (so->pcap != NULL)
        pcapng_write(so->pcap, &p);
}

static void wire_input(struct sim_node *n, unsigned end, struct sim_frame *f, tarn_ns now)
{
    struct so *so = so_of(n);
    struct so_frame *sent = malloc(sizeof *sent);

    (void)end;
    if (sent == NULL)
        so_die("out of memory");
    capture(so, f, PCAPNG_OUT);
    *sent = (struct so_frame){.when = now, .frame = f};
    *so->last_sent = sent;
    so->last_sent = &sent->next;
}

static struct sim_frame *wire_output(struct sim_node *n, unsigned end, tarn_ns now)
{
    struct so *so = so_of(n);
    struct sim_frame *f = end == 0 ? so->injected : NULL;

    (void)now;
    if (f != NULL) {
        so->injected = NULL;
        capture(so, f, PCAPNG_IN);
    }
    return f;
}

static tarn_ns wire_deadline(const struct sim_node *n)
{
    return so_of(n)->injected != NULL ? 0 : TARN_NEVER;
}

static void wire_tick(struct sim_node *n, tarn_ns now)
{
    (void)n;
    (void)now;
}

static void wire_free(struct sim_node *n)
{
    (void)n;
}

static const struct sim_node_ops wire_ops = {"script",      wire_input, wire_output,
                                             wire_deadline, wire_tick,  wire_free};

void so_wire_init(struct so *so)
{
    int err = 0;

    so->last_sent = &so->sent;
    sim_world_add(&so->world, &so->wire, &wire_ops, "script");
    sim_join(sim_host_node(so->host), 0, &so->wire, 0);
    if (so->flags.pcap != NULL)
        err = pcapng_open(&so->pcap, so->flags.pcap, "tarn0", PCAPNG_RAW_IP);
    if (err < 0)
        so_die("pcap=%s: %s", so->flags.pcap, strerror(-err));
}

struct so_frame *so_wire_next(struct so *so)
{
    struct so_frame *f = so->sent;

    if (f != NULL) {
        so->sent = f->next;
        if (so->sent == NULL)
            so->last_sent = &so->sent;
    }
    return f;
}

void so_wire_fini(struct so *so)
{
    struct so_frame *f;

    while ((f = so_wire_next(so)) != NULL) {
        sim_frame_free(f->frame);
        free(f);
    }
    sim_frame_free(so->injected);
    if (so->pcap != NULL)
        pcapng_close(so->pcap);
}

static bool is_own(struct so *so, const struct tarn_ip *ip)
{
    struct tarn_address a;

    for (uint32_t cursor = 0; tarn_address_next(sim_host_stack(so->host), &cursor, &a);)
        if (tarn_ip_equal(&a.prefix.ip, ip))
            return true;
    return false;
}

static unsigned port_of(struct so *so)
{
    struct tarn_port_info info;
    unsigned port = 0;

    while (tarn_port_get(sim_host_stack(so->host), port, &info) == 0 &&
           strcmp(info.name, "tarn0") != 0)
        port++;
    return port;
}

void so_wire_own(struct so *so, const struct tarn_ip *ip)
{
    struct tarn_address a = {
        .port = port_of(so), .prefix = {*ip, 128}, .flags = TARN_ADDRESS_NODAD};
    struct tarn_control_error e;

    if (!tarn_ip_is_any(ip) && !tarn_ip_is_multicast(ip) && !tarn_ip_is_broadcast(ip) &&
        !is_own(so, ip))
        (void)tarn_address_add(sim_host_stack(so->host), &a, so->world.now, &e);
}

/* The destination; false: not an IP packet. */
static bool destination(const uint8_t *packet, size_t n, struct tarn_ip *out)
{
    if (n >= 20 && packet[0] >> 4 == 4) {
        *out = tarn_ip4((uint32_t)packet[16] << 24 | (uint32_t)packet[17] << 16 |
                        (uint32_t)packet[18] << 8 | packet[19]);
        return true;
    }
    if (n < 40 || packet[0] >> 4 != 6)
        return false;
    memcpy(out->b, packet + 24, sizeof out->b);
    return true;
}

void so_wire_inject(struct so *so, const void *packet, size_t n)
{
    struct tarn_ip to;

    if (destination(packet, n, &to))
        so_wire_own(so, &to);
    so->injected = sim_frame_new((uint32_t)n);
    memcpy(so->injected->bytes, packet, n);
}
