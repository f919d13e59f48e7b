/* drill/settings.c - settings of the stack, under Linux's sysctl names or its own; those that are
 * forced from outside win over the script's. */
#include <stdlib.h>
#include <string.h>

#include "drill/command.h"

const char *drill_force(struct drill_options *options, const char *text)
{
    _Alignas(64) static const uint8_t seed[32];
    const char *equals = strchr(text, '=');
    struct drill_set *set = &options->set[options->n_sets];
    void *arena = aligned_alloc(64, TARN_ARENA_MIN);
    struct tarn *st;
    char *end;
    int err;

    if (arena == NULL)
        abort();
    if (options->n_sets == DRILL_SETS) {
        free(arena);
        return "more parameters than can be forced";
    }
    memset(arena, 0, TARN_ARENA_MIN);
    if (equals == NULL || (size_t)(equals - text) >= sizeof set->name) {
        free(arena);
        return "not NAME=VALUE";
    }
    memset(set, 0, sizeof *set);
    memcpy(set->name, text, (size_t)(equals - text));
    set->value = strtoll(equals + 1, &end, 0);
    err = tarn_init(&st, arena, TARN_ARENA_MIN, NULL, seed, 0);
    if (err == 0)
        err = tarn_param_set(st, set->name, set->value);
    free(arena);
    if (end == equals + 1 || *end != '\0')
        return "no number behind '='";
    if (err < 0)
        return err == -TARN_ENOENT ? "the stack has no such parameter" : "out of range";
    options->n_sets++;
    return NULL;
}

bool settings_force(struct drill_run *r)
{
    for (unsigned i = 0; i < r->options.n_sets; i++) {
        const struct drill_set *set = &r->options.set[i];

        if (tarn_param_set(run_stack(r), set->name, set->value) < 0)
            return run_fail(r, "the stack takes no %s=%lld", set->name, (long long)set->value);
    }
    return true;
}

/* One of the stack's own names. */
static int set_own(struct drill_run *r, const char *name, const char *text)
{
    char *end;
    int64_t value = strtoll(text, &end, 0);

    if (end == text || *end != '\0')
        return -TARN_EINVAL;
    return tarn_param_set(run_stack(r), name, value);
}

bool settings_set(struct drill_run *r, const char *name, const char *text)
{
    int err = sys_sysctl(run_stack(r), name, text);

    if (err == -TARN_ENOENT)
        err = set_own(r, name, text);
    if (err < 0)
        return run_fail(r, "unsupported: setting %s=%s", name, text);
    return settings_force(r);
}

/* What the file that nearly every script of packetdrill's suites begins with sets. */
void settings_defaults(struct drill_run *r)
{
    static const struct {
        const char *name, *value;
    } defaults[] = {
        {"net.ipv4.tcp_rmem", "4096 540000 15728640"},
        {"net.ipv4.tcp_wmem", "4096 262144 4194304"},
        {"net.ipv4.tcp_timestamps", "1"},
        {"net.ipv4.tcp_syn_retries", "5"},
        {"net.ipv4.tcp_synack_retries", "5"},
        {"net.ipv4.tcp_frto", "2"},
        {"net.ipv4.tcp_sack", "1"},
        {"net.ipv4.tcp_dsack", "1"},
        {"net.ipv4.tcp_reordering", "3"},
        {"net.ipv4.tcp_congestion_control", "cubic"},
        {"net.ipv4.tcp_slow_start_after_idle", "0"},
        {"net.ipv4.tcp_early_retrans", "4"},
        {"net.ipv4.tcp_recovery", "1"},
        {"net.ipv4.tcp_ecn", "0"},
        {"net.ipv4.tcp_ecn_option", "2"},
        {"net.ipv4.tcp_notsent_lowat", "4294967295"},
        {"net.ipv4.tcp_fastopen", "0x70403"},
        {"net.ipv4.tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"},
        {"net.ipv4.tcp_syncookies", "1"},
    };

    for (unsigned i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        (void)sys_sysctl(run_stack(r), defaults[i].name, defaults[i].value);
    settings_force(r);
}
