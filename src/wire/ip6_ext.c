/* wire/ip6_ext.c - extension headers of IPv6. */
#include "wire/ip6_ext.h"

#include "base/bytes.h"

enum { FRAG_UNITS = 0xfff8, FLAG_MF = 1 };

enum wire_err ip6_ext_parse(struct ip6_ext *out, const uint8_t *p, size_t n)
{
    *out = (struct ip6_ext){.next = p[0],
                            .bytes = (uint16_t)((p[1] + 1u) * IP6_EXT_UNIT),
                            .routing_type = p[2],
                            .segments_left = p[3]};
    return out->bytes <= n ? WIRE_OK : WIRE_IP6_EXTENSION;
}

enum ip6_option_step ip6_option_next(const uint8_t *header, size_t header_bytes, size_t *at,
                                     struct ip6_option *out)
{
    while (*at < header_bytes) {
        const uint8_t *p = header + *at;
        size_t left = header_bytes - *at;

        if (p[0] == IP6_OPT_PAD1) {
            ++*at;
            continue;
        }
        if (left < 2 || p[1] + (size_t)2 > left)
            return IP6_OPTION_BAD;
        *out = (struct ip6_option){.type = p[0], .n = p[1], .at = (uint16_t)*at, .data = p + 2};
        *at += p[1] + (size_t)2;
        if (p[0] != IP6_OPT_PADN)
            return IP6_OPTION_HERE;
    }
    return IP6_OPTION_END;
}

void ip6_fragment_parse(struct ip6_fragment *out, const uint8_t *p)
{
    uint16_t word = load_be16(p + IP6_FRAGMENT_OFFSET_AT);

    *out = (struct ip6_fragment){.next = p[0],
                                 .frag_bytes = word & FRAG_UNITS,
                                 .mf = (word & FLAG_MF) != 0,
                                 .id = load_be32(p + 4)};
}

void ip6_fragment_build(uint8_t *p, const struct ip6_fragment *f)
{
    p[0] = f->next;
    p[1] = 0;
    store_be16(p + IP6_FRAGMENT_OFFSET_AT, (uint16_t)(f->frag_bytes | (f->mf ? FLAG_MF : 0)));
    store_be32(p + 4, f->id);
}
