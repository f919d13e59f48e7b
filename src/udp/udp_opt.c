/* udp/udp_opt.c - options of UDP and UDP-Lite. */
#include "udp/udp.h"

/* The flag of an option of value 0 or 1 that only UDP has; 0: it is none. */
static uint32_t flag_of(enum tarn_opt opt)
{
    switch (opt) {
    case TARN_SO_NO_CHECK: return SOCK_NO_CHECK;
    case TARN_SO_UDP_NO_CHECK6_TX: return SOCK_NO_CHECK6_TX;
    case TARN_SO_UDP_NO_CHECK6_RX: return SOCK_NO_CHECK6_RX;
    case TARN_SO_UDP_GRO: return SOCK_UDP_GRO;
    default: return 0;
    }
}

static bool is_of_lite(enum tarn_opt opt)
{
    return opt == TARN_SO_UDPLITE_SEND_CSCOV || opt == TARN_SO_UDPLITE_RECV_CSCOV;
}

/* Options of the one that the other does not have. */
static bool is_others(const struct sock *sk, enum tarn_opt opt)
{
    bool lite = sk->protocol == TARN_IPPROTO_UDPLITE;

    return lite ? flag_of(opt) != 0 || opt == TARN_SO_UDP_SEGMENT : is_of_lite(opt);
}

/* A coverage that ends within the header is raised to it, as in Linux (RFC 3828 3.1). */
static uint16_t coverage(int64_t value)
{
    return value > 0 && value < UDP_HEADER_BYTES ? UDP_HEADER_BYTES : (uint16_t)value;
}

int udp_setopt(struct tarn *st, struct sock *sk, enum tarn_opt opt, int64_t value, tarn_ns now)
{
    struct udp_sock *u = udp_of(sk);

    if (is_others(sk, opt))
        return -TARN_ENOPROTOOPT;
    if (flag_of(opt) != 0) {
        sk->flags = (sk->flags & ~flag_of(opt)) | (value != 0 ? flag_of(opt) : 0);
        return 0;
    }
    switch (opt) {
    case TARN_SO_UDP_SEGMENT: u->segment_bytes = (uint16_t)value; return 0;
    case TARN_SO_UDPLITE_SEND_CSCOV: u->send_cov = coverage(value); return 0;
    case TARN_SO_UDPLITE_RECV_CSCOV:
        u->recv_cov = coverage(value);
        u->has_recv_cov = true;
        return 0;
    default: return dgram_setopt(st, sk, opt, value, now);
    }
}

int udp_getopt(const struct tarn *st, const struct sock *sk, enum tarn_opt opt, int64_t *value)
{
    const struct udp_sock *u = (const struct udp_sock *)sk;

    if (is_others(sk, opt))
        return -TARN_ENOPROTOOPT;
    if (flag_of(opt) != 0) {
        *value = (sk->flags & flag_of(opt)) != 0;
        return 0;
    }
    switch (opt) {
    case TARN_SO_UDP_SEGMENT: *value = u->segment_bytes; return 0;
    case TARN_SO_UDPLITE_SEND_CSCOV: *value = u->send_cov; return 0;
    case TARN_SO_UDPLITE_RECV_CSCOV: *value = u->recv_cov; return 0;
    default: return dgram_getopt(st, sk, opt, value);
    }
}
