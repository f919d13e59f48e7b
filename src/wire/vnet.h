/* wire/vnet.h - the header that travels before a frame on a TAP device with offload (virtio 1.1
 * 5.1.6, struct virtio_net_hdr_v1 without mergeable buffers' count being used). Little-endian: a
 * driver sets TUNSETVNETLE. */
#ifndef TARN_WIRE_VNET_H
#define TARN_WIRE_VNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VNET_BYTES = 10, VNET_MRG_BYTES = 12 };

enum vnet_flag { VNET_NEEDS_CSUM = 1, VNET_DATA_VALID = 2 };

enum vnet_gso {
    VNET_GSO_NONE = 0,
    VNET_GSO_TCP4 = 1,
    VNET_GSO_UDP = 3,
    VNET_GSO_TCP6 = 4,
    VNET_GSO_UDP_L4 = 5,
    VNET_GSO_ECN = 0x80 /* or'ed: a segment has CWR set */
};

struct vnet_hdr {
    uint8_t flags, gso;    /* enum vnet_flag; enum vnet_gso */
    uint16_t header_bytes; /* all headers, when gso is not NONE: a hint, not to be relied on */
    uint16_t gso_bytes;    /* payload per segment */
    uint16_t csum_start;   /* where the sum begins, from the frame's start */
    uint16_t csum_offset;  /* of the field, from csum_start */
};

/* The header at p, of n bytes there, before a frame of `frame_bytes`; `header_bytes` is VNET_BYTES
 * or VNET_MRG_BYTES. False: short, or a flag, a GSO type or an offset that cannot be. */
bool vnet_parse(struct vnet_hdr *out, const uint8_t *p, size_t n, size_t frame_bytes);

/* Writes VNET_BYTES; returns that. With VNET_MRG_BYTES the two bytes behind are zero: the caller's.
 */
size_t vnet_build(uint8_t *p, const struct vnet_hdr *h);

#endif
