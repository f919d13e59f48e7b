/* Addresses of either family, see name.h. */
#include "name.h"

#include "conf.h"

int name_read(struct name *out, const char *text, uint16_t port)
{
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, text, &out->four.sin_addr) == 1) {
        out->four.sin_family = AF_INET;
        out->four.sin_port = htons(port);
        out->len = sizeof(out->four);
        return 1;
    }
    out->six.sin6_family = AF_INET6;
    out->six.sin6_port = htons(port);
    out->len = sizeof(out->six);
    return inet_pton(AF_INET6, text, &out->six.sin6_addr) == 1;
}

/* The port stands in the same place in both. */
struct name at(struct name host, uint16_t port)
{
    host.four.sin_port = htons(port);
    return host;
}

uint16_t port_of(const struct name *n)
{
    return ntohs(n->four.sin_port);
}

static struct name of_family(int family, const char *four, const char *six)
{
    struct name n;

    name_read(&n, family == AF_INET ? four : six, 0);
    return n;
}

struct name any_host(void)
{
    return of_family(conf.family, "0.0.0.0", "::");
}

struct name loopback(void)
{
    return of_family(conf.family, "127.0.0.1", "::1");
}

struct name group(void)
{
    return of_family(conf.family, "224.0.1.1", "ff15::101");
}

struct name broadcast(void)
{
    return of_family(conf.family, "255.255.255.255", "ff02::1");
}

struct name other_family(void)
{
    return of_family(conf.family == AF_INET ? AF_INET6 : AF_INET, "127.0.0.1", "::1");
}

int same_host(const struct name *a, const struct name *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return 0;
    if (a->any.sa_family == AF_INET)
        return a->four.sin_addr.s_addr == b->four.sin_addr.s_addr;
    return memcmp(&a->six.sin6_addr, &b->six.sin6_addr, sizeof(a->six.sin6_addr)) == 0;
}

int is_any(const struct name *n)
{
    struct name any = any_host();

    return same_host(n, &any);
}

const char *host_text(const struct name *n)
{
    static char text[INET6_ADDRSTRLEN];

    if (n->any.sa_family == AF_INET)
        inet_ntop(AF_INET, &n->four.sin_addr, text, sizeof(text));
    else
        inet_ntop(AF_INET6, &n->six.sin6_addr, text, sizeof(text));
    return text;
}

int join(int fd, struct name to)
{
    return connect(fd, &to.any, to.len);
}

int bind_at(int fd, struct name host, uint16_t port)
{
    struct name n = at(host, port);

    return bind(fd, &n.any, n.len);
}

struct name own_name(int fd)
{
    struct name n = {.len = sizeof(n.six)};

    if (getsockname(fd, &n.any, &n.len) < 0)
        give_up("getsockname");
    return n;
}
