/* tcp/open/tcp_metrics.c - what is remembered of a destination between connections to it.
 *
 * One record per pair of addresses: fast open's cookie and what goes with it (RFC 7413 4.1.3), and,
 * with tcp.metrics-save, the round trip and the slow start threshold of the last connection. There
 * are at most tcp.metrics-max records; the one that was used longest ago gives way. Peers do not
 * make records: only connections that we begin with fast open do, or that were established. */
#include "tcp/open/tcp_open.h"

#include "base/bytes.h"

static uint32_t hash_of(const struct tarn *st, const struct tarn_ip *local,
                        const struct tarn_ip *remote)
{
    const uint64_t words[] = {load_be64(local->b), load_be64(local->b + 8), load_be64(remote->b),
                              load_be64(remote->b + 8)};

    return (uint32_t)siphash_words(&st->hash_key, words, 4);
}

struct tcp_metrics *tcp_metrics_find(const struct tarn *st, const struct tcp_sock *tc)
{
    const struct tarn_ip *local = &tc->sk.local.ip, *remote = &tc->sk.remote.ip;
    uint32_t hash = hash_of(st, local, remote);

    hash_each_match (st, &tcp_layer(st)->metrics, hash, struct tcp_metrics, m)
        if (tarn_ip_equal(&m->local, local) && tarn_ip_equal(&m->remote, remote))
            return m;
    return NULL;
}

static void forget(struct tarn *st, struct tcp_metrics *m)
{
    struct tcp_layer *l = tcp_layer(st);

    hash_remove(st, &l->metrics, m);
    list_remove(st, &l->metrics_used, m);
    pool_put(st, &l->metrics_pool, m);
}

struct tcp_metrics *tcp_metrics_get(struct tarn *st, const struct tcp_sock *tc)
{
    struct tcp_layer *l = tcp_layer(st);
    struct tcp_metrics *m = tcp_metrics_find(st, tc);

    if (m != NULL) {
        list_remove(st, &l->metrics_used, m);
        list_push_back(st, &l->metrics_used, m);
        return m;
    }
    if (st->param[PARAM_TCP_METRICS_MAX] == 0)
        return NULL;
    while (l->metrics.n >= st->param[PARAM_TCP_METRICS_MAX])
        forget(st, list_first(st, &l->metrics_used));
    m = pool_get_zeroed(st, &st->arena, &l->metrics_pool);
    if (m == NULL)
        return NULL;
    m->local = tc->sk.local.ip;
    m->remote = tc->sk.remote.ip;
    hash_insert(st, &st->arena, &l->metrics, m, hash_of(st, &m->local, &m->remote));
    list_push_back(st, &l->metrics_used, m);
    return m;
}

void tarn_tcp_metrics_flush(struct tarn *st)
{
    struct tcp_metrics *m;

    while ((m = list_first(st, &tcp_layer(st)->metrics_used)) != NULL)
        forget(st, m);
}

/* The connection ends: what did it learn of the path? */
void tcp_metrics_save(struct tarn *st, const struct tcp_sock *tc)
{
    struct tcp_metrics *m;

    if (st->param[PARAM_TCP_METRICS_SAVE] == 0 || tc->srtt_us8 == 0 || !tc->was_connected)
        return;
    m = tcp_metrics_get(st, tc);
    if (m == NULL)
        return;
    m->srtt_us = tc->srtt_us8 / 8;
    m->ssthresh = tc->quiet_ssthresh != 0 ? tc->quiet_ssthresh : UINT32_MAX;
}

/* A connection is established: it begins as the last one ended. A round trip of the past only
 * stands in where the handshake gave none, because its SYN was sent again. */
void tcp_metrics_use(struct tarn *st, struct tcp_sock *tc)
{
    const struct tcp_metrics *m;
    struct tcp_active *a = tcp_active(st, tc);

    if (st->param[PARAM_TCP_METRICS_SAVE] == 0 || (m = tcp_metrics_find(st, tc)) == NULL ||
        m->srtt_us == 0)
        return;
    if (tc->syn_resent && tc->srtt_us8 == 0) {
        tc->srtt_us8 = m->srtt_us * 8;
        tc->rttvar_us4 = m->srtt_us * 2;
    }
    tc->quiet_ssthresh = m->ssthresh;
    if (a != NULL && m->ssthresh != UINT32_MAX)
        a->cc.ctl.ssthresh = m->ssthresh;
}
