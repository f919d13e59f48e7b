/* tests/unit/wire/ntp_test.c - messages of the network time protocol, and what its timestamps mean.
 */
#include "wire/ntp.h"

#include "tests/unit/test.h"

#define S INT64_C(1000000000)

TEST(wire_ntp, a_message_says_what_was_put_in)
{
    struct ntp_msg m = {.leap = 1,
                        .version = 4,
                        .mode = NTP_SERVER,
                        .stratum = 2,
                        .poll = 6,
                        .precision = -20,
                        .root_delay = 0x10203,
                        .root_dispersion = 0x405,
                        .refid = NTP_RATE,
                        .reference = 1,
                        .origin = UINT64_MAX,
                        .receive = 3,
                        .transmit = 4};
    struct ntp_msg got;
    uint8_t p[NTP_BYTES + 20] = {0};

    ntp_build(p, &m);
    CHECK_EQ(p[0], 0x64);
    CHECK(ntp_parse(&got, p, sizeof p));
    CHECK(got.leap == 1 && got.version == 4 && got.mode == NTP_SERVER && got.stratum == 2);
    CHECK(got.poll == 6 && got.precision == -20);
    CHECK(got.root_delay == 0x10203 && got.root_dispersion == 0x405 && got.refid == NTP_RATE);
    CHECK(got.reference == 1 && got.origin == UINT64_MAX && got.receive == 3 && got.transmit == 4);
    CHECK(!ntp_parse(&got, p, NTP_BYTES - 1));
    p[0] = 0x04; /* version 0 */
    CHECK(!ntp_parse(&got, p, NTP_BYTES));
    p[0] = 0x2c; /* version 5 */
    CHECK(!ntp_parse(&got, p, NTP_BYTES));
}

TEST(wire_ntp, eras_are_told_by_what_is_near)
{
    int64_t in_2026 = 1795348800 * S, in_2040 = INT64_C(2208988800) * S;
    uint64_t stamp = ntp_from_unix_ns(in_2040 + 250000000);

    CHECK_EQ(stamp & UINT32_MAX, 0x40000000);
    CHECK(stamp >> 32 < UINT64_C(0x80000000)); /* the second era */
    CHECK_EQ(ntp_to_unix_ns(stamp, in_2040 - 5 * S), in_2040 + 250000000);
    CHECK_EQ(ntp_to_unix_ns(stamp, in_2026), in_2040 + 250000000);
    CHECK_EQ(ntp_to_unix_ns(stamp, 0), in_2040 + 250000000);
    CHECK_EQ(ntp_to_unix_ns(ntp_from_unix_ns(in_2026), 0), in_2026);
    CHECK_EQ(ntp_to_unix_ns(ntp_from_unix_ns(in_2026), in_2040), in_2026);
    CHECK_EQ(ntp_to_unix_ns(ntp_from_unix_ns(-S / 2), -S), -S / 2);
}

TEST(wire_ntp, the_second_era_begins_in_2036)
{
    int64_t end = INT64_C(2085978496) * S; /* 2036-02-07 06:28:16 */

    CHECK_EQ(ntp_from_unix_ns(end), 0);
    CHECK_EQ(ntp_from_unix_ns(end - S) >> 32, UINT32_MAX);
    CHECK_EQ(ntp_to_unix_ns(0, end - 100 * S), end);
    CHECK_EQ(ntp_to_unix_ns(UINT64_C(0xffffffff) << 32, end + 100 * S), end - S);
}
