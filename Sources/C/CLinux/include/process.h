#pragma once
#include <sys/types.h>

/// How a program is to be started.
typedef struct postern_program {
    /// Absolute path of the program.
    const char *path;
    /// Ends with a null pointer; the first is the program's own name.
    char *const *arguments;
    /// Ends with a null pointer: the whole environment.
    char *const *environment;
    /// Where standard output and error go (appended, made with mode 0600 for its user); null: nowhere.
    const char *log;
    /// The user and group to become; -1 to stay who we are. Needs root.
    uid_t user;
    gid_t group;
    /// The signal the program gets when this process ends in whatever way; 0 for none.
    int death_signal;
    /// A descriptor of ours that becomes its descriptor 3; -1 for none.
    int passed;
} postern_program;

/// Where starting a program went wrong.
enum postern_start_step {
    POSTERN_START_FORK = 1, POSTERN_START_LOG, POSTERN_START_GROUP, POSTERN_START_USER, POSTERN_START_DEATH_SIGNAL, POSTERN_START_EXEC, POSTERN_START_PASS,
};

/// Starts a program in a process group of its own, with no descriptor of ours but standard input (/dev/null), output and error, and the one that is passed.
///
/// The fork is made by one thread that lives as long as the process: the kernel sends the death signal when the thread that forked
/// ends, and a thread of a pool may end at any time.
/// - Returns: its process id; or a negated errno, and the step in `step`.
pid_t postern_start(const postern_program *program, int *step);

/// Waits until a child has ended, and leaves it to be reaped, so that its process id is not yet given to another.
/// - Returns: 0, or a negated errno.
int postern_await(pid_t child);

/// Takes an ended child off the process table.
/// - Returns: the exit code 0…255, or 256 + the signal that ended it, or a negated errno.
int postern_reap(pid_t child);

/// Takes an exclusive lock on a file (made if it is not there), held until the descriptor is closed or the process ends.
/// - Returns: the descriptor, or a negated errno (-EWOULDBLOCK when somebody else holds it).
int postern_lock_file(const char *path);
