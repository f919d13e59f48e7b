/* tests/fuzz/pcap_fuzz.c - a packet file made to do harm: the link reads it to its end or refuses
 * it, in bounded time, and gives back every packet. */
#include "tarn/link.h"
#include "tarn/tarn.h"
#include "tarn/trace.h"
#include "tests/fuzz/check.h"

#include <sys/mman.h>
#include <unistd.h>

enum { ARENA_BYTES = 4 << 20, BATCH = 16 };

static void replay(struct link *l, size_t file_bytes)
{
    struct pkt *v[BATCH];
    tarn_ns now = 1;
    int n;

    /* A record is 16 bytes at least, so there are no more packets than this. */
    for (size_t turns = 0; l->ops->deadline(l) != TARN_NEVER; turns++) {
        REQUIRE(turns <= file_bytes);
        if (l->ops->deadline(l) > now)
            now = l->ops->deadline(l);
        n = l->ops->rx(l, v, BATCH, now);
        REQUIRE(n >= 0);
        for (int i = 0; i < n; i++)
            pkt_put(l->st, v[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint8_t seed[32] = {1};
    const struct tarn_config limits = {.cpu = 0};
    void *arena =
        mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = memfd_create("capture", MFD_CLOEXEC);
    char uri[64], error[256];
    struct link_request r = {.uri = uri, .error = error, .error_bytes = sizeof error};
    struct tarn_usage held;
    struct tarn *st;
    struct link *l;

    REQUIRE(arena != MAP_FAILED && fd >= 0 && write(fd, data, n) == (ssize_t)n);
    REQUIRE(tarn_init(&st, arena, ARENA_BYTES, &limits, seed, 1) == 0);
    (void)snprintf(uri, sizeof uri, "pcap:/proc/self/fd/%d", fd);
    if (link_open_uri(&l, st, &r) == 0) {
        replay(l, n);
        link_close(l);
    }
    tarn_usage(st, &held);
    REQUIRE(held.packets == 0 && held.chunks == 0);
    (void)close(fd);
    (void)munmap(arena, ARENA_BYTES);
    return 0;
}
