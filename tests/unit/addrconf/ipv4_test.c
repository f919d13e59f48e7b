/* Tests of src/addrconf: IPv4 addresses that are probed for and defended (RFC 5227), and those that
 * the stack makes itself (RFC 3927). */
#include "tests/unit/rig.h"

static const uint32_t WANTED = 0x0a000042;
static uint8_t frame[RIG_FRAME];

/* The next ARP packet that the node sends; false: none. */
static bool hear(struct rig *r, struct arp_hdr *out)
{
    size_t n;

    tarn_tick(r->st, r->now);
    while ((n = rig_output(r, frame)) > 0)
        if (load_be16(frame + 12) == ETH_ARP && arp_parse(out, frame + 14, n - 14) == WIRE_OK)
            return true;
    return false;
}

/* How many probes for an address (sender 0), and how many announcements of it, in `ns`. */
static void count(struct rig *r, tarn_ns ns, unsigned *probes, unsigned *announcements)
{
    tarn_ns until = r->now + ns;
    struct arp_hdr h;

    *probes = *announcements = 0;
    for (;;) {
        while (hear(r, &h)) {
            *probes += h.sender_ip == 0;
            *announcements += h.sender_ip == h.target_ip;
        }
        if (r->now >= until)
            return;
        rig_wait(r, 10 * RIG_MS);
    }
}

static void add(struct rig *r, uint32_t ip, uint8_t origin, uint8_t flags)
{
    struct tarn_address a = {.port = RIG_PORT,
                             .prefix = {.ip = tarn_ip4(ip), .len = 96 + 24},
                             .origin = origin,
                             .flags = flags};

    CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
}

/* The flags of the address; -1: it is not there. */
static int flags_of(const struct rig *r, uint32_t ip)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(r->st, &cursor, &a))
        if (tarn_ip_is4(&a.prefix.ip) && tarn_ip_to4(&a.prefix.ip) == ip)
            return a.flags;
    return -1;
}

/* The peer says by ARP that it is `sender`, and asks for `target`. */
static void arp(struct rig *r, uint32_t sender, uint32_t target)
{
    struct arp_hdr h = {.op = ARP_REQUEST, .sender_ip = sender, .target_ip = target};
    size_t n = rig_eth(frame, rig_everybody, ETH_ARP);

    memcpy(h.sender_mac, rig_peer_mac, 6);
    n += arp_build(frame + n, &h);
    rig_input(r, frame, n);
}

static void param(struct rig *r, const char *name, int64_t value)
{
    CHECK_EQ(tarn_param_set(r->st, name, value), 0);
}

/* RFC 5227 2.1.1, 2.3. */
TEST(conflict, probes_then_announces)
{
    unsigned probes, announcements;
    struct rig r;

    rig_open_quiet(&r, 1);
    param(&r, "ip4.conflict-detection", 1);
    add(&r, WANTED, TARN_ORIGIN_STATIC, 0);
    CHECK_EQ(flags_of(&r, WANTED), TARN_ADDRESS_TENTATIVE);
    count(&r, 4 * RIG_S, &probes, &announcements);
    CHECK(probes >= 2);
    CHECK_EQ(announcements, 0);
    count(&r, 8 * RIG_S, &probes, &announcements);
    CHECK_EQ(flags_of(&r, WANTED), 0);
    CHECK_EQ(announcements, 2);
    rig_close(&r);
}

TEST(conflict, check_takes_half_a_second)
{
    unsigned probes, announcements;
    struct rig r;

    rig_open_quiet(&r, 1);
    add(&r, WANTED, TARN_ORIGIN_DHCP, TARN_ADDRESS_CHECK);
    count(&r, 440 * RIG_MS, &probes, &announcements);
    CHECK_EQ(probes, 3);
    CHECK(flags_of(&r, WANTED) & TARN_ADDRESS_TENTATIVE);
    count(&r, 60 * RIG_MS, &probes, &announcements);
    CHECK_EQ(announcements, 1);
    CHECK_EQ(flags_of(&r, WANTED) & TARN_ADDRESS_TENTATIVE, 0);
    rig_close(&r);
}

/* A probing node meets `sender` asking for `target`. */
static void expect_duplicate(uint32_t sender, uint32_t target)
{
    struct rig r;

    rig_open_quiet(&r, 1);
    add(&r, WANTED, TARN_ORIGIN_DHCP, TARN_ADDRESS_CHECK);
    rig_wait(&r, 100 * RIG_MS);
    arp(&r, sender, target);
    rig_wait(&r, RIG_S);
    CHECK(flags_of(&r, WANTED) & TARN_ADDRESS_DUPLICATE);
    CHECK_EQ(flags_of(&r, WANTED) & TARN_ADDRESS_TENTATIVE, 0);
    CHECK_EQ(tarn_drop_count(r.st, DROP_ARP_CONFLICT), 1);
    rig_close(&r);
}

/* RFC 5227 2.1.1: whoever has it, and whoever probes for it too. */
TEST(conflict, user_or_rival_makes_it_a_duplicate)
{
    expect_duplicate(WANTED, 0x0a000001);
    expect_duplicate(0, WANTED);
}

TEST(conflict, a_tentative_address_is_not_answered)
{
    struct arp_hdr h;
    struct rig r;

    rig_open_quiet(&r, 1);
    add(&r, WANTED, TARN_ORIGIN_DHCP, TARN_ADDRESS_CHECK);
    rig_drain(&r);
    arp(&r, RIG_PEER_IP, WANTED);
    CHECK(!hear(&r, &h));
    rig_wait(&r, RIG_S);
    rig_drain(&r);
    arp(&r, RIG_PEER_IP, WANTED);
    CHECK(hear(&r, &h));
    CHECK_EQ(h.op, ARP_REPLY);
    rig_close(&r);
}

/* RFC 5227 2.4 c. */
TEST(conflict, what_the_user_gave_is_defended)
{
    unsigned probes, announcements;
    struct rig r;

    rig_open_quiet(&r, 1);
    for (unsigned i = 0; i < 3; i++)
        arp(&r, r.ip, RIG_PEER_IP);
    count(&r, 0, &probes, &announcements);
    CHECK_EQ(announcements, 1);
    rig_wait(&r, 11 * RIG_S);
    arp(&r, r.ip, RIG_PEER_IP);
    count(&r, 0, &probes, &announcements);
    CHECK_EQ(announcements, 1);
    CHECK_EQ(flags_of(&r, r.ip), 0);
    rig_close(&r);
}

/* RFC 5227 2.4 b. */
TEST(conflict, what_a_server_gave_is_given_up)
{
    struct rig r;

    rig_open_quiet(&r, 1);
    add(&r, WANTED, TARN_ORIGIN_DHCP, 0);
    arp(&r, WANTED, RIG_PEER_IP);
    CHECK_EQ(flags_of(&r, WANTED), 0);
    arp(&r, WANTED, RIG_PEER_IP);
    CHECK_EQ(flags_of(&r, WANTED), TARN_ADDRESS_DUPLICATE);
    rig_close(&r);
}

/* A node that has no address of IPv4. */
static void open_bare(struct rig *r)
{
    struct tarn_address a = {.port = RIG_PORT};

    rig_open_quiet(r, 1);
    param(r, "ip4.link-local", 1);
    a.prefix = (struct tarn_prefix){.ip = tarn_ip4(r->ip), .len = 96 + 24};
    CHECK_EQ(tarn_address_del(r->st, &a, r->now, NULL), 0);
}

/* The node's address of 169.254/16; 0: it has none. */
static uint32_t link_local(const struct rig *r)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(r->st, &cursor, &a))
        if (tarn_ip_is4(&a.prefix.ip) && tarn_ip_is_link_local(&a.prefix.ip))
            return tarn_ip_to4(&a.prefix.ip);
    return 0;
}

TEST(linklocal4, comes_when_there_is_no_other)
{
    uint32_t ip;
    struct rig r;

    open_bare(&r);
    rig_wait(&r, 4 * RIG_S);
    CHECK_EQ(link_local(&r), 0);
    rig_wait(&r, 2 * RIG_S);
    ip = link_local(&r);
    CHECK(ip >= 0xa9fe0100 && ip <= 0xa9fefeff);
    CHECK_EQ(flags_of(&r, ip), TARN_ADDRESS_TENTATIVE);
    rig_wait(&r, 10 * RIG_S);
    CHECK_EQ(flags_of(&r, ip), 0);
    rig_close(&r);
}

TEST(linklocal4, goes_when_another_comes)
{
    struct rig r;

    open_bare(&r);
    rig_wait(&r, 20 * RIG_S);
    CHECK(link_local(&r) != 0);
    add(&r, WANTED, TARN_ORIGIN_DHCP, 0);
    CHECK_EQ(link_local(&r), 0);
    rig_wait(&r, 20 * RIG_S);
    CHECK_EQ(link_local(&r), 0);
    rig_close(&r);
}

/* RFC 3927 2.2.1. */
TEST(linklocal4, takes_another_after_a_conflict)
{
    uint32_t first;
    struct rig r;

    open_bare(&r);
    rig_wait(&r, 6 * RIG_S);
    first = link_local(&r);
    arp(&r, first, RIG_PEER_IP);
    CHECK(link_local(&r) != 0 && link_local(&r) != first);
    rig_close(&r);
}

/* RFC 3927 2.5 b. */
TEST(linklocal4, is_defended_once)
{
    uint32_t first;
    struct rig r;

    open_bare(&r);
    rig_wait(&r, 20 * RIG_S);
    first = link_local(&r);
    arp(&r, first, RIG_PEER_IP);
    CHECK_EQ(link_local(&r), first);
    arp(&r, first, RIG_PEER_IP);
    CHECK(link_local(&r) != first);
    rig_close(&r);
}

TEST(linklocal4, is_off_unless_asked_for)
{
    struct rig r;

    open_bare(&r);
    param(&r, "ip4.link-local", 0);
    rig_wait(&r, 20 * RIG_S);
    CHECK_EQ(link_local(&r), 0);
    rig_close(&r);
}
