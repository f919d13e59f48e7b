/* icmp/icmp_error.h - the rate limit of errors we send; private to src/icmp. */
#ifndef TARN_ICMP_ICMP_ERROR_H
#define TARN_ICMP_ICMP_ERROR_H

#include "sock/proto.h"

/* For tarn_init(). */
bool icmp_error_init(struct tarn *st);

#endif
