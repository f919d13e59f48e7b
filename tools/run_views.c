/* tools/run_views.c - see run_views.h. */
#include "tools/run_views.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const char system_hosts[] = "/etc/hosts";
enum { HOSTS_MAX_BYTES = 1 << 20 };

static bool known(const struct tarn_ip *ip)
{
    static const struct tarn_ip none;

    return !tarn_ip_equal(ip, &none) && !tarn_ip_is_any(ip);
}

static void ip_text(char text[INET6_ADDRSTRLEN], const struct tarn_ip *ip)
{
    const bool four = tarn_ip_is4(ip);

    if (inet_ntop(four ? AF_INET : AF_INET6, four ? ip->b + 12 : ip->b, text, INET6_ADDRSTRLEN) ==
        NULL)
        text[0] = '\0';
}

char *run_view_resolv(const struct tarn_ip *dns)
{
    char ip[INET6_ADDRSTRLEN], *view = NULL;

    if (!known(dns))
        return NULL;
    ip_text(ip, dns);
    return asprintf(&view, "nameserver %s\n", ip) < 0 ? NULL : view;
}

/* At most HOSTS_MAX_BYTES of the system's file; an unreadable one is an empty one. */
static size_t read_hosts(char *buf, size_t n)
{
    FILE *f = fopen(system_hosts, "re");
    size_t got = 0;

    if (f != NULL) {
        got = fread(buf, 1, n, f);
        fclose(f);
    }
    return got;
}

char *run_view_hosts(const struct tarn_ip *host)
{
    char ip[INET6_ADDRSTRLEN], line[INET6_ADDRSTRLEN + 16], *view;
    size_t n;

    if (!known(host))
        return NULL;
    ip_text(ip, host);
    snprintf(line, sizeof line, "%s host.tarn\n", ip);
    view = malloc(strlen(line) + HOSTS_MAX_BYTES + 1);
    if (view == NULL)
        return NULL;
    n = strlen(strcpy(view, line));
    n += read_hosts(view + n, HOSTS_MAX_BYTES);
    view[n] = '\0';
    return view;
}

static void explain_port(FILE *out, const struct run_stack *stack, unsigned i)
{
    char ip[INET6_ADDRSTRLEN], via[INET6_ADDRSTRLEN];
    struct tarn_port_info info;
    struct tarn_address address;
    struct tarn_route route;

    if (tarn_port_get(stack->st, stack->port[i], &info) != 0)
        return;
    fprintf(out, "tarn: %s: link %s, mtu %u, offload %s\n", info.name, stack->link[i]->ops->name,
            info.mtu, (info.offload & LINK_GSO_TX) != 0 ? "on" : "off");
    for (uint32_t cursor = 0; tarn_address_next(stack->st, &cursor, &address);) {
        if (address.port != stack->port[i])
            continue;
        ip_text(ip, &address.prefix.ip);
        fprintf(out, "tarn: %s: address %s/%d\n", info.name, ip,
                address.prefix.len - (tarn_ip_is4(&address.prefix.ip) ? 96 : 0));
    }
    for (uint32_t cursor = 0; tarn_route_next(stack->st, &cursor, &route);) {
        if (route.port != stack->port[i] || !known(&route.via))
            continue;
        ip_text(via, &route.via);
        fprintf(out, "tarn: %s: default route via %s\n", info.name, via);
    }
}

void run_explain(FILE *out, const struct run_options *options, const struct run_stack *stack)
{
    char ip[INET6_ADDRSTRLEN];

    fprintf(out, "tarn: via seccomp: control calls are caught, data passes by socket pairs (%s)\n",
            options->via == RUN_VIA_AUTO ? "auto" : "--via");
    fprintf(out, "tarn: congestion control %s (%s)\n", options->cc != NULL ? options->cc : "cubic",
            options->cc != NULL ? "--cc" : "default");
    for (unsigned i = 0; i < stack->n_links; i++) {
        explain_port(out, stack, i);
        if (strcmp(stack->link[i]->ops->name, "slirp") == 0)
            fprintf(out, "tarn: TCP ends on this machine behind slirp: peers see the kernel's TCP; "
                         "--link tap:NAME avoids it\n");
    }
    if (known(&stack->host)) {
        ip_text(ip, &stack->host);
        fprintf(out, "tarn: host.tarn is %s\n", ip);
    }
}
