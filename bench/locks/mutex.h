/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#define LOCK_NAME   "mutex"
#define LOCK_DEFINE static pthread_mutex_t lock
#define LOCK_INIT   pthread_mutex_init(&lock, NULL)
#define LOCK        pthread_mutex_lock(&lock)
#define UNLOCK      pthread_mutex_unlock(&lock)
