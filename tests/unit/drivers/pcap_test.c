/* tests/unit/drivers/pcap_test.c - packet files as input: order, time, and files made to do harm.
 */
#include "tests/unit/drivers/bench.h"
#include "tests/unit/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char path[] = "in.pcap";
static const char uri[] = "pcap:in.pcap";

enum { SECOND = 1000000000 };

/* --- writing files --- */

static FILE *file_new(void)
{
    FILE *f = fopen(path, "wb");

    CHECK(f != NULL);
    return f;
}

static void put(FILE *f, uint32_t v)
{
    fwrite(&v, 4, 1, f);
}

/* A header of the classic format; microseconds. */
static FILE *classic_new(uint32_t snaplen, uint32_t linktype)
{
    FILE *f = file_new();

    put(f, 0xa1b2c3d4);
    put(f, 4 << 16 | 2);
    put(f, 0);
    put(f, 0);
    put(f, snaplen);
    put(f, linktype);
    return f;
}

static void record(FILE *f, uint32_t sec, uint32_t usec, uint32_t caplen, uint32_t bytes)
{
    put(f, sec);
    put(f, usec);
    put(f, caplen);
    put(f, caplen);
    for (uint32_t i = 0; i < bytes; i++)
        fputc((int)(uint8_t)(bytes + i), f);
}

/* Packets that arrive until the file's end, at most `limit`, time running on as the link asks. */
static unsigned drain(struct link *l, unsigned limit)
{
    tarn_ns now = 1;
    unsigned n = 0;

    while (n < limit && l->ops->deadline(l) != TARN_NEVER) {
        struct pkt *p;

        if (l->ops->deadline(l) > now)
            now = l->ops->deadline(l);
        while ((p = receive(l, now)) != NULL) {
            pkt_put(l->st, p);
            n++;
        }
    }
    return n;
}

/* Opens the file and reads all of it; the number of packets, or the refusal. Where the input is
 * damaged the link says so on standard error, which is of no use in a thousand rounds. */
static int replay(void)
{
    struct tarn *st = pool_new();
    char error[ERROR_BYTES];
    int saved = dup(2), null = open("/dev/null", O_WRONLY), rc;
    struct link *l;

    dup2(null, 2);
    rc = try_open(&l, st, uri, error);
    if (rc < 0)
        CHECK(strncmp(error, "link pcap: in.pcap: ", 20) == 0);
    if (rc == 0) {
        rc = (int)drain(l, 100000);
        link_close(l);
    }
    dup2(saved, 2);
    close(saved);
    close(null);
    pool_end(st);
    unlink(path);
    return rc;
}

/* --- order and time --- */

TEST(pcap, packets_arrive_in_the_files_order_and_pace)
{
    struct tarn *st = pool_new();
    FILE *f = classic_new(65535, 1);
    struct link *l;
    struct pkt *p;

    record(f, 100, 0, 60, 60);
    record(f, 100, 500000, 70, 70);
    record(f, 102, 0, 80, 80);
    fclose(f);
    l = must_open(st, uri);
    for (unsigned i = 0; i < 3; i++) {
        static const tarn_ns due[] = {5ull * SECOND, 5ull * SECOND + SECOND / 2, 7ull * SECOND};

        if (i > 0) {
            CHECK_EQ(l->ops->deadline(l), due[i]);
            CHECK(receive(l, due[i] - 1) == NULL);
        }
        p = receive(l, due[i]);
        CHECK(p != NULL);
        CHECK_EQ(pkt_len(p), 60 + 10 * i);
        CHECK_EQ(pkt_head(p)[0], 60 + 10 * i);
        pkt_put(st, p);
    }
    CHECK_EQ(l->ops->deadline(l), TARN_NEVER);
    CHECK(receive(l, 9ull * SECOND) == NULL);
    link_close(l);
    pool_end(st);
    unlink(path);
}

TEST(pcap, time_that_runs_back_or_is_absurd_takes_no_time)
{
    struct tarn *st = pool_new();
    FILE *f = classic_new(65535, 1);
    struct link *l;

    record(f, 100, 999999, 60, 60);
    record(f, 50, 0, 60, 60);
    record(f, 50, 4000000000u, 60, 60);
    record(f, 4294967295u, 0, 60, 60);
    fclose(f);
    l = must_open(st, uri);
    CHECK_EQ(drain(l, 10), 4);
    link_close(l);
    pool_end(st);
    unlink(path);
}

TEST(pcap, what_is_sent_is_written_to_the_other_file)
{
    struct tarn *st = pool_new();
    struct link *l;
    char error[ERROR_BYTES];

    fclose(classic_new(65535, 1));
    CHECK_EQ(try_open(&l, st, "pcap:in.pcap,out.pcapng", error), 0);
    for (unsigned i = 0; i < 10; i++) {
        struct pkt *p = frame_new(st, i, 500, 0);

        pkt_csum_finish(st, p); /* as a stack does for a link without offload */
        send_one(l, p, i + 1);
    }
    link_close(l);
    l = must_open(st, "pcap:out.pcapng");
    for (unsigned i = 0; i < 10; i++)
        check_frame(st, receive(l, 1000 + i), i, 500); /* written 1 ns apart */
    link_close(l);
    pool_end(st);
    unlink(path);
    unlink("out.pcapng");
}

/* --- hostile files --- */

TEST(pcap, short_and_strange_headers)
{
    FILE *f;

    for (unsigned n = 0; n < 24; n++) {
        f = classic_new(65535, 1);
        fclose(f);
        CHECK_EQ(truncate(path, n), 0);
        CHECK_EQ(replay(), -TARN_EINVAL);
    }
    f = file_new();
    for (int i = 0; i < 100; i++)
        put(f, 0x12345678);
    fclose(f);
    CHECK_EQ(replay(), -TARN_EINVAL);
    fclose(classic_new(65535, 147)); /* a link type of nobody's */
    CHECK_EQ(replay(), -TARN_EINVAL);
}

TEST(pcap, byte_order_and_nanoseconds)
{
    static const uint8_t swapped[] = {0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0,
                                      0,    0,    0,    0,    8, 0, 0, 0, 0, 1, 0, 0, 0, 1,
                                      0,    0,    0,    0,    0, 0, 0, 2, 0, 0, 0, 2, 7, 7};
    FILE *f = file_new();

    fwrite(swapped, sizeof swapped, 1, f);
    fclose(f);
    CHECK_EQ(replay(), 1);
    f = file_new();
    put(f, 0xa1b23c4d);
    put(f, 4 << 16 | 2);
    put(f, 0);
    put(f, 0);
    put(f, 65535);
    put(f, 1);
    record(f, 1, 999999999, 60, 60);
    fclose(f);
    CHECK_EQ(replay(), 1);
}

/* Lengths that lie end the input where they stand. */
TEST(pcap, lengths_that_lie)
{
    static const uint32_t lengths[] = {61, 65536, 262145, 0x7fffffff, 0xffffffff};

    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        FILE *f = classic_new(i % 2 ? 0xffffffff : 65535, 1);

        record(f, 1, 0, 60, 60);
        record(f, 2, 0, lengths[i], 60);
        fclose(f);
        CHECK_EQ(replay(), 1);
    }
}

TEST(pcap, empty_and_oversized_packets_are_skipped)
{
    FILE *f = classic_new(262144, 1);

    record(f, 1, 0, 0, 0);
    record(f, 1, 0, 70000, 70000);
    record(f, 1, 0, 60, 60);
    fclose(f);
    CHECK_EQ(replay(), 1);
}

/* A pcapng block of this type, length and trailing length. */
static void block(FILE *f, uint32_t type, uint32_t bytes, uint32_t trailer, uint32_t filler)
{
    put(f, type);
    put(f, bytes);
    for (uint32_t i = 12; i + 4 <= bytes && i < 64; i += 4)
        put(f, filler);
    put(f, trailer);
}

TEST(pcap, pcapng_blocks_that_lie)
{
    static const uint32_t lengths[] = {0, 8, 13, 0xfffffffc, 0x01000000};

    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        FILE *f = file_new();

        block(f, 0x0a0d0d0a, 28, 28, 0x1a2b3c4d);
        block(f, 1, 20, 20, 1);
        block(f, 6, lengths[i], lengths[i], 0);
        fclose(f);
        CHECK(replay() <= 0);
        f = file_new();
        block(f, 0x0a0d0d0a, lengths[i], lengths[i], 0x1a2b3c4d);
        fclose(f);
        CHECK(replay() <= 0);
    }
}

TEST(pcap, what_is_not_a_file_is_refused)
{
    char refused[ERROR_BYTES];

    mkfifo(path, 0600);
    snprintf(refused, sizeof refused, "link pcap: %s: not a regular file; give one", path);
    check_refused(uri, -TARN_EINVAL, refused); /* and does not wait for a writer */
    unlink(path);
    check_refused("pcap:/tmp", -TARN_EINVAL, "link pcap: /tmp: not a regular file; give one");
    check_refused("pcap:/dev/zero", -TARN_EINVAL,
                  "link pcap: /dev/zero: not a regular file; give one");
    check_refused(
        "pcap:/nonexistent", -TARN_ENOENT,
        "link pcap: /nonexistent: No such file or directory; give a file that can be read");
    CHECK_EQ(symlink(path, path), 0);
    snprintf(refused, sizeof refused,
             "link pcap: %s: Too many levels of symbolic links; give a file that can be read",
             path);
    check_refused(uri, -40, refused);
    unlink(path);
}

/* Every truncation of a good file, and bytes of it turned over at random: no crash, no endless
 * input. */
TEST(pcap, truncations_and_mutations)
{
    static uint8_t good[4096], bad[4096];
    uint64_t x = 88172645463325252u;
    FILE *f = classic_new(65535, 1);
    size_t n;

    for (unsigned i = 0; i < 5; i++)
        record(f, i, i, 60 + i, 60 + i);
    n = (size_t)ftell(f);
    fclose(f);
    f = fopen(path, "rb");
    CHECK_EQ(fread(good, 1, sizeof good, f), n);
    fclose(f);
    for (size_t round = 0; round < n + 1500; round++) {
        size_t len = round < n ? round : n;

        memcpy(bad, good, n);
        for (unsigned i = 0; round >= n && i < 3; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            bad[x % n] = (uint8_t)(x >> 40);
        }
        f = file_new();
        fwrite(bad, 1, len, f);
        fclose(f);
        CHECK(replay() <= 5);
    }
}
