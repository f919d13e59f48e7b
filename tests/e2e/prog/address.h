/* An address of either family from the command line, for the programs of this folder. */
#ifndef TARN_TESTS_E2E_PROG_ADDRESS_H
#define TARN_TESTS_E2E_PROG_ADDRESS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } name;
    socklen_t len;
};

/* 1 when the text is an address: 192.0.2.1 or 2001:db8::1. */
static inline int address_read(struct address *a, const char *text, const char *port)
{
    in_port_t number = htons((unsigned short)atoi(port));

    memset(a, 0, sizeof(*a));
    if (inet_pton(AF_INET, text, &a->name.four.sin_addr) == 1) {
        a->name.four.sin_family = AF_INET;
        a->name.four.sin_port = number;
        a->len = sizeof(a->name.four);
        return 1;
    }
    a->name.six.sin6_family = AF_INET6;
    a->name.six.sin6_port = number;
    a->len = sizeof(a->name.six);
    return inet_pton(AF_INET6, text, &a->name.six.sin6_addr) == 1;
}

/* A socket of the address's family; `type` may have SOCK_NONBLOCK and its kin. */
static inline int address_socket(const struct address *a, int type)
{
    return socket(a->name.any.sa_family, type, 0);
}

#endif
