/* posix/socket.c - socket objects: their table, their pair, their end.
 *
 * Objects are found by the cookie of the program's end (from calls) and by slot and generation
 * (from events, which may arrive after the object is gone). An object whose pair is closed on our
 * side cannot hear of the program's close any more; such objects are few hundred bytes, are looked
 * after when their number has doubled, and are freed when the program's end is no longer where it
 * was. */
#include "posix/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CHAINS_FIRST = 256, SLOTS_FIRST = 64, SWEEP_NS = 1000000000 };

/* ---- slots ---- */

static bool grow_slots(struct posix *px)
{
    uint32_t n = px->n_slots == 0 ? SLOTS_FIRST : 2 * px->n_slots;
    struct slot *slots = realloc(px->slots, n * sizeof *slots);

    if (slots == NULL)
        return false;
    for (uint32_t i = px->n_slots; i < n; i++)
        slots[i] = (struct slot){NULL, 1, i + 1 < n ? i + 1 : UINT32_MAX};
    px->free_slot = px->n_slots;
    px->slots = slots;
    px->n_slots = n;
    return true;
}

struct socket *socket_new(struct posix *px, int family, int type, int protocol)
{
    struct socket *so = calloc(1, sizeof *so);
    struct slot *slot;

    if (so == NULL || ((px->n_slots == 0 || px->free_slot == UINT32_MAX) && !grow_slots(px))) {
        free(so);
        return NULL;
    }
    slot = &px->slots[px->free_slot];
    so->px = px;
    so->id = (uint64_t)slot->generation << 32 | px->free_slot;
    so->family = family;
    so->type = type;
    so->protocol = protocol;
    so->end = -1;
    so->given = -1;
    so->fd = -1;
    so->queue_end = &so->queue;
    px->free_slot = slot->next_free;
    slot->so = so;
    px->n_open++;
    px->stats.sockets_made++;
    return so;
}

struct socket *socket_of_id(const struct posix *px, uint64_t id)
{
    uint32_t slot = (uint32_t)id;

    if (slot >= px->n_slots || px->slots[slot].generation != id >> 32)
        return NULL;
    return px->slots[slot].so;
}

static void release_slot(struct socket *so)
{
    struct posix *px = so->px;
    uint32_t at = (uint32_t)so->id;

    px->slots[at].so = NULL;
    px->slots[at].generation++;
    px->slots[at].next_free = px->free_slot;
    px->free_slot = at;
}

/* ---- cookies ---- */

/* Cookies are consecutive numbers: the low bits spread them evenly. */
static struct socket **chain_of(const struct posix *px, uint64_t cookie)
{
    return &px->chains[cookie & (px->n_chains - 1)];
}

static void grow_chains(struct posix *px)
{
    size_t n = px->n_chains == 0 ? CHAINS_FIRST : 2 * px->n_chains;
    struct socket **old = px->chains;
    size_t n_old = px->n_chains;
    struct socket **chains = calloc(n, sizeof(struct socket *));

    if (chains == NULL)
        return;
    px->chains = chains;
    px->n_chains = n;
    for (size_t i = 0; i < n_old; i++) {
        while (old[i] != NULL) {
            struct socket *so = old[i];
            struct socket **at = chain_of(px, so->cookie);

            old[i] = so->next_cookie;
            so->next_cookie = *at;
            *at = so;
        }
    }
    free(old);
}

struct socket *socket_of_cookie(const struct posix *px, uint64_t cookie)
{
    struct socket *so = px->n_chains == 0 ? NULL : *chain_of(px, cookie);

    while (so != NULL && so->cookie != cookie)
        so = so->next_cookie;
    return so;
}

static int insert_cookie(struct socket *so, uint64_t cookie)
{
    struct posix *px = so->px;
    struct socket **at;

    if (px->n_cookies >= px->n_chains)
        grow_chains(px);
    if (px->n_chains == 0)
        return -ENOMEM;
    at = chain_of(px, cookie);
    so->cookie = cookie;
    so->next_cookie = *at;
    *at = so;
    px->n_cookies++;
    return 0;
}

static void remove_cookie(struct socket *so)
{
    struct socket **at;

    if (so->cookie == 0)
        return;
    for (at = chain_of(so->px, so->cookie); *at != so; at = &(*at)->next_cookie)
        ;
    *at = so->next_cookie;
    so->cookie = 0;
    so->px->n_cookies--;
}

/* ---- the pair ---- */

static void widen(int end)
{
    int n = PAIR_BUFFER;

    if (setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &n, sizeof n) != 0)
        setsockopt(end, SOL_SOCKET, SO_SNDBUF, &n, sizeof n);
}

/* Leave the program no room to write: its send buffer is the smallest there is, and full. */
static int fill(int program_end)
{
    int least = 1;

    if (setsockopt(program_end, SOL_SOCKET, SO_SNDBUF, &least, sizeof least) != 0)
        return -errno;
    while (send(program_end, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1)
        ;
    return errno == EAGAIN ? 0 : -errno;
}

/* Urgent bytes stay in line. In our end always: the one that is kept must be seen like any other.
 */
static void keep_urgent_in_line(int end)
{
    int on = 1;

    (void)setsockopt(end, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
}

static int watch(struct socket *so, int how)
{
    struct epoll_event ev = {
        .events = EPOLLIN | EPOLLRDHUP | EPOLLET | (so->wants_out ? EPOLLOUT : 0u),
        .data.u64 = so->id,
    };

    return epoll_ctl(so->px->epoll, how, so->end, &ev) == 0 ? 0 : -errno;
}

static int dress_pair(struct socket *so, bool nonblock)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof cookie;
    int err = 0;

    widen(so->end);
    keep_urgent_in_line(so->end);
    if ((so->kept & KEPT_OOBINLINE) != 0)
        keep_urgent_in_line(so->given);
    if (!nonblock && fcntl(so->given, F_SETFL, 0) != 0)
        return -errno;
    if (so->type == SOCK_STREAM)
        err = fill(so->given);
    if (err == 0 && getsockopt(so->given, SOL_SOCKET, SO_COOKIE, &cookie, &len) != 0)
        err = -errno;
    if (err == 0) {
        remove_cookie(so);
        err = insert_cookie(so, cookie);
    }
    return err == 0 ? watch(so, EPOLL_CTL_ADD) : err;
}

int socket_make_pair(struct socket *so, bool nonblock)
{
    int type = so->alarmed ? SOCK_DGRAM : SOCK_SEQPACKET;
    int pair[2];
    int err;

    if (so->type == SOCK_STREAM)
        type = SOCK_STREAM;
    if (socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        return -errno;
    so->end = pair[0];
    so->given = pair[1];
    so->roomy = so->type != SOCK_STREAM;
    so->wants_out = false;
    err = dress_pair(so, nonblock);
    if (err != 0) {
        close(so->end);
        close(so->given);
        so->end = so->given = -1;
    }
    return err;
}

static void close_end(struct socket *so)
{
    if (so->end >= 0)
        close(so->end);
    so->end = -1;
    so->wants_out = false;
}

void socket_take_pair(struct socket *so, int end, uint64_t cookie)
{
    close_end(so);
    if (so->given >= 0)
        close(so->given);
    so->given = -1;
    so->end = end;
    remove_cookie(so);
    (void)insert_cookie(so, cookie); /* the table was large enough for it before */
}

void socket_was_given(struct socket *so, int32_t thread, int32_t fd)
{
    so->thread = thread;
    so->fd = fd;
    if (so->given >= 0)
        close(so->given);
    so->given = -1;
}

void socket_was_told(struct socket *so, int32_t thread, uint64_t site)
{
    so->told_thread = thread;
    so->told_site = site;
}

bool socket_is_told_again(const struct socket *so, const struct posix_request *q)
{
    const struct posix_host *host = &so->px->cfg.host;

    return so->told_thread == q->from.thread && so->told_site == q->from.site &&
           host->catches(host->ctx, q->from.thread);
}

void socket_want_out(struct socket *so, bool want)
{
    if (so->wants_out == want || so->end < 0)
        return;
    so->wants_out = want;
    watch(so, EPOLL_CTL_MOD);
}

void socket_look_again(struct socket *so)
{
    watch(so, EPOLL_CTL_MOD);
}

bool socket_is_held(const struct socket *so)
{
    const struct posix_host *host = &so->px->cfg.host;
    int fd;

    if (so->given >= 0)
        return true;
    fd = so->fd < 0 ? -1 : host->borrow(host->ctx, so->thread, so->fd, so->cookie);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* ---- the end ---- */

static bool is_connection(const struct socket *so)
{
    return so->type == SOCK_STREAM &&
           (so->state == SOCKET_OPEN || so->state == SOCKET_LEAVING || so->state == SOCKET_WAITING);
}

static void close_stack_socket(struct socket *so, bool reset, tarn_ns now)
{
    const struct posix_config *cfg = &so->px->cfg;

    if (so->sock.gen == 0 && so->sock.slot == 0)
        return;
    if (cfg->closing != NULL && is_connection(so))
        cfg->closing(cfg->ctx, so->sock, now);
    if (reset)
        tarn_abort(cfg->stack, so->sock, now);
    else
        tarn_close(cfg->stack, so->sock, now);
    so->sock = (tarn_sock){0, 0};
}

void socket_cut(struct socket *so, bool reset, tarn_ns now)
{
    close_stack_socket(so, reset, now);
    close_end(so);
}

static bool is_buried(const struct socket *so)
{
    return so->state == SOCKET_GONE || so->state == SOCKET_FAILED;
}

static bool room_for_doomed(struct posix *px)
{
    unsigned max = px->doomed_max == 0 ? 16 : 2 * px->doomed_max;
    struct doomed *doomed;

    if (px->n_doomed < px->doomed_max)
        return true;
    doomed = realloc(px->doomed, max * sizeof *doomed);
    if (doomed == NULL)
        return false;
    px->doomed = doomed;
    px->doomed_max = max;
    return true;
}

void socket_doom(struct socket *so, tarn_ns now)
{
    struct posix *px = so->px;

    if (!room_for_doomed(px)) {
        close_stack_socket(so, true, now);
        return;
    }
    if (px->cfg.closing != NULL)
        px->cfg.closing(px->cfg.ctx, so->sock, now);
    px->doomed[px->n_doomed++] = (struct doomed){so->sock, now + 1};
    so->sock = (tarn_sock){0, 0};
}

void socket_reap_doomed(struct posix *px, tarn_ns now)
{
    unsigned left = 0;

    for (unsigned i = 0; i < px->n_doomed; i++) {
        if (px->doomed[i].at <= now)
            tarn_abort(px->cfg.stack, px->doomed[i].sock, now);
        else
            px->doomed[left++] = px->doomed[i];
    }
    px->n_doomed = left;
}

void socket_free(struct socket *so, tarn_ns now)
{
    struct posix *px = so->px;

    wait_fail(so, EBADF);
    accept_stop(so, now);
    socket_cut(so, false, now);
    if (so->given >= 0)
        close(so->given);
    if (is_buried(so))
        px->n_gone--;
    else
        px->n_open--;
    if (so->alarmed)
        px->n_alarmed--;
    remove_cookie(so);
    release_slot(so);
    free(so->origin);
    free(so->netlink);
    free(so);
    px->stats.sockets_freed++;
}

void socket_revive(struct socket *so)
{
    so->px->n_gone--;
    so->px->n_open++;
    so->state = SOCKET_NEW;
    so->error = 0;
    so->program_shut = so->sent_end = so->got_end = so->discards = so->unreported = false;
}

void socket_sweep(struct posix *px, tarn_ns now)
{
    for (uint32_t i = 0; i < px->n_slots; i++) {
        struct socket *so = px->slots[i].so;

        if (so != NULL && is_buried(so) && !socket_is_held(so))
            socket_free(so, now);
    }
    px->sweep_at = px->n_gone > 0 ? now + SWEEP_NS : TARN_NEVER;
}

/* The stack's socket of a connection that is over still has the options and names that the program
 * may ask for. */
static bool has_ended(const struct socket *so)
{
    struct tarn_tcp_info info;

    return so->type == SOCK_STREAM && tarn_tcp_info(so->px->cfg.stack, so->sock, &info, 0) == 0 &&
           info.state == TARN_TCP_CLOSED;
}

void socket_bury(struct socket *so, enum socket_state as, int error, tarn_ns now)
{
    struct posix *px = so->px;

    close_end(so);
    if (as == SOCKET_GONE && !has_ended(so))
        close_stack_socket(so, true, now);
    if (!is_buried(so)) {
        px->n_open--;
        px->n_gone++;
    }
    if (px->sweep_at == TARN_NEVER)
        px->sweep_at = now + SWEEP_NS;
    so->state = as;
    so->error = error;
}
