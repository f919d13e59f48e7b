/* tests/unit/icmp/icmp_test.c - errors in both directions: what is believed, what is answered, how
 * often. */
#include "tests/unit/rig.h"
#include "wire/patch.h"

static uint8_t frame[RIG_FRAME], sent[RIG_FRAME];

/* A socket connected to the peer's port 9 that has just sent `n` bytes, seen in `sent`. */
static tarn_sock talk(struct rig *r, size_t n)
{
    static const uint8_t data[1400];
    struct tarn_addr peer = {.ip = tarn_ip4(RIG_PEER_IP), .port = 9};
    tarn_sock s;

    rig_open_quiet(r, 1);
    rig_introduce(r);
    CHECK_EQ(tarn_open(r->st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_connect(r->st, s, &peer, r->now), 0);
    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    CHECK_EQ(rig_output(r, sent), 42 + n);
    return s;
}

/* An ICMP error that quotes `bytes` of what was sent. */
static void quote(struct rig *r, struct icmp_hdr h, size_t bytes)
{
    uint8_t message[200];

    memcpy(message + ICMP_HEADER_BYTES, sent + 14, bytes);
    icmp_build(message, &h, sum_partial(message + ICMP_HEADER_BYTES, bytes, 0));
    rig_input(r, frame,
              rig_ip4(r, frame, (struct ip4_hdr){.proto = IP_PROTO_ICMP, .src = 0x0a000001 + 55},
                      message, ICMP_HEADER_BYTES + bytes));
}

static int64_t pending(struct rig *r, tarn_sock s)
{
    int64_t error;

    CHECK_EQ(tarn_getopt(r->st, s, TARN_SO_ERROR, &error), 0);
    return error;
}

TEST(icmp, hard_errors_reach_the_socket_soft_ones_if_asked)
{
    static const struct {
        uint8_t type, code;
        int64_t hard, soft;
    } rows[] = {
        {ICMP_UNREACHABLE, ICMP_PORT, TARN_ECONNREFUSED, TARN_ECONNREFUSED},
        {ICMP_UNREACHABLE, ICMP_PROTOCOL, TARN_ENOPROTOOPT, TARN_ENOPROTOOPT},
        {ICMP_UNREACHABLE, ICMP_HOST, 0, TARN_EHOSTUNREACH},
        {ICMP_UNREACHABLE, ICMP_NET, 0, TARN_ENETUNREACH},
        {ICMP_TIME_EXCEEDED, ICMP_TTL, 0, TARN_EHOSTUNREACH},
        {ICMP_PARAMETER_PROBLEM, 0, 0, TARN_EPROTO},
        {ICMP_SOURCE_QUENCH, 0, 0, 0},
        {ICMP_REDIRECT, 1, 0, 0},
    };
    struct rig r;
    tarn_sock s = talk(&r, 10);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct icmp_hdr h = {.type = rows[i].type, .code = rows[i].code, .gateway = 0x0a000042};

        CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_IP_RECVERR, 0, r.now), 0);
        quote(&r, h, 28);
        CHECK_EQ(pending(&r, s), rows[i].hard);
        CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_IP_RECVERR, 1, r.now), 0);
        quote(&r, h, 28);
        CHECK_EQ(pending(&r, s), rows[i].soft);
    }
    rig_close(&r);
}

TEST(icmp, a_quote_that_cannot_be_ours_is_not_believed)
{
    static const struct {
        unsigned at;
        uint16_t word;
        size_t bytes;
    } rows[] = {
        {14 + 12, 0x0a01, 28}, /* source not ours */
        {14 + 16, 0x0a01, 28}, /* another destination */
        {14 + 20, 0x1111, 28}, /* another local port */
        {14 + 22, 0x1111, 28}, /* another remote port */
        {14 + 6, 0x2001, 28},  /* a later fragment */
        {14 + 0, 0x4400, 28},  /* no header */
        {14 + 0, 0x4500, 27},  /* too short */
        {14 + 0, 0x4500, 8},
    };
    struct rig r;
    tarn_sock s = talk(&r, 10);
    uint8_t good[64];

    memcpy(good, sent, sizeof good);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(sent, good, sizeof good);
        store_be16(sent + rows[i].at, rows[i].word);
        quote(&r, (struct icmp_hdr){.type = ICMP_UNREACHABLE, .code = ICMP_PORT}, rows[i].bytes);
        CHECK_EQ(pending(&r, s), 0);
    }
    memcpy(sent, good, sizeof good);
    quote(&r, (struct icmp_hdr){.type = ICMP_UNREACHABLE, .code = ICMP_PORT}, 28);
    CHECK_EQ(pending(&r, s), TARN_ECONNREFUSED);
    rig_close(&r);
}

static int64_t path_mtu(struct rig *r, tarn_sock s)
{
    int64_t mtu;

    CHECK_EQ(tarn_getopt(r->st, s, TARN_SO_IP_MTU, &mtu), 0);
    return mtu;
}

static void frag_needed(struct rig *r, uint16_t mtu)
{
    quote(r, (struct icmp_hdr){.type = ICMP_UNREACHABLE, .code = ICMP_FRAG_NEEDED, .mtu = mtu}, 28);
}

TEST(icmp, a_path_mtu_is_learned_floored_and_forgotten)
{
    struct rig r;
    tarn_sock s = talk(&r, 1400);

    CHECK_EQ(path_mtu(&r, s), 1500);
    frag_needed(&r, 1500);
    CHECK_EQ(path_mtu(&r, s), 1500);
    frag_needed(&r, 1400);
    CHECK_EQ(path_mtu(&r, s), 1400);
    frag_needed(&r, 1420);
    CHECK_EQ(path_mtu(&r, s), 1400);
    frag_needed(&r, 0); /* of a router before RFC 1191: the plateau below 1428 */
    CHECK_EQ(path_mtu(&r, s), 1006);
    frag_needed(&r, 1);
    CHECK_EQ(path_mtu(&r, s), 552);
    CHECK_EQ(pending(&r, s), TARN_EMSGSIZE); /* as Linux tells a connected socket */
    CHECK_EQ(pending(&r, s), 0);
    rig_wait(&r, 601 * RIG_S);
    CHECK_EQ(path_mtu(&r, s), 1500);
    rig_close(&r);
}

/* How many errors come back for n datagrams to a port nobody has, at one moment. */
static unsigned provoke(struct rig *r, unsigned n)
{
    struct udp_hdr h = {.src_port = 5, .dst_port = 99, .bytes = 8};
    uint8_t message[8];
    unsigned errors = 0;

    udp_build(message, &h);
    for (unsigned i = 0; i < n; i++)
        rig_input(r, frame, rig_ip4(r, frame, (struct ip4_hdr){.proto = IP_PROTO_UDP}, message, 8));
    while (rig_output(r, frame) > 0)
        errors++;
    return errors;
}

TEST(icmp, errors_are_limited_and_the_limit_tells_nothing)
{
    unsigned first, n, spread = 0;
    struct rig r;

    rig_open_quiet(&r, 1);
    rig_introduce(&r);
    CHECK_EQ(tarn_param_set(r.st, "icmp.rate", 50), 0);
    first = provoke(&r, 1000);
    CHECK(first >= 20 && first <= 150);
    for (unsigned i = 0; i < 20; i++) {
        rig_wait(&r, 2 * RIG_S);
        n = provoke(&r, 1000);
        CHECK(n >= 20 && n <= 150);
        spread |= n != first;
    }
    CHECK(spread);
    CHECK_EQ(tarn_drop_count(r.st, DROP_UDP_NO_SOCKET), 21000);
    CHECK(tarn_drop_count(r.st, DROP_ICMP_RATE) > 15000);
    rig_close(&r);
}

TEST(icmp, echo_can_be_switched_off_and_broadcast_is_never_answered)
{
    struct icmp_hdr h = {.type = ICMP_ECHO};
    uint8_t message[8];
    struct rig r;

    rig_open_quiet(&r, 1);
    rig_introduce(&r);
    icmp_build(message, &h, 0);
    rig_input(&r, frame,
              rig_ip4(&r, frame, (struct ip4_hdr){.proto = IP_PROTO_ICMP, .dst = 0x0a0000ff},
                      message, 8));
    CHECK_EQ(rig_output(&r, frame), 0);
    rig_input(&r, frame, rig_ip4(&r, frame, (struct ip4_hdr){.proto = IP_PROTO_ICMP}, message, 8));
    CHECK_EQ(rig_output(&r, frame), 42);
    CHECK_EQ(tarn_param_set(r.st, "icmp.echo-reply", 0), 0);
    rig_input(&r, frame, rig_ip4(&r, frame, (struct ip4_hdr){.proto = IP_PROTO_ICMP}, message, 8));
    CHECK_EQ(rig_output(&r, frame), 0);
    rig_close(&r);
}

/* A datagram to a port that nobody has, with these four bytes of options, in a packet of `tos`. */
static void ask_nobody(struct rig *r, const uint8_t options[4], uint8_t tos)
{
    struct ip4_hdr ip = {.proto = IP_PROTO_UDP, .header_bytes = 24, .tos = tos};
    struct udp_hdr h = {.src_port = 5, .dst_port = 99, .bytes = 8};
    uint8_t message[8];

    memcpy(ip.options, options, 4);
    udp_build(message, &h);
    rig_input(r, frame, rig_ip4(r, frame, ip, message, sizeof message));
}

/* RFC 1122 3.2.2.5: "A host SHOULD generate Parameter Problem messages." */
TEST(icmp, a_malformed_option_is_pointed_at)
{
    static const struct {
        uint8_t options[4], pointer;
    } rows[] = {
        {{1, 30, 0, 0}, 21},  /* no length */
        {{1, 30, 1, 0}, 21},  /* one below the shortest */
        {{30, 5, 0, 0}, 20},  /* beyond the header */
        {{7, 3, 3, 0}, 22},   /* a route recorded in front of the option's data */
        {{7, 2, 0, 0}, 21},   /* without a pointer */
        {{68, 4, 4, 0}, 22},  /* a timestamp over the flags */
        {{148, 3, 0, 0}, 21}, /* a router alert that is too short */
    };
    enum { ICMP = 34, QUOTE = ICMP + ICMP_HEADER_BYTES };
    struct rig r;

    rig_open_quiet(&r, 1);
    rig_introduce(&r);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ask_nobody(&r, rows[i].options, 0);
        CHECK(rig_output(&r, frame) > QUOTE + 24);
        CHECK_EQ(frame[ICMP], ICMP_PARAMETER_PROBLEM);
        CHECK_EQ(frame[ICMP + 1], 0);
        CHECK_EQ(frame[ICMP + 4], rows[i].pointer);
        CHECK_MEM(frame + QUOTE + 20, rows[i].options, 4);
        CHECK_EQ(tarn_drop_count(r.st, DROP_IP4_OPTION), i + 1);
    }
    rig_close(&r);
}

/* RFC 1812 4.3.2.5: "ICMP error messages ... SHOULD have their IP Precedence field set to 6". */
TEST(icmp, an_error_has_the_precedence_of_control)
{
    static const uint8_t none[4] = {1, 1, 1, 0};
    struct rig r;

    rig_open_quiet(&r, 1);
    rig_introduce(&r);
    ask_nobody(&r, none, 0x2a);
    CHECK(rig_output(&r, frame) > 0);
    CHECK_EQ(frame[34], ICMP_UNREACHABLE);
    CHECK_EQ(frame[15], 0xc8);
    rig_close(&r);
}

/* The options of the answer to an echo request with these n. */
static const uint8_t *echoed(struct rig *r, const uint8_t *options, size_t n)
{
    struct ip4_hdr ip = {.proto = IP_PROTO_ICMP, .header_bytes = (uint8_t)(20 + n)};
    uint8_t message[8];

    memcpy(ip.options, options, n);
    icmp_build(message, &(struct icmp_hdr){.type = ICMP_ECHO}, 0);
    rig_input(r, frame, rig_ip4(r, frame, ip, message, sizeof message));
    CHECK(rig_output(r, frame) > 0);
    CHECK_EQ(ip4_parse(&ip, frame + 14, 60, 1500), WIRE_OK);
    CHECK_EQ(frame[14 + ip.header_bytes], ICMP_ECHO_REPLY);
    CHECK_EQ(ip.header_bytes, 20 + n);
    return frame + 34;
}

/* RFC 1122 3.2.2.6: "If a Record Route and/or Time Stamp option is received in an ICMP Echo
 * Request, this option (these options) SHOULD be updated to include the current host and included
 * in the IP header of the Echo Reply message, without truncation." */
TEST(icmp, an_echo_reply_has_the_route_and_the_times_of_the_request)
{
    static const uint8_t route[12] = {7, 11, 4}, full[8] = {7, 7, 8, 10, 0, 0, 77};
    static const uint8_t times[8] = {68, 8, 5, 0}, full_times[8] = {68, 8, 9, 0, 0, 0, 0, 1};
    static const uint8_t of_all[12] = {68, 12, 5, 1}, of_other[12] = {68, 12, 5, 3, 10, 0, 0, 77};
    uint8_t of_us[12] = {68, 12, 5, 3};
    const uint8_t *got;
    struct rig r;

    rig_open_quiet(&r, 1);
    rig_introduce(&r);
    got = echoed(&r, route, sizeof route);
    CHECK_EQ(got[2], 8);
    CHECK_EQ(load_be32(got + 3), r.ip);
    CHECK_EQ(load_be32(got + 7), 0);
    CHECK_MEM(echoed(&r, full, sizeof full), full, sizeof full);
    got = echoed(&r, times, sizeof times);
    CHECK_EQ(got[2], 9);
    CHECK_EQ(got[4] & 0x80, 0x80); /* no time of day */
    got = echoed(&r, full_times, sizeof full_times);
    CHECK_EQ(got[3], 0x10); /* one host without room */
    got = echoed(&r, of_all, sizeof of_all);
    CHECK_EQ(got[2], 13);
    CHECK_EQ(load_be32(got + 4), r.ip);
    CHECK_MEM(echoed(&r, of_other, sizeof of_other), of_other, sizeof of_other);
    store_be32(of_us + 4, r.ip);
    got = echoed(&r, of_us, sizeof of_us);
    CHECK_EQ(got[2], 13);
    CHECK_EQ(got[8] & 0x80, 0x80);
    rig_close(&r);
}

/* RFC 1122 3.2.2: the error quotes the datagram, not its first fragment alone. */
TEST(icmp, an_error_about_fragments_quotes_the_whole)
{
    struct ip4_hdr ip = {.proto = 253, .id = 7, .mf = true};
    static const uint8_t data[24];
    struct rig r;

    rig_open_quiet(&r, 1);
    rig_introduce(&r);
    rig_input(&r, frame, rig_ip4(&r, frame, ip, data, 16));
    ip.mf = false;
    ip.frag_bytes = 16;
    rig_input(&r, frame, rig_ip4(&r, frame, ip, data, 8));
    CHECK_EQ(rig_output(&r, frame), 14 + 20 + ICMP_HEADER_BYTES + 20 + 24);
    CHECK_EQ(frame[34], ICMP_UNREACHABLE);
    CHECK_EQ(ip4_parse(&ip, frame + 42, 44, 44), WIRE_OK);
    CHECK_EQ(ip.total_bytes, 44);
    CHECK(!ip.mf);
    CHECK_EQ(ip.frag_bytes, 0);
    rig_close(&r);
}
