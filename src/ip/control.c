/* ip/control.c - the control plane's interfaces (tarn/control.h). Each request is checked whole
 * before anything changes, and says which field is at fault. */
#include "ip/control.h"
#include "base/bytes.h"
#include "eth/neigh.h"
#include "ip/address.h"
#include "tarn/link.h"

enum { MTU_MIN = 68, MTU_MAX = 65535 };

uint32_t tarn_generation(const struct tarn *st)
{
    return st->generation;
}

/* The name's length; TARN_IFNAME_BYTES when it is not ended within its room. */
static size_t name_len(const char *name)
{
    size_t n = 0;

    while (n < TARN_IFNAME_BYTES && name[n] != '\0')
        n++;
    return n;
}

static bool name_taken(const struct tarn *st, const char *name)
{
    for (unsigned i = 0; i < port_count(st); i++)
        if (memcmp(port_at(st, i)->info.name, name, name_len(name) + 1) == 0)
            return true;
    return false;
}

static int check_mtu(uint32_t mtu, struct tarn_control_error *e)
{
    if (mtu < MTU_MIN || mtu > MTU_MAX)
        return control_refuse(e, -TARN_EINVAL, "mtu", "the MTU is below 68 or above 65535");
    return 0;
}

/* A VLAN's carrier, and what the VLAN takes over from it. */
static int take_carrier(const struct tarn *st, struct tarn_port_info *info,
                        struct tarn_control_error *e)
{
    enum { VLAN_MAX = 4094 };
    const struct tarn_port_info *carrier;

    if (info->vlan == 0)
        return 0;
    if (info->vlan > VLAN_MAX)
        return control_refuse(e, -TARN_EINVAL, "vlan", "a VLAN's number is 1 to 4094");
    if (info->vlan_of >= port_count(st))
        return control_refuse(e, -TARN_ENODEV, "vlan_of", "there is no such interface");
    carrier = &port_at(st, info->vlan_of)->info;
    if (carrier->medium != LINK_ETHERNET || carrier->vlan != 0)
        return control_refuse(e, -TARN_EINVAL, "vlan_of", "the interface carries no tags");
    if (port_find_vlan(st, info->vlan_of, info->vlan) >= 0)
        return control_refuse(e, -TARN_EEXIST, "vlan", "an interface has this VLAN");
    if (info->mtu > carrier->mtu)
        return control_refuse(e, -TARN_EINVAL, "mtu", "the MTU is above that of the carrier");
    memcpy(info->mac, carrier->mac, sizeof info->mac);
    info->medium = LINK_ETHERNET;
    info->offload = carrier->offload;
    return 0;
}

int tarn_port_add(struct tarn *st, const struct tarn_port_info *asked, struct tarn_control_error *e)
{
    struct tarn_port_info own = *asked, *info = &own;
    size_t len = name_len(info->name);
    int err = check_mtu(info->mtu, e);

    if (err < 0)
        return err;
    if (len == 0 || len == TARN_IFNAME_BYTES)
        return control_refuse(e, -TARN_EINVAL, "name", "the name is empty or longer than 15 bytes");
    if ((info->mac[0] & 1) != 0)
        return control_refuse(e, -TARN_EINVAL, "mac", "the link address is a group's");
    if (name_taken(st, info->name))
        return control_refuse(e, -TARN_EEXIST, "name", "an interface has this name");
    err = take_carrier(st, info, e);
    if (err < 0)
        return err;
    err = port_new(st, info);
    if (err < 0)
        return control_refuse(e, err, NULL, "there are 64 interfaces already");
    routes_changed(st);
    control_changed(st);
    return err;
}

int tarn_port_get(const struct tarn *st, unsigned port, struct tarn_port_info *out)
{
    if (port >= port_count(st))
        return -TARN_ENODEV;
    *out = port_at(st, port)->info;
    return 0;
}

static void went_up(struct tarn *st, unsigned port, tarn_ns now)
{
    struct address *a = NULL;

    fib_port_changed(st, port);
    addrconf_port(st, port, true, now);
    while ((a = address_next(st, a)) != NULL)
        if (a->info.port == port)
            (void)address_started(st, a, now);
}

static void went_down(struct tarn *st, unsigned port, tarn_ns now)
{
    struct address *a = address_next(st, NULL), *next;

    for (; a != NULL; a = next) {
        next = address_next(st, a);
        if (a->info.port == port)
            address_stopped(st, a);
    }
    addrconf_port(st, port, false, now);
    fib_port_changed(st, port);
    neigh_flush_port(st, port);
    port_flush(st, port);
}

int tarn_port_set(struct tarn *st, unsigned port, const struct tarn_port_info *info, tarn_ns now,
                  struct tarn_control_error *e)
{
    struct port *o;
    int err = check_mtu(info->mtu, e);
    bool was_up;

    if (port >= port_count(st))
        return control_no_port(e);
    if (err < 0)
        return err;
    st->now = now;
    o = port_at(st, port);
    was_up = o->info.up;
    o->info.mtu = info->mtu;
    o->info.up = info->up;
    o->info.carrier = info->carrier;
    if (!was_up && info->up)
        went_up(st, port, now);
    else if (was_up && !info->up)
        went_down(st, port, now);
    routes_changed(st);
    control_changed(st);
    return 0;
}
