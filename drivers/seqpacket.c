/* drivers/seqpacket.c - one frame per message; the kernel keeps their boundaries and tells when the
 * other end is full. */
#include "drivers/seqpacket.h"

#include "drivers/frame.h"
#include "tarn/err.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

enum { BUFFER_BYTES = 4 << 20 };

void seqpacket_prepare(int fd)
{
    int bytes = BUFFER_BYTES;

    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* 1 with a packet in *out (NULL: it was bad), 0: none now, -TARN_ENETDOWN. */
static int receive(struct link *l, int fd, bool vnet, size_t bytes, struct pkt **out)
{
    struct frame f;
    struct pkt *p = frame_begin(&f, l->st, bytes, vnet);
    struct msghdr m = {.msg_iov = f.iov, .msg_iovlen = f.n};
    ssize_t got;

    if (p == NULL)
        return 0;
    got = recvmsg(fd, &m, 0);
    if (got <= 0) {
        pkt_put(l->st, p);
        return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -TARN_ENETDOWN;
    }
    *out = frame_end(&f, l, p, (size_t)got);
    if (*out != NULL && (m.msg_flags & MSG_TRUNC)) {
        l->rx_errors++;
        pkt_drop(l->st, *out, DROP_PORT_TOO_BIG);
        *out = NULL;
    }
    return 1;
}

int seqpacket_rx(struct link *l, int fd, bool vnet, size_t bytes, struct pkt **v, unsigned n)
{
    unsigned got = 0, seen = 0;
    int rc = 0;

    for (; seen < n; seen++) {
        rc = receive(l, fd, vnet, bytes, &v[got]);
        if (rc <= 0)
            break;
        got += v[got] != NULL;
    }
    return got == 0 && rc < 0 ? rc : (int)got;
}

int seqpacket_tx(struct link *l, int fd, bool vnet, struct pkt **v, unsigned n)
{
    struct frame f;
    unsigned sent;

    for (sent = 0; sent < n; sent++) {
        struct msghdr m = {.msg_iov = f.iov};

        frame_of_pkt(&f, l->st, v[sent], vnet);
        m.msg_iovlen = f.n;
        if (sendmsg(fd, &m, MSG_NOSIGNAL) >= 0)
            frame_sent(l, v[sent]);
        else if (errno == EAGAIN)
            break;
        else
            frame_refused(l, v[sent], DROP_LINK_REFUSED);
    }
    return (int)sent;
}
