/* tarn/link.h - a link driver: one file in drivers/, one const table `link_NAME`.
 *
 * Drivers do I/O; the core never does. A driver whose options name another link ("over") wraps it:
 * impair, capture. The same interface serves the host's loop and the simulator, so no driver reads
 * a clock: `now` is an argument. */
#ifndef TARN_LINK_H
#define TARN_LINK_H

#include "tarn/addr.h"
#include "tarn/pkt.h"

enum link_medium { LINK_ETHERNET, LINK_IP };

enum link_offload {
    LINK_CSUM_RX = 1, /* received checksums are marked verified or partial */
    LINK_CSUM_TX = 2, /* takes PKT_CSUM_PARTIAL */
    LINK_GSO_TX = 4,  /* takes TCP super-packets up to 64 KiB */
    LINK_GRO_RX = 8,  /* may deliver super-packets */
};

struct link_caps {
    uint32_t mtu; /* bytes above the link header */
    uint32_t offload;
    uint8_t medium;
    uint8_t mac[6];
    bool carrier; /* frames can pass now */
    /* What the link's own network proposes where the user says nothing; all zero: nothing. */
    struct tarn_prefix address; /* ours, with the length of its network */
    struct tarn_ip gateway, dns;
    struct tarn_ip host; /* the machine that this process runs on, as seen through the link */
};

struct link {
    const struct link_ops *ops;
    struct tarn *st; /* where packets come from; set before open */
    struct link_caps caps;
    uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, rx_errors, tx_errors;
};

/* key=value pairs of the URI behind the colon. The first may be a bare value (the NAME of
 * `tap:NAME`), whose key is then "". */
struct link_arg {
    const char *key, *value;
};

/* What a link needs to be opened; borrowed for the call. */
struct link_open {
    const struct link_arg *args;
    unsigned n_args;
    struct link *over; /* wrapping links: the wrapped one, which from now on is theirs; else NULL */
    uint64_t seed;     /* for links that draw random numbers */
    char *error;       /* out: on failure, "what was tried: what refused it; what to do" */
    size_t error_bytes;
};

struct link_ops {
    const char *name; /* "tap", as in --link tap:NAME */
    const char *help; /* one line per key, shown by --help: "key=VALUE  meaning" */
    const char *keys; /* comma separated; an unknown key is refused and the nearest named */
    size_t size;      /* bytes of the driver's struct, which starts with struct link */
    int (*open)(struct link *l, const struct link_open *how); /* 0 or -TARN_E...; fills caps */
    /* Descriptor to wait on for input (and for room, when tx refused), or -1. It may be another
     * one after a call of rx or tx. */
    int (*pollfd)(const struct link *l);
    /* When rx must be called again, and a refused tx may be tried again, without a descriptor that
     * says so (delay lines, queues in memory); TARN_NEVER. May be NULL. */
    tarn_ns (*deadline)(const struct link *l);
    /* Up to n packets that have arrived; the caller owns them. Returns how many, 0 = none now,
     * -TARN_ENETDOWN when the link is gone for good. */
    int (*rx)(struct link *l, struct pkt **v, unsigned n, tarn_ns now);
    /* Send up to n packets; the driver owns those it took (returned count, from the front). */
    int (*tx)(struct link *l, struct pkt **v, unsigned n, tarn_ns now);
    void (*close)(struct link *l);
};

#pragma GCC visibility push(default)

/* A link by its name on the command line, and what is wrapped around it. */
struct link_request {
    const char *uri;             /* "tap:t0,offload=off" */
    const struct link_arg *more; /* keys beside those of the URI, or NULL; borrowed */
    unsigned n_more;
    const char *impair;  /* "delay=20ms,loss=1%", or NULL */
    const char *capture; /* a file to write every frame to, or NULL */
    const char *name;    /* the interface's name in the capture: "tarn0" */
    int64_t wall_ns;     /* what to add to `now` to have nanoseconds since 1970, for the capture */
    uint64_t seed;
    char *error; /* out: on failure, "what was tried: what refused it; what to do" */
    size_t error_bytes;
};

/* Open a link: the driver's own, then `impair` around it, then `capture` around both, so that the
 * capture shows what the stack sees. Packets come from `st`. -TARN_EINVAL (URI, key or value),
 * -TARN_ENODEV (`none`), -TARN_ENOSYS (not in this version), or what the system refused with. */
int link_open_uri(struct link **out, struct tarn *st, const struct link_request *r);

/* Close the link and what it wraps, and free it. Packets it still holds are put back. */
void link_close(struct link *l);

#pragma GCC visibility pop

#endif
