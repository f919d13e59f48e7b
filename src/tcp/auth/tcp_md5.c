/* tcp/auth/tcp_md5.c - the MD5 signature option (RFC 2385): the digest, and the application's keys.
 *
 * The digest is over the pseudo-header, the header without options and with a checksum of zero, the
 * text, and the key (2.0). As on Linux a key may come or go at any time, and one may be for a whole
 * prefix. RFC 5925 has made the option obsolete; BGP routers still speak it. */
#include "tcp/auth/tcp_auth.h"

#include "base/bytes.h"
#include "base/md5.h"

/* As in a checksum: of IPv4 a length of two bytes, of IPv6 one of four. */
size_t tcp_signed_pseudo(const struct tcp_signed *s, uint8_t out[TCP_PSEUDO_BYTES])
{
    uint32_t bytes = s->head_bytes + pkt_len(s->p) - s->skip;
    const struct ip_info *ip = s->ip;

    memset(out, 0, TCP_PSEUDO_BYTES);
    if (tarn_ip_is4(&ip->src)) {
        store_be32(out, tarn_ip_to4(&ip->src));
        store_be32(out + 4, tarn_ip_to4(&ip->dst));
        out[9] = IP_PROTO_TCP;
        store_be16(out + 10, (uint16_t)bytes);
        return 12;
    }
    memcpy(out, ip->src.b, sizeof ip->src.b);
    memcpy(out + 16, ip->dst.b, sizeof ip->dst.b);
    store_be32(out + 32, bytes);
    out[39] = IP_PROTO_TCP;
    return TCP_PSEUDO_BYTES;
}

void tcp_md5_digest(const struct tarn *st, const struct tcp_key *k, const struct tcp_signed *s,
                    uint8_t out[TCP_MAC_BYTES])
{
    uint8_t head[TCP_HEADER_BYTES], pseudo[TCP_PSEUDO_BYTES];
    struct md5 m;

    memcpy(head, s->head, sizeof head);
    memset(head + TCP_CHECKSUM_OFFSET, 0, 2);
    md5_init(&m);
    md5_add(&m, pseudo, tcp_signed_pseudo(s, pseudo));
    md5_add(&m, head, sizeof head);
    md5_add(&m, s->p->head + s->p->head_off + s->skip, s->p->head_len - s->skip);
    if (s->p->slice_len > 0)
        md5_add(&m, pkt_slice(st, s->p), s->p->slice_len);
    md5_add(&m, k->secret, k->bytes);
    md5_end(&m, out);
}

static int add(struct tarn *st, struct tcp_sock *tc, const struct tcp_key *key)
{
    struct tcp_auth *a = tcp_auth_get(st, tc);
    const struct tcp_key *other = a != NULL ? tcp_key_for(st, a, &key->peer) : NULL;
    struct tcp_key *old = a != NULL ? tcp_key_same(st, a, key) : NULL;

    if (other != NULL && other->kind == TCP_AUTH_AO)
        return -TARN_EINVAL;
    if (a == NULL || tcp_key_add(st, a, key) == NULL)
        return -TARN_ENOBUFS;
    if (old != NULL)
        tcp_key_remove(st, a, old);
    return 0;
}

int tarn_tcp_md5(struct tarn *st, tarn_sock s, const struct tarn_ip *peer, unsigned prefix,
                 const void *key, size_t key_bytes)
{
    struct tcp_key k = {.kind = TCP_AUTH_MD5, .bytes = (uint8_t)key_bytes, .mac_bytes = MD5_BYTES};
    struct sock *sk = sock_find(st, s);
    struct tcp_key *old;

    if (sk == NULL)
        return -TARN_EBADF;
    if (sk->type != TARN_STREAM || st->param[PARAM_TCP_MD5] == 0)
        return -TARN_ENOPROTOOPT;
    if (key_bytes > sizeof k.secret || !tcp_key_peer(&k, peer, prefix))
        return -TARN_EINVAL;
    if (key_bytes > 0) {
        memcpy(k.secret, key, key_bytes);
        return add(st, tcp_of(sk), &k);
    }
    old = tcp_of(sk)->keyed ? tcp_key_same(st, tcp_auth(st, tcp_of(sk)), &k) : NULL;
    if (old == NULL)
        return -TARN_ENOENT;
    tcp_key_remove(st, tcp_auth(st, tcp_of(sk)), old);
    return 0;
}
