# SPDX-License-Identifier: BSD-2-Clause
# What --json and --format json and sarif print fits its schema, and says what the text says.
# RQSPIN_SARIF_SCHEMA=FILE: also against OASIS's own schema, which is not in the tree since its licence does not say that it
# may be; sarif-subset.json is the part of it that is used, and allows nothing else.
. "$(dirname "$0")/lib.sh"
here=$(dirname "$(readlink -f "$0")")
schemas=$here/../../docs/schema

expect_schema() { "$helpers/json-schema" "$1" <"$work/out" 2>>"$work/err" || complain "output as $1 says"; }
expect_sarif()
{
	expect_schema "$here/sarif-subset.json"
	[ -z "${RQSPIN_SARIF_SCHEMA:-}" ] || expect_schema "$RQSPIN_SARIF_SCHEMA"
}

# A schema that accepts everything proves nothing.
for damage in 's/"ACCEPT"/"MAYBE"/' 's/"accepted": [0-9]*/"accepted": -1/' 's/"section"/"sections"/' 's/"log": null/"log": 1/'; do
	"$rqspin" check --format json "$examples/counter.bpf.o" | sed "$damage" >"$work/out"
	what="json-schema with $damage"
	status=0
	"$helpers/json-schema" "$schemas/rqspin-check-1.json" <"$work/out" 2>/dev/null && complain 'a complaint'
done

for object in "$examples"/*.bpf.o "$helpers/broken.bpf.o" "$helpers/returns.bpf.o"; do
	run "$rqspin" check --format json "$object"
	expect_schema "$schemas/rqspin-check-1.json"
	run "$rqspin" check --format sarif "$object"
	expect_sarif
done

# Every rejection of the verifier's own suites has a name and a hint.
run "$rqspin" check --format json "$helpers"/../verifier/*.bpf.o
expect_schema "$schemas/rqspin-check-1.json"
refuse_out '"rule": "rejected"'
refuse_out '"hint": null'

run "$rqspin" check --format json -v --kernel all "$helpers/broken.bpf.o" "$work/missing.o"
expect_status 2
expect_schema "$schemas/rqspin-check-1.json"
expect_out '"message": ".*missing.o: No such file or directory"'
expect_out '"rule": "unlock-without-lock"'
expect_out '"event": "lock-failed"'
expect_out '"holds": "a value of map .\.data\.lock. \(4 bytes\)"'
expect_out '"accepted": 4,'
expect_out '"rejected": 16,'

run "$rqspin" check --format sarif "$helpers/broken.bpf.o" "$work/missing.o"
expect_status 2
expect_sarif
expect_out '"executionSuccessful": false'
[ "$(grep -c '"ruleId"' "$work/out")" = 4 ] || complain 'four results'
expect_out '"startLine": 12'
expect_out '"text": "returned -4095..-1: the lock was not taken"'
# From the top of the checkout, files are named as a code host knows them.
(cd "$here/../.." && "$rqspin" check --format sarif "$helpers/broken.bpf.o" >"$work/out")
expect_out '"uri": "tests/cli/broken.bpf.c"'
run "$rqspin" check --format sarif "$examples/counter.bpf.o"
expect_status 0
expect_sarif
expect_out '"results": \[\]'

for example in counter transfer nmi-sampler; do
	run "$rqspin" stress --json --duration 300ms "$examples/$example.bpf.o"
	expect_status 0
	expect_schema "$schemas/rqspin-stress-1.json"
done
finish
