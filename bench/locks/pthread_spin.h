/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#define LOCK_NAME   "pthread_spin"
#define LOCK_DEFINE static pthread_spinlock_t lock
#define LOCK_INIT   pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE)
#define LOCK        pthread_spin_lock(&lock)
#define UNLOCK      pthread_spin_unlock(&lock)
