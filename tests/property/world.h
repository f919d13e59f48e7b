/* tests/property/world.h - two stacks, a hostile wire between them, and a model of what their
 * applications have written and read.
 *
 * The wire carries whole IP packets. What is in flight arrives when a step says so, in any order,
 * once, twice or never; in the end the wire becomes a good one (history.c), and then everything
 * must arrive and every connection end.
 *
 * The model is that of byte arrays. Byte k of a stream is bulk[salt + k], where the salt is the
 * stream's own, so bytes of another place or of another connection are seen. Which stream a socket
 * reads is found by the numbers of the handshake: its IRS is the other's ISS. */
#ifndef TARN_TESTS_PROPERTY_WORLD_H
#define TARN_TESTS_PROPERTY_WORLD_H

#include "tarn/tarn.h"
#include "tests/property/plan.h"
#include "wire/tcp.h"

enum {
    WORLD_PORT = 1, /* the stacks' interface */
    SLOTS = 6,
    STREAMS = 512,
    FLIGHT = 320,
    PACKET_MAX = 1600,
    OLD = 32,
    FLOWS = 128,
    LISTEN_PORT = 80,
};

#define WORLD_MS UINT64_C(1000000)
#define WORLD_S  UINT64_C(1000000000)

struct packet {
    uint16_t n;
    bool damaged; /* a corrupted one: the stack must not believe it */
    bool forged;  /* and its checksum is right: the signature must tell */
    uint8_t b[PACKET_MAX];
};

/* One direction: what its sender has sent and its receiver has not got, oldest first. */
struct flight {
    struct packet pool[FLIGHT];
    uint16_t at[FLIGHT], spare[FLIGHT];
    unsigned n, n_spare;
    struct packet old[OLD]; /* the last that have arrived */
    unsigned n_old;
};

/* What one application has written into a connection. */
struct written {
    uint8_t end, slot;
    tarn_sock s;
    uint16_t local, remote; /* ports */
    uint32_t iss, salt;
    uint64_t written;
    bool finished; /* in an orderly way: the reader may see an end */
    bool gone;     /* its writer has closed, aborted or seen an error */
};

enum side_kind { SIDE_EMPTY, SIDE_LISTENER, SIDE_CONNECTION };

/* One socket, as its application sees it. */
struct side {
    enum side_kind kind;
    tarn_sock s;
    int out, in; /* streams; -1: not known yet */
    uint64_t read;
    bool shut_wr, shut_rd, ended, failed;
    bool has_timeout; /* may give up */
    int fd;           /* its number in a packet script */
};

/* What packets of one direction of a connection have said; see check.c. */
struct flow {
    uint16_t local, remote;
    bool open;      /* its SYN was seen */
    bool has_scale; /* offered on its SYN */
    bool has_edge, has_limit, has_ack;
    uint8_t scale;
    tcp_seq iss, sent; /* behind the last number sent */
    tcp_seq ack;       /* last sent */
    tcp_seq edge;      /* right edge that it has offered: the furthest */
    tcp_seq limit;     /* right edge that it has been offered */
    bool has_ts;
    uint32_t ts;
    bool had_peer; /* a connection at the other end has come of its SYN */
};

struct recorder;
struct pcapng;

struct world {
    const struct plan *plan;
    tarn_ns now;
    struct tarn *st[ENDS];
    unsigned place[ENDS];
    struct flight flight[ENDS]; /* from this end */
    struct side side[ENDS][SLOTS];
    struct written stream[STREAMS];
    unsigned n_streams;
    struct flow flow[ENDS][FLOWS];
    uint64_t tcp_out[ENDS];
    uint64_t count;         /* steps: calls, packets that arrived, were lost or changed, ticks */
    uint64_t packets;       /* sent, of both */
    bool was_error;         /* an ICMP error has arrived */
    bool calm;              /* the wire is good now */
    bool stopped[ENDS];     /* the link takes nothing from this end */
    unsigned bare_acks;     /* sent since something happened */
    unsigned held;          /* packets that came to a stopped link's end: answers may wait there */
    unsigned flipped;       /* see INJECT_FLIP */
    struct recorder *rec;   /* NULL: nothing is recorded */
    struct pcapng *capture; /* of what the stacks send; or NULL */
};

/* world.c */
struct tarn_ip world_address(const struct plan *p, unsigned end);
void world_open(struct world *w, const struct plan *p);
void world_close(struct world *w);
/* What is due now is done, and what the stacks send is in flight. */
void world_settle(struct world *w);
/* Time passes: ticks at every deadline on the way. */
void world_advance(struct world *w, tarn_ns until);
void world_move(struct world *w, unsigned end);
void world_set_mtu(struct world *w, unsigned end, uint16_t mtu);
/* Bytes for the stack of `end` from the wire. */
void world_input(struct world *w, unsigned end, const uint8_t *b, size_t n);

/* wire.c: each of these is a step; i counts from the oldest packet in flight. */
void wire_sent(struct world *w, unsigned from, const uint8_t *b, size_t n);
bool wire_step(struct world *w, const struct step *s);
void wire_deliver(struct world *w, unsigned from, unsigned i);
/* All that is in flight either way arrives; false: there was nothing. */
bool wire_deliver_all(struct world *w);

/* packet.c: packets as bytes. */
struct seen {
    bool six, tcp, icmp;
    size_t l4, data; /* where the transport's header and the payload begin */
    size_t bytes;    /* payload */
    struct tcp_hdr h;
};
/* What a packet is; false: nothing of interest. Nothing is checked. */
bool packet_see(const uint8_t *b, size_t n, struct seen *out);
bool packet_sums_good(const uint8_t *b, size_t n);
/* Lengths and checksums of a packet of n bytes are made right. */
void packet_mend(uint8_t *b, size_t n);
/* An ICMP error of kind `kind` about the packet; its length. */
size_t packet_error(uint8_t *to, const struct packet *about, uint32_t kind, uint32_t mtu);

/* check.c */
void check_sent(struct world *w, unsigned from, const uint8_t *b, size_t n);
void check_delivered(struct world *w, unsigned to, const uint8_t *b, size_t n);
/* Would the packet bring a connection back that has ended at `to`? A listener that remembers
 * nothing takes an old duplicate for the end of a handshake while its cookie is good (RFC
 * 4987 3.6), and then bytes come twice, by design. To be asked before the packet is delivered. */
bool check_revives(struct world *w, unsigned to, const uint8_t *b, size_t n);
/* What holds at any moment at which nothing is due. */
void check_world(struct world *w);
void check_early(struct world *w, uint32_t part);
void check_empty(struct world *w);
/* Prints what the connections of both ends are at. */
void check_tell(const struct world *w);

/* app.c */
bool app_step(struct world *w, const struct step *s);
/* The wire is good from now on; who has waited in vain before may still give up. */
void app_calm(struct world *w);
/* Accept what waits, read what is there, shut down what is done; false: some still wait. */
bool app_finish(struct world *w);
void app_close_all(struct world *w);

/* What fails is told and ends the process, which is one of its own for each history (history.c). */
struct report {
    uint64_t seed, count;
    unsigned at; /* the step */
    bool tell;   /* print the connections when something is wrong */
    char where[64], text[512];
};
extern struct report *report;

_Noreturn void fail_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#define MUST(cond_, ...) ((cond_) ? (void)0 : fail_at(__FILE__, __LINE__, __VA_ARGS__))

#endif
