/* tools/values.c - reads numbers, addresses and ports. */
#include "tools/values.h"

#include <arpa/inet.h>
#include <string.h>

#include "drivers/nearest.h"
#include "tarn/cc.h"

/* The digits of a decimal number without sign, or false, also when it is beyond 64 bits. */
static bool decimal(const char *text, size_t len, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < len; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');

        if (text[i] < '0' || text[i] > '9' || *out > (UINT64_MAX - digit) / 10)
            return false;
        *out = *out * 10 + digit;
    }
    return len > 0;
}

bool value_number(const char *text, size_t len, const struct value_range *range, uint64_t *out,
                  struct option_use *use)
{
    if (!decimal(text, len, out))
        return option_refuse(use, "%s \"%.*s\" is not a number; give %llu to %llu", range->what,
                             (int)(len < 40 ? len : 40), text, (unsigned long long)range->min,
                             (unsigned long long)range->max);
    if (len > 1 && text[0] == '0')
        return option_refuse(use, "%s %.*s begins with 0, which some read as octal; leave it out",
                             range->what, (int)len, text);
    if (*out < range->min || *out > range->max)
        return option_refuse(use, "%s %.*s is out of range; give %llu to %llu", range->what,
                             (int)len, text, (unsigned long long)range->min,
                             (unsigned long long)range->max);
    return true;
}

bool value_port(const char *text, size_t len, uint16_t *out, struct option_use *use)
{
    static const struct value_range ports = {"port", 1, 65535};
    uint64_t port;

    if (!value_number(text, len, &ports, &port, use))
        return false;
    *out = (uint16_t)port;
    return true;
}

static bool part_has_leading_zero(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (*c == '0' && (c == text || c[-1] == '.') && c[1] >= '0' && c[1] <= '9')
            return true;
    return false;
}

/* The first `len` bytes as text, cut where no address is so long. */
static const char *cut(char *copy, size_t size, const char *text, size_t len)
{
    size_t n = len < size ? len : 0;

    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

bool value_ip(const char *text, size_t len, struct tarn_ip *out, struct option_use *use)
{
    char ip[INET6_ADDRSTRLEN];
    struct in_addr four;

    cut(ip, sizeof ip, text, len);
    if (inet_pton(AF_INET, ip, &four) == 1) {
        *out = tarn_ip4(ntohl(four.s_addr));
        return true;
    }
    if (inet_pton(AF_INET6, ip, out->b) == 1) {
        if (tarn_ip_is4(out))
            return option_refuse(use, "this is an IPv4 address in the form of IPv6; write %s",
                                 inet_ntop(AF_INET, out->b + 12, ip, sizeof ip));
        return true;
    }
    if (strchr(ip, ':') == NULL && part_has_leading_zero(ip))
        return option_refuse(use,
                             "%.*s has a part that begins with 0, which some read as octal; "
                             "leave the 0 out",
                             (int)len, text);
    return option_refuse(use, "\"%.*s\" is not an address; give one as 192.0.2.1 or 2001:db8::1",
                         (int)(len < 64 ? len : 64), text);
}

bool value_cidr(const char *text, size_t len, struct tarn_prefix *out, struct option_use *use)
{
    struct value_range lengths = {"prefix length", 0, 128};
    const char *slash = memchr(text, '/', len);
    size_t ip_len = slash != NULL ? (size_t)(slash - text) : len;
    uint64_t bits;
    bool four;

    if (!value_ip(text, ip_len, &out->ip, use))
        return false;
    four = tarn_ip_is4(&out->ip);
    if (slash == NULL)
        return option_refuse(use, "no prefix length; give one, as in %.*s/%d", (int)len, text,
                             four ? 24 : 64);
    lengths.max = four ? 32 : 128;
    if (!value_number(slash + 1, len - ip_len - 1, &lengths, &bits, use))
        return false;
    if (tarn_ip_is_any(&out->ip) || tarn_ip_is_multicast(&out->ip) ||
        tarn_ip_is_broadcast(&out->ip))
        return option_refuse(use, "no host has this address; give one of a host");
    out->len = (uint8_t)(bits + (four ? 96 : 0));
    return true;
}

static bool param_find(const char *name, size_t len, struct tarn_param *out, struct option_use *use)
{
    char typed[64] = "", hint[96];
    struct nearest nearest = {.typed = typed};

    memcpy(typed, name, len < sizeof typed ? len : sizeof typed - 1);
    for (unsigned i = 0; tarn_param_row(i, out); i++) {
        if (strlen(out->name) == len && memcmp(out->name, name, len) == 0)
            return true;
        nearest_try(&nearest, out->name, strlen(out->name));
    }
    nearest_hint(&nearest, "", hint, sizeof hint);
    return option_refuse(use, "no such parameter%s",
                         hint[0] != '\0' ? hint : "; docs/reference.md lists them");
}

bool value_param(const char *text, struct tarn_param *out, int64_t *value, struct option_use *use)
{
    const char *equals = strchr(text, '=');
    struct value_range range = {.what = "value"};
    uint64_t number;

    if (equals == NULL)
        return option_refuse(use, "no value; give NAME=VALUE, as in tcp.ecn=1");
    if (!param_find(text, (size_t)(equals - text), out, use))
        return false;
    range.min = (uint64_t)out->min;
    range.max = (uint64_t)out->max;
    if (!value_number(equals + 1, strlen(equals + 1), &range, &number, use))
        return false;
    *value = (int64_t)number;
    return true;
}

bool value_cc(const char *text, const char **name, struct option_use *use)
{
    struct nearest nearest = {.typed = text};
    size_t len = strlen(text);
    char hint[96];

    if (len > 3 && strcmp(text + len - 3, ".so") == 0)
        return option_refuse_later(use);
    for (size_t i = 0; cc_table[i] != NULL; i++) {
        if (strcmp(cc_table[i]->name, text) == 0) {
            *name = cc_table[i]->name;
            return true;
        }
        nearest_try(&nearest, cc_table[i]->name, strlen(cc_table[i]->name));
    }
    nearest_hint(&nearest, "", hint, sizeof hint);
    return option_refuse(use, "no such algorithm%s",
                         hint[0] != '\0' ? hint : "; tarn run --help lists them");
}
