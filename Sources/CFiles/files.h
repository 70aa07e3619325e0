// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// What the program's files need of Linux and Swift's importer cannot read: flags that are macros, calls with a varying
// number of arguments. Each returns what the call returns, with errno set.
#ifndef FACEANON_FILES_H
#define FACEANON_FILES_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <termios.h>
#include <unistd.h>

// linux/fcntl.h and linux/fs.h; glibc shows them under _GNU_SOURCE only.
#define FILES_TMPFILE (020000000 | O_DIRECTORY)
#define FILES_PATH 010000000
#define FILES_RENAME_NOREPLACE 1
#define FILES_RENAME_EXCHANGE 2

/// Opens a file to read it. It does not wait: not for the writer of a FIFO, not for a device.
static inline int files_open_to_read(const char *path) {
    return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/// Opens a folder, to work in it whatever becomes of its name. One that may not be read can still be written to.
static inline int files_open_folder(const char *path) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder >= 0 || errno != EACCES ? folder : open(path, FILES_PATH | O_DIRECTORY | O_CLOEXEC);
}

/// A new file in a folder, without a name, that its owner alone may read.
static inline int files_open_unnamed(int folder) {
    return openat(folder, ".", FILES_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/// A new file of that name, which must not exist in any form, be it a link that leads nowhere.
static inline int files_open_new(int folder, const char *name) {
    return openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static inline int files_rename(int folder, const char *from, const char *to, unsigned flags) {
    return (int)syscall(SYS_renameat2, folder, from, folder, to, flags);
}

/// Gives a file that has no name a name, which must not exist.
static inline int files_link_descriptor(int descriptor, int folder, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return linkat(AT_FDCWD, path, folder, name, AT_SYMLINK_FOLLOW);
}

static inline const char *files_entry_name(const struct dirent *entry) { return entry->d_name; }

static inline int files_pipe(int ends[2]) {
    if (pipe(ends) != 0) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

static inline int files_set_nonblocking(int descriptor) {
    return fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

/// A copy of a descriptor, out of the way of those that libraries write to.
static inline int files_keep_descriptor(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 10); }

/// Ends this process as soon as the one that has started it ends. Returns whether that one is still there.
static inline int files_die_with_parent(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return getppid() == parent;
}

static inline int files_is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// The columns of a terminal, or 0 where that is unknown.
static inline int files_terminal_columns(int descriptor) {
    struct winsize size = {0};
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

#endif
