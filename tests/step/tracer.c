/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tracer. It runs each scenario in child processes of its own image, so that an address here is the same address
 * there. Only the stepped thread is traced; the others are frozen or run freely.
 */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "step.h"

#define ADDRESSES_MAX 8192
#define STEPS_MAX     2000000
#define LIMIT_S	      10 /* of one run: a hang ends here */
#define ATTEMPTS      3	 /* a run that did not come by the address is made again */

#define EXECUTE_BREAKPOINT_0 1UL /* debug register 7 */

/* What counts as the lock's code: its library's text, and the operations that its inline functions are in. */
static struct {
	uintptr_t from, to;
} ranges[8];
static unsigned int range_count;

extern char __start_step_operations[], __stop_step_operations[];

struct walk {
	uintptr_t addresses[ADDRESSES_MAX];
	unsigned int count;
};

static void add_range(uintptr_t from, uintptr_t to)
{
	if (range_count < sizeof(ranges) / sizeof(ranges[0])) {
		ranges[range_count].from = from;
		ranges[range_count++].to = to;
	}
}

static int find_library(struct dl_phdr_info *info, size_t size, void *inside)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + header->p_vaddr;

		if (header->p_type == PT_LOAD && (header->p_flags & PF_X) && (uintptr_t)inside >= from &&
		    (uintptr_t)inside < from + header->p_memsz) {
			add_range(from, from + header->p_memsz);
			return 1;
		}
	}
	return 0;
}

static void find_ranges(void)
{
	if (range_count)
		return;
	add_range((uintptr_t)__start_step_operations, (uintptr_t)__stop_step_operations);
	dl_iterate_phdr(find_library, dlsym(RTLD_DEFAULT, "rqspin_lock_from"));
}

static bool in_lock(uintptr_t address)
{
	for (unsigned int i = 0; i < range_count; i++) {
		if (address >= ranges[i].from && address < ranges[i].to)
			return true;
	}
	return false;
}

/* A child that stops itself before the operation. Negative: ptrace is refused. */
static pid_t start(const struct step_scenario *scenario, enum step_handler handler)
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		alarm(LIMIT_S);
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(77);
		step_run(scenario, handler);
	}
	if (waitpid(child, &status, 0) < 0)
		return -errno;
	while (WIFSTOPPED(status) && WSTOPSIG(status) != SIGSTOP) { /* one that the scenario raised itself */
		if (ptrace(PTRACE_CONT, child, NULL, WSTOPSIG(status)) || waitpid(child, &status, 0) < 0)
			return -errno;
	}
	if (WIFSTOPPED(status))
		return child;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		return -EPERM;
	return -EIO;
}

static uintptr_t instruction_pointer(pid_t child)
{
	struct user_regs_struct registers;

	return ptrace(PTRACE_GETREGS, child, NULL, &registers) ? 0 : registers.rip;
}

static int set_breakpoint(pid_t child, uintptr_t address)
{
	if (ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg[0]), address))
		return -errno;
	if (ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg[7]),
		   address ? EXECUTE_BREAKPOINT_0 : 0UL))
		return -errno;
	return 0;
}

/* How a child ended. True: as it should. */
static bool ended_well(const struct step_scenario *scenario, uintptr_t address, int status)
{
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		printf("%s: hangs", scenario->name);
	else if (WIFSIGNALED(status))
		printf("%s: dies of signal %d", scenario->name, WTERMSIG(status));
	else
		printf("%s: fails", scenario->name);
	if (address) {
		Dl_info info;

		if (dladdr((void *)address, &info) && info.dli_sname)
			printf(", with the signal at %s+%#tx", info.dli_sname,
			       address - (uintptr_t)info.dli_saddr);
		else
			printf(", with the signal at %#tx in the image",
			       dladdr((void *)address, &info) ? address - (uintptr_t)info.dli_fbase : address);
	}
	printf("\n");
	return false;
}

/* Run a function that is not the lock's at full speed, to where it returns to. */
static int skip_call(pid_t child, const struct user_regs_struct *registers)
{
	uintptr_t back;
	int status;

	errno = 0;
	back = ptrace(PTRACE_PEEKDATA, child, registers->rsp, NULL);
	if (errno || !in_lock(back))
		return 0; /* the lock's function tail-called it */
	set_breakpoint(child, back);
	ptrace(PTRACE_CONT, child, NULL, NULL);
	if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
		return -EIO;
	return set_breakpoint(child, 0);
}

static void note(struct walk *walk, uintptr_t address)
{
	for (unsigned int i = 0; i < walk->count; i++) {
		if (walk->addresses[i] == address)
			return;
	}
	if (walk->count < ADDRESSES_MAX)
		walk->addresses[walk->count++] = address;
}

/* Step from the mark at the begin to the mark at the end, noting each address of the lock's code once. */
static int walk_through(pid_t child, struct walk *walk)
{
	struct user_regs_struct registers;
	uintptr_t stack_in_lock = 0; /* the stack pointer, when the last step was in the lock's code */
	bool begun = false;
	int status;

	for (unsigned int steps = 0; steps < STEPS_MAX; steps++) {
		if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) || waitpid(child, &status, 0) < 0)
			return -errno;
		if (!WIFSTOPPED(status) || ptrace(PTRACE_GETREGS, child, NULL, &registers))
			return -EIO;
		if (registers.rip == (uintptr_t)step_begin)
			begun = true;
		if (registers.rip == (uintptr_t)step_end)
			return 0;
		/* Out of the lock's code by a call, or by a jump through the PLT; a return leaves the stack higher. */
		if (begun && stack_in_lock && !in_lock(registers.rip) && registers.rsp <= stack_in_lock) {
			if (skip_call(child, &registers) || ptrace(PTRACE_GETREGS, child, NULL, &registers))
				return -EIO;
		}
		stack_in_lock = 0;
		if (begun && in_lock(registers.rip)) {
			note(walk, registers.rip);
			stack_in_lock = registers.rsp;
		}
	}
	return -ELOOP;
}

static int note_addresses(const struct step_scenario *scenario, struct walk *walk)
{
	pid_t child = start(scenario, STEP_NO_SIGNAL);
	int status, error;

	if (child < 0)
		return child;
	error = walk_through(child, walk);
	if (error) {
		printf("%s: stepping stopped early: %s\n", scenario->name, strerror(-error));
		kill(child, SIGKILL);
	}
	ptrace(PTRACE_CONT, child, NULL, NULL);
	if (waitpid(child, &status, 0) < 0)
		return -errno;
	if (!error && !ended_well(scenario, 0, status))
		error = -EIO;
	return error;
}

/* 1: the signal was delivered before @address and all was well; 0: never came by; negative: not well. */
static int signal_at(const struct step_scenario *scenario, enum step_handler handler, uintptr_t address)
{
	pid_t child = start(scenario, handler);
	bool delivered;
	int status;

	if (child < 0)
		return child;
	if (set_breakpoint(child, address)) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		return -EPERM;
	}
	ptrace(PTRACE_CONT, child, NULL, NULL);
	if (waitpid(child, &status, 0) < 0)
		return -errno;
	delivered = WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP && instruction_pointer(child) == address;
	if (delivered) {
		set_breakpoint(child, 0);
		ptrace(PTRACE_CONT, child, NULL, SIGUSR1);
		if (waitpid(child, &status, 0) < 0)
			return -errno;
	}
	while (WIFSTOPPED(status)) {
		int signal = WSTOPSIG(status);

		if (ptrace(PTRACE_CONT, child, NULL, signal == SIGTRAP ? 0 : signal) ||
		    waitpid(child, &status, 0) < 0)
			return -errno;
	}
	if (!ended_well(scenario, address, status))
		return -EIO;
	return delivered;
}

static bool covers(const struct step_scenario *scenario, uintptr_t address, bool *well)
{
	for (enum step_handler handler = 0; handler < STEP_HANDLERS; handler++) {
		int delivered = 0;

		if (handler == STEP_CROSSED_LOCKS && !scenario->crossed)
			continue;
		for (unsigned int i = 0; i < ATTEMPTS && !delivered; i++)
			delivered = signal_at(scenario, handler, address);
		if (delivered < 0)
			*well = false;
		if (delivered <= 0)
			return false;
	}
	return true;
}

int step_trace(const struct step_scenario *scenario, unsigned int *covered, unsigned int *reachable)
{
	static struct walk walk;
	bool well = true;
	int error;

	find_ranges();
	walk.count = 0;
	*covered = *reachable = 0;
	error = note_addresses(scenario, &walk);
	if (error == -EPERM)
		return 77;
	if (error)
		return 1;
	*reachable = walk.count;
	for (unsigned int i = 0; i < walk.count; i++)
		*covered += covers(scenario, walk.addresses[i], &well);
	return well && *covered == *reachable ? 0 : 1;
}
