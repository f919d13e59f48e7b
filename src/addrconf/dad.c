/* addrconf/dad.c - is an address free? Duplicate address detection (RFC 4862 5.4), and the probes
 * of IPv4 (RFC 5227 2.1).
 *
 * The address is tentative while nd_probe() or arp_probe() ask for it a few times. Whoever has it,
 * or wants it at the same time, is reported by eth/ with dad_conflict(); silence makes it ours.
 * After a conflict an address that we have made is tried again in another form, up to three times
 * (RFC 7217 6, RFC 8981 3.4, RFC 3927 2.2.1); one that was given to us is marked as duplicate and
 * stays so until somebody takes it away. A duplicate of the link-local address that the hardware
 * address makes means that the hardware address is one itself: nothing of IPv6 is sent or taken on
 * that interface any more until it goes down and up (RFC 4862 5.4.5).
 *
 * Optimistic detection (RFC 4429) is for addresses that the stack makes itself: they are used from
 * the beginning, though not for what would change a neighbour's cache (eth/nd.c). */
#include "addrconf/addrconf.h"

#include "eth/neigh.h"
#include "tarn/link.h"

enum {
    DELAY_MS = 1000, /* MAX_RTR_SOLICITATION_DELAY; PROBE_WAIT */
    PROBES4 = 3,
    PROBE4_MIN_MS = 1000,
    PROBE4_MAX_MS = 2000,
    ANNOUNCE_WAIT_MS = 2000,
    CHECK_MS = 150 /* TARN_ADDRESS_CHECK: all of it within half a second */
};

bool dad_wanted(const struct tarn *st, const struct address *a)
{
    if (port_at(st, a->info.port)->info.medium != LINK_ETHERNET ||
        (a->info.flags & TARN_ADDRESS_NODAD) != 0)
        return false;
    if (!address_is4(a))
        return st->param[PARAM_IP6_DAD_TRANSMITS] > 0;
    return st->param[PARAM_IP4_CONFLICTS] != 0 || (a->info.flags & TARN_ADDRESS_CHECK) != 0 ||
           linklocal4_is(a);
}

static bool is_quick(const struct address *a)
{
    return address_is4(a) && (a->info.flags & TARN_ADDRESS_CHECK) != 0;
}

static bool is_ours_to_make(const struct address *a)
{
    return a->info.origin == TARN_ORIGIN_RA || a->info.origin == TARN_ORIGIN_KERNEL;
}

void dad_begin(struct tarn *st, struct address *a, tarn_ns now)
{
    tarn_ns wait = is_quick(a) ? 0 : addrconf_jitter(st, DELAY_MS);

    a->dad_left = (uint8_t)(address_is4(a) ? PROBES4 : st->param[PARAM_IP6_DAD_TRANSMITS]);
    if (!address_is4(a) && st->param[PARAM_IP6_OPTIMISTIC] != 0 && is_ours_to_make(a)) {
        a->info.flags |= TARN_ADDRESS_OPTIMISTIC;
        (void)address_assign(st, a);
    }
    life_arm(st, a, now + wait);
}

/* How long to listen after a probe, of which `left` are still to come. */
static tarn_ns pause_of(struct tarn *st, const struct address *a, unsigned left)
{
    uint32_t retrans = eth_layer(st)->port[a->info.port].retrans_ms;

    if (is_quick(a))
        return CHECK_MS * ADDRCONF_MS;
    if (!address_is4(a))
        return (tarn_ns)(retrans != 0 ? retrans : st->param[PARAM_NEIGH_RETRANS_MS]) * ADDRCONF_MS;
    if (left == 0)
        return ANNOUNCE_WAIT_MS * ADDRCONF_MS;
    return PROBE4_MIN_MS * ADDRCONF_MS + addrconf_jitter(st, PROBE4_MAX_MS - PROBE4_MIN_MS);
}

void dad_step(struct tarn *st, struct address *a, tarn_ns now)
{
    if (a->dad_left == 0) {
        (void)life_assign(st, a, now);
        return;
    }
    a->dad_left--;
    if (address_is4(a))
        arp_probe(st, a->info.port, &a->info.prefix.ip, now);
    else
        nd_probe(st, a->info.port, &a->info.prefix.ip, now);
    life_arm(st, a, now + pause_of(st, a, a->dad_left));
}

/* Put another one in the place of an address that is lost; false: it was not ours to make. */
static bool retry(struct tarn *st, struct address *a, tarn_ns now)
{
    struct tarn_address lost = a->info;
    unsigned tries = a->tries + 1u;

    if (linklocal4_is(a)) {
        address_remove(st, a);
        linklocal4_begin(st, lost.port, tries, now);
        return true;
    }
    if (address_is4(a) || !is_ours_to_make(a) || tries > IDGEN_RETRIES)
        return false;
    if ((lost.flags & TARN_ADDRESS_TEMPORARY) == 0 && st->param[PARAM_IP6_ADDR_GEN] == 0)
        return false;
    address_remove(st, a);
    return (lost.flags & TARN_ADDRESS_TEMPORARY) != 0 ? temporary_retry(st, &lost, tries, now)
                                                      : slaac_retry(st, &lost, tries, now);
}

static void stop_six(struct tarn *st, unsigned port, tarn_ns now)
{
    port_at(st, port)->mute6 = true;
    solicit_end(st, port);
    router_forget_port(st, port, now);
    rdnss_forget_port(st, port, now);
    for (struct address *a = NULL; (a = address_next(st, a)) != NULL;)
        if (a->info.port == port && !address_is4(a) &&
            (a->info.flags & TARN_ADDRESS_DUPLICATE) == 0)
            address_stopped(st, a);
    routes_changed(st);
}

void dad_conflict(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now)
{
    struct address *a = address_find(st, port, ip);

    if (a == NULL || (a->info.flags & TARN_ADDRESS_TENTATIVE) == 0)
        return;
    control_changed(st);
    if (retry(st, a, now))
        return;
    address_stopped(st, a);
    a->info.flags &= (uint8_t) ~(TARN_ADDRESS_TENTATIVE | TARN_ADDRESS_OPTIMISTIC);
    a->info.flags |= TARN_ADDRESS_DUPLICATE;
    life_arm(st, a, TARN_NEVER);
    if (tarn_ip_is_link_local(ip) && !address_is4(a) && iid_is_hardware(st, port, ip))
        stop_six(st, port, now);
}
