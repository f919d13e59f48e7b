/* tarn/sock.h - sockets: what an application calls.
 *
 * Nothing here blocks: a call that cannot go on answers -TARN_EAGAIN (or -TARN_EINPROGRESS) and the
 * socket's readiness, told by tarn_event() and tarn_ready(), says when to try again. A handle is a
 * value; a stale one is refused with -TARN_EBADF. Each call that may send or arm a timer takes the
 * time. Buffers are copied or used before return, unless the call says loan or reserve. */
#ifndef TARN_SOCK_H
#define TARN_SOCK_H

#include "tarn/addr.h"
#include "tarn/err.h"
#include "tarn/pkt.h"

#pragma GCC visibility push(default)

typedef struct {
    uint32_t slot, gen; /* all zero: no socket */
} tarn_sock;

enum tarn_family { TARN_INET = 2, TARN_INET6 = 10 };
enum tarn_type { TARN_STREAM = 1, TARN_DGRAM = 2, TARN_RAW = 3 };

/* Protocols of tarn_open() that are not their type's usual one. TARN_DGRAM with one of the ICMPs is
 * a socket that may only ping: the port is the echo's identifier. */
enum tarn_protocol {
    TARN_IPPROTO_ICMP = 1,
    TARN_IPPROTO_TCP = 6,
    TARN_IPPROTO_UDP = 17,
    TARN_IPPROTO_ICMPV6 = 58,
    TARN_IPPROTO_UDPLITE = 136,
    TARN_IPPROTO_RAW = 255,
};

/* Level-triggered readiness, with poll's meaning. */
enum tarn_ready {
    TARN_IN = 1,     /* recv or accept will not say EAGAIN (data, end of data, error) */
    TARN_OUT = 2,    /* send will take bytes; a connect has ended */
    TARN_ERR = 4,    /* an error is pending: TARN_SO_ERROR */
    TARN_HUP = 8,    /* both directions are closed */
    TARN_RDHUP = 16, /* the peer has closed its direction */
    TARN_PRI = 32,   /* urgent data */
};

enum tarn_msg_flag {
    TARN_MSG_PEEK = 1,
    TARN_MSG_TRUNC = 2, /* recv: return the datagram's full length; set in out_flags when cut */
    TARN_MSG_MORE = 4,  /* send: more follows; hold a partial segment (as TCP_CORK) */
    TARN_MSG_OOB = 8,   /* send: the last byte is urgent (without bytes: the one sent before);
                           recv: the urgent byte, -TARN_EINVAL: there is none */
    TARN_MSG_EOR = 16,
    TARN_MSG_ERRQUEUE = 32,  /* recv: the oldest extended error (TARN_SO_IP_RECVERR) */
    TARN_MSG_CTRUNC = 64,    /* out_flags: the sender's information did not fit */
    TARN_MSG_FASTOPEN = 128, /* send: connect to `name`, with these bytes in the SYN (RFC 7413) */
    TARN_MSG_WAITS = 256, /* send: the caller sleeps until all is taken; an ACK may wait for it */
};

/* What goes with a message beside its bytes: `has` tells which members count. Receiving fills what
 * the socket's TARN_SO_RECV... options ask for; sending uses what is there instead of the socket's
 * own settings. */
enum tarn_info_bit {
    TARN_INFO_PKTINFO = 1, /* local, port. Sending: the source address and the way out; each may be
                              all zero */
    TARN_INFO_TTL = 2,     /* ttl: time to live, hop limit */
    TARN_INFO_TOS = 4,     /* tos: type of service, traffic class */
    TARN_INFO_FLOW = 8,    /* flow: IPv6 flow label */
    TARN_INFO_GSO = 16,    /* gso_bytes: UDP, the bytes of each datagram but the last */
    TARN_INFO_STAMP = 32,  /* stamp: when it arrived */
    TARN_INFO_ERROR = 64,  /* error: TARN_MSG_ERRQUEUE */
    TARN_INFO_DONTFRAG = 128, /* dontfrag: this message must not be cut */
    TARN_INFO_INQ = 256,      /* inq: bytes of a stream left to read; at its end 1 */
};

/* Who says that something went wrong, as Linux's SO_EE_ORIGIN_*. */
enum tarn_error_origin {
    TARN_ERROR_LOCAL = 1,
    TARN_ERROR_ICMP = 2,
    TARN_ERROR_ICMP6 = 3,
};

struct tarn_error {
    int16_t error;  /* positive errno */
    uint8_t origin; /* enum tarn_error_origin */
    uint8_t type, code;
    uint32_t info;             /* path MTU, or what else the message says */
    struct tarn_addr offender; /* who has sent the ICMP message; all zero: this host */
};

struct tarn_info {
    uint32_t has;         /* enum tarn_info_bit */
    struct tarn_ip local; /* receiving: the packet's destination */
    uint32_t port;        /* interface index + 1; 0: none */
    uint32_t flow, inq;
    uint16_t gso_bytes;
    uint8_t ttl, tos;
    bool dontfrag;
    tarn_ns stamp;
    struct tarn_error error;
};

/* One message. `name`: destination when sending (NULL: the connected peer), filled with the source
 * when receiving (NULL: not wanted); of an extended error, with the destination of what failed.
 * `info`: NULL: nothing said, nothing wanted. */
struct tarn_msg {
    const struct tarn_iov *iov;
    unsigned n_iov;
    unsigned flags;
    struct tarn_addr *name;
    unsigned out_flags;
    struct tarn_info *info;
};

enum tarn_shutdown { TARN_SHUT_RD = 0, TARN_SHUT_WR = 1, TARN_SHUT_RDWR = 2 };

#define X(id, name, min, max, def, meaning) TARN_SO_##id,
enum tarn_opt {
#include "tarn/opt.def"
    TARN_SO_N
};
#undef X

/* Open a socket. `protocol` 0 = the type's usual one. `user` comes back in the socket's events. A
 * socket of TARN_INET6 carries both families unless TARN_SO_IPV6_V6ONLY; it names peers of IPv4 by
 * their mapped form, which is how struct tarn_addr holds every IPv4 address.
 * -TARN_EAFNOSUPPORT, -TARN_EPROTONOSUPPORT, -TARN_ENOBUFS (limit of sockets reached). */
int tarn_open(struct tarn *st, enum tarn_family family, enum tarn_type type, uint8_t protocol,
              uint64_t user, tarn_sock *out);

/* Change the value that comes back in events (an accepted socket starts with its listener's). */
int tarn_set_user(struct tarn *st, tarn_sock s, uint64_t user);

/* Give the socket a local address; port 0 draws an ephemeral one (RFC 6056).
 * An address of link scope binds the socket to its link, too.
 * -TARN_EADDRINUSE, -TARN_EADDRNOTAVAIL (not an address of ours), -TARN_EINVAL (already bound, no
 * zone, a mapped address and V6ONLY), -TARN_ENODEV (no such zone), -TARN_EAFNOSUPPORT. */
int tarn_bind(struct tarn *st, tarn_sock s, const struct tarn_addr *local);

/* TCP: start the handshake; -TARN_EINPROGRESS, then TARN_OUT and TARN_SO_ERROR tell the end. Other
 * types: fix the peer, at once; a peer of port 0 and address 0 undoes it. A link-local peer binds
 * the socket to its link. -TARN_EISCONN, -TARN_EALREADY, -TARN_ENETUNREACH, -TARN_EADDRNOTAVAIL (no
 * free port), -TARN_EINVAL (a link-local peer without a zone, or with another than the socket's),
 * -TARN_ECONNREFUSED (an earlier attempt's error). After a failed attempt another may be made.
 * 0 with TARN_SO_TCP_FASTOPEN_CONNECT: the handshake begins with the first send. */
int tarn_connect(struct tarn *st, tarn_sock s, const struct tarn_addr *peer, tarn_ns now);

/* Accept connections; `backlog` bounds those that are complete and wait. Calling it again changes
 * the bound. An unbound socket gets a port. -TARN_EOPNOTSUPP, -TARN_EINVAL (connected),
 * -TARN_EADDRINUSE (another listens there, and not both have SO_REUSEPORT). */
int tarn_listen(struct tarn *st, tarn_sock s, unsigned backlog);

/* The oldest waiting connection. -TARN_EAGAIN, -TARN_EINVAL (not listening). */
int tarn_accept(struct tarn *st, tarn_sock listener, tarn_sock *out, struct tarn_addr *peer);

/* Bytes taken (streams may take fewer than offered), or -TARN_EAGAIN, -TARN_EPIPE (closed for
 * sending), -TARN_ENOTCONN, -TARN_EDESTADDRREQ, -TARN_EMSGSIZE, or the pending error (once). */
/* With TARN_MSG_FASTOPEN on a stream that is not connected: the bytes that go with the SYN, or
 * -TARN_EINPROGRESS when none do; then also tarn_connect()'s errors, -TARN_EOPNOTSUPP
 * (tcp.fastopen).
 */
long tarn_sendmsg(struct tarn *st, tarn_sock s, struct tarn_msg *m, tarn_ns now);
long tarn_send(struct tarn *st, tarn_sock s, const void *buf, size_t n, tarn_ns now);

/* Bytes received; 0 = the peer has closed (streams) or an empty datagram. -TARN_EAGAIN,
 * -TARN_ENOTCONN, or the pending error (once, after the data that came before it). */
long tarn_recvmsg(struct tarn *st, tarn_sock s, struct tarn_msg *m, tarn_ns now);
long tarn_recv(struct tarn *st, tarn_sock s, void *buf, size_t n, tarn_ns now);

/* Streams without a copy. A loan shows the oldest received bytes in place (up to a chunk's worth;
 * -TARN_EAGAIN, 0 = end); it ends with tarn_recv_return(), which eats n <= the loan of them. */
long tarn_recv_loan(struct tarn *st, tarn_sock s, const void **at);
void tarn_recv_return(struct tarn *st, tarn_sock s, size_t n, tarn_ns now);

/* Room in the send queue to write into; -TARN_EAGAIN when full. tarn_send_commit() sends the first
 * n bytes of it. No other call of the stack may come between the two. */
long tarn_send_reserve(struct tarn *st, tarn_sock s, void **at);
void tarn_send_commit(struct tarn *st, tarn_sock s, size_t n, tarn_ns now);

/* Close one direction or both. -TARN_ENOTCONN. */
int tarn_shutdown(struct tarn *st, tarn_sock s, enum tarn_shutdown how, tarn_ns now);

/* Give the handle up. A connection goes on in the background to deliver what was sent (FIN), or is
 * reset when received data was never read or TARN_SO_LINGER is 0 seconds. Never fails. */
void tarn_close(struct tarn *st, tarn_sock s, tarn_ns now);

/* As tarn_close(), but resets a connection whatever it holds. */
void tarn_abort(struct tarn *st, tarn_sock s, tarn_ns now);

/* enum tarn_ready bits as of now; TARN_ERR | TARN_HUP for a stale handle. */
unsigned tarn_ready(const struct tarn *st, tarn_sock s);

/* -TARN_ENOPROTOOPT (not an option of this type of socket), -TARN_EINVAL (out of its range). */
int tarn_setopt(struct tarn *st, tarn_sock s, enum tarn_opt opt, int64_t value, tarn_ns now);
int tarn_getopt(struct tarn *st, tarn_sock s, enum tarn_opt opt, int64_t *value);

/* Multicast (RFC 3376 2, RFC 3810 2: the socket's side). `port` is an interface index + 1; 0: the
 * one that packets to the group take. -TARN_EINVAL (no group, or of the other family),
 * -TARN_ENODEV, -TARN_EADDRINUSE (a member already), -TARN_ENOBUFS (limit of groups), -TARN_EPROTO
 * (a stream has no groups). */
int tarn_group_join(struct tarn *st, tarn_sock s, const struct tarn_ip *group, uint32_t port,
                    tarn_ns now);
/* -TARN_EADDRNOTAVAIL: not a member. */
int tarn_group_leave(struct tarn *st, tarn_sock s, const struct tarn_ip *group, uint32_t port,
                     tarn_ns now);

/* Which sources a member hears: all but `sources` (exclude), or these only. An include filter makes
 * a socket a member, an empty one ends that. Replaces the filter there was. */
enum { TARN_SOURCES_MAX = 64 };
struct tarn_group_filter {
    struct tarn_ip group;
    uint32_t port;
    bool exclude;
    uint32_t n_sources;
    struct tarn_ip sources[TARN_SOURCES_MAX];
};
int tarn_group_set_filter(struct tarn *st, tarn_sock s, const struct tarn_group_filter *f,
                          tarn_ns now);
/* In: f->group and f->port. -TARN_EADDRNOTAVAIL: not a member. */
int tarn_group_get_filter(const struct tarn *st, tarn_sock s, struct tarn_group_filter *f);

/* Raw ICMPv6 sockets: which types reach the socket (RFC 3542 3.2); a set bit refuses, type t is bit
 * t % 32 of word t / 32. -TARN_ENOPROTOOPT: not such a socket. */
int tarn_set_icmp6_filter(struct tarn *st, tarn_sock s, const uint32_t refuse[8]);
int tarn_get_icmp6_filter(const struct tarn *st, tarn_sock s, uint32_t refuse[8]);

/* The keys of fast open's cookies (RFC 7413 4.1.2): 16 bytes, or 32 where the second key is an
 * older one whose cookies are still taken. A listener without its own uses the stack's (`s` all
 * zero), which is drawn at the start. Cookies are those of Linux: SipHash of both addresses.
 * -TARN_EINVAL (another length), -TARN_EOPNOTSUPP (not TCP), -TARN_ENOBUFS. */
int tarn_set_fastopen_key(struct tarn *st, tarn_sock s, const void *key, size_t n);
/* How many bytes: 0 (a socket without its own), 16 or 32; or -TARN_E... as above. */
int tarn_get_fastopen_key(const struct tarn *st, tarn_sock s, uint8_t key[32]);

/* Forget what is remembered of destinations: cookies of fast open among it. */
void tarn_tcp_metrics_flush(struct tarn *st);

/* Choose the congestion control, or read its name. -TARN_ENOENT: no such algorithm. */
int tarn_set_cc(struct tarn *st, tarn_sock s, const char *name, size_t len);
int tarn_get_cc(struct tarn *st, tarn_sock s, const char **name);

/* RFC 2385: sign what goes to peers whose address begins like `peer`, in `prefix` bits (up to 32 of
 * IPv4, 128 of IPv6), and take nothing from them that is not signed so. The key with the longest
 * prefix counts; connections have their listener's. No key bytes take the key away: -TARN_ENOENT.
 * -TARN_EINVAL (a longer prefix, a key of more than 80 bytes), -TARN_ENOBUFS, -TARN_ENOPROTOOPT
 * (not TCP, or tcp.md5 is off). */
int tarn_tcp_md5(struct tarn *st, tarn_sock s, const struct tarn_ip *peer, unsigned prefix,
                 const void *key, size_t key_bytes);

/* TCP-AO (RFC 5925, RFC 5926), as Linux's TCP_AO_ADD_KEY and its kin: keys for peers whose address
 * begins like `peer`, in `prefix` bits. With one for its peer a connection signs all that it sends
 * and takes nothing else; connections have their listener's keys. */
enum tarn_tcp_ao_algorithm { TARN_TCP_AO_HMAC_SHA1, TARN_TCP_AO_AES_128_CMAC };

struct tarn_tcp_ao_key {
    struct tarn_ip peer;
    unsigned prefix;          /* up to 32 of IPv4, 128 of IPv6 */
    uint8_t algorithm;        /* enum tarn_tcp_ao_algorithm */
    uint8_t send_id, recv_id; /* the peer's recv_id and send_id */
    uint8_t mac_bytes;        /* 4 to 16; 0: 12 */
    bool omit_options;        /* other TCP options are not covered: middleboxes may change them */
    bool set_current;         /* sign with this one from now on */
    bool set_rnext;           /* ask the peer to sign with this one */
    uint8_t key_bytes, key[80];
};

struct tarn_tcp_ao_info {
    bool has_current, has_rnext;
    uint8_t current_id, rnext_id; /* send_id of the one, recv_id of the other */
    bool accept_icmps;            /* heed ICMP errors that RFC 5925 7.8 says to ignore */
    bool required; /* take nothing that is not signed from peers without a key, too */
    /* read: segments taken; with a wrong code, an unknown key, none at all; ICMP errors ignored */
    uint64_t good, bad, unknown, missing, icmps;
};

/* -TARN_EINVAL (a number out of its range, or the peer has an MD5 key), -TARN_EEXIST (one of the
 * ids is taken), -TARN_EISCONN (connected without), -TARN_ENOBUFS, -TARN_ENOPROTOOPT (not TCP, or
 * tcp.ao is off). */
int tarn_tcp_ao_add(struct tarn *st, tarn_sock s, const struct tarn_tcp_ao_key *key);
/* By peer, prefix and ids. -TARN_ENOENT, -TARN_EBUSY (it is the current or the next one). */
int tarn_tcp_ao_del(struct tarn *st, tarn_sock s, const struct tarn_tcp_ao_key *key);
/* -TARN_ENOENT: no such key for the connected peer; no keys at all; no i-th one. */
int tarn_tcp_ao_set(struct tarn *st, tarn_sock s, const struct tarn_tcp_ao_info *info);
int tarn_tcp_ao_get(const struct tarn *st, tarn_sock s, struct tarn_tcp_ao_info *out);
int tarn_tcp_ao_key(const struct tarn *st, tarn_sock s, unsigned i, struct tarn_tcp_ao_key *out);

/* -TARN_ENOTCONN for a peer that is not there. */
int tarn_local(const struct tarn *st, tarn_sock s, struct tarn_addr *out);
int tarn_peer(const struct tarn *st, tarn_sock s, struct tarn_addr *out);

/* The state of a TCP connection, for people and for Linux's TCP_INFO. Times in microseconds,
 * lengths in bytes unless the name says segs. */
struct tarn_tcp_info {
    uint8_t state; /* enum tarn_tcp_state */
    uint8_t ca_state, retransmits, probes, backoff;
    uint8_t options; /* Linux's TCPI_OPT_*: 1 timestamps, 2 SACK, 4 window scale, 8 ECN, 16 ECN
                        and the peer's packets may be marked, 32 data in the SYN was taken */
    uint8_t snd_wscale, rcv_wscale;
    uint32_t rto_us, ato_us, snd_mss, rcv_mss, advmss, pmtu;
    uint32_t unacked_segs, sacked_segs, lost_segs, retrans_segs, reordering_segs;
    uint32_t reord_seen; /* how often segments have overtaken each other */
    uint32_t rtt_us, rttvar_us, min_rtt_us, rcv_rtt_us;
    uint32_t snd_cwnd_segs, snd_ssthresh_segs;
    uint32_t delivered_segs, delivered_ce_segs; /* the others of ECN are AccECN's (RFC 9768) */
    uint32_t received_ce_segs;
    uint32_t delivered_e1_bytes, delivered_e0_bytes, delivered_ce_bytes;
    uint32_t received_e1_bytes, received_e0_bytes, received_ce_bytes;
    uint8_t accecn_fail_mode, accecn_opt_seen; /* Linux's TCP_ACCECN_* */
    uint32_t total_rto, total_rto_recoveries;  /* timeouts; episodes of them, the last included */
    uint32_t total_rto_time_ms;                /* in such episodes; all three have a limit */
    uint32_t total_retrans_segs, dsack_dups_segs, spurious_timeouts;
    uint32_t rcv_space, rcv_ssthresh, rcv_ooopack_segs, snd_wnd, rcv_wnd, notsent_bytes;
    uint64_t bytes_acked, bytes_received, bytes_sent, bytes_retrans;
    uint64_t segs_out, segs_in, data_segs_out, data_segs_in;
    uint64_t pacing_rate, max_pacing_rate, delivery_rate; /* bytes per second; UINT64_MAX: any */
    uint64_t busy_us, rwnd_limited_us, sndbuf_limited_us;
    uint32_t last_data_sent_ms, last_data_recv_ms, last_ack_recv_ms, handshake_us;
};

/* Numbers as in Linux's tcp_states.h. */
enum tarn_tcp_state {
    TARN_TCP_ESTABLISHED = 1,
    TARN_TCP_SYN_SENT,
    TARN_TCP_SYN_RECEIVED,
    TARN_TCP_FIN_WAIT_1,
    TARN_TCP_FIN_WAIT_2,
    TARN_TCP_TIME_WAIT,
    TARN_TCP_CLOSED,
    TARN_TCP_CLOSE_WAIT,
    TARN_TCP_LAST_ACK,
    TARN_TCP_LISTEN,
    TARN_TCP_CLOSING,
};

/* -TARN_EOPNOTSUPP: not a TCP socket. */
int tarn_tcp_info(const struct tarn *st, tarn_sock s, struct tarn_tcp_info *out, tarn_ns now);

/* Walk all sockets: start with *cursor = 0; false at the end. */
bool tarn_sock_next(const struct tarn *st, uint32_t *cursor, tarn_sock *out);

#pragma GCC visibility pop

#endif
