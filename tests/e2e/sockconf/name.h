/* Addresses of either family, as the run has chosen one: every behaviour is written once. */
#ifndef TARN_TESTS_E2E_SOCKCONF_NAME_H
#define TARN_TESTS_E2E_SOCKCONF_NAME_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

struct name {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    };
    socklen_t len;
};

/* An address as text, of its own family. 0: it is none. */
int name_read(struct name *out, const char *text, uint16_t port);

/* The same host with another port. */
struct name at(struct name host, uint16_t port);

/* Of the run's family: no address, the loopback one, a group, everybody on the link (IPv6 has a
 * group for that), and an address of the other family. */
struct name any_host(void);
struct name loopback(void);
struct name group(void);
struct name broadcast(void);
struct name other_family(void);

uint16_t port_of(const struct name *n);
int same_host(const struct name *a, const struct name *b);
int is_any(const struct name *n);

/* The address as text, in a static buffer. */
const char *host_text(const struct name *n);

/* connect() and bind(). */
int join(int fd, struct name to);
int bind_at(int fd, struct name host, uint16_t port);

/* The name that a socket is bound to. */
struct name own_name(int fd);

#endif
