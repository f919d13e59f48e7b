/* wire/dhcp6.c - DHCPv6 messages, read. Options nest three deep at most: association, address or
 * prefix, status. */
#include "wire/dhcp6.h"

#include "base/bits.h"

/* The next option of a list; false at its end, with c->bad when that is not where it should be. */
static bool next_option(struct cursor *c, uint16_t *code, struct cursor *value)
{
    if (cur_left(c) == 0)
        return false;
    *code = cur_u16(c);
    *value = cur_part(c, cur_u16(c));
    return !c->bad;
}

static bool take_duid(struct dhcp6_duid *out, struct cursor *c)
{
    enum { TYPE_BYTES = 2 };
    size_t n = cur_left(c);

    if (out->n > 0)
        return true;
    if (n <= TYPE_BYTES || n > sizeof out->b)
        return false;
    out->n = (uint8_t)n;
    cur_copy(c, out->b, n);
    return true;
}

/* The status of a list of options that may have nothing else for us; false: it is broken. */
static bool take_inner_status(uint16_t *status, struct cursor *c)
{
    struct cursor value;
    uint16_t code;

    while (next_option(c, &code, &value))
        if (code == DHCP6_OPT_STATUS && cur_left(&value) >= 2 && *status == DHCP6_SUCCESS)
            *status = cur_u16(&value);
    return !c->bad;
}

/* An address or a prefix of an association. */
static bool take_lease(struct dhcp6_ia *ia, struct cursor *c)
{
    struct dhcp6_lease l = {.len = 128};

    if (ia->option == DHCP6_OPT_IA_NA)
        cur_copy(c, l.ip.b, sizeof l.ip.b);
    l.preferred_s = cur_u32(c);
    l.valid_s = cur_u32(c);
    if (ia->option == DHCP6_OPT_IA_PD) {
        l.len = cur_u8(c);
        cur_copy(c, l.ip.b, sizeof l.ip.b);
    }
    if (c->bad || l.len > 128 || !take_inner_status(&l.status, c))
        return false;
    if (ia->n < DHCP6_LEASES)
        ia->lease[ia->n++] = l;
    return true;
}

static bool take_ia_options(struct dhcp6_ia *ia, struct cursor *c)
{
    uint16_t holds = ia->option == DHCP6_OPT_IA_NA ? DHCP6_OPT_IA_ADDR : DHCP6_OPT_IA_PREFIX;
    struct cursor value;
    uint16_t code;

    while (next_option(c, &code, &value)) {
        if (code == holds && !take_lease(ia, &value))
            return false;
        if (code == DHCP6_OPT_STATUS && cur_left(&value) >= 2 && ia->status == DHCP6_SUCCESS)
            ia->status = cur_u16(&value);
    }
    return !c->bad;
}

static bool take_ia(struct dhcp6_msg *m, uint16_t option, struct cursor *c)
{
    struct dhcp6_ia ia = {.option = option};

    ia.iaid = cur_u32(c);
    ia.t1_s = cur_u32(c);
    ia.t2_s = cur_u32(c);
    if (c->bad || !take_ia_options(&ia, c))
        return false;
    if (m->n_ias < DHCP6_IAS)
        m->ia[m->n_ias++] = ia;
    return true;
}

/* A list of addresses, behind those of another option that there may have been. */
static void take_ips(struct dhcp6_ips *out, struct cursor *c)
{
    if (cur_left(c) % sizeof(struct tarn_ip) != 0)
        return;
    while (cur_left(c) > 0 && out->n < DHCP6_IPS)
        cur_copy(c, out->ip[out->n++].b, sizeof(struct tarn_ip));
}

/* RFC 5908 4: addresses are suboption 1. */
static void take_ntp(struct dhcp6_ips *out, struct cursor *c)
{
    enum { SERVER_ADDRESS = 1 };
    struct cursor value;
    uint16_t code;

    while (next_option(c, &code, &value))
        if (code == SERVER_ADDRESS && cur_left(&value) == sizeof(struct tarn_ip))
            take_ips(out, &value);
}

static void take_search(struct dhcp6_msg *m, struct cursor *c)
{
    char name[DOMAIN_TEXT_BYTES] = {0};
    uint8_t n = 0;

    if (m->n_search > 0)
        return;
    while (cur_left(c) > 0) {
        if (!domain_get(c, NULL, name)) {
            memset(m->search, 0, sizeof m->search);
            return;
        }
        if (n < DHCP6_SEARCH)
            memcpy(m->search[n++], name, sizeof name);
        memset(name, 0, sizeof name);
    }
    m->n_search = n;
}

static void take_asked(struct dhcp6_msg *m, struct cursor *c)
{
    if (cur_left(c) % 2 != 0)
        return;
    while (cur_left(c) > 0 && m->n_asked < DHCP6_ASKED)
        m->asked[m->n_asked++] = cur_u16(c);
}

static void take_status(struct dhcp6_msg *m, struct cursor *c)
{
    size_t n;

    if ((m->has & DHCP6_HAS_STATUS) != 0 || cur_left(c) < 2)
        return;
    m->has |= DHCP6_HAS_STATUS;
    m->status = cur_u16(c);
    n = min_size(cur_left(c), sizeof m->text - 1);
    for (size_t i = 0; i < n; i++) {
        uint8_t b = cur_u8(c);

        m->text[i] = (char)(b >= ' ' && b <= '~' ? b : '?');
    }
}

/* A number of `bytes` that has not come yet; its value, or `old`. */
static uint32_t take_number(struct dhcp6_msg *m, uint32_t has, size_t bytes, uint32_t old,
                            struct cursor *c)
{
    uint32_t value = 0;

    if ((m->has & has) != 0 || cur_left(c) != bytes)
        return old;
    m->has |= has;
    while (cur_left(c) > 0)
        value = value << 8 | cur_u8(c);
    return value;
}

/* Numbers of the message. */
static void take_numbers(struct dhcp6_msg *m, uint16_t code, struct cursor *c)
{
    switch (code) {
    case DHCP6_OPT_PREFERENCE:
        m->preference = (uint8_t)take_number(m, DHCP6_HAS_PREFERENCE, 1, m->preference, c);
        return;
    case DHCP6_OPT_ELAPSED:
        m->elapsed_cs = (uint16_t)take_number(m, DHCP6_HAS_ELAPSED, 2, m->elapsed_cs, c);
        return;
    case DHCP6_OPT_RAPID_COMMIT: (void)take_number(m, DHCP6_HAS_RAPID_COMMIT, 0, 0, c); return;
    case DHCP6_OPT_REFRESH:
        m->refresh_s = take_number(m, DHCP6_HAS_REFRESH, 4, m->refresh_s, c);
        return;
    case DHCP6_OPT_SOL_MAX_RT:
        m->sol_max_rt_s = take_number(m, DHCP6_HAS_SOL_MAX_RT, 4, m->sol_max_rt_s, c);
        return;
    case DHCP6_OPT_INF_MAX_RT:
        m->inf_max_rt_s = take_number(m, DHCP6_HAS_INF_MAX_RT, 4, m->inf_max_rt_s, c);
        return;
    default: return;
    }
}

/* false: the message is none because of this option. */
static bool take(struct dhcp6_msg *m, uint16_t code, struct cursor *c)
{
    switch (code) {
    case DHCP6_OPT_CLIENT_ID: return take_duid(&m->client, c);
    case DHCP6_OPT_SERVER_ID: return take_duid(&m->server, c);
    case DHCP6_OPT_IA_NA:
    case DHCP6_OPT_IA_PD: return take_ia(m, code, c);
    case DHCP6_OPT_ASKED: take_asked(m, c); return true;
    case DHCP6_OPT_STATUS: take_status(m, c); return true;
    case DHCP6_OPT_DNS: take_ips(&m->dns, c); return true;
    case DHCP6_OPT_SNTP: take_ips(&m->ntp, c); return true;
    case DHCP6_OPT_NTP: take_ntp(&m->ntp, c); return true;
    case DHCP6_OPT_DOMAINS: take_search(m, c); return true;
    default: take_numbers(m, code, c); return true;
    }
}

bool dhcp6_parse(struct dhcp6_msg *m, const uint8_t *p, size_t n)
{
    struct cursor c = cur_init(p, n), value;
    uint16_t code;

    memset(m, 0, sizeof *m);
    if (n < 4 || n > DHCP6_BYTES_MAX)
        return false;
    m->xid = cur_u32(&c);
    m->type = (uint8_t)(m->xid >> 24);
    m->xid &= 0xffffff;
    while (next_option(&c, &code, &value))
        if (!take(m, code, &value))
            return false;
    return !c.bad && m->type >= DHCP6_SOLICIT && m->type < DHCP6_TYPES;
}
