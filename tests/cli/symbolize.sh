# SPDX-License-Identifier: BSD-2-Clause
# rqspin symbolize: each place in a printed report gets its function and line, where there is one.
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
line_of() { grep -n "/\* $2 \*/" "$here/$1" | cut -d: -f1; }
inside=$(line_of deadlock_twice.c inside)
by_call=$(line_of deadlock_twice.c 'by call')
in_library=$(line_of deadlock_library.c 'in library')

symbolize() { "$rqspin" symbolize "$@" <"$work/report"; }

# Of a position-independent program and of one at a fixed address, where this build has one.
for program in "$helpers"/deadlock-twice "$helpers"/deadlock-twice-fixed; do
	[ -x "$program" ] || continue
	"$program" >"$work/report" || { echo "FAILED: $program"; exit 1; }
	run symbolize
	expect_status 0
	expect_no_err
	expect_out "^rqspin: AA deadlock: lock 0x[0-9a-f]+ at [^ ]+\.so\+0x[0-9a-f]+ \(take_in_library, [^ ]*deadlock_library\.c:$in_library\)"
	expect_out "holds 0x[0-9a-f]+ taken at [^ ]*$(basename "$program")\+0x[0-9a-f]+ \(take_inside, [^ ]*deadlock_twice\.c:$inside\)$"
	expect_out "holds 0x[0-9a-f]+ taken at [^ ]*\+0x[0-9a-f]+ \(take_by_call, [^ ]*deadlock_twice\.c:$by_call\)$"
	[ "$(sed 's/ ([a-z_]*, [^ ]*)//' "$work/out")" = "$(cat "$work/report")" ] || complain "the report itself unchanged"
	cp "$work/out" "$work/once"

	# What is there already stays as it is; files as well as standard input.
	run "$rqspin" symbolize "$work/once"
	expect_status 0
	cmp -s "$work/out" "$work/once" || complain "no place named twice"
done

# Called by a name that is no path: the report has the path.
(PATH=$helpers:$PATH && cd / && deadlock-twice) >"$work/report"
run symbolize
expect_out '\(take_inside, '

# Stripped: no lines, but exported functions still have names; nothing is invented.
mkdir "$work/with space at bin"
stripped="$work/with space at bin/stripped"
cp "$helpers/deadlock-twice" "$stripped"
strip "$stripped"
LD_LIBRARY_PATH=$helpers:$helpers/../.. "$stripped" >"$work/report"
run symbolize
expect_status 0
expect_no_err
expect_out "taken at $stripped\+0x[0-9a-f]+$"
expect_out '\(take_in_library, '

# Gone: said once, and left as it is.
rm "$stripped"
run symbolize
expect_status 0
expect_one_line_err
expect_err 'note: .*stripped: No such file or directory; its places stay as they are'
expect_out 'stripped\+0x[0-9a-f]+$'

# Text that only looks like it, binary text, the end of a module, numbers too long, no end of line.
printf 'garbage\n at +0x12\nx at y+0xzz\n at /dev/null+0x1\n at %s+0x0\n at %s+0xffffffff\n at %s+0x11112222333344445\n\0\377+0x\0\n no end at' \
	"$helpers/deadlock-twice" "$helpers/deadlock-twice" "$helpers/deadlock-twice" >"$work/report"
run symbolize
expect_status 0
expect_one_line_err
expect_err 'note: /dev/null: not a file'
cmp -s "$work/out" "$work/report" || complain "garbage unchanged"
printf ' at %s+0x10\n' "$0" >"$work/report"
run symbolize
expect_err "note: $0: not a program or shared library"
cmp -s "$work/out" "$work/report" || complain "unchanged"

run "$rqspin" symbolize "$work/none"
expect_refusal "symbolize: $work/none: No such file"
run "$rqspin" symbolize "$work"
expect_refusal "symbolize: $work: Is a directory"
run "$rqspin" symbolize --help
expect_status 0
expect_out '^usage: rqspin symbolize'
run "$rqspin" symbolize --wrong
expect_refusal "unknown option '--wrong'"

finish
