#pragma once
#include <stddef.h>
#include <sys/types.h>

/// Makes a memory file (memfd_create(2)) that holds `count` octets and cannot be altered any more: sealed against shrinking, growing and writing.
/// - Returns: its descriptor, or a negated errno.
int postern_sealed_file(const unsigned char *octets, size_t count);

/// The same without the seals.
int postern_unsealed_file(const unsigned char *octets, size_t count);

/// Makes two connected sockets of packets (SOCK_SEQPACKET).
/// - Returns: 0, or a negated errno.
int postern_packet_pair(int ends[2]);

/// Sends one packet, and a descriptor with it where `passed` is not negative. Never waits.
/// - Returns: 0, or a negated errno.
int postern_send_packet(int socket, const void *octets, size_t count, int passed);

/// Takes one packet of at most `room` octets, and up to two descriptors that came with it; missing ones are -1. Never waits.
/// - Returns: its length; 0 where the other end is gone; or a negated errno, -EAGAIN where nothing has come, -EMSGSIZE where it was longer.
ssize_t postern_receive_packet(int socket, void *octets, size_t room, int passed[2]);

/// Makes a descriptor that is readable after `postern_ring` and until `postern_hush`.
/// - Returns: it, or a negated errno.
int postern_bell(void);
void postern_ring(int bell);
void postern_hush(int bell);

/// Sends a signal to the process that a descriptor stands for (pidfd), whatever has become of its number.
/// - Returns: 0, or a negated errno.
int postern_signal(int process, int signal);
