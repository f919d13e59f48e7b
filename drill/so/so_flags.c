/* drill/so/so_flags.c - the text of --so_flags. */
#include "drill/so/so.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/nearest.h"

#define KEYS "local remote gw mtu seed clock sysctl pcap state"

static void address(const char *key, const char *text, struct tarn_ip *out)
{
    struct in_addr four;

    if (inet_pton(AF_INET, text, &four) == 1)
        *out = tarn_ip4(ntohl(four.s_addr));
    else if (inet_pton(AF_INET6, text, out->b) != 1)
        so_die("%s=%s: not an address", key, text);
}

static uint64_t natural(const char *key, const char *text, uint64_t most)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);

    if (end == text || *end != '\0' || n > most)
        so_die("%s=%s: not a number up to %llu", key, text, (unsigned long long)most);
    return n;
}

/* ADDR/LEN; a length that is not there is that of the whole address. */
static void network(const char *key, char *text, struct tarn_prefix *out)
{
    char *slash = strchr(text, '/');
    bool is4;

    if (slash != NULL)
        *slash = '\0';
    address(key, text, &out->ip);
    is4 = tarn_ip_is4(&out->ip);
    out->len = 128;
    if (slash != NULL)
        out->len = (uint8_t)(natural(key, slash + 1, is4 ? 32 : 128) + (is4 ? 96 : 0));
}

static bool choice(const char *key, const char *text, const char *no, const char *yes)
{
    if (strcmp(text, yes) != 0 && strcmp(text, no) != 0)
        so_die("%s=%s: neither %s nor %s", key, text, no, yes);
    return strcmp(text, yes) == 0;
}

static void unknown(const char *key)
{
    struct nearest n = {.typed = key};
    char hint[64];

    nearest_try_list(&n, KEYS);
    so_die("unknown key '%s'%s", key, nearest_hint(&n, "", hint, sizeof hint));
}

static void read_one(struct so_flags *f, char *key)
{
    struct tarn_prefix peers;
    char *value = strchr(key, '=');

    if (value != NULL)
        *value++ = '\0';
    else
        value = key + strlen(key);
    if (strcmp(key, "local") == 0)
        network(key, value, &f->local);
    else if (strcmp(key, "remote") == 0)
        network(key, value, &peers); /* everything that is not local is there */
    else if (strcmp(key, "gw") == 0)
        address(key, value, &f->gateway);
    else if (strcmp(key, "mtu") == 0)
        f->mtu = (uint32_t)natural(key, value, 65535);
    else if (strcmp(key, "seed") == 0)
        f->seed = natural(key, value, UINT64_MAX);
    else if (strcmp(key, "clock") == 0)
        f->is_real = choice(key, value, "virtual", "real");
    else if (strcmp(key, "sysctl") == 0)
        f->reads_sysctls = choice(key, value, "none", "procfs");
    else if (strcmp(key, "pcap") == 0)
        f->pcap = value;
    else if (strcmp(key, "state") == 0)
        f->state = value;
    else
        unknown(key);
}

void so_flags_read(struct so_flags *f, const char *text)
{
    char *rest = f->text, *one;

    *f = (struct so_flags){.local = {tarn_ip4(0xc0a80001), 96 + 16}, .mtu = 1500, .seed = 1};
    if (text == NULL)
        return;
    if (strlen(text) >= sizeof f->text)
        so_die("flags of more than %zu characters", sizeof f->text - 1);
    strcpy(f->text, text);
    while ((one = strsep(&rest, ",")) != NULL)
        if (*one != '\0')
            read_one(f, one);
}
