/* drill/learn.c - initial numbers, timestamps and flow labels of the stack, learned and checked. */
#include "drill/learn.h"

void learn_numbers(struct drill_flow *flow, const struct drill_packet *want,
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

void learn_timestamps(struct drill_flow *flow, const struct drill_packet *want,
                      const struct drill_packet *got)
{
    for (unsigned i = 0; i < want->n_options && i < got->n_options; i++)
        if (want->options[i].kind == OPTION_TS && got->options[i].kind == OPTION_TS) {
            struct drill_ts ts = {want->options[i].a, got->options[i].a};

            if (flow->n_ts == 0)
                flow->ts_first = ts;
            flow->ts[flow->n_ts++ % 64] = ts;
        }
}

/* As packetdrill: the tolerance grows with the time since the script's beginning. */
static bool stamp_check(struct drill_run *r, const struct drill_flow *flow, uint32_t want,
                        uint32_t got)
{
    int64_t slack_us = run_slack(r, r->began) / 1000;
    int64_t share_us =
        (int64_t)(r->world.now - r->began) / 1000 * r->script.tolerance_permille / 1000;
    uint32_t script = flow->ts_first.script + (got - flow->ts_first.live);
    int32_t off = (int32_t)(script - want);

    slack_us = share_us > slack_us ? share_us : slack_us;
    return (off < 0 ? -(int64_t)off : off) * r->script.ts_tick_us <= slack_us ||
           run_fail(r, "the timestamp is %u; the script wants %u", script, want);
}

static bool stamps_check(struct drill_run *r, const struct drill_flow *flow,
                         const struct drill_packet *want, const struct drill_packet *got)
{
    for (unsigned i = 0; i < want->n_options && i < got->n_options; i++)
        if (want->options[i].kind == OPTION_TS && got->options[i].kind == OPTION_TS &&
            !stamp_check(r, flow, want->options[i].a, got->options[i].a))
            return false;
    return true;
}

static bool label_check(struct drill_run *r, struct drill_flow *flow, uint32_t want, uint32_t got)
{
    bool same = want == flow->label_script;

    if (got == 0)
        return run_fail(r, "the packet has no flow label");
    if (flow->label_script != 0 && same != (got == flow->label_live))
        return run_fail(r, "the flow label is %s", same ? "another one" : "still the same");
    flow->label_script = want;
    flow->label_live = got;
    return true;
}

bool learn_check(struct drill_run *r, struct drill_flow *flow, const struct drill_packet *want,
                 const struct drill_packet *got)
{
    if (r->script.ts_tick_us != 0 && !want->any_options && !stamps_check(r, flow, want, got))
        return false;
    return want->flow_label == 0 || r->script.version != DRILL_IPV6 ||
           label_check(r, flow, want->flow_label, got->flow_label);
}
