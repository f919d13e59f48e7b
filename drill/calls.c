/* drill/calls.c - socket calls of a script, on the public API. A call that would wait answers
 * CALL_WAITS and is tried again after every step of the world. */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "drill/run.h"

typedef int64_t call_fn(struct drill_run *r, const struct drill_call *call,
                        struct drill_pending *p);

const struct drill_value *call_arg(struct drill_run *r, const struct drill_call *call, unsigned n)
{
    const struct drill_value *v = call->args;

    for (; v != NULL && n > 0; n--)
        v = v->next;
    if (v == NULL)
        run_fail(r, "%s: too few arguments", call->name);
    return v;
}

static int64_t number_arg(struct drill_run *r, const struct drill_call *call, unsigned n)
{
    const struct drill_value *v = call_arg(r, call, n);

    if (v != NULL && v->kind != VALUE_NUMBER)
        run_fail(r, "%s: argument %u must be a number", call->name, n + 1);
    return v == NULL ? 0 : v->number;
}

static struct drill_fd *fd_at(struct drill_run *r, int64_t number)
{
    struct drill_fd *fd = number < 0 || number >= MAX_FDS ? NULL : &r->fds[number];

    return fd == NULL || !fd->open ? NULL : fd;
}

/* The script names the descriptors: a new one has the number that is the call's result. */
static int64_t fd_new(struct drill_run *r, const struct drill_call *call, struct drill_fd made)
{
    int64_t number = call->result->number;

    if (call->result->kind != VALUE_NUMBER || number < 0 || number >= MAX_FDS ||
        r->fds[number].open) {
        run_fail(r, "%s: succeeded; the result must be a free descriptor below %d", call->name,
                 MAX_FDS);
        return -1;
    }
    made.open = true;
    r->fds[number] = made;
    return number;
}

static int64_t call_socket(struct drill_run *r, const struct drill_call *call,
                           struct drill_pending *p)
{
    int64_t type = number_arg(r, call, 1), protocol = number_arg(r, call, 2);
    struct drill_fd made = {.nonblocking = (type & SOCK_NONBLOCK) != 0};
    int err;

    (void)p;
    made.type = (type & 0xf) == SOCK_DGRAM ? TARN_DGRAM : TARN_STREAM;
    err = tarn_open(run_stack(r), run_family(r), made.type, (uint8_t)protocol, 0, &made.sock);
    return err < 0 ? err : fd_new(r, call, made);
}

static const struct drill_value *member(const struct drill_value *v, const char *name)
{
    for (v = v->first; v != NULL; v = v->next)
        if (v->name != NULL && strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

/* An address of the script in the version that is played: its two ends and the unspecified address
 * of IPv4 have their equals over IPv6. */
static bool ip_of(const struct drill_script *script, const struct tarn_ip *written,
                  struct tarn_ip *out)
{
    *out = *written;
    if (script->version != DRILL_IPV6 || !tarn_ip_is4(written))
        return true;
    if (tarn_ip_equal(written, &script->locals[0]))
        *out = script->local;
    else if (tarn_ip_equal(written, &script->remotes[0]))
        *out = script->remote;
    else
        *out = (struct tarn_ip){{0}};
    return tarn_ip_is_any(written) || !tarn_ip_is_any(out);
}

/* `...`, or {sa_family = AF_INET, sin_port = htons(8080), sin_addr = inet_addr("192.0.2.1")}. */
static bool address_arg(struct drill_run *r, const struct drill_call *call, unsigned n,
                        struct tarn_addr *a)
{
    const struct drill_value *v = call_arg(r, call, n), *port, *ip;
    struct tarn_ip written;

    if (v == NULL || v->kind == VALUE_ELLIPSIS)
        return v != NULL;
    if (v->kind != VALUE_STRUCT)
        return run_fail(r, "%s: argument %u must be an address", call->name, n + 1);
    port = member(v, "sin_port");
    ip = member(v, "sin_addr");
    if (port != NULL)
        a->port = (uint16_t)port->number;
    if (ip == NULL)
        return true;
    if (ip->kind == VALUE_NUMBER)
        written = tarn_ip4((uint32_t)ip->number);
    else if (ip->kind != VALUE_TEXT || !script_ip(ip->text, &written))
        return run_fail(r, "%s: sin_addr is no address", call->name);
    return ip_of(&r->script, &written, &a->ip) ||
           run_fail(r, "%s: the script must say --ip_version=ipv4", call->name);
}

static int64_t call_bind(struct drill_run *r, const struct drill_call *call,
                         struct drill_pending *p)
{
    struct drill_fd *fd = fd_at(r, number_arg(r, call, 0));
    struct tarn_addr a = {.ip = r->script.local, .port = r->script.local_port};

    (void)p;
    if (fd == NULL)
        return -TARN_EBADF;
    if (!address_arg(r, call, 1, &a))
        return 0;
    r->script.local_port = a.port;
    return tarn_bind(run_stack(r), fd->sock, &a);
}

static int64_t call_listen(struct drill_run *r, const struct drill_call *call,
                           struct drill_pending *p)
{
    struct drill_fd *fd = fd_at(r, number_arg(r, call, 0));

    (void)p;
    if (fd == NULL)
        return -TARN_EBADF;
    return tarn_listen(run_stack(r), fd->sock, (unsigned)number_arg(r, call, 1));
}

static int64_t waits(const struct drill_fd *fd)
{
    return fd->nonblocking ? -TARN_EAGAIN : CALL_WAITS;
}

static int64_t call_accept(struct drill_run *r, const struct drill_call *call,
                           struct drill_pending *p)
{
    struct drill_fd *fd = fd_at(r, number_arg(r, call, 0)), made = {.type = TARN_STREAM};
    struct tarn_addr peer;
    int64_t result;

    (void)p;
    if (fd == NULL)
        return -TARN_EBADF;
    result = tarn_accept(run_stack(r), fd->sock, &made.sock, &peer);
    if (result == -TARN_EAGAIN)
        return waits(fd);
    if (result < 0)
        return result;
    made.nonblocking = call->n_args > 3 && (number_arg(r, call, 3) & SOCK_NONBLOCK);
    result = fd_new(r, call, made);
    r->info_fd = (int)result;
    return result;
}

/* Packets to and from this port of the peer are the script's from now on. */
static void flow_to(struct drill_run *r, uint16_t peer_port)
{
    struct drill_flow *flow = run_flow(r, peer_port);

    if (r->current == NULL)
        r->current = flow;
}

/* The connection's ports are known as soon as the call has been made. */
static void flow_of_connect(struct drill_run *r, const struct drill_fd *fd, uint16_t peer_port)
{
    struct drill_flow *flow = run_flow(r, peer_port);
    struct tarn_addr local;

    if (flow == NULL || tarn_local(run_stack(r), fd->sock, &local) < 0)
        return;
    flow->local_port = local.port;
    flow->renewed = true;
    r->current = flow;
}

static int64_t connect_result(struct drill_run *r, const struct drill_fd *fd)
{
    int64_t error = 0;

    if (!(tarn_ready(run_stack(r), fd->sock) & (TARN_OUT | TARN_ERR | TARN_HUP)))
        return CALL_WAITS;
    tarn_getopt(run_stack(r), fd->sock, TARN_SO_ERROR, &error);
    return -error;
}

static int64_t call_connect(struct drill_run *r, const struct drill_call *call,
                            struct drill_pending *p)
{
    int64_t number = number_arg(r, call, 0);
    struct drill_fd *fd = fd_at(r, number);
    struct tarn_addr a = {.ip = r->script.remote, .port = r->script.remote_port};
    int err;

    if (fd == NULL)
        return -TARN_EBADF;
    if (p->started)
        return connect_result(r, fd);
    if (!address_arg(r, call, 1, &a))
        return 0;
    err = tarn_connect(run_stack(r), fd->sock, &a, r->world.now);
    r->info_fd = (int)number;
    if (err == 0 || err == -TARN_EINPROGRESS)
        flow_of_connect(r, fd, a.port);
    return err == -TARN_EINPROGRESS && !fd->nonblocking ? CALL_WAITS : err;
}

/* MSG_* of a call whose flags are argument n, if it has so many. */
static int64_t flags_arg(struct drill_run *r, const struct drill_call *call, unsigned n)
{
    return call->n_args > n ? number_arg(r, call, n) : 0;
}

/* write(3, ..., 100), send(3, ..., 100, flags), sendto(3, ..., 100, flags, address, ...) */
static int64_t call_send(struct drill_run *r, const struct drill_call *call,
                         struct drill_pending *p)
{
    struct drill_fd *fd = fd_at(r, number_arg(r, call, 0));
    int64_t n = number_arg(r, call, 2), flags = flags_arg(r, call, 3);
    struct tarn_addr to = {.ip = r->script.remote,
                           .port =
                               r->current == NULL ? r->script.remote_port : r->current->peer_port};
    struct tarn_msg m = {.n_iov = 1, .name = call->n_args > 4 ? &to : NULL};
    struct tarn_iov iov;
    uint8_t *buf;
    long sent;

    if (fd == NULL)
        return -TARN_EBADF;
    if (m.name != NULL && !address_arg(r, call, 4, &to))
        return 0;
    if (m.name != NULL)
        flow_to(r, to.port);
    iov.len = (size_t)(n - p->progress);
    iov.base = buf = malloc(iov.len + 1);
    for (size_t i = 0; buf != NULL && i < iov.len; i++)
        buf[i] = payload_byte((fd->type == TARN_STREAM ? fd->written : 0) + (uint32_t)i);
    m.iov = &iov;
    m.flags = (flags & MSG_MORE ? TARN_MSG_MORE : 0u) | (flags & MSG_OOB ? TARN_MSG_OOB : 0u) |
              (flags & MSG_EOR ? TARN_MSG_EOR : 0u);
    sent = tarn_sendmsg(run_stack(r), fd->sock, &m, r->world.now);
    free(buf);
    if (sent == -TARN_EAGAIN)
        return flags & MSG_DONTWAIT ? -TARN_EAGAIN : waits(fd);
    if (sent < 0)
        return p->progress > 0 ? p->progress : sent;
    fd->written += (uint32_t)sent;
    p->progress += sent;
    return p->progress == n || fd->nonblocking || (flags & MSG_DONTWAIT) ? p->progress : CALL_WAITS;
}

static bool stream_as_sent(struct drill_run *r, const uint8_t *buf, size_t n, uint32_t place)
{
    for (size_t i = 0; i < n; i++)
        if (buf[i] != payload_byte(place + (uint32_t)i))
            return run_fail(r, "byte %zu of what was read is not what the peer sent", i);
    return true;
}

/* read(3, ..., 100), recv(3, ..., 100, flags) */
static int64_t call_recv(struct drill_run *r, const struct drill_call *call,
                         struct drill_pending *p)
{
    struct drill_fd *fd = fd_at(r, number_arg(r, call, 0));
    int64_t n = number_arg(r, call, 2), flags = flags_arg(r, call, 3);
    struct tarn_iov iov = {.len = (size_t)n};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1};
    uint8_t *buf;
    long got;

    (void)p;
    if (fd == NULL)
        return -TARN_EBADF;
    m.flags = (flags & MSG_PEEK ? TARN_MSG_PEEK : 0u) | (flags & MSG_OOB ? TARN_MSG_OOB : 0u) |
              (flags & MSG_TRUNC ? TARN_MSG_TRUNC : 0u);
    iov.base = buf = malloc(iov.len + 1);
    got = tarn_recvmsg(run_stack(r), fd->sock, &m, r->world.now);
    if (got > 0 && !(flags & MSG_OOB))
        stream_as_sent(r, buf, (size_t)(got < n ? got : n), fd->type == TARN_STREAM ? fd->read : 0);
    free(buf);
    if (got == -TARN_EAGAIN)
        return flags & MSG_DONTWAIT ? -TARN_EAGAIN : waits(fd);
    if (got > 0 && !(flags & (MSG_PEEK | MSG_OOB)))
        fd->read += (uint32_t)got;
    return got;
}

static int64_t call_close(struct drill_run *r, const struct drill_call *call,
                          struct drill_pending *p)
{
    struct drill_fd *fd = fd_at(r, number_arg(r, call, 0));

    (void)p;
    if (fd == NULL)
        return -TARN_EBADF;
    tarn_close(run_stack(r), fd->sock, r->world.now);
    fd->open = false;
    return 0;
}

static int64_t call_shutdown(struct drill_run *r, const struct drill_call *call,
                             struct drill_pending *p)
{
    struct drill_fd *fd = fd_at(r, number_arg(r, call, 0));
    int64_t how = number_arg(r, call, 1);

    (void)p;
    if (fd == NULL)
        return -TARN_EBADF;
    return tarn_shutdown(run_stack(r), fd->sock, (enum tarn_shutdown)how, r->world.now);
}

static int64_t call_fcntl(struct drill_run *r, const struct drill_call *call,
                          struct drill_pending *p)
{
    struct drill_fd *fd = fd_at(r, number_arg(r, call, 0));

    (void)p;
    if (fd == NULL)
        return -TARN_EBADF;
    if (number_arg(r, call, 1) == F_GETFL)
        return O_RDWR | (fd->nonblocking ? O_NONBLOCK : 0);
    if (number_arg(r, call, 1) != F_SETFL)
        run_fail(r, "unsupported: fcntl other than F_GETFL and F_SETFL");
    fd->nonblocking = (number_arg(r, call, 2) & O_NONBLOCK) != 0;
    return 0;
}

/* ioctl(3, SIOCINQ, [100]) = 0 */
static int64_t call_ioctl(struct drill_run *r, const struct drill_call *call,
                          struct drill_pending *p)
{
    struct drill_fd *fd = fd_at(r, number_arg(r, call, 0));
    const struct drill_value *v = call_arg(r, call, 2);
    int64_t request = number_arg(r, call, 1), value;
    int err;

    (void)p;
    if (fd == NULL)
        return -TARN_EBADF;
    if (v == NULL || v->first == NULL)
        return 0;
    err = tarn_getopt(run_stack(r), fd->sock, request == FIONREAD ? TARN_SO_NREAD : TARN_SO_NWRITE,
                      &value);
    if (err == 0 && value != v->first->number)
        run_fail(r, "ioctl gives [%lld]", (long long)value);
    return err;
}

/* enum tarn_ready has poll's meaning, not its numbers. */
static int64_t poll_bits(unsigned ready)
{
    return (ready & TARN_IN ? POLLIN : 0) | (ready & TARN_OUT ? POLLOUT : 0) |
           (ready & TARN_ERR ? POLLERR : 0) | (ready & TARN_HUP ? POLLHUP : 0) |
           (ready & TARN_RDHUP ? POLLRDHUP : 0) | (ready & TARN_PRI ? POLLPRI : 0);
}

/* One entry: {fd=4, events=POLLIN, revents=POLLIN}. Returns whether something is ready. */
static bool poll_entry(struct drill_run *r, const struct drill_value *v, int64_t *revents)
{
    const struct drill_value *number = member(v, "fd"), *events = member(v, "events");
    struct drill_fd *fd = number == NULL ? NULL : fd_at(r, number->number);
    int64_t always = POLLERR | POLLHUP;

    if (fd == NULL || events == NULL)
        return run_fail(r, "poll: an entry needs an open fd and events");
    *revents = poll_bits(tarn_ready(run_stack(r), fd->sock)) & (events->number | always);
    return *revents != 0;
}

/* poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, timeout in ms) */
static int64_t call_poll(struct drill_run *r, const struct drill_call *call,
                         struct drill_pending *p)
{
    const struct drill_value *list = call_arg(r, call, 0), *want;
    int64_t timeout_ms = number_arg(r, call, 2), ready = 0, revents = 0;
    bool ended;

    if (list == NULL || list->kind != VALUE_LIST)
        return run_fail(r, "poll: the first argument is a list");
    for (const struct drill_value *v = list->first; v != NULL && !r->failed; v = v->next)
        ready += poll_entry(r, v, &revents);
    ended = timeout_ms >= 0 && r->world.now >= p->began + (tarn_ns)timeout_ms * 1000000;
    if (ready == 0 && !ended) {
        if (timeout_ms >= 0)
            sim_host_wake_at(r->host, p->began + (tarn_ns)timeout_ms * 1000000);
        return CALL_WAITS;
    }
    for (const struct drill_value *v = list->first; v != NULL && !r->failed; v = v->next) {
        poll_entry(r, v, &revents);
        want = member(v, "revents");
        if (want != NULL && want->number != revents)
            run_fail(r, "poll gives revents 0x%llx", (unsigned long long)revents);
    }
    return ready;
}

static int64_t call_sockopt(struct drill_run *r, const struct drill_call *call,
                            struct drill_pending *p)
{
    struct drill_fd *fd = fd_at(r, number_arg(r, call, 0));

    (void)p;
    if (fd == NULL)
        return -TARN_EBADF;
    return call->name[0] == 's' ? call_setsockopt(r, fd, call) : call_getsockopt(r, fd, call);
}

static const struct {
    const char *name;
    call_fn *fn;
} calls[] = {
    {"socket", call_socket},      {"bind", call_bind},         {"listen", call_listen},
    {"accept", call_accept},      {"accept4", call_accept},    {"connect", call_connect},
    {"write", call_send},         {"send", call_send},         {"sendto", call_send},
    {"read", call_recv},          {"recv", call_recv},         {"recvfrom", call_recv},
    {"close", call_close},        {"shutdown", call_shutdown}, {"fcntl", call_fcntl},
    {"ioctl", call_ioctl},        {"poll", call_poll},         {"setsockopt", call_sockopt},
    {"getsockopt", call_sockopt},
};

int64_t call_try(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, call->name) == 0) {
            int64_t before = p->progress, result = calls[i].fn(r, call, p);

            if (result != CALL_WAITS || !p->started || p->progress != before)
                sim_host_touch(r->host);
            p->started = true;
            return result;
        }
    run_fail(r, "unsupported: call %s", call->name);
    return 0;
}
