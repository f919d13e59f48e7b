/* posix/option/option_tcp.c - TCP_INFO and TCP_CONGESTION in Linux's form. */
#include "posix/option/option.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

enum { CC_NAME_MAX = 16 };

static int get_congestion(struct socket *so, const struct option *o, const struct posix_request *q,
                          struct posix_reply *r)
{
    char text[CC_NAME_MAX] = {0};
    const char *name;
    int err = tarn_get_cc(so->px->cfg.stack, so->sock, &name);

    (void)o;
    if (err != 0)
        return err;
    strncpy(text, name, sizeof text - 1);
    return option_give(so, q, r, text, sizeof text);
}

static int set_congestion(struct socket *so, const struct option *o, const struct posix_request *q)
{
    size_t len = strnlen((const char *)q->data, q->data_len);

    (void)o;
    if (q->data_len < 1)
        return -EINVAL;
    return tarn_set_cc(so->px->cfg.stack, so->sock, (const char *)q->data,
                       len < CC_NAME_MAX ? len : CC_NAME_MAX - 1);
}

static void info_to_linux(const struct tarn_tcp_info *in, struct tcp_info *out)
{
    *out = (struct tcp_info){
        .tcpi_state = in->state,
        .tcpi_ca_state = in->ca_state,
        .tcpi_retransmits = in->retransmits,
        .tcpi_probes = in->probes,
        .tcpi_backoff = in->backoff,
        .tcpi_options = in->options,
        .tcpi_snd_wscale = in->snd_wscale & 15u,
        .tcpi_rcv_wscale = in->rcv_wscale & 15u,
        .tcpi_rto = in->rto_us,
        .tcpi_ato = in->ato_us,
        .tcpi_snd_mss = in->snd_mss,
        .tcpi_rcv_mss = in->rcv_mss,
        .tcpi_unacked = in->unacked_segs,
        .tcpi_sacked = in->sacked_segs,
        .tcpi_lost = in->lost_segs,
        .tcpi_retrans = in->retrans_segs,
        .tcpi_last_data_sent = in->last_data_sent_ms,
        .tcpi_last_data_recv = in->last_data_recv_ms,
        .tcpi_last_ack_recv = in->last_ack_recv_ms,
        .tcpi_pmtu = in->pmtu,
        .tcpi_rcv_ssthresh = in->rcv_ssthresh,
        .tcpi_rtt = in->rtt_us,
        .tcpi_rttvar = in->rttvar_us,
        .tcpi_snd_ssthresh = in->snd_ssthresh_segs,
        .tcpi_snd_cwnd = in->snd_cwnd_segs,
        .tcpi_advmss = in->advmss,
        .tcpi_reordering = in->reordering_segs,
        .tcpi_rcv_rtt = in->rcv_rtt_us,
        .tcpi_rcv_space = in->rcv_space,
        .tcpi_total_retrans = in->total_retrans_segs,
        .tcpi_pacing_rate = in->pacing_rate,
        .tcpi_max_pacing_rate = UINT64_MAX,
        .tcpi_bytes_acked = in->bytes_acked,
        .tcpi_bytes_received = in->bytes_received,
        .tcpi_segs_out = (uint32_t)in->segs_out,
        .tcpi_segs_in = (uint32_t)in->segs_in,
        .tcpi_notsent_bytes = in->notsent_bytes,
        .tcpi_min_rtt = in->min_rtt_us,
        .tcpi_data_segs_in = (uint32_t)in->data_segs_in,
        .tcpi_data_segs_out = (uint32_t)in->data_segs_out,
        .tcpi_delivery_rate = in->delivery_rate,
        .tcpi_busy_time = in->busy_us,
        .tcpi_rwnd_limited = in->rwnd_limited_us,
        .tcpi_sndbuf_limited = in->sndbuf_limited_us,
        .tcpi_bytes_sent = in->bytes_sent,
        .tcpi_bytes_retrans = in->bytes_retrans,
        .tcpi_dsack_dups = in->dsack_dups_segs,
        .tcpi_rcv_ooopack = in->rcv_ooopack_segs,
        .tcpi_snd_wnd = in->snd_wnd,
    };
}

static int get_info(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    struct tarn_tcp_info in = {.state = TARN_TCP_CLOSED};
    struct tcp_info out;

    (void)o;
    tarn_tcp_info(so->px->cfg.stack, so->sock, &in, so->px->cfg.clock());
    info_to_linux(&in, &out);
    return option_give(so, q, r, &out, sizeof out);
}

#define TCP(name, kind)                                                                      \
    {                                                                                        \
        IPPROTO_TCP, TCP_##name, option_get_real, option_set_real, TARN_SO_TCP_##name, kind, \
            IPPROTO_TCP, 0                                                                   \
    }

const struct option option_tcp_rows[] = {
    TCP(NODELAY, OPTION_BOOL),
    TCP(CORK, OPTION_BOOL),
    TCP(MAXSEG, OPTION_INT),
    TCP(KEEPIDLE, OPTION_INT),
    TCP(KEEPINTVL, OPTION_INT),
    TCP(KEEPCNT, OPTION_INT),
    TCP(SYNCNT, OPTION_INT),
    TCP(LINGER2, OPTION_INT),
    TCP(DEFER_ACCEPT, OPTION_INT),
    TCP(WINDOW_CLAMP, OPTION_INT),
    TCP(QUICKACK, OPTION_BOOL),
    TCP(USER_TIMEOUT, OPTION_INT),
    TCP(NOTSENT_LOWAT, OPTION_INT),
    OPTION_SPECIAL(IPPROTO_TCP, TCP_CONGESTION, get_congestion, set_congestion, N, IPPROTO_TCP),
    OPTION_SPECIAL(IPPROTO_TCP, TCP_INFO, get_info, NULL, N, IPPROTO_TCP),
    {0},
};
