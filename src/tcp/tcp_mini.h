/* tcp/tcp_mini.h - the small records that stand for a connection while it has no socket: half open,
 * or in TIME-WAIT. */
#ifndef TARN_TCP_TCP_MINI_H
#define TARN_TCP_TCP_MINI_H

#include "base/hash.h"
#include "base/list.h"
#include "base/seq.h"
#include "base/wheel.h"
#include "tarn/addr.h"
#include "tarn/pkt.h"

struct tarn;
struct tcp_cookie;
struct tcp_seg;
struct tcp_sock;

/* What a half-open connection and one in TIME-WAIT have in common. */
enum tcp_mini_kind { TCP_MINI_REQUEST = 1, TCP_MINI_TIME_WAIT };

struct tcp_mini {
    struct timer timer; /* kind TIMER_TCP_REQUEST or TIMER_TCP_TIME_WAIT */
    struct hash_node node;
    struct list_node link; /* the listener's requests, or all of TIME-WAIT, oldest first */
    struct tarn_addr local, remote;
    uint8_t kind;          /* enum tcp_mini_kind */
    uint8_t ecn, ecn_fail; /* enum tcp_ecn_mode, enum tcp_ecn_fail */
    uint16_t ace;          /* flags that go with what is sent for it */
    uint8_t syn_acks;      /* sent */
    uint8_t snd_wscale, rcv_wscale;
    uint8_t retries;                          /* of the SYN-ACK */
    bool ts_ok, sack_ok, wscale_ok, deferred; /* deferred: the ACK came, data is awaited */
    tcp_seq snd_nxt, rcv_nxt;                 /* request: ISS + 1, IRS + 1 */
    uint32_t rcv_wnd, ts_recent, ts_offset;
    uint32_t answered_ms; /* the last answer to what was not acceptable; 0: never */
    uint16_t peer_mss;
    uint8_t tos, ttl;
    uint32_t mark, flow;
    uint32_t auth;                /* TIME-WAIT: struct tcp_auth; a request's is its listener's */
    uint8_t key_id, rnext_key_id; /* of a SYN that TCP-AO has signed */
};

/* The link that both ends are meant on, as interface index + 1; 0: any. */
static inline uint32_t tcp_mini_zone(const struct tcp_mini *m)
{
    return m->remote.zone != 0 ? m->remote.zone : m->local.zone;
}

struct tcp_request {
    struct tcp_mini mini;
    uint32_t listener; /* struct tcp_sock */
    uint32_t snd_wnd;
    tarn_ns born, sent;
};

struct tcp_time_wait {
    struct tcp_mini mini;
    tarn_ns since;
    bool reuse, holds_port; /* see port_hold() */
};

/* The record of a pair of addresses; NULL. */
struct tcp_mini *tcp_mini_find(const struct tarn *st, const struct tarn_addr *local,
                               const struct tarn_addr *remote);
void tcp_mini_insert(struct tarn *st, struct tcp_mini *m);
/* Out of the table, its timer stopped. The memory stays the caller's. */
void tcp_mini_remove(struct tarn *st, struct tcp_mini *m);

/* Was the segment for a small record? Then it is consumed. `listener`: that of its port, or NULL.
 */
bool tcp_mini_input(struct tarn *st, struct tcp_sock *listener, struct tcp_seg *g);

/* Answers, sent at once. The SYN,ACK offers `adv_mss` and has fast open's cookie, unless NULL. */
void tcp_mini_ack(struct tarn *st, const struct tcp_mini *m, tarn_ns now);
void tcp_mini_reset(struct tarn *st, const struct tcp_mini *m, tarn_ns now);
void tcp_mini_syn_ack(struct tarn *st, const struct tcp_mini *m, uint16_t adv_mss,
                      const struct tcp_cookie *cookie, tarn_ns now);

#endif
