/* drivers/unix.c - two processes of one machine joined by a socket file; needs no privilege.
 *
 * The first to come listens at the path, the second connects; a third waits until there is room.
 * Frames carry the virtio-net header, so checksums stay partial and super-packets pass whole. What
 * comes is checked as any other input: the peer is another process. When the connecting side goes,
 * the listening one waits for the next. */
#include "tarn/link.h"

#include "drivers/arg.h"
#include "drivers/seqpacket.h"
#include "tarn/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { DEFAULT_MTU = 1500, MIN_MTU = 68, MAX_MTU = 65535, FRAME_BYTES = 65536 + 64 };

struct unix_link {
    struct link link;
    int listen_fd, fd; /* -1: none */
    struct sockaddr_un path;
};

static int name_socket(struct unix_link *u, const struct link_open *how)
{
    const char *path = arg_bare(how, 0);

    if (path == NULL || path[0] == '\0' || strlen(path) >= sizeof u->path.sun_path)
        return arg_fail(how, TARN_EINVAL,
                        "link unix: needs a path of 1 to %zu characters: unix:PATH",
                        sizeof u->path.sun_path - 1);
    u->path.sun_family = AF_UNIX;
    strcpy(u->path.sun_path, path);
    return 0;
}

static int new_socket(void)
{
    return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static const struct sockaddr *address(const struct unix_link *u)
{
    return (const struct sockaddr *)&u->path;
}

/* 0, or -1 with errno. */
static int connect_peer(struct unix_link *u)
{
    u->fd = new_socket();
    if (u->fd >= 0 && connect(u->fd, address(u), sizeof u->path) == 0) {
        seqpacket_prepare(u->fd);
        return 0;
    }
    if (u->fd >= 0) {
        int err = errno;

        close(u->fd);
        u->fd = -1;
        errno = err;
    }
    return -1;
}

/* A socket file that nobody listens at was left behind by a process that was killed. */
static void stale_remove(const struct unix_link *u)
{
    struct stat sb;

    if (lstat(u->path.sun_path, &sb) == 0 && S_ISSOCK(sb.st_mode))
        unlink(u->path.sun_path);
}

static int listen_at(struct unix_link *u)
{
    u->listen_fd = new_socket();
    if (u->listen_fd < 0)
        return -1;
    fchmod(u->listen_fd, 0600); /* before bind: the file gets these rights */
    return bind(u->listen_fd, address(u), sizeof u->path) < 0 || listen(u->listen_fd, 1) < 0 ? -1
                                                                                             : 0;
}

/* Two that come at the same time must not both listen, nor take a socket that is about to listen
 * for one left behind: the folder is locked while one of them looks and decides. -1: it cannot be.
 */
static int folder_lock(const struct unix_link *u)
{
    char folder[sizeof u->path.sun_path];
    char *end;
    int fd;

    strcpy(folder, u->path.sun_path);
    end = strrchr(folder, '/');
    if (end != NULL)
        end[end == folder] = '\0';
    fd = open(end ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        flock(fd, LOCK_EX);
    return fd;
}

static int rendezvous(struct unix_link *u, const struct link_open *how)
{
    char tried[sizeof u->path.sun_path + 16];

    snprintf(tried, sizeof tried, "link unix:%s", u->path.sun_path);
    if (connect_peer(u) == 0)
        return 0;
    if (errno == ECONNREFUSED)
        stale_remove(u);
    else if (errno != ENOENT)
        return arg_fail_errno(how, tried,
                              errno == EAGAIN ? "; two are joined there already: give another path"
                                              : "; give a path that can be opened");
    if (listen_at(u) == 0)
        return 0;
    return arg_fail_errno(how, tried, "; give a path in a folder that can be written");
}

static int unix_open(struct link *l, const struct link_open *how)
{
    struct unix_link *u = (struct unix_link *)l;
    char name[sizeof u->path.sun_path + 16];
    long mtu = DEFAULT_MTU;
    int rc, lock;

    u->listen_fd = u->fd = -1;
    if (arg_number(how, "mtu", MIN_MTU, MAX_MTU, &mtu) < 0 || name_socket(u, how) < 0)
        return -TARN_EINVAL;
    lock = folder_lock(u);
    rc = rendezvous(u, how);
    if (lock >= 0)
        close(lock);
    if (rc < 0) {
        if (u->listen_fd >= 0)
            close(u->listen_fd);
        return rc;
    }
    l->caps = (struct link_caps){
        .mtu = (uint32_t)mtu,
        .offload = LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_USO_TX | LINK_GRO_RX,
        .medium = LINK_ETHERNET,
        .carrier = u->fd >= 0,
    };
    snprintf(name, sizeof name, "%s %s", u->path.sun_path, u->fd >= 0 ? "second" : "first");
    arg_mac(l->caps.mac, name);
    return 0;
}

static int unix_pollfd(const struct link *l)
{
    const struct unix_link *u = (const struct unix_link *)l;

    return u->fd >= 0 ? u->fd : u->listen_fd;
}

static void welcome(struct unix_link *u)
{
    u->fd = accept4(u->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (u->fd < 0)
        return;
    seqpacket_prepare(u->fd);
    u->link.caps.carrier = true;
}

static int unix_rx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    struct unix_link *u = (struct unix_link *)l;
    int got;

    (void)now;
    if (u->fd < 0) {
        welcome(u);
        return 0;
    }
    got = seqpacket_rx(l, u->fd, true, FRAME_BYTES, v, n);
    if (got != -TARN_ENETDOWN)
        return got;
    l->caps.carrier = false;
    if (u->listen_fd < 0)
        return got;
    close(u->fd);
    u->fd = -1;
    return 0;
}

/* Without a peer, frames go where they go on an unplugged cable. */
static int unix_tx(struct link *l, struct pkt **v, unsigned n, tarn_ns now)
{
    const struct unix_link *u = (const struct unix_link *)l;

    (void)now;
    if (u->fd >= 0)
        return seqpacket_tx(l, u->fd, true, v, n);
    for (unsigned i = 0; i < n; i++)
        pkt_drop(l->st, v[i], DROP_PORT_DOWN);
    return (int)n;
}

static void unix_close(struct link *l)
{
    const struct unix_link *u = (const struct unix_link *)l;

    if (u->fd >= 0)
        close(u->fd);
    if (u->listen_fd >= 0) {
        unlink(u->path.sun_path);
        close(u->listen_fd);
    }
}

const struct link_ops link_unix = {
    .name = "unix",
    .help = "PATH   a socket file; the first process listens there, the second connects\n"
            "mtu=N  bytes of the largest IP packet, 68 to 65535 (1500)\n",
    .keys = "PATH,mtu=",
    .size = sizeof(struct unix_link),
    .open = unix_open,
    .pollfd = unix_pollfd,
    .rx = unix_rx,
    .tx = unix_tx,
    .close = unix_close,
};
