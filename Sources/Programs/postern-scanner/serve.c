#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "sandbox.h"
#include "scan.h"
#include "shortage.h"

enum { NO_DESCRIPTOR = -1, SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Descriptors 0, 1 and 2 lead nowhere; the control socket is the only other one that stays. */
static void close_all(void) {
    int nothing = open("/dev/null", O_RDWR);
    for (int each = 0; nothing >= 0 && each < 3; each++) dup2(nothing, each);
    syscall(SYS_close_range, CONTROL_DESCRIPTOR + 1, ~0u, 0);
}

static void say_hello(const struct scanner *scanner, const int *descriptors, uint32_t sandbox) {
    struct hello_message hello = {
        .head = { .kind = KIND_HELLO, .version = PROTOCOL_VERSION, .slot = scanner->slot, .process = getpid() }, .start = scanner->start, .sandbox = sandbox,
    };
    union { char octets[CMSG_SPACE(2 * sizeof(int))]; struct cmsghdr align; } room;
    struct iovec text = { .iov_base = &hello, .iov_len = sizeof hello };
    struct msghdr packet = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = room.octets, .msg_controllen = sizeof room.octets };
    memset(&room, 0, sizeof room);
    struct cmsghdr *rights = CMSG_FIRSTHDR(&packet);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(rights), descriptors, 2 * sizeof(int));
    if (sendmsg(CONTROL_DESCRIPTOR, &packet, MSG_NOSIGNAL) != (ssize_t)sizeof hello) _exit(END_SOCKET);
}

/* One request and the descriptor that comes with it; ends where the owner is gone. */
static int receive(int channel, struct scan_request *request, ssize_t *count) {
    union { char octets[CMSG_SPACE(4 * sizeof(int))]; struct cmsghdr align; } room;
    struct iovec text = { .iov_base = request, .iov_len = sizeof *request };
    struct msghdr packet = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = room.octets, .msg_controllen = sizeof room.octets };
    do *count = recvmsg(channel, &packet, MSG_CMSG_CLOEXEC); while (*count < 0 && errno == EINTR);
    if (*count <= 0) _exit(*count == 0 ? END_DONE : END_SOCKET);
    if ((packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) *count = -1;
    int first = NO_DESCRIPTOR;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(&packet); each != NULL; each = CMSG_NXTHDR(&packet, each)) {
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
        int got[4];
        size_t octets = each->cmsg_len - CMSG_LEN(0);
        if (octets > sizeof got) octets = sizeof got;
        memcpy(got, CMSG_DATA(each), octets);
        for (size_t at = 0; at < octets / sizeof(int); at++) {
            if (first == NO_DESCRIPTOR) first = got[at]; else close(got[at]);
        }
    }
    return first;
}

static void refuse(struct scan_reply *reply, const char *why) {
    reply->outcome = OUTCOME_ERROR;
    snprintf(reply->name, sizeof reply->name, "%s", why);
}

static void exceed(struct scan_reply *reply, const char *which) {
    reply->outcome = OUTCOME_LIMITS_EXCEEDED;
    snprintf(reply->name, sizeof reply->name, "%s", which);
}

/* The seals make the mapping safe: nobody can cut the file short or alter it while it is read. */
static void scan_file(const struct scanner *scanner, int file, uint32_t limit_ms, struct scan_reply *reply) {
    struct stat status;
    int seals = fcntl(file, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS) return refuse(reply, "the memory file is not sealed");
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0) return refuse(reply, "the memory file has no size");
    size_t count = (size_t)status.st_size;
    if (count > scanner->settings->message_octets) return exceed(reply, "MaxMessageSize");
    if (count == 0) { reply->outcome = OUTCOME_CLEAN; return; }
    void *octets = mmap(NULL, count, PROT_READ, MAP_PRIVATE, file, 0);
    if (octets == MAP_FAILED) return exceed(reply, "MaxMemory");
    /* The kernel's timer is for what does not stop; libclamav stops by itself before, and says so. */
    uint64_t own = (uint64_t)limit_ms * 7 / 8, most = scanner->settings->scan_ms;
    scan_octets(scanner->engine, octets, count, (uint32_t)(own < 1 ? 1 : own < most ? own : most), reply);
    munmap(octets, count);
}

static void set_timer(uint32_t ms) {
    const struct itimerval timer = { .it_interval = { 0, 0 }, .it_value = { ms / 1000, ms % 1000 * 1000 } };
    setitimer(ITIMER_REAL, &timer, NULL);
}

static bool send_reply(int channel, struct scan_reply *reply) {
    struct iovec pieces[] = {
        { .iov_base = reply, .iov_len = offsetof(struct scan_reply, inside) },
        { .iov_base = reply->inside, .iov_len = reply->entries * sizeof reply->inside[0] }, { .iov_base = reply->mail, .iov_len = reply->parts * sizeof reply->mail[0] },
    };
    const struct msghdr packet = { .msg_iov = pieces, .msg_iovlen = 3 };
    return sendmsg(channel, &packet, MSG_NOSIGNAL) == (ssize_t)(pieces[0].iov_len + pieces[1].iov_len + pieces[2].iov_len);
}

static void answer(const struct scanner *scanner, int channel) {
    struct scan_request request = { 0, 0, 0 };
    static struct scan_reply reply;
    ssize_t count;
    memset(&reply, 0, offsetof(struct scan_reply, inside));
    int file = receive(channel, &request, &count);
    uint64_t begin = now_us();
    reply.id = request.id;
    if (count != (ssize_t)sizeof request || request.limit_ms == 0 || request.flags != 0) refuse(&reply, "the request is not understood");
    else if (file == NO_DESCRIPTOR) refuse(&reply, "no memory file came with the request");
    else {
        /* SIGALRM is left to its default action: it ends a scan that never ends, whatever state it is in. */
        set_timer(request.limit_ms);
        scan_file(scanner, file, request.limit_ms, &reply);
        set_timer(0);
    }
    if (file != NO_DESCRIPTOR) close(file);
    uint64_t spent = now_us() - begin;
    reply.microseconds = spent > UINT32_MAX ? UINT32_MAX : (uint32_t)spent;
    if (!send_reply(channel, &reply)) _exit(END_DONE);
    /* Its folder is gone or not its own any more: another scanner gets a new one. */
    if (shortage_is_fault()) _exit(END_DONE);
}

_Noreturn void serve(const struct scanner *scanner) {
    char folder[4096];
    int ends[2];
    snprintf(folder, sizeof folder, "%s/%u", scanner->settings->temp, scanner->slot);
    /* A file that grows too large is an error of write(2), and no end. */
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGALRM, SIG_DFL);
    close_all();
    /* Whoever has become another user may write that file only while others may look at it. */
    prctl(PR_SET_DUMPABLE, 1);
    sandbox_end_sooner(200);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) _exit(END_NOT_SERVING);
    int own = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (own < 0) _exit(END_NOT_SERVING);
    uint32_t sandbox = sandbox_inner(scanner->settings, folder, scanner->base_octets, scanner->inherited);
    set_timer((uint32_t)scanner->settings->scan_ms + 1000);
    if (!scan_finds_eicar(scanner->engine)) _exit(END_NO_EICAR);
    set_timer(0);
    const int theirs[2] = { ends[1], own };
    say_hello(scanner, theirs, sandbox);
    close(CONTROL_DESCRIPTOR);
    close(ends[1]);
    close(own);
    *scanner->serves = 1;
    for (uint64_t each = 0; each < scanner->settings->scans; each++) answer(scanner, ends[0]);
    _exit(END_DONE);
}
