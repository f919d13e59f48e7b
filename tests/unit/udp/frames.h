/* tests/unit/udp/frames.h - datagrams of either family made by hand. */
#ifndef TARN_TESTS_UNIT_UDP_FRAMES_H
#define TARN_TESTS_UNIT_UDP_FRAMES_H

#include "core/path.h"
#include "tests/unit/sock/families.h"
#include "wire/ip6.h"

enum { FRAME_PEER = 0x63 }; /* the host that they come from */

/* Where an IP packet's payload begins in an Ethernet frame of the family. */
static inline size_t frame_payload_at(enum tarn_family family)
{
    return ETH_HEADER_BYTES + (size_t)(family == TARN_INET ? IP4_HEADER_BYTES : IP6_HEADER_BYTES);
}

/* Headers around n bytes that lie at frame_payload_at() already, to `dst`; the frame's length. */
static inline size_t frame_wrap(const struct duo *d, const struct rig *r, const struct tarn_ip *dst,
                                uint8_t proto, uint8_t *frame, size_t n)
{
    static uint8_t payload[70000];
    struct tarn_ip src = duo_ip(d->family, FRAME_PEER);
    struct ip6_hdr six = {.next = proto, .hops = 64, .payload_bytes = (uint16_t)n};

    if (d->family == TARN_INET) {
        memcpy(payload, frame + frame_payload_at(d->family), n);
        return rig_ip4(r, frame, (struct ip4_hdr){.proto = proto, .dst = tarn_ip_to4(dst)}, payload,
                       n);
    }
    memcpy(six.src, src.b, 16);
    memcpy(six.dst, dst->b, 16);
    rig_eth(frame, r->mac, ETH_IP6);
    ip6_build(frame + ETH_HEADER_BYTES, &six);
    return frame_payload_at(d->family) + n;
}

/* The pseudo-header's sum for a datagram of n bytes from the peer. */
static inline uint32_t frame_pseudo(const struct duo *d, const struct tarn_ip *dst, uint8_t proto,
                                    size_t n)
{
    struct ip_info ip = {.src = duo_ip(d->family, FRAME_PEER), .dst = *dst, .proto = proto};

    return path_pseudo_sum(&ip, (uint32_t)n);
}

/* A datagram to r with n bytes of data; checksum false: without one. */
static inline void frame_udp(const struct duo *d, struct rig *r, struct udp_hdr h, size_t n,
                             bool checksum)
{
    static uint8_t frame[RIG_FRAME];
    struct tarn_ip dst = duo_ip(d->family, (uint8_t)r->ip);
    uint8_t *at = frame + frame_payload_at(d->family);
    size_t all = UDP_HEADER_BYTES + n;

    for (size_t i = 0; i < n; i++)
        at[UDP_HEADER_BYTES + i] = (uint8_t)i;
    h.bytes = (uint16_t)all;
    h.checksum = 0;
    udp_build(at, &h);
    if (checksum) {
        h.checksum =
            udp_checksum(sum_partial(at, all, frame_pseudo(d, &dst, TARN_IPPROTO_UDP, all)));
        udp_build(at, &h);
    }
    rig_input(r, frame, frame_wrap(d, r, &dst, TARN_IPPROTO_UDP, frame, all));
}

#endif
