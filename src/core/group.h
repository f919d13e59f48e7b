/* core/group.h - a membership: what one holder wants to hear of a multicast group on one port.
 *
 * Made and changed only by group_join(), group_leave() and group_filter() of core/path.h. Holders
 * are sockets, which keep their own in a list, and the stack itself. */
#ifndef TARN_CORE_GROUP_H
#define TARN_CORE_GROUP_H

#include "core/stack.h"

struct membership {
    struct list_node of_group; /* among those of its group and port */
    struct list_node of_owner; /* in the holder's list; unused when `owned` is false */
    struct tarn_ip group;
    uint8_t port;
    bool owned;
    bool exclude; /* everybody but `source`; else these only */
    uint16_t n_sources;
    struct tarn_ip source[TARN_SOURCES_MAX];
};

/* Does it let through what src sends? */
static inline bool membership_hears(const struct membership *m, const struct tarn_ip *src)
{
    for (unsigned i = 0; i < m->n_sources; i++)
        if (tarn_ip_equal(&m->source[i], src))
            return !m->exclude;
    return m->exclude;
}

#endif
