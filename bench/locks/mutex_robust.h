/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/mutex.h"
#define LOCK_NAME   "mutex robust"
#define LOCK_DEFINE static pthread_mutex_t lock
#define LOCK_INIT   bench_mutex_init(&lock, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE)
#define LOCK        pthread_mutex_lock(&lock)
#define UNLOCK      pthread_mutex_unlock(&lock)
