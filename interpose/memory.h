/* interpose/memory.h - bytes of another process.
 *
 * A thread id may have been given to another process meanwhile: who reads must check afterwards
 * that the notification is still valid, who writes, before. All return 0 or -EFAULT. */
#ifndef TARN_INTERPOSE_MEMORY_H
#define TARN_INTERPOSE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

int memory_read(pid_t thread, uint64_t from, void *to, size_t n);
int memory_write(pid_t thread, uint64_t to, const void *from, size_t n);

/* The program's scatter list: n vectors at `list`, and the sum of their lengths. -EINVAL as the
 * kernel's, -EMSGSIZE: more than MEMORY_VECTORS. */
enum { MEMORY_VECTORS = 1024 };
int memory_vectors(pid_t thread, uint64_t list, size_t n, struct iovec *out, size_t *total);

/* n bytes from or to the program's vectors, in order. */
int memory_gather(pid_t thread, const struct iovec *v, size_t n_vectors, void *to, size_t n);
int memory_scatter(pid_t thread, const struct iovec *v, size_t n_vectors, const void *from,
                   size_t n);

#endif
