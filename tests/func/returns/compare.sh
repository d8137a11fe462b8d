#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every program of OBJECT returns here, on the second of two CPUs, what returns.tsv says that Linux 6.18.44 returned; and where the running kernel may be
# asked, what that returns, when it is the same version.
# usage: compare.sh RQSPIN KERNEL_RETURNS RETURNS.tsv OBJECT
name=$(basename "$4" .bpf.o)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -n "s/^$name://p" "$3" >"$work/wanted"
[ -s "$work/wanted" ] || { echo "$3: nothing about $name"; exit 1; }
differ=0
while IFS="$(printf '\t')" read -r program value; do
	if [ "$value" = - ]; then
		"$1" run --kernel 6.18 --cpu 1 "$4" "$program" >"$work/out" 2>&1
		[ $? = 1 ] && continue
		echo "$program: Linux refuses it"
	else
		"$1" run --kernel 6.18 --cpu 1 "$4" "$program" >"$work/out" 2>&1
		grep -qx "return value: $value" "$work/out" && continue
		echo "$program: Linux returns $value"
	fi
	sed 's/^/	rqspin: /' "$work/out"
	differ=1
done <"$work/wanted"
echo "$(wc -l <"$work/wanted") programs run"
case $(uname -r) in
6.18.*)
	if "$2" "$4" >"$work/kernel" 2>/dev/null; then
		sort "$work/kernel" >"$work/kernel.sorted"
		sort "$work/wanted" | diff - "$work/kernel.sorted" >"$work/diff" ||
			{ echo 'this kernel returns something else:'; cat "$work/diff"; differ=1; }
	else
		echo 'the running kernel was not asked'
	fi ;;
esac
exit $differ
