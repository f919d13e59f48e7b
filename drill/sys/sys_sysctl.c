/* drill/sys/sys_sysctl.c - Linux's settings as parameters of the stack. */
#include "drill/sys/sys_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct setting {
    const char *name, *param;
    int64_t scale;
    int (*set)(struct tarn *st, const struct setting *row, const char *text); /* NULL: a number */
};

static bool number(const char **text, int64_t *out)
{
    char *end;

    *out = strtoll(*text, &end, 0);
    if (end == *text)
        return false;
    while (isspace((unsigned char)*end))
        end++;
    *text = end;
    return true;
}

static int set_number(struct tarn *st, const struct setting *row, const char *text)
{
    int64_t value;

    if (!number(&text, &value) || *text != '\0')
        return -TARN_EINVAL;
    return tarn_param_set(st, row->param, value * row->scale);
}

/* A mask or a level of which only "any at all" means something here. */
static int set_switch(struct tarn *st, const struct setting *row, const char *text)
{
    int64_t value;

    if (!number(&text, &value))
        return -TARN_EINVAL;
    return tarn_param_set(st, row->param, value != 0);
}

/* tcp_early_retrans: 3 and 4 are the tail loss probe. */
static int set_tlp(struct tarn *st, const struct setting *row, const char *text)
{
    int64_t value;

    if (!number(&text, &value))
        return -TARN_EINVAL;
    return tarn_param_set(st, row->param, value >= 3);
}

/* tcp_recovery: bit 0 is RACK. */
static int set_rack(struct tarn *st, const struct setting *row, const char *text)
{
    int64_t value;

    if (!number(&text, &value))
        return -TARN_EINVAL;
    return tarn_param_set(st, row->param, value & 1);
}

/* "4096 131072 6291456": the least, the first, the most. */
static int set_three(struct tarn *st, const struct setting *row, const char *text)
{
    static const char *const ends[] = {"-min", "-default", "-max"};
    int64_t value;
    char name[64];
    int err = 0;

    for (unsigned i = 0; i < 3 && err == 0; i++) {
        if (!number(&text, &value))
            return -TARN_EINVAL;
        snprintf(name, sizeof name, "%s%s", row->param, ends[i]);
        err = tarn_param_set(st, name, value);
    }
    return err;
}

/* Of tcp_cubic's parameters: 1 by trains of ACKs, 2 by delay. */
static int set_hystart(struct tarn *st, const struct setting *row, const char *text)
{
    int64_t value;

    if (!number(&text, &value))
        return -TARN_EINVAL;
    return tarn_param_set(st, row->param, (value & 3) << 1);
}

static int set_cc(struct tarn *st, const struct setting *row, const char *text)
{
    char name[17] = {0};

    (void)row;
    memcpy(name, text, strnlen(text, 16));
    name[strcspn(name, " \n")] = '\0';
    return tarn_set_default_cc(st, name);
}

/* Four words in hexadecimal, each the lowest byte first, and behind a comma those of an older key.
 */
static int set_fastopen_key(struct tarn *st, const struct setting *row, const char *text)
{
    uint8_t key[32];
    size_t n = 0;

    (void)row;
    for (char *end; n < sizeof key; text = end + 1) {
        unsigned long word = strtoul(text, &end, 16);

        if (end == text || word > UINT32_MAX)
            return -TARN_EINVAL;
        for (unsigned i = 0; i < 4; i++)
            key[n++] = (uint8_t)(word >> 8 * i);
        if (*end != '-' && *end != ',')
            break;
    }
    return tarn_set_fastopen_key(st, (tarn_sock){0, 0}, key, n);
}

/* What would need a second network device or a driver of the kernel's. */
static int set_nothing(struct tarn *st, const struct setting *row, const char *text)
{
    (void)st;
    (void)row;
    (void)text;
    return 0;
}

#define NUMBER(name, param)         \
    {                               \
        "net." name, param, 1, NULL \
    }
#define SPECIAL(name, param, set)  \
    {                              \
        "net." name, param, 1, set \
    }

static const struct setting settings[] = {
    NUMBER("ipv4.ip_default_ttl", "ip.ttl"),
    NUMBER("ipv4.tcp_timestamps", "tcp.timestamps"),
    NUMBER("ipv4.tcp_window_scaling", "tcp.window-scaling"),
    NUMBER("ipv4.tcp_sack", "tcp.sack"),
    NUMBER("ipv4.tcp_dsack", "tcp.dsack"),
    NUMBER("ipv4.tcp_syn_retries", "tcp.syn-retries"),
    NUMBER("ipv4.tcp_synack_retries", "tcp.synack-retries"),
    NUMBER("ipv4.tcp_retries2", "tcp.retries"),
    NUMBER("ipv4.tcp_orphan_retries", "tcp.orphan-retries"),
    NUMBER("ipv4.tcp_keepalive_time", "tcp.keepalive-time-s"),
    NUMBER("ipv4.tcp_keepalive_intvl", "tcp.keepalive-interval-s"),
    NUMBER("ipv4.tcp_keepalive_probes", "tcp.keepalive-probes"),
    {"net.ipv4.tcp_fin_timeout", "tcp.fin-timeout-ms", 1000, NULL},
    NUMBER("ipv4.tcp_reordering", "tcp.reordering"),
    NUMBER("ipv4.tcp_slow_start_after_idle", "tcp.slow-start-after-idle"),
    NUMBER("ipv4.tcp_rfc1337", "tcp.rfc1337"),
    NUMBER("ipv4.tcp_max_tw_buckets", "tcp.time-wait-max"),
    NUMBER("ipv4.tcp_max_syn_backlog", "tcp.syn-backlog"),
    NUMBER("core.somaxconn", "tcp.somaxconn"),
    NUMBER("ipv4.tcp_ecn", "tcp.ecn"),
    NUMBER("ipv4.tcp_pacing_ss_ratio", "tcp.pacing-ss-ratio"),
    NUMBER("ipv4.tcp_pacing_ca_ratio", "tcp.pacing-ca-ratio"),
    NUMBER("ipv4.tcp_ecn_fallback", "tcp.ecn-fallback"),
    NUMBER("ipv4.tcp_ecn_option", "tcp.ecn-option"),
    NUMBER("ipv4.tcp_ecn_option_beacon", "tcp.ecn-option-beacon"),
    NUMBER("ipv4.tcp_fastopen", "tcp.fastopen"),
    NUMBER("ipv4.tcp_fastopen_blackhole_timeout_sec", "tcp.fastopen-blackhole-s"),
    NUMBER("ipv4.tcp_syncookies", "tcp.syncookies"),
    NUMBER("ipv4.tcp_mtu_probing", "tcp.mtu-probing"),
    NUMBER("ipv4.tcp_base_mss", "tcp.base-mss"),
    NUMBER("ipv4.tcp_rto_max_ms", "tcp.rto-max-ms"),
    NUMBER("ipv4.tcp_notsent_lowat", "tcp.notsent-lowat"),
    NUMBER("ipv4.tcp_shrink_window", "tcp.shrink-window"),
    NUMBER("ipv4.tcp_invalid_ratelimit", "tcp.invalid-ratelimit-ms"),
    NUMBER("ipv4.tcp_challenge_ack_limit", "tcp.challenge-ack-limit"),
    NUMBER("ipv4.tcp_min_snd_mss", "tcp.mss-min"),
    NUMBER("ipv4.tcp_min_tso_segs", "tcp.min-tso-segs"),
    SPECIAL("ipv4.tcp_rmem", "tcp.rmem", set_three),
    SPECIAL("ipv4.tcp_wmem", "tcp.wmem", set_three),
    SPECIAL("ipv4.tcp_congestion_control", NULL, set_cc),
    SPECIAL("ipv4.tcp_fastopen_key", NULL, set_fastopen_key),
    SPECIAL("ipv4.tcp_early_retrans", "tcp.tlp", set_tlp),
    SPECIAL("ipv4.tcp_recovery", "tcp.rack", set_rack),
    SPECIAL("ipv4.tcp_frto", "tcp.frto", set_switch),
    SPECIAL("ipv4.tcp_moderate_rcvbuf", "tcp.rcvbuf-tuning", set_switch),
    {"/sys/module/tcp_cubic/parameters/hystart_detect", "tcp.hystart", 1, set_hystart},
    SPECIAL("ipv4.tcp_tso_win_divisor", NULL, set_nothing),
    SPECIAL("ipv4.tcp_fack", NULL, set_nothing),
};

enum { N_SETTINGS = sizeof settings / sizeof settings[0] };

static const struct setting *find(const char *name)
{
    for (unsigned i = 0; i < N_SETTINGS; i++)
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    return NULL;
}

int sys_sysctl(struct tarn *st, const char *name, const char *text)
{
    const struct setting *row = find(name);

    if (row == NULL)
        return -TARN_ENOENT;
    return row->set != NULL ? row->set(st, row, text) : set_number(st, row, text);
}

const char *sys_sysctl_next(unsigned *cursor)
{
    return *cursor < N_SETTINGS ? settings[(*cursor)++].name : NULL;
}
