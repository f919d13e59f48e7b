/* tests/unit/tcp/bulk_test.c - every byte comes, in order and once, over wires of every kind. */
#include "tests/unit/tcp/bulk.h"

#include "tarn/link.h"

static struct wire w;

EACH_FAMILY();

static void run(const struct wire_law *law, uint32_t offload, uint64_t total, size_t piece)
{
    wire_open(&w, law, offload, 3);
    bulk_both_ways(&w, total, piece, 10000 * RIG_S);
    wire_close(&w);
}

TEST(bulk, clean_wire)
{
    struct wire_law law = {.delay_ns = 1 * RIG_MS};

    run(&law, 0, 20000000, 100000);
}

TEST(bulk, super_segments)
{
    struct wire_law law = {.delay_ns = 1 * RIG_MS};

    run(&law, LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_GRO_RX, 50000000, 200000);
}

TEST(bulk, small_writes_and_reads)
{
    struct wire_law law = {.delay_ns = 1 * RIG_MS};

    run(&law, 0, 300000, 7);
}

TEST(bulk, one_percent_loss)
{
    struct wire_law law = {.delay_ns = 20 * RIG_MS, .loss = 10};

    run(&law, 0, 10000000, 65536);
}

TEST(bulk, ten_percent_loss)
{
    struct wire_law law = {.delay_ns = 10 * RIG_MS, .loss = 100};

    run(&law, 0, 1000000, 65536);
}

TEST(bulk, super_segments_with_loss)
{
    struct wire_law law = {.delay_ns = 5 * RIG_MS, .loss = 20};

    run(&law, LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_GRO_RX, 20000000, 131072);
}

TEST(bulk, everything_at_once)
{
    struct wire_law law = {.delay_ns = 5 * RIG_MS,
                           .loss = 20,
                           .duplicate = 20,
                           .reorder = 50,
                           .reorder_ns = 15 * RIG_MS,
                           .corrupt = 10};

    run(&law, 0, 5000000, 50000);
}

TEST(bulk, narrow_line_with_short_queue)
{
    struct wire_law law = {.delay_ns = 10 * RIG_MS, .byte_ns = 80, .queue = 50}; /* 100 Mbit/s */

    run(&law, 0, 20000000, 65536);
}
