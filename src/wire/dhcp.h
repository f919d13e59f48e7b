/* wire/dhcp.h - DHCP messages (RFC 2131 2) and the options that a host needs (RFC 2132).
 *
 * A message is parsed whole into host order. What is malformed is not guessed at: a broken option
 * list, or a broken option that a lease depends on, makes the message none; any other option that
 * is not what its RFC says is not there. Options split over several places are put together first
 * (RFC 3396), also from the fields that they may overload (RFC 2132 9.3). */
#ifndef TARN_WIRE_DHCP_H
#define TARN_WIRE_DHCP_H

#include "wire/domain.h"

enum {
    DHCP_SERVER_PORT = 67,
    DHCP_CLIENT_PORT = 68,
    DHCP_BYTES_MIN = 300,  /* what a BOOTP relay expects at least (RFC 1542 2.1) */
    DHCP_BYTES_MAX = 1472, /* what we send and take at most: one Ethernet frame */
    DHCP_IPS = 3,          /* addresses kept of an option that lists them */
    DHCP_ROUTES = 16,
    DHCP_SEARCH = 6,
    DHCP_NAME_BYTES = 64,
    DHCP_TEXT_BYTES = 128,
    DHCP_FOREVER = -1, /* as uint32_t: a lease without an end (RFC 2131 3.3) */
};

enum dhcp_op { DHCP_BOOTREQUEST = 1, DHCP_BOOTREPLY = 2 };

enum dhcp_type {
    DHCP_DISCOVER = 1,
    DHCP_OFFER,
    DHCP_REQUEST,
    DHCP_DECLINE,
    DHCP_ACK,
    DHCP_NAK,
    DHCP_RELEASE,
    DHCP_INFORM,
};

/* Option codes (RFC 2132, and as named). */
enum dhcp_option {
    DHCP_OPT_MASK = 1,
    DHCP_OPT_ROUTER = 3,
    DHCP_OPT_DNS = 6,
    DHCP_OPT_HOSTNAME = 12,
    DHCP_OPT_DOMAIN = 15,
    DHCP_OPT_MTU = 26,
    DHCP_OPT_NTP = 42,
    DHCP_OPT_REQUESTED = 50,
    DHCP_OPT_LEASE = 51,
    DHCP_OPT_OVERLOAD = 52,
    DHCP_OPT_TYPE = 53,
    DHCP_OPT_SERVER = 54,
    DHCP_OPT_PARAMS = 55,
    DHCP_OPT_MESSAGE = 56,
    DHCP_OPT_MAX_BYTES = 57,
    DHCP_OPT_T1 = 58,
    DHCP_OPT_T2 = 59,
    DHCP_OPT_CLIENT_ID = 61,
    DHCP_OPT_RELAY = 82,   /* RFC 3046 */
    DHCP_OPT_SEARCH = 119, /* RFC 3397 */
    DHCP_OPT_ROUTES = 121, /* RFC 3442 */
};

/* Which of the numbers below an option has given, where 0 is a number too. */
enum dhcp_has {
    DHCP_HAS_MASK = 1,
    DHCP_HAS_LEASE = 2,
    DHCP_HAS_T1 = 4,
    DHCP_HAS_T2 = 8,
    DHCP_HAS_MTU = 16,
    DHCP_HAS_SERVER = 32,
    DHCP_HAS_REQUESTED = 64,
    DHCP_HAS_TYPE = 128,
    DHCP_HAS_MAX_BYTES = 256,
};

struct dhcp_bytes {
    uint8_t n, b[255];
};

struct dhcp_ips {
    uint8_t n;
    uint32_t ip[DHCP_IPS];
};

struct dhcp_route {
    uint32_t to, via; /* via 0: on the link */
    uint8_t len;
};

/* Addresses in host order; what is 0 or empty was not given, unless `has` tells. */
struct dhcp_msg {
    uint8_t op; /* enum dhcp_op */
    uint8_t hops;
    bool broadcast; /* the client cannot take unicast yet */
    uint16_t secs;
    uint32_t xid, ciaddr, yiaddr, siaddr, giaddr;
    uint8_t chaddr[6];
    uint32_t has;  /* enum dhcp_has */
    uint32_t type; /* enum dhcp_type */
    uint32_t mask, server, requested, lease_s, t1_s, t2_s, mtu, max_bytes;
    struct dhcp_ips router, dns, ntp;
    struct dhcp_bytes client_id, params, relay;
    char hostname[DHCP_NAME_BYTES], domain[DOMAIN_TEXT_BYTES]; /* as wire/domain.h has it */
    char message[DHCP_TEXT_BYTES];                             /* printable ASCII */
    uint8_t n_routes, n_search;
    struct dhcp_route route[DHCP_ROUTES];
    char search[DHCP_SEARCH][DOMAIN_TEXT_BYTES];
};

/* The message in the n bytes at p, from an Ethernet host or to one. false: it is none that a client
 * or server could act on. */
bool dhcp_parse(struct dhcp_msg *out, const uint8_t *p, size_t n);

/* Write the message into `room` bytes; its length, or 0 when it does not fit. The type comes first,
 * options in ascending order; `relay` comes last (RFC 3046 2.2). */
size_t dhcp_build(uint8_t *p, size_t room, const struct dhcp_msg *m);

#endif
