#pragma once
#include <clamav.h>
#include "protocol.h"

/* Gathers what the files in a file are, while libclamav unpacks them. */
struct inside;

/* Has libclamav tell of every file that it finds inside others. Before signatures are compiled; `of_context` finds what `inside_begin` returned in a scan's context. */
void inside_prepare(struct cl_engine *engine, struct inside *(*of_context)(void *context));

/* Forgets what earlier scans found. There is one for each process, which scans one message at a time. */
struct inside *inside_begin(void);

/* Puts what was found into a reply. */
void inside_tell(const struct inside *inside, struct scan_reply *reply);
