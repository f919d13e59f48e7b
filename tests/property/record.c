/* tests/property/record.c - a history as a packet script (docs/drill.md), from the view of one end.
 *
 * What the application of that end calls and what the wire brings are the script's stimuli, what
 * the stack sends is what the script expects: `tarn drill` plays it against the same stack and
 * passes. So a wrong history becomes a script in which the wrong packets can be seen and mended. */
#include "tests/property/record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/property/play.h"

enum { LINES = 20000, PEERS = 64, TEXT = 240, FIRST_FD = 3 };

struct line {
    tarn_ns at;
    int peer; /* whose packet; -1: a call */
    char before[4], text[TEXT];
};

/* A connection: its ports, and where its numbers begin. */
struct peer {
    uint16_t local, remote;
    bool has_iss, has_irs;
    uint32_t iss, irs;
};

struct recorder {
    unsigned end;
    const char *path;
    int next_fd;
    struct line line[LINES];
    unsigned n;
    struct peer peer[PEERS];
    int n_peers;
};

static struct recorder recorder;

static struct recorder *of(const struct world *w, unsigned end)
{
    return w->rec != NULL && w->rec->end == end && w->rec->n < LINES ? w->rec : NULL;
}

static void add_line(struct world *w, int peer, const char *before, const char *text)
{
    struct line *l = &w->rec->line[w->rec->n++];

    *l = (struct line){.at = w->now, .peer = peer};
    snprintf(l->before, sizeof l->before, "%s", before);
    snprintf(l->text, sizeof l->text, "%s", text);
}

/* Calls ---------------------------------------------------------------------------------------- */

void record_call(struct world *w, unsigned end, const char *format, ...)
{
    char text[TEXT];
    va_list args;

    if (of(w, end) == NULL)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add_line(w, -1, "", text);
}

void record_socket(struct world *w, unsigned end, struct side *x)
{
    const char *cc = plan_cc[w->plan->cc[end]];

    if (of(w, end) == NULL)
        return;
    x->fd = w->rec->next_fd++;
    record_call(w, end, "socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = %d", x->fd);
    record_call(w, end, "setsockopt(%d, SOL_SOCKET, SO_OOBINLINE, [1], 4) = 0", x->fd);
    if (w->plan->cc[end] != 0 && tarn_set_cc(w->st[end], x->s, cc, strlen(cc)) == 0)
        record_call(w, end, "setsockopt(%d, SOL_TCP, TCP_CONGESTION, \"%s\", %zu) = 0", x->fd, cc,
                    strlen(cc));
}

void record_listen(struct world *w, unsigned end, const struct side *x, unsigned backlog)
{
    record_call(w, end, "bind(%d, ..., ...) = 0", x->fd);
    record_call(w, end, "listen(%d, %u) = 0", x->fd, backlog);
}

void record_connect(struct world *w, unsigned end, const struct side *x)
{
    record_call(w, end, "connect(%d, ..., ...) = -1 EINPROGRESS (Operation now in progress)",
                x->fd);
}

void record_fastopen(struct world *w, unsigned end, const struct side *x, size_t n, long done)
{
    if (done == -TARN_EINPROGRESS)
        record_call(w, end,
                    "sendto(%d, ..., %zu, MSG_FASTOPEN, ..., ...) = -1 EINPROGRESS (Operation now "
                    "in progress)",
                    x->fd, n);
    else if (done >= 0)
        record_call(w, end, "sendto(%d, ..., %zu, MSG_FASTOPEN, ..., ...) = %ld", x->fd, n, done);
}

void record_accept(struct world *w, unsigned end, const struct side *listener, struct side *x)
{
    if (of(w, end) == NULL)
        return;
    x->fd = w->rec->next_fd++;
    record_call(w, end, "accept4(%d, ..., ..., SOCK_NONBLOCK) = %d", listener->fd, x->fd);
    record_call(w, end, "setsockopt(%d, SOL_SOCKET, SO_OOBINLINE, [1], 4) = 0", x->fd);
}

void record_send(struct world *w, unsigned end, const struct side *x, size_t n, unsigned flags,
                 long done)
{
    const char *named = flags == TARN_MSG_MORE ? "MSG_MORE" : "MSG_OOB";

    if (done <= 0)
        return;
    if (flags != 0)
        record_call(w, end, "send(%d, ..., %zu, %s) = %ld", x->fd, n, named, done);
    else
        record_call(w, end, "write(%d, ..., %zu) = %ld", x->fd, n, done);
}

void record_read(struct world *w, unsigned end, const struct side *x, size_t n, long done)
{
    if (done >= 0)
        record_call(w, end, "read(%d, ..., %zu) = %ld", x->fd, done > 0 ? (size_t)done : n, done);
}

void record_option(struct world *w, unsigned end, const struct side *x, int opt, int64_t value)
{
    static const struct {
        int opt;
        const char *name;
    } names[] = {
        {TARN_SO_TCP_NODELAY, "SOL_TCP, TCP_NODELAY"},
        {TARN_SO_TCP_CORK, "SOL_TCP, TCP_CORK"},
        {TARN_SO_TCP_QUICKACK, "SOL_TCP, TCP_QUICKACK"},
        {TARN_SO_KEEPALIVE, "SOL_SOCKET, SO_KEEPALIVE"},
        {TARN_SO_TCP_KEEPIDLE, "SOL_TCP, TCP_KEEPIDLE"},
        {TARN_SO_TCP_KEEPINTVL, "SOL_TCP, TCP_KEEPINTVL"},
        {TARN_SO_TCP_KEEPCNT, "SOL_TCP, TCP_KEEPCNT"},
        {TARN_SO_TCP_USER_TIMEOUT, "SOL_TCP, TCP_USER_TIMEOUT"},
        {TARN_SO_TCP_LINGER2, "SOL_TCP, TCP_LINGER2"},
        {TARN_SO_TCP_WINDOW_CLAMP, "SOL_TCP, TCP_WINDOW_CLAMP"},
        {TARN_SO_TCP_NOTSENT_LOWAT, "SOL_TCP, TCP_NOTSENT_LOWAT"},
        {TARN_SO_RCVLOWAT, "SOL_SOCKET, SO_RCVLOWAT"},
        {TARN_SO_TCP_MAXSEG, "SOL_TCP, TCP_MAXSEG"},
        {TARN_SO_TCP_DEFER_ACCEPT, "SOL_TCP, TCP_DEFER_ACCEPT"},
        {TARN_SO_RCVBUF, "SOL_SOCKET, SO_RCVBUF"},
        {TARN_SO_SNDBUF, "SOL_SOCKET, SO_SNDBUF"},
        {TARN_SO_TCP_FASTOPEN, "SOL_TCP, TCP_FASTOPEN"},
    };

    if (opt == TARN_SO_LINGER)
        record_call(w, end,
                    "setsockopt(%d, SOL_SOCKET, SO_LINGER, {onoff=1, linger=%" PRId64 "}, 8) = 0",
                    x->fd, value);
    if (opt == TARN_SO_RCVBUF || opt == TARN_SO_SNDBUF)
        value /= 2; /* Linux doubles it */
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].opt == opt)
            record_call(w, end, "setsockopt(%d, %s, [%" PRId64 "], 4) = 0", x->fd, names[i].name,
                        value);
}

/* Packets -------------------------------------------------------------------------------------- */

static int peer_find(struct recorder *r, uint16_t local, uint16_t remote)
{
    for (int i = 0; i < r->n_peers; i++)
        if (r->peer[i].local == local && r->peer[i].remote == remote)
            return i;
    if (r->n_peers == PEERS)
        return PEERS - 1;
    r->peer[r->n_peers] = (struct peer){.local = local, .remote = remote};
    return r->n_peers++;
}

struct text {
    char at[TEXT];
    size_t n;
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *format, ...)
{
    va_list args;

    if (t->n >= sizeof t->at)
        return;
    va_start(args, format);
    t->n += (size_t)vsnprintf(t->at + t->n, sizeof t->at - t->n, format, args);
    va_end(args);
}

static void put_flags(struct text *t, unsigned flags)
{
    static const struct {
        unsigned flag;
        char letter;
    } letters[] = {{TCP_SYN, 'S'}, {TCP_FIN, 'F'}, {TCP_RST, 'R'}, {TCP_PSH, 'P'}, {TCP_ACK, '.'},
                   {TCP_URG, 'U'}, {TCP_ECE, 'E'}, {TCP_CWR, 'W'}, {TCP_AE, 'A'}};
    size_t before = t->n;

    for (unsigned i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if ((flags & letters[i].flag) != 0)
            put(t, "%c", letters[i].letter);
    if (t->n == before)
        put(t, "-");
}

static void put_sack(struct text *t, const uint8_t *o, uint32_t base)
{
    put(t, "sack");
    for (unsigned i = 2; i + 8 <= o[1]; i += 8)
        put(t, " %u:%u", load_be32(o + i) - base, load_be32(o + i + 4) - base);
}

/* AccECN's counters (RFC 9768 3.2.3): three bytes each, in the order that the kind says. */
static void put_accecn(struct text *t, const uint8_t *o)
{
    static const char *const fields[2][3] = {{"e0b", "ceb", "e1b"}, {"e1b", "ceb", "e0b"}};

    put(t, "ECN");
    for (unsigned i = 0; i < 3 && 2 + 3 * i + 3 <= o[1]; i++)
        put(t, " %s %u", fields[o[0] == 174][i],
            (unsigned)(o[2 + 3 * i] << 16 | load_be16(o + 3 + 3 * i)));
}

static void put_cookie(struct text *t, const uint8_t *o)
{
    put(t, "FO");
    for (unsigned i = 2; i < o[1]; i++)
        put(t, i == 2 ? " %02x" : "%02x", o[i]);
}

/* One option; its length. `base`: of the numbers in SACK blocks. */
static size_t put_option(struct text *t, const uint8_t *o, uint32_t base)
{
    switch (o[0]) {
    case 0: put(t, "eol"); return 1;
    case 1: put(t, "nop"); return 1;
    case 2: put(t, "mss %u", load_be16(o + 2)); break;
    case 3: put(t, "wscale %u", o[2]); break;
    case 4: put(t, "sackOK"); break;
    case 5: put_sack(t, o, base); break;
    case 8: put(t, "TS val %u ecr %u", load_be32(o + 2), load_be32(o + 6)); break;
    case 34: put_cookie(t, o); break;
    case 172:
    case 174: put_accecn(t, o); break;
    default: put(t, "option %u", o[0]); break;
    }
    return o[1] != 0 ? o[1] : 40;
}

static void put_options(struct text *t, const uint8_t *at, size_t n, uint32_t base)
{
    put(t, " <");
    for (size_t i = 0; i < n;) {
        put(t, "%s", i > 0 ? "," : "");
        i += put_option(t, at + i, base);
    }
    put(t, ">");
}

/* `mine`: where the sender's numbers begin, `other`: where those that it acknowledges do. */
static void put_segment(struct text *t, const uint8_t *b, const struct seen *s, uint32_t mine,
                        uint32_t other)
{
    uint32_t start = s->h.seq.v - mine, bytes = (uint32_t)s->bytes;

    put_flags(t, s->h.flags);
    put(t, " %u:%u(%u)", start, start + bytes, bytes);
    if ((s->h.flags & TCP_ACK) != 0)
        put(t, " ack %u", s->h.ack.v - other);
    put(t, " win %u", s->h.window);
    if ((s->h.flags & TCP_URG) != 0)
        put(t, " urg %u", s->h.urgent);
    if (s->h.header_bytes > TCP_HEADER_BYTES)
        put_options(t, b + s->l4 + TCP_HEADER_BYTES, s->h.header_bytes - (size_t)TCP_HEADER_BYTES,
                    other);
}

void record_sent(struct world *w, unsigned from, const uint8_t *b, size_t n)
{
    struct text t = {.n = 0};
    struct seen s;
    struct peer *p;
    int i;

    if (of(w, from) == NULL || !packet_see(b, n, &s) || !s.tcp)
        return;
    i = peer_find(w->rec, s.h.src_port, s.h.dst_port);
    p = &w->rec->peer[i];
    if ((s.h.flags & TCP_SYN) != 0)
        p->iss = s.h.seq.v;
    put_segment(&t, b, &s, p->iss, p->irs);
    add_line(w, i, ">", t.at);
}

static void put_error(struct text *t, const struct recorder *r, const uint8_t *b, bool six)
{
    static const char *const four[] = {[0] = "net_unreachable",
                                       [1] = "host_unreachable",
                                       [3] = "port_unreachable",
                                       [4] = "frag_needed"};
    static const char *const big[] = {
        [0] = "net_unreachable", [3] = "host_unreachable", [4] = "port_unreachable"};
    const uint8_t *quoted = b + 8 + (six ? 40 : 20);
    uint32_t at = load_be32(quoted + 4);

    for (int i = 0; i < r->n_peers; i++)
        if (r->peer[i].local == load_be16(quoted) && r->peer[i].remote == load_be16(quoted + 2))
            at -= r->peer[i].iss;
    if (b[0] == (six ? 3 : 11))
        put(t, "icmp time_exceeded ttl_exceeded");
    else if (six && b[0] == 2)
        put(t, "icmp packet_too_big mtu %u", load_be32(b + 4));
    else if (b[0] == (six ? 1 : 3))
        put(t, "icmp unreachable %s", six ? big[b[1] % 5] : four[b[1] % 5]);
    if (!six && b[0] == 3 && b[1] == 4)
        put(t, " mtu %u", load_be16(b + 6));
    if (t->n > 0)
        put(t, " [%u:%u(0)]", at, at);
}

void record_arrived(struct world *w, unsigned to, const uint8_t *b, size_t n)
{
    struct text t = {.n = 0};
    struct seen s;
    struct peer *p;
    int i;

    if (of(w, to) == NULL || !packet_see(b, n, &s))
        return;
    if (s.icmp) {
        put_error(&t, w->rec, b + s.l4, s.six);
        if (t.n > 0)
            add_line(w, -1, "<", t.at);
        return;
    }
    i = peer_find(w->rec, s.h.dst_port, s.h.src_port);
    p = &w->rec->peer[i];
    if ((s.h.flags & TCP_SYN) != 0)
        p->irs = s.h.seq.v;
    put_segment(&t, b, &s, p->irs, p->iss);
    add_line(w, i, "<", t.at);
}

/* The script ----------------------------------------------------------------------------------- */

static void write_settings(const struct plan *p, unsigned end, FILE *to)
{
    fprintf(to, "// A random history (seed %" PRIu64 "), as end %u has seen it.\n", p->seed, end);
    fprintf(to, "--ip_version=%s\n--mtu=%u\n--tolerance_usecs=1000\n", p->six ? "ipv6" : "ipv4",
            p->mtu[end] - (p->six ? 20u : 0));
    fprintf(to, "0 `sysctl tcp.syncookies=%u`\n", p->cookies[end]);
    if (p->fastopen != 0)
        fprintf(to, "+0 `sysctl tcp.fastopen=%u`\n", p->fastopen);
    for (unsigned i = 0; i < p->n_params; i++) {
        const char *name = plan_param_name(&p->params[i]);

        if (p->params[i].end == end && plan_param_is_known(&p->params[i]))
            fprintf(to, "+0 `sysctl %s=%" PRId64 "`\n", name, p->params[i].value);
    }
}

void record_end(struct world *w)
{
    struct recorder *r = w->rec;
    FILE *to = r != NULL ? fopen(r->path, "w") : NULL;

    if (to == NULL)
        return;
    write_settings(w->plan, r->end, to);
    for (unsigned i = 0; i < r->n; i++) {
        const struct line *l = &r->line[i];
        char port[16] = "";

        if (l->peer >= 0 && r->n_peers > 1)
            snprintf(port, sizeof port, "[%u] ", r->peer[l->peer].remote);
        fprintf(to, "%.9f %s%s%s%s\n", (double)(l->at - WORLD_S) / 1e9, l->before,
                l->before[0] != '\0' ? " " : "", port, l->text);
    }
    fclose(to);
}

struct recorder *record_begin(unsigned end, const char *path)
{
    recorder = (struct recorder){.end = end, .path = path, .next_fd = FIRST_FD};
    return &recorder;
}
