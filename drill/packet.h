/* drill/packet.h - packets as bytes: builds what a script injects, reads what the stack sends.
 *
 * A codec of its own, so that a fault in the stack's is not its own judge. Bytes of a stream are a
 * function of their place in it, so every payload can be checked. */
#ifndef TARN_DRILL_PACKET_H
#define TARN_DRILL_PACKET_H

#include "drill/script/script.h"
#include "sim/world.h"

/* A conversation with the stack. Live sequence numbers are the script's plus a base; in segments
 * that are no SYNs the script counts from the first number on, which is 0 in most. */
struct drill_flow {
    uint16_t local_port, peer_port;
    uint32_t peer_base;  /* chosen: the peer's numbers wrap soon after the handshake */
    uint32_t peer_isn;   /* in the script's terms */
    uint32_t syn_seq;    /* of the peer's last SYN: peer_isn, once the stack answers it */
    uint32_t local_base; /* learned from the stack's SYN */
    uint32_t local_isn;
    bool renewed; /* the next SYN of the stack may have a new number */
    struct drill_ts {
        uint32_t script, live;
    } ts[64], ts_first; /* the stack's latest timestamps, and its first */
    unsigned n_ts;
    uint32_t label_script, label_live; /* the flow label, 0: not yet */
    bool ts_scaled; /* others may be echoed, too, as far from the first as in the script */
};

/* The peer's numbers begin so that they wrap after 4096 bytes. */
#define PEER_BASE 0xfffff000u

/* What is added to the script's numbers of this side in a segment of these flags. */
static inline uint32_t flow_peer_offset(const struct drill_flow *f, uint16_t flags)
{
    return f->peer_base + ((flags & FLAG_SYN) != 0 ? 0 : f->peer_isn);
}

static inline uint32_t flow_local_offset(const struct drill_flow *f, uint16_t flags)
{
    return f->local_base + ((flags & FLAG_SYN) != 0 ? 0 : f->local_isn);
}

/* The byte at a place in a stream, or in a datagram. */
uint8_t payload_byte(uint32_t place);

/* Where the payload of a segment begins in its stream, from the script's numbers. */
uint32_t payload_place(const struct drill_packet *p);

/* The frame (a bare IP packet) that `p` describes. NULL, and a reason, when a timestamp is to be
 * echoed that the stack never sent. */
struct sim_frame *packet_build(const struct drill_script *script, const struct drill_flow *flow,
                               const struct drill_packet *p, const char **why);

/* What the stack has sent. */
struct drill_seen {
    tarn_ns when;
    uint16_t local_port, peer_port;
    struct drill_packet packet; /* seq and TS val are live; ack and SACK too */
    uint8_t payload[UINT16_MAX];
};

/* NULL, or what is wrong with the frame: lengths and checksums. */
const char *packet_read(const struct sim_frame *f, struct drill_seen *seen);

/* The packet in the script's terms, as the flow has them. */
void packet_relative(const struct drill_flow *flow, struct drill_packet *p);

/* The packet as a script would write it. */
void packet_print(const struct drill_packet *p, char *text, size_t n);

/* NULL, or in which field `got` (relative) is not what the script wants. Echoed timestamps count
 * only if `strict`: packetdrill does not look at them. */
const char *packet_differs(const struct drill_packet *want, const struct drill_packet *got,
                           bool strict);

#endif
