/* drill/flow.c - packets of a script in play: injects inbound ones, waits for and checks outbound
 * ones, and keeps what each connection has taught: initial numbers and timestamps. */
#include <stdlib.h>
#include <string.h>

#include "drill/run.h"

static struct drill_flow *flow_find(struct drill_run *r, uint16_t peer_port)
{
    for (unsigned i = 0; i < r->n_flows; i++)
        if (r->flows[i].peer_port == peer_port)
            return &r->flows[i];
    return NULL;
}

struct drill_flow *run_flow(struct drill_run *r, uint16_t peer_port)
{
    struct drill_flow *flow = flow_find(r, peer_port);

    if (flow != NULL)
        return flow;
    if (r->n_flows == MAX_FLOWS) {
        run_fail(r, "more than %d connections", MAX_FLOWS);
        return NULL;
    }
    flow = &r->flows[r->n_flows++];
    *flow = (struct drill_flow){.local_port = r->script.local_port,
                                .peer_port = peer_port,
                                .peer_base = PEER_BASE,
                                .renewed = true};
    return flow;
}

/* Whose packet it is: the port's that it names, else the current connection's. */
static struct drill_flow *flow_of(struct drill_run *r, const struct drill_packet *p)
{
    if (p->peer_port != 0)
        return run_flow(r, p->peer_port);
    if (r->current == NULL)
        r->current = run_flow(r, PORT_PASSIVE);
    return r->current;
}

bool run_inject(struct drill_run *r, const struct drill_packet *p)
{
    struct drill_flow *flow = flow_of(r, p);
    const char *why = "";

    if (flow == NULL)
        return false;
    if (p->proto == DRILL_TCP && (p->flags & FLAG_SYN)) {
        flow->syn_seq = p->seq;
        flow->renewed |= !(p->flags & FLAG_ACK);
        if (p->flags & FLAG_ACK)
            flow->peer_isn = p->seq;
    }
    r->inject = packet_build(&r->script, flow, p, &why);
    if (r->inject == NULL)
        return run_fail(r, "the packet cannot be sent: %s", why);
    return run_advance(r, r->world.now);
}

/* The stack's first SYN tells its initial number; the script calls it want->seq. */
static void learn(struct drill_flow *flow, const struct drill_packet *want,
                  const struct drill_packet *got)
{
    if (want->proto != DRILL_TCP || !(got->flags & want->flags & FLAG_SYN) || !flow->renewed)
        return;
    flow->local_base = got->seq - want->seq;
    flow->local_isn = want->seq;
    if (got->flags & FLAG_ACK)
        flow->peer_isn = flow->syn_seq;
    flow->renewed = false;
}

static void learn_timestamps(struct drill_flow *flow, const struct drill_packet *want,
                             const struct drill_packet *got)
{
    for (unsigned i = 0; i < want->n_options && i < got->n_options; i++)
        if (want->options[i].kind == OPTION_TS && got->options[i].kind == OPTION_TS)
            flow->ts[flow->n_ts++ % 64] = (struct drill_ts){want->options[i].a, got->options[i].a};
}

/* The next packet of a connection that the script knows; false when there is none yet. */
static bool next_sent(struct drill_run *r, struct drill_seen *seen)
{
    while (r->first_sent < r->n_sent) {
        struct drill_sent *sent = &r->sent[r->first_sent++];
        const char *wrong = packet_read(sent->frame, seen);

        seen->when = sent->when;
        if (wrong != NULL)
            return run_fail(r, "the stack sent a packet with a wrong %s", wrong);
        if (flow_find(r, seen->peer_port) != NULL)
            return true;
    }
    return false;
}

/* Segments sent at once, one behind the other, count as one if the script writes them as one. */
static void join_more(struct drill_run *r, const struct drill_packet *want, struct drill_seen *seen)
{
    struct drill_seen *more = malloc(sizeof *more);
    struct drill_packet *p = &seen->packet;

    while (more != NULL && p->proto == DRILL_TCP && p->payload_bytes > 0 &&
           p->payload_bytes < want->payload_bytes && r->first_sent < r->n_sent) {
        unsigned before = r->first_sent;

        if (!next_sent(r, more) || more->peer_port != seen->peer_port || more->when != seen->when ||
            more->packet.seq != p->seq + p->payload_bytes || more->packet.ack != p->ack) {
            r->first_sent = before;
            break;
        }
        memcpy(seen->payload + p->payload_bytes, more->payload, more->packet.payload_bytes);
        p->payload_bytes += more->packet.payload_bytes;
        p->flags |= more->packet.flags;
        p->window = more->packet.window;
    }
    free(more);
}

static bool payload_as_written(struct drill_run *r, const struct drill_flow *flow,
                               const struct drill_seen *seen)
{
    const struct drill_packet *p = &seen->packet;
    uint32_t place = 0;

    if (p->proto == DRILL_ICMP)
        return true;
    if (p->proto == DRILL_TCP)
        place = p->seq - flow->local_isn - 1 + ((p->flags & FLAG_SYN) != 0);
    for (uint32_t i = 0; i < p->payload_bytes; i++)
        if (seen->payload[i] != payload_byte(place + i))
            return run_fail(r, "byte %u of the payload is not what was written", i);
    return true;
}

static bool mismatch(struct drill_run *r, const char *what, const struct drill_packet *want,
                     const struct drill_seen *seen)
{
    char wanted[400], got[400];

    packet_print(want, wanted, sizeof wanted);
    packet_print(&seen->packet, got, sizeof got);
    return run_fail(r, "%s differs\n    script: %s\n    stack:  %s  at %.6f", what, wanted, got,
                    (double)(seen->when - r->began) / 1e9);
}

static bool check(struct drill_run *r, const struct drill_packet *want, struct drill_seen *seen)
{
    struct drill_flow *flow = flow_find(r, seen->peer_port);
    const char *what;

    join_more(r, want, seen);
    learn(flow, want, &seen->packet);
    packet_relative(flow, &seen->packet);
    if (flow != r->current)
        seen->packet.peer_port = seen->peer_port;
    if (flow_of(r, want) != flow)
        return mismatch(r, "connection", want, seen);
    what = packet_differs(want, &seen->packet, r->options.strict);
    if (what != NULL)
        return mismatch(r, what, want, seen);
    learn_timestamps(flow, want, &seen->packet);
    return payload_as_written(r, flow, seen);
}

bool run_expect(struct drill_run *r, const struct drill_packet *p, tarn_ns limit, tarn_ns *when)
{
    struct drill_seen *seen = malloc(sizeof *seen);
    char wanted[400];
    bool good = false;

    if (seen == NULL)
        abort();
    while (!(good = next_sent(r, seen)) && run_step(r, limit))
        continue;
    if (!good && !r->failed) {
        packet_print(p, wanted, sizeof wanted);
        run_fail(r, "no packet until %.6f\n    script: %s", (double)(limit - r->began) / 1e9,
                 wanted);
    }
    *when = seen->when;
    good = good && check(r, p, seen);
    free(seen);
    return good;
}
