/* app/app.h - the services of this folder, as whoever runs them by name finds them. */
#ifndef TARN_APP_APP_H
#define TARN_APP_APP_H

#include "base/rng.h"
#include "tarn/service.h"

/* Every service, sorted by name, ended by NULL; made by scripts/tables. */
extern const struct tarn_service *const service_table[];

/* The service's own stream. */
void app_rng_init(struct rng *r, const struct tarn_service_with *with);

/* Bind to the unspecified address of the peer's family and a port that is drawn. Those that the
 * stack chooses follow each other towards one peer (RFC 6056 3.3.4), which makes an answer of one
 * datagram too easy to forge (RFC 5452 9.2). What tarn_bind() says. */
int app_bind_random(struct tarn *st, tarn_sock s, const struct tarn_ip *peer, struct rng *r);

#endif
