/* SPDX-License-Identifier: BSD-2-Clause */
#include <ck_spinlock.h>
#define LOCK_NAME   "ck_clh"
#define LOCK_DEFINE static ck_spinlock_clh_t *lock
#define LOCK_INIT   static ck_spinlock_clh_t unowned; ck_spinlock_clh_init(&lock, &unowned)
#define LOCK_THREAD ck_spinlock_clh_t storage, *node = &storage
#define LOCK        (ck_spinlock_clh_lock(&lock, node), 0)
#define UNLOCK      ck_spinlock_clh_unlock(&node)
