/* tests/conform/tcp/rules.c - SEGMENT ARRIVES as two tables, written from RFC 9293 3.10.7 and RFC
 * 5961, apart from src/tcp.
 *
 * The first table is the order of the checks: the first row whose states, flags, SEG.SEQ and
 * SEG.ACK fit decides. A row either ends it or says that the segment is taken; then the second
 * table tells where our FIN being acknowledged and the peer's FIN lead. The window is open, the
 * socket is held by its application, and nothing was promised but that. */
#include "tests/conform/tcp/rules.h"

#include "wire/tcp.h"

#define S(state_) (1u << TARN_TCP_##state_)
#define SEQ(seq_) (1u << SEQ_##seq_)
#define ACK(ack_) (1u << ACK_##ack_)
#define ANY       0xffu

enum {
    HALF_CLOSED = S(CLOSE_WAIT) | S(CLOSING) | S(LAST_ACK), /* the peer's FIN has come */
    RECEIVING = S(ESTABLISHED) | S(FIN_WAIT_1) | S(FIN_WAIT_2),
    SYNCHRONISED = RECEIVING | HALF_CLOSED | S(TIME_WAIT),
    WINDOWED = SYNCHRONISED | S(SYN_RECEIVED),
    OUTSIDE = SEQ(BELOW) | SEQ(BEYOND),
    WITHIN = SEQ(LEFT) | SEQ(INSIDE) | SEQ(RIGHT),
};

enum verdict { ENDS, CLOSES, OPENS, TAKEN };

struct row {
    unsigned states;
    unsigned set, clear; /* flags that must be there, and must not */
    unsigned seq, ack;   /* classes that fit */
    enum verdict verdict;
    enum rule_reply reply;
    const char *section;
};

static const struct row rows[] = {
    /* 3.10.7.1 CLOSED */
    {S(CLOSED), TCP_RST, 0, ANY, ANY, ENDS, REPLY_NONE, "9293 3.10.7.1: a RST is discarded"},
    {S(CLOSED), TCP_ACK, 0, ANY, ANY, ENDS, REPLY_RST_ACKED, "9293 3.10.7.1: ACK bit on"},
    {S(CLOSED), 0, TCP_ACK, ANY, ANY, ENDS, REPLY_RST_LENGTH, "9293 3.10.7.1: ACK bit off"},

    /* 3.10.7.2 LISTEN */
    {S(LISTEN), TCP_RST, 0, ANY, ANY, ENDS, REPLY_NONE, "9293 3.10.7.2 first"},
    {S(LISTEN), TCP_ACK, 0, ANY, ANY, ENDS, REPLY_RST_ACKED, "9293 3.10.7.2 second"},
    {S(LISTEN), TCP_SYN, 0, ANY, ANY, OPENS, REPLY_SYN_ACK, "9293 3.10.7.2 third"},
    {S(LISTEN), 0, 0, ANY, ANY, ENDS, REPLY_NONE, "9293 3.10.7.2 fourth"},

    /* 3.10.7.3 SYN-SENT: ACK_NXT alone acknowledges our SYN */
    {S(SYN_SENT), TCP_ACK | TCP_RST, 0, ANY, ~ACK(NXT), ENDS, REPLY_NONE, "9293 3.10.7.3 first"},
    {S(SYN_SENT), TCP_ACK, 0, ANY, ~ACK(NXT), ENDS, REPLY_RST_ACKED, "9293 3.10.7.3 first"},
    {S(SYN_SENT), TCP_ACK | TCP_RST, 0, ANY, ANY, CLOSES, REPLY_NONE, "9293 3.10.7.3 second"},
    {S(SYN_SENT), TCP_RST, 0, ANY, ANY, ENDS, REPLY_NONE, "9293 3.10.7.3 second"},
    {S(SYN_SENT), TCP_SYN | TCP_ACK, 0, ANY, ANY, TAKEN, REPLY_ACK, "9293 3.10.7.3 fourth"},
    {S(SYN_SENT), TCP_SYN, 0, ANY, ANY, OPENS, REPLY_SYN_ACK, "9293 3.10.7.3 fourth"},
    {S(SYN_SENT), 0, 0, ANY, ANY, ENDS, REPLY_NONE, "9293 3.10.7.3 fifth"},

    /* TIME-WAIT: a new connection, or nothing but an answer */
    {S(TIME_WAIT), TCP_SYN, TCP_ACK | TCP_RST, SEQ(INSIDE) | SEQ(RIGHT) | SEQ(BEYOND), ANY, OPENS,
     REPLY_SYN_ACK, "9293 3.10.7.4 fourth, TIME-WAIT; 1122 4.2.2.13"},
    {S(TIME_WAIT), TCP_RST, 0, ANY, ANY, ENDS, REPLY_NONE, "1337 3: RSTs are ignored"},

    /* 3.10.7.4 first: the sequence number */
    {WINDOWED, TCP_RST, 0, OUTSIDE, ANY, ENDS, REPLY_NONE, "9293 3.10.7.4 first; 5961 3.2 (1)"},
    {WINDOWED, 0, 0, OUTSIDE, ANY, ENDS, REPLY_ACK, "9293 3.10.7.4 first"},

    /* second: RST */
    {WINDOWED, TCP_RST, 0, SEQ(LEFT), ANY, CLOSES, REPLY_NONE, "5961 3.2 (2)"},
    {WINDOWED, TCP_RST, 0, ANY, ANY, ENDS, REPLY_ACK, "5961 3.2 (3): challenge ACK"},

    /* fourth: SYN. Ours was a passive OPEN. */
    {S(SYN_RECEIVED), TCP_SYN, 0, ANY, ANY, CLOSES, REPLY_NONE, "9293 3.10.7.4 fourth: LISTEN"},
    {WINDOWED, TCP_SYN, 0, ANY, ANY, ENDS, REPLY_ACK, "5961 4.2: challenge ACK"},

    /* fifth: ACK. In TIME-WAIT nothing is taken; what is more than an ACK is answered. */
    {WINDOWED & ~S(TIME_WAIT), 0, TCP_ACK, ANY, ANY, ENDS, REPLY_NONE, "9293 3.10.7.4 fifth"},
    {S(TIME_WAIT), TCP_FIN, 0, ANY, ANY, ENDS, REPLY_ACK, "9293 3.10.7.4 fifth, TIME-WAIT"},
    {S(TIME_WAIT), 0, 0, ANY, ANY, ENDS, REPLY_MAY_ACK, "9293 3.10.7.4 fifth, TIME-WAIT"},
    {S(SYN_RECEIVED), 0, 0, ANY, ~ACK(NXT), ENDS, REPLY_RST_ACKED, "9293 3.10.7.4 fifth"},
    {SYNCHRONISED, 0, 0, ANY, ACK(BEYOND), ENDS, REPLY_ACK, "9293 3.10.7.4 fifth; 5961 5.2"},
    {WINDOWED, 0, 0, ANY, ANY, TAKEN, REPLY_NONE, "9293 3.10.7.4 fifth to eighth"},
};

/* Where our FIN acknowledged (first column), the peer's FIN (second), or both lead. */
static const struct {
    enum tarn_tcp_state from, acked, fin, both;
} arrows[] = {
    {TARN_TCP_ESTABLISHED, TARN_TCP_ESTABLISHED, TARN_TCP_CLOSE_WAIT, TARN_TCP_CLOSE_WAIT},
    {TARN_TCP_FIN_WAIT_1, TARN_TCP_FIN_WAIT_2, TARN_TCP_CLOSING, TARN_TCP_TIME_WAIT},
    {TARN_TCP_FIN_WAIT_2, TARN_TCP_FIN_WAIT_2, TARN_TCP_TIME_WAIT, TARN_TCP_TIME_WAIT},
    {TARN_TCP_CLOSE_WAIT, TARN_TCP_CLOSE_WAIT, TARN_TCP_CLOSE_WAIT, TARN_TCP_CLOSE_WAIT},
    {TARN_TCP_CLOSING, TARN_TCP_TIME_WAIT, TARN_TCP_CLOSING, TARN_TCP_TIME_WAIT},
    {TARN_TCP_LAST_ACK, TARN_TCP_CLOSED, TARN_TCP_LAST_ACK, TARN_TCP_CLOSED},
};

static bool fits(const struct row *r, const struct rule_segment *g)
{
    return (r->states & 1u << g->state) != 0 && (g->flags & r->set) == r->set &&
           (g->flags & r->clear) == 0 && (r->seq & 1u << g->seq) != 0 &&
           (r->ack & 1u << g->ack) != 0;
}

static enum tarn_tcp_state arrow(enum tarn_tcp_state from, bool acked, bool fin)
{
    for (unsigned i = 0; i < sizeof arrows / sizeof arrows[0]; i++)
        if (arrows[i].from == from)
            return acked && fin ? arrows[i].both
                   : acked      ? arrows[i].acked
                   : fin        ? arrows[i].fin
                                : from;
    return from;
}

/* Seventh and eighth: text and FIN, in order or to be kept; either way they are answered. */
static struct rule_outcome take(const struct rule_segment *g, const struct row *r)
{
    bool opens = g->state == TARN_TCP_SYN_SENT || g->state == TARN_TCP_SYN_RECEIVED;
    enum tarn_tcp_state from = opens ? TARN_TCP_ESTABLISHED : g->state;
    bool receives = (RECEIVING & 1u << from) != 0, has_fin = (g->flags & TCP_FIN) != 0;
    bool in_order = g->seq == SEQ_LEFT || g->state == TARN_TCP_SYN_SENT;
    bool acked = g->ack == ACK_NXT || (g->all_acked && g->ack == ACK_UNA);
    struct rule_outcome o = {.reply = r->reply, .section = r->section};

    o.takes_text = receives && in_order && g->text;
    o.takes_fin = receives && in_order && has_fin;
    o.state = arrow(from, acked, o.takes_fin);
    if (g->text || has_fin)
        o.reply = receives ? REPLY_ACK : REPLY_MAY_ACK; /* "this should not occur": ignore it */
    if (o.state == TARN_TCP_CLOSED)
        o.reply = REPLY_NONE; /* LAST-ACK: return */
    return o;
}

struct rule_outcome rule_apply(const struct rule_segment *g)
{
    const struct row *r = rows;
    struct rule_outcome o;

    while (!fits(r, g)) /* the last row of each state fits all */
        r++;
    if (r->verdict == TAKEN)
        return take(g, r);
    o = (struct rule_outcome){.reply = r->reply, .state = g->state, .section = r->section};
    if (r->verdict == CLOSES)
        o.state = g->state == TARN_TCP_SYN_RECEIVED ? TARN_TCP_LISTEN : TARN_TCP_CLOSED;
    if (r->verdict == OPENS)
        o.state = TARN_TCP_SYN_RECEIVED;
    return o;
}
