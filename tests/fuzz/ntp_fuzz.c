/* tests/fuzz/ntp_fuzz.c - a time message that is accepted is built again byte for byte, and its
 * timestamps come back from the times that they mean. */
#include "tests/fuzz/check.h"
#include "wire/ntp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), built[NTP_BYTES];
    struct ntp_msg m;

    if (ntp_parse(&m, p, n)) {
        int64_t near = (int64_t)(m.reference >> 2), t = ntp_to_unix_ns(m.transmit, near);
        uint64_t again = ntp_from_unix_ns(t);

        ntp_build(built, &m);
        REQUIRE(memcmp(built, p, NTP_BYTES) == 0);
        REQUIRE(m.transmit - again <= 5); /* a nanosecond is 4.3 of the fraction's steps */
        REQUIRE(ntp_to_unix_ns(again, t) - t <= 0 && ntp_to_unix_ns(again, t) - t >= -1);
    }
    free(p);
    return 0;
}
