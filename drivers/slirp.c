/* drivers/slirp.c - a network without privilege: libslirp, in a process of its own, answers for the
 * gateway, a name server and every host that this machine can reach.
 *
 * TCP ends in libslirp on this machine, so distant peers see the kernel's TCP, not tarn's. Frames
 * have no offload: libslirp wants complete checksums, and a large MTU takes the place of
 * segmentation. The default is half of libslirp's window, 64 KiB without scaling: a segment is then
 * on its way while another is acknowledged. */
#include "tarn/link.h"

#include "drivers/arg.h"
#include "drivers/seqpacket.h"
#include "drivers/slirp_helper.h"
#include "tarn/err.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DEFAULT_MTU = 32768,
    MAX_MTU = 65520,
    MIN_MTU = 576,
    START_MS = 10000,
    ETHERNET_HEADER = 14
};

struct slirp {
    struct link link;
    int fd;
    pid_t helper;
};

/* --- settings --- */

/* A port number at *at, which must end with `end`; moves *at behind it. 0: there is none. */
static uint16_t take_port(const char **at, char end)
{
    char *stop;
    unsigned long n = **at >= '0' && **at <= '9' ? strtoul(*at, &stop, 10) : 0;

    if (n == 0 || n > UINT16_MAX || *stop != end)
        return 0;
    *at = stop + (end != '\0');
    return (uint16_t)n;
}

/* [ADDR:]PORT:PORT[/udp] */
static bool forward_parse(const char *text, struct slirp_forward *f)
{
    char copy[64];
    const char *at = copy;
    char *first = strchr(text, ':'), *slash;
    struct in_addr in;

    memset(f, 0, sizeof *f);
    if (first == NULL || strlen(text) >= sizeof copy)
        return false;
    strcpy(copy, text);
    slash = strchr(copy, '/');
    if (slash != NULL) {
        if (strcmp(slash, "/udp") != 0 && strcmp(slash, "/tcp") != 0)
            return false;
        f->udp = strcmp(slash, "/udp") == 0;
        *slash = '\0';
    }
    if (strchr(first + 1, ':') != NULL) {
        copy[first - text] = '\0';
        if (inet_pton(AF_INET, copy, &in) != 1)
            return false;
        f->address = ntohl(in.s_addr);
        at = copy + (first - text) + 1;
    }
    f->port = take_port(&at, ':');
    f->guest_port = f->port ? take_port(&at, '\0') : 0;
    return f->guest_port != 0;
}

static int settings_read(struct slirp_settings *s, const struct link_open *how)
{
    long mtu = DEFAULT_MTU;

    memset(s, 0, sizeof *s);
    s->host = true;
    if (arg_number(how, "mtu", MIN_MTU, MAX_MTU, &mtu) < 0 || arg_switch(how, "host", &s->host) < 0)
        return -TARN_EINVAL;
    s->mtu = (unsigned)mtu;
    for (unsigned i = 0; i < how->n_args; i++) {
        const struct link_arg *a = &how->args[i];

        if (strcmp(a->key, "forward") != 0)
            continue;
        if (s->n_forwards == SLIRP_MAX_FORWARDS)
            return arg_fail(how, TARN_ENOSPC, "link slirp: more than %d forwarded ports",
                            SLIRP_MAX_FORWARDS);
        if (!forward_parse(a->value, &s->forward[s->n_forwards++]))
            return arg_fail(how, TARN_EINVAL, "forward %s: not [ADDR:]PORT:PORT[/udp]", a->value);
    }
    return 0;
}

/* --- the helper --- */

/* The helper's first message. */
static int helper_report(struct slirp *s, const struct link_open *how)
{
    char text[SLIRP_REPORT_BYTES] = "";
    struct pollfd pfd = {.fd = s->fd, .events = POLLIN};
    ssize_t n = -1;

    if (poll(&pfd, 1, START_MS) == 1)
        n = recv(s->fd, text, sizeof text - 1, 0);
    if (n == 1 && text[0] == '\0')
        return 0;
    return arg_fail(how, TARN_EIO, "link slirp: %s", n > 0 ? text : "its process did not start");
}

static void helper_end(struct slirp *s)
{
    close(s->fd);
    kill(s->helper, SIGKILL);
    while (waitpid(s->helper, NULL, 0) < 0 && errno == EINTR)
        ;
}

static int helper_start(struct slirp *s, const struct slirp_settings *settings,
                        const struct link_open *how)
{
    pid_t parent = getpid();
    int pair[2], rc;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return arg_fail_errno(how, "link slirp: socket pair", "");
    s->helper = fork();
    if (s->helper == 0) {
        close(pair[0]);
        slirp_helper_run(pair[1], settings, parent);
    }
    rc = s->helper < 0 ? arg_fail_errno(how, "link slirp: fork", "") : 0;
    close(pair[1]);
    s->fd = pair[0];
    if (rc == 0)
        rc = helper_report(s, how);
    if (rc < 0 && s->helper > 0)
        helper_end(s);
    else if (rc < 0)
        close(s->fd);
    return rc;
}

static int slirp_open(struct link *l, const struct link_open *how)
{
    struct slirp *s = (struct slirp *)l;
    struct slirp_settings settings;
    int rc = settings_read(&settings, how);

    if (rc == 0)
        rc = helper_start(s, &settings, how);
    if (rc < 0)
        return rc;
    seqpacket_prepare(s->fd);
    l->caps = (struct link_caps){
        .mtu = settings.mtu,
        .medium = LINK_ETHERNET,
        .carrier = true,
        .ends_tcp = true,
        .alone = true,
        .offer[LINK_IP4] = {.address = {tarn_ip4(SLIRP_GUEST), 96 + 24},
                            .gateway = tarn_ip4(SLIRP_HOST),
                            .dns = tarn_ip4(SLIRP_DNS),
                            .host = tarn_ip4(SLIRP_HOST)},
    };
    arg_mac(l->caps.mac, "slirp");
    return 0;
}

static int slirp_pollfd(const struct link *l)
{
    return ((const struct slirp *)l)->fd;
}

static int slirp_rx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    (void)now;
    return seqpacket_rx(l, ((struct slirp *)l)->fd, false, l->caps.mtu + ETHERNET_HEADER, v, n);
}

static int slirp_tx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    (void)now;
    return seqpacket_tx(l, ((struct slirp *)l)->fd, false, v, n);
}

static void slirp_close(struct link *l)
{
    helper_end((struct slirp *)l);
}

const struct link_ops link_slirp = {
    .name = "slirp",
    .help = "mtu=N        bytes of the largest IP packet, 576 to 65520 (32768)\n"
            "host=on|off  whether 10.0.2.2 leads to this machine's 127.0.0.1 (on)\n"
            "forward=[ADDR:]PORT:PORT[/udp]  a port of this machine leads to the stack's; as -p\n",
    .keys = "mtu=,host=,forward=",
    .size = sizeof(struct slirp),
    .open = slirp_open,
    .pollfd = slirp_pollfd,
    .rx = slirp_rx,
    .tx = slirp_tx,
    .close = slirp_close,
};
