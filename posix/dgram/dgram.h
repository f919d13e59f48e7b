/* posix/dgram/dgram.h - datagrams: the inside, shared by the files of this folder. */
#ifndef TARN_POSIX_DGRAM_DGRAM_H
#define TARN_POSIX_DGRAM_DGRAM_H

#include "posix/socket.h"

/* ---- origin.c: where the datagrams in the pair came from ---- */

struct origin *origin_first(struct socket *so);
bool origin_is_full(const struct socket *so);

/* Memory that the messages in the pair count as. Origins of what cannot be there are forgotten. */
size_t origin_trim(struct socket *so);

/* Forget exactly those that were read. False: the pair is empty. */
bool origin_sync(struct socket *so, int program_end);
void origin_drop_first(struct socket *so);

/* Put one message into the pair. False: it is lost, as in any full queue. */
bool origin_push(struct socket *so, const void *data, const struct origin *from);

/* ---- control.c: ancillary data ---- */

/* What the program's messages of `len` bytes ask for, into info. 0; -EINVAL: one that Linux would
 * refuse, or that is not carried here; -ENODEV. */
int control_parse(const struct socket *so, const uint8_t *control, uint32_t len,
                  struct tarn_info *info);

/* What the program wants to know of a datagram: r->control, r->control_len, and MSG_CTRUNC. */
void control_tell(struct socket *so, const struct origin *from, uint32_t room,
                  struct posix_reply *r);

/* ---- error.c: errors, and the queue of extended ones ---- */

/* The oldest extended error, as recvmsg(MSG_ERRQUEUE) tells it. */
void error_recv(struct socket *so, const struct posix_request *q, struct posix_reply *r,
                tarn_ns now);

/* An error of the stack that no sleeping call has heard: remember it, and wake who polls. */
void error_push(struct socket *so, int err);

/* ---- alarm.c: POLLERR ---- */

/* Make the program's end poll ERR. What our end has not read is lost. */
void alarm_ring(struct socket *so);

/* ---- dgram_send.c, dgram.c ---- */

/* Describe a datagram whose bytes stand at `data`. */
void dgram_describe(struct socket *so, struct posix_reply *r, const void *data,
                    const struct origin *from, const struct dgram_wish *wish);

/* Sleeping senders, as long as the stack takes something. */
void dgram_send_for_waiters(struct socket *so, tarn_ns now);

#endif
