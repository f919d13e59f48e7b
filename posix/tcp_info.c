/* posix/tcp_info.c - TCP_INFO in Linux's layout. */
#include "posix/tcp_info.h"

#include <linux/tcp.h>
#include <stddef.h>

_Static_assert(sizeof(struct linux_tcp_info) == 280, "as Linux 6.18 has it");
_Static_assert(offsetof(struct linux_tcp_info, rcv_wnd) == sizeof(struct tcp_info) ||
                   sizeof(struct tcp_info) > 232,
               "as the header of Linux 6.1 begins");

/* Two bit-fields of Linux's: the sender's shift is in the low half. */
static uint8_t shifts(uint8_t snd, uint8_t rcv)
{
    return (uint8_t)((snd & 15) | (rcv & 15) << 4);
}

/* Size: a line for each member. */
void tcp_info_to_linux(const struct tarn_tcp_info *in, struct linux_tcp_info *out)
{
    *out = (struct linux_tcp_info){
        .state = in->state,
        .ca_state = in->ca_state,
        .retransmits = in->retransmits,
        .probes = in->probes,
        .backoff = in->backoff,
        .options = in->options,
        .wscales = shifts(in->snd_wscale, in->rcv_wscale),
        .rto = in->rto_us,
        .ato = in->ato_us,
        .snd_mss = in->snd_mss,
        .rcv_mss = in->rcv_mss,
        .unacked = in->unacked_segs,
        .sacked = in->sacked_segs,
        .lost = in->lost_segs,
        .retrans = in->retrans_segs,
        .last_data_sent = in->last_data_sent_ms,
        .last_data_recv = in->last_data_recv_ms,
        .last_ack_recv = in->last_ack_recv_ms,
        .pmtu = in->pmtu,
        .rcv_ssthresh = in->rcv_ssthresh,
        .rtt = in->rtt_us,
        .rttvar = in->rttvar_us,
        .snd_ssthresh = in->snd_ssthresh_segs,
        .snd_cwnd = in->snd_cwnd_segs,
        .advmss = in->advmss,
        .reordering = in->reordering_segs,
        .rcv_rtt = in->rcv_rtt_us,
        .rcv_space = in->rcv_space,
        .total_retrans = in->total_retrans_segs,
        .pacing_rate = in->pacing_rate,
        .max_pacing_rate = in->max_pacing_rate,
        .bytes_acked = in->bytes_acked,
        .bytes_received = in->bytes_received,
        .segs_out = (uint32_t)in->segs_out,
        .segs_in = (uint32_t)in->segs_in,
        .notsent_bytes = in->notsent_bytes,
        .min_rtt = in->min_rtt_us != 0 ? in->min_rtt_us : UINT32_MAX,
        .data_segs_in = (uint32_t)in->data_segs_in,
        .data_segs_out = (uint32_t)in->data_segs_out,
        .delivery_rate = in->delivery_rate,
        .busy_time = in->busy_us,
        .rwnd_limited = in->rwnd_limited_us,
        .sndbuf_limited = in->sndbuf_limited_us,
        .delivered = in->delivered_segs,
        .delivered_ce = in->delivered_ce_segs,
        .bytes_sent = in->bytes_sent,
        .bytes_retrans = in->bytes_retrans,
        .dsack_dups = in->dsack_dups_segs,
        .reord_seen = in->reord_seen,
        .rcv_ooopack = in->rcv_ooopack_segs,
        .snd_wnd = in->snd_wnd,
        .rcv_wnd = in->rcv_wnd,
        .total_rto = (uint16_t)in->total_rto,
        .total_rto_recoveries = (uint16_t)in->total_rto_recoveries,
        .total_rto_time = in->total_rto_time_ms,
        .received_ce = in->received_ce_segs,
        .delivered_e1_bytes = in->delivered_e1_bytes,
        .delivered_e0_bytes = in->delivered_e0_bytes,
        .delivered_ce_bytes = in->delivered_ce_bytes,
        .received_e1_bytes = in->received_e1_bytes,
        .received_e0_bytes = in->received_e0_bytes,
        .received_ce_bytes = in->received_ce_bytes,
        .accecn_fail_mode = in->accecn_fail_mode,
        .accecn_opt_seen = in->accecn_opt_seen,
    };
}
