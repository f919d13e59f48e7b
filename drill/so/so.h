/* drill/so/so.h - libtarn_packetdrill.so: packetdrill's shared-library mode over a stack in a
 * simulated world.
 *
 * packetdrill plays a script against whatever a library says the network is: it asks the library
 * for every socket call, injects packets with netdev_send, sniffs them with netdev_receive, and
 * takes its time from usleep and gettimeofday. The library is drill/sys/ with two clocks:
 *
 *      virtual  time passes in usleep and netdev_receive, which run the world, and by a microsecond
 *               in each gettimeofday that directly follows another one: the caller spins on that
 *      real     the machine's: whoever waits in the library runs the world as time passes
 *
 * The script's blocking calls come on a second thread. Between the two there is one lock, and in
 * virtual time one turn: after each step of the world the waiting thread has it, and tries its call
 * again. When the call returns, it keeps the turn until it has asked what time it is, so that time
 * stands still until then. */
#ifndef TARN_DRILL_SO_SO_H
#define TARN_DRILL_SO_SO_H

#include <pthread.h>

#include "drill/so/so_table.h"
#include "drill/sys/sys.h"
#include "drivers/pcapng.h"

struct so_flags {
    struct tarn_prefix local;
    struct tarn_ip gateway;
    uint32_t mtu;
    uint64_t seed;
    bool is_real, reads_sysctls;
    const char *pcap, *state; /* in `text`; NULL: none */
    char text[1024];
};

enum { SO_SYSCTLS = 64, SO_SYSCTL_BYTES = 128 };

/* A setting's file in procfs, and what it has said last. */
struct so_sysctl {
    const char *name;
    int fd;
    char text[SO_SYSCTL_BYTES];
};

struct so_frame {
    struct so_frame *next;
    tarn_ns when;
    struct sim_frame *frame;
};

struct so {
    struct so_flags flags;
    pthread_mutex_t lock;
    pthread_cond_t moved; /* the world, or the turn */
    pthread_t main;       /* who has made the library ready: the script's thread */

    struct sim_world world;
    struct sim_host *host;
    struct sys *sys;
    struct sim_node wire;               /* the script's end of the link */
    struct sim_frame *injected;         /* what it sends next */
    struct so_frame *sent, **last_sent; /* what the stack has sent */
    struct pcapng *pcap;
    struct so_sysctl sysctls[SO_SYSCTLS];
    unsigned n_sysctls;
    int queues; /* NETLINK_ROUTE; -1: none */

    /* virtual time */
    struct sys_wait *waiting; /* the second thread's call; NULL: none */
    pthread_t waiter;         /* who makes or has made it */
    pid_t thread;             /* its number */
    bool its_turn;            /* the waiter's */
    bool returned;            /* its call has, and this was not looked after yet */
    bool spins;               /* the last call was gettimeofday */
    /* real time */
    tarn_ns real_zero; /* the machine's clock at the world's 0 */
};

/* Prints why to standard error and ends the process with status 1. */
_Noreturn void so_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- so_flags.c ---- */

/* Reads "local=192.168.0.1/16,mtu=1500"; NULL or "": the defaults. Ends the process when it is not
 * understood. */
void so_flags_read(struct so_flags *f, const char *text);

/* ---- so_wire.c ---- */

void so_wire_init(struct so *so);
void so_wire_fini(struct so *so);
/* Puts a packet into the world; its destination is an address of ours from now on. */
void so_wire_inject(struct so *so, const void *packet, size_t n);
/* The oldest packet sent, which is the caller's, or NULL. */
struct so_frame *so_wire_next(struct so *so);
/* An address that the script uses is one of ours. */
void so_wire_own(struct so *so, const struct tarn_ip *ip);

/* ---- so_clock.c: all with the lock held, but so_usleep, so_receive and so_time_us ---- */

void so_clock_init(struct so *so);
/* Lets happen what is due. */
void so_settle(struct so *so);
/* A call cannot go on: returns when the world has moved or w->until has come. */
void so_wait(struct so *so, struct sys_wait *w);
/* The call of this thread has ended. */
void so_waited(struct so *so);
void so_usleep(struct so *so, uint64_t us);
/* Waits for a packet. */
struct so_frame *so_receive(struct so *so);
int64_t so_time_us(struct so *so);
/* A time of the world as gettimeofday would tell it. */
int64_t so_us_of(const struct so *so, tarn_ns t);

/* ---- so_call.c ---- */

void so_table_fill(struct so *so, struct packetdrill_table *table);
/* With the settings as they are now; so_leave() gives 0, or -1 and errno. */
void so_enter(struct so *so);
int64_t so_leave(struct so *so, int64_t result);
int64_t so_close(struct so *so, int fd);

/* ---- so_sysctl.c ---- */

void so_sysctl_init(struct so *so);
/* The stack's parameters are what the namespace's settings are now. */
void so_sysctl_read(struct so *so);
void so_sysctl_fini(struct so *so);

/* ---- so_state.c ---- */

/* For host tools, with state=DIR: the stack's sockets and counters as of now; what they ask for. */
void so_state_write(struct so *so);
void so_state_obey(struct so *so);

/* ---- so_link.c ---- */

void so_link_init(struct so *so);
void so_link_fini(struct so *so);
/* Does the namespace's tun0 take nothing? */
bool so_link_is_stopped(struct so *so);

/* ---- so.c ---- */

/* The one instance of this process; NULL before packetdrill_interface_init(). */
struct so *so_instance(void);
/* The end of the instance and of all its sockets; their descriptors stay the process's. */
void so_down(struct so *so);

#endif
