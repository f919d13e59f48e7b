/* ip/address_life.c - the life of an address: when it becomes ours, and when it goes. */
#include "base/array.h"
#include "eth/neigh.h"
#include "ip/address.h"
#include "tarn/link.h"

/* Tell a network that this is where an address of ours lives. */
static void announce(struct tarn *st, const struct address *a, tarn_ns now)
{
    const struct tarn_port_info *port = &port_at(st, a->info.port)->info;

    if (address_is4(a) && port->up && port->medium == LINK_ETHERNET)
        arp_announce(st, a->info.port, &a->info.prefix.ip, now);
}

bool address_started(struct tarn *st, struct address *a, tarn_ns now)
{
    if (!address_assign(st, a))
        return false;
    announce(st, a, now);
    return true;
}

void address_changed(struct tarn *st, struct address *a, tarn_ns now)
{
    (void)now;
    (void)a;
    control_changed(st);
}

void address_stopped(struct tarn *st, struct address *a)
{
    (void)st;
    (void)a;
}

void address_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct address *a = container_of(t, struct address, timer);

    if (a->info.valid_until <= now)
        address_remove(st, a);
}
