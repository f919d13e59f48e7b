/* drivers/pcapng.c - blocks of draft-ietf-opsawg-pcapng, 4: section header, interface description,
 * enhanced packet. All are in this machine's byte order, which the format allows. */
#include "drivers/pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 512 << 10,
    FLUSH_BYTES = 256 << 10, /* the rest holds the largest block */
    MAX_COMMENT = 256,
};

enum block_type { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum option_code {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_APPLICATION = 4, /* of a section */
    OPTION_NAME = 2,        /* of an interface */
    OPTION_RESOLUTION = 9,
    OPTION_FLAGS = 2, /* of a packet */
};

struct pcapng {
    char *path;
    int fd; /* -1: stopped */
    uint64_t packets, lost;
    uint64_t begun; /* bytes of the buffer's first block that are already in the file */
    off_t whole;    /* file offset of the buffer's first block */
    size_t used, block;
    uint8_t buf[BUFFER_BYTES];
};

/* --- blocks --- */

static void put(struct pcapng *w, const void *data, size_t n)
{
    static const uint8_t zero[4];
    size_t pad = -n & 3;

    memcpy(w->buf + w->used, data, n);
    memcpy(w->buf + w->used + n, zero, pad);
    w->used += n + pad;
}

static void put32(struct pcapng *w, uint32_t v)
{
    put(w, &v, sizeof v);
}

static void put_option(struct pcapng *w, enum option_code code, const void *data, size_t n)
{
    const uint16_t head[2] = {(uint16_t)code, (uint16_t)n};

    put(w, head, sizeof head);
    put(w, data, n);
}

/* The length is filled in at the end. */
static void block_begin(struct pcapng *w, enum block_type type)
{
    w->block = w->used;
    put32(w, (uint32_t)type);
    put32(w, 0);
}

static void block_end(struct pcapng *w)
{
    uint32_t bytes;

    put_option(w, OPTION_END, "", 0);
    bytes = (uint32_t)(w->used - w->block) + 4;
    memcpy(w->buf + w->block + 4, &bytes, sizeof bytes);
    put32(w, bytes);
}

static void put_headers(struct pcapng *w, const char *interface, enum pcapng_linktype linktype)
{
    static const uint16_t version[2] = {1, 0};
    static const uint64_t unknown_length = UINT64_MAX;
    const uint16_t link[2] = {(uint16_t)linktype, 0};

    block_begin(w, BLOCK_SECTION);
    put32(w, 0x1a2b3c4d);
    put(w, version, sizeof version);
    put(w, &unknown_length, sizeof unknown_length);
    put_option(w, OPTION_APPLICATION, "tarn", 4);
    block_end(w);
    block_begin(w, BLOCK_INTERFACE);
    put(w, link, sizeof link);
    put32(w, 0); /* no limit of length */
    put_option(w, OPTION_NAME, interface, strnlen(interface, MAX_COMMENT));
    put_option(w, OPTION_RESOLUTION, "\x09", 1);
    block_end(w);
}

/* --- writing --- */

/* write() that raises no signal in this process: SIGPIPE and SIGXFSZ stay errors. */
static ssize_t write_quietly(int fd, const void *buf, size_t n)
{
    static const struct timespec at_once;
    sigset_t set, old, pending;
    ssize_t rc;
    int err;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigaddset(&set, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    sigpending(&pending);
    rc = write(fd, buf, n);
    err = errno;
    if (rc < 0 && (err == EPIPE || err == EFBIG)) {
        int mine = err == EPIPE ? SIGPIPE : SIGXFSZ;

        if (!sigismember(&pending, mine))
            sigtimedwait(&set, NULL, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = err;
    return rc;
}

/* Packets of the buffer that are not wholly written. */
static uint64_t packets_left(const struct pcapng *w)
{
    uint32_t head[2]; /* type, bytes */
    uint64_t n = 0;

    for (size_t at = 0; at < w->used; at += head[1]) {
        memcpy(head, w->buf + at, sizeof head);
        n += head[0] == BLOCK_PACKET;
    }
    return n;
}

static void stop(struct pcapng *w, int err)
{
    uint64_t left = packets_left(w);

    w->lost += left;
    w->packets -= left;
    w->used = 0;
    if (ftruncate(w->fd, w->whole) < 0 && errno != EINVAL)
        err = errno;
    close(w->fd);
    w->fd = -1;
    fprintf(stderr,
            "tarn: capture %s: %s; it ends after %llu packets, traffic goes on: free space or "
            "capture elsewhere\n",
            w->path, strerror(err), (unsigned long long)w->packets);
}

/* n more bytes are in the file: forget the blocks that are complete there. */
static void written(struct pcapng *w, size_t n)
{
    size_t at = 0;
    uint32_t bytes;

    for (w->begun += n; at < w->used; at += bytes) {
        memcpy(&bytes, w->buf + at + 4, sizeof bytes);
        if (bytes > w->begun)
            break;
        w->begun -= bytes;
    }
    w->whole += (off_t)at;
    w->used -= at;
    memmove(w->buf, w->buf + at, w->used);
}

void pcapng_flush(struct pcapng *w)
{
    while (w->fd >= 0 && w->used > w->begun) {
        ssize_t n = write_quietly(w->fd, w->buf + w->begun, w->used - w->begun);

        if (n >= 0)
            written(w, (size_t)n);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            stop(w, errno);
    }
}

void pcapng_write(struct pcapng *w, const struct pcapng_packet *p)
{
    uint64_t ns = (uint64_t)p->wall_ns;
    uint32_t flags = (uint32_t)p->direction;

    if (w->used > FLUSH_BYTES)
        pcapng_flush(w);
    if (w->fd < 0 || w->used + p->len + 2 * MAX_COMMENT > BUFFER_BYTES) {
        w->lost++;
        return;
    }
    block_begin(w, BLOCK_PACKET);
    put32(w, 0);
    put32(w, (uint32_t)(ns >> 32));
    put32(w, (uint32_t)ns);
    put32(w, (uint32_t)p->len);
    put32(w, (uint32_t)p->len);
    put(w, p->data, p->len);
    if (p->direction != PCAPNG_UNKNOWN)
        put_option(w, OPTION_FLAGS, &flags, sizeof flags);
    if (p->comment != NULL)
        put_option(w, OPTION_COMMENT, p->comment, strnlen(p->comment, MAX_COMMENT));
    block_end(w);
    w->packets++;
}

bool pcapng_is_dirty(const struct pcapng *w)
{
    return w->used > w->begun;
}

void pcapng_lose(struct pcapng *w, uint64_t n)
{
    w->lost += n;
}

int pcapng_open(struct pcapng **out, const char *path, const char *interface,
                enum pcapng_linktype linktype)
{
    struct pcapng *w = calloc(1, sizeof *w);
    int err;

    if (w == NULL)
        return -ENOMEM;
    w->path = strdup(path);
    w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    if (w->path == NULL || w->fd < 0) {
        err = w->path ? errno : ENOMEM;
        free(w->path);
        free(w);
        return -err;
    }
    put_headers(w, interface, linktype);
    *out = w;
    return 0;
}

void pcapng_close(struct pcapng *w)
{
    pcapng_flush(w);
    if (w->lost > 0)
        fprintf(stderr, "tarn: capture %s: %llu packets are not in it\n", w->path,
                (unsigned long long)w->lost);
    if (w->fd >= 0)
        close(w->fd);
    free(w->path);
    free(w);
}
