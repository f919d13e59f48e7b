/* drill/script/parse.h - the parts of the reader: packets in parse_packet.c, calls in parse_call.c,
 * options in parse_setting.c, what holds them together in parse.c. Each returns NULL when the scan
 * has failed. */
#ifndef TARN_DRILL_SCRIPT_PARSE_H
#define TARN_DRILL_SCRIPT_PARSE_H

#include "drill/script/scan.h"

/* Behind '<' or '>'. */
struct drill_packet *parse_packet(struct scan *s, bool inbound);

/* Behind "--": an option of the script. */
bool parse_setting(struct scan *s);

/* A call with its result. */
struct drill_call *parse_call(struct scan *s);

#endif
