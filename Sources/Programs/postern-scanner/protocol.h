#pragma once
#include <stddef.h>
#include <stdint.h>

/* What postern-scanner and its owner say to each other.
 *
 * All sockets are Unix sockets of the kind SOCK_SEQPACKET: one packet is one message, an end of file means that the other side is gone.
 * Numbers are in the machine's own byte order, times are seconds since 1970, texts end with a zero octet and are filled up with zeros.
 *
 * The control socket is descriptor 3 of postern-scanner. It says `started` once, `hello` for each scanner that begins to serve,
 * `ended` for each that is gone, `changed` when files of the signatures were added, removed or altered or their folder cannot be read any
 * more, or `failed` as its last word.
 * The owner says nothing there; when it closes the socket, everything ends.
 *
 * Each scanner has a socket of its own, which comes with its `hello`. The owner sends one `scan_request` with one memory file and waits
 * for the `scan_reply` before it sends the next. A scanner that has served its number of scans, or whose socket is closed, ends.
 */

enum { PROTOCOL_VERSION = 3, CONTROL_DESCRIPTOR = 3 };

enum control_kind { KIND_STARTED = 1, KIND_HELLO = 2, KIND_ENDED = 3, KIND_CHANGED = 4, KIND_FAILED = 5 };

/* What a scanner has given up, as it found it when it was done; a bit that is not set was not to be had on this machine. */
enum sandbox {
    SANDBOX_USER = 1 << 0,             /* it is not root, inside or outside */
    SANDBOX_NO_NEW_PRIVILEGES = 1 << 1,
    SANDBOX_SYSTEM_CALLS = 1 << 2,     /* only those of a list are allowed */
    SANDBOX_NETWORK = 1 << 3,          /* no network but a loopback that is down */
    SANDBOX_MOUNTS = 1 << 4,           /* mounts of its own */
    SANDBOX_IPC = 1 << 5,              /* System V IPC and the host's name are its own */
    SANDBOX_TMPFS = 1 << 6,            /* its temporary folder is in memory, bounded and its own */
    SANDBOX_ROOT = 1 << 7,             /* it sees no file outside its temporary folder */
    SANDBOX_LANDLOCK = 1 << 8,         /* the kernel lets it open no file outside its temporary folder */
    SANDBOX_LIMITS = 1 << 9,           /* memory, size of a file, descriptors, processes, processor time */
    SANDBOX_NOT_DUMPABLE = 1 << 10,
    SANDBOX_NO_CAPABILITIES = 1 << 11,
    SANDBOX_SIGNALS = 1 << 12,         /* the kernel lets it signal no other process (landlock, from Linux 6.12) */
};

/* Offset 0 of every message on the control socket. */
struct control_head {
    uint8_t kind;                      /* 0: a control_kind */
    uint8_t version;                   /* 1: PROTOCOL_VERSION */
    uint16_t slot;                     /* 2: which scanner, 0… */
    int32_t process;                   /* 4: its process id; 0 where none is meant */
};

/* The signatures are loaded. */
struct started_message {
    struct control_head head;          /* 0: KIND_STARTED */
    uint32_t signatures;               /* 8: how many, the built-in one included */
    uint32_t built_in_only;            /* 12: 1 where the folder had none */
    int64_t newest_file;               /* 16: when the newest file of signatures was altered; 0 without one */
    int64_t daily_made;                /* 24: when the daily database was made; 0 without one */
    uint32_t daily_version;            /* 32 */
    uint32_t main_version;             /* 36 */
    char library[32];                  /* 40: libclamav's version */
};

/* A scanner has found the EICAR test file inside its sandbox, and serves. With it come two descriptors: its socket, and a descriptor of its process (pidfd). */
struct hello_message {
    struct control_head head;          /* 0: KIND_HELLO */
    uint32_t start;                    /* 8: how often this slot has been started, 1… */
    uint32_t sandbox;                  /* 12: bits of `enum sandbox` */
};

struct ended_message {
    struct control_head head;          /* 0: KIND_ENDED */
    int32_t status;                    /* 8: the exit code, or 256 + the signal that ended it */
    uint32_t next_start_ms;            /* 12: when its slot is started again */
};

struct changed_message { struct control_head head; };

struct failed_message {
    struct control_head head;          /* 0: KIND_FAILED */
    char why[248];                     /* 8 */
};

/* With it comes one descriptor: a memory file (memfd_create(2)) with the seals SHRINK, GROW and WRITE. */
struct scan_request {
    uint64_t id;                       /* 0: comes back in the reply */
    uint32_t limit_ms;                 /* 8: after this time, at least 1, the scanner is ended by the kernel */
    uint32_t flags;                    /* 12: 0 */
};

enum scan_outcome {
    OUTCOME_CLEAN = 0,
    OUTCOME_INFECTED = 1,              /* name: the signature's */
    OUTCOME_LIMITS_EXCEEDED = 2,       /* name: libclamav's limit, or MaxMessageSize, MaxMemory, MaxTemporaryFiles, MaxOpenFiles, MaxRatio, or what it did not open, as `rar not opened` */
    OUTCOME_ENCRYPTED = 3,             /* name: of what kind */
    OUTCOME_SUSPICIOUS = 4,            /* name: the heuristic's */
    OUTCOME_ERROR = 5,                 /* name: what went wrong; nothing is known of the message */
};

/* What a file in another one is, by its octets. */
enum content {
    CONTENT_OTHER = 0,
    CONTENT_PROGRAM = 1,
    CONTENT_SCRIPT = 2,                /* one that is made unreadable; others are text */
    CONTENT_SHORTCUT = 3,
    CONTENT_ARCHIVE = 4,               /* of several files, or a disk */
    CONTENT_COMPRESSED = 5,            /* one file */
};

enum { INSIDE_ENTRIES = 255, INSIDE_NAME = 88, INSIDE_ENCRYPTED = 1 << 0 };
enum { PARTS_OF_MAIL = 512 };

struct inside_entry {
    uint8_t content;                   /* 0: a content */
    uint8_t flags;                     /* 1: INSIDE_ENCRYPTED: its archive lists it, and nobody can look into it */
    uint16_t depth;                    /* 2: archives around it */
    uint16_t part;                     /* 4: in which part of a mail it is, 1…; 0 in none, or in one beyond PARTS_OF_MAIL */
    uint8_t reserved[2];               /* 6: 0 */
    char name[INSIDE_NAME];            /* 8: as its archive has it, the last 87 octets, without control characters; empty where it has none */
};

/* A part of a mail as libclamav has decoded it. */
struct part_of_mail { uint8_t sha256[32]; };

enum { OTHER_FINDS = 2 };

/* What else a scan came to, where that is several things: of the outcomes `limits_exceeded`, `suspicious` and `encrypted` each that is milder than the reply's. */
struct other_find {
    uint8_t outcome;                   /* 0: a scan_outcome; OUTCOME_CLEAN where there is none */
    char name[63];                     /* 1: likewise */
};

/* In a packet there are as many entries and parts as it says, and no gap between them. */
struct scan_reply {
    uint64_t id;                       /* 0 */
    uint32_t microseconds;             /* 8: from the request's arrival to now */
    uint8_t outcome;                   /* 12: a scan_outcome, the gravest */
    uint8_t entries;                   /* 13: how many there are */
    uint16_t left_out;                 /* 14: files beyond those, at most 65535 */
    char name[108];                    /* 16: visible ASCII */
    uint16_t parts;                    /* 124: how many parts there are, at most PARTS_OF_MAIL; those beyond are left out */
    uint16_t reserved;                 /* 126: 0 */
    struct other_find others[OTHER_FINDS];        /* 128 */
    struct inside_entry inside[INSIDE_ENTRIES];   /* 256: files in archives, and programs in other files, in the order in which they were found */
    struct part_of_mail mail[PARTS_OF_MAIL];      /* behind the last entry, in the order in which they were found; looked through only where the outcome is clean */
};

_Static_assert(sizeof(struct control_head) == 8 && sizeof(struct started_message) == 72 && sizeof(struct hello_message) == 16, "");
_Static_assert(sizeof(struct ended_message) == 16 && sizeof(struct failed_message) == 256, "");
_Static_assert(sizeof(struct scan_request) == 16 && sizeof(struct inside_entry) == 96 && sizeof(struct other_find) == 64 && offsetof(struct scan_reply, inside) == 256 && sizeof(struct part_of_mail) == 32, "");
