/* drill/ip.h - the headers of IPv4 and IPv6 as drill's own codec writes and reads them: without
 * options, extension headers or fragments, which scripts do not speak of. */
#ifndef TARN_DRILL_IP_H
#define TARN_DRILL_IP_H

#include "tarn/addr.h"

enum { IP_MAX_BYTES = 40, PROTO_ICMP6 = 58 };

struct drill_ip {
    struct tarn_ip src, dst; /* of one family, IPv4 mapped */
    uint8_t proto;           /* as the header has it */
    uint8_t tos, ttl;        /* building: ttl 0 is the usual one */
    uint32_t flow_label;
    uint32_t bytes; /* behind the header */
};

/* Length of the header of the address's family. */
unsigned ip_bytes(const struct tarn_ip *ip);

/* Writes the header; returns its length. */
unsigned ip_build(uint8_t *at, const struct drill_ip *h);

/* NULL, or what is wrong with a packet of n bytes. */
const char *ip_read(const uint8_t *at, uint32_t n, struct drill_ip *h);

/* What the checksum of a transport begins with. ICMP of IPv4 has no such sum. */
uint32_t ip_pseudo_sum(const struct drill_ip *h);

#endif
