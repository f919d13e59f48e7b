/* wire/arp.h - ARP for IPv4 over Ethernet (RFC 826). */
#ifndef TARN_WIRE_ARP_H
#define TARN_WIRE_ARP_H

#include "wire/err.h"

#include <stddef.h>
#include <stdint.h>

enum { ARP_BYTES = 28 };
enum arp_op { ARP_REQUEST = 1, ARP_REPLY = 2 };

struct arp_hdr {
    uint16_t op; /* enum arp_op */
    uint8_t sender_mac[6], target_mac[6];
    uint32_t sender_ip, target_ip; /* host order */
};

/* WIRE_ARP_SHORT; WIRE_ARP_FORM: not Ethernet and IPv4, or another operation. Bytes behind the
 * packet are padding and ignored. */
enum wire_err arp_parse(struct arp_hdr *out, const uint8_t *p, size_t n);

/* Writes ARP_BYTES; returns that. */
size_t arp_build(uint8_t *p, const struct arp_hdr *h);

#endif
