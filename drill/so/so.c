/* drill/so/so.c - the library's beginning and end. */
#include "drill/so/so.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SCRIPT_ZERO ((tarn_ns)1000 * 1000000000u) /* the world's clock at the beginning */

/* packetdrill has one script and one library, and calls the preloaded functions without a table. */
static struct so *the_instance;

struct so *so_instance(void)
{
    return the_instance;
}

void so_die(const char *format, ...)
{
    va_list args;

    fputs("libtarn_packetdrill: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("\n", stderr);
    exit(EXIT_FAILURE);
}

/* Descriptors are the kernel's, so that they may be closed, and cannot be mistaken for others. */
static int number(void *ctx)
{
    int fd = eventfd(0, EFD_CLOEXEC);

    (void)ctx;
    return fd < 0 ? -errno : fd;
}

static void release(void *ctx, int fd)
{
    (void)ctx;
    (void)syscall(SYS_close, fd);
}

/* Another host of the stack's network, where the flags name none. */
static struct tarn_ip gateway_of(const struct so_flags *f)
{
    static const struct tarn_ip none;
    struct tarn_ip gateway = f->gateway;

    if (tarn_ip_equal(&gateway, &none) || tarn_ip_equal(&gateway, &f->local.ip)) {
        gateway = f->local.ip;
        gateway.b[15] ^= 3;
    }
    return gateway;
}

static void world_up(struct so *so)
{
    struct sim_host_port port = {.address = {so->flags.local},
                                 .gateway = {gateway_of(&so->flags)},
                                 .mtu = so->flags.mtu,
                                 .medium = LINK_IP,
                                 .offload = LINK_GSO_TX};
    struct sim_host_config cfg = {.ports = &port, .n_ports = 1};
    struct sys_config sys = {.world = &so->world, .number = number, .release = release};
    int err;

    sim_world_init(&so->world, so->flags.seed);
    so->world.now = SCRIPT_ZERO;
    err = sim_host_new(&so->world, "stack", &cfg, &so->host);
    if (err < 0)
        so_die("the stack does not come up: %s", strerror(-err));
    sys.host = so->host;
    so->sys = sys_new(&sys);
    if (so->sys == NULL)
        so_die("out of memory");
    so_wire_init(so);
}

void packetdrill_interface_init(const char *flags, struct packetdrill_table *table)
{
    struct so *so = calloc(1, sizeof *so);

    if (so == NULL)
        so_die("out of memory");
    so_flags_read(&so->flags, flags);
    /* packetdrill has locked all memory, of the future too, for the sake of its timing. An arena is
     * mostly untouched and more than may be locked; virtual time does not care at all. */
    (void)munlockall();
    if (so->flags.is_real)
        (void)mlockall(MCL_CURRENT);
    pthread_mutex_init(&so->lock, NULL);
    pthread_cond_init(&so->moved, NULL);
    so->main = pthread_self();
    world_up(so);
    so_sysctl_init(so);
    so_link_init(so);
    so_clock_init(so);
    so_table_fill(so, table);
    the_instance = so;
}

void so_down(struct so *so)
{
    the_instance = NULL;
    so_wire_fini(so);
    so_sysctl_fini(so);
    so_link_fini(so);
    sys_free(so->sys);
    sim_world_fini(&so->world);
    pthread_cond_destroy(&so->moved);
    pthread_mutex_destroy(&so->lock);
    free(so);
}
