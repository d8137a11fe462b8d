/* SPDX-License-Identifier: BSD-2-Clause */
/* step [SCENARIO]: all of them, or those whose names begin so. Exit 0, 1, or 77 where ptrace is refused. */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "step.h"

/* What the workers have done together. */
struct account {
	_Atomic unsigned int next, covered, reachable, failed;
};

/* A tracer and its children that share a CPU hand over without waking another: ten times as fast. */
static void pin_to(const cpu_set_t *allowed, unsigned int worker)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, allowed) && !worker--)
			CPU_SET(cpu, &only);
	sched_setaffinity(0, sizeof(only), &only);
}

static int work(struct account *account, const char *wanted)
{
	unsigned int covered, reachable, i;
	int result;

	while ((i = atomic_fetch_add(&account->next, 1)) < step_scenario_count) {
		const struct step_scenario *scenario = &step_scenarios[i];

		if (strncmp(scenario->name, wanted, strlen(wanted)))
			continue;
		result = step_trace(scenario, &covered, &reachable);
		if (result == 77)
			return 77;
		printf("%-45s signal before %4u of %4u reachable addresses%s\n", scenario->name, covered, reachable,
		       result ? ": FAILED" : "");
		fflush(stdout);
		atomic_fetch_add(&account->failed, !!result);
		atomic_fetch_add(&account->covered, covered);
		atomic_fetch_add(&account->reachable, reachable);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct account *account = mmap(NULL, sizeof(*account), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool refused = false, broken = false;
	unsigned int workers;
	cpu_set_t allowed;
	int status;

	if (account == MAP_FAILED || sched_getaffinity(0, sizeof(allowed), &allowed)) {
		perror("step");
		return 1;
	}
	workers = CPU_COUNT(&allowed);
	for (unsigned int i = 0; i < workers; i++) {
		pid_t child = fork();

		if (!child) {
			pin_to(&allowed, i);
			exit(work(account, argc > 1 ? argv[1] : ""));
		}
		broken |= child < 0;
	}
	while (wait(&status) > 0 || errno == EINTR) {
		refused |= WIFEXITED(status) && WEXITSTATUS(status) == 77;
		broken |= !WIFEXITED(status) || (WEXITSTATUS(status) && WEXITSTATUS(status) != 77);
	}
	if (refused) {
		printf("step: skipped: ptrace is refused here\n");
		return 77;
	}
	printf("step: %u of %u addresses covered, %u scenarios failed\n", account->covered, account->reachable,
	       account->failed);
	return broken || account->failed || !account->reachable || account->covered != account->reachable;
}
