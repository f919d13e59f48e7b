/* wire/pcap_write.c - writing packet files, little-endian, in nanoseconds. */
#include "wire/pcap.h"

#include "base/bits.h"
#include "base/bytes.h"

enum { NS_PER_S = 1000000000 };
enum { BLOCK_INTERFACE = 1, BLOCK_ENHANCED = 6 };
enum {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    SHB_USERAPPL = 4,
    IF_NAME = 2,
    IF_TSRESOL = 9,
    EPB_FLAGS = 2
};
enum { RESOLUTION_NS = 9, OPTION_MAX_BYTES = UINT16_MAX };

static void le16(struct writer *w, unsigned v)
{
    uint8_t *p = wr_room(w, 2);

    if (p != NULL)
        store_le16(p, (uint16_t)v);
}

static void le32(struct writer *w, uint32_t v)
{
    uint8_t *p = wr_room(w, 4);

    if (p != NULL)
        store_le32(p, v);
}

static void le64(struct writer *w, uint64_t v)
{
    le32(w, (uint32_t)v);
    le32(w, (uint32_t)(v >> 32));
}

size_t pcap_file_header(uint8_t *p, uint16_t linktype, uint32_t snap_bytes)
{
    memset(p, 0, PCAP_FILE_HEADER_BYTES);
    store_le32(p, UINT32_C(0xa1b23c4d));
    store_le16(p + 4, 2); /* version 2.4 */
    store_le16(p + 6, 4);
    store_le32(p + 16, snap_bytes);
    store_le32(p + 20, linktype);
    return PCAP_FILE_HEADER_BYTES;
}

size_t pcap_record_header(uint8_t *p, uint64_t time_ns, uint32_t data_bytes, uint32_t wire_bytes)
{
    store_le32(p, (uint32_t)(time_ns / NS_PER_S));
    store_le32(p + 4, (uint32_t)(time_ns % NS_PER_S));
    store_le32(p + 8, data_bytes);
    store_le32(p + 12, wire_bytes);
    return PCAP_RECORD_HEADER_BYTES;
}

/* Type and length, the latter to be known when the block ends. */
static struct writer block_start(uint8_t *p, size_t room, uint32_t type)
{
    struct writer w = wr_init(p, room);

    le32(&w, type);
    le32(&w, 0);
    return w;
}

/* The length behind the block and in its front; 0 when the block did not fit. */
static size_t block_end(struct writer *w, uint8_t *p)
{
    size_t bytes = (size_t)(w->at - p) + 4;

    le32(w, (uint32_t)bytes);
    if (w->bad)
        return 0;
    store_le32(p + 4, (uint32_t)bytes);
    return bytes;
}

/* Bytes, padded to a multiple of 4; left zero when there is nothing to copy from. */
static uint8_t *padded(struct writer *w, const void *from, size_t n)
{
    uint8_t *at = w->at;

    if (from != NULL)
        wr_bytes(w, from, n);
    else
        wr_fill(w, 0, n);
    wr_fill(w, 0, (4 - n % 4) % 4);
    return at;
}

static void option(struct writer *w, unsigned code, const void *value, size_t n)
{
    n = min_size(n, OPTION_MAX_BYTES);
    le16(w, code);
    le16(w, (unsigned)n);
    padded(w, value, n);
}

static size_t length_of(const char *s)
{
    size_t n = 0;

    while (s[n] != '\0')
        n++;
    return n;
}

size_t pcapng_section(uint8_t *p, size_t room, const char *application)
{
    struct writer w = block_start(p, room, UINT32_C(0x0a0d0d0a));

    le32(&w, UINT32_C(0x1a2b3c4d));
    le16(&w, 1);
    le16(&w, 0);
    le64(&w, UINT64_MAX); /* the section's length is not told */
    if (application != NULL) {
        option(&w, SHB_USERAPPL, application, length_of(application));
        option(&w, OPTION_END, NULL, 0);
    }
    return block_end(&w, p);
}

size_t pcapng_interface(uint8_t *p, size_t room, const struct pcap_interface *i)
{
    static const uint8_t resolution = RESOLUTION_NS;
    struct writer w = block_start(p, room, BLOCK_INTERFACE);

    le16(&w, i->linktype);
    le16(&w, 0);
    le32(&w, i->snap_bytes);
    if (i->name[0] != '\0')
        option(&w, IF_NAME, i->name, length_of(i->name));
    option(&w, IF_TSRESOL, &resolution, 1);
    option(&w, OPTION_END, NULL, 0);
    return block_end(&w, p);
}

size_t pcapng_packet(uint8_t *p, size_t room, const struct pcap_packet *k, uint8_t **data_at)
{
    struct writer w = block_start(p, room, BLOCK_ENHANCED);
    uint8_t flags[4], *at;

    le32(&w, k->interface);
    le32(&w, (uint32_t)(k->time_ns >> 32));
    le32(&w, (uint32_t)k->time_ns);
    le32(&w, k->data_bytes);
    le32(&w, k->wire_bytes);
    at = padded(&w, k->data, k->data_bytes);
    if (data_at != NULL)
        *data_at = at;
    store_le32(flags, k->flags);
    if (k->flags != 0)
        option(&w, EPB_FLAGS, flags, sizeof flags);
    if (k->comment != NULL)
        option(&w, OPTION_COMMENT, k->comment, k->comment_bytes);
    if (k->flags != 0 || k->comment != NULL)
        option(&w, OPTION_END, NULL, 0);
    return block_end(&w, p);
}
