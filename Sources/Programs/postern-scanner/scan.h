#pragma once
#include <clamav.h>
#include <stddef.h>
#include "protocol.h"

/* Has libclamav say afterwards what it found, and nothing to a terminal. Before signatures are compiled. */
void scan_prepare(struct cl_engine *engine);

/* Opens what libclamav would open while it scans, and cannot any more inside the sandbox: the tables of character sets, the time zone. */
void scan_open_tables(void);

/* Scans octets; fills in outcome, name and what is inside. After `limit_ms`, from 1, libclamav stops and says so. */
void scan_octets(struct cl_engine *engine, const void *octets, size_t count, uint32_t limit_ms, struct scan_reply *reply);

/* Whether the EICAR test file is found. A scanner that does not find it would call everything clean. */
int scan_finds_eicar(struct cl_engine *engine);
