/* A router advertises a smaller MTU in the middle of a transfer: the connection goes on, in smaller
 * segments (RFC 4861 6.3.4). */
#include "tests/conform/nd.h"
#include "tests/unit/tcp/bulk.h"

enum { PORT = 80, SMALL = 1280, TOTAL = 1000000 };

static struct wire w;

static struct tarn_ip address_of(int end)
{
    struct tarn_ip ip = CONFORM_GLOBAL((uint8_t)(end + 1));

    return ip;
}

static void add_addresses(void)
{
    for (int i = 0; i < 2; i++) {
        struct tarn_neigh n = {.ip = address_of(!i), .port = RIG_PORT};

        conform_address(&w.end[i], address_of(i));
        memcpy(n.mac, w.end[!i].mac, 6);
        CHECK_EQ(tarn_neigh_set(w.end[i].st, &n, wire_now(&w), NULL), 0);
    }
}

static void connect_pair(struct bulk *b)
{
    struct tarn_addr at = {.port = PORT}, to = {.ip = address_of(1), .port = PORT};
    tarn_sock listener;

    CHECK_EQ(tarn_open(w.end[1].st, TARN_INET6, TARN_STREAM, 0, 0, &listener), 0);
    CHECK_EQ(tarn_bind(w.end[1].st, listener, &at), 0);
    CHECK_EQ(tarn_listen(w.end[1].st, listener, 1), 0);
    CHECK_EQ(tarn_open(w.end[0].st, TARN_INET6, TARN_STREAM, 0, 0, &b->s[0]), 0);
    CHECK_EQ(tarn_connect(w.end[0].st, b->s[0], &to, wire_now(&w)), -TARN_EINPROGRESS);
    wire_wait(&w, RIG_S);
    CHECK_EQ(tarn_accept(w.end[1].st, listener, &b->s[1], NULL), 0);
}

static bool is_large(const struct flying *f)
{
    return f->to == 1 && pkt_len(f->p) > SMALL + ETH_HEADER_BYTES;
}

/* Frames above the new MTU that are on their way to the receiver. */
static unsigned count_large(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < w.n; i++)
        n += is_large(&w.flying[i]);
    return n;
}

/* What was sent before the change does not pass the link as it is now. */
static void drop_large(void)
{
    for (unsigned i = 0; i < w.n;) {
        if (is_large(&w.flying[i])) {
            pkt_put(w.end[1].st, w.flying[i].p);
            w.flying[i] = w.flying[--w.n];
        } else {
            i++;
        }
    }
}

TEST(mtu, a_smaller_one_in_mid_transfer)
{
    struct wire_law law = {.delay_ns = 5 * RIG_MS, .byte_ns = 80};
    struct bulk b = {.w = &w, .total = TOTAL, .write_max = 65536, .read_max = 65536};
    struct nd_msg ra = nd_ra();
    tarn_ns until;

    bulk_init();
    wire_open(&w, &law, 0, 1);
    add_addresses();
    connect_pair(&b);
    while (b.read < TOTAL / 2) {
        bulk_write(&b);
        bulk_read(&b);
        CHECK(wire_step(&w, wire_now(&w) + 10 * RIG_S));
    }
    CHECK(count_large() > 0);
    ra.mtu = SMALL;
    conform_param(&w.end[0], "ip6.autoconf", 1);
    nd_send(&w.end[0], nd_from(TN_LOCAL, ALL_NODES), ra);
    drop_large();
    until = wire_now(&w) + 10 * RIG_S;
    while (!b.ended && wire_now(&w) < until) {
        bulk_write(&b);
        bulk_read(&b);
        (void)wire_step(&w, until);
        CHECK_EQ(count_large(), 0);
    }
    CHECK_EQ(b.read, TOTAL);
    wire_close(&w);
}
