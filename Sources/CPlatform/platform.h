// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// What the rooms need of the system, in plain C types: files, digests, the clock and a few functions of libm. GLib is
// there anyway, under GStreamer; Foundation would add 7 MB to the plugin.

#ifndef FACEANON_PLATFORM_H
#define FACEANON_PLATFORM_H

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/// Nanoseconds of the monotonic clock.
static inline int64_t faceanon_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// The processors this process may use, at least 1.
static inline int faceanon_processor_count(void) { return (int)g_get_num_processors(); }

/// Reads a whole file into memory of its own, to be given back with `faceanon_free`.
/// Returns 0, or the errno of the failure.
static inline int faceanon_read_file(const char *path, unsigned char **bytes, size_t *count) {
    GError *error = NULL;
    gchar *contents = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &contents, &length, &error)) {
        // errno is no longer that of the failure: GLib has translated its message since.
        static const int codes[] = {ENOENT, EACCES, EISDIR, ENOTDIR, ELOOP, ENAMETOOLONG, EMFILE, ENFILE, ENOMEM, EPERM};
        int code = EIO;
        for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
            if (error->domain == G_FILE_ERROR && error->code == (int)g_file_error_from_errno(codes[i])) code = codes[i];
        g_error_free(error);
        return code;
    }
    *bytes = (unsigned char *)contents;
    *count = length;
    return 0;
}

/// Memory for vector loads (64-byte aligned), or NULL; to be given back with `faceanon_free_aligned`.
static inline void *faceanon_allocate_aligned(size_t count) {
    void *memory = NULL;
    return posix_memalign(&memory, 64, count) == 0 ? memory : NULL;
}

static inline void faceanon_free_aligned(void *memory) { free(memory); }

static inline void faceanon_free(void *memory) { g_free(memory); }

/// The SHA-256 of some bytes as 64 hexadecimal digits, to be given back with `faceanon_free`.
static inline char *faceanon_sha256(const unsigned char *bytes, size_t count) {
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, count);
}

/// 1 where a directory of that name exists.
static inline int faceanon_is_directory(const char *path) { return g_file_test(path, G_FILE_TEST_IS_DIR); }

/// The value of an environment variable, or NULL.
static inline const char *faceanon_environment(const char *name) { return g_getenv(name); }

/// The user's data directory of the XDG base directory specification.
static inline const char *faceanon_user_data_directory(void) { return g_get_user_data_dir(); }

/// The system's data directories of the XDG base directory specification, NULL-terminated.
static inline const char *const *faceanon_system_data_directories(void) { return g_get_system_data_dirs(); }

/// The system's sentence for an errno.
static inline const char *faceanon_error_text(int code) { return g_strerror(code); }

/// Opens a file for writing, empty; one that is new can be read by its owner only. Returns the descriptor, or -1 with
/// errno set where that fails. It does not wait: a FIFO that nobody reads is ENXIO.
static inline int faceanon_open_private(const char *path) {
    return g_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
}

/// How long a pipe's reader may take before the next bytes fit, ms: a program that hangs must not hang the stream as well.
#define FACEANON_READER_TIME 10000

/// Writes all bytes; returns 0, or the errno of the failure. A pipe that nobody reads any more is a failure like others,
/// not a signal that ends the process.
static inline int faceanon_write(int descriptor, const char *bytes, size_t count) {
    sigset_t pipe, before, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    int code = 0;
    while (count > 0 && code == 0) {
        const ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EAGAIN) {
            struct pollfd reader = {descriptor, POLLOUT, 0};
            const int ready = poll(&reader, 1, FACEANON_READER_TIME);
            if (ready == 0) code = ETIMEDOUT;
            if (ready < 0 && errno != EINTR) code = errno;
            continue;
        }
        if (written < 0) code = errno;
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
    const struct timespec now = {0, 0};
    if (code == EPIPE && !sigismember(&pending, SIGPIPE)) sigtimedwait(&pipe, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

static inline void faceanon_close(int descriptor) { close(descriptor); }

/// The errno of the last failed call of this thread (a macro, so out of Swift's reach).
static inline int faceanon_errno(void) { return errno; }

#endif
