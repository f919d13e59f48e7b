/* drivers/pcap.c - a packet file as a link: its packets arrive in the file's order and pace; what
 * is sent goes to another file.
 *
 * libpcap reads (pcap, pcapng, either byte order, micro- and nanoseconds). The file is hostile:
 * only a regular file is opened, so that nothing waits; a time that runs back counts as no time
 * passed; a packet longer than a frame can be is skipped; a damaged file ends the input where the
 * damage begins, and says so once. Packets are read one ahead, so memory is constant. */
#include "tarn/link.h"

#include "drivers/arg.h"
#include "drivers/pcapng.h"
#include "tarn/err.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MTU = 65535, MAX_GAP_S = 86400, SECOND = 1000000000 };

struct pcap_link {
    struct link link;
    pcap_t *in;
    struct pcapng *out;             /* NULL: what is sent is gone */
    uint8_t *copy;                  /* a packet to be written, in one piece */
    const struct pcap_pkthdr *head; /* of the packet read ahead; NULL: the file is at its end */
    const u_char *data;
    tarn_ns due;  /* when it arrives; TARN_NEVER: at the end */
    int64_t last; /* the file's time of the packet before, ns */
    bool started; /* `due` and `last` are set */
};

/* The file's time, made a number of nanoseconds whatever the file says. */
static int64_t file_time(const struct pcap_pkthdr *h)
{
    int64_t ns = h->ts.tv_usec; /* nanoseconds: see open_in() */

    if (ns < 0 || ns >= SECOND)
        ns = 0;
    return (int64_t)((uint64_t)h->ts.tv_sec * SECOND + (uint64_t)ns);
}

/* Read the next packet and set when it is due, counted from the one before. */
static void read_ahead(struct pcap_link *p)
{
    struct pcap_pkthdr *h;
    int rc = pcap_next_ex(p->in, &h, &p->data);
    int64_t at, gap;

    if (rc != 1) {
        if (rc == PCAP_ERROR)
            fprintf(stderr, "tarn: link pcap: %s; the input ends here\n", pcap_geterr(p->in));
        p->head = NULL;
        p->due = TARN_NEVER;
        return;
    }
    at = file_time(h);
    gap = p->head && at > p->last ? at - p->last : 0;
    if (gap > (int64_t)MAX_GAP_S * SECOND)
        gap = 0;
    p->due += (tarn_ns)gap;
    p->last = at;
    p->head = h;
}

/* --- opening --- */

static FILE *open_regular(const struct link_open *how, const char *path, int *rc)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat sb;
    FILE *file = NULL;

    if (fd < 0 || fstat(fd, &sb) < 0)
        *rc = arg_fail(how, errno, "link pcap: %s: %s; give a file that can be read", path,
                       strerror(errno));
    else if (!S_ISREG(sb.st_mode))
        *rc = arg_fail(how, TARN_EINVAL, "link pcap: %s: not a regular file; give one", path);
    else if ((file = fdopen(fd, "rb")) == NULL)
        *rc = arg_fail(how, TARN_ENOMEM, "link pcap: %s: out of memory; end another program", path);
    if (file == NULL && fd >= 0)
        close(fd);
    return file;
}

static int open_in(struct pcap_link *p, const struct link_open *how, const char *path)
{
    char error[PCAP_ERRBUF_SIZE];
    int rc = 0, type;
    FILE *file = open_regular(how, path, &rc);

    if (file == NULL)
        return rc;
    p->in = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
    if (p->in == NULL) {
        fclose(file);
        return arg_fail(how, TARN_EINVAL, "link pcap: %s: %.120s; give a pcap or pcapng file", path,
                        error);
    }
    type = pcap_datalink(p->in);
    if (type != DLT_EN10MB && type != DLT_RAW)
        return arg_fail(how, TARN_EINVAL, "link pcap: %s: link type %d; give one of Ethernet or IP",
                        path, type);
    p->link.caps.medium = type == DLT_EN10MB ? LINK_ETHERNET : LINK_IP;
    return 0;
}

static int open_out(struct pcap_link *p, const struct link_open *how, const char *path)
{
    int rc;

    if (path == NULL)
        return 0;
    p->copy = malloc(PKT_MAX_BYTES);
    if (p->copy == NULL)
        return arg_fail(how, TARN_ENOMEM, "link pcap: out of memory; end another program");
    rc = pcapng_open(&p->out, path, "tarn",
                     p->link.caps.medium == LINK_ETHERNET ? PCAPNG_ETHERNET : PCAPNG_RAW_IP);
    if (rc < 0)
        return arg_fail(how, -rc, "link pcap: %s: %s; name a file that can be written", path,
                        strerror(-rc));
    return 0;
}

static void pcap_link_close(struct link *l)
{
    struct pcap_link *p = (struct pcap_link *)l;

    if (p->in != NULL)
        pcap_close(p->in);
    if (p->out != NULL)
        pcapng_close(p->out);
    free(p->copy);
}

static int pcap_link_open(struct link *l, const struct link_open *how)
{
    struct pcap_link *p = (struct pcap_link *)l;
    const char *path = arg_bare(how, 0);
    int rc;

    if (path == NULL)
        return arg_fail(how, TARN_EINVAL, "link pcap: needs a file to read: pcap:IN[,OUT]");
    rc = open_in(p, how, path);
    if (rc == 0)
        rc = open_out(p, how, arg_bare(how, 1));
    if (rc < 0) {
        pcap_link_close(l);
        return rc;
    }
    l->caps.mtu = MTU;
    l->caps.alone = true;
    l->caps.carrier = true;
    arg_mac(l->caps.mac, path);
    return 0;
}

/* --- input --- */

static int pcap_link_pollfd(const struct link *l)
{
    (void)l;
    return -1;
}

static tarn_ns pcap_link_deadline(const struct link *l)
{
    const struct pcap_link *p = (const struct pcap_link *)l;

    return p->started ? p->due : 0;
}

static struct pkt *take(struct pcap_link *p)
{
    struct tarn *st = p->link.st;
    struct pkt *pkt = p->head->caplen <= PKT_MAX_BYTES ? pkt_rx_get(st, p->head->caplen) : NULL;
    struct tarn_iov part[2];
    size_t done = 0;
    unsigned n;

    if (pkt == NULL || p->head->caplen == 0) {
        p->link.rx_errors++;
        if (pkt != NULL)
            pkt_put(st, pkt);
        return NULL;
    }
    n = pkt_rx_iov(st, pkt, part);
    for (unsigned i = 0; i < n && done < p->head->caplen; i++) {
        size_t bytes = p->head->caplen - done < part[i].len ? p->head->caplen - done : part[i].len;

        memcpy(part[i].base, p->data + done, bytes);
        done += bytes;
    }
    pkt_rx_filled(st, pkt, done);
    return pkt;
}

static int pcap_link_rx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    struct pcap_link *p = (struct pcap_link *)l;
    unsigned got = 0;

    if (!p->started) {
        p->started = true;
        p->due = now;
        read_ahead(p);
    }
    while (got < n && p->head != NULL && p->due <= now) {
        v[got] = take(p);
        if (v[got] != NULL) {
            l->rx_packets++;
            l->rx_bytes += pkt_len(v[got++]);
        }
        read_ahead(p);
    }
    return (int)got;
}

static int pcap_link_tx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    const struct pcap_link *p = (const struct pcap_link *)l;

    for (unsigned i = 0; i < n; i++) {
        struct pcapng_packet out = {.wall_ns = (int64_t)now, .data = p->copy};

        out.len = p->out ? pkt_copy_out(l->st, v[i], 0, p->copy, PKT_MAX_BYTES) : 0;
        if (p->out != NULL)
            pcapng_write(p->out, &out);
        l->tx_packets++;
        l->tx_bytes += pkt_len(v[i]);
        pkt_put(l->st, v[i]);
    }
    return (int)n;
}

const struct link_ops link_pcap = {
    .name = "pcap",
    .help = "IN   a pcap or pcapng file; its packets arrive in its order and pace\n"
            "OUT  a file for what is sent, pcapng\n",
    .keys = "IN,OUT",
    .size = sizeof(struct pcap_link),
    .open = pcap_link_open,
    .pollfd = pcap_link_pollfd,
    .deadline = pcap_link_deadline,
    .rx = pcap_link_rx,
    .tx = pcap_link_tx,
    .close = pcap_link_close,
};
