/* sock/error.c - extended errors: what went wrong with which packet, as IP_RECVERR tells it.
 *
 * A socket that asks for it gets every ICMP error about its packets and the errors that sending
 * makes here, one message each: the bytes that were quoted, where they were to go, who says so. The
 * queue is made with the first error. Full, it refuses new ones, as Linux does: the oldest say how
 * it began. While it holds anything the socket shows TARN_ERR; reading it sets the pending error to
 * that of the next one, or clears it. */
#include "base/fixed.h"
#include "core/chunk.h"
#include "core/queue.h"
#include "sock/dgram.h"
#include "sock/layer.h"

struct error_queue {
    struct queue q; /* `bytes` is their true size */
};

/* In the room of a queued message, whose packet begins at its first byte. */
struct error_note {
    struct tarn_addr name;
    struct tarn_error error;
};

_Static_assert(sizeof(struct error_note) <= PKT_RX_ROOM, "a note fits into the room");

void errors_init(struct sock_layer *all)
{
    pool_init(&all->error_pool, sizeof(struct error_queue), 0, UINT32_MAX);
}

static struct error_queue *errors_of(const struct tarn *st, const struct sock *sk)
{
    return ref_ptr(st, sk->errors);
}

void errors_free(struct tarn *st, struct sock *sk)
{
    struct error_queue *e = errors_of(st, sk);
    struct pkt *p;

    if (e == NULL)
        return;
    while ((p = queue_pop(st, &e->q)) != NULL)
        pkt_put(st, p);
    pool_put(st, &sock_layer(st)->error_pool, e);
    sk->errors = 0;
}

bool errors_are_queued(const struct tarn *st, const struct sock *sk)
{
    const struct error_queue *e = errors_of(st, sk);

    return e != NULL && e->q.n > 0;
}

/* The socket's queue, if it takes one more of this size. */
static struct error_queue *errors_with_room(struct tarn *st, struct sock *sk, uint32_t cost)
{
    struct error_queue *e = errors_of(st, sk);
    int64_t limit = 0;

    if (e == NULL) {
        e = pool_get_zeroed(st, &st->arena, &sock_layer(st)->error_pool);
        if (e == NULL)
            return NULL;
        sk->errors = ref_of(st, e);
    }
    (void)sock_proto(sk)->getopt(st, sk, TARN_SO_RCVBUF, &limit);
    if (e->q.n >= st->param[PARAM_SOCK_ERRORS] || (e->q.n > 0 && e->q.bytes + cost > limit))
        return NULL;
    return e;
}

/* A message with these bytes of `from`, which may be NULL. Consumes nothing. */
static void enqueue(struct tarn *st, struct sock *sk, const struct error_note *note,
                    const struct pkt *from, uint32_t at)
{
    uint32_t n = from != NULL ? (uint32_t)sub_sat(pkt_len(from), at) : 0;
    struct pkt *p = pkt_get(st, n > PKT_HEAD_BYTES - PKT_RX_ROOM ? n : 0, PKT_RX_ROOM);
    struct error_queue *e = p != NULL ? errors_with_room(st, sk, pkt_true_bytes(st, p)) : NULL;

    if (e == NULL) {
        st->drop[p != NULL ? DROP_SOCK_QUEUE : DROP_POOL_EMPTY]++;
        if (p != NULL)
            pkt_put(st, p);
        return;
    }
    if (p->chunk != 0)
        p->slice_len = n;
    else
        p->head_len = n;
    if (n > 0)
        (void)pkt_copy_out(st, from, at, p->chunk != 0 ? pkt_slice(st, p) : pkt_head(p), n);
    memcpy(p->head, note, sizeof *note);
    e->q.bytes += pkt_true_bytes(st, p);
    queue_push(st, &e->q, p);
    sock_ready(st, sk, TARN_ERR, 0);
}

void sock_queue_icmp_error(struct tarn *st, struct sock *sk, const struct icmp_error *e,
                           uint16_t port, uint32_t skip)
{
    bool four = tarn_ip_is4(&e->quoted.dst);
    struct error_note note = {
        .name = sock_end(&e->quoted.dst, e->quoted.zone, port),
        .error = {.error = (int16_t)-e->error,
                  .origin = four ? TARN_ERROR_ICMP : TARN_ERROR_ICMP6,
                  .type = e->type,
                  .code = e->code,
                  .info = e->info,
                  .offender = sock_end(&e->from, e->p->port + 1u, 0)},
    };

    enqueue(st, sk, &note, e->p, e->payload_at + skip);
}

void sock_queue_local_error(struct tarn *st, struct sock *sk, int error, uint32_t info,
                            const struct tarn_addr *to)
{
    struct error_note note = {
        .name = *to,
        .error = {.error = (int16_t)-error, .origin = TARN_ERROR_LOCAL, .info = info},
    };

    enqueue(st, sk, &note, NULL, 0);
}

void sock_message_error(struct tarn *st, struct sock *sk, const struct icmp_error *e, uint16_t port,
                        uint32_t skip)
{
    bool wanted = sock_wants_errors(sk, &e->quoted.dst);

    if (wanted)
        sock_queue_icmp_error(st, sk, e, port, skip);
    else if (!e->hard || tarn_ip_is_any(&sk->remote.ip))
        return;
    sock_error(st, sk, e->error);
}

/* The pending error that an entry stands for: local ones have been answered already. */
static int16_t pending_of(const struct pkt *p)
{
    struct error_note note;

    if (p == NULL)
        return 0;
    memcpy(&note, p->head, sizeof note);
    if (note.error.origin == TARN_ERROR_LOCAL)
        return 0;
    return (int16_t)-note.error.error;
}

/* One has been read: what is pending now is the next one's. */
static void errors_pop(struct tarn *st, struct sock *sk, struct error_queue *e)
{
    struct pkt *p = queue_pop(st, &e->q);
    int16_t next = pending_of(queue_first(st, &e->q));

    if (next != 0 || pending_of(p) != 0)
        sk->error = next;
    e->q.bytes -= pkt_true_bytes(st, p);
    pkt_put(st, p);
    if (e->q.n == 0 && sk->error == 0)
        sock_ready(st, sk, 0, TARN_ERR);
}

void proto_tell_error(struct tarn *st, const struct icmp_error *e, tarn_ns now)
{
    const struct proto *proto = proto_find(st, e->quoted.proto);

    raw_error(st, e, now);
    if (proto != NULL && proto->error != NULL)
        proto->error(st, e, now);
}

long errors_recv(struct tarn *st, struct sock *sk, struct tarn_msg *m)
{
    struct error_queue *e = errors_of(st, sk);
    const struct pkt *p = e != NULL ? queue_first(st, &e->q) : NULL;
    struct error_note note;
    size_t copied;

    if (p == NULL)
        return -TARN_EAGAIN;
    memcpy(&note, p->head, sizeof note);
    copied = dgram_scatter(st, p, m);
    m->out_flags = TARN_MSG_ERRQUEUE | (copied < pkt_len(p) ? TARN_MSG_TRUNC : 0);
    if (m->name != NULL)
        *m->name = note.name;
    if (m->info != NULL) {
        m->info->has = TARN_INFO_ERROR;
        m->info->error = note.error;
    }
    errors_pop(st, sk, e);
    return (long)copied;
}
