/* drill/call/calls_msg.c - calls that move bytes.
 *
 * What is written, and what the peer sends, is a function of its place in the stream, so every byte
 * that is read is checked. An urgent byte that is not read in line is missing from the stream: as
 * many places may be skipped as the peer has sent urgent pointers. */
#include "drill/call/calls.h"

#include <netinet/in.h>
#include <string.h>

enum { CONTROL_BYTES = 1024, CALL_BYTES_MAX = 16 << 20 };

/* The pieces of a message, one behind the other in memory that lives as long as the script. */
struct message {
    struct iovec *v;
    int n;
    uint8_t *bytes; /* of those that are not NULL */
    size_t total;
};

/* What is known of the descriptor that is argument 0. */
static struct drill_fd *fd_of(struct drill_run *r, const struct drill_call *call)
{
    int64_t number = call_number(r, call, 0);

    r->no_fd = (struct drill_fd){.fd = -1};
    return call_fd(r, number) < 0 ? &r->no_fd : &r->fds[number];
}

static bool is_stream(struct drill_run *r, int fd)
{
    int type = SOCK_STREAM;
    socklen_t n = sizeof type;

    return !sys_is_socket(r->sys, fd) ||
           sys_getsockopt(r->sys, fd, SOL_SOCKET, SO_TYPE, &type, &n) < 0 || type == SOCK_STREAM;
}

/* ---- buffers ---- */

/* One piece: {..., 100}, {NULL, 100}. */
static bool piece(struct drill_run *r, const struct drill_value *v, struct iovec *out)
{
    const struct drill_value *length = v->first == NULL ? NULL : v->first->next;

    if (v->kind != VALUE_STRUCT || length == NULL || length->kind != VALUE_NUMBER)
        return run_fail(r, "a piece of a message is {..., length}");
    if (length->number < 0 || length->number > CALL_BYTES_MAX)
        return run_fail(r, "a piece of %lld bytes", (long long)length->number);
    out->iov_base = v->first->kind == VALUE_NUMBER ? NULL : out;
    out->iov_len = (size_t)length->number;
    return true;
}

/* Memory for all pieces: the same in each try of a call. */
static void lay_out(struct drill_run *r, struct drill_pending *p, struct message *m)
{
    uint8_t *at;

    for (int i = 0; i < m->n; i++)
        m->total += m->v[i].iov_len;
    if (m->total > CALL_BYTES_MAX) {
        run_fail(r, "a message of %zu bytes", m->total);
        m->n = 0;
        m->total = 0;
    }
    if (p->memory == NULL)
        p->memory = script_alloc(&r->script, m->total + 1);
    at = m->bytes = p->memory;
    for (int i = 0; i < m->n; i++)
        if (m->v[i].iov_base != NULL) {
            m->v[i].iov_base = at;
            at += m->v[i].iov_len;
        }
}

/* [{..., 10}, {..., 20}] */
static bool message_of_list(struct drill_run *r, const struct drill_value *list,
                            struct drill_pending *p, struct message *m)
{
    int n = 0;

    *m = (struct message){.n = 0};
    if (list == NULL || list->kind != VALUE_LIST)
        return run_fail(r, "pieces of a message are a list");
    for (const struct drill_value *v = list->first; v != NULL; v = v->next)
        n++;
    m->v = script_alloc(&r->script, ((size_t)n + 1) * sizeof *m->v);
    for (const struct drill_value *v = list->first; v != NULL; v = v->next)
        if (!piece(r, v, &m->v[m->n++]))
            return false;
    lay_out(r, p, m);
    return true;
}

/* Arguments 1 and 2: `..., 100`, `NULL, 100`, `"abc", 3`. */
static bool message_of_args(struct drill_run *r, const struct drill_call *call,
                            struct drill_pending *p, struct message *m)
{
    const struct drill_value *buffer = call_arg(r, call, 1);
    int64_t n = call_number(r, call, 2);

    *m = (struct message){.n = 1};
    if (buffer == NULL || r->failed)
        return false;
    if (n < 0 || n > CALL_BYTES_MAX)
        return run_fail(r, "%s: %lld bytes", call->name, (long long)n);
    m->v = script_alloc(&r->script, sizeof *m->v);
    m->v->iov_base = buffer->kind == VALUE_NUMBER ? NULL : m;
    m->v->iov_len = (size_t)n;
    lay_out(r, p, m);
    return true;
}

/* ---- sending ---- */

static void fill(const struct message *m, uint32_t place)
{
    for (size_t i = 0; i < m->total; i++)
        m->bytes[i] = payload_byte(place + (uint32_t)i);
}

/* A connection that a call has begun is known by its ports as soon as it has them. */
static void learn_ports(struct drill_run *r, struct drill_fd *state)
{
    if (state->connect_port != 0 && call_connecting(r, state->fd, state->connect_port))
        state->connect_port = 0;
}

static int64_t send_message(struct drill_run *r, struct drill_fd *state, struct msghdr *h,
                            int flags, const struct message *m, struct drill_pending *p)
{
    int fd = state->fd;
    bool stream = is_stream(r, fd);
    int64_t result;

    if (!p->started)
        fill(m, stream ? state->written : 0);
    h->msg_iov = m->v;
    h->msg_iovlen = (size_t)m->n;
    result = sys_has(r->sys, fd) && !sys_is_socket(r->sys, fd)
                 ? sys_writev(r->sys, fd, m->v, m->n, &p->wait)
                 : sys_sendmsg(r->sys, fd, h, flags, &p->wait);
    if (result > 0 && stream)
        state->written += (uint32_t)result;
    if ((flags & MSG_FASTOPEN) != 0 && !p->started)
        state->connect_port = r->script.remote_port;
    learn_ports(r, state);
    return result;
}

static int64_t send_args(struct drill_run *r, const struct drill_call *call,
                         struct drill_pending *p, int flags, const struct drill_value *to)
{
    struct tarn_addr a = {.ip = r->script.remote,
                          .port =
                              r->current == NULL ? r->script.remote_port : r->current->peer_port};
    struct sockaddr_storage name;
    struct msghdr h = {.msg_name = &name};
    struct drill_fd *state = fd_of(r, call);
    struct message m;

    if ((flags & MSG_FASTOPEN) != 0)
        a.port = r->script.remote_port;
    h.msg_namelen = call_address(r, to, a, &name);
    if (!message_of_args(r, call, p, &m))
        return 0;
    if (h.msg_namelen > 0 && !is_stream(r, state->fd))
        call_talking(r, ntohs(((struct sockaddr_in *)&name)->sin_port));
    return send_message(r, state, &h, flags, &m, p);
}

int64_t play_write(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    return send_args(r, call, p, 0, NULL);
}

int64_t play_send(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    return send_args(r, call, p, call->n_args > 3 ? (int)call_number(r, call, 3) : 0, NULL);
}

int64_t play_sendto(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    return send_args(r, call, p, (int)call_number(r, call, 3), call_arg(r, call, 4));
}

int64_t play_writev(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    struct msghdr h = {.msg_name = NULL};
    struct message m;

    if (!message_of_list(r, call_arg(r, call, 1), p, &m))
        return 0;
    return send_message(r, fd_of(r, call), &h, 0, &m, p);
}

/* {msg_name(...)=..., msg_iov(2)=[...], msg_flags=0, msg_control=[...]} */
static const struct drill_value *header_of(struct drill_run *r, const struct drill_call *call)
{
    const struct drill_value *v = call_arg(r, call, 1);

    if (v == NULL || v->kind != VALUE_STRUCT || member_of(v, "msg_iov") == NULL) {
        run_fail(r, "%s: the message is {msg_name(...)=..., msg_iov(n)=[...], ...}", call->name);
        return NULL;
    }
    return v;
}

int64_t play_sendmsg(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    const struct drill_value *v = header_of(r, call);
    int flags = (int)call_number(r, call, 2);
    struct tarn_addr a = {.ip = r->script.remote, .port = r->script.remote_port};
    struct sockaddr_storage name;
    struct msghdr h = {.msg_name = NULL};
    struct message m;

    if (v == NULL || !message_of_list(r, member_of(v, "msg_iov"), p, &m))
        return 0;
    if ((flags & MSG_FASTOPEN) != 0) {
        h.msg_name = &name;
        h.msg_namelen = call_address(r, member_of(v, "msg_name"), a, &name);
    }
    return send_message(r, fd_of(r, call), &h, flags, &m, p);
}

/* sendfile(4, 5, [0], 1000): from a file that a command of the script has made. */
int64_t play_sendfile(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    const struct drill_value *offset = call_arg(r, call, 2);
    int64_t file = call_number(r, call, 1), at, n = call_number(r, call, 3);
    struct msghdr h = {.msg_name = NULL};
    struct iovec v = {.iov_base = &h};
    struct message m = {.v = &v, .n = 1};

    if (offset == NULL || file < 0 || file >= MAX_FDS || r->fds[file].file == NULL)
        return -TARN_EBADF;
    at = member_number(offset);
    n = at + n > r->fds[file].file->bytes ? r->fds[file].file->bytes - at : n;
    v.iov_len = n > 0 ? (size_t)n : 0;
    lay_out(r, p, &m);
    return send_message(r, fd_of(r, call), &h, 0, &m, p);
}

/* ---- receiving ---- */

/* Are these the bytes from *place on? *place is then behind them. */
static bool as_sent(struct drill_run *r, struct drill_fd *state, uint32_t *place,
                    const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++, ++*place) {
        if (bytes[i] != payload_byte(*place) && state->skipped < r->n_urgent &&
            bytes[i] == payload_byte(*place + 1)) {
            state->skipped++;
            ++*place;
        }
        if (bytes[i] != payload_byte(*place))
            return run_fail(r, "byte %zu of what was read is not what the peer sent", i);
    }
    return true;
}

/* What a call has read. */
static int64_t received(struct drill_run *r, struct drill_fd *state, int flags,
                        const struct message *m, int64_t result)
{
    struct drill_fd before = *state;
    bool stream = is_stream(r, state->fd), discarded = stream && (flags & MSG_TRUNC) != 0;
    uint32_t place = stream ? state->read : 0;

    if (result <= 0 || !sys_is_socket(r->sys, state->fd) || (flags & (MSG_OOB | MSG_ERRQUEUE)) != 0)
        return result;
    if (discarded)
        place += (uint32_t)result;
    else
        as_sent(r, state, &place, m->bytes, (size_t)result < m->total ? (size_t)result : m->total);
    state->read = place;
    if (!stream || (flags & MSG_PEEK) != 0)
        *state = before;
    return result;
}

static int64_t recv_message(struct drill_run *r, struct drill_fd *state, struct msghdr *h,
                            int flags, const struct message *m, struct drill_pending *p)
{
    int64_t result;

    h->msg_iov = m->v;
    h->msg_iovlen = (size_t)m->n;
    if (sys_has(r->sys, state->fd) && !sys_is_socket(r->sys, state->fd))
        result = sys_readv(r->sys, state->fd, m->v, m->n, &p->wait);
    else
        result = sys_recvmsg(r->sys, state->fd, h, flags, &p->wait);
    return received(r, state, flags, m, result);
}

static int64_t recv_args(struct drill_run *r, const struct drill_call *call,
                         struct drill_pending *p, int flags)
{
    struct msghdr h = {.msg_name = NULL};
    struct message m;

    return message_of_args(r, call, p, &m) ? recv_message(r, fd_of(r, call), &h, flags, &m, p) : 0;
}

int64_t play_read(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    return recv_args(r, call, p, 0);
}

int64_t play_recv(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    return recv_args(r, call, p, call->n_args > 3 ? (int)call_number(r, call, 3) : 0);
}

int64_t play_recvfrom(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    return play_recv(r, call, p);
}

int64_t play_readv(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    struct msghdr h = {.msg_name = NULL};
    struct message m;

    if (!message_of_list(r, call_arg(r, call, 1), p, &m))
        return 0;
    return recv_message(r, fd_of(r, call), &h, 0, &m, p);
}

int64_t play_recvmsg(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    _Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
    const struct drill_value *v = header_of(r, call);
    struct msghdr h = {.msg_control = control};
    struct message m;
    int64_t result;

    if (v == NULL || !message_of_list(r, member_of(v, "msg_iov"), p, &m))
        return 0;
    h.msg_controllen = call_control_bytes(r, member_of(v, "msg_control"), sizeof control);
    if (h.msg_controllen == 0)
        h.msg_control = NULL;
    result = recv_message(r, fd_of(r, call), &h, (int)call_number(r, call, 2), &m, p);
    if (result >= 0 && !r->failed)
        call_check_msg(r, v, &h);
    return result;
}

/* splice(4, NULL, 6, NULL, 99, 0) */
int64_t play_splice(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    struct drill_fd *in = fd_of(r, call);
    int out = call_fd(r, call_number(r, call, 2));
    int64_t result = sys_splice(r->sys, in->fd, out, (size_t)call_number(r, call, 4),
                                (unsigned)call_number(r, call, 5), &p->wait);

    if (result > 0 && sys_is_socket(r->sys, in->fd))
        in->read += (uint32_t)result;
    return result;
}
