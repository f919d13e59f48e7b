/* app/app.c - what several services need. */
#include "app/app.h"

#include "base/bytes.h"

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
