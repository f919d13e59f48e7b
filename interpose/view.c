/* interpose/view.c - file views by bind mounts in a private mount namespace.
 *
 * The content lies in a file system in memory that is mounted for a moment, in the namespace alone:
 * the file's own mount keeps it, and it goes with the namespace, when the last process ends. So no
 * directory of the system is written to. */
#include "interpose/view.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return -errno;
    n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text) ? 0 : -EIO;
}

/* A user namespace in which we are who we are. */
static int keep_ids(uid_t uid, gid_t gid)
{
    char map[64];
    int err;

    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    err = write_file("/proc/self/uid_map", map);
    if (err == 0)
        err = write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    return err != 0 ? err : write_file("/proc/self/gid_map", map);
}

/* What is mounted from here on stays in this namespace. */
static int mounts_apart(void)
{
    return mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) == 0 ? 0 : -errno;
}

/* The same in a chroot, whose / is no mount that could be named. Joining the namespace that we are
 * in leads to its own root; from there back again, without which nothing may go on. */
static int mounts_apart_in_chroot(void)
{
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    int err = root >= 0 && here >= 0 && ns >= 0 && setns(ns, CLONE_NEWNS) == 0 ? 0 : -errno;

    if (err == 0) {
        err = mounts_apart();
        if (fchdir(root) != 0 || chroot(".") != 0 || fchdir(here) != 0)
            abort();
    }
    close(root);
    close(here);
    close(ns);
    return err;
}

int view_begin(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int err = 0;

    if (unshare(CLONE_NEWNS) != 0) {
        if (errno != EPERM)
            return -errno;
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
            return -errno;
        err = keep_ids(uid, gid);
    }
    if (err != 0)
        return err;
    err = mounts_apart();
    return err == -EINVAL ? mounts_apart_in_chroot() : err;
}

/* A file system of our own on an existing directory: what lies there is hidden for a moment, for
 * this process alone. */
static const char place[] = "/tmp";

int view_rewrite(int fd, const char *content)
{
    size_t n = strlen(content);
    ssize_t written = pwrite(fd, content, n, 0);

    if (written < 0 || ftruncate(fd, written) != 0)
        return -errno;
    return (size_t)written == n ? 0 : -EIO;
}

static int bind_written(const char *path, const char *content)
{
    static const char name[] = "/tmp/view";
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int err;

    if (fd < 0)
        return -errno;
    err = fchmod(fd, 0644) != 0 ? -errno : view_rewrite(fd, content);
    if (err == 0 && mount(name, path, NULL, MS_BIND, NULL) != 0)
        err = -errno;
    if (err != 0)
        close(fd);
    return err != 0 ? err : fd;
}

int view_file(const char *path, const char *content)
{
    int fd;

    if (mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m") != 0)
        return -errno;
    fd = bind_written(path, content);
    if (umount2(place, MNT_DETACH) != 0 && fd >= 0) {
        close(fd);
        fd = -errno;
    }
    return fd;
}
