/* service_dhcp.c - DHCP of both families, clients and servers: their settings and reports. */
#include "service.h"

#include <stdio.h>

enum { PORT = 1, DNS_MAX = 3 };

static void print_ip(const char *key, const struct tarn_ip *ip)
{
    if (!tarn_ip_is_any(ip))
        (void)printf(" %s=%s", key, ip_text(ip));
}

static void print_text(const char *key, const char *text)
{
    if (text[0] != '\0')
        (void)printf(" %s=%s", key, text);
}

/* ---- dhcp ---- */

static struct tarn_dhcp_config dhcp = {.port = PORT};

static bool set_dhcp(const char *key, const char *value)
{
    if (strcmp(key, "hostname") == 0)
        dhcp.hostname = value;
    else if (strcmp(key, "no-default-route") == 0)
        dhcp.no_default_route = true;
    else
        return false;
    return true;
}

/* bound|lost ADDRESS/LENGTH server=IP lease=S ... */
static void report_dhcp(void *ctx, int what, const void *of, tarn_ns now)
{
    static const char *const names[] = {
        [TARN_DHCP_BOUND] = "bound", [TARN_DHCP_LOST] = "lost", [TARN_DHCP_NO_SERVER] = "silence"};
    const struct tarn_dhcp_lease *l = of;

    (void)ctx;
    (void)now;
    (void)printf("%s", names[what]);
    if (l != NULL) {
        (void)printf(" %s/%d lease=%u t1=%u t2=%u mtu=%u", ip_text(&l->address.ip),
                     l->address.len - 96, l->lease_s, l->t1_s, l->t2_s, l->mtu);
        print_ip("server", &l->server);
        print_ip("router", &l->router);
        print_ip("ntp", &l->ntp[0]);
        print_text("hostname", l->hostname);
        print_text("domain", l->domain);
    }
    (void)printf("\n");
    reported();
}

const struct kind kind_dhcp = {
    .service = &service_dhcp, .config = &dhcp, .set = set_dhcp, .report = report_dhcp};

/* ---- dhcp6 ---- */

static struct tarn_dhcp6_config dhcp6 = {.port = PORT};

static bool set_mode(const char *value)
{
    static const char *const modes[] = {"ra", "stateless", "address"};

    for (uint8_t i = 0; i < 3; i++) {
        if (strcmp(value, modes[i]) == 0) {
            dhcp6.mode = i;
            return true;
        }
    }
    return false;
}

static bool set_dhcp6(const char *key, const char *value)
{
    if (strcmp(key, "mode") == 0)
        return set_mode(value);
    if (strcmp(key, "delegation") == 0)
        dhcp6.delegation = true;
    else if (strcmp(key, "prefix-len") == 0)
        dhcp6.prefix_len = (uint8_t)to_number(value);
    else
        return false;
    return true;
}

/* bound|lost|stateless address=IP delegated=IP/LENGTH valid=S ... */
static void report_dhcp6(void *ctx, int what, const void *of, tarn_ns now)
{
    static const char *const names[] = {[TARN_DHCP6_BOUND] = "bound",
                                        [TARN_DHCP6_LOST] = "lost",
                                        [TARN_DHCP6_STATELESS_DONE] = "stateless"};
    const struct tarn_dhcp6_lease *l = of;

    (void)ctx;
    (void)now;
    (void)printf("%s t1=%u t2=%u preferred=%u valid=%u", names[what], l->t1_s, l->t2_s,
                 l->preferred_s, l->valid_s);
    print_ip("address", &l->address);
    if (l->delegated.len > 0)
        (void)printf(" delegated=%s/%u", ip_text(&l->delegated.ip), l->delegated.len);
    print_ip("ntp", &l->ntp[0]);
    (void)printf("\n");
    reported();
}

const struct kind kind_dhcp6 = {
    .service = &service_dhcp6, .config = &dhcp6, .set = set_dhcp6, .report = report_dhcp6};

/* ---- dhcpd ---- */

static struct tarn_dhcpd_config dhcpd = {.port = PORT};

/* One name server more. */
static bool add_dns(struct tarn_ip dns[DNS_MAX], unsigned *n, const char *value)
{
    return *n < DNS_MAX && to_ip(value, &dns[(*n)++]);
}

static bool set_dhcpd(const char *key, const char *value)
{
    if (strcmp(key, "first") == 0)
        return to_ip(value, &dhcpd.first);
    if (strcmp(key, "last") == 0)
        return to_ip(value, &dhcpd.last);
    if (strcmp(key, "router") == 0)
        return to_ip(value, &dhcpd.router);
    if (strcmp(key, "dns") == 0)
        return add_dns(dhcpd.dns, &dhcpd.n_dns, value);
    if (strcmp(key, "domain") == 0)
        dhcpd.domain = value;
    else if (strcmp(key, "lease-s") == 0)
        dhcpd.lease_s = to_number(value);
    else
        return false;
    return true;
}

const struct kind kind_dhcpd = {.service = &service_dhcpd, .config = &dhcpd, .set = set_dhcpd};

/* ---- dhcp6d ---- */

static struct tarn_dhcp6d_config dhcp6d = {.port = PORT};

static bool set_dhcp6d(const char *key, const char *value)
{
    if (strcmp(key, "first") == 0)
        return to_ip(value, &dhcp6d.first);
    if (strcmp(key, "last") == 0)
        return to_ip(value, &dhcp6d.last);
    if (strcmp(key, "delegated") == 0)
        return to_prefix(value, &dhcp6d.delegated);
    if (strcmp(key, "dns") == 0)
        return add_dns(dhcp6d.dns, &dhcp6d.n_dns, value);
    if (strcmp(key, "delegated-len") == 0)
        dhcp6d.delegated_len = (uint8_t)to_number(value);
    else if (strcmp(key, "domain") == 0)
        dhcp6d.domain = value;
    else if (strcmp(key, "preferred-s") == 0)
        dhcp6d.preferred_s = to_number(value);
    else if (strcmp(key, "valid-s") == 0)
        dhcp6d.valid_s = to_number(value);
    else
        return false;
    return true;
}

const struct kind kind_dhcp6d = {.service = &service_dhcp6d, .config = &dhcp6d, .set = set_dhcp6d};
