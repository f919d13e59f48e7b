/* tests/fuzz/stack.c - the life of a stack under a fuzzer. */
#include "tests/fuzz/stack.h"

#include "core/stack.h"
#include "wire/ip6.h"

/* MOST_AT_ONCE: what the stack has to say to itself takes ticks without time. */
enum { MOST_TICKS = 200000, MOST_AT_ONCE = 1000 };

static const uint64_t hours = UINT64_C(4) * 3600 * RIG_S;

/* Two places for the arena, each zeroed as far as it was used before. */
static _Alignas(64) uint8_t place[2][STACK_ARENA];
static size_t used[2];

void test_fail(const char *file, int line, const char *format, ...)
{
    check_failed(file, line, format);
}

void test_check_eq(const char *file, int line, const char *what, long long got, long long want)
{
    if (got != want)
        check_failed(file, line, what);
}

const struct tarn_ip FUZZ_OURS = {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
const struct tarn_ip FUZZ_PEERS = {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x99}};

/* Of both families. */
static void open_socket(struct fuzz *f, unsigned slot, enum tarn_type type, uint16_t port)
{
    struct tarn_addr at = {.port = port};

    REQUIRE(tarn_open(f->rig.st, TARN_INET6, type, 0, slot, &f->sock[slot]) == 0);
    REQUIRE(tarn_bind(f->rig.st, f->sock[slot], &at) == 0);
}

static void introduce6(struct fuzz *f)
{
    struct tarn_neigh n = {.ip = FUZZ_PEERS, .port = RIG_PORT};

    memcpy(n.mac, rig_peer_mac, 6);
    REQUIRE(tarn_neigh_set(f->rig.st, &n, f->rig.now, NULL) == 0);
}

void fuzz_open(struct fuzz *f, const uint8_t *data, size_t n)
{
    struct tarn_port_info port = {.name = "tarn0", .mtu = 1500, .carrier = true};
    struct tarn_address address = {.port = RIG_PORT};
    static const uint8_t seed[32] = {1};

    memset(f, 0, sizeof *f);
    f->in = cur_init(data, n);
    f->rig =
        (struct rig){.mem = place[0], .now = RIG_S, .mac = {2, 0, 0, 0, 0, 1}, .ip = 0x0a000001};
    memset(place[0], 0, used[0]);
    REQUIRE(tarn_init(&f->rig.st, place[0], STACK_ARENA, NULL, seed, f->rig.now) == 0);
    memcpy(port.mac, f->rig.mac, 6);
    REQUIRE(tarn_port_add(f->rig.st, &port, NULL) == RIG_PORT);
    port.up = true;
    REQUIRE(tarn_port_set(f->rig.st, RIG_PORT, &port, f->rig.now, NULL) == 0);
    address.prefix = (struct tarn_prefix){.ip = tarn_ip4(f->rig.ip), .len = 96 + 24};
    REQUIRE(tarn_address_add(f->rig.st, &address, f->rig.now, NULL) == 0);
    rig_introduce(&f->rig);
    address.prefix = (struct tarn_prefix){.ip = FUZZ_OURS, .len = 64};
    address.flags = TARN_ADDRESS_NODAD;
    REQUIRE(tarn_address_add(f->rig.st, &address, f->rig.now, NULL) == 0);
    introduce6(f);
    open_socket(f, 0, TARN_STREAM, 80);
    REQUIRE(tarn_listen(f->rig.st, f->sock[0], 4) == 0);
    open_socket(f, 1, TARN_DGRAM, 9);
    fuzz_drain(f);
}

/* The flow with these ports, made when there is none; the oldest place is taken again. */
static struct flow *flow_of(struct fuzz *f, bool six, uint16_t stack_port, uint16_t peer_port)
{
    struct flow *fl;

    for (unsigned i = 0; i < N_FLOWS; i++)
        if (f->flow[i].six == six && f->flow[i].stack_port == stack_port &&
            f->flow[i].peer_port == peer_port)
            return &f->flow[i];
    fl = &f->flow[f->n_flows++ % N_FLOWS];
    *fl = (struct flow){.six = six, .stack_port = stack_port, .peer_port = peer_port};
    return fl;
}

static void learn(struct fuzz *f, bool six, const uint8_t *segment, size_t n)
{
    struct tcp_hdr h;
    struct flow *fl;

    REQUIRE(tcp_parse(&h, segment, n) == WIRE_OK);
    REQUIRE(!h.opts.malformed);
    fl = flow_of(f, six, h.src_port, h.dst_port);
    if ((h.flags & TCP_ACK) != 0)
        fl->seq = h.ack;
    fl->ack = seq_add(h.seq, (uint32_t)(n - h.header_bytes));
    if ((h.flags & (TCP_SYN | TCP_FIN)) != 0)
        fl->ack = seq_add(fl->ack, 1);
}

static void look_at_four(struct fuzz *f, const uint8_t *packet, size_t n)
{
    struct ip4_hdr ip;
    const uint8_t *l4;
    size_t l4_bytes;

    REQUIRE(ip4_parse(&ip, packet, n, n) == WIRE_OK);
    l4 = packet + ip.header_bytes;
    l4_bytes = (size_t)ip.total_bytes - ip.header_bytes;
    if (ip.proto != IP_PROTO_TCP || ip.mf || ip.frag_bytes != 0)
        return;
    REQUIRE(sum_is_good(sum_partial(
        l4, l4_bytes, ip4_pseudo_sum(ip.src, ip.dst, IP_PROTO_TCP, (uint32_t)l4_bytes))));
    learn(f, false, l4, l4_bytes);
}

/* Of TCP and ICMPv6 without extension headers the checksum too. */
static void look_at_six(struct fuzz *f, const uint8_t *packet, size_t n)
{
    const uint8_t *l4 = packet + IP6_HEADER_BYTES;
    struct ip6_hdr ip;

    REQUIRE(ip6_parse(&ip, packet, n, n) == WIRE_OK);
    REQUIRE(n == IP6_HEADER_BYTES + (size_t)ip.payload_bytes && ip.dst[0] != 0);
    if (ip.next != IP_PROTO_TCP && ip.next != IP_PROTO_ICMP6)
        return;
    REQUIRE(sum_is_good(
        sum_partial(l4, ip.payload_bytes,
                    ip6_pseudo_sum(ip.src, ip.dst, ip.next, (uint32_t)ip.payload_bytes))));
    if (ip.next == IP_PROTO_TCP)
        learn(f, true, l4, ip.payload_bytes);
}

/* What leaves must be well-formed down to its checksums, whatever came in. What a raw socket has
 * written is its own business: app.c opens none over IPv6. */
static void look_at(struct fuzz *f, const uint8_t *frame, size_t n)
{
    struct eth_hdr eth;

    REQUIRE(eth_parse(&eth, frame, n) == WIRE_OK);
    if (eth.type == ETH_IP4)
        look_at_four(f, frame + ETH_HEADER_BYTES, n - ETH_HEADER_BYTES);
    else if (eth.type == ETH_IP6)
        look_at_six(f, frame + ETH_HEADER_BYTES, n - ETH_HEADER_BYTES);
}

void fuzz_drain(struct fuzz *f)
{
    static uint8_t frame[RIG_FRAME];
    struct tarn_event event;
    size_t n;

    while ((n = rig_output(&f->rig, frame)) > 0)
        look_at(f, frame, n);
    while (tarn_event(f->rig.st, &event))
        ;
}

void fuzz_wait(struct fuzz *f, tarn_ns ns)
{
    tarn_ns until = f->rig.now + ns, due;
    unsigned ticks = 0, at_once = 0;

    while ((due = tarn_deadline(f->rig.st)) <= until) {
        at_once = due > f->rig.now ? 0 : at_once + 1;
        f->rig.now = due > f->rig.now ? due : f->rig.now;
        tarn_tick(f->rig.st, f->rig.now);
        fuzz_drain(f);
        REQUIRE(++ticks < MOST_TICKS && at_once < MOST_AT_ONCE);
    }
    f->rig.now = until;
    tarn_tick(f->rig.st, f->rig.now);
    fuzz_drain(f);
}

void fuzz_move(struct fuzz *f)
{
    unsigned from = f->rig.mem == place[1], to = !from;
    size_t n = tarn_arena_used(f->rig.st);

    memset(place[to], 0, used[to]);
    memcpy(place[to], place[from], n);
    memset(place[from], 0xee, n);
    used[from] = used[to] = n;
    f->rig.st = (struct tarn *)(void *)place[to];
    f->rig.mem = place[to];
}

void fuzz_close(struct fuzz *f)
{
    struct tarn_usage u;

    for (unsigned i = 0; i < N_SOCKETS; i++)
        if (f->sock[i].gen != 0)
            tarn_close(f->rig.st, f->sock[i], f->rig.now);
    fuzz_drain(f);
    fuzz_wait(f, hours);
    tarn_usage(f->rig.st, &u);
    REQUIRE(u.sockets == 0 && u.time_wait == 0 && u.undelivered == 0);
    REQUIRE(u.packets == 0 && u.chunks == 0 && u.chunk_bytes == 0 && u.reassemblies == 0);
    REQUIRE(f->rig.st->bugs == 0 && f->rig.st->drop[DROP_BUG] == 0);
    used[f->rig.mem == place[1]] = tarn_arena_used(f->rig.st);
}
