/* sock/ready.c - readiness: bits, events and pending errors. */
#include "sock/layer.h"

/* Are there two directions that an error ends? */
static bool is_stream(const struct sock *sk)
{
    return sk->type == TARN_STREAM;
}

void sock_ready(struct tarn *st, struct sock *sk, unsigned set, unsigned clear)
{
    unsigned before = sk->ready;

    sk->ready = (uint8_t)((before & ~clear) | set);
    if ((sk->flags & (SOCK_DEAD | SOCK_QUEUED)) != 0)
        return;
    if ((set & (~before | TARN_IN)) != 0 && !list_has(&st->events, sk))
        list_push_back(st, &st->events, sk);
}

void sock_error(struct tarn *st, struct sock *sk, int error)
{
    sk->error = (int16_t)error;
    sock_ready(st, sk, TARN_ERR | (is_stream(sk) ? TARN_IN | TARN_OUT : 0), 0);
}

int sock_take_error(struct tarn *st, struct sock *sk)
{
    int error = sk->error;

    sk->error = 0;
    if (!errors_are_queued(st, sk))
        sock_ready(st, sk, 0, TARN_ERR);
    return error;
}

bool tarn_event(struct tarn *st, struct tarn_event *out)
{
    struct sock *sk = list_pop_front(st, &st->events);

    *out = (struct tarn_event){.kind = TARN_EVENT_SOCKET};
    if (sk != NULL) {
        out->ready = sk->ready;
        out->sock = sock_handle(sk);
        out->user = sk->user;
        return true;
    }
    if (st->memory_event) {
        st->memory_event = false;
        out->kind = TARN_EVENT_MEMORY;
        return true;
    }
    if (!st->control_event)
        return false;
    st->control_event = false;
    out->kind = TARN_EVENT_CONTROL;
    return true;
}

unsigned tarn_ready(const struct tarn *st, tarn_sock s)
{
    const struct sock *sk = sock_find(st, s);

    return sk != NULL ? sk->ready : TARN_ERR | TARN_HUP;
}
