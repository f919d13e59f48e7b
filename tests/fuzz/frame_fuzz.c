/* tests/fuzz/frame_fuzz.c - a frame with a virtio-net header that its sender made up, as it may
 * come from the other end of a unix link: whatever is done with it next, it is cut, completed,
 * copied and handed to a stack without a byte read or written outside, and every packet is given
 * back.
 *
 * The first byte chooses what is done, ten are the header, the rest is the frame. */
#include "drivers/frame.h"
#include "tarn/tarn.h"
#include "tarn/trace.h"
#include "tests/fuzz/check.h"

#include <sys/mman.h>

enum { ARENA_BYTES = 8 << 20, STACK_MAC = 2, MTU = 1500 };
enum act { ACT_SEGMENT, ACT_COMPLETE, ACT_CLONE, ACT_FORWARD, ACT_INPUT, ACT_N };

static struct tarn *stack_new(void *arena)
{
    static const uint8_t seed[32] = {1};
    const struct tarn_config limits = {.cpu = 0};
    struct tarn_port_info info = {
        .name = "tarn0",
        .mtu = MTU,
        .offload = LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_GRO_RX,
        .mac = {STACK_MAC},
    };
    const struct tarn_address address = {.port = 1, .prefix = {tarn_ip4(0x0a000002), 120}};
    struct tarn *st;

    REQUIRE(tarn_init(&st, arena, ARENA_BYTES, &limits, seed, 1) == 0);
    REQUIRE(tarn_port_add(st, &info, NULL) == 1);
    info.up = info.carrier = true;
    REQUIRE(tarn_port_set(st, 1, &info, 1, NULL) == 0);
    REQUIRE(tarn_address_add(st, &address, 1, NULL) == 0);
    return st;
}

/* The packet that a link would make of the bytes. */
static struct pkt *receive(struct link *l, const uint8_t *data, size_t n)
{
    size_t done = 0;
    struct frame f;
    struct pkt *p = frame_begin(&f, l->st, PKT_MAX_BYTES, true);

    REQUIRE(p != NULL);
    for (unsigned i = 0; i < f.n && done < n; i++) {
        size_t part = n - done < f.iov[i].iov_len ? n - done : f.iov[i].iov_len;

        memcpy(f.iov[i].iov_base, data + done, part);
        done += part;
    }
    return frame_end(&f, l, p, done);
}

/* Consumes a list of packets that a link without offload would send: all ordinary and complete. */
static void send_all(struct tarn *st, struct pkt *p)
{
    while (p != NULL) {
        struct pkt *next = pkt_at(st, p->next);
        struct frame f;

        pkt_csum_finish(st, p);
        frame_of_pkt(&f, st, p, true);
        REQUIRE(p->gso_size == 0 && f.header.gso_type == VNET_GSO_NONE);
        REQUIRE((f.header.flags & VNET_NEEDS_CSUM) == 0);
        pkt_put(st, p);
        p = next;
    }
}

/* Consumes p, which goes on as a super-packet: the header describes it as it is. */
static void forward(struct tarn *st, struct pkt *p)
{
    struct frame f;

    frame_of_pkt(&f, st, p, true);
    if (f.header.flags & VNET_NEEDS_CSUM)
        REQUIRE(f.header.csum_start + f.header.csum_offset + 2u <= pkt_len(p));
    pkt_put(st, p);
}

static void act(struct tarn *st, struct pkt *p, enum act what)
{
    struct pkt *copy;

    switch (what) {
    case ACT_SEGMENT: send_all(st, pkt_segment(st, p)); break;
    case ACT_CLONE:
        copy = pkt_clone(st, p);
        pkt_put(st, p);
        if (copy != NULL && pkt_writable(st, copy) && pkt_own(st, copy))
            send_all(st, pkt_segment(st, copy));
        else if (copy != NULL)
            pkt_put(st, copy);
        break;
    case ACT_FORWARD: forward(st, p); break;
    case ACT_INPUT: tarn_input(st, 1, p, 2); break;
    default: pkt_csum_finish(st, p); pkt_put(st, p);
    }
}

/* Answers may wait for a neighbour; going down lets go of them. */
static void port_down(struct tarn *st)
{
    struct tarn_port_info info;

    REQUIRE(tarn_port_get(st, 1, &info) == 0);
    info.up = false;
    REQUIRE(tarn_port_set(st, 1, &info, 2, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    void *arena =
        mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct link l = {.caps = {.mtu = MTU, .medium = LINK_ETHERNET}};
    struct tarn_usage held;
    struct pkt *p;

    REQUIRE(arena != MAP_FAILED);
    l.st = stack_new(arena);
    if (n > 0 && n < PKT_MAX_BYTES) {
        p = receive(&l, data + 1, n - 1);
        if (p != NULL)
            act(l.st, p, data[0] % ACT_N);
    }
    while ((p = tarn_output(l.st, 1, 2)) != NULL)
        pkt_put(l.st, p);
    port_down(l.st);
    tarn_usage(l.st, &held);
    REQUIRE(held.packets <= held.reassemblies && held.chunks <= 2 * held.reassemblies);
    (void)munmap(arena, ARENA_BYTES);
    return 0;
}
