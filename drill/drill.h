/* drill/drill.h - plays packet scripts against a stack in virtual time.
 *
 * The stack is one simulated host behind a bare IP link; the script is the rest of the world. It is
 * played over IPv4, over IPv6, and over IPv4 with sockets of IPv6, as far as it allows them; see
 * script_packet_bytes() for what that means to sizes.
 * Every event is due at an exact nanosecond; a packet that comes earlier or later than written is a
 * failure, unless a tolerance is given, which then is that time or an eighth of the gap to the
 * event before. */
#ifndef TARN_DRILL_DRILL_H
#define TARN_DRILL_DRILL_H

#include "drill/script/script.h"

enum { DRILL_SETS = 16 };

/* Where the packets of all runs go, one run behind the other. */
struct drill_capture {
    struct pcapng *file;
    int64_t wall_ns; /* where the next run begins */
};

struct drill_options {
    unsigned versions;    /* enum drill_version: those to play of the script's */
    int64_t tolerance_ns; /* -1: the script's, or exact */
    bool strict;          /* a packet that the script does not mention by its end is a failure */
    bool verbose;         /* print every event as it happens */
    struct drill_set {    /* parameters of the stack that scripts cannot change */
        char name[64];
        int64_t value;
    } set[DRILL_SETS];
    unsigned n_sets;
    struct drill_capture *capture; /* or NULL */
};

/* Adds NAME=VALUE to the parameters that are forced. NULL, or what is wrong with it. */
const char *drill_force(struct drill_options *options, const char *text);

/* Plays the script in the file. false: *error says over which version, at which line and why; line
 * 0: the file itself. */
bool drill_file(const char *path, const struct drill_options *options, struct drill_error *error);

/* The same of a script in memory; `path` is what it calls itself. */
bool drill_text(const char *path, const char *text, const struct drill_options *options,
                struct drill_error *error);

/* The versions that the script in the file allows; 0 when it is none, and *error says why. */
unsigned drill_versions(const char *path, struct drill_error *error);

/* "ipv4", "ipv6", "ipv4-mapped-ipv6". */
const char *drill_version_name(enum drill_version version);
/* The version of this name, 0: there is none. */
unsigned drill_version_find(const char *name);

#endif
