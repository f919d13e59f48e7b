/* drivers/slirp_helper.c - runs libslirp, which ends TCP and UDP here and continues them by this
 * machine's sockets, so it needs no privilege and parses hostile input in a process of its own.
 *
 * The process keeps nothing of its parent's: descriptors are closed, standard streams lead nowhere,
 * the terminal's signals do not reach it, capabilities are given up once the forwarded ports are
 * bound (all but the one that ping needs). It ends with its parent, or when the socket closes.
 *
 * Sending a frame blocks when the parent does not read: that is libslirp's back-pressure. The
 * parent never blocks in turn, so the two cannot wait for each other. */
#include "drivers/slirp_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <libslirp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_BATCH = 16, BACKLOG = 1024, FIRST_FD = 3, MAX_LISTEN_FD = 256, NO_ROOM = -1 };

struct helper {
    int fd;
    Slirp *slirp;
    struct pollfd *poll;
    unsigned n_poll, max_poll;
};

/* --- what libslirp calls --- */

static ssize_t send_packet(const void *buf, size_t n, void *opaque)
{
    const struct helper *h = opaque;
    ssize_t rc;

    do {
        rc = send(h->fd, buf, n, MSG_NOSIGNAL);
    } while (rc < 0 && errno == EINTR);
    if (rc < 0 && errno != EMSGSIZE && errno != ENOBUFS)
        _exit(0);
    return rc;
}

static void guest_error(const char *msg, void *opaque)
{
    (void)msg;
    (void)opaque;
}

static int64_t clock_get_ns(void *opaque)
{
    struct timespec ts;

    (void)opaque;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* libslirp's timers send IPv6 router advertisements alone, which the stack has no need of. */
static void *timer_new(SlirpTimerCb cb, void *cb_opaque, void *opaque)
{
    (void)cb;
    (void)cb_opaque;
    return opaque;
}

static void timer_free(void *timer, void *opaque)
{
    (void)timer;
    (void)opaque;
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    (void)timer;
    (void)expire_ms;
    (void)opaque;
}

/* The list of descriptors is made anew each turn, so nothing need be kept or told. */
static void poll_fd_noted(int fd, void *opaque)
{
    (void)fd;
    (void)opaque;
}

static void notify(void *opaque)
{
    (void)opaque;
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_get_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = poll_fd_noted,
    .unregister_poll_fd = poll_fd_noted,
    .notify = notify,
};

/* --- waiting --- */

static const struct {
    int slirp;
    short poll;
} bits[] = {
    {SLIRP_POLL_IN, POLLIN},   {SLIRP_POLL_OUT, POLLOUT}, {SLIRP_POLL_PRI, POLLPRI},
    {SLIRP_POLL_ERR, POLLERR}, {SLIRP_POLL_HUP, POLLHUP},
};
enum { N_BITS = sizeof bits / sizeof bits[0] };

static int add_poll(int fd, int events, void *opaque)
{
    struct helper *h = opaque;
    short wanted = 0;

    if (h->n_poll == h->max_poll) {
        unsigned max = h->max_poll * 2 + 64;
        struct pollfd *grown = realloc(h->poll, max * sizeof *grown);

        if (grown == NULL)
            return NO_ROOM;
        h->poll = grown;
        h->max_poll = max;
    }
    for (unsigned i = 0; i < N_BITS; i++)
        if (events & bits[i].slirp)
            wanted = (short)(wanted | bits[i].poll);
    h->poll[h->n_poll] = (struct pollfd){.fd = fd, .events = wanted};
    return (int)h->n_poll++;
}

static int get_revents(int place, void *opaque)
{
    const struct helper *h = opaque;
    int events = 0;

    if (place < 0 || (unsigned)place >= h->n_poll)
        return 0;
    for (unsigned i = 0; i < N_BITS; i++)
        if (h->poll[place].revents & bits[i].poll)
            events |= bits[i].slirp;
    return events;
}

/* An ICMPv6 router solicitation (RFC 4861 4.1), which libslirp would answer. */
static bool is_solicitation(const uint8_t *frame, size_t n)
{
    enum { TYPE = 12, NEXT_HEADER = 20, ICMP_TYPE = 54, ICMPV6 = 58, SOLICITATION = 133 };

    return n > ICMP_TYPE && frame[TYPE] == 0x86 && frame[TYPE + 1] == 0xdd &&
           frame[NEXT_HEADER] == ICMPV6 && frame[ICMP_TYPE] == SOLICITATION;
}

static void frames_in(const struct helper *h)
{
    static uint8_t frame[SLIRP_FRAME_BYTES];

    for (int i = 0; i < FRAME_BATCH; i++) {
        ssize_t n = recv(h->fd, frame, sizeof frame, MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            _exit(0);
        if (n < 0)
            return;
        if (!is_solicitation(frame, (size_t)n))
            slirp_input(h->slirp, frame, (int)n);
    }
}

_Noreturn static void serve(struct helper *h)
{
    for (;;) {
        uint32_t wait_ms = UINT32_MAX;
        int n;

        h->n_poll = 0;
        add_poll(h->fd, SLIRP_POLL_IN, h);
        slirp_pollfds_fill(h->slirp, &wait_ms, add_poll, h);
        n = poll(h->poll, h->n_poll, wait_ms > INT32_MAX ? -1 : (int)wait_ms);
        slirp_pollfds_poll(h->slirp, n < 0, get_revents, h);
        if (n < 0 || h->poll[0].revents != 0)
            frames_in(h);
    }
}

/* --- the start --- */

_Noreturn static void fail(const struct helper *h, const char *what, const char *why)
{
    char text[SLIRP_REPORT_BYTES];

    snprintf(text, sizeof text, "%s: %s", what, why);
    send(h->fd, text, strlen(text) + 1, MSG_NOSIGNAL);
    _exit(1);
}

static void streams_close(int *fd)
{
    int kept = fcntl(*fd, F_DUPFD, FIRST_FD + 1), null = open("/dev/null", O_RDWR);

    for (int i = 0; i < FIRST_FD; i++)
        dup2(null, i);
    *fd = dup2(kept, FIRST_FD);
    close_range(FIRST_FD + 1, UINT32_MAX, 0);
}

static void detach(struct helper *h, pid_t parent)
{
    static const int terminal[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGTSTP, SIGPIPE};
    const struct rlimit no_core = {0, 0};
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    prctl(PR_SET_NAME, "tarn-slirp");
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    setsid();
    for (unsigned i = 0; i < sizeof terminal / sizeof terminal[0]; i++)
        signal(terminal[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    streams_close(&h->fd);
}

/* All but CAP_NET_RAW, for echo requests where unprivileged ones are not allowed. */
static void capabilities_drop(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    if (syscall(SYS_capget, &header, data) < 0)
        return;
    data[0].effective &= 1u << CAP_NET_RAW;
    data[0].permitted &= 1u << CAP_NET_RAW;
    data[1].effective = data[1].permitted = 0;
    data[0].inheritable = data[1].inheritable = 0;
    syscall(SYS_capset, &header, data);
}

static struct in_addr in_of(uint32_t host_order)
{
    return (struct in_addr){.s_addr = htonl(host_order)};
}

/* libslirp listens with a backlog of one, so that connections made at once would wait a second. */
static void backlogs_raise(void)
{
    for (int fd = FIRST_FD; fd < MAX_LISTEN_FD; fd++) {
        int listens = 0;
        socklen_t n = sizeof listens;

        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 && listens)
            listen(fd, BACKLOG);
    }
}

static int forward_add4(const struct helper *h, const struct slirp_forward *f)
{
    return slirp_add_hostfwd(h->slirp, f->udp, in_of(tarn_ip_to4(&f->outside.ip)), f->outside.port,
                             in_of(SLIRP_GUEST), f->guest_port);
}

static int forward_add6(const struct helper *h, const struct slirp_forward *f,
                        const struct tarn_ip *ip)
{
    struct sockaddr_in6 outside = {.sin6_family = AF_INET6, .sin6_port = htons(f->outside.port)};
    const struct sockaddr_in6 guest = {
        .sin6_family = AF_INET6, .sin6_port = htons(f->guest_port), .sin6_addr = {{SLIRP_GUEST6}}};

    memcpy(&outside.sin6_addr, ip->b, sizeof outside.sin6_addr);
    return slirp_add_hostxfwd(h->slirp, (const struct sockaddr *)&outside, sizeof outside,
                              (const struct sockaddr *)&guest, sizeof guest,
                              SLIRP_HOSTFWD_V6ONLY | (f->udp ? SLIRP_HOSTFWD_UDP : 0));
}

static const char *port_remedy(int err)
{
    switch (err) {
    case EADDRINUSE: return "; another program has it: give another port";
    case EACCES: return "; give one above 1023, or see tarn doctor";
    case EADDRNOTAVAIL: return "; this machine has no such address: give one of its own";
    default: return "; give another";
    }
}

/* Has the user said what the port leads to by IPv6? */
static bool is_given6(const struct slirp_settings *s, const struct slirp_forward *f)
{
    for (unsigned i = 0; i < s->n_forwards; i++)
        if (!tarn_ip_is4(&s->forward[i].outside.ip) && s->forward[i].udp == f->udp &&
            s->forward[i].outside.port == f->outside.port)
            return true;
    return false;
}

static int forward_add(const struct helper *h, const struct slirp_settings *s,
                       const struct slirp_forward *f)
{
    static const struct tarn_ip any6;

    if (!tarn_ip_is4(&f->outside.ip))
        return forward_add6(h, f, &f->outside.ip);
    if (forward_add4(h, f) < 0)
        return -1;
    return f->both && s->ip6 && !is_given6(s, f) ? forward_add6(h, f, &any6) : 0;
}

static void forwards_add(const struct helper *h, const struct slirp_settings *s)
{
    for (unsigned i = 0; i < s->n_forwards; i++) {
        const struct slirp_forward *f = &s->forward[i];
        char what[64], why[128];

        if (forward_add(h, s, f) == 0)
            continue;
        snprintf(what, sizeof what, "port %u%s of this machine", f->outside.port,
                 f->udp ? "/udp" : "");
        snprintf(why, sizeof why, "%s%s", strerror(errno), port_remedy(errno));
        fail(h, what, why);
    }
    backlogs_raise();
}

_Noreturn void slirp_helper_run(int fd, const struct slirp_settings *s, pid_t parent)
{
    struct helper h = {.fd = fd};
    SlirpConfig cfg = {
        .version = SLIRP_CONFIG_VERSION_MAX,
        .in_enabled = true,
        .vnetwork = in_of(SLIRP_NETWORK),
        .vnetmask = in_of(SLIRP_MASK),
        .vhost = in_of(SLIRP_HOST),
        .vdhcp_start = in_of(SLIRP_GUEST),
        .vnameserver = in_of(SLIRP_DNS),
        .in6_enabled = s->ip6,
        .vprefix_addr6 = {{SLIRP_NETWORK6}},
        .vprefix_len = 64,
        .vhost6 = {{SLIRP_HOST6}},
        .vnameserver6 = {{SLIRP_DNS6}},
        .if_mtu = s->mtu,
        .if_mru = s->mtu,
        .disable_host_loopback = !s->host,
    };

    detach(&h, parent);
    h.slirp = slirp_new(&cfg, &callbacks, &h);
    if (h.slirp == NULL)
        fail(&h, "start of libslirp", "it refused its configuration; give another --link");
    forwards_add(&h, s);
    capabilities_drop();
    send(h.fd, "", 1, MSG_NOSIGNAL);
    serve(&h);
}
