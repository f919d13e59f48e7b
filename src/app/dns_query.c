/* app/dns_query.c - one query on its way: from server to server, by UDP, and by TCP where a server
 * says that its answer does not fit.
 *
 * An attempt has one socket, one random port, one random id and one deadline, whatever it goes
 * through: a server that sends an answer byte by byte has as long as one that says nothing. */
#include "app/dns.h"

#include "base/assert.h"

#define NS_PER_MS UINT64_C(1000000)

static void drop_socket(struct dns *d, struct dns_query *q, tarn_ns now)
{
    if (q->sock.slot != 0 || q->sock.gen != 0)
        tarn_close(d->with.st, q->sock, now);
    q->sock = (tarn_sock){0, 0};
}

static void finish(struct dns *d, struct dns_query *q, tarn_ns now)
{
    drop_socket(d, q, now);
    q->state = DNS_DONE;
    if (q->found.error == 0 || q->found.error == -TARN_ENOENT)
        d->first = q->server;
}

/* No two queries under way have an id in common, although their ports differ already. */
static uint16_t draw_id(struct dns *d)
{
    uint16_t id;
    bool taken;

    do {
        id = (uint16_t)rng_u32(&d->rng);
        taken = false;
        for (unsigned i = 0; i < DNS_QUERIES; i++)
            taken = taken || (d->query[i].state != DNS_FREE && d->query[i].id == id);
    } while (taken);
    return id;
}

/* A case for every letter, so that who has not seen the question cannot repeat it
 * (draft-vixie-dnsext-dns0x20). */
static void mix_case(struct dns *d, struct dns_name *n)
{
    uint64_t bits = 0;
    unsigned left = 0;

    for (unsigned i = 0; i < n->len; i++) {
        uint8_t letter = n->b[i] | 0x20;

        if (letter < 'a' || letter > 'z' || n->b[i] < 'A')
            continue;
        if (left == 0) {
            bits = rng_u64(&d->rng);
            left = 64;
        }
        n->b[i] = (uint8_t)(letter ^ (bits & 1) << 5);
        bits >>= 1;
        left--;
    }
}

/* The query, behind its length as TCP wants it, at d->message; bytes without that. */
static size_t build(struct dns *d, struct dns_query *q)
{
    struct dns_hdr h = {.flags = DNS_RECURSION_DESIRED};
    struct dns_question question = {.type = q->type, .class = DNS_IN};
    struct dns_edns e = {.udp_bytes = DNS_EDNS_BYTES};
    struct dns_writer w;
    size_t n;

    q->id = h.id = draw_id(d);
    if (!d->config.no_0x20)
        mix_case(d, &q->name);
    question.name = q->name;
    dns_write(&w, d->message + DNS_TCP_PREFIX, DNS_UDP_BYTES, &h);
    (void)dns_put_question(&w, &question);
    if (!q->no_edns)
        (void)dns_put_edns(&w, &e);
    n = dns_finish(&w);
    dns_tcp_prefix_build(d->message, (uint16_t)n);
    return n;
}

static int open_socket(struct dns *d, struct dns_query *q, enum tarn_type type, tarn_ns now)
{
    const struct tarn_addr *to = &d->server[q->server];
    enum tarn_family family = tarn_ip_is4(&to->ip) ? TARN_INET : TARN_INET6;
    int err;

    drop_socket(d, q, now);
    err = tarn_open(d->with.st, family, type, 0, d->with.user, &q->sock);
    if (err == 0 && type == TARN_DGRAM)
        err = app_bind_random(d->with.st, q->sock, &to->ip, &d->rng);
    return err == 0 ? tarn_connect(d->with.st, q->sock, to, now) : err;
}

static int start_udp(struct dns *d, struct dns_query *q, tarn_ns now)
{
    int err = open_socket(d, q, TARN_DGRAM, now);
    long sent = err;

    q->state = DNS_BY_UDP;
    if (err == 0) {
        size_t n = build(d, q);

        sent = tarn_send(d->with.st, q->sock, d->message + DNS_TCP_PREFIX, n, now);
    }
    return sent < 0 ? (int)sent : 0;
}

static int start_tcp(struct dns *d, struct dns_query *q, tarn_ns now)
{
    int err = open_socket(d, q, TARN_STREAM, now);

    q->state = DNS_CONNECTING;
    q->tcp_bytes = -1;
    return err == -TARN_EINPROGRESS ? 0 : err;
}

/* The next server in turn that may still help, for as many rounds as are to be made. false: none.
 */
static bool next_server(struct dns *d, struct dns_query *q)
{
    while (q->tries < d->config.attempts * d->n_servers) {
        q->server = (uint8_t)((d->first + q->tries++) % d->n_servers);
        if ((q->failed & 1u << q->server) == 0)
            return true;
    }
    return false;
}

static void attempt(struct dns *d, struct dns_query *q, tarn_ns now)
{
    q->deadline = now + d->config.timeout_ms * NS_PER_MS;
    while (next_server(d, q)) {
        q->no_edns = false;
        if ((q->case_lost ? start_tcp(d, q, now) : start_udp(d, q, now)) == 0)
            return;
        q->failed |= (uint8_t)(1u << q->server);
        q->found.error = -TARN_EIO;
    }
    finish(d, q, now);
}

/* This server cannot help, for what q->found.error says. */
static void fail(struct dns *d, struct dns_query *q, tarn_ns now)
{
    q->failed |= (uint8_t)(1u << q->server);
    attempt(d, q, now);
}

/* The same server by another way. */
static void ask_again(struct dns *d, struct dns_query *q, bool tcp, tarn_ns now)
{
    if ((tcp ? start_tcp(d, q, now) : start_udp(d, q, now)) == 0)
        return;
    q->found.error = -TARN_EIO;
    fail(d, q, now);
}

/* A message of n bytes has come; is the query still where it was? */
static bool take(struct dns *d, struct dns_query *q, size_t n, tarn_ns now)
{
    bool tcp = q->state == DNS_BY_TCP;

    switch (dns_answer_read(d, q, n)) {
    case DNS_MEANS_NOTHING: return true;
    case DNS_MEANS_CASE: q->case_lost = true; return true;
    case DNS_MEANS_FOUND: finish(d, q, now); break;
    case DNS_MEANS_TCP: ask_again(d, q, true, now); break;
    case DNS_MEANS_NO_EDNS:
        q->no_edns = true;
        ask_again(d, q, tcp, now);
        break;
    case DNS_MEANS_FAILED: fail(d, q, now); break;
    }
    return false;
}

static void receive_udp(struct dns *d, struct dns_query *q, tarn_ns now)
{
    long n;

    do
        n = tarn_recv(d->with.st, q->sock, d->message, DNS_MAX_BYTES, now);
    while (n >= 0 && take(d, q, (size_t)n, now));
    if (n >= 0 || n == -TARN_EAGAIN)
        return;
    q->found.error = -TARN_EIO; /* an ICMP error: nobody answers there */
    fail(d, q, now);
}

static void connected(struct dns *d, struct dns_query *q, tarn_ns now)
{
    int64_t error = 0;
    size_t n = DNS_TCP_PREFIX + build(d, q);

    if (tarn_getopt(d->with.st, q->sock, TARN_SO_ERROR, &error) == 0 && error == 0 &&
        tarn_send(d->with.st, q->sock, d->message, n, now) == (long)n) {
        q->state = DNS_BY_TCP;
        return;
    }
    q->found.error = -TARN_EIO;
    fail(d, q, now);
}

/* Are that many bytes there? They wait in the socket until then. */
static bool has_bytes(const struct dns *d, const struct dns_query *q, int32_t n)
{
    int64_t there = 0;

    return tarn_getopt(d->with.st, q->sock, TARN_SO_NREAD, &there) == 0 && there >= n;
}

/* A message of TCP stands behind its length (RFC 1035 4.2.2). false: it is not all there. */
static bool receive_message(struct dns *d, struct dns_query *q, tarn_ns now)
{
    if (q->tcp_bytes < 0) {
        if (!has_bytes(d, q, DNS_TCP_PREFIX) ||
            tarn_recv(d->with.st, q->sock, d->message, DNS_TCP_PREFIX, now) != DNS_TCP_PREFIX)
            return false;
        q->tcp_bytes = dns_tcp_prefix_parse(d->message);
    }
    return q->tcp_bytes >= DNS_HEADER_BYTES && has_bytes(d, q, q->tcp_bytes) &&
           tarn_recv(d->with.st, q->sock, d->message, (size_t)q->tcp_bytes, now) == q->tcp_bytes;
}

static void receive_tcp(struct dns *d, struct dns_query *q, unsigned ready, tarn_ns now)
{
    while (receive_message(d, q, now)) {
        size_t n = (size_t)q->tcp_bytes;

        q->tcp_bytes = -1;
        if (!take(d, q, n, now))
            return;
    }
    /* No length below a header's is an answer's, and nothing follows the end of data. */
    if ((ready & (TARN_RDHUP | TARN_HUP | TARN_ERR)) != 0 ||
        (q->tcp_bytes >= 0 && q->tcp_bytes < DNS_HEADER_BYTES)) {
        q->found.error = -TARN_EIO;
        fail(d, q, now);
    }
}

void dns_query_ready(struct dns *d, struct dns_query *q, unsigned ready, tarn_ns now)
{
    if (q->state == DNS_BY_UDP)
        receive_udp(d, q, now);
    else if (q->state == DNS_CONNECTING && (ready & (TARN_OUT | TARN_ERR | TARN_HUP)) != 0)
        connected(d, q, now);
    else if (q->state == DNS_BY_TCP)
        receive_tcp(d, q, ready, now);
}

void dns_query_expire(struct dns *d, struct dns_query *q, tarn_ns now)
{
    q->found.error = -TARN_ETIMEDOUT;
    if (q->state == DNS_WAITING)
        finish(d, q, now);
    else
        attempt(d, q, now);
}

void dns_query_resume(struct dns *d, struct dns_query *q, tarn_ns now)
{
    if (q->state == DNS_FREE || q->state == DNS_DONE)
        return;
    q->tries = q->failed = 0;
    if (d->n_servers > 0) {
        attempt(d, q, now);
        return;
    }
    drop_socket(d, q, now);
    q->state = DNS_WAITING;
    q->deadline = now + d->config.attempts * (d->config.timeout_ms * NS_PER_MS);
}

unsigned dns_query_begin(struct dns *d, const struct dns_name *name, uint16_t type, tarn_ns now)
{
    unsigned i, free = DNS_QUERIES;
    struct dns_query *q;

    for (i = 0; i < DNS_QUERIES; i++) {
        q = &d->query[i];
        if (q->state == DNS_FREE)
            free = i;
        else if (q->state != DNS_DONE && q->type == type && dns_name_equal(&q->name, name))
            break;
    }
    if (i < DNS_QUERIES) {
        d->query[i].users++;
        return i;
    }
    tarn_assert(free < DNS_QUERIES); /* there are two for every question */
    q = &d->query[free];
    *q = (struct dns_query){.state = DNS_WAITING, .users = 1, .type = type, .name = *name};
    q->found.error = -TARN_ETIMEDOUT;
    dns_query_resume(d, q, now);
    return free;
}

void dns_query_end(struct dns *d, unsigned i, tarn_ns now)
{
    struct dns_query *q = &d->query[i];

    if (--q->users > 0)
        return;
    drop_socket(d, q, now);
    q->state = DNS_FREE;
}
