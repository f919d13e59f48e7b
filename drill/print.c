/* drill/print.c - packets as a script writes them, and how two of them differ. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "drill/icmp.h"
#include "drill/packet.h"

struct out {
    char *at;
    size_t room;
};

static void __attribute__((format(printf, 2, 3))) put(struct out *o, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(o->at, o->room, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= o->room)
        n = o->room == 0 ? 0 : (int)o->room - 1;
    o->at += n;
    o->room -= (size_t)n;
}

static void print_option(struct out *o, const struct drill_option *opt)
{
    switch (opt->kind) {
    case OPTION_EOL: put(o, "eol"); break;
    case OPTION_NOP: put(o, "nop"); break;
    case OPTION_MSS: put(o, "mss %u", opt->a); break;
    case OPTION_WSCALE: put(o, "wscale %u", opt->a); break;
    case OPTION_SACK_OK: put(o, "sackOK"); break;
    case OPTION_TS: put(o, "TS val %u ecr %u", opt->a, opt->b); break;
    case OPTION_SACK:
        put(o, "sack");
        for (unsigned i = 0; i < opt->n_sacks; i++)
            put(o, " %u:%u", opt->sack[i][0], opt->sack[i][1]);
        break;
    default:
        put(o, "raw");
        for (unsigned i = 0; i < opt->n_raw; i++)
            put(o, " %u", opt->raw[i]);
    }
}

static void print_tcp(struct out *o, const struct drill_packet *p)
{
    static const char letters[] = "FSRP.UEW";

    for (unsigned i = 0; i < 8; i++)
        if (p->flags >> i & 1)
            put(o, "%c", letters[i]);
    put(o, "%s %u:%u(%u)", p->flags == 0 ? "-" : "", p->seq, p->seq + p->payload_bytes,
        p->payload_bytes);
    if (p->flags & FLAG_ACK)
        put(o, " ack %u", p->ack);
    if (p->has_window)
        put(o, " win %u", p->window);
    if (p->flags & FLAG_URG)
        put(o, " urg %u", p->urgent);
    if (p->any_options)
        put(o, " <...>");
    for (unsigned i = 0; i < p->n_options; i++) {
        put(o, i == 0 ? " <" : ",");
        print_option(o, &p->options[i]);
    }
    if (p->n_options > 0)
        put(o, ">");
}

void packet_print(const struct drill_packet *p, char *text, size_t n)
{
    struct out o = {text, n};

    put(&o, p->inbound ? "< " : "> ");
    if (p->peer_port != 0)
        put(&o, "[%u] ", p->peer_port);
    if (p->proto == DRILL_TCP)
        print_tcp(&o, p);
    else if (p->proto == DRILL_UDP)
        put(&o, "udp (%u)", p->payload_bytes);
    else
        put(&o, "icmp %s", icmp_name(p->icmp));
}

/* The stack's timestamps are its own business (they are learned); what it echoes is not. */
static bool option_differs(const struct drill_option *want, const struct drill_option *got)
{
    if (want->kind != got->kind || want->n_sacks != got->n_sacks)
        return true;
    if (want->kind == OPTION_TS)
        return want->b != got->b;
    return want->a != got->a ||
           memcmp(want->sack, got->sack, want->n_sacks * sizeof want->sack[0]) != 0;
}

static const char *tcp_differs(const struct drill_packet *want, const struct drill_packet *got)
{
    if (want->flags != got->flags)
        return "flags";
    if (want->seq != got->seq)
        return "sequence number";
    if (want->payload_bytes != got->payload_bytes)
        return "length";
    if (want->ack != got->ack)
        return "acknowledgement";
    if (want->has_window && want->window != got->window)
        return "window";
    if ((want->flags & FLAG_URG) && want->urgent != got->urgent)
        return "urgent pointer";
    if (want->any_options)
        return NULL;
    if (want->n_options != got->n_options)
        return "options";
    for (unsigned i = 0; i < want->n_options; i++)
        if (option_differs(&want->options[i], &got->options[i]))
            return "options";
    return NULL;
}

const char *packet_differs(const struct drill_packet *want, const struct drill_packet *got)
{
    if (want->proto != got->proto)
        return "protocol";
    if (want->has_ecn && want->ecn != got->ecn)
        return "ECN mark";
    if (want->proto == DRILL_TCP)
        return tcp_differs(want, got);
    if (want->proto == DRILL_UDP)
        return want->payload_bytes == got->payload_bytes ? NULL : "length";
    return want->icmp == got->icmp ? NULL : "ICMP type or code";
}
