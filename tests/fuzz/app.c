/* tests/fuzz/app.c - what an application does with its sockets, in any order and with any
 * argument. What a call answers is not looked at, but that it answers within its bounds is. */
#include "base/array.h"
#include "tests/fuzz/stack.h"

enum { MOST_BYTES = 20000 };

static uint8_t buffer[MOST_BYTES];

/* Give the handle in `slot` up for a new one. */
static void replace(struct fuzz *f, unsigned slot, tarn_sock s)
{
    if (f->sock[slot].gen != 0)
        tarn_close(f->rig.st, f->sock[slot], f->rig.now);
    f->sock[slot] = s;
}

static void accept_one(struct fuzz *f, unsigned slot)
{
    tarn_sock s;

    if (tarn_accept(f->rig.st, f->sock[0], &s, NULL) == 0)
        replace(f, slot, s);
}

static void open_one(struct fuzz *f, unsigned slot)
{
    uint8_t byte = cur_u8(&f->in), type = byte % 3;
    enum tarn_family family = (byte & 0x80) != 0 && type != 2 ? TARN_INET6 : TARN_INET;
    tarn_sock s;

    if (tarn_open(f->rig.st, family, (enum tarn_type)(TARN_STREAM + type), type == 2 ? 1 : 0, slot,
                  &s) == 0)
        replace(f, slot, s);
}

static void connect_one(struct fuzz *f, tarn_sock s)
{
    uint8_t port = cur_u8(&f->in);
    struct tarn_addr to = {.ip = tarn_ip4(RIG_PEER_IP), .port = (uint16_t)(port % 8)};

    if ((port & 0x20) != 0)
        to.ip = FUZZ_PEERS;
    if ((port & 0x80) != 0)
        to.ip = (port & 0x20) != 0 ? FUZZ_OURS : tarn_ip4(f->rig.ip); /* itself */
    if ((port & 0x40) != 0)
        to.port = 80;
    (void)tarn_connect(f->rig.st, s, &to, f->rig.now);
}

static void send_some(struct fuzz *f, tarn_sock s)
{
    size_t n = cur_u16(&f->in) % MOST_BYTES;
    struct tarn_addr to = {.ip = tarn_ip4(RIG_PEER_IP), .port = 7};
    struct tarn_iov iov[2] = {{buffer, n / 3}, {buffer + n / 3, n - n / 3}};
    struct tarn_msg m = {.iov = iov, .n_iov = 2, .flags = cur_u8(&f->in)};

    m.name = (m.flags & 0x80) != 0 ? &to : NULL;
    REQUIRE(tarn_sendmsg(f->rig.st, s, &m, f->rig.now) <= (long)n);
}

static void receive_some(struct fuzz *f, tarn_sock s)
{
    size_t n = cur_u16(&f->in) % MOST_BYTES;
    struct tarn_addr from;
    struct tarn_iov iov = {buffer, n};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .flags = cur_u8(&f->in), .name = &from};
    long got = tarn_recvmsg(f->rig.st, s, &m, f->rig.now);

    if ((m.flags & TARN_MSG_TRUNC) == 0)
        REQUIRE(got <= (long)n);
}

static void borrow(struct fuzz *f, tarn_sock s)
{
    const void *at;
    void *room;
    long n = tarn_recv_loan(f->rig.st, s, &at);

    if (n > 0) {
        memcpy(buffer, at, (size_t)n < MOST_BYTES ? (size_t)n : MOST_BYTES);
        tarn_recv_return(f->rig.st, s, cur_u16(&f->in) % ((size_t)n + 1), f->rig.now);
    }
    n = tarn_send_reserve(f->rig.st, s, &room);
    if (n > 0) {
        memset(room, 0x55, (size_t)n);
        tarn_send_commit(f->rig.st, s, cur_u16(&f->in) % ((size_t)n + 1), f->rig.now);
    }
}

static void options(struct fuzz *f, tarn_sock s)
{
    enum tarn_opt opt = (enum tarn_opt)(cur_u8(&f->in) % TARN_SO_N);
    struct tarn_tcp_info info;
    int64_t value = (int16_t)cur_u16(&f->in);

    (void)tarn_setopt(f->rig.st, s, opt, value, f->rig.now);
    (void)tarn_getopt(f->rig.st, s, opt, &value);
    (void)tarn_tcp_info(f->rig.st, s, &info, f->rig.now);
    (void)tarn_ready(f->rig.st, s);
}

/* A parameter of the stack; out of its range it is refused. */
static void parameter(struct fuzz *f)
{
    static const char *const name[] = {
#define X(id, name, ...) name,
#include "core/param.def"
#undef X
    };
    const char *which = name[cur_u8(&f->in) % ARRAY_LEN(name)];
    uint8_t shift = cur_u8(&f->in) % 24;

    (void)tarn_param_set(f->rig.st, which, (int64_t)cur_u8(&f->in) << shift);
}

static void end(struct fuzz *f, unsigned slot, tarn_sock s)
{
    unsigned how = cur_u8(&f->in) % 5;

    if (how < 3) {
        (void)tarn_shutdown(f->rig.st, s, (enum tarn_shutdown)how, f->rig.now);
        return;
    }
    if (how == 3)
        tarn_abort(f->rig.st, s, f->rig.now);
    else
        tarn_close(f->rig.st, s, f->rig.now);
    f->sock[slot] = (tarn_sock){0, 0};
}

void fuzz_app(struct fuzz *f)
{
    unsigned slot = cur_u8(&f->in) % N_SOCKETS;
    tarn_sock s = f->sock[slot];

    switch (cur_u8(&f->in) % 9) {
    case 0: accept_one(f, slot); break;
    case 1: open_one(f, slot); break;
    case 2: connect_one(f, s); break;
    case 3: send_some(f, s); break;
    case 4: receive_some(f, s); break;
    case 5: borrow(f, s); break;
    case 6: options(f, s); break;
    case 8: parameter(f); break;
    default: end(f, slot, s); break;
    }
}
