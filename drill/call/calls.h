/* drill/call/calls.h - what the files of calls share. A script's arguments become Linux's,
 * drill/sys/ answers, and what it has written into them is compared with what the script says. */
#ifndef TARN_DRILL_CALL_CALLS_H
#define TARN_DRILL_CALL_CALLS_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "drill/run.h"

typedef int64_t call_fn(struct drill_run *r, const struct drill_call *call,
                        struct drill_pending *p);

/* The nth argument, from 0; NULL (and a failure) when there is none. */
const struct drill_value *call_arg(struct drill_run *r, const struct drill_call *call, unsigned n);
/* A number; 0 (and a failure) when it is none. */
int64_t call_number(struct drill_run *r, const struct drill_call *call, unsigned n);
/* A member of a struct by its name, or NULL. */
const struct drill_value *member_of(const struct drill_value *v, const char *name);
/* The number of a value or, in [5], of a list's first member. */
int64_t member_number(const struct drill_value *v);

/* `...` (*a stays what it is), AF_UNSPEC, or a struct of AF_INET, AF_INET6. The address's length;
 * 0: none is given, or a failure. */
socklen_t call_address(struct drill_run *r, const struct drill_value *v, struct tarn_addr a,
                       struct sockaddr_storage *out);

/* What a call returns that has made a descriptor: the number that the script gives it, which may be
 * one that is in use, and is lost then. */
int64_t call_made(struct drill_run *r, int64_t fd, const struct drill_value *name);
/* The descriptor of a number of the script's; -1: there is none. */
int call_fd(const struct drill_run *r, int64_t number);

/* Packets of the connection that descriptor fd has begun are the script's from now on; false: it
 * has no ports yet. */
bool call_connecting(struct drill_run *r, int fd, uint16_t peer_port);
/* Datagrams to and from this port of the peer are the script's from now on. */
void call_talking(struct drill_run *r, uint16_t peer_port);

/* calls_msg.c: write, send, sendto, writev, sendmsg, sendfile; read, recv, recvfrom, readv,
 * recvmsg, splice */
call_fn play_write, play_send, play_sendto, play_writev, play_sendmsg, play_sendfile;
call_fn play_read, play_recv, play_recvfrom, play_readv, play_recvmsg, play_splice;

/* calls_cmsg.c: how many bytes the ancillary messages of the script take; at most `room`. */
size_t call_control_bytes(struct drill_run *r, const struct drill_value *control, size_t room);
/* Are these the flags and ancillary messages that the script wants? */
bool call_check_msg(struct drill_run *r, const struct drill_value *want, const struct msghdr *m);

/* calls_poll.c */
call_fn play_poll, play_epoll_create, play_epoll_ctl, play_epoll_wait;

/* sockopt.c */
call_fn play_setsockopt, play_getsockopt;

#endif
