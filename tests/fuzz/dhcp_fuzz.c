/* tests/fuzz/dhcp_fuzz.c - a DHCP message comes back from what is built of it, unless that is
 * longer than a message may be; every text is ended and printable. */
#include "tests/fuzz/check.h"
#include "wire/dhcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint8_t once[2 * DHCP_BYTES_MAX], twice[2 * DHCP_BYTES_MAX];
    uint8_t *p = exact(data, n);
    struct dhcp_msg m;

    if (dhcp_parse(&m, p, n)) {
        size_t bytes = dhcp_build(once, sizeof once, &m);

        require_text(m.hostname, sizeof m.hostname);
        require_text(m.domain, sizeof m.domain);
        require_text(m.message, sizeof m.message);
        for (unsigned i = 0; i < m.n_search; i++)
            require_text(m.search[i], sizeof m.search[i]);
        REQUIRE(bytes > 0);
        if (bytes <= DHCP_BYTES_MAX) {
            REQUIRE(dhcp_parse(&m, once, bytes));
            REQUIRE(dhcp_build(twice, sizeof twice, &m) == bytes);
            REQUIRE(memcmp(once, twice, bytes) == 0);
        }
    }
    free(p);
    return 0;
}
