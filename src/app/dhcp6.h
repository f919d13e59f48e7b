/* app/dhcp6.h - what the files of the DHCPv6 client share. */
#ifndef TARN_APP_DHCP6_H
#define TARN_APP_DHCP6_H

#include "app/app.h"
#include "wire/dhcp6.h"

/* A server that has answered, and what it would give or has given. */
struct dhcp6_offer {
    struct dhcp6_duid server;
    struct dhcp6_lease address, prefix; /* valid_s 0: none */
    uint32_t t1_s, t2_s;                /* 0: ours to choose */
    int preference;                     /* -1: there is no offer */
};

/* Configuration that comes with an address or without one. */
struct dhcp6_names {
    uint8_t n_dns, n_domains;
    struct tarn_ip dns[DHCP6_IPS];
    char domain[DHCP6_SEARCH][TARN_DOMAIN_BYTES];
};

struct dhcp6 {
    struct tarn_service_with with;
    unsigned port;
    uint8_t mode; /* enum tarn_dhcp6_mode */
    bool delegation;
    uint8_t prefix_len;
    uint8_t state; /* enum dhcp6_state of app/dhcp6.c */
    bool link_up;
    struct dhcp6_duid duid;
    uint32_t iaid;
    tarn_sock sock;
    struct rng rng;
    struct tarn_ip local; /* our link-local address; all zero: none that may be used */
    uint32_t sol_max_rt_s, inf_max_rt_s;

    /* The exchange under way (RFC 9915 15). */
    bool wants_address; /* beside a prefix */
    uint32_t xid;
    unsigned tries;
    tarn_ns began, wait; /* its first message; the pause before the latest retransmission (RT) */
    tarn_ns end;         /* MRD: when it is given up */
    tarn_ns due;         /* the state's next act */
    struct dhcp6_offer offer;

    /* The lease. */
    bool leased;  /* an address or a prefix is ours */
    bool address; /* an address is in the stack */
    unsigned failures;
    struct tarn_dhcp6_lease lease;
    tarn_ns t1_at, t2_at, address_ends, prefix_ends;
    struct dhcp6_names names; /* in the stack */
};

/* ---- app/dhcp6_talk.c ---- */

/* Send what an exchange of the type says (RFC 9915 18.2), with the offer's or the lease's values.
 */
void dhcp6_speak(struct dhcp6 *d, enum dhcp6_type type, tarn_ns now);

/* RFC 9915 15: the pause after what was said just now, RT; `initial` and `most` are IRT and MRT.
 * The first one after a solicitation is not less than IRT (18.2.1). */
tarn_ns dhcp6_wait(struct dhcp6 *d, tarn_ns initial, tarn_ns most, bool solicits);

/* Is it for us, an answer to the exchange under way? */
bool dhcp6_is_answer(const struct dhcp6 *d, const struct dhcp6_msg *m);

/* What the message gives of what we want; false: nothing that can be used. */
bool dhcp6_offer_of(const struct dhcp6 *d, const struct dhcp6_msg *m, struct dhcp6_offer *out);

/* Does an association of ours say `status`? */
bool dhcp6_says(const struct dhcp6 *d, const struct dhcp6_msg *m, enum dhcp6_status status);

/* ---- app/dhcp6_lease.c ---- */

/* Carry d->offer and the message's configuration into lease and stack. 0, or what refused the
 * address. */
int dhcp6_lease_take(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now);

/* Servers and domains of the message, instead of those that there were; NULL: none. */
void dhcp6_names_set(struct dhcp6 *d, const struct dhcp6_msg *m, tarn_ns now);

/* Take away all that has been put into the stack. */
void dhcp6_lease_clear(struct dhcp6 *d, tarn_ns now);

/* The state of the lease's address: enum tarn_address_flag bits; -1: it is not there. */
int dhcp6_address_flags(const struct dhcp6 *d);

/* When nothing of the lease is valid any more. */
tarn_ns dhcp6_lease_end(const struct dhcp6 *d);

#endif
