/* posix/option.h - the rows of the option tables, and the functions they name. */
#ifndef TARN_POSIX_OPTION_H
#define TARN_POSIX_OPTION_H

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
    int only;      /* SOCK_STREAM, SOCK_DGRAM; 0: both */
    uint32_t kept; /* its bit in socket.kept */
};

/* ---- option.c: values, as the program wrote them or wants them ---- */

int option_give(struct socket *so, const struct posix_request *q, struct posix_reply *r,
                const void *value, size_t n);

/* Options of IP may be read into, and written from, a single byte. */
int option_give_int(struct socket *so, const struct posix_request *q, struct posix_reply *r,
                    int value);
int option_read_int(const struct posix_request *q, int *value);

/* ---- option_socket.c, option_tcp.c: rows that are no plain number of the stack ---- */

int option_get_type(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r);
int option_get_protocol(struct socket *so, const struct option *o, const struct posix_request *q,
                        struct posix_reply *r);
int option_get_domain(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r);
int option_get_accepting(struct socket *so, const struct option *o, const struct posix_request *q,
                         struct posix_reply *r);
int option_get_one(struct socket *so, const struct option *o, const struct posix_request *q,
                   struct posix_reply *r);
int option_get_cookie(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r);
int option_get_error(struct socket *so, const struct option *o, const struct posix_request *q,
                     struct posix_reply *r);
int option_get_linger(struct socket *so, const struct option *o, const struct posix_request *q,
                      struct posix_reply *r);
int option_get_from_end(struct socket *so, const struct option *o, const struct posix_request *q,
                        struct posix_reply *r);
int option_get_congestion(struct socket *so, const struct option *o, const struct posix_request *q,
                          struct posix_reply *r);
int option_get_info(struct socket *so, const struct option *o, const struct posix_request *q,
                    struct posix_reply *r);
int option_set_linger(struct socket *so, const struct option *o, const struct posix_request *q);
int option_set_timeout(struct socket *so, const struct option *o, const struct posix_request *q);
int option_set_on_end(struct socket *so, const struct option *o, const struct posix_request *q);
int option_set_congestion(struct socket *so, const struct option *o, const struct posix_request *q);

#endif
