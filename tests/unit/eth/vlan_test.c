/* tests/unit/eth/vlan_test.c - 802.1Q: tags by byte vectors, and between two stacks. */
#include "tests/unit/rig.h"

enum { VLAN = 2, VID = 0x123 };

static uint8_t frame[RIG_FRAME];

/* A VLAN interface with 10.9.0.`host`/24. */
static void add_vlan(struct rig *r, uint8_t host, uint16_t vid)
{
    struct tarn_port_info info = {
        .name = "tarn0.291", .mtu = 1500, .carrier = true, .vlan = vid, .vlan_of = RIG_PORT};
    struct tarn_address address = {.port = VLAN,
                                   .prefix = {.ip = tarn_ip4(0x0a090000u + host), .len = 120}};

    CHECK_EQ(tarn_port_add(r->st, &info, NULL), VLAN);
    info.up = true;
    CHECK_EQ(tarn_port_set(r->st, VLAN, &info, r->now, NULL), 0);
    CHECK_EQ(tarn_address_add(r->st, &address, r->now, NULL), 0);
}

TEST(vlan, a_tagged_question_gets_a_tagged_answer)
{
    static const uint8_t question[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0,    0x99, 0x81, 0x00, 0x61, 0x23,
        0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 0x06, 4, 0, 1, 0x02, 0,    0,    0,    0,    0x99,
        0x0a, 0x09, 0x00, 0x63, 0,    0,    0,    0, 0, 0, 0x0a, 0x09, 0x00, 0x01};
    static const uint8_t answer[] = {
        0x02, 0,    0,    0,    0,    0x99, 0x02, 0, 0, 0,    0,    0x01, 0x81, 0x00, 0x01, 0x23,
        0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 0x06, 4, 0, 2,    0x02, 0,    0,    0,    0,    0x01,
        0x0a, 0x09, 0x00, 0x01, 0x02, 0,    0,    0, 0, 0x99, 0x0a, 0x09, 0x00, 0x63};
    struct tarn_port_info info;
    struct rig r;

    rig_open(&r, 1);
    add_vlan(&r, 1, VID);
    rig_drain(&r);
    rig_input(&r, question, sizeof question);
    CHECK_EQ(rig_output(&r, frame), sizeof answer);
    CHECK_MEM(frame, answer, sizeof answer);
    CHECK_EQ(tarn_port_get(r.st, VLAN, &info), 0);
    CHECK_EQ(info.rx_packets, 1);
    CHECK_EQ(info.tx_packets, 2); /* its announcement, this answer */
    rig_close(&r);
}

TEST(vlan, other_tags_are_nobodys)
{
    uint8_t arp[ARP_BYTES] = {0};
    struct eth_hdr h = {.type = ETH_ARP, .n_tags = 1, .tag = {{ETH_VLAN, VID + 1}}};
    struct rig r;
    size_t n;

    rig_open(&r, 1);
    add_vlan(&r, 1, VID);
    memcpy(h.dst, rig_everybody, 6);
    memcpy(h.src, rig_peer_mac, 6);
    n = eth_build(frame, &h);
    memcpy(frame + n, arp, sizeof arp);
    rig_input(&r, frame, n + sizeof arp);
    CHECK_EQ(tarn_drop_count(r.st, DROP_ETH_VLAN), 1);
    h.n_tags = 2;
    h.tag[0].tci = VID;
    h.tag[1] = (struct eth_tag){ETH_VLAN, 5};
    n = eth_build(frame, &h);
    rig_input(&r, frame, n + sizeof arp);
    CHECK_EQ(tarn_drop_count(r.st, DROP_ETH_VLAN), 2);
    h.tag[0].tci = 7 << ETH_TCI_PCP_SHIFT; /* a priority alone: the port's own frame */
    h.n_tags = 1;
    n = eth_build(frame, &h);
    rig_input(&r, frame, n + sizeof arp);
    CHECK_EQ(tarn_drop_count(r.st, DROP_ETH_VLAN), 2);
    CHECK_EQ(tarn_drop_count(r.st, DROP_ARP_FORM), 1);
    rig_close(&r);
}

TEST(vlan, datagrams_of_every_size_cross_a_tagged_wire)
{
    static uint8_t data[60000], got[60000];
    struct tarn_addr to = {.ip = tarn_ip4(0x0a090002), .port = 7};
    struct rig a, b;
    tarn_sock c, s;

    rig_open(&a, 1);
    rig_open(&b, 2);
    add_vlan(&a, 1, VID);
    add_vlan(&b, 2, VID);
    rig_run(&a, &b);
    CHECK_EQ(tarn_open(b.st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_bind(b.st, s, &to), 0);
    CHECK_EQ(tarn_open(a.st, TARN_INET, TARN_DGRAM, 0, 0, &c), 0);
    CHECK_EQ(tarn_connect(a.st, c, &to, a.now), 0);
    for (size_t n = 1; n <= sizeof data; n = n * 7 + 3) {
        memset(data, (int)n & 0xff, n);
        CHECK_EQ(tarn_send(a.st, c, data, n, a.now), (long)n);
        rig_run(&a, &b);
        CHECK_EQ(tarn_recv(b.st, s, got, sizeof got, b.now), (long)n);
        CHECK_MEM(got, data, n);
    }
    rig_close(&a);
    rig_close(&b);
}

TEST(vlan, requests_are_checked)
{
    struct tarn_port_info info = {.name = "v", .mtu = 1500, .vlan = 4095, .vlan_of = RIG_PORT};
    struct tarn_control_error e;
    struct rig r;

    rig_open(&r, 1);
    CHECK_EQ(tarn_port_add(r.st, &info, &e), -TARN_EINVAL);
    CHECK_STR(e.field, "vlan");
    info.vlan = 5;
    info.vlan_of = 9;
    CHECK_EQ(tarn_port_add(r.st, &info, &e), -TARN_ENODEV);
    info.vlan_of = 0;
    CHECK_EQ(tarn_port_add(r.st, &info, &e), -TARN_EINVAL);
    CHECK_STR(e.field, "vlan_of");
    info.vlan_of = RIG_PORT;
    info.mtu = 1501;
    CHECK_EQ(tarn_port_add(r.st, &info, &e), -TARN_EINVAL);
    info.mtu = 1500;
    CHECK_EQ(tarn_port_add(r.st, &info, &e), VLAN);
    info.name[0] = 'w';
    CHECK_EQ(tarn_port_add(r.st, &info, &e), -TARN_EEXIST);
    info.vlan = 6;
    info.vlan_of = VLAN;
    CHECK_EQ(tarn_port_add(r.st, &info, &e), -TARN_EINVAL);
    rig_close(&r);
}
