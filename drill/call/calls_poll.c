/* drill/call/calls_poll.c - poll and epoll. */
#include "drill/call/calls.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

enum { MAX_EVENTS = 64 };

/* {fd=4, events=POLLIN, revents=POLLIN} */
static bool entry_of(struct drill_run *r, const struct drill_value *v, struct pollfd *out)
{
    const struct drill_value *fd = member_of(v, "fd"), *events = member_of(v, "events");

    if (fd == NULL || events == NULL)
        return run_fail(r, "poll: an entry needs fd and events");
    *out = (struct pollfd){.fd = call_fd(r, fd->number), .events = (short)events->number};
    return true;
}

static bool same_events(struct drill_run *r, const struct drill_value *v, const struct pollfd *got)
{
    const struct drill_value *want = member_of(v, "revents");
    int64_t wanted = want == NULL ? 0 : want->number;

    return wanted == (uint16_t)got->revents ||
           run_fail(r, "poll gives revents 0x%x; the script wants 0x%llx", (uint16_t)got->revents,
                    (unsigned long long)wanted);
}

/* poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, timeout in ms) */
int64_t play_poll(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    const struct drill_value *list = call_arg(r, call, 0);
    struct pollfd entries[MAX_EVENTS];
    int64_t result;
    nfds_t n = 0;

    if (list == NULL || list->kind != VALUE_LIST)
        return run_fail(r, "poll: the first argument is a list");
    for (const struct drill_value *v = list->first; v != NULL && n < MAX_EVENTS; v = v->next)
        if (!entry_of(r, v, &entries[n++]))
            return 0;
    result = sys_poll(r->sys, entries, n, (int)call_number(r, call, 2), &p->wait);
    n = 0;
    for (const struct drill_value *v = list->first;
         v != NULL && n < MAX_EVENTS && result != CALL_WAITS; v = v->next)
        same_events(r, v, &entries[n++]);
    return result;
}

int64_t play_epoll_create(struct drill_run *r, const struct drill_call *call,
                          struct drill_pending *p)
{
    (void)p;
    return call_made(r, sys_epoll_create(r->sys, (int)call_number(r, call, 0)), call->result);
}

/* {events=EPOLLIN, fd=4}, with ptr, u32 or u64 in fd's place. */
static bool event_of(struct drill_run *r, const struct drill_value *v, struct epoll_event *out)
{
    static const char *const names[] = {"fd", "ptr", "u32", "u64"};
    const struct drill_value *events = member_of(v, "events"), *data = NULL;

    for (unsigned i = 0; i < 4 && data == NULL; i++)
        data = member_of(v, names[i]);
    if (events == NULL || data == NULL)
        return run_fail(r, "an event is {events=..., fd=...}");
    *out = (struct epoll_event){.events = (uint32_t)events->number,
                                .data.u64 = (uint64_t)data->number};
    return true;
}

int64_t play_epoll_ctl(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    const struct drill_value *v = call_arg(r, call, 3);
    struct epoll_event event = {.events = 0};

    (void)p;
    if (v == NULL || (v->kind == VALUE_STRUCT && !event_of(r, v, &event)))
        return 0;
    return sys_epoll_ctl(r->sys, call_fd(r, call_number(r, call, 0)), (int)call_number(r, call, 1),
                         call_fd(r, call_number(r, call, 2)), &event);
}

/* epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0): the first event is looked at; without one it is
 * zero. */
int64_t play_epoll_wait(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    struct epoll_event got[MAX_EVENTS] = {{.events = 0}}, want;
    const struct drill_value *v = call_arg(r, call, 1);
    int64_t n = call_number(r, call, 2), result;

    if (v == NULL || (v->kind != VALUE_ELLIPSIS && !event_of(r, v, &want)))
        return 0;
    result = sys_epoll_wait(r->sys, call_fd(r, call_number(r, call, 0)), got,
                            n > MAX_EVENTS ? MAX_EVENTS : (int)n, (int)call_number(r, call, 3),
                            &p->wait);
    if (result == CALL_WAITS || result < 0 || v->kind == VALUE_ELLIPSIS)
        return result;
    if (got->events != want.events)
        run_fail(r, "epoll_wait gives events 0x%x; the script wants 0x%x", got->events,
                 want.events);
    else if (got->data.u64 != want.data.u64)
        run_fail(r, "epoll_wait gives the data 0x%llx; the script wants 0x%llx",
                 (unsigned long long)got->data.u64, (unsigned long long)want.data.u64);
    return result;
}
