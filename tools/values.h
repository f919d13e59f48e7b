/* tools/values.h - what stands on command lines as text: numbers, addresses, ports.
 *
 * Reading is strict: the whole text is the value, decimal is decimal (010 is refused, not octal),
 * and a refusal says what is wrong and what to give. Each returns false after option_refuse(). */
#ifndef TARN_TOOLS_VALUES_H
#define TARN_TOOLS_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "tarn/addr.h"
#include "tarn/tarn.h"
#include "tools/options.h"

/* What a number is called in a refusal, and its least and largest value. */
struct value_range {
    const char *what;
    uint64_t min, max;
};

/* A decimal number in the range. */
bool value_number(const char *text, size_t len, const struct value_range *range, uint64_t *out,
                  struct option_use *use);

/* 1 to 65535. */
bool value_port(const char *text, size_t len, uint16_t *out, struct option_use *use);

/* 192.0.2.1, or 2001:db8::1 without brackets. */
bool value_ip(const char *text, size_t len, struct tarn_ip *out, struct option_use *use);

/* 192.0.2.1/24, 2001:db8::1/64: an address of a host and the length of its network's prefix. The
 * host part is kept. */
bool value_cidr(const char *text, size_t len, struct tarn_prefix *out, struct option_use *use);

/* NAME=VALUE, a parameter of the stack and a value in its range. */
bool value_param(const char *text, struct tarn_param *out, int64_t *value, struct option_use *use);

/* The name of a congestion control that is in this build. */
bool value_cc(const char *text, const char **name, struct option_use *use);

#endif
