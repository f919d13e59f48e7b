/* tcp/open/tcp_isn.c - numbers that a third party must not guess: initial sequence numbers and the
 * offset of the timestamp clock.
 *
 * RFC 9293 3.4.1, RFC 6528 3: ISN = M + F(localip, localport, remoteip, remoteport, secretkey),
 * where M is a clock of 4 microseconds and F a keyed hash. So a connection between the same four
 * begins above where the last one ended, and numbers of others tell nothing. The timestamp clock's
 * offset hangs on the two addresses alone: a new connection of a pair in TIME-WAIT then has a later
 * timestamp than the old one, which RFC 6191 asks for. */
#include "tcp/open/tcp_open.h"

enum { ISN_TICK_NS = 4000 };

static uint64_t half(const struct tarn_ip *ip, unsigned from)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | ip->b[from + i];
    return v;
}

tcp_seq tcp_isn(const struct tarn *st, const struct tarn_addr *local,
                const struct tarn_addr *remote, tarn_ns now)
{
    const uint64_t words[] = {half(&local->ip, 0), half(&local->ip, 8), half(&remote->ip, 0),
                              half(&remote->ip, 8), (uint64_t)local->port << 16 | remote->port};
    uint32_t m = (uint32_t)(now / ISN_TICK_NS);

    if (st->param[PARAM_TCP_RANDOM_ISN] == 0)
        return seq(m);
    return seq((uint32_t)siphash_words(&tcp_layer(st)->isn_key, words, 5) + m);
}

uint32_t tcp_ts_offset(const struct tarn *st, const struct tarn_ip *local,
                       const struct tarn_ip *remote)
{
    const uint64_t words[] = {half(local, 0), half(local, 8), half(remote, 0), half(remote, 8)};

    return (uint32_t)siphash_words(&tcp_layer(st)->ts_key, words, 4);
}

uint32_t tcp_hash(const struct tarn *st, const struct tarn_addr *local,
                  const struct tarn_addr *remote)
{
    const uint64_t words[] = {half(&local->ip, 0), half(&local->ip, 8), half(&remote->ip, 0),
                              half(&remote->ip, 8), (uint64_t)local->port << 16 | remote->port};

    return (uint32_t)siphash_words(&st->hash_key, words, 5);
}

void tcp_secrets_init(struct tarn *st, struct tcp_layer *l)
{
    uint8_t bytes[32];

    rng_bytes(&st->rng[STREAM_ISN], bytes, sizeof bytes);
    l->isn_key = sip_key_load(bytes);
    l->ts_key = sip_key_load(bytes + 16);
    l->fastopen_keys.n = 1;
    rng_bytes(&st->rng[STREAM_ISN], l->fastopen_keys.key[0], TCP_FASTOPEN_KEY_BYTES);
}
