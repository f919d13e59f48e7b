/* tests/fuzz/tcp_signed.h - a stack whose sockets have keys, and a peer that signs its segments
 * with them (RFC 2385, RFC 5925); a stack that takes data in a SYN, and sends it (RFC 7413), that
 * marks and counts marks (RFC 3168, RFC 9768), that remembers no SYN (RFC 4987). */
#ifndef TARN_TESTS_FUZZ_TCP_SIGNED_H
#define TARN_TESTS_FUZZ_TCP_SIGNED_H

#include "tcp/auth/tcp_auth.h"
#include "tests/conform/tcp_peer.h"

/* Bits of peer.which: two for the signature, and more. */
enum { SIGNED_NOT, SIGNED_MD5, SIGNED_AO_SHA1, SIGNED_AO_AES, SIGNED_MASK = 3 };
enum { WITH_FASTOPEN = 4, WITH_ECN = 8, WITH_ACCECN = 16, WITH_COOKIES = 32, WITH_RENO = 64 };
enum { STACK_KEY_ID = 1, PEER_KEY_ID = 2, AO_BYTES = 12 };

/* What an input chooses from. */
static const uint8_t manners[] = {
    SIGNED_NOT,
    SIGNED_MD5,
    SIGNED_AO_SHA1,
    SIGNED_AO_AES,
    WITH_FASTOPEN,
    SIGNED_MD5 | WITH_FASTOPEN,
    SIGNED_AO_SHA1 | WITH_FASTOPEN,
    SIGNED_AO_AES | WITH_FASTOPEN,
    WITH_ECN,
    WITH_ACCECN,
    WITH_COOKIES,
    WITH_ECN | WITH_RENO,
    WITH_ACCECN | WITH_COOKIES,
    WITH_ACCECN | SIGNED_AO_SHA1,
    WITH_ACCECN | WITH_FASTOPEN,
    WITH_ACCECN | WITH_RENO,
};

enum { MANNERS = sizeof manners / sizeof manners[0] };

static const uint8_t signed_secret[16] = "a shared secret";

static struct tarn_ip signed_peer(const struct peer *p)
{
    return p->six ? peer_six : tarn_ip4(PEER_IP);
}

static void signed_ao_add(struct peer *p, tarn_sock s)
{
    struct tarn_tcp_ao_key k = {.peer = signed_peer(p),
                                .prefix = p->six ? 128 : 32,
                                .algorithm = (p->which & SIGNED_MASK) == SIGNED_AO_AES
                                                 ? TARN_TCP_AO_AES_128_CMAC
                                                 : TARN_TCP_AO_HMAC_SHA1,
                                .send_id = STACK_KEY_ID,
                                .recv_id = PEER_KEY_ID,
                                .key_bytes = sizeof signed_secret};

    memcpy(k.key, signed_secret, sizeof signed_secret);
    CHECK_EQ(tarn_tcp_ao_add(p->st, s, &k), 0);
}

static void signed_prepare(struct peer *p, tarn_sock s)
{
    struct tarn_ip ip = signed_peer(p);

    if ((p->which & WITH_FASTOPEN) != 0) {
        CHECK_EQ(tarn_param_set(p->st, "tcp.fastopen", 0x207), 0);
        CHECK_EQ(tarn_setopt(p->st, s, TARN_SO_TCP_FASTOPEN, 2, p->now), 0);
    }
    if ((p->which & (WITH_ECN | WITH_ACCECN)) != 0)
        CHECK_EQ(tarn_param_set(p->st, "tcp.ecn", (p->which & WITH_ECN) != 0 ? 1 : 3), 0);
    if ((p->which & WITH_COOKIES) != 0)
        CHECK_EQ(tarn_param_set(p->st, "tcp.syncookies", 2), 0);
    if ((p->which & WITH_RENO) != 0)
        CHECK_EQ(tarn_set_cc(p->st, s, "reno", 4), 0);
    if ((p->which & SIGNED_MASK) == SIGNED_MD5)
        CHECK_EQ(
            tarn_tcp_md5(p->st, s, &ip, p->six ? 128 : 32, signed_secret, sizeof signed_secret), 0);
    else if ((p->which & SIGNED_MASK) != SIGNED_NOT)
        signed_ao_add(p, s);
}

static struct tcp_key signed_key(const struct peer *p)
{
    bool md5 = (p->which & SIGNED_MASK) == SIGNED_MD5;
    struct tcp_key k = {.kind = md5 ? TCP_AUTH_MD5 : TCP_AUTH_AO,
                        .bytes = sizeof signed_secret,
                        .send_id = PEER_KEY_ID,
                        .recv_id = STACK_KEY_ID,
                        .mac_bytes = md5 ? TCP_MD5_BYTES : AO_BYTES};

    k.algorithm = (p->which & SIGNED_MASK) == SIGNED_AO_AES ? TARN_TCP_AO_AES_128_CMAC
                                                            : TARN_TCP_AO_HMAC_SHA1;
    memcpy(k.secret, signed_secret, sizeof signed_secret);
    return k;
}

static void signed_announce(const struct peer *p, struct tcp_opts *o)
{
    struct tcp_key k = signed_key(p);
    struct tcp_signer by = {.key = &k, .rnext_id = STACK_KEY_ID};

    if ((p->which & SIGNED_MASK) != SIGNED_NOT)
        tcp_signer_option(&by, o);
    o->has_ecn = o->has_ecn && tcp_fits(o);
}

static void signed_sign(struct peer *p, const struct tcp_hdr *h, uint8_t *l4, size_t n)
{
    struct tcp_key k = signed_key(p);
    struct tcp_signer by = {.key = &k, .isn = p->irs, .peer_isn = p->iss, .sne = {.at = p->irs}};
    struct ip_info ip = {.src = signed_peer(p),
                         .dst = p->six ? peer_stack_six : tarn_ip4(PEER_STACK_IP)};
    struct pkt *q;

    if ((p->which & SIGNED_MASK) == SIGNED_NOT || (q = peer_packet(p, l4, n)) == NULL)
        return;
    tcp_auth_sign(p->st, &by, &ip, q, h);
    (void)pkt_copy_out(p->st, q, 0, l4, n);
    pkt_put(p->st, q);
}

static const struct peer_manner signed_manner = {signed_prepare, signed_announce, signed_sign};

/* RFC 9768 3.1.1 and 3.1.5: the SYN's flags, and what the ACK says of a SYN,ACK without a mark. */
static void choose_manner(struct peer *p, unsigned which)
{
    p->manner = which != 0 ? &signed_manner : NULL;
    p->which = which;
    if ((which & WITH_ECN) != 0)
        p->syn_flags = TCP_ECE | TCP_CWR;
    if ((which & WITH_ACCECN) != 0) {
        p->syn_flags = TCP_AE | TCP_ECE | TCP_CWR;
        p->ack_flags = TCP_CWR;
    }
}

#endif
