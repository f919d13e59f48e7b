/* tools/run_link_options.c - links, their addresses and routers, and what is wrapped around them.
 */
#include "tools/run_link_options.h"

#include <string.h>

#include "tools/values.h"

static const char default_link[] = "slirp";

bool run_set_link(void *into, struct option_use *use)
{
    struct run_options *options = into;

    if (options->n_links == RUN_MAX_LINKS)
        return option_refuse(use, "more than %d links; leave one out", RUN_MAX_LINKS);
    if (use->value[0] == '\0')
        return option_refuse(use, "no link has an empty name; give one, as in tap:NAME");
    options->links[options->n_links++].uri = use->value;
    return true;
}

/* The link that the option applies to; `name` is the option's, for a refusal. */
static struct run_link *link_of(struct run_options *options, const struct option_use *use,
                                const char *name)
{
    if (options->n_links > 0)
        return &options->links[options->n_links - 1];
    if (!use->environment && options->first_option == NULL)
        options->first_option = name;
    return &options->first;
}

/* --- addresses and routers --- */

static struct tarn_address *addresses_of(struct run_options *options, const struct run_link *link)
{
    return link == &options->first ? options->first_addresses
                                   : options->addresses[link - options->links];
}

/* CIDR[,nodad] */
static bool read_address(struct tarn_address *a, struct option_use *use)
{
    size_t len = strcspn(use->value, ",");

    *a = (struct tarn_address){.origin = TARN_ORIGIN_STATIC};
    if (strcmp(use->value + len, ",nodad") == 0)
        a->flags = TARN_ADDRESS_NODAD;
    else if (use->value[len] != '\0')
        return option_refuse(use, "\"%.40s\" is not said of an address; give nodad or nothing",
                             use->value + len + 1);
    return value_cidr(use->value, len, &a->prefix, use);
}

bool run_set_address(void *into, struct option_use *use)
{
    struct run_options *options = into;
    struct run_link *link = link_of(options, use, "--address");
    struct tarn_address *addresses = addresses_of(options, link);

    if (link->n_addresses == RUN_MAX_ADDRESSES)
        return option_refuse(use, "more than %d addresses of a link; leave one out",
                             RUN_MAX_ADDRESSES);
    if (!read_address(&addresses[link->n_addresses], use))
        return false;
    for (unsigned i = 0; i < link->n_addresses; i++)
        if (tarn_ip_equal(&addresses[i].prefix.ip, &addresses[link->n_addresses].prefix.ip))
            return option_refuse(use, "the link has this address already; give it once");
    link->n_addresses++;
    return true;
}

bool run_set_gateway(void *into, struct option_use *use)
{
    struct run_link *link = link_of(into, use, "--gateway");
    struct tarn_ip ip;

    if (!value_ip(use->value, strlen(use->value), &ip, use))
        return false;
    if (tarn_ip_is_any(&ip) || tarn_ip_is_multicast(&ip) || tarn_ip_is_loopback(&ip) ||
        tarn_ip_is_broadcast(&ip))
        return option_refuse(use, "no router has this address; give the router's");
    if (!tarn_ip_is_any(&link->gateway[link_family(&ip)]))
        return option_refuse(use, "the link has a router of this family already; give one for "
                                  "IPv4 and one for IPv6");
    link->gateway[link_family(&ip)] = ip;
    return true;
}

bool run_set_dhcp(void *into, struct option_use *use)
{
    link_of(into, use, "--dhcp")->dhcp = true;
    return true;
}

/* --- what is wrapped around a link --- */

/* Store text that a link may have once. */
static bool set_once(const char **text, struct option_use *use)
{
    if (*text != NULL)
        return option_refuse(use, "the link has one already (%.80s); give it once", *text);
    if (use->value[0] == '\0')
        return option_refuse(use, "it is empty; give one, or leave the option out");
    *text = use->value;
    return true;
}

bool run_set_pcap(void *into, struct option_use *use)
{
    return set_once(&link_of(into, use, "--pcap")->capture, use);
}

bool run_set_impair(void *into, struct option_use *use)
{
    return set_once(&link_of(into, use, "--impair")->impair, use);
}

/* --- the line as a whole --- */

/* The environment's options count where the line gives the link none of its own. */
static void settle_environment(struct run_link *link, const struct run_link *first)
{
    link->impair = link->impair != NULL ? link->impair : first->impair;
    link->capture = link->capture != NULL ? link->capture : first->capture;
    link->dhcp |= first->dhcp;
    for (unsigned f = 0; f < LINK_FAMILIES; f++)
        if (tarn_ip_is_any(&link->gateway[f]))
            link->gateway[f] = first->gateway[f];
}

const char *run_settle_links(struct run_options *options)
{
    struct run_link *link = &options->links[0];
    bool take_addresses = link->n_addresses == 0;

    if (options->n_links == 0) {
        *link = options->first;
        link->uri = default_link;
        options->n_links = 1;
    } else if (options->first_option != NULL) {
        return options->first_option;
    } else {
        settle_environment(link, &options->first);
    }
    if (take_addresses) {
        link->n_addresses = options->first.n_addresses;
        memcpy(options->addresses[0], options->first_addresses, sizeof options->addresses[0]);
    }
    for (unsigned i = 0; i < options->n_links; i++)
        options->links[i].addresses = options->addresses[i];
    return NULL;
}

bool run_is_slirp(const struct run_link *link)
{
    return strcspn(link->uri, ":,") == strlen(default_link) &&
           strncmp(link->uri, default_link, strlen(default_link)) == 0;
}
