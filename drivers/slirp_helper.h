/* drivers/slirp_helper.h - the process in which libslirp runs. */
#ifndef TARN_DRIVERS_SLIRP_HELPER_H
#define TARN_DRIVERS_SLIRP_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tarn/addr.h"

enum {
    SLIRP_MAX_FORWARDS = 64,
    SLIRP_FORWARD_BYTES = 80, /* of the text of one */
    SLIRP_FRAME_BYTES = 65536,
    SLIRP_REPORT_BYTES = 256
};

/* libslirp's usual network, in host order. */
#define SLIRP_NETWORK UINT32_C(0x0a000200)
#define SLIRP_MASK    UINT32_C(0xffffff00)
#define SLIRP_HOST    UINT32_C(0x0a000202)
#define SLIRP_DNS     UINT32_C(0x0a000203)
#define SLIRP_GUEST   UINT32_C(0x0a00020f)

/* Its counterpart, fec0::/64: site-local, so that it is no network that this machine is on, and
 * programs prefer IPv4 where a name has addresses of both families (RFC 6724 2.1, 6): that is what
 * leads further behind most machines. */
#define SLIRP_NETWORK6 \
    {                  \
        0xfe, 0xc0     \
    }
#define SLIRP_HOST6             \
    {                           \
        0xfe, 0xc0, [15] = 0x02 \
    }
#define SLIRP_DNS6              \
    {                           \
        0xfe, 0xc0, [15] = 0x03 \
    }
#define SLIRP_GUEST6            \
    {                           \
        0xfe, 0xc0, [15] = 0x15 \
    }

/* A port of this machine whose connections or datagrams go to one of the stack's address of the
 * same family. */
struct slirp_forward {
    struct tarn_addr outside; /* all zero but for the family: all addresses of the machine */
    bool both;                /* outside is all of IPv4, and the same of IPv6 is meant too */
    uint16_t guest_port;
    bool udp;
};

struct slirp_settings {
    unsigned mtu;
    bool ip6;  /* IPv6 too */
    bool host; /* the stack reaches this machine's own 127.0.0.1 as SLIRP_HOST, and ::1 alike */
    struct slirp_forward forward[SLIRP_MAX_FORWARDS];
    unsigned n_forwards;
};

/* Serve on fd, one frame per message, until the other end closes. The first message tells how the
 * start went: empty but for a 0 byte, or a sentence. Never returns; `parent` is whose end ends us.
 */
_Noreturn void slirp_helper_run(int fd, const struct slirp_settings *settings, pid_t parent);

#endif
