/* base/assert.h - checks of our own reasoning.
 *
 * In debug and test builds a failed tarn_assert() calls tarn_assert_fail(), which the embedder
 * gives and which does not return. A release checks nothing here: where going on would be harmful,
 * core counts a TARN_BUG and gives the packet or the connection up. */
#ifndef TARN_BASE_ASSERT_H
#define TARN_BASE_ASSERT_H

#include "base/target.h"
#include "tarn/err.h"

#define tarn_assert(cond_) \
    (!TARN_DEBUG || (cond_) ? (void)0 : tarn_assert_fail(__FILE__, __LINE__, #cond_))

#endif
