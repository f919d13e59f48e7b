/* drill/drill.h - plays packet scripts against a stack in virtual time.
 *
 * The stack is one simulated host behind a bare IPv4 link; the script is the rest of the world.
 * Every event is due at an exact nanosecond; a packet that comes earlier or later than written is a
 * failure, unless a tolerance is given, which then is that time or an eighth of the gap to the
 * event before. */
#ifndef TARN_DRILL_DRILL_H
#define TARN_DRILL_DRILL_H

#include "drill/script.h"

struct drill_options {
    int64_t tolerance_ns; /* -1: the script's, or exact */
    bool strict;          /* a packet that the script does not mention by its end is a failure */
    bool verbose;         /* print every event as it happens */
};

/* Plays the script in the file. false: *error says at which line and why; line 0: the file itself.
 */
bool drill_file(const char *path, const struct drill_options *options, struct drill_error *error);

/* The same for a text; `path` names it in messages. */
bool drill_text(const char *path, const char *text, const struct drill_options *options,
                struct drill_error *error);

#endif
