/* SPDX-License-Identifier: BSD-2-Clause */
#include <ck_spinlock.h>
#define LOCK_NAME   "ck_ticket"
#define LOCK_DEFINE static ck_spinlock_ticket_t lock
#define LOCK_INIT   ck_spinlock_ticket_init(&lock)
#define LOCK        (ck_spinlock_ticket_lock(&lock), 0)
#define UNLOCK      ck_spinlock_ticket_unlock(&lock)
