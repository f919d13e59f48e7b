/* group/mld.c - multicast listener discovery on the wire, as a host hears and says it. Messages
 * have a hop limit of 1, a router alert and a link-local source, which is unspecified until there
 * is one (RFC 9777 5, 5.2.13; RFC 3590 4). */
#include "wire/mld.h"

#include "group/group.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"

enum { MESSAGE_MAX = 2048, RECORD_BYTES = 20 };

static const struct tarn_ip all_routers = {{0xff, 2, [15] = 2}};
static const struct tarn_ip all_mld2 = {{0xff, 2, [15] = 0x16}};

/* Our link-local address on the port, or none. */
static struct tarn_ip source_of(const struct tarn *st, unsigned port)
{
    static const struct tarn_ip near = {{0xfe, 0x80}};
    struct tarn_ip src = {{0}};

    if (!address_on_port(st, port, &near, &src) || !tarn_ip_is_link_local(&src))
        memset(&src, 0, sizeof src);
    return src;
}

static void send(struct tarn *st, unsigned port, const struct tarn_ip *dst, uint8_t *message,
                 size_t n, tarn_ns now)
{
    /* Hop-by-hop options: a router alert for MLD (RFC 2711 2.1), and padding. */
    static const uint8_t router_alert[8] = {IP_PROTO_ICMP6, 0, 5, 2, 0, 0, 1, 0};
    struct ip_info ip = {.src = source_of(st, port),
                         .dst = *dst,
                         .hop = *dst,
                         .proto = IP_PROTO_ICMP6,
                         .ttl = 1,
                         .port = (uint8_t)port,
                         .zone = port + 1,
                         .no_loop = true,
                         .n_options = sizeof router_alert,
                         .mtu = port_at(st, port)->info.mtu};

    if (port_at(st, port)->mute6)
        return;
    icmp6_finish(message, n, ip.src.b, ip.dst.b);
    memcpy(ip.options, router_alert, sizeof router_alert);
    ip.no_source = tarn_ip_is_any(&ip.src);
    report_send(st, &ip, message, n, now);
}

void mld_report_begin(struct report *r, unsigned port)
{
    r->port = port;
    r->n_records = 0;
    r->w = wr_init(r->bytes, sizeof r->bytes);
    mld_put_report(&r->w, 0);
}

void mld_report_end(struct tarn *st, struct report *r, tarn_ns now)
{
    struct writer head = wr_init(r->bytes, ICMP6_HEADER_BYTES);

    if (r->n_records == 0)
        return;
    mld_put_report(&head, (uint16_t)r->n_records);
    send(st, r->port, &all_mld2, r->bytes, (size_t)(r->w.at - r->bytes), now);
}

void mld_report_add(struct tarn *st, struct report *r, const struct group_record *g, tarn_ns now)
{
    if (r->w.left < RECORD_BYTES + g->n * sizeof g->source[0]) {
        mld_report_end(st, r, now);
        mld_report_begin(r, r->port);
    }
    mld_put_record(&r->w, g->type, g->group->b, (uint16_t)g->n);
    for (unsigned i = 0; i < g->n; i++)
        wr_bytes(&r->w, g->source[i].b, sizeof g->source[i].b);
    r->n_records++;
}

void mld_report_old(struct tarn *st, const struct group *g, tarn_ns now)
{
    uint8_t message[MLD_HEADER_BYTES];

    mld_build(message, ICMP6_MLD_REPORT, g->ip.b);
    send(st, g->port, &g->ip, message, sizeof message, now);
}

void mld_leave_old(struct tarn *st, const struct group *g, tarn_ns now)
{
    uint8_t message[MLD_HEADER_BYTES];

    mld_build(message, ICMP6_MLD_DONE, g->ip.b);
    send(st, g->port, &all_routers, message, sizeof message, now);
}

static struct group_query query_of(unsigned port, const struct mld_msg *m)
{
    struct group_query q = {.port = port,
                            .version = m->version,
                            .robustness = m->robustness,
                            .max_response_ms = m->max_response_ms,
                            .n_sources = m->n_sources};

    memcpy(q.group.b, m->group, sizeof q.group.b);
    q.general = tarn_ip_is_any(&q.group);
    for (unsigned i = 0; i < m->n_sources && i < TARN_SOURCES_MAX; i++)
        memcpy(q.source[i].b, m->sources + i * sizeof q.source[i].b, sizeof q.source[i].b);
    return q;
}

/* RFC 9777 6.2. A report may come from a host without an address yet. */
static bool is_legal(const struct ip_info *ip, const struct mld_msg *m)
{
    bool from =
        tarn_ip_is_link_local(&ip->src) || (m->type != ICMP6_MLD_QUERY && tarn_ip_is_any(&ip->src));

    return from && ip->ttl == 1 && ip->router_alert;
}

void mld_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    uint8_t bytes[MESSAGE_MAX];
    size_t n = pkt_len(p);
    enum tarn_drop why = DROP_MLD_FORM;
    struct mld_msg m;

    if (n <= sizeof bytes && pkt_copy_out(st, p, 0, bytes, n) == n)
        why = (enum tarn_drop)mld_parse(&m, bytes, n);
    if (why == 0 && !is_legal(ip, &m))
        why = DROP_MLD_FORM;
    if (why != 0) {
        pkt_drop(st, p, why);
        return;
    }
    if (m.type == ICMP6_MLD_QUERY) {
        struct group_query q = query_of(p->port, &m);

        report_query(st, &q, now);
    } else if (m.type == ICMP6_MLD_REPORT) {
        struct tarn_ip group;

        memcpy(group.b, m.group, sizeof group.b);
        report_heard(st, p->port, &group, now);
    }
    pkt_put(st, p);
}
