/* tarn/service.h - small clients and servers that a host needs, on sock.h and control.h alone: the
 * DHCP clients, the stub resolver, clocks and names, and the servers that answer them.
 *
 * A service is one file in src/app with one const table `service_NAME`. It is driven by whoever
 * drives the stack, and does no I/O of its own: its sockets are the stack's.
 *
 *      s->open(state, &with, now)             what it needs to know is in its config
 *      s->ready(state, sock, bits, now)       for each TARN_EVENT_SOCKET with the service's `user`
 *      s->changed(state, now)                 for each TARN_EVENT_CONTROL
 *      s->tick(state, now)                    at s->deadline(state): may be early, never late
 *      s->close(state, now)                   gives back addresses and leases, closes its sockets
 *
 * After any of these the links must be asked for output, as after any call of a socket. The state
 * is `state_bytes` of zeroed memory of the caller's, which must not move while the service is open.
 * What services learn goes into the stack by control.h: addresses, routes, resolvers. */
#ifndef TARN_SERVICE_H
#define TARN_SERVICE_H

#include "tarn/tarn.h"

#pragma GCC visibility push(default)

/* What every service gets. */
struct tarn_service_with {
    struct tarn *st;
    uint64_t user;      /* of all its sockets: how the caller knows their events */
    uint64_t seed;      /* of its own random stream: ids, ports, delays */
    int64_t wall_ns;    /* what to add to `now` to have nanoseconds since 1970; 0: not known */
    const void *config; /* struct tarn_NAME_config of the service; borrowed for open() */
    /* Told after each change that people or the caller may care for; may be NULL. `what` is one of
     * the service's own report codes, `of` its report struct; both are named beside its config. */
    void (*report)(void *ctx, int what, const void *of, tarn_ns now);
    void *report_ctx;
};

struct tarn_service {
    const char *name;   /* "dhcp" */
    size_t state_bytes; /* aligned as max_align_t */
    /* 0; -TARN_EINVAL (config), or what opening or binding its sockets refused with. */
    int (*open)(void *state, const struct tarn_service_with *with, tarn_ns now);
    void (*ready)(void *state, tarn_sock s, unsigned ready, tarn_ns now);
    void (*changed)(void *state, tarn_ns now); /* may be NULL */
    tarn_ns (*deadline)(const void *state);
    void (*tick)(void *state, tarn_ns now);
    void (*close)(void *state, tarn_ns now);
};

/* ---- DHCP for IPv4, client (RFC 2131, RFC 2132): app/dhcp.c ---- */

extern const struct tarn_service service_dhcp;

struct tarn_dhcp_config {
    unsigned port;
    const char *hostname;    /* option 12; NULL: none */
    uint8_t client_id[32];   /* option 61, type byte included */
    uint8_t client_id_bytes; /* 0: hardware type and MAC */
    bool no_default_route;
    struct tarn_ip remembered; /* IPv4: an earlier lease's, asked for first; all zero: none */
};

/* What a lease says beside address, route and resolvers, which are in the stack. Text is printable
 * ASCII whatever the server sent. */
struct tarn_dhcp_lease {
    struct tarn_prefix address;
    struct tarn_ip server, router; /* router all zero: none */
    uint32_t lease_s, t1_s, t2_s;
    uint32_t mtu; /* option 26; 0: none */
    struct tarn_ip ntp[3];
    char hostname[64], domain[TARN_DOMAIN_BYTES];
};

enum tarn_dhcp_report {
    TARN_DHCP_BOUND = 1, /* struct tarn_dhcp_lease: new or renewed */
    TARN_DHCP_LOST,      /* struct tarn_dhcp_lease: expired, refused or in conflict */
    TARN_DHCP_NO_SERVER, /* NULL: nobody has answered for a while; goes on trying */
};

/* ---- DHCP for IPv6, client (RFC 9915): app/dhcp6.c ---- */

extern const struct tarn_service service_dhcp6;

enum tarn_dhcp6_mode {
    TARN_DHCP6_BY_RA,     /* as the routers' M and O flags say (RFC 4861 4.2) */
    TARN_DHCP6_STATELESS, /* configuration only */
    TARN_DHCP6_ADDRESS,   /* an address, and configuration */
};

struct tarn_dhcp6_config {
    unsigned port;
    uint8_t mode;       /* enum tarn_dhcp6_mode */
    bool delegation;    /* ask for a prefix too (IA_PD) */
    uint8_t prefix_len; /* that we would like; 0: the server's choice */
    uint8_t duid[128];  /* ours; */
    uint8_t duid_bytes; /* 0: a DUID-LL of the MAC (RFC 9915 11.4) */
};

struct tarn_dhcp6_lease {
    struct tarn_ip address;       /* all zero: none */
    struct tarn_prefix delegated; /* len 0: none */
    uint32_t t1_s, t2_s, preferred_s, valid_s;
    struct tarn_ip ntp[3];
};

enum tarn_dhcp6_report {
    TARN_DHCP6_BOUND = 1,      /* struct tarn_dhcp6_lease */
    TARN_DHCP6_LOST,           /* struct tarn_dhcp6_lease */
    TARN_DHCP6_STATELESS_DONE, /* struct tarn_dhcp6_lease */
};

/* ---- Names: stub resolver (RFC 1035, RFC 6891): app/dns.c ---- */

extern const struct tarn_service service_dns;

/* The servers and search domains are those of tarn_resolver_next(). */
struct tarn_dns_config {
    unsigned attempts;   /* of each server, at most 32; 0: 2 */
    uint32_t timeout_ms; /* of each attempt, at most 600,000; 0: 5000 */
    unsigned ndots;      /* 0: 1 */
    bool refuse_private; /* answers of private and loopback addresses are dropped (rebinding) */
    bool no_0x20;        /* do not mix the case of questions */
};

enum { TARN_DNS_ADDRESSES = 16, TARN_DNS_QUESTIONS = 64 };

/* The end of a question. error: 0, -TARN_ENOENT (no such name, or no address of the family),
 * -TARN_ETIMEDOUT, -TARN_EIO (every server failed), -TARN_EPROTO (answers that make no sense). */
struct tarn_dns_answer {
    uint64_t question; /* as tarn_dns_ask() was given */
    int error;
    bool exists; /* the name does, be it without an address of the family (RFC 2308 2.2) */
    unsigned n;
    struct tarn_ip ip[TARN_DNS_ADDRESSES]; /* sorted by RFC 6724 6 */
    uint32_t ttl_s;                        /* the least */
    char canonical[TARN_DOMAIN_BYTES];
};

enum tarn_dns_report { TARN_DNS_ANSWER = 1 /* struct tarn_dns_answer */ };

/* Ask for the addresses of a name, A and AAAA at once unless `family` (enum tarn_family) is given;
 * the answer comes as a report, at the earliest from the next ready() or tick(). A final dot ends
 * the search list; \. and \DDD are bytes of a label (RFC 1035 5.1). While there is no server a
 * question waits for one, as long as it would for an answer. Names of localhost are loopback
 * addresses, whatever servers say (RFC 6761 6.3).
 * -TARN_EINVAL (not a name: RFC 1035 2.3.4), -TARN_ENOBUFS (64 questions are open). */
int tarn_dns_ask(void *state, const char *name, int family, uint64_t question, tarn_ns now);
void tarn_dns_cancel(void *state, uint64_t question, tarn_ns now);

/* ---- Clock: SNTP client (RFC 4330, RFC 5905 14): app/sntp.c ---- */

extern const struct tarn_service service_sntp;

struct tarn_sntp_config {
    struct tarn_addr server[4]; /* port 0: 123 */
    unsigned n_servers;
    uint32_t poll_s; /* 15 to 1024, doubling up to that; 0: 64 */
};

struct tarn_sntp_time {
    int64_t unix_ns;   /* at `now` of the report */
    int64_t offset_ns; /* of what with.wall_ns says; 0 when that is not known */
    uint32_t delay_us; /* round trip */
    uint8_t stratum;
    struct tarn_addr server;
};

enum tarn_sntp_report { TARN_SNTP_TIME = 1, /* struct tarn_sntp_time */ TARN_SNTP_KISS = 2 };

/* ---- Names of the link: multicast DNS (RFC 6762), responder and querier: app/mdns.c ---- */

extern const struct tarn_service service_mdns;

/* A service that we offer (RFC 6763), all text UTF-8 without zero bytes. */
struct tarn_mdns_offer {
    const char *instance, *type; /* "tarn web", "_http._tcp" */
    uint16_t port;
    const char *txt; /* "key=value", or NULL */
};

struct tarn_mdns_config {
    unsigned port;
    const char *hostname; /* the label before .local; another is drawn on a conflict */
    const struct tarn_mdns_offer *offers; /* copied */
    unsigned n_offers;                    /* at most 8 */
};

enum tarn_mdns_report {
    TARN_MDNS_NAME = 1,   /* const char *: the name that is now ours */
    TARN_MDNS_ANSWER = 2, /* struct tarn_dns_answer of tarn_mdns_ask() */
};

/* As tarn_dns_ask(), for names that end in .local; at most 16 at once. Silence means that there is
 * no such name. */
int tarn_mdns_ask(void *state, const char *name, int family, uint64_t question, tarn_ns now);

/* ---- Servers ---- */

/* DHCP for IPv4 (RFC 2131): app/dhcpd.c. */
extern const struct tarn_service service_dhcpd;

enum { TARN_DHCPD_LEASES = 1024 };

struct tarn_dhcpd_config {
    unsigned port;
    struct tarn_ip first, last; /* the pool, IPv4, on the network of the port's address */
    struct tarn_ip router;      /* all zero: none */
    struct tarn_ip dns[3];
    unsigned n_dns;
    const char *domain; /* NULL: none */
    uint32_t lease_s;   /* 0: 3600 */
};

/* DHCP for IPv6 (RFC 9915), addresses and configuration: app/dhcp6d.c. */
extern const struct tarn_service service_dhcp6d;

struct tarn_dhcp6d_config {
    unsigned port;
    struct tarn_ip first, last; /* the pool; all zero: stateless only */
    struct tarn_prefix
        delegated; /* out of which prefixes of delegated_len are given; len 0: none */
    uint8_t delegated_len;
    struct tarn_ip dns[3];
    unsigned n_dns;
    const char *domain;
    uint32_t preferred_s, valid_s; /* 0: 1800, 3600 */
};

/* Router advertiser (RFC 4861 6.2, RFC 4191, RFC 8106): app/radv.c. */
extern const struct tarn_service service_radv;

struct tarn_radv_prefix {
    struct tarn_prefix prefix;
    bool on_link, autonomous;
    uint32_t preferred_s, valid_s;
};

struct tarn_radv_route {
    struct tarn_prefix prefix;
    uint8_t preference; /* enum tarn_route_preference */
    uint32_t lifetime_s;
};

struct tarn_radv_config {
    unsigned port;
    struct tarn_radv_prefix prefix[8];
    unsigned n_prefixes;
    struct tarn_radv_route route[8];
    unsigned n_routes;
    struct tarn_ip dns[3];
    unsigned n_dns;
    const char *domain;
    bool managed, other;
    uint8_t hop_limit;   /* 0: not said */
    uint8_t preference;  /* enum tarn_route_preference */
    uint16_t lifetime_s; /* as a default router, from the interval to 9000; 0: none */
    uint32_t mtu;        /* at least 1280; 0: not said */
    uint32_t interval_s; /* MaxRtrAdvInterval, 4 to 1800; 0: 600 */
    uint32_t reachable_ms, retrans_ms;
};

#pragma GCC visibility pop

#endif
