/* ip/ip.h - the network layer's own state and the calls between its files. */
#ifndef TARN_IP_IP_H
#define TARN_IP_IP_H

#include "base/hash.h"
#include "core/path.h"
#include "core/port.h"
#include "ip/fib.h"
#include "wire/ip4.h"

enum { PMTU_MAX = 4096, IP_ID_COUNTERS = 256 };

struct ip_layer {
    struct fib fib;
    struct hash pmtu;
    struct list pmtu_age; /* oldest first */
    struct pool pmtu_pool;
    struct timer pmtu_timer;
    struct hash reasm;
    struct list reasm_age;
    struct pool reasm_pool;
    uint64_t reasm_bytes;
    struct hash reasm_sources;
    struct pool reasm_source_pool;
    struct list addresses; /* struct address, oldest first */
    struct pool address_pool;
    uint8_t port_hops[PORT_MAX]; /* hop limit that routers have advertised; 0: none */
    uint16_t id[IP_ID_COUNTERS];
    uint32_t id6[IP_ID_COUNTERS];
};

static inline struct ip_layer *ip_layer(const struct tarn *st)
{
    return layer_state(st, LAYER_IP);
}

/* Something that cached routes depend on has changed. */
static inline void routes_changed(struct tarn *st)
{
    st->generation++;
}

/* ip/address.c */
void address_init(struct ip_layer *ip);

/* ip/pmtu.c: the path's MTU to dst, at most `mtu`. */
void pmtu_init(struct tarn *st, struct ip_layer *ip);
uint32_t pmtu_find(const struct tarn *st, const struct tarn_ip *dst, uint32_t zone, uint32_t mtu);
void pmtu_expire(struct tarn *st, struct timer *t, tarn_ns now);

/* ip/reasm.c: takes a fragment (from its payload on); a complete datagram in return, or NULL. */
void reasm_init(struct tarn *st, struct ip_layer *ip);
struct pkt *reasm_input(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now);
void reasm_expire(struct tarn *st, struct timer *t, tarn_ns now);

/* ip/ip6_headers.c: the hop-by-hop options at the packet's front, which every node looks at, and
 * the destination leaves behind; false: the packet was dropped. All other headers of a packet for
 * us, and fragments put together: the packet at its transport's header, or NULL. */
bool ip6_hop_by_hop(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now);
struct pkt *ip6_headers(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now);
/* Take the fragment header, which is in front of the packet's front, out of a packet that is whole:
 * ip->proto is what follows (RFC 8200 4.5). */
void ip6_unfragment(struct ip_info *ip, struct pkt *p);

/* ip/fragment.c: send the payload p as fragments of at most `mtu` bytes below headers like h. */
void ip4_fragment(struct tarn *st, const struct ip_info *ip, const struct ip4_hdr *h, struct pkt *p,
                  tarn_ns now);
void ip6_fragment(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now);

/* Write the header, hop-by-hop options included, in front of a packet that begins with a header of
 * type `first`. ip/ip_output.c */
void ip6_prepend(const struct tarn *st, const struct ip_info *ip, struct pkt *p, uint8_t first);

#endif
