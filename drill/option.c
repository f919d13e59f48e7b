/* drill/option.c - TCP options as bytes and as text.
 *
 * Reading and writing are each other's inverse for what is well formed; what is not, or has no
 * name, is kept as OPTION_OTHER with all its bytes. */
#include "drill/option.h"

#include <stdio.h>
#include <string.h>

#include "drill/bytes.h"

/* The live number of a timestamp that the script calls `script`. */
static bool ts_live(const struct drill_flow *flow, uint32_t script, uint32_t *live)
{
    *live = 0;
    if (script == 0)
        return true;
    for (unsigned i = flow->n_ts; i-- > 0 && i + 64 >= flow->n_ts;)
        if (flow->ts[i % 64].script == script) {
            *live = flow->ts[i % 64].live;
            return true;
        }
    *live = script - flow->ts_first.script + flow->ts_first.live;
    return flow->ts_scaled && flow->n_ts > 0;
}

static unsigned build_sacks(const struct drill_option *o, uint32_t offset, uint8_t *at)
{
    for (unsigned i = 0; i < o->n_sacks; i++) {
        put32(at + 2 + 8 * i, o->sack[i][0] + offset);
        put32(at + 6 + 8 * i, o->sack[i][1] + offset);
    }
    return 2 + 8 * o->n_sacks;
}

static unsigned build_ecn(const struct drill_option *o, uint8_t *at)
{
    for (unsigned i = 0; i < o->n_ecn; i++) {
        at[2 + 3 * i] = (uint8_t)(o->ecn[i] >> 16);
        put16(at + 3 + 3 * i, o->ecn[i]);
    }
    return 2 + 3 * o->n_ecn;
}

/* Bytes behind kind and length. */
static unsigned build_bytes(const struct drill_option *o, uint8_t *at)
{
    unsigned head = o->kind == OPTION_FOEXP ? 4 : 2;

    if (o->kind == OPTION_FOEXP)
        put16(at + 2, FOEXP_MAGIC);
    memcpy(at + head, o->raw, o->n_raw);
    return head + o->n_raw;
}

/* What is echoed without an ACK is no echo: it stands as it is. */
static unsigned build_stamps(const struct drill_flow *flow, const struct drill_option *o,
                             uint16_t flags, uint8_t *at)
{
    uint32_t ecr = o->b;

    if ((flags & FLAG_ACK) != 0 && !ts_live(flow, o->b, &ecr))
        return 0;
    put32(at + 2, o->a);
    put32(at + 6, ecr);
    return 10;
}

unsigned option_build(const struct drill_flow *flow, const struct drill_option *o, uint16_t flags,
                      uint8_t *at)
{
    unsigned len = 0;

    at[0] = o->kind;
    switch (o->kind) {
    case OPTION_EOL:
    case OPTION_NOP: return 1;
    case OPTION_MSS:
        put16(at + 2, o->a);
        len = 4;
        break;
    case OPTION_WSCALE:
        at[2] = (uint8_t)o->a;
        len = 3;
        break;
    case OPTION_SACK_OK: len = 2; break;
    case OPTION_SACK: len = build_sacks(o, flow_local_offset(flow, flags), at); break;
    case OPTION_TS: len = build_stamps(flow, o, flags, at); break;
    case OPTION_ECN0:
    case OPTION_ECN1: len = build_ecn(o, at); break;
    case OPTION_FO:
    case OPTION_FOEXP:
    case OPTION_MD5: len = build_bytes(o, at); break;
    default: memcpy(at, o->raw, o->n_raw); return o->n_raw;
    }
    at[1] = (uint8_t)len;
    return len;
}

static bool read_sacks(const uint8_t *at, unsigned len, struct drill_option *o)
{
    if (len < 10 || len > 34 || len % 8 != 2)
        return false;
    for (o->n_sacks = 0; o->n_sacks < len / 8; o->n_sacks++) {
        o->sack[o->n_sacks][0] = get32(at + 2 + 8 * o->n_sacks);
        o->sack[o->n_sacks][1] = get32(at + 6 + 8 * o->n_sacks);
    }
    return true;
}

static bool read_ecn(const uint8_t *at, unsigned len, struct drill_option *o)
{
    if (len > 11 || len % 3 != 2)
        return false;
    for (o->n_ecn = 0; o->n_ecn < len / 3; o->n_ecn++)
        o->ecn[o->n_ecn] = (uint32_t)at[2 + 3 * o->n_ecn] << 16 | get16(at + 3 + 3 * o->n_ecn);
    return true;
}

static bool read_bytes(const uint8_t *at, unsigned len, struct drill_option *o)
{
    unsigned head = o->kind == OPTION_FOEXP ? 4 : 2;

    if (len < head || (head == 4 && get16(at + 2) != FOEXP_MAGIC))
        return false;
    o->n_raw = len - head;
    memcpy(o->raw, at + head, o->n_raw);
    return true;
}

/* Is it well formed, as its kind demands? */
static bool read_known(const uint8_t *at, unsigned len, struct drill_option *o)
{
    switch (o->kind) {
    case OPTION_EOL:
    case OPTION_NOP: return true;
    case OPTION_MSS: o->a = len == 4 ? get16(at + 2) : 0; return len == 4;
    case OPTION_WSCALE: o->a = len == 3 ? at[2] : 0; return len == 3;
    case OPTION_SACK_OK: return len == 2;
    case OPTION_SACK: return read_sacks(at, len, o);
    case OPTION_TS:
        o->a = len == 10 ? get32(at + 2) : 0;
        o->b = len == 10 ? get32(at + 6) : 0;
        return len == 10;
    case OPTION_ECN0:
    case OPTION_ECN1: return read_ecn(at, len, o);
    case OPTION_FO:
    case OPTION_FOEXP:
    case OPTION_MD5: return read_bytes(at, len, o);
    default: return false;
    }
}

unsigned option_read(const uint8_t *at, unsigned n, struct drill_option *o)
{
    unsigned len = at[0] <= OPTION_NOP ? 1 : n < 2 ? 0 : at[1];

    if (len == 0 || len > n || (at[0] > OPTION_NOP && len < 2))
        return 0;
    memset(o, 0, sizeof *o);
    o->kind = at[0];
    if (!read_known(at, len, o)) {
        o->kind = OPTION_OTHER;
        o->n_raw = len;
        memcpy(o->raw, at, len);
    }
    return len;
}

/* The words of a list behind a name, each by the format. */
static int print_list(const char *name, const char *format, const uint8_t *raw, unsigned n_raw,
                      char *text, size_t n)
{
    size_t at = (size_t)snprintf(text, n, "%s", name);

    for (unsigned i = 0; i < n_raw && at < n; i++)
        at += (size_t)snprintf(text + at, n - at, format, raw[i]);
    return (int)at;
}

static int print_hex(const char *name, const struct drill_option *o, char *text, size_t n)
{
    char head[8];

    snprintf(head, sizeof head, "%s%s", name, o->n_raw > 0 ? " " : "");
    return print_list(head, "%02x", o->raw, o->n_raw, text, n);
}

static int print_sacks(const struct drill_option *o, char *text, size_t n)
{
    size_t at = (size_t)snprintf(text, n, "sack");

    for (unsigned i = 0; i < o->n_sacks && at < n; i++)
        at += (size_t)snprintf(text + at, n - at, " %u:%u", o->sack[i][0], o->sack[i][1]);
    return (int)at;
}

static int print_ecn(const struct drill_option *o, char *text, size_t n)
{
    static const char *const names[] = {"e0b", "ceb", "e1b"};
    size_t at = (size_t)snprintf(text, n, "ECN");

    for (unsigned i = 0; i < o->n_ecn && at < n; i++)
        at += (size_t)snprintf(text + at, n - at, " %s %u",
                               names[o->kind == OPTION_ECN0 ? i : 2 - i], o->ecn[i]);
    return (int)at;
}

int option_print(const struct drill_option *o, char *text, size_t n)
{
    switch (o->kind) {
    case OPTION_EOL: return snprintf(text, n, "eol");
    case OPTION_NOP: return snprintf(text, n, "nop");
    case OPTION_MSS: return snprintf(text, n, "mss %u", o->a);
    case OPTION_WSCALE: return snprintf(text, n, "wscale %u", o->a);
    case OPTION_SACK_OK: return snprintf(text, n, "sackOK");
    case OPTION_TS: return snprintf(text, n, "TS val %u ecr %u", o->a, o->b);
    case OPTION_SACK: return print_sacks(o, text, n);
    case OPTION_ECN0:
    case OPTION_ECN1: return print_ecn(o, text, n);
    case OPTION_FO: return print_hex("FO", o, text, n);
    case OPTION_FOEXP: return print_hex("FOEXP", o, text, n);
    case OPTION_MD5: return print_hex("md5", o, text, n);
    default: return print_list("raw", " %u", o->raw, o->n_raw, text, n);
    }
}

bool option_differs(const struct drill_option *want, const struct drill_option *got, bool echo)
{
    if (want->kind != got->kind || want->n_sacks != got->n_sacks || want->n_ecn != got->n_ecn ||
        want->n_raw != got->n_raw)
        return true;
    if (want->kind == OPTION_TS)
        return echo && want->b != got->b;
    return want->a != got->a ||
           memcmp(want->sack, got->sack, want->n_sacks * sizeof want->sack[0]) != 0 ||
           memcmp(want->ecn, got->ecn, want->n_ecn * sizeof want->ecn[0]) != 0 ||
           memcmp(want->raw, got->raw, want->n_raw) != 0;
}
