/* posix/message.h - what passes between who catches a program's socket calls and who answers them.
 *
 * interpose/ turns a caught system call into one struct posix_request, posix/ answers it with one
 * struct posix_reply. Addresses, options and names are Linux's, as the program wrote them; nothing
 * here points into the program's memory, so both could be sent to another process.
 *
 * A call is a transaction named by its token: nothing is visible to the program before the answer,
 * and the answer may come too late (a signal has ended the call): then what was done for it is
 * undone. Three verdicts:
 *
 *      POSIX_ANSWER   the reply holds the result; posix hears by done() whether it arrived
 *      POSIX_HOLD     the call sleeps; posix answers later through the host's answer()
 *      POSIX_PASS     not a socket of ours, or nothing to change: the kernel carries the call out
 */
#ifndef TARN_POSIX_MESSAGE_H
#define TARN_POSIX_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum posix_call {
    POSIX_SOCKET, /* args: domain, type (with SOCK_NONBLOCK, SOCK_CLOEXEC), protocol */
    POSIX_BIND,
    POSIX_LISTEN,  /* args: backlog */
    POSIX_ACCEPT,  /* args: flags */
    POSIX_CONNECT, /* data: the address */
    POSIX_GETSOCKNAME,
    POSIX_GETPEERNAME,
    POSIX_GETSOCKOPT, /* args: level, name; room: bytes of the program's buffer, data: those */
    POSIX_SETSOCKOPT, /* args: level, name; data: the value */
    POSIX_IOCTL, /* args: request; data: the 40 bytes of a struct ifreq, where one is meant; room:
                  * bytes of SIOCGIFCONF's buffer. Interfaces are asked of any socket */
    POSIX_SEND,  /* args: flags; a datagram with a name or ancillary data, and its bytes */
    POSIX_RECV, /* args: flags; room, control_room: bytes of the buffers; a datagram whose source or
                 * ancillary data are wanted, or a stream's bytes with MSG_WAITALL */
};

/* Bytes that one request or reply may carry: the largest datagram, and more ancillary data than any
 * message has use for. */
enum { POSIX_DATA_MAX = 65535, POSIX_CONTROL_MAX = 4096 };

struct posix_address {
    socklen_t len;
    union {
        struct sockaddr sa;
        struct sockaddr_storage storage;
    };
};

/* The program's socket as a call named it. `cookie` is SO_COOKIE of the open file: equal for every
 * dup, in every process. `end` is a descriptor of the same open file in this process, valid only
 * during the call of request(): a kept copy would hide the program's close. */
struct posix_caller {
    uint64_t token;
    uint64_t cookie;
    int32_t thread; /* kernel thread id */
    int32_t fd;     /* the number in the program */
    uint64_t site;  /* where in the program's code the call is made */
    int end;
    bool nonblock;
};

struct posix_request {
    enum posix_call call;
    struct posix_caller from; /* POSIX_SOCKET: cookie 0, fd and end -1 */
    int args[3];
    uint32_t room;
    struct posix_address address; /* len 0: none given */
    const uint8_t *data;
    uint32_t data_len;
    const uint8_t *control; /* ancillary data as struct cmsghdr, as the program wrote it */
    uint32_t control_len, control_room;
    bool wants_name; /* POSIX_RECV */
};

struct posix_reply {
    int64_t result; /* what the call returns: at least 0, or a negative errno */
    int give;       /* descriptor to install in the program and to return; -1 none */
    int replace;    /* descriptor to install in place of the call's own; -1 none */
    bool give_cloexec;
    int given;                    /* set on delivery: the number that `give` got in the program */
    int msg_flags;                /* POSIX_RECV: MSG_TRUNC, MSG_CTRUNC, MSG_ERRQUEUE */
    struct posix_address address; /* written where the call wants a name; len 0: none */
    const uint8_t *data;          /* written to the call's buffer; owned by posix until done() */
    uint32_t data_len;
    uint32_t told;          /* POSIX_GETSOCKOPT: the length that is told; 0: data_len */
    const uint8_t *control; /* as data; not more than control_room */
    uint32_t control_len;
};

#define POSIX_REPLY_INIT          \
    (struct posix_reply)          \
    {                             \
        .give = -1, .replace = -1 \
    }

enum posix_verdict { POSIX_ANSWER, POSIX_HOLD, POSIX_PASS };

/* What catches the calls, as posix sees it. */
struct posix_host {
    void *ctx;

    /* Answer a held call. 0, or -ENOENT: the call is over (a signal, or the caller died) and the
     * reply had no effect. `give` and `replace` are copied, posix still owns them. */
    int (*answer)(void *ctx, uint64_t token, struct posix_reply *reply);

    /* The program's open file behind a number, if it is still that of `cookie`: a descriptor which
     * the caller closes at once, or a negative errno. */
    int (*borrow)(void *ctx, int32_t thread, int32_t fd, uint64_t cookie);

    /* Is a held call still waiting? */
    bool (*waiting)(void *ctx, uint64_t token);

    /* Does the thread catch signals? Then the kernel may make a call again whose answer it has
     * taken from us: if a signal comes just then, that answer is lost. */
    bool (*catches)(void *ctx, int32_t thread);

    /* Has the thread this capability (CAP_...), in its own user namespace? */
    bool (*capable)(void *ctx, int32_t thread, int capability);
};

/* What answers the calls, as the catcher sees it. */
struct posix_server {
    void *ctx;

    /* Is this one of our sockets, and which type (SOCK_STREAM, SOCK_DGRAM)? 0: not ours. */
    int (*type_of)(void *ctx, uint64_t cookie);

    enum posix_verdict (*request)(void *ctx, const struct posix_request *q, struct posix_reply *r);

    /* The reply of the last POSIX_ANSWER has arrived, or has not and is to be undone. */
    void (*done)(void *ctx, const struct posix_request *q, struct posix_reply *r, bool arrived);
};

#endif
