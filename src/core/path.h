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
    uint32_t zone;     /* interface index + 1 for link-local addresses, else 0 */
    uint8_t proto;     /* IANA protocol number */
    uint8_t ttl;       /* hop limit; sent: 0 = the stack's default */
    uint8_t tos;       /* DSCP and ECN */
    uint8_t port;      /* in: where it came in; out: where it goes (see route_find) */
    bool df;           /* do not fragment */
    bool to_us;        /* received for an address of ours, not broadcast or multicast */
    bool hdrincl;      /* sent: the packet already carries its IP header */
    uint8_t n_options; /* sent: bytes of IPv4 options to insert, multiple of 4 */
    uint8_t options[40];
    uint16_t frag_bytes; /* received: offset of this fragment; 0 and not mf: a whole packet */
    uint16_t id;
    bool mf;
    struct tarn_ip hop; /* out: next hop on the link (see route_find) */
    uint32_t mtu;       /* out: path MTU */
};

/* What an ICMP error says. */
struct icmp_report {
    uint8_t type, code; /* enum icmp_type and its codes */
    uint32_t info;      /* next-hop MTU of "fragmentation needed" */
};

/* up */
void port_input(struct tarn *st, unsigned port, struct pkt *p, tarn_ns now); /* core/port.c */
void eth_input(struct tarn *st, struct pkt *p, tarn_ns now);                 /* eth/eth.c */
/* A packet that begins at its IP header, of a link without one of its own. core/port.c */
void path_ip_input(struct tarn *st, struct pkt *p, tarn_ns now);
void arp_input(struct tarn *st, struct pkt *p, tarn_ns now); /* eth/arp.c */
void ip4_input(struct tarn *st, struct pkt *p, tarn_ns now); /* ip/ip4_input.c */
void ip6_input(struct tarn *st, struct pkt *p, tarn_ns now); /* ip/ip6_input.c */
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
int route_find(struct tarn *st, struct ip_info *ip, int bind_port);

/* What that way takes. ip/route.c */
void route_room(struct tarn *st, const struct ip_info *ip, struct tx_room *out);

/* Is `ip` an address of this host (any interface)? ip/address.c */
bool address_is_local(const struct tarn *st, const struct tarn_ip *ip);

/* Is it a broadcast address, limited or of a network of ours? ip/address.c */
bool address_is_broadcast(const struct tarn *st, const struct tarn_ip *ip);

/* Our address on `port` that suits a conversation with dst: of dst's network, else the first.
 * ip/address.c */
bool address_on_port(const struct tarn *st, unsigned port, const struct tarn_ip *dst,
                     struct tarn_ip *out);

/* A path MTU learned from ICMP or probing, remembered for ten minutes. ip/pmtu.c */
void pmtu_learn(struct tarn *st, const struct tarn_ip *dst, uint32_t mtu, tarn_ns now);

/* The neighbour is reachable: a transport has seen forward progress (RFC 4861 7.3.1). eth/neigh.c
 */
void neigh_confirm(struct tarn *st, unsigned port, const struct tarn_ip *hop, tarn_ns now);

/* A host is unreachable because its link address cannot be found. stack.c: ICMP error for a
 * forwarded packet, proto->error for our own. Consumes p (whose l3 is set). */
void path_unreachable(struct tarn *st, struct pkt *p, tarn_ns now);

#endif
