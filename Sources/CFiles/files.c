// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

_Static_assert(FILES_RENAME_NOREPLACE == RENAME_NOREPLACE && FILES_RENAME_EXCHANGE == RENAME_EXCHANGE, "linux/fs.h");

int files_open_folder(const char *path) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder >= 0 || errno != EACCES ? folder : open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int files_open_unnamed(int folder) { return openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }

int files_open_new(int folder, const char *name) {
    return openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int files_rename(int folder, const char *from, const char *to, unsigned flags) {
    return renameat2(folder, from, folder, to, flags);
}

int files_link_descriptor(int descriptor, int folder, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return linkat(AT_FDCWD, path, folder, name, AT_SYMLINK_FOLLOW);
}

const char *files_next_name(void *stream) {
    errno = 0;
    const struct dirent *entry = readdir(stream);
    return entry != NULL ? entry->d_name : NULL;
}

int files_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int files_set_nonblocking(int descriptor) {
    return fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

int files_keep_descriptor(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 10); }

int files_die_with_parent(int parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Else it would be called exe, as the link that it was started by.
    prctl(PR_SET_NAME, "faceanon-worker");
    return getppid() == parent;
}

int files_is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int files_terminal_columns(int descriptor) {
    struct winsize size = {0};
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
