/* drill/sys/sys_error.c - the error queue: ICMP's, time stamps of what was sent, and buffers that
 * may be used again.
 *
 * A send that asked for such a message leaves a pledge for its last byte. The stack tells how many
 * bytes of the stream are unacknowledged and unsent; as sys_moved() looks after each step of the
 * world, a pledge is settled at the time at which its byte was sent or acknowledged. As in Linux, a
 * send that joins bytes that wait takes over their time stamp, and neighbouring notices of buffers
 * become one with a range. The stack has copied the bytes, which is what the notices say. */
#include "drill/sys/sys_parts.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef SO_EE_ORIGIN_ZEROCOPY
#define SO_EE_ORIGIN_ZEROCOPY 5
#endif
#ifndef SO_EE_CODE_ZEROCOPY_COPIED
#define SO_EE_CODE_ZEROCOPY_COPIED 1
#endif

enum { STAMPS_OF_SENDING = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE };
enum { STAMPS = STAMPS_OF_SENDING | SOF_TIMESTAMPING_TX_ACK };

/* ---- pledges ---- */

static uint64_t not_yet(const struct sys *s, const struct sys_socket *so, enum tarn_opt opt)
{
    int64_t n = 0;

    return tarn_getopt(sys_stack(s), so->sock, opt, &n) == 0 ? (uint64_t)n : 0;
}

static struct sys_pledge *add(struct sys_socket *so)
{
    struct sys_pledge **p = &so->pledges;

    while (*p != NULL)
        p = &(*p)->next;
    *p = sys_memory(sizeof **p);
    (*p)->end = so->written;
    return *p;
}

/* Time stamps of bytes that still wait, together with those just written. */
static struct sys_pledge *waiting_stamp(const struct sys *s, const struct sys_socket *so,
                                        uint64_t begin)
{
    uint64_t sent = so->written - not_yet(s, so, TARN_SO_NOTSENT);

    for (struct sys_pledge *p = so->pledges; p != NULL; p = p->next)
        if (p->is_stamp && p->end == begin && p->end > sent)
            return p;
    return NULL;
}

static uint64_t last_end(const struct sys_socket *so)
{
    uint64_t end = 0;

    for (const struct sys_pledge *p = so->pledges; p != NULL; p = p->next)
        if (p->is_stamp)
            end = p->end;
    return end;
}

void sys_pledge(struct sys *s, struct sys_socket *so, bool zerocopy)
{
    struct sys_pledge *p;

    if (zerocopy)
        add(so)->id = so->n_zerocopy++;
    if ((so->stamping & STAMPS) == 0)
        return;
    p = waiting_stamp(s, so, last_end(so));
    if (p == NULL)
        p = add(so);
    p->end = so->written;
    p->is_stamp = true;
    p->id = (uint32_t)(so->written - so->stamp_base - 1);
}

/* ---- what becomes of them ---- */

static struct sys_error *tail(struct sys_socket *so)
{
    struct sys_error *e = so->errors;

    while (e != NULL && e->next != NULL)
        e = e->next;
    return e;
}

static void queue(struct sys_socket *so, const struct sys_error *e)
{
    struct sys_error *last = tail(so), *made = sys_memory(sizeof *made);

    *made = *e;
    if (last == NULL)
        so->errors = made;
    else
        last->next = made;
}

static void stamp(const struct sys *s, struct sys_socket *so, const struct sys_pledge *p,
                  uint32_t kind)
{
    struct sys_error e = {.error = ENOMSG,
                          .info = kind,
                          .origin = SO_EE_ORIGIN_TIMESTAMPING,
                          .stamp = sys_now(s),
                          .cut = (so->stamping & SOF_TIMESTAMPING_OPT_TSONLY) == 0};

    if ((so->stamping & SOF_TIMESTAMPING_OPT_ID) != 0)
        e.data = p->id;
    queue(so, &e);
}

static void buffer_free(struct sys_socket *so, uint32_t id)
{
    struct sys_error *last = tail(so);

    if (last != NULL && last->origin == SO_EE_ORIGIN_ZEROCOPY && last->data + 1 == id)
        last->data = id;
    else
        queue(so, &(struct sys_error){.origin = SO_EE_ORIGIN_ZEROCOPY,
                                      .code = SO_EE_CODE_ZEROCOPY_COPIED,
                                      .info = id,
                                      .data = id});
}

static void was_sent(const struct sys *s, struct sys_socket *so, struct sys_pledge *p)
{
    p->sent = true;
    if (p->is_stamp && (so->stamping & SOF_TIMESTAMPING_TX_SCHED) != 0)
        stamp(s, so, p, SCM_TSTAMP_SCHED);
    if (p->is_stamp && (so->stamping & SOF_TIMESTAMPING_TX_SOFTWARE) != 0)
        stamp(s, so, p, SCM_TSTAMP_SND);
}

static void was_acknowledged(const struct sys *s, struct sys_socket *so, const struct sys_pledge *p)
{
    if (!p->is_stamp)
        buffer_free(so, p->id);
    else if ((so->stamping & SOF_TIMESTAMPING_TX_ACK) != 0)
        stamp(s, so, p, SCM_TSTAMP_ACK);
}

void sys_pledges_settle(struct sys *s, struct sys_socket *so)
{
    struct sys_pledge **at = &so->pledges, *p;
    uint64_t acked, sent;
    bool any = false;

    if (so->pledges == NULL)
        return;
    acked = so->written - not_yet(s, so, TARN_SO_NWRITE);
    sent = so->written - not_yet(s, so, TARN_SO_NOTSENT);
    while ((p = *at) != NULL) {
        if (!p->sent && p->end <= sent)
            was_sent(s, so, p);
        if (p->end > acked) {
            at = &p->next;
            continue;
        }
        was_acknowledged(s, so, p);
        any = true;
        *at = p->next;
        free(p);
    }
    if (any)
        so->seen.errors = false; /* a new message wakes though there were others */
}

/* ---- reading ---- */

static void put_stamp(struct msghdr *m, size_t room, tarn_ns t)
{
    struct timespec stamps[3] = {
        {.tv_sec = (time_t)(t / 1000000000u), .tv_nsec = (long)(t % 1000000000u)}};

    sys_cmsg_put(m, room, SOL_SOCKET, SCM_TIMESTAMPING, stamps, sizeof stamps);
}

/* An extended error, and behind it who has sent it. */
static void put_error(const struct sys_socket *so, struct msghdr *m, size_t room,
                      const struct sock_extended_err *e, const struct tarn_addr *offender)
{
    struct {
        struct sock_extended_err e;
        struct sockaddr_in6 from;
    } data = {.e = *e};
    bool is6 = so->domain == AF_INET6;
    socklen_t n = is6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

    if (offender != NULL)
        sys_name_write(so, offender, &data.from, &n);
    sys_cmsg_put(m, room, is6 ? SOL_IPV6 : SOL_IP, is6 ? IPV6_RECVERR : IP_RECVERR, &data,
                 sizeof data.e + n);
}

/* The stack's own: ICMP errors. */
static int64_t recv_from_stack(struct sys *s, struct sys_socket *so, struct msghdr *m)
{
    struct tarn_addr to;
    struct tarn_info info = {.has = 0};
    struct tarn_msg in = {.flags = TARN_MSG_ERRQUEUE, .name = &to, .info = &info};
    struct tarn_iov *iov = sys_iov_from(m->msg_iov, m->msg_iovlen, 0, &in.n_iov);
    struct sock_extended_err e;
    size_t room = m->msg_controllen;
    long got;

    in.iov = iov;
    got = tarn_recvmsg(sys_stack(s), so->sock, &in, sys_now(s));
    free(iov);
    if (got < 0)
        return got == -TARN_EOPNOTSUPP ? -EAGAIN : got;
    e = (struct sock_extended_err){.ee_errno = (uint32_t)info.error.error,
                                   .ee_origin = info.error.origin,
                                   .ee_type = info.error.type,
                                   .ee_code = info.error.code,
                                   .ee_info = info.error.info};
    m->msg_controllen = 0;
    m->msg_flags |= MSG_ERRQUEUE | ((in.out_flags & TARN_MSG_TRUNC) != 0 ? MSG_TRUNC : 0);
    sys_name_write(so, &to, m->msg_name, &m->msg_namelen);
    put_error(so, m, room, &e, &info.error.offender);
    return got;
}

int64_t sys_error_recv(struct sys *s, struct sys_socket *so, struct msghdr *m)
{
    struct sys_error *e = so->errors;
    size_t room = m->msg_controllen;
    struct sock_extended_err out;

    if (e == NULL)
        return recv_from_stack(s, so, m);
    out = (struct sock_extended_err){.ee_errno = e->error,
                                     .ee_origin = e->origin,
                                     .ee_code = e->code,
                                     .ee_info = e->info,
                                     .ee_data = e->data};
    m->msg_controllen = 0;
    m->msg_namelen = 0;
    m->msg_flags |= MSG_ERRQUEUE | (e->cut ? MSG_TRUNC : 0);
    if (e->stamp != 0 && (so->stamping & SOF_TIMESTAMPING_SOFTWARE) != 0)
        put_stamp(m, room, e->stamp);
    put_error(so, m, room, &out, NULL);
    so->errors = e->next;
    free(e);
    return 0;
}

void sys_errors_free(struct sys_socket *so)
{
    struct sys_error *e;
    struct sys_pledge *p;

    while ((e = so->errors) != NULL) {
        so->errors = e->next;
        free(e);
    }
    while ((p = so->pledges) != NULL) {
        so->pledges = p->next;
        free(p);
    }
}
