/* drill/script/parse_setting.c - reads what stands before the first event: `--name=value`, as
 * packetdrill takes it on its command line. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "drill/drill.h"
#include "drill/script/parse.h"

/* The longest first: one is the beginning of another. */
static const struct {
    const char *name;
    enum drill_version version;
} versions[] = {{"ipv4-mapped-ipv6", DRILL_MAPPED}, {"ipv4", DRILL_IPV4}, {"ipv6", DRILL_IPV6}};

enum { N_VERSIONS = sizeof versions / sizeof versions[0] };

const char *drill_version_name(enum drill_version version)
{
    for (unsigned i = 0; i < N_VERSIONS; i++)
        if (versions[i].version == version)
            return versions[i].name;
    return "no version";
}

unsigned drill_version_find(const char *name)
{
    for (unsigned i = 0; i < N_VERSIONS; i++)
        if (strcmp(versions[i].name, name) == 0)
            return versions[i].version;
    return 0;
}

bool script_ip(const char *text, struct tarn_ip *ip)
{
    uint32_t four;

    if (inet_pton(AF_INET6, text, ip->b) == 1)
        return true;
    if (inet_pton(AF_INET, text, &four) != 1)
        return false;
    *ip = tarn_ip4(ntohl(four));
    return true;
}

/* 192.168.0.1, fd3d::1/48: the address of its family. */
static bool take_address(struct scan *s, const char *value, struct tarn_ip pair[2])
{
    char text[64];
    struct tarn_ip ip;

    snprintf(text, sizeof text, "%.*s", (int)strcspn(value, "/"), value);
    if (!script_ip(text, &ip))
        return scan_fail(s, "%s is no address", value);
    pair[!tarn_ip_is4(&ip)] = ip;
    return true;
}

/* ipv4,ipv4-mapped-ipv6 */
static bool take_versions(struct scan *s, const char *value)
{
    s->script->versions = 0;
    for (;; value++) {
        unsigned i = 0;

        while (i < N_VERSIONS && strncmp(value, versions[i].name, strlen(versions[i].name)) != 0)
            i++;
        if (i == N_VERSIONS)
            return scan_fail(s, "unsupported: ip_version '%s'", value);
        s->script->versions |= versions[i].version;
        value += strlen(versions[i].name);
        if (*value != ',')
            return *value == '\0' || scan_fail(s, "unsupported: ip_version '%s'", value);
    }
}

enum number_kind { LOCAL_PORT, REMOTE_PORT, MTU, TOLERANCE, PERCENT, TICK };

static bool take_number(struct scan *s, const char *value, enum number_kind kind)
{
    static const uint32_t most[] = {
        [LOCAL_PORT] = UINT16_MAX, [REMOTE_PORT] = UINT16_MAX,
        [MTU] = UINT16_MAX,        [TOLERANCE] = 1000000000,
        [PERCENT] = 100,           [TICK] = 1000000,
    };
    struct drill_script *script = s->script;
    struct scan inner = *s;
    uint64_t number;

    inner.at = value;
    if (!scan_number(&inner, most[kind], &number)) {
        s->failed = true;
        return false;
    }
    switch (kind) {
    case LOCAL_PORT: script->local_port = (uint16_t)number; break;
    case REMOTE_PORT: script->remote_port = (uint16_t)number; break;
    case MTU: script->mtu = (uint32_t)number; break;
    case TOLERANCE: script->tolerance_ns = (int64_t)number * 1000; break;
    case PERCENT: script->tolerance_permille = (unsigned)number * 10; break;
    case TICK: script->ts_tick_us = (uint32_t)number; break;
    }
    return true;
}

/* Mean nothing to an interpreter in virtual time. */
static bool says_nothing(const char *name)
{
    static const char *const names[] = {
        "mss",        /* of large packets that a device hands in: it is the peer's own here */
        "gateway_ip", /* there is no router between the two */
        "netmask_ip", /* and the stack's network is a /16 */
        "speed",      /* of the tunnel's interface */
        "define",     /* obeyed already: define.c */
        "verbose",    /* of packetdrill's own messages */
        "dry_run",    "send_omit_free", /* how packetdrill cleans up */
        NULL,
    };

    for (unsigned i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool take(struct scan *s, const char *name, const char *value)
{
    static const struct {
        const char *name;
        enum number_kind kind;
    } numbers[] = {{"bind_port", LOCAL_PORT},
                   {"connect_port", REMOTE_PORT},
                   {"mtu", MTU},
                   {"tolerance_usecs", TOLERANCE},
                   {"tolerance_percent", PERCENT},
                   {"tcp_ts_tick_usecs", TICK}};

    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(name, numbers[i].name) == 0)
            return take_number(s, value, numbers[i].kind);
    if (strcmp(name, "local_ip") == 0)
        return take_address(s, value, s->script->locals);
    if (strcmp(name, "remote_ip") == 0)
        return take_address(s, value, s->script->remotes);
    if (strcmp(name, "ip_version") == 0)
        return take_versions(s, value);
    if (strcmp(name, "strict_segments") == 0)
        s->script->strict_segments = true;
    else if (strcmp(name, "tcp_ts_ecr_scaled") == 0)
        s->script->ts_ecr_scaled = true;
    else if (!says_nothing(name))
        return scan_fail(s, "unsupported: option --%s", name);
    return true;
}

bool parse_setting(struct scan *s)
{
    const char *name = scan_name(s), *begin = s->at;
    char value[128] = "";

    if (name == NULL)
        return scan_fail(s, "an option is --name or --name=value");
    if (*s->at == '=') {
        begin = ++s->at;
        s->at += strcspn(s->at, " \t\r\n");
        snprintf(value, sizeof value, "%.*s", (int)(s->at - begin), begin);
    }
    return take(s, name, value);
}
