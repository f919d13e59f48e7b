/* tools/run_options.c - the options of `tarn run`, and what they mean together. */
#include "tools/run_options.h"

#include <stdio.h>
#include <string.h>

#include "tarn/cc.h"
#include "tools/run_link_options.h"
#include "tools/tool.h"
#include "tools/values.h"

/* --- the others --- */

/* PORT:PORT, the outside's first. */
static bool read_ports(const char *text, size_t len, struct run_forward *forward,
                       struct option_use *use)
{
    const char *colon = memchr(text, ':', len);

    if (colon == NULL)
        return option_refuse(use,
                             "one port where there are two; give OUTSIDE:INSIDE, as in 8080:80");
    return value_port(text, (size_t)(colon - text), &forward->outside.port, use) &&
           value_port(colon + 1, len - (size_t)(colon + 1 - text), &forward->inside, use);
}

static bool read_protocol(const char *slash, struct run_forward *forward, struct option_use *use)
{
    forward->udp = slash != NULL && strcmp(slash, "/udp") == 0;
    if (slash != NULL && !forward->udp && strcmp(slash, "/tcp") != 0)
        return option_refuse(use, "protocol \"%.16s\" is not forwarded; give tcp or udp",
                             slash + 1);
    return true;
}

/* An address before a port: that of IPv6 stands in brackets. */
static bool read_outside(const char *text, size_t len, struct tarn_ip *ip, struct option_use *use)
{
    bool brackets = len >= 2 && text[0] == '[' && text[len - 1] == ']';

    if (!value_ip(text + brackets, brackets ? len - 2 : len, ip, use))
        return false;
    if (brackets == tarn_ip_is4(ip))
        return option_refuse(use, "brackets are for IPv6 addresses, and only they have them; "
                                  "write [::1]:8080:80 or 127.0.0.1:8080:80");
    return true;
}

/* The last two parts between colons are the ports; what stands before them is the address. */
static bool set_publish(void *into, struct option_use *use)
{
    struct run_options *options = into;
    struct run_forward forward = {.outside.ip = tarn_ip4(0), .text = use->value};
    const char *text = use->value, *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text), parts = 0, ports = len;

    if (options->n_forwards == RUN_MAX_FORWARDS)
        return option_refuse(use, "more than %d ports; leave one out", RUN_MAX_FORWARDS);
    while (ports > 0 && (text[ports - 1] != ':' || ++parts < 2))
        ports--;
    if (ports > 0 && !read_outside(text, ports - 1, &forward.outside.ip, use))
        return false;
    if (!read_ports(text + ports, len - ports, &forward, use) ||
        !read_protocol(slash, &forward, use))
        return false;
    for (unsigned i = 0; i < options->n_forwards; i++) {
        const struct run_forward *other = &options->forwards[i];

        if (other->outside.port == forward.outside.port && other->udp == forward.udp &&
            tarn_ip_equal(&other->outside.ip, &forward.outside.ip))
            return option_refuse(use, "-p %s has this port already; give another", other->text);
    }
    options->forwards[options->n_forwards++] = forward;
    return true;
}

static bool set_dns(void *into, struct option_use *use)
{
    struct run_options *options = into;
    struct tarn_ip ip;

    if (!value_ip(use->value, strlen(use->value), &ip, use))
        return false;
    if (tarn_ip_is_any(&ip) || tarn_ip_is_multicast(&ip))
        return option_refuse(use, "no server has this address; give the name server's");
    if (tarn_ip_has_zone(&ip))
        return option_refuse(use, "it means another host on each link; give an address that is "
                                  "good everywhere");
    if (options->n_dns == RUN_MAX_DNS)
        return option_refuse(use,
                             "more than %d name servers, and programs ask no more; leave one "
                             "out",
                             RUN_MAX_DNS);
    options->dns[options->n_dns++] = ip;
    return true;
}

static bool set_via(void *into, struct option_use *use)
{
    struct run_options *options = into;

    if (strcmp(use->value, "preload") == 0)
        return option_refuse_later(use);
    if (strcmp(use->value, "auto") != 0 && strcmp(use->value, "seccomp") != 0)
        return option_refuse(use, "no such way; give auto or seccomp");
    options->via = use->value[0] == 'a' ? RUN_VIA_AUTO : RUN_VIA_SECCOMP;
    return true;
}

static bool set_cc(void *into, struct option_use *use)
{
    return value_cc(use->value, &((struct run_options *)into)->cc, use);
}

static bool set_param(void *into, struct option_use *use)
{
    struct run_options *options = into;
    struct run_set set;

    if (options->n_sets == RUN_MAX_SETS)
        return option_refuse(use, "more than %d parameters; leave one out", RUN_MAX_SETS);
    if (!value_param(use->value, &set.param, &set.value, use))
        return false;
    options->sets[options->n_sets++] = set;
    return true;
}

static bool set_poll(void *into, struct option_use *use)
{
    (void)use;
    ((struct run_options *)into)->poll = true;
    return true;
}

static bool set_stats(void *into, struct option_use *use)
{
    struct run_options *options = into;

    if (use->value != NULL && strcmp(use->value, "json") != 0)
        return option_refuse(use, "no such form; give --stats or --stats=json");
    options->stats = use->value != NULL ? RUN_STATS_AS_JSON : RUN_STATS_FOR_PEOPLE;
    return true;
}

static bool set_explain(void *into, struct option_use *use)
{
    (void)use;
    ((struct run_options *)into)->explain = true;
    return true;
}

static bool set_log(void *into, struct option_use *use)
{
    if (use->value[0] == '\0')
        return option_refuse(use, "it is empty; give a file, or leave the option out");
    ((struct run_options *)into)->log = use->value;
    return true;
}

/* --- the line --- */

static const struct option options_table[] = {
    {"link", 0, "URI", "a link of the stack; the next is tarn1 [slirp]", run_set_link},
    {"address", 0, "CIDR[,nodad]", "its address, 10.0.0.2/24 or fd00::2/64; nodad: unchecked",
     run_set_address},
    {"gateway", 0, "IP", "the router on the last --link, one for each family", run_set_gateway},
    {"dhcp", 0, NULL, "ask the last --link's DHCP servers, and wait for a lease", run_set_dhcp},
    {"pcap", 0, "FILE", "write every packet of the last --link, as pcapng", run_set_pcap},
    {"impair", 0, "SPEC", "make the last --link worse: delay=20ms,loss=1%", run_set_impair},
    {"publish", 'p', "[ADDR:]PORT:PORT[/udp]",
     "lead a port of this machine to the program's (slirp); [::1]:80:80", set_publish},
    {"dns", 0, "IP", "a name server that the program asks, up to three [the links']", set_dns},
    {"via", 0, "auto|seccomp", "how its socket calls are caught [auto]", set_via},
    {"cc", 0, "NAME", "congestion control [cubic]", set_cc},
    {"set", 0, "NAME=VALUE", "a parameter of the stack, as in tcp.ecn=1", set_param},
    {"poll", 0, NULL, "look for work all the time: lower delay, one busy processor", set_poll},
    {"stats", 0, "[=json]", "at the end, print where bytes and time went", set_stats},
    {"explain", 0, NULL, "print how the packets get from the program to the wire", set_explain},
    {"log", 0, "FILE", "write what tarn says there instead of to standard error", set_log},
    {"stack", 0, "NAME", NULL, NULL},
    {"setup", 0, "FILE", NULL, NULL},
    {"shards", 0, "N", NULL, NULL},
    {"trace", 0, "FILE", NULL, NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* Each line of the help behind the name. */
static void print_link(const char *name, const char *help)
{
    while (*help != '\0') {
        int len = (int)strcspn(help, "\n");

        printf("  %-10s %.*s\n", name, len, help);
        help += len + (help[len] == '\n');
        name = "";
    }
}

static void print_tables(void)
{
    printf("\nlinks, as in --link tap:t0,offload=off:\n");
    for (size_t i = 0; link_table[i] != NULL; i++)
        if (link_wrapper_option(link_table[i]->name) == NULL)
            print_link(link_table[i]->name, link_table[i]->help);
    print_link("none", "no link at all\n");
    for (size_t i = 0; link_table[i] != NULL; i++)
        if (strcmp(link_table[i]->name, "impair") == 0)
            print_link("--impair", link_table[i]->help);
    printf("\ncongestion control:\n");
    for (size_t i = 0; cc_table[i] != NULL; i++)
        printf("  %-12s %s\n", cc_table[i]->name, cc_table[i]->reference);
}

static const struct command run_command = {
    .name = "run",
    .operands = "[--] PROGRAM [ARG]...",
    .about = "Runs an unmodified program on tarn's TCP/IP instead of the kernel's.\n"
             "The exit status is the program's; 125: tarn failed, 126: cannot execute,\n"
             "127: not found, 128+N: killed by signal N.",
    .more = print_tables,
    .example = "tarn run --pcap out.pcapng --stats -- curl -O https://example.org/",
    .options = options_table,
    .runs_program = true,
    .usage_status = RUN_FAILED,
};

/* The line as a whole: a program, and a link that can do what -p asks. */
static int check(const struct run_options *options)
{
    bool forwards = false;

    if (options->program[0] == NULL)
        return command_refuse(&run_command, "no program; give one, as in tarn run -- curl URL");
    for (unsigned i = 0; i < options->n_links; i++)
        forwards |= run_is_slirp(&options->links[i]);
    if (options->n_forwards > 0 && !forwards)
        return command_refuse(&run_command,
                              "-p %s: no link forwards ports; add --link slirp, or "
                              "reach the program at its own address",
                              options->forwards[0].text);
    return COMMAND_GO_ON;
}

int run_options_parse(struct run_options *options, int argc, char **argv)
{
    const char *astray;
    int status;

    *options = (struct run_options){.n_links = 0};
    status = command_parse(&run_command, options, &options->common, &argc, &argv);
    if (status != COMMAND_GO_ON)
        return status;
    options->program = argv;
    astray = run_settle_links(options);
    if (astray != NULL)
        return command_refuse(&run_command, "%s: no --link before it; write it behind its link",
                              astray);
    return check(options);
}
