/* SPDX-License-Identifier: BSD-2-Clause */
/* step [SCENARIO]: all of them, or those whose names begin so. Exit 0, 1, or 77 where ptrace is refused. */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "step.h"

int main(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : "";
	unsigned int covered_all = 0, reachable_all = 0, failed = 0;
	cpu_set_t cpus;

	/* A tracer and its child that share a CPU hand over without waking another: ten times as fast. */
	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);

	for (unsigned int i = 0; i < step_scenario_count; i++) {
		const struct step_scenario *scenario = &step_scenarios[i];
		unsigned int covered, reachable;
		int result;

		if (strncmp(scenario->name, wanted, strlen(wanted)))
			continue;
		result = step_trace(scenario, &covered, &reachable);
		if (result == 77) {
			printf("step: skipped: ptrace is refused here\n");
			return 77;
		}
		printf("%-45s signal before %4u of %4u reachable addresses%s\n", scenario->name, covered, reachable,
		       result ? ": FAILED" : "");
		fflush(stdout);
		failed += !!result;
		covered_all += covered;
		reachable_all += reachable;
	}
	printf("step: %u of %u addresses covered, %u scenarios failed\n", covered_all, reachable_all, failed);
	return failed || !reachable_all || covered_all != reachable_all;
}
