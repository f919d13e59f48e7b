/* drill/run.h - a script in play: what run.c, calls.c, sockopt.c, code.c and settings.c share. */
#ifndef TARN_DRILL_RUN_H
#define TARN_DRILL_RUN_H

#include "drill/drill.h"
#include "drill/packet.h"
#include "drill/sys/sys.h"
#include "sim/host.h"

enum { MAX_FDS = 256, MAX_FLOWS = 256, DRILL_COUNTERS = 8, PORT_PASSIVE = 40000 };

/* A file that a command has made: its bytes are the stream's. */
struct drill_file {
    struct drill_file *next;
    const char *name;
    int64_t bytes;
};

/* A name that code blocks have set. */
struct drill_variable {
    struct drill_variable *next;
    const char *name;
    int64_t value;
};

/* A descriptor by the script's number: drill/sys/'s, or a file. */
struct drill_fd {
    bool is_open;
    int fd;
    uint32_t written, read, skipped; /* places in the streams; urgent bytes that are missing */
    uint16_t connect_port;           /* of a connection that has no ports yet, 0: none */
    const struct drill_file *file;
};

/* A call that has begun and not returned. */
struct drill_pending {
    const struct drill_event *event; /* NULL: none */
    tarn_ns began, due;              /* when it shall return */
    int64_t slack;                   /* and how much later or earlier it may */
    bool started;                    /* it has been tried before */
    struct sys_wait wait;
    uint8_t *memory; /* its buffer */
};

struct drill_run {
    struct drill_script script;
    struct drill_options options;
    struct drill_error *error;
    bool failed;
    unsigned line;
    struct sim_world world;
    struct sim_host *host;
    struct sim_node peer;     /* the script's end of the link */
    struct sim_frame *inject; /* what it sends next */
    struct drill_sent {
        tarn_ns when;
        struct sim_frame *frame;
    } * sent; /* what the stack has sent; from first_sent on not yet looked at */
    unsigned first_sent, n_sent, room_sent;
    tarn_ns began, last; /* script time 0; when the last event was due */
    struct sys *sys;
    struct drill_fd fds[MAX_FDS], no_fd;
    struct drill_file *files;
    struct drill_variable *variables;
    const struct drill_call *calling;
    bool captured;                 /* a packet */
    uint64_t told[DRILL_COUNTERS]; /* by `nstat` */
    unsigned n_urgent;             /* inbound segments with an urgent pointer */
    int newest_fd; /* the socket that was made last, unless it has a connection; -1 */
    bool newest_listens;
    unsigned n_passive; /* connections of such listeners */
    int info_fd;        /* whose TCP_INFO code blocks see; -1: none */
    struct drill_flow flows[MAX_FLOWS];
    unsigned n_flows;
    struct drill_flow *current; /* of packets that name no port; NULL: none yet */
    struct drill_pending pending;
};

/* Note a failure, unless there is one already. Always false. */
bool run_fail(struct drill_run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What a call function returns when it must wait, instead of a result or -errno. */
#define CALL_WAITS SYS_WAITS

/* What goes out on the link comes here; frames that the script injects leave from here. link.c */
void run_link_init(struct drill_run *r);
void run_link_fini(struct drill_run *r);

/* Tries the pending call: CALL_WAITS, or its result. calls.c */
int64_t call_try(struct drill_run *r, const struct drill_call *call, struct drill_pending *p);

/* Runs the statements of a code block. code.c */
bool code_run(struct drill_run *r, const char *text);

/* Sets the parameters that the options force. settings.c */
bool settings_force(struct drill_run *r);

/* The flow to a port of the peer, made if there is none; NULL when there are too many. flow.c */
struct drill_flow *run_flow(struct drill_run *r, uint16_t peer_port);

/* Plays an inbound packet now; waits for an outbound one until `limit`, and checks it. *when is
 * when it came. flow.c */
bool run_inject(struct drill_run *r, const struct drill_packet *p);
bool run_expect(struct drill_run *r, const struct drill_packet *p, tarn_ns limit, tarn_ns *when);

/* Lets the world run until `until`; a pending call is tried after every step. run.c */
bool run_advance(struct drill_run *r, tarn_ns until);
/* One step at or before `until`; false when there is none, or after a failure. run.c */
bool run_step(struct drill_run *r, tarn_ns until);

/* How far from `due` is still right. run.c */
int64_t run_slack(const struct drill_run *r, tarn_ns due);

/* Of the sockets that the script opens. */
static inline enum tarn_family run_family(const struct drill_run *r)
{
    return r->script.version == DRILL_IPV4 ? TARN_INET : TARN_INET6;
}

static inline struct tarn *run_stack(struct drill_run *r)
{
    return sim_host_stack(r->host);
}

#endif
