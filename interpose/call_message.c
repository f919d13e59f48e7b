/* interpose/call_message.c - sendmsg, recvmsg and their many-message forms: scattered bytes, names
 * and ancillary data of the program's struct msghdr. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "interpose/call.h"
#include "interpose/memory.h"

struct message {
    struct msghdr head;
    struct iovec v[MEMORY_VECTORS];
    size_t total;
};

bool call_is_many(const struct trap *t)
{
    return t->nr == SYS_sendmmsg || t->nr == SYS_recvmmsg;
}

uint32_t call_at_most(uint64_t n)
{
    return n < POSIX_DATA_MAX ? (uint32_t)n : POSIX_DATA_MAX;
}

/* The header is where argument 1 points. */
static uint64_t header_at(const struct trap *t)
{
    return t->arg[1] + t->index * sizeof(struct mmsghdr);
}

static int flags_of(const struct trap *t)
{
    return (int)(call_is_many(t) ? t->arg[3] : t->arg[2]);
}

/* Nothing but bytes: what the pair carries by itself. A stream's message has no ancillary data of
 * ours, and the pair carries descriptors; whether a datagram has come with some, the server knows.
 */
static bool is_plain(const struct trap *t, const struct msghdr *head)
{
    bool sends = t->nr == SYS_sendmsg || t->nr == SYS_sendmmsg;
    bool with_control = head->msg_control != NULL && head->msg_controllen > 0;

    return head->msg_name == NULL && (t->type == SOCK_STREAM || (sends && !with_control));
}

/* Flags that the pair cannot carry out alone: urgent bytes must be expected. */
static bool is_special(const struct trap *t)
{
    bool sends = t->nr == SYS_sendmsg || t->nr == SYS_sendmmsg;

    return (flags_of(t) & (sends ? MSG_OOB : MSG_ERRQUEUE)) != 0;
}

/* Of many messages, only the first decides that all are plain. */
static int read_header(const struct trap *t, struct message *m)
{
    if (call_is_many(t) && t->arg[2] == 0)
        return CALL_PASS;
    if (memory_read(t->thread, header_at(t), &m->head, sizeof m->head) != 0)
        return -EFAULT;
    if (is_plain(t, &m->head) && t->index == 0 && !is_special(t))
        return CALL_PASS;
    return memory_vectors(t->thread, (uintptr_t)m->head.msg_iov, m->head.msg_iovlen, m->v,
                          &m->total);
}

/* ---- sending ---- */

static size_t min_len(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A longer name is cut, as Linux does here (but not in sendto). */
static int read_destination(const struct trap *t, const struct msghdr *head,
                            struct posix_address *name)
{
    if (head->msg_name == NULL || head->msg_namelen == 0)
        return 0;
    if ((int)head->msg_namelen < 0)
        return -EINVAL;
    return call_read_name(t->thread, (uintptr_t)head->msg_name,
                          min_len(head->msg_namelen, sizeof name->storage), name);
}

/* Ancillary data lie behind the bytes. */
static int read_control(const struct trap *t, const struct msghdr *head, struct posix_request *q,
                        uint8_t *buffer)
{
    if (head->msg_control == NULL || t->type == SOCK_STREAM)
        return 0;
    if (head->msg_controllen > POSIX_CONTROL_MAX)
        return -ENOBUFS;
    q->control = buffer + POSIX_DATA_MAX;
    q->control_len = (uint32_t)head->msg_controllen;
    return memory_read(t->thread, (uintptr_t)head->msg_control, buffer + POSIX_DATA_MAX,
                       head->msg_controllen);
}

int call_read_sendmsg(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    struct message m;
    int err = read_header(t, &m);

    if (err != 0)
        return err;
    if (m.total > POSIX_DATA_MAX && t->type != SOCK_STREAM)
        return -EMSGSIZE;
    err = read_destination(t, &m.head, &q->address);
    if (err == 0)
        err = read_control(t, &m.head, q, buffer);
    if (err != 0)
        return err;
    q->args[0] = flags_of(t);
    q->data = buffer;
    q->data_len = call_at_most(m.total);
    return memory_gather(t->thread, m.v, m.head.msg_iovlen, buffer, q->data_len);
}

int call_write_sent_length(const struct trap *t, const struct posix_reply *r)
{
    uint32_t n = (uint32_t)r->result;

    return memory_write(t->thread, header_at(t) + offsetof(struct mmsghdr, msg_len), &n, sizeof n);
}

/* ---- receiving ---- */

int call_read_recvmsg(const struct trap *t, struct posix_request *q, uint8_t *buffer)
{
    struct message m;
    int err = read_header(t, &m);

    (void)buffer;
    if (err != 0)
        return err;
    q->args[0] = flags_of(t);
    q->room = call_at_most(m.total);
    q->wants_name = m.head.msg_name != NULL;
    if (m.head.msg_control != NULL)
        q->control_room = m.head.msg_controllen < POSIX_CONTROL_MAX
                              ? (uint32_t)m.head.msg_controllen
                              : POSIX_CONTROL_MAX;
    return 0;
}

static int write_source(const struct trap *t, struct msghdr *head, const struct posix_address *name)
{
    size_t room = head->msg_namelen < name->len ? head->msg_namelen : name->len;

    if (head->msg_name == NULL)
        return 0;
    head->msg_namelen = name->len;
    return memory_write(t->thread, (uintptr_t)head->msg_name, &name->storage, room);
}

/* What stands there after a call that the pair has carried out, or another thread has changed, is
 * nothing of ours: -EFAULT. */
int call_write_recvmsg(const struct trap *t, const struct posix_reply *r)
{
    struct message m;
    int err = read_header(t, &m);

    if (err != 0)
        return err == CALL_PASS ? -EFAULT : err;
    if (write_source(t, &m.head, &r->address) != 0 ||
        memory_scatter(t->thread, m.v, m.head.msg_iovlen, r->data, r->data_len) != 0 ||
        memory_write(t->thread, (uintptr_t)m.head.msg_control, r->control, r->control_len) != 0)
        return -EFAULT;
    m.head.msg_controllen = r->control_len;
    m.head.msg_flags = r->msg_flags;
    if (memory_write(t->thread, header_at(t), &m.head, sizeof m.head) != 0)
        return -EFAULT;
    return call_is_many(t) ? call_write_sent_length(t, r) : 0;
}
