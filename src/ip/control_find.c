/* ip/control_find.c - the control plane's question which way a packet would take. */
#include "ip/control.h"
#include "ip/ip.h"

int tarn_route_find(struct tarn *st, const struct tarn_ip *dst, const struct tarn_ip *src,
                    uint32_t port, struct tarn_route *out)
{
    struct ip_info ip = {.dst = *dst, .src = tarn_ip_is_any(src) ? tarn_ip4(0) : *src};
    int err;

    if (tarn_ip_is_any(src) && !tarn_ip_is4(dst))
        ip.src = (struct tarn_ip){{0}};
    if (port > port_count(st))
        return -TARN_ENODEV;
    err = route_find(st, &ip, (int)port - 1);
    if (err < 0)
        return err;
    *out = (struct tarn_route){.to = {.ip = *dst, .len = 128}, .source = ip.src, .port = ip.port};
    if (!tarn_ip_equal(&ip.hop, dst))
        out->via = ip.hop;
    return 0;
}
