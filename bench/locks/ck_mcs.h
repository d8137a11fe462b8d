/* SPDX-License-Identifier: BSD-2-Clause */
#include <ck_spinlock.h>
#define LOCK_NAME   "ck_mcs"
#define LOCK_DEFINE static ck_spinlock_mcs_t lock
#define LOCK_INIT   ck_spinlock_mcs_init(&lock)
#define LOCK_THREAD ck_spinlock_mcs_context_t node
#define LOCK        (ck_spinlock_mcs_lock(&lock, &node), 0)
#define UNLOCK      ck_spinlock_mcs_unlock(&lock, &node)
