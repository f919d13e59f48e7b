/* tools/run_views.c - see run_views.h. */
#include "tools/run_views.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const char system_hosts[] = "/etc/hosts";
enum { HOSTS_MAX_BYTES = 1 << 20 }; /* of the system's file: the rest of a longer one is left out */

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

char *run_view_resolv(const struct run_options *options, const struct run_stack *stack)
{
    const struct tarn_ip *dns = options->n_dns > 0 ? options->dns : stack->dns;
    unsigned n = options->n_dns > 0 ? options->n_dns : LINK_FAMILIES;
    char ip[INET6_ADDRSTRLEN], *view = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&view, &bytes);

    if (f == NULL)
        return NULL;
    for (unsigned i = 0; i < n; i++) {
        if (!known(&dns[i]))
            continue;
        ip_text(ip, &dns[i]);
        fprintf(f, "nameserver %s\n", ip);
    }
    if (fclose(f) == 0 && bytes > 0)
        return view;
    free(view);
    return NULL;
}

static void add_hosts(FILE *view)
{
    char buf[4096];
    FILE *f = fopen(system_hosts, "re");
    size_t n, left = HOSTS_MAX_BYTES;

    while (f != NULL && left > 0 && (n = fread(buf, 1, sizeof buf, f)) > 0) {
        fwrite(buf, 1, n, view);
        left -= n < left ? n : left;
    }
    if (f != NULL)
        fclose(f);
}

char *run_view_hosts(const struct run_stack *stack)
{
    char ip[INET6_ADDRSTRLEN], *view = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&view, &bytes);
    bool named = false;

    if (f == NULL)
        return NULL;
    for (unsigned i = 0; i < LINK_FAMILIES; i++) {
        if (!known(&stack->host[i]))
            continue;
        ip_text(ip, &stack->host[i]);
        fprintf(f, "%s host.tarn\n", ip);
        named = true;
    }
    add_hosts(f);
    if (fclose(f) == 0 && named)
        return view;
    free(view);
    return NULL;
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
    for (unsigned i = 0; i < LINK_FAMILIES; i++) {
        if (!known(&stack->host[i]))
            continue;
        ip_text(ip, &stack->host[i]);
        fprintf(out, "tarn: host.tarn is %s\n", ip);
    }
}
