/* base/text.h - numbers and addresses as text and back, bounded and without a C library.
 *
 * Writing goes to a `struct text` over the caller's buffer. It is always terminated by a zero; what
 * does not fit is cut off and noted. Reading is strict and takes a length, not a terminated string:
 * the whole of it must be the number or address. */
#ifndef TARN_BASE_TEXT_H
#define TARN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *buf;
    size_t cap; /* bytes at buf, the final zero included */
    size_t len; /* written so far, the zero not counted; < cap */
    bool cut;   /* something did not fit */
};

/* Room that any single address or number fits in, terminated. */
enum { TEXT_IP_BYTES = 46, TEXT_MAC_BYTES = 18, TEXT_U64_BYTES = 21 };

/* Start over; cap >= 1 (asserted). */
void text_init(struct text *t, char *buf, size_t cap);

void text_char(struct text *t, char c);
void text_str(struct text *t, const char *s);
void text_bytes(struct text *t, const char *s, size_t n);
void text_u64(struct text *t, uint64_t v);
void text_i64(struct text *t, int64_t v);

/* Lower-case hexadecimal without prefix, of at least `digits` digits (at most 16). */
void text_hex(struct text *t, uint64_t v, unsigned digits);

/* 192.0.2.1, from host order. */
void text_ip4(struct text *t, uint32_t ip);

/* The canonical form of RFC 5952; mapped IPv4 as ::ffff:192.0.2.1 (section 5). */
void text_ip6(struct text *t, const uint8_t ip[16]);

/* 02:00:00:00:00:01 */
void text_mac(struct text *t, const uint8_t mac[6]);

/* Decimal without sign, of at most `max`; a leading zero is allowed for 0 alone. */
bool text_to_u64(const char *s, size_t n, uint64_t max, uint64_t *out);

/* Four decimal numbers with dots; no octal, no hexadecimal, no fewer parts. Gives host order. */
bool text_to_ip4(const char *s, size_t n, uint32_t *out);

/* Every form of RFC 4291 2.2: "::" at most once, and for at least one group; IPv4 in the last two
 * groups. No zone, no brackets. */
bool text_to_ip6(const char *s, size_t n, uint8_t out[16]);

/* Six groups of exactly two hexadecimal digits with colons. */
bool text_to_mac(const char *s, size_t n, uint8_t out[6]);

#endif
