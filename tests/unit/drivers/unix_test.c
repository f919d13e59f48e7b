/* tests/unit/drivers/unix_test.c - who listens and who connects, and what is left in the folder. */
#include "tests/unit/drivers/bench.h"
#include "tests/unit/folder.h"

#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char path[] = "test.sock";
static const char uri[] = "unix:test.sock";

TEST(unix, the_second_connects_and_nothing_is_left)
{
    struct tarn *st = pool_new();
    struct link *first = must_open(st, uri), *second;
    struct stat sb;

    CHECK(!first->caps.carrier);
    CHECK_EQ(stat(path, &sb), 0);
    CHECK_EQ(sb.st_mode & 0777, 0600);
    second = must_open(st, uri);
    CHECK(second->caps.carrier);
    CHECK(receive(first, 1) == NULL);
    CHECK(first->caps.carrier);
    CHECK(memcmp(first->caps.mac, second->caps.mac, 6) != 0);
    link_close(second);
    link_close(first);
    CHECK(stat(path, &sb) < 0);
    pool_end(st);
}

TEST(unix, a_socket_left_behind_is_recognised)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct tarn *st = pool_new();
    struct link *l;
    int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    strcpy(at.sun_path, path);
    CHECK_EQ(bind(s, (struct sockaddr *)&at, sizeof at), 0);
    close(s); /* as after kill -9 */
    l = must_open(st, uri);
    CHECK(!l->caps.carrier);
    link_close(l);
    pool_end(st);
}

TEST(unix, a_file_that_is_no_socket_is_left_alone)
{
    FILE *f = fopen(path, "w");
    char error[ERROR_BYTES];
    struct tarn *st = pool_new();
    struct link *l;
    struct stat sb;

    fclose(f);
    CHECK(try_open(&l, st, uri, error) < 0);
    CHECK_EQ(stat(path, &sb), 0);
    unlink(path);
    pool_end(st);
}

TEST(unix, the_listener_waits_for_the_next_peer)
{
    struct tarn *st = pool_new();
    struct link *first = must_open(st, uri), *second;
    struct pkt *p;

    for (unsigned i = 0; i < 3; i++) {
        second = must_open(st, uri);
        CHECK(receive(first, 1) == NULL);
        send_one(second, frame_new(st, i, 100, 0), 1);
        check_frame(st, receive(first, 1), i, 100);
        link_close(second);
        CHECK(receive(first, 1) == NULL);
        CHECK(!first->caps.carrier);
        p = frame_new(st, 0, 10, 0); /* goes nowhere, as on an unplugged cable */
        send_one(first, p, 1);
    }
    link_close(first);
    pool_end(st);
}

/* When both have come here, sends one frame and waits for the other's. */
static void meet(atomic_int *here)
{
    struct tarn *st = pool_new();
    struct link *l;
    struct pkt *p = NULL;

    for (atomic_fetch_add(here, 1); atomic_load(here) % 2 != 0;)
        sched_yield();
    l = must_open(st, uri);

    for (int i = 0; i < 100 && !l->caps.carrier; i++) {
        struct pollfd pfd = {.fd = l->ops->pollfd(l), .events = POLLIN};

        poll(&pfd, 1, 100);
        p = receive(l, 1);
    }
    send_one(l, frame_new(st, 1, 100, 0), 1);
    for (int i = 0; i < 100 && p == NULL; i++) {
        struct pollfd pfd = {.fd = l->ops->pollfd(l), .events = POLLIN};

        poll(&pfd, 1, 100);
        p = receive(l, 1);
    }
    check_frame(st, p, 1, 100);
    link_close(l);
    pool_end(st);
}

TEST(unix, two_that_come_at_once_meet)
{
    atomic_int *here =
        mmap(NULL, sizeof *here, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    for (int round = 0; round < 300; round++) {
        int status = -1;
        pid_t child = fork();

        if (child == 0) {
            meet(here);
            _exit(0);
        }
        meet(here);
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(status, 0);
    }
}
