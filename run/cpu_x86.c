/* run/cpu_x86.c - asks an x86 processor. */
#include "run/cpu.h"

#include "tarn/tarn.h"

uint32_t run_cpu(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") ? TARN_CPU_AVX2 : 0;
}
