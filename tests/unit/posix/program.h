/* tests/unit/posix/program.h - a program as posix/ sees it, without seccomp: requests are made by
 * hand, the program's descriptors live in this process, and answers can be made to come too late.
 * Both ends of every connection are on the stack's own loopback. */
#ifndef TARN_TESTS_UNIT_POSIX_PROGRAM_H
#define TARN_TESTS_UNIT_POSIX_PROGRAM_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "posix/posix.h"
#include "tests/unit/rig.h"

static tarn_ns program_now;

struct program {
    struct rig rig;
    struct posix *px;
    struct posix_server server;
    bool late, late_held;   /* the next answer, or that of a held call, does not arrive */
    bool powerless;         /* it has no capabilities */
    bool catches;           /* it has handlers for signals */
    uint64_t token;         /* of the last request */
    bool held;              /* it sleeps */
    int64_t result;         /* of the last answer */
    struct posix_reply got; /* the last answer */
    uint8_t data[POSIX_DATA_MAX];
};

static inline tarn_ns program_clock(void)
{
    return program_now;
}

/* What the supervisor does with an answer: install descriptors, remember the rest. */
static inline int program_deliver(struct program *p, struct posix_reply *r)
{
    if (p->late) {
        p->late = false;
        return -ENOENT;
    }
    if (r->give >= 0)
        r->given = dup(r->give);
    if (r->replace >= 0)
        r->given = dup(r->replace);
    p->got = *r;
    p->result = r->give >= 0 ? r->given : r->result;
    if (r->data != NULL)
        memcpy(p->data, r->data, r->data_len);
    return 0;
}

static inline int program_answer(void *ctx, uint64_t token, struct posix_reply *r)
{
    struct program *p = ctx;
    int err;

    p->late = p->late_held;
    p->late_held = false;
    err = program_deliver(p, r);
    if (token == p->token)
        p->held = false;
    return err;
}

static inline uint64_t program_cookie(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof cookie;

    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

static inline int program_borrow(void *ctx, int32_t thread, int32_t fd, uint64_t cookie)
{
    (void)ctx;
    (void)thread;
    return program_cookie(fd) == cookie ? dup(fd) : -EBADF;
}

static inline bool program_waiting(void *ctx, uint64_t token)
{
    (void)ctx;
    return token != 0;
}

static inline bool program_catches(void *ctx, int32_t thread)
{
    (void)thread;
    return ((struct program *)ctx)->catches;
}

static inline bool program_capable(void *ctx, int32_t thread, int capability)
{
    (void)thread;
    (void)capability;
    return !((struct program *)ctx)->powerless;
}

static inline void program_open(struct program *p)
{
    struct posix_config cfg = {.clock = program_clock};

    memset(p, 0, sizeof *p);
    rig_open(&p->rig, 1);
    program_now = p->rig.now;
    cfg.stack = p->rig.st;
    cfg.host = (struct posix_host){.ctx = p,
                                   .answer = program_answer,
                                   .borrow = program_borrow,
                                   .waiting = program_waiting,
                                   .catches = program_catches,
                                   .capable = program_capable};
    CHECK_EQ(posix_init(&p->px, &cfg), 0);
    p->server = posix_server(p->px);
}

/* Let stack and pairs work until both are quiet. */
static inline void program_turn(struct program *p)
{
    struct pollfd ready = {.fd = posix_fd(p->px), .events = POLLIN};
    struct tarn_event ev;
    bool busy = true;

    for (unsigned turns = 0; busy && turns < 1000; turns++) {
        busy = poll(&ready, 1, 0) > 0 || posix_deadline(p->px) <= program_now + 1;
        program_now += 1000;
        p->rig.now = program_now;
        tarn_tick(p->rig.st, program_now);
        posix_service(p->px, program_now);
        posix_tick(p->px, program_now);
        rig_drain(&p->rig);
        while (tarn_event(p->rig.st, &ev)) {
            posix_event(p->px, &ev, program_now);
            busy = true;
        }
        busy = busy || tarn_deadline(p->rig.st) <= program_now;
    }
}

/* Time passes, and whatever waits for it happens. */
static inline void program_wait(struct program *p, tarn_ns ns)
{
    program_now += ns;
    program_turn(p);
}

/* Make a request; the result, or 1 << 20 when the call sleeps. */
enum { PROGRAM_SLEEPS = 1 << 20 };

static inline int64_t program_request(struct program *p, int fd, struct posix_request *q)
{
    struct posix_reply r = POSIX_REPLY_INIT;
    enum posix_verdict verdict;

    q->from = (struct posix_caller){.token = ++p->token, .thread = 1, .fd = fd, .end = fd};
    if (fd >= 0) {
        q->from.cookie = program_cookie(fd);
        q->from.nonblock = (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
    }
    verdict = p->server.request(p->server.ctx, q, &r);
    p->held = verdict == POSIX_HOLD;
    CHECK(verdict != POSIX_PASS);
    if (p->held)
        return PROGRAM_SLEEPS;
    p->server.done(p->server.ctx, q, &r, program_deliver(p, &r) == 0);
    return p->result;
}

static inline int program_socket(struct program *p, int type)
{
    struct posix_request q = {.call = POSIX_SOCKET, .args = {AF_INET, type, 0}};

    return (int)program_request(p, -1, &q);
}

static inline struct posix_address program_name(uint16_t port)
{
    struct posix_address a = {.len = sizeof(struct sockaddr_in)};
    struct sockaddr_in sin = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    memcpy(&a.storage, &sin, sizeof sin);
    return a;
}

static inline int64_t program_named(struct program *p, int fd, enum posix_call call, uint16_t port)
{
    struct posix_request q = {.call = call, .address = program_name(port)};

    return program_request(p, fd, &q);
}

static inline int64_t program_call(struct program *p, int fd, enum posix_call call, int arg)
{
    struct posix_request q = {
        .call = call, .args = {arg}, .room = POSIX_DATA_MAX, .wants_name = true};

    return program_request(p, fd, &q);
}

static inline int program_so_error(struct program *p, int fd)
{
    struct posix_request q = {
        .call = POSIX_GETSOCKOPT, .args = {SOL_SOCKET, SO_ERROR}, .room = sizeof(int)};
    int err;

    CHECK_EQ(program_request(p, fd, &q), 0);
    memcpy(&err, p->data, sizeof err);
    return err;
}

/* The port that the last reply named. */
static inline uint16_t program_named_port(const struct program *p)
{
    struct sockaddr_in sin;

    memcpy(&sin, &p->got.address.storage, sizeof sin);
    return ntohs(sin.sin_port);
}

static inline int program_poll(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};

    poll(&ready, 1, 0);
    return ready.revents;
}

static inline int program_listen(struct program *p, uint16_t port)
{
    int fd = program_socket(p, SOCK_STREAM);

    CHECK_EQ(program_named(p, fd, POSIX_BIND, port), 0);
    CHECK_EQ(program_call(p, fd, POSIX_LISTEN, 8), 0);
    return fd;
}

/* A connection from a fresh socket to a listening port. */
static inline int program_connect(struct program *p, uint16_t port)
{
    int fd = program_socket(p, SOCK_STREAM | SOCK_NONBLOCK);

    CHECK_EQ(program_named(p, fd, POSIX_CONNECT, port), -EINPROGRESS);
    program_turn(p);
    return fd;
}

/* All descriptors must be closed by now; nothing may be left of their sockets. */
static inline void program_close(struct program *p)
{
    program_wait(p, 2 * RIG_S);
    CHECK_EQ(posix_open(p->px), 0);
    CHECK_EQ(posix_stats(p->px)->sockets_freed, posix_stats(p->px)->sockets_made);
    posix_fini(p->px);
    rig_close(&p->rig);
}

#endif
