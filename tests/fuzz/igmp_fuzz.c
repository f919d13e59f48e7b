/* tests/fuzz/igmp_fuzz.c - a message of IGMP that is accepted keeps its sources within itself, and
 * a report or leave of version 1 or 2 comes back from what is built of it. One that a corpus cannot
 * sign is also tried with its checksum made right. */
#include "tests/fuzz/check.h"
#include "wire/igmp.h"

static void try_message(const uint8_t *p, size_t n)
{
    uint8_t built[IGMP_HEADER_BYTES];
    struct igmp_msg m, again;

    if (igmp_parse(&m, p, n) != WIRE_OK)
        return;
    if (m.type == IGMP_QUERY) {
        REQUIRE(m.version >= 1 && m.version <= 3);
        REQUIRE(m.n_sources == 0 || m.sources + m.n_sources * (size_t)4 <= p + n);
    } else if (m.type == IGMP1_REPORT || m.type == IGMP2_REPORT || m.type == IGMP2_LEAVE) {
        REQUIRE(igmp_build(built, m.type, m.group) == sizeof built);
        REQUIRE(igmp_parse(&again, built, sizeof built) == WIRE_OK);
        REQUIRE(again.type == m.type && again.group == m.group);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n);

    try_message(p, n);
    if (n >= IGMP_HEADER_BYTES) {
        igmp_finish(p, n);
        try_message(p, n);
    }
    free(p);
    return 0;
}
