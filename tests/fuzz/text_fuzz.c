/* tests/fuzz/text_fuzz.c - an address or number that is read is written and read again as the same.
 */
#include "base/text.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), ip[16], again[16];
    const char *s = (const char *)p;
    char buf[TEXT_IP_BYTES];
    struct text t;
    uint32_t ip4, ip4_again;
    uint64_t v, v_again;

    text_init(&t, buf, sizeof buf);
    if (text_to_ip6(s, n, ip)) {
        text_ip6(&t, ip);
        REQUIRE(!t.cut && text_to_ip6(buf, t.len, again) && memcmp(ip, again, 16) == 0);
    } else if (text_to_ip4(s, n, &ip4)) {
        text_ip4(&t, ip4);
        REQUIRE(t.len == n && text_to_ip4(buf, t.len, &ip4_again) && ip4 == ip4_again);
        REQUIRE(memcmp(buf, s, n) == 0);
    } else if (text_to_mac(s, n, ip)) {
        text_mac(&t, ip);
        REQUIRE(t.len == n && text_to_mac(buf, t.len, again) && memcmp(ip, again, 6) == 0);
    } else if (text_to_u64(s, n, UINT64_MAX, &v)) {
        text_u64(&t, v);
        REQUIRE(t.len == n && text_to_u64(buf, t.len, UINT64_MAX, &v_again) && v == v_again);
    }
    free(p);
    return 0;
}
