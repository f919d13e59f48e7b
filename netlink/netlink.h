/* netlink/netlink.h - a codec: Linux's rtnetlink to the control plane of a stack, and back.
 *
 * struct netlink is the kernel's side of one NETLINK_ROUTE socket, as a value: what the socket has
 * been set to, and the dump under way. Bytes go in and come out by datagrams; nothing here does
 * I/O.
 *
 *      request datagram --> netlink_request() --> at most one reply per message: data, ACK, error
 *                                   \--> begins a dump
 *                           netlink_dump()    --> the dump's next datagram, until there is none
 *
 * Messages are those of Linux 6.1: RTM_GETLINK, GETADDR, GETROUTE and GETNEIGH, as dumps (filtered,
 * with NETLINK_GET_STRICT_CHK strictly checked) and one by one, except addresses. Whatever changes
 * something is refused with EOPNOTSUPP and a sentence. An interface's index is its port + 1. */
#ifndef TARN_NETLINK_NETLINK_H
#define TARN_NETLINK_NETLINK_H

#include "tarn/tarn.h"

/* Bytes of one datagram that comes out: what the smallest readers take (getifaddrs of glibc). */
enum { NETLINK_OUT_MAX = 3584 };

/* A dump that passes on what agrees with it; 0: everything. */
struct netlink_dump {
    uint16_t type; /* RTM_GET...; 0: no dump under way */
    uint8_t family;
    uint32_t seq;
    uint32_t index, table; /* of interfaces; of routes */
    uint8_t protocol, route_type;
    bool filtered;    /* is told by NLM_F_DUMP_FILTERED */
    bool interrupted; /* something has changed in the middle: NLM_F_DUMP_INTR */
    bool finished;    /* only NLMSG_DONE is left to say */
    uint32_t generation, cursor;
};

struct netlink {
    uint32_t portid;
    bool strict;  /* NETLINK_GET_STRICT_CHK */
    bool ext_ack; /* NETLINK_EXT_ACK: errors explain themselves */
    bool cap_ack; /* NETLINK_CAP_ACK: errors do not repeat the request */
    struct netlink_dump dump;
};

/* Handle the message at *at of a request datagram of `len` bytes and move *at behind it. Bytes of
 * the reply written to out, which has NETLINK_OUT_MAX; 0: none, or not yet (netlink_dump()). The
 * datagram is over when *at is len. A second dump beside one under way is refused with EBUSY. */
size_t netlink_request(struct netlink *nl, struct tarn *st, const uint8_t *request, size_t len,
                       size_t *at, uint8_t *out);

/* The next datagram of the dump under way, written to out, or 0: there is none. */
size_t netlink_dump(struct netlink *nl, struct tarn *st, uint8_t *out, tarn_ns now);

#endif
