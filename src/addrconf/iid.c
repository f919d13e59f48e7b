/* addrconf/iid.c - interface identifiers: from the link address (RFC 4291 appendix A), stable and
 * opaque (RFC 7217), random (RFC 8981 3.3.1).
 *
 * RFC 7217 5: the identifier is a keyed hash of prefix, interface and DAD counter. The key is
 * tarn_config.stable_key, so a host keeps its addresses on a network; without one it is drawn from
 * the seed. The interface is meant by name and link address: stacks of one machine, which may share
 * a key, all have a "tarn0". */
#include "addrconf/addrconf.h"

#include "base/bytes.h"

enum { EUI64 = 0, FORMS_TRIED = 16 };

void iid_init(struct tarn *st)
{
    static const uint8_t none[16];
    uint8_t key[16];

    memcpy(key, st->cfg.stable_key, sizeof key);
    if (memcmp(key, none, sizeof key) == 0)
        rng_bytes(&st->rng[STREAM_ADDRESS], key, sizeof key);
    addrconf_layer(st)->stable_key = sip_key_load(key);
}

/* Identifiers with a meaning of their own (RFC 5453 3): the routers' anycast address, those of
 * proxies, of subnet anycast. */
static bool is_reserved(uint64_t iid)
{
    return iid == 0 || iid >> 40 == 0x02005e ||
           (iid >= UINT64_C(0xfdffffffffffff80) && iid <= UINT64_C(0xfdffffffffffffff));
}

static struct tarn_ip join(const struct tarn_ip *prefix, uint64_t iid)
{
    struct tarn_ip ip = *prefix;

    store_be64(ip.b + 8, iid);
    return ip;
}

static uint64_t from_mac(const uint8_t mac[6])
{
    return (uint64_t)(mac[0] ^ 2) << 56 | (uint64_t)mac[1] << 48 | (uint64_t)mac[2] << 40 |
           UINT64_C(0xfffe000000) | (uint64_t)mac[3] << 16 | (uint64_t)mac[4] << 8 | mac[5];
}

bool iid_is_hardware(const struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    return load_be64(ip->b + 8) == from_mac(port_at(st, port)->info.mac);
}

struct tarn_ip iid_stable(const struct tarn *st, unsigned port, const struct tarn_ip *prefix,
                          unsigned try)
{
    const struct tarn_port_info *info = &port_at(st, port)->info;
    uint8_t in[8 + TARN_IFNAME_BYTES + 6 + 4] = {0};
    uint8_t *form_at = in + sizeof in - 4;
    uint64_t iid = 0;

    if (st->param[PARAM_IP6_ADDR_GEN] == EUI64)
        return join(prefix, from_mac(info->mac));
    memcpy(in, prefix->b, 8);
    memcpy(in + 8, info->name, TARN_IFNAME_BYTES);
    memcpy(in + 8 + TARN_IFNAME_BYTES, info->mac, 6);
    for (unsigned form = 0; form < FORMS_TRIED && is_reserved(iid); form++) {
        store_be32(form_at, try + form * (IDGEN_RETRIES + 1));
        iid = siphash24(&addrconf_layer(st)->stable_key, in, sizeof in);
    }
    return join(prefix, iid);
}

struct tarn_ip iid_random(struct tarn *st, const struct tarn_ip *prefix)
{
    uint64_t iid = 0;

    for (unsigned form = 0; form < FORMS_TRIED && is_reserved(iid); form++)
        iid = rng_u64(&st->rng[STREAM_ADDRESS]);
    return join(prefix, iid);
}
