/* wire/domain.h - host names of options that carry domain names in the wire form of RFC 1035 3.1
 * (DHCP's search list, DHCPv6, router advertisements), as text.
 *
 * Text is letters, digits, '-' and '_' in labels joined by dots, without a final dot: it may go to
 * a file or a terminal as it is. A name with any other byte is not taken. */
#ifndef TARN_WIRE_DOMAIN_H
#define TARN_WIRE_DOMAIN_H

#include "base/bytes.h"

enum { DOMAIN_LABEL_MAX = 63, DOMAIN_TEXT_BYTES = 256 };

/* The name at the cursor, which is then behind it. `begin`: where compression pointers count from
 * (RFC 1035 4.1.4), NULL: the format has none. A pointer must lead backwards, so there is an end.
 * false: cut, a label over 63 bytes, a name over 253, the root, or a byte that text cannot have. */
bool domain_get(struct cursor *c, const uint8_t *begin, char out[DOMAIN_TEXT_BYTES]);

/* Write the name without compression; one that is not text as above makes the writer bad. */
void domain_put(struct writer *w, const char *text);

/* Is it such a text? At most 253 bytes, no empty label. */
bool domain_is_text(const char *text, size_t n);

#endif
