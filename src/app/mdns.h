/* app/mdns.h - the parts of multicast DNS to each other. Theory of operation: app/mdns.c. */
#ifndef TARN_APP_MDNS_H
#define TARN_APP_MDNS_H

#include "app/app.h"
#include "base/rng.h"
#include "wire/dns.h"

#define MDNS_MS UINT64_C(1000000)
#define MDNS_S  UINT64_C(1000000000)

enum {
    MDNS_PORT = 5353,
    MDNS_OFFERS = 8,
    MDNS_ADDRESSES = 8,
    MDNS_QUESTIONS = 16,
    MDNS_HOST_TTL_S = 120, /* of records that hold a host's name or address (RFC 6762 10) */
    MDNS_TTL_S = 4500,
    MDNS_SEND_BYTES = 1232,   /* fits every link of IPv6 with its headers */
    MDNS_RECEIVE_BYTES = 9000 /* RFC 6762 17 */
};

/* Our records, by number: two of each address, four of each offer, and a denial of what else each
 * of our names might have. A set of them is a mask of 64 bits. */
enum mdns_number {
    MDNS_ADDRESS = 0,
    MDNS_REVERSE = MDNS_ADDRESS + MDNS_ADDRESSES,
    MDNS_SERVICE = MDNS_REVERSE + MDNS_ADDRESSES, /* _services._dns-sd._udp -> type */
    MDNS_POINTER = MDNS_SERVICE + MDNS_OFFERS,    /* type -> instance */
    MDNS_LOCATION = MDNS_POINTER + MDNS_OFFERS,   /* SRV */
    MDNS_TEXT = MDNS_LOCATION + MDNS_OFFERS,
    MDNS_DENIAL = MDNS_TEXT + MDNS_OFFERS, /* NSEC: of each offer, and last of the host */
    MDNS_NUMBERS = MDNS_DENIAL + MDNS_OFFERS + 1
};

static inline uint64_t mdns_one(unsigned number)
{
    return UINT64_C(1) << number;
}

static inline bool mdns_has(uint64_t set, unsigned number)
{
    return (set >> number & 1) != 0;
}

_Static_assert(MDNS_NUMBERS <= 64, "a set has a bit for every record");

struct mdns_record {
    struct dns_name name;
    uint16_t type;
    bool unique; /* nobody else has records of this name and type */
    uint32_t ttl_s;
    uint16_t data_bytes;
    uint8_t data[2 * DNS_NAME_BYTES]; /* RDATA without compression */
};

/* A label that changes when another host has it first: "tarn", "tarn-2". */
struct mdns_label {
    uint8_t n;
    uint8_t text[DNS_LABEL_BYTES];
    unsigned
        attempt; /* 0: as the user has given it; then "tarn-2" of a host, "tarn (2)" of others */
};

struct mdns_service {
    struct mdns_label label;
    struct dns_name type, instance;
    uint16_t port;
    uint8_t text_bytes;
    uint8_t text[255];
};

enum mdns_state {
    MDNS_IDLE,       /* no address */
    MDNS_PROBING,    /* `sent` probes have left */
    MDNS_ANNOUNCING, /* `sent` announcements have left */
    MDNS_READY
};

/* What is asked of others. */
struct mdns_question {
    bool open;
    uint8_t wanted;  /* families that nobody has told of yet: bit 0 IPv4, bit 1 IPv6 */
    uint8_t heard;   /* those of which addresses have come */
    uint8_t attempt; /* questions sent */
    uint64_t question;
    tarn_ns due;      /* the next question */
    tarn_ns deadline; /* then it ends with what there is */
    struct dns_name name;
    struct tarn_dns_answer answer;
};

struct mdns {
    struct tarn_service_with with;
    struct rng rng;
    unsigned port;
    tarn_sock sock[2]; /* IPv4, IPv6 */

    struct dns_name local, services, host_name;
    struct mdns_label host;
    struct mdns_service service[MDNS_OFFERS];
    unsigned n_services;
    struct tarn_ip address[MDNS_ADDRESSES];
    unsigned n_addresses;

    uint8_t state; /* enum mdns_state */
    unsigned sent;
    unsigned conflicts; /* since the names were ours last */
    tarn_ns due;        /* the next probe or announcement */

    uint64_t pending; /* answers that wait for their time */
    tarn_ns pending_due;
    struct tarn_ip pending_from;     /* who may still tell what it knows (RFC 6762 7.2) */
    tarn_ns last_sent[MDNS_NUMBERS]; /* to all; 0: never */
    struct mdns_question question[MDNS_QUESTIONS];

    uint8_t in[MDNS_RECEIVE_BYTES], out[MDNS_SEND_BYTES];
};

/* A message that has come: where from, and whether to all. */
struct mdns_from {
    struct tarn_addr addr;
    unsigned sock; /* index */
    bool to_group;
};

/* ---- app/mdns_record.c: what we have to say ---- */

/* Make the names anew from their labels. */
void mdns_make_names(struct mdns *m);
bool mdns_set_label(struct mdns_label *l, const char *text);
/* All records, denials apart. */
uint64_t mdns_all(const struct mdns *m);
/* Record `number`; false: there is no such. */
bool mdns_record_at(const struct mdns *m, unsigned number, struct mdns_record *out);
/* Those that answer a question (without its top class bit). */
uint64_t mdns_matches(const struct mdns *m, const struct dns_question *q);
/* What one who gets these will ask next (RFC 6763 12). */
uint64_t mdns_additional(const struct mdns *m, uint64_t answers);
/* RDATA of a received record without compression; 0: malformed, or longer than ours can be. */
size_t mdns_data_of(const struct dns_reader *r, const struct dns_record *rec,
                    uint8_t out[2 * DNS_NAME_BYTES]);

/* ---- app/mdns_send.c ---- */

/* 224.0.0.251 of the socket of IPv4, ff02::fb of that of IPv6. */
const struct tarn_ip *mdns_group(unsigned sock);

void mdns_send_all(struct mdns *m, size_t n, tarn_ns now);
/* Tell all: records, with TTL 0 if they are no longer so (RFC 6762 10.1). */
void mdns_announce(struct mdns *m, uint64_t set, bool goodbye, tarn_ns now);
void mdns_probe(struct mdns *m, tarn_ns now);
/* Answer one host alone; `legacy`: its message, when it is a simple resolver (RFC 6762 6.7). */
void mdns_answer_one(struct mdns *m, const struct mdns_from *from, uint64_t set,
                     const struct dns_reader *legacy, tarn_ns now);

/* ---- app/mdns_claim.c: having names ---- */

/* Names or addresses are others than before: probe, then announce. */
void mdns_claim(struct mdns *m, tarn_ns now);
void mdns_claim_tick(struct mdns *m, tarn_ns now);
/* What others say of our names: in answers, and in the authority section of their probes. */
void mdns_check_response(struct mdns *m, struct dns_reader r, tarn_ns now);
void mdns_check_probe(struct mdns *m, struct dns_reader r, tarn_ns now);

/* ---- app/mdns_answer.c: being asked ---- */

void mdns_asked(struct mdns *m, struct dns_reader r, const struct mdns_from *from, tarn_ns now);
void mdns_answer_tick(struct mdns *m, tarn_ns now);

/* ---- app/mdns_ask.c: asking ---- */

void mdns_heard(struct mdns *m, struct dns_reader r, tarn_ns now);
void mdns_ask_tick(struct mdns *m, tarn_ns now);
tarn_ns mdns_ask_deadline(const struct mdns *m);

#endif
