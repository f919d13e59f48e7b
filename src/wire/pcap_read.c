/* wire/pcap_read.c - reading packet files of either format and either byte order. */
#include "wire/pcap.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "base/fixed.h"

enum { NS_PER_S = 1000000000 };

/* First bytes of a file, read as big-endian. */
#define MAGIC_US   UINT32_C(0xa1b2c3d4)
#define MAGIC_NS   UINT32_C(0xa1b23c4d)
#define MAGIC_NG   UINT32_C(0x0a0d0d0a) /* the section header block's type, a palindrome */
#define MAGIC_ENDS UINT32_C(0x1a2b3c4d) /* byte order of a section */

enum { BLOCK_INTERFACE = 1, BLOCK_SIMPLE = 3, BLOCK_ENHANCED = 6 };
enum {
    BLOCK_MIN_BYTES = 12,
    SECTION_MIN_BYTES = 28,
    INTERFACE_BODY_BYTES = 8,
    ENHANCED_BODY_BYTES = 20
};
enum {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    IF_NAME = 2,
    IF_TSRESOL = 9,
    IF_TSOFFSET = 14,
    EPB_FLAGS = 2
};

static uint16_t number16(const struct pcap_reader *r, const uint8_t *p)
{
    return r->big_endian ? load_be16(p) : load_le16(p);
}

static uint32_t number32(const struct pcap_reader *r, const uint8_t *p)
{
    return r->big_endian ? load_be32(p) : load_le32(p);
}

static uint64_t number64(const struct pcap_reader *r, const uint8_t *p)
{
    return r->big_endian ? load_be64(p) : load_le64(p);
}

void pcap_reader_init(struct pcap_reader *r)
{
    memset(r, 0, sizeof *r);
}

static bool need(struct pcap_reader *r, size_t n, size_t want)
{
    r->want = want;
    return n < want;
}

/* A time stamp of an interface as nanoseconds since 1970, held within 0 and UINT64_MAX. */
static uint64_t time_of(const struct pcap_interface *i, uint64_t units)
{
    uint64_t ns = mul_div(units, NS_PER_S, i->units_per_s);
    uint64_t shift = i->offset_s < 0 ? 0 - (uint64_t)i->offset_s : (uint64_t)i->offset_s;

    shift = mul_div(shift, NS_PER_S, 1);
    return i->offset_s < 0 ? sub_sat(ns, shift) : add_sat(ns, shift);
}

/* ---- classic ---- */

/* The magic number tells the byte order and the resolution; false when it is none of the four. */
static bool classic_magic(struct pcap_reader *r, const uint8_t *p)
{
    uint32_t be = load_be32(p), le = load_le32(p);

    r->big_endian = be == MAGIC_US || be == MAGIC_NS;
    r->interface[0].units_per_s = be == MAGIC_NS || le == MAGIC_NS ? NS_PER_S : 1000000;
    return r->big_endian || le == MAGIC_US || le == MAGIC_NS;
}

static enum pcap_verdict classic_start(struct pcap_reader *r, const uint8_t *p, size_t n,
                                       size_t *used)
{
    if (!classic_magic(r, p))
        return PCAP_NOT_PCAP;
    if (need(r, n, PCAP_FILE_HEADER_BYTES))
        return PCAP_MORE;
    if (number16(r, p + 4) != 2)
        return PCAP_NOT_PCAP;
    r->interface[0].snap_bytes = number32(r, p + 16);
    r->interface[0].linktype = (uint16_t)number32(r, p + 20);
    r->n_interfaces = 1;
    r->started = true;
    *used = PCAP_FILE_HEADER_BYTES;
    return PCAP_SKIP;
}

static enum pcap_verdict classic_record(struct pcap_reader *r, const uint8_t *p, size_t n,
                                        size_t *used, struct pcap_packet *out)
{
    uint64_t units_per_s = r->interface[0].units_per_s;

    if (need(r, n, PCAP_RECORD_HEADER_BYTES))
        return PCAP_MORE;
    *out = (struct pcap_packet){
        .time_ns = number32(r, p) * (uint64_t)NS_PER_S +
                   number32(r, p + 4) * (uint64_t)NS_PER_S / units_per_s,
        .data_bytes = number32(r, p + 8),
        .wire_bytes = number32(r, p + 12),
        .data = p + PCAP_RECORD_HEADER_BYTES,
    };
    if (out->data_bytes > PCAP_MAX_BLOCK)
        return PCAP_CORRUPT;
    if (need(r, n, PCAP_RECORD_HEADER_BYTES + (size_t)out->data_bytes))
        return PCAP_MORE;
    *used = r->want;
    return PCAP_PACKET;
}

/* ---- pcapng ---- */

/* The next option of a block's list; false at its end or where it is malformed (then list->bad). */
static bool option_next(const struct pcap_reader *r, struct cursor *list, uint16_t *code,
                        struct cursor *value)
{
    const uint8_t *start;
    uint16_t bytes;

    if (cur_left(list) == 0 || (start = cur_bytes(list, 4)) == NULL)
        return false;
    *code = number16(r, start);
    bytes = number16(r, start + 2);
    *value = cur_part(list, bytes);
    cur_skip(list, (4 - bytes % 4u) % 4);
    return *code != OPTION_END && !list->bad;
}

/* if_tsresol: a negative power of 10, or of 2 when the highest bit is set. 0 = out of range. */
static uint64_t resolution(uint8_t v)
{
    uint64_t units = 1;

    if ((v & 0x80) != 0)
        return (v & 0x7f) < 64 ? UINT64_C(1) << (v & 0x7f) : 0;
    if (v > 19)
        return 0;
    for (unsigned i = 0; i < v; i++)
        units *= 10;
    return units;
}

static void interface_option(const struct pcap_reader *r, struct pcap_interface *i, uint16_t code,
                             struct cursor *value)
{
    size_t n = cur_left(value);

    if (code == IF_NAME)
        cur_copy(value, i->name, min_size(n, PCAP_NAME_BYTES - 1));
    else if (code == IF_TSRESOL && n == 1)
        i->units_per_s = resolution(cur_u8(value));
    else if (code == IF_TSOFFSET && n == 8)
        i->offset_s = (int64_t)number64(r, value->at);
}

static enum pcap_verdict interface_block(struct pcap_reader *r, struct cursor body)
{
    const uint8_t *p = cur_bytes(&body, INTERFACE_BODY_BYTES);
    struct pcap_interface *i = &r->interface[r->n_interfaces];
    struct cursor value;
    uint16_t code;

    if (p == NULL || r->n_interfaces == PCAP_MAX_INTERFACES)
        return PCAP_CORRUPT;
    *i = (struct pcap_interface){
        .linktype = number16(r, p),
        .snap_bytes = number32(r, p + 4),
        .units_per_s = 1000000,
    };
    while (option_next(r, &body, &code, &value))
        interface_option(r, i, code, &value);
    if (body.bad || i->units_per_s == 0)
        return PCAP_CORRUPT;
    r->n_interfaces++;
    return PCAP_SKIP;
}

static void packet_option(const struct pcap_reader *r, struct pcap_packet *k, uint16_t code,
                          struct cursor *value)
{
    if (code == OPTION_COMMENT && k->comment == NULL) {
        k->comment = (const char *)value->at;
        k->comment_bytes = (uint32_t)cur_left(value);
    } else if (code == EPB_FLAGS && cur_left(value) == 4) {
        k->flags = number32(r, value->at);
    }
}

static enum pcap_verdict enhanced_block(const struct pcap_reader *r, struct cursor body,
                                        struct pcap_packet *out)
{
    const uint8_t *p = cur_bytes(&body, ENHANCED_BODY_BYTES);
    struct cursor value;
    uint16_t code;

    if (p == NULL || number32(r, p) >= r->n_interfaces)
        return PCAP_CORRUPT;
    *out = (struct pcap_packet){
        .interface = number32(r, p),
        .data_bytes = number32(r, p + 12),
        .wire_bytes = number32(r, p + 16),
    };
    out->time_ns = time_of(&r->interface[out->interface],
                           (uint64_t)number32(r, p + 4) << 32 | number32(r, p + 8));
    out->data = cur_bytes(&body, out->data_bytes);
    cur_skip(&body, (4 - out->data_bytes % 4) % 4);
    while (option_next(r, &body, &code, &value))
        packet_option(r, out, code, &value);
    return body.bad ? PCAP_CORRUPT : PCAP_PACKET;
}

/* A packet of the first interface, without a time. */
static enum pcap_verdict simple_block(const struct pcap_reader *r, struct cursor body,
                                      struct pcap_packet *out)
{
    const uint8_t *p = cur_bytes(&body, 4);
    uint32_t snap_bytes = r->interface[0].snap_bytes;

    if (p == NULL || r->n_interfaces == 0)
        return PCAP_CORRUPT;
    *out = (struct pcap_packet){.wire_bytes = number32(r, p)};
    out->data_bytes = out->wire_bytes;
    if (snap_bytes != 0)
        out->data_bytes = min_u32(out->data_bytes, snap_bytes);
    out->data = cur_bytes(&body, out->data_bytes);
    return body.bad ? PCAP_CORRUPT : PCAP_PACKET;
}

/* A section begins: its byte order, and no interfaces yet. */
static enum pcap_verdict section_start(struct pcap_reader *r, const uint8_t *p, size_t n)
{
    if (need(r, n, BLOCK_MIN_BYTES))
        return PCAP_MORE;
    if (load_be32(p + 8) != MAGIC_ENDS && load_le32(p + 8) != MAGIC_ENDS)
        return r->started ? PCAP_CORRUPT : PCAP_NOT_PCAP;
    r->big_endian = load_be32(p + 8) == MAGIC_ENDS;
    r->n_interfaces = 0;
    return PCAP_SKIP;
}

static enum pcap_verdict section_block(struct pcap_reader *r, struct cursor body)
{
    const uint8_t *p = cur_bytes(&body, SECTION_MIN_BYTES - BLOCK_MIN_BYTES);

    if (p == NULL)
        return PCAP_CORRUPT;
    r->started = r->ng = true;
    return number16(r, p + 4) == 1 ? PCAP_SKIP : PCAP_NOT_PCAP;
}

static enum pcap_verdict block_body(struct pcap_reader *r, uint32_t type, struct cursor body,
                                    struct pcap_packet *out)
{
    switch (type) {
    case MAGIC_NG: return section_block(r, body);
    case BLOCK_INTERFACE: return interface_block(r, body);
    case BLOCK_ENHANCED: return enhanced_block(r, body, out);
    case BLOCK_SIMPLE: return simple_block(r, body, out);
    default: return PCAP_SKIP;
    }
}

static enum pcap_verdict block(struct pcap_reader *r, const uint8_t *p, size_t n, size_t *used,
                               struct pcap_packet *out)
{
    enum pcap_verdict verdict;
    uint32_t bytes;

    if (load_be32(p) == MAGIC_NG) {
        verdict = section_start(r, p, n);
        if (verdict != PCAP_SKIP)
            return verdict;
    }
    if (need(r, n, BLOCK_MIN_BYTES))
        return PCAP_MORE;
    bytes = number32(r, p + 4);
    if (bytes < BLOCK_MIN_BYTES || bytes % 4 != 0 || bytes > PCAP_MAX_BLOCK)
        return PCAP_CORRUPT;
    if (need(r, n, bytes))
        return PCAP_MORE;
    if (number32(r, p + bytes - 4) != bytes)
        return PCAP_CORRUPT;
    verdict = block_body(r, number32(r, p), cur_init(p + 8, bytes - BLOCK_MIN_BYTES), out);
    *used = verdict == PCAP_PACKET || verdict == PCAP_SKIP ? bytes : 0;
    return verdict;
}

enum pcap_verdict pcap_read(struct pcap_reader *r, const uint8_t *p, size_t n, size_t *used,
                            struct pcap_packet *out)
{
    *used = 0;
    *out = (struct pcap_packet){0};
    if (need(r, n, 4))
        return PCAP_MORE;
    if (r->ng || (!r->started && load_be32(p) == MAGIC_NG))
        return block(r, p, n, used, out);
    return r->started ? classic_record(r, p, n, used, out) : classic_start(r, p, n, used);
}
