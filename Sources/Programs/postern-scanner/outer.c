#define _GNU_SOURCE
#include "protocol.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void sandbox_die_with(int parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
}

static bool write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return done;
}

/* Without root, a user namespace gives the right to make the others; inside it we stay who we are. */
static bool enter_user_namespace(void) {
    char line[64];
    unsigned user = geteuid(), group = getegid();
    if (unshare(CLONE_NEWUSER) != 0) return false;
    write_text("/proc/self/setgroups", "deny");
    snprintf(line, sizeof line, "%u %u 1", user, user);
    if (!write_text("/proc/self/uid_map", line)) return false;
    snprintf(line, sizeof line, "%u %u 1", group, group);
    return write_text("/proc/self/gid_map", line);
}

static uint32_t enter_namespaces(void) {
    uint32_t bits = 0;
    if (unshare(CLONE_NEWNET) == 0) bits |= SANDBOX_NETWORK;
    if (unshare(CLONE_NEWIPC | CLONE_NEWUTS) == 0) bits |= SANDBOX_IPC;
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0) bits |= SANDBOX_MOUNTS;
    return bits;
}

void sandbox_end_sooner(int more) {
    char line[32];
    int score = 0;
    FILE *file = fopen("/proc/self/oom_score_adj", "r");
    if (file == NULL) return;
    if (fscanf(file, "%d", &score) != 1) score = 0;
    fclose(file);
    snprintf(line, sizeof line, "%d", score + more > 1000 ? 1000 : score + more);
    write_text("/proc/self/oom_score_adj", line);
}

static bool mount_memory(const char *path, uint64_t octets, unsigned user, unsigned group) {
    char options[160];
    snprintf(options, sizeof options, "mode=0700,size=%llu,nr_inodes=65536,uid=%u,gid=%u", (unsigned long long)octets, user, group);
    return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) == 0;
}

/* Gives a folder away by what was opened and not by its name, behind which somebody may have put another one. */
static bool give(int folder, unsigned user, unsigned group) {
    struct stat status;
    if (fstat(folder, &status) != 0 || (status.st_uid != geteuid() && status.st_uid != user)) return false;
    return geteuid() != 0 || fchown(folder, user, group) == 0;
}

/* One folder for each scanner; all in memory or none. */
static bool make_folders_in_memory(const struct settings *settings, unsigned user, unsigned group) {
    if (!mount_memory(settings->temp, 1 << 20, user, group)) return false;
    for (uint64_t slot = 0; slot < settings->children; slot++) {
        char path[4096];
        int length = snprintf(path, sizeof path, "%s/%llu", settings->temp, (unsigned long long)slot);
        if (length < 0 || length >= (int)sizeof path || mkdir(path, 0700) != 0 || !mount_memory(path, settings->temp_octets, user, group)) return false;
    }
    return true;
}

/* The one around them is given away last: until then nobody but us puts anything there. */
static bool make_folders(const struct settings *settings, unsigned user, unsigned group) {
    enum { FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
    int around = open(settings->temp, FOLDER);
    bool done = around >= 0;
    for (uint64_t slot = 0; done && slot < settings->children; slot++) {
        char name[24];
        snprintf(name, sizeof name, "%llu", (unsigned long long)slot);
        done = mkdirat(around, name, 0700) == 0 || errno == EEXIST;
        int one = done ? openat(around, name, FOLDER) : -1;
        done = one >= 0 && give(one, user, group);
        if (one >= 0) close(one);
    }
    done = done && give(around, user, group);
    if (around >= 0) close(around);
    return done;
}

static bool keep_capability(unsigned one) {
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
    struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
    data[one / 32].effective = data[one / 32].permitted = 1u << (one % 32);
    return syscall(SYS_capset, &head, data) == 0;
}

static bool become(const struct settings *settings, char *why, unsigned long room) {
    gid_t group = (gid_t)settings->group;
    uid_t user = (uid_t)settings->user;
    if (prctl(PR_SET_KEEPCAPS, 1) != 0 || setgroups(1, &group) != 0 || setresgid(group, group, group) != 0 || setresuid(user, user, user) != 0) {
        snprintf(why, room, "it cannot become user %u: %s", user, strerror(errno));
        return false;
    }
    return true;
}

int64_t sandbox_outer(const struct settings *settings, char *why, unsigned long room) {
    bool root = geteuid() == 0, changes = root && settings->user != 0;
    unsigned user = changes ? (unsigned)settings->user : geteuid(), group = changes ? (unsigned)settings->group : getegid();
    pid_t parent = getppid();
    /* While it may. */
    sandbox_end_sooner(100);
    uint32_t bits = root || enter_user_namespace() ? enter_namespaces() : 0;
    if ((bits & SANDBOX_MOUNTS) != 0 && make_folders_in_memory(settings, user, group)) bits |= SANDBOX_TMPFS;
    else if (!make_folders(settings, user, group)) {
        snprintf(why, room, "its temporary folder %s cannot be prepared: %s", settings->temp, strerror(errno));
        return -1;
    }
    if (!root || changes) {
        for (int each = 0; each < 64; each++) if (each != CAP_SYS_CHROOT) prctl(PR_CAPBSET_DROP, each, 0, 0, 0);
    }
    if (changes && !become(settings, why, room)) return -1;
    /* Root that stays root needs its rights to signal and to write; anybody else keeps one, or had none. */
    if (!root || changes) keep_capability(CAP_SYS_CHROOT);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    sandbox_die_with(parent);
    return bits;
}
