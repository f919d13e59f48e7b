/* Behaviours of socket options and of the calls that ask what a descriptor is. */
#include "conf.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

struct option {
    const char *name;
    int level, number, value;
};

static void get(int fd, const struct option *o)
{
    int value = 0;
    socklen_t len = sizeof(value);

    if (getsockopt(fd, o->level, o->number, &value, &len) < 0)
        say("%s=%s", o->name, strerrorname_np(errno));
    else
        say("%s=%d/%u", o->name, value, len);
}

static void set_and_get(int fd, const struct option *o, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (setsockopt(fd, o[i].level, o[i].number, &o[i].value, sizeof(int)) < 0)
            say("set_%s=%s", o[i].name, strerrorname_np(errno));
        get(fd, &o[i]);
    }
}

#define ROW(level, option, value)     \
    {                                 \
#option, level, option, value \
    }
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct option identity_rows[] = {
    ROW(SOL_SOCKET, SO_TYPE, 0),     ROW(SOL_SOCKET, SO_DOMAIN, 0),
    ROW(SOL_SOCKET, SO_PROTOCOL, 0), ROW(SOL_SOCKET, SO_ACCEPTCONN, 0),
    ROW(SOL_SOCKET, SO_ERROR, 0),
};

static void identity(void)
{
    int fds[] = {tcp_socket(), udp_socket()};

    for (int f = 0; f < 2; f++)
        for (size_t i = 0; i < COUNT(identity_rows); i++)
            get(fds[f], &identity_rows[i]);
}

static void identity_read_only(void)
{
    int fd = tcp_socket();
    int value = 1;

    for (size_t i = 0; i < COUNT(identity_rows); i++)
        say_rc(identity_rows[i].name,
               setsockopt(fd, SOL_SOCKET, identity_rows[i].number, &value, sizeof(value)));
}

static void socket_level(void)
{
    static const struct option rows[] = {
        ROW(SOL_SOCKET, SO_REUSEADDR, 1), ROW(SOL_SOCKET, SO_KEEPALIVE, 1),
        ROW(SOL_SOCKET, SO_BROADCAST, 1), ROW(SOL_SOCKET, SO_OOBINLINE, 1),
        ROW(SOL_SOCKET, SO_DONTROUTE, 0), ROW(SOL_SOCKET, SO_RCVLOWAT, 1),
        ROW(SOL_SOCKET, SO_SNDLOWAT, 1),  ROW(SOL_SOCKET, SO_REUSEPORT, 1),
        ROW(SOL_SOCKET, SO_PRIORITY, 3),  ROW(SOL_SOCKET, SO_TIMESTAMP, 0),
    };

    set_and_get(tcp_socket(), rows, COUNT(rows));
}

static void buffers(void)
{
    static const struct option rows[] = {
        ROW(SOL_SOCKET, SO_RCVBUF, 65536),
        ROW(SOL_SOCKET, SO_SNDBUF, 65536),
        ROW(SOL_SOCKET, SO_RCVBUF, 1),
        ROW(SOL_SOCKET, SO_SNDBUF, 1),
    };

    set_and_get(tcp_socket(), rows, COUNT(rows));
}

static void small_buffers_work(void)
{
    const char *tag = unique("small");
    int fd = tcp_socket();

    set_int(fd, SOL_SOCKET, SO_RCVBUF, 4096);
    set_int(fd, SOL_SOCKET, SO_SNDBUF, 4096);
    say_rc("connect", join(fd, conf.peer));
    dprintf(fd, "send 300000; tag %s; drain\n", tag);
    say_stream(fd, 300000, 1);
    say("sent=%zu", send_pattern(fd, 300000, 0));
    close(fd);
    say_peer(tag, 1);
}

static void tcp_level(void)
{
    static const struct option rows[] = {
        ROW(IPPROTO_TCP, TCP_NODELAY, 1),      ROW(IPPROTO_TCP, TCP_CORK, 1),
        ROW(IPPROTO_TCP, TCP_KEEPIDLE, 100),   ROW(IPPROTO_TCP, TCP_KEEPINTVL, 10),
        ROW(IPPROTO_TCP, TCP_KEEPCNT, 3),      ROW(IPPROTO_TCP, TCP_SYNCNT, 3),
        ROW(IPPROTO_TCP, TCP_USER_TIMEOUT, 9), ROW(IPPROTO_TCP, TCP_LINGER2, 5),
        ROW(IPPROTO_TCP, TCP_QUICKACK, 1),     ROW(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 9000),
    };

    set_and_get(tcp_socket(), rows, COUNT(rows));
}

static void tcp_out_of_range(void)
{
    static const struct option rows[] = {
        ROW(IPPROTO_TCP, TCP_KEEPIDLE, 0),  ROW(IPPROTO_TCP, TCP_KEEPINTVL, 100000),
        ROW(IPPROTO_TCP, TCP_KEEPCNT, 500), ROW(IPPROTO_TCP, TCP_SYNCNT, 0),
        ROW(IPPROTO_TCP, TCP_MAXSEG, 1),    ROW(IPPROTO_TCP, TCP_MAXSEG, 100000),
    };
    int fd = tcp_socket();

    for (size_t i = 0; i < COUNT(rows); i++)
        say_rc(rows[i].name,
               setsockopt(fd, rows[i].level, rows[i].number, &rows[i].value, sizeof(int)));
}

static void segment_size(void)
{
    static const struct option row = ROW(IPPROTO_TCP, TCP_MAXSEG, 0);
    int fd = tcp_socket();

    get(fd, &row);
    join(fd, conf.peer);
    get(fd, &row);
}

static void segment_size_limited(void)
{
    const char *tag = unique("maxseg");
    int fd = tcp_socket();

    set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 600);
    say_rc("connect", join(fd, conf.peer));
    get(fd, &(struct option)ROW(IPPROTO_TCP, TCP_MAXSEG, 0));
    dprintf(fd, "tag %s; drain\n", tag);
    say("sent=%zu", send_pattern(fd, 50000, 0));
    close(fd);
    say_peer(tag, 1);
}

static void congestion(void)
{
    char name[16] = "";
    socklen_t len = sizeof(name);
    int fd = tcp_socket();

    say_rc("reno", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
    say_rc("get", getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
    say("'%s'/%u", name, len);
    say_rc("unknown", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "nosuch", 6));
}

static int state_of(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
        return -errno;
    return info.tcpi_state;
}

static void info_state(void)
{
    uint16_t port;
    int fd = tcp_socket();

    say("fresh=%d listen=%d", state_of(fd), state_of(listener(0, &port)));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    join(fd, at(conf.black_hole, 9));
    say("syn_sent=%d", state_of(fd));
    fd = peer_open("recv 1; fin; wait never");
    say("established=%d", state_of(fd));
    say_rc("go", write(fd, "", 1));
    wait_for(fd, POLLRDHUP);
    say("close_wait=%d", state_of(fd));
    fd = peer_open("wait never");
    shutdown(fd, SHUT_WR);
    pause_ms(100);
    say("fin_wait2=%d", state_of(fd));
}

static void info_fields(void)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    int fd = peer_open("send 100000; drain");

    say_stream(fd, 100000, 1);
    say_rc("get", getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
    say("mss=%u rtt=%d rto=%d cwnd=%d", info.tcpi_snd_mss, info.tcpi_rtt > 0, info.tcpi_rto > 0,
        info.tcpi_snd_cwnd > 0);
    say("ts=%d sack=%d wscale=%d", (info.tcpi_options & TCPI_OPT_TIMESTAMPS) != 0,
        (info.tcpi_options & TCPI_OPT_SACK) != 0, (info.tcpi_options & TCPI_OPT_WSCALE) != 0);
    len = 8;
    say_rc("short", getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
    say("len=%u", len);
}

static const struct option ip_rows[] = {
    ROW(IPPROTO_IP, IP_TTL, 33),          ROW(IPPROTO_IP, IP_TOS, 16),
    ROW(IPPROTO_IP, IP_MTU_DISCOVER, 2),  ROW(IPPROTO_IP, IP_RECVERR, 0),
    ROW(IPPROTO_IP, IP_RECVTTL, 1),       ROW(IPPROTO_IP, IP_PKTINFO, 1),
    ROW(IPPROTO_IP, IP_MULTICAST_TTL, 4), ROW(IPPROTO_IP, IP_MULTICAST_LOOP, 0),
    ROW(IPPROTO_IP, IP_MULTICAST_ALL, 0), ROW(IPPROTO_IP, IP_RECVTOS, 1),
    ROW(IPPROTO_IP, IP_HDRINCL, 1),       ROW(IPPROTO_IP, IP_MULTICAST_TTL, 256),
};

static const struct option ip6_rows[] = {
    ROW(IPPROTO_IPV6, IPV6_V6ONLY, 1),         ROW(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 33),
    ROW(IPPROTO_IPV6, IPV6_UNICAST_HOPS, -1),  ROW(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256),
    ROW(IPPROTO_IPV6, IPV6_TCLASS, 16),        ROW(IPPROTO_IPV6, IPV6_TCLASS, -1),
    ROW(IPPROTO_IPV6, IPV6_TCLASS, 256),       ROW(IPPROTO_IPV6, IPV6_MTU_DISCOVER, 2),
    ROW(IPPROTO_IPV6, IPV6_MTU_DISCOVER, 9),   ROW(IPPROTO_IPV6, IPV6_RECVERR, 0),
    ROW(IPPROTO_IPV6, IPV6_DONTFRAG, 1),       ROW(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1),
    ROW(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1),   ROW(IPPROTO_IPV6, IPV6_RECVTCLASS, 1),
    ROW(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 4), ROW(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, -1),
    ROW(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0), ROW(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 2),
    ROW(IPPROTO_IPV6, IPV6_MULTICAST_IF, 99),  ROW(IPPROTO_IPV6, IPV6_CHECKSUM, 4),
    ROW(IPPROTO_IPV6, IPV6_ADDRFORM, 10),
};

/* IP's own options on a datagram socket: those of the family, then of the other one. */
static void ip_level(void)
{
    int inet = conf.family == AF_INET;

    get(tcp_socket(), inet ? &(struct option)ROW(IPPROTO_IP, IP_TTL, 0)
                           : &(struct option)ROW(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 0));
    if (inet)
        set_and_get(udp_socket(), ip_rows, COUNT(ip_rows));
    else
        set_and_get(udp_socket(), ip6_rows, COUNT(ip6_rows));
}

static void ip_level_other(void)
{
    if (conf.family == AF_INET)
        set_and_get(udp_socket(), ip6_rows, COUNT(ip6_rows));
    else
        set_and_get(udp_socket(), ip_rows, COUNT(ip_rows));
}

static void ip_freebind(void)
{
    int inet = conf.family == AF_INET;
    struct option row = inet ? (struct option)ROW(IPPROTO_IP, IP_FREEBIND, 1)
                             : (struct option)ROW(IPPROTO_IPV6, IPV6_FREEBIND, 1);

    set_and_get(udp_socket(), &row, 1);
}

static void ip_mtu(void)
{
    struct option row = conf.family == AF_INET ? (struct option)ROW(IPPROTO_IP, IP_MTU, 0)
                                               : (struct option)ROW(IPPROTO_IPV6, IPV6_MTU, 0);
    int fd = udp_socket();

    get(fd, &row);
    join(fd, conf.peer);
    get(fd, &row);
}

/* What programs set in passing and would stumble over if it were refused. */
static void in_passing(void)
{
    static const struct option rows[] = {
        ROW(SOL_SOCKET, SO_KEEPALIVE, 1),        ROW(SOL_SOCKET, SO_MAX_PACING_RATE, 1000000),
        ROW(SOL_SOCKET, SO_BSDCOMPAT, 1),        ROW(SOL_SOCKET, SO_RXQ_OVFL, 1),
        ROW(SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1), ROW(SOL_SOCKET, SO_BUSY_POLL, 50),
        ROW(SOL_SOCKET, SO_INCOMING_CPU, 0),     ROW(SOL_SOCKET, SO_PASSCRED, 1),
        ROW(SOL_SOCKET, SO_PASSSEC, 1),
    };
    static const struct option thin[] = {
        ROW(IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1),
        ROW(IPPROTO_TCP, TCP_THIN_DUPACK, 1),
    };
    struct ucred peer = {1, 1, 1};
    socklen_t len = sizeof(peer);
    char options[40];

    set_and_get(tcp_socket(), rows, COUNT(rows));
    set_and_get(udp_socket(), rows, COUNT(rows));
    set_and_get(tcp_socket(), thin, COUNT(thin));
    getsockopt(tcp_socket(), SOL_SOCKET, SO_PEERCRED, &peer, &len);
    say("peer=%d/%d/%d len=%u", peer.pid, (int)peer.uid, (int)peer.gid, len);
    len = sizeof(options);
    if (conf.family == AF_INET)
        say_rc("options", getsockopt(tcp_socket(), IPPROTO_IP, IP_OPTIONS, options, &len));
    say("len=%u", len);
}

static void unknown(void)
{
    int fd = tcp_socket();
    int value = 1;
    socklen_t len = sizeof(value);

    say_rc("set_socket", setsockopt(fd, SOL_SOCKET, 9999, &value, sizeof(value)));
    say_rc("get_socket", getsockopt(fd, SOL_SOCKET, 9999, &value, &len));
    say_rc("set_tcp", setsockopt(fd, IPPROTO_TCP, 9999, &value, sizeof(value)));
    say_rc("get_tcp", getsockopt(fd, IPPROTO_TCP, 9999, &value, &len));
    say_rc("set_ip", setsockopt(fd, IPPROTO_IP, 9999, &value, sizeof(value)));
    say_rc("set_level", setsockopt(fd, 9999, 1, &value, sizeof(value)));
    say_rc("get_level", getsockopt(fd, 9999, 1, &value, &len));
    say_rc("tcp_on_udp", setsockopt(udp_socket(), IPPROTO_TCP, TCP_NODELAY, &value, 4));
    say_rc("udp_on_tcp", setsockopt(fd, IPPROTO_UDP, 1, &value, sizeof(value)));
}

static void lengths(void)
{
    int fd = tcp_socket();
    int value = -1;
    socklen_t len = 2;

    say_rc("get_2", getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
    say("len=%u value=%x", len, (unsigned)value);
    len = 0;
    say_rc("get_0", getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
    len = (socklen_t)-1;
    say_rc("get_negative", getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
    len = 100;
    say_rc("get_100", getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
    say("len=%u", len);
    say_rc("set_2", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, 2));
    say_rc("set_tcp_2", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 2));
    say_rc("set_linger_4", setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, 4));
    say_rc("set_null", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, NULL, 4));
    say_rc("get_null", getsockopt(fd, SOL_SOCKET, SO_TYPE, NULL, &len));
    say_rc("not_socket", setsockopt(0, SOL_SOCKET, SO_REUSEADDR, &value, 4));
    say_rc("bad_fd", getsockopt(9999, SOL_SOCKET, SO_TYPE, &value, &len));
}

static void linger(void)
{
    struct linger l = {.l_onoff = 7, .l_linger = 12};
    socklen_t len = sizeof(l);
    int fd = tcp_socket();

    say_rc("set", setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
    say_rc("get", getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len));
    say("on=%d time=%d len=%u", l.l_onoff, l.l_linger, len);
}

static void ioctls(void)
{
    int fd = peer_open("drain");
    int value = 1;

    say_rc("FIONBIO", ioctl(fd, FIONBIO, &value));
    say("nonblock=%d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    say_rc("read", read(fd, &value, 1));
    say_rc("TCGETS", ioctl(fd, TCGETS, (void *)&conf));
    say_rc("SIOCATMARK", ioctl(fd, SIOCATMARK, &value));
}

static void descriptor(void)
{
    struct stat st;
    int fd = tcp_socket();
    char path[64], link[64] = "";

    say_rc("fstat", fstat(fd, &st));
    say("socket=%d", S_ISSOCK(st.st_mode));
    say_rc("lseek", lseek(fd, 0, SEEK_SET));
    say_rc("pread", pread(fd, path, 1, 0));
    say_rc("ftruncate", ftruncate(fd, 0));
    say_rc("fsync", fsync(fd));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    say("link=%d", readlink(path, link, sizeof(link) - 1) > 0);
    say("%.8s", link);
}

static void lowest_descriptor(void)
{
    int a = tcp_socket();
    int b = tcp_socket();

    close(a);
    say("lowest=%d", tcp_socket() == a);
    close(b);
    say("lowest=%d", udp_socket() == b);
}

/* The connection is gone, the socket is not. */
static void after_reset(void)
{
    struct linger l = {1, 7};
    socklen_t len = sizeof l;
    char name[16] = "";
    int fd = peer_open("reset"), bytes = 0, ttl = 0;

    wait_for(fd, POLLHUP);
    say_rc("linger", setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
    set_int(fd, SOL_SOCKET, SO_RCVBUF, 50000);
    set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, 99);
    if (conf.family == AF_INET)
        set_int(fd, IPPROTO_IP, IP_TTL, 33);
    else
        set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 33);
    say_rc("congestion", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
    l = (struct linger){0, 0};
    getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len);
    say("linger=%d,%d", l.l_onoff, l.l_linger);
    len = sizeof bytes;
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &len);
    say("rcvbuf=%d", bytes);
    if (conf.family == AF_INET)
        getsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, &len);
    else
        getsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, &len);
    say("ttl=%d", ttl);
    len = sizeof name;
    getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len);
    say("%s", name);
    say_so_error(fd);
}

const struct behaviour option_table[] = {
    {"option_identity", identity},
    {"option_identity_read_only", identity_read_only},
    {"option_socket_level", socket_level},
    {"option_buffers", buffers},
    {"option_small_buffers_work", small_buffers_work},
    {"option_tcp_level", tcp_level},
    {"option_tcp_out_of_range", tcp_out_of_range},
    {"option_segment_size", segment_size},
    {"option_segment_size_limited", segment_size_limited},
    {"option_congestion", congestion},
    {"option_info_state", info_state},
    {"option_info_fields", info_fields},
    {"option_ip_level", ip_level},
    {"option_ip_level_other", ip_level_other},
    {"option_ip_freebind", ip_freebind},
    {"option_ip_mtu", ip_mtu},
    {"option_in_passing", in_passing},
    {"option_unknown", unknown},
    {"option_lengths", lengths},
    {"option_after_reset", after_reset},
    {"option_linger", linger},
    {"descriptor_ioctls", ioctls},
    {"descriptor_kind", descriptor},
    {"descriptor_lowest", lowest_descriptor},
    {NULL, NULL},
};
