/* tests/fuzz/pcap_fuzz.c - a packet file is read to its end or first fault; every packet lies
 * inside the bytes, and comes back from the block that is written of it. */
#include "tests/fuzz/check.h"
#include "wire/pcap.h"

enum { FRAME_BYTES = 256 }; /* more than all blocks and options need beside what they carry */

static void require_inside(const uint8_t *part, size_t n, const uint8_t *p, size_t used)
{
    REQUIRE(part >= p && part + n <= p + used);
}

/* Write the packet as the only one of a file, and read that. */
static void round_trip(const struct pcap_packet *k)
{
    struct pcap_interface i = {.linktype = PCAP_ETHERNET};
    struct pcap_packet one = *k, back;
    size_t room = FRAME_BYTES + (size_t)k->data_bytes + k->comment_bytes;
    uint8_t *file = malloc(room);
    struct pcap_reader r;
    size_t n, at = 0, used;
    enum pcap_verdict v;

    REQUIRE(file != NULL);
    one.interface = 0;
    n = pcapng_section(file, room, NULL);
    n += pcapng_interface(file + n, room - n, &i);
    n += pcapng_packet(file + n, room - n, &one, NULL);
    pcap_reader_init(&r);
    while ((v = pcap_read(&r, file + at, n - at, &used, &back)) == PCAP_SKIP)
        at += used;
    /* A block's frame and options may take it over the bound on blocks. */
    REQUIRE(v == PCAP_PACKET || k->data_bytes + k->comment_bytes > PCAP_MAX_BLOCK - 64);
    if (v == PCAP_PACKET) {
        REQUIRE(at + used == n);
        REQUIRE(back.time_ns == k->time_ns && back.wire_bytes == k->wire_bytes);
        REQUIRE(back.data_bytes == k->data_bytes && back.flags == k->flags);
        REQUIRE(memcmp(back.data, k->data, k->data_bytes) == 0);
        REQUIRE(back.comment_bytes == k->comment_bytes);
    }
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n);
    struct pcap_reader r;
    struct pcap_packet k;
    size_t at = 0, used;
    enum pcap_verdict v;

    pcap_reader_init(&r);
    do {
        v = pcap_read(&r, p + at, n - at, &used, &k);
        REQUIRE(used <= n - at && (used != 0) == (v == PCAP_PACKET || v == PCAP_SKIP));
        REQUIRE(v != PCAP_MORE || r.want > n - at);
        if (v == PCAP_PACKET) {
            REQUIRE(k.interface < r.n_interfaces);
            require_inside(k.data, k.data_bytes, p + at, used);
            if (k.comment != NULL)
                require_inside((const uint8_t *)k.comment, k.comment_bytes, p + at, used);
            round_trip(&k);
        }
        at += used;
    } while (v == PCAP_PACKET || v == PCAP_SKIP);
    free(p);
    return 0;
}
