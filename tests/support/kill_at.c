// SPDX-License-Identifier: Apache-2.0
/* Preloaded into the worker: kills it with SIGKILL before the N-th call that changes the disk. So a
 * test can kill a process at each possible point. A sync changes nothing that survives a killed
 * process, and a write to a pipe or a terminal changes no disk: neither is a point of its own.
 *
 * KILL_AT=N        the number of the call, from 1
 * KILL_SIGNAL=N    uses this signal instead of SIGKILL
 * KILL_COUNT=FILE  instead: writes the number of such calls in a whole run to FILE
 * It affects only the started process, not its children. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static long kill_at, calls;
static int kill_signal = SIGKILL;
static const char* count_file;

__attribute__((constructor)) static void begin(void) {
    const char* at = getenv("KILL_AT");
    if (at) kill_at = atol(at);
    const char* with = getenv("KILL_SIGNAL");
    if (with) kill_signal = atoi(with);
    count_file = getenv("KILL_COUNT");
    unsetenv("LD_PRELOAD");
    unsetenv("KILL_AT");
}

__attribute__((destructor)) static void end(void) {
    if (!count_file) return;
    FILE* out = fopen(count_file, "w");
    if (!out) return;
    fprintf(out, "%ld\n", calls);
    fclose(out);
}

/* SQLite writes the pages of a transaction one after the other, and then unlocks or syncs the file.
 * Before the last page the transaction did not happen, however much of it was written: such a run
 * of writes is one step. */
static int written = -1;  // the file of the run

static void step(void) {
    written = -1;
    if (++calls == kill_at) kill(getpid(), kill_signal);
}
static void step_of_run(int fd) {
    if (written == fd) return;
    step();
    written = fd;
}

static void step_of_sync(void) {
    written = -1;
}
static void step_of_write(int fd) {
    struct stat file;
    if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode)) step();
}

#define REAL_WITH(stepping, type, name, ...)              \
    static type (*real)(__VA_ARGS__);                     \
    if (!real) *(void**)(&real) = dlsym(RTLD_NEXT, name); \
    stepping
#define REAL(type, name, ...) REAL_WITH(step(), type, name, __VA_ARGS__)

int fdatasync(int fd) {
    REAL_WITH(step_of_sync(), int, "fdatasync", int);
    return real(fd);
}
int fsync(int fd) {
    REAL_WITH(step_of_sync(), int, "fsync", int);
    return real(fd);
}
int syncfs(int fd) {
    REAL_WITH(step_of_sync(), int, "syncfs", int);
    return real(fd);
}
int rename(const char* a, const char* b) {
    REAL(int, "rename", const char*, const char*);
    return real(a, b);
}
int renameat(int da, const char* a, int db, const char* b) {
    REAL(int, "renameat", int, const char*, int, const char*);
    return real(da, a, db, b);
}
int unlinkat(int d, const char* a, int f) {
    REAL(int, "unlinkat", int, const char*, int);
    return real(d, a, f);
}
int mkdirat(int d, const char* a, mode_t m) {
    REAL(int, "mkdirat", int, const char*, mode_t);
    return real(d, a, m);
}
int symlinkat(const char* a, int d, const char* b) {
    REAL(int, "symlinkat", const char*, int, const char*);
    return real(a, d, b);
}
int link(const char* a, const char* b) {
    REAL(int, "link", const char*, const char*);
    return real(a, b);
}
int unlink(const char* a) {
    REAL(int, "unlink", const char*);
    return real(a);
}
int rmdir(const char* a) {
    REAL(int, "rmdir", const char*);
    return real(a);
}
int mkdir(const char* a, mode_t m) {
    REAL(int, "mkdir", const char*, mode_t);
    return real(a, m);
}
int symlink(const char* a, const char* b) {
    REAL(int, "symlink", const char*, const char*);
    return real(a, b);
}
ssize_t write(int fd, const void* b, size_t n) {
    REAL_WITH(step_of_write(fd), ssize_t, "write", int, const void*, size_t);
    return real(fd, b, n);
}
ssize_t pwrite(int fd, const void* b, size_t n, off_t o) {
    REAL_WITH(step_of_run(fd), ssize_t, "pwrite", int, const void*, size_t, off_t);
    return real(fd, b, n, o);
}
ssize_t pwrite64(int fd, const void* b, size_t n, off64_t o) {
    REAL_WITH(step_of_run(fd), ssize_t, "pwrite64", int, const void*, size_t, off64_t);
    return real(fd, b, n, o);
}
