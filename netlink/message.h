/* netlink/message.h - messages and attributes, written and read. */
#ifndef TARN_NETLINK_MESSAGE_H
#define TARN_NETLINK_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "netlink/rtnl.h"
#include "tarn/addr.h"

/* ---- writing: a datagram that fills ---- */

struct nl_writer {
    uint8_t *at;
    size_t used, room;
    size_t message; /* where the message under way begins */
    bool full;      /* it does not fit: message_end() takes it back */
};

void message_begin(struct nl_writer *w, const struct nl_header *h, const void *body, size_t n);
void message_put(struct nl_writer *w, uint16_t type, const void *value, size_t n);
void message_put_u8(struct nl_writer *w, uint16_t type, uint8_t value);
void message_put_u32(struct nl_writer *w, uint16_t type, uint32_t value);
void message_put_text(struct nl_writer *w, uint16_t type, const char *text);

/* 4 or 16 bytes, as the family is. */
void message_put_ip(struct nl_writer *w, uint16_t type, const struct tarn_ip *ip);

/* A nest's attributes stand between the two calls. */
size_t message_nest(struct nl_writer *w, uint16_t type);
void message_nest_end(struct nl_writer *w, size_t nest);

/* True: the message is in the datagram; else as if it had not been begun. */
bool message_end(struct nl_writer *w);

/* ---- reading ---- */

/* One message of a request, whose header has been checked against the datagram. */
struct nl_request {
    struct nl_header header;
    const uint8_t *bytes; /* the whole message */
    const uint8_t *body;  /* behind the header */
    size_t body_bytes;
};

/* An attribute; `type` without its flags. */
struct nl_value {
    uint16_t type;
    uint16_t n;
    const uint8_t *at;
};

/* The attribute at *at of n bytes, and *at moved behind it; false: there is no more, or the rest is
 * no attribute. */
bool message_attr(const uint8_t *bytes, size_t n, size_t *at, struct nl_value *out);

/* The body's fixed part of n bytes into *out; what is missing is 0. False: it is shorter. */
bool message_body(const struct nl_request *q, void *out, size_t n);

uint32_t message_u32(const struct nl_value *v);

/* An address of the family; false: not that many bytes. */
bool message_ip(const struct nl_value *v, uint8_t family, struct tarn_ip *out);

#endif
