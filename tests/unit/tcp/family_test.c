/* tests/unit/tcp/family_test.c - what a connection takes from its socket and listener, and errors
 * it is told of, in both families. */
#include "tests/unit/sock/families.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

static struct duo_got got;
static uint8_t frame[RIG_FRAME];

static tarn_sock listen_at(const struct duo *d, struct rig *r, uint16_t port)
{
    tarn_sock s = duo_socket(d, r, TARN_STREAM, 0);
    struct tarn_addr any = duo_at(d, 0, port);

    CHECK_EQ(tarn_bind(r->st, s, &any), 0);
    CHECK_EQ(tarn_listen(r->st, s, 8), 0);
    return s;
}

static tarn_sock connect_to(const struct duo *d, struct rig *r, uint8_t host, uint16_t port)
{
    tarn_sock s = duo_socket(d, r, TARN_STREAM, 0);
    struct tarn_addr to = duo_at(d, host, port);

    CHECK_EQ(tarn_connect(r->st, s, &to, r->now), -TARN_EINPROGRESS);
    return s;
}

/* Time to live, type of service and flow label of a frame. */
struct seen {
    uint8_t ttl, tos;
    uint32_t flow;
};

static struct seen see(const struct duo *d, size_t n)
{
    struct ip4_hdr four;
    struct ip6_hdr six;

    CHECK(n > 0);
    if (d->family == TARN_INET) {
        CHECK_EQ(ip4_parse(&four, frame + 14, n - 14, n - 14), WIRE_OK);
        return (struct seen){four.ttl, four.tos, 0};
    }
    CHECK_EQ(ip6_parse(&six, frame + 14, n - 14, n - 14), WIRE_OK);
    return (struct seen){six.hops, six.tclass, six.flow};
}

TEST(tcp_family, a_listeners_settings_are_its_connections)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        tarn_sock l, c, s;
        struct seen syn, synack, data;
        struct duo d;
        size_t n;

        duo_open(&d, families[f]);
        l = listen_at(&d, &d.b, 80);
        duo_set(&d.b, l, duo_opt(&d, TARN_SO_IP_TTL, TARN_SO_IPV6_UNICAST_HOPS), 77);
        duo_set(&d.b, l, duo_opt(&d, TARN_SO_IP_TOS, TARN_SO_IPV6_TCLASS), 0x20);
        c = connect_to(&d, &d.a, 2, 80);
        n = rig_output(&d.a, frame);
        syn = see(&d, n);
        rig_input(&d.b, frame, n);
        n = rig_output(&d.b, frame);
        synack = see(&d, n);
        rig_input(&d.a, frame, n);
        duo_run(&d);
        CHECK_EQ(tarn_accept(d.b.st, l, &s, NULL), 0);
        duo_set(&d.b, s, TARN_SO_TCP_NODELAY, 1);
        CHECK_EQ(tarn_send(d.b.st, s, "x", 1, d.b.now), 1);
        data = see(&d, rig_output(&d.b, frame));
        CHECK_EQ(synack.ttl, 77);
        CHECK_EQ(synack.tos, 0x20);
        CHECK_EQ(data.ttl, 77);
        CHECK_EQ(data.tos, 0x20);
        CHECK_EQ(syn.flow != 0, f == 1);
        CHECK_EQ(synack.flow, data.flow); /* one label for the whole connection (RFC 6437 3) */
        CHECK_EQ(duo_get(&d.b, s, duo_opt(&d, TARN_SO_IP_TTL, TARN_SO_IPV6_UNICAST_HOPS)), 77);
        if (f == 1) {
            duo_set(&d.b, s, TARN_SO_IPV6_AUTOFLOWLABEL, 0);
            CHECK_EQ(tarn_send(d.b.st, s, "y", 1, d.b.now), 1);
            CHECK_EQ(see(&d, rig_output(&d.b, frame)).flow, 0);
        }
        (void)c;
        duo_close(&d);
    }
}

TEST(tcp_family, a_refusal_by_icmp_is_queued_for_who_asks)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        tarn_sock c;
        struct duo d;

        duo_open(&d, families[f]);
        c = duo_socket(&d, &d.a, TARN_STREAM, 0);
        duo_set(&d.a, c, duo_opt(&d, TARN_SO_IP_RECVERR, TARN_SO_IPV6_RECVERR), 1);
        CHECK_EQ(tarn_connect(d.a.st, c, &(struct tarn_addr){duo_ip(d.family, 77), 0, 80}, d.a.now),
                 -TARN_EINPROGRESS);
        for (unsigned i = 0; i < 5; i++) { /* nobody has the address */
            rig_drain(&d.a);
            rig_wait(&d.a, RIG_S);
        }
        CHECK(tarn_ready(d.a.st, c) & TARN_ERR);
        CHECK(duo_recv(&d.a, c, TARN_MSG_ERRQUEUE, &got) >= 8);
        CHECK_EQ(load_be16(got.data + 2), 80); /* the segment's header */
        CHECK_EQ(got.info.error.error, TARN_EHOSTUNREACH);
        CHECK_EQ(got.info.error.origin, f == 0 ? TARN_ERROR_ICMP : TARN_ERROR_ICMP6);
        CHECK_EQ(got.from.port, 80);
        duo_close(&d);
    }
}
