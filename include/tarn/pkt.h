/* tarn/pkt.h - one packet: a header buffer and at most one payload slice of a chunk. One owner.
 *
 *        head[]                                             chunk (counted, may be shared)
 *   |-- room --|== head_off .. head_off+head_len ==|  ++  |...|== slice_off .. +slice_len ==|...|
 *
 * The packet's bytes are the head's bytes followed by the slice's. Going up, pkt_strip() eats from
 * the front; going down, pkt_prepend() grows the head towards its start. l2, l3 and l4 are offsets
 * into head[] and stay put, so that a filter, a tracer and ICMP errors find any header: headers
 * always lie in the head, pkt_pull() brings them there.
 *
 * Chunks hold send and receive data and are counted: a queued packet keeps its chunk after TCP has
 * unlinked it. Packets are not counted: a door whose name ends in _input, _output, _enqueue, _drop
 * or _put consumes its packet on every path, all other functions borrow it, and a returned packet
 * is the caller's. Whoever writes payload calls pkt_writable() first; whoever keeps a packet past
 * its door under memory pressure calls pkt_own().
 *
 * Objects of the stack name each other by 32-bit references, so the arena may be moved between two
 * calls: a `struct pkt *` is good until the next verb of the stack; pkt_ref() is good for ever. */
#ifndef TARN_PKT_H
#define TARN_PKT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)

struct tarn;
typedef uint64_t tarn_ns;     /* monotonic nanoseconds, any epoch */
#define TARN_NEVER UINT64_MAX /* "no deadline" */

enum {
    PKT_HEAD_BYTES = 256, /* Ethernet with two tags, the longest IP and TCP headers, room */
    PKT_RX_ROOM = 64,     /* a received packet's head begins here, so it may be forwarded */
    PKT_MAX_BYTES = 65536 + 64,
};

enum pkt_csum {
    PKT_CSUM_NONE,     /* received: to be verified; sent: complete */
    PKT_CSUM_VERIFIED, /* the link has verified it */
    PKT_CSUM_PARTIAL,  /* the field at l4 + csum_offset holds the folded pseudo-header
                          sum; the sum from l4 to the packet's end is still to be added */
};

enum pkt_gso { PKT_GSO_NONE, PKT_GSO_TCP4, PKT_GSO_TCP6, PKT_GSO_UDP };

struct pkt {
    uint32_t next;                 /* owner's list link: a reference; 0 when held singly */
    uint32_t chunk;                /* reference; 0 = no slice */
    uint32_t slice_off, slice_len; /* bytes, from the chunk's first data byte */
    uint32_t head_off, head_len;   /* bytes, within head[] */
    uint32_t segs;                 /* packets on the wire this one stands for; 1 = ordinary */
    uint32_t gso_size;             /* 0, or payload bytes per segment of a super-packet */
    uint16_t l2, l3, l4;           /* header offsets in head[]; 0 = not known */
    uint16_t csum_offset;          /* see PKT_CSUM_PARTIAL; bytes from l4 */
    uint8_t csum, gso;             /* enum pkt_csum, enum pkt_gso */
    uint8_t port;                  /* where it came in, or goes out */
    uint8_t flags;                 /* enum pkt_flag */
    uint32_t mark;                 /* firewall and classifier mark */
    uint32_t flow;                 /* connection table slot + 1; 0 = untracked */
    uint32_t vlan;                 /* 0, or 1 << 16 | 802.1Q tag control information */
    uint32_t sent_on;              /* looped: interface + 1 that it left by; 0: lo itself */
    uint64_t id;   /* arrival or birth number, unique in the stack: trace and capture join on it */
    tarn_ns stamp; /* arrival (up) or enqueue (down) */
    uint8_t head[PKT_HEAD_BYTES];
};

enum pkt_flag {
    PKT_LOOPED = 1,    /* came from this stack's own loopback */
    PKT_BROADCAST = 2, /* link-layer broadcast or multicast: no ICMP error may answer it */
    PKT_COPIED = 4,    /* a raw socket has a copy: no error if nobody else wants it */
    PKT_ACE = 8,       /* a super-packet whose ECN flags are a counter: CWR in every segment */
    PKT_CONFIRM = 16,  /* of a connection that hears from its peer: the next hop is reachable */
};

struct tarn_iov {
    void *base;
    size_t len;
};

#define X(id, name, severity, meaning) DROP_##id,
enum tarn_drop {
#include "tarn/drop.def"
    DROP_N
};
#undef X

/* A packet with an empty head at `room` bytes and, when payload_bytes > 0, a chunk of its own that
 * can take that many bytes. NULL when a pool or the memory limit is exhausted. */
struct pkt *pkt_get(struct tarn *st, size_t payload_bytes, unsigned room);

/* The end of a packet that has done its work: sent, delivered, answered. */
void pkt_put(struct tarn *st, struct pkt *p);

/* The only way to discard one: counts `why` and leaves a record for capture and trace. */
void pkt_drop(struct tarn *st, struct pkt *p, enum tarn_drop why);

/* References survive a move of the arena; 0 stands for NULL in both directions. */
uint32_t pkt_ref(const struct tarn *st, const struct pkt *p);
struct pkt *pkt_at(struct tarn *st, uint32_t ref);

static inline uint32_t pkt_len(const struct pkt *p)
{
    return p->head_len + p->slice_len;
}

/* The first head_len bytes. */
static inline uint8_t *pkt_head(struct pkt *p)
{
    return p->head + p->head_off;
}

/* Grow the head by n bytes at the front; asserts room. Returns the new first byte. */
uint8_t *pkt_prepend(struct pkt *p, unsigned n);

/* Eat n bytes from the front, head first, then slice; n <= pkt_len(), asserted. */
void pkt_strip(struct pkt *p, unsigned n);

/* Cut the packet to `len` bytes (Ethernet padding); no effect when it is not longer. */
void pkt_trim(struct tarn *st, struct pkt *p, unsigned len);

/* Make the first n bytes lie in the head. NULL when the packet is shorter or the head too small. */
const uint8_t *pkt_pull(struct tarn *st, struct pkt *p, unsigned n);

/* Copy n bytes from offset `off` into buf; returns how many there were. */
size_t pkt_copy_out(struct tarn *st, const struct pkt *p, size_t off, void *buf, size_t n);

/* Append n bytes to a packet with a chunk of its own; false when they do not fit. */
bool pkt_append(struct tarn *st, struct pkt *p, const void *buf, size_t n);

/* The packet's bytes as at most two pieces, for a gathered write; returns the number of pieces. */
unsigned pkt_iov(struct tarn *st, struct pkt *p, struct tarn_iov iov[2]);

/* Receiving: pkt_rx_get() gives a packet that can take `bytes`; the driver fills the pieces of
 * pkt_rx_iov() and tells how many bytes came with pkt_rx_filled(), which sets the lengths and
 * keeps a chunk only if it is needed and reasonably full (else the bytes move to a smaller one). */
struct pkt *pkt_rx_get(struct tarn *st, size_t bytes);
unsigned pkt_rx_iov(struct tarn *st, struct pkt *p, struct tarn_iov iov[2]);
void pkt_rx_filled(struct tarn *st, struct pkt *p, size_t bytes);

/* Make the payload private to this packet, so that it may be written (copies a shared slice). */
bool pkt_writable(struct tarn *st, struct pkt *p);

/* Let go of memory far larger than the packet: copies a small slice out of a large chunk. */
bool pkt_own(struct tarn *st, struct pkt *p);

/* A second packet with the same bytes; the slice is shared. NULL when out of memory. */
struct pkt *pkt_clone(struct tarn *st, const struct pkt *p);

/* A packet of stack `to` with the bytes and offload state of `p` of stack `from` (p is borrowed).
 */
struct pkt *pkt_copy_to(struct tarn *from, const struct pkt *p, struct tarn *to);

/* Complete a PKT_CSUM_PARTIAL checksum in software. */
void pkt_csum_finish(struct tarn *st, struct pkt *p);

/* Cut a super-packet into ordinary packets, as a link that segments would: consumes p, returns the
 * first of a list joined by `next` (see pkt_at), checksums complete; NULL when out of memory (the
 * packet is then dropped). An ordinary packet is returned as it is. The packet must be complete
 * down to its link header or to its network header, with l3 and l4 known; a received one is parsed
 * for them. */
struct pkt *pkt_segment(struct tarn *st, struct pkt *p);

/* A packet discarded, newest last; `id` is the packet's. Cursor 0 begins at the oldest record kept
 * (the last 256); false when there is none newer. */
struct tarn_drop_record {
    uint64_t id;
    tarn_ns when;
    uint16_t why;
    uint8_t port;
};
bool tarn_drop_next(const struct tarn *st, uint64_t *cursor, struct tarn_drop_record *out);

#pragma GCC visibility pop

#endif
