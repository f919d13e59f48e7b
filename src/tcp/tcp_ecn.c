/* tcp/tcp_ecn.c - explicit congestion notification (RFC 3168), and what AccECN shares with it.
 *
 * A router marks a packet (CE) instead of dropping it, if the sender has said that it may (ECT).
 * The receiver tells by ECE in every ACK until the sender says CWR: the window was reduced, once
 * for all marks of a round trip (6.1.2). Both have agreed to that by the flags of the SYNs (6.1.1).
 *
 *     SYN ECE,CWR -->        <-- SYN,ACK ECE        data ECT(0) -->        <-- ACK ECE
 *                                                   data CWR    -->        <-- ACK
 *
 * Modes are Linux's (tcp.ecn): 0 none; 1 ask and accept; 2 accept; 3 ask for AccECN and accept it;
 * 4 ask for classic ECN and accept AccECN; 5 accept AccECN. tcp.accecn = 0 makes classic ones of
 * the last three. The ECN bits of IP_TOS belong to TCP (6.1): an application cannot set them.
 *
 * Only new data is ECT (6.1.4, 6.1.5, 6.1.6): neither ACKs, nor retransmissions, nor probes.
 *
 * Where Linux chooses: a SYN that is sent again asks for no ECN (6.1.1.1); a SYN that is ECT itself
 * is not believed; a segment that is not ECT among ones that are is taken for a retransmission, and
 * acknowledged at once. */
#include "tcp/tcp_parts.h"

#include "base/bits.h"

enum { QUICK_ACKS_OF_MARK = 2 };

/* Handshake ---------------------------------------------------------------------------------- */

static bool is_accurate(const struct tarn *st)
{
    return st->param[PARAM_TCP_ECN] >= 3 && st->param[PARAM_TCP_ACCECN] != 0;
}

/* What our SYN asks for. */
void tcp_ecn_begin(const struct tarn *st, struct tcp_sock *tc)
{
    int64_t mode = st->param[PARAM_TCP_ECN];

    tc->ecn_seen = tc->ecn_echo = tc->ecn_cwr = 0;
    tc->ecn = TCP_ECN_OFF;
    if (mode == 3 && is_accurate(st))
        tc->ecn = TCP_ECN_ASKED;
    else if (mode == 1 || mode == 3 || mode == 4)
        tc->ecn = TCP_ECN_CLASSIC;
}

/* 6.1.1.1: a middlebox may drop what it does not know. */
static bool asks(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->ecn != TCP_ECN_OFF && (tc->retries == 0 || st->param[PARAM_TCP_ECN_FALLBACK] == 0);
}

unsigned tcp_ecn_syn_flags(const struct tarn *st, const struct tcp_sock *tc)
{
    if (tc->state == TARN_TCP_SYN_RECEIVED)
        return tc->ecn == TCP_ECN_CLASSIC ? TCP_ECE : 0;
    return asks(st, tc) ? TCP_ECE | TCP_CWR : 0;
}

/* Is it the answer of one that agrees to classic ECN? */
static bool agrees(const struct tcp_seg *g)
{
    return (g->h.flags & (TCP_ECE | TCP_CWR)) == TCP_ECE;
}

static bool wants(const struct tcp_seg *g)
{
    return (g->h.flags & (TCP_ECE | TCP_CWR)) == (TCP_ECE | TCP_CWR);
}

/* A SYN or SYN,ACK for the SYN that we sent. */
void tcp_ecn_answered(struct tcp_sock *tc, const struct tcp_seg *g)
{
    bool good = (g->h.flags & TCP_ACK) != 0 ? agrees(g) : wants(g);

    if (tc->ecn != TCP_ECN_OFF)
        tc->ecn = good ? TCP_ECN_CLASSIC : TCP_ECN_OFF;
}

/* What a SYN gets from us. */
enum tcp_ecn_mode tcp_ecn_accept(const struct tarn *st, const struct tcp_seg *g)
{
    bool is_marked = (g->ip->tos & IP_ECN_CE) != IP_ECN_NOT;

    if (st->param[PARAM_TCP_ECN] == 0 || !wants(g))
        return TCP_ECN_OFF;
    return is_marked && (g->h.flags & TCP_AE) == 0 ? TCP_ECN_OFF : TCP_ECN_CLASSIC;
}

/* Sending ------------------------------------------------------------------------------------ */

unsigned tcp_ecn_data(const struct tcp_make *m)
{
    struct tcp_sock *tc = m->tc;
    unsigned flags = tc->ecn_cwr ? TCP_CWR : 0;

    m->ip->tos |= IP_ECN_ECT0;
    tc->ecn_cwr = 0;
    return flags;
}

unsigned tcp_ecn_feedback(const struct tcp_make *m, unsigned flags)
{
    return m->tc->ecn_echo && (flags & (TCP_SYN | TCP_RST)) == 0 ? TCP_ECE : 0;
}

/* 6.1.2: the window was reduced. */
void tcp_ecn_reduced(struct tcp_sock *tc)
{
    tc->ecn_cwr = tc->ecn == TCP_ECN_CLASSIC;
}

/* It need not have been. */
void tcp_ecn_undone(struct tcp_sock *tc)
{
    tc->ecn_cwr = 0;
}

/* Receiving ---------------------------------------------------------------------------------- */

bool tcp_ecn_is_echo(const struct tcp_sock *tc, const struct tcp_seg *g)
{
    return tc->ecn == TCP_ECN_CLASSIC && (g->h.flags & (TCP_ECE | TCP_SYN)) == TCP_ECE;
}

static void quicken(struct tcp_sock *tc)
{
    tc->quick_acks = (uint8_t)max_u32(tc->quick_acks, QUICK_ACKS_OF_MARK);
}

/* A segment with data (6.1.3). Its own mark counts after its CWR. The peer's window may be small
 * when it is marked or says CWR: it should not wait for our ACK. */
void tcp_ecn_arrived(struct tcp_sock *tc, const struct tcp_seg *g)
{
    uint8_t mark = g->ip->tos & IP_ECN_CE;

    if ((g->h.flags & TCP_CWR) != 0) {
        tc->ecn_echo = 0;
        tc->ack_now = 1;
    }
    if (mark == IP_ECN_NOT) {
        if (tc->ecn_seen)
            quicken(tc);
        return;
    }
    tc->ecn_seen = 1;
    if (mark == IP_ECN_CE && !tc->ecn_echo) {
        tc->ecn_echo = 1;
        quicken(tc);
    }
}
