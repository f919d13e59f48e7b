/* posix/name.c - addresses in Linux's form and in the stack's. */
#include "posix/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

void name_to_linux(const struct tarn_addr *a, struct posix_address *out)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons(a->port),
        .sin_addr.s_addr = htonl(tarn_ip_to4(&a->ip)),
    };

    out->len = sizeof sin;
    memcpy(&out->storage, &sin, sizeof sin);
}

int name_from_linux(const struct posix_address *in, struct tarn_addr *out)
{
    struct sockaddr_in sin;

    if (in->len < sizeof sin)
        return -EINVAL;
    memcpy(&sin, &in->storage, sizeof sin);
    if (sin.sin_family != AF_INET)
        return -EAFNOSUPPORT;
    *out =
        (struct tarn_addr){.ip = tarn_ip4(ntohl(sin.sin_addr.s_addr)), .port = ntohs(sin.sin_port)};
    return 0;
}

bool name_is_none(const struct posix_address *name)
{
    return name->len >= sizeof(sa_family_t) && name->sa.sa_family == AF_UNSPEC;
}

int name_bind(struct socket *so, const struct posix_address *name)
{
    struct posix_address inet = *name;
    struct tarn_addr local;
    int err;

    /* As Linux: AF_UNSPEC is taken for AF_INET if the address is 0.0.0.0. */
    if (inet.len >= sizeof(struct sockaddr_in) && inet.sa.sa_family == AF_UNSPEC)
        inet.sa.sa_family = AF_INET;
    err = name_from_linux(&inet, &local);
    if (err != 0)
        return err;
    if (name->sa.sa_family == AF_UNSPEC && !tarn_ip_is_any(&local.ip))
        return -EAFNOSUPPORT;
    if (so->sock.slot == 0 && so->sock.gen == 0)
        return -EINVAL;
    return tarn_bind(so->px->cfg.stack, so->sock, &local);
}

int name_local(struct socket *so, struct posix_reply *r)
{
    struct tarn_addr a = {.ip = tarn_ip4(0)};

    tarn_local(so->px->cfg.stack, so->sock, &a);
    name_to_linux(&a, &r->address);
    return 0;
}

int name_peer(struct socket *so, struct posix_reply *r)
{
    struct tarn_addr a;
    int err;

    if (so->state != SOCKET_OPEN)
        return -ENOTCONN;
    err = tarn_peer(so->px->cfg.stack, so->sock, &a);
    if (err == 0)
        name_to_linux(&a, &r->address);
    return err;
}
