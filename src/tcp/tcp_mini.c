/* tcp/tcp_mini.c - small records instead of sockets: their table, what comes for them, what they
 * answer. What half-open ones do is in tcp_request.c, what TIME-WAIT does in tcp_time_wait.c. */
#include "tcp/tcp_mini.h"

#include "base/bits.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/close/tcp_close.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/open/tcp_open.h"
#include "tcp/tcp_machine.h"

static bool is_same_end(const struct tarn_addr *a, const struct tarn_addr *b)
{
    return a->port == b->port && a->zone == b->zone && tarn_ip_equal(&a->ip, &b->ip);
}

struct tcp_mini *tcp_mini_find(const struct tarn *st, const struct tarn_addr *local,
                               const struct tarn_addr *remote)
{
    uint32_t hash = tcp_hash(st, local, remote);

    hash_each_match (st, &tcp_layer(st)->minis, hash, struct tcp_mini, m)
        if (is_same_end(&m->local, local) && is_same_end(&m->remote, remote))
            return m;
    return NULL;
}

void tcp_mini_insert(struct tarn *st, struct tcp_mini *m)
{
    hash_insert(st, &st->arena, &tcp_layer(st)->minis, m, tcp_hash(st, &m->local, &m->remote));
}

void tcp_mini_remove(struct tarn *st, struct tcp_mini *m)
{
    wheel_disarm(st, &st->wheel, &m->timer);
    hash_remove(st, &tcp_layer(st)->minis, m);
}

bool tcp_mini_input(struct tarn *st, struct tcp_sock *listener, struct tcp_seg *g)
{
    struct tarn_addr local = sock_end(&g->ip->dst, g->ip->zone, g->h.dst_port);
    struct tarn_addr remote = sock_end(&g->ip->src, g->ip->zone, g->h.src_port);
    struct tcp_mini *m = tcp_mini_find(st, &local, &remote);

    if (m == NULL)
        return false;
    if (m->kind == TCP_MINI_TIME_WAIT)
        return tcp_time_wait_input(st, container_of(m, struct tcp_time_wait, mini), listener, g);
    tcp_seg_end(st, g, tcp_request_input(st, container_of(m, struct tcp_request, mini), g));
    return true;
}

/* Answers ------------------------------------------------------------------------------------- */

static struct ip_info way_of(const struct tcp_mini *m)
{
    return (struct ip_info){.flow = m->flow,
                            .src = m->local.ip,
                            .dst = m->remote.ip,
                            .zone = tcp_mini_zone(m),
                            .ttl = m->ttl,
                            .tos = m->tos};
}

static struct tcp_hdr header_of(const struct tcp_mini *m, tarn_ns now)
{
    struct tcp_hdr h = {.src_port = m->local.port,
                        .dst_port = m->remote.port,
                        .seq = m->snd_nxt,
                        .ack = m->rcv_nxt,
                        .flags = TCP_ACK};

    h.opts.has_timestamps = m->ts_ok;
    h.opts.ts_value = tcp_ts_now(m->ts_offset, now);
    h.opts.ts_echo = m->ts_recent;
    return h;
}

void tcp_mini_ack(struct tarn *st, const struct tcp_mini *m, tarn_ns now)
{
    struct ip_info ip = way_of(m);
    struct tcp_hdr h = header_of(m, now);
    struct tcp_signer by = tcp_mini_signer(st, m);

    if (m->kind == TCP_MINI_TIME_WAIT)
        h.flags |= m->ace;
    h.window = (uint16_t)min_u32(m->rcv_wnd >> m->rcv_wscale, UINT16_MAX);
    tcp_reply(st, &ip, &h, m->mark, &by, now);
}

void tcp_mini_reset(struct tarn *st, const struct tcp_mini *m, tarn_ns now)
{
    struct ip_info ip = way_of(m);
    struct tcp_hdr h = header_of(m, now);
    struct tcp_signer by = tcp_mini_signer(st, m);

    h.flags = TCP_RST | TCP_ACK;
    stat_add(st, TARN_STAT_TCP_RESETS_OUT, 1);
    tcp_reply(st, &ip, &h, m->mark, &by, now);
}

void tcp_mini_syn_ack(struct tarn *st, const struct tcp_mini *m, uint16_t adv_mss,
                      const struct tcp_cookie *cookie, tarn_ns now)
{
    struct ip_info ip = way_of(m);
    struct tcp_hdr h = header_of(m, now);
    struct tcp_signer by = tcp_mini_signer(st, m);

    h.seq = seq_sub(m->snd_nxt, 1);
    h.flags |= TCP_SYN;
    h.window = (uint16_t)min_u32(m->rcv_wnd, UINT16_MAX);
    h.opts.has_mss = true;
    h.opts.mss = adv_mss;
    h.opts.sack_permitted = m->sack_ok;
    h.opts.has_wscale = m->wscale_ok;
    h.opts.wscale = m->rcv_wscale;
    h.opts.has_cookie = cookie != NULL;
    if (cookie != NULL)
        h.opts.cookie = *cookie;
    tcp_signer_option(&by, &h.opts);
    tcp_ecn_syn_ack(st, m, &h); /* as many counters as there is room for now */
    tcp_reply(st, &ip, &h, m->mark, &by, now);
}
