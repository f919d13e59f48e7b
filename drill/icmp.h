/* drill/icmp.h - ICMP errors as scripts name them, in either family's numbers. */
#ifndef TARN_DRILL_ICMP_H
#define TARN_DRILL_ICMP_H

#include "drill/script/script.h"

/* What these two words mean; ICMP_OTHER: nothing. *size_of_6 tells that it is a word of IPv6, and
 * an MTU behind it one of IPv6. */
enum drill_icmp icmp_find(const char *type, const char *code, bool *size_of_6);

/* How a script would write it. */
const char *icmp_name(enum drill_icmp what);

/* The one of these numbers; ICMP_OTHER when scripts have no name for it. */
enum drill_icmp icmp_of(bool six, uint8_t type, uint8_t code);

/* Its type and code. */
const uint8_t *icmp_numbers(bool six, enum drill_icmp what);

#endif
