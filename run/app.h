/* run/app.h - the services of src/app (tarn/service.h) on a host's stack: opened, driven by the
 * loop, closed.
 *
 * The owner of the stack's events hands each to run_app_event() first. */
#ifndef TARN_RUN_APP_H
#define TARN_RUN_APP_H

#include "run/stack.h"
#include "tarn/service.h"

struct run_app; /* one open service */

struct run_app_config {
    const struct tarn_service *service;
    const void *config; /* the service's own; borrowed for the call */
    void (*report)(void *ctx, int what, const void *of, tarn_ns now); /* may be NULL */
    void *ctx;
};

/* Open a service on the stack and put it in its loop. `out` may be NULL. -TARN_ENOMEM, or what the
 * service refuses with. */
int run_app_open(struct run_app **out, struct run_stack *s, const struct run_app_config *cfg);

/* Give an event to the service that it is for; true when it was for one. Every service hears of
 * TARN_EVENT_CONTROL, and the caller too. */
bool run_app_event(struct run_stack *s, const struct tarn_event *ev, tarn_ns now);

/* Close all services, and let the links take what they send in parting (a DHCP release). */
void run_app_close_all(struct run_stack *s);

#endif
