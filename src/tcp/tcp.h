/* tcp/tcp.h - the TCP connection (RFC 9293 3.3) and the records around it.
 *
 * A connection is up to three records. The cold one, `struct tcp_sock`, holds what must be kept
 * while nothing happens and is all that an idle connection costs. The active one, `struct
 * tcp_active`, holds what only matters while data is in flight or out of order (send records, loss
 * recovery, congestion control, rate samples, reassembly); it comes from a pool and goes back once
 * the connection has been quiet for a retransmission timeout. Connections that are half open or in
 * TIME-WAIT have no socket, only a small record (`struct tcp_mini`). What few connections need at
 * all (urgent pointers, AccECN's counters, keys) is in a third record, `struct tcp_extra`.
 *
 *     SND.UNA             SND.NXT            snd_end
 *     |---- in flight -----|---- not sent ----|        the send queue holds [snd_una, snd_end)
 *     |-rec-|--rec--|-rec--|                           send records cover  [snd_una, snd_nxt)
 *
 *     copied        RCV.NXT                 rcv_adv    right edge offered; it never moves back
 *     |---- unread ----|---- RCV.WND ----------|       the receive queue holds [copied, rcv_nxt)
 *                          |-run-|   |-run-|           runs hold what came out of order
 *
 * Invariants: snd_una <= snd_nxt <= snd_end + 1 (the FIN); rcv_acked <= rcv_nxt <= rcv_adv;
 * send records are in order and without gaps; runs are in order, disjoint, and above rcv_nxt;
 * sacked, lost and retransmitted bytes are the sums over the send records that carry the mark.
 *
 * Links between records are refs, so the arena may move between two calls. */
#ifndef TARN_TCP_TCP_H
#define TARN_TCP_TCP_H

#include "base/array.h"
#include "base/bits.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/seq.h"
#include "sock/proto.h"
#include "tarn/cc.h"
#include "tcp/auth/tcp_key.h"
#include "tcp/tcp_extra.h"
#include "tcp/tcp_mini.h"
#include "tcp/tcp_queue.h"
#include "wire/ip4.h"
#include "wire/tcp.h"

#define TCP_SECOND_NS UINT64_C(1000000000)

/* One transmission that is not acknowledged: bytes [start, end) of the sequence space. */
enum tcp_rec_flag {
    TCP_REC_SYN = 1,
    TCP_REC_FIN = 2,      /* the last sequence number is the FIN's */
    TCP_REC_SACKED = 4,   /* the peer holds it (RFC 2018) */
    TCP_REC_LOST = 8,     /* deemed lost (RFC 6675 IsLost, or a timeout) */
    TCP_REC_RETRANS = 16, /* a retransmission is in flight */
    TCP_REC_EVER = 32,    /* was retransmitted at some time: no RTT sample (Karn) */
    TCP_REC_APP_LIMITED = 64,
};

struct tcp_rec {
    struct list_node link, order; /* by sequence; among those in flight or those lost */
    tcp_seq start, end;
    tarn_ns sent;         /* last transmission */
    tarn_ns delivered_at; /* snapshot when sent: when `delivered` last grew */
    uint32_t delivered;   /* snapshot when sent: bytes delivered of the connection, low 32 bits */
    uint32_t span;        /* since the send window began that this one belongs to, see tcp_rate.c */
    uint32_t lost;        /* snapshot when sent: bytes lost of the connection, low 32 bits */
    uint32_t inflight;    /* snapshot when sent, this one included; SACKed: its segments */
    uint32_t tx_tag;      /* the congestion control's */
    /* enum tcp_rec_flag; transmissions after the first; payload of a segment, 0: there is one */
    uint32_t flags : 8, retries : 8, mss : 16;
};

/* Bytes that arrived out of order, without a hole: [start, start + q.bytes). */
struct tcp_run {
    struct list_node link;
    struct tcp_queue q;
    tcp_seq start;
};

/* Of loss recovery, with Linux's numbers; see tcp_loss.c. */
enum tcp_ca_state { TCP_CA_OPEN, TCP_CA_DISORDER, TCP_CA_CWR, TCP_CA_RECOVERY, TCP_CA_LOSS };

/* Of one episode; see tcp_prr.c. Names of RFC 9937, bytes. */
struct tcp_prr {
    uint32_t recover_fs, delivered, out;
};

/* Names of RFC 8985 6.1; see tcp_rack.c. */
struct tcp_rack {
    tarn_ns sent;      /* RACK.xmit_ts: of the delivered record that was sent last; 0 = none */
    tcp_seq end;       /* RACK.end_seq */
    uint64_t rtt_ns;   /* RACK.rtt: how long that one took */
    tarn_ns reo_at;    /* the reordering timer; 0 = off */
    uint64_t adjusted; /* a->delivered when the window was last made wider */
    uint8_t steps;     /* RACK.reo_wnd_mult */
    uint8_t persist;   /* recoveries for which it stays so */
    bool advanced;     /* an ACK has told something since the last look */
    bool dsack;        /* a duplicate was told of since the last ACK that was looked at */
};

/* Names of RFC 8985 7.3; see tcp_tlp.c. */
struct tcp_tlp {
    tarn_ns pto_at; /* 0 = off */
    tcp_seq end;    /* TLP.end_seq; while one is out */
    bool out;
    bool resent; /* TLP.is_retrans */
    bool stale;  /* the timer is to be armed anew */
    uint8_t due; /* enum tcp_tlp_due: the timer has ended, a segment goes whatever the window */
};

enum tcp_tlp_due { TCP_TLP_NONE, TCP_TLP_NEW, TCP_TLP_AGAIN };

/* What would be restored if the episode proved needless; see tcp_undo.c. */
struct tcp_undo {
    struct tarn_cc_ctl ctl;
    _Alignas(8) uint8_t state[TARN_CC_STATE_BYTES];
    tcp_seq marker;    /* SND.UNA when it began */
    tcp_seq until;     /* once SND.UNA is above, it is too late; see has_until */
    uint32_t resent;   /* segments sent again that no duplicate has been told of */
    uint32_t stamp_ms; /* when the first one went */
    bool armed, any;   /* there was an episode; something was sent again in it */
    bool allowed;      /* the window may be restored, too */
    bool has_until, has_stamp;
};

/* What the newest delivered send record of one ACK tells; see tcp_rate.c. */
struct tcp_sample {
    tarn_ns sent; /* of that record; 0 = this ACK delivered nothing new */
    tarn_ns first_sent, prior_at;
    uint64_t prior_delivered;
    uint32_t tx_lost, tx_inflight, tx_tag;
    uint32_t acked, newly_lost, acked_segs; /* bytes, bytes, segments of this ACK */
    uint32_t prior_inflight;
    uint32_t told; /* without SACK: bytes that a duplicate ACK tells have left the network */
    int64_t rtt_ns, first_rtt_ns; /* of the newest and the oldest that was sent once; -1 = none */
    uint64_t rate, interval;
    bool retrans, app_limited, dsack, advanced;
    bool resent;        /* some of what was delivered had been sent again (Karn) */
    bool syn;           /* the SYN was acknowledged */
    bool dup;           /* a duplicate ACK (RFC 5681 2) */
    bool sacked;        /* something was SACKed for the first time */
    bool original;      /* delivered: something sent once, before the episode began */
    bool reordered;     /* delivered: something sent once, below what was SACKed before */
    bool tlp_duplicate; /* told of: a duplicate of the tail loss probe */
    bool pure;          /* a bare ACK that changes no window */
    bool has_tsecr;
    uint32_t tsecr_ms; /* TSecr, in milliseconds of our clock, if has_tsecr */
    uint64_t min_rtt_ns;
    uint32_t marked; /* segments that it tells were marked, at least (RFC 3168, RFC 9768) */
    tcp_seq prior_una;
    tcp_seq low, high; /* of `reordered`: where the lowest begins; the end of what was SACKed */
};

enum {
    TCP_MAX_RUNS = 4096, /* bounds the walk over them, whatever a peer sends */
    TCP_RECENT_RUNS = 8,
    TCP_RUN_PLACES = 16,
    TCP_DUPLICATES = 15, /* that can be owed */
};

struct tcp_active {
    struct list recs;    /* struct tcp_rec, by sequence number */
    struct list flying;  /* those in flight, by time of transmission */
    struct list waiting; /* those lost and not sent again, by sequence number */
    uint32_t cursor;     /* the record where the last walk ended; 0 = none */
    uint32_t wait_hint;  /* the record that was put into `waiting` last; 0 = none */
    uint32_t sacked_bytes, lost_bytes, retrans_bytes, sacked_segs;
    tcp_seq high_sacked; /* end of the highest byte SACKed, see has_sacked */
    tcp_seq loss_edge;   /* all below it that is not SACKed has been marked lost */
    tcp_seq recover;     /* RFC 6582: SND.NXT when the episode began */
    tcp_seq small;       /* end of the last segment sent that was not full, see has_small */
    uint32_t dup_acks;   /* without SACK: in a row */
    uint8_t ca_state;    /* enum tcp_ca_state */
    struct tcp_prr prr;  /* while the window is brought down: CWR, Recovery */
    struct tcp_rack rack;
    struct tcp_tlp tlp;
    struct tcp_undo undo;
    uint16_t reordering;   /* segments; DupThresh, and grows with what is seen */
    uint16_t reord_seen;   /* how often segments have overtaken each other */
    uint32_t rto_since_ms; /* the first of the timeouts that are not over; 0: there is none */
    bool frto;             /* RFC 5682: was the timeout needless? See tcp_frto.c */
    bool new_first;        /* new data goes before what is lost, until the next ACK */
    bool has_sacked, has_small, has_recover;
    bool has_reduced;  /* the window came down when `recover` was set */
    bool rexmit_now;   /* one retransmission goes whatever the window: an episode's first */
    bool cwnd_limited; /* the window was the limit in this round trip, see tcp_cc.c */
    bool has_fin, dsack_due;
    bool super_goes_on, super_pushes; /* a super-packet that leaves in pieces, see tcp_super.c */
    tcp_seq super_end;
    tcp_seq fin;                 /* receive side: where the peer's FIN stands */
    uint32_t nxt_chunk, nxt_off; /* of the send queue: where snd_nxt stands; chunk 0 = unknown */

    /* delivery rate (draft-ietf-ccwg-bbr 4.1) */
    uint64_t delivered, lost, app_limited; /* totals; app_limited until `delivered` reaches it */
    tarn_ns delivered_at, first_sent;
    uint64_t round_delivered; /* a round trip ends when a record sent after this is delivered */
    uint32_t round_flight;    /* the most that was out in this round trip, while no limit was met */
    tcp_seq usage_edge;       /* that round trip ends when this is acknowledged */
    uint32_t used;            /* the most that was out since used_at, see tcp_cc.c */
    tarn_ns used_at;          /* when the window last was the limit */
    uint64_t rate;            /* the last sample, bytes per second */

    /* congestion control */
    struct tarn_cc cc;
    struct rng rng;
    tarn_ns pace_at; /* no new data before; 0 = not paced */

    /* out of order */
    struct list runs;       /* struct tcp_run, by sequence number */
    uint32_t hole_timeouts; /* in a row, of long segments; the last at hole_at, see tcp_probe.c */
    tarn_ns hole_at;
    uint32_t n_runs, run_bytes, run_true_bytes;
    uint32_t recent[TCP_RECENT_RUNS]; /* runs that grew last, the newest first; n_recent of them */
    uint32_t n_recent;
    uint32_t places[TCP_RUN_PLACES], n_places; /* where walks over them were long, in turn */
    struct tcp_sack_block dsack;               /* due in the next ACK (RFC 2883) */
};

/* A listener's part of the record. */
struct tcp_listener {
    struct list accept;    /* struct tcp_sock, oldest first */
    struct list requests;  /* struct tcp_request, oldest first */
    struct list unproven;  /* struct tcp_extra of connections begun by a SYN, see tcp_fastopen.c */
    struct list penalties; /* struct tcp_penalty, oldest first */
    uint32_t n_accept, n_requests, n_unproven, backlog; /* n_unproven: with penalties */
};

/* A connection begun by a SYN was reset: its place in the queue is taken for a while. */
struct tcp_penalty {
    struct list_node link;
    tarn_ns until;
};

/* What was agreed on marks of congestion. Asked: an AccECN SYN is on its way (RFC 9768 3.1). */
enum tcp_ecn_mode { TCP_ECN_OFF, TCP_ECN_CLASSIC, TCP_ECN_ACCURATE, TCP_ECN_ASKED };

/* What the sending side spends its time on. */
enum tcp_spent { TCP_SPENT_BUSY, TCP_SPENT_RWND, TCP_SPENT_SNDBUF, TCP_SPENT_N };

struct tcp_sock {
    struct sock sk;

    /* RFC 9293 3.3.1 */
    tcp_seq iss, snd_una, snd_nxt, snd_wl1, snd_wl2;
    tcp_seq irs, rcv_nxt;
    uint32_t snd_wnd, max_snd_wnd; /* bytes, scaled */
    tcp_seq rcv_adv;   /* right edge of the window that was offered: RCV.NXT + RCV.WND */
    tcp_seq rcv_acked; /* acknowledgement number last sent */

    struct tcp_queue sendq, recvq;
    uint32_t snd_buf, rcv_buf; /* limits, bytes */
    uint32_t active;           /* struct tcp_active; 0 = none */
    uint32_t extra;            /* struct tcp_extra; 0 = none */

    tarn_ns rto_at;      /* retransmission or persist timer, or the link's; 0 = off */
    tarn_ns ack_at;      /* delayed ACK; 0 = off */
    tarn_ns idle_at;     /* keep-alive, orphan's end, giving back the active record; 0 = off */
    tarn_ns progress_at; /* when the peer last acknowledged something, or it was first owed; or when
                            the first timeout came since then */

    uint32_t srtt_us8, rttvar_us4; /* RFC 6298, microseconds times 8 and 4; 0 = no sample yet */
    uint32_t min_rtt_us;
    uint32_t ts_recent, ts_recent_s, ts_offset; /* RFC 7323: value, its age, our clock's offset */
    uint32_t snd_mss; /* bytes of payload per segment, options taken off (RFC 9293 3.7.1) */
    uint16_t peer_mss, adv_mss, user_mss, rcv_mss;
    uint32_t quiet_cwnd, quiet_ssthresh;    /* kept while there is no active record; 0 = none */
    uint32_t sent_ms, received_ms, data_ms; /* data sent; an ACK, data received */

    /* auto-tuning of the receive buffer, see tcp_rcvbuf.c */
    uint32_t space_at_us;             /* when the count of it began; low 32 bits */
    uint32_t space_read, space_bytes; /* read since then; per round trip, at most */
    uint32_t rcv_rtt_us;
    uint32_t ack_delay_us; /* adapts to how often data comes, see tcp_delayed_ack.c */

    uint64_t bytes_acked, bytes_received, bytes_retrans;
    uint32_t segs_out, segs_in; /* these wrap, as Linux's do */
    uint32_t data_segs_out, data_segs_in, retrans_segs;
    uint32_t dsack_segs;
    uint32_t delivered_segs; /* acknowledged or SACKed, the SYN included */

    uint32_t spent[TCP_SPENT_N]; /* how long, in 2^14 ns */
    uint32_t spent_at;           /* since when it is as it is */
    uint32_t window_clamp, notsent_lowat, rcv_lowat;
    int32_t linger_s;
    uint16_t keep_idle_s, keep_intvl_s, defer_s;
    int16_t linger2_s, soft_error;
    uint8_t keep_cnt, syn_cnt;
    uint8_t state;                           /* enum tarn_tcp_state */
    uint32_t snd_wscale : 4, rcv_wscale : 4; /* Snd.Wind.Shift, Rcv.Wind.Shift */
    uint8_t rto_episodes;                    /* of timeouts, see rto_n */
    uint8_t cc;                              /* index into cc_table */
    uint8_t backoff;                         /* of the RTO or the persist timer */
    uint8_t retries;         /* timeouts since the peer last acknowledged anything new */
    uint8_t probes;          /* keep-alive or window probes not answered; the link asked */
    uint8_t quick_acks;      /* acknowledge this many at once */
    uint32_t min_rtt_at : 8; /* when min_rtt_us was measured, in 2^32 ns */
    uint32_t rto_ms : 24;    /* in episodes of timeouts that are over */
    uint32_t answered_ms;    /* the last answer to what was not acceptable; 0: never */
    uint32_t handshake_us;

    uint32_t ts_ok : 1, sack_ok : 1, wscale_ok : 1; /* agreed with the peer */
    uint32_t nodelay : 1, cork : 1, keepalive : 1, oob_inline : 1, inq : 1;
    uint32_t more : 1, held : 1; /* MSG_MORE: the last bytes do not push; and wait, until an ACK */
    uint32_t eor : 1;            /* the send queue may hold ends of records, see tcp_eor.c */
    uint32_t ack_now : 1;        /* an ACK is owed at once */
    uint32_t probe_due : 1;      /* a window or keep-alive probe is to be sent */
    uint32_t probe_spent : 1;    /* a loss probe went, and no round trip was measured since */
    uint32_t rst_due : 1;        /* the connection is gone; its RST is to be sent */
    uint32_t fin_queued : 1;     /* the application has closed: FIN follows the send queue */
    uint32_t fin_sent : 1, syn_unacked : 1;
    uint32_t fin_received : 1;
    uint32_t snd_full : 1;    /* the application was refused: tell it about room */
    uint32_t snd_blocked : 1; /* and that happened since the send buffer last grew */
    uint32_t snd_buf_fixed : 1, rcv_buf_fixed : 1; /* chosen by the application */
    uint32_t urgent : 1, urgent_read : 1,
        snd_urgent : 1;         /* there is an extra record with rcv_up, snd_up */
    uint32_t starved : 1;       /* memory was refused: try again */
    uint32_t spent_on : 2;      /* enum tcp_spent; TCP_SPENT_N: nothing */
    uint32_t syn_resent : 1;    /* the handshake gave no RTT sample */
    uint32_t link_owes : 1;     /* rto_at: what may be sent is not asked for, nothing in flight */
    uint32_t forced : 1;        /* the timer has overridden Nagle, cork and SWS avoidance */
    uint32_t undelivered : 1;   /* counted in tarn_usage.undelivered */
    uint32_t pingpong : 1;      /* we answer what comes: an ACK can wait for the answer */
    uint32_t duplicates : 4;    /* ACKs that are owed for what came out of order */
    uint32_t stepwise : 1;      /* ACKs are owed for each segment of what came as one */
    uint32_t pushed : 2;        /* what ended in a push since the last ACK; 2: more than that */
    uint32_t was_connected : 1; /* recv says 0 at the end, and not ENOTCONN */
    uint32_t uto_due : 1;       /* the peer is to hear of user_timeout_ms */
    uint32_t keyed : 1;         /* there are keys for some peers, see tcp_auth.c */
    uint32_t searching : 1;     /* for the path's MTU, see tcp_probe.c */

    uint32_t ecn : 2;      /* enum tcp_ecn_mode */
    uint32_t ecn_seen : 1; /* the peer sends packets that a router may mark */
    uint32_t ecn_echo : 1; /* classic: ECE in every ACK until the peer says CWR */
    uint32_t ecn_cwr : 1;  /* classic: CWR is owed to the peer */
    uint32_t ecn_mute : 1; /* classic: nothing of ours may be marked, but the peer's may */
    uint32_t rto_n : 8;    /* timeouts, for TCP_INFO: as many as fit */
    uint32_t paced : 1;    /* there is an extra record with max_pacing_rate */
    uint32_t heard : 1;    /* data or an ACK has come since we sent (RFC 4861 7.3.1) */

    uint32_t listener; /* the listener's part, or the listener of a connection not yet accepted */
};

_Static_assert(sizeof(struct tcp_sock) <= 512, "an idle connection costs at most 512 bytes");
_Static_assert(sizeof(struct tcp_rec) <= 64, "a send record is one cache line");

/* LAYER_TCP. */
struct tcp_layer {
    struct pool actives, extras, recs, runs, requests, time_waits, listeners, penalties,
        metrics_pool, auths, keys;
    struct hash minis;
    struct list time_wait; /* oldest first */
    struct sip_key isn_key, ts_key;
    struct tcp_fastopen_keys fastopen_keys;
    tarn_ns fastopen_disabled_at; /* the last time, and how often: see tcp_fastopen_client.c */
    uint32_t fastopen_disabled_n;
    struct hash metrics;
    struct list metrics_used; /* longest ago first */
    struct tcp_cookie_secret {
        uint32_t epoch; /* when the key was drawn; 0 = never */
        struct sip_key key;
    } cookie_secrets[2];              /* by the epoch's last bit, see tcp_cookie.c */
    uint32_t challenge_s, challenges; /* the second, and what is left in it; see tcp_challenge.c */
    uint8_t default_cc;               /* index into cc_table: of sockets opened from now on */
};

/* A received segment on its way through the steps of RFC 9293 3.10.7. */
struct tcp_seg {
    struct tcp_hdr h;
    const struct ip_info *ip;
    struct pkt *p;        /* its payload alone; NULL once somebody has taken it */
    const uint8_t *head;  /* the header as it came; behind the packet's front */
    struct tcp_signer by; /* for the answer to one that was signed; else by.key is NULL */
    tarn_ns now;
    tcp_seq seq;   /* SEG.SEQ; moves up when bytes in front are cut off */
    uint32_t data; /* payload bytes */
    uint32_t wnd;  /* SEG.WND, scaled */
    bool syn, fin; /* still to be processed */
    bool has_isn;  /* isn: above an old connection's numbers */
    tcp_seq isn;
    enum tarn_drop why; /* set with TCP_DROP */
};

/* SEG.LEN. */
static inline uint32_t tcp_seg_len(const struct tcp_seg *g)
{
    return g->data + g->syn + g->fin;
}

enum tcp_verdict { TCP_CONTINUE, TCP_DONE, TCP_DROP };

static inline struct tcp_sock *tcp_of(struct sock *sk)
{
    return (struct tcp_sock *)(void *)sk;
}

static inline const struct tcp_sock *tcp_of_const(const struct sock *sk)
{
    return (const struct tcp_sock *)(const void *)sk;
}

static inline struct tcp_layer *tcp_layer(const struct tarn *st)
{
    return layer_state(st, LAYER_TCP);
}

/* The active record, or NULL. */
static inline struct tcp_active *tcp_active(const struct tarn *st, const struct tcp_sock *tc)
{
    return ref_ptr(st, tc->active);
}

/* What was asked for of the rarer things, or NULL. */
static inline struct tcp_extra *tcp_extra(const struct tarn *st, const struct tcp_sock *tc)
{
    return ref_ptr(st, tc->extra);
}

static inline struct tcp_listener *tcp_listener(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->state == TARN_TCP_LISTEN ? ref_ptr(st, tc->listener) : NULL;
}

/* A set of states, to ask `tcp_in(tc, TCP_S(ESTABLISHED) | TCP_S(CLOSE_WAIT))`. */
#define TCP_S(state_) (1u << TARN_TCP_##state_)

enum {
    TCP_STATES_SYNCHRONISED = TCP_S(ESTABLISHED) | TCP_S(FIN_WAIT_1) | TCP_S(FIN_WAIT_2) |
                              TCP_S(CLOSE_WAIT) | TCP_S(CLOSING) | TCP_S(LAST_ACK) |
                              TCP_S(TIME_WAIT),
    TCP_STATES_SEND = TCP_S(ESTABLISHED) | TCP_S(CLOSE_WAIT),
    TCP_STATES_RECEIVE = TCP_S(ESTABLISHED) | TCP_S(FIN_WAIT_1) | TCP_S(FIN_WAIT_2),
    TCP_STATES_FIN_SENT =
        TCP_S(FIN_WAIT_1) | TCP_S(FIN_WAIT_2) | TCP_S(CLOSING) | TCP_S(LAST_ACK) | TCP_S(TIME_WAIT),
    TCP_STATES_DATA = TCP_S(ESTABLISHED) | TCP_S(CLOSE_WAIT) | TCP_S(FIN_WAIT_1) | TCP_S(CLOSING) |
                      TCP_S(LAST_ACK), /* the send queue may hold data */
};

static inline bool tcp_in(const struct tcp_sock *tc, unsigned states)
{
    return (1u << tc->state & states) != 0;
}

/* RCV.WND: what the peer has been offered and not used. */
static inline uint32_t tcp_rcv_wnd(const struct tcp_sock *tc)
{
    return tc->rcv_adv.v - tc->rcv_nxt.v;
}

/* Bytes of sequence space sent and not acknowledged. */
static inline uint32_t tcp_flight(const struct tcp_sock *tc)
{
    return tc->snd_nxt.v - tc->snd_una.v;
}

/* The sequence number of the first byte in the send queue, and of the one behind its last. The SYN
 * stands in front, the FIN behind. */
static inline tcp_seq tcp_data_start(const struct tcp_sock *tc)
{
    return seq_add(tc->snd_una, tc->syn_unacked);
}

static inline tcp_seq tcp_data_end(const struct tcp_sock *tc)
{
    return seq_add(tcp_data_start(tc), tc->sendq.bytes);
}

/* Bytes in the send queue that were never sent. */
static inline uint32_t tcp_unsent(const struct tcp_sock *tc)
{
    int32_t n = seq_diff(tcp_data_end(tc), tc->snd_nxt);

    return n > 0 ? min_u32((uint32_t)n, tc->sendq.bytes) : 0;
}

/* Bytes of the peer's window that are not used yet: our SYN takes none. */
static inline uint32_t tcp_usable_wnd(const struct tcp_sock *tc)
{
    int32_t n = seq_diff(seq_add(tcp_data_start(tc), tc->snd_wnd), tc->snd_nxt);

    return n > 0 ? (uint32_t)n : 0;
}

/* Milliseconds for stamps that may wrap. */
static inline uint32_t tcp_ms(tarn_ns now)
{
    return (uint32_t)(now / 1000000);
}

#endif
