/* posix/option/option_ao.c - TCP_AO_ADD_KEY and its kin: keys of RFC 5925 in Linux's form.
 *
 * Names and forms are those of Linux 6.7; the headers of a system may be older. Not there:
 * interfaces of a VRF, hash functions beside the two of RFC 5926, and counters that a program sets.
 */
#include "posix/option/option.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum { AO_ADD_KEY = 38, AO_DEL_KEY = 39, AO_INFO = 40, AO_GET_KEYS = 41 };
enum { AO_KEY_BYTES = 80, AO_NAME_BYTES = 64 };

/* Bits of `bits`, by the form that has them. */
enum { ADD_CURRENT = 1, ADD_RNEXT = 2, ADD_KNOWN = 3, DEL_KNOWN = 7 };
enum { INFO_CURRENT = 1, INFO_RNEXT = 2, INFO_REQUIRED = 4, INFO_COUNTERS = 8, INFO_ICMPS = 16 };
enum { GET_CURRENT = 1, GET_RNEXT = 2, GET_ALL = 4 };
enum { KEY_OF_DEVICE = 1, KEY_EXCLUDES_OPTIONS = 2 };

struct ao_add {
    struct sockaddr_storage peer;
    char algorithm[AO_NAME_BYTES];
    int32_t device;
    uint32_t bits;
    uint16_t reserved;
    uint8_t prefix, send_id, recv_id, mac_bytes, flags, key_bytes;
    uint8_t key[AO_KEY_BYTES];
};

struct ao_del {
    struct sockaddr_storage peer;
    int32_t device;
    uint32_t bits;
    uint16_t reserved;
    uint8_t prefix, send_id, recv_id, current, rnext, flags;
};

struct ao_info {
    uint32_t bits;
    uint16_t reserved;
    uint8_t current, rnext;
    uint64_t good, bad, unknown, missing, icmps;
};

struct ao_key {
    struct sockaddr_storage peer;
    char algorithm[AO_NAME_BYTES];
    uint8_t key[AO_KEY_BYTES];
    uint32_t n_keys; /* in: how many there is room for; out: how many match */
    uint16_t bits;
    uint8_t send_id, recv_id, prefix, mac_bytes, flags, key_bytes;
    int32_t device;
    uint64_t good, bad;
};

_Static_assert(sizeof(struct ao_add) == 288 && sizeof(struct ao_del) == 144 &&
                   sizeof(struct ao_info) == 48 && sizeof(struct ao_key) == 304,
               "the forms are those of Linux");

/* ---- parts ---- */

static int read_form(const struct posix_request *q, void *form, size_t n)
{
    if (q->data_len < n)
        return -EINVAL;
    memcpy(form, q->data, n);
    return 0;
}

/* The address of a peer, without a port. */
static int read_peer(const struct socket *so, const struct sockaddr_storage *in,
                     struct tarn_ip *out)
{
    struct sockaddr_in sin; /* the port stands at the same place in both families */

    memcpy(&sin, in, sizeof sin);
    if (sin.sin_port != 0 ||
        option_read_sockaddr(so->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6, in, out) != 0)
        return -EINVAL;
    return 0;
}

static void give_peer(const struct socket *so, const struct tarn_ip *ip,
                      struct sockaddr_storage *out)
{
    struct tarn_addr at = {.ip = *ip};
    struct posix_address name;

    name_to_linux(so, &at, &name);
    memcpy(out, &name.storage, name.len);
}

static const struct {
    const char *name;
    uint8_t algorithm;
} algorithms[] = {
    {"hmac(sha1)", TARN_TCP_AO_HMAC_SHA1},
    {"cmac(aes128)", TARN_TCP_AO_AES_128_CMAC},
    {"cmac(aes)", TARN_TCP_AO_AES_128_CMAC}, /* what Linux makes of the name before */
};

static int read_algorithm(const char name[AO_NAME_BYTES], uint8_t *out)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        if (strncmp(name, algorithms[i].name, AO_NAME_BYTES) == 0) {
            *out = algorithms[i].algorithm;
            return 0;
        }
    }
    return -ENOENT;
}

static bool names_device(uint8_t flags, int32_t device)
{
    return (flags & ~KEY_EXCLUDES_OPTIONS) != 0 || device != 0;
}

/* ---- the calls ---- */

static int add_key(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct tarn_tcp_ao_key key = {.prefix = 0};
    struct ao_add in;
    int err = read_form(q, &in, sizeof in);

    (void)o;
    if (err != 0)
        return err;
    if ((in.bits & ~(uint32_t)ADD_KNOWN) != 0 || in.reserved != 0 || in.key_bytes > AO_KEY_BYTES ||
        names_device(in.flags, in.device) || read_peer(so, &in.peer, &key.peer) != 0)
        return -EINVAL;
    err = read_algorithm(in.algorithm, &key.algorithm);
    if (err != 0)
        return err;
    key.prefix = in.prefix;
    key.send_id = in.send_id;
    key.recv_id = in.recv_id;
    key.mac_bytes = in.mac_bytes;
    key.omit_options = (in.flags & KEY_EXCLUDES_OPTIONS) != 0;
    key.set_current = (in.bits & ADD_CURRENT) != 0;
    key.set_rnext = (in.bits & ADD_RNEXT) != 0;
    key.key_bytes = in.key_bytes;
    memcpy(key.key, in.key, in.key_bytes);
    return tarn_tcp_ao_add(so->px->cfg.stack, so->sock, &key);
}

/* Another key becomes the current or the next one. */
static int choose(struct socket *so, uint32_t bits, uint8_t current, uint8_t rnext)
{
    struct tarn *st = so->px->cfg.stack;
    struct tarn_tcp_ao_info info;
    int err = tarn_tcp_ao_get(st, so->sock, &info);

    if (err != 0 || (bits & (INFO_CURRENT | INFO_RNEXT)) == 0)
        return err;
    info.has_current = (bits & INFO_CURRENT) != 0;
    info.has_rnext = (bits & INFO_RNEXT) != 0;
    info.current_id = current;
    info.rnext_id = rnext;
    return tarn_tcp_ao_set(st, so->sock, &info);
}

static int del_key(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct tarn_tcp_ao_key key = {.prefix = 0};
    struct ao_del in;
    int err = read_form(q, &in, sizeof in);

    (void)o;
    if (err != 0)
        return err;
    if ((in.bits & ~(uint32_t)DEL_KNOWN) != 0 || in.reserved != 0 ||
        names_device(in.flags, in.device) || read_peer(so, &in.peer, &key.peer) != 0)
        return -EINVAL;
    err = choose(so, in.bits, in.current, in.rnext);
    if (err != 0)
        return err;
    key.prefix = in.prefix;
    key.send_id = in.send_id;
    key.recv_id = in.recv_id;
    return tarn_tcp_ao_del(so->px->cfg.stack, so->sock, &key);
}

static int set_info(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct tarn_tcp_ao_info info;
    struct ao_info in;
    int err = read_form(q, &in, sizeof in);

    (void)o;
    if (err != 0)
        return err;
    if ((in.bits & ~(uint32_t)(2 * INFO_ICMPS - 1)) != 0 || in.reserved != 0)
        return -EINVAL;
    if ((in.bits & INFO_COUNTERS) != 0)
        return -EOPNOTSUPP;
    info = (struct tarn_tcp_ao_info){
        .has_current = (in.bits & INFO_CURRENT) != 0,
        .has_rnext = (in.bits & INFO_RNEXT) != 0,
        .current_id = in.current,
        .rnext_id = in.rnext,
        .accept_icmps = (in.bits & INFO_ICMPS) != 0,
        .required = (in.bits & INFO_REQUIRED) != 0,
    };
    return tarn_tcp_ao_set(so->px->cfg.stack, so->sock, &info);
}

static int get_info(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    struct tarn_tcp_ao_info info;
    struct ao_info out;
    int err = tarn_tcp_ao_get(so->px->cfg.stack, so->sock, &info);

    (void)o;
    if (err != 0)
        return err;
    out = (struct ao_info){
        .bits = (info.has_current ? INFO_CURRENT : 0u) | (info.has_rnext ? INFO_RNEXT : 0u) |
                (info.required ? INFO_REQUIRED : 0u) | (info.accept_icmps ? INFO_ICMPS : 0u),
        .current = info.current_id,
        .rnext = info.rnext_id,
        .good = info.good,
        .bad = info.bad,
        .unknown = info.unknown,
        .missing = info.missing,
        .icmps = info.icmps,
    };
    return option_give(so, q, r, &out, sizeof out);
}

/* ---- the list of keys ---- */

static bool is_current(const struct tarn_tcp_ao_info *info, const struct tarn_tcp_ao_key *key)
{
    return info->has_current && info->current_id == key->send_id;
}

static bool is_rnext(const struct tarn_tcp_ao_info *info, const struct tarn_tcp_ao_key *key)
{
    return info->has_rnext && info->rnext_id == key->recv_id;
}

static bool matches(const struct socket *so, const struct ao_key *want,
                    const struct tarn_tcp_ao_info *info, const struct tarn_tcp_ao_key *key)
{
    struct tarn_ip peer;

    if ((want->bits & GET_ALL) != 0)
        return true;
    if ((want->bits & (GET_CURRENT | GET_RNEXT)) != 0)
        return ((want->bits & GET_CURRENT) != 0 && is_current(info, key)) ||
               ((want->bits & GET_RNEXT) != 0 && is_rnext(info, key));
    return want->send_id == key->send_id && want->recv_id == key->recv_id &&
           (want->peer.ss_family == AF_UNSPEC ||
            (read_peer(so, &want->peer, &peer) == 0 && tarn_ip_equal(&peer, &key->peer) &&
             want->prefix == key->prefix));
}

static void show(const struct socket *so, const struct tarn_tcp_ao_info *info,
                 const struct tarn_tcp_ao_key *key, struct ao_key *out)
{
    *out = (struct ao_key){
        .bits = (uint16_t)((is_current(info, key) ? GET_CURRENT : 0) |
                           (is_rnext(info, key) ? GET_RNEXT : 0)),
        .send_id = key->send_id,
        .recv_id = key->recv_id,
        .prefix = (uint8_t)key->prefix,
        .mac_bytes = key->mac_bytes,
        .flags = key->omit_options ? KEY_EXCLUDES_OPTIONS : 0,
        .key_bytes = key->key_bytes,
    };
    give_peer(so, &key->peer, &out->peer);
    for (size_t i = sizeof algorithms / sizeof algorithms[0]; i-- > 0;)
        if (algorithms[i].algorithm == key->algorithm)
            strncpy(out->algorithm, algorithms[i].name, sizeof out->algorithm - 1);
    memcpy(out->key, key->key, key->key_bytes);
}

/* The buffer holds n_keys forms as long as the call's length says, and that is what is told back:
 * the length of one. */
static int get_keys(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    struct posix *px = so->px;
    struct tarn_tcp_ao_info info;
    struct tarn_tcp_ao_key key;
    struct ao_key want, one;
    uint32_t found = 0;
    int err = read_form(q, &want, sizeof want);

    (void)o;
    if (err == 0 && want.good == 0 && want.bad == 0 && !names_device(want.flags, want.device))
        err = tarn_tcp_ao_get(px->cfg.stack, so->sock, &info);
    else
        err = -EINVAL;
    if (err != 0)
        return err;
    memset(px->reply, 0, sizeof px->reply);
    for (unsigned i = 0; tarn_tcp_ao_key(px->cfg.stack, so->sock, i, &key) == 0; i++) {
        if (!matches(so, &want, &info, &key))
            continue;
        if (found < want.n_keys && (found + 1) * q->room <= sizeof px->reply) {
            show(so, &info, &key, &one);
            memcpy(px->reply + (size_t)found * q->room, &one, sizeof one);
            r->data_len = (found + 1) * q->room;
        }
        found++;
    }
    if (r->data_len == 0)
        r->data_len = sizeof one;
    memcpy(px->reply + offsetof(struct ao_key, n_keys), &found, sizeof found);
    r->data = px->reply;
    r->told = sizeof one;
    return 0;
}

const struct option option_ao_rows[] = {
    OPTION_SPECIAL(IPPROTO_TCP, AO_ADD_KEY, NULL, add_key, N, IPPROTO_TCP),
    OPTION_SPECIAL(IPPROTO_TCP, AO_DEL_KEY, NULL, del_key, N, IPPROTO_TCP),
    OPTION_SPECIAL(IPPROTO_TCP, AO_INFO, get_info, set_info, N, IPPROTO_TCP),
    OPTION_SPECIAL(IPPROTO_TCP, AO_GET_KEYS, get_keys, NULL, N, IPPROTO_TCP),
    {0},
};
