/* netlink/kind.h - what request.c needs to know of each kind of record. */
#ifndef TARN_NETLINK_KIND_H
#define TARN_NETLINK_KIND_H

#include "netlink/message.h"
#include "netlink/netlink.h"

/* Why a request is refused: a sentence without a full stop, and the attribute at fault as an offset
 * in the message; NULL, 0: not said. */
struct nl_fault {
    const char *text;
    uint32_t offset;
};

/* What becomes of one record of a dump. */
enum nl_step { STEP_END, STEP_ON, STEP_FULL };

struct nl_kind {
    uint16_t get; /* RTM_GET... */

    /* What a dump is to pass on, from its request. 0 or a negative errno with a fault. */
    int (*filter)(const struct nl_request *q, bool strict, struct netlink_dump *d,
                  struct nl_fault *f);

    /* The record at d->cursor: written, if the dump passes it on, and the cursor moved behind it.
     * STEP_FULL: it did not fit, and the cursor stays. */
    enum nl_step (*next)(const struct tarn *st, struct netlink_dump *d, const struct nl_header *h,
                         struct nl_writer *w, tarn_ns now);

    /* The one record that is asked for; NULL: this kind has none. 0 or a negative errno. */
    int (*one)(struct tarn *st, const struct nl_request *q, const struct nl_header *h,
               struct nl_writer *w, struct nl_fault *f);
};

extern const struct nl_kind nl_kind_link, nl_kind_addr, nl_kind_route, nl_kind_neigh;

static inline int nl_refuse(struct nl_fault *f, int err, const char *text)
{
    *f = (struct nl_fault){text, 0};
    return err;
}

/* The errno, with the attribute that is at fault. */
static inline int nl_refuse_attr(struct nl_fault *f, const struct nl_request *q,
                                 const struct nl_value *v, const char *text)
{
    *f = (struct nl_fault){text, (uint32_t)(v->at - q->bytes) - (uint32_t)sizeof(struct nl_attr)};
    return -TARN_EINVAL;
}

/* Seconds until `at`, as rtnetlink counts lifetimes; all ones: for ever. */
static inline uint32_t nl_seconds_left(tarn_ns at, tarn_ns now)
{
    tarn_ns left = at > now ? (at - now) / 1000000000 : 0;

    if (at == 0 || at == TARN_NEVER)
        return UINT32_MAX;
    return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX - 1;
}

static inline uint8_t nl_family(const struct tarn_ip *ip)
{
    return tarn_ip_is4(ip) ? NL_AF_INET : NL_AF_INET6;
}

static inline uint8_t nl_prefix_len(const struct tarn_prefix *p)
{
    return tarn_ip_is4(&p->ip) ? (uint8_t)(p->len - 96) : p->len;
}

#endif
