/* core/param.h - the stack's parameters by number; param.def holds names, defaults and ranges. */
#ifndef TARN_CORE_PARAM_H
#define TARN_CORE_PARAM_H

#define X(id, name, def, min, max, meaning) PARAM_##id,
enum param {
#include "core/param.def"
    PARAM_N
};
#undef X

#endif
