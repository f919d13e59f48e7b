/* tests/unit/drivers/capture_test.c - what a capture file holds, and what happens when it cannot be
 * written. The file is read by libpcap; options, which libpcap does not show, block by block. */
#include "tests/unit/drivers/bench.h"
#include "tests/unit/folder.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_FILE = 8 << 20, BLOCK_PACKET = 6, OPTION_COMMENT = 1, OPTION_FLAGS = 2 };

static const char path[] = "capture.pcapng";

struct tapped {
    struct tarn *st;
    struct link *link, *peer; /* link is captured */
};

static int tapped_open(struct tapped *t, const char *file)
{
    static char error[ERROR_BYTES];
    struct link_request r = {.uri = "unix:test.sock",
                             .capture = file,
                             .name = "tarn0",
                             .wall_ns = 1700000000000000000,
                             .error = error,
                             .error_bytes = sizeof error};
    int rc;

    t->st = pool_new();
    t->peer = must_open(t->st, r.uri);
    rc = link_open_uri(&t->link, t->st, &r);
    if (rc == 0)
        CHECK(receive(t->peer, 1) == NULL);
    return rc;
}

static void tapped_close(struct tapped *t)
{
    link_close(t->link);
    link_close(t->peer);
    pool_end(t->st);
}

/* A packet block of the file. */
struct block {
    uint32_t len, flags;
    uint64_t ns;
    const uint8_t *data;
    char comment[256];
};

struct file {
    uint8_t bytes[MAX_FILE];
    size_t n, at;
    bool cut; /* it ends within a block */
};

static struct file *file_read(const char *name)
{
    static struct file f;
    FILE *in = fopen(name, "rb");

    CHECK(in != NULL);
    f.n = fread(f.bytes, 1, sizeof f.bytes, in);
    f.at = 0;
    f.cut = false;
    fclose(in);
    return &f;
}

static uint32_t word(const uint8_t *at)
{
    uint32_t v;

    memcpy(&v, at, 4);
    return v;
}

static void options_read(struct block *b, const uint8_t *at, const uint8_t *end)
{
    while (at + 4 <= end) {
        uint32_t code = word(at) & 0xffff, len = word(at) >> 16;

        if (code == OPTION_COMMENT)
            snprintf(b->comment, sizeof b->comment, "%.*s", (int)len, (const char *)at + 4);
        if (code == OPTION_FLAGS)
            b->flags = word(at + 4);
        at += 4 + ((len + 3) & ~3u);
    }
}

/* The next packet block; false at the end. */
static bool block_next(struct file *f, struct block *b)
{
    while (f->at + 12 <= f->n) {
        const uint8_t *at = f->bytes + f->at;
        uint32_t bytes = word(at + 4);

        if (bytes < 12 || f->at + bytes > f->n || word(at + bytes - 4) != bytes)
            break;
        f->at += bytes;
        if (word(at) != BLOCK_PACKET)
            continue;
        *b = (struct block){.len = word(at + 20),
                            .ns = (uint64_t)word(at + 12) << 32 | word(at + 16),
                            .data = at + 28};
        options_read(b, at + 28 + ((b->len + 3) & ~3u), at + bytes - 4);
        return true;
    }
    f->cut = f->at != f->n;
    return false;
}

TEST(capture, frames_with_time_direction_and_complete_checksums)
{
    struct tapped t;
    struct block b;
    struct file *f;

    CHECK_EQ(tapped_open(&t, path), 0);
    send_one(t.link, frame_new(t.st, 1, 100, 0), 5000000001);
    pkt_put(t.st, receive(t.peer, 1));
    send_one(t.peer, frame_new(t.st, 2, 200, 0), 1);
    pkt_put(t.st, receive(t.link, 6000000002));
    tapped_close(&t);

    f = file_read(path);
    CHECK(block_next(f, &b));
    CHECK_EQ(b.ns, 1700000005000000001);
    CHECK_EQ(b.flags, 2); /* sent */
    CHECK_EQ(b.len, HEADERS_BYTES + 100);
    CHECK_EQ(tcp_sum(b.data, b.len), 0xffff);
    CHECK(block_next(f, &b));
    CHECK_EQ(b.ns, 1700000006000000002);
    CHECK_EQ(b.flags, 1); /* received */
    CHECK_EQ(b.len, HEADERS_BYTES + 200);
    CHECK_EQ(tcp_sum(b.data, b.len), 0xffff);
    CHECK(!block_next(f, &b));
    CHECK(!f->cut);
    unlink(path);
}

TEST(capture, super_packets_are_written_as_segments)
{
    unsigned n = 0, bytes = 0;
    struct tapped t;
    struct block b;
    struct file *f;

    CHECK_EQ(tapped_open(&t, path), 0);
    send_one(t.link, frame_new(t.st, 1, 60000, 1400), 1);
    check_frame(t.st, receive(t.peer, 1), 1, 60000); /* the packet itself passes whole */
    tapped_close(&t);
    for (f = file_read(path); block_next(f, &b); n++) {
        CHECK_EQ(tcp_sum(b.data, b.len), 0xffff);
        bytes += b.len - HEADERS_BYTES;
    }
    CHECK_EQ(n, (60000 + 1399) / 1400);
    CHECK_EQ(bytes, 60000);
    unlink(path);
}

TEST(capture, the_reason_of_a_drop_stands_beside_the_packet)
{
    struct tapped t;
    struct block b;
    struct file *f;

    CHECK_EQ(tapped_open(&t, path), 0);
    for (unsigned i = 0; i < 3; i++) {
        struct pkt *p;

        send_one(t.peer, frame_new(t.st, i, 50 + i, 0), 1);
        p = receive(t.link, 1);
        if (i == 1)
            pkt_drop(t.st, p, DROP_TCP_CHECKSUM);
        else
            pkt_put(t.st, p);
    }
    tapped_close(&t);
    f = file_read(path);
    CHECK(block_next(f, &b));
    CHECK_STR(b.comment, "");
    CHECK(block_next(f, &b));
    CHECK_EQ(b.len, HEADERS_BYTES + 51);
    CHECK_STR(b.comment, "dropped: tcp.checksum: checksum wrong");
    CHECK(block_next(f, &b));
    CHECK_STR(b.comment, "");
    unlink(path);
}

TEST(capture, libpcap_reads_it)
{
    char error[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *h;
    const u_char *data;
    struct tapped t;
    unsigned n = 0;
    pcap_t *in;

    CHECK_EQ(tapped_open(&t, path), 0);
    for (unsigned i = 0; i < 500; i++) {
        send_one(t.link, frame_new(t.st, i, i, 0), i + 1);
        pkt_put(t.st, receive(t.peer, 1));
    }
    tapped_close(&t);
    in = pcap_open_offline(path, error);
    CHECK(in != NULL);
    CHECK_EQ(pcap_datalink(in), DLT_EN10MB);
    for (; pcap_next_ex(in, &h, &data) == 1; n++)
        CHECK_EQ(h->caplen, HEADERS_BYTES + n);
    CHECK_EQ(n, 500);
    pcap_close(in);
    unlink(path);
}

TEST(capture, data_reaches_the_file_while_traffic_goes_on)
{
    struct tapped t;
    struct block b;

    CHECK_EQ(tapped_open(&t, path), 0);
    CHECK_EQ(t.link->ops->deadline(t.link), TARN_NEVER);
    send_one(t.link, frame_new(t.st, 1, 100, 0), 1000);
    CHECK_EQ(t.link->ops->deadline(t.link), 100001000);
    CHECK(receive(t.link, 100001000) == NULL);
    CHECK_EQ(t.link->ops->deadline(t.link), TARN_NEVER);
    CHECK(block_next(file_read(path), &b));
    pkt_put(t.st, receive(t.peer, 1));
    tapped_close(&t);
    unlink(path);
}

/* Send n frames of 1,000 bytes through the captured link; traffic must go on whatever the file
 * does. Standard error is where the one message goes. */
static void traffic(struct tapped *t, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        send_one(t->link, frame_new(t->st, i, 1000, 0), i + 1);
        check_frame(t->st, receive(t->peer, 1), i, 1000);
    }
}

/* Standard error into a file for the time of a call. */
static void quietly(void (*call)(void), char *text, size_t n)
{
    int saved = dup(2), to = open("err", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ssize_t got;

    dup2(to, 2);
    call();
    dup2(saved, 2);
    got = pread(to, text, n - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    close(to);
    close(saved);
    unlink("err");
}

static void limited(void)
{
    struct rlimit old, limit;
    struct tapped t;

    getrlimit(RLIMIT_FSIZE, &old);
    limit = (struct rlimit){300000, old.rlim_max};
    CHECK_EQ(tapped_open(&t, path), 0);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    traffic(&t, 1000);
    setrlimit(RLIMIT_FSIZE, &old);
    tapped_close(&t);
}

TEST(capture, a_file_that_is_full_ends_at_its_last_whole_packet)
{
    char text[1024], want[64];
    struct block b;
    struct file *f;
    unsigned n = 0;

    quietly(limited, text, sizeof text);
    for (f = file_read(path); block_next(f, &b);)
        n++;
    CHECK(!f->cut);
    CHECK(n > 250 && n < 300);
    snprintf(want, sizeof want, "File too large; it ends after %u packets", n);
    CHECK(strstr(text, want) != NULL);
    snprintf(want, sizeof want, "%u packets are not in it", 1000 - n);
    CHECK(strstr(text, want) != NULL);
    unlink(path);
}

static void piped(void)
{
    struct tapped t;
    int reader;

    mkfifo(path, 0600);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    CHECK_EQ(tapped_open(&t, path), 0);
    traffic(&t, 300);
    close(reader);
    traffic(&t, 300);
    tapped_close(&t);
}

TEST(capture, a_closed_pipe_stops_the_capture_alone)
{
    char text[1024];

    unlink(path);
    quietly(piped, text, sizeof text);
    CHECK(strstr(text, "Broken pipe") != NULL);
    CHECK(strstr(text, "Broken pipe") == strstr(text, "Broken")); /* once */
    unlink(path);
}

TEST(capture, what_cannot_be_opened_is_named)
{
    struct tapped t;

    CHECK_EQ(tapped_open(&t, "/nonexistent/x.pcapng"), -TARN_ENOENT);
    link_close(t.peer);
    pool_end(t.st);
    CHECK_EQ(tapped_open(&t, "/tmp"), -21); /* EISDIR */
    link_close(t.peer);
    pool_end(t.st);
}
