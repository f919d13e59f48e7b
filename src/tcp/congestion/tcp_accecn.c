/* tcp/congestion/tcp_accecn.c - more accurate ECN feedback (RFC 9768).
 *
 * Where classic ECN tells of at most one mark a round trip, here each side counts what arrives and
 * tells its counters: packets marked CE in every segment by three flags (ACE = AE, CWR, ECE), bytes
 * of each mark in an option of three fields of 24 bits, where there is room for it.
 *
 *     r.cep, r.ceb, r.e0b, r.e1b    what arrived (received_ce, received[])
 *     s.cep, s.ceb, s.e0b, s.e1b    what the peer says arrived (delivered_ce, delivered[])
 *
 * On the wire counters begin at values that a middlebox which clears them shows up by: ACE at 5,
 * e0b and e1b at 1. Here all of them begin at 0.
 *
 * Handshake (3.1): a SYN with all three flags asks; SYN,ACK and the pure ACK of it tell which mark
 * their predecessor arrived with (Table 3). A mark that could not have become that one, and an ACE
 * that was cleared, mean that this path garbles the field: nothing is sent as ECT then, nor by a
 * server that has sent or received a SYN without the flags (3.1.5).
 *
 * ACE counts modulo 8. When one ACK covers more packets than that, the counter may have wrapped:
 * the option tells, if there is one; else the most marks that fit are assumed (A.2.1), unless ACKs
 * are regularly that thin.
 *
 * Acknowledgements (3.2.2.5.1): at once for data whose mark differs from the packet's before, for
 * the second mark where there is data to acknowledge, for the third where there is none.
 *
 * Options (3.2.3): kind 174 is sent, both are read. With tcp.ecn-option 2 in every segment that has
 * room, with 1 after changes, tcp.ecn-option-beacon times a round trip and every 2^22 bytes; never
 * until the peer has sent one, nor after one seems to have been what a segment was lost for.
 *
 * Where Linux chooses: every segment but SYNs is ECT(0) in this mode, pure ACKs as well. Deviation,
 * Linux's too: 3.2.3.2.3 would have a host send options although it has received none. */
#include "tcp/congestion/tcp_congestion.h"

#include "base/bits.h"
#include "tcp/tcp_machine.h"

enum {
    ACE_SHIFT = 6, /* of ECE in the flags */
    ACE_MASK = 7,
    ACE_FIRST = 5,
    FIELD_MASK = 0xffffff,
    UNTOLD_MAX = 15,
    UNTOLD_WITH_DATA = 2, /* marks that are acknowledged at once */
    UNTOLD_WITHOUT = 3,
    DEMAND = 2,       /* options that follow a change */
    THIN_ACKS = 4,    /* segments per ACK, on average, of which one ACK in 8 need not be */
    SAFETY_SHIFT = 1, /* A.2.1: SAFETY_FACTOR 2 */
    TOO_LATE_BYTES = (1 << 23) - 1,
    TELL_BYTES = 1 << 22
};

/* By enum ip_ecn. */
static const uint8_t first_count[4] = {0, 1, 1, 0};
static const uint8_t ace_of_mark[4] = {2, 3, 4, 6};
/* How many fields of the option that is sent reach to a mark's. */
static const uint8_t fields_for[4] = {0, 1, 3, 2};

static struct tcp_accecn *accecn(const struct tarn *st, const struct tcp_sock *tc)
{
    return &tcp_extra(st, tc)->ecn;
}

static uint8_t mark_of(const struct tcp_seg *g)
{
    return g->ip->tos & IP_ECN_CE;
}

static unsigned ace_of(const struct tcp_seg *g)
{
    return g->h.flags >> ACE_SHIFT & ACE_MASK;
}

static bool is_bare(const struct tcp_seg *g)
{
    return g->data == 0 && !g->fin && g->h.opts.n_sack == 0;
}

/* Handshake ---------------------------------------------------------------------------------- */

bool tcp_accecn_begin(struct tarn *st, struct tcp_sock *tc, uint8_t mark)
{
    struct tcp_extra *x = tcp_extra_get(st, tc);

    if (x == NULL)
        return false;
    x->ecn = (struct tcp_accecn){.mark = mark};
    return true;
}

void tcp_accecn_accepted(struct tarn *st, struct tcp_sock *tc, const struct tcp_mini *m)
{
    struct tcp_accecn *x;
    uint8_t mark = IP_ECN_CE;

    while (mark > IP_ECN_NOT && ace_of_mark[mark] != m->ace >> ACE_SHIFT)
        mark--; /* a cookie does not tell */
    if (!tcp_accecn_begin(st, tc, mark)) {
        tc->ecn = TCP_ECN_OFF; /* the peer will see an ACE of 0, and understand */
        return;
    }
    x = accecn(st, tc);
    x->first = true;
    x->fail = m->ecn_fail;
    x->demand = 1;
}

unsigned tcp_accecn_reflect(uint8_t mark)
{
    return (unsigned)ace_of_mark[mark & IP_ECN_CE] << ACE_SHIFT;
}

/* RFC 9768 3.2.2.3: SYN and SYN,ACK are sent without a mark, and a router marks only what is ECT.
 * Where something garbles the field nothing is sent as ECT; what is told of is answered all the
 * same. */
static void check_reflected(struct tcp_accecn *x, unsigned ace)
{
    if (ace != ace_of_mark[IP_ECN_NOT])
        x->fail |= TCP_ECN_ACE_IN;
    x->handshake_ce = ace == ace_of_mark[IP_ECN_CE];
}

/* RFC 9768 3.2.3.2.4: the first option that came: are its counters what they begin with? */
static void check_first_option(struct tcp_accecn *x, const struct tcp_ecn_counts *c)
{
    bool cleared = (c->n > 0 && c->field[0] == 0) || (c->n > 2 && c->field[2] == 0);

    if (x->seen >= TCP_ECN_COUNTED)
        return;
    x->seen = cleared ? TCP_ECN_CLEARED : c->n > 0 ? TCP_ECN_COUNTED : TCP_ECN_EMPTY;
    if (cleared)
        x->fail |= TCP_ECN_OPTION_IN;
}

/* RFC 9768 3.1.2, tables 2 and 3; (1, 0, 1) is reserved, and taken for "arrived as it was sent"
 * (3.1.3). */
void tcp_accecn_answered(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    struct tcp_accecn *x = accecn(st, tc);
    unsigned ace = ace_of(g);

    tc->ecn = ace == 0 || ace == ACE_MASK ? TCP_ECN_OFF
              : ace == 1                  ? TCP_ECN_CLASSIC
                                          : TCP_ECN_ACCURATE;
    if (tc->ecn != TCP_ECN_ACCURATE)
        return;
    if (ace != 5)
        check_reflected(x, ace);
    x->reflect = (uint16_t)tcp_accecn_reflect(mark_of(g));
    x->received_ce = x->untold = mark_of(g) == IP_ECN_CE;
    if (g->h.opts.has_ecn) {
        check_first_option(x, &g->h.opts.ecn);
        x->demand = DEMAND;
    }
}

/* The SYN,ACK came again: our ACK was lost, and says again what it said. */
void tcp_accecn_syn_again(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    struct tcp_accecn *x = accecn(st, tc);

    x->reflect = (uint16_t)tcp_accecn_reflect(mark_of(g));
    if (g->h.opts.has_ecn && x->seen < TCP_ECN_COUNTED) {
        check_first_option(x, &g->h.opts.ecn);
        x->demand = max_u32(x->demand, 1) & UINT8_MAX;
    }
}

/* The first segment without SYN. Table 4, for one that is a pure ACK; one that has data counts. */
static void check_first(struct tcp_accecn *x, const struct tcp_seg *g)
{
    unsigned ace = ace_of(g);

    x->first = false;
    x->handshake = is_bare(g);
    if (g->h.opts.has_ecn)
        check_first_option(x, &g->h.opts.ecn);
    if (ace == 0) { /* 3.2.2.1 note 1, 3.2.2.4 */
        x->fail |= TCP_ECN_ACE_IN;
        x->deaf = true;
    } else if (x->handshake && ace != 1 && ace != 5 && ace != 7) {
        check_reflected(x, ace);
        x->delivered_ce += x->handshake_ce;
    }
}

/* Receiving ---------------------------------------------------------------------------------- */

static void count_bytes(struct tcp_accecn *x, uint8_t mark, uint32_t bytes)
{
    uint32_t before = x->received[mark];

    x->received[mark] += bytes;
    x->fields = max_u32(x->fields, fields_for[mark]) & UINT8_MAX;
    if (((x->received[mark] ^ before) & ~(uint32_t)(TELL_BYTES - 1)) != 0)
        x->demand = max_u32(x->demand, 1) & UINT8_MAX;
}

/* An acceptable segment. */
void tcp_accecn_arrived(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    struct tcp_accecn *x = accecn(st, tc);
    uint8_t mark = mark_of(g);
    uint32_t marked = mark == IP_ECN_CE ? max_u32(g->p->segs, 1) : 0;

    if (x->first)
        check_first(x, g);
    if (mark != IP_ECN_NOT)
        tc->ecn_seen = 1;
    x->received_ce += marked;
    x->untold = min_u32(x->untold + marked, UNTOLD_MAX) & UINT8_MAX;
    if (mark != IP_ECN_NOT && g->data > 0)
        count_bytes(x, mark, g->data);
    if (mark != x->mark || marked > 0)
        x->demand = DEMAND;
    x->changed |= mark != x->mark;
    x->mark = mark;
    if ((g->data > 0 && (x->changed || x->untold >= UNTOLD_WITH_DATA)) ||
        x->untold >= UNTOLD_WITHOUT)
        tc->ack_now = 1;
}

/* The peer sends again what an ACK with an option has told it twice: the option may be why it does
 * not arrive (RFC 9768 3.2.3.2.2). */
void tcp_accecn_repeated(struct tarn *st, struct tcp_sock *tc, tcp_seq start)
{
    struct tcp_accecn *x = accecn(st, tc);

    if (x->sent_dsack && seq_eq(start, x->dsack))
        x->fail |= TCP_ECN_OPTION_OUT;
}

/* Feedback ----------------------------------------------------------------------------------- */

/* Take over one field of the option; returns how many bytes it has grown by. */
static int32_t take_field(struct tcp_accecn *x, uint8_t mark, uint32_t field)
{
    uint32_t grown = (field - first_count[mark] - x->delivered[mark]) & FIELD_MASK;
    int32_t change = (int32_t)(grown << 8) / 256; /* the counter may be an older one */

    x->delivered[mark] += (uint32_t)change;
    return change;
}

/* Without an option, what was delivered is counted as what grew last. */
static bool estimate(struct tcp_accecn *x, const struct tcp_sock *tc, uint32_t bytes)
{
    if (x->seen == TCP_ECN_NO_OPTION && tc->bytes_acked >= TOO_LATE_BYTES) {
        x->seen = TCP_ECN_CLEARED; /* too much was sent to know where the counters are */
        x->fail |= TCP_ECN_OPTION_IN;
    }
    if (x->seen == TCP_ECN_NO_OPTION || x->grew == 0)
        return false;
    x->delivered[x->grew] += bytes;
    return true;
}

/* Are the counters of bytes known after this ACK, of which `bytes` were delivered? */
static bool read_option(struct tcp_accecn *x, const struct tcp_sock *tc, const struct tcp_seg *g,
                        uint32_t bytes)
{
    static const uint8_t marks[2][TCP_ECN_FIELDS] = {{IP_ECN_ECT0, IP_ECN_CE, IP_ECN_ECT1},
                                                     {IP_ECN_ECT1, IP_ECN_CE, IP_ECN_ECT0}};
    const struct tcp_ecn_counts *c = &g->h.opts.ecn;
    bool known = x->grew != 0, doubt = false;
    uint8_t grew = 0;

    if ((x->fail & TCP_ECN_OPTION_IN) != 0)
        return false;
    if (!g->h.opts.has_ecn)
        return estimate(x, tc, bytes);
    check_first_option(x, c);
    if ((x->fail & TCP_ECN_OPTION_IN) != 0)
        return false;
    for (unsigned i = 0; i < c->n; i++) {
        uint8_t mark = marks[c->order1][i];
        int32_t change = take_field(x, mark, c->field[i]);

        if (change == 0)
            continue;
        doubt |= change < 0 || grew != 0;
        grew = mark;
    }
    if (grew != 0)
        x->grew = doubt ? 0 : grew;
    return known && !doubt;
}

/* How many packets were marked, of `segs` that this ACK delivers, if the counter's three bits went
 * up by `least`: it may have wrapped (RFC 9768 A.2.1, A.2.2). */
static uint32_t settle(const struct tcp_accecn *x, const struct tcp_sock *tc,
                       const struct tcp_sample *s, uint32_t least, bool known, uint32_t ce_bytes)
{
    uint32_t segs = s->acked_segs, most;

    if (segs <= ACE_MASK)
        return least;
    most = segs - ((segs - least) & ACE_MASK);
    if (!known)
        return x->acked_avg > THIN_ACKS << 6 ? least : most;
    if (ce_bytes == 0)
        return least;
    if (segs > 2 * ACE_MASK + 1) {
        uint64_t share = ((uint64_t)ce_bytes * segs + s->acked - 1) / max_u32(s->acked, 1);

        return s->acked <= ce_bytes
                   ? most
                   : (uint32_t)min_u64(most, least + (share & ~(uint64_t)ACE_MASK));
    }
    if (ce_bytes > (uint64_t)least * tc->snd_mss)
        return most;
    return ce_bytes < (uint64_t)most * tc->snd_mss >> SAFETY_SHIFT ? least : most;
}

static void smooth(struct tcp_accecn *x, uint32_t segs)
{
    if (x->acked_avg == 0)
        x->acked_avg = segs << 6;
    else
        x->acked_avg = min_u32(x->acked_avg - (x->acked_avg >> 6) + segs, UINT16_MAX);
}

/* RFC 9768 3.2.3.2.5: bytes were marked, but no packet, and there were too few for the counter to
 * wrap. */
static void check_consistent(struct tcp_accecn *x, const struct tcp_sock *tc)
{
    if (x->delivered[IP_ECN_CE] > 0 && x->delivered_ce == 0 && tc->delivered_segs <= ACE_MASK)
        x->fail |= TCP_ECN_ACE_IN;
}

/* RFC 9768 3.2.2.2: a mark of our SYN or SYN,ACK is answered, too: once there is a window in use.
 */
static bool answer_handshake(struct tcp_accecn *x, const struct tcp_sample *s)
{
    bool due = x->handshake_ce && s->acked > 0;

    x->handshake_ce = x->handshake_ce && !due;
    return due;
}

/* RFC 9768 3.2.2.5.2: what the peer has counted since the last ACK. */
uint32_t tcp_accecn_ack(struct tarn *st, const struct tcp_sock *tc, const struct tcp_seg *g,
                        const struct tcp_sample *s)
{
    struct tcp_accecn *x = accecn(st, tc);
    uint32_t before = x->delivered[IP_ECN_CE], marked;
    bool news = s->acked > 0 || (tc->ts_ok && tc->ts_recent != x->ts_seen), known;
    bool handshake = x->handshake || s->syn;

    x->ts_seen = tc->ts_recent;
    x->handshake = false;
    if (!news || handshake || x->deaf)
        return 0; /* an ACK that was overtaken by others would make the counters jump */
    known = read_option(x, tc, g, s->acked);
    if (s->acked_segs > 0)
        smooth(x, s->acked_segs);
    marked = (ace_of(g) - ACE_FIRST - x->delivered_ce) & ACE_MASK;
    marked = settle(x, tc, s, marked, known, x->delivered[IP_ECN_CE] - before);
    x->delivered_ce += marked;
    check_consistent(x, tc);
    return max_u32(marked, answer_handshake(x, s));
}

/* Sending ------------------------------------------------------------------------------------ */

/* Where feedback is garbled nothing is ECT. */
static bool may_mark(const struct tcp_accecn *x)
{
    return (x->fail & (TCP_ECN_ACE_IN | TCP_ECN_ACE_OUT)) == 0;
}

unsigned tcp_accecn_flags(const struct tcp_make *m, unsigned flags, bool bare)
{
    struct tcp_accecn *x = accecn(m->st, m->tc);
    unsigned ace = (x->received_ce + ACE_FIRST) & ACE_MASK, reflect = x->reflect;

    if ((flags & TCP_SYN) != 0) {
        x->fail |= m->tc->retries > 1 ? TCP_ECN_ACE_OUT : 0; /* see tcp_ecn_syn_flags() */
        return 0;
    }
    if (may_mark(x))
        m->ip->tos |= IP_ECN_ECT0;
    x->reflect = 0;
    x->changed = false;
    if (reflect != 0 && bare && (flags & (TCP_FIN | TCP_RST)) == 0)
        return reflect;
    x->untold = 0;
    return ace << ACE_SHIFT;
}

void tcp_accecn_last(const struct tarn *st, const struct tcp_sock *tc, struct tcp_mini *m)
{
    const struct tcp_accecn *x = accecn(st, tc);

    m->ace = (uint16_t)(((x->received_ce + ACE_FIRST) & ACE_MASK) << ACE_SHIFT);
    if (may_mark(x))
        m->tos |= IP_ECN_ECT0;
}

/* Is the option to be in a segment that is sent now (RFC 9768 3.2.3.3)? */
static bool is_due(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_accecn *x,
                   tarn_ns now)
{
    int64_t mode = st->param[PARAM_TCP_ECN_OPTION];
    uint64_t beacons = (uint64_t)st->param[PARAM_TCP_ECN_OPTION_BEACON];

    if (mode == 0 || x->seen == TCP_ECN_NO_OPTION || (x->fail & TCP_ECN_OPTION_OUT) != 0)
        return false;
    if (mode >= 2 || x->demand > 0)
        return true;
    return beacons != 0 && (now - x->option_at) * beacons >= (uint64_t)tc->srtt_us8 * 125;
}

static void fill(const struct tcp_accecn *x, struct tcp_opts *o)
{
    const uint8_t marks[TCP_ECN_FIELDS] = {IP_ECN_ECT1, IP_ECN_CE, IP_ECN_ECT0};

    for (unsigned i = 0; i < TCP_ECN_FIELDS; i++)
        o->ecn.field[i] = (x->received[marks[i]] + first_count[marks[i]]) & FIELD_MASK;
    tcp_ecn_fit(o, x->fields);
}

void tcp_accecn_syn_ack_option(const struct tarn *st, struct tcp_opts *o)
{
    const struct tcp_accecn none = {.fields = 0};

    if (st->param[PARAM_TCP_ECN_OPTION] != 0)
        fill(&none, o);
}

void tcp_accecn_option(const struct tcp_make *m, struct tcp_opts *o, unsigned flags)
{
    struct tcp_accecn *x = accecn(m->st, m->tc);
    bool dsack = o->n_sack > 0 && seq_leq(o->sack[0].end, m->tc->rcv_nxt);

    if ((flags & TCP_SYN) != 0) {
        if ((flags & TCP_ACK) != 0 && m->tc->retries == 0)
            tcp_accecn_syn_ack_option(m->st, o);
        return;
    }
    if (is_due(m->st, m->tc, x, m->now))
        fill(x, o);
    x->sent_dsack = o->has_ecn && dsack;
    if (!o->has_ecn)
        return;
    if (dsack)
        x->dsack = o->sack[0].start;
    x->fields = 0;
    x->option_at = m->now;
    if (x->demand > 0)
        x->demand--;
}

uint32_t tcp_accecn_bytes(const struct tarn *st, const struct tcp_sock *tc, uint32_t sack_bytes,
                          tarn_ns now)
{
    const struct tcp_accecn *x = accecn(st, tc);
    struct tcp_opts o;
    size_t plain;

    if (!is_due(st, tc, x, now))
        return sack_bytes;
    tcp_opts_segment(tc, &o, now);
    plain = tcp_bytes(&o);
    o.n_sack = (uint8_t)(sack_bytes / 8); /* 4 bytes, and 8 for each block */
    fill(x, &o);
    return (uint32_t)(tcp_bytes(&o) - plain);
}
