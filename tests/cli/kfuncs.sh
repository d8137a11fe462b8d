# SPDX-License-Identifier: BSD-2-Clause
# The reference of kernel functions: found by name, family, kernel and type, in each format; its pages are not stale; its
# examples pass the verifier, ours and the running kernel's, and do what they say.
. "$(dirname "$0")/lib.sh"
top=$(dirname "$0")/../..

run "$rqspin" kfuncs
expect_status 0
expect_no_err
expect_out '^res-spin-lock-irqsave: '
expect_out '^  bpf_res_spin_lock_irqsave +6\.15 +[A-Z]'

run "$rqspin" kfuncs bpf_res_spin_lock_irqsave
expect_status 0
expect_out '^int bpf_res_spin_lock_irqsave\(struct bpf_res_spin_lock \*lock, unsigned long \*flags__irq_flag\)$'
expect_out '^  off while it holds +Preemption and interrupts on this CPU\.$'
expect_out '^  returns +0: the lock is held\. -EDEADLK'
expect_out 'An int, never a pointer\.'
expect_out '^  types from 6\.15 +.*SCHED_CLS'
expect_out '^  types from 7\.3 +.*KPROBE'
expect_out '^  types from relaxed +SOCKET_FILTER'
expect_out 'err = bpf_res_spin_lock_irqsave\(&lock, &flags\);'
refuse_out '^void bpf_res_spin_unlock_irqrestore'

run "$rqspin" kfuncs lists
expect_out '^struct bpf_list_node \*bpf_list_pop_front\(struct bpf_list_head \*head\)$'
run "$rqspin" kfuncs --kernel 6.15 lists
refuse_out '^struct bpf_list_node \*bpf_list_front' # came later
expect_out '^  types in 6\.15 '
run "$rqspin" kfuncs --kernel 6.18 --prog-type SOCKET_FILTER
expect_out '^  bpf_local_irq_save '
refuse_out '^  bpf_res_spin_lock '

run "$rqspin" kfuncs bpf_res_spin_lok
expect_refusal "no kernel function 'bpf_res_spin_lok' \(did you mean 'bpf_res_spin_lock'\?\)"
run "$rqspin" kfuncs --prog-type SCHED_CSL
expect_refusal "--prog-type 'SCHED_CSL': no such program type \(did you mean 'SCHED_CLS'\?\)"
run "$rqspin" kfuncs --format html
expect_refusal "--format 'html': neither"
run "$rqspin" kfuncs --kernel 5.4
expect_refusal "--kernel '5.4': not a kernel"
run "$rqspin" kfuncs --prog-type SOCKET_FILTER --kernel 6.18 bpf_res_spin_lock
expect_refusal 'programs of type SOCKET_FILTER may not call bpf_res_spin_lock in Linux 6\.18'
run "$rqspin" kfuncs a b
expect_refusal 'takes one name'

run "$rqspin" kfuncs --format json
expect_status 0
"$helpers/json-schema" "$top/docs/schema/rqspin-kfuncs-1.json" <"$work/out" || complain 'JSON as its schema says'

run "$top/scripts/kfunc-pages" --check "$rqspin"
expect_status 0

# Each function is called by its family's example.
run "$rqspin" kfuncs
while read -r name rest; do
	case $name in
	*:) family=${name%:} ;;
	bpf_*) grep -Eq "\\b${name%_impl}(_impl)?\\(" "$top/examples/kfuncs/$family.bpf.c" || complain "an example of $name" ;;
	esac
done <"$work/out"

for object in "$examples"/kfuncs/*.bpf.o; do
	run "$rqspin" check --kernel 6.18 --format tsv "$object"
	expect_status 0
	for program in $(cut -f1 "$work/out" | cut -d: -f2); do
		run "$rqspin" run --kernel 6.18 "$object" "$program"
		expect_status 0
		expect_out '^return value: 0$'
	done
done

run "$helpers/ask-kernel" "$examples"/kfuncs/*.bpf.o
if [ "$status" = 77 ]; then
	echo 'the kernel was not asked'
else
	expect_status 0
	refuse_out 'REJECT'
	echo "asked the kernel about $(wc -l <"$work/out") programs; not permitted: $(grep -c EPERM "$work/out")"
fi
finish
