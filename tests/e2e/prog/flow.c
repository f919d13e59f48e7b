/* Moves a file over one TCP connection, as client or as server, sending or receiving.
 *
 * usage: flow get ADDRESS PORT FILE        connects, writes what comes to FILE until the end
 *        flow put ADDRESS PORT FILE        connects, sends FILE, half-closes, waits for the end
 *        flow serve-get ADDRESS PORT FILE  the same, waiting for one connection
 *        flow serve-put ADDRESS PORT FILE
 *
 * A server says `listening` on standard error, since its one connection is not to be tried out.
 * Any end other than an orderly one is an error with its name. Also built against musl. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"

enum { CHUNK = 65536 };

static int fail(const char *what)
{
    fprintf(stderr, "flow: %s: %s\n", what, strerror(errno));
    return -1;
}

static int connected(const struct address *to)
{
    int fd = address_socket(to, SOCK_STREAM);

    if (fd < 0)
        return fail("socket");
    if (connect(fd, &to->name.any, to->len) < 0)
        return fail("connect");
    return fd;
}

static int accepted(const struct address *at)
{
    int fd = address_socket(at, SOCK_STREAM);
    int on = 1;
    int conn;

    if (fd < 0)
        return fail("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &at->name.any, at->len) < 0)
        return fail("bind");
    if (listen(fd, 1) < 0)
        return fail("listen");
    fputs("listening\n", stderr);
    conn = accept(fd, NULL, NULL);
    close(fd);
    return conn < 0 ? fail("accept") : conn;
}

/* Copies until the end of `from`; each failure names the side it was on. */
static int copy(int from, int to, const char *reading, const char *writing)
{
    static char buf[CHUNK];
    ssize_t got;

    while ((got = read(from, buf, sizeof(buf))) > 0)
        for (ssize_t put = 0; put < got;) {
            ssize_t n = write(to, buf + put, (size_t)(got - put));

            if (n < 0)
                return fail(writing);
            put += n;
        }
    return got < 0 ? fail(reading) : 0;
}

static int get(int fd, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (file < 0)
        return fail(path);
    if (copy(fd, file, "receive", path) < 0)
        return -1;
    return close(file) < 0 ? fail(path) : 0;
}

static int put(int fd, const char *path)
{
    int file = open(path, O_RDONLY);
    char byte;
    ssize_t n;

    if (file < 0)
        return fail(path);
    if (copy(file, fd, path, "send") < 0)
        return -1;
    if (shutdown(fd, SHUT_WR) < 0)
        return fail("shutdown");
    n = read(fd, &byte, 1);
    return n < 0 ? fail("end") : (int)n;
}

int main(int argc, char **argv)
{
    struct address addr;
    int fd, serve, status;

    if (argc != 5 || !address_read(&addr, argv[2], argv[3])) {
        fputs("usage: flow get|put|serve-get|serve-put ADDRESS PORT FILE\n", stderr);
        return 2;
    }
    serve = strncmp(argv[1], "serve-", 6) == 0;
    fd = serve ? accepted(&addr) : connected(&addr);
    if (fd < 0)
        return 1;
    status = strstr(argv[1], "get") ? get(fd, argv[4]) : put(fd, argv[4]);
    if (close(fd) < 0)
        status = fail("close");
    return status == 0 ? 0 : 1;
}
