/* drill/so/so_state.c - what host tools would tell of the stack, for scripts that ask them.
 *
 * A script's commands ask the kernel: which sockets listen, how many ICMP messages were refused.
 * With state=DIR the answers of the stack lie in DIR, in the form of the kernel's files or of the
 * tool: tcp and tcp6 (/proc/net/tcp), nstat (a name and a number a line). A tool in the way of the
 * real one reads them there. And a file `forget` in DIR, which is removed, has the stack forget
 * what it remembers of peers (ip tcp_metrics flush); as long as there is a file `stopped`, the link
 * takes nothing (tc qdisc ... limit 0). */
#include "drill/so/so.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tarn/trace.h"

static void path_of(const struct so *so, const char *name, char *path, size_t room)
{
    snprintf(path, room, "%s/%s", so->flags.state, name);
}

static FILE *open_file(const struct so *so, const char *name)
{
    char path[512];
    FILE *f;

    path_of(so, name, path, sizeof path);
    f = fopen(path, "we");
    if (f == NULL)
        so_die("state=%s: %s cannot be written", so->flags.state, name);
    return f;
}

/* As the kernel prints addresses: words in the machine's order, the port as a number. */
static void print_end(FILE *f, const struct tarn_addr *a, bool is6)
{
    uint32_t word[4];

    memcpy(word, a->ip.b, sizeof word);
    for (int i = is6 ? 0 : 3; i < 4; i++)
        fprintf(f, "%08X", word[i]);
    fprintf(f, ":%04X ", a->port);
}

static void print_socket(struct so *so, FILE *f, tarn_sock s, bool is6)
{
    struct tarn *st = sim_host_stack(so->host);
    struct tarn_addr local = {.port = 0}, peer = {.port = 0};
    struct tarn_tcp_info info;
    int64_t family = 0;

    if (tarn_tcp_info(st, s, &info, so->world.now) < 0 ||
        tarn_getopt(st, s, TARN_SO_FAMILY, &family) < 0 || (family == TARN_INET6) != is6 ||
        tarn_local(st, s, &local) < 0)
        return;
    (void)tarn_peer(st, s, &peer);
    fprintf(f, "   0: ");
    print_end(f, &local, is6);
    print_end(f, &peer, is6);
    fprintf(f, "%02X 00000000:00000000 00:00000000 00000000     0        0 0\n", info.state);
}

static void write_sockets(struct so *so, const char *name, bool is6)
{
    FILE *f = open_file(so, name);
    tarn_sock s;

    fprintf(f, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n");
    for (uint32_t cursor = 0; tarn_sock_next(sim_host_stack(so->host), &cursor, &s);)
        print_socket(so, f, s, is6);
    fclose(f);
}

/* Under the kernel's names, those that are not 0, as nstat prints them. */
static void write_counters(struct so *so)
{
    static const struct {
        const char *name;
        enum tarn_stat stat;
    } counters[] = {
        {"TcpActiveOpens", TARN_STAT_TCP_ACTIVE_OPENS},
        {"TcpPassiveOpens", TARN_STAT_TCP_PASSIVE_OPENS},
        {"TcpRetransSegs", TARN_STAT_TCP_RETRANS_SEGS},
        {"TcpExtOutOfWindowIcmps", TARN_STAT_TCP_ICMP_WINDOW},
        {"TcpExtTCPTimeouts", TARN_STAT_TCP_TIMEOUTS},
    };
    FILE *f = open_file(so, "nstat");

    for (unsigned i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        uint64_t n = tarn_stat(sim_host_stack(so->host), counters[i].stat);

        if (n > 0)
            fprintf(f, "%-31s %-18llu 0.0\n", counters[i].name, (unsigned long long)n);
    }
    fclose(f);
}

void so_state_write(struct so *so)
{
    if (so->flags.state == NULL)
        return;
    write_sockets(so, "tcp", false);
    write_sockets(so, "tcp6", true);
    write_counters(so);
}

static bool is_told(const struct so *so, const char *name, bool once)
{
    char path[512];

    if (so->flags.state == NULL)
        return false;
    path_of(so, name, path, sizeof path);
    return once ? unlink(path) == 0 : access(path, F_OK) == 0;
}

void so_state_obey(struct so *so)
{
    if (is_told(so, "forget", true))
        tarn_tcp_metrics_flush(sim_host_stack(so->host));
    sim_host_stop(so->host, 0, is_told(so, "stopped", false) || so_link_is_stopped(so));
}
