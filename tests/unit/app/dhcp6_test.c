/* tests/unit/app/dhcp6_test.c - the DHCPv6 client in virtual time, against a server played by hand
 * (RFC 9915 15, 16, 18.2). */
#include "tests/unit/app/dhcp6_bench.h"

static struct bench6 b;

TEST(dhcp6, a_lease_is_asked_for_as_rfc_9915_says)
{
    static const uint8_t duid_ll[] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1};

    bench6_open(&b);
    CHECK_EQ(b.said.client.n, sizeof duid_ll);
    CHECK_MEM(b.said.client.b, duid_ll, sizeof duid_ll);
    CHECK_EQ(b.said.server.n, 0);
    CHECK_EQ(b.said.n_ias, 1);
    CHECK_EQ(b.said.ia[0].option, DHCP6_OPT_IA_NA);
    CHECK_EQ(b.said.ia[0].n, 0);
    CHECK((b.said.has & DHCP6_HAS_RAPID_COMMIT) != 0);
    CHECK((b.said.has & DHCP6_HAS_ELAPSED) != 0);
    CHECK_EQ(b.said.elapsed_cs, 0);
    CHECK(b.said.n_asked > 3);
    bench6_send_type(&b, DHCP6_ADVERTISE);
    CHECK_EQ(b.n_said[DHCP6_REQUEST], 0); /* others may have a higher preference */
    net_run(&b.net, 1200 * RIG_MS);
    CHECK_EQ(b.n_said[DHCP6_REQUEST], 1);
    CHECK_EQ(b.said.server.n, 5);
    CHECK_MEM(b.said.ia[0].lease[0].ip.b, bench6_address.b, 16);
    CHECK_EQ(b.said.has & DHCP6_HAS_RAPID_COMMIT, 0);
    bench6_close(&b);
}

TEST(dhcp6, a_lease_is_in_the_stack_until_it_is_released)
{
    bench6_open(&b);
    bench6_bind(&b);
    CHECK(bench6_has(&b.net, 0, &bench6_address));
    CHECK_EQ(bench6_resolvers(&b.net, 0), 2);
    CHECK_EQ(b.lease.valid_s, 3600);
    CHECK_EQ(b.lease.t1_s, 900);
    net_end(&b.net, 0);
    net_step(&b.net);
    CHECK_EQ(b.n_said[DHCP6_RELEASE], 1);
    CHECK_MEM(b.said.ia[0].lease[0].ip.b, bench6_address.b, 16);
    CHECK(!bench6_has(&b.net, 0, &bench6_address));
    CHECK_EQ(bench6_resolvers(&b.net, 0), 0);
    bench6_close(&b);
}

TEST(dhcp6, the_server_of_the_highest_preference_is_chosen)
{
    struct dhcp6_msg m;

    bench6_open(&b);
    for (uint8_t i = 0; i < 3; i++) {
        m = bench6_answer(&b, DHCP6_ADVERTISE);
        m.server.b[4] = i;
        m.has = DHCP6_HAS_PREFERENCE;
        m.preference = i == 1 ? 20 : 10;
        bench6_send(&b, &m);
    }
    net_run(&b.net, 1200 * RIG_MS);
    CHECK_EQ(b.n_said[DHCP6_REQUEST], 1);
    CHECK_EQ(b.said.server.b[4], 1);
    bench6_close(&b);
}

TEST(dhcp6, preference_255_is_taken_at_once)
{
    struct dhcp6_msg m;

    bench6_open(&b);
    m = bench6_answer(&b, DHCP6_ADVERTISE);
    m.has = DHCP6_HAS_PREFERENCE;
    m.preference = 255;
    bench6_send(&b, &m);
    CHECK_EQ(b.n_said[DHCP6_REQUEST], 1);
    bench6_close(&b);
}

TEST(dhcp6, rapid_commit_needs_no_request)
{
    struct dhcp6_msg m;

    bench6_open(&b);
    m = bench6_answer(&b, DHCP6_REPLY);
    bench6_send(&b, &m); /* not a rapid commit: not an answer to a solicitation */
    net_run(&b.net, 200 * RIG_MS);
    CHECK(!bench6_has(&b.net, 0, &bench6_address));
    m.has = DHCP6_HAS_RAPID_COMMIT;
    bench6_send(&b, &m);
    net_run(&b.net, 3 * RIG_S);
    CHECK(bench6_has(&b.net, 0, &bench6_address));
    CHECK_EQ(b.n_said[DHCP6_REQUEST], 0);
    bench6_close(&b);
}

/* The time to the next message of the type, in milliseconds. */
static unsigned gap_ms(enum dhcp6_type type, unsigned limit_ms)
{
    unsigned before = b.n_said[type], ms = 0;

    while (b.n_said[type] == before && ms < limit_ms) {
        net_run(&b.net, 10 * RIG_MS);
        ms += 10;
    }
    return ms;
}

TEST(dhcp6, solicitations_go_out_in_doubling_intervals_with_a_tenth_of_chance)
{
    unsigned last;
    uint32_t xid;

    bench6_open(&b);
    xid = b.said.xid;
    last = gap_ms(DHCP6_SOLICIT, 5000);
    CHECK(last >= 1000 && last <= 1110); /* the first is never below IRT (RFC 9915 18.2.1) */
    for (unsigned i = 0; i < 6; i++) {
        unsigned next = gap_ms(DHCP6_SOLICIT, 1000000);

        CHECK(next >= last * 19 / 10 - 20 && next <= last * 21 / 10 + 20);
        CHECK_EQ(b.said.xid, xid);
        last = next;
    }
    CHECK(b.said.elapsed_cs >= 6000);
    bench6_close(&b);
}

TEST(dhcp6, servers_set_the_longest_interval_even_when_they_give_nothing)
{
    struct dhcp6_msg m;

    bench6_open(&b);
    m = bench6_answer(&b, DHCP6_ADVERTISE);
    m.ia[0].n = 0;
    m.ia[0].status = DHCP6_NO_ADDRS;
    m.has = DHCP6_HAS_SOL_MAX_RT;
    m.sol_max_rt_s = 60;
    bench6_send(&b, &m);
    net_run(&b.net, 300 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_REQUEST], 0);
    CHECK(gap_ms(DHCP6_SOLICIT, 100000) <= 66010);
    CHECK(gap_ms(DHCP6_SOLICIT, 100000) <= 66010);
    m.sol_max_rt_s = 59; /* out of its range: ignored (RFC 9915 21.24) */
    bench6_send(&b, &m);
    CHECK(gap_ms(DHCP6_SOLICIT, 100000) >= 50000);
    bench6_close(&b);
}

TEST(dhcp6, a_request_is_repeated_ten_times)
{
    bench6_open(&b);
    bench6_send_type(&b, DHCP6_ADVERTISE);
    net_run(&b.net, 400 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_REQUEST], 10);
    CHECK(b.n_said[DHCP6_SOLICIT] > 1);
    bench6_close(&b);
}

TEST(dhcp6, t1_renews_t2_rebinds_and_the_end_takes_the_address)
{
    bench6_open(&b);
    bench6_bind(&b);
    net_run(&b.net, 890 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_RENEW], 0);
    net_run(&b.net, 10 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_RENEW], 1);
    CHECK_EQ(b.said.server.n, 5);
    net_run(&b.net, 520 * RIG_S);
    CHECK(b.n_said[DHCP6_RENEW] >= 4 && b.n_said[DHCP6_RENEW] <= 7);
    CHECK_EQ(b.n_said[DHCP6_REBIND], 0);
    net_run(&b.net, 30 * RIG_S);
    CHECK(b.n_said[DHCP6_REBIND] >= 1);
    CHECK_EQ(b.said.server.n, 0);
    net_run(&b.net, 2130 * RIG_S);
    CHECK(bench6_has(&b.net, 0, &bench6_address));
    net_run(&b.net, 30 * RIG_S);
    CHECK(!bench6_has(&b.net, 0, &bench6_address));
    CHECK_EQ(b.n_reports[TARN_DHCP6_LOST], 1);
    net_run(&b.net, 10 * RIG_S);
    CHECK(b.n_said[DHCP6_SOLICIT] >= 2);
    bench6_close(&b);
}

TEST(dhcp6, a_renewed_lease_lasts_longer_and_another_server_may_rebind_it)
{
    struct dhcp6_msg m;

    bench6_open(&b);
    bench6_bind(&b);
    net_run(&b.net, 900 * RIG_S);
    bench6_send_type(&b, DHCP6_REPLY);
    CHECK_EQ(b.n_reports[TARN_DHCP6_BOUND], 2);
    net_run(&b.net, 1445 * RIG_S);
    CHECK(b.n_said[DHCP6_REBIND] >= 1);
    m = bench6_answer(&b, DHCP6_REPLY);
    m.server.b[4] = 77;
    bench6_send(&b, &m);
    CHECK_EQ(b.n_reports[TARN_DHCP6_BOUND], 3);
    net_run(&b.net, 905 * RIG_S);
    CHECK_EQ(b.said.type, DHCP6_RENEW);
    CHECK_EQ(b.said.server.b[4], 77);
    bench6_close(&b);
}

TEST(dhcp6, a_server_that_has_forgotten_the_lease_is_asked_for_it)
{
    struct dhcp6_msg m;

    bench6_open(&b);
    bench6_bind(&b);
    net_run(&b.net, 900 * RIG_S);
    m = bench6_answer(&b, DHCP6_REPLY);
    m.ia[0].n = 0;
    m.ia[0].status = DHCP6_NO_BINDING;
    bench6_send(&b, &m);
    CHECK_EQ(b.said.type, DHCP6_REQUEST);
    CHECK_MEM(b.said.ia[0].lease[0].ip.b, bench6_address.b, 16);
    bench6_send_type(&b, DHCP6_REPLY);
    CHECK_EQ(b.n_reports[TARN_DHCP6_BOUND], 2);
    CHECK_EQ(b.n_reports[TARN_DHCP6_LOST], 0);
    bench6_close(&b);
}

TEST(dhcp6, an_address_that_the_server_takes_back_is_gone)
{
    struct dhcp6_msg m;

    bench6_open(&b);
    bench6_bind(&b);
    net_run(&b.net, 900 * RIG_S);
    m = bench6_answer(&b, DHCP6_REPLY);
    m.ia[0].lease[0].preferred_s = m.ia[0].lease[0].valid_s = 0;
    bench6_send(&b, &m);
    CHECK(!bench6_has(&b.net, 0, &bench6_address));
    CHECK_EQ(b.n_reports[TARN_DHCP6_LOST], 1);
    bench6_close(&b);
}

/* Somebody else defends the address while it is checked. */
static void answer_dad(void)
{
    static const uint8_t all_nodes[16] = {0xff, 2, [15] = 1};
    static const uint8_t all_nodes_mac[6] = {0x33, 0x33, 0, 0, 0, 1};
    uint8_t frame[100], *na = frame + 14 + IP6_HEADER_BYTES;
    struct ip6_hdr ip = {.next = 58, .hops = 255, .payload_bytes = 32};
    size_t at = rig_eth(frame, all_nodes_mac, ETH_IP6);

    memcpy(ip.src, bench6_address.b, 16);
    memcpy(ip.dst, all_nodes, 16);
    at += ip6_build(frame + at, &ip);
    memset(na, 0, 32);
    na[0] = 136;
    na[4] = 0x20;
    memcpy(na + 8, bench6_address.b, 16);
    na[24] = 2;
    na[25] = 1;
    memcpy(na + 26, rig_peer_mac, 6);
    store_be16(na + 2, sum_finish(sum_partial(na, 32, ip6_pseudo_sum(ip.src, ip.dst, 58, 32))));
    rig_input(&b.net.host[0], frame, at + 32);
    net_step(&b.net);
}

TEST(dhcp6, a_duplicate_is_declined)
{
    struct dhcp6_msg m;

    bench6_open(&b);
    m = bench6_answer(&b, DHCP6_REPLY);
    m.has = DHCP6_HAS_RAPID_COMMIT;
    bench6_send(&b, &m);
    CHECK(!bench6_has(&b.net, 0, &bench6_address));
    answer_dad();
    CHECK_EQ(b.n_said[DHCP6_DECLINE], 1);
    CHECK_MEM(b.said.ia[0].lease[0].ip.b, bench6_address.b, 16);
    CHECK_EQ(b.said.server.n, 5);
    bench6_send_type(&b, DHCP6_REPLY);
    net_run(&b.net, 9 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_SOLICIT], 1);
    CHECK_EQ(b.n_said[DHCP6_DECLINE], 1);
    net_run(&b.net, 2 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_SOLICIT], 2);
    CHECK_EQ(b.n_reports[TARN_DHCP6_BOUND], 0);
    bench6_close(&b);
}

TEST(dhcp6, a_prefix_is_delegated_with_or_without_an_address)
{
    struct tarn_dhcp6_config config = {
        .port = RIG_PORT, .mode = TARN_DHCP6_ADDRESS, .delegation = true, .prefix_len = 60};
    struct dhcp6_msg m;

    bench6_open_with(&b, &config);
    CHECK_EQ(b.said.n_ias, 2);
    CHECK_EQ(b.said.ia[1].option, DHCP6_OPT_IA_PD);
    CHECK_EQ(b.said.ia[1].lease[0].len, 60);
    m = bench6_answer(&b, DHCP6_REPLY);
    m.has = DHCP6_HAS_RAPID_COMMIT;
    bench6_send(&b, &m);
    net_run(&b.net, 3 * RIG_S);
    CHECK_EQ(b.lease.delegated.len, 56);
    CHECK_MEM(b.lease.delegated.ip.b, bench6_prefix.b, 16);
    CHECK_MEM(b.lease.address.b, bench6_address.b, 16);
    bench6_close(&b);
    bench6_open_with(&b, &config);
    m = bench6_answer(&b, DHCP6_REPLY);
    m.has = DHCP6_HAS_RAPID_COMMIT;
    m.ia[0].n = 0;
    m.ia[0].status = DHCP6_NO_ADDRS;
    bench6_send(&b, &m);
    CHECK_EQ(b.n_reports[TARN_DHCP6_BOUND], 1);
    CHECK_EQ(b.lease.delegated.len, 56);
    CHECK(tarn_ip_is_any(&b.lease.address));
    bench6_close(&b);
}

TEST(dhcp6, configuration_alone_is_refreshed_when_its_time_is_over)
{
    struct tarn_dhcp6_config config = {.port = RIG_PORT, .mode = TARN_DHCP6_STATELESS};
    struct dhcp6_msg m;

    bench6_open_with(&b, &config);
    CHECK_EQ(b.n_said[DHCP6_INFORMATION_REQUEST], 1);
    CHECK_EQ(b.said.n_ias, 0);
    m = bench6_answer(&b, DHCP6_REPLY);
    m.has = DHCP6_HAS_REFRESH;
    m.refresh_s = 10; /* raised to 600 (RFC 9915 21.23) */
    bench6_send(&b, &m);
    CHECK_EQ(b.n_reports[TARN_DHCP6_STATELESS_DONE], 1);
    CHECK_EQ(bench6_resolvers(&b.net, 0), 2);
    net_run(&b.net, 590 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_INFORMATION_REQUEST], 1);
    net_run(&b.net, 11 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_INFORMATION_REQUEST], 2);
    m = bench6_answer(&b, DHCP6_REPLY);
    m.n_search = 0;
    bench6_send(&b, &m);
    CHECK_EQ(bench6_resolvers(&b.net, 0), 1);
    net_run(&b.net, 86390 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_INFORMATION_REQUEST], 2);
    net_run(&b.net, 11 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_INFORMATION_REQUEST], 3);
    bench6_close(&b);
}

TEST(dhcp6, nothing_is_said_without_an_address_of_the_link_or_a_routers_word)
{
    bench6_open_bare(&b, &(struct tarn_dhcp6_config){.port = RIG_PORT, .mode = TARN_DHCP6_ADDRESS});
    net_run(&b.net, 60 * RIG_S);
    CHECK_EQ(b.said.type, 0);
    bench6_local(&b.net, 0, &bench6_client);
    net_run(&b.net, 1100 * RIG_MS);
    CHECK_EQ(b.said.type, DHCP6_SOLICIT);
    bench6_close(&b);
    bench6_open_with(&b, &(struct tarn_dhcp6_config){.port = RIG_PORT, .mode = TARN_DHCP6_BY_RA});
    net_run(&b.net, 60 * RIG_S);
    CHECK_EQ(b.said.type, 0);
    bench6_close(&b);
}

/* Messages that are not what the client waits for. */
static void spoil(struct dhcp6_msg *m, unsigned how)
{
    struct dhcp6_lease *l = &m->ia[0].lease[0];

    switch (how) {
    case 0: m->xid ^= 1; break;
    case 1: m->client.b[5] ^= 1; break;
    case 2: m->client.n = 0; break;
    case 3: m->server.n = 0; break;
    case 4: m->ia[0].iaid ^= 1; break;
    case 5: m->ia[0].t1_s = 2000; break;  /* T1 > T2 */
    case 6: l->preferred_s = 3601; break; /* longer than it is valid */
    case 7: l->valid_s = l->preferred_s = 0; break;
    case 8: l->ip = bench6_client; break; /* link-local */
    case 9: l->ip.b[0] = 0xff; break;     /* a group */
    case 10: memset(l->ip.b, 0, 16); break;
    case 11: m->ia[0].status = DHCP6_NO_ADDRS; break;
    case 12: l->status = DHCP6_NOT_ON_LINK; break;
    case 13: m->type = DHCP6_RECONFIGURE; break;
    default: m->n_ias = 0; break;
    }
}

TEST(dhcp6, what_is_no_good_advertisement_is_ignored)
{
    for (unsigned how = 0; how <= 14; how++) {
        struct dhcp6_msg m;

        bench6_open(&b);
        m = bench6_answer(&b, DHCP6_ADVERTISE);
        m.has |= DHCP6_HAS_PREFERENCE;
        m.preference = 255;
        spoil(&m, how);
        bench6_send(&b, &m);
        net_run(&b.net, 1500 * RIG_MS);
        CHECK_EQ(b.n_said[DHCP6_REQUEST], 0);
        bench6_bind(&b);
        bench6_close(&b);
    }
}

TEST(dhcp6, a_message_cut_anywhere_is_ignored)
{
    uint8_t bytes[DHCP6_BYTES_MAX];
    struct dhcp6_msg m;
    size_t n;

    bench6_open(&b);
    m = bench6_answer(&b, DHCP6_REPLY);
    m.has = DHCP6_HAS_RAPID_COMMIT;
    m.dns.n = m.n_search = 0; /* the association comes last */
    n = dhcp6_build(bytes, sizeof bytes, &m);
    for (size_t i = 0; i < n; i++)
        bench6_send_bytes(&b, bytes, i);
    CHECK_EQ(b.n_said[DHCP6_REQUEST], 0);
    CHECK(!bench6_has(&b.net, 0, &bench6_address));
    bench6_send_bytes(&b, bytes, n);
    net_run(&b.net, 3 * RIG_S);
    CHECK(bench6_has(&b.net, 0, &bench6_address));
    bench6_close(&b);
}

TEST(dhcp6, a_tiny_lease_makes_no_storm)
{
    unsigned all = 0;

    bench6_open(&b);
    for (unsigned i = 0; i < 600; i++) {
        struct dhcp6_msg m = bench6_answer(&b, DHCP6_REPLY);

        m.has = DHCP6_HAS_RAPID_COMMIT;
        if (m.n_ias > 0) {
            m.ia[0].t1_s = m.ia[0].t2_s = 1;
            m.ia[0].lease[0].preferred_s = m.ia[0].lease[0].valid_s = 2;
        }
        bench6_send(&b, &m);
        net_run(&b.net, RIG_S);
    }
    for (unsigned i = 0; i < DHCP6_TYPES; i++)
        all += b.n_said[i];
    CHECK(all < 50);
    bench6_close(&b);
}

TEST(dhcp6, a_configuration_that_cannot_be_is_refused)
{
    static const struct tarn_dhcp6_config bad[] = {{.port = 9},
                                                   {.port = 0},
                                                   {.port = RIG_PORT, .mode = 3},
                                                   {.port = RIG_PORT, .prefix_len = 129},
                                                   {.port = RIG_PORT, .duid_bytes = 129}};
    struct net net;

    net_open(&net, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_EQ(net_serve(&net, &service_dhcp6, 0, (struct tarn_service_with){.config = &bad[i]}),
                 -TARN_EINVAL);
    net_close(&net);
}

/* The link goes, and comes back. */
static void flap(void)
{
    struct tarn_port_info info;

    CHECK_EQ(tarn_port_get(b.net.host[0].st, RIG_PORT, &info), 0);
    for (unsigned on = 0; on < 2; on++) {
        info.carrier = on;
        CHECK_EQ(tarn_port_set(b.net.host[0].st, RIG_PORT, &info, b.net.now, NULL), 0);
        net_step(&b.net);
    }
    net_run(&b.net, 1001 * RIG_MS);
}

/* RFC 9915 18.2.3: "The client includes any IAs assigned to the interface that may have moved to a
 * new link, along with the addresses associated with those IAs, in its Confirm message." */
TEST(dhcp6, an_address_is_confirmed_when_the_link_is_back)
{
    struct dhcp6_msg m;

    bench6_open(&b);
    bench6_bind(&b);
    flap();
    CHECK_EQ(b.said.type, DHCP6_CONFIRM);
    CHECK_EQ(b.said.server.n, 0);
    CHECK_MEM(b.said.ia[0].lease[0].ip.b, bench6_address.b, 16);
    CHECK_EQ(b.said.ia[0].lease[0].valid_s, 0);
    m = bench6_answer(&b, DHCP6_REPLY);
    m.n_ias = 0;
    m.has |= DHCP6_HAS_STATUS;
    m.status = DHCP6_SUCCESS;
    bench6_send(&b, &m);
    CHECK(bench6_has(&b.net, 0, &bench6_address));
    net_run(&b.net, 30 * RIG_S);
    CHECK_EQ(b.said.type, DHCP6_CONFIRM);
    net_run(&b.net, 900 * RIG_S);
    CHECK_EQ(b.said.type, DHCP6_RENEW);

    flap();
    m = bench6_answer(&b, DHCP6_REPLY);
    m.n_ias = 0;
    m.has |= DHCP6_HAS_STATUS;
    m.status = DHCP6_NOT_ON_LINK;
    bench6_send(&b, &m);
    CHECK(!bench6_has(&b.net, 0, &bench6_address));
    CHECK_EQ(b.n_reports[TARN_DHCP6_LOST], 1);
    net_run(&b.net, 3 * RIG_S);
    CHECK_EQ(b.said.type, DHCP6_SOLICIT);
    bench6_close(&b);
}

/* RFC 9915 18.2.3: "If the client receives no responses before the message transmission process
 * terminates, as described in Section 15, the client SHOULD continue to use any leases". */
TEST(dhcp6, an_address_that_nobody_confirms_is_used_on)
{
    unsigned said;

    bench6_open(&b);
    bench6_bind(&b);
    flap();
    net_run(&b.net, 20 * RIG_S);
    said = b.n_said[DHCP6_CONFIRM];
    CHECK(said >= 3 && said <= 5);
    net_run(&b.net, 60 * RIG_S);
    CHECK_EQ(b.n_said[DHCP6_CONFIRM], said);
    CHECK(bench6_has(&b.net, 0, &bench6_address));
    CHECK_EQ(b.n_reports[TARN_DHCP6_LOST], 0);
    bench6_close(&b);
}
