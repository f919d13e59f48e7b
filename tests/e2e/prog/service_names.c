/* service_names.c - the services that tell names, times and routers: their settings and reports. */
#include "service.h"

#include <stdio.h>
#include <stdlib.h>

enum { PORT = 1, ASKED = 8 };

/* Names to ask for, by the resolver or by multicast DNS. */
static const char *asked[ASKED];
static unsigned n_asked;
static int family;

/* Keys of both. */
static bool set_question(const char *key, const char *value)
{
    if (strcmp(key, "family") == 0)
        family = value[0] == '4' ? TARN_INET : TARN_INET6;
    else if (strcmp(key, "ask") == 0 && n_asked < ASKED)
        asked[n_asked++] = value;
    else
        return false;
    return true;
}

/* answer NAME ERROR EXISTS CANONICAL TTL ADDRESS... */
static void print_answer(const struct tarn_dns_answer *a)
{
    (void)printf("answer %s %d %s %s %u", asked[a->question], a->error,
                 a->exists ? "exists" : "unknown", a->canonical[0] != '\0' ? a->canonical : "-",
                 a->ttl_s);
    for (unsigned i = 0; i < a->n; i++)
        (void)printf(" %s", ip_text(&a->ip[i]));
    (void)printf("\n");
    reported();
}

/* ---- dns ---- */

static struct tarn_dns_config dns;

static bool set_dns(const char *key, const char *value)
{
    if (strcmp(key, "attempts") == 0)
        dns.attempts = to_number(value);
    else if (strcmp(key, "timeout-ms") == 0)
        dns.timeout_ms = to_number(value);
    else if (strcmp(key, "ndots") == 0)
        dns.ndots = to_number(value);
    else if (strcmp(key, "refuse-private") == 0)
        dns.refuse_private = true;
    else
        return set_question(key, value);
    return true;
}

static void report_dns(void *ctx, int what, const void *of, tarn_ns now)
{
    (void)ctx;
    (void)what;
    (void)now;
    print_answer(of);
}

static void begin_dns(void *state, tarn_ns now)
{
    for (unsigned i = 0; i < n_asked; i++)
        must(tarn_dns_ask(state, asked[i], family, i, now) == 0, "not a name");
}

const struct kind kind_dns = {&service_dns, &dns, set_dns, report_dns, begin_dns};

/* ---- mdns ---- */

static struct tarn_mdns_offer offers[8];
static struct tarn_mdns_config mdns = {.port = PORT, .hostname = "tarn", .offers = offers};

/* offer=INSTANCE|TYPE|PORT|TXT */
static bool add_offer(const char *value)
{
    struct tarn_mdns_offer *o = &offers[mdns.n_offers++];
    char *copy = strdup(value), *rest = NULL;
    const char *port;

    must(copy != NULL, "no memory");
    o->instance = strtok_r(copy, "|", &rest);
    o->type = strtok_r(NULL, "|", &rest);
    port = strtok_r(NULL, "|", &rest);
    o->txt = strtok_r(NULL, "|", &rest);
    o->port = port != NULL ? (uint16_t)to_number(port) : 0;
    return port != NULL;
}

static bool set_mdns(const char *key, const char *value)
{
    if (strcmp(key, "hostname") == 0)
        mdns.hostname = value;
    else if (strcmp(key, "offer") == 0 && mdns.n_offers < 8)
        return add_offer(value);
    else
        return set_question(key, value);
    return true;
}

static void report_mdns(void *ctx, int what, const void *of, tarn_ns now)
{
    (void)ctx;
    (void)now;
    if (what == TARN_MDNS_ANSWER) {
        print_answer(of);
        return;
    }
    (void)printf("name %s\n", (const char *)of);
    reported();
}

static void begin_mdns(void *state, tarn_ns now)
{
    for (unsigned i = 0; i < n_asked; i++)
        must(tarn_mdns_ask(state, asked[i], family, i, now) == 0, "not a name of the link");
}

const struct kind kind_mdns = {&service_mdns, &mdns, set_mdns, report_mdns, begin_mdns};

/* ---- sntp ---- */

static struct tarn_sntp_config sntp;

static bool set_sntp(const char *key, const char *value)
{
    if (strcmp(key, "server") == 0 && sntp.n_servers < 4)
        return to_ip(value, &sntp.server[sntp.n_servers++].ip);
    if (strcmp(key, "poll-s") != 0)
        return false;
    sntp.poll_s = to_number(value);
    return true;
}

/* time OFFSET_US DELAY_US STRATUM SERVER */
static void report_sntp(void *ctx, int what, const void *of, tarn_ns now)
{
    const struct tarn_sntp_time *t = of;

    (void)ctx;
    (void)now;
    (void)printf("%s %lld %u %u %s\n", what == TARN_SNTP_TIME ? "time" : "kiss",
                 (long long)(t->offset_ns / 1000), t->delay_us, t->stratum, ip_text(&t->server.ip));
    reported();
}

const struct kind kind_sntp = {&service_sntp, &sntp, set_sntp, report_sntp, NULL};

/* ---- radv ---- */

static struct tarn_radv_config radv = {.port = PORT, .lifetime_s = 1800};

static bool add_prefix(const char *value)
{
    struct tarn_radv_prefix *p = &radv.prefix[radv.n_prefixes++];

    *p = (struct tarn_radv_prefix){
        .on_link = true, .autonomous = true, .preferred_s = 1800, .valid_s = 3600};
    return to_prefix(value, &p->prefix);
}

static bool add_route(const char *value)
{
    struct tarn_radv_route *r = &radv.route[radv.n_routes++];

    *r = (struct tarn_radv_route){.preference = TARN_ROUTE_HIGH, .lifetime_s = 900};
    return to_prefix(value, &r->prefix);
}

static bool set_radv_number(const char *key, unsigned value)
{
    if (strcmp(key, "mtu") == 0)
        radv.mtu = value;
    else if (strcmp(key, "lifetime-s") == 0)
        radv.lifetime_s = (uint16_t)value;
    else if (strcmp(key, "interval-s") == 0)
        radv.interval_s = value;
    else if (strcmp(key, "hop-limit") == 0)
        radv.hop_limit = (uint8_t)value;
    else if (strcmp(key, "managed") == 0)
        radv.managed = value != 0;
    else if (strcmp(key, "other") == 0)
        radv.other = value != 0;
    else if (strcmp(key, "reachable-ms") == 0)
        radv.reachable_ms = value;
    else if (strcmp(key, "retrans-ms") == 0)
        radv.retrans_ms = value;
    else
        return false;
    return true;
}

static bool set_radv(const char *key, const char *value)
{
    if (strcmp(key, "prefix") == 0 && radv.n_prefixes < 8)
        return add_prefix(value);
    if (strcmp(key, "route") == 0 && radv.n_routes < 8)
        return add_route(value);
    if (strcmp(key, "dns") == 0 && radv.n_dns < 3)
        return to_ip(value, &radv.dns[radv.n_dns++]);
    if (strcmp(key, "domain") != 0)
        return set_radv_number(key, to_number(value));
    radv.domain = value;
    return true;
}

const struct kind kind_radv = {&service_radv, &radv, set_radv, NULL, NULL};
