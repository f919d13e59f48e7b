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

/* Linux's block of ioctls that are about interfaces, routes and ARP ends here. */
enum { INTERFACE_LAST = 0x89ff };

struct row {
    int nr;
    enum posix_call call;
    int (*read)(const struct trap *t, struct posix_request *q, uint8_t *buffer);
    int (*write)(const struct trap *t, const struct posix_reply *r);
};

/* ---- names ---- */

int call_read_name(pid_t thread, uint64_t at, uint64_t len, struct posix_address *name)
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
    return call_read_name(t->thread, t->arg[1], (uint32_t)t->arg[2], &q->address);
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

    q->args[0] = (int)t->arg[1];
    q->args[1] = (int)t->arg[2];
    if (memory_read(t->thread, t->arg[4], &room, sizeof room) != 0)
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    q->room = (uint32_t)room;
    /* Source filters say in the buffer whose they are. */
    q->data = buffer;
    if (room <= OPTION_MAX && memory_read(t->thread, t->arg[3], buffer, q->room) == 0)
        q->data_len = q->room;
    return 0;
}

static int write_getsockopt(const struct trap *t, const struct posix_reply *r)
{
    uint32_t told = r->told != 0 ? r->told : r->data_len;

    if (memory_write(t->thread, t->arg[3], r->data, r->data_len) != 0)
        return -EFAULT;
    return memory_write(t->thread, t->arg[4], &told, sizeof told);
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

/* Requests on an interface carry a struct ifreq both ways, their list a buffer of its own; the
 * others give one int. */
static int read_ifconf(const struct trap *t, struct posix_request *q)
{
    struct ifconf list;

    if (memory_read(t->thread, t->arg[2], &list, sizeof list) != 0)
        return -EFAULT;
    if (list.ifc_len < 0)
        return -EINVAL;
    q->room = list.ifc_buf != NULL ? (uint32_t)list.ifc_len : UINT32_MAX;
    return 0;
}

static int read_ioctl(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    uint32_t request = (uint32_t)t->arg[1];

    q->args[0] = (int)request;
    if (request == SIOCGIFCONF)
        return read_ifconf(t, q);
    if (!call_is_of_interfaces(t) || request < SIOCGIFNAME)
        return 0;
    q->data = buffer;
    q->data_len = sizeof(struct ifreq);
    return memory_read(t->thread, t->arg[2], buffer, q->data_len);
}

static int write_ifconf(const struct trap *t, const struct posix_reply *r)
{
    struct ifconf list;

    if (memory_read(t->thread, t->arg[2], &list, sizeof list) != 0)
        return -EFAULT;
    if (list.ifc_buf != NULL &&
        memory_write(t->thread, (uintptr_t)list.ifc_buf, r->data, r->data_len) != 0)
        return -EFAULT;
    list.ifc_len = (int)r->data_len;
    return memory_write(t->thread, t->arg[2], &list, sizeof list);
}

static int write_ioctl(const struct trap *t, const struct posix_reply *r)
{
    if ((uint32_t)t->arg[1] == SIOCGIFCONF)
        return write_ifconf(t, r);
    return memory_write(t->thread, t->arg[2], r->data, r->data_len);
}

bool call_is_of_interfaces(const struct trap *t)
{
    uint32_t request = (uint32_t)t->arg[1];

    return t->nr == SYS_ioctl && request >= SIOCADDRT && request <= INTERFACE_LAST &&
           request != SIOCOUTQNSD;
}

/* ---- messages with a name ---- */

/* Without a name a message is here for its MSG_OOB, which the server is to hear of. */
static int read_urgent(const struct trap *t, struct posix_request *q)
{
    q->args[0] = (int)t->arg[3];
    return t->type == SOCK_STREAM ? 0 : CALL_PASS;
}

static int read_sendto(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    int err;

    if (t->arg[4] == 0)
        return read_urgent(t, q);
    if (t->arg[2] > POSIX_DATA_MAX && t->type != SOCK_STREAM)
        return -EMSGSIZE;
    if ((int)t->arg[5] < 0 || ((int)t->arg[5] == 0 && t->type != SOCK_STREAM))
        return -EINVAL;
    err = call_read_name(t->thread, t->arg[4], (uint32_t)t->arg[5], &q->address);
    if (err != 0)
        return err;
    q->args[0] = (int)t->arg[3];
    q->data = buffer;
    q->data_len = call_at_most(t->arg[2]);
    return memory_read(t->thread, t->arg[1], buffer, q->data_len);
}

static int read_recvfrom(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    (void)buffer;
    q->args[0] = (int)t->arg[3];
    q->room = call_at_most(t->arg[2]);
    q->wants_name = t->arg[4] != 0;
    return 0;
}

static int write_recvfrom(const struct trap *t, const struct posix_reply *r)
{
    if (memory_write(t->thread, t->arg[1], r->data, r->data_len) != 0)
        return -EFAULT;
    return t->arg[4] == 0 ? 0 : write_name(t->thread, t->arg[4], t->arg[5], &r->address);
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
    {SYS_sendmsg, POSIX_SEND, call_read_sendmsg, write_nothing},
    {SYS_sendmmsg, POSIX_SEND, call_read_sendmsg, call_write_sent_length},
    {SYS_recvmsg, POSIX_RECV, call_read_recvmsg, call_write_recvmsg},
    {SYS_recvmmsg, POSIX_RECV, call_read_recvmsg, call_write_recvmsg},
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
        bool errors = (receive_flags(t) & MSG_ERRQUEUE) != 0;

        /* A stream's error queue is empty; on the pair the flag would mean nothing, and the call
         * wait. */
        if (errors && t->type == SOCK_STREAM)
            return -EAGAIN;
        /* A stream's bytes come without a name, from the pair as from TCP; recv(MSG_WAITALL) must
         * be kept from taking a reset away with the bytes before it. */
        if (t->type == SOCK_STREAM && (t->nr != SYS_recvfrom || (t->arg[3] & MSG_WAITALL) == 0))
            return CALL_PASS;
        /* A datagram is always whole. */
        if (t->type != SOCK_STREAM && t->nr == SYS_recvfrom && t->arg[4] == 0 && !errors)
            return CALL_PASS;
    }
    return row->read(t, q, buffer);
}

unsigned call_messages(const struct trap *t)
{
    if (!call_is_many(t) || t->type == SOCK_STREAM)
        return 1;
    return t->arg[2] < UIO_MAXIOV ? (unsigned)t->arg[2] : UIO_MAXIOV; /* as Linux does */
}

bool call_writes(const struct trap *t)
{
    const struct row *row = find(t->nr);

    return row != NULL && row->write != write_nothing;
}

int call_write(const struct trap *t, const struct posix_reply *r)
{
    const struct row *row = find(t->nr);

    return row == NULL || r->result < 0 ? 0 : row->write(t, r);
}

int64_t call_result(const struct trap *t, const struct posix_reply *r)
{
    return call_is_many(t) && r->result >= 0 ? 1 : r->result;
}
