/* tests/fuzz/drill_fuzz.c - a packet script is input like any other: whatever its text is, it is
 * read, played and judged, and a failure has a reason. */
#include <string.h>

#include "drill/drill.h"
#include "tests/fuzz/check.h"

enum { TEXT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const unsigned versions[] = {DRILL_IPV4, DRILL_IPV6, DRILL_MAPPED};
    struct drill_options options = {.tolerance_ns = -1};
    struct drill_error error;
    char text[TEXT_MAX + 1];

    if (n == 0 || n > TEXT_MAX)
        return 0;
    memcpy(text, data + 1, n - 1);
    text[n - 1] = '\0';
    options.strict = (data[0] & 4) != 0;
    options.versions = versions[(data[0] & 3) % 3];
    if (!drill_text("fuzz.pkt", text, &options, &error))
        REQUIRE(error.text[0] != '\0');
    return 0;
}
