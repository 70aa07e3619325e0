// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// What the program's files need of Linux and Swift's importer cannot read: flags that are macros, calls with a varying
// number of arguments. Each returns what the call returns, with errno set.
//
// No header of the system is included here: Swift would take its types for ours.
#ifndef FACEANON_FILES_H
#define FACEANON_FILES_H

/// Flags of `files_rename`.
enum { FILES_RENAME_NOREPLACE = 1, FILES_RENAME_EXCHANGE = 2 };

/// Opens a folder, to work in it whatever becomes of its name. One that may not be read can still be written to.
int files_open_folder(const char *path);

/// A new file in a folder, without a name, that its owner alone may read.
int files_open_unnamed(int folder);

/// A new file of that name, which must not exist in any form, be it a link that leads nowhere.
int files_open_new(int folder, const char *name);

int files_rename(int folder, const char *from, const char *to, unsigned flags);

/// Gives a file that has no name a name, which must not exist.
int files_link_descriptor(int descriptor, int folder, const char *name);

/// The names in a folder, one by one: NULL at the end, or with errno set where it cannot be read.
const char *files_next_name(void *stream);

/// A pipe that no other program inherits.
int files_pipe(int ends[2]);

int files_set_nonblocking(int descriptor);

/// A copy of a descriptor, out of the way of those that libraries write to.
int files_keep_descriptor(int descriptor);

/// Ends this process as soon as the one that has started it ends. Returns whether that one is still there.
int files_die_with_parent(int parent);

/// Whether a signal is ignored.
int files_is_ignored(int number);

/// The columns of a terminal, or 0 where that is unknown.
int files_terminal_columns(int descriptor);

#endif
