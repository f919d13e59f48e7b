/* drill/script/parse_packet.c - reads a packet line: `[5001] S. 0:0(0) ack 1 win 100 <mss
 * 1460,nop>`, `udp (100)`, `icmp unreachable frag_needed mtu 1200 [1:1461(1460)]`. */
#include <string.h>

#include "drill/icmp.h"
#include "drill/option.h"
#include "drill/script/parse.h"

static const struct {
    char letter;
    uint16_t flag;
} flag_letters[] = {{'F', FLAG_FIN}, {'S', FLAG_SYN}, {'R', FLAG_RST},
                    {'P', FLAG_PSH}, {'.', FLAG_ACK}, {'U', FLAG_URG},
                    {'E', FLAG_ECE}, {'W', FLAG_CWR}, {'A', FLAG_AE}};

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

/* The counter ACE, of the three flags of ECN (RFC 9768 2.2). */
static bool parse_ace(struct scan *s, struct drill_packet *p)
{
    const uint16_t flags = FLAG_ECE | FLAG_CWR | FLAG_AE;
    uint16_t ace;

    if (*s->at < '0' || *s->at > '7')
        return false;
    ace = (uint16_t)(*s->at++ - '0');
    if ((p->flags & flags) != 0)
        return scan_fail(s, "flags of ECN, and a counter");
    p->is_ace = ace != 0;
    p->flags |=
        (uint16_t)((ace & 1 ? FLAG_ECE : 0) | (ace & 2 ? FLAG_CWR : 0) | (ace & 4 ? FLAG_AE : 0));
    return true;
}

/* SEWA, P., .5, P5. */
static bool parse_flags(struct scan *s, struct drill_packet *p)
{
    if (scan_take(s, "-"))
        return true;
    scan_blanks(s);
    if (!parse_flag(s, p) && !parse_ace(s, p))
        return scan_fail(s, "flags are missing before '%.12s'", s->at);
    while (parse_flag(s, p) || parse_ace(s, p))
        continue;
    return !s->failed;
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

    uint16_t length;

    if (!parse_u32(s, seq) || !scan_want(s, ":") || !parse_u32(s, &end) || !scan_want(s, "(") ||
        !parse_u16(s, &length) || !scan_want(s, ")"))
        return false;
    *bytes = length;
    return end - *seq == *bytes || scan_fail(s, "%u:%u(%u) does not add up", *seq, end, *bytes);
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
    if (scan_word(s, "ack") && !parse_u32(s, &p->ack))
        return false;
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
    uint16_t length = 0;

    p->proto = DRILL_UDP;
    scan_want(s, "(");
    parse_u16(s, &length);
    p->payload_bytes = length;
    return scan_want(s, ")");
}

/* The words of an error, of which the second may be missing. */
static bool parse_icmp_words(struct scan *s, struct drill_packet *p)
{
    const char *type = scan_name(s);
    struct scan before = *s;
    const char *code = scan_name(s);

    if (code != NULL && strcmp(code, "mtu") == 0)
        code = NULL;
    if (code == NULL)
        *s = before;
    p->proto = DRILL_ICMP;
    p->icmp =
        type == NULL ? ICMP_OTHER : icmp_find(type, code == NULL ? "" : code, &p->icmp_mtu_of_6);
    return p->icmp != ICMP_OTHER || scan_fail(s, "unsupported: icmp %s %s",
                                              type != NULL ? type : "?", code != NULL ? code : "?");
}

/* [1:1461(1460)]  [udp (100)]: the packet of the stack's that it is about; without one, its first.
 */
static bool parse_quoted(struct scan *s, struct drill_packet *p)
{
    if (!scan_take(s, "["))
        return true;
    if (scan_word(s, "udp")) {
        uint8_t proto = p->proto;

        parse_udp(s, p);
        p->proto = proto;
        p->quoted = DRILL_UDP;
        return scan_want(s, "]");
    }
    return parse_range(s, &p->seq, &p->payload_bytes) && scan_want(s, "]");
}

static bool parse_icmp(struct scan *s, struct drill_packet *p)
{
    p->quoted = DRILL_TCP;
    return parse_icmp_words(s, p) && (!scan_word(s, "mtu") || parse_u32(s, &p->icmp_mtu)) &&
           parse_quoted(s, p);
}

/* [ect0]  [tos 0x3]  [ttl 64]  [flowlabel 0x1]  [ect0,flowlabel 0x1]  [5001] */
static bool parse_ip_word(struct scan *s, struct drill_packet *p)
{
    static const char *const marks[] = {"noecn", "ect1", "ect0", "ce"};
    uint64_t number = 0;

    for (uint8_t i = 0; i < 4; i++)
        if (scan_word(s, marks[i])) {
            p->tos_said = TOS_ECN;
            p->tos = i;
            return true;
        }
    if (scan_word(s, "ect01")) {
        p->tos_said = TOS_ECT_EITHER;
        return !p->inbound || scan_fail(s, "[ect01] is for outbound packets");
    }
    if (scan_word(s, "tos")) {
        p->tos_said = TOS_ALL;
        scan_number(s, UINT8_MAX, &number);
        p->tos = (uint8_t)number;
    } else if (scan_word(s, "ttl")) {
        scan_number(s, UINT8_MAX, &number);
        p->ttl = (uint8_t)number;
    } else if (scan_word(s, "flowlabel")) {
        scan_number(s, 0xfffff, &number);
        p->flow_label = (uint32_t)number;
    } else {
        return parse_u16(s, &p->peer_port);
    }
    return !s->failed;
}

/* Behind '[' or '('. */
static bool parse_ip(struct scan *s, struct drill_packet *p, const char *close)
{
    do {
        if (!parse_ip_word(s, p))
            return false;
    } while (scan_take(s, ","));
    return scan_want(s, close);
}

struct drill_packet *parse_packet(struct scan *s, bool inbound)
{
    struct drill_packet *p = script_alloc(s->script, sizeof *p);
    bool good = true;

    p->inbound = inbound;
    while (good && (scan_sees(s, "[") || scan_sees(s, "("))) {
        bool square = scan_take(s, "[") || !scan_take(s, "(");

        good = parse_ip(s, p, square ? "]" : ")");
    }
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
