/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

int main(void)
{
	fputs("usage: rqspin COMMAND [OPTION]...\n", stderr);
	return 2;
}
