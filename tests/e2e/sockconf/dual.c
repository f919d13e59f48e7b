/* Behaviours of sockets that carry both families. They need IPv6: with IPv4 they say so. */
#include "conf.h"

static struct name mapped(const char *text)
{
    struct name n;

    name_read(&n, text, 0);
    return n;
}

static int needs_six(void)
{
    if (conf.family == AF_INET)
        say("IPv4");
    return conf.family == AF_INET6;
}

static int v6_only(int fd)
{
    set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return fd;
}

/* A listener on every address, and a client of IPv4 on the loopback. */
static void accepts_both(void)
{
    struct name own, peer = {.len = sizeof(peer.six)}, to;
    int fd = tcp_socket(), client = socket(AF_INET, SOCK_STREAM, 0), conn;

    if (!needs_six())
        return;
    bind_at(fd, any_host(), 0);
    listen(fd, 1);
    own = own_name(fd);
    name_read(&to, "127.0.0.1", port_of(&own));
    say_rc("connect", join(client, to));
    conn = accept(fd, &peer.any, &peer.len);
    own = own_name(conn);
    say("peer=%s len=%u", host_text(&peer), peer.len);
    say("own=%s", host_text(&own));
}

static void only_six(void)
{
    struct name own, to;
    int fd = tcp_socket(), client = socket(AF_INET, SOCK_STREAM, 0);

    if (!needs_six())
        return;
    v6_only(fd);
    bind_at(fd, any_host(), 0);
    set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    listen(fd, 1);
    own = own_name(fd);
    name_read(&to, "127.0.0.1", port_of(&own));
    say_rc("connect", join(client, to));
    say_rc("bind", bind(socket(AF_INET, SOCK_STREAM, 0), &to.any, to.len));
}

static void connects_to_mapped(void)
{
    struct name own, to = mapped("::ffff:127.0.0.1");
    int lfd = socket(AF_INET, SOCK_STREAM, 0), fd = tcp_socket();

    if (!needs_six())
        return;
    listen(lfd, 1);
    own = own_name(lfd);
    to = at(to, port_of(&own));
    say_rc("v6only", join(v6_only(tcp_socket()), to));
    say_rc("connect", join(fd, to));
    own = own_name(fd);
    say("own=%s", host_text(&own));
    say_rc("addrform", setsockopt(tcp_socket(), IPPROTO_IPV6, IPV6_ADDRFORM, &(int){AF_INET}, 4));
}

static void datagrams(void)
{
    struct name own, from = {.len = sizeof(from.six)}, to;
    char c;
    int fd = udp_socket(), four = socket(AF_INET, SOCK_DGRAM, 0), lfd;

    if (!needs_six())
        return;
    bind_at(fd, any_host(), 0);
    own = own_name(fd);
    name_read(&to, "127.0.0.1", port_of(&own));
    say_rc("sendto", sendto(four, "x", 1, 0, &to.any, to.len));
    say_rc("recvfrom", recvfrom(fd, &c, 1, 0, &from.any, &from.len));
    say("from=%s", host_text(&from));
    say_rc("back", sendto(fd, "y", 1, 0, &from.any, from.len));
    say_rc("recv", recv(four, &c, 1, 0));
    own = own_name(four);
    name_read(&to, "127.0.0.1", port_of(&own));
    say_rc("by_inet_name", sendto(fd, "z", 1, 0, &to.any, to.len));
    say_rc("recv", recv(four, &c, 1, 0));
    lfd = v6_only(udp_socket());
    say_rc("v6only_inet", sendto(lfd, "z", 1, 0, &to.any, to.len));
    say_rc("v6only_mapped", sendto(lfd, "z", 1, 0, &from.any, from.len));
    say_rc("v6only_connect", join(lfd, to));
    say_rc("v6only_bind", bind_at(lfd, mapped("::ffff:127.0.0.1"), 0));
}

static void ports(void)
{
    struct name own, four;
    int a = tcp_socket(), b = socket(AF_INET, SOCK_STREAM, 0);

    if (!needs_six())
        return;
    bind_at(a, any_host(), 0);
    own = own_name(a);
    name_read(&four, "0.0.0.0", port_of(&own));
    say_rc("both", bind(b, &four.any, four.len));
    close(a);
    a = v6_only(tcp_socket());
    say_rc("v6only", bind(a, &own.any, own.len));
    say_rc("beside", bind(b, &four.any, four.len));
}

static void lengths(void)
{
    struct name to = at(conf.peer, port_of(&conf.peer)), lost;
    char c;

    if (!needs_six())
        return;
    say_rc("24", connect(tcp_socket(), &to.any, 24));
    say_rc("23", connect(tcp_socket(), &to.any, 23));
    say_rc("udp_24", sendto(udp_socket(), "x", 1, 0, &to.any, 24));
    say_rc("udp_20", sendto(udp_socket(), "x", 1, 0, &to.any, 20));
    name_read(&lost, "fe80::1", 9);
    say_rc("no_zone", join(tcp_socket(), lost));
    say_rc("udp_no_zone", join(udp_socket(), lost));
    say_rc("bind_no_zone", bind_at(tcp_socket(), lost, 0));
    lost.six.sin6_scope_id = 99;
    say_rc("bad_zone", bind_at(tcp_socket(), lost, 0));
    say_rc("multicast", bind_at(tcp_socket(), group(), 0));
    say_rc("recv", recv(udp_socket(), &c, 1, MSG_DONTWAIT));
}

const struct behaviour dual_table[] = {
    {"dual_accepts_both", accepts_both},
    {"dual_only_six", only_six},
    {"dual_connects_to_mapped", connects_to_mapped},
    {"dual_datagrams", datagrams},
    {"dual_ports", ports},
    {"dual_lengths", lengths},
    {NULL, NULL},
};
