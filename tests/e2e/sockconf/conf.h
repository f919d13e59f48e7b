/* What the socket behaviours share: the peer's address, the line they report on, and the
 * short forms of calls that every behaviour makes.
 *
 * A behaviour is a function that makes socket calls and says what came back. It runs in a
 * process of its own; what it says becomes one line `name: word word ...`. The line must be the
 * same on every run: errno names, poll bits and byte counts, never times, ports or addresses. */
#ifndef TARN_TESTS_E2E_SOCKCONF_CONF_H
#define TARN_TESTS_E2E_SOCKCONF_CONF_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "name.h"

struct behaviour {
    const char *name;
    void (*run)(void);
};

/* Addresses of the run: the peer's, this side's, one that swallows every packet, one in the
 * local network that nobody has, and one that is foreign to this host. */
struct conf {
    int family;       /* of all of them: AF_INET, AF_INET6 */
    struct name peer; /* with its port */
    struct name self, black_hole, no_neighbour;
    const char *path; /* this executable, for exec */
};

extern struct conf conf;

/* The tables, one per theme; each ends with a row without a name. */
extern const struct behaviour connect_table[], refuse_table[], reset_table[], close_table[];
extern const struct behaviour stream_table[], bulk_table[], shutdown_table[], dgram_table[];
extern const struct behaviour dgram_msg_table[], poll_table[], epoll_table[], accept_table[];
extern const struct behaviour bind_table[], option_table[], share_table[], signal_table[];
extern const struct behaviour control_table[], error_table[], dual_table[], group_table[];
extern const struct behaviour raw_table[], interface_table[], urgent_table[], segment_table[];

/* Reporting: a word; `what=N` or `what=ERRNO` by rc and errno; poll and epoll bits. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_rc(const char *what, long rc);
void say_bits(const char *what, int revents);

/* Ends the behaviour with the word FAILED and the errno: a step that every system must manage
 * did not work. */
_Noreturn void give_up(const char *what);

/* A name that no other run of a behaviour uses, for notes at the peer. */
const char *unique(const char *stem);

int tcp_socket(void);
int udp_socket(void);

/* A blocking connection to the peer that carries out `script` (see sockpeer.c). */
int peer_open(const char *script, ...) __attribute__((format(printf, 1, 2)));

/* Asks the peer for the note `name`: what ended the tagged connection and how many bytes it
 * saw, or sets the note. The answer stands in a static buffer. */
const char *peer_ask(const char *name);
void peer_set(const char *name);

/* Splits the answer of peer_ask(): says `peer=END`, and the byte count where it is stable. */
void say_peer(const char *name, int with_bytes);

/* One element of a vector that will only be read from. */
struct iovec part(const void *base, size_t len);

/* A listener on this side, any port, and its port. */
int listener(int type_flags, uint16_t *port);

/* Has the peer connect to `port` of this side and carry out `script` on that connection;
 * returns when the peer's connect has returned. */
void peer_dial(uint16_t port, const char *script, ...) __attribute__((format(printf, 2, 3)));

/* The accepted end of a connection that the peer dialled with `script`. */
int peer_dialled(const char *script);

/* Waits up to ten seconds for any of `events`; returns the bits seen, 0 when none came. */
int wait_for(int fd, int events);

/* The bits of fd now, asking for everything. */
int bits_of(int fd);

/* Waits until the bits of fd (everything asked for) contain `want`, and returns them. */
int bits_with(int fd, int want);

/* Waits until n bytes (or more) can be read. */
void wait_bytes(int fd, int n);

/* Reads pattern bytes until n have come or the stream ends; says `got=N end=...`. */
void say_stream(int fd, uint64_t n, int with_bytes);

/* Writes n pattern bytes that start at offset `from`, blocking; returns how many went. */
size_t send_pattern(int fd, size_t n, uint64_t from);

int so_error(int fd);
void say_so_error(int fd);
void set_int(int fd, int level, int name, int value);
void pause_ms(int ms);
long now_ms(void);

#endif
