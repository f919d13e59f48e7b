/* wire/pcap.h - packet files: classic pcap and pcapng, as codecs over memory.
 *
 * Nothing here does I/O: a reader is handed the bytes it asked for, a writer fills a buffer.
 * (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.) */
#ifndef TARN_WIRE_PCAP_H
#define TARN_WIRE_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Link types, as both formats number them. */
enum pcap_linktype { PCAP_ETHERNET = 1, PCAP_RAW_IP = 101 };

enum pcap_verdict {
    PCAP_PACKET,   /* a packet was found */
    PCAP_SKIP,     /* a header or block without a packet was passed over */
    PCAP_MORE,     /* more bytes are needed: pcap_reader.want in all */
    PCAP_NOT_PCAP, /* unknown magic number or version */
    PCAP_CORRUPT   /* a length or reference that cannot be */
};

enum {
    PCAP_MAX_INTERFACES = 64, /* of one section */
    PCAP_MAX_BLOCK = 1 << 20, /* bytes; longer blocks are PCAP_CORRUPT */
    PCAP_NAME_BYTES = 32      /* of an interface, terminated */
};

struct pcap_interface {
    uint16_t linktype;
    uint32_t snap_bytes;        /* 0 = no limit */
    uint64_t units_per_s;       /* resolution of time stamps */
    int64_t offset_s;           /* added to time stamps */
    char name[PCAP_NAME_BYTES]; /* "" when not told */
};

/* Reads either format, in either byte order. */
struct pcap_reader {
    bool started, ng, big_endian;
    size_t want; /* after PCAP_MORE: bytes that must be there, counted from p */
    uint32_t n_interfaces;
    struct pcap_interface interface[PCAP_MAX_INTERFACES];
};

struct pcap_packet {
    uint32_t interface;
    uint64_t time_ns;    /* since 1970 */
    uint32_t wire_bytes; /* length on the wire */
    uint32_t data_bytes; /* bytes in the file */
    const uint8_t *data; /* inside the caller's bytes */
    uint32_t flags;      /* pcapng epb_flags; 0 = none */
    const char *comment; /* first comment, not terminated; NULL = none */
    uint32_t comment_bytes;
};

void pcap_reader_init(struct pcap_reader *r);

/* Looks at the n bytes at p, the file's next. After PCAP_PACKET and PCAP_SKIP the first *used bytes
 * are done with; after other verdicts *used is 0. PCAP_MORE at the file's end means that it was cut
 * off, unless n is 0. *out is valid after PCAP_PACKET, as long as the bytes at p are. */
enum pcap_verdict pcap_read(struct pcap_reader *r, const uint8_t *p, size_t n, size_t *used,
                            struct pcap_packet *out);

/* Classic pcap, little-endian, nanoseconds. Each writes to p and returns the length. */
enum { PCAP_FILE_HEADER_BYTES = 24, PCAP_RECORD_HEADER_BYTES = 16 };
size_t pcap_file_header(uint8_t *p, uint16_t linktype, uint32_t snap_bytes);
size_t pcap_record_header(uint8_t *p, uint64_t time_ns, uint32_t data_bytes, uint32_t wire_bytes);

/* pcapng, little-endian, nanoseconds. Each writes one block into `room` bytes at p and returns its
 * length, or 0 when it does not fit. `application` may be NULL. */
size_t pcapng_section(uint8_t *p, size_t room, const char *application);
size_t pcapng_interface(uint8_t *p, size_t room, const struct pcap_interface *i);

/* epb_flags: direction (bits 0 and 1), reception type (bits 2 to 4). */
enum pcapng_flag { PCAPNG_INBOUND = 1, PCAPNG_OUTBOUND = 2 };

/* An enhanced packet block of k->data_bytes; k->data is copied, or left for the caller to fill at
 * *data_at when it is NULL. */
size_t pcapng_packet(uint8_t *p, size_t room, const struct pcap_packet *k, uint8_t **data_at);

#endif
