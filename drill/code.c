/* drill/code.c - code blocks: `assert` of comparisons over TCP_INFO and the stack's counters.
 *
 *      block   = { "assert" or [ "," message ] | "print" rest of the line }
 *      or      = and { "or" and }            and  = not { "and" not }
 *      not     = "not" not | compare         compare = sum { ("=="|"!="|"<="|">="|"<"|">") sum }
 *      sum     = term { ("+"|"-") term }     term = factor { ("*"|"/"|"%") factor }
 *      factor  = number | name | function "(" "text" ")" | "(" or ")" | "-" factor
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "drill/run.h"
#include "drill/scan.h"
#include "drill/symbols.h"

struct code {
    struct scan scan;
    struct drill_run *run;
    struct tarn_tcp_info info;
    bool has_info;
    unsigned depth;
    char values[400]; /* of the names in this statement: "tcpi_state = 1, ..." */
};

#define INFO(name_, member_)                             \
    {                                                    \
        name_, offsetof(struct tarn_tcp_info, member_),  \
            sizeof(((struct tarn_tcp_info *)0)->member_) \
    }

static const struct {
    const char *name;
    size_t offset, size;
} infos[] = {
    INFO("tcpi_state", state),
    INFO("tcpi_ca_state", ca_state),
    INFO("tcpi_retransmits", retransmits),
    INFO("tcpi_probes", probes),
    INFO("tcpi_backoff", backoff),
    INFO("tcpi_options", options),
    INFO("tcpi_snd_wscale", snd_wscale),
    INFO("tcpi_rcv_wscale", rcv_wscale),
    INFO("tcpi_rto", rto_us),
    INFO("tcpi_ato", ato_us),
    INFO("tcpi_snd_mss", snd_mss),
    INFO("tcpi_rcv_mss", rcv_mss),
    INFO("tcpi_advmss", advmss),
    INFO("tcpi_pmtu", pmtu),
    INFO("tcpi_unacked", unacked_segs),
    INFO("tcpi_sacked", sacked_segs),
    INFO("tcpi_lost", lost_segs),
    INFO("tcpi_retrans", retrans_segs),
    INFO("tcpi_reordering", reordering_segs),
    INFO("tcpi_rtt", rtt_us),
    INFO("tcpi_rttvar", rttvar_us),
    INFO("tcpi_min_rtt", min_rtt_us),
    INFO("tcpi_snd_cwnd", snd_cwnd_segs),
    INFO("tcpi_snd_ssthresh", snd_ssthresh_segs),
    INFO("tcpi_total_retrans", total_retrans_segs),
    INFO("tcpi_dsack_dups", dsack_dups_segs),
    INFO("tcpi_delivered", delivered_segs),
    INFO("tcpi_delivered_ce", delivered_ce_segs),
    INFO("tcpi_received_ce", received_ce_segs),
    INFO("tcpi_delivered_e1_bytes", delivered_e1_bytes),
    INFO("tcpi_delivered_e0_bytes", delivered_e0_bytes),
    INFO("tcpi_delivered_ce_bytes", delivered_ce_bytes),
    INFO("tcpi_received_e1_bytes", received_e1_bytes),
    INFO("tcpi_received_e0_bytes", received_e0_bytes),
    INFO("tcpi_received_ce_bytes", received_ce_bytes),
    INFO("tcpi_accecn_fail_mode", accecn_fail_mode),
    INFO("tcpi_accecn_opt_seen", accecn_opt_seen),
    INFO("tcpi_rcv_space", rcv_space),
    INFO("tcpi_rcv_ssthresh", rcv_ssthresh),
    INFO("tcpi_rcv_ooopack", rcv_ooopack_segs),
    INFO("tcpi_snd_wnd", snd_wnd),
    INFO("tcpi_notsent_bytes", notsent_bytes),
    INFO("tcpi_bytes_acked", bytes_acked),
    INFO("tcpi_bytes_received", bytes_received),
    INFO("tcpi_bytes_sent", bytes_sent),
    INFO("tcpi_bytes_retrans", bytes_retrans),
    INFO("tcpi_segs_out", segs_out),
    INFO("tcpi_segs_in", segs_in),
};

/* A failed assertion says what its names stood for. */
static void remember(struct code *c, const char *name, int64_t value)
{
    size_t n = strlen(c->values);

    snprintf(c->values + n, sizeof c->values - n, "\n    %s is %lld", name, (long long)value);
}

static bool info_find(struct code *c, const char *name, int64_t *out)
{
    for (unsigned i = 0; i < sizeof infos / sizeof infos[0]; i++) {
        const uint8_t *at = (const uint8_t *)&c->info + infos[i].offset;

        if (strcmp(infos[i].name, name) != 0)
            continue;
        if (!c->has_info)
            return scan_fail(&c->scan, "%s: no connection to ask", name);
        if (infos[i].size == 1)
            *out = *at;
        else if (infos[i].size == 4)
            *out = *(const uint32_t *)(const void *)at;
        else
            *out = (int64_t) * (const uint64_t *)(const void *)at;
        return true;
    }
    return false;
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
static bool counter(struct code *c, bool drops, int64_t *out)
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

static int64_t any_of(struct code *c);

static int64_t factor(struct code *c)
{
    int64_t value = 0;
    uint64_t number = 0;
    const char *name;

    if (scan_take(&c->scan, "(")) {
        value = any_of(c);
        scan_want(&c->scan, ")");
        return value;
    }
    if (scan_take(&c->scan, "-"))
        return -factor(c);
    if (scan_word(&c->scan, "stat") || scan_word(&c->scan, "drops")) {
        counter(c, c->scan.at[-1] == 's', &value);
        return value;
    }
    name = scan_name(&c->scan);
    if (name == NULL) {
        scan_number(&c->scan, INT64_MAX, &number);
        return (int64_t)number;
    }
    if (info_find(c, name, &value) || usage_find(c, name, &value))
        remember(c, name, value);
    else if (!symbol_find(name, &value))
        scan_fail(&c->scan, "unsupported: name %s", name);
    return value;
}

static int64_t term(struct code *c)
{
    int64_t value = factor(c);

    for (;;) {
        if (scan_take(&c->scan, "*")) {
            value *= factor(c);
        } else if (scan_sees(&c->scan, "/") || scan_sees(&c->scan, "%")) {
            bool rest = *c->scan.at++ == '%';
            int64_t by = factor(c);

            if (by == 0)
                scan_fail(&c->scan, "division by zero");
            else
                value = rest ? value % by : value / by;
        } else {
            return value;
        }
    }
}

static int64_t sum(struct code *c)
{
    int64_t value = term(c);

    for (;;) {
        if (scan_take(&c->scan, "+"))
            value += term(c);
        else if (scan_take(&c->scan, "-"))
            value -= term(c);
        else
            return value;
    }
}

/* a < b <= c holds when each pair does. */
static int64_t compare(struct code *c)
{
    int64_t left = sum(c), right;
    bool holds = true, any = false;

    for (;; left = right, any = true) {
        if (scan_take(&c->scan, "=="))
            holds &= left == (right = sum(c));
        else if (scan_take(&c->scan, "!="))
            holds &= left != (right = sum(c));
        else if (scan_take(&c->scan, "<="))
            holds &= left <= (right = sum(c));
        else if (scan_take(&c->scan, ">="))
            holds &= left >= (right = sum(c));
        else if (scan_take(&c->scan, "<"))
            holds &= left < (right = sum(c));
        else if (scan_take(&c->scan, ">"))
            holds &= left > (right = sum(c));
        else
            return any ? holds : left;
    }
}

static int64_t negated(struct code *c)
{
    return scan_word(&c->scan, "not") ? !negated(c) : compare(c);
}

static int64_t all_of(struct code *c)
{
    int64_t value = negated(c);

    while (scan_word(&c->scan, "and")) {
        int64_t more = negated(c);

        value = value && more;
    }
    return value;
}

static int64_t any_of(struct code *c)
{
    int64_t value;

    if (c->depth++ > 32)
        scan_fail(&c->scan, "nested too deep");
    value = c->scan.failed ? 0 : all_of(c);
    while (scan_word(&c->scan, "or")) {
        int64_t more = all_of(c);

        value = value || more;
    }
    c->depth--;
    return value;
}

static void to_line_end(struct scan *s)
{
    while (*s->at != '\0' && *s->at != '\n')
        s->at++;
}

static void statement(struct code *c)
{
    const char *begin;
    int64_t holds;

    if (scan_word(&c->scan, "print")) {
        to_line_end(&c->scan);
        return;
    }
    if (!scan_word(&c->scan, "assert")) {
        scan_fail(&c->scan, "unsupported: code '%.20s'", c->scan.at);
        return;
    }
    begin = c->scan.at;
    c->values[0] = '\0';
    holds = any_of(c);
    if (!c->scan.failed && !holds)
        scan_fail(&c->scan, "assertion does not hold:%.*s%s", (int)(c->scan.at - begin), begin,
                  c->values);
    if (scan_take(&c->scan, ","))
        to_line_end(&c->scan);
    scan_take(&c->scan, ";");
}

bool code_run(struct drill_run *r, const char *text)
{
    struct drill_error error = {.line = 0};
    struct code c = {.scan = {.script = &r->script, .error = &error, .at = text}, .run = r};

    if (r->info_fd >= 0 && r->fds[r->info_fd].open)
        c.has_info =
            tarn_tcp_info(run_stack(r), r->fds[r->info_fd].sock, &c.info, r->world.now) == 0;
    c.scan.line = r->line;
    for (scan_blanks(&c.scan); !c.scan.failed && *c.scan.at != '\0'; scan_blanks(&c.scan))
        statement(&c);
    if (c.scan.failed) {
        r->line = error.line;
        run_fail(r, "%s", error.text);
    }
    return !c.scan.failed;
}
