/* tests/unit/drill/so_test.c - libtarn_packetdrill.so as packetdrill uses it: opened by name,
 * driven through its table from a script's thread and, where a call blocks, from a second one. Each
 * test is a process of its own, as the library is one script's. */
#include "drill/so/so_table.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

static void *library;
static struct packetdrill_table t;
static uint32_t local_isn; /* host order */

/* Beside the folder of this program's. */
static void path_of_library(char *path, size_t room)
{
    ssize_t n = readlink("/proc/self/exe", path, room - 1);

    CHECK(n > 0);
    path[n] = '\0';
    for (int up = 0; up < 3; up++)
        *strrchr(path, '/') = '\0';
    strncat(path, "/libtarn_packetdrill.so", room - strlen(path) - 1);
}

static void open_library(const char *flags)
{
    char path[512];
    void (*init)(const char *, struct packetdrill_table *);

    path_of_library(path, sizeof path);
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    CHECK(library != NULL);
    *(void **)&init = dlsym(library, "packetdrill_interface_init");
    CHECK(init != NULL);
    init(flags, &t);
}

static void close_library(void)
{
    t.free(t.userdata);
}

static int64_t now_us(void)
{
    struct timeval tv;

    CHECK_EQ(t.gettimeofday(t.userdata, &tv, NULL), 0);
    return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

/* ---- segments, from 192.0.2.1:40000 to 192.168.0.1:8080; checksums are made here ---- */

static uint32_t sum(const uint8_t *at, size_t n, uint32_t s)
{
    for (size_t i = 0; i < n; i++)
        s += (uint32_t)at[i] << (i % 2 == 0 ? 8 : 0);
    return s;
}

static void put_sum(uint8_t *at, uint32_t s)
{
    while (s >> 16 != 0)
        s = (s & 0xffff) + (s >> 16);
    at[0] = (uint8_t)(~s >> 8);
    at[1] = (uint8_t)~s;
}

static void put32(uint8_t *at, uint32_t v)
{
    v = htonl(v);
    memcpy(at, &v, sizeof v);
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t v;

    memcpy(&v, at, sizeof v);
    return ntohl(v);
}

static void inject(uint8_t flags, uint32_t seq, uint32_t ack, size_t payload)
{
    uint8_t p[1500] = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 168, 0, 1};
    uint8_t *tcp = p + 20;
    size_t n = 20 + payload;

    p[2] = (uint8_t)((n + 20) >> 8);
    p[3] = (uint8_t)(n + 20);
    put_sum(p + 10, sum(p, 20, 0));
    put32(tcp, 40000u << 16 | 8080);
    put32(tcp + 4, seq);
    put32(tcp + 8, ack);
    tcp[12] = 0x50;
    tcp[13] = flags;
    tcp[14] = 0x7f; /* a window of 32512 */
    memset(tcp + 20, 'x', payload);
    put_sum(tcp + 16, sum(tcp, n, sum(p + 12, 8, 6 + (uint32_t)n)));
    CHECK_EQ(t.netdev_send(t.userdata, p, n + 20), 0);
}

/* The stack's next segment: its flags; *payload, when it came. */
static uint8_t sniff(size_t *payload, long long *when)
{
    static uint8_t p[65536];
    size_t n = sizeof p;

    CHECK_EQ(t.netdev_receive(t.userdata, p, &n, when), 0);
    CHECK_EQ(p[0], 0x45);
    *payload = n - 20 - (size_t)(p[32] >> 4) * 4;
    if ((p[33] & 2) != 0)
        local_isn = get32(p + 24);
    return p[33];
}

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static int listener(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(8080)};
    int fd = t.socket(t.userdata, AF_INET, SOCK_STREAM, IPPROTO_TCP);

    a.sin_addr.s_addr = htonl(0xc0a80001);
    CHECK(fd >= 0);
    CHECK_EQ(t.bind(t.userdata, fd, (struct sockaddr *)&a, sizeof a), 0);
    CHECK_EQ(t.listen(t.userdata, fd, 8), 0);
    return fd;
}

static void handshake(void)
{
    size_t payload;
    long long when;

    inject(SYN, 0, 0, 0);
    CHECK_EQ(sniff(&payload, &when), SYN | ACK);
    inject(ACK, 1, local_isn + 1, 0);
}

static int connection(void)
{
    int fd = listener();

    handshake();
    fd = t.accept(t.userdata, fd, NULL, NULL);
    CHECK(fd >= 0);
    return fd;
}

static bool is_open(int fd)
{
    struct stat s;

    return fstat(fd, &s) == 0;
}

/* A test in a process of its own: its exit status, and what it has said. */
static int status_of(void (*body)(void), char *said, size_t room)
{
    int out[2], status;
    size_t length = 0;
    ssize_t n;
    pid_t pid;

    CHECK_EQ(pipe(out), 0);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        dup2(out[1], STDERR_FILENO);
        body();
        _exit(0);
    }
    (void)close(out[1]);
    while ((n = read(out[0], said + length, room - 1 - length)) > 0)
        length += (size_t)n;
    said[length] = '\0';
    (void)close(out[0]);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void unknown_key(void)
{
    open_library("mtu=1500,sysctls=none");
}

TEST(so, an_unknown_key_ends_the_process_and_names_the_nearest)
{
    char said[256];

    CHECK_EQ(status_of(unknown_key, said, sizeof said), 1);
    CHECK(strstr(said, "unknown key 'sysctls'") != NULL);
    CHECK(strstr(said, "sysctl") != NULL);
}

static void bad_address(void)
{
    open_library("local=192.168.0/16");
}

TEST(so, a_bad_value_ends_the_process)
{
    char said[256];

    CHECK_EQ(status_of(bad_address, said, sizeof said), 1);
    CHECK(strstr(said, "not an address") != NULL);
}

static void nothing_comes(void)
{
    size_t payload;
    long long when;

    open_library(NULL);
    (void)sniff(&payload, &when);
}

TEST(so, waiting_for_what_never_comes_ends_the_process)
{
    char said[256];

    CHECK_EQ(status_of(nothing_comes, said, sizeof said), 1);
    CHECK(strstr(said, "no timer is set") != NULL);
}

TEST(so, the_clock_moves_a_microsecond_a_look_and_as_told)
{
    int64_t before;

    open_library(NULL);
    before = now_us();
    CHECK_EQ(now_us(), before + 1);
    CHECK_EQ(t.usleep(t.userdata, 3000000), 0);
    CHECK_EQ(now_us(), before + 3000002);
    close_library();
}

TEST(so, descriptors_are_the_kernels)
{
    int (*libc_close)(int);
    int fd;

    open_library(NULL);
    fd = t.socket(t.userdata, AF_INET, SOCK_STREAM, 0);
    CHECK(is_open(fd));
    CHECK_EQ(t.close(t.userdata, fd), 0);
    CHECK(!is_open(fd));
    fd = t.socket(t.userdata, AF_INET6, SOCK_STREAM, 0);
    *(void **)&libc_close = dlsym(library, "close");
    CHECK_EQ(libc_close(fd), 0); /* as it is called when the library is preloaded */
    CHECK(!is_open(fd));
    CHECK_EQ(t.listen(t.userdata, fd, 1), -1);
    CHECK_EQ(errno, EBADF);
    close_library();
}

TEST(so, data_both_ways_and_the_end)
{
    char buf[100];
    size_t payload;
    long long when;
    int fd;

    open_library(NULL);
    fd = connection();
    inject(PSH | ACK, 1, local_isn + 1, 50);
    CHECK_EQ(sniff(&payload, &when), ACK);
    CHECK_EQ(t.read(t.userdata, fd, buf, sizeof buf), 50);
    CHECK_EQ(buf[49], 'x');
    CHECK_EQ(t.write(t.userdata, fd, "hello", 5), 5);
    CHECK_EQ(sniff(&payload, &when), PSH | ACK);
    CHECK_EQ(payload, 5);
    inject(ACK, 51, local_isn + 6, 0);
    CHECK_EQ(t.close(t.userdata, fd), 0);
    CHECK_EQ(sniff(&payload, &when), FIN | ACK);
    close_library();
}

TEST(so, a_packet_that_a_timer_sends_comes_at_its_time)
{
    size_t payload;
    long long first, again;
    int fd;

    open_library(NULL);
    fd = connection();
    CHECK_EQ(t.write(t.userdata, fd, "hello", 5), 5);
    (void)sniff(&payload, &first);
    (void)sniff(&payload, &again); /* nobody acknowledges */
    CHECK_EQ(payload, 5);
    CHECK(again - first > 190000 && again - first < 310000);
    CHECK(now_us() >= again);
    close_library();
}

TEST(so, a_call_that_cannot_go_on_says_so)
{
    char buf[10];
    int fd;

    open_library(NULL);
    fd = connection();
    CHECK_EQ(t.recv(t.userdata, fd, buf, sizeof buf, MSG_DONTWAIT), -1);
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(t.fcntl(t.userdata, fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    CHECK_EQ(t.fcntl(t.userdata, fd, F_GETFL), O_RDWR | O_NONBLOCK);
    CHECK_EQ(t.read(t.userdata, fd, buf, sizeof buf), -1);
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(t.write(t.userdata, fd, NULL, 10), -1);
    CHECK_EQ(errno, EFAULT);
    close_library();
}

/* ---- calls that block, on a second thread ---- */

struct blocking {
    int fd, result;
    int64_t began, ended;
    pid_t thread;
};

static void *accept_blocking(void *arg)
{
    struct blocking *b = arg;

    b->began = now_us();
    __atomic_store_n(&b->thread, gettid(), __ATOMIC_SEQ_CST);
    b->result = t.accept(t.userdata, b->fd, NULL, NULL);
    b->ended = now_us();
    return NULL;
}

/* Until the other thread sleeps, which is how packetdrill sees that its call blocks. */
static void wait_for_sleep(const struct blocking *b)
{
    char path[64], text[256], *end = NULL;
    pid_t thread;

    for (int i = 0; i < 10000; i++, usleep(1000)) {
        FILE *f;

        thread = __atomic_load_n(&b->thread, __ATOMIC_SEQ_CST);
        snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
        f = thread != 0 ? fopen(path, "r") : NULL;
        end = f != NULL && fgets(text, sizeof text, f) != NULL ? strrchr(text, ')') : NULL;
        if (f != NULL)
            fclose(f);
        if (end != NULL && end[2] == 'S')
            return;
    }
    test_fail(__FILE__, __LINE__, "the thread does not sleep");
}

TEST(so, a_blocking_accept_returns_when_the_connection_is_there)
{
    struct blocking b = {.thread = 0};
    pthread_t thread;
    int64_t then;

    open_library(NULL);
    b.fd = listener();
    CHECK_EQ(pthread_create(&thread, NULL, accept_blocking, &b), 0);
    wait_for_sleep(&b);
    CHECK_EQ(t.usleep(t.userdata, 100000), 0);
    handshake();
    then = now_us();
    CHECK_EQ(t.usleep(t.userdata, 5000000), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(b.result >= 0);
    CHECK(b.ended - b.began >= 100000);
    CHECK(b.ended <= then); /* time has stood still until it was asked for */
    close_library();
}

TEST(so, a_time_limit_ends_a_blocking_call_in_virtual_time)
{
    struct blocking b = {.thread = 0};
    struct timeval limit = {.tv_sec = 2};
    pthread_t thread;

    open_library(NULL);
    b.fd = listener();
    CHECK_EQ(t.setsockopt(t.userdata, b.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    CHECK_EQ(pthread_create(&thread, NULL, accept_blocking, &b), 0);
    wait_for_sleep(&b);
    CHECK_EQ(t.usleep(t.userdata, 10000000), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(b.result, -1);
    CHECK_EQ(b.ended - b.began, 2000000);
    close_library();
}

/* ---- preloaded ---- */

TEST(so, the_preloaded_getsockopt_gives_all_of_tcp_info)
{
    int (*get)(int, int, int, void *, socklen_t *);
    uint8_t info[400];
    socklen_t n = sizeof info;
    int fd, pair[2], type = 0;

    open_library(NULL);
    *(void **)&get = dlsym(library, "getsockopt");
    fd = connection();
    CHECK_EQ(get(fd, IPPROTO_TCP, TCP_INFO, info, &n), 0);
    CHECK_EQ(n, 280); /* as Linux 6.18's */
    CHECK_EQ(info[0], TCP_ESTABLISHED);
    n = 104;
    CHECK_EQ(get(fd, IPPROTO_TCP, TCP_INFO, info, &n), 0);
    CHECK_EQ(n, 104);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    n = sizeof type;
    CHECK_EQ(get(pair[0], SOL_SOCKET, SO_TYPE, &type, &n), 0); /* the kernel's */
    CHECK_EQ(type, SOCK_STREAM);
    close_library();
}

/* ---- for host tools ---- */

static bool file_has(const char *folder, const char *name, const char *text)
{
    char path[128], all[4096] = "";
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "r");
    CHECK(f != NULL);
    all[fread(all, 1, sizeof all - 1, f)] = '\0';
    fclose(f);
    return strstr(all, text) != NULL;
}

#define FOLDER "/tmp/tarn-so-test.XXXXXX"

static void remove_folder(const char *folder)
{
    char path[128];

    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, (const char *[]){"tcp", "tcp6", "nstat"}[i]);
        CHECK_EQ(unlink(path), 0);
    }
    CHECK_EQ(rmdir(folder), 0);
}

TEST(so, host_tools_find_the_stack_in_files)
{
    char folder[] = FOLDER, flags[64];

    CHECK(mkdtemp(folder) != NULL);
    snprintf(flags, sizeof flags, "state=%s", folder);
    open_library(flags);
    (void)connection();
    CHECK(file_has(folder, "tcp", "0100A8C0:1F90 00000000:0000 0A"));
    CHECK(file_has(folder, "tcp", "0100A8C0:1F90 010200C0:9C40 01"));
    CHECK(file_has(folder, "nstat", "TcpPassiveOpens"));
    CHECK(!file_has(folder, "tcp6", "1F90"));
    remove_folder(folder);
    close_library();
}

TEST(so, host_tools_stop_the_link)
{
    char folder[] = FOLDER, flags[64], path[128];
    size_t payload;
    long long when;
    int64_t before;
    FILE *f;
    int fd;

    CHECK(mkdtemp(folder) != NULL);
    snprintf(flags, sizeof flags, "state=%s", folder);
    snprintf(path, sizeof path, "%s/stopped", folder);
    open_library(flags);
    fd = connection();
    f = fopen(path, "w");
    CHECK(f != NULL);
    fclose(f);
    before = now_us();
    CHECK_EQ(t.write(t.userdata, fd, "hello", 5), 5);
    CHECK_EQ(t.usleep(t.userdata, 100000), 0);
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(t.write(t.userdata, fd, "!", 1), 1);
    (void)sniff(&payload, &when);
    CHECK_EQ(payload, 6);
    CHECK(when - before >= 100000);
    remove_folder(folder);
    close_library();
}

TEST(so, real_time_passes_by_itself)
{
    size_t payload;
    long long first, again;
    int64_t before;
    int fd;

    open_library("clock=real");
    fd = connection();
    before = now_us();
    CHECK_EQ(t.usleep(t.userdata, 20000), 0);
    CHECK(now_us() - before >= 20000);
    CHECK_EQ(t.write(t.userdata, fd, "hello", 5), 5);
    (void)sniff(&payload, &first);
    (void)sniff(&payload, &again);
    CHECK(again - first > 190000);
    CHECK(now_us() >= again);
    close_library();
}
