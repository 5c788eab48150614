#pragma once
#include <clamav.h>
#include <stdint.h>
#include "protocol.h"
#include "settings.h"

/* The octets of the EICAR test file, made when they are needed: no file of ours shall look like it. */
enum { EICAR_OCTETS = 68 };
void eicar(char *octets);

/* Loads and compiles the signatures of the folder and the built-in one of EICAR. Returns NULL with a sentence in `why` where that fails. */
struct cl_engine *signatures_load(const struct settings *settings, struct started_message *found, char *why, unsigned long room);

/* Watches the folder. `signatures_watch` begins, before they are loaded, so that no change is missed; `signatures_changed` says whether
 * files were added, removed or altered since the last time it said so, or the folder can no longer be read, or can again. */
void signatures_watch(const struct settings *settings);
bool signatures_changed(const struct settings *settings);
