/* The other side of the socket conformance run: a server that behaves as it is told.
 *
 * usage: sockpeer ADDRESS PORT
 *
 * The first line of every TCP connection is a script: steps separated by ';'. Each connection is
 * served by a process of its own, so that steps may block. Where a behaviour must be triggered
 * or observed from outside the connection (a reset towards a client that writes nothing), two
 * connections meet over named notes in shared memory: `wait NAME` and `set NAME`, or
 * `tag NAME; drain` and `ask NAME`. With `dial PORT` the peer connects back to whoever asked and
 * goes on with the script there.
 *
 * PORT + 1 takes connections but never accepts. UDP on PORT answers datagrams by their first
 * byte, see udp_answer(). */
#include "pattern.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "prog/address.h"

enum { NOTES = 4096, NAME_MAX_BYTES = 48, STEP_LIMIT_MS = 20000 };

/* One named note. Written once: `text` before `name_hash`, which is what readers look for. */
struct note {
    char name[NAME_MAX_BYTES];
    char text[NAME_MAX_BYTES];
    volatile int filled;
};

struct board {
    volatile unsigned used;
    struct note note[NOTES];
};

struct session {
    int fd;
    struct address from;
    char tag[NAME_MAX_BYTES];
    uint64_t sent, received;
    int intact; /* every byte received so far continued the pattern */
};

static struct board *board;
static struct address own;

static void note_put(const char *name, const char *text)
{
    unsigned slot = __atomic_fetch_add(&board->used, 1, __ATOMIC_SEQ_CST) % NOTES;
    struct note *n = &board->note[slot];

    n->filled = 0;
    snprintf(n->name, sizeof(n->name), "%s", name);
    snprintf(n->text, sizeof(n->text), "%s", text);
    __atomic_store_n(&n->filled, 1, __ATOMIC_SEQ_CST);
}

static const struct note *note_find(const char *name)
{
    for (unsigned i = 0; i < NOTES; i++)
        if (board->note[i].filled && strcmp(board->note[i].name, name) == 0)
            return &board->note[i];
    return NULL;
}

/* Waits until somebody wrote the note; NULL when nobody did within the step limit. */
static const struct note *note_wait(const char *name)
{
    for (int ms = 0; ms < STEP_LIMIT_MS; ms++) {
        const struct note *n = note_find(name);

        if (n)
            return n;
        usleep(1000);
    }
    return NULL;
}

/* Writes the note of a tagged connection; readers find the first one. */
static void report(struct session *s, const char *end)
{
    char text[NAME_MAX_BYTES];

    snprintf(text, sizeof(text), "%s %llu %s", end, (unsigned long long)s->received,
             s->intact ? "intact" : "DAMAGED");
    if (s->tag[0])
        note_put(s->tag, text);
}

static void step_send(struct session *s, const char *arg)
{
    unsigned char buf[16384];
    size_t left = strtoul(arg, NULL, 10);

    while (left > 0) {
        size_t n = left < sizeof(buf) ? left : sizeof(buf);
        ssize_t put;

        pattern_fill(buf, n, s->sent);
        put = send(s->fd, buf, n, MSG_NOSIGNAL);
        if (put <= 0) {
            report(s, strerrorname_np(errno));
            return;
        }
        s->sent += (size_t)put;
        left -= (size_t)put;
    }
}

/* `bytes N`: N segments of one byte each. */
static void step_bytes(struct session *s, const char *arg)
{
    int on = 1;

    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    for (unsigned long n = strtoul(arg, NULL, 10); n > 0; n--)
        step_send(s, "1");
}

/* Receives up to `limit` bytes; returns what ended it: "eof", an errno name or "full". */
static const char *receive(struct session *s, uint64_t limit)
{
    unsigned char buf[65536];

    while (limit > 0) {
        size_t n = limit < sizeof(buf) ? (size_t)limit : sizeof(buf);
        ssize_t got = recv(s->fd, buf, n, 0);

        if (got == 0)
            return "eof";
        if (got < 0)
            return strerrorname_np(errno);
        if (pattern_match(buf, (size_t)got, s->received) != (size_t)got)
            s->intact = 0;
        s->received += (size_t)got;
        limit -= (size_t)got;
    }
    return "full";
}

static void step_recv(struct session *s, const char *arg)
{
    const char *end = receive(s, strtoul(arg, NULL, 10));

    if (strcmp(end, "full") != 0)
        report(s, end);
}

static void step_drain(struct session *s, const char *arg)
{
    (void)arg;
    report(s, receive(s, UINT64_MAX));
}

static void step_echo(struct session *s, const char *arg)
{
    char buf[65536];
    ssize_t got;

    (void)arg;
    while ((got = recv(s->fd, buf, sizeof(buf), 0)) > 0)
        for (ssize_t put = 0; put < got;) {
            ssize_t n = send(s->fd, buf + put, (size_t)(got - put), MSG_NOSIGNAL);

            if (n <= 0)
                return;
            put += n;
        }
}

static void step_sleep(struct session *s, const char *arg)
{
    (void)s;
    usleep((useconds_t)strtoul(arg, NULL, 10) * 1000);
}

static void step_fin(struct session *s, const char *arg)
{
    (void)arg;
    shutdown(s->fd, SHUT_WR);
}

static void step_reset(struct session *s, const char *arg)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};

    (void)arg;
    setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(s->fd);
    s->fd = -1;
}

static void step_oob(struct session *s, const char *arg)
{
    (void)arg;
    send(s->fd, "!", 1, MSG_OOB | MSG_NOSIGNAL);
}

/* Where the urgent byte stands, and which it is, as the note `arg`. */
static void step_urgent(struct session *s, const char *arg)
{
    struct pollfd p = {.fd = s->fd, .events = POLLPRI};
    char text[NAME_MAX_BYTES] = "none", urgent = 0, byte;
    int at = 0, before = 0;

    if (poll(&p, 1, STEP_LIMIT_MS / 4) == 1 && recv(s->fd, &urgent, 1, MSG_OOB) == 1) {
        while (ioctl(s->fd, SIOCATMARK, &at) == 0 && at == 0 && recv(s->fd, &byte, 1, 0) == 1)
            before++;
        snprintf(text, sizeof text, "%c behind %d", urgent, before);
    }
    note_put(arg, text);
}

static void step_rcvbuf(struct session *s, const char *arg)
{
    int bytes = atoi(arg);

    setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static void step_tag(struct session *s, const char *arg)
{
    snprintf(s->tag, sizeof(s->tag), "%s", arg);
}

static void step_set(struct session *s, const char *arg)
{
    note_put(arg, "set");
    send(s->fd, "set\n", 4, MSG_NOSIGNAL);
}

static void step_wait(struct session *s, const char *arg)
{
    (void)s;
    note_wait(arg);
}

static void step_ask(struct session *s, const char *arg)
{
    const struct note *n = note_wait(arg);
    char line[NAME_MAX_BYTES + 1];
    int len = snprintf(line, sizeof(line), "%s\n", n ? n->text : "nothing 0 intact");

    send(s->fd, line, (size_t)len, MSG_NOSIGNAL);
}

/* `dial PORT`: connects back, tells the asking connection how that went, goes on there. */
static void step_dial(struct session *s, const char *arg)
{
    struct address to = s->from;
    int fd = address_socket(&to, SOCK_STREAM | SOCK_CLOEXEC);
    const char *how = "0\n";

    to.name.four.sin_port = htons((uint16_t)strtoul(arg, NULL, 10)); /* where sin6_port is too */
    if (connect(fd, &to.name.any, to.len) < 0)
        how = strerrorname_np(errno);
    send(s->fd, how, strlen(how), MSG_NOSIGNAL);
    close(s->fd);
    s->fd = fd;
    s->sent = 0;
}

/* `name PORT`: tells the port of the connection's far end as this side sees it. */
static void step_name(struct session *s, const char *arg)
{
    char line[64];
    char ip[INET6_ADDRSTRLEN] = "?";
    char port[8] = "?";
    int len;

    (void)arg;
    getnameinfo(&s->from.name.any, s->from.len, ip, sizeof(ip), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
    len = snprintf(line, sizeof(line), "%s %s\n", ip, port);
    send(s->fd, line, (size_t)len, MSG_NOSIGNAL);
}

static const struct step {
    const char *name;
    void (*run)(struct session *s, const char *arg);
} steps[] = {
    {"send", step_send}, {"bytes", step_bytes},   {"recv", step_recv}, {"drain", step_drain},
    {"echo", step_echo}, {"sleep", step_sleep},   {"fin", step_fin},   {"reset", step_reset},
    {"oob", step_oob},   {"urgent", step_urgent}, {"tag", step_tag},   {"rcvbuf", step_rcvbuf},
    {"set", step_set},   {"wait", step_wait},     {"ask", step_ask},   {"dial", step_dial},
    {"name", step_name},
};

static void run_step(struct session *s, char *text)
{
    const char *arg = "";
    char *space;

    text += strspn(text, " ");
    space = strchr(text, ' ');
    if (space) {
        *space = '\0';
        arg = space + 1;
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (strcmp(steps[i].name, text) == 0) {
            steps[i].run(s, arg);
            return;
        }
    fprintf(stderr, "sockpeer: unknown step '%s'\n", text);
}

/* Reads the script byte by byte: what follows it belongs to the steps. */
static int read_script(int fd, char *line, size_t size)
{
    size_t n = 0;

    while (n + 1 < size && recv(fd, line + n, 1, 0) == 1) {
        if (line[n] == '\n') {
            line[n] = '\0';
            return 1;
        }
        n++;
    }
    return 0;
}

static void serve(int fd, struct address from)
{
    struct session s = {.fd = fd, .from = from, .intact = 1};
    char line[512];
    char *at = line;
    char *step;

    if (!read_script(fd, line, sizeof(line)))
        return;
    while (s.fd >= 0 && (step = strsep(&at, ";")))
        run_step(&s, step);
    if (s.fd >= 0)
        close(s.fd);
}

/* By first byte: E echo; L the length as text; Z an empty datagram; C `C N` N datagrams of
 * sizes 1..N; O the same bytes from another port. */
static void udp_answer(int fd, char *buf, size_t n, const struct address *from)
{
    const struct sockaddr *to = &from->name.any;
    char text[32];
    int other;

    switch (n ? buf[0] : 'L') {
    case 'L':
        n = (size_t)snprintf(text, sizeof(text), "%zu", n);
        sendto(fd, text, n, 0, to, from->len);
        break;
    case 'Z': sendto(fd, buf, 0, 0, to, from->len); break;
    case 'C':
        buf[n] = '\0';
        for (int i = 1, count = atoi(buf + 1); i <= count; i++)
            sendto(fd, buf, (size_t)i, 0, to, from->len);
        break;
    case 'O':
        other = address_socket(from, SOCK_DGRAM);
        sendto(other, buf, n, 0, to, from->len);
        close(other);
        break;
    default: sendto(fd, buf, n, 0, to, from->len); break;
    }
}

static void serve_udp(void)
{
    static char buf[65536];
    int fd = address_socket(&own, SOCK_DGRAM);

    if (bind(fd, &own.name.any, own.len) < 0) {
        perror("sockpeer: bind udp");
        _exit(1);
    }
    for (;;) {
        struct address from = {.len = sizeof(from.name)};
        ssize_t n = recvfrom(fd, buf, sizeof(buf) - 1, 0, &from.name.any, &from.len);

        if (n >= 0)
            udp_answer(fd, buf, (size_t)n, &from);
    }
}

static int listen_at(uint16_t port, int backlog)
{
    struct address at = own;
    int fd = address_socket(&at, SOCK_STREAM | SOCK_CLOEXEC);
    int on = 1;

    at.name.four.sin_port = htons(port); /* where sin6_port is too */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &at.name.any, at.len) < 0 || listen(fd, backlog) < 0) {
        perror("sockpeer: listen");
        exit(1);
    }
    return fd;
}

static pid_t child(void)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
    }
    return pid;
}

int main(int argc, char **argv)
{
    uint16_t port;
    int fd;

    if (argc != 3 || !address_read(&own, argv[1], argv[2])) {
        fputs("usage: sockpeer ADDRESS PORT\n", stderr);
        return 2;
    }
    port = (uint16_t)strtoul(argv[2], NULL, 10);
    board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        return 1;
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    fd = listen_at(port, 1024);
    listen_at((uint16_t)(port + 1), 1024);
    if (child() == 0)
        serve_udp();
    for (;;) {
        struct address from = {.len = sizeof(from.name)};
        int conn = accept4(fd, &from.name.any, &from.len, SOCK_CLOEXEC);

        if (conn < 0)
            continue;
        if (child() == 0) {
            close(fd);
            serve(conn, from);
            _exit(0);
        }
        close(conn);
    }
}
