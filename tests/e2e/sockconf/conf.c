/* The short forms of conf.h: reporting, peers, waiting. */
#include "conf.h"

#include "../pattern.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

enum { WAIT_MS = 10000 };

void say_rc(const char *what, long rc)
{
    if (rc < 0)
        say("%s=%s", what, strerrorname_np(errno));
    else
        say("%s=%ld", what, rc);
}

void say_bits(const char *what, int revents)
{
    static const struct {
        int bit;
        const char *name;
    } bits[] = {{POLLIN, "IN"},       {POLLPRI, "PRI"}, {POLLOUT, "OUT"},
                {POLLRDHUP, "RDHUP"}, {POLLERR, "ERR"}, {POLLHUP, "HUP"}};
    char text[64] = "";

    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
        if (revents & bits[i].bit) {
            strcat(text, text[0] ? "|" : "");
            strcat(text, bits[i].name);
        }
    say("%s=%s", what, text[0] ? text : "none");
}

_Noreturn void give_up(const char *what)
{
    say("FAILED:%s:%s", what, strerrorname_np(errno));
    _exit(0);
}

const char *unique(const char *stem)
{
    static char name[40];

    snprintf(name, sizeof(name), "%s-%d-%lx", stem, (int)getpid(), (unsigned long)now_ms());
    return name;
}

int tcp_socket(void)
{
    int fd = socket(conf.family, SOCK_STREAM, 0);

    if (fd < 0)
        give_up("socket");
    return fd;
}

int udp_socket(void)
{
    int fd = socket(conf.family, SOCK_DGRAM, 0);

    if (fd < 0)
        give_up("socket");
    return fd;
}

static int peer_script(const char *script)
{
    char text[512];
    int fd = tcp_socket();
    int n = snprintf(text, sizeof(text), "%s\n", script);

    if (join(fd, conf.peer) < 0)
        give_up("peer");
    if (write(fd, text, (size_t)n) != n)
        give_up("script");
    return fd;
}

int peer_open(const char *script, ...)
{
    char text[480];
    va_list ap;

    va_start(ap, script);
    vsnprintf(text, sizeof(text), script, ap);
    va_end(ap);
    return peer_script(text);
}

static const char *answer(int fd)
{
    static char text[128];
    size_t used = 0;
    ssize_t n;

    while (used + 1 < sizeof(text) && (n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
        used += (size_t)n;
    text[used] = '\0';
    text[strcspn(text, "\n")] = '\0';
    close(fd);
    return text;
}

const char *peer_ask(const char *name)
{
    return answer(peer_open("ask %s", name));
}

void peer_set(const char *name)
{
    answer(peer_open("set %s", name));
}

void say_peer(const char *name, int with_bytes)
{
    const char *text = peer_ask(name);

    if (with_bytes)
        say("peer=[%s]", text);
    else
        say("peer=%.*s %s", (int)strcspn(text, " "), text,
            strstr(text, "intact") ? "intact" : "damaged");
}

struct iovec part(const void *base, size_t len)
{
    return (struct iovec){.iov_base = (void *)(uintptr_t)base, .iov_len = len};
}

int listener(int type_flags, uint16_t *port)
{
    int fd = socket(conf.family, SOCK_STREAM | type_flags, 0);
    struct name sa;

    if (fd < 0 || bind_at(fd, conf.self, 0) < 0 || listen(fd, 64) < 0)
        give_up("listen");
    sa = own_name(fd);
    *port = port_of(&sa);
    return fd;
}

void peer_dial(uint16_t port, const char *script, ...)
{
    char text[480];
    const char *how;
    int n = snprintf(text, sizeof(text), "dial %u; ", port);
    va_list ap;

    va_start(ap, script);
    vsnprintf(text + n, sizeof(text) - (size_t)n, script, ap);
    va_end(ap);
    how = answer(peer_script(text));
    if (strcmp(how, "0") != 0) {
        say("dial=%s", how);
        give_up("dial");
    }
}

int peer_dialled(const char *script)
{
    uint16_t port;
    int fd = listener(0, &port);
    int conn;

    peer_dial(port, "%s", script);
    conn = accept(fd, NULL, NULL);
    if (conn < 0)
        give_up("accept");
    close(fd);
    return conn;
}

int wait_for(int fd, int events)
{
    struct pollfd p = {.fd = fd, .events = (short)events};

    if (poll(&p, 1, WAIT_MS) < 0)
        give_up("poll");
    return p.revents;
}

int bits_of(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP};

    if (poll(&p, 1, 0) < 0)
        give_up("poll");
    return p.revents;
}

int bits_with(int fd, int want)
{
    long end = now_ms() + WAIT_MS;

    while ((bits_of(fd) & want) != want && now_ms() < end)
        usleep(500);
    return bits_of(fd);
}

void wait_bytes(int fd, int n)
{
    long end = now_ms() + WAIT_MS;
    int have = 0;

    while (now_ms() < end && ioctl(fd, FIONREAD, &have) == 0 && have < n)
        usleep(500);
}

void say_stream(int fd, uint64_t n, int with_bytes)
{
    unsigned char buf[16384];
    uint64_t seen = 0;
    int intact = 1;
    const char *end = "full";

    while (seen < n) {
        uint64_t room = n - seen;
        ssize_t got = read(fd, buf, room < sizeof(buf) ? (size_t)room : sizeof(buf));

        if (got <= 0) {
            end = got == 0 ? "eof" : strerrorname_np(errno);
            break;
        }
        intact &= pattern_match(buf, (size_t)got, seen) == (size_t)got;
        seen += (uint64_t)got;
    }
    if (with_bytes)
        say("got=%llu", (unsigned long long)seen);
    say("end=%s %s", end, intact ? "intact" : "damaged");
}

size_t send_pattern(int fd, size_t n, uint64_t from)
{
    unsigned char buf[16384];
    size_t sent = 0;

    while (sent < n) {
        size_t len = n - sent < sizeof(buf) ? n - sent : sizeof(buf);
        ssize_t put;

        pattern_fill(buf, len, from + sent);
        put = send(fd, buf, len, MSG_NOSIGNAL);
        if (put <= 0)
            break;
        sent += (size_t)put;
    }
    return sent;
}

int so_error(int fd)
{
    int err = -1;
    socklen_t len = sizeof(err);

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
        give_up("SO_ERROR");
    return err;
}

void say_so_error(int fd)
{
    int err = so_error(fd);

    say("SO_ERROR=%s", err ? strerrorname_np(err) : "0");
}

void set_int(int fd, int level, int name, int value)
{
    if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
        say("setsockopt(%d,%d)=%s", level, name, strerrorname_np(errno));
}

void pause_ms(int ms)
{
    struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    nanosleep(&ts, NULL);
}

long now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
