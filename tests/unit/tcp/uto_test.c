/* Tests of tcp/user/tcp_uto.c: what two connections agree on (RFC 5482), and when one gives up. */
#include "tests/unit/tcp/wire.h"

EACH_FAMILY();

static struct wire w;

static void both(const char *name, int64_t value)
{
    CHECK_EQ(tarn_param_set(w.end[0].st, name, value), 0);
    CHECK_EQ(tarn_param_set(w.end[1].st, name, value), 0);
}

/* A connection whose opener has chosen so many milliseconds. */
static struct wire_pair chosen_pair(uint32_t ms)
{
    struct wire_pair p = {.listener = wire_listen(&w, 1, 80, 16)};
    struct tarn_addr to = wire_addr(1, 80);

    CHECK_EQ(tarn_open(w.end[0].st, family_now, TARN_STREAM, 0, 0, &p.s[0]), 0);
    CHECK_EQ(tarn_setopt(w.end[0].st, p.s[0], TARN_SO_TCP_USER_TIMEOUT, ms, wire_now(&w)), 0);
    CHECK_EQ(tarn_connect(w.end[0].st, p.s[0], &to, wire_now(&w)), -TARN_EINPROGRESS);
    wire_wait(&w, 100 * RIG_MS);
    CHECK_EQ(tarn_accept(w.end[1].st, p.listener, &p.s[1], NULL), 0);
    wire_wait(&w, 100 * RIG_MS);
    return p;
}

/* Seconds until end `i` gives up what it sends into the void; 0: not within a day. */
static unsigned gives_up_after(const struct wire_pair *p, int i)
{
    w.cut = true;
    CHECK_EQ(tarn_send(w.end[i].st, p->s[i], "x", 1, wire_now(&w)), 1);
    for (unsigned s = 1; s < 86400; s++) {
        wire_wait(&w, 1000 * RIG_MS);
        if (wire_state(&w, i, p->s[i]) == TARN_TCP_CLOSED)
            return s;
    }
    return 0;
}

static unsigned after_agreement(uint32_t ms, int i)
{
    struct wire_pair p;
    unsigned s;

    wire_open(&w, NULL, 0, 1);
    both("tcp.user-timeout-option", 1);
    p = chosen_pair(ms);
    s = gives_up_after(&p, i);
    wire_close(&w);
    return s;
}

TEST(tcp_uto, the_peer_waits_as_long_as_it_is_asked_to)
{
    CHECK_EQ(after_agreement(150000, 1), 151);
    CHECK_EQ(after_agreement(20000, 1), 101);              /* L_LIMIT */
    CHECK_EQ(after_agreement(86400u * 1000 * 2, 1), 3601); /* U_LIMIT, told in minutes */
}

TEST(tcp_uto, what_the_application_has_chosen_stays)
{
    CHECK_EQ(after_agreement(20000, 0), 21);
}

/* Without the option the peer knows nothing: 15 retransmissions, about 924 s (RFC 9293 3.8.3). */
TEST(tcp_uto, the_option_can_be_off)
{
    struct wire_pair p;

    wire_open(&w, NULL, 0, 1);
    p = chosen_pair(150000);
    CHECK(gives_up_after(&p, 1) > 800);
    wire_close(&w);
}

/* A peer that answers probes of a closed window is given up all the same (Linux). */
TEST(tcp_uto, counts_while_the_window_is_closed)
{
    static uint8_t much[1 << 20];
    struct wire_pair p;

    wire_open(&w, NULL, 0, 1);
    p = chosen_pair(5000);
    for (int i = 0; i < 20; i++) {
        (void)tarn_send(w.end[0].st, p.s[0], much, sizeof much, wire_now(&w));
        wire_wait(&w, 100 * RIG_MS);
    }
    CHECK_EQ(wire_state(&w, 0, p.s[0]), TARN_TCP_ESTABLISHED);
    wire_wait(&w, 60000 * RIG_MS);
    CHECK_EQ(wire_state(&w, 0, p.s[0]), TARN_TCP_CLOSED);
    wire_close(&w);
}
