/* drill/sys/sys_pipe.c - pipes, and what moves bytes between descriptors: splice, sendfile. */
#include "drill/sys/sys_parts.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PIPE_BYTES = sizeof((struct sys_pipe_buffer *)0)->bytes };

/* ---- pipes ---- */

int64_t sys_pipe(struct sys *s, int fds[2])
{
    struct sys_pipe_buffer *b = sys_memory(sizeof *b);
    struct sys_file *f;

    for (int i = 0; i < 2; i++) {
        int64_t fd = sys_file_new(s, SYS_PIPE, i == 0 ? O_RDONLY : O_WRONLY, &f);

        if (fd < 0) {
            if (i == 1)
                sys_file_drop(s, fds[0]);
            return fd;
        }
        f->pipe = b;
        b->ends++;
        fds[i] = (int)fd;
    }
    return 0;
}

unsigned sys_pipe_events(const struct sys_file *f)
{
    bool reads = (f->flags & O_ACCMODE) == O_RDONLY;
    unsigned ready = 0;

    if (reads && f->pipe->n > 0)
        ready |= POLLIN | POLLRDNORM;
    if (!reads && f->pipe->n < PIPE_BYTES)
        ready |= POLLOUT | POLLWRNORM;
    if (f->pipe->ends == 1)
        ready |= reads ? POLLHUP : POLLERR;
    return ready;
}

static size_t put(struct sys_pipe_buffer *b, const uint8_t *bytes, size_t n)
{
    size_t done = 0;

    for (; done < n && b->n < PIPE_BYTES; done++)
        b->bytes[(b->first + b->n++) % PIPE_BYTES] = bytes[done];
    return done;
}

static size_t take(struct sys_pipe_buffer *b, uint8_t *bytes, size_t n)
{
    size_t done = 0;

    for (; done < n && b->n > 0; done++, b->n--) {
        bytes[done] = b->bytes[b->first];
        b->first = (b->first + 1) % PIPE_BYTES;
    }
    return done;
}

int64_t sys_pipe_write(struct sys *s, int fd, const struct msghdr *m, struct sys_wait *w)
{
    struct sys_file *f = sys_file(s, fd);
    size_t skip = (size_t)w->done;
    int64_t err;

    if ((f->flags & O_ACCMODE) != O_WRONLY)
        return -EBADF;
    if (f->pipe->ends == 1)
        return -EPIPE;
    for (size_t i = 0; i < m->msg_iovlen; i++) {
        size_t n = m->msg_iov[i].iov_len, at = n < skip ? n : skip;

        skip -= at;
        w->done += (int64_t)put(f->pipe, (const uint8_t *)m->msg_iov[i].iov_base + at, n - at);
    }
    if (w->done >= (int64_t)sys_iov_bytes(m->msg_iov, m->msg_iovlen))
        return w->done;
    err = sys_would_wait(s, (f->flags & O_NONBLOCK) != 0, 0, w);
    return err == SYS_WAITS || w->done == 0 ? err : w->done;
}

int64_t sys_pipe_read(struct sys *s, int fd, const struct msghdr *m, struct sys_wait *w)
{
    struct sys_file *f = sys_file(s, fd);
    int64_t done = 0;

    if ((f->flags & O_ACCMODE) != O_RDONLY)
        return -EBADF;
    for (size_t i = 0; i < m->msg_iovlen; i++)
        done += (int64_t)take(f->pipe, m->msg_iov[i].iov_base, m->msg_iov[i].iov_len);
    if (done > 0 || f->pipe->ends == 1 || sys_iov_bytes(m->msg_iov, m->msg_iovlen) == 0)
        return done;
    return sys_would_wait(s, (f->flags & O_NONBLOCK) != 0, 0, w);
}

/* ---- splice ---- */

static struct iovec piece(uint8_t *bytes, size_t n)
{
    return (struct iovec){.iov_base = bytes, .iov_len = n};
}

static bool has_bytes(struct sys *s, int fd)
{
    int n = 0;

    return sys_ioctl(s, fd, SIOCINQ, &n) == 0 && n > 0;
}

/* What the socket has, as far as the pipe has room. At an urgent byte, which only MSG_OOB gets, the
 * call does not wait for what is behind it. */
static int64_t splice_in(struct sys *s, int in, struct sys_pipe_buffer *b, size_t n,
                         struct sys_wait *w)
{
    uint8_t bytes[PIPE_BYTES];
    size_t room = PIPE_BYTES - b->n;
    struct iovec v = piece(bytes, n < room ? n : room);
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    bool any = has_bytes(s, in);
    int64_t got = sys_recvmsg(s, in, &m, 0, w);

    if (got > 0)
        put(b, bytes, (size_t)got);
    return got == SYS_WAITS && any ? 0 : got;
}

/* What the pipe has, as far as the socket takes it. */
static int64_t splice_out(struct sys *s, struct sys_pipe_buffer *b, int out, size_t n,
                          struct sys_wait *w)
{
    uint8_t bytes[PIPE_BYTES];
    struct sys_wait once = {.begun = false};
    struct iovec v;
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    int64_t sent;

    if (b->n == 0)
        return b->ends == 1 ? 0 : sys_would_wait(s, false, 0, w);
    n = n < b->n ? n : b->n;
    for (size_t i = 0; i < n; i++)
        bytes[i] = b->bytes[(b->first + i) % PIPE_BYTES];
    v = piece(bytes, n);
    sent = sys_sendmsg(s, out, &m, MSG_DONTWAIT, &once);
    if (sent == -EAGAIN)
        return sys_would_wait(s, (sys_file(s, out)->flags & O_NONBLOCK) != 0, 0, w);
    if (sent > 0)
        take(b, bytes, (size_t)sent);
    return sent;
}

int64_t sys_splice(struct sys *s, int in, int out, size_t n, unsigned flags, struct sys_wait *w)
{
    struct sys_file *from = sys_file(s, in), *to = sys_file(s, out);

    (void)flags;
    if (from == NULL || to == NULL)
        return -EBADF;
    if (from->kind == SYS_SOCKET && to->kind == SYS_PIPE)
        return (to->flags & O_ACCMODE) == O_WRONLY ? splice_in(s, in, to->pipe, n, w) : -EBADF;
    if (from->kind == SYS_PIPE && to->kind == SYS_SOCKET)
        return (from->flags & O_ACCMODE) == O_RDONLY ? splice_out(s, from->pipe, out, n, w)
                                                     : -EBADF;
    return -EINVAL;
}

/* ---- sendfile ---- */

int64_t sys_sendfile(struct sys *s, int out, int file, off_t *offset, size_t n, struct sys_wait *w)
{
    uint8_t bytes[16384];
    off_t at = offset != NULL ? *offset : lseek(file, 0, SEEK_CUR);
    int64_t before = w->done, sent = 0;

    while ((size_t)w->done < n) {
        size_t part = n - (size_t)w->done < sizeof bytes ? n - (size_t)w->done : sizeof bytes;
        ssize_t got = pread(file, bytes, part, at + (off_t)(w->done - before));
        struct iovec v = piece(bytes, got < 0 ? 0 : (size_t)got);
        struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
        struct sys_wait once = {.begun = false};

        if (got <= 0)
            break;
        sent = sys_sendmsg(s, out, &m, MSG_DONTWAIT, &once);
        if (sent <= 0)
            break;
        w->done += sent;
    }
    if (offset != NULL)
        *offset = at + (off_t)(w->done - before);
    else
        (void)lseek(file, at + (off_t)(w->done - before), SEEK_SET);
    if (sent == -EAGAIN) {
        struct sys_file *f = sys_file(s, out);

        sent = sys_would_wait(s, (f->flags & O_NONBLOCK) != 0, f->so->send_limit, w);
        if (sent == SYS_WAITS)
            return sent;
    }
    return w->done > 0 || sent >= 0 ? w->done : sent;
}
