/* drill/sys/sys_name.c - addresses in Linux's form and in the stack's. */
#include "drill/sys/sys_parts.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

static int read_inet6(const struct sockaddr *a, socklen_t n, struct tarn_addr *out)
{
    struct sockaddr_in6 six = {.sin6_scope_id = 0};

    if (n < offsetof(struct sockaddr_in6, sin6_scope_id))
        return -EINVAL;
    memcpy(&six, a, n < sizeof six ? n : sizeof six);
    if (six.sin6_family != AF_INET6)
        return -EAFNOSUPPORT;
    *out = (struct tarn_addr){.port = ntohs(six.sin6_port)};
    memcpy(out->ip.b, &six.sin6_addr, sizeof out->ip.b);
    if (tarn_ip_has_zone(&out->ip))
        out->zone = six.sin6_scope_id;
    return 0;
}

int sys_name_read(const struct sys_socket *so, const struct sockaddr *a, socklen_t n,
                  struct tarn_addr *out)
{
    struct sockaddr_in four;

    if (so->domain == AF_INET6)
        return read_inet6(a, n, out);
    if (n < sizeof four)
        return -EINVAL;
    memcpy(&four, a, sizeof four);
    if (four.sin_family != AF_INET)
        return -EAFNOSUPPORT;
    *out = (struct tarn_addr){.ip = tarn_ip4(ntohl(four.sin_addr.s_addr)),
                              .port = ntohs(four.sin_port)};
    return 0;
}

void sys_name_write(const struct sys_socket *so, const struct tarn_addr *in, void *a, socklen_t *n)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(in->port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(in->port)};
    bool is6 = so->domain == AF_INET6;
    socklen_t whole = is6 ? sizeof six : sizeof four;

    four.sin_addr.s_addr = htonl(tarn_ip_to4(&in->ip));
    memcpy(&six.sin6_addr, in->ip.b, sizeof in->ip.b);
    six.sin6_scope_id = tarn_ip_has_zone(&in->ip) ? in->zone : 0;
    if (a == NULL || n == NULL)
        return;
    memcpy(a, is6 ? (const void *)&six : (const void *)&four, *n < whole ? *n : whole);
    *n = whole;
}
