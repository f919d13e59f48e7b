/* posix/socket.h - a program's socket, as this process holds it. Internal to posix/.
 *
 * A stream socket is one end of an AF_UNIX stream pair, a datagram socket one end of a seqpacket
 * pair (which, unlike a datagram pair, tells us of the program's close). The program's end carries
 * its bytes, its O_NONBLOCK and its readiness; our end is not blocking and watched edge-triggered.
 *
 *   state        program may                    our end            the stack's socket
 *   ----------   ----------------------------   ----------------   -----------------------------
 *   NEW          bind connect listen            filled: the        open
 *                                               program's end is
 *                                               unwritable
 *   CONNECTING   connect (EALREADY)             filled             handshake
 *   OPEN         read write shutdown            one byte kept      connected; datagrams: open
 *   FAILED       connect (takes a new pair)     closed             open, not connected
 *   LISTENING    accept listen                  filled; carries    listening
 *                                               one byte down for
 *                                               each waiting
 *                                               connection
 *   WAITING      nothing: not yet accepted      none               connected
 *   LEAVING      nothing: it has closed         last bytes         connected
 *   GONE         names, options, SO_ERROR       closed             none
 *
 * The kept byte. The kernel makes the closing of our end a reset (ECONNRESET, after the data) only
 * if that end holds a byte which nobody has read. So in OPEN it always holds exactly one that was
 * passed on already: the newest. Whatever ends this process, no program takes a cut stream for a
 * complete one; only an orderly close takes the byte out first.
 *
 * Invariants: end >= 0 in NEW, CONNECTING, OPEN, LISTENING, LEAVING; given >= 0 only until the
 * program has got its end; a socket is in the cookie table unless it is WAITING without a pair. */
#ifndef TARN_POSIX_SOCKET_H
#define TARN_POSIX_SOCKET_H

#include "posix/posix.h"

enum socket_state {
    SOCKET_NEW,
    SOCKET_CONNECTING,
    SOCKET_OPEN,
    SOCKET_FAILED,
    SOCKET_LISTENING,
    SOCKET_WAITING,
    SOCKET_LEAVING,
    SOCKET_GONE,
};

/* Options that are remembered, a bit each: those without effect, and which ancillary data the
 * program wants with a datagram. The stack tells all it knows of each. */
enum kept {
    KEPT_DEBUG = 1 << 0,
    KEPT_DONTROUTE = 1 << 1,
    KEPT_BIND_NO_PORT = 1 << 2,
    KEPT_FLOWINFO_SEND = 1 << 3,
    KEPT_RECVOPTS = 1 << 4, /* packets' options are not told */
    KEPT_RETOPTS = 1 << 5,
    KEPT_OOBINLINE = 1 << 6,
    KEPT_TIMESTAMP = 1 << 8,
    KEPT_TIMESTAMPNS = 1 << 9,
    KEPT_TIMESTAMP_NEW = 1 << 10,
    KEPT_TIMESTAMPNS_NEW = 1 << 11,
    KEPT_PKTINFO = 1 << 12,
    KEPT_TTL = 1 << 13,
    KEPT_TOS = 1 << 14,
    KEPT_ORIGDSTADDR = 1 << 15,
    KEPT_PKTINFO6 = 1 << 16,
    KEPT_PKTINFO6_2292 = 1 << 17,
    KEPT_HOPLIMIT = 1 << 18,
    KEPT_HOPLIMIT_2292 = 1 << 19,
    KEPT_TCLASS = 1 << 20,
    KEPT_FLOWINFO = 1 << 21,
    KEPT_ORIGDSTADDR6 = 1 << 22,
    KEPT_GRO = 1 << 23,
    KEPT_THIN = 1 << 24,    /* TCP_THIN_LINEAR_TIMEOUTS: no RFC has it */
    KEPT_WANTED = 0xffff00, /* all that ask for ancillary data */
};

/* What a receiving call has room for. */
struct dgram_wish {
    int flags;
    uint32_t room, control_room;
};

/* A call that sleeps on a socket. */
struct waiter {
    struct waiter *next;
    struct waiter *next_timed, **at_timed; /* in posix.timed; at_timed NULL: without a time limit */
    struct socket *so;
    enum posix_call call;
    struct posix_caller from;
    int flags;              /* accept4's; connect: the errno of running out of time */
    struct dgram_wish wish; /* recv's */
    tarn_ns deadline;
    uint32_t sent;                /* send's, of fast open: what the stack has taken already */
    struct posix_address address; /* send's, as all that follows */
    uint32_t data_len, control_len;
    uint8_t data[]; /* and then the ancillary data */
};

/* Where a datagram in the pair came from, and what came with it; err instead: the datagram is empty
 * and stands for an error (a positive errno) that recvfrom is to report. */
struct origin {
    struct tarn_addr from;
    struct tarn_info info;
    uint32_t len;
    uint32_t charge; /* memory that the message in the pair counts as */
    int err;
};

struct socket {
    struct posix *px;
    struct socket *next_cookie; /* in a chain of the cookie table */
    struct socket *next_queued; /* in a listener's queue */
    uint64_t cookie;            /* of the program's end; 0: it has none yet */
    uint64_t id;                /* generation and slot: names it in events */
    tarn_sock sock;             /* all zero: none */
    enum socket_state state;
    int family;   /* AF_INET, AF_INET6, AF_NETLINK */
    int type;     /* SOCK_STREAM; SOCK_DGRAM and SOCK_RAW, which are alike here */
    int protocol; /* of IP; NETLINK_ROUTE */
    int end;      /* ours; -1 closed */
    int given;    /* the program's, until it has it; -1 */
    int error;    /* pending for SO_ERROR, a positive errno */

    int32_t thread, fd; /* where the program's end was seen last */

    int32_t told_thread; /* who was told of its connect or bind; 0: more has happened since */
    uint64_t told_site;

    bool roomy;        /* the program's end has its full send buffer */
    bool wants_out;    /* our end is watched for room */
    bool program_shut; /* the program has closed its direction */
    bool sent_end;     /* and so have we, to the stack */
    bool got_end;      /* the peer's end of data was passed to the program */
    bool discards;     /* the program has shut down reading */
    bool unreported;   /* a connect has ended, and no call has said so yet */
    bool urgent;       /* the program has sent urgent bytes */
    bool connected;    /* datagrams: a peer is set */
    bool alarmed;      /* datagrams: the pair can poll ERR (dgram/alarm.c) */
    bool alarm_due;    /* and is to, as soon as what the program has written is taken */

    struct waiter *waiters; /* oldest first */

    struct socket *queue, **queue_end; /* listener: waiting connections, oldest first */
    unsigned n_queued, backlog;
    struct socket *listener; /* of a WAITING socket, and its peer */
    struct tarn_addr peer;

    struct origin *origin; /* datagrams: a ring of those in the pair; NULL until the first */
    unsigned origin_first, n_origins;

    struct netlink *netlink; /* the other side of a socket of AF_NETLINK */
    uint32_t netlink_groups;
    uint32_t kept;              /* enum kept */
    uint32_t multicast_address; /* of IP_MULTICAST_IF, as the program wrote it */
    uint32_t icmp_filter;       /* raw ICMP sockets: a set bit refuses that type */
    uint64_t receive_timeout_ns, send_timeout_ns; /* 0: none */
};

struct posix {
    struct posix_config cfg;
    struct posix_stats stats;
    int epoll;
    struct socket **chains; /* cookie table: n_chains is a power of two */
    size_t n_chains, n_cookies;
    struct slot {
        struct socket *so; /* NULL: free */
        uint32_t generation, next_free;
    } * slots;
    uint32_t n_slots, free_slot;
    unsigned n_open; /* neither GONE nor FAILED */
    unsigned n_gone; /* the rest */
    struct waiter *timed;
    struct socket *in_hand; /* whose end or datagram the reply under way gives away */
    struct origin in_hand_origin;
    struct pair_in_hand {
        int end;
        uint64_t cookie;
    } in_hand_pair; /* the pair that is replaced by the reply under way */
    struct doomed {
        tarn_sock sock;
        tarn_ns at;
    } * doomed; /* connections to reset, once what was written before has had its chance to go */
    unsigned n_doomed, doomed_max;
    unsigned n_alarmed;                /* sockets whose close must be looked for */
    tarn_ns look_at;                   /* TARN_NEVER: there are none */
    tarn_ns sweep_at;                  /* TARN_NEVER: nothing buried */
    uint8_t bytes[POSIX_DATA_MAX + 1]; /* what is on its way */
    uint8_t reply[POSIX_DATA_MAX];     /* what the reply under way brings */
    uint8_t control[POSIX_CONTROL_MAX];
};

/* Bytes asked for as the send buffer of our end; the kernel doubles it. A quarter of that may be in
 * the pair: then each read of the program wakes us at once. */
enum { PAIR_BUFFER = 512 * 1024, PAIR_FLIGHT = 2 * PAIR_BUFFER / 4 };

/* ---- socket.c: objects ---- */

/* A new object of a kind; it has a slot, and nothing else yet. NULL: out of memory. */
struct socket *socket_new(struct posix *px, int family, int type, int protocol);
struct socket *socket_of_cookie(const struct posix *px, uint64_t cookie);
struct socket *socket_of_id(const struct posix *px, uint64_t id);

/* Make the pair: so->end and so->given, and the cookie. 0 or a negative errno. */
int socket_make_pair(struct socket *so, bool nonblock);

/* Close the pair there is and take this one again, whose program's end has that cookie. */
void socket_take_pair(struct socket *so, int end, uint64_t cookie);

/* The program's end has, or has not, reached the program. */
void socket_was_given(struct socket *so, int32_t thread, int32_t fd);

/* Close our end and the stack's socket; `reset` says how the peer hears of it. */
void socket_cut(struct socket *so, bool reset, tarn_ns now);

/* Give the stack's socket up to be reset after the next output: in the kernel, what was written
 * before the reset has been sent by then. */
void socket_doom(struct socket *so, tarn_ns now);
void socket_reap_doomed(struct posix *px, tarn_ns now);

/* Free the object and all it holds. */
void socket_free(struct socket *so, tarn_ns now);

/* The program keeps its end, but there is nothing behind it any more: FAILED or GONE. */
void socket_bury(struct socket *so, enum socket_state as, int error, tarn_ns now);

/* The buried object has a new pair: as good as new. */
void socket_revive(struct socket *so);

/* Once a second while some are buried: free the buried whose program's end has gone. */
void socket_sweep(struct posix *px, tarn_ns now);

/* A connect or bind is answered with its effect. */
void socket_was_told(struct socket *so, int32_t thread, uint64_t site);

/* Is this that call once more, with nothing in between? The kernel makes a call again after a
 * signal's handler, also one whose answer it has taken and lost. */
bool socket_is_told_again(const struct socket *so, const struct posix_request *q);

/* Is the program's end still open where it was seen last? */
bool socket_is_held(const struct socket *so);

/* Watch our end for room, or no longer. */
void socket_want_out(struct socket *so, bool want);

/* Tell again of what our end has, though it was told already. */
void socket_look_again(struct socket *so);

/* ---- stream.c: bytes ---- */

/* The handshake is over: the program may write. */
void stream_open(struct socket *so, tarn_ns now);
void stream_make_roomy(struct socket *so, int program_end);
void stream_down(struct socket *so, tarn_ns now);  /* from the program to the stack */
void stream_up(struct socket *so, tarn_ns now);    /* from the stack to the program */
void stream_reset(struct socket *so, tarn_ns now); /* after what the program wrote before */
void stream_hangup(struct socket *so, bool unread, tarn_ns now);
/* recv(MSG_WAITALL): the kernel's own, except after a reset. */
enum posix_verdict stream_recv(struct socket *so, const struct posix_request *q,
                               struct posix_reply *r);

/* sendto with a name, which a stream does not heed but with MSG_FASTOPEN, or an urgent byte. */
enum posix_verdict stream_send(struct socket *so, const struct posix_request *q,
                               struct posix_reply *r, tarn_ns now);
void stream_event(struct socket *so, unsigned ready, tarn_ns now);

/* ---- fastopen.c: MSG_FASTOPEN ---- */

enum posix_verdict fastopen_send(struct socket *so, const struct posix_request *q,
                                 struct posix_reply *r, tarn_ns now);
/* The handshake is over, or has failed with the negative errno `err`: tell the sleeping caller, if
 * there is one. true if it heard. */
bool fastopen_tell(struct socket *so, int err, tarn_ns now);

/* ---- dgram/: datagrams ---- */

void dgram_down(struct socket *so, tarn_ns now);
void dgram_up(struct socket *so, tarn_ns now);
void dgram_event(struct socket *so, unsigned ready, tarn_ns now);
enum posix_verdict dgram_send_call(struct socket *so, const struct posix_request *q,
                                   struct posix_reply *r, tarn_ns now);
enum posix_verdict dgram_recv_call(struct socket *so, const struct posix_request *q,
                                   struct posix_reply *r, tarn_ns now);
/* A message for the program: to a call that sleeps, or into the pair. */
void dgram_deliver(struct socket *so, const void *data, const struct origin *from);

/* Room for one more in the pair? If not, posix hears when there is. */
bool dgram_has_room(struct socket *so);

/* If the next message in the pair stands for an error, take it out. */
void dgram_forget_error(struct socket *so, int program_end);

/* The reply has not arrived: the datagram goes back into the pair, behind the others. */
void dgram_unread(struct socket *so);

/* ---- dgram/alarm.c: a pair that can poll ERR ---- */

/* Give the socket such a pair, if it has none: r->replace. 0 or a negative errno. */
int alarm_install(struct socket *so, const struct posix_request *q, struct posix_reply *r);
void alarm_installed(struct socket *so, const struct posix_request *q, bool arrived);

/* Around every request on such a socket: the pair's error is away meanwhile, and afterwards it is
 * there exactly as long as there is something to tell. */
void alarm_hush(struct socket *so, int program_end);
void alarm_settle(struct socket *so, int program_end);

/* Free those whose program has closed them. */
void alarm_look(struct posix *px, tarn_ns now);

/* ---- netlink.c: sockets of AF_NETLINK, datagram sockets whose peer is netlink/ ---- */

int netlink_open(struct socket *so);
void netlink_down(struct socket *so, tarn_ns now); /* requests of the program, and their answers */
void netlink_up(struct socket *so, tarn_ns now);   /* what is left of a dump */
enum posix_verdict netlink_call(struct socket *so, const struct posix_request *q,
                                struct posix_reply *r, tarn_ns now);
void netlink_name(uint32_t portid, uint32_t groups, struct posix_address *out);

/* ---- wait.c: held calls ---- */

/* Hold the call that q describes until deadline. POSIX_HOLD, or POSIX_ANSWER with -ENOMEM. */
enum posix_verdict wait_hold(struct socket *so, const struct posix_request *q,
                             struct posix_reply *r, uint64_t timeout_ns);

/* The oldest call of a kind that is still waiting; it stays in the list. */
struct waiter *wait_first(struct socket *so, enum posix_call call);

/* The same, not asked whether it still is: its answer will show. To ask just before an answer gives
 * a signal time to come between. */
struct waiter *wait_next(struct socket *so, enum posix_call call);

/* Answer it and take it out. 0, or -ENOENT: it was over. */
int wait_answer(struct waiter *w, struct posix_reply *r);

/* Answer all calls on the socket with an errno. */
void wait_fail(struct socket *so, int err);
tarn_ns wait_deadline(const struct posix *px);
void wait_tick(struct posix *px, tarn_ns now);

/* ---- open.c, connect.c, accept.c, name.c, option/, ioctl.c: calls ---- */

int open_call(struct posix *px, const struct posix_request *q, struct posix_reply *r);

/* The stack's socket of a new or revived object. 0 or a negative errno. */
int open_in_stack(struct socket *so);

enum posix_verdict connect_call(struct socket *so, const struct posix_request *q,
                                struct posix_reply *r, tarn_ns now);
void connect_done(struct socket *so, const struct posix_reply *r, bool arrived, tarn_ns now);
void connect_event(struct socket *so, unsigned ready, tarn_ns now);

int listen_call(struct socket *so, int backlog);
enum posix_verdict accept_call(struct socket *so, const struct posix_request *q,
                               struct posix_reply *r, tarn_ns now);
void accept_done(struct socket *taken, const struct posix_reply *r, bool arrived, int32_t thread);
void accept_event(struct socket *so, tarn_ns now);
void accept_stop(struct socket *so, tarn_ns now); /* reset all that wait */

/* As a socket of this family writes them: one of AF_INET6 shows an address of IPv4 as mapped. */
void name_to_linux(const struct socket *so, const struct tarn_addr *a, struct posix_address *out);

/* What a name is for: Linux refuses a wrong one in its own way each time. */
enum name_use { NAME_BIND, NAME_CONNECT, NAME_SEND };
int name_from_linux(const struct socket *so, const struct posix_address *in, enum name_use use,
                    struct tarn_addr *out);
bool name_is_none(const struct posix_address *name); /* AF_UNSPEC: undo a connect */
int name_bind(struct socket *so, const struct posix_request *q);
int name_local(struct socket *so, struct posix_reply *r);
int name_peer(struct socket *so, struct posix_reply *r);

int option_get(struct socket *so, const struct posix_request *q, struct posix_reply *r);
int option_set(struct socket *so, const struct posix_request *q, struct posix_reply *r);

/* The pending error of the socket and of the program's end, taken away. */
int option_take_error(struct socket *so, int program_end);

int ioctl_call(struct socket *so, const struct posix_request *q, struct posix_reply *r);

/* ---- interface.c: what is asked about interfaces, by whatever socket ---- */

bool interface_knows(unsigned request);
int interface_ioctl(struct posix *px, const struct posix_request *q, struct posix_reply *r);

#endif
