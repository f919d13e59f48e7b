/* interpose/filter.h - the seccomp program that says which system calls the supervisor sees. */
#ifndef TARN_INTERPOSE_FILTER_H
#define TARN_INTERPOSE_FILTER_H

/* Install the filter in this thread, for good and for all its children. Returns the notification
 * descriptor (close-on-exec), or a negative errno: -EACCES (no right to: set NO_NEW_PRIVS first),
 * -EBUSY (somebody above us listens already), -EINVAL (a kernel before 5.0). */
int filter_install(void);

#endif
