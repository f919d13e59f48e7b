/* wire/nd.h - neighbour discovery: its five messages (RFC 4861 4.1 to 4.5) and their options (4.6,
 * RFC 4191 2.3, RFC 8106 5, the nonce of RFC 3971 5.3.2). */
#ifndef TARN_WIRE_ND_H
#define TARN_WIRE_ND_H

#include "base/bytes.h"
#include "wire/err.h"

enum {
    ND_MAC_BYTES = 6,
    ND_NONCE_BYTES = 6,
    ND_MAX_OPTIONS = 64,  /* a message with more is refused */
    ND_MAX_BYTES = 2048,  /* and so is a longer one */
    ND_DOMAIN_BYTES = 256 /* DOMAIN_TEXT_BYTES of wire/domain.h */
};

enum nd_option_type {
    ND_SOURCE_MAC = 1,
    ND_TARGET_MAC = 2,
    ND_PREFIX = 3,
    ND_REDIRECTED = 4,
    ND_MTU = 5,
    ND_NONCE = 14,
    ND_ROUTE = 24,
    ND_RDNSS = 25,
    ND_DNSSL = 31
};

#define ND_FOREVER UINT32_MAX /* a lifetime in seconds without an end */

/* A message. Members that its type does not have are 0. */
struct nd_msg {
    uint8_t type; /* enum icmp6_type, 133 to 137 */
    /* Solicitation, advertisement, redirect. */
    uint8_t target[16];
    uint8_t dst[16];                  /* redirect */
    bool router, solicited, override; /* neighbour advertisement */
    /* Router advertisement. */
    uint8_t hops; /* 0: not said, as of the times */
    bool managed, other;
    uint8_t preference; /* the two bits of RFC 4191 2.1; reserved ones are read as 0 */
    uint16_t lifetime_s;
    uint32_t reachable_ms, retrans_ms;
    /* Options that stand for themselves; the first of each kind counts. */
    bool has_source_mac, has_target_mac, has_nonce;
    uint8_t source_mac[ND_MAC_BYTES], target_mac[ND_MAC_BYTES];
    uint8_t nonce[ND_NONCE_BYTES];
    uint32_t mtu; /* 0: none */
    /* All of them, as they lie in the message; borrowed. */
    const uint8_t *options;
    size_t options_bytes;
};

struct nd_option {
    uint8_t type;
    const uint8_t *data; /* behind type and length */
    size_t n;
};

/* The message at p, n bytes from its type on. WIRE_ND_FORM: a code other than 0, too short, a
 * target or destination that is a group, an option that is cut, empty or of a wrong length, too
 * many options. Options of unknown types are passed over. What the IP header must be is the
 * caller's, and so is the checksum. */
enum wire_err nd_parse(struct nd_msg *out, const uint8_t *p, size_t n);

/* The option at *at (0: the first), and *at behind it; false at the end. */
bool nd_option_next(const struct nd_msg *m, size_t *at, struct nd_option *out);

/* Writes the fixed part of a message, with a checksum of 0. The options follow by nd_put_...(). */
void nd_put(struct writer *w, const struct nd_msg *m);
void nd_put_mac(struct writer *w, enum nd_option_type type, const uint8_t mac[ND_MAC_BYTES]);
void nd_put_nonce(struct writer *w, const uint8_t nonce[ND_NONCE_BYTES]);
void nd_put_mtu(struct writer *w, uint32_t mtu);

struct nd_prefix {
    uint8_t prefix[16];
    uint8_t len;
    bool on_link, autonomous;
    uint32_t valid_s, preferred_s; /* ND_FOREVER */
};
/* false: the option is not well-formed and is passed over. */
bool nd_prefix_parse(struct nd_prefix *out, const struct nd_option *o);
void nd_put_prefix(struct writer *w, const struct nd_prefix *p);

struct nd_route {
    uint8_t prefix[16]; /* bits behind len are 0 */
    uint8_t len, preference;
    uint32_t lifetime_s;
};
/* false: malformed, or its preference is the reserved one (RFC 4191 2.3). */
bool nd_route_parse(struct nd_route *out, const struct nd_option *o);
void nd_put_route(struct writer *w, const struct nd_route *r);

/* Name servers: the lifetime that all share, and the n-th address; false: no such. */
bool nd_rdnss_parse(const struct nd_option *o, unsigned n, uint8_t ip[16], uint32_t *lifetime_s);
/* `ip`: n addresses, one behind the other. */
void nd_put_rdnss(struct writer *w, uint32_t lifetime_s, const uint8_t *ip, unsigned n);

/* Search domains: the one at *at (0: the first) as text without a final dot, and *at behind it;
 * false: no more, or not well-formed (RFC 8106 5.2). */
bool nd_dnssl_next(const struct nd_option *o, size_t *at, char name[ND_DOMAIN_BYTES],
                   uint32_t *lifetime_s);
/* A name that is not one (wire/domain.h) makes the writer bad. */
void nd_put_dnssl(struct writer *w, uint32_t lifetime_s, const char *name);

/* The group of all nodes whose addresses end as `ip` does: ff02::1:ffXX:XXXX (RFC 4291 2.7.1). */
void nd_solicited_node(uint8_t group[16], const uint8_t ip[16]);

#endif
