/* RFC 4862 5.4.5: "If the address is a link-local address formed from an interface identifier based
 * on the hardware address, which is supposed to be uniquely assigned (e.g., EUI-64 for an Ethernet
 * interface), IP operation on the interface SHOULD be disabled." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_duplicate_hardware_stops_ip)
{
    static const uint8_t link_local[16] = {0xfe, 0x80};
    struct tarn_address a;
    struct tarn_port_info port;
    struct rig r;

    rig_open(&r, 1);
    conform_param(&r, "ip6.addr-gen", 0);
    conform_param(&r, "ip6.autoconf", 1);
    CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &port), 0);
    port.up = false;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &port, r.now, NULL), 0);
    port.up = true;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &port, r.now, NULL), 0);
    conform_address(&r, NUT);
    conform_neighbour(&r, TN);
    rig_drain(&r);
    CHECK(nd_address_of(&r, link_local, &a));
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), nd_unsolicited(a.prefix.ip));
    CHECK_EQ(nd_flags(&r, a.prefix.ip) & TARN_ADDRESS_DUPLICATE, TARN_ADDRESS_DUPLICATE);
    nd_add_tentative(&r, NOBODY);
    rig_wait(&r, 30 * RIG_S);
    conform_expect_silence(&r);
    conform_echo(&r, conform_from(TN, NUT));
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_UNSUPPORTED, 1);

    port.up = false;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &port, r.now, NULL), 0);
    port.up = true;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &port, r.now, NULL), 0);
    rig_wait(&r, 5 * RIG_S);
    rig_drain(&r);
    conform_neighbour(&r, TN);
    conform_echo(&r, conform_from(TN, NUT));
    {
        static struct conform_packet p;

        (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    }
    rig_close(&r);
}
