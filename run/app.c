/* run/app.c - the list of a stack's open services.
 *
 * A service's sockets carry its place as `user`, counted from the top, where no program's socket
 * is. A service takes part in the loop by its deadline alone: what comes for it comes as events. */
#include "run/app.h"

#include "run/clock.h"
#include "tarn/err.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define FIRST_USER UINT64_MAX

struct run_app {
    const struct tarn_service *service;
    struct run_app *next; /* newest first */
    uint64_t user;
    void *state;
};

static tarn_ns app_deadline(void *ctx)
{
    const struct run_app *app = ctx;

    return app->service->deadline(app->state);
}

static void app_tick(void *ctx, tarn_ns now)
{
    struct run_app *app = ctx;

    app->service->tick(app->state, now);
}

static void app_free(struct run_app *app)
{
    free(app->state);
    free(app);
}

static int app_begin(struct run_app *app, struct run_stack *s, const struct run_app_config *cfg)
{
    struct tarn_service_with with = {.st = s->st,
                                     .user = app->user,
                                     .wall_ns = run_clock_wall_offset(),
                                     .config = cfg->config,
                                     .report = cfg->report,
                                     .report_ctx = cfg->ctx};
    const struct run_service turn = {
        .fd = -1, .ctx = app, .deadline = app_deadline, .tick = app_tick};
    int rc;

    if (getrandom(&with.seed, sizeof with.seed, 0) != sizeof with.seed)
        return -errno;
    rc = run_loop_add_service(s->loop, &turn);
    if (rc == 0)
        rc = app->service->open(app->state, &with, run_clock());
    if (rc < 0)
        run_loop_remove_service(s->loop, app);
    return rc;
}

int run_app_open(struct run_app **out, struct run_stack *s, const struct run_app_config *cfg)
{
    struct run_app *app = calloc(1, sizeof *app);
    int rc = -TARN_ENOMEM;

    if (app == NULL)
        return rc;
    app->service = cfg->service;
    app->user = s->apps != NULL ? s->apps->user - 1 : FIRST_USER;
    app->state = calloc(1, cfg->service->state_bytes);
    if (app->state != NULL)
        rc = app_begin(app, s, cfg);
    if (rc < 0) {
        app_free(app);
        return rc;
    }
    app->next = s->apps;
    s->apps = app;
    if (out != NULL)
        *out = app;
    return 0;
}

bool run_app_event(struct run_stack *s, const struct tarn_event *ev, tarn_ns now)
{
    for (struct run_app *app = s->apps; app != NULL; app = app->next) {
        if (ev->kind == TARN_EVENT_CONTROL && app->service->changed != NULL)
            app->service->changed(app->state, now);
        if (ev->kind != TARN_EVENT_SOCKET || ev->user != app->user)
            continue;
        app->service->ready(app->state, ev->sock, ev->ready, now);
        return true;
    }
    return false;
}

void run_app_close_all(struct run_stack *s)
{
    bool any = s->apps != NULL;

    while (s->apps != NULL) {
        struct run_app *app = s->apps;

        s->apps = app->next;
        app->service->close(app->state, run_clock());
        run_loop_remove_service(s->loop, app);
        app_free(app);
    }
    if (any)
        run_loop_turn(s->loop, 0);
}
