/* interpose/memory.c - bytes of another process, by process_vm_readv and process_vm_writev. */
#include "interpose/memory.h"

#include <errno.h>
#include <limits.h>

static struct iovec remote(uint64_t at, size_t n)
{
    return (struct iovec){(void *)(uintptr_t)at, n};
}

int memory_read(pid_t thread, uint64_t from, void *to, size_t n)
{
    struct iovec there = remote(from, n);
    struct iovec here = {to, n};

    if (n == 0)
        return 0;
    return process_vm_readv(thread, &here, 1, &there, 1, 0) == (ssize_t)n ? 0 : -EFAULT;
}

int memory_write(pid_t thread, uint64_t to, const void *from, size_t n)
{
    struct iovec there = remote(to, n);
    struct iovec here = {(void *)(uintptr_t)from, n};

    if (n == 0)
        return 0;
    return process_vm_writev(thread, &here, 1, &there, 1, 0) == (ssize_t)n ? 0 : -EFAULT;
}

int memory_vectors(pid_t thread, uint64_t list, size_t n, struct iovec *out, size_t *total)
{
    *total = 0;
    if (n > MEMORY_VECTORS)
        return -EMSGSIZE;
    if (memory_read(thread, list, out, n * sizeof *out) != 0)
        return -EFAULT;
    for (size_t i = 0; i < n; i++) {
        if (out[i].iov_len > SSIZE_MAX - *total)
            return -EINVAL;
        *total += out[i].iov_len;
    }
    return 0;
}

/* How many bytes of the first n one vector takes. */
static size_t share(const struct iovec *v, size_t n)
{
    return v->iov_len < n ? v->iov_len : n;
}

int memory_gather(pid_t thread, const struct iovec *v, size_t n_vectors, void *to, size_t n)
{
    uint8_t *at = to;

    for (size_t i = 0; i < n_vectors && n > 0; i++) {
        size_t part = share(&v[i], n);

        if (memory_read(thread, (uintptr_t)v[i].iov_base, at, part) != 0)
            return -EFAULT;
        at += part;
        n -= part;
    }
    return 0;
}

int memory_scatter(pid_t thread, const struct iovec *v, size_t n_vectors, const void *from,
                   size_t n)
{
    const uint8_t *at = from;

    for (size_t i = 0; i < n_vectors && n > 0; i++) {
        size_t part = share(&v[i], n);

        if (memory_write(thread, (uintptr_t)v[i].iov_base, at, part) != 0)
            return -EFAULT;
        at += part;
        n -= part;
    }
    return 0;
}
