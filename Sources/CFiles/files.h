// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// What the program's files need of Linux and Swift's importer cannot read: calls that are declared with _GNU_SOURCE
// only, as renameat2 is, and one with a varying number of arguments.
//
// fcntl.h, signal.h, sys/stat.h and their like are not included: Swift could take this module for the owner of their
// structs, whose members would then be hidden wherever CFiles is not imported. Nor is unistd.h: with _GNU_SOURCE it
// declares `environ`, as Swift's Glibc does.
#ifndef FACEANON_FILES_H
#define FACEANON_FILES_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <sys/prctl.h>

/// Of unistd.h: with O_CLOEXEC, a pipe that no other program inherits.
extern int pipe2(int ends[2], int flags);

/// The signal that this process gets as soon as the one that has started it ends.
static inline int files_end_with_parent(int number) { return prctl(PR_SET_PDEATHSIG, (unsigned long)number); }

/// What tools show of this process, at most 15 bytes.
static inline int files_name_process(const char *name) { return prctl(PR_SET_NAME, name); }

#endif
