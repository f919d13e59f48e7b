/* wire/mld.h - the messages of multicast listener discovery: version 1 (RFC 2710 3), 2 (RFC 9777
 * 5). Numbers in host order; a message begins at the ICMPv6 header. */
#ifndef TARN_WIRE_MLD_H
#define TARN_WIRE_MLD_H

#include "base/bytes.h"
#include "wire/err.h"
#include "wire/icmp6.h"
#include "wire/igmp.h"

enum { MLD_HEADER_BYTES = 24 };

struct mld_msg {
    uint8_t type;      /* enum icmp6_type */
    uint8_t version;   /* of a query: 1 or 2 (RFC 9777 8.1) */
    uint8_t group[16]; /* zeroes in a general query */
    /* Of a query. */
    uint32_t max_response_ms;
    uint8_t robustness; /* version 2; 0: not said */
    uint16_t n_sources;
    const uint8_t *sources; /* n_sources times 16 bytes; borrowed */
};

/* The message at p, of n bytes; its checksum is the caller's. WIRE_MLD_FORM: shorter than its type,
 * or a group that is none. */
enum wire_err mld_parse(struct mld_msg *out, const uint8_t *p, size_t n);

/* What follows is built with a checksum of 0, which goes over a pseudo-header too. A report or done
 * message of version 1: writes MLD_HEADER_BYTES. */
size_t mld_build(uint8_t *p, enum icmp6_type type, const uint8_t group[16]);

/* A report of version 2: the head, for n records; the head of a record, behind which come its
 * sources, 16 bytes each. */
void mld_put_report(struct writer *w, uint16_t n_records);
void mld_put_record(struct writer *w, enum group_record_type type, const uint8_t group[16],
                    uint16_t n_sources);

#endif
