/* tests/fuzz/dns_fuzz.c - a message of the domain name system is read to its end whatever it says;
 * its names come back from their text, and what can be written again says the same. */
#include "tests/fuzz/check.h"
#include "wire/dns.h"

static void require_name(const struct dns_name *n)
{
    char text[DNS_TEXT_BYTES];
    struct dns_name again;

    REQUIRE(n->len >= 1 && n->b[n->len - 1] == 0);
    REQUIRE(dns_name_text(n, text, sizeof text));
    REQUIRE(dns_name_from_text(&again, text));
    REQUIRE(again.len == n->len && memcmp(again.b, n->b, n->len) == 0);
    REQUIRE(dns_name_within(n, n));
}

/* Everything that RDATA may be, whatever the type says. */
static void read_data(const struct dns_reader *r, const struct dns_record *rec)
{
    struct dns_record as = *rec;
    struct cursor c = rec->data;
    const uint8_t *at;
    uint8_t n;
    struct tarn_ip ip;
    struct dns_srv srv;
    struct dns_soa soa;
    struct dns_nsec nsec;
    struct dns_edns edns;
    struct dns_name target;

    (void)dns_get_address(rec, &ip);
    if (dns_get_target(r, rec, &target))
        require_name(&target);
    if (dns_get_srv(r, rec, &srv))
        require_name(&srv.target);
    if (dns_get_soa(r, rec, &soa))
        require_name(&soa.mailbox);
    as.type = DNS_NSEC;
    if (dns_get_nsec(r, &as, &nsec))
        require_name(&nsec.next);
    (void)dns_get_edns(rec, &edns);
    while (dns_next_text(&c, &at, &n))
        REQUIRE(at >= rec->data.at && at + n <= rec->data.end);
}

/* Write what was read; records of which RDATA is an address or a name keep it, others go bare. */
static size_t write_again(struct dns_reader r, uint8_t *out, size_t room)
{
    static struct dns_question q;
    static struct dns_record rec;
    struct dns_writer w;

    dns_write(&w, out, room, &r.h);
    while (dns_next_question(&r, &q))
        (void)dns_put_question(&w, &q);
    while (dns_next_record(&r, &rec)) {
        struct dns_owner o = {&rec.name, rec.type, rec.class, rec.ttl_s};
        struct dns_name target;

        dns_begin(&w, rec.section, &o);
        if (dns_get_target(&r, &rec, &target))
            dns_put_name(&w, &target);
        else
            wr_bytes(&w.w, rec.data.at, cur_left(&rec.data));
        (void)dns_end(&w);
    }
    return dns_finish(&w);
}

static void require_equal(struct dns_reader a, struct dns_reader b)
{
    static struct dns_question p, q;
    static struct dns_record x, y;

    while (dns_next_question(&b, &q)) {
        REQUIRE(dns_next_question(&a, &p));
        REQUIRE(dns_name_equal(&p.name, &q.name) && p.type == q.type && p.class == q.class);
    }
    while (dns_next_record(&b, &y)) {
        struct dns_name n, m;

        REQUIRE(dns_next_record(&a, &x));
        REQUIRE(dns_name_equal(&x.name, &y.name) && x.type == y.type && x.class == y.class);
        REQUIRE(x.ttl_s == y.ttl_s && x.section == y.section);
        if (dns_get_target(&a, &x, &n))
            REQUIRE(dns_get_target(&b, &y, &m) && dns_name_equal(&n, &m));
    }
    REQUIRE(!b.c.bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint8_t out[DNS_MAX_BYTES * 2];
    static struct dns_question q;
    static struct dns_record rec;
    uint8_t *p = exact(data, n);
    struct dns_reader r, walk, again;

    if (n <= DNS_MAX_BYTES && dns_read(&r, p, n)) {
        walk = r;
        while (dns_next_question(&walk, &q))
            require_name(&q.name);
        while (dns_next_record(&walk, &rec)) {
            require_name(&rec.name);
            read_data(&walk, &rec);
        }
        REQUIRE(dns_read(&again, out, write_again(r, out, sizeof out)));
        require_equal(r, again);
        REQUIRE(dns_read(&again, out, write_again(r, out, DNS_HEADER_BYTES + n / 2)));
        while (dns_next_record(&again, &rec))
            ;
        REQUIRE(!again.c.bad);
    }
    free(p);
    return 0;
}
