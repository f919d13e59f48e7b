/* app/app.c - what the services share. */
#include "app/app.h"

#include "base/bytes.h"

int app_open_udp(const struct tarn_service_with *with, enum tarn_family family, unsigned port,
                 uint16_t udp_port, tarn_sock *out, tarn_ns now)
{
    enum { RCVBUF_BYTES = 64 * 1024 };
    struct tarn_addr local = {.port = udp_port};
    struct tarn *st = with->st;
    int err = tarn_open(st, family, TARN_DGRAM, 0, with->user, out);

    if (err < 0)
        return err;
    if (family == TARN_INET) {
        local.ip = tarn_ip4(0);
        (void)tarn_setopt(st, *out, TARN_SO_BROADCAST, 1, now);
    } else {
        (void)tarn_setopt(st, *out, TARN_SO_IPV6_V6ONLY, 1, now);
    }
    (void)tarn_setopt(st, *out, TARN_SO_BINDTODEVICE, port + 1, now);
    (void)tarn_setopt(st, *out, TARN_SO_RCVBUF, RCVBUF_BYTES, now);
    err = tarn_bind(st, *out, &local);
    if (err < 0)
        tarn_close(st, *out, now);
    return err;
}

void app_send_udp(struct tarn *st, tarn_sock s, const struct tarn_addr *to,
                  const struct tarn_ip *local, const struct tarn_iov *message, tarn_ns now)
{
    struct tarn_addr name = *to;
    struct tarn_info info = {.has = TARN_INFO_PKTINFO, .local = *local};
    struct tarn_msg m = {.iov = message, .n_iov = 1, .name = &name};

    if (!tarn_ip_is_any(local))
        m.info = &info;
    (void)tarn_sendmsg(st, s, &m, now);
}

void app_rng_init(struct rng *r, const struct tarn_service_with *with)
{
    uint8_t seed[32] = {0};

    store_be64(seed, with->seed);
    rng_init(r, seed, 0);
}

int app_bind_random(struct tarn *st, tarn_sock s, const struct tarn_ip *peer, struct rng *r)
{
    struct tarn_addr local = {0};
    int64_t first = 0, last = 0;
    int err = -TARN_EADDRINUSE;

    if (tarn_ip_is4(peer))
        local.ip = tarn_ip4(0);
    (void)tarn_param_get(st, "sock.port-first", &first);
    (void)tarn_param_get(st, "sock.port-last", &last);
    for (unsigned tries = 0; tries < 16 && err == -TARN_EADDRINUSE && first <= last; tries++) {
        local.port = (uint16_t)(first + rng_below(r, (uint32_t)(last - first) + 1));
        err = tarn_bind(st, s, &local);
    }
    return err;
}

bool app_link_is_up(const struct tarn *st, unsigned port)
{
    struct tarn_port_info info;

    return tarn_port_get(st, port, &info) == 0 && info.up && info.carrier;
}

tarn_ns app_never(const void *state)
{
    (void)state;
    return TARN_NEVER;
}

void app_idle(void *state, tarn_ns now)
{
    (void)state;
    (void)now;
}
