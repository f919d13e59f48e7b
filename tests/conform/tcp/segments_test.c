/* tests/conform/tcp/segments_test.c - every state, every set of flags, SEG.SEQ and SEG.ACK at every
 * edge: 11 x 64 x 5 x 4 = 14,080 segments, each with and without text, with and without timestamps,
 * compared with the tables of rules.c: the answer and its numbers, the state afterwards, whether
 * text was taken.
 *
 * Each state is reached once, through the public interface; the stack is a value, so every segment
 * meets a copy of it. */
#include "tests/conform/tcp/rules.h"
#include "tests/conform/tcp_peer.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_BYTES = 10, ALL_FLAGS = 64, REPLIES = 8, FAILURES_TOLD = 20 };

static _Alignas(64) uint8_t arena[PEER_ARENA];

static const enum tarn_tcp_state states[] = {
    TARN_TCP_CLOSED,      TARN_TCP_LISTEN,     TARN_TCP_SYN_SENT,   TARN_TCP_SYN_RECEIVED,
    TARN_TCP_ESTABLISHED, TARN_TCP_FIN_WAIT_1, TARN_TCP_FIN_WAIT_2, TARN_TCP_CLOSE_WAIT,
    TARN_TCP_CLOSING,     TARN_TCP_LAST_ACK,   TARN_TCP_TIME_WAIT,
};

/* A stack in a state, and the edges of its windows; relative numbers. */
struct start {
    struct peer p;
    enum tarn_tcp_state state;
    uint32_t una, nxt, rcv_nxt, edge;
    uint8_t *bytes;
    size_t n;
};

/* What a segment has led to. */
struct seen {
    struct peer_segment reply[REPLIES];
    unsigned n;
    enum tarn_tcp_state state;
    int64_t readable;
};

/* No timer of recovery may speak while a reply is waited for, and no ACK be late. */
static void quiet_timers(struct peer *p)
{
    static const char *const off[] = {"tcp.rack", "tcp.tlp", "tcp.delack-min-ms",
                                      "tcp.delack-max-ms"};

    for (unsigned i = 0; i < sizeof off / sizeof off[0]; i++)
        CHECK_EQ(tarn_param_set(p->st, off[i], 0), 0);
    CHECK_EQ(tarn_param_set(p->st, "tcp.rto-min-ms", 5000), 0);
    CHECK_EQ(tarn_param_set(p->st, "tcp.rto-initial-ms", 5000), 0);
}

static void edges(struct start *s)
{
    bool had_fin = s->state == TARN_TCP_CLOSE_WAIT || s->state == TARN_TCP_CLOSING ||
                   s->state == TARN_TCP_LAST_ACK || s->state == TARN_TCP_TIME_WAIT;
    bool sent_fin = s->state != TARN_TCP_ESTABLISHED && s->state != TARN_TCP_CLOSE_WAIT;
    bool acked = s->state == TARN_TCP_FIN_WAIT_2 || s->state == TARN_TCP_TIME_WAIT;

    s->una = 0;
    s->nxt = s->rcv_nxt = 1;
    if (s->state == TARN_TCP_CLOSED || s->state == TARN_TCP_LISTEN ||
        s->state == TARN_TCP_SYN_SENT || s->state == TARN_TCP_SYN_RECEIVED) {
        s->edge = s->rcv_nxt + s->p.offered;
        return;
    }
    s->nxt = STACK_NXT + sent_fin;
    s->una = acked ? s->nxt : STACK_UNA;
    s->rcv_nxt = PEER_NXT + had_fin;
    s->edge = s->p.edge;
}

static void start_make(struct start *s, enum tarn_tcp_state state, bool timestamps)
{
    memset(arena, 0, sizeof arena);
    *s = (struct start){.state = state};
    peer_open(&s->p, arena, false);
    quiet_timers(&s->p);
    s->p.timestamps = timestamps;
    peer_reach(&s->p, state);
    edges(s);
    s->p.now += 2 * PEER_S; /* challenge ACKs are free again */
    s->n = tarn_arena_used(s->p.st);
    s->bytes = malloc(s->n);
    CHECK(s->bytes != NULL);
    memcpy(s->bytes, arena, s->n);
}

/* The segment -------------------------------------------------------------------------------- */

static uint32_t seq_of(const struct start *s, enum rule_seq where)
{
    switch (where) {
    case SEQ_BELOW: return s->rcv_nxt - 50;
    case SEQ_LEFT: return s->rcv_nxt;
    case SEQ_INSIDE: return s->rcv_nxt + 500;
    case SEQ_RIGHT: return s->edge - 1;
    default: return s->edge + 10;
    }
}

static uint32_t ack_of(const struct start *s, enum rule_ack where)
{
    switch (where) {
    case ACK_OLD: return s->una - 1;
    case ACK_UNA: return s->una;
    case ACK_NXT: return s->nxt;
    default: return s->nxt + 1;
    }
}

static void send(struct start *s, const struct rule_segment *g)
{
    struct tcp_hdr h = peer_header(&s->p, g->flags, seq_of(s, g->seq), ack_of(s, g->ack));

    peer_send_header(&s->p, &h, 0, g->text ? TEXT_BYTES : 0);
}

/* What it has led to ------------------------------------------------------------------------- */

static void collect(struct start *s, struct seen *out)
{
    while (out->n < REPLIES && peer_recv(&s->p, &out->reply[out->n])) {
        bool again = s->state == TARN_TCP_SYN_SENT && out->reply[out->n].h.flags == TCP_SYN;

        out->n += !again; /* trap 10: after a wrong ACK the SYN goes again at once */
    }
}

/* A request has no socket: it is there if the peer's ACK makes one of it. */
static enum tarn_tcp_state state_of_listener(struct start *s, tarn_sock *got)
{
    struct peer_segment reply;

    if (tarn_accept(s->p.st, s->p.listener, got, NULL) == 0)
        return TARN_TCP_ESTABLISHED;
    peer_drain(&s->p);
    if (s->state != TARN_TCP_SYN_RECEIVED)
        return s->state;
    peer_send(&s->p, TCP_ACK, 1, 1, 0);
    if (peer_recv(&s->p, &reply) && (reply.h.flags & TCP_RST) != 0)
        return TARN_TCP_LISTEN;
    CHECK_EQ(tarn_accept(s->p.st, s->p.listener, got, NULL), 0);
    return TARN_TCP_SYN_RECEIVED;
}

static void look(struct start *s, struct seen *out)
{
    struct tarn_tcp_info info;
    struct tarn_usage u;
    tarn_sock sock = s->p.s;
    bool has_socket = s->p.has_socket;

    out->state = s->state;
    tarn_usage(s->p.st, &u);
    if (!has_socket && s->p.has_listener) {
        out->state = state_of_listener(s, &sock);
        has_socket = out->state == TARN_TCP_ESTABLISHED;
    }
    if (has_socket && tarn_tcp_info(s->p.st, sock, &info, s->p.now) == 0) {
        CHECK_EQ(tarn_getopt(s->p.st, sock, TARN_SO_NREAD, &out->readable), 0);
        out->state = u.time_wait > 0 ? TARN_TCP_TIME_WAIT : (enum tarn_tcp_state)info.state;
    }
}

/* Comparison --------------------------------------------------------------------------------- */

static bool is(const struct peer_segment *r, unsigned flags)
{
    return (r->h.flags & ~(unsigned)TCP_PSH) == flags && r->bytes == 0;
}

/* Is it the answer that the rule asks for, with its numbers? */
static bool answers(const struct start *s, const struct rule_segment *g,
                    const struct rule_outcome *o, const struct peer_segment *r)
{
    uint32_t len =
        (g->text ? TEXT_BYTES : 0u) + ((g->flags & TCP_SYN) != 0) + ((g->flags & TCP_FIN) != 0);
    bool syn_sent = s->state == TARN_TCP_SYN_SENT;
    uint32_t base = syn_sent ? seq_of(s, g->seq) + 1 : s->rcv_nxt;
    uint32_t taken = base + (o->takes_text ? TEXT_BYTES : 0u) + o->takes_fin;

    switch (o->reply) {
    case REPLY_ACK:
    case REPLY_MAY_ACK: return is(r, TCP_ACK) && r->seq == s->nxt && r->ack == taken;
    case REPLY_SYN_ACK:
        return is(r, TCP_SYN | TCP_ACK) && r->ack == seq_of(s, g->seq) + 1 &&
               (!syn_sent || r->seq == 0);
    case REPLY_RST_ACKED: return is(r, TCP_RST) && r->seq == ack_of(s, g->ack);
    case REPLY_RST_LENGTH:
        return is(r, TCP_RST | TCP_ACK) && r->h.seq.v == 0 && r->ack == seq_of(s, g->seq) + len;
    default: return false;
    }
}

static bool is_as_expected(const struct start *s, const struct rule_segment *g,
                           const struct rule_outcome *o, const struct seen *seen)
{
    unsigned least = o->reply != REPLY_NONE && o->reply != REPLY_MAY_ACK;
    unsigned most = o->reply != REPLY_NONE;
    bool opened = s->state == TARN_TCP_TIME_WAIT && o->state == TARN_TCP_SYN_RECEIVED;

    if (seen->n < least || seen->n > most)
        return false;
    if (seen->n == 1 && !answers(s, g, o, &seen->reply[0]))
        return false;
    if (s->state == TARN_TCP_CLOSED || s->state == TARN_TCP_LISTEN || opened)
        return true; /* the answer has told the state */
    return seen->state == o->state && seen->readable == (o->takes_text ? TEXT_BYTES : 0);
}

static const char *text_of(const struct rule_segment *g)
{
    static const char *const at_seq[] = {"below", "left edge", "inside", "right edge", "beyond"};
    static const char *const at_ack[] = {"old", "SND.UNA", "SND.NXT", "beyond"};
    static char text[128];

    snprintf(text, sizeof text, "state %d, flags %02x%s, seq %s, ack %s", g->state, g->flags,
             g->text ? " with text" : "", at_seq[g->seq], at_ack[g->ack]);
    return text;
}

static void tell(const struct rule_segment *g, const struct rule_outcome *o,
                 const struct seen *seen)
{
    printf("# %s\n#   expected: reply %d, state %d, text %d (%s)\n#   seen: state %d, %d bytes",
           text_of(g), o->reply, o->state, o->takes_text, o->section, seen->state,
           (int)seen->readable);
    for (unsigned i = 0; i < seen->n; i++)
        printf(", flags %02x seq %d ack %d", seen->reply[i].h.flags, (int)seen->reply[i].seq,
               (int)seen->reply[i].ack);
    printf("\n");
}

static bool one(const struct start *from, const struct rule_segment *g)
{
    struct rule_outcome o = rule_apply(g);
    struct start s = *from;
    struct seen seen = {.n = 0};
    size_t used = tarn_arena_used(s.p.st);

    memcpy(arena, s.bytes, s.n);
    if (used > s.n)
        memset(arena + s.n, 0, used - s.n);
    send(&s, g);
    collect(&s, &seen);
    peer_wait(&s.p, PEER_MS);
    collect(&s, &seen);
    look(&s, &seen);
    if (is_as_expected(&s, g, &o, &seen))
        return true;
    tell(g, &o, &seen);
    return false;
}

/* All sets of flags at one place. */
static unsigned all_flags(const struct start *s, struct rule_segment g)
{
    unsigned failed = 0;

    for (g.flags = 0; g.flags < ALL_FLAGS; g.flags++)
        failed += !one(s, &g);
    return failed;
}

static unsigned all_segments(enum tarn_tcp_state state, bool text, bool timestamps)
{
    struct rule_segment g = {.state = state, .text = text};
    struct start s;
    unsigned failed = 0;

    start_make(&s, state, timestamps);
    g.all_acked = s.una == s.nxt;
    for (unsigned q = 0; q < SEQ_N; q++)
        for (unsigned a = 0; a < ACK_N && failed < FAILURES_TOLD; a++) {
            g.seq = (enum rule_seq)q;
            g.ack = (enum rule_ack)a;
            failed += all_flags(&s, g);
        }
    free(s.bytes);
    return failed;
}

static void all_states(bool text, bool timestamps)
{
    unsigned failed = 0;

    for (unsigned i = 0; i < sizeof states / sizeof states[0]; i++)
        failed += all_segments(states[i], text, timestamps);
    CHECK_EQ(failed, 0);
}

TEST(tcp_segments, bare)
{
    all_states(false, false);
}

TEST(tcp_segments, with_text)
{
    all_states(true, false);
}

TEST(tcp_segments, with_timestamps)
{
    all_states(false, true);
}

TEST(tcp_segments, with_text_and_timestamps)
{
    all_states(true, true);
}
