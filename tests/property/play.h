/* tests/property/play.h - playing histories in processes of their own, and making them shorter. */
#ifndef TARN_TESTS_PROPERTY_PLAY_H
#define TARN_TESTS_PROPERTY_PLAY_H

#include "tests/property/plan.h"
#include "tests/property/world.h"

/* Plays the history in this process, which ends when something is wrong. */
void play(const struct plan *p);

/* The same in a process of its own; false: something was wrong, *report says what. The histories
 * of the n seeds from `seed` on, each of `each` steps; report->seed is that of the last. */
bool play_apart(const struct plan *p);
bool play_seeds(uint64_t seed, unsigned n, unsigned each, enum inject inject);

/* Plays it and writes what both stacks send to a pcapng file; false: it cannot be written, or
 * something was wrong. */
bool play_captured(const struct plan *p, const char *path);

/* Takes steps and settings away from a history that goes wrong, as long as it goes wrong in the
 * same way (ddmin: Zeller and Hildebrandt 2002). Returns how many histories were tried. */
unsigned shrink(struct plan *p);

/* Plays it once more and writes what happened as a packet script, told from the view of `end`. */
bool record_script(const struct plan *p, unsigned end, const char *path);

#endif
