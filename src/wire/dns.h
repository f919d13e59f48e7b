/* wire/dns.h - messages of the domain name system (RFC 1035 4), of multicast DNS too (RFC 6762 18):
 * names, questions and records, read from a message and written into one.
 *
 * A name is kept as on the wire without compression, so a zero byte or a dot within a label is a
 * byte like any other; text is made of it only with escapes (RFC 1035 5.1). A reader walks the
 * message once; what counts say is believed only as far as the bytes reach. A pointer must go to a
 * place before everything that the name has been read from so far, and behind the header, so no
 * name can loop. */
#ifndef TARN_WIRE_DNS_H
#define TARN_WIRE_DNS_H

#include "base/bytes.h"
#include "tarn/addr.h"

enum {
    DNS_HEADER_BYTES = 12,
    DNS_NAME_BYTES = 255, /* RFC 1035 2.3.4, the root's byte included */
    DNS_LABEL_BYTES = 63,
    DNS_TEXT_BYTES = 1024, /* a name as text: each byte as \DDD, a dot behind each label, the end */
    DNS_UDP_BYTES = 512,   /* RFC 1035 2.3.4: without EDNS0 */
    DNS_MAX_BYTES = 65535,
    DNS_POINTERS = 32, /* followed in one name */
    DNS_PORT = 53
};

enum dns_flag {
    DNS_RESPONSE = 0x8000,
    DNS_OPCODE = 0x7800, /* a mask: 0 is a query */
    DNS_AUTHORITATIVE = 0x0400,
    DNS_TRUNCATED = 0x0200,
    DNS_RECURSION_DESIRED = 0x0100,
    DNS_RECURSION_AVAILABLE = 0x0080,
    DNS_RCODE = 0x000f /* a mask */
};

enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5,
    DNS_BADVERS = 16 /* RFC 6891 9: together with OPT's eight bits */
};

enum dns_type {
    DNS_A = 1,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_OPT = 41,
    DNS_NSEC = 47,
    DNS_ANY = 255
};

/* The top bit of a class is multicast DNS's: of a question, an answer by unicast is welcome; of a
 * record, it replaces what was known (RFC 6762 5.4, 10.2). */
enum { DNS_IN = 1, DNS_CLASS_ANY = 255, DNS_CLASS_FLAG = 0x8000 };

enum dns_section { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

struct dns_hdr {
    uint16_t id, flags; /* enum dns_flag */
    uint16_t count[DNS_SECTIONS];
};

/* false: fewer than 12 bytes. */
bool dns_parse(struct dns_hdr *out, const uint8_t *p, size_t n);
void dns_build(uint8_t p[DNS_HEADER_BYTES], const struct dns_hdr *h);

/* Over TCP a message stands behind its length (RFC 1035 4.2.2). */
enum { DNS_TCP_PREFIX = 2 };

static inline void dns_tcp_prefix_build(uint8_t p[DNS_TCP_PREFIX], uint16_t message_bytes)
{
    store_be16(p, message_bytes);
}

static inline uint16_t dns_tcp_prefix_parse(const uint8_t p[DNS_TCP_PREFIX])
{
    return load_be16(p);
}

/* ---- Names ---- */

/* Labels, each behind its length, and the root's zero; len counts them all: 1 is the root, 0 is no
 * name. */
struct dns_name {
    uint8_t len;
    uint8_t b[DNS_NAME_BYTES];
};

/* The bytes of the name, for comparing and copying those that count. Case of ASCII letters makes no
 * difference (RFC 4343). */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);
/* Is it `suffix`, or below it? */
bool dns_name_within(const struct dns_name *n, const struct dns_name *suffix);

/* All its letters small: names are told apart without case, and people like these. */
void dns_name_lower(struct dns_name *n);

/* As text: "www.example.net" or with a final dot; \X and \DDD are the byte meant. false: an empty
 * label, one above 63 bytes, a name above 255, or a broken escape. "" is none, "." is the root. */
bool dns_name_from_text(struct dns_name *out, const char *text);

/* `front`'s labels before those of `back`; false: above 255 bytes. */
bool dns_name_join(struct dns_name *out, const struct dns_name *front, const struct dns_name *back);

/* One label of n bytes, whatever they are, before `back`'s. false: 0 or above 63, or together above
 * 255. */
bool dns_name_label(struct dns_name *out, const void *label, size_t n, const struct dns_name *back);

/* Printable ASCII without a final dot ("." for the root), whatever the name holds: dots and
 * backslashes within labels are escaped, all that is not printable is \DDD. false, and "": it needs
 * more than n bytes; DNS_TEXT_BYTES are always enough. */
bool dns_name_text(const struct dns_name *n, char *out, size_t bytes);

/* ---- Reading ---- */

struct dns_reader {
    struct cursor c;    /* behind what was read */
    const uint8_t *msg; /* what pointers count from */
    struct dns_hdr h;
    uint32_t left[DNS_SECTIONS]; /* entries not read yet */
};

struct dns_question {
    struct dns_name name;
    uint16_t type, class;
};

struct dns_record {
    struct dns_name name;
    uint16_t type, class;
    uint8_t section;    /* enum dns_section */
    uint32_t ttl_s;     /* 0 where the top bit was set (RFC 2181 8); OPT's is not a time */
    struct cursor data; /* RDATA */
};

/* Borrows the message. false: no header. */
bool dns_read(struct dns_reader *r, const uint8_t *msg, size_t n);

/* The next of the questions, and after them of the records of all three sections. false: there is
 * none, or (r->c.bad) what stands there is malformed, and nothing more can be read. */
bool dns_next_question(struct dns_reader *r, struct dns_question *out);
bool dns_next_record(struct dns_reader *r, struct dns_record *out);

/* A name in the message, at the cursor. false: malformed, and c->bad. */
bool dns_get_name(struct cursor *c, const uint8_t *msg, struct dns_name *out);

/* What RDATA holds. false: malformed, or not of this type. */
bool dns_get_address(const struct dns_record *r, struct tarn_ip *out);
bool dns_get_target(const struct dns_reader *from, const struct dns_record *r,
                    struct dns_name *out); /* CNAME, PTR */

struct dns_srv {
    uint16_t priority, weight, port;
    struct dns_name target;
};
bool dns_get_srv(const struct dns_reader *from, const struct dns_record *r, struct dns_srv *out);

struct dns_soa {
    struct dns_name primary, mailbox;
    uint32_t serial, refresh_s, retry_s, expire_s, minimum_s;
};
bool dns_get_soa(const struct dns_reader *from, const struct dns_record *r, struct dns_soa *out);

/* The strings of TXT one after the other: start with c = r->data. false: the last was read, or
 * (c->bad) one goes beyond its end. */
bool dns_next_text(struct cursor *c, const uint8_t **at, uint8_t *n);

/* Which of the types below 256 an NSEC record says exist (RFC 4034 4.1.2; RFC 6762 6.1 needs no
 * others): type t is bit 7 - t % 8 of byte t / 8. */
struct dns_nsec {
    struct dns_name next;
    uint8_t types[32];
};
bool dns_get_nsec(const struct dns_reader *from, const struct dns_record *r, struct dns_nsec *out);

static inline bool dns_nsec_has(const struct dns_nsec *n, uint8_t type)
{
    return (n->types[type / 8] & 0x80 >> type % 8) != 0;
}

/* EDNS0 (RFC 6891 6.1), of an OPT record. */
struct dns_edns {
    uint16_t udp_bytes; /* at least 512 */
    uint8_t rcode_high, version;
    bool dnssec_ok;
};
/* false: not an OPT record of the root whose options end where RDATA does. */
bool dns_get_edns(const struct dns_record *r, struct dns_edns *out);

/* ---- Writing ---- */

enum { DNS_SUFFIXES = 64 };

/* A message being written. Names are compressed against those that stand in it, which RFC 1035
 * allows in the owner's place and in CNAME, PTR and SOA, and RFC 6762 18.14 in SRV too. */
struct dns_writer {
    struct writer w;
    uint8_t *msg;
    struct dns_hdr h;
    uint8_t *entry, *data; /* of the record that is open */
    size_t room;           /* before it */
    uint8_t section;
    bool plain;     /* no compression from here on */
    uint8_t n_seen; /* where suffixes of names begin, for compression */
    uint8_t n_seen_before;
    uint16_t seen[DNS_SUFFIXES];
};

/* Up to n bytes at msg; h's counts are those of what is put in. n is at least 12 (asserted). */
void dns_write(struct dns_writer *w, uint8_t *msg, size_t n, const struct dns_hdr *h);

/* false: it does not fit, and the message is as before. */
bool dns_put_question(struct dns_writer *w, const struct dns_question *q);

struct dns_owner {
    const struct dns_name *name;
    uint16_t type, class;
    uint32_t ttl_s;
};
/* Opens a record, whose RDATA is written by dns_put_name() and to w->w; dns_end() closes it, and
 * answers false if it did not fit: then the message is as before dns_begin(). Sections in order. */
void dns_begin(struct dns_writer *w, enum dns_section section, const struct dns_owner *o);
void dns_put_name(struct dns_writer *w, const struct dns_name *n);
bool dns_end(struct dns_writer *w);

/* Whole records. An address makes its own type, A or AAAA; `o`'s is not looked at. */
bool dns_put_address(struct dns_writer *w, enum dns_section section, const struct dns_owner *o,
                     const struct tarn_ip *ip);
bool dns_put_target(struct dns_writer *w, enum dns_section section, const struct dns_owner *o,
                    const struct dns_name *target); /* CNAME, PTR */
bool dns_put_edns(struct dns_writer *w, const struct dns_edns *e);

/* Writes the header; the length of the message. */
size_t dns_finish(struct dns_writer *w);

#endif
