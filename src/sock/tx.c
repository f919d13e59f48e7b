/* sock/tx.c - sockets that want to send: their routes, their turns, their timers.
 *
 * Theory of operation. A socket with something to send is on the list of the port that its route
 * leads to. When the port asks (sock_pull), the first of the list makes one packet; sockets take
 * turns by bytes (deficit round robin, Shreedhar and Varghese, SIGCOMM 1995), so one that makes
 * 64 KiB super-packets gets no more than one that makes small ones. A socket whose pull() has
 * nothing leaves the list and arms its timer.
 *
 * Invariant: a socket on no list has an armed timer or waits for input or the application. */
#include "base/bytes.h"
#include "sock/layer.h"

enum { TURN_BYTES = 65536, OVERDUE_NS = 1000000 };

static void want(struct tarn *st, struct sock *sk)
{
    unsigned port = port_carrier(st, sk->route_port);
    struct list *list = &sock_layer(st)->want_tx[port];

    sk->want_port = (uint8_t)port;
    sk->turn_bytes = TURN_BYTES;
    list_push_back(st, list, sk);
}

static bool is_waiting(const struct sock *sk)
{
    return sk->want_link.next != 0;
}

/* Is everything it sends for one peer? Then its route is the socket's; else each message's. */
static bool is_routed(const struct sock *sk)
{
    return sk->type == TARN_STREAM;
}

void sock_want_tx(struct tarn *st, struct sock *sk, tarn_ns now)
{
    struct ip_info ip;

    (void)now;
    if (is_waiting(sk))
        return;
    if (is_routed(sk))
        (void)sock_route(st, sk, &ip);
    want(st, sk);
}

/* What the socket says of every packet to its peer. */
static struct ip_info settings_of(const struct sock *sk)
{
    const struct tarn_ip *to = &sk->remote.ip;

    return (struct ip_info){.src = sk->local.ip,
                            .dst = sk->remote.ip,
                            .zone = sk->remote.zone != 0 ? sk->remote.zone : sk->local.zone,
                            .proto = sk->protocol,
                            .ttl = sock_ttl(sk, to),
                            .tos = sock_tos(sk, to),
                            .df = sock_mtu_discover(sk, to) != 0,
                            .flow = sk->flow,
                            .no_loop = true, /* messages to a group say otherwise */
                            .source_prefs = sk->source_prefs};
}

uint32_t sock_flow_label(const struct tarn *st, uint8_t protocol, const struct tarn_addr *local,
                         const struct tarn_addr *remote)
{
    enum { LABEL_MASK = 0xfffff };
    uint64_t words[5] = {load_be64(local->ip.b), load_be64(local->ip.b + 8),
                         load_be64(remote->ip.b), load_be64(remote->ip.b + 8),
                         (uint64_t)protocol << 32 | (uint32_t)local->port << 16 | remote->port};
    uint32_t label;

    if (tarn_ip_is4(&remote->ip) || st->param[PARAM_IP6_FLOW_LABELS] == 0)
        return 0;
    label = (uint32_t)siphash_words(&st->hash_key, words, 5) & LABEL_MASK;
    return label != 0 ? label : 1;
}

void sock_relabel(const struct tarn *st, struct sock *sk)
{
    bool wanted = (sk->flags & (SOCK_NO_FLOW_LABEL | SOCK_CONNECTED)) == SOCK_CONNECTED;

    sk->flow = wanted ? sock_flow_label(st, sk->protocol, &sk->local, &sk->remote) : 0;
}

int sock_route(struct tarn *st, struct sock *sk, struct ip_info *ip)
{
    int err = 0;

    *ip = settings_of(sk);
    if (sk->route_generation == st->generation) {
        ip->port = sk->route_port;
        ip->hop = sk->hop;
        ip->mtu = sk->route_mtu;
        return 0;
    }
    err = route_find(st, ip, (int)sock_bound_to(sk, ip) - 1);
    if (err < 0)
        return err;
    sk->route_port = ip->port;
    sk->hop = ip->hop;
    sk->route_mtu = ip->mtu;
    sk->route_generation = st->generation;
    return 0;
}

/* A connection whose route has gone still makes its packet, as large as the last route took, and
 * ip_output() drops it by name: so the transport's timers run as if it had been lost. */
static void room_of(struct tarn *st, struct sock *sk, const struct ip_info *ip,
                    struct tx_room *room)
{
    enum { MTU_UNKNOWN = 576 };
    uint32_t mtu = sk->route_mtu != 0 ? sk->route_mtu : MTU_UNKNOWN;

    *room = (struct tx_room){.mtu = mtu, .gso_max = mtu};
    if (ip->mtu != 0)
        route_room(st, ip, room);
}

/* The packet that the first socket of the list makes; NULL when it leaves the list instead. */
static struct pkt *pull_first(struct tarn *st, struct list *list, struct sock *sk,
                              struct ip_info *ip, tarn_ns now)
{
    struct tx_room room = {0};
    struct pkt *p;

    *ip = (struct ip_info){0};
    if (is_routed(sk)) {
        (void)sock_route(st, sk, ip);
        room_of(st, sk, ip, &room);
    }
    p = sock_proto(sk)->pull(st, sk, ip, &room, now);
    if (p == NULL || (is_routed(sk) && port_carrier(st, sk->route_port) != sk->want_port)) {
        list_remove(st, list, sk);
        if (p != NULL)
            want(st, sk);
        else
            sock_rearm(st, sk);
    }
    return p;
}

uint32_t sock_pull(struct tarn *st, unsigned port, tarn_ns now)
{
    struct list *list = &sock_layer(st)->want_tx[port];
    struct sock *sk;

    while ((sk = list_first(st, list)) != NULL) {
        struct ip_info ip;
        struct pkt *p;
        uint32_t bytes;

        if (sk->turn_bytes <= 0) {
            list_remove(st, list, sk);
            list_push_back(st, list, sk);
            sk->turn_bytes += TURN_BYTES;
            continue;
        }
        p = pull_first(st, list, sk, &ip, now);
        if (p == NULL)
            continue;
        bytes = pkt_len(p);
        sk->turn_bytes -= (int32_t)bytes;
        ip_output(st, &ip, p, now);
        return bytes;
    }
    return 0;
}

bool sock_port_wants(const struct tarn *st, unsigned port)
{
    return !list_is_empty(&sock_layer(st)->want_tx[port]);
}

void sock_rearm(struct tarn *st, struct sock *sk)
{
    const struct proto *proto = sock_proto(sk);
    tarn_ns at = proto->deadline != NULL ? proto->deadline(st, sk) : TARN_NEVER;

    if (is_waiting(sk) && at <= st->now)
        at = st->now + OVERDUE_NS;
    if (at < timer_at(&sk->timer))
        wheel_arm(st, &st->wheel, &sk->timer, at);
}

void sock_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct sock *sk = container_of(t, struct sock, timer);
    tarn_sock self = sock_handle(sk);

    if (sock_proto(sk)->tick != NULL)
        sock_proto(sk)->tick(st, sk, now);
    sk = sock_find_any(st, self);
    if (sk != NULL)
        sock_rearm(st, sk);
}
