/* posix/option/option_md5.c - TCP_MD5SIG and TCP_MD5SIG_EXT: keys of RFC 2385 in Linux's form. */
#include "posix/option/option.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* Bits of the address that count: all, or with the later option as many as it says. */
static unsigned prefix_of(const struct posix_request *q, const struct tcp_md5sig *sig,
                          const struct tarn_ip *peer)
{
    if (q->args[1] == TCP_MD5SIG_EXT && (sig->tcpm_flags & TCP_MD5SIG_FLAG_PREFIX) != 0)
        return sig->tcpm_prefixlen;
    return tarn_ip_is4(peer) ? 32 : 128;
}

static int set_key(struct socket *so, const struct option *o, const struct posix_request *q)
{
    struct sockaddr_storage address;
    struct tcp_md5sig sig;
    struct tarn_ip peer;
    unsigned prefix;

    (void)o;
    if (q->data_len < sizeof sig)
        return -EINVAL;
    memcpy(&sig, q->data, sizeof sig);
    memcpy(&address, &sig.tcpm_addr, sizeof address);
    if (option_read_sockaddr(so->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6, &address, &peer) !=
        0)
        return -EINVAL;
    prefix = prefix_of(q, &sig, &peer);
    if (sig.tcpm_keylen > TCP_MD5SIG_MAXKEYLEN)
        return -EINVAL;
    return tarn_tcp_md5(so->px->cfg.stack, so->sock, &peer, prefix, sig.tcpm_key, sig.tcpm_keylen);
}

const struct option option_md5_rows[] = {
    OPTION_SPECIAL(IPPROTO_TCP, TCP_MD5SIG, NULL, set_key, N, IPPROTO_TCP),
    OPTION_SPECIAL(IPPROTO_TCP, TCP_MD5SIG_EXT, NULL, set_key, N, IPPROTO_TCP),
    {0},
};
