#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { MOST_CHILDREN = 64 };

/* What the owner asks for, as `--name value`; all of it has to be there. */
struct settings {
    const char *signatures;            /* --signatures: the folder they lie in */
    const char *temp;                  /* --temp: an empty folder of this program's own */
    uint64_t children;                 /* --children: scanners, 1…64 */
    uint64_t user, group;              /* --user, --group: whom to become when started as root; 0 to stay root */
    uint64_t message_octets;           /* --message-octets: of one message, and of one file inside it */
    uint64_t unpacked_octets;          /* --unpacked-octets: that one message may come to, all files inside it together */
    uint64_t scan_ms;                  /* --scan-ms: after which a scan stops and says so */
    uint64_t memory_octets;            /* --memory-octets: that a scanner may take beside the signatures */
    uint64_t temp_octets;              /* --temp-octets: that a scanner may write */
    uint64_t nesting;                  /* --nesting: archives inside archives */
    uint64_t files;                    /* --files: in one message */
    uint64_t scans;                    /* --scans: after which a scanner is replaced */
    uint64_t poll_ms;                  /* --poll-ms: how often the folder is looked at */
};

/* Reads the arguments. Returns false, with a sentence in `why`, where one is missing, unknown or out of its range. */
bool settings_read(struct settings *settings, int count, char **words, char *why, unsigned long room);
