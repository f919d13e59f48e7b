/* drill/icmp.c - ICMP errors as scripts name them, in either family's numbers.
 *
 * packetdrill's words of IPv4 and of IPv6 name what means the same; so a script need not know over
 * which family it is played. */
#include "drill/icmp.h"

#include <string.h>

static const struct {
    const char *name;
    uint8_t four[2], six[2]; /* type and code */
} errors[] = {
    [ICMP_NET] = {"unreachable net_unreachable", {3, 0}, {1, 0}},
    [ICMP_HOST] = {"unreachable host_unreachable", {3, 1}, {1, 3}},
    [ICMP_PROTOCOL] = {"unreachable prot_unreachable", {3, 2}, {4, 1}},
    [ICMP_PORT] = {"unreachable port_unreachable", {3, 3}, {1, 4}},
    [ICMP_TOO_BIG] = {"unreachable frag_needed", {3, 4}, {2, 0}},
    [ICMP_POLICY] = {"unreachable source_route_failed", {3, 5}, {1, 5}},
    [ICMP_PROHIBITED] = {"unreachable admin_prohibited", {3, 13}, {1, 1}},
    [ICMP_HOPS] = {"time_exceeded ttl_exceeded", {11, 0}, {3, 0}},
};

static const struct {
    const char *type, *code;
    enum drill_icmp what;
    bool six;
} words[] = {
    {"unreachable", "", ICMP_NET, false},
    {"unreachable", "net_unreachable", ICMP_NET, false},
    {"unreachable", "no_route", ICMP_NET, true},
    {"unreachable", "host_unreachable", ICMP_HOST, false},
    {"unreachable", "address_unreachable", ICMP_HOST, true},
    {"unreachable", "prot_unreachable", ICMP_PROTOCOL, false},
    {"unreachable", "port_unreachable", ICMP_PORT, false},
    {"unreachable", "frag_needed", ICMP_TOO_BIG, false},
    {"packet_too_big", "", ICMP_TOO_BIG, true},
    {"unreachable", "source_route_failed", ICMP_POLICY, false},
    {"unreachable", "admin_prohibited", ICMP_PROHIBITED, false},
    {"time_exceeded", "ttl_exceeded", ICMP_HOPS, false},
    {"time_exceeded", "hop_limit_exceeded", ICMP_HOPS, true},
};

enum { N_ERRORS = sizeof errors / sizeof errors[0], N_WORDS = sizeof words / sizeof words[0] };

enum drill_icmp icmp_find(const char *type, const char *code, bool *size_of_6)
{
    for (unsigned i = 0; i < N_WORDS; i++)
        if (strcmp(words[i].type, type) == 0 && strcmp(words[i].code, code) == 0) {
            *size_of_6 = words[i].six;
            return words[i].what;
        }
    return ICMP_OTHER;
}

const char *icmp_name(enum drill_icmp what)
{
    return what != ICMP_OTHER ? errors[what].name : "of no name";
}

enum drill_icmp icmp_of(bool six, uint8_t type, uint8_t code)
{
    for (unsigned i = 0; i < N_ERRORS; i++) {
        const uint8_t *numbers = icmp_numbers(six, (enum drill_icmp)i);

        if (numbers[0] == type && numbers[1] == code)
            return (enum drill_icmp)i;
    }
    return ICMP_OTHER;
}

const uint8_t *icmp_numbers(bool six, enum drill_icmp what)
{
    return six ? errors[what].six : errors[what].four;
}
