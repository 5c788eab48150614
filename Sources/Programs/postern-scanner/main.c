/* postern-scanner: loads the signatures once, forks scanners that share them, and replaces those that end. See protocol.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "protocol.h"
#include "pages.h"
#include "sandbox.h"
#include "scan.h"
#include "serve.h"
#include "settings.h"
#include "signatures.h"

/* A slot whose scanners end before they serve is started again after 20 ms, and after twice as long each further time, up to this. */
enum { FIRST_PAUSE_MS = 20, LONGEST_PAUSE_MS = 10000 };

struct slot { pid_t process; uint32_t starts, failures; uint64_t start_at; };

static struct settings settings;
static struct slot slots[MOST_CHILDREN];
static struct scanner common;
static volatile uint32_t *serves;
static sigset_t signals_before;

static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The owner reads all the time; where it does not, it gets no more. */
static void say(const void *message, size_t count) {
    ssize_t sent = send(CONTROL_DESCRIPTOR, message, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent;
}

static struct control_head head(enum control_kind kind, unsigned slot, pid_t process) {
    return (struct control_head){ .kind = (uint8_t)kind, .version = PROTOCOL_VERSION, .slot = (uint16_t)slot, .process = process };
}

static int fail(const char *why) {
    struct failed_message failed;
    memset(&failed, 0, sizeof failed);
    failed.head = head(KIND_FAILED, 0, 0);
    snprintf(failed.why, sizeof failed.why, "%s", why);
    say(&failed, sizeof failed);
    fprintf(stderr, "postern-scanner: %s\n", why);
    return 1;
}

static uint64_t octets_taken(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL) {
        if (fscanf(file, "%lu", &pages) != 1) pages = 0;
        fclose(file);
    }
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void start(unsigned which) {
    struct slot *slot = &slots[which];
    pid_t master = getpid();
    serves[which] = 0;
    slot->starts++;
    pid_t child = fork();
    if (child == 0) {
        sandbox_die_with(master);
        sigprocmask(SIG_SETMASK, &signals_before, NULL);
        struct scanner own = common;
        own.slot = (uint16_t)which;
        own.start = slot->starts;
        own.serves = &serves[which];
        serve(&own);
    }
    if (child < 0) {
        slot->failures++;
        slot->start_at = now_ms() + LONGEST_PAUSE_MS / 10;
        return;
    }
    slot->process = child;
}

/* Whoever served and ended had a reason that came from outside, and is replaced at once; a message may end a scanner at any time, and
 * waiting would only let it keep others from being scanned. Whoever never served will probably not serve the next time. */
static void ended(unsigned which, int status, bool served) {
    struct slot *slot = &slots[which];
    uint64_t pause = 0;
    slot->failures = served ? 0 : slot->failures + 1;
    if (!served) {
        pause = slot->failures > 10 ? LONGEST_PAUSE_MS : (uint64_t)FIRST_PAUSE_MS << (slot->failures - 1);
        if (pause > LONGEST_PAUSE_MS) pause = LONGEST_PAUSE_MS;
    }
    struct ended_message message = {
        .head = head(KIND_ENDED, which, slot->process), .status = WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status), .next_start_ms = (uint32_t)pause,
    };
    say(&message, sizeof message);
    slot->process = 0;
    slot->start_at = now_ms() + pause;
}

static void reap(void) {
    int status;
    pid_t child;
    while ((child = waitpid(-1, &status, WNOHANG)) > 0) {
        for (unsigned each = 0; each < settings.children; each++) if (slots[each].process == child) ended(each, status, serves[each] != 0);
    }
}

static void end_all(void) {
    for (unsigned each = 0; each < settings.children; each++) if (slots[each].process > 0) kill(slots[each].process, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {}
}

static int until_next_start(uint64_t poll_at) {
    uint64_t now = now_ms(), next = poll_at;
    for (unsigned each = 0; each < settings.children; each++) {
        if (slots[each].process == 0 && slots[each].start_at < next) next = slots[each].start_at;
    }
    return next <= now ? 0 : next - now > 1000000 ? 1000000 : (int)(next - now);
}

/* Until the owner closes its socket, or says by a signal that it is enough. */
static void watch(int signals) {
    uint64_t poll_at = now_ms() + settings.poll_ms;
    for (;;) {
        for (unsigned each = 0; each < settings.children; each++) {
            if (slots[each].process == 0 && slots[each].start_at <= now_ms()) start(each);
        }
        struct pollfd both[2] = { { .fd = CONTROL_DESCRIPTOR, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
        int ready = poll(both, 2, until_next_start(poll_at));
        if (ready < 0 && errno != EINTR) return;
        if (ready > 0 && both[0].revents != 0) return;
        if (ready > 0 && both[1].revents != 0) {
            struct signalfd_siginfo which;
            if (read(signals, &which, sizeof which) == (ssize_t)sizeof which && which.ssi_signo != SIGCHLD) return;
        }
        reap();
        if (now_ms() < poll_at) continue;
        poll_at = now_ms() + settings.poll_ms;
        const struct changed_message changed = { head(KIND_CHANGED, 0, 0) };
        if (signatures_changed(&settings)) say(&changed, sizeof changed);
    }
}

int main(int count, char **words) {
    char why[248] = "";
    sigset_t mine;
    sigemptyset(&mine);
    sigaddset(&mine, SIGCHLD);
    sigaddset(&mine, SIGTERM);
    sigaddset(&mine, SIGINT);
    sigprocmask(SIG_BLOCK, &mine, &signals_before);
    umask(0077);
    if (!settings_read(&settings, count, words, why, sizeof why)) return fail(why);
    int64_t inherited = sandbox_outer(&settings, why, sizeof why);
    if (inherited < 0) return fail(why);

    struct started_message started;
    memset(&started, 0, sizeof started);
    started.head = head(KIND_STARTED, 0, getpid());
    signatures_watch(&settings);
    struct cl_engine *engine = signatures_load(&settings, &started, why, sizeof why);
    if (engine == NULL) return fail(why);
    pages_enlarge();
    scan_prepare(engine);
    scan_open_tables();
    /* A first scan loads what libraries load when they are first used; and where it fails, no scanner would serve. */
    if (chdir(settings.temp) != 0 || !scan_finds_eicar(engine)) return fail("the EICAR test file is not found with these signatures");
    serves = mmap(NULL, MOST_CHILDREN * sizeof *serves, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int signals = signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK);
    if (serves == MAP_FAILED || signals < 0) return fail(strerror(errno));
    common = (struct scanner){ .settings = &settings, .engine = engine, .base_octets = octets_taken(), .inherited = (uint32_t)inherited };
    say(&started, sizeof started);
    watch(signals);
    end_all();
    return 0;
}
