/* run/stats_table.h - the connections that run_stats_note() has seen, for the printers. */
#ifndef TARN_RUN_STATS_TABLE_H
#define TARN_RUN_STATS_TABLE_H

#include "run/stats.h"

enum { STATS_KEPT = 1000, STATS_SLOTS = 2048 };

struct stats_connection {
    tarn_sock sock;
    struct tarn_addr local, peer;
    struct tarn_tcp_info info;
};

struct run_stats {
    struct stats_connection kept[STATS_KEPT]; /* in the order in which they came */
    unsigned n_kept;
    bool more;                  /* there were others beyond those */
    uint16_t slot[STATS_SLOTS]; /* hash of the handle: place in kept[] + 1, 0 = free */
};

/* "10.0.2.15:80" into text. */
enum { STATS_ADDR_BYTES = 56 };
void stats_addr(char text[STATS_ADDR_BYTES], const struct tarn_addr *a);

const char *stats_tcp_state(uint8_t state);

void stats_print_text(FILE *out, const struct run_stack *s, const struct run_stats *rs,
                      tarn_ns now);
void stats_print_json(FILE *out, const struct run_stack *s, const struct run_stats *rs,
                      tarn_ns now);

#endif
