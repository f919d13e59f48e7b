/* tests/unit/drill/parse_test.c - the script language: what is read, and how mistakes are told. */
#include "drill/script/script.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/test.h"

static struct drill_script script;

static enum drill_version version = DRILL_IPV4;

/* The script's first event. */
static const struct drill_event *first(const char *text)
{
    struct drill_error error;

    if (!script_parse(&script, "x.pkt", text, version, &error))
        test_fail(__FILE__, __LINE__, "%s: line %u: %s", text, error.line, error.text);
    CHECK(script.events != NULL);
    return script.events;
}

static void check_refused(const char *text, unsigned line, const char *what)
{
    struct drill_error error;

    CHECK(!script_parse(&script, "x.pkt", text, DRILL_IPV4, &error));
    CHECK_EQ(error.line, line);
    CHECK_STR(error.text, what);
    script_free(&script);
}

TEST(parse, times)
{
    const struct drill_event *e = first("0.25 > . 1:1(0) ack 1\n"
                                        "+.1 > . 1:1(0) ack 1\n"
                                        "+0.1~+0.3 > . 1:1(0) ack 1\n"
                                        "* > . 1:1(0) ack 1\n"
                                        "+0...0.2 close(3) = 0\n"
                                        "1...2 close(3) = 0\n");

    CHECK_EQ(e->time.when, WHEN_ABSOLUTE);
    CHECK_EQ(e->time.at, 250000000);
    e = e->next;
    CHECK_EQ(e->time.when, WHEN_RELATIVE);
    CHECK_EQ(e->time.at, 100000000);
    e = e->next;
    CHECK(e->time.is_range);
    CHECK_EQ(e->time.end, 300000000);
    e = e->next;
    CHECK_EQ(e->time.when, WHEN_ANY);
    e = e->next;
    CHECK(e->time.is_blocking);
    CHECK_EQ(e->time.end, 200000000);
    e = e->next;
    CHECK_EQ(e->time.when, WHEN_ABSOLUTE);
    CHECK_EQ(e->time.at, 1000000000);
    CHECK_EQ(e->time.end, 2000000000);
    CHECK(e->next == NULL);
    script_free(&script);
}

TEST(parse, segment_with_everything)
{
    const struct drill_packet *p =
        first("+0 < [5001] SP. 7:107(100) ack 9 win 500 urg 3 "
              "<mss 1460,nop,wscale 7,sackOK,TS val 4 ecr 5,sack 1:2 3:4,eol,raw 5 1>")
            ->packet;

    CHECK(p->inbound);
    CHECK_EQ(p->proto, DRILL_TCP);
    CHECK_EQ(p->peer_port, 5001);
    CHECK_EQ(p->flags, FLAG_SYN | FLAG_PSH | FLAG_ACK);
    CHECK_EQ(p->seq, 7);
    CHECK_EQ(p->payload_bytes, 100);
    CHECK_EQ(p->ack, 9);
    CHECK(p->has_window);
    CHECK_EQ(p->window, 500);
    CHECK_EQ(p->urgent, 3);
    CHECK_EQ(p->n_options, 8);
    CHECK_EQ(p->options[0].a, 1460);
    CHECK_EQ(p->options[4].b, 5);
    CHECK_EQ(p->options[5].n_sacks, 2);
    CHECK_EQ(p->options[5].sack[1][1], 4);
    CHECK_EQ(p->options[7].n_raw, 2);
    script_free(&script);
}

TEST(parse, other_packets)
{
    const struct drill_event *e =
        first("+0 < udp (100)\n"
              "+0 < icmp unreachable frag_needed mtu 1200 [1:1461(1460)]\n"
              "+0 > [ce] - 0:0(0)\n"
              "+0 > R 5:5(0) <...>\n");

    CHECK_EQ(e->packet->proto, DRILL_UDP);
    CHECK_EQ(e->packet->payload_bytes, 100);
    e = e->next;
    CHECK_EQ(e->packet->icmp, ICMP_TOO_BIG);
    CHECK_EQ(e->packet->icmp_mtu, 1200);
    CHECK(!e->packet->icmp_mtu_of_6);
    CHECK_EQ(e->packet->payload_bytes, 1460);
    e = e->next;
    CHECK_EQ(e->packet->flags, 0);
    CHECK_EQ(e->packet->tos_said, TOS_ECN);
    CHECK_EQ(e->packet->tos, 3);
    CHECK(e->next->packet->any_options);
    CHECK(!e->next->packet->has_window);
    script_free(&script);
}

TEST(parse, ecn)
{
    const struct drill_event *e = first("+0 > [noecn] SEWA 0:0(0) <ECN e1b 1 ceb 2>\n"
                                        "+0 > (ect0,flowlabel 0x1) P5. 0:0(0) ack 1\n"
                                        "+0 > [ect01] .0 0:0(0) ack 1\n"
                                        "+0 < [tos 0x3] [ttl 9] . 0:0(0) ack 1 win 1\n");

    CHECK_EQ(e->packet->flags, FLAG_SYN | FLAG_ECE | FLAG_CWR | FLAG_AE);
    CHECK_EQ(e->packet->options[0].kind, OPTION_ECN1);
    CHECK_EQ(e->packet->options[0].n_ecn, 2);
    CHECK_EQ(e->packet->options[0].ecn[1], 2);
    e = e->next;
    CHECK_EQ(e->packet->flags, FLAG_PSH | FLAG_ACK | FLAG_AE | FLAG_ECE);
    CHECK(e->packet->is_ace);
    CHECK_EQ(e->packet->flow_label, 1);
    e = e->next;
    CHECK_EQ(e->packet->tos_said, TOS_ECT_EITHER);
    CHECK_EQ(e->packet->flags, FLAG_ACK);
    e = e->next;
    CHECK_EQ(e->packet->tos, 3);
    CHECK_EQ(e->packet->ttl, 9);
    script_free(&script);
}

TEST(parse, cookies)
{
    const struct drill_event *e = first("+0 < S 0:0(0) win 9 <FO 0011aabb,FOEXP,nop,FO,md5 99>\n");
    const struct drill_option *o = e->packet->options;

    CHECK_EQ(o[0].kind, OPTION_FO);
    CHECK_EQ(o[0].n_raw, 4);
    CHECK_EQ(o[0].raw[3], 0xbb);
    CHECK_EQ(o[1].kind, OPTION_FOEXP);
    CHECK_EQ(o[1].n_raw, 0);
    CHECK_EQ(o[3].n_raw, 0);
    CHECK_EQ(o[4].kind, OPTION_MD5);
    script_free(&script);
    check_refused("+0 < S 0:0(0) win 9 <FO 001>", 1, "an odd number of hexadecimal digits");
}

TEST(parse, calls)
{
    const struct drill_event *e =
        first("0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n"
              "+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0\n"
              "+0 connect(3, {sa_family = AF_INET, sin_port = htons(80)}, ...) = -1 "
              "EINPROGRESS (Operation now in progress)\n"
              "+0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)\n");

    CHECK_STR(e->call->name, "socket");
    CHECK_EQ(e->call->n_args, 3);
    CHECK_EQ(e->call->args->kind, VALUE_ELLIPSIS);
    CHECK_EQ(e->call->args->next->number, SOCK_STREAM | SOCK_NONBLOCK);
    CHECK_EQ(e->call->result->number, 3);
    e = e->next;
    CHECK_STR(e->call->args->next->next->next->first->next->name, "linger");
    e = e->next;
    CHECK_EQ(e->call->error, EINPROGRESS);
    CHECK_EQ(e->call->args->next->first->next->number, 80);
    CHECK_EQ(e->next->call->result->number, 2);
    script_free(&script);
}

TEST(parse, options_comments_commands_and_code)
{
    const struct drill_event *e = first("// a comment\n--local_ip=10.1.2.3\n--tolerance_usecs=500\n"
                                        "/* another */ `sysctl -q net.ipv4.tcp_sack=0`\n"
                                        "+1 %{ assert tcpi_snd_cwnd == 10 }%\n");

    CHECK_EQ(tarn_ip_to4(&script.local), 0x0a010203);
    CHECK_EQ(script.tolerance_ns, 500000);
    CHECK_EQ(e->kind, DRILL_COMMAND);
    CHECK_STR(e->text, "sysctl -q net.ipv4.tcp_sack=0");
    CHECK_EQ(e->next->kind, DRILL_CODE);
    CHECK_EQ(e->next->line, 5);
    CHECK_EQ(e->next->time.at, 1000000000);
    script_free(&script);
}

/* A word stands for another, not in comments, texts, commands or code. */
TEST(parse, defines)
{
    const struct drill_event *e = first("--define=N=12\n--define=S=\"a b\" // N\n"
                                        "`N`\n"
                                        "+N write(N, S, N) = -1 (N)\n"
                                        "+0 < icmp unreachable CODE\n"
                                        "+0 write(3, \"N\", CMSG_LEVEL_IP) = 1\n");

    CHECK_STR(e->text, "N");
    e = e->next;
    CHECK_EQ(e->line, 4);
    CHECK_EQ(e->time.at, 12000000000);
    CHECK_EQ(e->call->args->number, 12);
    CHECK_STR(e->call->args->next->text, "a b");
    CHECK_EQ(e->call->args->next->number, 3);
    CHECK(e->call->any_error);
    CHECK_EQ(e->next->packet->icmp, ICMP_HOST);
    e = e->next->next;
    CHECK_STR(e->call->args->next->text, "N");
    CHECK_EQ(e->call->args->next->next->number, SOL_IP);
    script_free(&script);
}

TEST(parse, structs)
{
    const struct drill_event *e =
        first("0 recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {\"a\\x00b\" \"c\", 4}],"
              " msg_flags=MSG_EOR, msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ,"
              " cmsg_data=7}]}, 0) = 14\n");
    const struct drill_value *v = e->call->args->next->first;

    CHECK_STR(v->name, "msg_name");
    CHECK_EQ(v->kind, VALUE_ELLIPSIS);
    v = v->next;
    CHECK_STR(v->name, "msg_iov");
    CHECK_EQ(v->count, 2);
    CHECK_EQ(v->first->first->next->number, 10);
    CHECK_EQ(v->first->next->first->number, 4);
    CHECK_EQ(memcmp(v->first->next->first->text, "a\0bc", 5), 0);
    CHECK_EQ(v->next->number, MSG_EOR);
    v = v->next->next;
    CHECK_STR(v->first->first->next->next->name, "cmsg_data");
    script_free(&script);
}

/* packetdrill's rule: over IPv6 packets are longer by the difference of the headers. */
TEST(parse, versions_and_what_they_mean)
{
    version = DRILL_MAPPED;
    first("+0 < udp (1)");
    CHECK_EQ(script.versions, DRILL_VERSIONS);
    CHECK(tarn_ip_is4(&script.local) && tarn_ip_to4(&script.remote) == 0xc0000201);
    CHECK_EQ(script_packet_bytes(&script, 1500), 1500);
    script_free(&script);
    version = DRILL_IPV6;
    first("+0 < udp (1)");
    CHECK(!tarn_ip_is4(&script.local) && !tarn_ip_is4(&script.remote));
    CHECK_EQ(script_packet_bytes(&script, 1500), 1520);
    script_free(&script);
    version = DRILL_IPV4;
    first("--ip_version=ipv4,ipv4-mapped-ipv6\n+0 < udp (1)");
    CHECK_EQ(script.versions, DRILL_IPV4 | DRILL_MAPPED);
    script_free(&script);
    first("--ip_version=ipv6\n+0 < icmp packet_too_big mtu 1280 [udp (1)]");
    CHECK_EQ(script.versions, DRILL_IPV6);
    CHECK(script.events->packet->icmp_mtu_of_6);
    script_free(&script);
}

TEST(parse, mistakes_name_line_and_thing)
{
    check_refused("\n\n+0 < S 0:1(0) win 1\n", 3, "0:1(0) does not add up");
    check_refused("+0 < FW.3 0:0(0) ack 1", 1, "flags of ECN, and a counter");
    check_refused("--local_ip=1.2.3", 1, "1.2.3 is no address");
    check_refused("+0 < . 0:0(0) ack 1 <FO TFO_COOKI>", 1, "'>' is missing before 'TFO_COOKI>'");
    check_refused("+0 < S 0:0(0) win 65536", 1, "number above 65535");
    check_refused("+0 < S 0:0(0) <mss 1,foo>", 1, "unsupported: TCP option 'foo>'");
    check_refused("+0 socket(..., SOCK_FOO, 0) = 3", 1, "unsupported: name SOCK_FOO");
    check_refused("+0 close(3)", 1, "'=' is missing at the end of the line");
    check_refused("\n+0 close(3)\n\n+0 close(4) = 0\n", 2, "'=' is missing at the end of the line");
    check_refused("+0 foo\n", 1, "'(' is missing at the end of the line");
    check_refused("", 1, "no event: an empty script checks nothing");
    check_refused("// a comment\n--mtu=1500\n", 3, "no event: an empty script checks nothing");
    check_refused("+0 close(3 = 0", 1, "')' is missing before '= 0'");
    check_refused("+0...1 < . 1:1(0) ack 1", 1, "only a call takes a...b");
    check_refused("* < . 1:1(0) ack 1", 1, "only an outbound packet takes a~b or *");
    check_refused("+1~+0 > . 1:1(0) ack 1", 1, "a time range that ends before it begins");
    check_refused("+0 < icmp unreachable foo [1:2(1)]", 1, "unsupported: icmp unreachable foo");
    check_refused("--ip_version=ipx", 1, "unsupported: ip_version 'ipx'");
    check_refused("--foo=1", 1, "unsupported: option --foo");
    check_refused("`sysctl", 1, "no '`' behind 'sysctl'");
    check_refused("+0 !", 1, "neither packet nor call nor code: '!'");
}
