/* wire/dhcp6.h - DHCPv6 messages between client and server (RFC 9915 8) and the options that a host
 * or a small router needs (21, RFC 3646, RFC 4075, RFC 5908).
 *
 * A message is parsed whole, options in options too. A list that does not end where its container
 * does, an identifier of impossible length, or a broken association make the message none; another
 * option that is not what its RFC says is not there. Of an option that may come once, the first
 * counts. */
#ifndef TARN_WIRE_DHCP6_H
#define TARN_WIRE_DHCP6_H

#include "tarn/addr.h"
#include "wire/domain.h"

enum {
    DHCP6_CLIENT_PORT = 546,
    DHCP6_SERVER_PORT = 547,
    DHCP6_BYTES_MAX = 1452, /* what we take and send at most: one Ethernet frame */
    DHCP6_DUID_BYTES = 130, /* RFC 9915 11.1 */
    DHCP6_IPS = 3,          /* addresses kept of an option that lists them */
    DHCP6_SEARCH = 6,
    DHCP6_ASKED = 16,
    DHCP6_IAS = 4,    /* associations kept of a message */
    DHCP6_LEASES = 4, /* addresses or prefixes kept of an association */
    DHCP6_TEXT_BYTES = 128,
};

#define DHCP6_FOREVER UINT32_MAX /* a time without an end (RFC 9915 7.7) */

enum dhcp6_type {
    DHCP6_SOLICIT = 1,
    DHCP6_ADVERTISE,
    DHCP6_REQUEST,
    DHCP6_CONFIRM,
    DHCP6_RENEW,
    DHCP6_REBIND,
    DHCP6_REPLY,
    DHCP6_RELEASE,
    DHCP6_DECLINE,
    DHCP6_RECONFIGURE,
    DHCP6_INFORMATION_REQUEST,
    DHCP6_TYPES,
};

enum dhcp6_option {
    DHCP6_OPT_CLIENT_ID = 1,
    DHCP6_OPT_SERVER_ID = 2,
    DHCP6_OPT_IA_NA = 3,
    DHCP6_OPT_IA_ADDR = 5,
    DHCP6_OPT_ASKED = 6, /* option request */
    DHCP6_OPT_PREFERENCE = 7,
    DHCP6_OPT_ELAPSED = 8,
    DHCP6_OPT_STATUS = 13,
    DHCP6_OPT_RAPID_COMMIT = 14,
    DHCP6_OPT_DNS = 23,     /* RFC 3646 */
    DHCP6_OPT_DOMAINS = 24, /* RFC 3646 */
    DHCP6_OPT_IA_PD = 25,
    DHCP6_OPT_IA_PREFIX = 26,
    DHCP6_OPT_SNTP = 31,    /* RFC 4075 */
    DHCP6_OPT_REFRESH = 32, /* information refresh time */
    DHCP6_OPT_NTP = 56,     /* RFC 5908 */
    DHCP6_OPT_SOL_MAX_RT = 82,
    DHCP6_OPT_INF_MAX_RT = 83,
};

enum dhcp6_status {
    DHCP6_SUCCESS = 0,
    DHCP6_UNSPEC_FAIL = 1,
    DHCP6_NO_ADDRS = 2,
    DHCP6_NO_BINDING = 3,
    DHCP6_NOT_ON_LINK = 4,
    DHCP6_USE_MULTICAST = 5,
    DHCP6_NO_PREFIX = 6,
};

/* Which of the members below an option has given, where 0 means something too. */
enum dhcp6_has {
    DHCP6_HAS_PREFERENCE = 1,
    DHCP6_HAS_ELAPSED = 2,
    DHCP6_HAS_STATUS = 4,
    DHCP6_HAS_RAPID_COMMIT = 8,
    DHCP6_HAS_REFRESH = 16,
    DHCP6_HAS_SOL_MAX_RT = 32,
    DHCP6_HAS_INF_MAX_RT = 64,
};

struct dhcp6_duid {
    uint8_t n, b[DHCP6_DUID_BYTES];
};

struct dhcp6_lease {
    struct tarn_ip ip;
    uint8_t len; /* of a prefix; an address: 128 */
    uint32_t preferred_s, valid_s;
    uint16_t status; /* enum dhcp6_status */
};

/* An identity association: of addresses, or of prefixes. */
struct dhcp6_ia {
    uint16_t option; /* DHCP6_OPT_IA_NA, DHCP6_OPT_IA_PD */
    uint32_t iaid, t1_s, t2_s;
    uint16_t status; /* enum dhcp6_status; 0 also when it says none */
    uint8_t n;
    struct dhcp6_lease lease[DHCP6_LEASES];
};

struct dhcp6_ips {
    uint8_t n;
    struct tarn_ip ip[DHCP6_IPS];
};

/* What is 0 or empty was not given, unless `has` tells. */
struct dhcp6_msg {
    uint8_t type; /* enum dhcp6_type */
    uint32_t xid; /* 24 bits */
    uint32_t has; /* enum dhcp6_has */
    uint8_t preference;
    uint16_t elapsed_cs, status; /* hundredths of a second; enum dhcp6_status */
    uint32_t refresh_s, sol_max_rt_s, inf_max_rt_s;
    struct dhcp6_duid client, server;
    uint8_t n_asked, n_ias, n_search;
    uint16_t asked[DHCP6_ASKED];
    struct dhcp6_ips dns, ntp;
    struct dhcp6_ia ia[DHCP6_IAS];
    char search[DHCP6_SEARCH][DOMAIN_TEXT_BYTES];
    char text[DHCP6_TEXT_BYTES]; /* of the status; printable ASCII */
};

/* The message in the n bytes at p. false: it is none that a client or server could act on; those
 * between relays and servers are not. */
bool dhcp6_parse(struct dhcp6_msg *out, const uint8_t *p, size_t n);

/* Write the message into `room` bytes; its length, or 0 when it does not fit. */
size_t dhcp6_build(uint8_t *p, size_t room, const struct dhcp6_msg *m);

/* The DUID-LL of an Ethernet interface (RFC 9915 11.4). */
void dhcp6_duid_ll(struct dhcp6_duid *out, const uint8_t mac[6]);

#endif
