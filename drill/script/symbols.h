/* drill/script/symbols.h - the names that scripts use, and the numbers Linux gives them. */
#ifndef TARN_DRILL_SCRIPT_SYMBOLS_H
#define TARN_DRILL_SCRIPT_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

/* The number of SOCK_STREAM, SO_RCVBUF, ECONNRESET, TCP_ESTABLISHED ...; false when not known. */
bool symbol_find(const char *name, int64_t *value);

/* "ECONNRESET" for 104, or NULL. */
const char *symbol_errno(int error);

#endif
