#pragma once
#include <clamav.h>
#include "protocol.h"
#include "settings.h"

/* How a scanner ends by itself. */
enum serve_end { END_DONE = 0 /* its scans are used up, or its owner is gone */, END_NOT_SERVING = 3, END_NO_EICAR = 4, END_SOCKET = 5 };

/* What a scanner is given when it is forked. */
struct scanner {
    const struct settings *settings;
    struct cl_engine *engine;
    uint64_t base_octets;              /* what the process takes before any scan */
    uint32_t inherited;                /* bits of `enum sandbox` */
    uint16_t slot;
    uint32_t start;                    /* how often the slot was started, this time included */
    volatile uint32_t *serves;         /* set to 1, in memory shared with the master, once it serves */
};

/* Shuts itself in, proves itself, says hello and scans until it ends. */
_Noreturn void serve(const struct scanner *scanner);
