/* service.h - a service of tarn/service.h as tests/e2e/prog/service.c runs it: its settings by
 * name, and its reports as lines. */
#ifndef TARN_TESTS_E2E_PROG_SERVICE_H
#define TARN_TESTS_E2E_PROG_SERVICE_H

#include "tarn/service.h"
#include "tarn/tarn.h"

struct kind {
    const struct tarn_service *service;
    const void *config; /* struct tarn_NAME_config, with port 1 */
    /* One setting. false: there is no such key, or the value is none of its. */
    bool (*set)(const char *key, const char *value);
    void (*report)(void *ctx, int what, const void *of, tarn_ns now); /* prints one line */
    void (*begin)(void *state, tarn_ns now); /* after open(); may be NULL */
};

extern const struct kind kind_dhcp, kind_dhcp6, kind_dhcpd, kind_dhcp6d; /* service_dhcp.c */
extern const struct kind kind_dns, kind_mdns, kind_sntp, kind_radv;      /* service_names.c */

/* Ends the program with a sentence when something does not hold. */
void must(bool good, const char *what);

/* One address more, of either family; false: that is none. */
bool to_ip(const char *text, struct tarn_ip *out);
/* "2001:db8::/64": the length is of the 16-byte form. */
bool to_prefix(const char *text, struct tarn_prefix *out);
unsigned to_number(const char *text);
const char *ip_text(const struct tarn_ip *ip); /* good until the next call but three */

/* The service has told what it was started for, once more. */
void reported(void);

#endif
