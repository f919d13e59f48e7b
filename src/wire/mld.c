/* wire/mld.c - the messages of multicast listener discovery. */
#include "wire/mld.h"

enum { QUERY2_BYTES = 28, ROBUSTNESS_MASK = 7 };

static bool is_group(const uint8_t ip[16])
{
    return ip[0] == 0xff;
}

static bool is_any(const uint8_t ip[16])
{
    static const uint8_t any[16];

    return memcmp(ip, any, sizeof any) == 0;
}

/* RFC 9777 5.1.3: from 32768 on a number with an exponent. */
static uint32_t response_ms(uint16_t code)
{
    return code < 32768 ? code : (0x1000u | (code & 0xfffu)) << ((code >> 12 & 7u) + 3);
}

static bool parse_query(struct mld_msg *out, struct cursor *c, uint16_t code, size_t n)
{
    out->version = n >= QUERY2_BYTES ? 2 : 1;
    out->max_response_ms = out->version == 2 ? response_ms(code) : code;
    if (n != MLD_HEADER_BYTES && n < QUERY2_BYTES)
        return false;
    if (out->version == 2) {
        out->robustness = cur_u8(c) & ROBUSTNESS_MASK;
        cur_skip(c, 1);
        out->n_sources = cur_u16(c);
        out->sources = cur_bytes(c, out->n_sources * (size_t)16);
    }
    return !c->bad && (is_any(out->group) ? out->n_sources == 0 : is_group(out->group));
}

enum wire_err mld_parse(struct mld_msg *out, const uint8_t *p, size_t n)
{
    struct cursor c = cur_init(p, n);
    uint16_t code;

    *out = (struct mld_msg){.type = cur_u8(&c)};
    cur_skip(&c, 3);
    if (out->type == ICMP6_MLD2_REPORT)
        return c.bad ? WIRE_MLD_FORM : WIRE_OK;
    code = cur_u16(&c);
    cur_skip(&c, 2);
    cur_copy(&c, out->group, sizeof out->group);
    if (c.bad)
        return WIRE_MLD_FORM;
    switch (out->type) {
    case ICMP6_MLD_QUERY: return parse_query(out, &c, code, n) ? WIRE_OK : WIRE_MLD_FORM;
    case ICMP6_MLD_REPORT:
    case ICMP6_MLD_DONE: return is_group(out->group) ? WIRE_OK : WIRE_MLD_FORM;
    default: return WIRE_MLD_FORM;
    }
}

size_t mld_build(uint8_t *p, enum icmp6_type type, const uint8_t group[16])
{
    struct writer w = wr_init(p, MLD_HEADER_BYTES);

    wr_u8(&w, (uint8_t)type);
    wr_fill(&w, 0, 7);
    wr_bytes(&w, group, 16);
    return MLD_HEADER_BYTES;
}

void mld_put_report(struct writer *w, uint16_t n_records)
{
    wr_u8(w, ICMP6_MLD2_REPORT);
    wr_fill(w, 0, 5);
    wr_u16(w, n_records);
}

void mld_put_record(struct writer *w, enum group_record_type type, const uint8_t group[16],
                    uint16_t n_sources)
{
    wr_u8(w, (uint8_t)type);
    wr_u8(w, 0);
    wr_u16(w, n_sources);
    wr_bytes(w, group, 16);
}
