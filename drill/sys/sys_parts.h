/* drill/sys/sys_parts.h - what the files of this folder share: the table and its entries. */
#ifndef TARN_DRILL_SYS_SYS_PARTS_H
#define TARN_DRILL_SYS_SYS_PARTS_H

#include <errno.h>
#include <netinet/in.h>

#include "drill/sys/sys.h"
#include "tarn/tarn.h"

enum sys_kind { SYS_NONE, SYS_SOCKET, SYS_EPOLL, SYS_PIPE };

/* A message of the error queue: struct sock_extended_err, and a time stamp where it is one. */
struct sys_error {
    struct sys_error *next;
    uint32_t error, info, data;
    uint8_t origin, code;
    tarn_ns stamp; /* of SO_EE_ORIGIN_TIMESTAMPING */
    bool cut;      /* the message had bytes, of which none is shown: MSG_TRUNC */
};

/* Bytes whose fate is told: [.., end) of what the socket has sent. */
struct sys_pledge {
    struct sys_pledge *next;
    uint64_t end;
    uint32_t id;
    bool is_stamp, sent; /* a time stamp's; it has left the host */
};

/* What can be seen of a socket from outside; what is new in it wakes waiters. */
struct sys_look {
    unsigned ready;    /* enum tarn_ready */
    uint64_t received; /* bytes in order */
    bool errors;
};

struct sys_socket {
    tarn_sock sock;
    int domain, type, protocol;
    bool connecting; /* connect() has not told its end */
    bool opening;    /* a send waits, and the handshake is not over */
    bool zerocopy, inq;
    uint32_t n_zerocopy;               /* sends so far: the next one's number */
    uint32_t stamping;                 /* SOF_TIMESTAMPING_* */
    uint64_t stamp_base;               /* where the stream was when they were asked for */
    uint64_t written;                  /* bytes of the stream */
    tarn_ns receive_limit, send_limit; /* SO_RCVTIMEO, SO_SNDTIMEO; 0: none */
    struct sys_pledge *pledges;
    struct sys_error *errors;
    struct sys_look seen;
};

/* One of an epoll descriptor's interests. */
struct sys_interest {
    struct sys_interest *next;
    int fd;
    struct epoll_event ev;
    bool woken; /* since it was last told; edge-triggered */
};

struct sys_pipe_buffer {
    unsigned ends;
    size_t first, n;
    uint8_t bytes[65536];
};

struct sys_file {
    enum sys_kind kind;
    int flags; /* O_ACCMODE, O_NONBLOCK */
    struct sys_socket *so;
    struct sys_interest *interests;
    struct sys_pipe_buffer *pipe;
};

struct sys {
    struct sys_config cfg;
    struct sys_file files[SYS_FILES];
    int n_files; /* none at or above it */
};

static inline struct tarn *sys_stack(const struct sys *s)
{
    return sim_host_stack(s->cfg.host);
}

static inline tarn_ns sys_now(const struct sys *s)
{
    return s->cfg.world->now;
}

/* ---- sys_file.c ---- */

/* NULL: there is none. */
struct sys_file *sys_file(struct sys *s, int fd);
/* The socket of a descriptor; else NULL, and *err is -EBADF or -ENOTSOCK. */
struct sys_socket *sys_socket_at(struct sys *s, int fd, int64_t *err);
/* A descriptor, or -errno. */
int64_t sys_file_new(struct sys *s, enum sys_kind kind, int flags, struct sys_file **out);
void sys_file_drop(struct sys *s, int fd);
/* Zeroed memory; a process that gets none ends. */
void *sys_memory(size_t n);

/* May the call wait (for at most `limit`, 0: for ever)? SYS_WAITS, or -EAGAIN. */
int64_t sys_would_wait(struct sys *s, bool nonblocking, tarn_ns limit, struct sys_wait *w);

/* The stack was used: the socket may look otherwise, and unless it was `in_vain` (EAGAIN), there
 * may be something to send. A call that waits must not move the world. */
void sys_used(struct sys *s, struct sys_socket *so, bool in_vain);

/* ---- sys_name.c ---- */

/* -EINVAL, -EAFNOSUPPORT. */
int sys_name_read(const struct sys_socket *so, const struct sockaddr *a, socklen_t n,
                  struct tarn_addr *out);
/* As much as *n allows; *n is its whole length then. */
void sys_name_write(const struct sys_socket *so, const struct tarn_addr *in, void *a, socklen_t *n);

/* ---- sys_error.c: time stamps, zero copy, the error queue ---- */

/* A send of the socket has taken bytes up to so->written. */
void sys_pledge(struct sys *s, struct sys_socket *so, bool zerocopy);
/* Told are those that have been sent or acknowledged. */
void sys_pledges_settle(struct sys *s, struct sys_socket *so);
int64_t sys_error_recv(struct sys *s, struct sys_socket *so, struct msghdr *m);
void sys_errors_free(struct sys_socket *so);

/* Append one ancillary message, or set MSG_CTRUNC. `used` is how much is there already. */
void sys_cmsg_put(struct msghdr *m, size_t room, int level, int type, const void *data, size_t n);

/* ---- sys_poll.c ---- */

/* EPOLL* (equal to POLL*) bits of a descriptor as of now. */
unsigned sys_ready(struct sys *s, int fd);

/* ---- sys_epoll.c ---- */

/* What has woken descriptor fd: EPOLL* bits. */
void sys_wake(struct sys *s, int fd, unsigned events);
bool sys_epoll_is_ready(struct sys *s, struct sys_file *f);
void sys_interests_free(struct sys_file *f);
void sys_interest_drop(struct sys *s, int fd);

/* ---- sys_send.c ---- */

size_t sys_iov_bytes(const struct iovec *v, size_t n);
/* Has a piece that is not empty no memory? */
bool sys_iov_is_bad(const struct iovec *v, size_t n);
/* What readv and writev are of: enum sys_kind of the file, its n pieces in *m; -EBADF, -EINVAL. */
int sys_vector(struct sys *s, int fd, const struct iovec *v, int n, struct msghdr *m);
/* The pieces without their first `skip` bytes; the caller frees them. */
struct tarn_iov *sys_iov_from(const struct iovec *v, size_t n, size_t skip, unsigned *n_out);

/* ---- sys_pipe.c ---- */

int64_t sys_pipe_write(struct sys *s, int fd, const struct msghdr *m, struct sys_wait *w);
int64_t sys_pipe_read(struct sys *s, int fd, const struct msghdr *m, struct sys_wait *w);
unsigned sys_pipe_events(const struct sys_file *f);

#endif
