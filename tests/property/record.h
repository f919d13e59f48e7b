/* tests/property/record.h - a history as a packet script, told from the view of one end. */
#ifndef TARN_TESTS_PROPERTY_RECORD_H
#define TARN_TESTS_PROPERTY_RECORD_H

#include <stddef.h>
#include <stdint.h>

struct plan;
struct recorder;
struct side;
struct world;

/* What happens at this end is remembered from now on if w->rec is this, and written by
 * record_end(). */
struct recorder *record_begin(unsigned end, const char *path);
void record_end(struct world *w);

/* Each does nothing unless w->rec tells of this end. The first and record_accept() number the
 * socket: x->fd. */
void record_socket(struct world *w, unsigned end, struct side *x);
void record_listen(struct world *w, unsigned end, const struct side *x, unsigned backlog);
void record_connect(struct world *w, unsigned end, const struct side *x);
void record_fastopen(struct world *w, unsigned end, const struct side *x, size_t n, long done);
void record_accept(struct world *w, unsigned end, const struct side *listener, struct side *x);
void record_send(struct world *w, unsigned end, const struct side *x, size_t n, unsigned flags,
                 long done);
void record_read(struct world *w, unsigned end, const struct side *x, size_t n, long done);
void record_option(struct world *w, unsigned end, const struct side *x, int opt, int64_t value);
void record_call(struct world *w, unsigned end, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void record_sent(struct world *w, unsigned from, const uint8_t *b, size_t n);
void record_arrived(struct world *w, unsigned to, const uint8_t *b, size_t n);

#endif
