/* drill/code.h - what code.c, which reads code blocks, and code_name.c, which knows their names,
 * share. */
#ifndef TARN_DRILL_CODE_H
#define TARN_DRILL_CODE_H

#include "drill/run.h"
#include "drill/script/scan.h"
#include "posix/tcp_info.h"

struct code {
    struct scan scan;
    struct drill_run *run;
    struct linux_tcp_info info;
    bool has_info;
    unsigned depth;
    char values[400]; /* of the names in this statement: "tcpi_state = 1, ..." */
};

/* What the name stands for: a variable, a value of TCP_INFO, usage_*, a symbol. false: nothing,
 * which is a mistake. */
bool code_name(struct code *c, const char *name, int64_t *out);

/* Behind "stat" or "drops": ("tcp.timeouts"). */
bool code_counter(struct code *c, bool drops, int64_t *out);

struct drill_variable *code_variable(const struct code *c, const char *name);

#endif
