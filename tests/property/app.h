/* tests/property/app.h - the parts of the applications: app.c, open.c, keys.c. */
#ifndef TARN_TESTS_PROPERTY_APP_H
#define TARN_TESTS_PROPERTY_APP_H

#include "tcp/tcp.h"
#include "tests/property/world.h"

/* app.c */
/* The stream's bytes from `at` on, as many as one call may write. */
const uint8_t *app_bytes(const struct written *x, uint64_t at);
/* The socket's record; NULL: it has none. */
const struct tcp_sock *app_tcp(const struct world *w, unsigned end, tarn_sock s);
/* A side of this kind, counted from `index`; NULL: there is none. */
struct side *app_side(struct world *w, unsigned end, unsigned index, enum side_kind kind);
/* It is a connection now, and may write a stream of its own. */
void app_stream_open(struct world *w, unsigned end, struct side *x);
/* Where the bytes of the i-th stream begin. */
uint32_t app_salt(unsigned i);

/* open.c */
void app_listen(struct world *w, unsigned end, const struct step *s);
void app_connect(struct world *w, unsigned end, const struct step *s);
void app_accept(struct world *w, unsigned end, const struct step *s);
void app_free(struct world *w, unsigned end, struct side *x);

/* keys.c */
/* A new socket of this end signs as the plan says. */
void keys_set(struct world *w, unsigned end, tarn_sock s);
/* TCP-AO: which of the two keys it signs with from now on, and asks for. */
void keys_choose(struct world *w, unsigned end, const struct side *x, uint32_t send, uint32_t recv);

#endif
