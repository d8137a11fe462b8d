#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Which program type may take which lock and call which gate: every row of program-types.tsv that Linux decided, with its words.
# usage: compare_types.sh RQSPIN program-types.tsv OBJECT
#
# A row with "Operation not permitted" says that the machine measured lets nobody load that kind: there the documented rule
# counts, which is that the kind may. The rows of EXT have neither words nor errno (their targets could not be loaded): left out.
"$1" check --format tsv "$3" 2>/dev/null | awk -F '\t' -v table="$2" '
function name(text) { gsub(/[^A-Za-z0-9]+/, "_", text); gsub(/^_|_$/, "", text); return text }
{ split($1, place, ":"); verdict[place[2]] = $3; reason[place[2]] = $4 }
END {
	while ((getline line < table) > 0) {
		if (line ~ /^(#|EXT\()/)
			continue
		split(line, row, "\t")
		program = name(row[1]) "__" name(row[2])
		expected = row[4] ~ /Operation not permitted/ ? "ACCEPT" : row[3]
		words = row[4]
		sub(/ *errno=.*/, "", words)
		rows++
		if (verdict[program] != expected || (words != "" && reason[program] != words)) {
			print program ": Linux: " expected " " words "\n\trqspin: " verdict[program] " " reason[program]
			bad++
		}
		delete verdict[program]
	}
	for (program in verdict) { print program ": not in the table"; bad++ }
	print rows + 0 " rows compared, " bad + 0 " differ from Linux"
	exit bad > 0 || rows == 0
}'
