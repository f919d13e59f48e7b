/* wire/dhcp_option.h - the rows of the options that wire/dhcp.h knows: one table reads and writes
 * them. Private to wire/dhcp.c and wire/dhcp_build.c. */
#ifndef TARN_WIRE_DHCP_OPTION_H
#define TARN_WIRE_DHCP_OPTION_H

#include "wire/dhcp.h"

enum { DHCP_PAD = 0, DHCP_END = 255, DHCP_COOKIE = 0x63825363 };
/* Where the fields of the fixed part begin. */
enum { DHCP_AT_SNAME = 44, DHCP_AT_FILE = 108, DHCP_AT_COOKIE = 236, DHCP_AT_OPTIONS = 240 };

enum dhcp_kind {
    DHCP_U8,
    DHCP_U16,
    DHCP_U32,
    DHCP_IPS_OF, /* a list of addresses, at least one */
    DHCP_BYTES_OF,
    DHCP_NAME_OF, /* a host or domain name as text */
    DHCP_TEXT_OF,
    DHCP_ROUTES_OF,
    DHCP_SEARCH_OF,
};

struct dhcp_row {
    uint8_t code;
    uint8_t kind;   /* enum dhcp_kind */
    bool strict;    /* malformed: the message is none */
    uint16_t at;    /* of the member of struct dhcp_msg */
    uint16_t bytes; /* of that member */
    uint16_t has;   /* the bit of a number; 0: the kind tells by itself */
};

/* Ended by code 0. */
extern const struct dhcp_row dhcp_rows[];

#endif
