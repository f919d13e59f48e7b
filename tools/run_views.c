/* tools/run_views.c - see run_views.h. */
#include "tools/run_views.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const char system_hosts[] = "/etc/hosts", system_resolv[] = "/etc/resolv.conf";

enum { SYSTEM_MAX_BYTES = 1 << 20, DNS_PORT = 53, MAX_DOMAINS = 6 /* that every libc looks at */ };

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

/* At most as many bytes of a file of the system's as anybody needs; an unreadable one is empty. */
static void add_system_file(FILE *view, const char *path)
{
    char buf[4096];
    FILE *f = fopen(path, "re");
    size_t n, left = SYSTEM_MAX_BYTES;

    while (f != NULL && left > 0 && (n = fread(buf, 1, sizeof buf, f)) > 0) {
        fwrite(buf, 1, n, view);
        left -= n < left ? n : left;
    }
    if (f != NULL)
        fclose(f);
}

/* --- /etc/resolv.conf --- */

struct servers {
    struct tarn_addr list[RUN_MAX_DNS];
    unsigned n;
};

static void add_server(struct servers *s, const struct tarn_addr *server)
{
    for (unsigned i = 0; i < s->n; i++)
        if (tarn_ip_equal(&s->list[i].ip, &server->ip) && s->list[i].zone == server->zone)
            return;
    if (s->n < RUN_MAX_DNS && (server->port == 0 || server->port == DNS_PORT))
        s->list[s->n++] = *server;
}

/* The user's, else what is known of the links, oldest first. */
static void find_servers(struct servers *s, const struct run_options *options,
                         const struct run_stack *stack)
{
    struct tarn_resolver r;

    s->n = 0;
    for (unsigned i = 0; i < options->n_dns; i++)
        add_server(s, &(struct tarn_addr){.ip = options->dns[i]});
    for (uint32_t cursor = 0; options->n_dns == 0 && tarn_resolver_next(stack->st, &cursor, &r);)
        if (r.domain[0] == '\0')
            add_server(s, &r.server);
}

/* Each once: both families' servers may tell of the same. */
static void add_domains(FILE *view, const struct run_stack *stack)
{
    char seen[MAX_DOMAINS][TARN_DOMAIN_BYTES];
    struct tarn_resolver r;
    unsigned n = 0, i;

    for (uint32_t cursor = 0; n < MAX_DOMAINS && tarn_resolver_next(stack->st, &cursor, &r);) {
        for (i = 0; i < n && strcmp(seen[i], r.domain) != 0; i++)
            ;
        if (r.domain[0] == '\0' || i < n)
            continue;
        strcpy(seen[n], r.domain);
        fprintf(view, "%s%s", n++ == 0 ? "search " : " ", r.domain);
    }
    if (n > 0)
        fputs("\n", view);
}

/* What was written, or NULL when it is nothing. */
static char *finished(FILE *f, char **view, const size_t *bytes)
{
    if (fclose(f) == 0 && *bytes > 0)
        return *view;
    free(*view);
    return NULL;
}

char *run_view_resolv(const struct run_options *options, const struct run_stack *stack)
{
    char ip[INET6_ADDRSTRLEN], *view = NULL;
    struct servers servers;
    size_t bytes = 0;
    bool wanted = stack->n_links > 0 || options->n_dns > 0;
    FILE *f = wanted ? open_memstream(&view, &bytes) : NULL;

    if (f == NULL)
        return NULL;
    find_servers(&servers, options, stack);
    for (unsigned i = 0; i < servers.n; i++) {
        ip_text(ip, &servers.list[i].ip);
        fprintf(f, "nameserver %s", ip);
        if (servers.list[i].zone != 0)
            fprintf(f, "%%%u", servers.list[i].zone);
        fputs("\n", f);
    }
    if (servers.n > 0)
        add_domains(f, stack);
    else
        add_system_file(f, system_resolv);
    return finished(f, &view, &bytes);
}

/* --- /etc/hosts --- */

char *run_view_hosts(const struct run_stack *stack)
{
    char ip[INET6_ADDRSTRLEN], *view = NULL;
    size_t bytes = 0;
    FILE *f;

    if (!known(&stack->host[LINK_IP4]) && !known(&stack->host[LINK_IP6]))
        return NULL;
    f = open_memstream(&view, &bytes);
    if (f == NULL)
        return NULL;
    for (unsigned i = 0; i < LINK_FAMILIES; i++) {
        if (!known(&stack->host[i]))
            continue;
        ip_text(ip, &stack->host[i]);
        fprintf(f, "%s host.tarn\n", ip);
    }
    add_system_file(f, system_hosts);
    return finished(f, &view, &bytes);
}

/* --- --explain --- */

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
