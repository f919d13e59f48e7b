/* drill/code_name.c - the names of code blocks: TCP_INFO's, the stack's counters and limits,
 * variables. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "drill/code.h"
#include "drill/script/symbols.h"

#define INFO(name_)                                             \
    {                                                           \
        "tcpi_" #name_, offsetof(struct linux_tcp_info, name_), \
            sizeof(((struct linux_tcp_info *)0)->name_)         \
    }

static const struct {
    const char *name;
    size_t offset, size;
} infos[] = {
    INFO(state),
    INFO(ca_state),
    INFO(retransmits),
    INFO(probes),
    INFO(backoff),
    INFO(options),
    INFO(rto),
    INFO(ato),
    INFO(snd_mss),
    INFO(rcv_mss),
    INFO(unacked),
    INFO(sacked),
    INFO(lost),
    INFO(retrans),
    INFO(fackets),
    INFO(last_data_sent),
    INFO(last_ack_sent),
    INFO(last_data_recv),
    INFO(last_ack_recv),
    INFO(pmtu),
    INFO(rcv_ssthresh),
    INFO(rtt),
    INFO(rttvar),
    INFO(snd_ssthresh),
    INFO(snd_cwnd),
    INFO(advmss),
    INFO(reordering),
    INFO(rcv_rtt),
    INFO(rcv_space),
    INFO(total_retrans),
    INFO(pacing_rate),
    INFO(max_pacing_rate),
    INFO(bytes_acked),
    INFO(bytes_received),
    INFO(segs_out),
    INFO(segs_in),
    INFO(notsent_bytes),
    INFO(min_rtt),
    INFO(data_segs_in),
    INFO(data_segs_out),
    INFO(delivery_rate),
    INFO(busy_time),
    INFO(rwnd_limited),
    INFO(sndbuf_limited),
    INFO(delivered),
    INFO(delivered_ce),
    INFO(bytes_sent),
    INFO(bytes_retrans),
    INFO(dsack_dups),
    INFO(reord_seen),
    INFO(rcv_ooopack),
    INFO(snd_wnd),
    INFO(rcv_wnd),
    INFO(rehash),
    INFO(total_rto),
    INFO(total_rto_recoveries),
    INFO(total_rto_time),
    INFO(received_ce),
    INFO(delivered_e1_bytes),
    INFO(delivered_e0_bytes),
    INFO(delivered_ce_bytes),
    INFO(received_e1_bytes),
    INFO(received_e0_bytes),
    INFO(received_ce_bytes),
    INFO(accecn_fail_mode),
    INFO(accecn_opt_seen),
};

/* Those that share a byte. */
static const struct {
    const char *name;
    size_t offset;
    unsigned shift, mask;
} parts[] = {
    {"tcpi_snd_wscale", offsetof(struct linux_tcp_info, wscales), 0, 15},
    {"tcpi_rcv_wscale", offsetof(struct linux_tcp_info, wscales), 4, 15},
    {"tcpi_delivery_rate_app_limited", offsetof(struct linux_tcp_info, flags), 0, 1},
};

/* A failed assertion says what its names stood for. */
static void remember(struct code *c, const char *name, int64_t value)
{
    size_t n = strlen(c->values);

    snprintf(c->values + n, sizeof c->values - n, "\n    %s is %lld", name, (long long)value);
}

static int64_t number_at(const uint8_t *at, size_t size)
{
    uint64_t eight;
    uint32_t four;
    uint16_t two;

    switch (size) {
    case 1: return *at;
    case 2: memcpy(&two, at, size); return two;
    case 4: memcpy(&four, at, size); return four;
    default: memcpy(&eight, at, sizeof eight); return (int64_t)eight;
    }
}

static bool info_find(struct code *c, const char *name, int64_t *out)
{
    const uint8_t *at = (const uint8_t *)&c->info;

    if (strncmp(name, "tcpi_", 5) != 0)
        return false;
    if (!c->has_info)
        return scan_fail(&c->scan, "%s: no connection to ask", name);
    for (unsigned i = 0; i < sizeof infos / sizeof infos[0]; i++)
        if (strcmp(infos[i].name, name) == 0) {
            *out = number_at(at + infos[i].offset, infos[i].size);
            return true;
        }
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strcmp(parts[i].name, name) == 0) {
            *out = at[parts[i].offset] >> parts[i].shift & parts[i].mask;
            return true;
        }
    return false;
}

struct drill_variable *code_variable(const struct code *c, const char *name)
{
    struct drill_variable *v = c->run->variables;

    while (v != NULL && strcmp(v->name, name) != 0)
        v = v->next;
    return v;
}

static bool usage_find(struct code *c, const char *name, int64_t *out)
{
    struct tarn_usage u;

    tarn_usage(run_stack(c->run), &u);
    if (strcmp(name, "usage_sockets") == 0)
        *out = u.sockets;
    else if (strcmp(name, "usage_time_wait") == 0)
        *out = u.time_wait;
    else if (strcmp(name, "usage_packets") == 0)
        *out = u.packets;
    else if (strcmp(name, "usage_chunks") == 0)
        *out = u.chunks;
    else
        return false;
    return true;
}

/* stat("tcp.timeouts"), drops("tcp.paws") */
bool code_counter(struct code *c, bool drops, int64_t *out)
{
    const char *name;

    if (!scan_want(&c->scan, "(") || !scan_want(&c->scan, "\""))
        return false;
    name = scan_until(&c->scan, "\"");
    if (name == NULL || !scan_want(&c->scan, ")"))
        return false;
    for (unsigned i = 0; drops && i < DROP_N; i++)
        if (strcmp(tarn_drop_name((enum tarn_drop)i), name) == 0) {
            *out = (int64_t)tarn_drop_count(run_stack(c->run), (enum tarn_drop)i);
            remember(c, name, *out);
            return true;
        }
    for (unsigned i = 0; !drops && i < TARN_STAT_N; i++)
        if (strcmp(tarn_stat_name((enum tarn_stat)i), name) == 0) {
            *out = (int64_t)tarn_stat(run_stack(c->run), (enum tarn_stat)i);
            remember(c, name, *out);
            return true;
        }
    return scan_fail(&c->scan, "unsupported: no counter '%s'", name);
}

bool code_name(struct code *c, const char *name, int64_t *out)
{
    const struct drill_variable *v = code_variable(c, name);

    if (v != NULL) {
        *out = v->value;
        return true;
    }
    if (info_find(c, name, out) || usage_find(c, name, out)) {
        remember(c, name, *out);
        return true;
    }
    if (strcmp(name, "True") == 0 || strcmp(name, "False") == 0) {
        *out = name[0] == 'T';
        return true;
    }
    return symbol_find(name, out) || scan_fail(&c->scan, "unsupported: name %s", name);
}
