/* tools/run_link_options.h - the options of `tarn run` that belong to a link.
 *
 * Each applies to the last --link before it. Before the first --link it applies to the default
 * link, so there it is an error when a --link follows; of the environment, it applies to the first
 * link, whichever that is. `into` of the setters is a struct run_options. */
#ifndef TARN_TOOLS_RUN_LINK_OPTIONS_H
#define TARN_TOOLS_RUN_LINK_OPTIONS_H

#include "tools/run_options.h"

bool run_set_link(void *into, struct option_use *use);
bool run_set_address(void *into, struct option_use *use);
bool run_set_gateway(void *into, struct option_use *use);
bool run_set_dhcp(void *into, struct option_use *use);
bool run_set_pcap(void *into, struct option_use *use);
bool run_set_impair(void *into, struct option_use *use);

/* At the end of the line: what stood before the first --link goes to the first link, which is the
 * default one when there is no other. Returns the option that stands at a wrong place, or NULL. */
const char *run_settle_links(struct run_options *options);

/* Is it the default link, slirp? */
bool run_is_slirp(const struct run_link *link);

#endif
