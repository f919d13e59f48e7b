/* interpose/call.c - one row per system call: how its arguments become a request, and where its
 * reply goes. */
#include "interpose/call.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "interpose/memory.h"

/* The longest option value that is carried; all known ones are shorter. */
enum { OPTION_MAX = 4096 };

struct row {
    int nr;
    enum posix_call call;
    int (*read)(const struct trap *t, struct posix_request *q, uint8_t *buffer);
    int (*write)(const struct trap *t, const struct posix_reply *r);
};

/* ---- names ---- */

static int read_name(pid_t thread, uint64_t at, uint64_t len, struct posix_address *name)
{
    if (len > sizeof name->storage)
        return -EINVAL;
    name->len = (socklen_t)len;
    return memory_read(thread, at, &name->storage, name->len);
}

/* As the kernel: cut to the program's room, and tell the full length. */
static int write_name(pid_t thread, uint64_t at, uint64_t at_len, const struct posix_address *name)
{
    int room;
    size_t n;

    if (memory_read(thread, at_len, &room, sizeof room) != 0)
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    n = name->len < (socklen_t)room ? name->len : (size_t)room;
    if (memory_write(thread, at, &name->storage, n) != 0)
        return -EFAULT;
    return memory_write(thread, at_len, &name->len, sizeof name->len);
}

static int write_name_at_1(const struct trap *t, const struct posix_reply *r)
{
    return write_name(t->thread, t->arg[1], t->arg[2], &r->address);
}

/* accept's name is not wanted where it is null; getsockname's is a bad address then. */
static int write_name_if_wanted(const struct trap *t, const struct posix_reply *r)
{
    return t->arg[1] == 0 ? 0 : write_name_at_1(t, r);
}

static int write_nothing(const struct trap *t, const struct posix_reply *r)
{
    (void)t;
    (void)r;
    return 0;
}

/* ---- calls of scalars and names ---- */

static int read_socket(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    (void)buffer;
    for (unsigned i = 0; i < 3; i++)
        q->args[i] = (int)t->arg[i];
    return 0;
}

static int read_named(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    (void)buffer;
    if ((int)t->arg[2] < 0)
        return -EINVAL;
    return read_name(t->thread, t->arg[1], (uint32_t)t->arg[2], &q->address);
}

static int read_listen(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    (void)buffer;
    q->args[0] = (int)t->arg[1];
    return 0;
}

static int read_accept(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    (void)buffer;
    q->args[0] = t->nr == SYS_accept4 ? (int)t->arg[3] : 0;
    return 0;
}

static int read_plain(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    (void)t;
    (void)q;
    (void)buffer;
    return 0;
}

/* ---- options ---- */

static int read_getsockopt(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    int room;

    (void)buffer;
    q->args[0] = (int)t->arg[1];
    q->args[1] = (int)t->arg[2];
    if (memory_read(t->thread, t->arg[4], &room, sizeof room) != 0)
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    q->room = (uint32_t)room;
    return 0;
}

static int write_getsockopt(const struct trap *t, const struct posix_reply *r)
{
    if (memory_write(t->thread, t->arg[3], r->data, r->data_len) != 0)
        return -EFAULT;
    return memory_write(t->thread, t->arg[4], &r->data_len, sizeof r->data_len);
}

static int read_setsockopt(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    q->args[0] = (int)t->arg[1];
    q->args[1] = (int)t->arg[2];
    if ((int)t->arg[4] < 0 || t->arg[4] > OPTION_MAX)
        return -EINVAL;
    q->data = buffer;
    q->data_len = (uint32_t)t->arg[4];
    return memory_read(t->thread, t->arg[3], buffer, q->data_len);
}

/* Requests on an interface carry a struct ifreq both ways; the others give one int. */
static int read_ioctl(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    uint32_t request = (uint32_t)t->arg[1];

    q->args[0] = (int)request;
    if (request < SIOCGIFNAME || request == SIOCGIFCONF || request == SIOCOUTQNSD)
        return 0;
    q->data = buffer;
    q->data_len = sizeof(struct ifreq);
    return memory_read(t->thread, t->arg[2], buffer, q->data_len);
}

static int write_ioctl(const struct trap *t, const struct posix_reply *r)
{
    return memory_write(t->thread, t->arg[2], r->data, r->data_len);
}

/* ---- messages with a name ---- */

static uint32_t at_most(uint64_t n)
{
    return n < POSIX_DATA_MAX ? (uint32_t)n : POSIX_DATA_MAX;
}

static int read_sendto(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    int err;

    if (t->arg[2] > POSIX_DATA_MAX && t->type != SOCK_STREAM)
        return -EMSGSIZE;
    if ((int)t->arg[5] < 0)
        return -EINVAL;
    err = read_name(t->thread, t->arg[4], (uint32_t)t->arg[5], &q->address);
    if (err != 0)
        return err;
    q->args[0] = (int)t->arg[3];
    q->data = buffer;
    q->data_len = at_most(t->arg[2]);
    return memory_read(t->thread, t->arg[1], buffer, q->data_len);
}

static int read_recvfrom(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    (void)buffer;
    q->args[0] = (int)t->arg[3];
    q->room = at_most(t->arg[2]);
    return 0;
}

static int write_recvfrom(const struct trap *t, const struct posix_reply *r)
{
    if (memory_write(t->thread, t->arg[1], r->data, r->data_len) != 0)
        return -EFAULT;
    return t->arg[4] == 0 ? 0 : write_name(t->thread, t->arg[4], t->arg[5], &r->address);
}

/* sendmsg, recvmsg and their many-message forms: the header is where argument 1 points. */
struct message {
    struct msghdr head;
    struct iovec v[MEMORY_VECTORS];
    size_t total;
};

static bool is_many(const struct trap *t)
{
    return t->nr == SYS_sendmmsg || t->nr == SYS_recvmmsg;
}

static uint64_t header_at(const struct trap *t)
{
    return t->arg[1] + t->index * sizeof(struct mmsghdr);
}

/* Of many messages, only the first decides that none has a name. */
static int read_header(const struct trap *t, struct message *m)
{
    if (memory_read(t->thread, header_at(t), &m->head, sizeof m->head) != 0)
        return -EFAULT;
    if (m->head.msg_name == NULL && t->index == 0)
        return CALL_PASS;
    return memory_vectors(t->thread, (uintptr_t)m->head.msg_iov, m->head.msg_iovlen, m->v,
                          &m->total);
}

static int message_flags(const struct trap *t)
{
    return (int)(is_many(t) ? t->arg[3] : t->arg[2]);
}

static int read_sendmsg(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    struct message m;
    int err = is_many(t) && t->arg[2] == 0 ? CALL_PASS : read_header(t, &m);

    if (err != 0)
        return err;
    if (m.total > POSIX_DATA_MAX && t->type != SOCK_STREAM)
        return -EMSGSIZE;
    err = read_name(t->thread, (uintptr_t)m.head.msg_name, m.head.msg_namelen, &q->address);
    if (err != 0)
        return err;
    q->args[0] = message_flags(t);
    q->data = buffer;
    q->data_len = at_most(m.total);
    return memory_gather(t->thread, m.v, m.head.msg_iovlen, buffer, q->data_len);
}

static int write_sent_length(const struct trap *t, const struct posix_reply *r)
{
    uint32_t n = (uint32_t)r->result;

    return memory_write(t->thread, header_at(t) + offsetof(struct mmsghdr, msg_len), &n, sizeof n);
}

static int read_recvmsg(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    struct message m;
    int err = is_many(t) && t->arg[2] == 0 ? CALL_PASS : read_header(t, &m);

    (void)buffer;
    if (err != 0)
        return err;
    q->args[0] = message_flags(t);
    q->room = at_most(m.total);
    return 0;
}

static int write_recvmsg(const struct trap *t, const struct posix_reply *r)
{
    struct message m;
    size_t room;
    int err = read_header(t, &m);

    if (err != 0)
        return err == CALL_PASS ? -EFAULT : err;
    room = m.head.msg_namelen < r->address.len ? m.head.msg_namelen : r->address.len;
    if (memory_write(t->thread, (uintptr_t)m.head.msg_name, &r->address.storage, room) != 0 ||
        memory_scatter(t->thread, m.v, m.head.msg_iovlen, r->data, r->data_len) != 0)
        return -EFAULT;
    m.head.msg_namelen = r->address.len;
    m.head.msg_controllen = 0;
    m.head.msg_flags = r->msg_flags;
    if (memory_write(t->thread, header_at(t), &m.head, sizeof m.head) != 0)
        return -EFAULT;
    return is_many(t) ? write_sent_length(t, r) : 0;
}

/* ---- the table ---- */

static const struct row rows[] = {
    {SYS_socket, POSIX_SOCKET, read_socket, write_nothing},
    {SYS_bind, POSIX_BIND, read_named, write_nothing},
    {SYS_listen, POSIX_LISTEN, read_listen, write_nothing},
    {SYS_accept, POSIX_ACCEPT, read_accept, write_name_if_wanted},
    {SYS_accept4, POSIX_ACCEPT, read_accept, write_name_if_wanted},
    {SYS_connect, POSIX_CONNECT, read_named, write_nothing},
    {SYS_getsockname, POSIX_GETSOCKNAME, read_plain, write_name_at_1},
    {SYS_getpeername, POSIX_GETPEERNAME, read_plain, write_name_at_1},
    {SYS_getsockopt, POSIX_GETSOCKOPT, read_getsockopt, write_getsockopt},
    {SYS_setsockopt, POSIX_SETSOCKOPT, read_setsockopt, write_nothing},
    {SYS_ioctl, POSIX_IOCTL, read_ioctl, write_ioctl},
    {SYS_sendto, POSIX_SEND, read_sendto, write_nothing},
    {SYS_recvfrom, POSIX_RECV, read_recvfrom, write_recvfrom},
    {SYS_sendmsg, POSIX_SEND, read_sendmsg, write_nothing},
    {SYS_sendmmsg, POSIX_SEND, read_sendmsg, write_sent_length},
    {SYS_recvmsg, POSIX_RECV, read_recvmsg, write_recvmsg},
    {SYS_recvmmsg, POSIX_RECV, read_recvmsg, write_recvmsg},
};

static const struct row *find(int nr)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].nr == nr)
            return &rows[i];
    }
    return NULL;
}

/* The flags of a receiving call. */
static uint64_t receive_flags(const struct trap *t)
{
    return t->nr == SYS_recvmsg ? t->arg[2] : t->arg[3];
}

int call_read(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    const struct row *row = find(t->nr);

    if (row == NULL)
        return CALL_PASS;
    q->call = row->call;
    if (row->call == POSIX_RECV) {
        /* The error queue is empty; on the pair the flag would mean nothing, and the call wait. */
        if ((receive_flags(t) & MSG_ERRQUEUE) != 0)
            return -EAGAIN;
        /* A stream's bytes come without a name, from the pair as from TCP; recv(MSG_WAITALL) must
         * be kept from taking a reset away with the bytes before it. */
        if (t->type == SOCK_STREAM && (t->nr != SYS_recvfrom || (t->arg[3] & MSG_WAITALL) == 0))
            return CALL_PASS;
        /* A datagram is always whole. */
        if (t->type != SOCK_STREAM && t->nr == SYS_recvfrom && t->arg[4] == 0)
            return CALL_PASS;
    }
    return row->read(t, q, buffer);
}

unsigned call_messages(const struct trap *t)
{
    if (!is_many(t) || t->type == SOCK_STREAM)
        return 1;
    return t->arg[2] < UIO_MAXIOV ? (unsigned)t->arg[2] : UIO_MAXIOV; /* as Linux does */
}

int call_write(const struct trap *t, const struct posix_reply *r)
{
    const struct row *row = find(t->nr);

    return row == NULL || r->result < 0 ? 0 : row->write(t, r);
}

int64_t call_result(const struct trap *t, const struct posix_reply *r)
{
    return is_many(t) && r->result >= 0 ? 1 : r->result;
}
