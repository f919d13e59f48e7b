/* run/cpu.h - what this machine's processor can do, for tarn_config.cpu. */
#ifndef TARN_RUN_CPU_H
#define TARN_RUN_CPU_H

#include <stdint.h>

/* enum tarn_cpu bits. */
uint32_t run_cpu(void);

#endif
