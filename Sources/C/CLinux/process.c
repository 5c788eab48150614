#define _GNU_SOURCE
#include "include/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct report { int step, error; };

/* In the child from here: only async-signal-safe calls, since other threads may have held any lock at the fork. */

static void fail(int out, int step) {
    struct report report = { step, errno };
    ssize_t ignored = write(out, &report, sizeof report);
    (void)ignored;
    _exit(127);
}

static void hide_descriptors(int highest) {
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    for (int each = 3; each < highest; each++) fcntl(each, F_SETFD, FD_CLOEXEC);
}

/* Descriptor 3 may be the one on which we report: then that moves away first. */
static int pass(int passed, int out) {
    if (out == 3) {
        out = fcntl(out, F_DUPFD_CLOEXEC, 4);
        if (out < 0) _exit(127);
    }
    if (passed == 3 ? fcntl(3, F_SETFD, 0) != 0 : dup2(passed, 3) < 0) fail(out, POSTERN_START_PASS);
    return out;
}

static void become(const postern_program *program, pid_t parent, int log, int out, int highest) {
    sigset_t none;
    sigemptyset(&none);
    for (int each = 1; each < NSIG; each++) signal(each, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);

    setpgid(0, 0);
    int nothing = open("/dev/null", O_RDWR);
    if (nothing < 0 || dup2(nothing, 0) < 0) fail(out, POSTERN_START_LOG);
    if (dup2(log >= 0 ? log : nothing, 1) < 0 || dup2(log >= 0 ? log : nothing, 2) < 0) fail(out, POSTERN_START_LOG);
    hide_descriptors(highest);
    if (program->passed >= 0) out = pass(program->passed, out);

    if (program->group != (gid_t)-1) {
        if (setgroups(1, &program->group) != 0 || setresgid(program->group, program->group, program->group) != 0) fail(out, POSTERN_START_GROUP);
    }
    if (program->user != (uid_t)-1) {
        if (setresuid(program->user, program->user, program->user) != 0) fail(out, POSTERN_START_USER);
    }
    /* After the change of user, which clears it. */
    if (program->death_signal != 0) {
        if (prctl(PR_SET_PDEATHSIG, program->death_signal) != 0) fail(out, POSTERN_START_DEATH_SIGNAL);
        if (getppid() != parent) _exit(127);
    }
    if (chdir("/") != 0) fail(out, POSTERN_START_EXEC);
    umask(0077);
    execve(program->path, program->arguments, program->environment);
    fail(out, POSTERN_START_EXEC);
}

/* In the thread that forks. */

static pid_t start_now(const postern_program *program, int *step) {
    int ends[2], log = -1;
    *step = POSTERN_START_LOG;
    if (program->log != NULL) {
        log = open(program->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (log < 0) return -errno;
        if (program->user != (uid_t)-1 && fchown(log, program->user, program->group) != 0) { int e = errno; close(log); return -e; }
    }
    *step = POSTERN_START_FORK;
    if (pipe2(ends, O_CLOEXEC) != 0) { int e = errno; if (log >= 0) close(log); return -e; }
    long limit = sysconf(_SC_OPEN_MAX);
    int highest = limit > 0 && limit < 65536 ? (int)limit : 65536;
    pid_t parent = getpid();

    /* No signal handler of ours may run in the child. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) become(program, parent, log, ends[1], highest);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    close(ends[1]);
    if (log >= 0) close(log);
    if (child < 0) { close(ends[0]); return -error; }

    struct report report;
    ssize_t got;
    do got = read(ends[0], &report, sizeof report); while (got < 0 && errno == EINTR);
    close(ends[0]);
    if (got == (ssize_t)sizeof report) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        *step = report.step;
        return report.error > 0 ? -report.error : -EINVAL;
    }
    *step = 0;
    return child;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct { const postern_program *program; int *step; pid_t child; enum { FREE, ASKED, DONE } state; } desk;
static int thread_error;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *starter(void *unused) {
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (desk.state != ASKED) pthread_cond_wait(&changed, &lock);
        desk.child = start_now(desk.program, desk.step);
        desk.state = DONE;
        pthread_cond_broadcast(&changed);
    }
    return NULL;
}

static void make_thread(void) {
    pthread_t thread;
    thread_error = pthread_create(&thread, NULL, starter, NULL);
    if (thread_error == 0) pthread_detach(thread);
}

pid_t postern_start(const postern_program *program, int *step) {
    pthread_once(&once, make_thread);
    *step = POSTERN_START_FORK;
    if (thread_error != 0) return -thread_error;
    pthread_mutex_lock(&lock);
    while (desk.state != FREE) pthread_cond_wait(&changed, &lock);
    desk.program = program;
    desk.step = step;
    desk.state = ASKED;
    pthread_cond_broadcast(&changed);
    while (desk.state != DONE || desk.program != program) pthread_cond_wait(&changed, &lock);
    pid_t child = desk.child;
    desk.state = FREE;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return child;
}

int postern_await(pid_t child) {
    siginfo_t info;
    while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) != 0) if (errno != EINTR) return -errno;
    return 0;
}

int postern_reap(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0) if (errno != EINTR) return -errno;
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

int postern_lock_file(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) { int e = errno; close(fd); return -e; }
    return fd;
}
