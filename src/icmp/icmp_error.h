/* icmp/icmp_error.h - what the two families' ICMP share: the rate limit of errors that we send, and
 * the way of an error that others send to the transport it concerns; private to src/icmp. */
#ifndef TARN_ICMP_ICMP_ERROR_H
#define TARN_ICMP_ICMP_ERROR_H

#include "sock/proto.h"
#include "wire/icmp6.h"

/* For tarn_init(). */
bool icmp_error_init(struct tarn *st);

/* May another error be sent now? Takes its part of the budget, or counts DROP_ICMP_RATE. */
bool icmp_rate_allows(struct tarn *st, tarn_ns now);

/* A packet that begins with a quote of p, from its IP header on, of at most `max` bytes, with room
 * for `headers` bytes in front of it; NULL, counted, when out of memory. */
struct pkt *icmp_quote(struct tarn *st, const struct pkt *p, uint32_t max, unsigned headers);

/* The options of the answer to the echo request p, into `back`. icmp/icmp_option.c */
void icmp_echo_options(const struct ip_info *ip, const struct pkt *p, struct ip_info *back,
                       tarn_ns now);

/* A protocol of one family in a packet of the other is none. Consumes p. */
void icmp_other_family(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now);

/* The end of a message that is for nobody but raw sockets, and the socket that has pinged if it is
 * an echo reply. Consumes p. */
void icmp_left_over(struct tarn *st, const struct ip_info *ip, struct pkt *p, bool is_echo_reply,
                    tarn_ns now);

/* icmp_error_send() for a packet of IPv6. icmp/icmp6_error.c */
void icmp6_error_send(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                      struct icmp_report what, tarn_ns now);

/* Send q, which begins behind the ICMPv6 header that h describes, to ip->dst; the way, a source
 * that is not given, checksum and header are made. Consumes q. icmp/icmp6.c */
void icmp6_output(struct tarn *st, struct ip_info *ip, const struct icmp6_hdr *h, struct pkt *q,
                  tarn_ns now);

#endif
