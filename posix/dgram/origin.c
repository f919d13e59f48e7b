/* posix/dgram/origin.c - where the datagrams in the pair came from.
 *
 * A ring in the order of the pair. The program may have read some without a call that we see; the
 * lengths tell how many of the ring are still unread. */
#include "posix/dgram/dgram.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>

/* The least memory that a message in the pair counts as, and so a bound for their number. */
enum { MESSAGE_LEAST = 512, ORIGINS = PAIR_FLIGHT / MESSAGE_LEAST };

static struct origin *origin_at(struct socket *so, unsigned i)
{
    return &so->origin[(so->origin_first + i) % ORIGINS];
}

static void drop_origins(struct socket *so, unsigned n)
{
    so->origin_first = (so->origin_first + n) % ORIGINS;
    so->n_origins -= n;
}

struct origin *origin_first(struct socket *so)
{
    return origin_at(so, 0);
}

void origin_drop_first(struct socket *so)
{
    drop_origins(so, 1);
}

bool origin_is_full(const struct socket *so)
{
    return so->n_origins == ORIGINS;
}

/* Memory that the unread messages count as. */
static size_t in_flight(const struct socket *so)
{
    int n = 0;

    return ioctl(so->end, TIOCOUTQ, &n) == 0 && n > 0 ? (size_t)n : 0;
}

size_t origin_trim(struct socket *so)
{
    size_t flight = in_flight(so);
    unsigned most = (unsigned)(flight / MESSAGE_LEAST);

    if (so->n_origins > most)
        drop_origins(so, so->n_origins - most);
    return flight;
}

/* How many of the newest lengths add up to the bytes that are unread. `head`: of the oldest
 * message, which may be empty and add nothing. */
static unsigned unread_by_bytes(struct socket *so, int program_end, ssize_t head)
{
    int64_t sum = 0;
    int unread = 0;
    unsigned n = 0;

    (void)ioctl(program_end, FIONREAD, &unread);
    while (n < so->n_origins && sum < unread)
        sum += origin_at(so, so->n_origins - ++n)->len;
    return head == 0 && n < so->n_origins ? n + 1 : n;
}

/* A pair that can ring an alarm is of SOCK_DGRAM (alarm.c), and there FIONREAD tells of the oldest
 * message alone. */
static bool tells_first_alone(int program_end)
{
    int type = 0;
    socklen_t len = sizeof type;

    return getsockopt(program_end, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_DGRAM;
}

/* How many of the newest charges add up to the memory that is taken. */
static unsigned unread_by_memory(struct socket *so)
{
    size_t sum = 0, flight = in_flight(so);
    unsigned n = 0;

    while (n < so->n_origins && sum < flight)
        sum += origin_at(so, so->n_origins - ++n)->charge;
    return n;
}

bool origin_sync(struct socket *so, int program_end)
{
    char byte;
    unsigned n = 0;
    ssize_t head = recv(program_end, &byte, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);

    if (head >= 0)
        n = tells_first_alone(program_end) ? unread_by_memory(so)
                                           : unread_by_bytes(so, program_end, head);
    drop_origins(so, so->n_origins - n);
    return so->n_origins > 0;
}

bool origin_push(struct socket *so, const void *data, const struct origin *from)
{
    size_t before = in_flight(so), after;

    if (so->origin == NULL)
        so->origin = calloc(ORIGINS, sizeof *so->origin);
    if (so->origin == NULL || so->n_origins == ORIGINS)
        return false;
    if (send(so->end, data, from->len, MSG_NOSIGNAL) != (ssize_t)from->len)
        return false;
    after = in_flight(so);
    *origin_at(so, so->n_origins) = *from;
    origin_at(so, so->n_origins++)->charge =
        after > before ? (uint32_t)(after - before) : MESSAGE_LEAST; /* some were read meanwhile */
    return true;
}
