/* Tests of base/bytes.h and base/seq.h. */
#include "base/bytes.h"
#include "base/seq.h"
#include "tests/unit/test.h"

static const uint8_t nine[9] = {0xf1, 2, 3, 4, 5, 6, 7, 8, 9};

TEST(bytes, loads_and_stores_in_either_order)
{
    uint8_t p[9] = {0};

    CHECK_EQ(load_be16(nine), 0xf102);
    CHECK_EQ(load_be32(nine), 0xf1020304);
    CHECK(load_be64(nine + 1) == UINT64_C(0x0203040506070809));
    CHECK_EQ(load_le16(nine), 0x02f1);
    CHECK_EQ(load_le32(nine), 0x040302f1);
    CHECK(load_le64(nine + 1) == UINT64_C(0x0908070605040302));
    store_be64(p + 1, UINT64_C(0x0203040506070809));
    CHECK_MEM(p + 1, nine + 1, 8);
    store_le64(p, UINT64_C(0x08070605040302f1));
    CHECK_MEM(p, nine, 8);
}

TEST(bytes, cursor_stops_at_the_end_and_stays_there)
{
    struct cursor c = cur_init(nine, sizeof nine);

    CHECK_EQ(cur_u8(&c), 0xf1);
    CHECK_EQ(cur_u16(&c), 0x0203);
    CHECK_EQ(cur_u32(&c), 0x04050607);
    CHECK_EQ(cur_left(&c), 2);
    CHECK_EQ(cur_u32(&c), 0);
    CHECK(c.bad);
    CHECK_EQ(cur_left(&c), 0);
    CHECK_EQ(cur_u8(&c), 0);
    CHECK(cur_bytes(&c, 0) == NULL);
}

TEST(bytes, cursor_part_has_its_own_end)
{
    struct cursor c = cur_init(nine, sizeof nine), part = cur_part(&c, 2);
    uint8_t copy[4] = {9, 9, 9, 9};

    CHECK_EQ(cur_u16(&part), 0xf102);
    CHECK_EQ(cur_u8(&part), 0);
    CHECK(part.bad && !c.bad);
    CHECK_EQ(cur_u8(&c), 3);
    cur_skip(&c, 5);
    CHECK_EQ(cur_u8(&c), 9);
    part = cur_part(&c, 1);
    CHECK(part.bad && c.bad);
    cur_copy(&c, copy, 4);
    CHECK_EQ(load_be32(copy), 0);
    c = cur_init(nine, sizeof nine);
    CHECK_EQ(cur_u64(&c) >> 56, 0xf1);
}

TEST(bytes, writer_stops_at_the_end)
{
    uint8_t p[9];
    struct writer w = wr_init(p, 8);

    memset(p, 0xaa, sizeof p);
    wr_u8(&w, 1);
    wr_u16(&w, 0x0203);
    wr_u32(&w, 0x04050607);
    CHECK_EQ(w.left, 1);
    wr_u16(&w, 0xffff);
    CHECK(w.bad);
    CHECK_EQ(w.left, 0);
    wr_u8(&w, 0xff);
    CHECK_EQ(p[7], 0xaa);
    CHECK_EQ(load_be32(p + 3), 0x04050607);
    w = wr_init(p, 9);
    wr_u64(&w, UINT64_C(0x0102030405060708));
    wr_bytes(&w, nine, 0);
    wr_fill(&w, 7, 1);
    CHECK(!w.bad && p[0] == 1 && p[7] == 8 && p[8] == 7);
}

TEST(seq, order_holds_across_the_wrap)
{
    tcp_seq a = seq(UINT32_MAX - 5), b = seq_add(a, 10);

    CHECK_EQ(b.v, 4);
    CHECK(seq_lt(a, b) && seq_leq(a, b) && !seq_gt(a, b) && !seq_geq(a, b));
    CHECK(seq_gt(b, a) && seq_geq(a, a) && seq_leq(a, a) && seq_eq(a, a));
    CHECK_EQ(seq_diff(b, a), 10);
    CHECK_EQ(seq_diff(a, b), -10);
    CHECK_EQ(seq_max(a, b).v, b.v);
    CHECK_EQ(seq_min(a, b).v, a.v);
    CHECK_EQ(seq_sub(b, 10).v, a.v);
}

TEST(seq, window_is_half_open)
{
    tcp_seq a = seq(UINT32_MAX - 1);

    CHECK(seq_in_window(a, a, 1));
    CHECK(!seq_in_window(a, a, 0));
    CHECK(seq_in_window(seq(3), a, 6));
    CHECK(!seq_in_window(seq(4), a, 6));
    CHECK(!seq_in_window(seq_sub(a, 1), a, 6));
}
