/* app/sntp.c - simple clock client (RFC 4330 with the corrections of RFC 5905 14).
 *
 * One request at a time, to the servers in turn until one tells the time; then the next round is a
 * poll interval away, which doubles up to 1,024 s. A request says nothing of this host: its
 * transmit timestamp is a random number, which a reply must repeat as origin. When it was sent is
 * kept here, so the time of day may be unknown or change in between.
 *
 *      T1 sent   T2 received there   T3 sent there   T4 received     delay = (T4 - T1) - (T3 - T2)
 *                                                            time at T4 = T3 + delay / 2
 *
 * Deviation: servers are not compared with each other; the first good answer of a round counts. */
#include "app/app.h"
#include "base/rng.h"
#include "wire/ntp.h"

#define NS_PER_S   UINT64_C(1000000000)
#define TIMEOUT_NS (5 * NS_PER_S)

enum {
    MIN_POLL_S = 15, /* RFC 4330 10 */
    FIRST_POLL_S = 64,
    MAX_POLL_S = 1024,
    MAX_DISTANCE = 16 << 16, /* root delay and dispersion of a server that knows the time */
    ANSWER_BYTES = 512
};

struct sntp {
    struct tarn_service_with with;
    struct rng rng;
    struct tarn_sntp_config config;
    bool refused[4]; /* has told us to go away */
    bool asking;     /* a request is under way, to server `at`, by `sock` */
    unsigned at;     /* server of this round */
    tarn_sock sock;
    uint64_t nonce;   /* its transmit timestamp */
    tarn_ns sent;     /* T1 */
    tarn_ns due;      /* the request's end, or the next round */
    uint32_t poll_s;  /* between rounds that told the time */
    uint32_t retry_s; /* between rounds that did not */
    int64_t wall_ns;  /* as with.wall_ns, or as the last reply said */
};

static bool send_request(struct sntp *s, const struct tarn_addr *to, tarn_ns now)
{
    struct ntp_msg m = {.version = NTP_VERSION, .mode = NTP_CLIENT};
    uint8_t p[NTP_BYTES];
    struct tarn *st = s->with.st;
    enum tarn_family family = tarn_ip_is4(&to->ip) ? TARN_INET : TARN_INET6;

    do
        m.transmit = s->nonce = rng_u64(&s->rng);
    while (m.transmit == 0);
    ntp_build(p, &m);
    if (tarn_open(st, family, TARN_DGRAM, 0, s->with.user, &s->sock) < 0)
        return false;
    s->asking = true;
    s->sent = now;
    s->due = now + TIMEOUT_NS;
    return app_bind_random(st, s->sock, &to->ip, &s->rng) == 0 &&
           tarn_connect(st, s->sock, to, now) == 0 && tarn_send(st, s->sock, p, sizeof p, now) > 0;
}

static void end_request(struct sntp *s, tarn_ns now)
{
    if (s->asking)
        tarn_close(s->with.st, s->sock, now);
    s->asking = false;
}

/* The round is over; the next is `wait_s` away, or up to a sixteenth more, so that hosts that
 * started together part. */
static void end_round(struct sntp *s, uint32_t wait_s, tarn_ns now)
{
    uint32_t more_ms = rng_below(&s->rng, wait_s * 1000 / 16 + 1);

    end_request(s, now);
    s->at = 0;
    s->due = now + wait_s * NS_PER_S + more_ms * (NS_PER_S / 1000);
    for (unsigned i = 0; i < s->config.n_servers; i++)
        if (!s->refused[i])
            return;
    s->due = TARN_NEVER;
}

/* Ask the servers from s->at on, until one can be asked. */
static void ask(struct sntp *s, tarn_ns now)
{
    for (; s->at < s->config.n_servers; s->at++) {
        if (s->refused[s->at])
            continue;
        if (send_request(s, &s->config.server[s->at], now))
            return;
        end_request(s, now);
    }
    end_round(s, s->retry_s, now);
    s->retry_s = s->retry_s * 2 < MAX_POLL_S ? s->retry_s * 2 : MAX_POLL_S;
}

/* This server does not help. */
static void ask_next(struct sntp *s, tarn_ns now)
{
    end_request(s, now);
    s->at++;
    ask(s, now);
}

static void tell(struct sntp *s, int what, const struct tarn_sntp_time *t, tarn_ns now)
{
    if (s->with.report != NULL)
        s->with.report(s->with.report_ctx, what, t, now);
}

/* Kiss-o'-death (RFC 5905 7.4): a server that wants to be asked less, or not at all. */
static void kissed(struct sntp *s, uint32_t code, tarn_ns now)
{
    struct tarn_sntp_time t = {.server = s->config.server[s->at]};

    if (code == NTP_DENY || code == NTP_RSTR)
        s->refused[s->at] = true;
    if (code == NTP_RATE) {
        s->poll_s = s->poll_s * 2 < MAX_POLL_S ? s->poll_s * 2 : s->poll_s;
        end_round(s, s->poll_s, now);
    } else {
        ask_next(s, now);
    }
    tell(s, TARN_SNTP_KISS, &t, now);
}

/* Does the server know the time (RFC 4330 5, RFC 5905 14)? */
static bool knows(const struct ntp_msg *m)
{
    return m->leap != NTP_UNSYNCHRONIZED && m->stratum != 0 && m->stratum <= NTP_MAX_STRATUM &&
           m->transmit != 0 && m->receive != 0 &&
           m->root_delay / 2 + (uint64_t)m->root_dispersion < MAX_DISTANCE;
}

/* What time it is, from an answer that came now; false: its times contradict each other. */
static bool read_time(const struct sntp *s, const struct ntp_msg *m, struct tarn_sntp_time *t,
                      tarn_ns now)
{
    int64_t near = s->wall_ns != 0 ? (int64_t)now + s->wall_ns : 0;
    int64_t t2 = ntp_to_unix_ns(m->receive, near), t3 = ntp_to_unix_ns(m->transmit, near);
    int64_t trip_ns = (int64_t)(now - s->sent), delay_ns = trip_ns - (t3 - t2);

    if (t3 < t2 || t3 - t2 > trip_ns + (int64_t)NS_PER_S)
        return false;
    if (delay_ns < 0)
        delay_ns = 0; /* clocks do not run at the same rate */
    *t = (struct tarn_sntp_time){
        .unix_ns = t3 + delay_ns / 2,
        .delay_us = (uint32_t)(delay_ns / 1000),
        .stratum = m->stratum,
        .server = s->config.server[s->at],
    };
    if (s->with.wall_ns != 0)
        t->offset_ns = t->unix_ns - (int64_t)now - s->with.wall_ns;
    return true;
}

/* An answer to what was asked? Others are passed over. */
static void take(struct sntp *s, const uint8_t *p, size_t n, tarn_ns now)
{
    struct tarn_sntp_time t;
    struct ntp_msg m;

    if (!ntp_parse(&m, p, n) || m.mode != NTP_SERVER || m.origin != s->nonce)
        return;
    if (m.stratum == 0 && m.refid != 0) {
        kissed(s, m.refid, now);
        return;
    }
    if (!knows(&m) || !read_time(s, &m, &t, now)) {
        ask_next(s, now);
        return;
    }
    s->wall_ns = t.unix_ns - (int64_t)now;
    s->retry_s = MIN_POLL_S;
    end_round(s, s->poll_s, now);
    s->poll_s = s->poll_s * 2 < MAX_POLL_S ? s->poll_s * 2 : MAX_POLL_S;
    tell(s, TARN_SNTP_TIME, &t, now);
}

/* ---- The service ---- */

static int open(void *state, const struct tarn_service_with *with, tarn_ns now)
{
    struct sntp *s = state;

    s->with = *with;
    s->config = *(const struct tarn_sntp_config *)with->config;
    if (s->config.n_servers == 0 || s->config.n_servers > 4 || s->config.poll_s > MAX_POLL_S)
        return -TARN_EINVAL;
    for (unsigned i = 0; i < s->config.n_servers; i++)
        if (s->config.server[i].port == 0)
            s->config.server[i].port = NTP_PORT;
    s->poll_s = s->config.poll_s != 0 ? s->config.poll_s : FIRST_POLL_S;
    if (s->poll_s < MIN_POLL_S)
        return -TARN_EINVAL;
    s->retry_s = MIN_POLL_S;
    s->wall_ns = with->wall_ns;
    s->due = now;
    app_rng_init(&s->rng, with);
    return 0;
}

static void ready(void *state, tarn_sock sock, unsigned bits, tarn_ns now)
{
    struct sntp *s = state;
    uint8_t p[ANSWER_BYTES];
    long n = 0;

    (void)bits;
    while (s->asking && s->sock.slot == sock.slot && s->sock.gen == sock.gen) {
        n = tarn_recv(s->with.st, s->sock, p, sizeof p, now);
        if (n < 0)
            break;
        take(s, p, (size_t)n, now);
    }
    if (n < 0 && n != -TARN_EAGAIN)
        ask_next(s, now); /* nobody answers there */
}

static tarn_ns deadline(const void *state)
{
    return ((const struct sntp *)state)->due;
}

static void tick(void *state, tarn_ns now)
{
    struct sntp *s = state;

    if (now < s->due)
        return;
    if (s->asking)
        ask_next(s, now);
    else
        ask(s, now);
}

static void close(void *state, tarn_ns now)
{
    struct sntp *s = state;

    end_request(s, now);
    s->due = TARN_NEVER;
}

const struct tarn_service service_sntp = {
    .name = "sntp",
    .state_bytes = sizeof(struct sntp),
    .open = open,
    .ready = ready,
    .deadline = deadline,
    .tick = tick,
    .close = close,
};
