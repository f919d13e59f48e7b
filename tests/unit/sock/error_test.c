/* tests/unit/sock/error_test.c - ICMP errors and the sockets that they concern, in both families.
 */
#include "tests/unit/sock/families.h"
#include "wire/icmp6.h"

static struct duo_got got;

static enum tarn_opt recverr(const struct duo *d)
{
    return duo_opt(d, TARN_SO_IP_RECVERR, TARN_SO_IPV6_RECVERR);
}

TEST(error, a_refused_port_is_queued_with_what_was_sent)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        static uint8_t data[700];
        struct tarn_addr to;
        tarn_sock s;
        struct duo d;

        duo_open(&d, families[f]);
        for (unsigned i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)(i * 7);
        to = duo_at(&d, 2, 99);
        s = duo_udp(&d, &d.a, 9); /* without a peer */
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, data, sizeof data), 700);
        duo_run(&d);
        CHECK_EQ(tarn_ready(d.a.st, s), TARN_OUT);
        duo_set(&d.a, s, recverr(&d), 1);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, data, sizeof data), 700);
        duo_run(&d);
        CHECK_EQ(tarn_ready(d.a.st, s), TARN_OUT | TARN_ERR);
        CHECK(duo_recv(&d.a, s, TARN_MSG_ERRQUEUE, &got) >= 500);
        CHECK_MEM(got.data, data, (size_t)got.n);
        CHECK(tarn_ip_equal(&got.from.ip, &to.ip));
        CHECK_EQ(got.from.port, 99);
        CHECK_EQ(got.info.error.error, TARN_ECONNREFUSED);
        CHECK_EQ(got.info.error.type, f == 0 ? ICMP_UNREACHABLE : ICMP6_UNREACHABLE);
        CHECK_EQ(got.info.error.code, f == 0 ? ICMP_PORT : ICMP6_PORT);
        CHECK(tarn_ip_equal(&got.info.error.offender.ip, &to.ip));
        CHECK_EQ(duo_recv(&d.a, s, TARN_MSG_ERRQUEUE, &got), -TARN_EAGAIN);
        CHECK_EQ(tarn_ready(d.a.st, s), TARN_OUT); /* the pending error went with it */
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), -TARN_EAGAIN);
        duo_close(&d);
    }
}

TEST(error, the_pending_error_is_read_apart_from_the_queue)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr to;
        tarn_sock s;
        struct duo d;

        duo_open(&d, families[f]);
        to = duo_at(&d, 2, 99);
        s = duo_udp(&d, &d.a, 9);
        duo_set(&d.a, s, recverr(&d), 1);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, "a", 1), 1);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, "b", 1), 1);
        duo_run(&d);
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), -TARN_ECONNREFUSED);
        CHECK_EQ(duo_recv(&d.a, s, 0, &got), -TARN_EAGAIN);
        CHECK_EQ(tarn_ready(d.a.st, s), TARN_OUT | TARN_ERR);
        CHECK_EQ(duo_recv(&d.a, s, TARN_MSG_ERRQUEUE, &got), 1);
        CHECK_EQ(got.data[0], 'a');
        CHECK_EQ(duo_get(&d.a, s, TARN_SO_ERROR), TARN_ECONNREFUSED); /* the next one's */
        CHECK_EQ(duo_recv(&d.a, s, TARN_MSG_ERRQUEUE, &got), 1);
        CHECK_EQ(got.data[0], 'b');
        CHECK_EQ(tarn_ready(d.a.st, s), TARN_OUT);
        duo_close(&d);
    }
}

TEST(error, the_queue_is_bounded)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_usage before, after;
        struct tarn_addr to;
        tarn_sock s;
        unsigned n = 0;
        struct duo d;

        duo_open(&d, families[f]);
        CHECK_EQ(tarn_param_set(d.a.st, "sock.errors", 5), 0);
        to = duo_at(&d, 2, 99);
        tarn_usage(d.a.st, &before);
        s = duo_udp(&d, &d.a, 9);
        duo_set(&d.a, s, recverr(&d), 1);
        for (unsigned i = 0; i < 8; i++) {
            CHECK_EQ(duo_send(&d.a, s, &to, NULL, &i, 1), 1);
            duo_run(&d);
            (void)duo_get(&d.a, s, TARN_SO_ERROR);
        }
        CHECK_EQ(tarn_drop_count(d.a.st, DROP_SOCK_QUEUE), 3);
        while (duo_recv(&d.a, s, TARN_MSG_ERRQUEUE, &got) >= 0)
            n++;
        CHECK_EQ(n, 5);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, "x", 1), 1);
        duo_run(&d);
        tarn_close(d.a.st, s, d.a.now);
        tarn_usage(d.a.st, &after);
        CHECK_EQ(after.packets, before.packets);
        duo_close(&d);
    }
}

/* A neighbour that does not answer is a soft error: for those who want errors alone. */
TEST(error, a_host_that_does_not_answer_is_told_as_linux_tells_it)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr to;
        tarn_sock deaf, s;
        struct duo d;

        duo_open(&d, families[f]);
        to = duo_at(&d, 77, 9);
        deaf = duo_udp(&d, &d.a, 8);
        CHECK_EQ(tarn_connect(d.a.st, deaf, &to, d.a.now), 0);
        s = duo_udp(&d, &d.a, 9);
        duo_set(&d.a, s, recverr(&d), 1);
        CHECK_EQ(tarn_send(d.a.st, deaf, "x", 1, d.a.now), 1);
        CHECK_EQ(duo_send(&d.a, s, &to, NULL, "x", 1), 1);
        rig_drain(&d.a);
        for (unsigned i = 0; i < 5; i++) {
            rig_wait(&d.a, RIG_S);
            rig_drain(&d.a);
        }
        CHECK_EQ(tarn_ready(d.a.st, deaf), TARN_OUT);
        CHECK_EQ(duo_recv(&d.a, s, TARN_MSG_ERRQUEUE, &got), 1);
        CHECK_EQ(got.info.error.error, TARN_EHOSTUNREACH);
        CHECK_EQ(got.info.error.type, f == 0 ? ICMP_UNREACHABLE : ICMP6_UNREACHABLE);
        CHECK_EQ(got.info.error.code, f == 0 ? ICMP_HOST : ICMP6_ADDRESS);
        duo_close(&d);
    }
}
