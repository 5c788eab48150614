#define _GNU_SOURCE
#include "shortage.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "bomb.h"

static const char *found;
static bool broken;

void shortage_begin(void) { found = NULL; broken = false; }
const char *shortage_found(void) { return found; }
bool shortage_is_fault(void) { return broken; }

static void note(void) {
    switch (errno) {
    case ENOMEM: found = "MaxMemory"; break;
    case ENOSPC: case EFBIG: case EDQUOT: found = "MaxTemporaryFiles"; break;
    case EMFILE: case ENFILE: found = "MaxOpenFiles"; break;
    default: break;
    }
}

/* Of what makes or writes a file: any other failure is one, too, and libclamav would go on as if nothing had been there. */
static void note_writing(void) {
    const char *before = found;
    found = NULL;
    note();
    if (found == NULL && errno != EEXIST && errno != EINTR && errno != EAGAIN) broken = true;
    if (found == NULL) found = before;
}

/* Memory. glibc has its own functions under a second name for this use. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

void *malloc(size_t count) {
    void *memory = __libc_malloc(count);
    if (memory == NULL) note();
    return memory;
}

void *calloc(size_t number, size_t count) {
    void *memory = __libc_calloc(number, count);
    if (memory == NULL) note();
    return memory;
}

void *realloc(void *old, size_t count) {
    void *memory = __libc_realloc(old, count);
    if (memory == NULL && count != 0) note();
    return memory;
}

void *mmap64(void *place, size_t count, int rights, int flags, int file, off64_t offset) {
    void *memory = (void *)syscall(SYS_mmap, place, count, rights, flags, file, offset);
    if (memory == MAP_FAILED) note();
    return memory;
}

/* Files. */
static ssize_t noted(ssize_t result) {
    if (result < 0) note_writing();
    return result;
}

static ssize_t too_much(void) { errno = EFBIG; return noted(-1); }

ssize_t write(int file, const void *octets, size_t count) { return bomb_write(count) ? too_much() : noted(syscall(SYS_write, file, octets, count)); }
ssize_t pwrite64(int file, const void *octets, size_t count, off64_t offset) { return bomb_write(count) ? too_much() : noted(syscall(SYS_pwrite64, file, octets, count, offset)); }
ssize_t writev(int file, const struct iovec *pieces, int count) { return noted(syscall(SYS_writev, file, pieces, count)); }
int mkdir(const char *path, mode_t mode) { return (int)noted(syscall(SYS_mkdirat, AT_FDCWD, path, mode)); }

/* That a file is not there says nothing where it was to be read. */
static int opened(long result, int flags) {
    if (result < 0) { if ((flags & (O_CREAT | __O_TMPFILE)) != 0) note_writing(); else note(); }
    return (int)result;
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return opened(syscall(SYS_openat, AT_FDCWD, path, flags, mode), flags);
}

int openat64(int folder, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return opened(syscall(SYS_openat, folder, path, flags, mode), flags);
}

/* What goes through a FILE is written, at the latest, when it is closed. */
int fclose(FILE *file) {
    static int (*next)(FILE *);
    if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, "fclose");
    if (__fwritable(file)) {
        if (fflush(file) != 0) note_writing(); else if (ferror(file)) { errno = ENOSPC; note(); }
    }
    return next(file);
}
