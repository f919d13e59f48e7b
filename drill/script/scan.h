/* drill/script/scan.h - reading a script's text piece by piece. The first mistake is kept in the
 * error and everything after it answers false, so that a reader may ask once at the end. */
#ifndef TARN_DRILL_SCRIPT_SCAN_H
#define TARN_DRILL_SCRIPT_SCAN_H

#include "drill/script/script.h"

struct scan {
    struct drill_script *script;
    struct drill_error *error;
    const char *at;
    unsigned line;
    bool failed;
};

/* Note a mistake, unless there is one already. Always false. */
bool scan_fail(struct scan *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Past blanks, line ends and comments. */
void scan_blanks(struct scan *s);

/* Is this next, behind blanks? scan_take() also steps over it; scan_want() fails when it is not. */
bool scan_sees(struct scan *s, const char *text);
bool scan_take(struct scan *s, const char *text);
bool scan_want(struct scan *s, const char *text);

/* As scan_take(), but a whole word: not followed by a letter, digit or underscore. */
bool scan_word(struct scan *s, const char *word);

/* A decimal or hexadecimal number, at most `max`. */
bool scan_number(struct scan *s, uint64_t max, uint64_t *out);

/* Seconds with a fraction, in nanoseconds. */
bool scan_seconds(struct scan *s, int64_t *ns);

/* Letters, digits and underscores, not beginning with a digit; NULL when there is none. */
const char *scan_name(struct scan *s);

/* Behind a quotation mark: what stands up to the next one, which is stepped over, with C's escapes
 * resolved; its length may count zero bytes. */
const char *scan_text(struct scan *s, size_t *n);

/* What stands up to `end`, which is stepped over. */
const char *scan_until(struct scan *s, const char *end);

#endif
