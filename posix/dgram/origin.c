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

size_t origin_trim(struct socket *so)
{
    int n = 0;
    size_t flight = ioctl(so->end, TIOCOUTQ, &n) == 0 && n > 0 ? (size_t)n : 0;
    unsigned most = (unsigned)(flight / MESSAGE_LEAST);

    if (so->n_origins > most)
        drop_origins(so, so->n_origins - most);
    return flight;
}

bool origin_sync(struct socket *so, int program_end)
{
    char byte;
    int unread = 0;
    unsigned n = 0;
    int64_t sum = 0;
    ssize_t head = recv(program_end, &byte, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);

    if (head < 0 || ioctl(program_end, FIONREAD, &unread) != 0) {
        drop_origins(so, so->n_origins);
        return false;
    }
    while (n < so->n_origins && sum < unread)
        sum += origin_at(so, so->n_origins - ++n)->len;
    if (head == 0 && n < so->n_origins)
        n++;
    drop_origins(so, so->n_origins - n);
    return so->n_origins > 0;
}

bool origin_push(struct socket *so, const void *data, const struct origin *from)
{
    if (so->origin == NULL)
        so->origin = calloc(ORIGINS, sizeof *so->origin);
    if (so->origin == NULL || so->n_origins == ORIGINS)
        return false;
    if (send(so->end, data, from->len, MSG_NOSIGNAL) != (ssize_t)from->len)
        return false;
    *origin_at(so, so->n_origins++) = *from;
    return true;
}
