/* tcp/auth/tcp_auth.h - signed segments (RFC 2385, RFC 5925): who signs, with what, and how. */
#ifndef TARN_TCP_AUTH_TCP_AUTH_H
#define TARN_TCP_AUTH_TCP_AUTH_H

#include "tcp/tcp.h"

static inline struct tcp_auth *tcp_auth(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->keyed ? ref_at(st, tcp_extra(st, tc)->auth) : NULL;
}

/* Is there anything to check? */
static inline bool tcp_auth_concerns(const struct tcp_sock *tc, const struct tcp_seg *g)
{
    return tc->keyed || g->h.opts.auth != TCP_AUTH_NONE;
}

/* tcp_key.c */
/* The pools of keys. For the layer's beginning. */
void tcp_auth_init(struct tcp_layer *l);
/* The socket's keys, made if it has none; NULL: no memory. */
struct tcp_auth *tcp_auth_get(struct tarn *st, struct tcp_sock *tc);
/* The same, with all that what outlives the connection needs of it; 0: there are none. */
uint32_t tcp_auth_ref(struct tarn *st, struct tcp_sock *tc);
/* They are the caller's now, to be given to tcp_auth_put() in the end; 0: there are none. */
uint32_t tcp_auth_take(const struct tarn *st, struct tcp_sock *tc);
/* Give them back; 0: nothing. */
void tcp_auth_put(struct tarn *st, uint32_t ref);
/* A connection's from its listener's; `m` has the key of its SYN. false: no memory. */
bool tcp_auth_inherit(struct tarn *st, struct tcp_sock *tc, const struct tcp_sock *from,
                      const struct tcp_mini *m);
/* The key that is most particularly for the peer; NULL: none is. */
const struct tcp_key *tcp_key_for(const struct tarn *st, const struct tcp_auth *a,
                                  const struct tarn_ip *peer);
/* Make a key that is for peers with these leading bits; false: more bits than the family has. */
bool tcp_key_peer(struct tcp_key *k, const struct tarn_ip *peer, unsigned prefix);
/* The key for a peer with this number on segments that we send (SendID), or that it sends (RecvID,
 * RFC 5925 3.1); NULL. */
struct tcp_key *tcp_key_by_send_id(const struct tarn *st, const struct tcp_auth *a,
                                   const struct tarn_ip *peer, uint8_t id);
struct tcp_key *tcp_key_by_recv_id(const struct tarn *st, const struct tcp_auth *a,
                                   const struct tarn_ip *peer, uint8_t id);
/* One for the same peers as `like`, of TCP-AO with the same numbers; NULL. */
struct tcp_key *tcp_key_same(const struct tarn *st, const struct tcp_auth *a,
                             const struct tcp_key *like);
/* A key like this one; NULL: no memory. And one goes. */
struct tcp_key *tcp_key_add(struct tarn *st, struct tcp_auth *a, const struct tcp_key *like);
void tcp_key_remove(struct tarn *st, struct tcp_auth *a, struct tcp_key *k);

/* tcp_auth.c */
/* The key that a connection signs with; NULL. */
const struct tcp_key *tcp_auth_key(const struct tarn *st, const struct tcp_sock *tc);
/* What a segment of a connection, or of a small record, is to be signed with. */
struct tcp_signer tcp_auth_signer(const struct tarn *st, const struct tcp_sock *tc);
struct tcp_signer tcp_mini_signer(const struct tarn *st, const struct tcp_mini *m);
/* Bytes of a segment's header that signing takes; SACK blocks that fit beside. */
uint32_t tcp_auth_bytes(const struct tarn *st, const struct tcp_sock *tc);
unsigned tcp_auth_sack_room(const struct tarn *st, const struct tcp_sock *tc);
/* Timestamps and this signature do not fit into a SYN together with the other options. */
bool tcp_auth_bars_timestamps(const struct tcp_key *k, bool sack);
/* Say in a segment's options that it will be signed; once it is built, sign it. */
void tcp_signer_option(const struct tcp_signer *by, struct tcp_opts *o);
void tcp_auth_option(const struct tarn *st, const struct tcp_sock *tc, struct tcp_opts *o);
void tcp_auth_sign(const struct tarn *st, const struct tcp_signer *by, const struct ip_info *ip,
                   struct pkt *p, const struct tcp_hdr *h);
/* Is the segment signed as its peer has to: one for a connection or a listener; one that belongs to
 * TIME-WAIT? Sets g->by, or g->why (RFC 5925 7.2, RFC 2385 2). */
bool tcp_auth_admits(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
bool tcp_auth_admits_old(struct tarn *st, struct tcp_auth *a, struct tcp_seg *g);

/* tcp_md5.c */
enum { TCP_MAC_BYTES = 20, TCP_PSEUDO_BYTES = 40 }; /* the longest, before it is cut */
/* A segment as signatures see it: header, and the packet's bytes behind the first `skip`. */
struct tcp_signed {
    const struct ip_info *ip;
    const uint8_t *head;
    uint32_t head_bytes, mac_at, mac_bytes;
    const struct pkt *p;
    uint32_t skip;
};
/* The pseudo-header that is signed, its length. */
size_t tcp_signed_pseudo(const struct tcp_signed *s, uint8_t out[TCP_PSEUDO_BYTES]);
/* RFC 2385 2. */
void tcp_md5_digest(const struct tarn *st, const struct tcp_key *k, const struct tcp_signed *s,
                    uint8_t out[TCP_MAC_BYTES]);

/* tcp_ao.c */
/* Initial sequence numbers of who has sent the segment, and of the other side: 0 for a SYN. */
struct tcp_ao_isns {
    tcp_seq src, dst;
};
/* RFC 5926 3.1: the traffic key of a segment; returns its length. */
size_t tcp_ao_traffic_key(const struct tcp_key *k, const struct tcp_signed *s,
                          struct tcp_ao_isns isns, uint8_t out[TCP_MAC_BYTES]);
/* The segment's MAC (RFC 5925 5.1), before it is cut to k->mac_bytes. */
void tcp_ao_mac(const struct tarn *st, const struct tcp_key *k, const struct tcp_signed *s,
                struct tcp_ao_isns isns, uint32_t sne, uint8_t out[TCP_MAC_BYTES]);
/* The extension of `s`, near one that is known. */
uint32_t tcp_ao_sne(const struct tcp_sne *near_it, tcp_seq s);
/* A connection's numbers begin: those of an earlier attempt mean nothing. */
void tcp_ao_begin(const struct tarn *st, struct tcp_sock *tc);
/* RFC 5925 7.8: is the ICMP error to be ignored? */
bool tcp_ao_ignores(const struct tarn *st, const struct tcp_sock *tc, const struct icmp_error *e);

#endif
