/* drill/script/script.h - a packet script as data: what parse.c reads and run.c plays.
 *
 * The language is packetdrill's (Cardwell et al., USENIX ATC 2013), read by an interpreter of its
 * own in virtual time. What is added: `[5001]` before a segment names the peer's port, so that a
 * script may hold several connections; --ip_version= takes several, joined by commas, and without
 * it a script is played over all; `sysctl` takes the stack's own parameter names too; code
 * blocks know stat("name"), drops("name") and usage_*; an option may be written as its bytes. What
 * is not known is an error, never skipped. */
#ifndef TARN_DRILL_SCRIPT_SCRIPT_H
#define TARN_DRILL_SCRIPT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tarn/addr.h"

/* What a script is played over, one after the other: each as sockets of its own domain. Mapped are
 * sockets of IPv6 with peers of IPv4. */
enum drill_version { DRILL_IPV4 = 1, DRILL_IPV6 = 2, DRILL_MAPPED = 4, DRILL_VERSIONS = 7 };

/* When an event is due. Nanoseconds from the script's beginning, or from the event before. */
enum drill_when { WHEN_ABSOLUTE, WHEN_RELATIVE, WHEN_ANY };

struct drill_time {
    enum drill_when when;
    bool is_range;    /* a~b: at any time from `at` to `end` */
    bool is_blocking; /* a...b: a call that begins at `at` and returns at `end` */
    int64_t at, end;
};

enum drill_value_kind { VALUE_NUMBER, VALUE_TEXT, VALUE_ELLIPSIS, VALUE_LIST, VALUE_STRUCT };

/* An argument. Lists and structs hold their members, which may have names, and a number behind the
 * name: msg_iov(2)=[...]. */
struct drill_value {
    enum drill_value_kind kind;
    int64_t number; /* of a text, its length */
    const char *text;
    const char *name;
    int64_t count; /* behind the name; -1: none */
    struct drill_value *first, *next;
};

struct drill_call {
    const char *name;
    struct drill_value *args;
    unsigned n_args;
    struct drill_value *result;
    int error;      /* the errno it shall fail with, or 0 */
    bool any_error; /* it shall fail with whatever error */
};

enum drill_proto { DRILL_TCP = 6, DRILL_UDP = 17, DRILL_ICMP = 1 };

/* What an ICMP error says; see drill/icmp.h. */
enum drill_icmp {
    ICMP_NET,
    ICMP_HOST,
    ICMP_PROTOCOL,
    ICMP_PORT,
    ICMP_TOO_BIG,
    ICMP_POLICY,
    ICMP_PROHIBITED,
    ICMP_HOPS,
    ICMP_OTHER
};

enum drill_flag { /* as in the header */
                  FLAG_FIN = 1,
                  FLAG_SYN = 2,
                  FLAG_RST = 4,
                  FLAG_PSH = 8,
                  FLAG_ACK = 16,
                  FLAG_URG = 32,
                  FLAG_ECE = 64,
                  FLAG_CWR = 128,
                  FLAG_AE = 256, /* RFC 9768 */
};

enum {
    OPTION_EOL = 0,
    OPTION_NOP = 1,
    OPTION_MSS = 2,
    OPTION_WSCALE = 3,
    OPTION_SACK_OK = 4,
    OPTION_SACK = 5,
    OPTION_TS = 8,
    OPTION_MD5 = 19,
    OPTION_FO = 34,
    OPTION_ECN0 = 172, /* AccECN, ECT(0) first */
    OPTION_ECN1 = 174, /* ECT(1) first */
    OPTION_FOEXP = 254,
    OPTION_OTHER = 255
};
enum { MAX_OPTIONS = 40, MAX_SACKS = 4, MAX_RAW = 40, FOEXP_MAGIC = 0xf989 };

struct drill_option {
    uint8_t kind;
    uint32_t a, b; /* mss, shift; TS val and ecr */
    uint32_t sack[MAX_SACKS][2];
    unsigned n_sacks;
    uint32_t ecn[3]; /* of AccECN: counters in the order of the wire */
    unsigned n_ecn;
    uint8_t raw[MAX_RAW]; /* cookie of FO, digest of MD5; of OPTION_OTHER: all bytes */
    unsigned n_raw;
};

/* What the script says of the TOS field, the traffic class. */
enum drill_tos { TOS_UNSAID, TOS_ECN, TOS_ECT_EITHER, TOS_ALL };

/* A packet as the script writes it or as it was seen: sequence numbers in the script's terms. */
struct drill_packet {
    bool inbound;
    uint8_t proto;
    uint16_t peer_port; /* 0 = the current connection's */
    uint16_t flags;
    bool is_ace; /* the three flags of ECN are written as a number (RFC 9768) */
    enum drill_tos tos_said;
    uint8_t tos;
    uint8_t ttl;         /* 0: not said */
    uint32_t flow_label; /* 0: not said */
    uint32_t seq, payload_bytes, ack;
    bool has_window, any_options;
    uint16_t window, urgent;
    struct drill_option options[MAX_OPTIONS];
    unsigned n_options;
    enum drill_icmp icmp; /* of DRILL_ICMP */
    uint8_t quoted;       /* enum drill_proto of what an error is about */
    uint32_t icmp_mtu;
    bool icmp_mtu_of_6; /* as written for IPv6 */
};

enum drill_kind { DRILL_CALL, DRILL_PACKET, DRILL_CODE, DRILL_COMMAND };

struct drill_event {
    unsigned line;
    enum drill_kind kind;
    struct drill_time time;
    struct drill_call *call;
    struct drill_packet *packet;
    const char *text; /* of code and commands */
    struct drill_event *next;
};

struct drill_script {
    const char *path;
    struct drill_event *events;
    unsigned versions;                    /* enum drill_version: those it may be played over */
    enum drill_version version;           /* the one it is played over */
    struct tarn_ip local, remote;         /* as its sockets name them, IPv4 mapped */
    struct tarn_ip locals[2], remotes[2]; /* those of IPv4 and of IPv6 */
    uint16_t local_port;                  /* of bind(..., ...) */
    uint16_t remote_port;                 /* of connect(..., ...) */
    uint32_t mtu;                         /* of an IPv4 packet */
    int64_t tolerance_ns;                 /* -1: not said */
    unsigned tolerance_permille;          /* of the gap before an event */
    uint32_t ts_tick_us;                  /* timestamps are checked; 0: not */
    bool ts_ecr_scaled;   /* any timestamp may be echoed, as far from the first as written */
    bool strict_segments; /* segments are as written, never joined */
    void *memory;         /* everything above lies here; see script_alloc() */
};

struct drill_error {
    enum drill_version version;
    unsigned line;
    char text[1024];
};

/* Reads `text` (terminated), as it is to be played over `version`. false and *error when it is no
 * script; script_free() in both cases. */
bool script_parse(struct drill_script *script, const char *path, const char *text,
                  enum drill_version version, struct drill_error *error);
void script_free(struct drill_script *script);

/* Reads an address of either family; false: it is none. */
bool script_ip(const char *text, struct tarn_ip *ip);

/* What a size of an IPv4 packet in the script means in this version: over IPv6 packets are longer
 * by the difference of the headers, so that segments are equally long (packetdrill's rule). */
uint32_t script_packet_bytes(const struct drill_script *script, uint32_t ip4_bytes);

/* Zeroed memory that lives as long as the script. */
void *script_alloc(struct drill_script *script, size_t bytes);

#endif
