// SPDX-License-Identifier: BSD-2-Clause
/*
 * lwt-xmit (BPF_PROG_TYPE_LWT_XMIT): numbers the packets of a route in their first byte: no number
 * twice, none left out.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(number_lock);

/* Written under the lock. */
__u64 number;
__u64 number_expected;

SEC("lwt_xmit")
int on_xmit(struct __sk_buff *packet)
{
	__u8 *data = (__u8 *)(long)packet->data;
	unsigned long flags;
	__u8 mine;

	if (data + 1 > (__u8 *)(long)packet->data_end)
		return BPF_OK;
	if (bpf_res_spin_lock_irqsave(&number_lock, &flags))
		return BPF_DROP; /* without a number it must not go out */
	mine = ++number;
	bpf_res_spin_unlock_irqrestore(&number_lock, &flags);
	EXPECT_ONE_MORE(number);
	*data = mine;
	return BPF_OK;
}

char LICENSE[] SEC("license") = "GPL";
