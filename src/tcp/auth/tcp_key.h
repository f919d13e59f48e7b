/* tcp/auth/tcp_key.h - keys that sign segments (RFC 2385, RFC 5925 3): the records. */
#ifndef TARN_TCP_AUTH_TCP_KEY_H
#define TARN_TCP_AUTH_TCP_KEY_H

#include "base/list.h"
#include "base/seq.h"
#include "tarn/addr.h"

/* A key of a socket, for segments from and to some of its peers. */
enum { TCP_KEY_BYTES = 80 };

struct tcp_key {
    struct list_node link;
    struct tarn_ip peer;
    uint8_t prefix; /* so many leading bits of `peer` count, of its 128 */
    uint8_t kind;   /* enum tcp_auth_kind */
    uint8_t bytes;
    /* RFC 5925 3.1, a master key tuple */
    uint8_t algorithm; /* enum tarn_tcp_ao_algorithm */
    uint8_t send_id, recv_id, mac_bytes;
    bool omit_options;
    uint8_t secret[TCP_KEY_BYTES];
};

/* A sequence number and its extension, from which those near it follow (RFC 5925 6.2). */
struct tcp_sne {
    uint32_t sne;
    tcp_seq at;
};

/* The keys of a socket, of a connection, or of what is left of one in TIME-WAIT. */
struct tcp_auth {
    struct list keys; /* struct tcp_key */
    /* TCP-AO */
    uint32_t current, rnext; /* keys to send and to be sent with (RFC 5925 3.3); 0: not chosen */
    struct tcp_sne snd, rcv; /* once `begun` */
    tcp_seq iss, irs;
    bool begun, accept_icmps, required;
    uint64_t good, bad, unknown, missing, icmps; /* segments, and messages that were ignored */
};

/* What a segment of ours is to be signed with. */
struct tcp_signer {
    const struct tcp_key *key; /* NULL: nothing */
    uint8_t rnext_id;
    tcp_seq isn, peer_isn;
    struct tcp_sne sne;
};

#endif
