/* drill/so/so_table.h - what packetdrill's shared-library mode asks of a library: one function that
 * fills a table. The order of the members is the contract.
 *
 * Results are as the system call's of the same name: -1 and errno on failure. */
#ifndef TARN_DRILL_SO_SO_TABLE_H
#define TARN_DRILL_SO_SO_TABLE_H

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

struct packetdrill_table {
    void *userdata; /* the first argument of each */
    void (*free)(void *u);
    int (*socket)(void *u, int domain, int type, int protocol);
    int (*bind)(void *u, int fd, const struct sockaddr *a, socklen_t n);
    int (*listen)(void *u, int fd, int backlog);
    int (*accept)(void *u, int fd, struct sockaddr *a, socklen_t *n);
    int (*connect)(void *u, int fd, const struct sockaddr *a, socklen_t n);
    ssize_t (*read)(void *u, int fd, void *buf, size_t n);
    ssize_t (*readv)(void *u, int fd, const struct iovec *v, int n);
    ssize_t (*recv)(void *u, int fd, void *buf, size_t n, int flags);
    ssize_t (*recvfrom)(void *u, int fd, void *buf, size_t n, int flags, struct sockaddr *a,
                        socklen_t *a_len);
    ssize_t (*recvmsg)(void *u, int fd, struct msghdr *m, int flags);
    ssize_t (*write)(void *u, int fd, const void *buf, size_t n);
    ssize_t (*writev)(void *u, int fd, const struct iovec *v, int n);
    ssize_t (*send)(void *u, int fd, const void *buf, size_t n, int flags);
    ssize_t (*sendto)(void *u, int fd, const void *buf, size_t n, int flags,
                      const struct sockaddr *a, socklen_t a_len);
    ssize_t (*sendmsg)(void *u, int fd, const struct msghdr *m, int flags);
    int (*fcntl)(void *u, int fd, int cmd, ...);
    int (*ioctl)(void *u, int fd, unsigned long request, ...);
    int (*close)(void *u, int fd);
    int (*shutdown)(void *u, int fd, int how);
    int (*getsockopt)(void *u, int fd, int level, int name, void *value, socklen_t *n);
    int (*setsockopt)(void *u, int fd, int level, int name, const void *value, socklen_t n);
    int (*poll)(void *u, struct pollfd *p, nfds_t n, int ms);
    /* A packet of the script for the stack; and the stack's next packet, with its time. */
    int (*netdev_send)(void *u, const void *packet, size_t n);
    int (*netdev_receive)(void *u, void *packet, size_t *n, long long *time_us);
    int (*usleep)(void *u, useconds_t us);
    int (*gettimeofday)(void *u, struct timeval *tv, struct timezone *tz);
    int (*epoll_create)(void *u, int size);
    int (*epoll_ctl)(void *u, int ep, int op, int fd, struct epoll_event *ev);
    int (*epoll_wait)(void *u, int ep, struct epoll_event *ev, int n, int ms);
    int (*pipe)(void *u, int fds[2]);
    int (*splice)(void *u, int in, loff_t *in_at, int out, loff_t *out_at, size_t n,
                  unsigned flags);
};

/* `flags`: see docs/drill.md; may be NULL. Ends the process with status 1 and a reason on standard
 * error when it does not understand them. */
__attribute__((visibility("default"))) void packetdrill_interface_init(
    const char *flags, struct packetdrill_table *table);

#endif
