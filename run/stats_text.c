/* run/stats_text.c - the statistics for people. */
#include "run/stats_table.h"
#include "tarn/trace.h"

#include <string.h>

static void print_bytes(FILE *out, uint64_t n)
{
    if (n < 10000)
        fprintf(out, "%llu B", (unsigned long long)n);
    else if (n < 10000000)
        fprintf(out, "%.1f kB", (double)n / 1e3);
    else
        fprintf(out, "%.1f MB", (double)n / 1e6);
}

/* One direction of a link. */
static void print_way(FILE *out, uint64_t packets, uint64_t bytes, uint64_t dropped,
                      uint64_t errors)
{
    fprintf(out, "%llu packets, ", (unsigned long long)packets);
    print_bytes(out, bytes);
    fprintf(out, ", %llu dropped, %llu link errors", (unsigned long long)dropped,
            (unsigned long long)errors);
}

static void print_link(FILE *out, const struct run_stack *s, unsigned i)
{
    const struct link *l = s->link[i];
    struct tarn_port_info port;

    if (tarn_port_get(s->st, s->port[i], &port) < 0)
        return;
    fprintf(out, "%s (%s): received ", port.name, l->name);
    print_way(out, port.rx_packets, port.rx_bytes, port.rx_dropped, l->rx_errors);
    fputs("; sent ", out);
    print_way(out, port.tx_packets, port.tx_bytes, port.tx_dropped, l->tx_errors);
    fputs("\n", out);
}

/* Where the time of a connection went: what kept the sender from sending. */
static void print_connection(FILE *out, const struct stats_connection *c)
{
    const struct tarn_tcp_info *t = &c->info;
    char local[STATS_ADDR_BYTES], peer[STATS_ADDR_BYTES];

    stats_addr(local, &c->local);
    stats_addr(peer, &c->peer);
    fprintf(out, "tcp %s to %s, %s\n", local, peer, stats_tcp_state(t->state));
    fprintf(out, "    handshake %.3f ms; round trip %.3f ms (least %.3f, variation %.3f)\n",
            t->handshake_us / 1e3, t->rtt_us / 1e3, t->min_rtt_us / 1e3, t->rttvar_us / 1e3);
    fputs("    received ", out);
    print_bytes(out, t->bytes_received);
    fprintf(out, " in %llu segments; sent ", (unsigned long long)t->segs_in);
    print_bytes(out, t->bytes_acked);
    fprintf(out, " in %llu segments, %u retransmitted\n", (unsigned long long)t->segs_out,
            t->total_retrans_segs);
    fprintf(out,
            "    sending %.1f ms, of which the peer's window held %.1f ms and the send buffer "
            "%.1f ms; window %u segments of %u B\n",
            (double)t->busy_us / 1e3, (double)t->rwnd_limited_us / 1e3,
            (double)t->sndbuf_limited_us / 1e3, t->snd_cwnd_segs, t->snd_mss);
}

static void print_counters(FILE *out, const struct tarn *st)
{
    for (unsigned i = 0; i < TARN_STAT_N; i++) {
        uint64_t n = tarn_stat(st, (enum tarn_stat)i);

        if (n > 0)
            fprintf(out, "    %-24s %llu\n", tarn_stat_name((enum tarn_stat)i),
                    (unsigned long long)n);
    }
}

static void print_drops(FILE *out, const struct tarn *st)
{
    for (unsigned i = 0; i < DROP_N; i++) {
        uint64_t n = tarn_drop_count(st, (enum tarn_drop)i);

        if (n > 0)
            fprintf(out, "    dropped %-24s %llu  %s\n", tarn_drop_name((enum tarn_drop)i),
                    (unsigned long long)n, tarn_drop_meaning((enum tarn_drop)i));
    }
}

static void print_slirp_note(FILE *out, const struct run_stack *s)
{
    for (unsigned i = 0; i < s->n_links; i++)
        if (s->link[i]->caps.ends_tcp) {
            fputs("note: slirp ends TCP on this machine, so distant peers see this kernel's TCP, "
                  "not tarn's; --link tap:NAME avoids that\n",
                  out);
            return;
        }
}

void stats_print_text(FILE *out, const struct run_stack *s, const struct run_stats *rs, tarn_ns now)
{
    struct tarn_usage u;

    (void)now;
    for (unsigned i = 0; i < s->n_links; i++)
        print_link(out, s, i);
    for (unsigned i = 0; i < rs->n_kept; i++)
        print_connection(out, &rs->kept[i]);
    if (rs->more)
        fprintf(out, "and more connections after the first %d\n", STATS_KEPT);
    fputs("stack\n", out);
    print_counters(out, s->st);
    print_drops(out, s->st);
    tarn_usage(s->st, &u);
    fprintf(out,
            "held: %u sockets, %u in TIME-WAIT, %u packets, %u chunks (%llu B), %u timers; "
            "memory %llu B\n",
            u.sockets, u.time_wait, u.packets, u.chunks, (unsigned long long)u.chunk_bytes,
            u.timers, (unsigned long long)u.arena_bytes);
    print_slirp_note(out, s);
}
