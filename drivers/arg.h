/* drivers/arg.h - what drivers need to read the keys of their URI and to say what is wrong. */
#ifndef TARN_DRIVERS_ARG_H
#define TARN_DRIVERS_ARG_H

#include "tarn/link.h"

/* Write the error sentence; returns -err, for `return arg_fail(how, TARN_EINVAL, ...)`. */
int arg_fail(const struct link_open *how, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As arg_fail() for a refused system call: appends errno's text and `remedy` ("; what to do", or
 * ""), returns -errno. */
int arg_fail_errno(const struct link_open *how, const char *tried, const char *remedy);

/* The nth bare value, or NULL. */
const char *arg_bare(const struct link_open *how, unsigned n);

/* The value of the last `key`, or NULL. */
const char *arg_value(const struct link_open *how, const char *key);

/* A whole number from min to max; *out is left alone when the key is absent. 0 or -TARN_EINVAL. */
int arg_number(const struct link_open *how, const char *key, long min, long max, long *out);

/* "on" or "off"; *out is left alone when the key is absent. 0 or -TARN_EINVAL. */
int arg_switch(const struct link_open *how, const char *key, bool *out);

/* A stable, locally administered address for the link called `name` on this machine: peers keep
 * what they know of us over a restart. */
void arg_mac(uint8_t mac[6], const char *name);

#endif
