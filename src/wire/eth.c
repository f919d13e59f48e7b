/* wire/eth.c - the Ethernet II header and its tags. */
#include "wire/eth.h"

#include "base/assert.h"
#include "base/bytes.h"

static bool is_tag(uint16_t type)
{
    return type == ETH_VLAN || type == ETH_QINQ;
}

enum wire_err eth_parse(struct eth_hdr *out, const uint8_t *p, size_t n)
{
    struct cursor c = cur_init(p, n);

    *out = (struct eth_hdr){0};
    cur_copy(&c, out->dst, sizeof out->dst);
    cur_copy(&c, out->src, sizeof out->src);
    out->type = cur_u16(&c);
    while (is_tag(out->type) && out->n_tags < ETH_MAX_TAGS) {
        out->tag[out->n_tags++] = (struct eth_tag){.type = out->type, .tci = cur_u16(&c)};
        out->type = cur_u16(&c);
    }
    if (c.bad)
        return WIRE_ETH_SHORT;
    out->header_bytes = (uint8_t)eth_bytes(out);
    return is_tag(out->type) ? WIRE_ETH_VLAN : WIRE_OK;
}

size_t eth_build(uint8_t *p, const struct eth_hdr *h)
{
    struct writer w = wr_init(p, ETH_MAX_BYTES);

    tarn_assert(h->n_tags <= ETH_MAX_TAGS);
    wr_bytes(&w, h->dst, sizeof h->dst);
    wr_bytes(&w, h->src, sizeof h->src);
    for (unsigned i = 0; i < h->n_tags; i++) {
        wr_u16(&w, h->tag[i].type);
        wr_u16(&w, h->tag[i].tci);
    }
    wr_u16(&w, h->type);
    return eth_bytes(h);
}
