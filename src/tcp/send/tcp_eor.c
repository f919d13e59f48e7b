/* tcp/send/tcp_eor.c - records in the stream (MSG_EOR), as Linux has them: no segment holds bytes
 * of two.
 *
 * RFC 9293 knows no records; the sender keeps them apart, so that what an application wants to have
 * acknowledged or time-stamped by itself is. The end of a record is the end of a chunk of the send
 * queue, to which nothing is added. A record's last segment goes however small it is, if more
 * stands behind it. */
#include "tcp/send/tcp_send.h"

#include "tcp/tcp_queue.h"

void tcp_eor_set(const struct tarn *st, struct tcp_sock *tc)
{
    struct chunk *last = chunk_at(st, tc->sendq.last);

    if (last == NULL)
        return;
    last->ends = true;
    tc->eor = 1;
}

uint32_t tcp_eor_ahead(const struct tarn *st, const struct tcp_sock *tc)
{
    uint32_t at = tc->sendq.bytes - tcp_unsent(tc), ahead;
    const struct chunk *c = tcp_queue_find(st, &tc->sendq, &at);

    for (ahead = 0 - at; c != NULL; c = chunk_at(st, c->next)) {
        ahead += c->len;
        if (c->ends)
            return ahead;
    }
    return UINT32_MAX;
}

bool tcp_eor_is_at(const struct tarn *st, const struct tcp_sock *tc, tcp_seq end)
{
    uint32_t at = end.v - 1 - tcp_data_start(tc).v;
    const struct chunk *c = tcp_queue_find(st, &tc->sendq, &at);

    return c != NULL && c->ends && at + 1 == c->len;
}
