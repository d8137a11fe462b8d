/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/mutex.h"
#define LOCK_NAME   "mutex PI"
#define LOCK_DEFINE static pthread_mutex_t lock
#define LOCK_INIT   bench_mutex_init(&lock, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT)
#define LOCK        pthread_mutex_lock(&lock)
#define UNLOCK      pthread_mutex_unlock(&lock)
