/* core/path.h - THE MAP: the packet path, door by door, in order. Every door consumes its packet.
 *
 * The left column (input) parses one header per call and never calls the right column, except for
 * an immediate reply (RST, ICMP error, ARP reply), which ends in a queue. The right column is
 * pulled: nothing is sent before a port asks. Doors live in the files named beside them; this is
 * the only header that names layers above its own. */
#ifndef TARN_CORE_PATH_H
#define TARN_CORE_PATH_H

#include "core/stack.h"

struct ip_info;
struct membership;
struct nd_msg;
struct sock;

/* What the right column needs to know before it makes a packet: what the way out takes. */
struct tx_room {
    uint32_t mtu;     /* bytes of an IP packet: the path's, not only the link's */
    uint32_t gso_max; /* bytes of an IP super-packet; mtu when the link cannot segment */
    uint32_t offload; /* enum link_offload of the port */
};

/* What the network layer has learned of a received packet, or shall do with a sent one. */
struct ip_info {
    struct tarn_ip src, dst;
    uint32_t zone;     /* interface index + 1 where src or dst has one (tarn_ip_has_zone), else 0 */
    uint8_t proto;     /* IANA protocol number */
    uint8_t ttl;       /* hop limit; sent: 0 = the stack's default */
    uint8_t tos;       /* DSCP and ECN */
    uint8_t port;      /* in: where it came in; out: where it goes (see route_find) */
    bool df;           /* do not fragment */
    bool to_us;        /* received for an address of ours, not broadcast or multicast */
    bool anycast;      /* and others have it too: no answer comes from it (RFC 4443 2.2 b) */
    bool hdrincl;      /* sent: the packet already carries its IP header */
    bool router_alert; /* received: a router alert option (RFC 2113, RFC 2711) */
    bool no_loop;      /* sent: no copy to us, be it to a group (IP_MULTICAST_LOOP) or to all */
    bool local_only;   /* sent to a group: nothing but the copy to us (a time to live of 0) */
    bool fragmented;   /* received: IPv6 with a fragment header, an atomic one too (RFC 6946) */
    bool no_source;    /* sent: `src` stays unspecified (DAD, DHCP before an address) */
    /* sent: bytes to insert, a multiple of 4: IPv4 options; IPv6: a hop-by-hop options header,
     * complete but for its next-header field, multiple of 8. */
    uint8_t n_options;
    uint8_t options[40];
    uint32_t flow;       /* IPv6 flow label; 0 none */
    uint16_t frag_bytes; /* received: offset of this fragment; 0 and not mf: a whole packet */
    uint16_t next_at;    /* received, IPv6: where in the packet the field stands that named proto */
    uint16_t source_prefs; /* sent: IPV6_PREFER_SRC_* (RFC 5014), for address selection */
    uint32_t id;           /* identification, 16 bits of IPv4, 32 of IPv6 */
    bool mf;
    struct tarn_ip hop; /* out: next hop on the link (see route_find) */
    uint32_t mtu;       /* out: path MTU */
    uint32_t link_mtu;  /* out: of the interface and the route, whatever routers have told */
};

/* What an ICMP error says, in terms of either family; icmp/ has its type and code. */
enum icmp_why {
    ICMP_WHY_NO_ROUTE,    /* RFC 792 net unreachable; RFC 4443 3.1 code 0 */
    ICMP_WHY_HOST,        /* host unreachable; code 3 */
    ICMP_WHY_PROHIBITED,  /* communication prohibited; code 1 */
    ICMP_WHY_SCOPE,       /* IPv6: beyond scope of source address, code 2 */
    ICMP_WHY_PROTOCOL,    /* no such transport; IPv6: parameter problem 1 at `info` */
    ICMP_WHY_PORT,        /* port unreachable */
    ICMP_WHY_TOO_BIG,     /* fragmentation needed, packet too big; info: next-hop MTU */
    ICMP_WHY_TTL,         /* time to live, hop limit exceeded in transit */
    ICMP_WHY_REASSEMBLY,  /* fragment reassembly time exceeded */
    ICMP_WHY_HEADER,      /* parameter problem 0 at byte `info` of the packet */
    ICMP_WHY_NEXT_HEADER, /* IPv6: parameter problem 1, unrecognised next header */
    ICMP_WHY_OPTION,      /* IPv6: parameter problem 2, unrecognised option; answered even when the
                             destination is a group (RFC 4443 2.4 e.3) */
    ICMP_WHY_FRAGMENT,    /* IPv6: parameter problem 3, first fragment without all headers */
};

struct icmp_report {
    uint8_t why;   /* enum icmp_why */
    uint32_t info; /* MTU, or a byte's place */
};

/* up */
void port_input(struct tarn *st, unsigned port, struct pkt *p, tarn_ns now); /* core/port.c */
void eth_input(struct tarn *st, struct pkt *p, tarn_ns now);                 /* eth/eth.c */
/* A packet that begins at its IP header, of a link without one of its own. core/port.c */
void path_ip_input(struct tarn *st, struct pkt *p, tarn_ns now);
void arp_input(struct tarn *st, struct pkt *p, tarn_ns now); /* eth/arp.c */
void ip4_input(struct tarn *st, struct pkt *p, tarn_ns now); /* ip/ip4_input.c */
void ip6_input(struct tarn *st, struct pkt *p, tarn_ns now); /* ip/ip6_input.c */
/* ICMPv6's messages of other layers, which icmp/icmp6.c has verified and hands on; p begins at the
 * ICMP header, l3 is set. nd_input: types 133 to 137, on an Ethernet port. eth/nd.c, group/mld.c */
void nd_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now);
void mld_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now);
/* What neighbour discovery hears of routers: types 133, 134 and 137, which nd_input has parsed and
 * checked for hop limit, code and options' lengths. addrconf/ra.c */
void router_input(struct tarn *st, const struct ip_info *ip, const struct nd_msg *m, struct pkt *p,
                  tarn_ns now);
void igmp_input(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                tarn_ns now); /* group/igmp.c */
void ip_deliver(struct tarn *st, struct ip_info *ip, struct pkt *p,
                tarn_ns now); /* ip/ip_deliver.c */

/* across */
void ip_forward(struct tarn *st, struct ip_info *in, struct pkt *p,
                tarn_ns now); /* ip/ip_forward.c */

/* down */
/* An ICMP error about the received packet p (its IP header at l3); p is borrowed. icmp/ */
void icmp_error_send(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                     struct icmp_report what, tarn_ns now);
/* Send a transport's packet: route it (unless ip->port and ip->hop are set by route_find), build
 * the IP header, fragment if needed, and queue it on the port. */
void ip_output(struct tarn *st, struct ip_info *ip, struct pkt *p,
               tarn_ns now); /* ip/ip_output.c */
void neigh_output(struct tarn *st, unsigned port, const struct tarn_ip *hop, struct pkt *p,
                  tarn_ns now); /* eth/neigh.c */
void eth_output(struct tarn *st, unsigned port, const uint8_t dst[6], uint16_t type, struct pkt *p,
                tarn_ns now);                                                 /* eth/eth.c */
void port_output(struct tarn *st, unsigned port, struct pkt *p, tarn_ns now); /* core/port.c */

/* The sum of the pseudo-header for a transport's `bytes` (header and data) between ip->src and
 * ip->dst, either family; a partial sum of base/sum.h. core/csum.c */
uint32_t path_pseudo_sum(const struct ip_info *ip, uint32_t bytes);

/* Does the transport checksum of a received packet verify? The packet begins at its transport
 * header; one that the link has verified, or that never left this machine, is good. core/csum.c */
bool path_csum_good(struct tarn *st, const struct ip_info *ip, struct pkt *p);

/* sideways: what a lower layer asks of a higher one */

/* The way to ip->dst: fills port, hop, mtu, and src when it is unspecified. 0, -TARN_ENETUNREACH,
 * -TARN_EADDRNOTAVAIL, -TARN_EINVAL (a loopback source to another host). `bind_port` >= 0 restricts
 * the interface. ip/route.c */
int route_find(const struct tarn *st, struct ip_info *ip, int bind_port);

/* The gateway `ip` on `port` answers, or does not (any more): routes by it are preferred less while
 * there are others (RFC 4861 6.3.6). ip/fib.c */
void route_gateway(struct tarn *st, unsigned port, const struct tarn_ip *ip, bool answers);

/* What that way takes. ip/route.c */
void route_room(struct tarn *st, const struct ip_info *ip, struct tx_room *out);

/* Is `ip` an address of this host (any interface) that may be used: assigned, not tentative?
 * A link-local one of IPv6 is ours on any interface; ask address_is_on() for one. ip/address.c */
bool address_is_local(const struct tarn *st, const struct tarn_ip *ip);

/* The state of our address `ip` on `port`: enum tarn_address_flag bits, or -1: it is not there.
 * ip/address.c */
int address_flags(const struct tarn *st, unsigned port, const struct tarn_ip *ip);

/* Address configuration hears of an interface that has gone up, before its addresses are started,
 * or down, after they have been stopped. addrconf/addrconf.c */
void addrconf_port(struct tarn *st, unsigned port, bool up, tarn_ns now);

/* Is it the address that all routers of a network on `port` have, this one among them (RFC 4291
 * 2.6.1), while IPv6 is forwarded? `port` negative: on any. ip/address.c */
bool address_is_anycast(const struct tarn *st, int port, const struct tarn_ip *ip);

/* Somebody else has the tentative `ip`. addrconf/dad.c asks eth/ by nd_probe() and arp_probe(), and
 * is told by this. */
void dad_conflict(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now);

/* Another station says by ARP that it has an address of ours that is in use (RFC 5227 2.4): it is
 * defended or given up. addrconf/conflict.c */
void address_conflict(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now);

/* Is it a broadcast address, limited or of a network of ours? ip/address.c */
bool address_is_broadcast(const struct tarn *st, const struct tarn_ip *ip);

/* Our address on `port` that suits a conversation with dst: of dst's network, else the first.
 * ip/address.c */
bool address_on_port(const struct tarn *st, unsigned port, const struct tarn_ip *dst,
                     struct tarn_ip *out);

/* Do we listen on `port` to what src sends to this group? group/group.c */
bool group_hears(const struct tarn *st, unsigned port, const struct tarn_ip *group,
                 const struct tarn_ip *src);

/* Memberships: what somebody here wants to hear of a group on one port. The group's filter is the
 * sum of all (RFC 9776 3.2); a change is reported to the routers. A new one excludes nobody. NULL:
 * no memory, or the limit. `owner` is a list of the holder's, to which it is added, or NULL for the
 * stack's own; the holder takes it off that list before it calls group_leave(). Groups that need
 * no report (all hosts, all nodes, interface-local scope) are members all the same.
 * core/group.h, group/group.c */
struct membership *group_join(struct tarn *st, unsigned port, const struct tarn_ip *group,
                              struct list *owner, tarn_ns now);
void group_leave(struct tarn *st, struct membership *m, tarn_ns now);
void group_filter(struct tarn *st, struct membership *m, bool exclude,
                  const struct tarn_ip *sources, unsigned n, tarn_ns now);

/* The port has gone up: its memberships are reported; or down. group/group.c */
void group_link_changed(struct tarn *st, unsigned port, bool up, tarn_ns now);
/* It has a link-local address now: those of IPv6 are reported from it. group/group.c */
void group_link_named(struct tarn *st, unsigned port, tarn_ns now);

/* A path MTU learned from ICMP or probing, remembered for ten minutes; `zone` says which link a
 * destination of link scope is on. One of IPv6 below its minimum is not believed (RFC 8201 4).
 * ip/pmtu.c */
void pmtu_learn(struct tarn *st, const struct tarn_ip *dst, uint32_t zone, uint32_t mtu,
                tarn_ns now);

/* A better first hop to dst, by a redirect of either family (RFC 792, RFC 4861 8.3), checked here:
 * false: it was not believed. addrconf/redirect.c */
bool redirect_learn(struct tarn *st, unsigned port, const struct tarn_ip *from,
                    const struct tarn_ip *dst, const struct tarn_ip *hop, tarn_ns now);

/* The next hop does not answer: what a redirect has sent there goes its old way again (RFC 4861
 * 7.3.3). addrconf/redirect.c */
void redirect_failed(struct tarn *st, unsigned port, const struct tarn_ip *hop, tarn_ns now);

/* The packet p (l3 is set) leaves while a router of ours is lost. If it would have gone by that
 * one, it is asked whether it answers again, once a minute at most (RFC 4191 3.2). When to look
 * again; TARN_NEVER: none is lost. addrconf/router.c */
tarn_ns router_missed(struct tarn *st, const struct pkt *p, tarn_ns now);

/* A router of ours says that it forwards no more (RFC 4861 7.2.5). addrconf/router.c */
void router_gone(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now);

/* Ask on `port` whether anybody has `ip`, which is tentative here (RFC 4862 5.4.2, RFC 5227 2.1);
 * an answer comes as dad_conflict(). eth/nd.c, eth/arp.c */
void nd_probe(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now);
void arp_probe(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now);
/* Tell the routers on the link that `ip` is ours, unasked (RFC 9131 6.1.2). eth/nd.c */
void nd_announce(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now);

/* A host is unreachable because its link address cannot be found. stack.c: ICMP error for a
 * forwarded packet, proto->error for our own. Consumes p (whose l3 is set). */
void path_unreachable(struct tarn *st, struct pkt *p, tarn_ns now);

#endif
