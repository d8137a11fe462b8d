# SPDX-License-Identifier: BSD-2-Clause
# usage: returns.sh RQSPIN VERDICTS OBJECTS: `rqspin run` prints the value that each program returned in Linux.
rqspin=$1 verdicts=$2 objects=$3
packet=$(mktemp)
trap 'rm -f "$packet"' EXIT
head -c 64 /dev/zero >"$packet"
done=0 wrong=0
while read -r object program value; do
	out=$("$rqspin" run "$objects/$object" "$program" --data-in "$packet" 2>&1 | grep -v '^rqspin: note')
	done=$((done + 1))
	[ "${out%%$'\n'*}" = "return value: $value" ] || { echo "$object: $program: in Linux $value, here: $out"; wrong=1; }
done < <(awk -F'\t' '!/^#/ && $5 != "-" { sub(":", " ", $1); print $1, $5 }' "$verdicts")
[ $done -ge 60 ] || { echo "only $done programs"; wrong=1; }
exit $wrong
