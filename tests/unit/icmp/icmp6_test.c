/* tests/unit/icmp/icmp6_test.c - errors of IPv6: what they mean to a program, what is believed, and
 * that both families share one budget for those we send. */
#include "tests/conform/rig.h"

static struct conform_packet sent;

/* A socket connected to TN that has just sent ten bytes, seen in `sent`. */
static tarn_sock talk(struct rig *r)
{
    tarn_sock s;

    conform_open(r);
    s = conform_socket(r, TARN_DGRAM, TN);
    CHECK_EQ(tarn_send(r->st, s, "0123456789", 10, r->now), 10);
    CHECK(conform_recv(r, &sent));
    return s;
}

/* Linux's icmpv6_err_convert(): errors that end a conversation reach every socket, others only
 * those that ask for them. */
TEST(icmp6_errors, mean_what_they_mean_on_linux)
{
    static const struct {
        uint8_t type, code;
        int64_t hard, soft;
    } rows[] = {
        {ICMP6_UNREACHABLE, ICMP6_NO_ROUTE, 0, TARN_ENETUNREACH},
        {ICMP6_UNREACHABLE, ICMP6_PROHIBITED, TARN_EACCES, TARN_EACCES},
        {ICMP6_UNREACHABLE, ICMP6_SCOPE, 0, TARN_EHOSTUNREACH},
        {ICMP6_UNREACHABLE, ICMP6_ADDRESS, 0, TARN_EHOSTUNREACH},
        {ICMP6_UNREACHABLE, ICMP6_PORT, TARN_ECONNREFUSED, TARN_ECONNREFUSED},
        {ICMP6_UNREACHABLE, ICMP6_SOURCE_POLICY, TARN_EACCES, TARN_EACCES},
        {ICMP6_UNREACHABLE, ICMP6_REJECT_ROUTE, TARN_EACCES, TARN_EACCES},
        {ICMP6_UNREACHABLE, 200, TARN_EPROTO, TARN_EPROTO},
        {ICMP6_TIME_EXCEEDED, ICMP6_HOPS, 0, TARN_EHOSTUNREACH},
        {ICMP6_PARAMETER_PROBLEM, ICMP6_BAD_NEXT_HEADER, TARN_EPROTO, TARN_EPROTO},
        {77, 0, 0, TARN_EPROTO},
    };
    struct rig r;
    tarn_sock s = talk(&r);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct icmp6_hdr m = {.type = rows[i].type, .code = rows[i].code};

        CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_IPV6_RECVERR, 0, r.now), 0);
        conform_report(&r, conform_from(FAR, NUT), m, &sent);
        CHECK_EQ(conform_error(&r, s), rows[i].hard);
        CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_IPV6_RECVERR, 1, r.now), 0);
        conform_report(&r, conform_from(FAR, NUT), m, &sent);
        CHECK_EQ(conform_error(&r, s), rows[i].soft);
    }
    rig_close(&r);
}

TEST(icmp6_errors, a_quote_that_cannot_be_ours_is_not_believed)
{
    enum { IP = ETH_HEADER_BYTES, L4 = IP + IP6_HEADER_BYTES };
    static const struct {
        unsigned at;
        uint8_t byte;
        size_t n; /* behind the IPv6 header */
    } rows[] = {
        {IP + 8, 0xfe, 18},         /* source not ours */
        {IP + 24 + 15, 0x42, 18},   /* another destination */
        {L4 + 1, 0, 18},            /* another local port */
        {L4 + 3, 0, 18},            /* another remote port */
        {IP, 0x40, 18},             /* no IPv6 */
        {IP + 6, IP6_FRAGMENT, 18}, /* a later fragment, as its ports say */
        {IP + 6, IP6_ROUTING, 18},  /* a header that is cut */
        {IP, 0x60, 7},              /* too short */
        {IP, 0x60, 0},
    };
    struct icmp6_hdr m = {.type = ICMP6_UNREACHABLE, .code = ICMP6_PORT};
    struct rig r;
    tarn_sock s = talk(&r);
    uint8_t good[200];

    memcpy(good, sent.frame, sizeof good);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(sent.frame, good, sizeof good);
        sent.frame[rows[i].at] = rows[i].byte;
        sent.n = rows[i].n;
        conform_report(&r, conform_from(FAR, NUT), m, &sent);
        CHECK_EQ(conform_error(&r, s), 0);
    }
    memcpy(sent.frame, good, sizeof good);
    sent.n = 8;
    conform_report(&r, conform_from(FAR, NUT), m, &sent);
    CHECK_EQ(conform_error(&r, s), TARN_ECONNREFUSED);
    rig_close(&r);
}

/* RFC 4291 2.5.5.2: mapped addresses are of this program alone, so a quote of them is nobody's. */
TEST(icmp6_errors, none_is_believed_about_ipv4)
{
    enum { IP = ETH_HEADER_BYTES };
    struct icmp6_hdr m = {.type = ICMP6_UNREACHABLE, .code = ICMP6_PORT};
    struct tarn_ip from, to = tarn_ip4(RIG_PEER_IP);
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    rig_introduce(&r);
    s = conform_socket(&r, TARN_DGRAM, to);
    CHECK_EQ(tarn_send(r.st, s, "0123456789", 10, r.now), 10);
    CHECK_EQ(rig_output(&r, sent.frame), IP + 20 + 18);
    memmove(sent.frame + IP + IP6_HEADER_BYTES, sent.frame + IP + 20, 18);
    from = tarn_ip4(r.ip);
    ip6_build(sent.frame + IP, &(struct ip6_hdr){.next = IP_PROTO_UDP, .payload_bytes = 18});
    memcpy(sent.frame + IP + 8, from.b, 16);
    memcpy(sent.frame + IP + 24, to.b, 16);
    sent.n = 18;
    conform_report(&r, conform_from(FAR, NUT), m, &sent);
    CHECK_EQ(conform_error(&r, s), 0);
    conform_expect_dropped(&r, DROP_ICMP_QUOTE, 1);
    rig_close(&r);
}

/* A datagram to nobody over IPv4, which IPv4's error answers. */
static void nobody4(struct rig *r)
{
    static const uint8_t datagram[8] = {3, 0xe8, 0, 9, 0, 8, 0, 0};
    uint8_t frame[100];

    rig_input(
        r, frame,
        rig_ip4(r, frame, (struct ip4_hdr){.proto = IP_PROTO_UDP}, datagram, sizeof datagram));
}

TEST(icmp6_errors, both_families_have_one_budget)
{
    struct rig r;

    conform_open(&r);
    rig_introduce(&r);
    conform_param(&r, "icmp.burst", 1);
    conform_param(&r, "icmp.rate", 1);
    rig_wait(&r, 10 * RIG_S);
    for (unsigned i = 0; i < 10; i++)
        conform_udp(&r, conform_from(TN, NUT), 9, 10);
    CHECK(tarn_drop_count(r.st, DROP_ICMP_RATE) > 0);
    rig_drain(&r);
    nobody4(&r);
    conform_expect_silence(&r);
    CHECK_EQ(tarn_stat(r.st, TARN_STAT_ICMP_OUT) + tarn_drop_count(r.st, DROP_ICMP_RATE), 11);
    rig_close(&r);
}

/* A protocol of one family in a packet of the other is none. */
TEST(icmp6_errors, a_familys_protocols_are_its_own)
{
    static const uint8_t message[8] = {8, 0, 0xf7, 0xff};
    static const uint8_t others[] = {IP_PROTO_ICMP, IP_PROTO_IGMP};
    struct ip6_hdr h = conform_from(TN, NUT);
    struct icmp6_hdr m;
    struct rig r;

    conform_open(&r);
    for (size_t i = 0; i < sizeof others; i++) {
        h.next = others[i];
        conform_send(&r, h, message, sizeof message);
        m = conform_expect(&r, &sent, ICMP6_PARAMETER_PROBLEM);
        CHECK_EQ(m.code, ICMP6_BAD_NEXT_HEADER);
        CHECK_EQ(m.info, 6);
    }
    conform_expect_dropped(&r, DROP_IP_PROTOCOL, 2);
    rig_close(&r);
}
