# SPDX-License-Identifier: BSD-2-Clause
# Files that are no BPF objects, or no longer: one clear line, status 2.
. "$(dirname "$0")/lib.sh"
counter=$examples/counter.bpf.o

refused()
{
	run "$rqspin" check "$1"
	expect_refusal "$2"
	run "$rqspin" run "$1" count_packet
	expect_refusal "$2"
	run "$rqspin" stress "$1"
	expect_refusal "$2"
}

refused "$work/missing.o" 'missing.o: No such file or directory'
refused "$work" 'Is a directory'
: >"$work/empty.o"
refused "$work/empty.o" 'empty.o: the file is empty'
echo 'int main(void) { return 0; }' >"$work/source.c"
refused "$work/source.c" 'source.c: not an ELF file'
refused "$rqspin" 'an ELF file, but not for BPF'
printf '\177ELF' >"$work/magic.o"
refused "$work/magic.o" 'magic.o: the ELF file is truncated'

size=$(stat -c %s "$counter")
for bytes in 20 64 200 $((size / 2)) $((size - 1)); do
	head -c "$bytes" "$counter" >"$work/cut.o"
	refused "$work/cut.o" 'cut.o: the ELF file is truncated'
done

run "$rqspin" run "$counter" count_pakcet
expect_refusal "counter.bpf.o: no program 'count_pakcet' \(did you mean 'count_packet'\?\); it has: count_packet, on_interrupt"
run "$rqspin" run "$counter" tc
expect_refusal "no program 'tc'"
run "$rqspin" stress --irq on_interupt "$counter"
expect_refusal "no program 'on_interupt' \(did you mean 'on_interrupt'\?\)"

# Several objects: what can be judged is judged, and the worst status wins.
run "$rqspin" check "$work/missing.o" "$counter"
expect_status 2
expect_out "counter.bpf.o: program 'count_packet' \(tc\): accepted"
finish
