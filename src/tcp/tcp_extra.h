/* tcp/tcp_extra.h - the third record of a connection: what few connections need, and for as long as
 * they live; and what it is made of. */
#ifndef TARN_TCP_TCP_EXTRA_H
#define TARN_TCP_TCP_EXTRA_H

#include "base/hash.h"
#include "base/list.h"
#include "base/seq.h"
#include "tarn/sock.h"
#include "wire/tcp.h"

/* tcp.fastopen, Linux's bits. */
enum {
    TCP_FASTOPEN_CLIENT = 1,
    TCP_FASTOPEN_SERVER = 2,
    TCP_FASTOPEN_CLIENT_NO_COOKIE = 4,
    TCP_FASTOPEN_SERVER_NO_COOKIE = 0x200,
    TCP_FASTOPEN_EVERY_LISTENER = 0x400,
};

/* What is remembered of a destination, see tcp_metrics.c. */
struct tcp_metrics {
    struct hash_node node;
    struct list_node link; /* by last use */
    struct tarn_ip local, remote;
    tarn_ns failed_at;        /* when fast open last did not work; 0: it always has */
    struct tcp_cookie cookie; /* fast open's; len 0: none */
    uint16_t mss;             /* of its SYN,ACK; 0: not known */
    uint8_t try_exp;          /* 1: the experimental option is to be tried; 2: it was */
    uint32_t srtt_us, ssthresh;
};

enum { TCP_FASTOPEN_KEYS = 2, TCP_FASTOPEN_KEY_BYTES = 16 };

/* Keys of cookies, the one in use first. */
struct tcp_fastopen_keys {
    uint8_t n;
    uint8_t key[TCP_FASTOPEN_KEYS][TCP_FASTOPEN_KEY_BYTES];
};

/* Fast open's part, see tcp_fastopen.c. */
struct tcp_fastopen {
    struct tcp_fastopen_keys keys; /* a listener's own */
    uint32_t queue_max;            /* TARN_SO_TCP_FASTOPEN */
    uint32_t listener;             /* of a connection begun by a SYN and not proven yet; 0 = none */
    struct list_node link;         /* in the listener's list of those */
    struct tcp_cookie cookie;      /* of the SYN or SYN,ACK to be sent first */
    bool has_cookie;
    bool passive;    /* the connection was begun by a SYN */
    bool connect;    /* TARN_SO_TCP_FASTOPEN_CONNECT */
    bool no_cookie;  /* TARN_SO_TCP_FASTOPEN_NO_COOKIE */
    bool data_taken; /* data in a SYN was taken: by us, or by the peer */

    /* the side that connects, see tcp_fastopen_client.c */
    bool deferred;      /* the SYN waits for its data */
    bool option_sent;   /* with our first SYN */
    uint32_t data_sent; /* bytes that went with it */
    bool waits;         /* the application sleeps, and has more to send */
    bool probes_path;   /* the first one after a black hole */
    uint32_t space;     /* bytes that may go with the SYN */
};

/* What is wrong with AccECN on this path, with Linux's numbers: the peer's ACE, or its option, is
 * garbled; ours is not sent. */
enum tcp_ecn_fail {
    TCP_ECN_ACE_OUT = 1,
    TCP_ECN_ACE_IN = 2,
    TCP_ECN_OPTION_OUT = 4,
    TCP_ECN_OPTION_IN = 8,
};

/* Which option the peer has sent, likewise. */
enum tcp_ecn_seen { TCP_ECN_NO_OPTION, TCP_ECN_EMPTY, TCP_ECN_COUNTED, TCP_ECN_CLEARED };

/* AccECN's counters and what else it remembers, see tcp_accecn.c. Arrays are by enum ip_ecn; of
 * bytes without a mark nobody tells. */
struct tcp_accecn {
    uint32_t received_ce, delivered_ce; /* packets: r.cep, s.cep */
    uint32_t received[4], delivered[4]; /* bytes: r.ceb ..., s.ceb ... */
    tarn_ns option_at;                  /* when the last one was sent */
    uint32_t acked_avg;                 /* segments per ACK, smoothed, times 64 */
    uint32_t ts_seen;                   /* timestamp of the last ACK looked at */
    tcp_seq dsack;                      /* what the last option's segment has told of as D-SACK */
    uint16_t reflect;                   /* flags of the next pure ACK instead of ACE; 0: none */
    uint8_t mark;                       /* enum ip_ecn: the last packet's */
    uint8_t fields;                     /* that the next option must have */
    uint8_t demand;                     /* options that are wanted */
    uint8_t grew;                       /* enum ip_ecn: which counter grew last; 0: several */
    uint8_t untold;                     /* marks that no ACK has told of */
    uint8_t seen, fail;                 /* enum tcp_ecn_seen, tcp_ecn_fail */
    bool first;                         /* the peer's first segment behind its SYN is awaited */
    bool handshake;                     /* the ACK being processed tells of our SYN,ACK */
    bool changed;                       /* the mark did, since something was sent */
    bool deaf;                          /* the peer's feedback is not heeded (3.2.2.1, note 1) */
    bool handshake_ce;                  /* our SYN or SYN,ACK was marked: not answered yet */
    bool sent_dsack;                    /* see dsack */
};

/* The search for the largest packet that the path takes, see tcp_probe.c. MTUs. */
struct tcp_search {
    uint32_t low, high;
    uint32_t size; /* of the probe that is in flight, bytes [start, end); 0: none is */
    tcp_seq start, end;
    tarn_ns at;      /* when it began, or the last probe was sent */
    bool high_first; /* the next probe is as long as it may be */
};

/* What few connections need, and need for as long as they live. It comes from a pool when it is
 * first asked for (tcp_extra_get) and stays. */
struct tcp_extra {
    struct tcp_fastopen fo;
    uint16_t reordering, reord_seen; /* see tcp_reorder.c; 0 = none was seen */
    struct tcp_accecn ecn;
    uint64_t max_pacing_rate; /* bytes per second, where `paced` says so */
    tcp_seq snd_up, rcv_up;   /* SND.UP, RCV.UP: the byte behind the urgent one (RFC 9293 3.3.1) */
    uint32_t user_timeout_ms; /* TCP_USER_TIMEOUT; 0: not chosen */
    uint32_t peer_timeout_ms; /* what the peer has asked for (RFC 5482); 0: nothing */
    struct tcp_search search; /* while `searching` */
    uint32_t auth;            /* struct tcp_auth, where `keyed` says that there is one */
};

#endif
