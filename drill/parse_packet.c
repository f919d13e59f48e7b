/* drill/parse_packet.c - reads a packet line: `[5001] S. 0:0(0) ack 1 win 100 <mss 1460,nop>`,
 * `udp (100)`, `icmp unreachable frag_needed mtu 1200 [1:1461(1460)]`. */
#include <string.h>

#include "drill/icmp.h"
#include "drill/parse.h"

static const struct {
    char letter;
    uint8_t flag;
} flag_letters[] = {{'F', FLAG_FIN}, {'S', FLAG_SYN}, {'R', FLAG_RST}, {'P', FLAG_PSH},
                    {'.', FLAG_ACK}, {'U', FLAG_URG}, {'E', FLAG_ECE}, {'W', FLAG_CWR}};

enum { N_FLAGS = sizeof flag_letters / sizeof flag_letters[0] };

static bool parse_flag(struct scan *s, struct drill_packet *p)
{
    for (unsigned i = 0; i < N_FLAGS; i++)
        if (*s->at == flag_letters[i].letter) {
            p->flags |= flag_letters[i].flag;
            s->at++;
            return true;
        }
    return false;
}

static bool parse_flags(struct scan *s, struct drill_packet *p)
{
    if (scan_take(s, "-"))
        return true;
    scan_blanks(s);
    if (!parse_flag(s, p))
        return scan_fail(s, "flags are missing before '%.12s'", s->at);
    while (parse_flag(s, p))
        continue;
    return true;
}

static bool parse_u32(struct scan *s, uint32_t *out)
{
    uint64_t number;

    if (!scan_number(s, UINT32_MAX, &number))
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool parse_u16(struct scan *s, uint16_t *out)
{
    uint64_t number;

    if (!scan_number(s, UINT16_MAX, &number))
        return false;
    *out = (uint16_t)number;
    return true;
}

/* 1:1001(1000) */
static bool parse_range(struct scan *s, uint32_t *seq, uint32_t *bytes)
{
    uint32_t end;

    if (!parse_u32(s, seq) || !scan_want(s, ":") || !parse_u32(s, &end) || !scan_want(s, "(") ||
        !parse_u32(s, bytes) || !scan_want(s, ")"))
        return false;
    return end - *seq == *bytes || scan_fail(s, "%u:%u(%u) does not add up", *seq, end, *bytes);
}

static bool parse_sack(struct scan *s, struct drill_option *o)
{
    while (!scan_sees(s, ",") && !scan_sees(s, ">")) {
        if (o->n_sacks == MAX_SACKS)
            return scan_fail(s, "more than %d SACK blocks", MAX_SACKS);
        if (!parse_u32(s, &o->sack[o->n_sacks][0]) || !scan_want(s, ":") ||
            !parse_u32(s, &o->sack[o->n_sacks][1]))
            return false;
        o->n_sacks++;
    }
    return true;
}

/* raw 0x0500...: bytes as they stand, for malformed options. */
static bool parse_raw(struct scan *s, struct drill_option *o)
{
    uint64_t byte;

    o->kind = OPTION_OTHER;
    while (!scan_sees(s, ",") && !scan_sees(s, ">")) {
        if (o->n_raw == sizeof o->raw || !scan_number(s, 255, &byte))
            return scan_fail(s, "raw takes up to 40 numbers");
        o->raw[o->n_raw++] = (uint8_t)byte;
    }
    return true;
}

static bool parse_tcp_option(struct scan *s, struct drill_option *o)
{
    static const struct {
        const char *name;
        uint8_t kind;
        bool has_number;
    } simple[] = {{"nop", OPTION_NOP, false},        {"eol", OPTION_EOL, false},
                  {"mss", OPTION_MSS, true},         {"wscale", OPTION_WSCALE, true},
                  {"sackOK", OPTION_SACK_OK, false}, {"", 0, false}};

    for (unsigned i = 0; simple[i].name[0] != '\0'; i++)
        if (scan_word(s, simple[i].name)) {
            o->kind = simple[i].kind;
            return !simple[i].has_number || parse_u32(s, &o->a);
        }
    if (scan_word(s, "TS")) {
        o->kind = OPTION_TS;
        return scan_want(s, "val") && parse_u32(s, &o->a) && scan_want(s, "ecr") &&
               parse_u32(s, &o->b);
    }
    if (scan_word(s, "sack")) {
        o->kind = OPTION_SACK;
        return parse_sack(s, o);
    }
    if (scan_word(s, "raw"))
        return parse_raw(s, o);
    return scan_fail(s, "unsupported: TCP option '%.12s'", s->at);
}

/* Behind '<'. */
static bool parse_tcp_options(struct scan *s, struct drill_packet *p)
{
    if (scan_take(s, "...")) {
        p->any_options = true;
        return scan_want(s, ">");
    }
    do {
        if (p->n_options == MAX_OPTIONS)
            return scan_fail(s, "more than %d options", MAX_OPTIONS);
        if (!parse_tcp_option(s, &p->options[p->n_options++]))
            return false;
    } while (scan_take(s, ","));
    return scan_want(s, ">");
}

static bool parse_tcp(struct scan *s, struct drill_packet *p)
{
    p->proto = DRILL_TCP;
    if (!parse_flags(s, p) || !parse_range(s, &p->seq, &p->payload_bytes))
        return false;
    if (scan_word(s, "ack")) {
        if (!(p->flags & FLAG_ACK))
            return scan_fail(s, "an ack without the flag '.'");
        if (!parse_u32(s, &p->ack))
            return false;
    } else if (p->flags & FLAG_ACK) {
        return scan_fail(s, "the flag '.' without an ack");
    }
    p->has_window = scan_word(s, "win");
    if (p->has_window && !parse_u16(s, &p->window))
        return false;
    if (scan_word(s, "urg") && !parse_u16(s, &p->urgent))
        return false;
    /* An option list, not the next event's direction: that has a time before it. */
    return !scan_take(s, "<") || parse_tcp_options(s, p);
}

static bool parse_udp(struct scan *s, struct drill_packet *p)
{
    p->proto = DRILL_UDP;
    return scan_want(s, "(") && parse_u32(s, &p->payload_bytes) && scan_want(s, ")");
}

/* The words of an error, of which "too big" has one. */
static bool parse_icmp_words(struct scan *s, struct drill_packet *p)
{
    bool one = scan_sees(s, "packet_too_big");
    const char *type = scan_name(s), *code = one ? "" : scan_name(s);

    p->proto = DRILL_ICMP;
    p->icmp = type == NULL || code == NULL ? ICMP_OTHER : icmp_find(type, code, &p->icmp_mtu_of_6);
    return p->icmp != ICMP_OTHER || scan_fail(s, "unsupported: icmp %s %s",
                                              type != NULL ? type : "?", code != NULL ? code : "?");
}

static bool parse_icmp(struct scan *s, struct drill_packet *p)
{
    if (!parse_icmp_words(s, p) || (scan_word(s, "mtu") && !parse_u32(s, &p->icmp_mtu)) ||
        !scan_want(s, "["))
        return false;
    p->quoted = scan_word(s, "udp") ? DRILL_UDP : DRILL_TCP;
    if (p->quoted == DRILL_TCP)
        return parse_range(s, &p->seq, &p->payload_bytes) && scan_want(s, "]");
    return scan_want(s, "(") && parse_u32(s, &p->payload_bytes) && scan_want(s, ")") &&
           scan_want(s, "]");
}

static bool parse_ecn(struct scan *s, struct drill_packet *p)
{
    static const char *const marks[] = {"noecn", "ect1", "ect0", "ce"};

    for (uint8_t i = 0; i < 4; i++)
        if (scan_word(s, marks[i])) {
            p->has_ecn = true;
            p->ecn = i;
            return scan_want(s, "]");
        }
    return parse_u16(s, &p->peer_port) && scan_want(s, "]");
}

struct drill_packet *parse_packet(struct scan *s, bool inbound)
{
    struct drill_packet *p = script_alloc(s->script, sizeof *p);
    bool good = true;

    p->inbound = inbound;
    while (good && scan_take(s, "["))
        good = parse_ecn(s, p);
    if (!good)
        return NULL;
    if (scan_word(s, "udp"))
        good = parse_udp(s, p);
    else if (scan_word(s, "icmp"))
        good = parse_icmp(s, p);
    else
        good = parse_tcp(s, p);
    return good ? p : NULL;
}
