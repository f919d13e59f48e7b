/* posix/posix.c - the doors: requests of programs, readiness of pairs, events of the stack, time.
 */
#include "posix/posix.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "posix/socket.h"

enum { READY_MAX = 64 };

/* ---- requests ---- */

static void refresh(struct socket *so, const struct posix_request *q)
{
    so->thread = q->from.thread;
    so->fd = q->from.fd;
    if (q->call != POSIX_CONNECT && q->call != POSIX_BIND)
        so->told_thread = 0;
    if (so->state == SOCKET_OPEN)
        stream_make_roomy(so, q->from.end);
}

static enum posix_verdict dispatch(struct socket *so, const struct posix_request *q,
                                   struct posix_reply *r)
{
    tarn_ns now = so->px->cfg.clock();

    if (so->family == AF_NETLINK)
        return netlink_call(so, q, r, now);
    switch (q->call) {
    case POSIX_ACCEPT: return accept_call(so, q, r, now);
    case POSIX_CONNECT: return connect_call(so, q, r, now);
    case POSIX_SEND:
        if (so->type != SOCK_STREAM)
            return dgram_send_call(so, q, r, now);
        return stream_send(so, q, r, now);
    case POSIX_RECV:
        return so->type != SOCK_STREAM ? dgram_recv_call(so, q, r, now) : stream_recv(so, q, r);
    case POSIX_BIND: r->result = name_bind(so, q); break;
    case POSIX_LISTEN: r->result = listen_call(so, q->args[0]); break;
    case POSIX_GETSOCKNAME: r->result = name_local(so, r); break;
    case POSIX_GETPEERNAME: r->result = name_peer(so, r); break;
    case POSIX_GETSOCKOPT: r->result = option_get(so, q, r); break;
    case POSIX_SETSOCKOPT: r->result = option_set(so, q, r); break;
    case POSIX_IOCTL: r->result = ioctl_call(so, q, r); break;
    case POSIX_SOCKET: return POSIX_PASS;
    }
    return POSIX_ANSWER;
}

static enum posix_verdict dispatch_hushed(struct socket *so, const struct posix_request *q,
                                          struct posix_reply *r)
{
    enum posix_verdict verdict;

    alarm_hush(so, q->from.end);
    verdict = dispatch(so, q, r);
    alarm_settle(so, q->from.end);
    return verdict;
}

/* A socket that is not ours, a local one: it knows the stack's interfaces all the same. */
static enum posix_verdict request_of_others(struct posix *px, const struct posix_request *q,
                                            struct posix_reply *r)
{
    if (q->call != POSIX_IOCTL || !interface_knows((unsigned)q->args[0]))
        return POSIX_PASS;
    r->result = interface_ioctl(px, q, r);
    return POSIX_ANSWER;
}

static enum posix_verdict request(void *ctx, const struct posix_request *q, struct posix_reply *r)
{
    struct posix *px = ctx;
    struct socket *so;

    /* What the program did before this call, above all a close, happens before it here too. */
    posix_service(px, px->cfg.clock());
    alarm_look(px, px->cfg.clock());
    px->in_hand = NULL;
    px->stats.calls++;
    if (q->call == POSIX_SOCKET) {
        r->result = open_call(px, q, r);
        return POSIX_ANSWER;
    }
    so = socket_of_cookie(px, q->from.cookie);
    if (so == NULL)
        return request_of_others(px, q, r);
    refresh(so, q);
    return so->alarmed ? dispatch_hushed(so, q, r) : dispatch(so, q, r);
}

static void done(void *ctx, const struct posix_request *q, struct posix_reply *r, bool arrived)
{
    struct posix *px = ctx;
    struct socket *so = px->in_hand;
    tarn_ns now = px->cfg.clock();

    px->in_hand = NULL;
    if (!arrived)
        px->stats.calls_undone++;
    if (so == NULL)
        return;
    if (q->call == POSIX_ACCEPT)
        accept_done(so, r, arrived, q->from.thread);
    else if (q->call == POSIX_CONNECT)
        connect_done(so, r, arrived, now);
    else if (q->call == POSIX_SETSOCKOPT)
        alarm_installed(so, q, arrived);
    else if (q->call == POSIX_RECV && !arrived)
        dgram_unread(so);
    else if (q->call == POSIX_SOCKET && arrived)
        socket_was_given(so, q->from.thread, r->given);
    else if (q->call == POSIX_SOCKET)
        socket_free(so, now);
}

static int type_of(void *ctx, uint64_t cookie)
{
    const struct socket *so = socket_of_cookie(ctx, cookie);

    return so == NULL ? 0 : so->type;
}

struct posix_server posix_server(struct posix *px)
{
    return (struct posix_server){px, type_of, request, done};
}

/* ---- readiness of pairs ---- */

/* Nobody holds the program's end, or it was shut down both ways. */
static void hangup(struct socket *so, bool unread, tarn_ns now)
{
    bool held;

    if (so->state == SOCKET_LEAVING)
        return; /* told again; its last bytes are on their way */
    held = socket_is_held(so);
    if (so->state == SOCKET_LISTENING && held) {
        accept_stop(so, now);
        tarn_close(so->px->cfg.stack, so->sock, now);
        wait_fail(so, EINVAL);
        socket_bury(so, SOCKET_GONE, 0, now);
    } else if (so->state == SOCKET_OPEN && so->type == SOCK_STREAM) {
        stream_hangup(so, unread, now);
    } else if (!held) {
        if (so->type != SOCK_STREAM)
            dgram_down(so, now);
        socket_free(so, now);
    }
}

static void pair_ready(struct socket *so, uint32_t events, tarn_ns now)
{
    bool dgram = so->type != SOCK_STREAM;

    if ((events & EPOLLRDHUP) != 0)
        so->program_shut = true;
    if ((events & EPOLLHUP) != 0) {
        hangup(so, (events & EPOLLERR) != 0, now);
        return;
    }
    if (so->state != SOCKET_OPEN)
        return;
    if ((events & EPOLLOUT) != 0) {
        if (dgram)
            dgram_up(so, now);
        else
            stream_up(so, now);
    }
    if (so->state == SOCKET_OPEN && (events & (EPOLLIN | EPOLLRDHUP)) != 0) {
        if (dgram)
            dgram_down(so, now);
        else
            stream_down(so, now);
    }
}

void posix_service(struct posix *px, tarn_ns now)
{
    struct epoll_event ev[READY_MAX];
    int n;

    do {
        n = epoll_wait(px->epoll, ev, READY_MAX, 0);
        for (int i = 0; i < n; i++) {
            struct socket *so = socket_of_id(px, ev[i].data.u64);

            if (so != NULL && so->end >= 0)
                pair_ready(so, ev[i].events, now);
        }
    } while (n == READY_MAX);
}

/* ---- events of the stack, and time ---- */

void posix_event(struct posix *px, const struct tarn_event *ev, tarn_ns now)
{
    struct socket *so = ev->kind == TARN_EVENT_SOCKET ? socket_of_id(px, ev->user) : NULL;

    if (so == NULL)
        return;
    switch (so->state) {
    case SOCKET_CONNECTING: connect_event(so, ev->ready, now); break;
    case SOCKET_LISTENING: accept_event(so, now); break;
    case SOCKET_OPEN:
    case SOCKET_LEAVING:
        if (so->type != SOCK_STREAM)
            dgram_event(so, ev->ready, now);
        else
            stream_event(so, ev->ready, now);
        break;
    case SOCKET_NEW:
    case SOCKET_FAILED:
    case SOCKET_WAITING:
    case SOCKET_GONE: break;
    }
}

tarn_ns posix_deadline(const struct posix *px)
{
    tarn_ns first = wait_deadline(px);

    if (px->sweep_at < first)
        first = px->sweep_at;
    if (px->look_at < first)
        first = px->look_at;
    if (px->n_doomed > 0 && px->doomed[0].at < first)
        first = px->doomed[0].at;
    return first;
}

void posix_tick(struct posix *px, tarn_ns now)
{
    wait_tick(px, now);
    socket_reap_doomed(px, now);
    if (px->sweep_at <= now)
        socket_sweep(px, now);
    if (px->look_at <= now)
        alarm_look(px, now);
}

/* ---- life ---- */

int posix_init(struct posix **out, const struct posix_config *cfg)
{
    struct posix *px = calloc(1, sizeof *px);

    *out = px;
    if (px == NULL)
        return -ENOMEM;
    px->cfg = *cfg;
    px->sweep_at = px->look_at = TARN_NEVER;
    px->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (px->epoll < 0) {
        free(px);
        *out = NULL;
        return -errno;
    }
    return 0;
}

void posix_fini(struct posix *px)
{
    tarn_ns now = px->cfg.clock();

    for (uint32_t i = 0; i < px->n_slots; i++) {
        struct socket *so = px->slots[i].so;

        if (so != NULL && so->listener == NULL)
            socket_free(so, now);
    }
    socket_reap_doomed(px, now + 1);
    close(px->epoll);
    free(px->doomed);
    free(px->slots);
    free(px->chains);
    free(px);
}

int posix_fd(const struct posix *px)
{
    return px->epoll;
}

unsigned posix_open(const struct posix *px)
{
    return px->n_open;
}

const struct posix_stats *posix_stats(const struct posix *px)
{
    return &px->stats;
}
