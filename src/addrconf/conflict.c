/* addrconf/conflict.c - another station uses an IPv4 address of ours (RFC 5227 2.4).
 *
 * We announce it again, at most once in ten seconds. An address that a user has given is held
 * against everybody; one that came from a server or that we have made is given up at the second
 * conflict within ten seconds (2.4 b). */
#include "addrconf/addrconf.h"

#include "eth/neigh.h"

enum { DEFEND_INTERVAL_S = 10 };

static void give_up(struct tarn *st, struct address *a, tarn_ns now)
{
    struct tarn_address lost = a->info;
    unsigned tries = a->tries + 1u;

    if (linklocal4_is(a)) {
        address_remove(st, a);
        linklocal4_begin(st, lost.port, tries, now);
        return;
    }
    address_stopped(st, a);
    address_unassign(st, a);
    a->info.flags &= (uint8_t)~TARN_ADDRESS_TENTATIVE;
    a->info.flags |= TARN_ADDRESS_DUPLICATE;
    life_arm(st, a, TARN_NEVER);
}

void address_conflict(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now)
{
    struct address *a = address_find(st, port, ip);
    bool again;

    if (a == NULL || !a->assigned)
        return;
    again = a->defended != 0 && now < a->defended + DEFEND_INTERVAL_S * ADDRCONF_S;
    if (!again) {
        a->defended = now;
        arp_announce(st, port, ip, now);
    } else if (a->info.origin != TARN_ORIGIN_STATIC) {
        give_up(st, a, now);
    }
}
