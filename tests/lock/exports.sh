#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The shared library exports exactly what its version script lists, and needs libc alone.
set -eu
library=$1 map=$2

listed=$(sed -n '/global:/,/local:/s/^[[:space:]]*\([a-z_]*\);$/\1/p' "$map" | sort)
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort)
if [ "$listed" != "$exported" ]; then
	echo "exported: $exported"
	echo "listed: $listed"
	exit 1
fi
needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v '^ld-linux' || true)
if [ "$needed" != libc.so.6 ]; then
	echo "needs: $needed"
	exit 1
fi
