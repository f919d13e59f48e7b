/* drivers/arg.c - reading a URI's values, writing error sentences. */
#include "drivers/arg.h"

#include "tarn/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int arg_fail(const struct link_open *how, int err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(how->error, how->error_bytes, format, args);
    va_end(args);
    return -err;
}

int arg_fail_errno(const struct link_open *how, const char *tried, const char *remedy)
{
    int err = errno;

    return arg_fail(how, err, "%s: %s%s", tried, strerror(err), remedy);
}

const char *arg_bare(const struct link_open *how, unsigned n)
{
    for (unsigned i = 0; i < how->n_args; i++)
        if (how->args[i].key[0] == '\0' && n-- == 0)
            return how->args[i].value;
    return NULL;
}

const char *arg_value(const struct link_open *how, const char *key)
{
    const char *value = NULL;

    for (unsigned i = 0; i < how->n_args; i++)
        if (strcmp(how->args[i].key, key) == 0)
            value = how->args[i].value;
    return value;
}

int arg_number(const struct link_open *how, const char *key, long min, long max, long *out)
{
    const char *value = arg_value(how, key);
    char *end;
    long n;

    if (value == NULL)
        return 0;
    errno = 0;
    n = strtol(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || n < min || n > max)
        return arg_fail(how, TARN_EINVAL, "%s=%s: not a number from %ld to %ld; give one", key,
                        value, min, max);
    *out = n;
    return 0;
}

int arg_switch(const struct link_open *how, const char *key, bool *out)
{
    const char *value = arg_value(how, key);

    if (value == NULL)
        return 0;
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
        return arg_fail(how, TARN_EINVAL, "%s=%s: neither on nor off; give one of them", key,
                        value);
    *out = strcmp(value, "on") == 0;
    return 0;
}

/* FNV-1a, 64 bits. */
static uint64_t mix(uint64_t h, const void *p, size_t n)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * 0x100000001b3u;
    return h;
}

void arg_mac(uint8_t mac[6], const char *name)
{
    uint64_t h = mix(0xcbf29ce484222325u, name, strlen(name));
    char id[64];
    int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, id, sizeof id);

    if (fd >= 0)
        close(fd);
    if (n <= 0 && gethostname(id, sizeof id) == 0)
        n = (ssize_t)strnlen(id, sizeof id);
    if (n > 0)
        h = mix(h, id, (size_t)n);
    mac[0] = 0x02;
    for (int i = 1; i < 6; i++)
        mac[i] = (uint8_t)(h >> (8 * i));
}
