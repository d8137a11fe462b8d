/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel-has-locks: exit 0 where the running kernel is one whose verdicts on these programs are known (6.15 and later). */
#include <stdio.h>
#include <sys/utsname.h>

int main(void)
{
	struct utsname name;
	unsigned int major, minor;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return 1;
	return major * 1000 + minor < 6015;
}
