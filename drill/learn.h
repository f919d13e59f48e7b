/* drill/learn.h - what the stack's packets teach about a connection, and what they must keep to
 * then: initial numbers, timestamps, flow labels. */
#ifndef TARN_DRILL_LEARN_H
#define TARN_DRILL_LEARN_H

#include "drill/run.h"

/* The stack's first SYN tells its initial number; the script calls it want->seq. */
void learn_numbers(struct drill_flow *flow, const struct drill_packet *want,
                   const struct drill_packet *got);

/* What the script calls the timestamps of the packet. */
void learn_timestamps(struct drill_flow *flow, const struct drill_packet *want,
                      const struct drill_packet *got);

/* Where the script says how long a tick is, timestamps have gone on as it says; and flow labels
 * that it calls the same are, those that it calls others are others. */
bool learn_check(struct drill_run *r, struct drill_flow *flow, const struct drill_packet *want,
                 const struct drill_packet *got);

#endif
