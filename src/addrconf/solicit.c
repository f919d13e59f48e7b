/* addrconf/solicit.c - router solicitations: the first few every four seconds (RFC 4861 6.3.7),
 * then ever more seldom, up to once an hour, until a router is heard (RFC 7559 2). */
#include "addrconf/addrconf.h"

#include "base/bits.h"
#include "eth/neigh.h"

enum { DELAY_MS = 1000, INTERVAL_MS = 4000, INTERVAL_MAX_MS = 3600000 };

void solicit_begin(struct tarn *st, unsigned port, tarn_ns now)
{
    struct addrconf_port *o = addrconf_at(st, port);

    if (!addrconf_hears_routers(st, port) || o->sent > 0 || timer_is_armed(&o->solicit) ||
        st->param[PARAM_IP6_RTR_SOLICITS] == 0)
        return;
    o->wait_ms = INTERVAL_MS;
    wheel_arm(st, &st->wheel, &o->solicit, now + addrconf_jitter(st, DELAY_MS));
}

/* RT of RFC 7559 2: twice the one before, give or take a tenth. */
static uint64_t longer(struct tarn *st, uint64_t ms)
{
    uint64_t doubled = ms * 2 - ms / 10 + rng_below(&st->rng[STREAM_ADDRESS], (uint32_t)ms / 5 + 1);

    return min_u64(doubled, INTERVAL_MAX_MS);
}

void solicit_again(struct tarn *st, unsigned port, tarn_ns now)
{
    struct addrconf_port *o = addrconf_at(st, port);

    if (!addrconf_hears_routers(st, port))
        return;
    nd_solicit(st, port, now);
    o->sent++;
    if (o->sent > st->param[PARAM_IP6_RTR_SOLICITS])
        o->wait_ms = longer(st, o->wait_ms);
    wheel_arm(st, &st->wheel, &o->solicit, now + o->wait_ms * ADDRCONF_MS);
}

void solicit_end(struct tarn *st, unsigned port)
{
    wheel_disarm(st, &st->wheel, &addrconf_at(st, port)->solicit);
}
