/* udp/udp.c - UDP (RFC 768, RFC 1122 4.1, RFC 8200 8.1) as a transport. */
#include "udp/udp.h"

const struct proto proto_udp = {
    .name = "udp",
    .ip_proto = TARN_IPPROTO_UDP,
    .type = TARN_DGRAM,
    .sock_size = sizeof(struct udp_sock),
    .input = udp_input,
    .error = udp_error,
    .pull = dgram_pull,
    .open = dgram_open,
    .connect = dgram_connect,
    .send = udp_send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .close = dgram_close,
    .setopt = udp_setopt,
    .getopt = udp_getopt,
};
