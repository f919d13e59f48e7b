/* group/igmp.c - IGMP on the wire, as a host hears and says it. Messages have a time to live of 1
 * and a router alert (RFC 9776 4); queries of version 2 and 3 without one are refused (9.1). */
#include "group/group.h"
#include "wire/ip4.h"

enum { TOS_INTERNET_CONTROL = 0xc0, MESSAGE_MAX = 2048 };

static const uint32_t ALL_ROUTERS = 0xe0000002, ALL_IGMP3 = 0xe0000016;

static void send(struct tarn *st, unsigned port, uint32_t dst, const uint8_t *message, size_t n,
                 tarn_ns now)
{
    static const uint8_t router_alert[4] = {0x94, 4, 0, 0};
    struct ip_info ip = {.dst = tarn_ip4(dst),
                         .src = tarn_ip4(0),
                         .proto = IP_PROTO_IGMP,
                         .ttl = 1,
                         .tos = TOS_INTERNET_CONTROL,
                         .port = (uint8_t)port,
                         .no_loop = true,
                         .n_options = sizeof router_alert,
                         .mtu = port_at(st, port)->info.mtu};

    memcpy(ip.options, router_alert, sizeof router_alert);
    ip.hop = ip.dst;
    ip.no_source = !address_on_port(st, port, &ip.dst, &ip.src);
    report_send(st, &ip, message, n, now);
}

void igmp_report_begin(struct report *r, unsigned port)
{
    r->port = port;
    r->n_records = 0;
    r->w = wr_init(r->bytes, sizeof r->bytes);
    igmp_put_report(&r->w, 0);
}

void igmp_report_end(struct tarn *st, struct report *r, tarn_ns now)
{
    struct writer head = wr_init(r->bytes, IGMP_HEADER_BYTES);
    size_t n = (size_t)(r->w.at - r->bytes);

    if (r->n_records == 0)
        return;
    igmp_put_report(&head, (uint16_t)r->n_records);
    igmp_finish(r->bytes, n);
    send(st, r->port, ALL_IGMP3, r->bytes, n, now);
}

void igmp_report_add(struct tarn *st, struct report *r, const struct group_record *g, tarn_ns now)
{
    if (r->w.left < IGMP_HEADER_BYTES + g->n * (size_t)4) {
        igmp_report_end(st, r, now);
        igmp_report_begin(r, r->port);
    }
    igmp_put_record(&r->w, g->type, tarn_ip_to4(g->group), (uint16_t)g->n);
    for (unsigned i = 0; i < g->n; i++)
        wr_u32(&r->w, tarn_ip_to4(&g->source[i]));
    r->n_records++;
}

void igmp_report_old(struct tarn *st, const struct group *g, unsigned version, tarn_ns now)
{
    uint8_t message[IGMP_HEADER_BYTES];
    uint32_t group = tarn_ip_to4(&g->ip);

    igmp_build(message, version == 1 ? IGMP1_REPORT : IGMP2_REPORT, group);
    send(st, g->port, group, message, sizeof message, now);
}

void igmp_leave_old(struct tarn *st, const struct group *g, tarn_ns now)
{
    uint8_t message[IGMP_HEADER_BYTES];

    igmp_build(message, IGMP2_LEAVE, tarn_ip_to4(&g->ip));
    send(st, g->port, ALL_ROUTERS, message, sizeof message, now);
}

static struct group_query query_of(unsigned port, const struct igmp_msg *m)
{
    struct group_query q = {.port = port,
                            .four = true,
                            .general = m->group == 0,
                            .version = m->version,
                            .robustness = m->robustness,
                            .max_response_ms = m->max_response_ms,
                            .group = tarn_ip4(m->group),
                            .n_sources = m->n_sources};

    for (unsigned i = 0; i < m->n_sources && i < TARN_SOURCES_MAX; i++)
        q.source[i] = tarn_ip4(load_be32(m->sources + i * (size_t)4));
    return q;
}

/* May a message with this header be one? */
static bool is_legal(const struct ip_info *ip, const struct igmp_msg *m)
{
    if (ip->ttl != 1)
        return false;
    return m->type != IGMP_QUERY || m->version == 1 || ip->router_alert;
}

void igmp_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    uint8_t bytes[MESSAGE_MAX];
    size_t n = pkt_len(p);
    enum tarn_drop why = DROP_IGMP_FORM;
    struct igmp_msg m;

    if (n <= sizeof bytes && pkt_copy_out(st, p, 0, bytes, n) == n)
        why = (enum tarn_drop)igmp_parse(&m, bytes, n);
    if (why == 0 && !is_legal(ip, &m))
        why = DROP_IGMP_FORM;
    if (why != 0) {
        pkt_drop(st, p, why);
        return;
    }
    if (m.type == IGMP_QUERY) {
        struct group_query q = query_of(p->port, &m);

        report_query(st, &q, now);
    } else if (m.type == IGMP1_REPORT || m.type == IGMP2_REPORT) {
        struct tarn_ip group = tarn_ip4(m.group);

        report_heard(st, p->port, &group, now);
    }
    pkt_put(st, p);
}
