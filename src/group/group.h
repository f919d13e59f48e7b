/* group/group.h - the state of multicast memberships and the calls between this folder's files. */
#ifndef TARN_GROUP_GROUP_H
#define TARN_GROUP_GROUP_H

#include "base/hash.h"
#include "core/group.h"
#include "core/path.h"
#include "core/port.h"
#include "wire/igmp.h"

enum { GROUP_MAX = 1024, MEMBERSHIP_MAX = 16384, REPORT_BYTES = 1232 };

#define GROUP_MS UINT64_C(1000000)
#define GROUP_S  UINT64_C(1000000000)

/* Whom to hear: all but `source` (exclude), or these only. Nobody: include none. */
struct filter {
    bool exclude;
    uint16_t n;
    struct tarn_ip source[TARN_SOURCES_MAX];
};

/* A group on a port that somebody here is a member of, or has been until a moment ago. */
struct group {
    struct timer timer; /* kind TIMER_GROUP: the earlier of change_at and answer_at */
    struct hash_node node;
    struct list_node of_port; /* in struct group_link */
    struct list members;
    uint32_t n_members;
    struct tarn_ip ip;
    uint8_t port;
    bool quiet;           /* never reported (RFC 9776 5, RFC 9777 6) */
    uint8_t changes_left; /* how often the latest change is still to be told */
    bool mode_changed;    /* since `told` */
    uint16_t n_asked;     /* the sources that a query asks for; 0: for the whole group */
    tarn_ns change_at, answer_at;
    struct filter now, told; /* told: what the routers knew before the change */
    struct tarn_ip asked[TARN_SOURCES_MAX];
};

/* The groups of one family on a port, and the querier there. */
struct group_link {
    struct timer timer; /* kind TIMER_GROUP: the answer to a general query */
    struct list groups;
    tarn_ns older_until[2]; /* a querier of version 1, of IGMP's version 2, is present */
    uint8_t robustness;
};

struct group_layer {
    struct hash table;
    struct pool groups, members;
    struct group_link link[2][PORT_MAX]; /* [0]: IPv6, [1]: IPv4 */
};

static inline struct group_layer *group_layer(const struct tarn *st)
{
    return layer_state(st, LAYER_GROUP);
}

static inline struct group_link *group_link(const struct tarn *st, unsigned port, bool four)
{
    return &group_layer(st)->link[four][port];
}

/* group.c: the group on the port, or NULL; it goes when nobody is in it and all has been told. */
struct group *group_find(const struct tarn *st, unsigned port, const struct tarn_ip *ip);
void group_release(struct tarn *st, struct group *g);

/* filter.c: the sum of all members' filters (RFC 9776 3.2); set arithmetic. */
void filter_merge(const struct tarn *st, const struct group *g, struct filter *out);
bool filter_equal(const struct filter *a, const struct filter *b);
bool filter_hears(const struct filter *f, const struct tarn_ip *src);
/* The sources that a names and b does not; how many, into out. */
unsigned filter_minus(const struct filter *a, const struct filter *b, struct tarn_ip *out);

static inline bool filter_is_empty(const struct filter *f)
{
    return !f->exclude && f->n == 0;
}

/* A query, of either protocol. */
struct group_query {
    unsigned port;
    bool four, general;
    uint8_t version, robustness;
    uint32_t max_response_ms;
    struct tarn_ip group;
    unsigned n_sources; /* more than fit `source`: all of them are asked for */
    struct tarn_ip source[TARN_SOURCES_MAX];
};

/* report.c: the group's filter was `old`; its port has gone up or down; all groups of a family are
 * as if they were new; a query; somebody else's
 * report of version 1 or 2. */
void report_changed(struct tarn *st, struct group *g, const struct filter *old, tarn_ns now);
void report_port(struct tarn *st, unsigned port, bool up, tarn_ns now);
void report_again(struct tarn *st, unsigned port, bool four, tarn_ns now);
void report_query(struct tarn *st, const struct group_query *q, tarn_ns now);
void report_heard(struct tarn *st, unsigned port, const struct tarn_ip *group, tarn_ns now);
void report_expire(struct tarn *st, struct timer *t, tarn_ns now);

/* Send a message of IGMP or MLD, counted as a drop when out of memory. */
void report_send(struct tarn *st, struct ip_info *ip, const uint8_t *message, size_t n,
                 tarn_ns now);

/* One record of a report of IGMPv3 or MLDv2. */
struct group_record {
    enum group_record_type type;
    const struct tarn_ip *group, *source;
    unsigned n;
};

/* A report in the making: records are added, and it leaves when full and at the end. */
struct report {
    unsigned port, n_records;
    struct writer w;
    uint8_t bytes[REPORT_BYTES];
};

/* igmp.c, mld.c: how either protocol says it. `version`: of the message that stands for the group
 * alone. */
void igmp_report_begin(struct report *r, unsigned port);
void igmp_report_add(struct tarn *st, struct report *r, const struct group_record *g, tarn_ns now);
void igmp_report_end(struct tarn *st, struct report *r, tarn_ns now);
void igmp_report_old(struct tarn *st, const struct group *g, unsigned version, tarn_ns now);
void igmp_leave_old(struct tarn *st, const struct group *g, tarn_ns now);
void mld_report_begin(struct report *r, unsigned port);
void mld_report_add(struct tarn *st, struct report *r, const struct group_record *g, tarn_ns now);
void mld_report_end(struct tarn *st, struct report *r, tarn_ns now);
void mld_report_old(struct tarn *st, const struct group *g, tarn_ns now);
void mld_leave_old(struct tarn *st, const struct group *g, tarn_ns now);

#endif
