/* drill/settings.c - commands of a script: settings of the stack, under Linux's sysctl names or its
 * own. Nothing is given to a shell; what is not a setting is unsupported. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "drill/run.h"

static const struct {
    const char *sysctl, *param;
    int64_t scale;
} settings[] = {
    {"net.ipv4.ip_default_ttl", "ip.ttl", 1},
    {"net.ipv4.tcp_timestamps", "tcp.timestamps", 1},
    {"net.ipv4.tcp_window_scaling", "tcp.window-scaling", 1},
    {"net.ipv4.tcp_sack", "tcp.sack", 1},
    {"net.ipv4.tcp_dsack", "tcp.dsack", 1},
    {"net.ipv4.tcp_syn_retries", "tcp.syn-retries", 1},
    {"net.ipv4.tcp_synack_retries", "tcp.synack-retries", 1},
    {"net.ipv4.tcp_retries2", "tcp.retries", 1},
    {"net.ipv4.tcp_orphan_retries", "tcp.orphan-retries", 1},
    {"net.ipv4.tcp_keepalive_time", "tcp.keepalive-time-s", 1},
    {"net.ipv4.tcp_keepalive_intvl", "tcp.keepalive-interval-s", 1},
    {"net.ipv4.tcp_keepalive_probes", "tcp.keepalive-probes", 1},
    {"net.ipv4.tcp_fin_timeout", "tcp.fin-timeout-ms", 1000},
    {"net.ipv4.tcp_ecn", "tcp.ecn", 1},
    {"net.ipv4.tcp_ecn_option", "tcp.ecn-option", 1},
    {"net.ipv4.tcp_ecn_option_beacon", "tcp.ecn-option-beacon", 1},
    {"net.ipv4.tcp_ecn_fallback", "tcp.ecn-fallback", 1},
    {"net.ipv4.tcp_reordering", "tcp.reordering", 1},
    {"net.ipv4.tcp_slow_start_after_idle", "tcp.slow-start-after-idle", 1},
    {"net.ipv4.tcp_fastopen", "tcp.fastopen", 1},
    {"net.ipv4.tcp_syncookies", "tcp.syncookies", 1},
    {"net.ipv4.tcp_rfc1337", "tcp.rfc1337", 1},
    {"net.ipv4.tcp_max_tw_buckets", "tcp.time-wait-max", 1},
    {"net.ipv4.tcp_max_syn_backlog", "tcp.syn-backlog", 1},
    {"net.core.somaxconn", "tcp.somaxconn", 1},
};

const char *drill_force(struct drill_options *options, const char *text)
{
    const char *equals = strchr(text, '=');
    struct drill_set *set = &options->set[options->n_sets];
    char *end;

    if (equals == NULL || (size_t)(equals - text) >= sizeof set->name)
        return "not NAME=VALUE";
    if (options->n_sets == DRILL_SETS)
        return "too many";
    memset(set, 0, sizeof *set);
    memcpy(set->name, text, (size_t)(equals - text));
    set->value = strtoll(equals + 1, &end, 0);
    if (end == equals + 1 || *end != '\0')
        return "no number behind '='";
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

static bool is_forced(const struct drill_run *r, const char *param)
{
    for (unsigned i = 0; i < r->options.n_sets; i++)
        if (strcmp(r->options.set[i].name, param) == 0)
            return true;
    return false;
}

/* Linux's net.ipv4.tcp_fastopen_key: four words in hexadecimal, each the lowest byte first, and
 * behind a comma those of an older key. */
static bool fastopen_key(struct drill_run *r, const char *text)
{
    uint8_t key[32];
    size_t n = 0;

    for (char *end; n < sizeof key; text = end + 1) {
        unsigned long word = strtoul(text, &end, 16);

        if (end == text || word > UINT32_MAX)
            return run_fail(r, "unsupported: a key '%s'", text);
        for (unsigned i = 0; i < 4; i++)
            key[n++] = (uint8_t)(word >> 8 * i);
        if (*end == '\0')
            break;
    }
    if (tarn_set_fastopen_key(run_stack(r), (tarn_sock){0, 0}, key, n) < 0)
        return run_fail(r, "unsupported: a key of %zu bytes", n);
    return true;
}

static bool setting_set(struct drill_run *r, const char *name, const char *text)
{
    int64_t value, scale = 1;
    char *end;

    if (strcmp(name, "net.ipv4.tcp_fastopen_key") == 0)
        return fastopen_key(r, text);
    value = strtoll(text, &end, 0);
    if (end == text || *end != '\0')
        return run_fail(r, "unsupported: %s=%s", name, text);
    for (unsigned i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (strcmp(settings[i].sysctl, name) == 0) {
            name = settings[i].param;
            scale = settings[i].scale;
            break;
        }
    if (!is_forced(r, name) && tarn_param_set(run_stack(r), name, value * scale) < 0)
        return run_fail(r, "unsupported: setting %s=%s", name, text);
    return true;
}

static bool word_run(struct drill_run *r, char *word)
{
    char *equals = strchr(word, '=');

    if (strcmp(word, "sysctl") == 0 || word[0] == '-')
        return true;
    if (equals == NULL)
        return run_fail(r, "unsupported: command '%s'", word);
    *equals = '\0';
    return setting_set(r, word, equals + 1);
}

bool settings_run(struct drill_run *r, const char *text)
{
    char word[256];
    size_t n;

    for (; !r->failed; text += n) {
        while (isspace((unsigned char)*text) || *text == ';')
            text++;
        n = strcspn(text, " \t\r\n;");
        if (n == 0)
            return true;
        if (n >= sizeof word)
            return run_fail(r, "unsupported: a word of %zu characters", n);
        memcpy(word, text, n);
        word[n] = '\0';
        word_run(r, word);
    }
    return false;
}
