/* ip/select.h - which of our addresses a conversation begins with; scopes (RFC 4007, RFC 6724). */
#ifndef TARN_IP_SELECT_H
#define TARN_IP_SELECT_H

#include "core/path.h"

/* RFC 4291 2.7; unicast addresses map to these (RFC 6724 3.1). */
enum ip6_scope {
    IP6_SCOPE_INTERFACE = 1,
    IP6_SCOPE_LINK = 2,
    IP6_SCOPE_SITE = 5,
    IP6_SCOPE_GLOBAL = 14
};

/* The scope of an address of either family (RFC 6724 3.1, 3.2). */
unsigned ip6_scope(const struct tarn_ip *ip);

/* Our address for a packet to ip->dst out of `port`, by RFC 6724 5 and ip->source_prefs, into
 * ip->src; false: none suits. */
bool address_select(const struct tarn *st, unsigned port, struct ip_info *ip);

#endif
