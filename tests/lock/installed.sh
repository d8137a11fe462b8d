#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# installed.sh MESON BUILD SOURCE PREFIX CC [CXX]: what users of an installed tree do. Their compilers get what pkg-config says and
# nothing else: in C and in C++, with the inline functions and without, with the shared library and with the static one.
set -eu
meson=$1 build=$2 source=$3 prefix=$4 cc=$5 cxx=${6:-}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

"$meson" install -C "$build" --no-rebuild --quiet --destdir "$root"
found=$(find "$root$prefix" -name rqspinlock.pc)
if [ -z "$found" ]; then
	echo "no rqspinlock.pc under $prefix"
	exit 1
fi
PKG_CONFIG_LIBDIR=$(dirname "$found")
export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR="$root"
flags=$(pkg-config --cflags --libs rqspinlock)
static_flags=$(pkg-config --static --cflags --libs rqspinlock)
libraries=$(dirname "$PKG_CONFIG_LIBDIR")

# The flags are words.
# shellcheck disable=SC2086
check()
{
	compiler=$1 program=$2
	for define in -URQSPIN_NO_INLINE -DRQSPIN_NO_INLINE; do
		"$compiler" -O2 -Wall -Wextra -Werror $define "$program" -o "$root/shared" $flags
		LD_LIBRARY_PATH=$libraries "$root/shared"
	done
	"$compiler" -O2 -static "$program" -o "$root/static" $static_flags
	"$root/static"
	if ! readelf -d "$root/shared" | grep -q 'NEEDED.*librqspinlock'; then
		echo "$program: not linked with the shared library"
		exit 1
	fi
}

check "$cc" "$source/tests/lock/installed.c"
if [ -n "$cxx" ]; then
	cp "$source/tests/lock/installed.c" "$root/installed.cc"
	check "$cxx" "$root/installed.cc"
fi
if [ ! -f "$root$prefix/share/man/man3/rqspinlock.3" ]; then
	echo "no rqspinlock(3) under $prefix"
	exit 1
fi
