/* drill/sys/sys_option_tcp.c - options of TCP that are no plain numbers: names, keys, TCP_INFO. */
#include "drill/sys/sys_option.h"

#include <linux/tcp.h>
#include <string.h>

#include "posix/tcp_info.h"

enum { CC_NAME_MAX = 16 };

static int set_cc(struct sys *s, struct sys_socket *so, const char *name, size_t n)
{
    size_t len = strnlen(name, n);

    if (n < 1)
        return -EINVAL;
    return tarn_set_cc(sys_stack(s), so->sock, name, len < CC_NAME_MAX ? len : CC_NAME_MAX - 1);
}

static int get_cc(const struct sys *s, const struct sys_socket *so, void *value, socklen_t *n)
{
    char text[CC_NAME_MAX] = {0};
    const char *name;
    int err = tarn_get_cc(sys_stack(s), so->sock, &name);

    if (err < 0)
        return err;
    memcpy(text, name, strnlen(name, sizeof text - 1));
    return sys_option_give(value, n, text, sizeof text);
}

/* struct tcp_md5sig: the peer's address, its prefix where asked for, the key. */
static int set_md5(struct sys *s, struct sys_socket *so, int name, const void *value, socklen_t n)
{
    struct tcp_md5sig m;
    struct tarn_addr peer;
    unsigned prefix;
    int err;

    if (n < sizeof m)
        return -EINVAL;
    memcpy(&m, value, sizeof m);
    err = sys_name_read(so, (const struct sockaddr *)&m.tcpm_addr, sizeof m.tcpm_addr, &peer);
    if (err < 0)
        return -EINVAL;
    prefix = tarn_ip_is4(&peer.ip) ? 32 : 128;
    if (name == TCP_MD5SIG_EXT && (m.tcpm_flags & TCP_MD5SIG_FLAG_PREFIX) != 0)
        prefix = m.tcpm_prefixlen;
    return tarn_tcp_md5(sys_stack(s), so->sock, &peer.ip, prefix, m.tcpm_key, m.tcpm_keylen);
}

static int get_fastopen_key(const struct sys *s, const struct sys_socket *so, void *value,
                            socklen_t *n)
{
    uint8_t key[32];
    int got = tarn_get_fastopen_key(sys_stack(s), so->sock, key);

    return got < 0 ? got : sys_option_give(value, n, key, (size_t)got);
}

static int get_info(const struct sys *s, const struct sys_socket *so, void *value, socklen_t *n)
{
    struct tarn_tcp_info in = {.state = TARN_TCP_CLOSED};
    struct linux_tcp_info out;

    (void)tarn_tcp_info(sys_stack(s), so->sock, &in, sys_now(s));
    tcp_info_to_linux(&in, &out);
    return sys_option_give(value, n, &out, sizeof out);
}

int sys_option_tcp_set(struct sys *s, struct sys_socket *so, int name, const void *value,
                       socklen_t n)
{
    int given = 0, err;

    switch (name) {
    case TCP_CONGESTION: return set_cc(s, so, value, n);
    case TCP_FASTOPEN_KEY: return tarn_set_fastopen_key(sys_stack(s), so->sock, value, n);
    case TCP_MD5SIG:
    case TCP_MD5SIG_EXT: return set_md5(s, so, name, value, n);
    default: break;
    }
    err = sys_option_int(value, n, &given);
    if (err < 0)
        return err;
    if (name != TCP_INQ)
        return -ENOPROTOOPT;
    if (given < 0 || given > 1)
        return -EINVAL;
    so->inq = given != 0;
    return 0;
}

int sys_option_tcp_get(const struct sys *s, const struct sys_socket *so, int name, void *value,
                       socklen_t *n)
{
    int inq = so->inq;

    switch (name) {
    case TCP_CONGESTION: return get_cc(s, so, value, n);
    case TCP_FASTOPEN_KEY: return get_fastopen_key(s, so, value, n);
    case TCP_INFO: return get_info(s, so, value, n);
    case TCP_CC_INFO: *n = 0; return 0; /* no algorithm here tells more */
    case TCP_INQ: return sys_option_give(value, n, &inq, sizeof inq);
    default: return -ENOPROTOOPT;
    }
}
