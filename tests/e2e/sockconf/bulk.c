/* Behaviours that move many bytes, or move bytes in awkward portions. */
#include "conf.h"

#include "../pattern.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

static void download(void)
{
    say_stream(peer_open("send 5000000; fin; drain"), 6000000, 1);
}

static void upload(void)
{
    const char *tag = unique("upload");
    int fd = peer_open("tag %s; drain", tag);

    say("sent=%zu", send_pattern(fd, 5000000, 0));
    close(fd);
    say_peer(tag, 1);
}

/* Echo of 1 MB with both directions full: writes and reads as the socket lets it. */
static void both_ways(void)
{
    enum { TOTAL = 1000000 };
    static unsigned char out[TOTAL], in[TOTAL];
    int fd = peer_open("echo");
    size_t sent = 0, got = 0;

    pattern_fill(out, TOTAL, 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (got < TOTAL) {
        int bits = wait_for(fd, POLLIN | (sent < TOTAL ? POLLOUT : 0));
        ssize_t n = bits & POLLOUT ? write(fd, out + sent, TOTAL - sent) : 0;

        sent += n > 0 ? (size_t)n : 0;
        n = bits & POLLIN ? read(fd, in + got, TOTAL - got) : 0;
        got += n > 0 ? (size_t)n : 0;
        if (!bits || (bits & (POLLERR | POLLHUP)))
            break;
    }
    say("sent=%zu got=%zu same=%d", sent, got, memcmp(out, in, TOTAL) == 0);
}

static void one_byte_unread(void)
{
    int fd = peer_open("bytes 300; recv 1; fin; drain");
    int left = 0;

    wait_bytes(fd, 300);
    say_rc("ioctl", ioctl(fd, FIONREAD, &left));
    say("FIONREAD=%d", left);
    say_rc("go", write(fd, "", 1));
    say_stream(fd, 400, 1);
}

static void one_byte_writes(void)
{
    const char *tag = unique("one-byte");
    int fd = peer_open("tag %s; sleep 200; drain", tag);
    size_t sent = 0;

    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    for (size_t i = 0; i < 300; i++)
        sent += send_pattern(fd, 1, i);
    say("sent=%zu", sent);
    close(fd);
    say_peer(tag, 1);
}

static void slow_reader(void)
{
    int fd = peer_open("send 200000; fin; drain");
    unsigned char c;
    uint64_t i = 0;

    for (; i < 100; i++) {
        if (read(fd, &c, 1) != 1 || c != pattern_at(i))
            break;
        pause_ms(10);
    }
    say("slow=%d", (int)i);
    for (; i < 200000 && read(fd, &c, 1) == 1 && c == pattern_at(i); i++)
        ;
    say("all=%d", (int)i);
    say_rc("read", read(fd, &c, 1));
}

static void waitall_large(void)
{
    enum { TOTAL = 2000000 };
    static unsigned char buf[TOTAL];
    int fd = peer_open("send 2500000; fin; drain");
    ssize_t n = recv(fd, buf, TOTAL, MSG_WAITALL);

    say_rc("recv", n);
    say("intact=%d", n > 0 && pattern_match(buf, (size_t)n, 0) == (size_t)n);
    say_rc("recv", recv(fd, buf, TOTAL, MSG_WAITALL));
    say_rc("recv", recv(fd, buf, TOTAL, MSG_WAITALL));
}

static void waitall_end(void)
{
    int fd = peer_open("send 300; sleep 50; send 300; fin; drain");
    char buf[1000];

    say_rc("recv", recv(fd, buf, sizeof(buf), MSG_WAITALL));
    say_rc("recv", recv(fd, buf, sizeof(buf), MSG_WAITALL));
}

static void waitall_nonblocking(void)
{
    int fd = peer_open("send 300; drain");
    char buf[1000];

    wait_bytes(fd, 300);
    say_rc("recv", recv(fd, buf, sizeof(buf), MSG_WAITALL | MSG_DONTWAIT));
}

static void fill_and_drain(void)
{
    const char *tag = unique("fill");
    char go[80] = "go-";
    int fd = peer_open("tag %s; wait go-%s; drain", tag, tag);
    size_t sent;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    sent = send_pattern(fd, 100000000, 0);
    while (wait_for(fd, 0) == 0 && (bits_of(fd) & POLLOUT))
        sent += send_pattern(fd, 100000000, sent);
    say("full=%d", sent < 100000000);
    say_bits("poll", bits_of(fd));
    peer_set(strcat(go, tag));
    say_bits("poll", wait_for(fd, POLLOUT));
    close(fd);
    say_peer(tag, 0);
}

static void stalled_reader(void)
{
    int fd = peer_open("send 10000000; fin; drain");

    pause_ms(500);
    say_stream(fd, 11000000, 1);
}

static int memory_file(size_t n)
{
    int fd = memfd_create("pattern", 0);
    unsigned char *p;

    if (fd < 0 || ftruncate(fd, (off_t)n) < 0)
        give_up("memfd");
    p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        give_up("mmap");
    pattern_fill(p, n, 0);
    munmap(p, n);
    return fd;
}

static void send_file(void)
{
    const char *tag = unique("sendfile");
    int fd = peer_open("tag %s; drain", tag);
    int file = memory_file(1000000);
    off_t at_byte = 0;

    while (at_byte < 1000000 && sendfile(fd, file, &at_byte, 1000000) > 0)
        ;
    say("sent=%ld", (long)at_byte);
    close(fd);
    say_peer(tag, 1);
}

static void splice_out(void)
{
    const char *tag = unique("splice");
    int fd = peer_open("tag %s; drain", tag);
    unsigned char buf[1000];
    int pipe_end[2];
    long sent = 0;

    if (pipe(pipe_end) < 0)
        give_up("pipe");
    for (uint64_t i = 0; i < 20; i++) {
        pattern_fill(buf, sizeof(buf), i * sizeof(buf));
        if (write(pipe_end[1], buf, sizeof(buf)) > 0)
            sent += splice(pipe_end[0], NULL, fd, NULL, sizeof(buf), 0);
    }
    say("sent=%ld", sent);
    close(fd);
    say_peer(tag, 1);
}

static void splice_in(void)
{
    int fd = peer_open("send 20000; fin; drain");
    int pipe_end[2];
    long got = 0;
    ssize_t n;

    if (pipe(pipe_end) < 0)
        give_up("pipe");
    while ((n = splice(fd, NULL, pipe_end[1], NULL, 20000, 0)) > 0)
        got += n;
    say("spliced=%ld last=%zd", got, n);
    close(pipe_end[1]);
    say_stream(pipe_end[0], 30000, 1);
}

const struct behaviour bulk_table[] = {
    {"bulk_download", download},
    {"bulk_upload", upload},
    {"bulk_both_ways", both_ways},
    {"bulk_one_byte_unread", one_byte_unread},
    {"bulk_one_byte_writes", one_byte_writes},
    {"bulk_slow_reader", slow_reader},
    {"bulk_waitall_large", waitall_large},
    {"bulk_waitall_end", waitall_end},
    {"bulk_waitall_nonblocking", waitall_nonblocking},
    {"bulk_fill_and_drain", fill_and_drain},
    {"bulk_stalled_reader", stalled_reader},
    {"bulk_sendfile", send_file},
    {"bulk_splice_out", splice_out},
    {"bulk_splice_in", splice_in},
    {NULL, NULL},
};
