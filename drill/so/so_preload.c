/* drill/so/so_preload.c - calls that packetdrill makes past the table: given to it when the library
 * is preloaded too. Other descriptors than the library's are the kernel's. */
#include "drill/so/so.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_ours(int fd)
{
    struct so *so = so_instance();

    return so != NULL && sys_has(so->sys, fd);
}

/* TCP_INFO of code blocks. */
__attribute__((visibility("default"))) int getsockopt(int fd, int level, int name,
                                                      void *restrict value, socklen_t *restrict n)
{
    struct so *so = so_instance();

    if (!is_ours(fd))
        return (int)syscall(SYS_getsockopt, fd, level, name, value, n);
    so_enter(so);
    return (int)so_leave(so, sys_getsockopt(so->sys, fd, level, name, value, n));
}

/* The sockets that a script leaves open. */
__attribute__((visibility("default"))) int close(int fd)
{
    return is_ours(fd) ? (int)so_close(so_instance(), fd) : (int)syscall(SYS_close, fd);
}

/* Under the plain name, whatever this file's own <sys/sendfile.h> makes of it: the offset has 64
 * bits in either. */
__attribute__((visibility("default"))) ssize_t so_sendfile(int out, int in, off_t *offset,
                                                           size_t n) __asm__("sendfile");

ssize_t so_sendfile(int out, int in, off_t *offset, size_t n)
{
    struct so *so = so_instance();
    struct sys_wait w = {.begun = false};
    int64_t sent;

    if (!is_ours(out))
        return syscall(SYS_sendfile, out, in, offset, n);
    so_enter(so);
    while ((sent = sys_sendfile(so->sys, out, in, offset, n, &w)) == SYS_WAITS)
        so_wait(so, &w);
    return (ssize_t)so_leave(so, sent);
}
