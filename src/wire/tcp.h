/* wire/tcp.h - the TCP header (RFC 9293 3.1) and its options (3.2; RFC 7323, RFC 2018, RFC 7413).
 */
#ifndef TARN_WIRE_TCP_H
#define TARN_WIRE_TCP_H

#include "base/seq.h"
#include "wire/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TCP_HEADER_BYTES = 20,
    TCP_MAX_HEADER_BYTES = 60,
    TCP_OPTIONS_BYTES = 40,
    TCP_CHECKSUM_OFFSET = 16,
    TCP_MAX_SACK = 4,
    TCP_ECN_FIELDS = 3,
    TCP_COOKIE_MIN = 4, /* RFC 7413 4.1.1; of an even length */
    TCP_COOKIE_MAX = 16,
    TCP_MAX_WSCALE = 14, /* RFC 7323 2.3 */
    TCP_MD5_BYTES = 16   /* digest of RFC 2385 */
};

enum tcp_flag {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
    TCP_ECE = 0x40,
    TCP_CWR = 0x80,
    TCP_AE = 0x100 /* accurate ECN */
};

/* Options that sign a segment. */
enum tcp_auth_kind { TCP_AUTH_NONE = 0, TCP_AUTH_MD5 = 19, TCP_AUTH_AO = 29 };

/* Bytes [start, end) that arrived. */
struct tcp_sack_block {
    tcp_seq start, end;
};

/* A fast open cookie (RFC 7413 4.1.1). */
struct tcp_cookie {
    uint8_t len; /* 0: one is asked for */
    bool exp;    /* in the experimental option that came before the RFC (254, 0xF989) */
    uint8_t b[TCP_COOKIE_MAX];
};

/* Bytes of the payload that arrived with each mark, modulo 2^24 (RFC 9768 3.2.3), in the order of
 * the option's kind: ECT(0), CE, ECT(1) with 172, ECT(1), CE, ECT(0) with 174. */
struct tcp_ecn_counts {
    uint8_t n;   /* fields that are there, from the front: 0 to TCP_ECN_FIELDS */
    bool order1; /* kind 174, the one that is sent */
    uint32_t field[TCP_ECN_FIELDS];
};

/* Options. A field counts only if its has_ flag is set. */
struct tcp_opts {
    bool has_mss, has_wscale, has_timestamps, sack_permitted, has_cookie, has_ecn;
    bool malformed; /* out: the list ended in an option with a length below 2 or beyond the header;
                       what stood before it is valid, as Linux takes it */
    uint8_t wscale; /* shift count; above 14 is used as 14 by the caller (RFC 7323 2.3) */
    uint8_t n_sack;
    uint16_t mss;
    uint32_t ts_value, ts_echo;
    bool has_uto;
    uint16_t uto; /* RFC 5482 2.1: bit 15 says minutes, else seconds */
    uint8_t auth; /* enum tcp_auth_kind; two of them in a segment are malformed (RFC 5925 2.2) */
    uint8_t auth_bytes;           /* of the MAC */
    uint8_t auth_at;              /* out: where in the header the MAC stands */
    uint8_t key_id, rnext_key_id; /* RFC 5925 2.2 */
    struct tcp_sack_block sack[TCP_MAX_SACK];
    struct tcp_cookie cookie;
    struct tcp_ecn_counts ecn;
};

struct tcp_hdr {
    uint16_t src_port, dst_port;
    tcp_seq seq, ack;
    uint16_t flags;  /* enum tcp_flag */
    uint16_t window; /* as on the wire, not scaled */
    uint16_t checksum, urgent;
    uint8_t header_bytes; /* out: options and their padding included */
    struct tcp_opts opts;
};

/* The header at p, where n bytes lie in one piece. WIRE_TCP_SHORT; WIRE_TCP_HEADER_LENGTH: below 20
 * or over n. A malformed option list is no error here: see opts.malformed. Passed over are: an
 * unknown option, a known one of a wrong length, an MSS of 0, and, without SYN, what only a SYN may
 * carry (MSS, window scale, SACK-permitted, a cookie). The checksum is the caller's. */
enum wire_err tcp_parse(struct tcp_hdr *out, const uint8_t *p, size_t n);

/* Is there room for all options but SACK and the cookie, which give way? What a peer sent need not
 * fit: it may have packed its options tighter, or repeated them. */
bool tcp_fits(const struct tcp_opts *o);

/* Bytes that tcp_build() writes: 20 to 60, a multiple of 4. The options fit. */
size_t tcp_bytes(const struct tcp_opts *o);

/* Writes the header with its options, which fit, in Linux's order and padded by NOPs as Linux does,
 * and h->checksum as it is; returns its length. SACK blocks that do not fit are left out, last
 * first; so are all beside a cookie, and a cookie that does not fit. A MAC is written as zeros,
 * where tcp_auth_at() says. */
size_t tcp_build(uint8_t *p, const struct tcp_hdr *h);

/* Where in a header that tcp_build() wrote the MAC stands. */
size_t tcp_auth_at(const struct tcp_opts *o);

/* Ask for the AccECN option in `o`, whose counts are set, with as many of them as there is room
 * for, and at least `least`: for these one SACK block gives way, unless that leaves but one. Where
 * not even they fit there is no option. */
void tcp_ecn_fit(struct tcp_opts *o, unsigned least);

/* How many SACK blocks fit beside the other options of `o` (RFC 2018 3: 4, or 3 with timestamps).
 */
unsigned tcp_sack_room(const struct tcp_opts *o);

#endif
