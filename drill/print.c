/* drill/print.c - packets as a script writes them, and how two of them differ. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "drill/icmp.h"
#include "drill/option.h"

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

static void print_flags(struct out *o, const struct drill_packet *p)
{
    static const char letters[] = "FSRP.UEWA";

    for (unsigned i = 0; i < 9; i++)
        if (p->flags >> i & 1)
            put(o, "%c", letters[i]);
    if (p->flags == 0)
        put(o, "-");
}

static void print_tcp(struct out *o, const struct drill_packet *p)
{
    char option[160];

    print_flags(o, p);
    put(o, " %u:%u(%u)", p->seq, p->seq + p->payload_bytes, p->payload_bytes);
    if (p->flags & FLAG_ACK)
        put(o, " ack %u", p->ack);
    if (p->has_window)
        put(o, " win %u", p->window);
    if (p->flags & FLAG_URG)
        put(o, " urg %u", p->urgent);
    if (p->any_options)
        put(o, " <...>");
    for (unsigned i = 0; i < p->n_options; i++) {
        option_print(&p->options[i], option, sizeof option);
        put(o, "%s%s", i == 0 ? " <" : ",", option);
    }
    if (p->n_options > 0)
        put(o, ">");
}

static void print_tos(struct out *o, const struct drill_packet *p)
{
    static const char *const marks[] = {"noecn", "ect1", "ect0", "ce"};

    if (p->tos_said == TOS_ECT_EITHER)
        put(o, "[ect01] ");
    else if (p->tos_said == TOS_ECN || (p->tos_said == TOS_ALL && p->tos > 0 && p->tos < 4))
        put(o, "[%s] ", marks[p->tos & 3]);
    else if (p->tos_said == TOS_ALL && p->tos != 0)
        put(o, "[tos 0x%x] ", p->tos);
}

void packet_print(const struct drill_packet *p, char *text, size_t n)
{
    struct out o = {text, n};

    put(&o, p->inbound ? "< " : "> ");
    print_tos(&o, p);
    if (p->peer_port != 0)
        put(&o, "[%u] ", p->peer_port);
    if (p->proto == DRILL_TCP)
        print_tcp(&o, p);
    else if (p->proto == DRILL_UDP)
        put(&o, "udp (%u)", p->payload_bytes);
    else
        put(&o, "icmp %s", icmp_name(p->icmp));
}

static const char *tcp_differs(const struct drill_packet *want, const struct drill_packet *got,
                               bool strict)
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
        if (option_differs(&want->options[i], &got->options[i], strict))
            return "options";
    return NULL;
}

static const char *ip_differs(const struct drill_packet *want, const struct drill_packet *got)
{
    if (want->tos_said == TOS_ECN && want->tos != (got->tos & 3))
        return "ECN mark";
    if (want->tos_said == TOS_ECT_EITHER && (got->tos & 3) != 1 && (got->tos & 3) != 2)
        return "ECN mark";
    if (want->tos_said == TOS_ALL && want->tos != got->tos)
        return "type of service";
    return want->ttl != 0 && want->ttl != got->ttl ? "time to live" : NULL;
}

const char *packet_differs(const struct drill_packet *want, const struct drill_packet *got,
                           bool strict)
{
    if (want->proto != got->proto)
        return "protocol";
    if (ip_differs(want, got) != NULL)
        return ip_differs(want, got);
    if (want->proto == DRILL_TCP)
        return tcp_differs(want, got, strict);
    if (want->proto == DRILL_UDP)
        return want->payload_bytes == got->payload_bytes ? NULL : "length";
    return want->icmp == got->icmp ? NULL : "ICMP type or code";
}
