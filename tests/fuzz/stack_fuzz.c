/* tests/fuzz/stack_fuzz.c - the input is a history of a whole stack: what the wire brings, what the
 * application asks, how time passes, when the arena is moved. Whatever it is, what the stack sends
 * is well-formed, nothing is due once it has been done, and in the end nothing is left. */
#include "tests/fuzz/stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct fuzz f;

    fuzz_open(&f, data, n);
    while (cur_left(&f.in) > 0) {
        uint8_t step = cur_u8(&f.in);

        if (step < 112)
            fuzz_peer(&f);
        else if (step < 208)
            fuzz_app(&f);
        else if (step < 240)
            fuzz_wait(&f, (tarn_ns)cur_u8(&f.in) << cur_u8(&f.in) % 34);
        else
            fuzz_move(&f);
        tarn_tick(f.rig.st, f.rig.now);
        if ((step & 1) == 0)
            fuzz_drain(&f);
    }
    fuzz_close(&f);
    return 0;
}
