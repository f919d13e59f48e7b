/* interpose/peer.h - descriptors of other processes, taken for an instant.
 *
 * Threads that call often keep a pidfd here; a dead thread's is noticed (ESRCH) and replaced, so a
 * thread id that was given away again does no harm. */
#ifndef TARN_INTERPOSE_PEER_H
#define TARN_INTERPOSE_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PEER_SLOTS = 64 };

struct peers {
    struct peer {
        pid_t thread;
        int pidfd;
    } slot[PEER_SLOTS];
};

void peers_init(struct peers *ps);
void peers_fini(struct peers *ps);

/* A copy of the thread's descriptor `fd`: the caller closes it. A negative errno: -EBADF (it has no
 * such descriptor), -EPERM (a process that may not be looked into), -ESRCH (gone). */
int peer_descriptor(struct peers *ps, pid_t thread, int fd);

/* SO_COOKIE of an open socket; 0: not a socket. */
uint64_t peer_cookie(int fd);

/* Has the thread's descriptor `fd` the close-on-exec mark? */
int peer_is_cloexec(pid_t thread, int fd);

/* Has the thread the capability in its effective set? */
bool peer_is_capable(pid_t thread, int capability);

/* Has the thread's process handlers for signals? */
bool peer_catches_signals(pid_t thread);

#endif
