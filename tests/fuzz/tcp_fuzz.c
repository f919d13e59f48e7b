/* tests/fuzz/tcp_fuzz.c - what a TCP header says comes back from what is built of it, if it fits:
 * options are built aligned, and may have been packed tighter. SACK blocks may be left out. */
#include "tests/fuzz/check.h"
#include "wire/tcp.h"

static void require_equal(const struct tcp_hdr *a, const struct tcp_hdr *b)
{
    const struct tcp_opts *x = &a->opts, *y = &b->opts;

    REQUIRE(a->src_port == b->src_port && a->dst_port == b->dst_port);
    REQUIRE(a->seq.v == b->seq.v && a->ack.v == b->ack.v && a->flags == b->flags);
    REQUIRE(a->window == b->window && a->urgent == b->urgent && a->checksum == b->checksum);
    REQUIRE(x->has_mss == y->has_mss && (!x->has_mss || x->mss == y->mss));
    REQUIRE(x->has_wscale == y->has_wscale && (!x->has_wscale || x->wscale == y->wscale));
    REQUIRE(x->sack_permitted == y->sack_permitted);
    REQUIRE(x->has_timestamps == y->has_timestamps);
    if (x->has_timestamps)
        REQUIRE(x->ts_value == y->ts_value && x->ts_echo == y->ts_echo);
    REQUIRE(y->n_sack <= x->n_sack && !y->malformed);
    REQUIRE(y->n_sack == x->n_sack || y->n_sack == tcp_sack_room(x));
    REQUIRE(x->has_uto == y->has_uto && (!x->has_uto || x->uto == y->uto));
    REQUIRE(x->auth == y->auth && (x->auth == 0 || x->auth_bytes == y->auth_bytes));
    REQUIRE(x->has_ecn == y->has_ecn);
    if (x->has_ecn) {
        REQUIRE(x->ecn.n == y->ecn.n && x->ecn.order1 == y->ecn.order1);
        REQUIRE(memcmp(x->ecn.field, y->ecn.field, x->ecn.n * sizeof x->ecn.field[0]) == 0);
    }
    REQUIRE(!y->has_cookie || (x->has_cookie && x->cookie.len == y->cookie.len));
    REQUIRE(!y->has_cookie || memcmp(x->cookie.b, y->cookie.b, y->cookie.len) == 0);
    REQUIRE(memcmp(x->sack, y->sack, y->n_sack * sizeof x->sack[0]) == 0);
}

static void build_again(const struct tcp_hdr *h)
{
    uint8_t built[TCP_MAX_HEADER_BYTES];
    size_t bytes = tcp_build(built, h);
    struct tcp_hdr again;

    REQUIRE(bytes <= sizeof built);
    REQUIRE(tcp_parse(&again, built, bytes) == WIRE_OK);
    REQUIRE(again.header_bytes == bytes);
    require_equal(h, &again);
}

/* AccECN's counters are put in where there is room, at the cost of a SACK block at most. */
static void build_with_ecn(struct tcp_hdr h)
{
    unsigned blocks =
        h.opts.n_sack < tcp_sack_room(&h.opts) ? h.opts.n_sack : tcp_sack_room(&h.opts);
    unsigned least = h.window % (TCP_ECN_FIELDS + 1);

    for (unsigned i = 0; i < TCP_ECN_FIELDS; i++)
        h.opts.ecn.field[i] = (h.seq.v >> i) & 0xffffff;
    tcp_ecn_fit(&h.opts, least);
    REQUIRE(tcp_fits(&h.opts) && h.opts.n_sack + 1u >= blocks);
    REQUIRE(h.opts.n_sack <= tcp_sack_room(&h.opts));
    REQUIRE(!h.opts.has_ecn || h.opts.ecn.n >= least);
    build_again(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n);
    struct tcp_hdr h;

    if (tcp_parse(&h, p, n) == WIRE_OK && tcp_fits(&h.opts)) {
        REQUIRE(h.header_bytes <= n);
        build_again(&h);
        if (!h.opts.has_ecn)
            build_with_ecn(h);
    }
    free(p);
    return 0;
}
