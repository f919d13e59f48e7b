/* addrconf/addrconf.h - the state of address configuration and the calls between its files. */
#ifndef TARN_ADDRCONF_ADDRCONF_H
#define TARN_ADDRCONF_ADDRCONF_H

#include "ip/address.h"
#include "wire/nd.h"

enum {
    RA_ADDRESSES = 16, /* made of one port's advertisements, temporary ones beside */
    RA_ROUTES = 64,    /* learned by one port from advertisements, and as many by redirects */
    IID_BITS = 64,
    IDGEN_RETRIES = 3, /* RFC 7217 7, RFC 8981 3.8 */
    RA_METRIC = 1024
};

#define ADDRCONF_MS UINT64_C(1000000)
#define ADDRCONF_S  UINT64_C(1000000000)

/* What is known of an interface's link. */
struct addrconf_port {
    struct timer solicit;    /* kind TIMER_ROUTER: the next router solicitation */
    struct timer linklocal4; /* kind TIMER_ROUTER: see whether an address of 169.254/16 is wanted */
    uint64_t wait_ms;        /* between the latest solicitation and the next */
    uint32_t sent;           /* solicitations since the interface went up */
    struct tarn_router_info router;
};

struct addrconf_layer {
    struct sip_key stable_key;
    struct addrconf_port port[PORT_MAX];
};

static inline struct addrconf_layer *addrconf_layer(const struct tarn *st)
{
    return layer_state(st, LAYER_ADDRCONF);
}

static inline struct addrconf_port *addrconf_at(const struct tarn *st, unsigned port)
{
    return &addrconf_layer(st)->port[port];
}

/* A time `s` seconds from now; TARN_NEVER for ND_FOREVER. */
static inline tarn_ns addrconf_until(tarn_ns now, uint32_t s)
{
    return s == ND_FOREVER ? TARN_NEVER : now + s * ADDRCONF_S;
}

/* A random time below `ms` milliseconds. addrconf.c */
tarn_ns addrconf_jitter(struct tarn *st, uint32_t ms);

/* May the interface make addresses of its own, and hear routers (RFC 4861 6.2.1)? addrconf.c */
bool addrconf_is_on(const struct tarn *st, unsigned port);
bool addrconf_hears_routers(const struct tarn *st, unsigned port);

/* Expiry of a port's timer. addrconf.c */
void addrconf_expire(struct tarn *st, struct timer *t, tarn_ns now);

/* iid.c: interface identifiers. The one that `a`'s prefix gets by the parameter ip6.addr-gen, in
 * its `try`-th form; a random one (RFC 8981 3.3.1). */
struct tarn_ip iid_stable(const struct tarn *st, unsigned port, const struct tarn_ip *prefix,
                          unsigned try);
struct tarn_ip iid_random(struct tarn *st, const struct tarn_ip *prefix);
/* Is the address's identifier that of the port's hardware address? */
bool iid_is_hardware(const struct tarn *st, unsigned port, const struct tarn_ip *ip);
void iid_init(struct tarn *st);

/* dad.c: begin the detection of duplicates; its next step; the end of all of it for an address
 * that goes or whose port has gone down. */
void dad_begin(struct tarn *st, struct address *a, tarn_ns now);
void dad_step(struct tarn *st, struct address *a, tarn_ns now);
bool dad_wanted(const struct tarn *st, const struct address *a);

/* life.c: the address is (at last) ours; when its timer is due next, `step` at the latest. */
bool life_assign(struct tarn *st, struct address *a, tarn_ns now);
void life_arm(struct tarn *st, struct address *a, tarn_ns step);

/* solicit.c: ask for routers, unless it is being done; once more; a router has been heard. */
void solicit_begin(struct tarn *st, unsigned port, tarn_ns now);
void solicit_again(struct tarn *st, unsigned port, tarn_ns now);
void solicit_end(struct tarn *st, unsigned port);

/* slaac.c: an address for fe80::/64; what a router's prefix option says of addresses (RFC 4862
 * 5.5.3); another identifier after a conflict, true: there is one. */
void slaac_link_local(struct tarn *st, unsigned port, tarn_ns now);
void slaac_prefix(struct tarn *st, unsigned port, const struct tarn_ip *router,
                  const struct nd_prefix *p, tarn_ns now);
bool slaac_retry(struct tarn *st, const struct tarn_address *lost, unsigned tries, tarn_ns now);
/* Is it an address that this folder has made, of this port and prefix? NULL: any prefix. */
bool slaac_is(const struct address *a, unsigned port, const struct tarn_ip *prefix);

/* temporary.c: one beside the stable address `a`, if they are wanted; another one after a conflict;
 * the successor of one that will soon be deprecated, and when that is to be made. */
void temporary_make(struct tarn *st, const struct tarn_address *a, tarn_ns now);
bool temporary_retry(struct tarn *st, const struct tarn_address *lost, unsigned tries, tarn_ns now);
tarn_ns temporary_regenerate_at(const struct tarn *st, const struct address *a);
void temporary_regenerate(struct tarn *st, struct address *a, tarn_ns now);
void temporary_renew(struct tarn *st, unsigned port, const struct nd_prefix *p, tarn_ns now);

/* router.c: routes by a router that has advertised them. A lifetime of 0 takes the route away.
 * router_learn() adds or renews one if there are not too many; false: it is not there. */
bool router_learn(struct tarn *st, const struct tarn_route *r, tarn_ns now);
void router_route(struct tarn *st, unsigned port, const struct tarn_ip *router,
                  const struct nd_route *r, tarn_ns now);
/* It advertises: does it answer again? */
void router_heard(struct tarn *st, unsigned port, const struct tarn_ip *router, tarn_ns now);
void router_forget_port(struct tarn *st, unsigned port, tarn_ns now);

/* rdnss.c: an option that names servers or domains; what the port has learned so goes. */
void rdnss_learn(struct tarn *st, unsigned port, const struct nd_option *o, tarn_ns now);
void rdnss_forget_port(struct tarn *st, unsigned port, tarn_ns now);

/* A redirect message; false: it was not believed. redirect.c */
bool redirect_input(struct tarn *st, const struct ip_info *ip, const struct nd_msg *m,
                    unsigned port, tarn_ns now);

/* linklocal4.c: look in a while whether the port needs an address of 169.254/16; make it; is it
 * one; `a` has come to the port, which so needs none. */
void linklocal4_consider(struct tarn *st, unsigned port, tarn_ns now);
void linklocal4_begin(struct tarn *st, unsigned port, unsigned tries, tarn_ns now);
bool linklocal4_is(const struct address *a);
void linklocal4_yield(struct tarn *st, const struct address *to);

#endif
