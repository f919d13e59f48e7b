/* wire/igmp.h - the messages of IGMP: version 1 (RFC 1112 appendix I), 2 (RFC 2236 2), 3 (RFC 9776
 * 4). All numbers in host order. */
#ifndef TARN_WIRE_IGMP_H
#define TARN_WIRE_IGMP_H

#include "base/bytes.h"
#include "wire/err.h"

enum { IGMP_HEADER_BYTES = 8, IGMP_CHECKSUM_AT = 2 };

enum igmp_type {
    IGMP_QUERY = 0x11,
    IGMP1_REPORT = 0x12,
    IGMP2_REPORT = 0x16,
    IGMP2_LEAVE = 0x17,
    IGMP3_REPORT = 0x22
};

/* Of a record in a report of IGMPv3 or MLDv2 (RFC 9776 4.2.13, RFC 9777 5.2.12). */
enum group_record_type {
    GROUP_IS_INCLUDE = 1,
    GROUP_IS_EXCLUDE,
    GROUP_TO_INCLUDE,
    GROUP_TO_EXCLUDE,
    GROUP_ALLOW,
    GROUP_BLOCK
};

struct igmp_msg {
    uint8_t type;    /* enum igmp_type */
    uint8_t version; /* of a query: 1, 2 or 3 (RFC 9776 7.1) */
    uint32_t group;  /* 0 in a general query */
    /* Of a query. */
    uint32_t max_response_ms; /* version 1: 10 seconds */
    uint8_t robustness;       /* version 3: 0: not said */
    uint16_t n_sources;
    const uint8_t *sources; /* n_sources times 4 bytes; borrowed */
};

/* The message at p, of n bytes. WIRE_IGMP_FORM: shorter than its type, or a group that is none;
 * WIRE_IGMP_CHECKSUM. Other types are accepted with no more than their type. */
enum wire_err igmp_parse(struct igmp_msg *out, const uint8_t *p, size_t n);

/* A report or leave message of version 1 or 2: writes IGMP_HEADER_BYTES. */
size_t igmp_build(uint8_t *p, enum igmp_type type, uint32_t group);

/* A report of version 3: the head, for n records, whose checksum igmp_finish() writes when the
 * records are there; the head of a record, behind which come its sources, 4 bytes each. */
void igmp_put_report(struct writer *w, uint16_t n_records);
void igmp_put_record(struct writer *w, enum group_record_type type, uint32_t group,
                     uint16_t n_sources);
void igmp_finish(uint8_t *p, size_t n);

#endif
