/* wire/igmp.c - the messages of IGMP. */
#include "wire/igmp.h"

#include "base/sum.h"

enum { QUERY3_BYTES = 12, V1_RESPONSE_MS = 10000, ROBUSTNESS_MASK = 7, TENTH_MS = 100 };

static bool is_group(uint32_t ip)
{
    return ip >> 28 == 14;
}

/* RFC 9776 4.1.1: from 128 on a number with an exponent. */
static uint32_t response_ms(uint8_t code)
{
    uint32_t tenths = code < 128 ? code : (16u | (code & 15u)) << ((code >> 4 & 7u) + 3);

    return tenths * TENTH_MS;
}

static bool parse_query(struct igmp_msg *out, struct cursor *c, uint8_t code, size_t n)
{
    out->version = n >= QUERY3_BYTES ? 3 : code == 0 ? 1 : 2;
    out->max_response_ms = out->version == 3 ? response_ms(code) : code * (uint32_t)TENTH_MS;
    if (out->version == 1)
        out->max_response_ms = V1_RESPONSE_MS;
    if (n != IGMP_HEADER_BYTES && n < QUERY3_BYTES)
        return false;
    if (out->version == 3) {
        out->robustness = cur_u8(c) & ROBUSTNESS_MASK;
        cur_skip(c, 1);
        out->n_sources = cur_u16(c);
        out->sources = cur_bytes(c, out->n_sources * (size_t)4);
    }
    return !c->bad && (out->group == 0 || is_group(out->group)) &&
           (out->n_sources == 0 || out->group != 0);
}

enum wire_err igmp_parse(struct igmp_msg *out, const uint8_t *p, size_t n)
{
    struct cursor c = cur_init(p, n);
    uint8_t code;

    *out = (struct igmp_msg){.type = cur_u8(&c)};
    code = cur_u8(&c);
    cur_skip(&c, 2);
    out->group = cur_u32(&c);
    if (c.bad)
        return WIRE_IGMP_FORM;
    if (!sum_is_good(sum_partial(p, n, 0)))
        return WIRE_IGMP_CHECKSUM;
    switch (out->type) {
    case IGMP_QUERY: return parse_query(out, &c, code, n) ? WIRE_OK : WIRE_IGMP_FORM;
    case IGMP1_REPORT:
    case IGMP2_REPORT:
    case IGMP2_LEAVE: return is_group(out->group) ? WIRE_OK : WIRE_IGMP_FORM;
    default: out->group = 0; return WIRE_OK;
    }
}

void igmp_finish(uint8_t *p, size_t n)
{
    store_be16(p + IGMP_CHECKSUM_AT, 0);
    store_be16(p + IGMP_CHECKSUM_AT, sum_finish(sum_partial(p, n, 0)));
}

size_t igmp_build(uint8_t *p, enum igmp_type type, uint32_t group)
{
    struct writer w = wr_init(p, IGMP_HEADER_BYTES);

    wr_u8(&w, (uint8_t)type);
    wr_fill(&w, 0, 3);
    wr_u32(&w, group);
    igmp_finish(p, IGMP_HEADER_BYTES);
    return IGMP_HEADER_BYTES;
}

void igmp_put_report(struct writer *w, uint16_t n_records)
{
    wr_u8(w, IGMP3_REPORT);
    wr_fill(w, 0, 5);
    wr_u16(w, n_records);
}

void igmp_put_record(struct writer *w, enum group_record_type type, uint32_t group,
                     uint16_t n_sources)
{
    wr_u8(w, (uint8_t)type);
    wr_u8(w, 0);
    wr_u16(w, n_sources);
    wr_u32(w, group);
}
