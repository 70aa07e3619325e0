// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors
//
// Threads, and a lock with conditions to wait for: POSIX's own, which every checker of threads understands.

#ifndef FACEANON_THREADS_H
#define FACEANON_THREADS_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef pthread_t faceanon_thread;

/// Runs `body` on a new thread, which takes no signals: those are the host's. Returns 0, or the errno of the failure.
static inline int faceanon_thread_start(faceanon_thread *thread, void *_Nullable (*_Nonnull body)(void *_Nullable),
                                        void *_Nullable context) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int code = pthread_create(thread, NULL, body, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

/// Waits for the end of a thread.
static inline void faceanon_thread_join(faceanon_thread thread) { pthread_join(thread, NULL); }

/// What tools show of the calling thread, at most 15 bytes.
static inline void faceanon_thread_name(const char *_Nonnull name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Another one after a fork, whose child has none of the threads.
static inline int faceanon_process(void) { return (int)getpid(); }

typedef struct {
    pthread_mutex_t mutex;
    int count;
    pthread_cond_t conditions[];
} faceanon_lock;

/// A lock with so many conditions, or NULL where there is no memory.
static inline faceanon_lock *_Nullable faceanon_lock_create(int conditions) {
    faceanon_lock *lock = malloc(sizeof *lock + (size_t)conditions * sizeof *lock->conditions);
    if (lock == NULL) return NULL;
    pthread_mutex_init(&lock->mutex, NULL);
    lock->count = conditions;
    for (int i = 0; i < conditions; i++) pthread_cond_init(&lock->conditions[i], NULL);
    return lock;
}

/// Only while nobody has it, or waits for one of its conditions.
static inline void faceanon_lock_destroy(faceanon_lock *_Nonnull lock) {
    for (int i = 0; i < lock->count; i++) pthread_cond_destroy(&lock->conditions[i]);
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

static inline void faceanon_lock_take(faceanon_lock *_Nonnull lock) { pthread_mutex_lock(&lock->mutex); }
static inline void faceanon_lock_release(faceanon_lock *_Nonnull lock) { pthread_mutex_unlock(&lock->mutex); }

/// Gives the lock away until the condition is signalled, perhaps without a reason.
static inline void faceanon_lock_wait(faceanon_lock *_Nonnull lock, int condition) {
    pthread_cond_wait(&lock->conditions[condition], &lock->mutex);
}
static inline void faceanon_lock_signal(faceanon_lock *_Nonnull lock, int condition) {
    pthread_cond_signal(&lock->conditions[condition]);
}

#endif
