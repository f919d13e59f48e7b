/* drill/call/calls.c - socket calls of a script: sockets, their names, files; and the list of all.
 * A call that would wait answers CALL_WAITS and is tried again after every step of the world. */
#include "drill/call/calls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* ---- arguments ---- */

const struct drill_value *call_arg(struct drill_run *r, const struct drill_call *call, unsigned n)
{
    const struct drill_value *v = call->args;

    for (; v != NULL && n > 0; n--)
        v = v->next;
    if (v == NULL)
        run_fail(r, "%s: too few arguments", call->name);
    return v;
}

int64_t call_number(struct drill_run *r, const struct drill_call *call, unsigned n)
{
    const struct drill_value *v = call_arg(r, call, n);

    if (v != NULL && v->kind != VALUE_NUMBER)
        run_fail(r, "%s: argument %u must be a number", call->name, n + 1);
    return v == NULL ? 0 : v->number;
}

int call_fd(const struct drill_run *r, int64_t number)
{
    return number >= 0 && number < MAX_FDS && r->fds[number].is_open ? r->fds[number].fd : -1;
}

static int fd_arg(struct drill_run *r, const struct drill_call *call)
{
    return call_fd(r, call_number(r, call, 0));
}

const struct drill_value *member_of(const struct drill_value *v, const char *name)
{
    for (v = v->first; v != NULL; v = v->next)
        if (v->name != NULL && strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

int64_t member_number(const struct drill_value *v)
{
    if (v->kind == VALUE_LIST && v->first != NULL)
        v = v->first;
    return v->kind == VALUE_NUMBER ? v->number : 0;
}

/* ---- addresses ---- */

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

static bool ip_arg(struct drill_run *r, const struct drill_value *v, struct tarn_ip *out)
{
    struct tarn_ip written;

    if (v->kind == VALUE_NUMBER)
        written = tarn_ip4((uint32_t)v->number);
    else if (v->kind != VALUE_TEXT || !script_ip(v->text, &written))
        return run_fail(r, "sin_addr is no address");
    return ip_of(&r->script, &written, out) || run_fail(r, "the script must say --ip_version=ipv4");
}

/* As sockets of the version name it. */
static socklen_t name_write(const struct drill_run *r, const struct tarn_addr *a,
                            struct sockaddr_storage *out)
{
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof *out);
    if (r->script.version == DRILL_IPV4) {
        four->sin_family = AF_INET;
        four->sin_port = htons(a->port);
        four->sin_addr.s_addr = htonl(tarn_ip_to4(&a->ip));
        return sizeof *four;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(a->port);
    memcpy(&six->sin6_addr, a->ip.b, sizeof six->sin6_addr);
    return sizeof *six;
}

socklen_t call_address(struct drill_run *r, const struct drill_value *v, struct tarn_addr a,
                       struct sockaddr_storage *out)
{
    const struct drill_value *family, *port, *ip;

    if (v == NULL)
        return 0;
    if (v->kind == VALUE_NUMBER && v->number == AF_UNSPEC) {
        *out = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
        return sizeof(struct sockaddr_in);
    }
    if (v->kind == VALUE_ELLIPSIS)
        return name_write(r, &a, out);
    if (v->kind != VALUE_STRUCT) {
        run_fail(r, "an address is missing");
        return 0;
    }
    family = member_of(v, "sa_family");
    port = member_of(v, "sin_port");
    ip = member_of(v, "sin_addr");
    if (family != NULL && family->number == AF_UNSPEC) {
        *out = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
        return sizeof(struct sockaddr_in);
    }
    if (port != NULL)
        a.port = (uint16_t)port->number;
    return ip != NULL && !ip_arg(r, ip, &a.ip) ? 0 : name_write(r, &a, out);
}

/* ---- numbers of descriptors: the script names them ---- */

int64_t call_made(struct drill_run *r, int64_t fd, const struct drill_value *name)
{
    if (fd < 0 || name == NULL || name->kind != VALUE_NUMBER)
        return fd;
    if (name->number >= MAX_FDS)
        run_fail(r, "%s: descriptors are below %d", r->calling->name, MAX_FDS);
    if (name->number < 0 || r->failed)
        return fd;
    r->fds[name->number] = (struct drill_fd){.is_open = true, .fd = (int)fd};
    return name->number;
}

/* ---- sockets ---- */

static int64_t call_socket(struct drill_run *r, const struct drill_call *call,
                           struct drill_pending *p)
{
    int domain = run_family(r) == TARN_INET ? AF_INET : AF_INET6;
    int64_t fd =
        sys_socket(r->sys, domain, (int)call_number(r, call, 1), (int)call_number(r, call, 2));

    (void)p;
    if (fd >= 0)
        r->info_fd = r->newest_fd = (int)fd;
    r->newest_listens = false;
    return call_made(r, fd, call->result);
}

static int64_t call_bind(struct drill_run *r, const struct drill_call *call,
                         struct drill_pending *p)
{
    struct tarn_addr a = {.ip = r->script.local, .port = r->script.local_port};
    struct sockaddr_storage name = {0};
    socklen_t n = call_address(r, call_arg(r, call, 1), a, &name);
    int64_t result = sys_bind(r->sys, fd_arg(r, call), (struct sockaddr *)&name, n);

    (void)p;
    if (result == 0 && n > 0)
        r->script.local_port = ntohs(((struct sockaddr_in *)&name)->sin_port);
    return result;
}

static int64_t call_listen(struct drill_run *r, const struct drill_call *call,
                           struct drill_pending *p)
{
    int fd = fd_arg(r, call);
    int64_t result = sys_listen(r->sys, fd, (int)call_number(r, call, 1));

    (void)p;
    if (result == 0 && fd == r->newest_fd)
        r->newest_listens = true;
    return result;
}

static int64_t call_accept(struct drill_run *r, const struct drill_call *call,
                           struct drill_pending *p)
{
    int flags = call->n_args > 3 ? (int)call_number(r, call, 3) : 0;
    int64_t fd = sys_accept(r->sys, fd_arg(r, call), NULL, NULL, flags, &p->wait);

    if (fd >= 0)
        r->info_fd = (int)fd;
    return call_made(r, fd, call->result);
}

bool call_connecting(struct drill_run *r, int fd, uint16_t peer_port)
{
    struct drill_flow *flow;
    struct tarn_addr local;

    if (!sys_is_socket(r->sys, fd) || tarn_local(run_stack(r), sys_sock(r->sys, fd), &local) < 0 ||
        local.port == 0)
        return false;
    flow = run_flow(r, peer_port);
    if (flow == NULL)
        return false;
    flow->local_port = local.port;
    flow->renewed = true;
    r->current = flow;
    return true;
}

void call_talking(struct drill_run *r, uint16_t peer_port)
{
    struct drill_flow *flow = run_flow(r, peer_port);

    if (r->current == NULL)
        r->current = flow;
}

static int64_t call_connect(struct drill_run *r, const struct drill_call *call,
                            struct drill_pending *p)
{
    struct tarn_addr a = {.ip = r->script.remote, .port = r->script.remote_port};
    struct sockaddr_storage name = {0};
    int64_t number = call_number(r, call, 0);
    int fd = call_fd(r, number);
    socklen_t n = call_address(r, call_arg(r, call, 1), a, &name);
    bool first = !p->started;
    int64_t result = sys_connect(r->sys, fd, (struct sockaddr *)&name, n, &p->wait);

    if (first && (result == CALL_WAITS || result == 0 || result == -TARN_EINPROGRESS)) {
        r->info_fd = fd;
        if (!call_connecting(r, fd, ntohs(((struct sockaddr_in *)&name)->sin_port)))
            r->fds[number].connect_port = r->script.remote_port;
    }
    return result;
}

static int64_t call_shutdown(struct drill_run *r, const struct drill_call *call,
                             struct drill_pending *p)
{
    (void)p;
    return sys_shutdown(r->sys, fd_arg(r, call), (int)call_number(r, call, 1));
}

/* ---- files ---- */

static int64_t call_close(struct drill_run *r, const struct drill_call *call,
                          struct drill_pending *p)
{
    int64_t number = call_number(r, call, 0), result = 0;

    if (call_fd(r, number) < 0 && (number < 0 || number >= MAX_FDS || !r->fds[number].file))
        return -TARN_EBADF;
    if (r->fds[number].is_open)
        result = sys_close(r->sys, r->fds[number].fd, &p->wait);
    if (result != CALL_WAITS)
        r->fds[number] = (struct drill_fd){.is_open = false};
    return result;
}

static int64_t call_fcntl(struct drill_run *r, const struct drill_call *call,
                          struct drill_pending *p)
{
    int arg = call->n_args > 2 ? (int)call_number(r, call, 2) : 0;

    (void)p;
    return sys_fcntl(r->sys, fd_arg(r, call), (int)call_number(r, call, 1), arg);
}

/* ioctl(3, SIOCINQ, [100]) = 0 */
static int64_t call_ioctl(struct drill_run *r, const struct drill_call *call,
                          struct drill_pending *p)
{
    const struct drill_value *want = call->n_args > 2 ? call_arg(r, call, 2) : NULL;
    int value = want == NULL ? 0 : (int)member_number(want);
    int64_t result =
        sys_ioctl(r->sys, fd_arg(r, call), (unsigned long)call_number(r, call, 1), &value);

    (void)p;
    if (result >= 0 && want != NULL && value != member_number(want))
        run_fail(r, "ioctl gives [%d]", value);
    return result;
}

/* pipe([5, 6]) = 0 */
static int64_t call_pipe(struct drill_run *r, const struct drill_call *call,
                         struct drill_pending *p)
{
    const struct drill_value *pair = call_arg(r, call, 0);
    int fds[2] = {0, 0};
    int64_t result;

    (void)p;
    if (pair == NULL || pair->first == NULL || pair->first->next == NULL)
        return run_fail(r, "pipe: the argument is [number, number]");
    result = sys_pipe(r->sys, fds);
    if (result < 0)
        return result;
    call_made(r, fds[0], pair->first);
    call_made(r, fds[1], pair->first->next);
    return 0;
}

/* open("/tmp/testfile", O_RDONLY): only what a command of the script has made is there. */
static int64_t call_open(struct drill_run *r, const struct drill_call *call,
                         struct drill_pending *p)
{
    const struct drill_value *name = call_arg(r, call, 0);
    int64_t number = call->result->number;

    (void)p;
    if (name == NULL || name->kind != VALUE_TEXT)
        return run_fail(r, "open: the first argument is a text");
    for (struct drill_file *f = r->files; f != NULL; f = f->next)
        if (strcmp(f->name, name->text) == 0 && number >= 0 && number < MAX_FDS) {
            r->fds[number] = (struct drill_fd){.file = f};
            return number;
        }
    return -TARN_ENOENT;
}

/* ---- all calls ---- */

static const struct {
    const char *name;
    call_fn *fn;
} calls[] = {
    {"socket", call_socket},
    {"bind", call_bind},
    {"listen", call_listen},
    {"accept", call_accept},
    {"accept4", call_accept},
    {"connect", call_connect},
    {"write", play_write},
    {"send", play_send},
    {"sendto", play_sendto},
    {"writev", play_writev},
    {"sendmsg", play_sendmsg},
    {"sendfile", play_sendfile},
    {"read", play_read},
    {"recv", play_recv},
    {"recvfrom", play_recvfrom},
    {"readv", play_readv},
    {"recvmsg", play_recvmsg},
    {"splice", play_splice},
    {"close", call_close},
    {"shutdown", call_shutdown},
    {"fcntl", call_fcntl},
    {"ioctl", call_ioctl},
    {"pipe", call_pipe},
    {"open", call_open},
    {"poll", play_poll},
    {"epoll_create", play_epoll_create},
    {"epoll_ctl", play_epoll_ctl},
    {"epoll_wait", play_epoll_wait},
    {"setsockopt", play_setsockopt},
    {"getsockopt", play_getsockopt},
};

int64_t call_try(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, call->name) == 0) {
            int64_t result;

            r->calling = call;
            result = calls[i].fn(r, call, p);
            p->started = true;
            if (result == CALL_WAITS)
                sim_host_wake_at(r->host, p->wait.until);
            return result;
        }
    run_fail(r, "unsupported: call %s", call->name);
    return 0;
}
