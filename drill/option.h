/* drill/option.h - options of TCP: as a script writes them, and as bytes. */
#ifndef TARN_DRILL_OPTION_H
#define TARN_DRILL_OPTION_H

#include "drill/packet.h"
#include "drill/script/scan.h"

/* Reads "mss 1460", "FO 0011223344556677" ... parse_option.c */
bool parse_tcp_option(struct scan *s, struct drill_option *o);

/* Writes one option of a segment of the peer's in the flow's live numbers; its length, 0 when it
 * cannot be written because the stack has sent no such timestamp. option.c */
unsigned option_build(const struct drill_flow *flow, const struct drill_option *o, uint16_t flags,
                      uint8_t *at);

/* Reads one option at `at` of `n` bytes; returns its length, 0 when it is malformed. option.c */
unsigned option_read(const uint8_t *at, unsigned n, struct drill_option *o);

/* As a script would write it; as snprintf(). option.c */
int option_print(const struct drill_option *o, char *text, size_t n);

/* Do two differ? Timestamps of the stack are its own business; what it echoes counts only if
 * `echo`. option.c */
bool option_differs(const struct drill_option *want, const struct drill_option *got, bool echo);

#endif
