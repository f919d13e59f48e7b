/* tests/property/keys.c - what both ends sign their segments with (RFC 2385, RFC 5925), if the
 * plan says so: each has the same keys for the other. Of TCP-AO there are two, and which of them
 * is used changes. */
#include "tests/property/app.h"

#include <string.h>

enum { KEYS = 2, KEY_BYTES = 16, OTHER_WAY = 100 };

static const uint8_t secret[KEYS][KEY_BYTES] = {"the first secret", "the second one"};

static struct tarn_ip peer_of(const struct world *w, unsigned end)
{
    return world_address(w->plan, !end);
}

static unsigned whole_address(const struct world *w)
{
    return w->plan->six ? 128 : 32;
}

/* Number of key i on segments from `end`. */
static uint8_t id_of(unsigned end, unsigned i)
{
    return (uint8_t)(i + (end == 0 ? 0 : OTHER_WAY));
}

static void ao_add(struct world *w, unsigned end, tarn_sock s, unsigned i)
{
    struct tarn_tcp_ao_key k = {.peer = peer_of(w, end),
                                .prefix = whole_address(w),
                                .algorithm = w->plan->auth == AUTH_AO_AES ? TARN_TCP_AO_AES_128_CMAC
                                                                          : TARN_TCP_AO_HMAC_SHA1,
                                .send_id = id_of(end, i),
                                .recv_id = id_of(!end, i),
                                .key_bytes = KEY_BYTES};

    memcpy(k.key, secret[i], KEY_BYTES);
    MUST(tarn_tcp_ao_add(w->st[end], s, &k) == 0, "key %u is refused", i);
}

void keys_set(struct world *w, unsigned end, tarn_sock s)
{
    struct tarn_ip peer = peer_of(w, end);

    if (w->plan->auth == AUTH_MD5)
        MUST(tarn_tcp_md5(w->st[end], s, &peer, whole_address(w), secret[0], KEY_BYTES) == 0,
             "the key is refused");
    if (w->plan->auth <= AUTH_MD5)
        return;
    for (unsigned i = 0; i < KEYS; i++)
        ao_add(w, end, s, i);
}

void keys_choose(struct world *w, unsigned end, const struct side *x, uint32_t send, uint32_t recv)
{
    struct tarn_tcp_ao_info info = {.has_current = true,
                                    .has_rnext = true,
                                    .current_id = id_of(end, send % KEYS),
                                    .rnext_id = id_of(!end, recv % KEYS)};

    if (w->plan->auth > AUTH_MD5)
        (void)tarn_tcp_ao_set(w->st[end], x->s, &info); /* TIME-WAIT has taken the keys along */
}
