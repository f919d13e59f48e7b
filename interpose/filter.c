/* interpose/filter.c - which system calls of a program are trapped, passed or refused.
 *
 * The filter looks at the call's number and at its scalar arguments only; what it lets pass is
 * carried out by the kernel on the program's own descriptor. close, dup, fork, fcntl, shutdown,
 * read, write and openat are never trapped: a trapped call may fail with EINTR before anybody has
 * seen it, which programs do not expect of those.
 *
 * A call that needs no look at its arguments costs nothing when it passes: the kernel remembers
 * per number that the answer is always ALLOW. */
#include "interpose/filter.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#else
#error "no filter for this architecture"
#endif

/* x86-64 marks calls of its x32 form by this bit; no other machine has such numbers. */
#define X32_CALL 0x40000000u

enum judgement {
    TRAP,      /* always */
    SENDING,   /* trap when argument 4, the address of a name, is not null, or with MSG_OOB */
    RECEIVING, /* the same with a name, or with MSG_WAITALL or MSG_ERRQUEUE in argument 3 */
    BY_FAMILY, /* socket(): by its domain */
    BY_IOCTL,  /* ioctl(): by its request */
    ABSENT,    /* ENOSYS: libraries fall back */
};

static const struct {
    uint32_t nr;
    enum judgement how;
} rules[] = {
    {SYS_socket, BY_FAMILY},      {SYS_bind, TRAP},
    {SYS_listen, TRAP},           {SYS_accept, TRAP},
    {SYS_accept4, TRAP},          {SYS_connect, TRAP},
    {SYS_getsockname, TRAP},      {SYS_getpeername, TRAP},
    {SYS_getsockopt, TRAP},       {SYS_setsockopt, TRAP},
    {SYS_sendto, SENDING},        {SYS_recvfrom, RECEIVING},
    {SYS_sendmsg, TRAP},          {SYS_recvmsg, TRAP},
    {SYS_sendmmsg, TRAP},         {SYS_recvmmsg, TRAP},
    {SYS_ioctl, BY_IOCTL},        {SYS_io_uring_setup, ABSENT},
    {SYS_io_uring_enter, ABSENT}, {SYS_io_uring_register, ABSENT},
};

/* Requests on sockets. FIONREAD and TIOCOUTQ exist on other files too; those come back as "pass".
 * FIONBIO is not here: O_NONBLOCK belongs to the open file, which is the program's own. */
static const uint32_t requests[] = {FIONREAD, TIOCOUTQ, SIOCATMARK, SIOCOUTQNSD};

/* SIOCGIFNAME and its kin, and those of routes and ARP, are one block of numbers. */
enum { REQUEST_FIRST = 0x890b, REQUEST_LAST = 0x89ff };

enum { CODE_MAX = 128 };

struct code {
    unsigned n;
    struct sock_filter op[CODE_MAX];
};

static void emit(struct code *c, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
    if (c->n < CODE_MAX)
        c->op[c->n] = (struct sock_filter){code, if_true, if_false, k};
    c->n++;
}

static void load(struct code *c, size_t offset)
{
    emit(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* Low and high half of an argument; both machines are little-endian. */
static void load_low(struct code *c, unsigned arg)
{
    load(c, offsetof(struct seccomp_data, args) + 8 * arg);
}

static void load_high(struct code *c, unsigned arg)
{
    load(c, offsetof(struct seccomp_data, args) + 8 * arg + 4);
}

static void answer(struct code *c, uint32_t action)
{
    emit(c, BPF_RET | BPF_K, action, 0, 0);
}

static void answer_if_equal(struct code *c, uint32_t value, uint32_t action)
{
    emit(c, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(c, action);
}

static void judge_family(struct code *c)
{
    load_low(c, 0);
    answer_if_equal(c, AF_UNIX, SECCOMP_RET_ALLOW);
    answer_if_equal(c, AF_ALG, SECCOMP_RET_ALLOW);
    answer_if_equal(c, AF_INET, SECCOMP_RET_USER_NOTIF);
    answer_if_equal(c, AF_INET6, SECCOMP_RET_USER_NOTIF);
    answer_if_equal(c, AF_NETLINK, SECCOMP_RET_USER_NOTIF);
    answer(c, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
}

static void judge_ioctl(struct code *c)
{
    load_low(c, 1);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        answer_if_equal(c, requests[i], SECCOMP_RET_USER_NOTIF);
    emit(c, BPF_JMP | BPF_JGE | BPF_K, REQUEST_FIRST, 1, 0);
    answer(c, SECCOMP_RET_ALLOW);
    emit(c, BPF_JMP | BPF_JGT | BPF_K, REQUEST_LAST, 1, 0);
    answer(c, SECCOMP_RET_USER_NOTIF);
    answer(c, SECCOMP_RET_ALLOW);
}

static void judge_name(struct code *c)
{
    load_low(c, 4);
    emit(c, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
    answer(c, SECCOMP_RET_USER_NOTIF);
    load_high(c, 4);
    answer_if_equal(c, 0, SECCOMP_RET_ALLOW);
    answer(c, SECCOMP_RET_USER_NOTIF);
}

static void judge_flags(struct code *c, uint32_t flags)
{
    load_low(c, 3);
    emit(c, BPF_JMP | BPF_JSET | BPF_K, flags, 0, 1);
    answer(c, SECCOMP_RET_USER_NOTIF);
    judge_name(c);
}

static void judge(struct code *c, enum judgement how)
{
    switch (how) {
    case TRAP: answer(c, SECCOMP_RET_USER_NOTIF); break;
    case SENDING: judge_flags(c, MSG_OOB); break;
    case RECEIVING: judge_flags(c, MSG_WAITALL | MSG_ERRQUEUE); break;
    case BY_FAMILY: judge_family(c); break;
    case BY_IOCTL: judge_ioctl(c); break;
    case ABSENT: answer(c, SECCOMP_RET_ERRNO | ENOSYS); break;
    }
}

static void build(struct code *c)
{
    c->n = 0;
    load(c, offsetof(struct seccomp_data, arch));
    emit(c, BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0);
    answer(c, SECCOMP_RET_ERRNO | ENOSYS);
    load(c, offsetof(struct seccomp_data, nr));
    emit(c, BPF_JMP | BPF_JGE | BPF_K, X32_CALL, 0, 1);
    answer(c, SECCOMP_RET_ERRNO | ENOSYS);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        unsigned at = c->n;

        emit(c, BPF_JMP | BPF_JEQ | BPF_K, rules[i].nr, 0, 0);
        judge(c, rules[i].how);
        if (c->n <= CODE_MAX)
            c->op[at].jf = (uint8_t)(c->n - at - 1);
    }
    answer(c, SECCOMP_RET_ALLOW);
}

int filter_install(void)
{
    struct code c;
    struct sock_fprog program;
    long fd;

    build(&c);
    if (c.n > CODE_MAX)
        return -E2BIG;
    program = (struct sock_fprog){(unsigned short)c.n, c.op};
    fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    return fd < 0 ? -errno : (int)fd;
}
