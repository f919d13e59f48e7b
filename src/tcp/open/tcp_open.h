/* tcp/open/tcp_open.h - how a connection begins: LISTEN, SYN-SENT, cookies, fast open. */
#ifndef TARN_TCP_OPEN_TCP_OPEN_H
#define TARN_TCP_OPEN_TCP_OPEN_H

#include "tcp/tcp.h"

struct tcp_make;

/* tcp_syn_sent.c */
/* SEGMENT ARRIVES in SYN-SENT (RFC 9293 3.10.7.3). */
enum tcp_verdict tcp_syn_sent_input(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
/* The handshake is over, on either side: ESTABLISHED, and all that begins with it. */
void tcp_established(struct tarn *st, struct tcp_sock *tc, tarn_ns now);

/* tcp_listen.c */
/* SEGMENT ARRIVES in LISTEN (RFC 9293 3.10.7.2), or for nobody (3.10.7.1) if `listener` is NULL. */
void tcp_listen_input(struct tarn *st, struct tcp_sock *listener, struct tcp_seg *g);
/* Passive OPEN (RFC 9293 3.10.1), and the next connection that waits; see struct proto. */
int tcp_listen(struct tarn *st, struct sock *sk, unsigned backlog);
struct sock *tcp_accept(struct tarn *st, struct sock *sk);
/* The socket listens no longer: what waits to be accepted is reset, what is half open forgotten. */
void tcp_listener_free(struct tarn *st, struct tcp_sock *tc, tarn_ns now);

/* tcp_request.c */
/* What a SYN asks for: fills a record of zeroes. */
void tcp_request_init(struct tarn *st, struct tcp_request *r, struct tcp_sock *tc,
                      const struct tcp_seg *g);
/* Remember it; NULL: no memory. */
struct tcp_request *tcp_request_add(struct tarn *st, struct tcp_sock *tc,
                                    const struct tcp_request *asked);
/* Forget it, and give its memory back. */
void tcp_request_free(struct tarn *st, struct tcp_request *r);
struct tcp_sock *tcp_request_listener(const struct tarn *st, const struct tcp_request *r);
/* The MSS that we offer its peer. */
uint16_t tcp_request_mss(struct tarn *st, const struct tcp_request *r);
/* Send the SYN,ACK, and look again when it should have been answered. `cookie`: fast open's, or
 * NULL. */
void tcp_request_answer(struct tarn *st, struct tcp_request *r, const struct tcp_cookie *cookie,
                        tarn_ns now);
/* A segment for it, other than the SYN that made it. */
enum tcp_verdict tcp_request_input(struct tarn *st, struct tcp_request *r, struct tcp_seg *g);
/* An ICMP error about our SYN,ACK. */
void tcp_request_error(struct tarn *st, const struct tarn_addr *local,
                       const struct tarn_addr *remote, tcp_seq quoted, const struct icmp_error *e);
/* Its timer has expired: the SYN,ACK again, or the end. */
void tcp_request_expire(struct tarn *st, struct tcp_mini *m, tarn_ns now);

/* tcp_passive.c */
/* The connection that a request grows into at the peer's ACK; NULL: no memory. */
struct tcp_sock *tcp_complete(struct tarn *st, const struct tcp_request *r, tarn_ns now);
struct tcp_fastopen_answer;
/* The connection that a request is from its SYN on (RFC 7413); NULL: no memory. */
struct tcp_sock *tcp_begin(struct tarn *st, const struct tcp_request *r,
                           const struct tcp_fastopen_answer *answer, tarn_ns now);
/* Is there no room for another connection that waits to be accepted? */
bool tcp_accept_is_full(const struct tcp_listener *l);

/* tcp_fastopen.c */
/* What a listener answers to a SYN (RFC 7413 4.2.2). */
struct tcp_fastopen_answer {
    bool begins;     /* the SYN makes the connection */
    bool has_cookie; /* the SYN,ACK has this cookie */
    struct tcp_cookie cookie;
};
struct tcp_fastopen_answer tcp_fastopen_syn(struct tarn *st, struct tcp_sock *tc,
                                            const struct tcp_seg *g);
/* The connection begins with its SYN,ACK still to be sent. false: no memory. */
bool tcp_fastopen_begin(struct tarn *st, struct tcp_sock *listener, struct tcp_sock *tc,
                        const struct tcp_fastopen_answer *answer);
/* Its SYN's text. */
enum tcp_verdict tcp_fastopen_text(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g);
/* Is it the peer's SYN again, for a connection begun by it? Our answer goes again, too. */
bool tcp_fastopen_syn_again(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* The handshake is over, if there was one of fast open's, or the connection is. */
void tcp_fastopen_end(struct tarn *st, struct tcp_sock *tc, bool by_reset);
/* Was it begun by a SYN, and our SYN,ACK not acknowledged? It may send all the same. */
bool tcp_fastopen_is_unproven(const struct tarn *st, const struct tcp_sock *tc);
/* TCPI_OPT_SYN_DATA. */
bool tcp_fastopen_data_taken(const struct tarn *st, const struct tcp_sock *tc);
/* TARN_SO_TCP_FASTOPEN and its kin. -TARN_EINVAL (not in this state), -TARN_ENOBUFS,
 * -TARN_EOPNOTSUPP (tcp.fastopen). */
int tcp_fastopen_setopt(struct tarn *st, struct tcp_sock *tc, enum tarn_opt opt, int64_t value);
int tcp_fastopen_getopt(const struct tarn *st, const struct tcp_sock *tc, enum tarn_opt opt,
                        int64_t *value);
/* The socket begins or ends to listen. */
void tcp_fastopen_listen(struct tarn *st, struct tcp_sock *tc, struct tcp_listener *l);
void tcp_fastopen_unlisten(struct tarn *st, struct tcp_listener *l);

/* tcp_fastopen_client.c */
/* A connection is begun: what goes with its SYN? */
void tcp_fastopen_connect(struct tarn *st, struct tcp_sock *tc, bool by_send);
/* Does the SYN wait for the first bytes? */
bool tcp_fastopen_is_deferred(const struct tarn *st, const struct tcp_sock *tc);
/* How many of them may go with it. */
uint32_t tcp_fastopen_room(const struct tarn *st, const struct tcp_sock *tc);
/* It waits no longer. `waits`: the application sleeps, and has more. */
void tcp_fastopen_go(const struct tarn *st, const struct tcp_sock *tc, bool waits);
/* Bytes that go with the SYN. */
uint32_t tcp_fastopen_syn_data(const struct tcp_sock *tc);
/* The SYN with them. */
struct pkt *tcp_fastopen_make_syn(const struct tcp_make *m, uint32_t data);
/* Does data end here that went with the SYN? It is pushed when it goes again. */
bool tcp_fastopen_pushes(const struct tarn *st, const struct tcp_sock *tc, tcp_seq end);
/* The first SYN has left: those that follow it have neither cookie nor data. */
void tcp_fastopen_sent(const struct tarn *st, const struct tcp_sock *tc, uint32_t data);
/* The SYN,ACK has been processed. */
void tcp_fastopen_answered(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g);
/* May the ACK of the handshake wait for the application's next bytes? */
bool tcp_fastopen_saves_ack(const struct tarn *st, const struct tcp_sock *tc);
/* A router could not pass our SYN with its data on. */
void tcp_fastopen_too_big(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a);
/* Signs of a middlebox that swallows what comes behind a SYN with data (RFC 7413 7.3, Linux's black
 * hole): a timeout, the last one of the connection or not; and the end of a connection. */
void tcp_fastopen_timeout(struct tarn *st, const struct tcp_sock *tc, bool is_last);
void tcp_fastopen_closed(struct tarn *st, const struct tcp_sock *tc);

/* tcp_metrics.c: what is remembered of a destination */
/* That of tc's peer; NULL: nothing. */
struct tcp_metrics *tcp_metrics_find(const struct tarn *st, const struct tcp_sock *tc);
/* The same, or a new one; NULL: no memory. */
struct tcp_metrics *tcp_metrics_get(struct tarn *st, const struct tcp_sock *tc);
/* The connection is over: keep its round trip and threshold. */
void tcp_metrics_save(struct tarn *st, const struct tcp_sock *tc);
/* It begins: use them. */
void tcp_metrics_use(struct tarn *st, struct tcp_sock *tc);

/* tcp_cookie.c */
/* Is the SYN to be answered without remembering it? */
bool tcp_cookie_wanted(const struct tarn *st, const struct tcp_listener *l,
                       const struct tcp_seg *g);
/* Make a request's numbers and timestamp tell all of it. */
void tcp_cookie_init(struct tarn *st, struct tcp_request *r, tarn_ns now);
/* Were cookies sent lately? */
bool tcp_cookie_is_on(const struct tarn *st, tarn_ns now);
/* Does an ACK for nobody acknowledge a cookie? Then `syn` is the SYN as it must have been. */
bool tcp_cookie_check(struct tarn *st, const struct tcp_seg *g, struct tcp_seg *syn);

/* tcp_isn.c: numbers that a third party must not guess */
/* The initial sequence number of a connection between the two (RFC 9293 3.4.1, RFC 6528 3). */
tcp_seq tcp_isn(const struct tarn *st, const struct tarn_addr *local,
                const struct tarn_addr *remote, tarn_ns now);
/* What is added to the timestamp clock (RFC 7323 5.4): one for each pair of hosts. */
uint32_t tcp_ts_offset(const struct tarn *st, const struct tarn_ip *local,
                       const struct tarn_ip *remote);
/* The pair's place in hash tables, keyed. */
uint32_t tcp_hash(const struct tarn *st, const struct tarn_addr *local,
                  const struct tarn_addr *remote);
/* Draw the keys of all these. */
void tcp_secrets_init(struct tarn *st, struct tcp_layer *l);

#endif
