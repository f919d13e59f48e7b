/* wire/err.h - what a parser says: 0, or the row of tarn/drop.def that names what is wrong.
 *
 * WIRE_x has the value of DROP_x, so a codec's verdict is the reason with which the packet is
 * dropped. The rows that codecs give come after row 0, which is none of theirs. */
#ifndef TARN_WIRE_ERR_H
#define TARN_WIRE_ERR_H

#define X(id, name, severity, meaning) WIRE_##id,
enum wire_err {
#include "tarn/drop.def"
    WIRE_N,
    WIRE_OK = 0
};
#undef X

#endif
