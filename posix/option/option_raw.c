/* posix/option/option_raw.c - which ICMP messages a raw socket gets (raw(7), RFC 3542 3.2). */
#include "posix/option/option.h"

#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>

/* Linux's name for the level of ICMP_FILTER. */
enum { LEVEL_RAW = 255 };

/* The one of IPv4 is a word of types, which dgram_up() heeds; it may be given in part. */
static int set_filter4(struct socket *so, const struct option *o, const struct posix_request *q)
{
    (void)o;
    if (so->protocol != IPPROTO_ICMP)
        return -EOPNOTSUPP;
    memcpy(&so->icmp_filter, q->data,
           q->data_len < sizeof so->icmp_filter ? q->data_len : sizeof so->icmp_filter);
    return 0;
}

static int get_filter4(struct socket *so, const struct option *o, const struct posix_request *q,
                       struct posix_reply *r)
{
    (void)o;
    if (so->protocol != IPPROTO_ICMP)
        return -EOPNOTSUPP;
    return option_give(so, q, r, &so->icmp_filter, sizeof so->icmp_filter);
}

static int set_filter6(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct icmp6_filter f;

    (void)o;
    tarn_get_icmp6_filter(so->px->cfg.stack, so->sock, f.icmp6_filt);
    memcpy(&f, q->data, q->data_len < sizeof f ? q->data_len : sizeof f);
    return tarn_set_icmp6_filter(so->px->cfg.stack, so->sock, f.icmp6_filt);
}

static int get_filter6(struct socket *so, const struct option *o, const struct posix_request *q,
                       struct posix_reply *r)
{
    struct icmp6_filter f;
    int err = tarn_get_icmp6_filter(so->px->cfg.stack, so->sock, f.icmp6_filt);

    (void)o;
    return err != 0 ? err : option_give(so, q, r, &f, sizeof f);
}

const struct option option_raw_rows[] = {
    OPTION_SPECIAL(LEVEL_RAW, ICMP_FILTER, get_filter4, set_filter4, N, OPTION_RAW),
    OPTION_SPECIAL(IPPROTO_ICMPV6, ICMP6_FILTER, get_filter6, set_filter6, N, OPTION_RAW),
    {0},
};
