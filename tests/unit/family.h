/* tests/unit/family.h - a file of tests that is done over both families.
 *
 *     EACH_FAMILY()
 *
 * in it makes of each TEST(group, name) two, "group.name" and "group.name, IPv6"; family_now is the
 * one, and the addresses here are of it. */
#ifndef TARN_TESTS_UNIT_FAMILY_H
#define TARN_TESTS_UNIT_FAMILY_H

#include "tests/unit/rig.h"

static enum tarn_family family_now = TARN_INET;

/* Called by the generated main() (scripts/tests-main) before each test. */
#define EACH_FAMILY()                              \
    void test_family(int six);                     \
    void test_family(int six)                      \
    {                                              \
        family_now = six ? TARN_INET6 : TARN_INET; \
    }                                              \
    struct family_semicolon

/* Host `host` of 10.0.0.0/24 or of fd00::/64; 0: nobody, the unspecified address. */
static inline struct tarn_ip family_ip(uint8_t host)
{
    struct tarn_ip six = {{host != 0 ? 0xfd : 0, [15] = host}};

    return family_now == TARN_INET6 ? six : tarn_ip4(host != 0 ? 0x0a000000u + host : 0);
}

/* Beside its address of IPv4 the rig, which is `host`, has that of IPv6, and knows its neighbour.
 */
static inline void family_open(struct rig *r, uint8_t host, uint8_t neighbour, const uint8_t mac[6])
{
    struct tarn_address a = {.port = RIG_PORT, .flags = TARN_ADDRESS_NODAD};
    struct tarn_neigh n = {.ip = family_ip(neighbour), .port = RIG_PORT};

    memcpy(n.mac, mac, 6);
    if (family_now == TARN_INET6) {
        a.prefix = (struct tarn_prefix){family_ip(host), 64};
        CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
    }
    CHECK_EQ(tarn_neigh_set(r->st, &n, r->now, NULL), 0);
}

#endif
