/* sim/wire.h - a node with two ends and a law for each direction (drivers/impair_law.h): what comes
 * in at one end goes out at the other, later, changed or not at all. */
#ifndef TARN_SIM_WIRE_H
#define TARN_SIM_WIRE_H

#include "drivers/impair_law.h"
#include "sim/world.h"

struct sim_wire;

/* What one direction has done. */
struct sim_wire_count {
    uint64_t offered, bytes, lost, queue_full, corrupted, duplicated;
};

/* `impairment` as on the command line, seen from end 0: `tx:` is from end 0 to end 1. NULL: a
 * perfect wire. NULL is returned when the text is refused, with a sentence in `error`. */
struct sim_wire *sim_wire_new(struct sim_world *w, const char *name, const char *impairment,
                              char *error, size_t error_bytes);

struct sim_node *sim_wire_node(struct sim_wire *wire);

/* What came in at `end`. */
const struct sim_wire_count *sim_wire_count(const struct sim_wire *wire, unsigned end);

#endif
