/* drill/script/symbols.c - the names that scripts use: Linux's, as the C library of this machine
 * has them, and those that are younger than it. */
#include "drill/script/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { ERRNO_MAX = 134 };

struct symbol {
    const char *name;
    int64_t value;
};

#define X(name_) {#name_, name_},
static const struct symbol constants[] = {
#include "drill/script/symbols.def"
};
#undef X

/* Of headers that cannot be had beside the C library's, or that are newer. */
static const struct symbol others[] = {{"SIOCINQ", 0x541b},
                                       {"SIOCOUTQ", 0x5411},
                                       {"SIOCATMARK", 0x8905},
                                       {"SIOCOUTQNSD", 0x894b},
                                       {"TCPI_OPT_USEC_TS", 64},
                                       {"TCPI_OPT_TFO_CHILD", 128},
                                       {"TCP_INFINITE_SSTHRESH", 0x7fffffff},
                                       {"SOF_TIMESTAMPING_OPT_ID_TCP", 1 << 16},
                                       {"TCP_TX_DELAY", 37},
                                       {"TCP_AO_ADD_KEY", 38},
                                       {"TCP_NLA_BUSY", 1},
                                       {"TCP_NLA_RWND_LIMITED", 2},
                                       {"TCP_NLA_SNDBUF_LIMITED", 3},
                                       {"TCP_NLA_DATA_SEGS_OUT", 4},
                                       {"TCP_NLA_TOTAL_RETRANS", 5},
                                       {"TCP_NLA_PACING_RATE", 6},
                                       {"TCP_NLA_DELIVERY_RATE", 7},
                                       {"TCP_NLA_SND_CWND", 8},
                                       {"TCP_NLA_REORDERING", 9},
                                       {"TCP_NLA_MIN_RTT", 10},
                                       {"TCP_NLA_RECUR_RETRANS", 11},
                                       {"TCP_NLA_DELIVERY_RATE_APP_LMT", 12},
                                       {"TCP_NLA_SNDQ_SIZE", 13},
                                       {"TCP_NLA_CA_STATE", 14},
                                       {"TCP_NLA_SND_SSTHRESH", 15},
                                       {"TCP_NLA_DELIVERED", 16},
                                       {"TCP_NLA_DELIVERED_CE", 17},
                                       {"TCP_NLA_BYTES_SENT", 18},
                                       {"TCP_NLA_BYTES_RETRANS", 19},
                                       {"TCP_NLA_DSACK_DUPS", 20},
                                       {"TCP_NLA_REORD_SEEN", 21},
                                       {"TCP_NLA_SRTT", 22},
                                       {"NULL", 0}};

static bool find_in(const struct symbol *table, size_t n, const char *name, int64_t *value)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(table[i].name, name) == 0) {
            *value = table[i].value;
            return true;
        }
    return false;
}

static bool errno_find(const char *name, int64_t *value)
{
    for (int error = 1; error < ERRNO_MAX; error++)
        if (symbol_errno(error) != NULL && strcmp(symbol_errno(error), name) == 0) {
            *value = error;
            return true;
        }
    return false;
}

bool symbol_find(const char *name, int64_t *value)
{
    return find_in(constants, sizeof constants / sizeof constants[0], name, value) ||
           find_in(others, sizeof others / sizeof others[0], name, value) ||
           (name[0] == 'E' && errno_find(name, value));
}

const char *symbol_errno(int error)
{
    return strerrorname_np(error);
}
