#define _GNU_SOURCE
#include "protocol.h"
#include "sandbox.h"

#if defined(__x86_64__)
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* What strace(1) saw while mails, archives, documents, pictures and programs of every kind at hand were scanned (first four rows), and what
 * the same libraries call beside it: other ways of the C library to the same end, and less memory, time and chance. */
static const int allowed[] = {
    SYS_recvmsg, SYS_sendmsg, SYS_sendto, SYS_munmap, SYS_setitimer, SYS_close, SYS_exit_group,
    SYS_openat, SYS_newfstatat, SYS_read, SYS_pread64, SYS_write, SYS_lseek, SYS_getdents64,
    SYS_mkdir, SYS_chmod, SYS_rmdir, SYS_unlink,
    SYS_brk, SYS_futex, SYS_getpid, SYS_clock_gettime,
    SYS_open, SYS_fstat, SYS_stat, SYS_lstat, SYS_access, SYS_readv, SYS_writev, SYS_pwrite64, SYS_dup, SYS_ftruncate, SYS_unlinkat, SYS_mkdirat, SYS_fchmod, SYS_rename,
    SYS_mremap, SYS_madvise, SYS_gettimeofday, SYS_time, SYS_times, SYS_getrusage, SYS_sysinfo, SYS_getrandom,
    SYS_getuid, SYS_geteuid, SYS_gettid, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_restart_syscall, SYS_sched_yield, SYS_exit,
};

/* Nothing that scans calls these: whoever does is an intruder. */
static const int deadly[] = {
    SYS_execve, SYS_execveat, SYS_fork, SYS_vfork, SYS_clone, SYS_clone3, SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept4,
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kill, SYS_tkill, SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal,
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_keyctl, SYS_add_key,
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_memfd_create, SYS_setuid, SYS_setresuid, SYS_prctl, SYS_seccomp,
};

/* What fcntl(2) may do: it can also have the kernel send signals to others. */
static const int commands[] = { F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC, F_GET_SEALS };

enum { COMMANDS = sizeof commands / sizeof commands[0], ALLOWED = sizeof allowed / sizeof allowed[0], DEADLY = sizeof deadly / sizeof deadly[0], HEAD = 4, TAIL = 7, LENGTH = HEAD + 2 * ALLOWED + 2 * DEADLY + 3 + 2 * COMMANDS + TAIL };

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS_EQUAL(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, skip)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)
#define REFUSE RETURN(SECCOMP_RET_ERRNO | 1 /* EPERM */)

uint32_t sandbox_filter(void) {
    struct sock_filter program[LENGTH];
    unsigned short at = 0;
    const struct sock_filter head[HEAD] = {
        LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS), LOAD(nr),
    };
    for (unsigned each = 0; each < HEAD; each++) program[at++] = head[each];
    for (int each = 0; each < ALLOWED; each++) {
        program[at++] = (struct sock_filter)UNLESS_EQUAL(allowed[each], 1);
        program[at++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    }
    for (int each = 0; each < DEADLY; each++) {
        program[at++] = (struct sock_filter)UNLESS_EQUAL(deadly[each], 1);
        program[at++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
    }
    program[at++] = (struct sock_filter)UNLESS_EQUAL(SYS_fcntl, 2 + 2 * COMMANDS);
    program[at++] = (struct sock_filter)LOAD(args[1]);
    for (int each = 0; each < COMMANDS; each++) {
        program[at++] = (struct sock_filter)UNLESS_EQUAL(commands[each], 1);
        program[at++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    }
    program[at++] = (struct sock_filter)REFUSE;
    /* Memory may be had, but none that can be executed. Every other call, those of the x32 kind among them, is refused. */
    const struct sock_filter tail[TAIL] = {
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 2, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 1, 0), REFUSE,
        LOAD(args[2]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), REFUSE, RETURN(SECCOMP_RET_ALLOW),
    };
    for (unsigned each = 0; each < TAIL; each++) program[at++] = tail[each];
    const struct sock_fprog list = { .len = at, .filter = program };
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &list) == 0 ? SANDBOX_SYSTEM_CALLS : 0;
}
#else
uint32_t sandbox_filter(void) { return 0; }
#endif
