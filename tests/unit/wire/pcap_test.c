/* Tests of wire/pcap.h: what is written is read back, from either byte order, cut anywhere. */
#include "base/bytes.h"
#include "tests/unit/wire/exact.h"
#include "wire/pcap.h"

static uint8_t file[4096];
static size_t file_bytes;
static struct pcap_reader reader;
static struct pcap_packet packet;

/* Reads on from *at until a packet or trouble, each time from a block of exactly the bytes there.
 */
static enum pcap_verdict next_packet(size_t *at)
{
    for (;;) {
        size_t used;
        enum pcap_verdict v = pcap_read(&reader, file + *at, file_bytes - *at, &used, &packet);

        CHECK(used <= file_bytes - *at);
        CHECK_EQ(used != 0, v == PCAP_PACKET || v == PCAP_SKIP);
        *at += used;
        if (v != PCAP_SKIP)
            return v;
    }
}

static void append(size_t n)
{
    CHECK(n != 0);
    file_bytes += n;
}

static size_t room(void)
{
    return sizeof file - file_bytes;
}

/* A pcapng file: two interfaces, a packet with flags and comment, one without. */
static void write_ng(void)
{
    struct pcap_interface tap = {.linktype = PCAP_ETHERNET, .snap_bytes = 65535, .name = "tarn0"};
    struct pcap_interface tun = {.linktype = PCAP_RAW_IP};
    struct pcap_packet k = {
        .interface = 1,
        .time_ns = UINT64_C(1700000000123456789),
        .wire_bytes = 1500,
        .data_bytes = 5,
        .data = (const uint8_t *)"hello",
        .flags = PCAPNG_INBOUND,
        .comment = "ip4.checksum",
        .comment_bytes = 12,
    };

    file_bytes = 0;
    append(pcapng_section(file, room(), "tarn"));
    append(pcapng_interface(file + file_bytes, room(), &tap));
    append(pcapng_interface(file + file_bytes, room(), &tun));
    append(pcapng_packet(file + file_bytes, room(), &k, NULL));
    k = (struct pcap_packet){.data_bytes = 4, .wire_bytes = 4, .data = (const uint8_t *)"abcd"};
    append(pcapng_packet(file + file_bytes, room(), &k, NULL));
}

static void write_classic(void)
{
    file_bytes = 0;
    append(pcap_file_header(file, PCAP_ETHERNET, 262144));
    append(pcap_record_header(file + file_bytes, UINT64_C(1700000000123456789), 3, 60));
    memcpy(file + file_bytes, "xyz", 3);
    append(3);
}

TEST(pcapng, written_is_read_back)
{
    size_t at = 0;

    write_ng();
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_PACKET);
    CHECK_EQ(packet.interface, 1);
    CHECK(packet.time_ns == UINT64_C(1700000000123456789));
    CHECK_EQ(packet.wire_bytes, 1500);
    CHECK_EQ(packet.data_bytes, 5);
    CHECK_MEM(packet.data, "hello", 5);
    CHECK_EQ(packet.flags, PCAPNG_INBOUND);
    CHECK_EQ(packet.comment_bytes, 12);
    CHECK_MEM(packet.comment, "ip4.checksum", 12);
    CHECK_EQ(reader.n_interfaces, 2);
    CHECK_STR(reader.interface[0].name, "tarn0");
    CHECK_EQ(reader.interface[0].linktype, PCAP_ETHERNET);
    CHECK_EQ(reader.interface[1].linktype, PCAP_RAW_IP);
    CHECK_EQ(next_packet(&at), PCAP_PACKET);
    CHECK(packet.comment == NULL && packet.flags == 0 && packet.time_ns == 0);
    CHECK_EQ(next_packet(&at), PCAP_MORE);
    CHECK_EQ(at, file_bytes);
}

TEST(pcapng, every_truncation_asks_for_more)
{
    size_t whole;

    write_ng();
    whole = file_bytes;
    for (size_t n = 0; n < whole; n++) {
        size_t at = 0, used;
        enum pcap_verdict v;

        pcap_reader_init(&reader);
        do {
            uint8_t *p = exact(file + at, n - at);

            v = pcap_read(&reader, p, n - at, &used, &packet);
            free(p);
            at += used;
        } while (v == PCAP_PACKET || v == PCAP_SKIP);
        CHECK_EQ(v, PCAP_MORE);
        CHECK(reader.want > n - at);
    }
}

TEST(pcapng, a_block_that_does_not_fit_is_not_written)
{
    struct pcap_packet k = {.data_bytes = 100, .comment = "x", .comment_bytes = 1};
    uint8_t out[160], *data;
    size_t n = pcapng_packet(out, sizeof out, &k, &data);

    CHECK(n > 132 && n % 4 == 0);
    CHECK(data == out + 28);
    for (size_t less = 0; less < n; less++) {
        uint8_t *p = malloc(less != 0 ? less : 1);

        CHECK_EQ(pcapng_packet(p, less, &k, NULL), 0);
        free(p);
    }
}

/* The draft's example layout, by hand and big-endian: microseconds, an unknown block, an option the
 * reader does not know, a simple packet block. */
TEST(pcapng, big_endian_file)
{
    static const uint8_t bytes[] = {
        0x0a, 0x0d, 0x0d, 0x0a, 0,    0,    0,    28,   0x1a, 0x2b, 0x3c, 0x4d, 0,  1,  0,
        0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,    0,    0,    28, /* section */
        0,    0,    0,    1,    0,    0,    0,    32,   0,    1,    0,    0,    0,  0,  0,
        2,    0,    3,    0,    1,    'd',  0,    0,    0,    0,    0,    0,    0,  0,  0,
        0,    32,   0,    0,    0,    9,    0,    0,    0,    12,   0,    0,    0,  12, /* unknown
                                                                                         */
        0,    0,    0,    6,    0,    0,    0,    36,   0,    0,    0,    0,    0,  0,  0,
        0,    0,    15,   0x42, 0x40, 0,    0,    0,    2,    0,    0,    0,    60, 7,  8,
        0,    0,    0,    0,    0,    36, /* enhanced: at 1 s */
        0,    0,    0,    3,    0,    0,    0,    20,   0,    0,    0,    60,   5,  6,  0,
        0,    0,    0,    0,    20, /* simple: cut to 2 bytes by the interface's limit */
    };
    size_t at = 0;

    memcpy(file, bytes, sizeof bytes);
    file_bytes = sizeof bytes;
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_PACKET);
    CHECK_EQ(packet.time_ns, 1000000000);
    CHECK_EQ(packet.wire_bytes, 60);
    CHECK_EQ(packet.data_bytes, 2);
    CHECK_EQ(packet.data[0], 7);
    CHECK_EQ(next_packet(&at), PCAP_PACKET);
    CHECK_EQ(packet.data_bytes, 2);
    CHECK_EQ(packet.data[1], 6);
    CHECK_EQ(next_packet(&at), PCAP_MORE);
    CHECK_EQ(at, file_bytes);
}

/* An interface block with one option, and the time that a packet of 3 units then has. */
static uint64_t time_with_option(unsigned code, const uint8_t *value, unsigned n)
{
    struct pcap_interface i = {.linktype = 1};
    struct pcap_packet k = {.time_ns = 3, .data_bytes = 0};
    size_t at = 0, start, bytes;

    file_bytes = pcapng_section(file, sizeof file, NULL);
    start = file_bytes;
    bytes = pcapng_interface(file + start, room(), &i);
    /* In place of if_tsresol, which is the only option: code, length, value, end, length. */
    store_le16(file + start + 16, (uint16_t)code);
    store_le16(file + start + 18, (uint16_t)n);
    memset(file + start + 20, 0, 16);
    memcpy(file + start + 20, value, n);
    bytes = 20 + (n + 3) / 4 * 4 + 4 + 4;
    store_le32(file + start + 4, (uint32_t)bytes);
    store_le32(file + start + bytes - 4, (uint32_t)bytes);
    append(bytes);
    append(pcapng_packet(file + file_bytes, room(), &k, NULL));
    pcap_reader_init(&reader);
    return next_packet(&at) == PCAP_PACKET ? packet.time_ns : UINT64_MAX - 1;
}

TEST(pcapng, time_stamp_resolutions_and_offset)
{
    static const uint8_t hour[8] = {0x10, 0x0e};
    static const uint8_t minus_one[8] = {255, 255, 255, 255, 255, 255, 255, 255};

    CHECK(time_with_option(9, (const uint8_t *)"\x09", 1) == 3);
    CHECK(time_with_option(9, (const uint8_t *)"\x06", 1) == 3000);
    CHECK(time_with_option(9, (const uint8_t *)"\x00", 1) == UINT64_C(3000000000));
    CHECK(time_with_option(9, (const uint8_t *)"\x0c", 1) == 0);
    CHECK(time_with_option(9, (const uint8_t *)"\x81", 1) == 1500000000);
    CHECK(time_with_option(9, (const uint8_t *)"\xbf", 1) == 0);
    CHECK(time_with_option(9, (const uint8_t *)"\x14", 1) == UINT64_MAX - 1);
    CHECK(time_with_option(9, (const uint8_t *)"\xc0", 1) == UINT64_MAX - 1);
    CHECK(time_with_option(14, hour, 8) == UINT64_C(3600000003000));
    CHECK(time_with_option(14, minus_one, 8) == 0);
}

TEST(pcapng, corrupt_lengths_and_references)
{
    struct pcap_packet k = {.interface = 5};
    size_t at = 0, start;

    write_ng();
    store_le32(file + 4, 27);
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_CORRUPT);
    CHECK_EQ(at, 0);

    write_ng();
    store_le32(file + 4, 8);
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_CORRUPT);

    write_ng();
    store_le32(file + 4, UINT32_MAX - 3);
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_CORRUPT);

    file_bytes = pcapng_section(file, sizeof file, NULL);
    append(pcapng_packet(file + file_bytes, room(), &k, NULL));
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_CORRUPT); /* no such interface */

    write_ng();
    start = file_bytes - 36;
    store_le32(file + start + 20, 5); /* more data than the block has */
    at = 0;
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_PACKET);
    CHECK_EQ(next_packet(&at), PCAP_CORRUPT);
}

TEST(pcapng, interfaces_are_bounded_and_start_anew_in_a_section)
{
    struct pcap_interface i = {.linktype = 1};
    enum pcap_verdict v = PCAP_SKIP;
    size_t at = 0, used = 0;

    file_bytes = pcapng_section(file, sizeof file, NULL);
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_MORE);
    for (unsigned n = 0; n < PCAP_MAX_INTERFACES; n++) {
        size_t bytes = pcapng_interface(file, sizeof file, &i);

        v = pcap_read(&reader, file, bytes, &used, &packet);
        CHECK_EQ(v, PCAP_SKIP);
    }
    v = pcap_read(&reader, file, pcapng_interface(file, sizeof file, &i), &used, &packet);
    CHECK_EQ(v, PCAP_CORRUPT);
    v = pcap_read(&reader, file, pcapng_section(file, sizeof file, NULL), &used, &packet);
    CHECK_EQ(v, PCAP_SKIP);
    CHECK_EQ(reader.n_interfaces, 0);
}

TEST(pcap, classic_is_read_back)
{
    size_t at = 0;

    write_classic();
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_PACKET);
    CHECK(packet.time_ns == UINT64_C(1700000000123456789));
    CHECK_EQ(packet.data_bytes, 3);
    CHECK_EQ(packet.wire_bytes, 60);
    CHECK_MEM(packet.data, "xyz", 3);
    CHECK_EQ(reader.interface[0].linktype, PCAP_ETHERNET);
    CHECK_EQ(next_packet(&at), PCAP_MORE);
    CHECK_EQ(at, file_bytes);
}

TEST(pcap, classic_of_the_other_byte_order_in_microseconds)
{
    static const uint8_t bytes[] = {0xa1, 0xb2, 0xc3, 0xd4, 0,    2,    0, 4, 0, 0,   0, 0, 0,   0,
                                    0,    0,    0,    0,    0xff, 0xff, 0, 0, 0, 101, 0, 0, 0,   2,
                                    0,    0,    0,    5,    0,    0,    0, 1, 0, 0,   0, 9, 0x45};
    size_t at = 0;

    memcpy(file, bytes, sizeof bytes);
    file_bytes = sizeof bytes;
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_PACKET);
    CHECK_EQ(packet.time_ns, 2000005000);
    CHECK_EQ(packet.wire_bytes, 9);
    CHECK_EQ(packet.data[0], 0x45);
    CHECK_EQ(reader.interface[0].linktype, PCAP_RAW_IP);
}

TEST(pcap, refuses_what_is_none_and_what_is_too_long)
{
    size_t at = 0;

    write_classic();
    file[0] ^= 1;
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_NOT_PCAP);
    write_classic();
    store_le32(file + 24 + 8, PCAP_MAX_BLOCK + 1);
    pcap_reader_init(&reader);
    CHECK_EQ(next_packet(&at), PCAP_CORRUPT);
}
