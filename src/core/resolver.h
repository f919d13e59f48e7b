/* core/resolver.h - the end of a record of core/resolver.c. */
#ifndef TARN_CORE_RESOLVER_H
#define TARN_CORE_RESOLVER_H

#include "core/stack.h"

/* The timer of kind TIMER_RESOLVER is due: what is over by now goes. */
void resolver_expire(struct tarn *st, tarn_ns now);

#endif
