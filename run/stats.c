/* run/stats.c - keeps what connections' TCP_INFO said last. */
#include "run/stats_table.h"

#include <arpa/inet.h>
#include <stdlib.h>

struct run_stats *run_stats_new(void)
{
    return calloc(1, sizeof(struct run_stats));
}

void run_stats_free(struct run_stats *rs)
{
    free(rs);
}

/* The connection of this handle, made when it is new; NULL when there is no room. */
static struct stats_connection *find(struct run_stats *rs, tarn_sock s)
{
    uint32_t at = (s.slot * 2654435761u ^ s.gen * 40503u) % STATS_SLOTS;

    for (; rs->slot[at] != 0; at = (at + 1) % STATS_SLOTS) {
        struct stats_connection *c = &rs->kept[rs->slot[at] - 1];

        if (c->sock.slot == s.slot && c->sock.gen == s.gen)
            return c;
    }
    if (rs->n_kept == STATS_KEPT)
        return NULL;
    rs->slot[at] = (uint16_t)++rs->n_kept;
    rs->kept[rs->n_kept - 1].sock = s;
    return &rs->kept[rs->n_kept - 1];
}

void run_stats_note(struct run_stats *rs, const struct tarn *st, tarn_sock s, tarn_ns now)
{
    struct stats_connection *c;
    struct tarn_tcp_info info;
    struct tarn_addr peer;

    if (tarn_tcp_info(st, s, &info, now) < 0 || info.state == TARN_TCP_LISTEN)
        return;
    if (tarn_peer(st, s, &peer) < 0 && info.bytes_acked + info.bytes_received == 0)
        return;
    c = find(rs, s);
    if (c == NULL) {
        rs->more = true;
        return;
    }
    c->info = info;
    if (tarn_peer(st, s, &peer) == 0) {
        c->peer = peer;
        tarn_local(st, s, &c->local);
    }
}

void run_stats_note_all(struct run_stats *rs, const struct tarn *st, tarn_ns now)
{
    tarn_sock sock;
    uint32_t cursor = 0;

    while (tarn_sock_next(st, &cursor, &sock))
        run_stats_note(rs, st, sock, now);
}

void stats_addr(char text[STATS_ADDR_BYTES], const struct tarn_addr *a)
{
    char ip[INET6_ADDRSTRLEN] = "?";

    if (tarn_ip_is4(&a->ip)) {
        inet_ntop(AF_INET, a->ip.b + 12, ip, sizeof ip);
        snprintf(text, STATS_ADDR_BYTES, "%s:%u", ip, a->port);
    } else {
        inet_ntop(AF_INET6, a->ip.b, ip, sizeof ip);
        snprintf(text, STATS_ADDR_BYTES, "[%s]:%u", ip, a->port);
    }
}

const char *stats_tcp_state(uint8_t state)
{
    static const char *const names[] = {
        [TARN_TCP_ESTABLISHED] = "ESTABLISHED",
        [TARN_TCP_SYN_SENT] = "SYN-SENT",
        [TARN_TCP_SYN_RECEIVED] = "SYN-RECEIVED",
        [TARN_TCP_FIN_WAIT_1] = "FIN-WAIT-1",
        [TARN_TCP_FIN_WAIT_2] = "FIN-WAIT-2",
        [TARN_TCP_TIME_WAIT] = "TIME-WAIT",
        [TARN_TCP_CLOSED] = "CLOSED",
        [TARN_TCP_CLOSE_WAIT] = "CLOSE-WAIT",
        [TARN_TCP_LAST_ACK] = "LAST-ACK",
        [TARN_TCP_LISTEN] = "LISTEN",
        [TARN_TCP_CLOSING] = "CLOSING",
    };

    return state < sizeof names / sizeof names[0] && names[state] ? names[state] : "?";
}

void run_stats_print(FILE *out, enum run_stats_form form, const struct run_stack *s,
                     struct run_stats *rs, tarn_ns now)
{
    run_stats_note_all(rs, s->st, now);
    if (form == RUN_STATS_JSON)
        stats_print_json(out, s, rs, now);
    else
        stats_print_text(out, s, rs, now);
    fflush(out);
}
