/* posix/option/option_tcp.c - TCP_INFO and TCP_CONGESTION in Linux's form. */
#include "posix/option/option.h"
#include "posix/tcp_info.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

enum { CC_NAME_MAX = 16 };

static int get_congestion(struct socket *so, const struct option *o, const struct posix_request *q,
                          struct posix_reply *r)
{
    char text[CC_NAME_MAX] = {0};
    const char *name;
    int err = tarn_get_cc(so->px->cfg.stack, so->sock, &name);

    (void)o;
    if (err != 0)
        return err;
    strncpy(text, name, sizeof text - 1);
    return option_give(so, q, r, text, sizeof text);
}

static int set_congestion(struct socket *so, const struct option *o, const struct posix_request *q)
{
    size_t len = strnlen((const char *)q->data, q->data_len);

    (void)o;
    if (q->data_len < 1)
        return -EINVAL;
    return tarn_set_cc(so->px->cfg.stack, so->sock, (const char *)q->data,
                       len < CC_NAME_MAX ? len : CC_NAME_MAX - 1);
}

static int get_info(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r)
{
    struct tarn_tcp_info in = {.state = TARN_TCP_CLOSED};
    struct linux_tcp_info out;

    (void)o;
    tarn_tcp_info(so->px->cfg.stack, so->sock, &in, so->px->cfg.clock());
    tcp_info_to_linux(&in, &out);
    return option_give(so, q, r, &out, sizeof out);
}

/* RENO and CUBIC have nothing to tell, here as in Linux. */
static int get_cc_info(struct socket *so, const struct option *o, const struct posix_request *q,
                       struct posix_reply *r)
{
    (void)o;
    return option_give(so, q, r, "", 0);
}

static int get_fastopen_key(struct socket *so, const struct option *o,
                            const struct posix_request *q, struct posix_reply *r)
{
    uint8_t key[32];
    int got = tarn_get_fastopen_key(so->px->cfg.stack, so->sock, key);

    (void)o;
    return got < 0 ? got : option_give(so, q, r, key, (size_t)got);
}

static int set_fastopen_key(struct socket *so, const struct option *o,
                            const struct posix_request *q)
{
    (void)o;
    return tarn_set_fastopen_key(so->px->cfg.stack, so->sock, q->data, q->data_len);
}

#define TCP(name, kind)                                                                      \
    {                                                                                        \
        IPPROTO_TCP, TCP_##name, option_get_real, option_set_real, TARN_SO_TCP_##name, kind, \
            IPPROTO_TCP, 0                                                                   \
    }

/* Linux has forgotten what it was for. */
static int set_thin_dupack(struct socket *so, const struct option *o, const struct posix_request *q)
{
    int value;
    int err = option_read_int(q, &value);

    (void)so;
    (void)o;
    return err == 0 && value != 0 && value != 1 ? -EINVAL : err;
}

const struct option option_tcp_rows[] = {
    TCP(NODELAY, OPTION_BOOL),
    TCP(CORK, OPTION_BOOL),
    TCP(MAXSEG, OPTION_INT),
    TCP(KEEPIDLE, OPTION_INT),
    TCP(KEEPINTVL, OPTION_INT),
    TCP(KEEPCNT, OPTION_INT),
    TCP(SYNCNT, OPTION_INT),
    TCP(LINGER2, OPTION_INT),
    TCP(DEFER_ACCEPT, OPTION_INT),
    TCP(WINDOW_CLAMP, OPTION_INT),
    TCP(QUICKACK, OPTION_BOOL),
    TCP(USER_TIMEOUT, OPTION_INT),
    TCP(NOTSENT_LOWAT, OPTION_INT),
    TCP(FASTOPEN, OPTION_INT),
    TCP(FASTOPEN_CONNECT, OPTION_INT),
    TCP(FASTOPEN_NO_COOKIE, OPTION_INT),
    {IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, option_get_kept, option_set_kept, TARN_SO_N,
     OPTION_BOOL, IPPROTO_TCP, KEPT_THIN},
    OPTION_SPECIAL(IPPROTO_TCP, TCP_THIN_DUPACK, option_get_off, set_thin_dupack, N, IPPROTO_TCP),
    OPTION_SPECIAL(IPPROTO_TCP, TCP_FASTOPEN_KEY, get_fastopen_key, set_fastopen_key, N,
                   IPPROTO_TCP),
    OPTION_SPECIAL(IPPROTO_TCP, TCP_CONGESTION, get_congestion, set_congestion, N, IPPROTO_TCP),
    OPTION_SPECIAL(IPPROTO_TCP, TCP_INFO, get_info, NULL, N, IPPROTO_TCP),
    OPTION_SPECIAL(IPPROTO_TCP, TCP_CC_INFO, get_cc_info, NULL, N, IPPROTO_TCP),
    {0},
};
