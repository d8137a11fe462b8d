// SPDX-License-Identifier: BSD-2-Clause
/*
 * sk-msg (BPF_PROG_TYPE_SK_MSG): messages that a socket sends, and the bytes of them, as one pair.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(sent_lock);

/* Written under the lock. */
__u64 messages, bytes;
__u64 messages_expected, bytes_expected;

SEC("sk_msg")
int on_message(struct sk_msg_md *message)
{
	__u32 length = message->size;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&sent_lock, &flags))
		return SK_PASS;
	messages++;
	bytes += length;
	bpf_res_spin_unlock_irqrestore(&sent_lock, &flags);
	EXPECT_ONE_MORE(messages);
	EXPECT_MORE(bytes, length);
	return SK_PASS;
}

char LICENSE[] SEC("license") = "GPL";
