/* netlink/rtnl.h - numbers and layouts of netlink and rtnetlink: the UAPI of Linux 6.1.
 *
 * Structures are in the machine's own order, as both sides share it. Names are Linux's, in small
 * letters where they name a structure. */
#ifndef TARN_NETLINK_RTNL_H
#define TARN_NETLINK_RTNL_H

#include <stdint.h>

enum { NL_AF_UNSPEC = 0, NL_AF_INET = 2, NL_AF_INET6 = 10 };

/* ---- every message ---- */

struct nl_header {
    uint32_t len;
    uint16_t type, flags;
    uint32_t seq, pid;
};

struct nl_attr {
    uint16_t len, type;
};

enum nl_type { NLMSG_NOOP = 1, NLMSG_ERROR = 2, NLMSG_DONE = 3, NLMSG_FIRST = 16 };

enum nl_flag {
    NLM_F_REQUEST = 1,
    NLM_F_MULTI = 2,
    NLM_F_ACK = 4,
    NLM_F_DUMP_INTR = 16,
    NLM_F_DUMP_FILTERED = 32,
    NLM_F_DUMP = 0x300,
    NLM_F_CAPPED = 0x100, /* of an error */
    NLM_F_ACK_TLVS = 0x200,
};

enum nl_error_attr { NLMSGERR_MSG = 1, NLMSGERR_OFFS = 2 };

enum { NLA_TYPE_MASK = 0x3fff, NLA_F_NESTED = 0x8000 };

/* ---- rtnetlink ---- */

enum rtm_type {
    RTM_NEWLINK = 16,
    RTM_GETLINK = 18,
    RTM_NEWADDR = 20,
    RTM_GETADDR = 22,
    RTM_NEWROUTE = 24,
    RTM_GETROUTE = 26,
    RTM_NEWNEIGH = 28,
    RTM_GETNEIGH = 30,
    RTM_MAX = 123,
};

/* The kind of a message is in its last two bits. */
enum { RTM_KIND_MASK = 3, RTM_KIND_GET = 2 };

struct rtnl_link {
    uint8_t family, pad;
    uint16_t type;
    int32_t index;
    uint32_t flags, change;
};

enum ifla {
    IFLA_ADDRESS = 1,
    IFLA_BROADCAST = 2,
    IFLA_IFNAME = 3,
    IFLA_MTU = 4,
    IFLA_LINK = 5,
    IFLA_QDISC = 6,
    IFLA_STATS = 7,
    IFLA_MASTER = 10,
    IFLA_TXQLEN = 13,
    IFLA_OPERSTATE = 16,
    IFLA_LINKMODE = 17,
    IFLA_LINKINFO = 18,
    IFLA_STATS64 = 23,
    IFLA_GROUP = 27,
    IFLA_EXT_MASK = 29,
    IFLA_PROMISCUITY = 30,
    IFLA_NUM_TX_QUEUES = 31,
    IFLA_NUM_RX_QUEUES = 32,
    IFLA_CARRIER = 33,
    IFLA_GSO_MAX_SEGS = 40,
    IFLA_GSO_MAX_SIZE = 41,
    IFLA_TARGET_NETNSID = 46,
    IFLA_MIN_MTU = 50,
    IFLA_MAX_MTU = 51,
    IFLA_ALT_IFNAME = 53,
};
enum { IFLA_INFO_KIND = 1, IFLA_INFO_DATA = 2, IFLA_VLAN_ID = 1 };

enum { RTEXT_FILTER_SKIP_STATS = 8 };

enum iff {
    IFF_UP = 1,
    IFF_BROADCAST = 2,
    IFF_LOOPBACK = 8,
    IFF_POINTOPOINT = 0x10,
    IFF_RUNNING = 0x40,
    IFF_NOARP = 0x80,
    IFF_MULTICAST = 0x1000,
    IFF_LOWER_UP = 0x10000,
};

enum { ARPHRD_ETHER = 1, ARPHRD_LOOPBACK = 772, ARPHRD_NONE = 0xfffe };
enum { OPER_UNKNOWN = 0, OPER_DOWN = 2, OPER_UP = 6 };

struct rtnl_addr {
    uint8_t family, prefixlen, flags, scope;
    uint32_t index;
};

enum ifa {
    IFA_ADDRESS = 1,
    IFA_LOCAL = 2,
    IFA_LABEL = 3,
    IFA_BROADCAST = 4,
    IFA_CACHEINFO = 6,
    IFA_FLAGS = 8,
    IFA_TARGET_NETNSID = 10,
    IFA_PROTO = 11,
};

enum ifa_flag {
    IFA_F_TEMPORARY = 0x01,
    IFA_F_NODAD = 0x02,
    IFA_F_OPTIMISTIC = 0x04,
    IFA_F_DADFAILED = 0x08,
    IFA_F_DEPRECATED = 0x20,
    IFA_F_TENTATIVE = 0x40,
    IFA_F_PERMANENT = 0x80,
    IFA_F_NOPREFIXROUTE = 0x200,
};

enum { IFAPROT_KERNEL_LO = 1, IFAPROT_KERNEL_RA = 2, IFAPROT_KERNEL_LL = 3 };

struct rtnl_addr_cache {
    uint32_t preferred_s, valid_s, created, updated; /* the latter in hundredths */
};

struct rtnl_route {
    uint8_t family, dst_len, src_len, tos, table, protocol, scope, type;
    uint32_t flags;
};

enum rta {
    RTA_DST = 1,
    RTA_SRC = 2,
    RTA_IIF = 3,
    RTA_OIF = 4,
    RTA_GATEWAY = 5,
    RTA_PRIORITY = 6,
    RTA_PREFSRC = 7,
    RTA_METRICS = 8,
    RTA_CACHEINFO = 12,
    RTA_TABLE = 15,
    RTA_MARK = 16,
    RTA_PREF = 20,
    RTA_UID = 25,
    RTA_IP_PROTO = 27,
    RTA_SPORT = 28,
    RTA_DPORT = 29,
};
enum { RTAX_MTU = 2 };

enum { RT_TABLE_UNSPEC = 0, RT_TABLE_MAIN = 254, RT_TABLE_LOCAL = 255 };
enum { RTN_UNICAST = 1, RTN_LOCAL = 2 };
enum { RTPROT_UNSPEC = 0, RTPROT_KERNEL = 2, RTPROT_BOOT = 3, RTPROT_RA = 9, RTPROT_DHCP = 16 };
enum { RT_SCOPE_UNIVERSE = 0, RT_SCOPE_LINK = 253, RT_SCOPE_HOST = 254 };
enum { RTM_F_CLONED = 0x200, RTM_F_PREFIX = 0x800 };

/* In hundredths of a second, but `expires`, which is how long it will still be there. */
struct rtnl_route_cache {
    uint32_t clntref, lastuse;
    int32_t expires;
    uint32_t error, used, id, ts, tsage;
};

struct rtnl_neigh {
    uint8_t family, pad1;
    uint16_t pad2;
    int32_t index;
    uint16_t state;
    uint8_t flags, type;
};

enum nda { NDA_DST = 1, NDA_LLADDR = 2, NDA_IFINDEX = 8, NDA_MASTER = 9 };

enum nud {
    NUD_INCOMPLETE = 0x01,
    NUD_REACHABLE = 0x02,
    NUD_STALE = 0x04,
    NUD_DELAY = 0x08,
    NUD_PROBE = 0x10,
    NUD_FAILED = 0x20,
    NUD_NOARP = 0x40,
    NUD_PERMANENT = 0x80,
};
enum { NTF_PROXY = 0x08, NTF_ROUTER = 0x80 };

#endif
