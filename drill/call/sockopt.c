/* drill/call/sockopt.c - setsockopt and getsockopt: the values of a script as a program lays them
 * out. */
#include "drill/call/calls.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

enum { VALUE_BYTES_MAX = 1024 };

/* {onoff=1, linger=5} */
static bool linger_of(const struct drill_value *v, struct linger *out)
{
    const struct drill_value *on = member_of(v, "onoff"), *time = member_of(v, "linger");

    if (on == NULL)
        on = member_of(v, "l_onoff");
    if (time == NULL)
        time = member_of(v, "l_linger");
    if (on == NULL || time == NULL)
        return false;
    *out = (struct linger){.l_onoff = (int)on->number, .l_linger = (int)time->number};
    return true;
}

/* {sec=1, usec=500000} of SO_RCVTIMEO and SO_SNDTIMEO */
static bool time_of(const struct drill_value *v, struct timeval *out)
{
    const struct drill_value *sec = member_of(v, "sec"), *usec = member_of(v, "usec");

    if (sec == NULL || usec == NULL)
        return false;
    *out = (struct timeval){.tv_sec = sec->number, .tv_usec = usec->number};
    return true;
}

/* {key="abc"}: for the peer; TCP_MD5SIG */
static bool md5_of(struct drill_run *r, const struct drill_value *v, struct tcp_md5sig *out)
{
    const struct drill_value *key = member_of(v, "key"), *name = member_of(v, "addr");
    static const struct drill_value anyone = {.kind = VALUE_ELLIPSIS};
    struct tarn_addr a = {.ip = r->script.remote};
    struct sockaddr_storage addr;

    if (key == NULL || key->kind != VALUE_TEXT || key->number > (int64_t)sizeof out->tcpm_key)
        return false;
    memset(out, 0, sizeof *out);
    call_address(r, name != NULL ? name : &anyone, a, &addr);
    memcpy(&out->tcpm_addr, &addr, sizeof addr);
    out->tcpm_keylen = (uint16_t)key->number;
    memcpy(out->tcpm_key, key->text, (size_t)key->number);
    return true;
}

/* The value's bytes, as a program would lay them out; how many, 0: it is none. */
static size_t value_of(struct drill_run *r, const struct drill_value *v, uint8_t *bytes)
{
    int number = (int)member_number(v);
    struct linger linger;
    struct timeval time;
    struct tcp_md5sig md5;

    if (v->kind == VALUE_TEXT && v->number <= VALUE_BYTES_MAX) {
        memcpy(bytes, v->text, (size_t)v->number);
        return (size_t)v->number;
    }
    if (v->kind == VALUE_LIST) {
        memcpy(bytes, &number, sizeof number);
        return sizeof number;
    }
    if (v->kind == VALUE_STRUCT && linger_of(v, &linger)) {
        memcpy(bytes, &linger, sizeof linger);
        return sizeof linger;
    }
    if (v->kind == VALUE_STRUCT && time_of(v, &time)) {
        memcpy(bytes, &time, sizeof time);
        return sizeof time;
    }
    if (v->kind == VALUE_STRUCT && md5_of(r, v, &md5)) {
        memcpy(bytes, &md5, sizeof md5);
        return sizeof md5;
    }
    return 0;
}

/* Argument 4: a length, also as [4], or `...`: the value's own. */
static size_t length_of(struct drill_run *r, const struct drill_call *call, size_t own)
{
    const struct drill_value *v = call_arg(r, call, 4);

    if (v == NULL || v->kind == VALUE_ELLIPSIS)
        return own;
    return (size_t)member_number(v);
}

int64_t play_setsockopt(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    const struct drill_value *v = call_arg(r, call, 3);
    uint8_t bytes[VALUE_BYTES_MAX] = {0};
    size_t own, n;

    (void)p;
    if (v == NULL)
        return 0;
    own = value_of(r, v, bytes);
    n = length_of(r, call, own);
    if ((own == 0 && v->kind != VALUE_TEXT) || n > sizeof bytes)
        return run_fail(r, "unsupported: an option's value");
    return sys_setsockopt(r->sys, call_fd(r, call_number(r, call, 0)), (int)call_number(r, call, 1),
                          (int)call_number(r, call, 2), bytes, (socklen_t)n);
}

static bool same_value(struct drill_run *r, const uint8_t *want, size_t n, const uint8_t *got,
                       socklen_t got_n)
{
    int number;

    if (got_n != n)
        return run_fail(r, "getsockopt gives %u bytes; the script wants %zu", (unsigned)got_n, n);
    if (memcmp(want, got, n) == 0)
        return true;
    memcpy(&number, got, sizeof number);
    return run_fail(r, "getsockopt gives [%d]", number);
}

int64_t play_getsockopt(struct drill_run *r, const struct drill_call *call, struct drill_pending *p)
{
    const struct drill_value *v = call_arg(r, call, 3);
    uint8_t want[VALUE_BYTES_MAX] = {0}, got[VALUE_BYTES_MAX] = {0};
    int64_t result;
    socklen_t n;

    (void)p;
    if (v == NULL)
        return 0;
    n = (socklen_t)length_of(r, call, value_of(r, v, want));
    if (n > sizeof got)
        return run_fail(r, "unsupported: an option's value");
    result = sys_getsockopt(r->sys, call_fd(r, call_number(r, call, 0)),
                            (int)call_number(r, call, 1), (int)call_number(r, call, 2), got, &n);
    if (result == 0 && v->kind != VALUE_ELLIPSIS)
        same_value(r, want, length_of(r, call, value_of(r, v, want)), got, n);
    return result;
}
