/* run/configure.h - waits until a stack's interfaces have the addresses that they are to have, so
 * that a program which then starts can use them. */
#ifndef TARN_RUN_CONFIGURE_H
#define TARN_RUN_CONFIGURE_H

#include "run/stack.h"

/* Begin to ask DHCP servers where that is wanted, and turn the loop until each interface is ready:
 *
 *   static addresses of IPv4     at once
 *   static addresses of IPv6     when no other host has them (RFC 4862 5.4), a second or two
 *   DHCP                         when a lease is there, of IPv6 too where a router is seen
 *   neither, on a shared link    when a router has advertised an address (RFC 4862)
 *
 * 0; -TARN_EADDRINUSE (another host has an address), -TARN_ETIMEDOUT (nobody has given one), or
 * what a service refuses with: a sentence in `error`. The stack's events must go to
 * run_app_event(). */
int run_configure(struct run_stack *s, char *error, size_t error_bytes);

#endif
