/* tests/fuzz/dns_fuzz.c - a message of the domain name system is read to its end whatever it says;
 * its names come back from their text, and what can be written again says the same. The input is
 * tried as the text of a name, too. */
#include "tests/fuzz/check.h"
#include "wire/dns.h"

/* What holds of every name. */
static void require_name(const struct dns_name *n)
{
    char text[DNS_TEXT_BYTES], small[16];
    struct dns_name again, under, lower = *n;

    REQUIRE(n->len >= 1 && n->b[n->len - 1] == 0);
    REQUIRE(dns_name_text(n, text, sizeof text));
    REQUIRE(dns_name_from_text(&again, text));
    REQUIRE(again.len == n->len && memcmp(again.b, n->b, n->len) == 0);
    REQUIRE(dns_name_within(n, n));
    REQUIRE(dns_name_text(n, small, sizeof small) == (strlen(text) < sizeof small));
    dns_name_lower(&lower);
    REQUIRE(dns_name_equal(&lower, n));
    if (!dns_name_label(&under, "x.y", 3, n)) {
        REQUIRE(n->len > DNS_NAME_BYTES - 4);
        return;
    }
    REQUIRE(dns_name_within(&under, n) && !dns_name_within(n, &under));
    REQUIRE(!dns_name_equal(&under, n));
    REQUIRE(dns_name_join(&again, &under, n) == (under.len + n->len <= DNS_NAME_BYTES + 1));
}

/* The input as text. */
static void read_text(const uint8_t *p, size_t n)
{
    char text[DNS_TEXT_BYTES] = "";
    struct dns_name name;

    memcpy(text, p, n < sizeof text - 1 ? n : sizeof text - 1);
    if (dns_name_from_text(&name, text))
        require_name(&name);
    REQUIRE(!dns_name_label(&name, text, 0, &name));
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

/* One record as it was read; RDATA that is no address, no name and no OPT goes as bytes. */
static void write_record(struct dns_writer *w, const struct dns_reader *r,
                         const struct dns_record *rec)
{
    struct dns_owner o = {&rec->name, rec->type, rec->class, rec->ttl_s};
    struct dns_name target;
    struct dns_edns edns;
    struct tarn_ip ip;

    if (dns_get_address(rec, &ip) && (rec->type == DNS_A || !tarn_ip_is4(&ip))) {
        (void)dns_put_address(w, rec->section, &o, &ip);
    } else if (dns_get_edns(rec, &edns) && rec->section == DNS_ADDITIONAL &&
               rec->class >= DNS_UDP_BYTES && (rec->ttl_s & 0x7fff) == 0 &&
               cur_left(&rec->data) == 0) {
        (void)dns_put_edns(w, &edns);
    } else if (dns_get_target(r, rec, &target)) {
        (void)dns_put_target(w, rec->section, &o, &target);
    } else {
        dns_begin(w, rec->section, &o);
        wr_bytes(&w->w, rec->data.at, cur_left(&rec->data));
        (void)dns_end(w);
    }
}

/* Write what was read. */
static size_t write_again(struct dns_reader r, uint8_t *out, size_t room)
{
    static struct dns_question q;
    static struct dns_record rec;
    struct dns_writer w;

    dns_write(&w, out, room, &r.h);
    while (dns_next_question(&r, &q))
        (void)dns_put_question(&w, &q);
    w.plain = r.h.id % 2 != 0;
    while (dns_next_record(&r, &rec))
        write_record(&w, &r, &rec);
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

    read_text(p, n);
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
