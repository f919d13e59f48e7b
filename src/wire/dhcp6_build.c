/* wire/dhcp6_build.c - DHCPv6 messages, written. */
#include "wire/dhcp6.h"

/* An option whose value comes next; what option_end() wants to know. */
static uint8_t *option_begin(struct writer *w, uint16_t code)
{
    wr_u16(w, code);
    wr_u16(w, 0);
    return w->at;
}

static void option_end(const struct writer *w, uint8_t *value)
{
    if (!w->bad)
        store_be16(value - 2, (uint16_t)(w->at - value));
}

static void put_duid(struct writer *w, uint16_t code, const struct dhcp6_duid *d)
{
    uint8_t *value;

    if (d->n == 0)
        return;
    value = option_begin(w, code);
    wr_bytes(w, d->b, d->n);
    option_end(w, value);
}

static size_t text_len(const char *text, size_t room)
{
    size_t n = 0;

    while (n < room && text[n] != '\0')
        n++;
    return n;
}

static void put_status(struct writer *w, uint16_t status, const char *text, size_t n)
{
    uint8_t *value = option_begin(w, DHCP6_OPT_STATUS);

    wr_u16(w, status);
    wr_bytes(w, text, n);
    option_end(w, value);
}

static void put_lease(struct writer *w, uint16_t ia, const struct dhcp6_lease *l)
{
    bool prefix = ia == DHCP6_OPT_IA_PD;
    uint8_t *value = option_begin(w, prefix ? DHCP6_OPT_IA_PREFIX : DHCP6_OPT_IA_ADDR);

    if (!prefix)
        wr_bytes(w, l->ip.b, sizeof l->ip.b);
    wr_u32(w, l->preferred_s);
    wr_u32(w, l->valid_s);
    if (prefix) {
        wr_u8(w, l->len);
        wr_bytes(w, l->ip.b, sizeof l->ip.b);
    }
    if (l->status != DHCP6_SUCCESS)
        put_status(w, l->status, NULL, 0);
    option_end(w, value);
}

static void put_ia(struct writer *w, const struct dhcp6_ia *ia)
{
    uint8_t *value = option_begin(w, ia->option);

    wr_u32(w, ia->iaid);
    wr_u32(w, ia->t1_s);
    wr_u32(w, ia->t2_s);
    for (unsigned i = 0; i < ia->n; i++)
        put_lease(w, ia->option, &ia->lease[i]);
    if (ia->status != DHCP6_SUCCESS)
        put_status(w, ia->status, NULL, 0);
    option_end(w, value);
}

static void put_ips(struct writer *w, uint16_t code, const struct dhcp6_ips *ips)
{
    uint8_t *value;

    if (ips->n == 0)
        return;
    value = option_begin(w, code);
    for (unsigned i = 0; i < ips->n; i++)
        wr_bytes(w, ips->ip[i].b, sizeof ips->ip[i].b);
    option_end(w, value);
}

static void put_lists(struct writer *w, const struct dhcp6_msg *m)
{
    uint8_t *value;

    if (m->n_asked > 0) {
        value = option_begin(w, DHCP6_OPT_ASKED);
        for (unsigned i = 0; i < m->n_asked; i++)
            wr_u16(w, m->asked[i]);
        option_end(w, value);
    }
    if (m->n_search > 0) {
        value = option_begin(w, DHCP6_OPT_DOMAINS);
        for (unsigned i = 0; i < m->n_search; i++)
            domain_put(w, m->search[i]);
        option_end(w, value);
    }
}

/* An option of a number, if the message has it. */
static void put_number(struct writer *w, const struct dhcp6_msg *m, uint32_t has, uint16_t code,
                       uint32_t number)
{
    static const uint8_t bytes[] = {
        [DHCP6_OPT_PREFERENCE] = 1, [DHCP6_OPT_ELAPSED] = 2,    [DHCP6_OPT_RAPID_COMMIT] = 0,
        [DHCP6_OPT_REFRESH] = 4,    [DHCP6_OPT_SOL_MAX_RT] = 4, [DHCP6_OPT_INF_MAX_RT] = 4};

    if ((m->has & has) == 0)
        return;
    wr_u16(w, code);
    wr_u16(w, bytes[code]);
    for (unsigned i = bytes[code]; i-- > 0;)
        wr_u8(w, (uint8_t)(number >> 8 * i));
}

void dhcp6_duid_ll(struct dhcp6_duid *out, const uint8_t mac[6])
{
    static const uint8_t head[] = {0, 3, 0, 1}; /* type 3; hardware type 1, Ethernet */

    *out = (struct dhcp6_duid){.n = sizeof head + 6};
    memcpy(out->b, head, sizeof head);
    memcpy(out->b + sizeof head, mac, 6);
}

size_t dhcp6_build(uint8_t *p, size_t room, const struct dhcp6_msg *m)
{
    struct writer w = wr_init(p, room);

    wr_u32(&w, (uint32_t)m->type << 24 | (m->xid & 0xffffff));
    put_duid(&w, DHCP6_OPT_CLIENT_ID, &m->client);
    put_duid(&w, DHCP6_OPT_SERVER_ID, &m->server);
    put_number(&w, m, DHCP6_HAS_PREFERENCE, DHCP6_OPT_PREFERENCE, m->preference);
    put_number(&w, m, DHCP6_HAS_ELAPSED, DHCP6_OPT_ELAPSED, m->elapsed_cs);
    if ((m->has & DHCP6_HAS_STATUS) != 0)
        put_status(&w, m->status, m->text, text_len(m->text, sizeof m->text));
    put_number(&w, m, DHCP6_HAS_RAPID_COMMIT, DHCP6_OPT_RAPID_COMMIT, 0);
    for (unsigned i = 0; i < m->n_ias; i++)
        put_ia(&w, &m->ia[i]);
    put_lists(&w, m);
    put_ips(&w, DHCP6_OPT_DNS, &m->dns);
    put_ips(&w, DHCP6_OPT_SNTP, &m->ntp);
    put_number(&w, m, DHCP6_HAS_REFRESH, DHCP6_OPT_REFRESH, m->refresh_s);
    put_number(&w, m, DHCP6_HAS_SOL_MAX_RT, DHCP6_OPT_SOL_MAX_RT, m->sol_max_rt_s);
    put_number(&w, m, DHCP6_HAS_INF_MAX_RT, DHCP6_OPT_INF_MAX_RT, m->inf_max_rt_s);
    return w.bad ? 0 : room - w.left;
}
