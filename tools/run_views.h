/* tools/run_views.h - what a program under tarn finds in /etc, and what --explain prints. */
#ifndef TARN_TOOLS_RUN_VIEWS_H
#define TARN_TOOLS_RUN_VIEWS_H

#include <stdio.h>

#include "run/stack.h"
#include "tools/run_options.h"

/* A resolv.conf that names the servers of --dns, else those that the links propose or have learned,
 * at most three, and the search domains; where there are none, the system's own. NULL when that is
 * empty, when there is no link, or out of memory. The caller frees it. */
char *run_view_resolv(const struct run_options *options, const struct run_stack *stack);

/* The system's hosts file and the name of this machine, `host.tarn`, with its addresses; NULL when
 * none is known or out of memory. The caller frees it. */
char *run_view_hosts(const struct run_stack *stack);

/* The effective settings and where each comes from. */
void run_explain(FILE *out, const struct run_options *options, const struct run_stack *stack);

#endif
