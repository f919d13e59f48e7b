/* tests/fuzz/peer.c - what comes from the wire: frames as the input has them, packets that are
 * well-formed down to a layer, and segments near the window of a connection that is there, or
 * ICMP errors about them. */
#include "tests/fuzz/stack.h"
#include "wire/ip6.h"

enum { MOST_PAYLOAD = 3000 };

static uint8_t frame[RIG_FRAME], message[TCP_MAX_HEADER_BYTES + MOST_PAYLOAD];

size_t fuzz_bytes(struct fuzz *f, uint8_t *to, size_t most)
{
    size_t n = cur_u8(&f->in) % (most + 1);

    if (n > cur_left(&f->in))
        n = cur_left(&f->in);
    cur_copy(&f->in, to, n);
    return n;
}

static void raw_frame(struct fuzz *f)
{
    rig_input(&f->rig, frame, fuzz_bytes(f, frame, 255));
}

/* ARP, or another type, behind a good Ethernet header. */
static void eth_frame(struct fuzz *f)
{
    uint8_t kind = cur_u8(&f->in);
    size_t n = rig_eth(frame, (kind & 1) != 0 ? f->rig.mac : rig_everybody,
                       (kind & 2) != 0 ? ETH_ARP : cur_u16(&f->in));

    rig_input(&f->rig, frame, n + fuzz_bytes(f, frame + n, 64));
}

static void ip_packet(struct fuzz *f, struct ip4_hdr ip, size_t n)
{
    rig_input(&f->rig, frame, rig_ip4(&f->rig, frame, ip, message, n));
}

/* A fragment or a whole packet of any protocol; payload and options are the input's. */
static void any_packet(struct fuzz *f)
{
    struct ip4_hdr ip = {.proto = cur_u8(&f->in), .id = cur_u8(&f->in)};
    uint16_t fragment = cur_u16(&f->in);

    ip.mf = (fragment & 1) != 0;
    ip.frag_bytes = (uint16_t)((fragment >> 1 & 0x1fff) * 8);
    ip.header_bytes = (uint8_t)(20 + cur_u8(&f->in) % 11 * 4);
    cur_copy(&f->in, ip.options, ip.header_bytes - (size_t)20);
    ip_packet(f, ip, fuzz_bytes(f, message, 255));
}

/* A message of a transport with a checksum that is right. */
static void signed_packet(struct fuzz *f)
{
    static const struct {
        uint8_t proto, checksum_at, least;
    } row[] = {
        {IP_PROTO_TCP, TCP_CHECKSUM_OFFSET, 20}, {IP_PROTO_UDP, 6, 8}, {IP_PROTO_ICMP, 2, 8}};
    unsigned which = cur_u8(&f->in) % 3;
    size_t n = fuzz_bytes(f, message, 255);
    uint32_t acc = 0;

    if (n >= row[which].least) {
        if (row[which].proto != IP_PROTO_ICMP)
            acc = ip4_pseudo_sum(RIG_PEER_IP, f->rig.ip, row[which].proto, (uint32_t)n);
        store_be16(message + row[which].checksum_at, 0);
        store_be16(message + row[which].checksum_at, sum_finish(sum_partial(message, n, acc)));
    }
    ip_packet(f, (struct ip4_hdr){.proto = row[which].proto}, n);
}

static void read_options(struct fuzz *f, struct tcp_hdr *h, const struct flow *fl)
{
    uint8_t which = cur_u8(&f->in);

    h->opts.has_mss = (which & 1) != 0;
    h->opts.has_wscale = (which & 2) != 0;
    h->opts.sack_permitted = (which & 4) != 0;
    h->opts.has_timestamps = (which & 8) != 0;
    if (h->opts.has_mss)
        h->opts.mss = cur_u16(&f->in);
    if (h->opts.has_wscale)
        h->opts.wscale = cur_u8(&f->in);
    if (h->opts.has_timestamps) {
        h->opts.ts_value = cur_u16(&f->in);
        h->opts.ts_echo = cur_u16(&f->in);
    }
    h->opts.n_sack = which >> 4 & 3;
    for (unsigned i = 0; i < h->opts.n_sack; i++) {
        h->opts.sack[i].start = seq_sub(fl->ack, cur_u16(&f->in));
        h->opts.sack[i].end = seq_add(h->opts.sack[i].start, cur_u16(&f->in));
    }
}

/* The segment in `message`, with its checksum. */
static void send_tcp(struct fuzz *f, const struct flow *fl, uint8_t tos, size_t n)
{
    uint32_t sum = ip4_pseudo_sum(RIG_PEER_IP, f->rig.ip, IP_PROTO_TCP, (uint32_t)n);

    if (fl->six)
        sum = ip6_pseudo_sum(FUZZ_PEERS.b, FUZZ_OURS.b, IP_PROTO_TCP, (uint32_t)n);
    store_be16(message + TCP_CHECKSUM_OFFSET, sum_finish(sum_partial(message, n, sum)));
    if (fl->six)
        fuzz_packet6(f, IP_PROTO_TCP, tos, message, n);
    else
        ip_packet(f, (struct ip4_hdr){.proto = IP_PROTO_TCP, .tos = tos}, n);
}

/* A segment of a flow: sequence numbers are distances from what the stack expects, most often 0. */
static void segment(struct fuzz *f, struct flow *fl, uint16_t flags)
{
    struct tcp_hdr h = {.src_port = fl->peer_port, .dst_port = fl->stack_port, .flags = flags};
    uint8_t with = cur_u8(&f->in);
    size_t n, header;

    h.seq = seq_add(fl->seq, (with & 1) != 0 ? (uint32_t)(int16_t)cur_u16(&f->in) : 0);
    h.ack = seq_add(fl->ack, (with & 2) != 0 ? (uint32_t)(int16_t)cur_u16(&f->in) : 0);
    h.window = (with & 4) != 0 ? cur_u16(&f->in) : 0xffff;
    h.urgent = (with & 16) != 0 ? cur_u16(&f->in) : 0;
    if ((with & 8) != 0)
        read_options(f, &h, fl);
    header = tcp_build(message, &h);
    n = (with & 32) != 0 ? cur_u16(&f->in) % MOST_PAYLOAD : 0;
    memset(message + header, with, n);
    send_tcp(f, fl, with >> 6, header + n);
}

/* A new connection to the listener, or a SYN for one that is there. */
static void syn(struct fuzz *f, bool six)
{
    struct flow fl = {
        .six = six, .stack_port = 80, .peer_port = (uint16_t)(1000 + cur_u8(&f->in) % 4)};

    fl.seq = seq(cur_u16(&f->in));
    segment(f, &fl, TCP_SYN);
}

static void flow_segment(struct fuzz *f)
{
    struct flow *fl = &f->flow[cur_u8(&f->in) % N_FLOWS];

    segment(f, fl, cur_u8(&f->in) ^ TCP_ACK);
}

/* An ICMP error about a segment of a flow, whose sequence number is one that was sent or nearly so.
 */
static void error4(struct fuzz *f, const struct flow *fl)
{
    struct icmp_hdr h = {.type = cur_u8(&f->in) % 16, .code = cur_u8(&f->in) % 16};
    struct ip4_hdr quoted = {.header_bytes = 20,
                             .total_bytes = 1500,
                             .ttl = 1,
                             .proto = IP_PROTO_TCP,
                             .src = f->rig.ip,
                             .dst = RIG_PEER_IP};
    size_t n = ICMP_HEADER_BYTES;

    h.mtu = cur_u16(&f->in);
    n += ip4_build(message + n, &quoted);
    store_be16(message + n, fl->stack_port);
    store_be16(message + n + 2, fl->peer_port);
    store_be32(message + n + 4, fl->ack.v - cur_u16(&f->in));
    n += 8;
    icmp_build(message, &h, sum_partial(message + ICMP_HEADER_BYTES, n - ICMP_HEADER_BYTES, 0));
    ip_packet(f, (struct ip4_hdr){.proto = IP_PROTO_ICMP}, n);
}

static void error_about(struct fuzz *f)
{
    const struct flow *fl = &f->flow[cur_u8(&f->in) % N_FLOWS];

    if (fl->six)
        fuzz_error6(f, fl);
    else
        error4(f, fl);
}

void fuzz_peer(struct fuzz *f)
{
    switch (cur_u8(&f->in) % 11) {
    case 0: raw_frame(f); break;
    case 1: eth_frame(f); break;
    case 2: any_packet(f); break;
    case 3: signed_packet(f); break;
    case 4: syn(f, false); break;
    case 5: error_about(f); break;
    case 8:
    case 9: fuzz_peer6(f); break;
    case 10: syn(f, true); break;
    default: flow_segment(f); break;
    }
}
