/* drivers/slirp.c - a network without privilege: libslirp, in a process of its own, answers for the
 * gateway, a name server and every host that this machine can reach.
 *
 * TCP ends in libslirp on this machine, so distant peers see the kernel's TCP, not tarn's. Frames
 * have no offload: libslirp wants complete checksums, and a large MTU takes the place of
 * segmentation. The default is half of libslirp's window, 64 KiB without scaling: a segment is then
 * on its way while another is acknowledged.
 *
 * IPv6 is there when this machine has it. It is set up like IPv4, at once and for good: libslirp's
 * router advertisements would bring an address of their own a second later. */
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
    IP6_MIN_MTU = 1280, /* RFC 8200 5 */
    START_MS = 10000,
    ETHERNET_HEADER = 14
};

struct slirp {
    struct link link;
    int fd;
    pid_t helper;
};

/* --- settings --- */

/* 0: this is no port number. */
static uint16_t port_parse(const char *text)
{
    char *stop;
    unsigned long n = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &stop, 10) : 0;

    return n == 0 || n > UINT16_MAX || *stop != '\0' ? 0 : (uint16_t)n;
}

/* The address before the ports: one of IPv6 is in brackets. */
static bool outside_parse(char *text, struct tarn_ip *ip)
{
    size_t n = strlen(text);
    struct in_addr in;

    if (n > 2 && text[0] == '[' && text[n - 1] == ']') {
        text[n - 1] = '\0';
        return inet_pton(AF_INET6, text + 1, ip->b) == 1 && !tarn_ip_is4(ip);
    }
    if (inet_pton(AF_INET, text, &in) != 1)
        return false;
    *ip = tarn_ip4(ntohl(in.s_addr));
    return true;
}

/* Cut "/udp" or "/tcp" off. */
static bool protocol_parse(char *text, bool *udp)
{
    char *slash = strchr(text, '/');

    if (slash == NULL)
        return true;
    *udp = strcmp(slash, "/udp") == 0;
    if (!*udp && strcmp(slash, "/tcp") != 0)
        return false;
    *slash = '\0';
    return true;
}

/* [ADDR:]PORT:PORT[/udp]: the ports are behind the last two colons. Without an address all of both
 * families are meant. */
static bool forward_parse(const char *text, struct slirp_forward *f)
{
    char copy[SLIRP_FORWARD_BYTES], *inside, *outside;

    *f = (struct slirp_forward){.outside.ip = tarn_ip4(0)};
    if (strlen(text) >= sizeof copy)
        return false;
    strcpy(copy, text);
    if (!protocol_parse(copy, &f->udp) || (inside = strrchr(copy, ':')) == NULL)
        return false;
    *inside++ = '\0';
    outside = strrchr(copy, ':');
    f->both = outside == NULL;
    if (outside != NULL) {
        *outside++ = '\0';
        if (!outside_parse(copy, &f->outside.ip))
            return false;
    }
    f->outside.port = port_parse(outside != NULL ? outside : copy);
    f->guest_port = port_parse(inside);
    return f->outside.port != 0 && f->guest_port != 0;
}

/* Can programs of this machine speak to it by IPv6? Then so can the stack, by libslirp. */
static bool machine_has_ip6(void)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof to) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

/* Has this machine a way to other hosts by IPv6? Else the stack has none either, and a connection
 * fails at once instead of being tried again: what libslirp says of it is a hint (RFC 5461). Routes
 * of the loopback interface, of links and of groups lead nowhere. */
static bool machine_reaches_ip6(void)
{
    FILE *f = fopen("/proc/net/ipv6_route", "re");
    char line[256], to[3], device[32];
    bool reaches = false;

    while (f != NULL && !reaches && fgets(line, sizeof line, f) != NULL)
        reaches =
            sscanf(line, "%2[0-9a-f]%*s %*s %*s %*s %*s %*s %*s %*s %*s %31s", to, device) == 2 &&
            strcmp(device, "lo") != 0 && strcmp(to, "fe") != 0 && strcmp(to, "ff") != 0;
    if (f != NULL)
        fclose(f);
    return reaches;
}

/* Which families libslirp can reach a name server of this machine in: it passes questions on in
 * the family in which they came. */
static void resolvers_find(bool has[LINK_FAMILIES])
{
    FILE *f = fopen("/etc/resolv.conf", "re");
    char line[512], server[64];
    struct tarn_ip ip;

    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, " nameserver %63[^ \t\n%%]", server) != 1)
            continue;
        has[LINK_IP6] |= inet_pton(AF_INET6, server, ip.b) == 1;
        has[LINK_IP4] |= inet_pton(AF_INET, server, ip.b) == 1;
    }
    if (f != NULL)
        fclose(f);
}

static int settings_read(struct slirp_settings *s, const struct link_open *how)
{
    long mtu = DEFAULT_MTU;

    memset(s, 0, sizeof *s);
    s->host = true;
    if (arg_number(how, "mtu", MIN_MTU, MAX_MTU, &mtu) < 0 || arg_switch(how, "host", &s->host) < 0)
        return -TARN_EINVAL;
    s->mtu = (unsigned)mtu;
    s->ip6 = s->mtu >= IP6_MIN_MTU && machine_has_ip6();
    for (unsigned i = 0; i < how->n_args; i++) {
        const struct link_arg *a = &how->args[i];

        if (strcmp(a->key, "forward") != 0)
            continue;
        if (s->n_forwards == SLIRP_MAX_FORWARDS)
            return arg_fail(how, TARN_ENOSPC,
                            "link slirp: more than %d forwarded ports; leave one out",
                            SLIRP_MAX_FORWARDS);
        if (!forward_parse(a->value, &s->forward[s->n_forwards++]))
            return arg_fail(how, TARN_EINVAL,
                            "forward %s: not a pair of ports; give [ADDR:]PORT:PORT[/udp]",
                            a->value);
        if (!s->ip6 && !tarn_ip_is4(&s->forward[s->n_forwards - 1].outside.ip))
            return arg_fail(
                how, TARN_EINVAL,
                "forward %s: this machine has no IPv6, or the link's mtu is below 1280; "
                "give an IPv4 address",
                a->value);
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
    return arg_fail(how, TARN_EIO, "link slirp: %s",
                    n > 0 ? text : "its process did not start; see tarn doctor");
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
        return arg_fail_errno(how, "link slirp: socket pair", "; see tarn doctor");
    s->helper = fork();
    if (s->helper == 0) {
        close(pair[0]);
        slirp_helper_run(pair[1], settings, parent);
    }
    rc = s->helper < 0 ? arg_fail_errno(how, "link slirp: fork", "; see tarn doctor") : 0;
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

static void offers_make(struct link_caps *caps, const struct slirp_settings *settings)
{
    static const struct tarn_ip guest6 = {SLIRP_GUEST6}, host6 = {SLIRP_HOST6}, dns6 = {SLIRP_DNS6};
    bool resolver[LINK_FAMILIES] = {false};
    struct link_offer *four = &caps->offer[LINK_IP4], *six = &caps->offer[LINK_IP6];

    resolvers_find(resolver);
    four->address = (struct tarn_prefix){tarn_ip4(SLIRP_GUEST), 96 + 24};
    four->gateway = four->host = tarn_ip4(SLIRP_HOST);
    if (resolver[LINK_IP4] || !resolver[LINK_IP6])
        four->dns = tarn_ip4(SLIRP_DNS);
    if (!settings->ip6)
        return;
    six->address = (struct tarn_prefix){guest6, 64};
    six->host = host6;
    if (machine_reaches_ip6())
        six->gateway = host6;
    if (resolver[LINK_IP6])
        six->dns = dns6;
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
    };
    offers_make(&l->caps, &settings);
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
    .help =
        "mtu=N        bytes of the largest IP packet, 576 to 65520 (32768)\n"
        "host=on|off  whether 10.0.2.2 and fec0::2 lead to this machine's 127.0.0.1 and ::1 (on)\n"
        "forward=[ADDR:]PORT:PORT[/udp]  a port of this machine leads to the stack's; as -p\n",
    .keys = "mtu=,host=,forward=",
    .size = sizeof(struct slirp),
    .open = slirp_open,
    .pollfd = slirp_pollfd,
    .rx = slirp_rx,
    .tx = slirp_tx,
    .close = slirp_close,
};
