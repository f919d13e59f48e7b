/* core/param.c - stack parameters by name: the rows of param.def. */
#include "base/array.h"
#include "core/stack.h"

#define X(id, name, def, min, max, meaning) {name, def, min, max},
static const struct tarn_param rows[] = {
#include "core/param.def"
};
#undef X

void param_defaults(struct tarn *st)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        st->param[i] = rows[i].def;
}

static bool same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* The row's number, or -TARN_ENOENT. */
static int find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (same(rows[i].name, name))
            return (int)i;
    return -TARN_ENOENT;
}

int tarn_param_set(struct tarn *st, const char *name, int64_t value)
{
    int i = find(name);

    if (i < 0)
        return i;
    if (value < rows[i].min || value > rows[i].max)
        return -TARN_EINVAL;
    st->param[i] = value;
    return 0;
}

int tarn_param_get(const struct tarn *st, const char *name, int64_t *value)
{
    int i = find(name);

    if (i < 0)
        return i;
    *value = st->param[i];
    return 0;
}

bool tarn_param_row(unsigned i, struct tarn_param *out)
{
    if (i >= ARRAY_LEN(rows))
        return false;
    *out = rows[i];
    return true;
}
