/* tests/fuzz/domain_fuzz.c - a domain name of an option is text, and comes back from that text. The
 * first byte says where in the message the name begins. */
#include "tests/fuzz/check.h"
#include "wire/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), wire[256];
    char text[DOMAIN_TEXT_BYTES], again[DOMAIN_TEXT_BYTES];
    size_t begin = n > 0 ? p[0] : 0;
    struct cursor c;

    if (begin < n) {
        c = cur_init(p + begin, n - begin);
        if (domain_get(&c, begin % 2 == 0 ? p : NULL, text)) {
            struct writer w = wr_init(wire, sizeof wire);

            REQUIRE(domain_is_text(text, strlen(text)));
            domain_put(&w, text);
            REQUIRE(!w.bad);
            c = cur_init(wire, sizeof wire - w.left);
            REQUIRE(domain_get(&c, NULL, again));
            REQUIRE(strcmp(text, again) == 0 && cur_left(&c) == 0);
        }
    }
    free(p);
    return 0;
}
