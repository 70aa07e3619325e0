// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// What the rooms need of the system, in plain C types: files, digests, the clock and a few functions of libm. GLib is
// there anyway, under GStreamer; Foundation would add 7 MB to the plugin.

#ifndef FACEANON_PLATFORM_H
#define FACEANON_PLATFORM_H

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/// Opens a file for writing, empty; NULL with errno set where that fails.
static inline FILE *faceanon_open_for_writing(const char *path) { return g_fopen(path, "we"); }

/// The errno of the last failed call of this thread (a macro, so out of Swift's reach).
static inline int faceanon_errno(void) { return errno; }

#endif
