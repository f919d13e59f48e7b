/* posix/option/option.h - the rows of the option tables, and the functions they name. */
#ifndef TARN_POSIX_OPTION_OPTION_H
#define TARN_POSIX_OPTION_OPTION_H

#include <netinet/in.h>

#include "posix/socket.h"

/* How a row takes its value. */
enum option_kind {
    OPTION_INT,
    OPTION_BOOL, /* anything but 0 is 1 */
};

struct option {
    int level, name;
    int (*get)(struct socket *so, const struct option *o, const struct posix_request *q,
               struct posix_reply *r); /* NULL: may not be read */
    int (*set)(struct socket *so, const struct option *o,
               const struct posix_request *q); /* NULL: may not be written */
    enum tarn_opt stack;                       /* what it is to the stack; TARN_SO_N: nothing */
    enum option_kind kind;
    int only;      /* the one protocol or, of OPTION_RAW, type that has it; 0: all */
    uint32_t kept; /* its bit in socket.kept */
};

/* In option.only: raw sockets of any protocol, datagram and raw ones, sockets of UDP and of
 * UDP-Lite. No protocol has such a number. */
enum { OPTION_RAW = 1000, OPTION_NO_STREAM, OPTION_UDPS };

/* Rows of the stack; rows that are remembered only, a bit each; rows of what is not done, which may
 * be told to stay off; and rows with functions of their own. */
#define OPTION_REAL(level, name, opt, kind, only)                                   \
    {                                                                               \
        level, name, option_get_real, option_set_real, TARN_SO_##opt, kind, only, 0 \
    }
#define OPTION_STORED(level, name, kept)                                                      \
    {                                                                                         \
        level, name, option_get_kept, option_set_kept, TARN_SO_N, OPTION_BOOL, 0, KEPT_##kept \
    }
#define OPTION_OFF(level, name)                                                  \
    {                                                                            \
        level, name, option_get_off, option_set_off, TARN_SO_N, OPTION_INT, 0, 0 \
    }
#define OPTION_SPECIAL(level, name, get, set, opt, only)          \
    {                                                             \
        level, name, get, set, TARN_SO_##opt, OPTION_INT, only, 0 \
    }

/* The tables, one per theme; each ends with a row without functions. */
extern const struct option option_socket_rows[], option_ip_rows[], option_ip6_rows[],
    option_tcp_rows[], option_group_rows[], option_filter_rows[], option_multicast_rows[],
    option_raw_rows[], option_md5_rows[], option_ao_rows[];

/* ---- option.c: values, as the program wrote them or wants them ---- */

int option_give(struct socket *so, const struct posix_request *q, struct posix_reply *r,
                const void *value, size_t n);

/* Options of IP may be read into, and written from, a single byte. */
int option_give_int(struct socket *so, const struct posix_request *q, struct posix_reply *r,
                    int value);
int option_read_int(const struct posix_request *q, int *value);

/* ---- option.c: what most rows name ---- */

int option_get_real(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r);
int option_set_real(struct socket *so, const struct option *o, const struct posix_request *q);
int option_get_kept(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r);
int option_set_kept(struct socket *so, const struct option *o, const struct posix_request *q);
int option_get_off(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r);
int option_set_off(struct socket *so, const struct option *o, const struct posix_request *q);

/* The path's MTU, where a peer says which path. */
int option_get_mtu(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r);

/* A number whose -1 stands for the stack's own choice. */
int option_set_or_default(struct socket *so, const struct option *o, const struct posix_request *q);

/* Set one of the stack's. 0 or a negative errno; a buried socket takes all. */
int option_to_stack(struct socket *so, enum tarn_opt opt, int64_t value);

/* ---- option_group.c ---- */

/* The index of the interface that has the address; 0 for any address. 0 or -ENODEV. */
int option_port_of(const struct socket *so, struct in_addr a, uint32_t *port);

/* An address of the level's own family. 0, or what Linux says of another: -EINVAL, or of IPv6
 * -EADDRNOTAVAIL. */
int option_read_sockaddr(int level, const struct sockaddr_storage *in, struct tarn_ip *out);

#endif
