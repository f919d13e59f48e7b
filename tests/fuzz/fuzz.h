/* tests/fuzz/fuzz.h - the entry of a fuzz target, as libFuzzer and replay.c call it. */
#ifndef TARN_TESTS_FUZZ_FUZZ_H
#define TARN_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Tries one input of n bytes; a defect ends the process. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#endif
