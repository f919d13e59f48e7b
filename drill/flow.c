/* drill/flow.c - packets of a script in play: injects inbound ones, waits for and checks outbound
 * ones, and keeps what each connection has taught: initial numbers and timestamps. */
#include <stdlib.h>
#include <string.h>

#include "drill/learn.h"

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

/* The newest socket listens: the next segment is a new connection's, from another port. */
static void begin_passive(struct drill_run *r, const struct drill_packet *p)
{
    if (p->proto != DRILL_TCP || p->peer_port != 0 || !r->newest_listens)
        return;
    r->newest_listens = false;
    r->newest_fd = -1;
    r->current = run_flow(r, (uint16_t)(PORT_PASSIVE + r->n_passive++));
}

bool run_inject(struct drill_run *r, const struct drill_packet *p)
{
    struct drill_flow *flow;
    const char *why = "";

    begin_passive(r, p);
    flow = flow_of(r, p);
    if (flow == NULL)
        return false;
    flow->ts_scaled = r->script.ts_ecr_scaled;
    if (p->proto == DRILL_TCP && (p->flags & FLAG_SYN)) {
        flow->syn_seq = p->seq;
        flow->renewed |= !(p->flags & FLAG_ACK);
        if (p->flags & FLAG_ACK)
            flow->peer_isn = p->seq;
    }
    r->n_urgent += p->proto == DRILL_TCP && (p->flags & FLAG_URG) != 0;
    r->inject = packet_build(&r->script, flow, p, &why);
    if (r->inject == NULL)
        return run_fail(r, "the packet cannot be sent: %s", why);
    return run_advance(r, r->world.now);
}

/* An earlier connection's between the same ports, but for ours, is not the script's any more. */
static bool is_known(struct drill_run *r, const struct drill_seen *seen)
{
    const struct drill_flow *flow = flow_find(r, seen->peer_port);

    return flow != NULL &&
           (seen->packet.proto != DRILL_TCP || flow->local_port == seen->local_port);
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
        if (is_known(r, seen))
            return true;
    }
    return false;
}

/* The next one, if it comes until `limit`. */
static bool wait_sent(struct drill_run *r, struct drill_seen *seen, tarn_ns limit)
{
    bool good;

    while (!(good = next_sent(r, seen)) && run_step(r, limit))
        continue;
    return good;
}

/* May a segment behind another be a part of the same large one? Only the last may be shorter. */
static bool joins(const struct drill_packet *a, const struct drill_seen *all_of,
                  const struct drill_seen *next, uint32_t wanted)
{
    const uint16_t may_differ = FLAG_FIN | FLAG_PSH | FLAG_CWR;
    const struct drill_packet *all = &all_of->packet, *b = &next->packet;

    return next->local_port == all_of->local_port && next->peer_port == all_of->peer_port &&
           b->seq == all->seq + all->payload_bytes && a->ack == b->ack && a->window == b->window &&
           ((a->flags ^ b->flags) & ~may_differ) == 0 && a->urgent == b->urgent &&
           (b->payload_bytes == a->payload_bytes ||
            all->payload_bytes + b->payload_bytes >= wanted);
}

/* Segments one behind the other count as one if the script writes them as one: what a device would
 * have cut. It is sent when its last part is, and has that one's header, but for the number and
 * CWR.
 */
static void join_more(struct drill_run *r, const struct drill_packet *want, struct drill_seen *seen,
                      tarn_ns limit)
{
    struct drill_seen *more = malloc(sizeof *more);
    struct drill_packet *p = &seen->packet, last = *p;

    if (more == NULL)
        abort();
    while (p->proto == DRILL_TCP && p->payload_bytes < want->payload_bytes &&
           !r->script.strict_segments) {
        unsigned before = r->first_sent;
        uint32_t done = p->payload_bytes, seq = p->seq, room = sizeof seen->payload - done;
        uint16_t cwr = p->flags & FLAG_CWR;

        if (!wait_sent(r, more, limit) || more->packet.payload_bytes > room ||
            !joins(&last, seen, more, want->payload_bytes)) {
            r->first_sent = before;
            break;
        }
        memcpy(seen->payload + done, more->payload, more->packet.payload_bytes);
        last = more->packet;
        *p = more->packet;
        p->seq = seq;
        p->flags = (uint16_t)((p->flags & ~FLAG_CWR) | cwr);
        p->payload_bytes += done;
        seen->when = more->when;
    }
    free(more);
}

static bool payload_as_written(struct drill_run *r, const struct drill_seen *seen)
{
    const struct drill_packet *p = &seen->packet;
    uint32_t place = 0;

    if (p->proto == DRILL_ICMP)
        return true;
    if (p->proto == DRILL_TCP)
        place = payload_place(p);
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

static bool check(struct drill_run *r, const struct drill_packet *want, struct drill_seen *seen,
                  tarn_ns limit)
{
    struct drill_flow *flow = flow_find(r, seen->peer_port);
    const char *what;

    join_more(r, want, seen, limit);
    learn_numbers(flow, want, &seen->packet);
    packet_relative(flow, &seen->packet);
    if (flow != r->current)
        seen->packet.peer_port = seen->peer_port;
    if (flow_of(r, want) != flow)
        return mismatch(r, "connection", want, seen);
    what = packet_differs(want, &seen->packet, r->options.strict);
    if (what != NULL)
        return mismatch(r, what, want, seen);
    learn_timestamps(flow, want, &seen->packet);
    return learn_check(r, flow, want, &seen->packet) && payload_as_written(r, seen);
}

bool run_expect(struct drill_run *r, const struct drill_packet *p, tarn_ns limit, tarn_ns *when)
{
    struct drill_seen *seen = malloc(sizeof *seen);
    char wanted[400];
    bool good = false;

    if (seen == NULL)
        abort();
    good = wait_sent(r, seen, limit);
    if (!good && !r->failed) {
        packet_print(p, wanted, sizeof wanted);
        run_fail(r, "no packet until %.6f\n    script: %s", (double)(limit - r->began) / 1e9,
                 wanted);
    }
    good = good && check(r, p, seen, limit);
    *when = seen->when;
    free(seen);
    return good;
}
