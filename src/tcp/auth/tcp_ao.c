/* tcp/auth/tcp_ao.c - TCP-AO, the authentication option (RFC 5925) with its two algorithms (RFC
 * 5926): traffic keys and message authentication codes.
 *
 * A master key tuple is a struct tcp_key: a secret, an algorithm, whether the other options are
 * covered, and two numbers, which both sides know. Each segment names the key that it is signed
 * with (KeyID) and the one that its sender would like to be sent with (RNextKeyID): so two sides
 * change keys without a gap (3.3). What signs is derived from the secret for each direction of each
 * connection, by addresses, ports and initial sequence numbers (5.2); of a SYN the other side's
 * number is not known and stands as zero. A code covers the extension of the sequence number (6.2),
 * so a segment of four gigabytes ago is not taken for a new one.
 *
 * The codes are those of the segment as it leaves: no header of a signed one may be changed on its
 * way. */
#include "tcp/auth/tcp_auth.h"

#include "base/aes128.h"
#include "base/bytes.h"
#include "base/sha1.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"

enum { AO_OPTION_BYTES = 4 };

/* Either of the two, in pieces. */
struct mac {
    bool cmac;
    union {
        struct hmac_sha1 hmac;
        struct cmac_aes128 aes;
    };
};

static void mac_init(struct mac *m, uint8_t algorithm, const uint8_t *key, size_t n)
{
    m->cmac = algorithm == TARN_TCP_AO_AES_128_CMAC;
    if (m->cmac)
        cmac_aes128_init(&m->aes, key);
    else
        hmac_sha1_init(&m->hmac, key, n);
}

static void mac_add(struct mac *m, const void *data, size_t n)
{
    if (m->cmac)
        cmac_aes128_add(&m->aes, data, n);
    else
        hmac_sha1_add(&m->hmac, data, n);
}

/* Its length. */
static size_t mac_end(struct mac *m, uint8_t out[TCP_MAC_BYTES])
{
    if (m->cmac)
        cmac_aes128_end(&m->aes, out);
    else
        hmac_sha1_end(&m->hmac, out);
    return m->cmac ? AES128_BYTES : SHA1_BYTES;
}

/* RFC 5926 3.1.1.2: CMAC's key is of one length, so others are digested first. */
static void kdf_init(struct mac *m, const struct tcp_key *k)
{
    static const uint8_t zero[AES128_BYTES];
    uint8_t key[AES128_BYTES];
    struct cmac_aes128 c;

    if (k->algorithm != TARN_TCP_AO_AES_128_CMAC || k->bytes == AES128_BYTES) {
        mac_init(m, k->algorithm, k->secret, k->bytes);
        return;
    }
    cmac_aes128_init(&c, zero);
    cmac_aes128_add(&c, k->secret, k->bytes);
    cmac_aes128_end(&c, key);
    mac_init(m, k->algorithm, key, sizeof key);
}

/* RFC 5925 5.2: addresses, ports and initial sequence numbers, the sender's first. */
static size_t context_of(const struct tcp_signed *s, struct tcp_ao_isns isns, uint8_t out[44])
{
    bool four = tarn_ip_is4(&s->ip->src);
    size_t n = four ? 4 : 16;

    memcpy(out, s->ip->src.b + 16 - n, n);
    memcpy(out + n, s->ip->dst.b + 16 - n, n);
    memcpy(out + 2 * n, s->head, 4);
    store_be32(out + 2 * n + 4, isns.src.v);
    store_be32(out + 2 * n + 8, isns.dst.v);
    return 2 * n + 12;
}

/* RFC 5926 3.1.1: counter, label, context, length of the output in bits. Once is enough for both.
 */
size_t tcp_ao_traffic_key(const struct tcp_key *k, const struct tcp_signed *s,
                          struct tcp_ao_isns isns, uint8_t out[TCP_MAC_BYTES])
{
    static const uint8_t label[] = {1, 'T', 'C', 'P', '-', 'A', 'O'};
    uint8_t context[44], bits[2];
    struct mac m;

    kdf_init(&m, k);
    mac_add(&m, label, sizeof label);
    mac_add(&m, context, context_of(s, isns, context));
    store_be16(bits, (uint16_t)((m.cmac ? AES128_BYTES : SHA1_BYTES) * 8));
    mac_add(&m, bits, sizeof bits);
    return mac_end(&m, out);
}

/* The header as it is covered: without checksum and MAC, and maybe without the other options. */
static void add_header(struct mac *m, const struct tcp_key *k, const struct tcp_signed *s)
{
    uint8_t head[TCP_MAX_HEADER_BYTES];

    memcpy(head, s->head, s->head_bytes);
    memset(head + TCP_CHECKSUM_OFFSET, 0, 2);
    memset(head + s->mac_at, 0, s->mac_bytes);
    if (!k->omit_options) {
        mac_add(m, head, s->head_bytes);
        return;
    }
    mac_add(m, head, TCP_HEADER_BYTES);
    mac_add(m, head + s->mac_at - AO_OPTION_BYTES, AO_OPTION_BYTES + s->mac_bytes);
}

void tcp_ao_mac(const struct tarn *st, const struct tcp_key *k, const struct tcp_signed *s,
                struct tcp_ao_isns isns, uint32_t sne, uint8_t out[TCP_MAC_BYTES])
{
    uint8_t traffic[TCP_MAC_BYTES], pseudo[TCP_PSEUDO_BYTES], extension[4];
    const struct pkt *p = s->p;
    struct mac m;

    mac_init(&m, k->algorithm, traffic, tcp_ao_traffic_key(k, s, isns, traffic));
    store_be32(extension, sne);
    mac_add(&m, extension, sizeof extension);
    mac_add(&m, pseudo, tcp_signed_pseudo(s, pseudo));
    add_header(&m, k, s);
    mac_add(&m, p->head + p->head_off + s->skip, p->head_len - s->skip);
    if (p->slice_len > 0)
        mac_add(&m, pkt_slice(st, p), p->slice_len);
    (void)mac_end(&m, out);
}

uint32_t tcp_ao_sne(const struct tcp_sne *near_it, tcp_seq s)
{
    if (seq_lt(s, near_it->at))
        return near_it->sne - (s.v > near_it->at.v);
    return near_it->sne + (s.v < near_it->at.v);
}

void tcp_ao_begin(const struct tarn *st, struct tcp_sock *tc)
{
    struct tcp_auth *a = tcp_auth(st, tc);
    const struct tcp_key *k = tcp_key_for(st, a, &tc->sk.remote.ip);

    a->begun = false;
    if (k == NULL || k->kind != TCP_AUTH_AO)
        return;
    if (a->current == 0)
        a->current = ref_of(st, k);
    if (a->rnext == 0)
        a->rnext = a->current;
}

/* Of IPv4 protocol and port unreachable and fragmentation needed, of IPv6 administratively
 * prohibited and port unreachable. */
bool tcp_ao_ignores(const struct tarn *st, const struct tcp_sock *tc, const struct icmp_error *e)
{
    struct tcp_auth *a = tcp_auth(st, tc);
    const struct tcp_key *k = tcp_auth_key(st, tc);
    bool hard;

    if (k == NULL || k->kind != TCP_AUTH_AO || a->accept_icmps ||
        !tcp_in(tc, TCP_STATES_SYNCHRONISED))
        return false;
    if (tarn_ip_is4(&e->quoted.dst))
        hard = e->type == ICMP_UNREACHABLE && e->code >= 2 && e->code <= 4;
    else
        hard = e->type == ICMP6_UNREACHABLE && (e->code == 1 || e->code == 4);
    a->icmps += hard;
    return hard;
}
