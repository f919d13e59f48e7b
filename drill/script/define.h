/* drill/script/define.h - words of a script that stand for others. */
#ifndef TARN_DRILL_SCRIPT_DEFINE_H
#define TARN_DRILL_SCRIPT_DEFINE_H

#include "drill/script/script.h"

enum { DEFINES_MAX = 32 };

/* The text as it is to be read over this version; lives as long as the script. */
char *define_replace(struct drill_script *script, const char *text, enum drill_version version);

#endif
