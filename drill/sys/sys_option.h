/* drill/sys/sys_option.h - what the files of socket options share. */
#ifndef TARN_DRILL_SYS_SYS_OPTION_H
#define TARN_DRILL_SYS_SYS_OPTION_H

#include "drill/sys/sys_parts.h"

/* A value for the caller, cut to its room. 0. */
int sys_option_give(void *value, socklen_t *n, const void *from, size_t bytes);
/* The caller's value as a number; -EINVAL when it is too short. */
int sys_option_int(const void *value, socklen_t n, int *out);

/* Those of IPPROTO_TCP that are no plain numbers. sys_option_tcp.c */
int sys_option_tcp_set(struct sys *s, struct sys_socket *so, int name, const void *value,
                       socklen_t n);
int sys_option_tcp_get(const struct sys *s, const struct sys_socket *so, int name, void *value,
                       socklen_t *n);

#endif
