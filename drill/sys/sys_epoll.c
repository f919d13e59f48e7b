/* drill/sys/sys_epoll.c - epoll. An edge-triggered interest is told when something has woken it
 * since it was last told, and it is ready; a level-triggered one whenever it is ready. */
#include "drill/sys/sys_parts.h"

#include <fcntl.h>
#include <stdlib.h>

enum { ALWAYS = EPOLLERR | EPOLLHUP };

static struct sys_interest **find(struct sys_file *f, int fd)
{
    struct sys_interest **at = &f->interests;

    while (*at != NULL && (*at)->fd != fd)
        at = &(*at)->next;
    return at;
}

static unsigned events_of(struct sys *s, const struct sys_interest *i)
{
    unsigned ready = sys_ready(s, i->fd) & (i->ev.events | ALWAYS);
    bool off = (i->ev.events & ~(unsigned)(EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE)) == 0 &&
               (i->ev.events & EPOLLONESHOT) != 0;

    return off || ((i->ev.events & EPOLLET) != 0 && !i->woken) ? 0 : ready;
}

bool sys_epoll_is_ready(struct sys *s, struct sys_file *f)
{
    for (const struct sys_interest *i = f->interests; i != NULL; i = i->next)
        if (events_of(s, i) != 0)
            return true;
    return false;
}

void sys_wake(struct sys *s, int fd, unsigned events)
{
    for (int ep = 0; ep < s->n_files; ep++)
        for (struct sys_interest *i = s->files[ep].interests; i != NULL; i = i->next)
            if (i->fd == fd && (events & (i->ev.events | ALWAYS)) != 0)
                i->woken = true;
}

void sys_interests_free(struct sys_file *f)
{
    struct sys_interest *i;

    while ((i = f->interests) != NULL) {
        f->interests = i->next;
        free(i);
    }
}

/* A descriptor that is closed leaves every set. */
void sys_interest_drop(struct sys *s, int fd)
{
    for (int ep = 0; ep < s->n_files; ep++) {
        struct sys_interest **at = find(&s->files[ep], fd), *gone = *at;

        if (gone != NULL) {
            *at = gone->next;
            free(gone);
        }
    }
}

int64_t sys_epoll_create(struct sys *s, int size)
{
    struct sys_file *f;

    return size <= 0 ? -EINVAL : sys_file_new(s, SYS_EPOLL, O_RDWR, &f);
}

static int64_t add(struct sys_file *f, int fd, const struct epoll_event *ev)
{
    struct sys_interest **at = find(f, fd);

    if (*at != NULL)
        return -EEXIST;
    *at = sys_memory(sizeof **at);
    **at = (struct sys_interest){.fd = fd, .ev = *ev, .woken = true};
    return 0;
}

static int64_t change(struct sys_file *f, int fd, int op, const struct epoll_event *ev)
{
    struct sys_interest **at = find(f, fd), *i = *at;

    if (i == NULL)
        return -ENOENT;
    if (op == EPOLL_CTL_MOD) {
        if (((i->ev.events | ev->events) & EPOLLEXCLUSIVE) != 0)
            return -EINVAL;
        i->ev = *ev;
        i->woken = true;
        return 0;
    }
    *at = i->next;
    free(i);
    return 0;
}

int64_t sys_epoll_ctl(struct sys *s, int ep, int op, int fd, const struct epoll_event *ev)
{
    struct sys_file *f = sys_file(s, ep);

    if (f == NULL || sys_file(s, fd) == NULL)
        return -EBADF;
    if (f->kind != SYS_EPOLL || ep == fd)
        return -EINVAL;
    switch (op) {
    case EPOLL_CTL_ADD: return add(f, fd, ev);
    case EPOLL_CTL_MOD:
    case EPOLL_CTL_DEL: return change(f, fd, op, ev);
    default: return -EINVAL;
    }
}

static int64_t collect(struct sys *s, struct sys_file *f, struct epoll_event *out, int n)
{
    int64_t told = 0;

    for (struct sys_interest *i = f->interests; i != NULL && told < n; i = i->next) {
        unsigned events = events_of(s, i);

        if (events == 0)
            continue;
        i->woken = false;
        out[told++] = (struct epoll_event){.events = events, .data = i->ev.data};
        if ((i->ev.events & EPOLLONESHOT) != 0)
            i->ev.events &= EPOLLET | EPOLLONESHOT;
    }
    return told;
}

int64_t sys_epoll_wait(struct sys *s, int ep, struct epoll_event *out, int n, int ms,
                       struct sys_wait *w)
{
    struct sys_file *f = sys_file(s, ep);
    int64_t told;

    if (f == NULL)
        return -EBADF;
    if (f->kind != SYS_EPOLL || n <= 0)
        return -EINVAL;
    told = collect(s, f, out, n);
    if (told > 0)
        return told;
    told = sys_would_wait(s, ms == 0, ms < 0 ? 0 : (tarn_ns)ms * 1000000u, w);
    return told == SYS_WAITS ? told : 0;
}
