/* wire/dhcp.c - DHCP messages, read.
 *
 * The option list is walked once for its form, and then once per known option: a message has few,
 * and DHCP_BYTES_MAX bounds what a hostile one can make of that. */
#include "wire/dhcp.h"

#include "base/bits.h"
#include "wire/dhcp_option.h"

#define ROW(code_, kind_, strict_, member_, has_)                            \
    {                                                                        \
        code_, kind_, strict_, (uint16_t)offsetof(struct dhcp_msg, member_), \
            (uint16_t)sizeof(((struct dhcp_msg *)NULL)->member_), has_       \
    }

const struct dhcp_row dhcp_rows[] = {
    ROW(DHCP_OPT_TYPE, DHCP_U8, true, type, DHCP_HAS_TYPE),
    ROW(DHCP_OPT_MASK, DHCP_U32, true, mask, DHCP_HAS_MASK),
    ROW(DHCP_OPT_ROUTER, DHCP_IPS_OF, false, router, 0),
    ROW(DHCP_OPT_DNS, DHCP_IPS_OF, false, dns, 0),
    ROW(DHCP_OPT_HOSTNAME, DHCP_NAME_OF, false, hostname, 0),
    ROW(DHCP_OPT_DOMAIN, DHCP_NAME_OF, false, domain, 0),
    ROW(DHCP_OPT_MTU, DHCP_U16, false, mtu, DHCP_HAS_MTU),
    ROW(DHCP_OPT_NTP, DHCP_IPS_OF, false, ntp, 0),
    ROW(DHCP_OPT_REQUESTED, DHCP_U32, true, requested, DHCP_HAS_REQUESTED),
    ROW(DHCP_OPT_LEASE, DHCP_U32, true, lease_s, DHCP_HAS_LEASE),
    ROW(DHCP_OPT_SERVER, DHCP_U32, true, server, DHCP_HAS_SERVER),
    ROW(DHCP_OPT_PARAMS, DHCP_BYTES_OF, false, params, 0),
    ROW(DHCP_OPT_MESSAGE, DHCP_TEXT_OF, false, message, 0),
    ROW(DHCP_OPT_MAX_BYTES, DHCP_U16, false, max_bytes, DHCP_HAS_MAX_BYTES),
    ROW(DHCP_OPT_T1, DHCP_U32, false, t1_s, DHCP_HAS_T1),
    ROW(DHCP_OPT_T2, DHCP_U32, false, t2_s, DHCP_HAS_T2),
    ROW(DHCP_OPT_CLIENT_ID, DHCP_BYTES_OF, true, client_id, 0),
    ROW(DHCP_OPT_SEARCH, DHCP_SEARCH_OF, false, search, 0),
    ROW(DHCP_OPT_ROUTES, DHCP_ROUTES_OF, false, route, 0),
    ROW(DHCP_OPT_RELAY, DHCP_BYTES_OF, false, relay, 0),
    {0},
};

/* The fields that hold options, in the order in which split options continue (RFC 3396 5). */
struct areas {
    unsigned n;
    struct cursor area[3];
};

enum walk { WALK_OPTION, WALK_END, WALK_OUT };

/* The next option. WALK_END: the end marker; WALK_OUT: no more bytes, and c->bad when the last
 * option was longer than they are. */
static enum walk next_option(struct cursor *c, uint8_t *code, struct cursor *value)
{
    while (cur_left(c) > 0) {
        *code = cur_u8(c);
        if (*code == DHCP_END)
            return WALK_END;
        if (*code != DHCP_PAD) {
            *value = cur_part(c, cur_u8(c));
            return c->bad ? WALK_OUT : WALK_OPTION;
        }
    }
    return WALK_OUT;
}

/* Is the list well-formed? `overload`: option 52 of it, else 0. */
static bool check_area(struct cursor c, bool needs_end, uint8_t *overload)
{
    struct cursor value;
    enum walk what;
    uint8_t code;

    *overload = 0;
    while ((what = next_option(&c, &code, &value)) == WALK_OPTION)
        if (code == DHCP_OPT_OVERLOAD && cur_left(&value) == 1)
            *overload = cur_u8(&value);
    return !c.bad && (what == WALK_END || !needs_end);
}

static bool find_areas(struct areas *a, const uint8_t *p, size_t n)
{
    uint8_t overload, ignored;

    a->n = 1;
    a->area[0] = cur_init(p + DHCP_AT_OPTIONS, n - DHCP_AT_OPTIONS);
    if (!check_area(a->area[0], true, &overload))
        return false;
    if ((overload & 1) != 0)
        a->area[a->n++] = cur_init(p + DHCP_AT_FILE, DHCP_AT_COOKIE - DHCP_AT_FILE);
    if ((overload & 2) != 0)
        a->area[a->n++] = cur_init(p + DHCP_AT_SNAME, DHCP_AT_FILE - DHCP_AT_SNAME);
    for (unsigned i = 1; i < a->n; i++)
        if (!check_area(a->area[i], false, &ignored))
            return false;
    return true;
}

/* All pieces of an option, one behind the other; false: there is none. */
static bool gather(const struct areas *a, uint8_t want, struct writer *out)
{
    bool found = false;

    for (unsigned i = 0; i < a->n; i++) {
        struct cursor c = a->area[i], value;
        uint8_t code;

        while (next_option(&c, &code, &value) == WALK_OPTION) {
            if (code != want)
                continue;
            found = true;
            wr_bytes(out, value.at, cur_left(&value));
        }
    }
    return found;
}

static bool take_number(const struct dhcp_row *row, struct dhcp_msg *m, struct cursor *c)
{
    static const uint8_t width[] = {[DHCP_U8] = 1, [DHCP_U16] = 2, [DHCP_U32] = 4};
    uint32_t value = 0;

    if (cur_left(c) != width[row->kind])
        return false;
    while (cur_left(c) > 0)
        value = value << 8 | cur_u8(c);
    memcpy((uint8_t *)m + row->at, &value, sizeof value);
    m->has |= row->has;
    return true;
}

static bool take_ips(struct dhcp_ips *out, struct cursor *c)
{
    if (cur_left(c) == 0 || cur_left(c) % 4 != 0)
        return false;
    while (out->n < DHCP_IPS && cur_left(c) > 0)
        out->ip[out->n++] = cur_u32(c);
    return true;
}

static bool take_bytes(struct dhcp_bytes *out, struct cursor *c)
{
    size_t n = cur_left(c);

    if (n == 0 || n > sizeof out->b)
        return false;
    out->n = (uint8_t)n;
    cur_copy(c, out->b, n);
    return true;
}

/* Without the zero bytes that some servers put behind a text. */
static size_t text_len(const struct cursor *c)
{
    size_t n = cur_left(c);

    while (n > 0 && c->at[n - 1] == '\0')
        n--;
    return n;
}

/* A final dot says that the name is complete, which ours are. */
static bool take_name(char *out, size_t room, struct cursor *c)
{
    size_t n = text_len(c);

    if (n > 1 && c->at[n - 1] == '.')
        n--;
    if (n >= room || !domain_is_text((const char *)c->at, n))
        return false;
    cur_copy(c, out, n);
    return true;
}

static bool take_text(char *out, size_t room, struct cursor *c)
{
    size_t n = min_size(text_len(c), room - 1);

    for (size_t i = 0; i < n; i++) {
        uint8_t b = cur_u8(c);

        out[i] = (char)(b >= ' ' && b <= '~' ? b : '?');
    }
    return true;
}

static bool take_search(struct dhcp_msg *m, struct cursor *c)
{
    const uint8_t *begin = c->at;
    char more[DOMAIN_TEXT_BYTES];

    while (cur_left(c) > 0) {
        char *to = m->n_search < DHCP_SEARCH ? m->search[m->n_search] : more;

        if (!domain_get(c, begin, to)) {
            m->n_search = 0;
            memset(m->search, 0, sizeof m->search);
            return false;
        }
        m->n_search = (uint8_t)(m->n_search + (to != more));
    }
    return true;
}

/* One route of RFC 3442: width, the octets of the network that count, router. */
static bool take_route(struct dhcp_route *r, struct cursor *c)
{
    uint8_t to[4] = {0};

    r->len = cur_u8(c);
    if (r->len > 32)
        return false;
    cur_copy(c, to, (r->len + 7u) / 8);
    r->to = r->len == 0 ? 0 : load_be32(to) & UINT32_MAX << (32 - r->len);
    r->via = cur_u32(c);
    return !c->bad;
}

static bool take_routes(struct dhcp_msg *m, struct cursor *c)
{
    struct dhcp_route more;

    while (cur_left(c) > 0) {
        struct dhcp_route *to = m->n_routes < DHCP_ROUTES ? &m->route[m->n_routes] : &more;

        if (!take_route(to, c)) {
            m->n_routes = 0;
            memset(m->route, 0, sizeof m->route);
            return false;
        }
        m->n_routes = (uint8_t)(m->n_routes + (to != &more));
    }
    return true;
}

static bool take(const struct dhcp_row *row, struct dhcp_msg *m, struct cursor *c)
{
    void *at = (uint8_t *)m + row->at;

    switch ((enum dhcp_kind)row->kind) {
    case DHCP_U8:
    case DHCP_U16:
    case DHCP_U32: return take_number(row, m, c);
    case DHCP_IPS_OF: return take_ips(at, c);
    case DHCP_BYTES_OF: return take_bytes(at, c);
    case DHCP_NAME_OF: return take_name(at, row->bytes, c);
    case DHCP_TEXT_OF: return take_text(at, row->bytes, c);
    case DHCP_ROUTES_OF: return take_routes(m, c);
    case DHCP_SEARCH_OF: return take_search(m, c);
    }
    return false;
}

/* The part that BOOTP has (RFC 951), of an Ethernet host. */
static bool take_header(struct dhcp_msg *m, const uint8_t *p, size_t n)
{
    enum { HTYPE_ETHERNET = 1, ETHERNET_BYTES = 6, BROADCAST = 0x8000 };
    struct cursor c = cur_init(p, n);
    uint8_t htype, hlen;

    m->op = cur_u8(&c);
    htype = cur_u8(&c);
    hlen = cur_u8(&c);
    m->hops = cur_u8(&c);
    m->xid = cur_u32(&c);
    m->secs = cur_u16(&c);
    m->broadcast = (cur_u16(&c) & BROADCAST) != 0;
    m->ciaddr = cur_u32(&c);
    m->yiaddr = cur_u32(&c);
    m->siaddr = cur_u32(&c);
    m->giaddr = cur_u32(&c);
    cur_copy(&c, m->chaddr, sizeof m->chaddr);
    return n >= DHCP_AT_OPTIONS && n <= DHCP_BYTES_MAX &&
           (m->op == DHCP_BOOTREQUEST || m->op == DHCP_BOOTREPLY) && htype == HTYPE_ETHERNET &&
           hlen == ETHERNET_BYTES && load_be32(p + DHCP_AT_COOKIE) == DHCP_COOKIE;
}

bool dhcp_parse(struct dhcp_msg *m, const uint8_t *p, size_t n)
{
    uint8_t all[DHCP_BYTES_MAX];
    struct areas areas;

    memset(m, 0, sizeof *m);
    if (!take_header(m, p, n) || !find_areas(&areas, p, n))
        return false;
    for (const struct dhcp_row *row = dhcp_rows; row->code != 0; row++) {
        struct writer w = wr_init(all, sizeof all);
        struct cursor c;

        if (!gather(&areas, row->code, &w))
            continue;
        c = cur_init(all, sizeof all - w.left);
        if (!take(row, m, &c) && row->strict)
            return false;
    }
    return m->type >= DHCP_DISCOVER && m->type <= DHCP_INFORM;
}
