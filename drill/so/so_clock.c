/* drill/so/so_clock.c - time, and who waits for it. See so.h. */
#include "drill/so/so.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_US = 1000, PATIENCE_S = 200, HANDOVER_S = 2 };
#define NS_PER_S ((tarn_ns)1000000000)

static tarn_ns machine_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (tarn_ns)t.tv_sec * NS_PER_S + (tarn_ns)t.tv_nsec;
}

void so_clock_init(struct so *so)
{
    so->real_zero = so->flags.is_real ? machine_now() - so->world.now : 0;
}

int64_t so_us_of(const struct so *so, tarn_ns t)
{
    return (int64_t)((t + so->real_zero) / NS_PER_US);
}

static struct timespec timespec_of(tarn_ns t)
{
    return (struct timespec){.tv_sec = (time_t)(t / NS_PER_S), .tv_nsec = (long)(t % NS_PER_S)};
}

/* ---- virtual time ---- */

/* The other thread has the turn until its call waits again, or has returned and asked for the time;
 * a caller that never asks is waited for a little. */
static void hand_over(struct so *so)
{
    struct timespec limit = timespec_of(machine_now() + HANDOVER_S * NS_PER_S);

    if (so->waiting == NULL)
        return;
    so->its_turn = true;
    pthread_cond_broadcast(&so->moved);
    while (so->its_turn)
        if (pthread_cond_timedwait(&so->moved, &so->lock, &limit) != 0)
            so->its_turn = false;
}

static tarn_ns waits_until(const struct so *so)
{
    return so->waiting != NULL ? so->waiting->until : TARN_NEVER;
}

/* One thing that happens at or before `until`; false when there is none. */
static bool step(struct so *so, tarn_ns until)
{
    tarn_ns limit = waits_until(so);

    if (sim_step(&so->world, limit < until ? limit : until)) {
        sys_moved(so->sys);
        hand_over(so);
        return true;
    }
    if (limit > until || limit == TARN_NEVER || so->waiting == NULL)
        return false;
    if (limit > so->world.now)
        so->world.now = limit;
    hand_over(so);
    return true;
}

static void run_until(struct so *so, tarn_ns until)
{
    while (step(so, until))
        continue;
    if (until > so->world.now)
        so->world.now = until;
}

/* ---- real time ---- */

static void catch_up(struct so *so)
{
    tarn_ns now = machine_now() - so->real_zero;
    bool any = false;

    while (sim_step(&so->world, now)) {
        sys_moved(so->sys);
        any = true;
    }
    if (now > so->world.now)
        so->world.now = now;
    if (any)
        pthread_cond_broadcast(&so->moved);
}

/* Until the world moves, or has something to do, or `until`. */
static void real_wait(struct so *so, tarn_ns until)
{
    tarn_ns next = sim_next(&so->world);
    struct timespec limit;

    if (until < next)
        next = until;
    if (next == TARN_NEVER) {
        pthread_cond_wait(&so->moved, &so->lock);
    } else {
        limit = timespec_of(next + so->real_zero);
        (void)pthread_cond_timedwait(&so->moved, &so->lock, &limit);
    }
    catch_up(so);
}

/* ---- both ---- */

void so_settle(struct so *so)
{
    if (so->flags.is_real)
        catch_up(so);
    else
        run_until(so, so->world.now);
}

void so_wait(struct so *so, struct sys_wait *w)
{
    if (so->flags.is_real) {
        real_wait(so, w->until);
    } else if (pthread_equal(pthread_self(), so->main)) {
        if (!step(so, w->until) && w->until == TARN_NEVER)
            so_die("a call waits for ever");
        if (w->until != TARN_NEVER && sim_next(&so->world) > w->until)
            so->world.now = w->until > so->world.now ? w->until : so->world.now;
    } else {
        so->waiting = w;
        so->waiter = pthread_self();
        so->thread = (pid_t)syscall(SYS_gettid);
        so->its_turn = false;
        pthread_cond_broadcast(&so->moved);
        while (!so->its_turn)
            pthread_cond_wait(&so->moved, &so->lock);
    }
}

void so_waited(struct so *so)
{
    if (so->waiting != NULL && pthread_equal(pthread_self(), so->waiter)) {
        so->waiting = NULL;
        so->returned = true;
    }
}

static char state_of(pid_t thread)
{
    char path[64], text[256] = "", *end;
    int fd;

    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
        text[0] = '\0';
    if (fd >= 0)
        (void)syscall(SYS_close, fd);
    end = strrchr(text, ')');
    if (end == NULL || end[1] != ' ')
        return '?';
    return end[2];
}

/* A call of the other thread has returned: its caller needs a moment of real time to note that,
 * under a lock that it gets only while this thread sleeps. */
static void let_it_note(struct so *so)
{
    const struct timespec moment = {.tv_nsec = 100000};
    bool returned;
    pid_t thread;
    int asleep = 0;

    pthread_mutex_lock(&so->lock);
    returned = so->returned;
    so->returned = false;
    thread = so->thread;
    pthread_mutex_unlock(&so->lock);
    for (int i = 0; returned && i < 200 && asleep < 2; i++) {
        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
        asleep = state_of(thread) == 'S' ? asleep + 1 : 0;
    }
}

void so_usleep(struct so *so, uint64_t us)
{
    tarn_ns until;

    let_it_note(so);
    pthread_mutex_lock(&so->lock);
    if (so->flags.is_real)
        catch_up(so);
    until = so->world.now + us * NS_PER_US;
    if (!so->flags.is_real)
        run_until(so, until);
    while (so->world.now < until)
        real_wait(so, until);
    so_state_write(so);
    pthread_mutex_unlock(&so->lock);
}

struct so_frame *so_receive(struct so *so)
{
    tarn_ns limit;
    struct so_frame *f;

    pthread_mutex_lock(&so->lock);
    so->spins = false;
    limit = so->world.now + PATIENCE_S * NS_PER_S;
    while ((f = so_wire_next(so)) == NULL) {
        if (so->flags.is_real)
            real_wait(so, limit);
        else if (!step(so, limit))
            so_die("no packet comes: %s", sim_next(&so->world) == TARN_NEVER
                                              ? "no timer is set"
                                              : "the next timer is too far away");
    }
    pthread_mutex_unlock(&so->lock);
    return f;
}

int64_t so_time_us(struct so *so)
{
    int64_t us;

    pthread_mutex_lock(&so->lock);
    if (so->flags.is_real) {
        catch_up(so);
    } else if (so->its_turn && pthread_equal(pthread_self(), so->waiter)) {
        so->its_turn = false;
        pthread_cond_broadcast(&so->moved);
    } else {
        run_until(so, so->world.now + (so->spins ? NS_PER_US : 0));
        so->spins = true;
    }
    us = so_us_of(so, so->world.now);
    pthread_mutex_unlock(&so->lock);
    return us;
}
