/* drivers/impair_spec.c - reads the text of an impairment. A table says what each key takes. */
#include "drivers/impair_law.h"

#include <stdio.h>
#include <string.h>

#include "drivers/nearest.h"
#include "tarn/err.h"

struct unit {
    const char *name;
    uint64_t scale; /* what one of it is; a fraction is cut below one part of this */
};

static const struct unit time_units[] = {
    {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {NULL, 0}};
static const struct unit rate_units[] = {
    {"bit", 1}, {"Kbit", 1000}, {"Mbit", 1000000}, {"Gbit", 1000000000}, {NULL, 0}};
static const struct unit chance_units[] = {{"%", 10000000}, {NULL, 0}}; /* parts in 10^9 */
static const struct unit count_units[] = {{"", 1}, {NULL, 0}};

#define CHANCE_SCALE UINT64_C(1000000000)

struct key {
    const char *name;
    const struct unit *units;
    uint64_t min, max;
    size_t offset; /* in struct impair_terms */
    const char *takes;
};

#define TERM(member_) offsetof(struct impair_terms, member_)

static const struct key keys[] = {
    {"delay", time_units, 0, UINT64_C(3600000000000), TERM(delay_ns),
     "a time up to an hour, as in 20ms"},
    {"jitter", time_units, 0, UINT64_C(3600000000000), TERM(jitter_ns),
     "a time up to an hour, as in 500us"},
    {"rate", rate_units, 1, UINT64_C(1000000000000), TERM(rate_bps),
     "a rate up to 1000Gbit, as in 10Mbit"},
    {"loss", chance_units, 0, CHANCE_SCALE, TERM(loss), "0% to 100%"},
    {"corrupt", chance_units, 0, CHANCE_SCALE, TERM(corrupt), "0% to 100%"},
    {"duplicate", chance_units, 0, CHANCE_SCALE, TERM(duplicate), "0% to 100%"},
    {"reorder", chance_units, 0, CHANCE_SCALE, TERM(reorder), "0% to 100%"},
    {"queue", count_units, 1, IMPAIR_QUEUE_MAX, TERM(queue), "1 to 16384 packets"},
    {"seed", count_units, 0, UINT64_MAX, 0, "0 to 18446744073709551615"},
};

enum { N_KEYS = sizeof keys / sizeof keys[0] };

/* A piece of the text: not terminated. */
struct span {
    const char *at;
    size_t len;
};

static bool span_is(struct span s, const char *text)
{
    return strlen(text) == s.len && memcmp(s.at, text, s.len) == 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One decimal place of value: value * 10 + digit, unless it grows beyond 64 bits. */
static bool take_digit(uint64_t *value, char c)
{
    uint64_t digit = (uint64_t)(c - '0');

    if (*value > (UINT64_MAX - digit) / 10)
        return false;
    *value = *value * 10 + digit;
    return true;
}

/* The digits behind the point, as parts of `scale`. */
static uint64_t fraction(struct span s, uint64_t scale)
{
    uint64_t value = 0;

    for (size_t i = 0; i < s.len && scale >= 10; i++) {
        scale /= 10;
        value += scale * (uint64_t)(s.at[i] - '0');
    }
    return value;
}

/* Number and unit, "1.5ms", as a multiple of the smallest unit. */
static bool value_read(struct span s, const struct unit *units, uint64_t *out)
{
    struct span behind = {s.at, 0}, unit;
    uint64_t whole = 0, part;
    size_t i = 0;

    for (; i < s.len && is_digit(s.at[i]); i++)
        if (!take_digit(&whole, s.at[i]))
            return false;
    if (i == 0)
        return false;
    if (i + 1 < s.len && s.at[i] == '.' && is_digit(s.at[i + 1])) {
        behind.at = s.at + ++i;
        while (i < s.len && is_digit(s.at[i]))
            i++;
        behind.len = (size_t)(s.at + i - behind.at);
    }
    unit = (struct span){s.at + i, s.len - i};
    while (units->name != NULL && !span_is(unit, units->name))
        units++;
    if (units->name == NULL || (behind.len > 0 && units->scale < 10))
        return false;
    part = fraction(behind, units->scale);
    if (whole > (UINT64_MAX - part) / units->scale)
        return false;
    *out = whole * units->scale + part;
    return true;
}

static const struct key *key_find(struct span name)
{
    for (unsigned i = 0; i < N_KEYS; i++)
        if (span_is(name, keys[i].name))
            return &keys[i];
    return NULL;
}

static void term_set(struct impair_terms *terms, const struct key *key, uint64_t value)
{
    uint8_t *at = (uint8_t *)terms + key->offset;
    uint32_t narrow = (uint32_t)value;

    if (key->units == chance_units) /* 10^9 parts to 2^32: fits, as value is at most 10^9 */
        value = (value << 32) / CHANCE_SCALE;
    if (key->units == count_units)
        memcpy(at, &narrow, sizeof narrow);
    else
        memcpy(at, &value, sizeof value);
}

/* Where a reader of the text is, and which directions it speaks of. */
struct reader {
    struct impair_spec *spec;
    unsigned first, last; /* enum impair_direction */
    char *error;
    size_t error_bytes;
};

static int key_unknown(struct reader *r, struct span name)
{
    char typed[32], hint[80];
    struct nearest near = {.typed = typed};

    snprintf(typed, sizeof typed, "%.*s", (int)name.len, name.at);
    if (strchr(typed, ':') != NULL) {
        snprintf(r->error, r->error_bytes,
                 "impairment %s: no such direction; write rx: or tx:", typed);
        return -TARN_EINVAL;
    }
    for (unsigned i = 0; i < N_KEYS; i++)
        nearest_try(&near, keys[i].name, strlen(keys[i].name));
    snprintf(r->error, r->error_bytes, "impairment %s: no such key%s", typed,
             near.name != NULL ? nearest_hint(&near, "", hint, sizeof hint)
                               : "; delay, jitter, rate, loss, corrupt, duplicate, reorder, queue "
                                 "and seed are known");
    return -TARN_EINVAL;
}

static int pair_read(struct reader *r, struct span name, struct span text)
{
    const struct key *key = key_find(name);
    uint64_t value;

    if (key == NULL)
        return key_unknown(r, name);
    if (!value_read(text, key->units, &value) || value < key->min || value > key->max) {
        snprintf(r->error, r->error_bytes, "impairment %s=%.*s: not possible; give %s", key->name,
                 (int)text.len, text.at, key->takes);
        return -TARN_EINVAL;
    }
    if (strcmp(key->name, "seed") == 0) {
        r->spec->seed = value;
        r->spec->seeded = true;
        return 0;
    }
    for (unsigned d = r->first; d <= r->last; d++)
        term_set(&r->spec->terms[d], key, value);
    return 0;
}

/* "rx:" and "tx:" choose a direction from here on. */
static void direction_read(struct reader *r, struct span *item)
{
    if (item->len < 3 || item->at[2] != ':' || item->at[1] != 'x')
        return;
    if (item->at[0] == 'r')
        r->first = r->last = IMPAIR_RX;
    else if (item->at[0] == 't')
        r->first = r->last = IMPAIR_TX;
    else
        return;
    item->at += 3;
    item->len -= 3;
}

static int item_read(struct reader *r, struct span item)
{
    const char *equals;
    struct span name, value;

    direction_read(r, &item);
    equals = memchr(item.at, '=', item.len);
    if (equals == NULL) {
        snprintf(r->error, r->error_bytes, "impairment '%.*s': no value; write key=value",
                 (int)item.len, item.at);
        return -TARN_EINVAL;
    }
    name = (struct span){item.at, (size_t)(equals - item.at)};
    value = (struct span){equals + 1, item.len - name.len - 1};
    return pair_read(r, name, value);
}

int impair_parse(const char *text, struct impair_spec *out, char *error, size_t error_bytes)
{
    struct reader r = {out, IMPAIR_RX, IMPAIR_TX, error, error_bytes};

    memset(out, 0, sizeof *out);
    for (;;) {
        size_t len = strcspn(text, ",");
        int refused = item_read(&r, (struct span){text, len});

        if (refused < 0)
            return refused;
        if (text[len] == '\0')
            return 0;
        text += len + 1;
    }
}
