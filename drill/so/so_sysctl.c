/* drill/so/so_sysctl.c - the settings of the network namespace, which the script's own commands
 * change, become the stack's. */
#include "drill/so/so.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_setting(const char *name)
{
    char path[128];

    if (name[0] == '/')
        return open(name, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/sys/%s", name);
    for (char *p = path; *p != '\0'; p++)
        if (*p == '.')
            *p = '/';
    return open(path, O_RDONLY | O_CLOEXEC);
}

void so_sysctl_init(struct so *so)
{
    const char *name;

    if (!so->flags.reads_sysctls)
        return;
    for (unsigned cursor = 0; (name = sys_sysctl_next(&cursor)) != NULL;) {
        int fd = open_setting(name);

        if (fd < 0)
            continue; /* not in this kernel */
        if (so->n_sysctls == SO_SYSCTLS)
            so_die("more than %d settings", SO_SYSCTLS);
        so->sysctls[so->n_sysctls++] = (struct so_sysctl){.name = name, .fd = fd};
    }
    so_sysctl_read(so);
}

void so_sysctl_read(struct so *so)
{
    char text[SO_SYSCTL_BYTES];

    for (unsigned i = 0; i < so->n_sysctls; i++) {
        struct so_sysctl *c = &so->sysctls[i];
        ssize_t n = pread(c->fd, text, sizeof text - 1, 0);

        if (n < 0)
            continue;
        text[n] = '\0';
        if (strcmp(text, c->text) == 0)
            continue;
        strcpy(c->text, text);
        /* What the stack cannot do stays as it is: the script will tell. */
        (void)sys_sysctl(sim_host_stack(so->host), c->name, text);
    }
}

void so_sysctl_fini(struct so *so)
{
    for (unsigned i = 0; i < so->n_sysctls; i++)
        (void)syscall(SYS_close, so->sysctls[i].fd);
}
