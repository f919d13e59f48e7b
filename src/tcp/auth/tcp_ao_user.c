/* tcp/auth/tcp_ao_user.c - the application's keys for TCP-AO (RFC 5925 3.1), and what it may ask.
 * What is refused is what Linux 6.7 refuses. */
#include "tcp/auth/tcp_auth.h"

#include "base/aes128.h"
#include "base/sha1.h"

enum { MAC_USUAL = 12, MAC_LEAST = 4 };

/* The socket that a call is for, or -TARN_E... */
static int find(const struct tarn *st, tarn_sock s, struct tcp_sock **tc)
{
    struct sock *sk = sock_find(st, s);

    if (sk == NULL)
        return -TARN_EBADF;
    if (sk->type != TARN_STREAM || st->param[PARAM_TCP_AO] == 0)
        return -TARN_ENOPROTOOPT;
    *tc = tcp_of(sk);
    return 0;
}

/* The keys of one that has any; else -TARN_ENOENT. */
static int find_auth(const struct tarn *st, tarn_sock s, const struct tcp_auth **a)
{
    struct tcp_sock *tc;
    int err = find(st, s, &tc);

    if (err < 0)
        return err;
    *a = tcp_auth(st, tc);
    return *a != NULL ? 0 : -TARN_ENOENT;
}

static bool to_key(const struct tarn_tcp_ao_key *in, struct tcp_key *k)
{
    size_t longest = in->algorithm == TARN_TCP_AO_AES_128_CMAC ? AES128_BYTES : SHA1_BYTES;

    *k = (struct tcp_key){.kind = TCP_AUTH_AO,
                          .bytes = in->key_bytes,
                          .algorithm = in->algorithm,
                          .send_id = in->send_id,
                          .recv_id = in->recv_id,
                          .mac_bytes = in->mac_bytes != 0 ? in->mac_bytes : MAC_USUAL,
                          .omit_options = in->omit_options};
    if (in->key_bytes > sizeof k->secret || in->algorithm > TARN_TCP_AO_AES_128_CMAC ||
        k->mac_bytes < MAC_LEAST || k->mac_bytes > longest || k->mac_bytes > AES128_BYTES)
        return false;
    memcpy(k->secret, in->key, in->key_bytes);
    return tcp_key_peer(k, &in->peer, in->prefix);
}

/* Would one of its numbers mean two keys? */
static bool is_taken(const struct tarn *st, const struct tcp_auth *a, const struct tcp_key *k)
{
    return tcp_key_by_send_id(st, a, &k->peer, k->send_id) != NULL ||
           tcp_key_by_recv_id(st, a, &k->peer, k->recv_id) != NULL;
}

int tarn_tcp_ao_add(struct tarn *st, tarn_sock s, const struct tarn_tcp_ao_key *key)
{
    const struct tcp_key *other;
    struct tcp_sock *tc;
    struct tcp_auth *a;
    struct tcp_key k;
    int err = find(st, s, &tc);

    if (err < 0)
        return err;
    if (!to_key(key, &k))
        return -TARN_EINVAL;
    if (!tc->keyed && !tcp_in(tc, TCP_S(CLOSED) | TCP_S(LISTEN)))
        return -TARN_EISCONN; /* what is open without it stays so */
    a = tcp_auth_get(st, tc);
    if (a == NULL)
        return -TARN_ENOBUFS;
    other = tcp_key_for(st, a, &k.peer);
    if (other != NULL && other->kind == TCP_AUTH_MD5)
        return -TARN_EINVAL;
    if (is_taken(st, a, &k))
        return -TARN_EEXIST;
    other = tcp_key_add(st, a, &k);
    if (other == NULL)
        return -TARN_ENOBUFS;
    if (key->set_current)
        a->current = ref_of(st, other);
    if (key->set_rnext)
        a->rnext = ref_of(st, other);
    return 0;
}

int tarn_tcp_ao_del(struct tarn *st, tarn_sock s, const struct tarn_tcp_ao_key *key)
{
    struct tcp_sock *tc;
    struct tcp_key like, *k;
    int err = find(st, s, &tc);

    if (err < 0)
        return err;
    like = (struct tcp_key){.kind = TCP_AUTH_AO, .send_id = key->send_id, .recv_id = key->recv_id};
    if (!tcp_key_peer(&like, &key->peer, key->prefix))
        return -TARN_EINVAL;
    k = tc->keyed ? tcp_key_same(st, tcp_auth(st, tc), &like) : NULL;
    if (k == NULL)
        return -TARN_ENOENT;
    if (tcp_auth(st, tc)->current == ref_of(st, k) || tcp_auth(st, tc)->rnext == ref_of(st, k))
        return -TARN_EBUSY;
    tcp_key_remove(st, tcp_auth(st, tc), k);
    return 0;
}

static const struct tcp_key *chosen(const struct tarn *st, const struct tcp_sock *tc, uint8_t id,
                                    bool to_send)
{
    const struct tcp_auth *a = tcp_auth(st, tc);

    return to_send ? tcp_key_by_send_id(st, a, &tc->sk.remote.ip, id)
                   : tcp_key_by_recv_id(st, a, &tc->sk.remote.ip, id);
}

int tarn_tcp_ao_set(struct tarn *st, tarn_sock s, const struct tarn_tcp_ao_info *info)
{
    const struct tcp_key *current = NULL, *rnext = NULL;
    struct tcp_sock *tc;
    struct tcp_auth *a;
    int err = find(st, s, &tc);

    if (err < 0)
        return err;
    a = tcp_auth_get(st, tc);
    if (a == NULL)
        return -TARN_ENOBUFS;
    if (info->has_current && (current = chosen(st, tc, info->current_id, true)) == NULL)
        return -TARN_ENOENT;
    if (info->has_rnext && (rnext = chosen(st, tc, info->rnext_id, false)) == NULL)
        return -TARN_ENOENT;
    if (current != NULL)
        a->current = ref_of(st, current);
    if (rnext != NULL)
        a->rnext = ref_of(st, rnext);
    a->accept_icmps = info->accept_icmps;
    a->required = info->required;
    return 0;
}

int tarn_tcp_ao_get(const struct tarn *st, tarn_sock s, struct tarn_tcp_ao_info *out)
{
    const struct tcp_key *current, *rnext;
    const struct tcp_auth *a;
    int err = find_auth(st, s, &a);

    if (err < 0)
        return err;
    current = ref_ptr(st, a->current);
    rnext = ref_ptr(st, a->rnext);
    *out = (struct tarn_tcp_ao_info){.has_current = current != NULL,
                                     .has_rnext = rnext != NULL,
                                     .current_id = current != NULL ? current->send_id : 0,
                                     .rnext_id = rnext != NULL ? rnext->recv_id : 0,
                                     .accept_icmps = a->accept_icmps,
                                     .required = a->required,
                                     .good = a->good,
                                     .bad = a->bad,
                                     .unknown = a->unknown,
                                     .missing = a->missing,
                                     .icmps = a->icmps};
    return 0;
}

int tarn_tcp_ao_key(const struct tarn *st, tarn_sock s, unsigned i, struct tarn_tcp_ao_key *out)
{
    const struct tcp_auth *a;
    int err = find_auth(st, s, &a);

    if (err < 0)
        return err;
    list_each (st, &a->keys, const struct tcp_key, k) {
        if (k->kind != TCP_AUTH_AO || i-- > 0)
            continue;
        *out =
            (struct tarn_tcp_ao_key){.peer = k->peer,
                                     .prefix = tarn_ip_is4(&k->peer) ? k->prefix - 96u : k->prefix,
                                     .algorithm = k->algorithm,
                                     .send_id = k->send_id,
                                     .recv_id = k->recv_id,
                                     .mac_bytes = k->mac_bytes,
                                     .omit_options = k->omit_options,
                                     .set_current = a->current == ref_of(st, k),
                                     .set_rnext = a->rnext == ref_of(st, k),
                                     .key_bytes = k->bytes};
        memcpy(out->key, k->secret, k->bytes);
        return 0;
    }
    return -TARN_ENOENT;
}
