/* Asks libc's own resolver for a name, and says what it got.
 *
 * usage: resolve NAME
 *
 * Built against this libc and, statically, against musl. */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    char text[INET6_ADDRSTRLEN];
    int err;

    if (argc != 2) {
        fputs("usage: resolve NAME\n", stderr);
        return 2;
    }
    err = getaddrinfo(argv[1], NULL, &hints, &list);
    if (err) {
        printf("%s: %s\n", argv[1], gai_strerror(err));
        return 1;
    }
    for (struct addrinfo *a = list; a; a = a->ai_next)
        if (!getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST))
            printf("%s %s\n", argv[1], text);
    freeaddrinfo(list);
    return 0;
}
