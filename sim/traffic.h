/* sim/traffic.h - applications for hosts: connections that send bytes each way and check what
 * comes.
 *
 * A traffic is the application of one host, as server, client or both. Every connection sends `out`
 * bytes of a pattern that is a function of their place, shuts its direction down, reads `in` bytes
 * of the same pattern and the end, and closes. Anything else is a failure, with a reason. */
#ifndef TARN_SIM_TRAFFIC_H
#define TARN_SIM_TRAFFIC_H

#include "sim/host.h"

/* What a connection carries, in bytes. */
struct sim_load {
    uint64_t out, in;
};

struct sim_traffic_end;

/* All zero but `load`: ready. Borrow it to the host as its application with sim_traffic_app(). */
struct sim_traffic {
    struct sim_load load;
    uint64_t opened, finished, failed;
    uint64_t bytes_out, bytes_in; /* of all connections */
    char why[120];                /* of the first failure */
    tarn_ns last;                 /* when a connection last finished */
    struct sim_traffic_end *ends;
    uint32_t n_ends, free_end; /* in use or free; 1 + the first free one, 0 = none */
    uint8_t *pattern;
    tarn_sock listener;
};

struct sim_host_app sim_traffic_app(struct sim_traffic *t);

/* Accept connections on `port` of every address, of both families. -TARN_E... as tarn_bind() and
 * tarn_listen(). */
int sim_traffic_listen(struct sim_traffic *t, struct sim_host *h, uint16_t port);

/* Begin a connection. -TARN_E... as tarn_connect(), but for EINPROGRESS, which is success. */
int sim_traffic_connect(struct sim_traffic *t, struct sim_host *h, const struct tarn_ip *ip,
                        uint16_t port);

/* The socket of the oldest connection that is still open, for TCP_INFO; false: none. */
bool sim_traffic_sock(const struct sim_traffic *t, tarn_sock *out);

/* Closes the listener and frees what it has; connections in progress are aborted. */
void sim_traffic_fini(struct sim_traffic *t, struct sim_host *h);

#endif
