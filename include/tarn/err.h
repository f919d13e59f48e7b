/* tarn/err.h - error codes of requests: negative returns, numbers equal to Linux's errno.
 *
 * A bad packet is never an error code (see drop.def); a request that cannot be met is. */
#ifndef TARN_ERR_H
#define TARN_ERR_H

enum tarn_err {
    TARN_EPERM = 1,
    TARN_ENOENT = 2,
    TARN_EINTR = 4,
    TARN_EIO = 5,
    TARN_ENXIO = 6,
    TARN_EBADF = 9,
    TARN_EAGAIN = 11,
    TARN_ENOMEM = 12,
    TARN_EACCES = 13,
    TARN_EFAULT = 14,
    TARN_EBUSY = 16,
    TARN_EEXIST = 17,
    TARN_ENODEV = 19,
    TARN_EINVAL = 22,
    TARN_ENOSPC = 28,
    TARN_EPIPE = 32,
    TARN_ERANGE = 34,
    TARN_ENOSYS = 38,
    TARN_EPROTO = 71,
    TARN_EDESTADDRREQ = 89,
    TARN_EMSGSIZE = 90,
    TARN_EPROTOTYPE = 91,
    TARN_ENOPROTOOPT = 92,
    TARN_EPROTONOSUPPORT = 93,
    TARN_EOPNOTSUPP = 95,
    TARN_EAFNOSUPPORT = 97,
    TARN_EADDRINUSE = 98,
    TARN_EADDRNOTAVAIL = 99,
    TARN_ENETDOWN = 100,
    TARN_ENETUNREACH = 101,
    TARN_ECONNABORTED = 103,
    TARN_ECONNRESET = 104,
    TARN_ENOBUFS = 105,
    TARN_EISCONN = 106,
    TARN_ENOTCONN = 107,
    TARN_ETIMEDOUT = 110,
    TARN_ECONNREFUSED = 111,
    TARN_EHOSTUNREACH = 113,
    TARN_EALREADY = 114,
    TARN_EINPROGRESS = 115,
};

#pragma GCC visibility push(default)

/* Given by the embedder, where the core is built with assertions (without NDEBUG): report that
 * `text` did not hold, and stop. libtarn has one that prints and aborts; a program's own takes its
 * place. */
void tarn_assert_fail(const char *file, int line, const char *text) __attribute__((noreturn));

#pragma GCC visibility pop

#endif
