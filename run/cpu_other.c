/* run/cpu_other.c - processors of which the core knows no special features. */
#include "run/cpu.h"

uint32_t run_cpu(void)
{
    return 0;
}
