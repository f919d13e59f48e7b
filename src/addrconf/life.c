/* addrconf/life.c - the life of an address: tentative, ours, deprecated, gone (RFC
 * 4862 5.4, 5.5.4).
 *
 * These are the doors that the address table (ip/address.h) opens. An address has one timer: while
 * it is tentative it paces the detection of duplicates, after that it is due at the next of what
 * happens in its life: announcing itself again, having a successor, being deprecated, its end.
 *
 * Invariant: an address of IPv6 on an Ethernet port is a member of its solicited-node group from
 * the beginning of the detection until it is stopped. */
#include "addrconf/addrconf.h"

#include "base/array.h"
#include "base/bits.h"
#include "core/group.h"
#include "eth/neigh.h"
#include "tarn/link.h"
#include "wire/nd.h"

enum { ANNOUNCE_INTERVAL_S = 2 };

static bool is_on_ethernet(const struct tarn *st, const struct address *a)
{
    const struct tarn_port_info *port = &port_at(st, a->info.port)->info;

    return port->up && port->medium == LINK_ETHERNET;
}

/* Tell the link that this is where the address lives. */
static void announce(struct tarn *st, const struct address *a, tarn_ns now)
{
    if (!is_on_ethernet(st, a))
        return;
    if (address_is4(a))
        arp_announce(st, a->info.port, &a->info.prefix.ip, now);
    else if (!tarn_ip_is_link_local(&a->info.prefix.ip))
        nd_announce(st, a->info.port, &a->info.prefix.ip, now);
}

static void join_solicited_node(struct tarn *st, struct address *a, tarn_ns now)
{
    struct tarn_ip group;

    if (address_is4(a) || a->group != 0 || !is_on_ethernet(st, a))
        return;
    nd_solicited_node(group.b, a->info.prefix.ip.b);
    a->group = ref_of(st, group_join(st, a->info.port, &group, NULL, now));
}

static void leave_solicited_node(struct tarn *st, struct address *a, tarn_ns now)
{
    if (a->group != 0)
        group_leave(st, ref_at(st, a->group), now);
    a->group = 0;
}

void life_arm(struct tarn *st, struct address *a, tarn_ns step)
{
    tarn_ns at = min_u64(step, a->info.valid_until);

    if ((a->info.flags & (TARN_ADDRESS_DEPRECATED | TARN_ADDRESS_TENTATIVE)) == 0)
        at = min_u64(at, min_u64(a->info.preferred_until, temporary_regenerate_at(st, a)));
    wheel_arm(st, &st->wheel, &a->timer, at);
}

/* From now on routers listen to what the port says of its groups (RFC 9777 5.2.13, RFC 3590 4), and
 * can be asked for. */
static void link_local_ready(struct tarn *st, unsigned port, tarn_ns now)
{
    if (!port_is_up(st, port) || port_at(st, port)->info.medium != LINK_ETHERNET)
        return;
    group_link_named(st, port, now);
    solicit_begin(st, port, now);
}

bool life_assign(struct tarn *st, struct address *a, tarn_ns now)
{
    bool probed = (a->info.flags & TARN_ADDRESS_TENTATIVE) != 0;

    a->info.flags &=
        (uint8_t) ~(TARN_ADDRESS_TENTATIVE | TARN_ADDRESS_OPTIMISTIC | TARN_ADDRESS_DUPLICATE);
    if (!address_assign(st, a))
        return false;
    join_solicited_node(st, a, now);
    announce(st, a, now);
    a->dad_left = probed && address_is4(a) ? 1 : 0;
    life_arm(st, a, a->dad_left > 0 ? now + ANNOUNCE_INTERVAL_S * ADDRCONF_S : TARN_NEVER);
    if (address_is4(a))
        linklocal4_yield(st, a);
    else if (tarn_ip_is_link_local(&a->info.prefix.ip))
        link_local_ready(st, a->info.port, now);
    control_changed(st);
    return true;
}

bool address_started(struct tarn *st, struct address *a, tarn_ns now)
{
    if (!dad_wanted(st, a))
        return life_assign(st, a, now);
    a->info.flags |= TARN_ADDRESS_TENTATIVE;
    if (!port_is_up(st, a->info.port) || (!address_is4(a) && port_at(st, a->info.port)->mute6))
        return true;
    join_solicited_node(st, a, now);
    dad_begin(st, a, now);
    control_changed(st);
    return true;
}

static void set_deprecated(struct tarn *st, struct address *a, bool deprecated)
{
    if (((a->info.flags & TARN_ADDRESS_DEPRECATED) != 0) == deprecated)
        return;
    a->info.flags ^= TARN_ADDRESS_DEPRECATED;
    routes_changed(st);
    control_changed(st);
}

void address_changed(struct tarn *st, struct address *a, tarn_ns now)
{
    set_deprecated(st, a, a->info.preferred_until <= now);
    if ((a->info.flags & TARN_ADDRESS_TENTATIVE) == 0)
        life_arm(st, a, TARN_NEVER);
    control_changed(st);
}

void address_stopped(struct tarn *st, struct address *a)
{
    wheel_disarm(st, &st->wheel, &a->timer);
    leave_solicited_node(st, a, st->now);
    a->dad_left = 0;
    if (dad_wanted(st, a)) {
        address_unassign(st, a);
        a->info.flags &= (uint8_t)~TARN_ADDRESS_OPTIMISTIC;
        a->info.flags |= TARN_ADDRESS_TENTATIVE;
    }
    if (address_is4(a))
        linklocal4_consider(st, a->info.port, st->now);
    control_changed(st);
}

void address_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct address *a = container_of(t, struct address, timer);

    if (a->info.valid_until <= now) {
        address_remove(st, a);
        return;
    }
    if ((a->info.flags & TARN_ADDRESS_TENTATIVE) != 0) {
        dad_step(st, a, now);
        return;
    }
    if (a->dad_left > 0) {
        a->dad_left--;
        announce(st, a, now);
    }
    if (temporary_regenerate_at(st, a) <= now)
        temporary_regenerate(st, a, now);
    if (a->info.preferred_until <= now)
        set_deprecated(st, a, true);
    life_arm(st, a, TARN_NEVER);
}
