#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every program of OBJECT gets the verdict that Linux gave it, with its words. Prints what differs; exit 1 if anything does.
# usage: compare_verdicts.sh RQSPIN VERDICTS.tsv OBJECT
#
# Numbers behind '#' are a kernel BTF's ids and not compared. Of these programs only the verdict is:
#   snprintf_size, tail_wrong_map           the kernel's last line is an instruction, not a reason
#   leak_lock_irq_order, leak_ref_and_irq   refused here already for their SK_STORAGE map, a type that is not there yet
"$1" check --format tsv "$3" 2>/dev/null | awk -F '\t' -v object="$(basename "$3")" -v verdicts="$2" '
function words(text) { gsub(/#[0-9]+/, "#", text); return text }
BEGIN {
	split("snprintf_size tail_wrong_map leak_lock_irq_order leak_ref_and_irq", names, " ")
	for (i in names) verdict_only[names[i]] = 1
	while ((getline line < verdicts) > 0) {
		split(line, column, "\t")
		if (index(column[1], object ":") == 1) { verdict[column[1]] = column[3]; reason[column[1]] = column[4] }
	}
}
{
	judged[$1] = 1
	split($1, name, ":")
	if (!($1 in verdict)) { print $1 ": no verdict of Linux is recorded"; bad++ }
	else if ($3 != verdict[$1] || (!(name[2] in verdict_only) && words($4) != words(reason[$1]))) {
		print $1 ": Linux: " verdict[$1] " " reason[$1] "\n\trqspin: " $3 " " $4
		bad++
	}
}
END {
	for (program in verdict) if (!(program in judged)) { print program ": not judged"; bad++ }
	for (program in judged) count++
	print count + 0 " programs judged, " bad + 0 " differ from Linux"
	exit bad > 0 || count == 0
}'
