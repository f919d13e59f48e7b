/* drill/packet.c - IPv4, TCP, UDP and ICMP as bytes, written and read. */
#include "drill/packet.h"

#include <string.h>

enum { IP_BYTES = 20, TCP_BYTES = 20, UDP_BYTES = 8, ICMP_BYTES = 8 };

uint8_t payload_byte(uint32_t place)
{
    return (uint8_t)((place * 31 + (place >> 8) * 7) ^ place >> 16);
}

static void put16(uint8_t *at, uint32_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static void put32(uint8_t *at, uint32_t v)
{
    put16(at, v >> 16);
    put16(at + 2, v);
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/* RFC 1071, over what a first sum begins with. */
static uint16_t checksum(uint32_t sum, const uint8_t *at, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += get16(at + i);
    if (n % 2)
        sum += (uint32_t)at[n - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint32_t pseudo_sum(const uint8_t *ip, size_t bytes)
{
    uint32_t sum = ip[9] + (uint32_t)bytes;

    for (unsigned i = 12; i < IP_BYTES; i += 2)
        sum += get16(ip + i);
    return sum;
}

static void build_ip(uint8_t *at, uint32_t src, uint32_t dst, uint8_t proto, uint32_t bytes)
{
    at[0] = 0x45;
    put16(at + 2, bytes);
    at[8] = 64;
    at[9] = proto;
    put32(at + 12, src);
    put32(at + 16, dst);
    put16(at + 10, checksum(0, at, IP_BYTES));
}

/* The live number of a timestamp that the script calls `script`. */
static bool ts_live(const struct drill_flow *flow, uint32_t script, uint32_t *live)
{
    *live = 0;
    if (script == 0)
        return true;
    for (unsigned i = flow->n_ts; i-- > 0 && i + 64 >= flow->n_ts;)
        if (flow->ts[i % 64].script == script) {
            *live = flow->ts[i % 64].live;
            return true;
        }
    return false;
}

static unsigned build_sacks(const struct drill_flow *flow, const struct drill_option *o,
                            uint8_t *at)
{
    at[0] = OPTION_SACK;
    at[1] = (uint8_t)(2 + 8 * o->n_sacks);
    for (unsigned i = 0; i < o->n_sacks; i++) {
        put32(at + 2 + 8 * i, o->sack[i][0] + flow->local_base);
        put32(at + 6 + 8 * i, o->sack[i][1] + flow->local_base);
    }
    return at[1];
}

/* Writes one option; returns its length, 0 when it cannot be written. */
static unsigned build_option(const struct drill_flow *flow, const struct drill_option *o,
                             uint8_t *at)
{
    uint32_t ecr;

    at[0] = o->kind;
    switch (o->kind) {
    case OPTION_EOL:
    case OPTION_NOP: return 1;
    case OPTION_MSS:
        at[1] = 4;
        put16(at + 2, o->a);
        return 4;
    case OPTION_WSCALE:
        at[1] = 3;
        at[2] = (uint8_t)o->a;
        return 3;
    case OPTION_SACK_OK: at[1] = 2; return 2;
    case OPTION_SACK: return build_sacks(flow, o, at);
    case OPTION_TS:
        if (!ts_live(flow, o->b, &ecr))
            return 0;
        at[1] = 10;
        put32(at + 2, o->a);
        put32(at + 6, ecr);
        return 10;
    default: memcpy(at, o->raw, o->n_raw); return o->n_raw;
    }
}

/* Where the payload begins in its stream. */
static uint32_t place_of(uint32_t seq, uint32_t isn, uint8_t flags)
{
    return seq - isn - 1 + ((flags & FLAG_SYN) != 0);
}

static struct sim_frame *build_tcp(const struct drill_script *script, const struct drill_flow *flow,
                                   const struct drill_packet *p, const char **why)
{
    uint8_t options[MAX_OPTIONS * 40] = {0}, *tcp;
    unsigned n = 0, head;
    struct sim_frame *f;

    for (unsigned i = 0; i < p->n_options; i++) {
        unsigned one = build_option(flow, &p->options[i], options + n);

        n += one;
        *why = one == 0 ? "the stack has sent no such timestamp" : "more than 40 bytes of options";
        if (one == 0 || n > 40)
            return NULL;
    }
    head = TCP_BYTES + (n + 3) / 4 * 4;
    f = sim_frame_new(IP_BYTES + head + p->payload_bytes);
    memset(f->bytes, 0, IP_BYTES + head);
    build_ip(f->bytes, script->remote_ip, script->local_ip, DRILL_TCP, f->len);
    tcp = f->bytes + IP_BYTES;
    put16(tcp, flow->peer_port);
    put16(tcp + 2, flow->local_port);
    put32(tcp + 4, p->seq + flow->peer_base);
    put32(tcp + 8, p->flags & FLAG_ACK ? p->ack + flow->local_base : 0);
    tcp[12] = (uint8_t)(head / 4 << 4);
    tcp[13] = p->flags;
    put16(tcp + 14, p->window);
    put16(tcp + 18, p->urgent);
    memcpy(tcp + TCP_BYTES, options, n);
    for (uint32_t i = 0; i < p->payload_bytes; i++)
        tcp[head + i] = payload_byte(place_of(p->seq, flow->peer_isn, p->flags) + i);
    put16(tcp + 16, checksum(pseudo_sum(f->bytes, f->len - IP_BYTES), tcp, f->len - IP_BYTES));
    return f;
}

static struct sim_frame *build_udp(const struct drill_script *script, const struct drill_flow *flow,
                                   const struct drill_packet *p)
{
    struct sim_frame *f = sim_frame_new(IP_BYTES + UDP_BYTES + p->payload_bytes);
    uint8_t *udp = f->bytes + IP_BYTES;

    memset(f->bytes, 0, f->len);
    build_ip(f->bytes, script->remote_ip, script->local_ip, DRILL_UDP, f->len);
    put16(udp, flow->peer_port);
    put16(udp + 2, flow->local_port);
    put16(udp + 4, UDP_BYTES + p->payload_bytes);
    for (uint32_t i = 0; i < p->payload_bytes; i++)
        udp[UDP_BYTES + i] = payload_byte(i);
    put16(udp + 6, checksum(pseudo_sum(f->bytes, f->len - IP_BYTES), udp, f->len - IP_BYTES));
    return f;
}

/* Quotes the IP header and eight bytes of what the stack has sent (RFC 792). */
static struct sim_frame *build_icmp(const struct drill_script *script,
                                    const struct drill_flow *flow, const struct drill_packet *p)
{
    struct sim_frame *f = sim_frame_new(IP_BYTES + ICMP_BYTES + IP_BYTES + 8);
    uint8_t *icmp = f->bytes + IP_BYTES, *quote = icmp + ICMP_BYTES;
    uint32_t head = p->quoted == DRILL_TCP ? TCP_BYTES : UDP_BYTES;

    memset(f->bytes, 0, f->len);
    build_ip(f->bytes, script->remote_ip, script->local_ip, DRILL_ICMP, f->len);
    icmp[0] = p->icmp_type;
    icmp[1] = p->icmp_code;
    put16(icmp + 6, p->icmp_mtu);
    build_ip(quote, script->local_ip, script->remote_ip, p->quoted,
             IP_BYTES + head + p->payload_bytes);
    put16(quote + IP_BYTES, flow->local_port);
    put16(quote + IP_BYTES + 2, flow->peer_port);
    if (p->quoted == DRILL_TCP)
        put32(quote + IP_BYTES + 4, p->seq + flow->local_base);
    else
        put16(quote + IP_BYTES + 4, UDP_BYTES + p->payload_bytes);
    put16(icmp + 2, checksum(0, icmp, f->len - IP_BYTES));
    return f;
}

static void mark_ecn(struct sim_frame *f, uint8_t ecn)
{
    f->bytes[1] = ecn;
    put16(f->bytes + 10, 0);
    put16(f->bytes + 10, checksum(0, f->bytes, IP_BYTES));
}

struct sim_frame *packet_build(const struct drill_script *script, const struct drill_flow *flow,
                               const struct drill_packet *p, const char **why)
{
    struct sim_frame *f;

    if (p->proto == DRILL_TCP)
        f = build_tcp(script, flow, p, why);
    else
        f = p->proto == DRILL_UDP ? build_udp(script, flow, p) : build_icmp(script, flow, p);
    if (f != NULL && p->ecn != 0)
        mark_ecn(f, p->ecn);
    return f;
}

/* Reads one option at `at` of `n` bytes; returns its length, 0 when it is malformed. */
static unsigned read_option(const uint8_t *at, unsigned n, struct drill_option *o)
{
    unsigned len = at[0] <= OPTION_NOP ? 1 : n < 2 ? 0 : at[1];

    o->kind = at[0];
    if (len == 0 || len > n || (at[0] > OPTION_NOP && len < 2))
        return 0;
    if (o->kind == OPTION_MSS && len == 4) {
        o->a = get16(at + 2);
    } else if (o->kind == OPTION_WSCALE && len == 3) {
        o->a = at[2];
    } else if (o->kind == OPTION_TS && len == 10) {
        o->a = get32(at + 2);
        o->b = get32(at + 6);
    } else if (o->kind == OPTION_SACK && len >= 10 && len <= 34 && len % 8 == 2) {
        for (o->n_sacks = 0; o->n_sacks < len / 8; o->n_sacks++) {
            o->sack[o->n_sacks][0] = get32(at + 2 + 8 * o->n_sacks);
            o->sack[o->n_sacks][1] = get32(at + 6 + 8 * o->n_sacks);
        }
    } else if (len > 1 && !(o->kind == OPTION_SACK_OK && len == 2)) {
        o->kind = OPTION_OTHER;
        o->n_raw = len;
        memcpy(o->raw, at, len);
    }
    return len;
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
    p->flags = tcp[13];
    p->has_window = true;
    p->window = get16(tcp + 14);
    p->urgent = get16(tcp + 18);
    p->payload_bytes = n - head;
    for (unsigned at = TCP_BYTES, len; at < head; at += len) {
        len = read_option(tcp + at, head - at, &p->options[p->n_options++]);
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
static const char *read_icmp(const uint8_t *icmp, uint32_t n, struct drill_seen *seen)
{
    if (n < ICMP_BYTES)
        return "ICMP length";
    seen->packet.icmp_type = icmp[0];
    seen->packet.icmp_code = icmp[1];
    if (n >= ICMP_BYTES + IP_BYTES + 4) {
        seen->peer_port = get16(icmp + ICMP_BYTES + IP_BYTES);
        seen->local_port = get16(icmp + ICMP_BYTES + IP_BYTES + 2);
    }
    return checksum(0, icmp, n) == 0 ? NULL : "ICMP checksum";
}

const char *packet_read(const struct sim_frame *f, struct drill_seen *seen)
{
    const uint8_t *ip = f->bytes, *l4 = ip + IP_BYTES;
    uint32_t n = f->len - IP_BYTES;

    memset(&seen->packet, 0, sizeof seen->packet);
    if (f->len < IP_BYTES || ip[0] != 0x45 || get16(ip + 2) != f->len)
        return "IPv4 header or length";
    if (checksum(0, ip, IP_BYTES) != 0)
        return "IPv4 checksum";
    seen->local_ip = get32(ip + 12);
    seen->peer_ip = get32(ip + 16);
    seen->packet.proto = ip[9];
    seen->packet.ecn = ip[1] & 3;
    seen->packet.has_ecn = true;
    if (ip[9] == DRILL_ICMP)
        return read_icmp(l4, n, seen);
    if (checksum(pseudo_sum(ip, n), l4, n) != 0)
        return ip[9] == DRILL_TCP ? "TCP checksum" : "UDP checksum";
    if (ip[9] == DRILL_UDP)
        return read_udp(l4, n, seen);
    return ip[9] == DRILL_TCP ? read_tcp(l4, n, seen) : "protocol";
}

void packet_relative(const struct drill_flow *flow, struct drill_packet *p)
{
    if (p->proto != DRILL_TCP)
        return;
    p->seq -= flow->local_base;
    p->ack = p->flags & FLAG_ACK ? p->ack - flow->peer_base : 0;
    for (unsigned i = 0; i < p->n_options; i++)
        for (unsigned b = 0; b < p->options[i].n_sacks; b++) {
            p->options[i].sack[b][0] -= flow->peer_base;
            p->options[i].sack[b][1] -= flow->peer_base;
        }
}
