/* tests/fuzz/dhcp6_fuzz.c - a DHCPv6 message comes back from what is built of it, unless that is
 * longer than a message may be; every text is ended and printable. */
#include "tests/fuzz/check.h"
#include "wire/dhcp6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint8_t once[4 * DHCP6_BYTES_MAX], twice[4 * DHCP6_BYTES_MAX];
    uint8_t *p = exact(data, n);
    struct dhcp6_msg m;

    if (dhcp6_parse(&m, p, n)) {
        size_t bytes = dhcp6_build(once, sizeof once, &m);

        require_text(m.text, sizeof m.text);
        for (unsigned i = 0; i < m.n_search; i++)
            require_text(m.search[i], sizeof m.search[i]);
        REQUIRE(bytes > 0);
        if (bytes <= DHCP6_BYTES_MAX) {
            REQUIRE(dhcp6_parse(&m, once, bytes));
            REQUIRE(dhcp6_build(twice, sizeof twice, &m) == bytes);
            REQUIRE(memcmp(once, twice, bytes) == 0);
        }
    }
    free(p);
    return 0;
}
