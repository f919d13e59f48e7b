/* run/stats_json.c - the statistics for programs: one JSON object on one line.
 *
 * All strings are names of ours or addresses, so none needs escaping. */
#include "run/stats_table.h"
#include "tarn/trace.h"

#include <stddef.h>

struct field {
    const char *name;
    size_t offset, bytes;
};

#define FIELD(member_)                                     \
    {                                                      \
#member_, offsetof(struct tarn_tcp_info, member_), \
            sizeof(((struct tarn_tcp_info *)0)->member_)   \
    }

static const struct field fields[] = {
    FIELD(ca_state),
    FIELD(retransmits),
    FIELD(probes),
    FIELD(backoff),
    FIELD(options),
    FIELD(snd_wscale),
    FIELD(rcv_wscale),
    FIELD(rto_us),
    FIELD(ato_us),
    FIELD(snd_mss),
    FIELD(rcv_mss),
    FIELD(advmss),
    FIELD(pmtu),
    FIELD(unacked_segs),
    FIELD(sacked_segs),
    FIELD(lost_segs),
    FIELD(retrans_segs),
    FIELD(reordering_segs),
    FIELD(rtt_us),
    FIELD(rttvar_us),
    FIELD(min_rtt_us),
    FIELD(rcv_rtt_us),
    FIELD(snd_cwnd_segs),
    FIELD(snd_ssthresh_segs),
    FIELD(total_retrans_segs),
    FIELD(dsack_dups_segs),
    FIELD(spurious_timeouts),
    FIELD(rcv_space),
    FIELD(rcv_ssthresh),
    FIELD(rcv_ooopack_segs),
    FIELD(snd_wnd),
    FIELD(notsent_bytes),
    FIELD(bytes_acked),
    FIELD(bytes_received),
    FIELD(bytes_sent),
    FIELD(bytes_retrans),
    FIELD(segs_out),
    FIELD(segs_in),
    FIELD(data_segs_out),
    FIELD(data_segs_in),
    FIELD(pacing_rate),
    FIELD(delivery_rate),
    FIELD(busy_us),
    FIELD(rwnd_limited_us),
    FIELD(sndbuf_limited_us),
    FIELD(last_data_sent_ms),
    FIELD(last_data_recv_ms),
    FIELD(last_ack_recv_ms),
    FIELD(handshake_us),
};
enum { N_FIELDS = sizeof fields / sizeof fields[0] };

static uint64_t field_value(const struct tarn_tcp_info *info, const struct field *f)
{
    const char *at = (const char *)info + f->offset;

    switch (f->bytes) {
    case 1: return *(const uint8_t *)at;
    case 4: return *(const uint32_t *)(const void *)at;
    default: return *(const uint64_t *)(const void *)at;
    }
}

static void print_pair(FILE *out, const char **comma, const char *name, uint64_t n)
{
    fprintf(out, "%s\"%s\":%llu", *comma, name, (unsigned long long)n);
    *comma = ",";
}

static void print_link(FILE *out, const struct run_stack *s, unsigned i)
{
    const struct link *l = s->link[i];
    struct tarn_port_info port;
    const char *comma = ",";

    if (tarn_port_get(s->st, s->port[i], &port) < 0)
        return;
    fprintf(out, "%s{\"name\":\"%s\",\"link\":\"%s\"", i > 0 ? "," : "", port.name, l->name);
    print_pair(out, &comma, "rx_packets", port.rx_packets);
    print_pair(out, &comma, "rx_bytes", port.rx_bytes);
    print_pair(out, &comma, "rx_dropped", port.rx_dropped);
    print_pair(out, &comma, "rx_errors", l->rx_errors);
    print_pair(out, &comma, "tx_packets", port.tx_packets);
    print_pair(out, &comma, "tx_bytes", port.tx_bytes);
    print_pair(out, &comma, "tx_dropped", port.tx_dropped);
    print_pair(out, &comma, "tx_errors", l->tx_errors);
    fputs("}", out);
}

static void print_connection(FILE *out, const struct stats_connection *c)
{
    char local[STATS_ADDR_BYTES], peer[STATS_ADDR_BYTES];
    const char *comma = ",";

    stats_addr(local, &c->local);
    stats_addr(peer, &c->peer);
    fprintf(out, "{\"local\":\"%s\",\"peer\":\"%s\",\"state\":\"%s\"", local, peer,
            stats_tcp_state(c->info.state));
    for (unsigned i = 0; i < N_FIELDS; i++)
        print_pair(out, &comma, fields[i].name, field_value(&c->info, &fields[i]));
    fputs("}", out);
}

static void print_counters(FILE *out, const struct tarn *st)
{
    const char *comma = "";

    fputs("\"counters\":{", out);
    for (unsigned i = 0; i < TARN_STAT_N; i++)
        print_pair(out, &comma, tarn_stat_name((enum tarn_stat)i),
                   tarn_stat(st, (enum tarn_stat)i));
    fputs("},\"drops\":{", out);
    comma = "";
    for (unsigned i = 0; i < DROP_N; i++)
        if (tarn_drop_count(st, (enum tarn_drop)i) > 0)
            print_pair(out, &comma, tarn_drop_name((enum tarn_drop)i),
                       tarn_drop_count(st, (enum tarn_drop)i));
    fputs("}", out);
}

static void print_usage(FILE *out, const struct tarn *st)
{
    struct tarn_usage u;
    const char *comma = "";

    tarn_usage(st, &u);
    fputs("\"held\":{", out);
    print_pair(out, &comma, "sockets", u.sockets);
    print_pair(out, &comma, "time_wait", u.time_wait);
    print_pair(out, &comma, "packets", u.packets);
    print_pair(out, &comma, "chunks", u.chunks);
    print_pair(out, &comma, "chunk_bytes", u.chunk_bytes);
    print_pair(out, &comma, "timers", u.timers);
    print_pair(out, &comma, "neighbours", u.neighbours);
    print_pair(out, &comma, "reassemblies", u.reassemblies);
    print_pair(out, &comma, "arena_bytes", u.arena_bytes);
    fputs("}", out);
}

void stats_print_json(FILE *out, const struct run_stack *s, const struct run_stats *rs, tarn_ns now)
{
    const struct run_loop_stats *loop = run_loop_stats(s->loop);
    const char *comma = "";

    (void)now;
    fputs("{\"links\":[", out);
    for (unsigned i = 0; i < s->n_links; i++)
        print_link(out, s, i);
    fputs("],\"connections\":[", out);
    for (unsigned i = 0; i < rs->n_kept; i++) {
        fputs(i > 0 ? "," : "", out);
        print_connection(out, &rs->kept[i]);
    }
    fprintf(out, "],\"connections_not_listed\":%s,", rs->more ? "true" : "false");
    print_counters(out, s->st);
    fputs(",", out);
    print_usage(out, s->st);
    fputs(",\"loop\":{", out);
    print_pair(out, &comma, "turns", loop->turns);
    print_pair(out, &comma, "waits", loop->waits);
    print_pair(out, &comma, "tx_refused", loop->tx_refused);
    fputs("}}\n", out);
}
