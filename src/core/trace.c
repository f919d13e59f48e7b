/* core/trace.c - reading what the stack counts, by the rows of drop.def and stat.def. */
#include "core/stack.h"

#define X(id, name, severity, meaning) name,
static const char *const drop_names[] = {
#include "tarn/drop.def"
};
#undef X

#define X(id, name, severity, meaning) meaning,
static const char *const drop_meanings[] = {
#include "tarn/drop.def"
};
#undef X

#define X(id, name, meaning) name,
static const char *const stat_names[] = {
#include "tarn/stat.def"
};
#undef X

uint64_t tarn_drop_count(const struct tarn *st, enum tarn_drop why)
{
    return why < DROP_N ? st->drop[why] : 0;
}

const char *tarn_drop_name(enum tarn_drop why)
{
    return why < DROP_N ? drop_names[why] : "?";
}

const char *tarn_drop_meaning(enum tarn_drop why)
{
    return why < DROP_N ? drop_meanings[why] : "?";
}

bool tarn_drop_next(const struct tarn *st, uint64_t *cursor, struct tarn_drop_record *out)
{
    uint64_t oldest = st->n_drops > DROP_RING ? st->n_drops - DROP_RING : 0;

    if (*cursor < oldest)
        *cursor = oldest;
    if (*cursor >= st->n_drops)
        return false;
    *out = st->drop_ring[(*cursor)++ % DROP_RING];
    return true;
}

uint64_t tarn_stat(const struct tarn *st, enum tarn_stat which)
{
    return which < TARN_STAT_N ? st->stat[which] : 0;
}

const char *tarn_stat_name(enum tarn_stat which)
{
    return which < TARN_STAT_N ? stat_names[which] : "?";
}

void tarn_usage(const struct tarn *st, struct tarn_usage *out)
{
    *out = st->held;
    out->packets = st->pkt_pool.n_used;
    out->timers = st->wheel.n_armed;
    out->arena_bytes = st->arena.used_bytes;
}
