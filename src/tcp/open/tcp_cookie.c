/* tcp/open/tcp_cookie.c - SYN cookies (RFC 4987 3.6): a listener under a flood of SYNs keeps
 * nothing.
 *
 * Our sequence number is a keyed hash of the four and of the peer's number; its last three bits,
 * masked by the hash, say which MSS of a table the peer's SYN had. So the ACK brings back all that
 * a connection needs. The rest of what a SYN asks for is in the last six bits of our timestamp,
 * which the peer echoes, as Linux has it:
 *
 *     | ... our clock, never ahead ... | ECN | SACK | window scale; 15 = none |
 *
 * A SYN without timestamps therefore gets a connection without window scale and SACK.
 *
 * A key lives for an epoch of 64 s and is drawn when first needed in it; the one before it is still
 * good, so a cookie can be used for 64 to 128 s, and no key can be searched for longer. While no
 * cookie was sent lately an ACK out of nowhere costs no hash. A guess is right once in 2^28 times.
 *
 * What is lost: the SYN,ACK is not sent again. And a segment behind the first one does not tell the
 * peer's number: it is dropped without a reset, which Linux would send, and the first one comes
 * again. A signed SYN (RFC 2385, RFC 5925) is always remembered: nobody floods us with those. */
#include "tcp/open/tcp_open.h"

#include "base/array.h"
#include "base/bits.h"
#include "base/bytes.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/path/tcp_path.h"
#include "tcp/tcp_machine.h"

static const uint64_t EPOCH_NS = 64 * TCP_SECOND_NS;

enum { MSS_BITS = 3, MSS_MASK = 7 };

/* Bits of the timestamp. */
enum { TS_NO_WSCALE = 15, TS_SACK = 16, TS_ECN = 32, TS_MASK = 63 };

/* What is not in it is rounded down. */
static const uint16_t mss_table[MSS_MASK + 1] = {TCP_MSS_FLOOR, 536,  1220, 1300,
                                                 1400,          1440, 1460, 8960};

static uint32_t mss_index(uint16_t mss)
{
    uint32_t i = MSS_MASK;

    while (i > 0 && mss_table[i] > mss)
        i--;
    return i;
}

static uint32_t epoch_of(tarn_ns now)
{
    return (uint32_t)(now / EPOCH_NS) + 2; /* 0 is no epoch, nor the one before any */
}

/* The secret of an epoch, if there is one. */
static struct tcp_cookie_secret *secret_find(const struct tarn *st, uint32_t epoch)
{
    struct tcp_cookie_secret *s = &tcp_layer(st)->cookie_secrets[epoch & 1];

    return epoch != 0 && s->epoch == epoch ? s : NULL;
}

static const struct sip_key *secret_get(struct tarn *st, uint32_t epoch)
{
    struct tcp_cookie_secret *s = &tcp_layer(st)->cookie_secrets[epoch & 1];
    uint8_t bytes[16];

    if (s->epoch != epoch) {
        rng_bytes(&st->rng[STREAM_ISN], bytes, sizeof bytes);
        s->key = sip_key_load(bytes);
        s->epoch = epoch;
    }
    return &s->key;
}

static uint64_t hash_of(const struct sip_key *key, const struct tarn_addr *local,
                        const struct tarn_addr *remote, tcp_seq irs)
{
    const uint64_t words[] = {load_be64(local->ip.b), load_be64(local->ip.b + 8),
                              load_be64(remote->ip.b), load_be64(remote->ip.b + 8),
                              (uint64_t)irs.v << 32 | (uint32_t)local->port << 16 | remote->port};

    return siphash_words(key, words, ARRAY_LEN(words));
}

/* The number that a hash and an index of the MSS make. */
static uint32_t number_of(uint64_t hash, uint32_t index)
{
    return ((uint32_t)hash & ~(uint32_t)MSS_MASK) | ((index ^ (uint32_t)(hash >> 32)) & MSS_MASK);
}

/* The SYN,ACK ---------------------------------------------------------------------------------- */

bool tcp_cookie_wanted(const struct tarn *st, const struct tcp_listener *l, const struct tcp_seg *g)
{
    int64_t when = st->param[PARAM_TCP_SYNCOOKIES];
    uint32_t most = min_u32((uint32_t)st->param[PARAM_TCP_SYN_BACKLOG], l->backlog + 1);

    return !g->has_isn && (when == 2 || (when == 1 && l->n_requests >= most));
}

/* Our clock, its last bits replaced by what the SYN asked for, and never ahead of itself. */
static void put_options(struct tcp_mini *m, tarn_ns now)
{
    uint32_t clock = tcp_ts_now(m->ts_offset, now);
    uint32_t told = m->wscale_ok ? m->snd_wscale : TS_NO_WSCALE;

    told |= (m->sack_ok ? TS_SACK : 0u) | (m->ecn != TCP_ECN_OFF ? TS_ECN : 0u);
    told |= clock & ~(uint32_t)TS_MASK;
    if ((int32_t)(told - clock) > 0)
        told -= TS_MASK + 1;
    m->ts_offset += told - clock;
}

void tcp_cookie_init(struct tarn *st, struct tcp_request *r, tarn_ns now)
{
    struct tcp_mini *m = &r->mini;
    const struct sip_key *key = secret_get(st, epoch_of(now));
    uint64_t hash = hash_of(key, &m->local, &m->remote, seq_sub(m->rcv_nxt, 1));

    if (!m->ts_ok && m->ecn == TCP_ECN_CLASSIC) /* AccECN's ACK tells of itself */
        tcp_ecn_forget(m);
    if (m->ts_ok)
        put_options(m, now);
    else
        m->wscale_ok = m->sack_ok = false;
    m->snd_nxt = seq_add(seq(number_of(hash, mss_index(m->peer_mss))), 1);
    stat_add(st, TARN_STAT_TCP_SYNCOOKIES_SENT, 1);
}

/* The ACK -------------------------------------------------------------------------------------- */

/* The MSS that the cookie tells of; 0: it is none of ours. */
static uint16_t check(const struct tarn *st, uint32_t epoch, const struct tcp_seg *syn)
{
    const struct tcp_cookie_secret *s = secret_find(st, epoch);
    struct tarn_addr local = sock_end(&syn->ip->dst, syn->ip->zone, syn->h.dst_port);
    struct tarn_addr remote = sock_end(&syn->ip->src, syn->ip->zone, syn->h.src_port);
    uint64_t hash;

    if (s == NULL)
        return 0;
    hash = hash_of(&s->key, &local, &remote, syn->seq);
    if (((syn->isn.v ^ (uint32_t)hash) & ~(uint32_t)MSS_MASK) != 0)
        return 0;
    return mss_table[(syn->isn.v ^ (uint32_t)(hash >> 32)) & MSS_MASK];
}

static void take_options(struct tcp_seg *syn)
{
    struct tcp_opts *o = &syn->h.opts;
    uint32_t told = o->has_timestamps ? o->ts_echo & TS_MASK : TS_NO_WSCALE;

    o->n_sack = 0;
    o->has_mss = true;
    o->sack_permitted = (told & TS_SACK) != 0;
    o->has_wscale = (told & TS_NO_WSCALE) != TS_NO_WSCALE;
    o->wscale = told & TS_NO_WSCALE;
    if ((told & TS_ECN) != 0)
        syn->h.flags |= TCP_ECE | TCP_CWR;
}

bool tcp_cookie_is_on(const struct tarn *st, tarn_ns now)
{
    uint32_t epoch = epoch_of(now);

    return st->param[PARAM_TCP_SYNCOOKIES] != 0 &&
           (secret_find(st, epoch) != NULL || secret_find(st, epoch - 1) != NULL);
}

bool tcp_cookie_check(struct tarn *st, const struct tcp_seg *g, struct tcp_seg *syn)
{
    uint32_t epoch = epoch_of(g->now);
    uint16_t mss;

    if (!tcp_cookie_is_on(st, g->now))
        return false;
    *syn = *g;
    syn->h.flags = TCP_SYN;
    syn->seq = seq_sub(g->seq, 1);
    syn->isn = seq_sub(g->h.ack, 1);
    syn->has_isn = true;
    mss = check(st, epoch, syn);
    if (mss == 0)
        mss = check(st, epoch - 1, syn);
    if (mss == 0) {
        stat_add(st, TARN_STAT_TCP_SYNCOOKIES_FAILED, 1);
        return false;
    }
    take_options(syn);
    syn->h.opts.mss = mss;
    stat_add(st, TARN_STAT_TCP_SYNCOOKIES_RECEIVED, 1);
    return true;
}
