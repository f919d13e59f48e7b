/* netlink/request.c - requests, their answers and refusals, and dumps (netlink/netlink.h). */
#include <string.h>

#include "netlink/kind.h"

static const struct nl_kind *const kinds[] = {&nl_kind_link, &nl_kind_addr, &nl_kind_route,
                                              &nl_kind_neigh};

static const struct nl_kind *kind_of(uint16_t type)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i]->get == type)
            return kinds[i];
    }
    return NULL;
}

static struct nl_header header_for(const struct netlink *nl, uint32_t seq)
{
    return (struct nl_header){.seq = seq, .pid = nl->portid};
}

/* ---- errors and acknowledgements ---- */

static uint16_t flags_of(const struct netlink_dump *d)
{
    return (uint16_t)(NLM_F_MULTI | (d->filtered ? NLM_F_DUMP_FILTERED : 0) |
                      (d->interrupted ? NLM_F_DUMP_INTR : 0));
}

static void put_fault(struct nl_writer *w, const struct nl_fault *f)
{
    if (f->text != NULL)
        message_put_text(w, NLMSGERR_MSG, f->text);
    if (f->offset != 0)
        message_put_u32(w, NLMSGERR_OFFS, f->offset);
}

static bool tells(const struct netlink *nl, const struct nl_fault *f)
{
    return nl->ext_ack && (f->text != NULL || f->offset != 0);
}

/* An error that repeats more of the request than this is capped. */
enum { REPEATED_MAX = 2048 };

static size_t put_error(const struct netlink *nl, const struct nl_request *q, int error,
                        const struct nl_fault *f, struct nl_writer *w)
{
    struct nl_header head = header_for(nl, q->header.seq);
    bool whole = error != 0 && !nl->cap_ack && q->header.len <= REPEATED_MAX;
    uint8_t body[sizeof error + REPEATED_MAX];
    size_t n = whole ? q->header.len : sizeof q->header;

    memcpy(body, &error, sizeof error);
    memcpy(body + sizeof error, q->bytes, n);
    head.type = NLMSG_ERROR;
    head.flags = (uint16_t)((whole ? 0 : NLM_F_CAPPED) | (tells(nl, f) ? NLM_F_ACK_TLVS : 0));
    message_begin(w, &head, body, sizeof error + n);
    if (tells(nl, f))
        put_fault(w, f);
    message_end(w);
    return w->used;
}

/* The end of a dump, a bad one too: Linux begins it before it looks at what is asked. */
static bool put_done(const struct netlink *nl, struct nl_header head, int error,
                     const struct nl_fault *f, struct nl_writer *w)
{
    head.type = NLMSG_DONE;
    if (tells(nl, f))
        head.flags |= NLM_F_ACK_TLVS;
    message_begin(w, &head, &error, sizeof error);
    if (tells(nl, f))
        put_fault(w, f);
    return message_end(w);
}

/* ---- requests ---- */

static void refuse_dump(const struct netlink *nl, int error, const struct netlink_dump *d,
                        const struct nl_fault *f, struct nl_writer *w)
{
    struct nl_header head = header_for(nl, d->seq);

    head.flags = NLM_F_MULTI;
    put_done(nl, head, error, f, w);
}

static int begin_dump(struct netlink *nl, const struct tarn *st, const struct nl_kind *kind,
                      const struct nl_request *q, struct nl_writer *w, struct nl_fault *f)
{
    struct netlink_dump d = {
        .type = kind->get,
        .family = q->body[0],
        .seq = q->header.seq,
        .generation = tarn_generation(st),
    };
    int err;

    if (nl->dump.type != 0)
        return -TARN_EBUSY;
    err = kind->filter(q, nl->strict, &d, f);
    if (err == 0)
        nl->dump = d;
    else
        refuse_dump(nl, err, &d, f, w);
    return 0;
}

static int serve(struct netlink *nl, struct tarn *st, const struct nl_request *q,
                 struct nl_writer *w, struct nl_fault *f)
{
    const struct nl_kind *kind = kind_of(q->header.type);
    struct nl_header head = header_for(nl, q->header.seq);

    if (q->header.type > RTM_MAX)
        return -TARN_EOPNOTSUPP;
    if (q->body_bytes == 0) /* not even a family: Linux has nothing to say */
        return 0;
    if ((q->header.type & RTM_KIND_MASK) != RTM_KIND_GET)
        return nl_refuse(f, -TARN_EOPNOTSUPP,
                         "Interfaces, addresses and routes are set by tarn's command line");
    if (kind == NULL)
        return -TARN_EOPNOTSUPP;
    if ((q->header.flags & NLM_F_DUMP) != 0)
        return begin_dump(nl, st, kind, q, w, f);
    if (kind->one == NULL)
        return -TARN_EOPNOTSUPP;
    return kind->one(st, q, &head, w, f);
}

/* The message at *at. False: the rest of the datagram is none. */
static bool read_request(const uint8_t *bytes, size_t len, size_t *at, struct nl_request *q)
{
    size_t n;

    *q = (struct nl_request){.bytes = bytes + *at};
    if (len - *at < sizeof q->header) {
        *at = len;
        return false;
    }
    memcpy(&q->header, q->bytes, sizeof q->header);
    n = q->header.len;
    if (n < sizeof q->header || n > len - *at) {
        *at = len;
        return false;
    }
    q->body = q->bytes + sizeof q->header;
    q->body_bytes = n - sizeof q->header;
    n = (n + 3) & ~(size_t)3;
    *at = n < len - *at ? *at + n : len;
    return true;
}

size_t netlink_request(struct netlink *nl, struct tarn *st, const uint8_t *request, size_t len,
                       size_t *at, uint8_t *out)
{
    struct nl_writer w = {.at = out, .room = NETLINK_OUT_MAX};
    struct nl_fault fault = {NULL, 0};
    struct nl_request q;
    bool dumps;
    int err = 0;

    if (!read_request(request, len, at, &q))
        return 0;
    if ((q.header.flags & NLM_F_REQUEST) != 0 && q.header.type >= NLMSG_FIRST)
        err = serve(nl, st, &q, &w, &fault);
    dumps = (q.header.flags & NLM_F_DUMP) != 0 && q.header.type >= NLMSG_FIRST;
    if (err != 0 || ((q.header.flags & NLM_F_ACK) != 0 && !dumps))
        return put_error(nl, &q, err, &fault, &w);
    return w.used;
}

/* ---- dumps ---- */

size_t netlink_dump(struct netlink *nl, struct tarn *st, uint8_t *out, tarn_ns now)
{
    const struct nl_kind *kind = kind_of(nl->dump.type);
    struct nl_writer w = {.at = out, .room = NETLINK_OUT_MAX};
    struct nl_header head = header_for(nl, nl->dump.seq);
    static const struct nl_fault no_fault;
    enum nl_step step = STEP_ON;

    if (kind == NULL)
        return 0;
    nl->dump.interrupted |= tarn_generation(st) != nl->dump.generation;
    head.flags = flags_of(&nl->dump);
    while (step == STEP_ON && !nl->dump.finished) {
        step = kind->next(st, &nl->dump, &head, &w, now);
        nl->dump.finished = step == STEP_END;
    }
    if (nl->dump.finished && put_done(nl, head, 0, &no_fault, &w))
        nl->dump.type = 0;
    return w.used;
}
