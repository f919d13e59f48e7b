/* tools/doctor.h - what tarn can do on this machine: one row per right that it may use. */
#ifndef TARN_TOOLS_DOCTOR_H
#define TARN_TOOLS_DOCTOR_H

#include <stdbool.h>

/* Why a right is missing, and what gives it. */
struct doctor_finding {
    char refused[160]; /* what was tried: what refused it */
    char remedy[320];  /* a command, or what to change */
};

struct doctor_check {
    const char *name;   /* "seccomp" */
    const char *needed; /* what of tarn needs it */

    /* Is the right there? Changes nothing that outlives the call. When not, fills the finding. */
    bool (*has)(struct doctor_finding *finding);
};

/* Every check, ended by an empty row. */
extern const struct doctor_check doctor_checks[];

#endif
