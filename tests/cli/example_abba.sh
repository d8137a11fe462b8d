#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# examples/abba: both threads get both locks a million times, however often they deadlock. usage: example_abba.sh BINARY
out=$("$1") || exit 1
case $out in
"both held 2000000 times, "*" deadlocks resolved") exit 0 ;;
esac
echo "unexpected: $out"
exit 1
