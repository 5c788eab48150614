#define _GNU_SOURCE
#include "include/packets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int postern_unsealed_file(const unsigned char *octets, size_t count) {
    int file = memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -errno;
    for (size_t at = 0; at < count;) {
        ssize_t written = write(file, octets + at, count - at);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) { int error = written < 0 ? errno : EIO; close(file); return -error; }
        at += (size_t)written;
    }
    return file;
}

int postern_sealed_file(const unsigned char *octets, size_t count) {
    int file = postern_unsealed_file(octets, count);
    if (file < 0) return file;
    if (fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) { int error = errno; close(file); return -error; }
    return file;
}

int postern_packet_pair(int ends[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : -errno;
}

int postern_send_packet(int socket, const void *octets, size_t count, int passed) {
    union { char octets[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } room;
    struct iovec text = { .iov_base = (void *)octets, .iov_len = count };
    struct msghdr packet = { .msg_iov = &text, .msg_iovlen = 1 };
    if (passed >= 0) {
        memset(&room, 0, sizeof room);
        packet.msg_control = room.octets;
        packet.msg_controllen = sizeof room.octets;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&packet);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(rights), &passed, sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(socket, &packet, MSG_NOSIGNAL | MSG_DONTWAIT); while (sent < 0 && errno == EINTR);
    if (sent < 0) return -errno;
    return (size_t)sent == count ? 0 : -EIO;
}

static void keep_two(struct msghdr *packet, int passed[2]) {
    int kept = 0;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(packet); each != NULL; each = CMSG_NXTHDR(packet, each)) {
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t at = 0; at < count; at++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(each) + at * sizeof(int), sizeof(int));
            if (kept < 2) passed[kept++] = descriptor; else close(descriptor);
        }
    }
}

ssize_t postern_receive_packet(int socket, void *octets, size_t room, int passed[2]) {
    union { char octets[CMSG_SPACE(4 * sizeof(int))]; struct cmsghdr align; } rights;
    struct iovec text = { .iov_base = octets, .iov_len = room };
    struct msghdr packet = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = rights.octets, .msg_controllen = sizeof rights.octets };
    passed[0] = passed[1] = -1;
    ssize_t got;
    do got = recvmsg(socket, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC); while (got < 0 && errno == EINTR);
    /* A reset is an end, too. */
    if (got < 0) return errno == ECONNRESET || errno == EPIPE ? 0 : -errno;
    keep_two(&packet, passed);
    if ((packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) return got;
    for (int each = 0; each < 2; each++) if (passed[each] >= 0) { close(passed[each]); passed[each] = -1; }
    return -EMSGSIZE;
}

int postern_bell(void) {
    int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return bell < 0 ? -errno : bell;
}

void postern_ring(int bell) {
    const unsigned long long one = 1;
    ssize_t ignored = write(bell, &one, sizeof one);
    (void)ignored;
}

void postern_hush(int bell) {
    unsigned long long rings;
    ssize_t ignored = read(bell, &rings, sizeof rings);
    (void)ignored;
}

int postern_signal(int process, int signal) {
    return syscall(SYS_pidfd_send_signal, process, signal, NULL, 0) == 0 ? 0 : -errno;
}
