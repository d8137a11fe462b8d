/* SPDX-License-Identifier: BSD-2-Clause */
#include "common_ng.h"
SEC("tc") int ng_spin(struct __sk_buff*c){ bpf_spin_lock(&sA); bpf_spin_unlock(&sA); return 0; }
