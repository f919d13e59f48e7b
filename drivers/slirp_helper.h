/* drivers/slirp_helper.h - the process in which libslirp runs. */
#ifndef TARN_DRIVERS_SLIRP_HELPER_H
#define TARN_DRIVERS_SLIRP_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SLIRP_MAX_FORWARDS = 64, SLIRP_FRAME_BYTES = 65536, SLIRP_REPORT_BYTES = 256 };

/* libslirp's usual network, in host order. */
#define SLIRP_NETWORK UINT32_C(0x0a000200)
#define SLIRP_MASK    UINT32_C(0xffffff00)
#define SLIRP_HOST    UINT32_C(0x0a000202)
#define SLIRP_DNS     UINT32_C(0x0a000203)
#define SLIRP_GUEST   UINT32_C(0x0a00020f)

/* A port of this machine whose connections or datagrams go to one of the stack's. */
struct slirp_forward {
    uint32_t address; /* of this machine, host order; 0: all */
    uint16_t port, guest_port;
    bool udp;
};

struct slirp_settings {
    unsigned mtu;
    bool host; /* the stack reaches this machine's own 127.0.0.1 as SLIRP_HOST */
    struct slirp_forward forward[SLIRP_MAX_FORWARDS];
    unsigned n_forwards;
};

/* Serve on fd, one frame per message, until the other end closes. The first message tells how the
 * start went: empty but for a 0 byte, or a sentence. Never returns; `parent` is whose end ends us.
 */
_Noreturn void slirp_helper_run(int fd, const struct slirp_settings *settings, pid_t parent);

#endif
