/* tests/fuzz/peer6.c - what comes from the wire over IPv6: packets between addresses that mean
 * something to the stack, with any headers; messages with a checksum that is right, neighbour
 * discovery, routers' and listeners' ones among them; errors about connections. */
#include "tests/fuzz/stack.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

static uint8_t frame[RIG_FRAME], message[512];

static const struct tarn_ip sources[] = {
    {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x99}},         /* the peer */
    {{0xfe, 0x80, [15] = 0x99}},                     /* it, or a router */
    {{0}},                                           /* nobody yet */
    {{0x20, 0x01, 0x0d, 0xb8, 0, 0xf, [15] = 0x42}}, /* far away */
};
static const struct tarn_ip destinations[] = {
    {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}},         /* the stack */
    {{0xff, 2, [15] = 1}},                        /* all nodes */
    {{0xff, 2, [11] = 1, [12] = 0xff, [15] = 1}}, /* the stack's own group */
    {{0xff, 5, [15] = 0x33}},                     /* a group */
};

static void send(struct fuzz *f, struct ip6_hdr ip, const uint8_t *payload, size_t n)
{
    static const uint8_t groups[6] = {0x33, 0x33, 0, 0, 0, 1};
    size_t at = rig_eth(frame, ip.dst[0] == 0xff ? groups : f->rig.mac, ETH_IP6);

    if (ip.dst[0] == 0xff)
        memcpy(frame + 2, ip.dst + 12, 4);
    ip.payload_bytes = (uint16_t)n;
    at += ip6_build(frame + at, &ip);
    memcpy(frame + at, payload, n);
    rig_input(&f->rig, frame, at + n);
}

/* A header with addresses and hop limit that one byte of the input chooses. */
static struct ip6_hdr header(struct fuzz *f, uint8_t next)
{
    static const uint8_t hops[] = {255, 1, 64, 0};
    uint8_t which = cur_u8(&f->in);
    struct ip6_hdr ip = {.next = next, .hops = hops[which >> 4 & 3]};

    memcpy(ip.src, sources[which & 3].b, 16);
    memcpy(ip.dst, destinations[which >> 2 & 3].b, 16);
    return ip;
}

/* Extension headers, fragments, any transport: all is the input's. */
static void any_packet(struct fuzz *f)
{
    struct ip6_hdr ip = header(f, cur_u8(&f->in));

    send(f, ip, message, fuzz_bytes(f, message, 255));
}

/* A router alert before a message, as multicast listener discovery has it (RFC 2711). */
static size_t alert(uint8_t *at)
{
    static const uint8_t options[8] = {IP_PROTO_ICMP6, 0, 5, 2, 0, 0, 1, 0};

    memcpy(at, options, sizeof options);
    return sizeof options;
}

/* A message of a transport with a checksum that is right. */
static void signed_packet(struct fuzz *f)
{
    static const struct {
        uint8_t proto, checksum_at, least;
        bool alerted;
    } row[] = {{IP_PROTO_ICMP6, ICMP6_CHECKSUM_AT, 4, false},
               {IP_PROTO_ICMP6, ICMP6_CHECKSUM_AT, 4, true},
               {IP_PROTO_UDP, UDP_CHECKSUM_OFFSET, 8, false},
               {TARN_IPPROTO_UDPLITE, UDP_CHECKSUM_OFFSET, 8, false}};
    unsigned which = cur_u8(&f->in) % 4;
    struct ip6_hdr ip = header(f, row[which].proto);
    size_t before = row[which].alerted ? alert(message) : 0;
    uint8_t *at = message + before;
    size_t n = fuzz_bytes(f, at, 255);

    if (n >= row[which].least) {
        uint32_t sum = ip6_pseudo_sum(ip.src, ip.dst, row[which].proto, (uint32_t)n);

        store_be16(at + row[which].checksum_at, 0);
        store_be16(at + row[which].checksum_at, sum_finish(sum_partial(at, n, sum)));
    }
    if (row[which].alerted)
        ip.next = IP6_HOP_BY_HOP;
    send(f, ip, message, before + n);
}

void fuzz_packet6(struct fuzz *f, uint8_t proto, uint8_t tclass, const uint8_t *bytes, size_t n)
{
    struct ip6_hdr ip = {.next = proto, .tclass = tclass, .hops = 64};

    memcpy(ip.src, FUZZ_PEERS.b, 16);
    memcpy(ip.dst, FUZZ_OURS.b, 16);
    send(f, ip, bytes, n);
}

void fuzz_error6(struct fuzz *f, const struct flow *fl)
{
    struct icmp6_hdr h = {.type = cur_u8(&f->in) % 8, .code = cur_u8(&f->in) % 8};
    struct ip6_hdr quoted = {.next = IP_PROTO_TCP, .hops = 1, .payload_bytes = 1460};
    size_t n = ICMP6_HEADER_BYTES;

    h.info = cur_u16(&f->in);
    memcpy(quoted.src, FUZZ_OURS.b, 16);
    memcpy(quoted.dst, FUZZ_PEERS.b, 16);
    n += ip6_build(message + n, &quoted);
    store_be16(message + n, fl->stack_port);
    store_be16(message + n + 2, fl->peer_port);
    store_be32(message + n + 4, fl->ack.v - cur_u16(&f->in));
    n += 8;
    icmp6_build(
        message, &h,
        sum_partial(message + ICMP6_HEADER_BYTES, n - ICMP6_HEADER_BYTES,
                    ip6_pseudo_sum(FUZZ_PEERS.b, FUZZ_OURS.b, IP_PROTO_ICMP6, (uint32_t)n)));
    fuzz_packet6(f, IP_PROTO_ICMP6, 0, message, n);
}

void fuzz_peer6(struct fuzz *f)
{
    if (cur_u8(&f->in) % 3 == 0)
        any_packet(f);
    else
        signed_packet(f);
}
