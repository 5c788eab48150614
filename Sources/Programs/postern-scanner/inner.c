#define _GNU_SOURCE
#include "protocol.h"
#include "sandbox.h"

#include <fcntl.h>
#include <ftw.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool limit(int what, uint64_t value) {
    const struct rlimit both = { .rlim_cur = value, .rlim_max = value };
    return setrlimit(what, &both) == 0;
}

static uint32_t set_limits(const struct settings *settings, uint64_t base_octets) {
    /* Over a scanner's whole life; each scan has the kernel's timer besides. */
    uint64_t seconds = settings->scans > 86400 ? 86400 : 60 + settings->scans * (settings->scan_ms / 1000 + 1);
    const struct { int what; uint64_t value; } limits[] = {
        { RLIMIT_AS, base_octets + settings->memory_octets }, { RLIMIT_FSIZE, settings->temp_octets }, { RLIMIT_NOFILE, 256 },
        { RLIMIT_CORE, 0 }, { RLIMIT_NPROC, 0 }, { RLIMIT_CPU, seconds }, { RLIMIT_MEMLOCK, 0 },
    };
    bool all = true;
    for (unsigned each = 0; each < sizeof limits / sizeof limits[0]; each++) {
        if (!limit(limits[each].what, limits[each].value)) all = false;
    }
    return all ? SANDBOX_LIMITS : 0;
}

/* Its sixth version can keep a process from signalling any other that is not shut in with it, and from abstract Unix sockets of others. */
enum { LANDLOCK_WITH_SCOPES = 6, LANDLOCK_SCOPES = 1 << 0 | 1 << 1 };

/* Opening, making and removing files: below the working folder only. Not in the headers of every system that has it, hence the numbers. */
static uint32_t set_landlock(void) {
#if defined(SYS_landlock_create_ruleset)
    struct { uint64_t files, network, scopes; } rules = { 0, 0, 0 };
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return 0;
    const uint64_t files = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR
                         | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG;
    const uint64_t handled = files | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO
                           | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
    bool scopes = version >= LANDLOCK_WITH_SCOPES;
    rules.files = handled;
    rules.scopes = scopes ? LANDLOCK_SCOPES : 0;
    int set = (int)syscall(SYS_landlock_create_ruleset, &rules, scopes ? sizeof rules : sizeof rules.files, 0);
    if (set < 0) return 0;
    struct landlock_path_beneath_attr below = { .allowed_access = files, .parent_fd = open(".", O_PATH | O_CLOEXEC) };
    bool done = below.parent_fd >= 0 && syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &below, 0) == 0
             && syscall(SYS_landlock_restrict_self, set, 0) == 0;
    if (below.parent_fd >= 0) close(below.parent_fd);
    close(set);
    return !done ? 0 : scopes ? SANDBOX_LANDLOCK | SANDBOX_SIGNALS : SANDBOX_LANDLOCK;
#else
    return 0;
#endif
}

static bool drop_capabilities(void) {
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
    struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
    return syscall(SYS_capset, &head, none) == 0 && syscall(SYS_capget, &head, none) == 0
        && (none[0].permitted | none[1].permitted | none[0].effective | none[1].effective) == 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind;
    if (place->level > 0) remove(path);
    return 0;
}

uint32_t sandbox_inner(const struct settings *settings, const char *folder, uint64_t base_octets, uint32_t inherited) {
    uint32_t bits = inherited;
    if (chdir(folder) != 0) _exit(3);
    /* The one before it may have been taken over, and its folder be shut to spoil the next. */
    chmod(".", 0700);
    if (chroot(".") == 0 && chdir("/") == 0) bits |= SANDBOX_ROOT;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) bits |= SANDBOX_NO_NEW_PRIVILEGES;
    bits |= set_landlock();
    if (drop_capabilities()) bits |= SANDBOX_NO_CAPABILITIES;
    if (prctl(PR_SET_DUMPABLE, 0) == 0) bits |= SANDBOX_NOT_DUMPABLE;
    if (getuid() != 0 && geteuid() != 0) bits |= SANDBOX_USER;
    /* What the one before it left behind. */
    nftw(".", remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    bits |= set_limits(settings, base_octets);
    bits |= sandbox_filter();
    return bits;
}
