/* app/dns.h - the parts of the stub resolver to each other. Theory of operation: app/dns.c. */
#ifndef TARN_APP_DNS_H
#define TARN_APP_DNS_H

#include "app/app.h"
#include "base/rng.h"
#include "wire/dns.h"

enum {
    DNS_SERVERS = 3, /* as in resolv.conf */
    DNS_SEARCH = 6,
    DNS_QUERIES = 2 * TARN_DNS_QUESTIONS,
    DNS_ALIASES = 16,      /* CNAMEs followed in one answer */
    DNS_EDNS_BYTES = 1232, /* that no path needs to fragment */
};

/* How a query ended, or 16 addresses. */
struct dns_found {
    int error; /* 0; -TARN_ENOENT, -TARN_ETIMEDOUT, -TARN_EIO, -TARN_EPROTO */
    bool exists;
    unsigned n;
    struct tarn_ip ip[TARN_DNS_ADDRESSES];
    uint32_t ttl_s; /* the least of the chain's */
    struct dns_name canonical;
};

enum dns_query_state {
    DNS_FREE,
    DNS_WAITING, /* no server is known */
    DNS_BY_UDP,
    DNS_CONNECTING,
    DNS_BY_TCP,
    DNS_DONE, /* `found` tells */
};

/* One name and type on its way from server to server, for all questions that need it. */
struct dns_query {
    uint8_t state; /* enum dns_query_state */
    uint8_t users; /* questions that wait for it */
    uint8_t server, tries;
    uint8_t failed;    /* bit i: server i has said that it cannot help */
    bool no_edns;      /* this server does not know OPT */
    bool case_lost;    /* a server answers in other letters: by TCP from now on */
    uint16_t type, id; /* enum dns_type */
    int32_t tcp_bytes; /* of the answer that comes; -1: not known */
    tarn_sock sock;
    tarn_ns deadline;     /* of this attempt */
    struct dns_name name; /* letters in the case they were sent in */
    struct dns_found found;
};

/* What a message means to the query that it came for. */
enum dns_meaning {
    DNS_MEANS_NOTHING, /* not its answer: it goes on */
    DNS_MEANS_CASE,    /* its answer but for the case of letters: it goes on */
    DNS_MEANS_FOUND,   /* the query's end, good or not */
    DNS_MEANS_TCP,     /* too long for UDP */
    DNS_MEANS_NO_EDNS,
    DNS_MEANS_FAILED, /* this server cannot help */
};

struct dns_question_open {
    bool open;
    uint8_t family;    /* enum tarn_family; 0: both */
    uint8_t candidate; /* of the search list, see candidate_at() */
    uint8_t n_queries;
    uint8_t query[2];
    bool exists; /* a candidate did */
    int worst;   /* what a candidate failed with, other than that there is no such name */
    uint64_t question;
    bool absolute;
    bool loopback; /* of "localhost": no server is asked */
    uint8_t dots;
    struct dns_name name;
};

struct dns {
    struct tarn_service_with with;
    struct tarn_dns_config config; /* defaults in place */
    struct rng rng;
    struct tarn_addr server[DNS_SERVERS];
    uint8_t n_servers, n_search;
    uint8_t first; /* the server that answered last */
    struct dns_name search[DNS_SEARCH];
    struct dns_question_open question[TARN_DNS_QUESTIONS];
    struct dns_query query[DNS_QUERIES];
    struct tarn_dns_answer answer;
    uint8_t message[DNS_TCP_PREFIX + DNS_MAX_BYTES]; /* the one being built or read */
};

/* Ask for a name's records: a query of its own, or one under way for the same. Index. */
unsigned dns_query_begin(struct dns *d, const struct dns_name *name, uint16_t type, tarn_ns now);
/* One question less needs it. */
void dns_query_end(struct dns *d, unsigned i, tarn_ns now);
void dns_query_ready(struct dns *d, struct dns_query *q, unsigned ready, tarn_ns now);
/* Its deadline has passed. */
void dns_query_expire(struct dns *d, struct dns_query *q, tarn_ns now);
/* Servers are others than before. */
void dns_query_resume(struct dns *d, struct dns_query *q, tarn_ns now);

/* app/dns_answer.c: `n` bytes at d->message that came for q; fills q->found where it means that. */
enum dns_meaning dns_answer_read(struct dns *d, struct dns_query *q, size_t n);

#endif
