/* tests/fuzz/mld_fuzz.c - a message of multicast listener discovery that is accepted keeps its
 * sources within itself, and a report or done message of version 1 comes back from what is built of
 * it. */
#include "tests/fuzz/check.h"
#include "wire/mld.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), built[MLD_HEADER_BYTES];
    struct mld_msg m, again;

    if (mld_parse(&m, p, n) == WIRE_OK) {
        if (m.type == ICMP6_MLD_QUERY) {
            REQUIRE(m.version == 1 || m.version == 2);
            REQUIRE(m.n_sources == 0 || m.sources + m.n_sources * (size_t)16 <= p + n);
        } else if (m.type != ICMP6_MLD2_REPORT) {
            REQUIRE(mld_build(built, m.type, m.group) == sizeof built);
            REQUIRE(mld_parse(&again, built, sizeof built) == WIRE_OK);
            REQUIRE(again.type == m.type && memcmp(again.group, m.group, 16) == 0);
        }
    }
    free(p);
    return 0;
}
