/* SPDX-License-Identifier: BSD-2-Clause */
#include <rqspin/lock.h>
#define LOCK_NAME   "rqspin FIFO"
#define LOCK_DEFINE static rqspinlock_t lock
#define LOCK_INIT   rqspin_set_order(RQSPIN_ORDER_FIFO)
#define LOCK        rqspin_lock(&lock)
#define UNLOCK      rqspin_unlock(&lock)
