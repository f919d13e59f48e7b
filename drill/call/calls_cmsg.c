/* drill/call/calls_cmsg.c - ancillary messages that a recvmsg() has brought, beside those of the
 * script.
 */
#include "drill/call/calls.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "drill/script/symbols.h"

enum { NL_HEAD = 4, NL_ALIGN = 4 };

/* ---- how long they are ---- */

/* Bytes of an attribute's value in SCM_TIMESTAMPING_OPT_STATS: 8, but for these. */
static size_t stat_bytes(int64_t type)
{
    static const uint8_t others[] = {
        [8] = 4,  [9] = 4,  [10] = 4, [11] = 1, [12] = 1, [13] = 4, [14] = 1,
        [15] = 4, [16] = 4, [17] = 4, [20] = 4, [21] = 4, [22] = 4};
    size_t n = type >= 0 && type < (int64_t)sizeof others ? others[type] : 0;

    return n != 0 ? n : 8;
}

static size_t stats_bytes(const struct drill_value *stats)
{
    size_t sum = 0;
    int64_t type;

    for (const struct drill_value *v = stats->first; v != NULL; v = v->next)
        if (v->name != NULL && symbol_find(v->name, &type))
            sum += NL_HEAD + (stat_bytes(type) + NL_ALIGN - 1) / NL_ALIGN * NL_ALIGN;
    return sum;
}

static size_t data_bytes(const struct drill_value *message)
{
    const struct drill_value *data = member_of(message, "cmsg_data");
    const struct drill_value *level = member_of(message, "cmsg_level");

    if (data == NULL || data->kind == VALUE_NUMBER)
        return sizeof(int);
    if (member_of(data, "ee_errno") != NULL)
        return sizeof(struct sock_extended_err) + (level != NULL && level->number == SOL_IP
                                                       ? sizeof(struct sockaddr_in)
                                                       : sizeof(struct sockaddr_in6));
    return member_of(data, "scm_sec") != NULL ? sizeof(struct scm_timestamping) : stats_bytes(data);
}

size_t call_control_bytes(struct drill_run *r, const struct drill_value *control, size_t room)
{
    size_t sum = 0;

    if (control == NULL)
        return 0;
    for (const struct drill_value *v = control->first; v != NULL; v = v->next)
        sum += CMSG_SPACE(data_bytes(v));
    if (sum > room)
        run_fail(r, "ancillary messages of more than %zu bytes", room);
    return sum > room ? 0 : sum;
}

/* ---- what they say ---- */

static bool same(struct drill_run *r, const char *what, int64_t want, int64_t got)
{
    return want == got ||
           run_fail(r, "%s is %lld; the script wants %lld", what, (long long)got, (long long)want);
}

static bool same_member(struct drill_run *r, const struct drill_value *data, const char *name,
                        int64_t got)
{
    const struct drill_value *v = member_of(data, name);

    return v == NULL || v->kind == VALUE_ELLIPSIS || same(r, name, v->number, got);
}

static bool same_error(struct drill_run *r, const struct drill_value *data, const void *at)
{
    struct sock_extended_err e;

    memcpy(&e, at, sizeof e);
    return same_member(r, data, "ee_errno", e.ee_errno) &&
           same_member(r, data, "ee_origin", e.ee_origin) &&
           same_member(r, data, "ee_type", e.ee_type) &&
           same_member(r, data, "ee_code", e.ee_code) &&
           same_member(r, data, "ee_info", e.ee_info) && same_member(r, data, "ee_data", e.ee_data);
}

/* Time counts from the script's beginning; zero is any time. */
static bool same_stamp(struct drill_run *r, const struct drill_value *data, const void *at)
{
    const struct drill_value *sec = member_of(data, "scm_sec");
    const struct drill_value *nsec = member_of(data, "scm_nsec");
    int64_t want = (sec == NULL ? 0 : sec->number) * 1000000000 + (nsec == NULL ? 0 : nsec->number);
    int64_t slack = run_slack(r, r->last), got;
    struct scm_timestamping stamp;

    memcpy(&stamp, at, sizeof stamp);
    got = (int64_t)stamp.ts[0].tv_sec * 1000000000 + stamp.ts[0].tv_nsec - (int64_t)r->began;
    if (want == 0 || (got - want <= slack && want - got <= slack))
        return true;
    return run_fail(r, "the time stamp is %.6f; the script wants %.6f", (double)got / 1e9,
                    (double)want / 1e9);
}

/* One attribute; times may be off by the tolerance, where they are not zero. */
static bool same_stat(struct drill_run *r, const struct drill_value *v, const uint8_t *at,
                      size_t room, size_t *step)
{
    int64_t type = -1, slack = run_slack(r, r->last) / 1000, off;
    uint64_t got = 0;
    uint16_t head[2];
    size_t n;

    if (v->name == NULL || !symbol_find(v->name, &type))
        return run_fail(r, "unsupported: a statistic");
    n = stat_bytes(type);
    *step = NL_HEAD + (n + NL_ALIGN - 1) / NL_ALIGN * NL_ALIGN;
    if (*step > room)
        return run_fail(r, "%s is missing", v->name);
    memcpy(head, at, sizeof head);
    if (head[0] != NL_HEAD + n || head[1] != type)
        return run_fail(r, "%s is missing; there is attribute %u", v->name, head[1]);
    for (size_t i = 0; i < n; i++)
        got |= (uint64_t)at[NL_HEAD + i] << 8 * i;
    off = (int64_t)got - v->number;
    if (v->kind == VALUE_ELLIPSIS || (type <= 3 && v->number != 0 && off <= slack && -off <= slack))
        return true;
    return same(r, v->name, v->number, (int64_t)got);
}

static bool same_stats(struct drill_run *r, const struct drill_value *data, const uint8_t *at,
                       size_t n)
{
    size_t step = 0;

    for (const struct drill_value *v = data->first; v != NULL; v = v->next) {
        if (!same_stat(r, v, at, n, &step))
            return false;
        at += step;
        n -= step;
    }
    return true;
}

static bool same_message(struct drill_run *r, const struct drill_value *want,
                         const struct cmsghdr *got)
{
    const struct drill_value *data = member_of(want, "cmsg_data");
    const uint8_t *at = CMSG_DATA(got);
    int number;

    if (!same_member(r, want, "cmsg_level", got->cmsg_level) ||
        !same_member(r, want, "cmsg_type", got->cmsg_type) ||
        !same(r, "cmsg_len", (int64_t)CMSG_LEN(data_bytes(want)), (int64_t)got->cmsg_len))
        return false;
    if (data == NULL || data->kind == VALUE_ELLIPSIS)
        return true;
    if (data->kind == VALUE_NUMBER) {
        memcpy(&number, at, sizeof number);
        return same(r, "cmsg_data", data->number, number);
    }
    if (member_of(data, "ee_errno") != NULL)
        return same_error(r, data, at);
    return member_of(data, "scm_sec") != NULL ? same_stamp(r, data, at)
                                              : same_stats(r, data, at, data_bytes(want));
}

bool call_check_msg(struct drill_run *r, const struct drill_value *want, const struct msghdr *m)
{
    const struct drill_value *flags = member_of(want, "msg_flags");
    const struct drill_value *control = member_of(want, "msg_control");
    struct msghdr *h = (struct msghdr *)(uintptr_t)m;
    const struct drill_value *v = control == NULL ? NULL : control->first;
    struct cmsghdr *got = CMSG_FIRSTHDR(m);

    if (flags != NULL && flags->kind == VALUE_NUMBER && flags->number != m->msg_flags)
        return run_fail(r, "msg_flags is 0x%x; the script wants 0x%llx", (unsigned)m->msg_flags,
                        (unsigned long long)flags->number);
    for (; v != NULL && got != NULL; v = v->next, got = CMSG_NXTHDR(h, got))
        if (!same_message(r, v, got))
            return false;
    if (v != NULL)
        return run_fail(r, "an ancillary message is missing");
    return got == NULL || run_fail(r, "one more ancillary message: level %d, type %d",
                                   got->cmsg_level, got->cmsg_type);
}
