/* app/app.h - what the services share: the table of them, and the sockets and random numbers of
 * those that speak UDP on one link. */
#ifndef TARN_APP_APP_H
#define TARN_APP_APP_H

#include "base/rng.h"
#include "tarn/service.h"

#define APP_SECOND UINT64_C(1000000000)

/* A UDP socket on one interface, bound to any address and to `udp_port`, that may broadcast.
 * 0, or what opening or binding refused with. */
int app_open_udp(const struct tarn_service_with *with, enum tarn_family family, unsigned port,
                 uint16_t udp_port, tarn_sock *out, tarn_ns now);

/* Send a datagram, from `local` if that is not all zero. What cannot be sent is as good as lost on
 * the way, which every protocol here must bear. */
void app_send_udp(struct tarn *st, tarn_sock s, const struct tarn_addr *to,
                  const struct tarn_ip *local, const struct tarn_iov *message, tarn_ns now);

/* deadline and tick of a service that acts only when it is asked. */
tarn_ns app_never(const void *state);
void app_idle(void *state, tarn_ns now);

/* The stream that with->seed names. */
void app_rng_init(struct rng *r, const struct tarn_service_with *with);

/* Is the interface up and its cable plugged in? */
bool app_link_is_up(const struct tarn *st, unsigned port);

/* Bind to the unspecified address of the peer's family and a port that is drawn. Those that the
 * stack chooses follow each other towards one peer (RFC 6056 3.3.4), which makes an answer of one
 * datagram too easy to forge (RFC 5452 9.2). What tarn_bind() says. */
int app_bind_random(struct tarn *st, tarn_sock s, const struct tarn_ip *peer, struct rng *r);

#endif
