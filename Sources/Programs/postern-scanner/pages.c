#define _GNU_SOURCE
#include "pages.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

enum { MOST_REGIONS = 64, LARGE_PAGE = 2 << 20 };
struct region { uintptr_t first, last; };

/* Private memory of ours that lies in no file, in whole large pages. */
static bool read_region(const char *line, struct region *region) {
    uintptr_t first, last;
    unsigned long inode;
    char rights[5], path[16] = "";
    int fields = sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*x %*x:%*x %lu %15s", &first, &last, rights, &inode, path);
    if (fields < 4 || strcmp(rights, "rw-p") != 0 || inode != 0 || (path[0] != 0 && strcmp(path, "[heap]") != 0)) return false;
    region->first = (first + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    region->last = last / LARGE_PAGE * LARGE_PAGE;
    return region->first < region->last;
}

void pages_enlarge(void) {
    struct region regions[MOST_REGIONS];
    char line[512];
    unsigned count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    if (maps == NULL) return;
    while (count < MOST_REGIONS && fgets(line, sizeof line, maps) != NULL) if (read_region(line, &regions[count])) count++;
    fclose(maps);
    for (unsigned each = 0; each < count; each++) {
        void *begin = (void *)regions[each].first;
        size_t octets = regions[each].last - regions[each].first;
        if (madvise(begin, octets, MADV_HUGEPAGE) != 0) continue;
        /* One after the other, since what was never written to cannot be had and would end it. A kernel that does not know this does it by itself, in time. */
        for (size_t at = 0; at < octets; at += LARGE_PAGE) madvise((char *)begin + at, LARGE_PAGE, MADV_COLLAPSE);
    }
}
