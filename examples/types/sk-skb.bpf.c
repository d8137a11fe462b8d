// SPDX-License-Identifier: BSD-2-Clause
/*
 * sk-skb (BPF_PROG_TYPE_SK_SKB): a stream parser: how many messages, how many bytes of them, as
 * one pair.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(stream_lock);

/* Written under the lock. */
__u64 messages, bytes;
__u64 messages_expected, bytes_expected;

SEC("sk_skb/stream_parser")
int on_message(struct __sk_buff *message)
{
	__u32 length = message->len;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&stream_lock, &flags))
		return length;
	messages++;
	bytes += length;
	bpf_res_spin_unlock_irqrestore(&stream_lock, &flags);
	EXPECT_ONE_MORE(messages);
	EXPECT_MORE(bytes, length);
	return length; /* all of it is one message */
}

char LICENSE[] SEC("license") = "GPL";
