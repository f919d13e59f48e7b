/* drill/packet.c - TCP, UDP and ICMP of either family as bytes, written and read. */
#include "drill/packet.h"

#include <string.h>

#include "drill/bytes.h"
#include "drill/icmp.h"
#include "drill/ip.h"
#include "drill/option.h"

enum { TCP_BYTES = 20, UDP_BYTES = 8, ICMP_BYTES = 8 };

uint8_t payload_byte(uint32_t place)
{
    return (uint8_t)((place * 31 + (place >> 8) * 7) ^ place >> 16);
}

/* From the peer to the stack. */
static struct drill_ip towards(const struct drill_script *script, const struct drill_packet *p,
                               uint8_t proto, uint32_t bytes)
{
    return (struct drill_ip){.src = script->remote,
                             .dst = script->local,
                             .proto = proto,
                             .tos = p->tos,
                             .ttl = p->ttl,
                             .flow_label = p->flow_label,
                             .bytes = bytes};
}

/* A frame of that header, and zeros behind it. */
static struct sim_frame *frame_of(const struct drill_ip *ip)
{
    struct sim_frame *f = sim_frame_new(ip_bytes(&ip->src) + ip->bytes);

    memset(f->bytes, 0, f->len);
    ip_build(f->bytes, ip);
    return f;
}

uint32_t payload_place(const struct drill_packet *p)
{
    return (p->flags & FLAG_SYN) != 0 ? 0 : p->seq - 1;
}

static struct sim_frame *build_tcp(const struct drill_script *script, const struct drill_flow *flow,
                                   const struct drill_packet *p, const char **why)
{
    uint8_t options[MAX_OPTIONS * 40] = {0}, *tcp;
    unsigned n = 0, head;
    struct drill_ip ip;
    struct sim_frame *f;

    for (unsigned i = 0; i < p->n_options; i++) {
        unsigned one = option_build(flow, &p->options[i], p->flags, options + n);

        n += one;
        *why = one == 0 ? "the stack has sent no such timestamp" : "more than 40 bytes of options";
        if (one == 0 || n > 40)
            return NULL;
    }
    head = TCP_BYTES + (n + 3) / 4 * 4;
    *why = "it is longer than a packet can be";
    if (IP_MAX_BYTES + head + p->payload_bytes > UINT16_MAX)
        return NULL;
    ip = towards(script, p, DRILL_TCP, head + p->payload_bytes);
    f = frame_of(&ip);
    tcp = f->bytes + ip_bytes(&ip.src);
    put16(tcp, flow->peer_port);
    put16(tcp + 2, flow->local_port);
    put32(tcp + 4, p->seq + flow_peer_offset(flow, p->flags));
    put32(tcp + 8, p->flags & FLAG_ACK ? p->ack + flow_local_offset(flow, p->flags) : 0);
    put16(tcp + 12, head / 4 << 12 | p->flags);
    put16(tcp + 14, p->window);
    put16(tcp + 18, p->urgent);
    memcpy(tcp + TCP_BYTES, options, n);
    for (uint32_t i = 0; i < p->payload_bytes; i++)
        tcp[head + i] = payload_byte(payload_place(p) + i);
    put16(tcp + 16, checksum(ip_pseudo_sum(&ip), tcp, ip.bytes));
    return f;
}

static struct sim_frame *build_udp(const struct drill_script *script, const struct drill_flow *flow,
                                   const struct drill_packet *p)
{
    struct drill_ip ip = towards(script, p, DRILL_UDP, UDP_BYTES + p->payload_bytes);
    struct sim_frame *f = frame_of(&ip);
    uint8_t *udp = f->bytes + ip_bytes(&ip.src);

    put16(udp, flow->peer_port);
    put16(udp + 2, flow->local_port);
    put16(udp + 4, ip.bytes);
    for (uint32_t i = 0; i < p->payload_bytes; i++)
        udp[UDP_BYTES + i] = payload_byte(i);
    put16(udp + 6, checksum(ip_pseudo_sum(&ip), udp, ip.bytes));
    return f;
}

/* The packet of the stack's that an error is about: its IP header and eight bytes (RFC 792), at
 * `at`; their length. */
static unsigned quote(uint8_t *at, const struct drill_script *script, const struct drill_flow *flow,
                      const struct drill_packet *p)
{
    uint32_t head = p->quoted == DRILL_TCP ? TCP_BYTES : UDP_BYTES;
    struct drill_ip ip = {.src = script->local,
                          .dst = script->remote,
                          .proto = p->quoted,
                          .bytes = head + p->payload_bytes};
    unsigned n = ip_build(at, &ip);

    put16(at + n, flow->local_port);
    put16(at + n + 2, flow->peer_port);
    if (p->quoted == DRILL_TCP)
        put32(at + n + 4, p->seq + flow_local_offset(flow, 0));
    else
        put16(at + n + 4, UDP_BYTES + p->payload_bytes);
    return n + 8;
}

/* The next hop's MTU, which is written for one family, in the terms of the one that is played. */
static uint32_t mtu_of(const struct drill_script *script, const struct drill_packet *p)
{
    bool six = script->version == DRILL_IPV6;

    if (p->icmp_mtu == 0 || six == p->icmp_mtu_of_6)
        return p->icmp_mtu;
    return six ? script_packet_bytes(script, p->icmp_mtu) : p->icmp_mtu - 20;
}

static struct sim_frame *build_icmp(const struct drill_script *script,
                                    const struct drill_flow *flow, const struct drill_packet *p)
{
    uint8_t message[ICMP_BYTES + IP_MAX_BYTES + 8] = {0};
    bool six = script->version == DRILL_IPV6;
    unsigned n = ICMP_BYTES + quote(message + ICMP_BYTES, script, flow, p);
    struct drill_ip ip = towards(script, p, six ? PROTO_ICMP6 : DRILL_ICMP, n);
    struct sim_frame *f = frame_of(&ip);

    memcpy(message, icmp_numbers(six, p->icmp), 2);
    put32(message + 4, mtu_of(script, p));
    put16(message + 2, checksum(six ? ip_pseudo_sum(&ip) : 0, message, n));
    memcpy(f->bytes + ip_bytes(&ip.src), message, n);
    return f;
}

struct sim_frame *packet_build(const struct drill_script *script, const struct drill_flow *flow,
                               const struct drill_packet *p, const char **why)
{
    if (p->proto == DRILL_TCP)
        return build_tcp(script, flow, p, why);
    *why = "it is longer than a packet can be";
    if (p->proto == DRILL_UDP)
        return IP_MAX_BYTES + UDP_BYTES + p->payload_bytes > UINT16_MAX
                   ? NULL
                   : build_udp(script, flow, p);
    return build_icmp(script, flow, p);
}

static const char *read_tcp(const uint8_t *tcp, uint32_t n, struct drill_seen *seen)
{
    struct drill_packet *p = &seen->packet;
    unsigned head = n < TCP_BYTES ? 0 : (unsigned)(tcp[12] >> 4) * 4;

    if (head < TCP_BYTES || head > n)
        return "TCP header length";
    seen->local_port = get16(tcp);
    seen->peer_port = get16(tcp + 2);
    p->seq = get32(tcp + 4);
    p->ack = get32(tcp + 8);
    p->flags = get16(tcp + 12) & 0xfff;
    p->has_window = true;
    p->window = get16(tcp + 14);
    p->urgent = get16(tcp + 18);
    p->payload_bytes = n - head;
    for (unsigned at = TCP_BYTES, len; at < head; at += len) {
        len = option_read(tcp + at, head - at, &p->options[p->n_options++]);
        if (len == 0)
            return "TCP option length";
    }
    memcpy(seen->payload, tcp + head, n - head);
    return NULL;
}

static const char *read_udp(const uint8_t *udp, uint32_t n, struct drill_seen *seen)
{
    if (n < UDP_BYTES || get16(udp + 4) != n)
        return "UDP length";
    seen->local_port = get16(udp);
    seen->peer_port = get16(udp + 2);
    seen->packet.payload_bytes = n - UDP_BYTES;
    memcpy(seen->payload, udp + UDP_BYTES, n - UDP_BYTES);
    return NULL;
}

/* An error quotes what the peer has sent: its ports are there, the other way round. */
static const char *read_icmp(const struct drill_ip *ip, const uint8_t *icmp,
                             struct drill_seen *seen)
{
    bool six = ip->proto == PROTO_ICMP6;
    unsigned ports = ICMP_BYTES + ip_bytes(&ip->src);

    seen->packet.proto = DRILL_ICMP;
    if (ip->bytes < ICMP_BYTES)
        return "ICMP length";
    seen->packet.icmp = icmp_of(six, icmp[0], icmp[1]);
    if (ip->bytes >= ports + 4) {
        seen->peer_port = get16(icmp + ports);
        seen->local_port = get16(icmp + ports + 2);
    }
    return checksum(six ? ip_pseudo_sum(ip) : 0, icmp, ip->bytes) == 0 ? NULL : "ICMP checksum";
}

const char *packet_read(const struct sim_frame *f, struct drill_seen *seen)
{
    struct drill_ip ip;
    const char *wrong = ip_read(f->bytes, f->len, &ip);
    const uint8_t *l4;

    memset(&seen->packet, 0, sizeof seen->packet);
    if (wrong != NULL)
        return wrong;
    l4 = f->bytes + ip_bytes(&ip.src);
    seen->packet.proto = ip.proto;
    seen->packet.tos_said = TOS_ALL;
    seen->packet.tos = ip.tos;
    seen->packet.ttl = ip.ttl;
    seen->packet.flow_label = ip.flow_label;
    if (ip.proto == (tarn_ip_is4(&ip.src) ? DRILL_ICMP : PROTO_ICMP6))
        return read_icmp(&ip, l4, seen);
    if (checksum(ip_pseudo_sum(&ip), l4, ip.bytes) != 0)
        return ip.proto == DRILL_TCP ? "TCP checksum" : "UDP checksum";
    if (ip.proto == DRILL_UDP)
        return read_udp(l4, ip.bytes, seen);
    return ip.proto == DRILL_TCP ? read_tcp(l4, ip.bytes, seen) : "protocol";
}

void packet_relative(const struct drill_flow *flow, struct drill_packet *p)
{
    uint32_t peer = flow_peer_offset(flow, p->flags);

    if (p->proto != DRILL_TCP)
        return;
    p->seq -= flow_local_offset(flow, p->flags);
    p->ack = p->flags & FLAG_ACK ? p->ack - peer : 0;
    for (unsigned i = 0; i < p->n_options; i++)
        for (unsigned b = 0; b < p->options[i].n_sacks; b++) {
            p->options[i].sack[b][0] -= peer;
            p->options[i].sack[b][1] -= peer;
        }
}
