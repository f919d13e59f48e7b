/* wire/dhcp_build.c - DHCP messages, written: the rows of wire/dhcp.c the other way round. */
#include "base/bits.h"
#include "wire/dhcp.h"
#include "wire/dhcp_option.h"

static size_t text_len(const char *text, size_t room)
{
    size_t n = 0;

    while (n < room && text[n] != '\0')
        n++;
    return n;
}

static void put_number(const struct dhcp_row *row, const struct dhcp_msg *m, struct writer *w)
{
    uint32_t value;

    if ((m->has & row->has) == 0)
        return;
    memcpy(&value, (const uint8_t *)m + row->at, sizeof value);
    if (row->kind == DHCP_U32)
        wr_u32(w, value);
    else if (row->kind == DHCP_U16)
        wr_u16(w, (uint16_t)value);
    else
        wr_u8(w, (uint8_t)value);
}

static void put_ips(const struct dhcp_ips *ips, struct writer *w)
{
    for (unsigned i = 0; i < ips->n; i++)
        wr_u32(w, ips->ip[i]);
}

static void put_routes(const struct dhcp_msg *m, struct writer *w)
{
    for (unsigned i = 0; i < m->n_routes; i++) {
        const struct dhcp_route *r = &m->route[i];
        uint8_t to[4];

        store_be32(to, r->to);
        wr_u8(w, r->len);
        wr_bytes(w, to, (r->len + 7u) / 8);
        wr_u32(w, r->via);
    }
}

/* The option's value; nothing is written when the message does not have it. */
static void put_value(const struct dhcp_row *row, const struct dhcp_msg *m, struct writer *w)
{
    const void *at = (const uint8_t *)m + row->at;
    const struct dhcp_bytes *bytes = at;

    switch ((enum dhcp_kind)row->kind) {
    case DHCP_U8:
    case DHCP_U16:
    case DHCP_U32: put_number(row, m, w); return;
    case DHCP_IPS_OF: put_ips(at, w); return;
    case DHCP_BYTES_OF: wr_bytes(w, bytes->b, bytes->n); return;
    case DHCP_NAME_OF:
    case DHCP_TEXT_OF: wr_bytes(w, at, text_len(at, row->bytes)); return;
    case DHCP_ROUTES_OF: put_routes(m, w); return;
    case DHCP_SEARCH_OF:
        for (unsigned i = 0; i < m->n_search; i++)
            domain_put(w, m->search[i]);
        return;
    }
}

/* One option, in pieces of 255 bytes (RFC 3396 6). */
static void put_option(const struct dhcp_row *row, const struct dhcp_msg *m, struct writer *w)
{
    enum { PIECE = 255 };
    uint8_t value[DHCP_BYTES_MAX];
    struct writer v = wr_init(value, sizeof value);
    size_t n;

    put_value(row, m, &v);
    w->bad |= v.bad;
    n = v.bad ? 0 : sizeof value - v.left;
    for (size_t at = 0; at < n; at += PIECE) {
        size_t piece = min_size(n - at, PIECE);

        wr_u8(w, row->code);
        wr_u8(w, (uint8_t)piece);
        wr_bytes(w, value + at, piece);
    }
}

static void put_header(struct writer *w, const struct dhcp_msg *m)
{
    static const uint8_t hardware[] = {1, 6}; /* Ethernet, its addresses' length */

    wr_u8(w, m->op);
    wr_bytes(w, hardware, sizeof hardware);
    wr_u8(w, m->hops);
    wr_u32(w, m->xid);
    wr_u16(w, m->secs);
    wr_u16(w, m->broadcast ? 0x8000 : 0);
    wr_u32(w, m->ciaddr);
    wr_u32(w, m->yiaddr);
    wr_u32(w, m->siaddr);
    wr_u32(w, m->giaddr);
    wr_bytes(w, m->chaddr, sizeof m->chaddr);
    wr_fill(w, 0, 10 + DHCP_AT_COOKIE - DHCP_AT_SNAME);
    wr_u32(w, DHCP_COOKIE);
}

size_t dhcp_build(uint8_t *p, size_t room, const struct dhcp_msg *m)
{
    struct writer w = wr_init(p, room);
    size_t n;

    put_header(&w, m);
    for (const struct dhcp_row *row = dhcp_rows; row->code != 0; row++)
        put_option(row, m, &w);
    wr_u8(&w, DHCP_END);
    if (w.bad)
        return 0;
    n = room - w.left;
    if (n < DHCP_BYTES_MIN)
        wr_fill(&w, DHCP_PAD, DHCP_BYTES_MIN - n);
    return w.bad ? 0 : max_size(n, DHCP_BYTES_MIN);
}
