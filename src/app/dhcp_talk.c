/* app/dhcp_talk.c - the DHCP client's messages: what each says, and to whom (RFC 2131 4.4). */
#include "app/dhcp.h"
#include "base/bits.h"

enum { IP_AND_UDP_BYTES = 28 }; /* the option that says how much we take counts them (2132 9.10) */

static struct dhcp_msg message_of(const struct dhcp *d, enum dhcp_type type, tarn_ns now)
{
    static const uint8_t params[] = {DHCP_OPT_MASK,     DHCP_OPT_ROUTES, DHCP_OPT_ROUTER,
                                     DHCP_OPT_DNS,      DHCP_OPT_DOMAIN, DHCP_OPT_SEARCH,
                                     DHCP_OPT_HOSTNAME, DHCP_OPT_MTU,    DHCP_OPT_NTP,
                                     DHCP_OPT_T1,       DHCP_OPT_T2};
    struct dhcp_msg m = {.op = DHCP_BOOTREQUEST,
                         .xid = d->xid,
                         .secs = (uint16_t)min_u64((now - d->began) / APP_SECOND, UINT16_MAX),
                         .has = DHCP_HAS_TYPE,
                         .type = type,
                         .client_id = d->client_id};

    memcpy(m.chaddr, d->mac, sizeof m.chaddr);
    if (type != DHCP_DISCOVER && type != DHCP_REQUEST)
        return m;
    m.has |= DHCP_HAS_MAX_BYTES;
    m.max_bytes = DHCP_BYTES_MAX + IP_AND_UDP_BYTES;
    m.params.n = sizeof params;
    memcpy(m.params.b, params, sizeof params);
    memcpy(m.hostname, d->hostname, sizeof m.hostname);
    return m;
}

static void transmit(struct dhcp *d, const struct dhcp_msg *m, uint32_t to, tarn_ns now)
{
    uint8_t bytes[DHCP_BYTES_MAX];
    struct tarn_iov iov = {.base = bytes, .len = dhcp_build(bytes, sizeof bytes, m)};
    struct tarn_addr name = {.ip = tarn_ip4(to), .port = DHCP_SERVER_PORT};
    struct tarn_ip local = tarn_ip4(m->ciaddr);

    app_send_udp(d->with.st, d->sock, &name, &local, &iov, now);
}

void dhcp_give_up(struct dhcp *d, enum dhcp_type type, tarn_ns now)
{
    struct dhcp_msg m;

    d->xid = rng_u32(&d->rng);
    d->began = now;
    m = message_of(d, type, now);
    m.has |= DHCP_HAS_SERVER;
    m.server = d->server;
    if (type == DHCP_RELEASE) {
        m.ciaddr = d->offered;
        transmit(d, &m, d->server, now);
    } else {
        m.has |= DHCP_HAS_REQUESTED;
        m.requested = d->offered;
        transmit(d, &m, UINT32_MAX, now);
    }
}

void dhcp_speak(struct dhcp *d, enum dhcp_type type, enum dhcp_form form, tarn_ns now)
{
    struct dhcp_msg m = message_of(d, type, now);

    if (form == DHCP_HELD || form == DHCP_HELD_BY_ANY)
        m.ciaddr = d->offered;
    else
        m.broadcast = true;
    if (form == DHCP_CHOSEN) {
        m.has |= DHCP_HAS_SERVER;
        m.server = d->server;
    }
    if (form == DHCP_CHOSEN || form == DHCP_REMEMBERED) {
        m.has |= DHCP_HAS_REQUESTED;
        m.requested = d->offered;
    }
    transmit(d, &m, form == DHCP_HELD ? d->server : UINT32_MAX, now);
}

bool dhcp_is_answer(const struct dhcp *d, const struct dhcp_msg *m)
{
    const struct dhcp_bytes *id = &m->client_id;

    return m->op == DHCP_BOOTREPLY && m->xid == d->xid &&
           memcmp(m->chaddr, d->mac, sizeof d->mac) == 0 && (m->has & DHCP_HAS_SERVER) != 0 &&
           (id->n == 0 || (id->n == d->client_id.n && memcmp(id->b, d->client_id.b, id->n) == 0));
}
