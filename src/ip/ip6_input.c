/* ip/ip6_input.c - IPv6 packets: this stack does not carry them. */
#include "core/path.h"

void ip6_input(struct tarn *st, struct pkt *p, tarn_ns now)
{
    (void)now;
    pkt_drop(st, p, DROP_IP6_UNSUPPORTED);
}
