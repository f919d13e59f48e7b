/* drill/script/parse_option.c - reads a TCP option of a script: `mss 1460`, `TS val 1 ecr 0`, `FO
 * 0011aabb`, `ECN e0b 1 ceb 0 e1b 1`, `raw 5 10`. */
#include <string.h>

#include "drill/option.h"

static bool parse_u32(struct scan *s, uint32_t max, uint32_t *out)
{
    uint64_t number;

    if (!scan_number(s, max, &number))
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool parse_sack(struct scan *s, struct drill_option *o)
{
    while (!scan_sees(s, ",") && !scan_sees(s, ">")) {
        if (o->n_sacks == MAX_SACKS)
            return scan_fail(s, "more than %d SACK blocks", MAX_SACKS);
        if (!parse_u32(s, UINT32_MAX, &o->sack[o->n_sacks][0]) || !scan_want(s, ":") ||
            !parse_u32(s, UINT32_MAX, &o->sack[o->n_sacks][1]))
            return false;
        o->n_sacks++;
    }
    return true;
}

/* Bytes as they stand, for options that have no name or are malformed. */
static bool parse_raw(struct scan *s, struct drill_option *o)
{
    uint64_t byte;

    while (!scan_sees(s, ",") && !scan_sees(s, ">")) {
        if (o->n_raw == sizeof o->raw || !scan_number(s, 255, &byte))
            return scan_fail(s, "raw takes up to 40 numbers");
        o->raw[o->n_raw++] = (uint8_t)byte;
    }
    return true;
}

/* The value of a hexadecimal digit, -1: it is none. */
static int nibble(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits) % 16;
}

/* 0011aabb, or nothing. */
static bool parse_hex(struct scan *s, struct drill_option *o)
{
    scan_blanks(s);
    for (; nibble(s->at[0]) >= 0; s->at += 2) {
        if (nibble(s->at[1]) < 0)
            return scan_fail(s, "an odd number of hexadecimal digits");
        if (o->n_raw == MAX_RAW - 4)
            return scan_fail(s, "more than %d bytes", MAX_RAW - 4);
        o->raw[o->n_raw++] = (uint8_t)(nibble(s->at[0]) << 4 | nibble(s->at[1]));
    }
    return true;
}

static bool parse_stamps(struct scan *s, struct drill_option *o)
{
    return scan_want(s, "val") && parse_u32(s, UINT32_MAX, &o->a) && scan_want(s, "ecr") &&
           parse_u32(s, UINT32_MAX, &o->b);
}

/* AccECN's counters stand in one of two orders (RFC 9768 3.2.3); the last may be missing. */
static bool parse_ecn(struct scan *s, struct drill_option *o)
{
    static const char *const orders[2][3] = {{"e0b", "ceb", "e1b"}, {"e1b", "ceb", "e0b"}};
    bool second = scan_sees(s, "e1b");

    o->kind = second ? OPTION_ECN1 : OPTION_ECN0;
    while (o->n_ecn < 3 && scan_word(s, orders[second][o->n_ecn]))
        if (!parse_u32(s, 0xffffff, &o->ecn[o->n_ecn++]))
            return false;
    return true;
}

static bool parse_mss(struct scan *s, struct drill_option *o)
{
    return parse_u32(s, UINT16_MAX, &o->a);
}

static bool parse_shift(struct scan *s, struct drill_option *o)
{
    return parse_u32(s, UINT8_MAX, &o->a);
}

bool parse_tcp_option(struct scan *s, struct drill_option *o)
{
    static const struct {
        const char *name;
        uint8_t kind;
        bool (*rest)(struct scan *s, struct drill_option *o);
    } names[] = {
        {"nop", OPTION_NOP, NULL},          {"eol", OPTION_EOL, NULL},
        {"mss", OPTION_MSS, parse_mss},     {"wscale", OPTION_WSCALE, parse_shift},
        {"sackOK", OPTION_SACK_OK, NULL},   {"sack", OPTION_SACK, parse_sack},
        {"TS", OPTION_TS, parse_stamps},    {"FO", OPTION_FO, parse_hex},
        {"FOEXP", OPTION_FOEXP, parse_hex}, {"md5", OPTION_MD5, parse_hex},
        {"ECN", OPTION_ECN0, parse_ecn},    {"raw", OPTION_OTHER, parse_raw},
    };

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (scan_word(s, names[i].name)) {
            o->kind = names[i].kind;
            return names[i].rest == NULL || names[i].rest(s, o);
        }
    return scan_fail(s, "unsupported: TCP option '%.12s'", s->at);
}
