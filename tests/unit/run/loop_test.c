/* tests/unit/run/loop_test.c - the host's loop: it waits as long as it must and no longer, keeps
 * what a link refuses, and lets everyone take a turn. */
#include "run/loop.h"

#include "run/clock.h"
#include "tests/unit/drivers/bench.h"
#include "tests/unit/folder.h"

#include <fcntl.h>
#include <unistd.h>

static const tarn_ns MS = 1000000;

static tarn_ns deadline_in(void *ctx)
{
    return *(tarn_ns *)ctx;
}

static void tick_clears(void *ctx, tarn_ns now)
{
    CHECK(now >= *(tarn_ns *)ctx);
    *(tarn_ns *)ctx = TARN_NEVER;
}

TEST(loop, wakes_at_a_services_deadline_not_before)
{
    struct run_loop *loop;
    tarn_ns due = run_clock() + 20 * MS, set = due, now;
    const struct run_service s = {
        .fd = -1, .ctx = &due, .deadline = deadline_in, .tick = tick_clears};

    CHECK_EQ(run_loop_new(&loop), 0);
    CHECK_EQ(run_loop_add_service(loop, &s), 0);
    while (due != TARN_NEVER)
        CHECK(run_loop_turn(loop, TARN_NEVER) >= 0);
    now = run_clock();
    CHECK(now >= set && now < set + 200 * MS);
    CHECK(run_loop_stats(loop)->turns < 5);
    run_loop_free(loop);
}

TEST(loop, waits_no_longer_than_it_is_told)
{
    struct run_loop *loop;
    tarn_ns end = run_clock() + 10 * MS;

    CHECK_EQ(run_loop_new(&loop), 0);
    CHECK_EQ(run_loop_turn(loop, 0), 0);
    CHECK(run_clock() < end);
    CHECK_EQ(run_loop_turn(loop, end), 0);
    CHECK(run_loop_now(loop) >= end);
    run_loop_free(loop);
}

static void ready_counts(void *ctx, tarn_ns now)
{
    char byte;
    int *fd = ctx;

    (void)now;
    CHECK_EQ(read(fd[0], &byte, 1), 1);
    fd[2]++;
}

TEST(loop, calls_a_service_when_its_descriptor_is_readable)
{
    int fd[3] = {0};
    struct run_service s = {.ctx = fd, .ready = ready_counts};
    struct run_loop *loop;

    CHECK_EQ(pipe(fd), 0);
    s.fd = fd[0];
    CHECK_EQ(run_loop_new(&loop), 0);
    CHECK_EQ(run_loop_add_service(loop, &s), 0);
    CHECK_EQ(run_loop_turn(loop, 0), 0);
    CHECK_EQ(write(fd[1], "ab", 2), 2);
    CHECK_EQ(run_loop_turn(loop, TARN_NEVER), 1);
    CHECK_EQ(run_loop_turn(loop, TARN_NEVER), 1);
    CHECK_EQ(fd[2], 2);
    run_loop_remove_service(loop, fd);
    CHECK_EQ(write(fd[1], "c", 1), 1);
    CHECK_EQ(run_loop_turn(loop, 0), 0);
    CHECK_EQ(fd[2], 2);
    run_loop_free(loop);
    close(fd[0]);
    close(fd[1]);
}

/* An end that sends numbered frames and checks those that come. */
struct end {
    struct tarn *st;
    unsigned sent, to_send, received;
};

static void end_up(void *ctx, struct pkt *p, tarn_ns now)
{
    struct end *e = ctx;

    (void)now;
    check_frame(e->st, p, e->received++, 500);
}

static struct pkt *end_down(void *ctx, tarn_ns now)
{
    struct end *e = ctx;

    (void)now;
    return e->sent == e->to_send ? NULL : frame_new(e->st, e->sent++, 500, 0);
}

static struct run_end run_end_of(struct end *e)
{
    return (struct run_end){e, end_up, end_down};
}

/* 1,000 frames through a pair that holds 256: what it refuses waits in the loop, in order. */
TEST(loop, keeps_what_a_link_refuses_and_sends_it_in_order)
{
    struct end a = {.st = pool_new(), .to_send = 1000}, b = {.st = pool_new()};
    const struct run_end to_a = run_end_of(&a), to_b = run_end_of(&b);
    struct run_loop *sender, *receiver;
    struct link *la, *lb;

    CHECK_EQ(link_open_pair(&la, a.st, &lb, b.st, 1500), 0);
    CHECK_EQ(run_loop_new(&sender), 0);
    CHECK_EQ(run_loop_new(&receiver), 0);
    CHECK_EQ(run_loop_add_end(sender, la, &to_a), 0);
    CHECK_EQ(run_loop_add_end(receiver, lb, &to_b), 0);
    for (int i = 0; i < 20; i++)
        run_loop_turn(sender, 0);
    CHECK_EQ(a.sent, 257);
    CHECK(run_loop_stats(sender)->tx_refused > 0);
    for (int i = 0; i < 1000 && b.received < 1000; i++) {
        run_loop_turn(receiver, 0);
        run_loop_turn(sender, 0);
    }
    CHECK_EQ(b.received, 1000);
    run_loop_free(sender);
    run_loop_free(receiver);
    link_close(la);
    link_close(lb);
    pool_end(a.st);
    pool_end(b.st);
}

/* A refused packet is put back with the loop, a peer that goes takes its link out of the loop. */
TEST(loop, ends_tidily)
{
    struct end a = {.st = pool_new(), .to_send = 1000}, b = {.st = pool_new()};
    const struct run_end to_a = run_end_of(&a);
    struct run_loop *loop;
    struct link *la, *lb;

    CHECK_EQ(link_open_pair(&la, a.st, &lb, b.st, 1500), 0);
    CHECK_EQ(run_loop_new(&loop), 0);
    CHECK_EQ(run_loop_add_end(loop, la, &to_a), 0);
    for (int i = 0; i < 20; i++)
        run_loop_turn(loop, 0);
    link_close(lb);
    run_loop_turn(loop, 0);
    CHECK_EQ(run_loop_links_down(loop), 1);
    run_loop_free(loop);
    link_close(la);
    pool_end(a.st);
    pool_end(b.st);
}

/* Across a descriptor: the loop sleeps while the socket is full and wakes when there is room. */
TEST(loop, waits_for_room_and_for_input)
{
    struct end a = {.st = pool_new(), .to_send = 3000}, b = {.st = pool_new()};
    const struct run_end to_a = run_end_of(&a), to_b = run_end_of(&b);
    struct link *la = must_open(a.st, "unix:test.sock");
    struct link *lb = must_open(b.st, "unix:test.sock");
    struct run_loop *loop;
    tarn_ns end = run_clock() + 10000 * MS;

    CHECK_EQ(run_loop_new(&loop), 0);
    CHECK_EQ(run_loop_add_end(loop, la, &to_a), 0);
    CHECK_EQ(run_loop_add_end(loop, lb, &to_b), 0);
    a.sent = a.to_send; /* nothing to send before the link is up */
    run_loop_turn(loop, end);
    CHECK(la->caps.carrier);
    a.sent = 0;
    while (b.received < a.to_send && run_clock() < end)
        CHECK(run_loop_turn(loop, end) >= 0);
    CHECK_EQ(b.received, a.to_send);
    run_loop_free(loop);
    link_close(la);
    link_close(lb);
    pool_end(a.st);
    pool_end(b.st);
}
