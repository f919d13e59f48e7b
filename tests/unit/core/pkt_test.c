/* tests/unit/core/pkt_test.c - packets and chunks: bytes stay, owners are counted, limits hold. */
#include "core/chunk.h"
#include "tests/unit/rig.h"

static uint8_t data[PKT_MAX_BYTES], back[PKT_MAX_BYTES];

static void fill(void)
{
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + (i >> 8));
}

static struct pkt *received(struct rig *r, size_t room, size_t n)
{
    struct pkt *p = pkt_rx_get(r->st, room);
    struct tarn_iov iov[2];
    unsigned pieces;
    size_t at = 0;

    CHECK(p != NULL);
    pieces = pkt_rx_iov(r->st, p, iov);
    for (unsigned i = 0; i < pieces && at < n; i++) {
        size_t part = iov[i].len < n - at ? iov[i].len : n - at;

        memcpy(iov[i].base, data + at, part);
        at += part;
    }
    CHECK_EQ(at, n);
    pkt_rx_filled(r->st, p, n);
    CHECK_EQ(pkt_len(p), n);
    return p;
}

static void check_bytes(struct rig *r, const struct pkt *p, size_t from)
{
    CHECK_EQ(pkt_copy_out(r->st, p, 0, back, sizeof back), pkt_len(p));
    CHECK_MEM(back, data + from, pkt_len(p));
}

static void check_nothing_held(struct rig *r)
{
    struct tarn_usage u;

    tarn_usage(r->st, &u);
    CHECK_EQ(u.packets, 0);
    CHECK_EQ(u.chunks, 0);
    CHECK_EQ(u.chunk_bytes, 0);
}

TEST(pkt, receives_any_length_in_any_room)
{
    static const size_t lengths[] = {1, 60, 191, 192, 193, 1514, 2000, 9000, 65536, PKT_MAX_BYTES};
    struct rig r;

    fill();
    rig_open_quiet(&r, 1);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct pkt *p = received(&r, PKT_MAX_BYTES, lengths[i]);

        check_bytes(&r, p, 0);
        pkt_put(r.st, p);
        p = received(&r, lengths[i], lengths[i]);
        check_bytes(&r, p, 0);
        pkt_put(r.st, p);
    }
    check_nothing_held(&r);
    rig_close(&r);
}

TEST(pkt, a_small_frame_does_not_keep_a_large_chunk)
{
    struct rig r;
    struct pkt *p;

    fill();
    rig_open_quiet(&r, 1);
    p = received(&r, PKT_MAX_BYTES, 100);
    CHECK_EQ(p->chunk, 0);
    pkt_put(r.st, p);
    p = received(&r, PKT_MAX_BYTES, 1514);
    CHECK(chunk_true_bytes(chunk_at(r.st, p->chunk)) < 3000);
    pkt_put(r.st, p);
    p = received(&r, PKT_MAX_BYTES, 40000);
    CHECK_EQ(chunk_at(r.st, p->chunk)->cap, PKT_MAX_BYTES);
    pkt_put(r.st, p);
    rig_close(&r);
}

TEST(pkt, strip_pull_trim_prepend)
{
    struct rig r;
    struct pkt *p;

    fill();
    rig_open_quiet(&r, 1);
    p = received(&r, 1000, 1000);
    pkt_strip(p, 14);
    check_bytes(&r, p, 14);
    pkt_trim(r.st, p, 900);
    CHECK_EQ(pkt_len(p), 900);
    check_bytes(&r, p, 14);
    pkt_strip(p, 300);
    CHECK_EQ(p->head_len, 0);
    check_bytes(&r, p, 314);
    CHECK(pkt_pull(r.st, p, 600) == NULL);
    CHECK(pkt_pull(r.st, p, 601) == NULL);
    pkt_trim(r.st, p, 0);
    CHECK_EQ(pkt_len(p), 0);
    CHECK(pkt_pull(r.st, p, 1) == NULL);
    pkt_put(r.st, p);
    p = received(&r, 300, 300);
    pkt_strip(p, 170);
    CHECK(pkt_pull(r.st, p, 22) != NULL);
    CHECK(pkt_pull(r.st, p, 23) == NULL);
    pkt_prepend(p, 170);
    check_bytes(&r, p, 0);
    pkt_put(r.st, p);
    check_nothing_held(&r);
    rig_close(&r);
}

TEST(pkt, append_fills_head_or_chunk_and_no_more)
{
    struct rig r;
    struct pkt *p;

    fill();
    rig_open_quiet(&r, 1);
    p = pkt_get(r.st, 0, 96);
    CHECK(pkt_append(r.st, p, data, 160));
    CHECK(!pkt_append(r.st, p, data, 1));
    check_bytes(&r, p, 0);
    pkt_put(r.st, p);
    p = pkt_get(r.st, 2048, 96);
    CHECK(pkt_append(r.st, p, data, 2000));
    CHECK(pkt_append(r.st, p, data + 2000, 48));
    CHECK(!pkt_append(r.st, p, data, 1));
    check_bytes(&r, p, 0);
    pkt_put(r.st, p);
    rig_close(&r);
}

TEST(pkt, clones_share_until_somebody_writes)
{
    struct rig r;
    struct pkt *p, *q;

    fill();
    rig_open_quiet(&r, 1);
    p = received(&r, 4000, 4000);
    q = pkt_clone(r.st, p);
    CHECK_EQ(q->chunk, p->chunk);
    CHECK(q->id != p->id);
    CHECK(pkt_writable(r.st, q));
    CHECK(q->chunk != p->chunk);
    pkt_slice(r.st, q)[0] ^= 0xff;
    check_bytes(&r, p, 0);
    pkt_put(r.st, p);
    pkt_put(r.st, q);
    check_nothing_held(&r);
    rig_close(&r);
}

TEST(pkt, payload_joins_in_place_unless_shared)
{
    struct rig r;
    struct pkt *p, *q;
    uint32_t chunk;

    fill();
    rig_open_quiet(&r, 1);
    p = received(&r, 4000, 4000);
    pkt_strip(p, 54);
    chunk = p->chunk;
    CHECK(pkt_payload_join(r.st, p));
    CHECK_EQ(p->chunk, chunk);
    CHECK_EQ(p->head_len, 0);
    check_bytes(&r, p, 54);
    q = pkt_clone(r.st, p);
    CHECK(pkt_payload_join(r.st, q));
    CHECK(q->chunk != chunk);
    check_bytes(&r, q, 54);
    pkt_put(r.st, q);
    pkt_put(r.st, p);
    p = received(&r, 100, 100);
    CHECK(pkt_payload_join(r.st, p));
    check_bytes(&r, p, 0);
    pkt_put(r.st, p);
    check_nothing_held(&r);
    rig_close(&r);
}

TEST(pkt, own_lets_a_large_chunk_go)
{
    struct rig r;
    struct pkt *p, *q;

    fill();
    rig_open_quiet(&r, 1);
    p = received(&r, 60000, 60000);
    q = pkt_clone(r.st, p);
    pkt_trim(r.st, q, 1000);
    CHECK(pkt_own(r.st, q));
    CHECK(q->chunk != p->chunk);
    check_bytes(&r, q, 0);
    pkt_put(r.st, q);
    pkt_put(r.st, p);
    check_nothing_held(&r);
    rig_close(&r);
}

TEST(pkt, the_chunk_limit_is_true_size_and_refusal_is_told)
{
    struct tarn_config cfg = {.max_chunk_bytes = 200000};
    struct tarn_event ev;
    struct tarn_usage u;
    struct pkt *p[4];
    struct rig r;

    rig_open_with(&r, 1, 0, &cfg);
    for (unsigned i = 0; i < 3; i++)
        CHECK((p[i] = pkt_get(r.st, 65536, 0)) != NULL);
    tarn_usage(r.st, &u);
    CHECK_EQ(u.chunk_bytes, 3 * chunk_true_bytes(chunk_at(r.st, p[0]->chunk)));
    CHECK(u.chunk_bytes >= 3 * 65536 && u.chunk_bytes <= 200000);
    CHECK(pkt_get(r.st, 65536, 0) == NULL);
    CHECK(pkt_get(r.st, PKT_MAX_BYTES + 1, 0) == NULL);
    CHECK(tarn_event(r.st, &ev));
    CHECK_EQ(ev.kind, TARN_EVENT_MEMORY);
    CHECK(!tarn_event(r.st, &ev));
    pkt_put(r.st, p[0]);
    CHECK((p[3] = pkt_get(r.st, 65536, 0)) != NULL);
    rig_close(&r);
}

TEST(pkt, drops_are_recorded_newest_last)
{
    struct tarn_drop_record d;
    uint64_t cursor = 0, last = 0;
    unsigned n = 0;
    struct rig r;

    rig_open_quiet(&r, 1);
    for (unsigned i = 0; i < 300; i++) {
        struct pkt *p = pkt_get(r.st, 0, 0);

        last = p->id;
        pkt_drop(r.st, p, DROP_ETH_TYPE);
    }
    while (tarn_drop_next(r.st, &cursor, &d))
        n++;
    CHECK_EQ(n, 256);
    CHECK_EQ(d.id, last);
    CHECK_EQ(d.why, DROP_ETH_TYPE);
    CHECK_EQ(tarn_drop_count(r.st, DROP_ETH_TYPE), 300);
    CHECK_STR(tarn_drop_name(DROP_ETH_TYPE), "eth.type");
    rig_close(&r);
}

TEST(pkt, crosses_to_another_stack_whole)
{
    struct rig a, b;
    struct pkt *p, *q;

    fill();
    rig_open(&a, 1);
    rig_open_quiet(&b, 2);
    p = received(&a, 5000, 5000);
    p->gso_size = 1448;
    p->gso = PKT_GSO_TCP4;
    q = pkt_copy_to(a.st, p, b.st);
    pkt_put(a.st, p);
    check_bytes(&b, q, 0);
    CHECK_EQ(q->gso_size, 1448);
    pkt_put(b.st, q);
    check_nothing_held(&b);
    rig_close(&a);
    rig_close(&b);
}
