/* tests/unit/drill/play_test.c - scripts from memory: what calls, commands and code blocks mean,
 * which packets are good enough, and how a failure reads. */
#include "drill/drill.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

#define LISTEN                                      \
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n" \
    "+0 bind(3, ..., ...) = 0\n"                    \
    "+0 listen(3, 8) = 0\n"
#define CONNECTION                                                 \
    LISTEN                                                         \
    "+0 < S 0:0(0) win 65535 <mss 1000,sackOK,TS val 100 ecr 0>\n" \
    "+0 > S. 0:0(0) ack 1 <...>\n"                                 \
    "+.1 < . 1:1(0) ack 1 win 65535 <nop,nop,TS val 200 ecr 0>\n"  \
    "+0 accept(3, ..., ...) = 4\n"

static struct drill_options options;
static struct drill_error error;

/* Without strictness, as packetdrill would. */
static void reset(void)
{
    options = (struct drill_options){.versions = DRILL_VERSIONS, .tolerance_ns = -1};
}

static void passes_so(const char *text)
{
    if (!drill_text("x.pkt", text, &options, &error))
        test_fail(__FILE__, __LINE__, "line %u: %s in %s", error.line, error.text, text);
}

static void passes(const char *text)
{
    reset();
    passes_so(text);
}

static void fails_so(const char *text, unsigned line, const char *why)
{
    CHECK(!drill_text("x.pkt", text, &options, &error));
    CHECK_STR(error.text, why);
    CHECK_EQ(error.line, line);
}

static void fails(const char *text, unsigned line, const char *why)
{
    reset();
    fails_so(text, line, why);
}

TEST(play, code)
{
    passes(CONNECTION "+0 %{\n"
                      "# of TCP_INFO\n"
                      "assert tcpi_state == TCP_ESTABLISHED, 'state %d' % (tcpi_state)\n"
                      "assert 900 < tcpi_snd_mss <= 1000; assert (tcpi_options & 1) != 0, \"x;\"\n"
                      "n = 2; n += 3; print(n); assert n == 5 and not n == 6 or False == 1\n"
                      "assert n * 2 \\\n"
                      "  - 1 == 9 and 7 % 4 == 3 and 7 // 2 == 3 and 1 << 3 | 1 == 9, n\n"
                      "}%\n"
                      "+0 %{ n -= 1; assert -n == ~3 and 6 ^ 2 & 3 == 4 }%\n");
}

TEST(play, code_that_does_not_hold)
{
    fails(CONNECTION "+0 %{ n = 2\nassert tcpi_snd_mss == n, n }%\n", 9,
          "assertion does not hold: tcpi_snd_mss == n\n    tcpi_snd_mss is 988");
    fails(CONNECTION "+0 %{ assert foo == 1 }%\n", 8, "unsupported: name foo");
    fails(CONNECTION "+0 %{ import os }%\n", 8, "unsupported: code 'import'");
    fails(CONNECTION "+0 %{ assert 1 / 0 == 1 }%\n", 8, "division by zero");
    fails("0 %{ assert tcpi_state == 1 }%\n", 1, "tcpi_state: no connection to ask");
}

TEST(play, code_nested)
{
    char text[4096] = "0 %{ assert ";

    for (unsigned i = 0; i < 1000; i++)
        strcat(text, i % 2 == 0 ? "(" : "- ");
    strcat(text, "1 }%");
    fails(text, 1, "nested too deep");
    strcpy(text, "0 %{ assert 0");
    for (unsigned i = 0; i < 500; i++)
        strcat(text, " + 1");
    strcat(text, " == 500 }%");
    passes(text);
}

TEST(play, commands)
{
    passes("`sysctl -q net.ipv4.tcp_sack=0 \\\n   net.ipv4.tcp_timestamps=0 # not asked "
           "for\n`\n" LISTEN "+0 < S 0:0(0) win 9 <mss 1000,sackOK,TS val 1 ecr 0>\n"
           "+0 > S. 0:0(0) ack 1 <mss 1460>\n");
    passes("`../../common/defaults.sh\n../common/set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0`\n"
           "0 `tc qdisc add dev tun0 root fq; ethtool -K tun0 tso off && true`\n");
    passes("0 `sysctl net.ipv4.nonsense=1 > /dev/null 2>&1 || ip tcp_metrics flush all`\n");
    passes(LISTEN "+0 `grep \" 0A \" /proc/net/tcp /proc/net/tcp6 | grep \":1F90\"`\n");
    fails("0 `grep \" 0A \" /proc/net/tcp /proc/net/tcp6 | grep \":1F90\"`\n", 1,
          "nobody listens at port 8080");
    fails("0 `nstat; nstat | grep TcpExtOutOfWindowIcmps`\n", 1,
          "TcpExtOutOfWindowIcmps has not grown");
    fails("0 `rmdir /; true`\n", 1, "unsupported: command 'rmdir /'");
    fails("0 `sysctl net.ipv4.nonsense=1`\n", 1, "unsupported: setting net.ipv4.nonsense=1");
    fails("0 `sysctl net.ipv4.tcp_sack=9`\n", 1, "unsupported: setting net.ipv4.tcp_sack=9");
}

TEST(play, forced_parameters_win)
{
    reset();
    CHECK(drill_force(&options, "tcp.sack=0") == NULL);
    passes_so("`sysctl net.ipv4.tcp_sack=1 net.ipv4.tcp_timestamps=0`\n" LISTEN
              "+0 < S 0:0(0) win 9 <mss 1000,sackOK>\n"
              "+0 > S. 0:0(0) ack 1 <mss 1460>\n");
    CHECK_STR(drill_force(&options, "tcp.sack"), "not NAME=VALUE");
    CHECK_STR(drill_force(&options, "tcp.sack=x"), "no number behind '='");
    CHECK_STR(drill_force(&options, "tcp.sack=7"), "out of range");
    CHECK_STR(drill_force(&options, "tcp.nonsense=1"), "the stack has no such parameter");
    CHECK_EQ(options.n_sets, 1);
    while (options.n_sets < DRILL_SETS)
        CHECK(drill_force(&options, "tcp.sack=0") == NULL);
    CHECK_STR(drill_force(&options, "tcp.sack=0"), "more parameters than can be forced");
    CHECK_EQ(options.n_sets, DRILL_SETS);
}

TEST(play, messages)
{
    passes(CONNECTION
           "+0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0\n"
           "+0 getsockopt(4, SOL_TCP, TCP_INQ, [1], [4]) = 0\n"
           "+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=9}, 8) = 0\n"
           "+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=9}, [8]) = 0\n"
           "+0 setsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\", 4) = 0\n"
           "+0 < P. 1:101(100) ack 1 win 65535 <nop,nop,TS val 300 ecr 0>\n"
           "+0 > . 1:1(0) ack 101 <...>\n"
           "+0 recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {..., 5}], msg_flags=0,\n"
           "   msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=85}]}, 0) = 15\n"
           "+0 readv(4, [{..., 20}, {..., 65}], 2) = 85\n"
           "+0 writev(4, [{..., 5}, {..., 0}, {..., 6}], 3) = 11\n"
           "+0 > P. 1:12(11) ack 101 <...>\n"
           "+0 write(4, NULL, 1) = -1 EFAULT (Bad address)\n");
    fails(CONNECTION "+0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0\n"
                     "+0 < P. 1:11(10) ack 1 win 9 <nop,nop,TS val 300 ecr 0>\n"
                     "+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 4}], msg_flags=0,\n"
                     "   msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=7}]},\n"
                     "   0) = 4\n",
          10, "cmsg_data is 6; the script wants 7");
    fails(CONNECTION "+0 getsockopt(4, SOL_TCP, TCP_NODELAY, [1], [4]) = 0\n", 8,
          "getsockopt gives [0]");
}

TEST(play, epoll_pipe_and_file)
{
    passes(CONNECTION "+0 epoll_create(1) = 5\n"
                      "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0\n"
                      "+0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0\n"
                      "+0...0.1 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, -1) = 1\n"
                      "+.1 < P. 1:10(9) ack 1 win 9 <nop,nop,TS val 300 ecr 0>\n"
                      "+0 epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0\n"
                      "+0 pipe([6, 7]) = 0\n"
                      "+0 splice(4, NULL, 7, NULL, 100, 0) = 9\n"
                      "+0 read(6, ..., 100) = 9\n"
                      "+0 `dd bs=2 count=3 of=/tmp/x`\n"
                      "+0 open(\"/tmp/x\", O_RDONLY) = 8\n"
                      "+0 sendfile(4, 8, [1], 100) = 5\n"
                      "+0~+.3 > P. 1:6(5) ack 10 <...>\n"
                      "+0 close(8) = 0\n"
                      "+0 close(8) = -1 EBADF (Bad file descriptor)\n"
                      "+0 open(\"/etc/passwd\", O_RDONLY) = -1 ENOENT (No such file)\n");
}

/* packetdrill's tolerance is 4 ms, or an eighth of the gap before. */
TEST(play, tolerance)
{
    static const char text[] = CONNECTION "+0 write(4, ..., 988) = 988\n"
                                          "+%s > P. 1:989(988) ack 1 <...>\n";
    char late[1024];

    snprintf(late, sizeof late, text, ".003");
    passes(late);
    options.strict = true;
    fails_so(late, 9, "packet came at 0.100000; the script wants 0.103000");
    snprintf(late, sizeof late, text, ".005");
    fails(late, 9, "packet came at 0.100000; the script wants 0.105000");
}

/* Packets of an earlier connection are not the script's any more; the numbers of each count from
 * its own first one. */
TEST(play, one_connection_after_another)
{
    passes("0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n"
           "+0 connect(3, ..., ...) = -1 EINPROGRESS (in progress)\n"
           "+0 > S 0:0(0) <...>\n"
           "+.1 < S. 500:500(0) ack 1 win 100 <mss 1000>\n"
           "+0 > . 1:1(0) ack 1\n"
           "+0 < P. 1:11(10) ack 1 win 100\n"
           "+0 > . 1:1(0) ack 11\n"
           "+0 read(3, ..., 100) = 10\n"
           "+0 write(3, ..., 100) = 100\n"
           "+0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4\n"
           "+0 connect(4, ..., ...) = -1 EINPROGRESS (in progress)\n"
           "+0 > S 0:0(0) <...>\n"
           "+.1 < S. 900:900(0) ack 1 win 100 <mss 1000>\n"
           "+0 > . 1:1(0) ack 1\n");
}

TEST(play, options_of_the_script)
{
    passes("--tcp_ts_tick_usecs=1000\n" CONNECTION "+.5 write(4, ..., 1) = 1\n"
           "+0 > P. 1:2(1) ack 1 <nop,nop,TS val 600 ecr 200>\n"
           "+.1 < . 1:1(0) ack 2 win 9 <nop,nop,TS val 300 ecr 600>\n"
           "+0 write(4, ..., 1) = 1\n"
           "+0 > P. 2:3(1) ack 1 <nop,nop,TS val 700 ecr 300>\n");
    fails("--tcp_ts_tick_usecs=1000\n" CONNECTION "+.5 write(4, ..., 1) = 1\n"
          "+0 > P. 1:2(1) ack 1 <nop,nop,TS val 600 ecr 200>\n"
          "+.1 < . 1:1(0) ack 2 win 9 <nop,nop,TS val 300 ecr 600>\n"
          "+0 write(4, ..., 1) = 1\n"
          "+0 > P. 2:3(1) ack 1 <nop,nop,TS val 1900 ecr 300>\n",
          13, "the timestamp is 700; the script wants 1900");
    fails("--strict_segments\n" LISTEN "+0 < S 0:0(0) win 65535 <mss 1000>\n"
          "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
          "+.1 < . 1:1(0) ack 1 win 65535\n"
          "+0 accept(3, ..., ...) = 4\n"
          "+0 write(4, ..., 2000) = 2000\n"
          "+0 > P. 1:2001(2000) ack 1\n",
          10,
          "flags differs\n"
          "    script: > P. 1:2001(2000) ack 1\n"
          "    stack:  > . 1:1001(1000) ack 1 win 65535  at 0.100000");
}
