/* SPDX-License-Identifier: BSD-2-Clause */
#define RQSPIN_NO_INLINE
#include <rqspin/lock.h>
#define LOCK_NAME   "rqspin call"
#define LOCK_DEFINE static rqspinlock_t lock
#define LOCK_INIT   rqspin_set_order(RQSPIN_ORDER_BARGING)
#define LOCK        rqspin_lock(&lock)
#define UNLOCK      rqspin_unlock(&lock)
