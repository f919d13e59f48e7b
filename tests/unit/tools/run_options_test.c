/* tests/unit/tools/run_options_test.c - what lines of `tarn run` mean, and which are refused. */
#include "tools/run_options.h"

#include "tests/unit/test.h"
#include "tests/unit/tools/line.h"

static struct run_options options;
static char said[512];

/* The exit status for a line, COMMAND_GO_ON for a good one; `options` and `said` hold the rest. */
static int parse(const char *text)
{
    static struct line line;
    struct said catch;
    int status;

    line_of(&line, text);
    said_begin(&catch, &stderr);
    status = run_options_parse(&options, line.n, line.words);
    said_end(&catch, said, sizeof said);
    return status;
}

/* A refused line: its status is 125, and the refusal holds both texts. */
static void check_refused(const char *text, const char *what, const char *why)
{
    CHECK_EQ(parse(text), RUN_FAILED);
    CHECK(strncmp(said, "tarn: run: ", 11) == 0);
    if (strstr(said, what) == NULL || strstr(said, why) == NULL)
        test_fail(__FILE__, __LINE__, "\"%s\" says neither \"%s\" nor \"%s\"", said, what, why);
}

static void check_later(const char *text)
{
    CHECK_EQ(parse(text), 2);
    CHECK(strstr(said, "not in this version") != NULL);
}

static uint32_t ip4(unsigned a, unsigned b, unsigned c, unsigned d)
{
    return a << 24 | b << 16 | c << 8 | d;
}

TEST(run_options, without_any_there_is_slirp)
{
    CHECK_EQ(parse("run -- curl -v url"), COMMAND_GO_ON);
    CHECK_EQ(options.n_links, 1);
    CHECK_STR(options.links[0].uri, "slirp");
    CHECK_EQ(options.links[0].n_addresses, 0);
    CHECK_STR(options.program[0], "curl");
    CHECK_STR(options.program[1], "-v");
    CHECK(options.program[3] == NULL);
    CHECK_EQ(options.common.verbosity, 0);
    CHECK_EQ(options.stats, RUN_STATS_NONE);
    CHECK_EQ(options.via, RUN_VIA_AUTO);
}

TEST(run_options, parameters_are_set_by_name)
{
    CHECK_EQ(parse("run --set tcp.sack=0 --set ip.ttl=7 p"), COMMAND_GO_ON);
    CHECK_EQ(options.n_sets, 2);
    CHECK_STR(options.sets[0].param.name, "tcp.sack");
    CHECK_EQ(options.sets[0].value, 0);
    CHECK_EQ(options.sets[1].value, 7);
}

TEST(run_options, link_options_apply_to_the_last_link)
{
    CHECK_EQ(
        parse("run --link tap:a --address 10.0.0.1/24 --address 10.0.1.1/16 --gateway 10.0.0.9 "
              "--link unix:/b --impair delay=1ms --pcap b.pcapng --address 10.1.0.1/8 prog"),
        COMMAND_GO_ON);
    CHECK_EQ(options.n_links, 2);
    CHECK_STR(options.links[0].uri, "tap:a");
    CHECK_EQ(options.links[0].n_addresses, 2);
    CHECK_EQ(tarn_ip_to4(&options.links[0].addresses[1].prefix.ip), ip4(10, 0, 1, 1));
    CHECK_EQ(options.links[0].addresses[1].prefix.len, 96 + 16);
    CHECK_EQ(tarn_ip_to4(&options.links[0].gateway[LINK_IP4]), ip4(10, 0, 0, 9));
    CHECK(options.links[0].impair == NULL);
    CHECK_STR(options.links[1].uri, "unix:/b");
    CHECK_STR(options.links[1].impair, "delay=1ms");
    CHECK_STR(options.links[1].capture, "b.pcapng");
    CHECK_EQ(tarn_ip_to4(&options.links[1].addresses[0].prefix.ip), ip4(10, 1, 0, 1));
    CHECK(tarn_ip_is_any(&options.links[1].gateway[LINK_IP4]));
}

TEST(run_options, link_options_alone_apply_to_slirp)
{
    CHECK_EQ(parse("run --pcap f --address 10.0.2.20/24 prog"), COMMAND_GO_ON);
    CHECK_STR(options.links[0].uri, "slirp");
    CHECK_STR(options.links[0].capture, "f");
    CHECK_EQ(tarn_ip_to4(&options.links[0].addresses[0].prefix.ip), ip4(10, 0, 2, 20));
    check_refused("run --pcap f --link tap:a prog", "--pcap", "no --link before it");
}

TEST(run_options, link_options_of_the_environment_apply_to_the_first_link)
{
    setenv("TARN_ADDRESS", "10.7.0.1/24", 1);
    setenv("TARN_PCAP", "env", 1);
    CHECK_EQ(parse("run --link tap:a --link tap:b --address 10.8.0.1/24 prog"), COMMAND_GO_ON);
    unsetenv("TARN_ADDRESS");
    CHECK_STR(options.links[0].capture, "env");
    CHECK_EQ(options.links[0].n_addresses, 0); /* the line gives --address */
    CHECK_EQ(options.links[1].n_addresses, 1);
    CHECK_EQ(parse("run --pcap line --link tap:a prog"), RUN_FAILED);
    CHECK_EQ(parse("run --link tap:a --pcap line prog"), COMMAND_GO_ON);
    CHECK_STR(options.links[0].capture, "line");
    unsetenv("TARN_PCAP");
    setenv("TARN_LINK", "unix:/e", 1);
    CHECK_EQ(parse("run --address 10.8.0.1/24 prog"), COMMAND_GO_ON);
    unsetenv("TARN_LINK");
    CHECK_STR(options.links[0].uri, "unix:/e");
    CHECK_EQ(options.links[0].n_addresses, 1);
}

TEST(run_options, ports)
{
    CHECK_EQ(parse("run -p 8080:80 -p 127.0.0.1:53:5353/udp -p 8080:81/udp prog"), COMMAND_GO_ON);
    CHECK_EQ(options.n_forwards, 3);
    CHECK_EQ(options.forwards[0].outside.port, 8080);
    CHECK_EQ(options.forwards[0].inside, 80);
    CHECK(tarn_ip_is_any(&options.forwards[0].outside.ip));
    CHECK(!options.forwards[0].udp);
    CHECK_EQ(tarn_ip_to4(&options.forwards[1].outside.ip), ip4(127, 0, 0, 1));
    CHECK_EQ(options.forwards[1].outside.port, 53);
    CHECK_EQ(options.forwards[1].inside, 5353);
    CHECK(options.forwards[1].udp);
    CHECK_EQ(parse("run --link tap:a --link slirp,mtu=9000 -p 1:2 prog"), COMMAND_GO_ON);
}

TEST(run_options, hostile_ports)
{
    check_refused("run -p 65536:80 p", "-p", "65536 is out of range; give 1 to 65535");
    check_refused("run -p 80:65536 p", "80:65536", "65536 is out of range");
    check_refused("run -p 0:80 p", "0:80", "out of range");
    check_refused("run -p 80 p", "80", "give OUTSIDE:INSIDE");
    check_refused("run -p : p", ":", "is not a number");
    check_refused("run -p 080:80 p", "080:80", "octal");
    check_refused("run -p -1:80 p", "-1:80", "is not a number");
    check_refused("run -p 80:80/sctp p", "80:80/sctp", "give tcp or udp");
    check_refused("run -p 80:80/ p", "80:80/", "give tcp or udp");
    check_refused("run -p 1:2:3:4 p", "1:2:3:4", "is not an address");
    check_refused("run -p 80:99999999999999999999999 p", "80:9", "is not a number");
    check_refused("run -p 80:1 -p 80:2 p", "80:2", "has this port already");
    check_refused("run --link tap:a -p 80:1 p", "-p 80:1", "no link forwards ports");
}

TEST(run_options, hostile_addresses)
{
    check_refused("run --address 10.0.0.1 p", "--address 10.0.0.1", "no prefix length");
    check_refused("run --address 10.0.0.1/33 p", "10.0.0.1/33", "33 is out of range; give 0 to 32");
    check_refused("run --address 10.0.0.1/ p", "10.0.0.1/", "is not a number");
    check_refused("run --address 10.0.0.1/-1 p", "10.0.0.1/-1", "is not a number");
    check_refused("run --address 10.0.0.1/24/8 p", "10.0.0.1/24/8", "is not a number");
    check_refused("run --address 010.0.0.1/8 p", "010.0.0.1/8", "octal");
    check_refused("run --address 10.0.0.256/8 p", "10.0.0.256/8", "is not an address");
    check_refused("run --address 10.0.0/8 p", "10.0.0/8", "is not an address");
    check_refused("run --address 0x0a.0.0.1/8 p", "0x0a.0.0.1/8", "is not an address");
    check_refused("run --address 10.0.0.1.2/8 p", "10.0.0.1.2/8", "is not an address");
    check_refused("run --address {} p", "--address", "is not an address");
    check_refused("run --address /8 p", "/8", "is not an address");
    check_refused("run --address 224.0.0.1/8 p", "224.0.0.1/8", "no host has this address");
    check_refused("run --address 0.0.0.0/0 p", "0.0.0.0/0", "no host has this address");
    check_refused("run --address 10.0.0.1/8 --address 10.0.0.1/16 p", "10.0.0.1/16", "already");
    check_refused("run --gateway 10.0.0.1/8 p", "--gateway 10.0.0.1/8", "is not an address");
    check_refused("run --gateway 255.255.255.255 p", "255.255.255.255", "no router");
    check_refused("run --dns example.org p", "--dns example.org", "is not an address");
}

TEST(run_options, very_long_values_are_refused_and_cut)
{
    char text[3000] = "run --address ";
    size_t len = strlen(text);

    memset(text + len, '1', sizeof text - len - 1);
    memcpy(text + sizeof text - 5, "/8 p", 5);
    check_refused(text, "--address 111", "is not an address");
}

static bool is6(const struct tarn_ip *ip, uint8_t first, uint8_t last)
{
    return !tarn_ip_is4(ip) && ip->b[0] == first && ip->b[15] == last;
}

TEST(run_options, both_families)
{
    CHECK_EQ(parse("run --address fd00::1/64 --address 10.0.0.1/8 --gateway 10.0.0.9 --gateway "
                   "fe80::9 --address 2001:db8::2/128,nodad -p [::1]:80:8080 -p [::]:53:53/udp "
                   "--dns fd00::3 --dns 10.0.0.3 --dhcp p"),
             COMMAND_GO_ON);
    CHECK(is6(&options.links[0].addresses[0].prefix.ip, 0xfd, 1));
    CHECK_EQ(options.links[0].addresses[0].prefix.len, 64);
    CHECK_EQ(options.links[0].addresses[0].flags, 0);
    CHECK_EQ(options.links[0].addresses[1].prefix.len, 96 + 8);
    CHECK_EQ(options.links[0].addresses[2].prefix.len, 128);
    CHECK_EQ(options.links[0].addresses[2].flags, TARN_ADDRESS_NODAD);
    CHECK(is6(&options.links[0].gateway[LINK_IP6], 0xfe, 9));
    CHECK_EQ(tarn_ip_to4(&options.links[0].gateway[LINK_IP4]), ip4(10, 0, 0, 9));
    CHECK(tarn_ip_is_loopback(&options.forwards[0].outside.ip));
    CHECK_EQ(options.forwards[0].inside, 8080);
    CHECK(is6(&options.forwards[1].outside.ip, 0, 0));
    CHECK_EQ(options.n_dns, 2);
    CHECK(is6(&options.dns[0], 0xfd, 3));
    CHECK(options.links[0].dhcp);
}

TEST(run_options, hostile_ipv6)
{
    check_refused("run --address fd00:::1/64 p", "fd00:::1/64", "is not an address");
    check_refused("run --address fd00::1/129 p", "fd00::1/129", "give 0 to 128");
    check_refused("run --address fd00::1 p", "fd00::1", "as in fd00::1/64");
    check_refused("run --address fd00::1/64,no p", "fd00::1/64,no", "give nodad");
    check_refused("run --address [fd00::1]/64 p", "[fd00::1]/64", "is not an address");
    check_refused("run --address fe80::1%tarn0/64 p", "fe80::1%tarn0", "is not an address");
    check_refused("run --address ::ffff:10.0.0.1/120 p", "10.0.0.1", "write 10.0.0.1");
    check_refused("run --address ff02::1/64 p", "ff02::1", "no host has this address");
    check_refused("run --address ::/64 p", "::/64", "no host has this address");
    check_refused("run --gateway fe80::1 --gateway fe80::2 p", "fe80::2", "of this family already");
    check_refused("run --dns fe80::1 p", "fe80::1", "good everywhere");
    check_refused("run --dns ::1 --dns ::1 --dns ::1 --dns ::1 p", "::1", "more than 3");
    check_refused("run -p ::1:80:80 p", "::1:80:80", "brackets");
    check_refused("run -p [127.0.0.1]:80:80 p", "[127.0.0.1]", "brackets");
    check_refused("run -p [::1:80:80 p", "[::1", "is not an address");
}

TEST(run_options, unknown_names)
{
    check_refused("run --adress 10.0.0.1/8 p", "--adress", "did you mean --address?");
    check_refused("run --gatway 10.0.0.1 p", "--gatway", "did you mean --gateway?");
    check_refused("run --via kernel p", "--via kernel", "give auto or seccomp");
    check_refused("run --stats=xml p", "--stats xml", "--stats=json");
    check_refused("run --cc nosuchthing p", "--cc nosuchthing", "no such algorithm");
    check_refused("run --set tcp.sakc=0 p", "--set tcp.sakc=0", "did you mean tcp.sack?");
    check_refused("run --set tcp.sack p", "--set tcp.sack", "no value; give NAME=VALUE");
    check_refused("run --set tcp.sack=2 p", "--set tcp.sack=2", "out of range; give 0 to 1");
}

TEST(run_options, what_comes_later)
{
    check_later("run --setup file p");
    check_later("run --stack x p");
    check_later("run --shards=2 p");
    check_later("run --via preload p");
    check_later("run --cc ./mine.so p");
}

TEST(run_options, a_program_is_needed)
{
    check_refused("run", "no program", "give one");
    check_refused("run --stats --", "no program", "give one");
    check_refused("run --link {} p", "--link", "empty");
    check_refused("run --pcap a --pcap b p", "--pcap b", "give it once");
}

TEST(run_options, too_many_links)
{
    char text[512] = "run";

    for (int i = 0; i < RUN_MAX_LINKS + 1; i++)
        strcat(text, " --link tap:x");
    strcat(text, " p");
    check_refused(text, "--link tap:x", "more than 16 links");
}
