/* drill/code.c - code blocks: assertions over TCP_INFO and the stack's counters.
 *
 *      block   = { "assert" or [ "," message ] | name ("=" | "+=" | "-=") or | "print" message }
 *      or      = and { "or" and }            and  = not { "and" not }
 *      not     = "not" not | compare         compare = bits { ("=="|"!="|"<="|">="|"<"|">") bits }
 *      bits    = sum { ("|"|"^"|"&"|"<<"|">>") sum }, as tightly as Python has them
 *      sum     = term { ("+"|"-") term }     term = factor { ("*"|"//"|"/"|"%") factor }
 *      factor  = number | name | function "(" "text" ")" | "(" or ")" | ("-"|"~") factor
 *
 * Statements end at ';' or a line's end outside of brackets. Numbers are whole. A message is
 * skipped. Names that a block sets are known to those behind it. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "drill/run.h"
#include "drill/scan.h"
#include "drill/symbols.h"
#include "posix/tcp_info.h"

struct code {
    struct scan scan;
    struct drill_run *run;
    struct linux_tcp_info info;
    bool has_info;
    unsigned depth;
    char values[400]; /* of the names in this statement: "tcpi_state = 1, ..." */
};

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

static struct drill_variable *variable_find(const struct code *c, const char *name)
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
    if (c->depth++ > 64) {
        scan_fail(&c->scan, "nested too deep");
        return 0;
    }
    if (scan_take(&c->scan, "-"))
        return -factor(c);
    if (scan_take(&c->scan, "~"))
        return ~factor(c);
    if (scan_word(&c->scan, "stat") || scan_word(&c->scan, "drops")) {
        counter(c, c->scan.at[-1] == 's', &value);
        return value;
    }
    name = scan_name(&c->scan);
    if (name == NULL) {
        scan_number(&c->scan, INT64_MAX, &number);
        return (int64_t)number;
    }
    if (variable_find(c, name) != NULL)
        value = variable_find(c, name)->value;
    else if (info_find(c, name, &value) || usage_find(c, name, &value))
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
            value = (int64_t)((uint64_t)value * (uint64_t)factor(c));
        } else if (scan_sees(&c->scan, "/") || scan_sees(&c->scan, "%")) {
            bool rest = *c->scan.at++ == '%';
            int64_t by;

            c->scan.at += !rest && *c->scan.at == '/';
            by = factor(c);
            if (by == 0 || (by == -1 && value == INT64_MIN))
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
            value = (int64_t)((uint64_t)value + (uint64_t)term(c));
        else if (scan_take(&c->scan, "-"))
            value = (int64_t)((uint64_t)value - (uint64_t)term(c));
        else
            return value;
    }
}

static int64_t shifted(struct code *c)
{
    int64_t value = sum(c);

    for (;;) {
        bool left = scan_take(&c->scan, "<<");
        int64_t by;

        if (!left && !scan_take(&c->scan, ">>"))
            return value;
        by = sum(c) & 63;
        value = (int64_t)(left ? (uint64_t)value << by : (uint64_t)value >> by);
    }
}

static int64_t bits_and(struct code *c)
{
    int64_t value = shifted(c);

    while (scan_take(&c->scan, "&"))
        value &= shifted(c);
    return value;
}

static int64_t bits_xor(struct code *c)
{
    int64_t value = bits_and(c);

    while (scan_take(&c->scan, "^"))
        value ^= bits_and(c);
    return value;
}

static int64_t bits(struct code *c)
{
    int64_t value = bits_xor(c);

    while (scan_take(&c->scan, "|"))
        value |= bits_xor(c);
    return value;
}

/* a < b <= c holds when each pair does. */
static int64_t compare(struct code *c)
{
    int64_t left = bits(c), right;
    bool holds = true, any = false;

    for (;; left = right, any = true) {
        if (scan_take(&c->scan, "=="))
            holds &= left == (right = bits(c));
        else if (scan_take(&c->scan, "!="))
            holds &= left != (right = bits(c));
        else if (scan_take(&c->scan, "<="))
            holds &= left <= (right = bits(c));
        else if (scan_take(&c->scan, ">="))
            holds &= left >= (right = bits(c));
        else if (scan_take(&c->scan, "<"))
            holds &= left < (right = bits(c));
        else if (scan_take(&c->scan, ">"))
            holds &= left > (right = bits(c));
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

/* Past a message: up to a ';' or the line's end that is in no bracket or text. */
static void skip_message(struct scan *s)
{
    unsigned depth = 0;

    for (; *s->at != '\0'; s->at++) {
        if (*s->at == '\'' || *s->at == '"') {
            const char *end = strchr(s->at + 1, *s->at);

            if (end == NULL)
                return;
            s->at = end;
        } else if (*s->at == '(') {
            depth++;
        } else if (*s->at == ')' && depth > 0) {
            depth--;
        } else if (depth == 0 && (*s->at == ';' || *s->at == '\n')) {
            return;
        } else if (*s->at == '\n') {
            s->line++;
        }
    }
}

static void assertion(struct code *c)
{
    const char *begin = c->scan.at;
    int64_t holds;

    c->values[0] = '\0';
    holds = any_of(c);
    if (!c->scan.failed && !holds)
        scan_fail(&c->scan, "assertion does not hold:%.*s%s", (int)(c->scan.at - begin), begin,
                  c->values);
    if (scan_take(&c->scan, ","))
        skip_message(&c->scan);
}

static void assignment(struct code *c)
{
    const char *name = scan_name(&c->scan);
    struct drill_variable *v = name == NULL ? NULL : variable_find(c, name);
    char op = scan_take(&c->scan, "+") ? '+' : scan_take(&c->scan, "-") ? '-' : '=';
    int64_t value;

    if (name == NULL || !scan_take(&c->scan, "=") || (v == NULL && op != '=')) {
        scan_fail(&c->scan, "unsupported: code '%.20s'", name != NULL ? name : c->scan.at);
        return;
    }
    value = any_of(c);
    if (v == NULL) {
        v = script_alloc(&c->run->script, sizeof *v);
        v->name = name;
        v->next = c->run->variables;
        c->run->variables = v;
    }
    v->value = op == '=' ? value : op == '+' ? v->value + value : v->value - value;
}

static void statement(struct code *c)
{
    c->depth = 0;
    if (scan_word(&c->scan, "print"))
        skip_message(&c->scan);
    else if (scan_word(&c->scan, "assert"))
        assertion(c);
    else
        assignment(c);
    while (scan_take(&c->scan, ";"))
        continue;
}

/* The text with lines that go on joined. */
static const char *joined(struct drill_run *r, const char *text)
{
    char *copy = script_alloc(&r->script, strlen(text) + 1), *at;

    memcpy(copy, text, strlen(text));
    while ((at = strstr(copy, "\\\n")) != NULL)
        at[0] = at[1] = ' ';
    return copy;
}

bool code_run(struct drill_run *r, const char *text)
{
    struct drill_error error = {.line = 0};
    struct code c = {.scan = {.script = &r->script, .error = &error, .at = joined(r, text)},
                     .run = r};
    socklen_t n = sizeof c.info;

    c.has_info = sys_is_socket(r->sys, r->info_fd) &&
                 sys_getsockopt(r->sys, r->info_fd, IPPROTO_TCP, TCP_INFO, &c.info, &n) == 0;
    c.scan.line = r->line;
    for (scan_blanks(&c.scan); !c.scan.failed && *c.scan.at != '\0'; scan_blanks(&c.scan))
        statement(&c);
    if (c.scan.failed) {
        r->line = error.line;
        run_fail(r, "%s", error.text);
    }
    return !c.scan.failed;
}
