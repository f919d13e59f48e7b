/* wire/tcp.c - the TCP header and its options. */
#include "wire/tcp.h"

#include "base/assert.h"
#include "base/bits.h"
#include "base/bytes.h"

enum {
    KIND_END = 0,
    KIND_NOP = 1,
    KIND_MSS = 2,
    KIND_WSCALE = 3,
    KIND_SACK_PERMITTED = 4,
    KIND_SACK = 5,
    KIND_TIMESTAMPS = 8,
    KIND_MD5 = TCP_AUTH_MD5,
    KIND_UTO = 28,
    KIND_AO = TCP_AUTH_AO,
    KIND_COOKIE = 34,
    KIND_ECN_ORDER_0 = 172,
    KIND_ECN_ORDER_1 = 174,
    KIND_EXPERIMENT = 254
};

/* Bytes of an option with its kind and length; of SACK, without blocks. */
enum {
    MSS_BYTES = 4,
    WSCALE_BYTES = 3,
    SACK_PERMITTED_BYTES = 2,
    TIMESTAMPS_BYTES = 10,
    SACK_BASE_BYTES = 2,
    SACK_BLOCK_BYTES = 8,
    MD5_BASE_BYTES = 2,
    UTO_BYTES = 4,
    AO_BASE_BYTES = 4,
    COOKIE_BASE_BYTES = 2,
    ECN_BASE_BYTES = 2,
    ECN_FIELD_BYTES = 3,
    EXPERIMENT_BASE_BYTES = 4 /* with the number that says whose experiment it is (RFC 6994) */
};

enum { COOKIE_EXPERIMENT = 0xf989 };

/* All but every segment of a connection with timestamps has these options alone, so aligned (RFC
 * 7323, appendix A). */
enum { ALIGNED_TIMESTAMPS = 0x0101080a, ALIGNED_BYTES = 12 };

static void read_sack(struct tcp_opts *o, struct cursor *c)
{
    size_t n = cur_left(c) / SACK_BLOCK_BYTES;

    if (cur_left(c) % SACK_BLOCK_BYTES != 0)
        return;
    tarn_assert(n <= TCP_MAX_SACK); /* as many as 40 bytes of options hold */
    o->n_sack = (uint8_t)n;
    for (size_t i = 0; i < n; i++) {
        o->sack[i].start = seq(cur_u32(c));
        o->sack[i].end = seq(cur_u32(c));
    }
}

static void read_timestamps(struct tcp_opts *o, struct cursor *c)
{
    o->has_timestamps = true;
    o->ts_value = cur_u32(c);
    o->ts_echo = cur_u32(c);
}

static void read_uto(struct tcp_opts *o, struct cursor *c)
{
    o->has_uto = true;
    o->uto = cur_u16(c);
}

/* `at`: where in the header the option's value stands. */
static void read_auth(struct tcp_opts *o, uint8_t kind, struct cursor *c, size_t at)
{
    bool md5 = kind == KIND_MD5;

    if (md5 ? cur_left(c) != TCP_MD5_BYTES : cur_left(c) < 2)
        return;
    o->malformed = o->auth != TCP_AUTH_NONE;
    o->auth = kind;
    if (!md5) {
        o->key_id = cur_u8(c);
        o->rnext_key_id = cur_u8(c);
    }
    o->auth_bytes = (uint8_t)cur_left(c);
    o->auth_at = (uint8_t)(md5 ? at : at + 2);
}

/* A length that is odd says nothing, and another one that is wrong takes back what an earlier
 * option has said: as Linux does it. */
static void read_cookie(struct tcp_opts *o, struct cursor *c, bool exp)
{
    size_t n = cur_left(c);

    if (n % 2 != 0)
        return;
    o->has_cookie = n == 0 || (n >= TCP_COOKIE_MIN && n <= TCP_COOKIE_MAX);
    if (!o->has_cookie)
        return;
    o->cookie.exp = exp;
    o->cookie.len = (uint8_t)n;
    for (size_t i = 0; i < n; i++)
        o->cookie.b[i] = cur_u8(c);
}

static void read_ecn(struct tcp_opts *o, uint8_t kind, struct cursor *c)
{
    o->has_ecn = true;
    o->ecn.order1 = kind == KIND_ECN_ORDER_1;
    for (o->ecn.n = 0; o->ecn.n < TCP_ECN_FIELDS && cur_left(c) >= ECN_FIELD_BYTES; o->ecn.n++) {
        uint32_t high = cur_u8(c);

        o->ecn.field[o->ecn.n] = high << 16 | cur_u16(c);
    }
}

/* An option that only a SYN may carry. */
static void read_syn_option(struct tcp_opts *o, uint8_t kind, struct cursor *c)
{
    size_t bytes = cur_left(c) + 2;

    if (kind == KIND_MSS && bytes == MSS_BYTES) {
        o->mss = cur_u16(c);
        o->has_mss = o->mss != 0;
    } else if (kind == KIND_WSCALE && bytes == WSCALE_BYTES) {
        o->has_wscale = true;
        o->wscale = cur_u8(c);
    } else if (kind == KIND_SACK_PERMITTED && bytes == SACK_PERMITTED_BYTES) {
        o->sack_permitted = true;
    } else if (kind == KIND_COOKIE) {
        read_cookie(o, c, false);
    } else if (kind == KIND_EXPERIMENT && bytes >= EXPERIMENT_BASE_BYTES &&
               cur_u16(c) == COOKIE_EXPERIMENT) {
        read_cookie(o, c, true);
    }
}

/* The list of options. Where it is malformed it ends, as tcp_parse_options() of Linux does it. */
static void read_options(struct tcp_opts *o, struct cursor list, bool syn)
{
    const uint8_t *first = list.at;

    while (cur_left(&list) > 0) {
        uint8_t kind = cur_u8(&list), bytes;
        struct cursor c;

        if (kind == KIND_END)
            return;
        if (kind == KIND_NOP)
            continue;
        bytes = cur_u8(&list);
        c = cur_part(&list, bytes >= 2 ? bytes - 2u : SIZE_MAX);
        if (list.bad) {
            o->malformed = true;
            return;
        }
        if (kind == KIND_TIMESTAMPS && bytes == TIMESTAMPS_BYTES)
            read_timestamps(o, &c);
        else if (kind == KIND_SACK)
            read_sack(o, &c);
        else if (kind == KIND_UTO && bytes == UTO_BYTES)
            read_uto(o, &c);
        else if (kind == KIND_MD5 || kind == KIND_AO)
            read_auth(o, kind, &c, TCP_HEADER_BYTES + (size_t)(c.at - first));
        else if (kind == KIND_ECN_ORDER_0 || kind == KIND_ECN_ORDER_1)
            read_ecn(o, kind, &c);
        else if (syn)
            read_syn_option(o, kind, &c);
    }
}

enum wire_err tcp_parse(struct tcp_hdr *out, const uint8_t *p, size_t n)
{
    struct cursor options;
    size_t header_bytes;

    if (n < TCP_HEADER_BYTES)
        return WIRE_TCP_SHORT;
    header_bytes = (size_t)(p[12] >> 4) * 4;
    *out = (struct tcp_hdr){
        .src_port = load_be16(p),
        .dst_port = load_be16(p + 2),
        .seq = seq(load_be32(p + 4)),
        .ack = seq(load_be32(p + 8)),
        .flags = load_be16(p + 12) & (TCP_AE | 0xff),
        .window = load_be16(p + 14),
        .checksum = load_be16(p + TCP_CHECKSUM_OFFSET),
        .urgent = load_be16(p + 18),
        .header_bytes = (uint8_t)header_bytes,
    };
    if (header_bytes < TCP_HEADER_BYTES || header_bytes > n)
        return WIRE_TCP_HEADER_LENGTH;
    options = cur_init(p + TCP_HEADER_BYTES, header_bytes - TCP_HEADER_BYTES);
    if (cur_left(&options) == ALIGNED_BYTES && load_be32(options.at) == ALIGNED_TIMESTAMPS) {
        cur_skip(&options, 4);
        read_timestamps(&out->opts, &options);
    } else {
        read_options(&out->opts, options, (out->flags & TCP_SYN) != 0);
    }
    return WIRE_OK;
}

/* Bytes of the option that signs, with its padding. */
static size_t auth_bytes(const struct tcp_opts *o)
{
    switch (o->auth) {
    case TCP_AUTH_MD5: return 2 + MD5_BASE_BYTES + TCP_MD5_BYTES;
    case TCP_AUTH_AO: return align_up(AO_BASE_BYTES + o->auth_bytes, 4);
    default: return 0;
    }
}

size_t tcp_auth_at(const struct tcp_opts *o)
{
    return TCP_HEADER_BYTES + (o->auth == TCP_AUTH_MD5 ? 2 + MD5_BASE_BYTES : AO_BASE_BYTES);
}

/* Bytes of the cookie's option, with its padding; 0: there is none, or no room beside others. */
static size_t cookie_bytes(const struct tcp_opts *o, size_t others)
{
    size_t base, n;

    if (!o->has_cookie)
        return 0;
    base = o->cookie.exp ? EXPERIMENT_BASE_BYTES : COOKIE_BASE_BYTES;
    n = (base + o->cookie.len + 3) / 4 * 4;
    return others + n <= TCP_OPTIONS_BYTES ? n : 0;
}

/* Bytes of all options but AccECN, SACK and the cookie, with their padding. */
static size_t plain_bytes(const struct tcp_opts *o)
{
    size_t n = auth_bytes(o) + (o->has_mss ? MSS_BYTES : 0) + (o->has_uto ? UTO_BYTES : 0);

    if (o->has_timestamps)
        n += 2 + TIMESTAMPS_BYTES; /* behind two NOPs, or SACK-permitted in their place */
    else if (o->sack_permitted)
        n += 2 + SACK_PERMITTED_BYTES;
    return o->has_wscale ? n + 1 + WSCALE_BYTES : n;
}

/* NOPs of the option behind AccECN's, which it may take the place of, itself
 * being `ecn` bytes then; behind it is SACK only if a block is going to fit. */
static size_t ecn_slack(const struct tcp_opts *o, size_t ecn)
{
    if (o->sack_permitted && !o->has_timestamps)
        return 2;
    if (o->has_wscale)
        return 1;
    ecn += plain_bytes(o) + 2 + SACK_BASE_BYTES + SACK_BLOCK_BYTES;
    return o->n_sack > 0 && !o->has_cookie && ecn <= TCP_OPTIONS_BYTES ? 2 : 0;
}

/* How many of them it does: what would be padding goes there if there is room for all of it. */
static size_t ecn_overlap(const struct tcp_opts *o)
{
    size_t n = ECN_BASE_BYTES + ECN_FIELD_BYTES * (size_t)o->ecn.n, odd = n % 4;

    return odd <= ecn_slack(o, n - odd) ? odd : 0;
}

static size_t ecn_bytes(const struct tcp_opts *o)
{
    size_t n = ECN_BASE_BYTES + ECN_FIELD_BYTES * (size_t)o->ecn.n;

    return align_up(n - ecn_overlap(o), 4);
}

/* Bytes of all options but SACK and the cookie, with their padding. */
static size_t bytes_without_sack(const struct tcp_opts *o)
{
    return plain_bytes(o) + (o->has_ecn ? ecn_bytes(o) : 0);
}

static size_t sack_bytes(size_t blocks)
{
    return blocks != 0 ? 2 + SACK_BASE_BYTES + blocks * SACK_BLOCK_BYTES : 0;
}

/* What all options take that are asked for, whether there is room or not. */
static size_t all_bytes(const struct tcp_opts *o)
{
    size_t others = bytes_without_sack(o);

    return others + cookie_bytes(o, others) + sack_bytes(o->n_sack);
}

bool tcp_fits(const struct tcp_opts *o)
{
    return bytes_without_sack(o) <= TCP_OPTIONS_BYTES;
}

unsigned tcp_sack_room(const struct tcp_opts *o)
{
    size_t taken = bytes_without_sack(o) + 2 + SACK_BASE_BYTES;

    if (o->has_cookie || taken > TCP_OPTIONS_BYTES)
        return 0;
    return min_u32(TCP_MAX_SACK, (uint32_t)(TCP_OPTIONS_BYTES - taken) / SACK_BLOCK_BYTES);
}

void tcp_ecn_fit(struct tcp_opts *o, unsigned least)
{
    uint8_t blocks = (uint8_t)min_u32(o->n_sack, tcp_sack_room(o)), fewer = blocks > 2;

    o->has_ecn = true;
    o->ecn.order1 = true;
    for (o->n_sack = blocks; o->n_sack + fewer >= blocks; o->n_sack--) {
        o->ecn.n = TCP_ECN_FIELDS + 1;
        while (o->ecn.n > least) {
            o->ecn.n--;
            if (all_bytes(o) <= TCP_OPTIONS_BYTES)
                return;
        }
        if (least == 0 || o->n_sack == 0)
            break;
    }
    o->has_ecn = false;
    o->n_sack = blocks;
}

static size_t sack_blocks(const struct tcp_opts *o)
{
    return min_u32(o->n_sack, tcp_sack_room(o));
}

size_t tcp_bytes(const struct tcp_opts *o)
{
    size_t blocks = sack_blocks(o), others = bytes_without_sack(o);

    return TCP_HEADER_BYTES + others + cookie_bytes(o, others) + sack_bytes(blocks);
}

/* Kind and length of an option. */
static void write_start(struct writer *w, uint8_t kind, size_t bytes)
{
    wr_u8(w, kind);
    wr_u8(w, (uint8_t)bytes);
}

static void write_sack(struct writer *w, const struct tcp_opts *o, size_t blocks, size_t nops)
{
    wr_fill(w, KIND_NOP, nops);
    write_start(w, KIND_SACK, SACK_BASE_BYTES + blocks * SACK_BLOCK_BYTES);
    for (size_t i = 0; i < blocks; i++) {
        wr_u32(w, o->sack[i].start.v);
        wr_u32(w, o->sack[i].end.v);
    }
}

static void write_cookie(struct writer *w, const struct tcp_cookie *c)
{
    size_t bytes = c->len + (size_t)(c->exp ? EXPERIMENT_BASE_BYTES : COOKIE_BASE_BYTES);

    write_start(w, c->exp ? KIND_EXPERIMENT : KIND_COOKIE, bytes);
    if (c->exp)
        wr_u16(w, COOKIE_EXPERIMENT);
    for (size_t i = 0; i < c->len; i++)
        wr_u8(w, c->b[i]);
    wr_fill(w, KIND_NOP, (4 - bytes % 4) % 4);
}

/* In front of all others, as Linux writes it. */
static void write_auth(struct writer *w, const struct tcp_opts *o)
{
    if (o->auth == TCP_AUTH_MD5) {
        wr_fill(w, KIND_NOP, 2);
        write_start(w, KIND_MD5, MD5_BASE_BYTES + TCP_MD5_BYTES);
        wr_fill(w, 0, TCP_MD5_BYTES);
    } else {
        write_start(w, KIND_AO, AO_BASE_BYTES + (size_t)o->auth_bytes);
        wr_u8(w, o->key_id);
        wr_u8(w, o->rnext_key_id);
        wr_fill(w, 0, o->auth_bytes);
        wr_fill(w, KIND_NOP, auth_bytes(o) - AO_BASE_BYTES - o->auth_bytes);
    }
}

/* Behind SACK-permitted or two NOPs. */
static void write_timestamps(struct writer *w, const struct tcp_opts *o)
{
    if (o->sack_permitted)
        write_start(w, KIND_SACK_PERMITTED, SACK_PERMITTED_BYTES);
    else
        wr_fill(w, KIND_NOP, 2);
    write_start(w, KIND_TIMESTAMPS, TIMESTAMPS_BYTES);
    wr_u32(w, o->ts_value);
    wr_u32(w, o->ts_echo);
}

/* `taken` NOPs of the next option are left out. */
static void write_ecn(struct writer *w, const struct tcp_ecn_counts *ecn, size_t taken)
{
    size_t bytes = ECN_BASE_BYTES + ECN_FIELD_BYTES * (size_t)ecn->n;

    write_start(w, ecn->order1 ? KIND_ECN_ORDER_1 : KIND_ECN_ORDER_0, bytes);
    for (unsigned i = 0; i < ecn->n; i++) {
        wr_u8(w, (uint8_t)(ecn->field[i] >> 16));
        wr_u16(w, (uint16_t)ecn->field[i]);
    }
    wr_fill(w, KIND_NOP, align_up(bytes - taken, 4) - (bytes - taken));
}

static void write_options(struct writer *w, const struct tcp_opts *o)
{
    size_t taken = o->has_ecn ? ecn_overlap(o) : 0;

    if (o->auth != TCP_AUTH_NONE)
        write_auth(w, o);
    if (o->has_mss) {
        write_start(w, KIND_MSS, MSS_BYTES);
        wr_u16(w, o->mss);
    }
    if (o->has_timestamps)
        write_timestamps(w, o);
    if (o->has_ecn)
        write_ecn(w, &o->ecn, taken);
    if (o->sack_permitted && !o->has_timestamps) {
        wr_fill(w, KIND_NOP, 2 - taken);
        write_start(w, KIND_SACK_PERMITTED, SACK_PERMITTED_BYTES);
        taken = 0;
    }
    if (o->has_wscale) {
        wr_fill(w, KIND_NOP, 1 - taken);
        write_start(w, KIND_WSCALE, WSCALE_BYTES);
        wr_u8(w, o->wscale);
        taken = 0;
    }
    if (o->has_uto) {
        write_start(w, KIND_UTO, UTO_BYTES);
        wr_u16(w, o->uto);
    }
    if (sack_blocks(o) != 0)
        write_sack(w, o, sack_blocks(o), 2 - taken);
    if (cookie_bytes(o, bytes_without_sack(o)) != 0)
        write_cookie(w, &o->cookie);
}

size_t tcp_build(uint8_t *p, const struct tcp_hdr *h)
{
    size_t bytes = tcp_bytes(&h->opts);
    struct writer w = wr_init(p, bytes);

    tarn_assert(bytes <= TCP_MAX_HEADER_BYTES);
    wr_u16(&w, h->src_port);
    wr_u16(&w, h->dst_port);
    wr_u32(&w, h->seq.v);
    wr_u32(&w, h->ack.v);
    wr_u16(&w, (uint16_t)(bytes / 4 << 12 | (h->flags & (TCP_AE | 0xff))));
    wr_u16(&w, h->window);
    wr_u16(&w, h->checksum);
    wr_u16(&w, h->urgent);
    write_options(&w, &h->opts);
    return bytes;
}
