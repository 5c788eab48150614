#define _GNU_SOURCE
#include "bomb.h"

#include <time.h>

/* So much is unpacked of anything; from then on, no more than so many times what is scanned. Of 2,297 archives and programs of a Debian system none is one. */
static const uint64_t unpacked_anyhow = 256 << 20, most_times = 200;
/* libclamav compares every entry of a list of ZIP with all before it: of processor time, with at least so many entries. */
static const uint64_t list_us = 3000000;
enum { MANY_ENTRIES = 1000 };

static uint64_t whole, unpacked, written, list_began;
static unsigned entries;
static const char *found;

static uint64_t processor_us(void) {
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (uint64_t)spent.tv_sec * 1000000 + (uint64_t)spent.tv_nsec / 1000;
}

void bomb_begin(void) {
    whole = unpacked = written = 0;
    entries = 0;
    found = NULL;
}

static bool is_too_much(uint64_t sum) {
    if (found == NULL && whole > 0 && sum > unpacked_anyhow && sum / most_times > whole) found = "MaxRatio";
    return found != NULL;
}

bool bomb_file(size_t octets, uint32_t level) {
    entries = 0;
    if (level == 0) whole = octets; else unpacked += octets;
    return is_too_much(unpacked);
}

/* Most of what is unpacked is written before anybody is told of it. */
bool bomb_write(size_t octets) {
    written += octets;
    return is_too_much(written);
}

bool bomb_listed(void) {
    if (entries++ == 0) list_began = processor_us();
    /* The clock is asked now and then. */
    if (found == NULL && entries > MANY_ENTRIES && entries % 64 == 0 && processor_us() - list_began > list_us) found = "MaxFiles";
    return found != NULL;
}

const char *bomb_found(void) { return found; }
