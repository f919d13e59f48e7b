/* drill/so/so_link.c - the queue of the namespace's tun0, which the script's own commands change:
 * one that holds nothing (`tc qdisc add dev tun0 root pfifo limit 0`) stops the stack's link. Any
 * other means nothing to it. */
#include "drill/so/so.h"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { REPLY_BYTES = 32768 };

void so_link_init(struct so *so)
{
    so->queues =
        so->flags.reads_sysctls ? socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE) : -1;
}

void so_link_fini(struct so *so)
{
    if (so->queues >= 0)
        (void)syscall(SYS_close, so->queues);
}

/* Is it a queue of packets that holds none? */
static bool holds_nothing(struct nlmsghdr *h)
{
    struct rtattr *a =
        (struct rtattr *)(void *)((char *)NLMSG_DATA(h) + NLMSG_ALIGN(sizeof(struct tcmsg)));
    unsigned left = (unsigned)NLMSG_PAYLOAD(h, sizeof(struct tcmsg));
    struct tc_fifo_qopt fifo = {.limit = 1};
    bool is_fifo = false;

    for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if (a->rta_type == TCA_KIND)
            is_fifo = strcmp(RTA_DATA(a), "pfifo") == 0;
        else if (a->rta_type == TCA_OPTIONS && RTA_PAYLOAD(a) >= sizeof fifo)
            memcpy(&fifo, RTA_DATA(a), sizeof fifo);
    }
    return is_fifo && fifo.limit == 0;
}

/* Of one part of the answer: is tun0 stopped? *more: another part follows. */
static bool part_says(void *part, ssize_t bytes, unsigned link, bool *more)
{
    struct nlmsghdr *h = part;
    bool stopped = false;

    for (unsigned left = (unsigned)bytes; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
        const struct tcmsg *m = NLMSG_DATA(h);

        if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
            *more = false;
        else if (h->nlmsg_type == RTM_NEWQDISC && m->tcm_ifindex == (int)link &&
                 m->tcm_parent == TC_H_ROOT)
            stopped |= holds_nothing(h);
    }
    return stopped;
}

bool so_link_is_stopped(struct so *so)
{
    struct {
        struct nlmsghdr h;
        struct tcmsg m;
    } ask = {.h = {.nlmsg_len = sizeof ask,
                   .nlmsg_type = RTM_GETQDISC,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
    unsigned link = so->queues >= 0 ? if_nametoindex("tun0") : 0;
    _Alignas(struct nlmsghdr) char part[REPLY_BYTES];
    bool stopped = false, more = true;

    if (link == 0 || send(so->queues, &ask, sizeof ask, 0) < 0)
        return false;
    while (more) {
        ssize_t n = recv(so->queues, part, sizeof part, 0);

        if (n <= 0)
            return stopped;
        stopped |= part_says(part, n, link, &more);
    }
    return stopped;
}
