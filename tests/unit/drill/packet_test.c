/* tests/unit/drill/packet_test.c - packets as bytes and back, and what is seen to be wrong. */
#include "drill/packet.h"

#include <string.h>

#include "tests/unit/test.h"

static struct drill_script script;
static struct drill_flow flow = {
    .local_port = 8080, .peer_port = 40000, .peer_base = PEER_BASE, .local_base = 5000};
static struct drill_seen seen;
static enum drill_version version = DRILL_IPV4;

/* What the peer would see of the packet that the text describes, as the script prints it. */
static const char *there_and_back(const char *text)
{
    static char printed[400];
    struct drill_error error;
    const char *why = "";
    struct sim_frame *f;

    CHECK(script_parse(&script, "x.pkt", text, version, &error));
    f = packet_build(&script, &flow, script.events->packet, &why);
    if (f == NULL)
        return why;
    why = packet_read(f, &seen);
    if (why == NULL)
        packet_print(&seen.packet, printed, sizeof printed);
    sim_frame_free(f);
    script_free(&script);
    return why != NULL ? why : printed;
}

static void segment(void)
{
    CHECK_STR(there_and_back("+0 < FP. 4096:4196(100) ack 1 win 500 <nop,nop,TS val 9 ecr 0>"),
              "> FP. 0:100(100) ack 5001 win 500 <nop,nop,TS val 9 ecr 0>");
    CHECK_EQ(seen.local_port, 40000);
    CHECK_EQ(seen.peer_port, 8080);
}

static void errors(void)
{
    CHECK_STR(there_and_back("+0 < icmp unreachable port_unreachable [udp (10)]"),
              "> icmp unreachable port_unreachable");
    CHECK_STR(there_and_back("+0 < icmp unreachable prot_unreachable [udp (10)]"),
              "> icmp unreachable prot_unreachable");
    CHECK_STR(there_and_back("+0 < icmp packet_too_big mtu 1300 [1:1461(1460)]"),
              "> icmp unreachable frag_needed");
    CHECK_EQ(seen.local_port, 40000);
    CHECK_EQ(seen.peer_port, 8080);
}

TEST(packet, segments_and_errors_of_either_family)
{
    for (version = DRILL_IPV4; version <= DRILL_IPV6; version *= 2) {
        segment();
        errors();
    }
    version = DRILL_IPV4;
}

TEST(packet, options_are_padded_and_sacks_are_live)
{
    CHECK_STR(there_and_back("+0 < S 4096:4096(0) win 1 <mss 1460,sackOK,wscale 7>"),
              "> S 0:0(0) win 1 <mss 1460,sackOK,wscale 7,eol,eol,eol>");
    CHECK_STR(there_and_back("+0 < . 4096:4096(0) ack 1 win 1 <nop,nop,sack 1001:2001 3001:4001>"),
              "> . 0:0(0) ack 5001 win 1 <nop,nop,sack 6001:7001 8001:9001>");
}

TEST(packet, options_there_and_back)
{
    CHECK_STR(there_and_back("+0 < [ce] .6 4096:4096(0) ack 1 win 1 <FO 00ff,ECN e0b 1 ceb 65537>"),
              "> [ce] .WA 0:0(0) ack 5001 win 1 <FO 00ff,ECN e0b 1 ceb 65537>");
    CHECK_STR(there_and_back("+0 < . 4096:4096(0) ack 1 win 1 <FOEXP abcd,ECN e1b 9,nop,FO>"),
              "> . 0:0(0) ack 5001 win 1 <FOEXP abcd,ECN e1b 9,nop,FO,eol,eol>");
    CHECK_STR(there_and_back("+0 < . 4096:4096(0) ack 1 win 1 <raw 254 3 1,raw 2 3 9,nop>"),
              "> . 0:0(0) ack 5001 win 1 <raw 254 3 1,raw 2 3 9,nop,eol>");
}

TEST(packet, echo_of_a_timestamp_never_sent)
{
    CHECK_STR(there_and_back("+0 < . 1:1(0) ack 1 win 1 <nop,nop,TS val 9 ecr 8>"),
              "the stack has sent no such timestamp");
    script_free(&script);
    flow.ts[flow.n_ts++] = (struct drill_ts){8, 4711};
    CHECK_STR(there_and_back("+0 < . 4096:4096(0) ack 1 win 1 <nop,nop,TS val 9 ecr 8>"),
              "> . 0:0(0) ack 5001 win 1 <nop,nop,TS val 9 ecr 4711>");
}

TEST(packet, datagram)
{
    CHECK_STR(there_and_back("+0 < udp (99)"), "> udp (99)");
    for (unsigned i = 0; i < 99; i++)
        CHECK_EQ(seen.payload[i], payload_byte(i));
}

/* Any single bit that is wrong is seen, as something. */
TEST(packet, damage_is_seen)
{
    struct drill_error error;
    const char *why;
    struct sim_frame *f;

    CHECK(script_parse(&script, "x.pkt", "+0 < P. 1:31(30) ack 1 win 500 <mss 9,nop,nop,sackOK>",
                       version, &error));
    f = packet_build(&script, &flow, script.events->packet, &why);
    CHECK(packet_read(f, &seen) == NULL);
    for (unsigned bit = 0; bit < f->len * 8; bit++) {
        f->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(packet_read(f, &seen) != NULL);
        f->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    sim_frame_free(f);
    script_free(&script);
}

static const char *difference(const char *want, const char *got)
{
    struct drill_packet a, b;
    struct drill_error error;

    CHECK(script_parse(&script, "x.pkt", want, version, &error));
    a = *script.events->packet;
    script_free(&script);
    CHECK(script_parse(&script, "x.pkt", got, version, &error));
    b = *script.events->packet;
    script_free(&script);
    return packet_differs(&a, &b, true);
}

TEST(packet, differences)
{
    CHECK(difference("+0 > . 1:1(0) ack 1", "+0 > . 1:1(0) ack 1 win 7") == NULL);
    CHECK(difference("+0 > . 1:1(0) ack 1 <...>", "+0 > . 1:1(0) ack 1 <nop>") == NULL);
    CHECK(difference("+0 > . 1:1(0) ack 1 <nop,nop,TS val 1 ecr 2>",
                     "+0 > . 1:1(0) ack 1 <nop,nop,TS val 7 ecr 2>") == NULL);
    CHECK_STR(difference("+0 > . 1:1(0) ack 1 <nop,nop,TS val 1 ecr 2>",
                         "+0 > . 1:1(0) ack 1 <nop,nop,TS val 1 ecr 3>"),
              "options");
    CHECK_STR(difference("+0 > P. 1:1(0) ack 1", "+0 > . 1:1(0) ack 1"), "flags");
    CHECK_STR(difference("+0 > . 1:1(0) ack 1", "+0 > . 2:2(0) ack 1"), "sequence number");
    CHECK_STR(difference("+0 > . 1:1(0) ack 1", "+0 > . 1:3(2) ack 1"), "length");
    CHECK_STR(difference("+0 > . 1:1(0) ack 1", "+0 > . 1:1(0) ack 2"), "acknowledgement");
    CHECK_STR(difference("+0 > . 1:1(0) ack 1 win 5", "+0 > . 1:1(0) ack 1 win 6"), "window");
    CHECK_STR(difference("+0 > . 1:1(0) ack 1", "+0 > . 1:1(0) ack 1 <nop>"), "options");
    CHECK_STR(difference("+0 > udp (5)", "+0 > udp (6)"), "length");
}
