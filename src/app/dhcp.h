/* app/dhcp.h - what the files of the DHCP client share. */
#ifndef TARN_APP_DHCP_H
#define TARN_APP_DHCP_H

#include "app/app.h"
#include "wire/dhcp.h"

/* What a lease means for the stack. */
struct dhcp_net {
    struct tarn_prefix address;
    uint32_t mtu; /* 0: leave it */
    uint8_t n_routes, n_dns, n_domains;
    struct tarn_route route[DHCP_ROUTES + 1];
    uint8_t ours[DHCP_ROUTES + 1]; /* route[i] was added: nobody else had made it */
    struct tarn_ip dns[DHCP_IPS];
    char domain[DHCP_SEARCH][TARN_DOMAIN_BYTES];
};

struct dhcp {
    struct tarn_service_with with;
    unsigned port;
    bool no_default_route;
    bool remembers; /* `offered` is of an earlier life: it is asked for first */
    uint8_t state;  /* enum dhcp_state of app/dhcp.c */
    bool link_up;
    uint8_t mac[6];
    struct dhcp_bytes client_id;
    char hostname[DHCP_NAME_BYTES];
    uint32_t link_mtu; /* of the interface before a lease changed it; 0: none has */
    tarn_sock sock;
    struct rng rng;

    /* The exchange under way. */
    uint32_t xid;
    uint32_t server, offered; /* who has offered what */
    unsigned tries;           /* messages sent in this state */
    unsigned failures;        /* refusals and conflicts since the last lease */
    tarn_ns began;            /* for the field secs */
    tarn_ns due;              /* the state's next act */

    /* The lease. */
    bool leased; /* its address is in the stack */
    struct tarn_dhcp_lease lease;
    struct dhcp_net net;
    tarn_ns t1_at, t2_at, ends_at;
};

/* ---- app/dhcp_talk.c ---- */

/* What a request says beside its type (RFC 2131 table 5). */
enum dhcp_form {
    DHCP_TO_ANY,      /* nothing is known yet */
    DHCP_CHOSEN,      /* to all: this server's offer is taken */
    DHCP_REMEMBERED,  /* to all: the address that we had, if this is still its network */
    DHCP_HELD,        /* to the server: the address that we have */
    DHCP_HELD_BY_ANY, /* to all: the address that we have */
};
void dhcp_speak(struct dhcp *d, enum dhcp_type type, enum dhcp_form form, tarn_ns now);

/* Tell the server that the address is not wanted (DHCP_RELEASE) or in use (DHCP_DECLINE; RFC 2131
 * 4.4.4, 4.4.6). */
void dhcp_give_up(struct dhcp *d, enum dhcp_type type, tarn_ns now);

/* Is it an answer to what we have asked? A client identifier that is not ours makes it another's
 * (RFC 6842 3). */
bool dhcp_is_answer(const struct dhcp *d, const struct dhcp_msg *m);

/* ---- app/dhcp_lease.c ---- */

/* Is this the offer or acknowledgement of a lease that a host can use? */
bool dhcp_is_lease(const struct dhcp_msg *m);

/* The lease of such a message: its text, and its times, which begin at `asked`. */
void dhcp_lease_take(struct dhcp *d, const struct dhcp_msg *m, tarn_ns asked);

/* Put address, routes, resolvers and MTU of such a message into the stack, instead of those that
 * there were. `check`: probe for the address first. 0, or what refused the address. */
int dhcp_net_set(struct dhcp *d, const struct dhcp_msg *m, bool check, tarn_ns now);

/* Take away all that the lease has put there. */
void dhcp_net_clear(struct dhcp *d, tarn_ns now);

/* The state of the lease's address: enum tarn_address_flag bits; -1: it is not there. */
int dhcp_net_flags(const struct dhcp *d);

#endif
