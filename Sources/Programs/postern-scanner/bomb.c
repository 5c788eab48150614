#define _GNU_SOURCE
#include "bomb.h"

#include <time.h>

/* So much is unpacked of anything; from then on, no more than so many times what is scanned. Honest files come to a fifth of that. */
static const uint64_t unpacked_anyhow = 256 << 20, most_times = 200;
/* libclamav compares every entry of a list of ZIP with all before it; for as long, with at least so many. */
static const uint64_t list_us = 2000000;
enum { MANY_ENTRIES = 1000 };
static const uint64_t hardly_octets = 16 << 20, hardly_us = 500000;

static uint64_t whole, unpacked, written, began, list_began;
static unsigned entries;
static const char *found;

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void bomb_begin(void) {
    whole = unpacked = written = 0;
    began = now_us();
    entries = 0;
    found = NULL;
}

static bool is_too_much(uint64_t sum) {
    if (whole > 0 && sum > unpacked_anyhow && sum / most_times > whole) found = "MaxRatio";
    return found != NULL;
}

bool bomb_file(size_t octets, uint32_t level) {
    entries = 0;
    if (level == 0) whole = octets; else unpacked += octets;
    return is_too_much(unpacked);
}

/* Most of what is unpacked is written before anybody is told of it. */
bool bomb_written(size_t octets) {
    written += octets;
    return is_too_much(written);
}

bool bomb_listed(void) {
    if (entries++ == 0) list_began = now_us();
    /* The clock is asked now and then. */
    if (entries > MANY_ENTRIES && entries % 64 == 0 && now_us() - list_began > list_us) found = "MaxFiles";
    return found != NULL;
}

const char *bomb_found(void) { return found; }

bool bomb_has_hardly_begun(void) { return unpacked <= hardly_octets && now_us() - began <= hardly_us; }
