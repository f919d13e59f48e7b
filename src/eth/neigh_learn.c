/* eth/neigh_learn.c - which news of a neighbour's link address are believed.
 *
 * Neighbour discovery: the table of RFC 4861 7.2.5 and appendix C, as it stands.
 *
 * ARP has no Override flag. A packet that we did not ask for, with another link address for a
 * neighbour believed reachable, is therefore not believed: the old address is probed at once, and
 * only when it does not answer are all asked (RFC 826's merge would let any station of the link
 * take over a conversation by one packet). STALE, FAILED and INCOMPLETE entries merge as RFC 826
 * has it. */
#include "eth/neigh.h"

/* Another link address than the one we have. */
static void learn_other(struct tarn *st, struct neigh *n, const struct neigh_news *news,
                        tarn_ns now)
{
    bool asked_all = n->state == TARN_NEIGH_PROBE && n->probes > st->param[PARAM_NEIGH_PROBES];

    if (n->state == TARN_NEIGH_REACHABLE || n->state == TARN_NEIGH_DELAY) {
        neigh_verify(st, n, now);
    } else if (n->state == TARN_NEIGH_STALE || n->state == TARN_NEIGH_FAILED) {
        memcpy(n->mac, news->mac, 6);
        neigh_set_stale(st, n);
    } else if (asked_all && news->solicited) {
        memcpy(n->mac, news->mac, 6);
        neigh_set_reachable(st, n, now);
    }
}

bool neigh_learn(struct tarn *st, const struct neigh_news *news, tarn_ns now)
{
    struct neigh *n = neigh_find(st, news->port, &news->ip);

    if (n == NULL) {
        n = news->create ? neigh_new(st, news->port, &news->ip) : NULL;
        if (n == NULL)
            return news->create;
        neigh_resolved(st, n, news->mac, news->solicited, now);
        return true;
    }
    if (n->state == TARN_NEIGH_PERMANENT)
        return true;
    if (n->state == TARN_NEIGH_INCOMPLETE)
        neigh_resolved(st, n, news->mac, news->solicited, now);
    else if (memcmp(n->mac, news->mac, 6) != 0)
        learn_other(st, n, news, now);
    else if (news->solicited)
        neigh_set_reachable(st, n, now);
    else if (n->state == TARN_NEIGH_FAILED)
        neigh_set_stale(st, n);
    return true;
}

static void set_role(struct neigh *n, enum neigh_role role)
{
    if (role != NEIGH_ROLE_UNKNOWN)
        n->router = role == NEIGH_ROLE_ROUTER;
}

/* Without a link address nothing changes but the role. */
static void hint_role(const struct tarn *st, unsigned port, const struct tarn_ip *ip,
                      enum neigh_role role)
{
    struct neigh *n = neigh_find(st, port, ip);

    if (n != NULL)
        set_role(n, role);
}

void neigh_hint(struct tarn *st, unsigned port, const struct tarn_ip *ip, const uint8_t *mac,
                enum neigh_role role, tarn_ns now)
{
    struct neigh *n = neigh_find(st, port, ip);

    if (mac == NULL) {
        hint_role(st, port, ip, role);
        return;
    }
    if (n == NULL)
        n = neigh_new(st, port, ip);
    if (n == NULL || n->state == TARN_NEIGH_PERMANENT)
        return;
    set_role(n, role);
    if (n->state == TARN_NEIGH_INCOMPLETE) {
        neigh_resolved(st, n, mac, false, now);
    } else if (memcmp(n->mac, mac, 6) != 0 || n->state == TARN_NEIGH_FAILED) {
        memcpy(n->mac, mac, 6);
        neigh_set_stale(st, n);
    }
}

/* An advertisement about an entry that has a link address. */
static void advertised_again(struct tarn *st, struct neigh *n, const struct neigh_advert *a,
                             tarn_ns now)
{
    bool other = a->mac != NULL && memcmp(n->mac, a->mac, 6) != 0;

    if (other && !a->override) {
        if (n->state == TARN_NEIGH_REACHABLE)
            neigh_set_stale(st, n);
        return;
    }
    if (other)
        memcpy(n->mac, a->mac, 6);
    if (a->solicited)
        neigh_set_reachable(st, n, now);
    else if (other)
        neigh_set_stale(st, n);
    if (n->router && !a->router)
        router_gone(st, n->port, &n->ip, now);
    n->router = a->router;
}

bool neigh_advertised(struct tarn *st, unsigned port, const struct tarn_ip *ip,
                      const struct neigh_advert *a, tarn_ns now)
{
    struct neigh *n = neigh_find(st, port, ip);

    if (n == NULL)
        return false;
    if (n->state == TARN_NEIGH_PERMANENT)
        return true;
    if (n->state != TARN_NEIGH_INCOMPLETE && n->state != TARN_NEIGH_FAILED) {
        advertised_again(st, n, a, now);
    } else if (a->mac != NULL) {
        n->router = a->router;
        neigh_resolved(st, n, a->mac, a->solicited, now);
    }
    return true;
}
