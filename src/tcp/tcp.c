/* tcp/tcp.c - TCP as a transport of the stack (RFC 9293): its table, its state. */
#include "tcp/tcp.h"

#include "tcp/auth/tcp_auth.h"
#include "tcp/close/tcp_close.h"
#include "tcp/open/tcp_open.h"
#include "tcp/tcp_machine.h"
#include "tcp/user/tcp_user.h"

static bool tcp_layer_init(struct tarn *st)
{
    struct tcp_layer *l = layer_alloc(st, LAYER_TCP, sizeof *l);

    if (l == NULL)
        return false;
    pool_init(&l->actives, sizeof(struct tcp_active), 0, UINT32_MAX);
    pool_init(&l->extras, sizeof(struct tcp_extra), 0, UINT32_MAX);
    pool_init(&l->recs, sizeof(struct tcp_rec), 0, UINT32_MAX);
    pool_init(&l->runs, sizeof(struct tcp_run), 0, UINT32_MAX);
    pool_init(&l->requests, sizeof(struct tcp_request), 0, UINT32_MAX);
    pool_init(&l->time_waits, sizeof(struct tcp_time_wait), 0, UINT32_MAX);
    pool_init(&l->penalties, sizeof(struct tcp_penalty), 0, UINT32_MAX);
    pool_init(&l->metrics_pool, sizeof(struct tcp_metrics), 0, UINT32_MAX);
    hash_init(&l->metrics, offsetof(struct tcp_metrics, node));
    list_init(&l->metrics_used, offsetof(struct tcp_metrics, link));
    pool_init(&l->listeners, sizeof(struct tcp_listener), 0, UINT32_MAX);
    tcp_auth_init(l);
    hash_init(&l->minis, offsetof(struct tcp_mini, node));
    list_init(&l->time_wait, offsetof(struct tcp_time_wait, mini.link));
    tcp_secrets_init(st, l);
    (void)tarn_set_default_cc(st, "cubic");
    return true;
}

static void tcp_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct tcp_mini *m = container_of(t, struct tcp_mini, timer);

    if (m->kind == TCP_MINI_REQUEST)
        tcp_request_expire(st, m, now);
    else
        tcp_time_wait_expire(st, m);
}

const struct proto proto_tcp = {
    .name = "tcp",
    .ip_proto = IP_PROTO_TCP,
    .type = TARN_STREAM,
    .sock_size = sizeof(struct tcp_sock),
    .layer_init = tcp_layer_init,
    .expire = tcp_expire,
    .is_busy = tcp_time_wait_is_busy,
    .input = tcp_input,
    .error = tcp_error,
    .pull = tcp_pull,
    .deadline = tcp_deadline,
    .tick = tcp_tick,
    .open = tcp_open,
    .connect = tcp_connect,
    .listen = tcp_listen,
    .accept = tcp_accept,
    .send = tcp_send,
    .recv = tcp_recv,
    .recv_loan = tcp_recv_loan,
    .recv_return = tcp_recv_return,
    .send_reserve = tcp_send_reserve,
    .send_commit = tcp_send_commit,
    .shutdown = tcp_shutdown,
    .close = tcp_close,
    .setopt = tcp_setopt,
    .getopt = tcp_getopt,
};
