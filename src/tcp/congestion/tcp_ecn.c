/* tcp/congestion/tcp_ecn.c - explicit congestion notification (RFC 3168), and what AccECN shares
 * with it.
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
 * Only new data is ECT (6.1.4, 6.1.5, 6.1.6): neither ACKs, nor retransmissions, nor probes. Who
 * has sent a SYN without the flags, or has received one, sends nothing as ECT, whatever else was
 * said; the peer, which may not have heard it, is told of its marks all the same (6.1.1).
 *
 * Where Linux chooses: a SYN that is sent again asks for no ECN (6.1.1.1); a SYN that is ECT itself
 * is not believed; a segment that is not ECT among ones that are is taken for a retransmission, and
 * acknowledged at once. */
#include "tcp/congestion/tcp_congestion.h"

#include "base/bits.h"
#include "tcp/tcp_machine.h"

enum { QUICK_ACKS_OF_MARK = 2 };

/* Handshake ---------------------------------------------------------------------------------- */

enum { ECN_FLAGS = TCP_AE | TCP_CWR | TCP_ECE };

static bool is_accurate(const struct tarn *st)
{
    return st->param[PARAM_TCP_ECN] >= 3 && st->param[PARAM_TCP_ACCECN] != 0;
}

void tcp_ecn_begin(struct tarn *st, struct tcp_sock *tc)
{
    int64_t mode = st->param[PARAM_TCP_ECN];

    tc->ecn_seen = tc->ecn_echo = tc->ecn_cwr = tc->ecn_mute = 0;
    tc->ecn = TCP_ECN_OFF;
    if (mode == 3 && is_accurate(st) && tcp_accecn_begin(st, tc, IP_ECN_NOT))
        tc->ecn = TCP_ECN_ASKED;
    else if (mode == 1 || mode == 3 || mode == 4)
        tc->ecn = TCP_ECN_CLASSIC;
}

/* RFC 3168 6.1.1.1, RFC 9768 3.1.4.1: a middlebox may drop what it does not know. AccECN is asked
 * for twice.
 */
static bool asks(const struct tarn *st, const struct tcp_sock *tc)
{
    unsigned tries = tc->ecn == TCP_ECN_ASKED ? 1 : 0;

    return tc->ecn != TCP_ECN_OFF &&
           (tc->retries <= tries || st->param[PARAM_TCP_ECN_FALLBACK] == 0);
}

unsigned tcp_ecn_syn_flags(const struct tarn *st, const struct tcp_sock *tc)
{
    if (tc->state == TARN_TCP_SYN_SENT)
        return !asks(st, tc) ? 0 : TCP_ECE | TCP_CWR | (tc->ecn == TCP_ECN_ASKED ? TCP_AE : 0u);
    if (tc->ecn == TCP_ECN_ACCURATE) /* RFC 9768 3.1.4.2, as for a half-open record's */
        return tc->retries > 1 ? 0 : tcp_accecn_reflect(tcp_extra(st, tc)->ecn.mark);
    return tc->ecn == TCP_ECN_CLASSIC ? TCP_ECE : 0;
}

/* Does a SYN ask for ECN, at least the classic one? */
static bool wants(const struct tcp_seg *g)
{
    return (g->h.flags & (TCP_ECE | TCP_CWR)) == (TCP_ECE | TCP_CWR);
}

/* RFC 9768 3.1.2: flags that mean nothing yet ask for what comes after AccECN, so for AccECN. */
static bool wants_accurate(const struct tcp_seg *g)
{
    return (g->h.flags & ECN_FLAGS) != 0 && (g->h.flags & ECN_FLAGS) != (TCP_ECE | TCP_CWR);
}

/* Simultaneous open: the peer's SYN for our SYN. */
static void crossed(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    if (tc->ecn == TCP_ECN_ASKED && wants_accurate(g)) {
        tc->ecn = TCP_ECN_ACCURATE;
        tcp_extra(st, tc)->ecn.mark = g->ip->tos & IP_ECN_CE;
    } else {
        tc->ecn = wants(g) ? TCP_ECN_CLASSIC : TCP_ECN_OFF;
    }
}

/* RFC 3168 6.1.1, RFC 9768 3.1.2. */
void tcp_ecn_answered(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    tc->ecn_mute = !asks(st, tc);
    if ((g->h.flags & TCP_ACK) == 0)
        crossed(st, tc, g);
    else if (tc->ecn == TCP_ECN_ASKED)
        tcp_accecn_answered(st, tc, g);
    else if ((g->h.flags & (TCP_ECE | TCP_CWR)) != TCP_ECE)
        tc->ecn = TCP_ECN_OFF;
}

void tcp_ecn_accept(const struct tarn *st, struct tcp_mini *m, const struct tcp_seg *g)
{
    uint8_t mark = g->ip->tos & IP_ECN_CE;

    tcp_ecn_forget(m);
    if (is_accurate(st) && wants_accurate(g)) {
        m->ecn = TCP_ECN_ACCURATE;
        m->ace = (uint16_t)tcp_accecn_reflect(mark);
    } else if (st->param[PARAM_TCP_ECN] != 0 && wants(g) &&
               (mark == IP_ECN_NOT || (g->h.flags & TCP_AE) != 0)) {
        m->ecn = TCP_ECN_CLASSIC;
        m->ace = TCP_ECE;
    }
}

void tcp_ecn_forget(struct tcp_mini *m)
{
    m->ecn = TCP_ECN_OFF;
    m->ace = 0;
}

void tcp_ecn_from_cookie(const struct tarn *st, struct tcp_mini *m, const struct tcp_seg *syn,
                         const struct tcp_seg *ack)
{
    enum { ACE_OF_NONE = TCP_ECE }; /* RFC 9768 5.1: greater is AccECN's */

    tcp_ecn_forget(m);
    if (is_accurate(st) && (ack->h.flags & ECN_FLAGS) > ACE_OF_NONE)
        m->ecn = TCP_ECN_ACCURATE;
    else if ((syn->h.flags & TCP_ECE) != 0)
        m->ecn = TCP_ECN_CLASSIC;
}

bool tcp_ecn_syn_again(const struct tarn *st, struct tcp_mini *m, const struct tcp_seg *g)
{
    unsigned flags = g->h.flags & ECN_FLAGS;

    if (m->ecn == TCP_ECN_CLASSIC && is_accurate(st) && wants_accurate(g))
        return false;
    if (m->ecn == TCP_ECN_CLASSIC && !wants(g)) { /* a middlebox may not let the flags pass */
        m->ace = 0;
        m->ecn_fail |= TCP_ECN_ACE_IN;
    }
    if (m->ecn != TCP_ECN_ACCURATE)
        return true;
    if (flags == (TCP_ECE | TCP_CWR))
        return false;
    m->ace = (uint16_t)tcp_accecn_reflect(g->ip->tos & IP_ECN_CE);
    if (flags == 0)
        m->ecn_fail |= TCP_ECN_ACE_IN;
    return true;
}

/* RFC 9768 3.1.4.2: without the option when it is sent again, without the flags the next time. */
void tcp_ecn_syn_ack(const struct tarn *st, const struct tcp_mini *m, struct tcp_hdr *h)
{
    if (m->ecn == TCP_ECN_CLASSIC || m->syn_acks < 2)
        h->flags |= m->ace;
    if (m->ecn == TCP_ECN_ACCURATE && m->syn_acks == 0)
        tcp_accecn_syn_ack_option(st, &h->opts);
}

void tcp_ecn_syn_ack_sent(struct tcp_mini *m)
{
    if (m->ecn == TCP_ECN_ACCURATE && m->syn_acks >= 2)
        m->ecn_fail |= TCP_ECN_ACE_OUT;
    if (m->syn_acks < UINT8_MAX)
        m->syn_acks++;
}

/* Sending ------------------------------------------------------------------------------------ */

/* RFC 3168 6.1.2. */
unsigned tcp_ecn_data(const struct tcp_make *m)
{
    struct tcp_sock *tc = m->tc;
    unsigned flags = tc->ecn_cwr ? TCP_CWR : 0;

    if (tc->ecn != TCP_ECN_CLASSIC)
        return 0;
    m->ip->tos |= tc->ecn_mute ? IP_ECN_NOT : IP_ECN_ECT0;
    tc->ecn_cwr = 0;
    return flags;
}

unsigned tcp_ecn_feedback(const struct tcp_make *m, unsigned flags, bool bare)
{
    if (m->tc->ecn == TCP_ECN_ACCURATE)
        return tcp_accecn_flags(m, flags, bare);
    return m->tc->ecn_echo && (flags & (TCP_SYN | TCP_RST)) == 0 ? TCP_ECE : 0;
}

void tcp_ecn_reduced(struct tcp_sock *tc)
{
    tc->ecn_cwr = tc->ecn == TCP_ECN_CLASSIC;
}

void tcp_ecn_undone(struct tcp_sock *tc)
{
    tc->ecn_cwr = 0;
}

/* Receiving ---------------------------------------------------------------------------------- */

uint32_t tcp_ecn_ack(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g,
                     const struct tcp_sample *s)
{
    struct tcp_extra *x;

    if (tc->ecn == TCP_ECN_ACCURATE)
        return tcp_accecn_ack(st, tc, g, s);
    if ((g->h.flags & (TCP_ECE | TCP_SYN)) != TCP_ECE)
        return 0;
    x = tcp_extra_get(st, tc); /* to be counted; the echo is heard without as well */
    if (x != NULL)
        x->ecn.delivered_ce += s->acked_segs;
    return max_u32(s->acked_segs, 1);
}

static void quicken(struct tcp_sock *tc)
{
    tc->quick_acks = (uint8_t)max_u32(tc->quick_acks, QUICK_ACKS_OF_MARK);
    tc->pingpong = 0;
}

/* A segment with data (RFC 3168 6.1.3). Its own mark counts after its CWR. The peer's window may be
 * small when it is marked or says CWR: it should not wait for our ACK. */
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
