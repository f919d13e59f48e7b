/* Behaviours of calls that a signal meets, with and without SA_RESTART. */
#include "conf.h"

#include <sys/time.h>
#include <sys/wait.h>

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
    (void)sig;
    alarms++;
}

/* One SIGALRM after 100 ms. */
static void alarm_soon(int flags)
{
    struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = flags};
    struct itimerval once = {.it_value.tv_usec = 100000};

    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &once, NULL);
}

/* A child that dials `port` after the alarm has rung. */
static void dial_later(uint16_t port)
{
    if (fork() == 0) {
        signal(SIGALRM, SIG_IGN);
        pause_ms(300);
        peer_dial(port, "send 3; drain");
        _exit(0);
    }
}

static void accept_interrupted(void)
{
    uint16_t port;
    int fd = listener(0, &port);

    alarm_soon(0);
    say_rc("accept", accept(fd, NULL, NULL));
    say("alarms=%d", (int)alarms);
    dial_later(port);
    say_stream(accept(fd, NULL, NULL), 3, 1);
}

static void accept_restarted(void)
{
    uint16_t port;
    int fd = listener(0, &port);

    dial_later(port);
    alarm_soon(SA_RESTART);
    say_stream(accept(fd, NULL, NULL), 3, 1);
    say("alarms=%d", (int)alarms);
}

static void connect_interrupted(void)
{
    int fd = tcp_socket();

    alarm_soon(0);
    say_rc("connect", join(fd, at(conf.black_hole, 9)));
    say("alarms=%d", (int)alarms);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    say_rc("again", join(fd, at(conf.black_hole, 9)));
    say_bits("poll", bits_of(fd));
}

static void connect_restarted(void)
{
    int fd = tcp_socket();

    set_int(fd, IPPROTO_TCP, TCP_SYNCNT, 1);
    alarm_soon(SA_RESTART);
    say_rc("connect", join(fd, at(conf.black_hole, 9)));
    say("alarms=%d", (int)alarms);
}

static void read_interrupted(void)
{
    int fd = peer_open("drain");
    char c;

    alarm_soon(0);
    say_rc("read", read(fd, &c, 1));
    say("alarms=%d", (int)alarms);
}

static void read_restarted(void)
{
    int fd = peer_open("sleep 300; send 3; drain");
    char buf[8];

    alarm_soon(SA_RESTART);
    say_rc("read", recv(fd, buf, 3, MSG_WAITALL));
    say("alarms=%d", (int)alarms);
}

static void recvmsg_interrupted(void)
{
    int fd = peer_open("drain");
    char c;
    struct iovec iov = {&c, 1};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

    alarm_soon(0);
    say_rc("recvmsg", recvmsg(fd, &m, 0));
    say("alarms=%d", (int)alarms);
}

static void udp_interrupted(void)
{
    struct name from;
    socklen_t len = sizeof(from.six);
    int fd = udp_socket();
    char c;

    bind_at(fd, conf.self, 0);
    alarm_soon(0);
    say_rc("recvfrom", recvfrom(fd, &c, 1, 0, &from.any, &len));
    say("alarms=%d", (int)alarms);
}

static void udp_restarted(void)
{
    struct name self;
    socklen_t len = sizeof(self.six);
    int fd = udp_socket();
    char buf[8];

    bind_at(fd, conf.self, 0);
    self = own_name(fd);
    if (fork() == 0) {
        pause_ms(300);
        sendto(udp_socket(), "abc", 3, 0, &self.any, self.len);
        _exit(0);
    }
    alarm_soon(SA_RESTART);
    say_rc("recvfrom", recvfrom(fd, buf, 8, 0, &self.any, &len));
    say("alarms=%d", (int)alarms);
}

static void write_interrupted(void)
{
    int fd = peer_open("wait never");
    static char buf[1 << 20];
    ssize_t n = 1;

    alarm_soon(0);
    while (alarms == 0 && n > 0)
        n = write(fd, buf, sizeof(buf));
    say("alarms=%d partial=%d", (int)alarms, n < (ssize_t)sizeof(buf));
}

static void poll_interrupted(void)
{
    struct pollfd p = {.fd = peer_open("drain"), .events = POLLIN};

    alarm_soon(SA_RESTART);
    say_rc("poll", poll(&p, 1, 5000));
}

/* Signals rain while sockets are made, used and closed: no call may fail or lose a socket. */
static void rain(void)
{
    struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct itimerval often = {.it_value.tv_usec = 500, .it_interval.tv_usec = 500};
    int good = 0;
    int first = dup(0);

    close(first);
    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < 200; i++) {
        int fd = socket(conf.family, SOCK_STREAM, 0);
        char c;

        if (fd == first && join(fd, conf.peer) == 0 && write(fd, "send 1\n", 7) == 7 &&
            read(fd, &c, 1) == 1)
            good++;
        close(fd);
    }
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    say("good=%d of 200", good);
}

static void kill_blocked(void)
{
    uint16_t port;
    int fd = listener(0, &port);
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        accept(fd, NULL, NULL);
        _exit(0);
    }
    pause_ms(100);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    say("killed=%d", WIFSIGNALED(status));
    peer_dial(port, "send 3; drain");
    say_stream(accept(fd, NULL, NULL), 3, 1);
}

const struct behaviour signal_table[] = {
    {"signal_accept_interrupted", accept_interrupted},
    {"signal_accept_restarted", accept_restarted},
    {"signal_connect_interrupted", connect_interrupted},
    {"signal_connect_restarted", connect_restarted},
    {"signal_read_interrupted", read_interrupted},
    {"signal_read_restarted", read_restarted},
    {"signal_recvmsg_interrupted", recvmsg_interrupted},
    {"signal_udp_interrupted", udp_interrupted},
    {"signal_udp_restarted", udp_restarted},
    {"signal_write_interrupted", write_interrupted},
    {"signal_poll_interrupted", poll_interrupted},
    {"signal_rain", rain},
    {"signal_kill_blocked", kill_blocked},
    {NULL, NULL},
};
