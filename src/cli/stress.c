/* SPDX-License-Identifier: BSD-2-Clause */
/* rqspin stress: programs on several virtual CPUs at once, with interrupts landing inside them. */
#include "cli/stress.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "func/func.h"

#define LOG_BYTES	 (1 << 20)
#define RQ_LOCK_LIMIT_NS 250000000 /* what rq_machine_options' default is */

const char *const role_names[RQ_ROLES] = {
	[RQ_ROLE_TASK] = "task", [RQ_ROLE_PREEMPT] = "preempt", [RQ_ROLE_SOFTIRQ] = "softirq",
	[RQ_ROLE_IRQ] = "irq",	 [RQ_ROLE_NMI] = "nmi",
};

const char *const interrupt_names[RQ_INTERRUPTS] = {
	[RQ_INTERRUPT_PREEMPT] = "preempt",
	[RQ_INTERRUPT_SOFTIRQ] = "softirq",
	[RQ_INTERRUPT_IRQ] = "irq",
	[RQ_INTERRUPT_NMI] = "nmi",
};

const struct fail_word fail_words[] = {
	{ "aa", FAIL_AA },
	{ "abba", FAIL_ABBA },
	{ "cycle", FAIL_CYCLE },
	{ "deadlock", FAIL_AA | FAIL_ABBA | FAIL_CYCLE },
	{ "timeout", FAIL_TIMEOUT },
	{},
};

struct stress_options {
	uint64_t cpus, duration_ns, rate, seed;
	const char *roles[RQ_ROLES]; /* as given: "P,P,..." */
	enum rqspin_policy policy;
	const char *kernel, *kernel_btf;
	unsigned int fail_on;
	bool json;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signo)
{
	interrupted = signo;
}

static void print_help(void)
{
	fputs("usage: rqspin stress [OPTION]... OBJ\n\n"
	      "Runs the object's programs on several virtual CPUs at once, lets interrupts land inside them, and reports\n"
	      "what their locks did.\n\n"
	      "  --cpus N           virtual CPUs (default 4)\n"
	      "  --duration T       500ms, 2s (default), 1m; Ctrl-C ends it sooner, with a report\n"
	      "  --rate R           interrupts a second, per CPU and kind (default 1000); fewer are sent where the host has\n"
	      "                     no time for them, and the report says how many\n"
	      "  --task P,...       programs that run as tasks, one after another at random, on every CPU\n"
	      "  --preempt P,...    programs that preempt tasks, where preemption is on\n"
	      "  --softirq P,...    programs that run as softirq\n"
	      "  --irq P,...        programs that run as interrupt, held back while interrupts are off\n"
	      "  --nmi P,...        programs that run as NMI, which nothing holds back\n"
	      "                     A program may be named in several roles. One that is named in none has the role of\n"
	      "                     its kind: perf_event is nmi, tracing kinds are irq, all others are tasks.\n"
	      "  --seed S           fixes the sequence of choices and what bpf_get_prandom_u32() gives, but not where a\n"
	      "                     signal lands (default 1)\n"
	      "  --policy P         kernel (default): the lock's outcomes are those of Linux; full: deadlocks of any\n"
	      "                     length are found\n"
	      "  --fail-on W,...    exit 1 when it happened: aa, abba, cycle, deadlock (these three), timeout\n"
	      "  --kernel V         whose rules the programs must pass: 6.15, 6.18, 7.3, relaxed (default)\n"
	      "  --kernel-btf FILE  the kernel's types, for example a copy of /sys/kernel/btf/vmlinux\n"
	      "  --json             one JSON object (docs/json.md)\n"
	      "  -h, --help\n\n"
	      "Each global variable NAME that has a NAME_expected beside it is compared with it at the end: see\n"
	      "examples/counter.bpf.c.\n\n"
	      "Exit status: 0 done, 1 --fail-on was met or a variable differs, 2 could not run.\n",
	      stdout);
}

/* ---- Roles ---- */

/* Every word of every role list is a program. */
static bool check_named_programs(const struct stress_options *options, struct bpf_object *object, const char *path)
{
	for (int role = 0; role < RQ_ROLES; role++) {
		const char *list = options->roles[role];

		while (list && *list) {
			char name[256];
			size_t word = strcspn(list, ",");

			snprintf(name, sizeof(name), "%.*s", (int)word, list);
			if (!cli_object_program(object, path, name))
				return false;
			list += word + (list[word] == ',');
		}
	}
	return true;
}

static unsigned int roles_of(const struct stress_options *options, struct bpf_program *program)
{
	const struct rq_prog_type *type = rq_prog_type(bpf_program__type(program));
	unsigned int roles = 0;

	for (int role = 0; role < RQ_ROLES; role++)
		if (cli_is_named(options->roles[role], bpf_program__name(program)))
			roles |= 1u << role;
	if (!roles)
		roles = 1u << (type ? type->default_role : RQ_ROLE_TASK);
	return roles;
}

static bool assign_roles(const struct stress_options *options, struct bpf_object *object, const char *path,
			 struct stress_report *report)
{
	struct bpf_program *program;

	if (!check_named_programs(options, object, path))
		return false;
	bpf_object__for_each_program(program, object) {
		struct stress_program *row = &report->programs[report->program_count];

		if (report->program_count++ == STRESS_PROGRAMS_MAX) {
			cli_error("%s: more than %d programs", path, STRESS_PROGRAMS_MAX);
			return false;
		}
		row->program = program;
		row->name = bpf_program__name(program);
		row->roles = roles_of(options, program);
	}
	return true;
}

/* ---- Loading ---- */

/* All programs together, since they share maps. */
static bool load(struct rq_machine *machine, struct bpf_object *object, const char *path, struct stress_report *report)
{
	static char log[LOG_BYTES]; /* libbpf stops at the first program that fails: the log that is left is its */
	struct cli_rejection why;

	for (unsigned int i = 0; i < report->program_count; i++) {
		bpf_program__set_log_buf(report->programs[i].program, log, sizeof(log));
		bpf_program__set_log_level(report->programs[i].program, 1);
	}
	log[0] = '\0';
	if (cli_load_explained(machine, object, log, &why)) {
		fputs("rqspin: ", stderr);
		cli_explain(stderr, path, why.program, &why);
		return false;
	}
	for (unsigned int i = 0; i < report->program_count; i++) {
		struct stress_program *row = &report->programs[i];
		int err = rq_machine_prog(machine, bpf_program__fd(row->program), &row->prog);

		if (err) {
			row->prog = NULL;
			cli_error("%s: program '%s': %s", path, row->name, strerror(-err));
			return false;
		}
		if (!row->prog->code) {
			cli_error("%s: program '%s': %s() is checked, but not run here", path, row->name,
				  rq_machine_missing(machine, bpf_program__fd(row->program)));
			return false;
		}
	}
	return true;
}

static void release_programs(struct stress_report *report)
{
	for (unsigned int i = 0; i < report->program_count; i++)
		if (report->programs[i].prog)
			rq_object_put(&report->programs[i].prog->object);
}

static bool attach_interrupts(struct rq_machine *machine, const char *path, const struct stress_report *report)
{
	static const enum rq_machine_interrupt kinds[RQ_ROLES] = {
		[RQ_ROLE_PREEMPT] = RQ_MACHINE_PREEMPT,
		[RQ_ROLE_SOFTIRQ] = RQ_MACHINE_SOFTIRQ,
		[RQ_ROLE_IRQ] = RQ_MACHINE_IRQ,
		[RQ_ROLE_NMI] = RQ_MACHINE_NMI,
	};

	for (unsigned int i = 0; i < report->program_count; i++) {
		const struct stress_program *row = &report->programs[i];

		for (int role = 0; role < RQ_ROLES; role++) {
			int err = 0;

			if (role != RQ_ROLE_TASK && (row->roles & 1u << role))
				err = rq_machine_attach(machine, UINT_MAX, kinds[role],
							bpf_program__fd(row->program));
			if (err) {
				cli_error("%s: program '%s': cannot attach as %s: %s", path, row->name,
					  role_names[role], strerror(-err));
				return false;
			}
		}
	}
	return true;
}

/* ---- What came of it ---- */

static bool releases_lock(const struct rq_prog *prog, uint32_t insn)
{
	const struct rq_insn_note *note = insn < prog->insn_count ? &prog->notes[insn] : NULL;

	if (!note || (note->kind != RQ_NOTE_KFUNC && note->kind != RQ_NOTE_HELPER))
		return false;
	return note->func->duty == RQ_DUTY_RES_UNLOCK || note->func->duty == RQ_DUTY_RES_UNLOCK_IRQRESTORE ||
	       note->func->duty == RQ_DUTY_UNLOCK;
}

struct stress_site stress_site(const struct stress_report *report, uintptr_t site)
{
	struct stress_site where = {};

	for (unsigned int i = 0; i < report->program_count; i++) {
		const struct rq_prog *prog = report->programs[i].prog;

		if (prog->object.id != rq_site_prog_id(site))
			continue;
		where.program = report->programs[i].name;
		where.releases = releases_lock(prog, rq_site_insn(site));
		if (rq_prog_source(prog, rq_site_insn(site), &where.file, &where.text, &where.line)) {
			where.file = cli_base_name(where.file);
			where.text += strspn(where.text, " \t");
		} else {
			where.line = 0;
		}
	}
	return where;
}

const char *stress_failure_name(enum rqspin_report_kind kind)
{
	switch (kind) {
	case RQSPIN_REPORT_AA: return "AA";
	case RQSPIN_REPORT_ABBA: return "ABBA";
	case RQSPIN_REPORT_CYCLE: return "longer cycle";
	case RQSPIN_REPORT_BUSY: return "busy";
	case RQSPIN_REPORT_TIMEOUT: return "timeout";
	default: return "misuse";
	}
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && !strcmp(text + length - end_length, end);
}

/* The bytes of an integer, extended to 64 bits. */
static uint64_t read_integer(const uint8_t *bytes, uint32_t size, bool is_signed)
{
	uint64_t value = 0;

	memcpy(&value, bytes, size);
	if (is_signed && size < 8 && value >> (size * 8 - 1))
		value |= ~0ull << (size * 8);
	return value;
}

/* The integer variable @name of a section of data, or NULL. */
static const struct btf_var_secinfo *find_integer(const struct btf *btf, const struct btf_type *section,
						  const char *name, size_t name_length, bool *is_signed)
{
	const struct btf_var_secinfo *variable = btf_var_secinfos(section);

	for (unsigned int i = 0; i < btf_vlen(section); i++, variable++) {
		const struct btf_type *var = btf__type_by_id(btf, variable->type), *type;
		const char *its_name = btf__name_by_offset(btf, var->name_off);
		int id = btf__resolve_type(btf, var->type);

		if (strlen(its_name) != name_length || strncmp(its_name, name, name_length) || id < 0)
			continue;
		type = btf__type_by_id(btf, (uint32_t)id);
		if (!btf_is_int(type) || variable->size > 8)
			return NULL;
		*is_signed = btf_int_encoding(type) & BTF_INT_SIGNED;
		return variable;
	}
	return NULL;
}

/* Each NAME_expected of one section of data with its NAME. */
static void read_counters(struct bpf_map *map, const struct btf *btf, struct stress_report *report)
{
	const struct btf_type *section = btf__type_by_id(btf, bpf_map__btf_value_type_id(map));
	static const char suffix[] = "_expected";
	uint32_t size = bpf_map__value_size(map), key = 0;
	const struct btf_var_secinfo *variable;
	uint8_t *bytes;

	if (!section || !btf_is_datasec(section))
		return;
	bytes = calloc(1, size);
	if (!bytes || bpf_map__lookup_elem(map, &key, sizeof(key), bytes, size, 0)) {
		free(bytes);
		return;
	}
	variable = btf_var_secinfos(section);
	for (unsigned int i = 0; i < btf_vlen(section); i++, variable++) {
		const struct btf_type *var = btf__type_by_id(btf, variable->type);
		const char *name = btf__name_by_offset(btf, var->name_off);
		const struct btf_var_secinfo *expected, *counter;
		struct stress_counter *row = &report->counters[report->counter_count];
		size_t length = strlen(name) - (sizeof(suffix) - 1);
		bool expected_signed;

		if (!ends_with(name, suffix) || report->counter_count == STRESS_COUNTERS_MAX)
			continue;
		expected = find_integer(btf, section, name, strlen(name), &expected_signed);
		counter = find_integer(btf, section, name, length, &row->is_signed);
		if (!expected || !counter || expected->offset + expected->size > size ||
		    counter->offset + counter->size > size)
			continue;
		row->name = btf__name_by_offset(btf, btf__type_by_id(btf, counter->type)->name_off);
		row->value = read_integer(bytes + counter->offset, counter->size, row->is_signed);
		row->expected = read_integer(bytes + expected->offset, expected->size, expected_signed);
		report->counter_count++;
	}
	free(bytes);
}

static void read_all_counters(struct bpf_object *object, struct stress_report *report)
{
	const struct btf *btf = bpf_object__btf(object);
	struct bpf_map *map;

	if (!btf)
		return;
	bpf_object__for_each_map(map, object)
		if (bpf_map__is_internal(map))
			read_counters(map, btf, report);
}

static unsigned int what_happened(const struct stress_report *report)
{
	unsigned int bits = 0;

	for (unsigned int i = 0; i < report->program_count; i++) {
		const struct rq_prog_stats *stats = &report->programs[i].stats;

		bits |= (stats->aa ? FAIL_AA : 0) | (stats->abba ? FAIL_ABBA : 0) | (stats->longer ? FAIL_CYCLE : 0) |
			(stats->timeouts ? FAIL_TIMEOUT : 0);
	}
	return bits;
}

static int collect(struct rq_machine *machine, struct bpf_object *object, struct stress_report *report)
{
	struct rq_prog_stats stats[STRESS_PROGRAMS_MAX];
	uint32_t count = rq_machine_prog_stats(machine, stats, STRESS_PROGRAMS_MAX);
	int locks = rq_machine_lock_stats(machine, report->locks, STRESS_LOCKS_MAX);

	if (locks < 0)
		return cli_error("out of memory");
	if (atomic_load(&machine->defects))
		return cli_error("a program " CLI_DEFECT);
	for (unsigned int i = 0; i < report->program_count; i++)
		for (uint32_t s = 0; s < count; s++)
			if (stats[s].prog_id == report->programs[i].prog->object.id)
				report->programs[i].stats = stats[s];
	report->lock_total = (unsigned int)locks;
	report->lock_count = report->lock_total < STRESS_LOCKS_MAX ? report->lock_total : STRESS_LOCKS_MAX;
	report->failure_count =
		rq_machine_failures(machine, report->failures, STRESS_FAILURES_MAX, &report->failures_lost);
	report->lost = rq_machine_stats_lost(machine);
	rq_machine_worst_wait(machine, &report->worst);
	if (report->worst.lock)
		rq_machine_lock_name(machine, report->worst.lock, report->worst_name, sizeof(report->worst_name));
	read_all_counters(object, report);
	return CLI_OK;
}

static bool all_exact(const struct stress_report *report)
{
	for (unsigned int i = 0; i < report->counter_count; i++)
		if (report->counters[i].value != report->counters[i].expected)
			return false;
	return true;
}

/* ---- The run ---- */

#define PROGRESS_NS 200000000

static void print_progress(struct rq_stress *stress, uint64_t elapsed_ns, uint64_t duration_ns)
{
	struct rq_stress_counts counts;
	struct winsize window;
	uint64_t interrupts = 0;
	char text[128];
	int columns = 79;

	rq_machine_stress_counts(stress, &counts);
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++)
		interrupts += counts.kinds[kind].run;
	snprintf(text, sizeof(text), "%.1f of %.1f s: %llu runs of tasks, %llu interrupts", (double)elapsed_ns * 1e-9,
		 (double)duration_ns * 1e-9, (unsigned long long)counts.tasks, (unsigned long long)interrupts);
	/* A line that wraps can't be written over. */
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &window) && window.ws_col)
		columns = window.ws_col - 1;
	fprintf(stderr, "\r%.*s\033[K", columns, text);
	fflush(stderr);
}

/* Until the duration is over or somebody presses Ctrl-C. */
static void wait_for_end(struct rq_stress *stress, uint64_t duration_ns, struct stress_report *report)
{
	bool progress = isatty(STDERR_FILENO);
	uint64_t start = rq_clock_ns(), now = start;

	while (!interrupted && now - start < duration_ns) {
		uint64_t left = duration_ns - (now - start);
		struct timespec time = {};

		if (left > PROGRESS_NS)
			left = PROGRESS_NS;
		time.tv_nsec = (long)left;
		nanosleep(&time, NULL);
		now = rq_clock_ns();
		if (progress)
			print_progress(stress, now - start, duration_ns);
	}
	if (progress)
		fputs("\r\033[K", stderr);
	report->duration_ns = now - start;
	report->interrupted = interrupted;
}

/* A second Ctrl-C ends it the hard way: SA_RESETHAND. */
static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int stress_loaded(const struct stress_options *options, struct rq_machine *machine, const char *path,
			 struct bpf_object *object, struct stress_report *report)
{
	int tasks[STRESS_PROGRAMS_MAX];
	struct rq_stress_options how = { .task_fds = tasks, .rate = (uint32_t)options->rate, .seed = options->seed };
	struct rq_stress *stress;
	int err;

	for (unsigned int i = 0; i < report->program_count; i++)
		if (report->programs[i].roles & 1u << RQ_ROLE_TASK)
			tasks[how.task_count++] = bpf_program__fd(report->programs[i].program);
	if (!attach_interrupts(machine, path, report))
		return CLI_CANNOT;
	catch_signals();
	err = rq_machine_stress_start(machine, &how, &stress);
	if (err)
		return cli_error("%s: cannot start %u CPUs: %s", path, report->cpus, strerror(-err));
	wait_for_end(stress, options->duration_ns, report);
	rq_machine_stress_stop(stress, &report->counts);
	if (collect(machine, object, report))
		return CLI_CANNOT;

	report->failed_on = what_happened(report) & options->fail_on;
	if (options->json && stress_print_json(report))
		return CLI_CANNOT;
	if (!options->json)
		stress_print_text(report);
	return report->failed_on || !all_exact(report) ? CLI_FOUND : CLI_OK;
}

static int stress_object(const struct stress_options *options, const char *path)
{
	struct rq_machine_options machine_options = { .size = sizeof(machine_options),
						      .cpus = (unsigned int)options->cpus,
						      .policy = options->policy,
						      .kernel = options->kernel,
						      .kernel_btf = options->kernel_btf };
	struct stress_report *report = calloc(1, sizeof(*report));
	struct rq_machine *machine = NULL;
	struct bpf_object *object;
	int status = CLI_CANNOT;

	if (!report)
		return cli_error("out of memory");
	*report = (struct stress_report){
		.object = cli_base_name(path),
		.cpus = (unsigned int)options->cpus,
		.rate = options->rate,
		.seed = options->seed,
		.limit_ns = RQ_LOCK_LIMIT_NS,
		.policy = options->policy == RQSPIN_POLICY_FULL ? "full" : "kernel",
		.kernel = options->kernel,
	};
	if (!cli_note_rejections(path, NULL, options->kernel)) {
		free(report);
		return CLI_CANNOT;
	}
	/* The machine first: libbpf sizes per-CPU buffers by it when an object is opened. */
	machine = cli_machine(&machine_options);
	object = machine ? cli_object_open(path) : NULL;
	report->machine = machine;
	if (object && assign_roles(options, object, path, report) && load(machine, object, path, report))
		status = stress_loaded(options, machine, path, object, report);
	if (object) {
		release_programs(report);
		bpf_object__close(object);
	}
	if (machine)
		rq_machine_destroy(machine);
	free(report);
	return status;
}

/* ---- Options ---- */

static bool parse_fail_on(const char *text, unsigned int *bits)
{
	while (*text) {
		size_t length = strcspn(text, ",");
		const struct fail_word *word = fail_words;
		const char *names[8];
		size_t count = 0;
		char wrong[64];

		while (word->word && (strlen(word->word) != length || strncmp(word->word, text, length)))
			names[count++] = word++->word;
		if (!word->word) {
			snprintf(wrong, sizeof(wrong), "%.*s", (int)length, text);
			cli_error("--fail-on '%s': not aa, abba, cycle, deadlock or timeout%s", wrong,
				  cli_suggestion(wrong, names, count));
			return false;
		}
		*bits |= word->bits;
		text += length + (text[length] == ',');
	}
	return true;
}

static bool parse_policy(const char *text, enum rqspin_policy *policy)
{
	static const char *const names[] = { [RQSPIN_POLICY_FULL] = "full", [RQSPIN_POLICY_KERNEL] = "kernel" };

	for (unsigned int i = 0; i < 2; i++)
		if (!strcmp(text, names[i])) {
			*policy = (enum rqspin_policy)i;
			return true;
		}
	cli_error("--policy '%s': not kernel or full%s", text, cli_suggestion(text, names, 2));
	return false;
}

#define OPTION_ROLE 256 /* + enum rq_role */

int cli_stress(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "cpus", required_argument, NULL, 'c' },
		{ "duration", required_argument, NULL, 'd' },
		{ "rate", required_argument, NULL, 'r' },
		{ "task", required_argument, NULL, OPTION_ROLE + RQ_ROLE_TASK },
		{ "preempt", required_argument, NULL, OPTION_ROLE + RQ_ROLE_PREEMPT },
		{ "softirq", required_argument, NULL, OPTION_ROLE + RQ_ROLE_SOFTIRQ },
		{ "irq", required_argument, NULL, OPTION_ROLE + RQ_ROLE_IRQ },
		{ "nmi", required_argument, NULL, OPTION_ROLE + RQ_ROLE_NMI },
		{ "seed", required_argument, NULL, 's' },
		{ "policy", required_argument, NULL, 'p' },
		{ "fail-on", required_argument, NULL, 'f' },
		{ "kernel", required_argument, NULL, 'k' },
		{ "kernel-btf", required_argument, NULL, 'b' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	struct stress_options options = { .cpus = 4,
					  .duration_ns = 2000000000,
					  .rate = 1000,
					  .seed = 1,
					  .policy = RQSPIN_POLICY_KERNEL,
					  .kernel = "relaxed" };
	int option;

	while ((option = cli_next_option(argc, argv, ":h", longs)) != -1) {
		bool fine = true;

		switch (option) {
		case 'c': fine = cli_parse_number("--cpus", optarg, 1, 1024, &options.cpus); break;
		case 'd': fine = cli_parse_time("--duration", optarg, &options.duration_ns); break;
		case 'r': fine = cli_parse_number("--rate", optarg, 1, RQ_STRESS_RATE_MAX, &options.rate); break;
		case 's': fine = cli_parse_number("--seed", optarg, 0, UINT64_MAX, &options.seed); break;
		case 'p': fine = parse_policy(optarg, &options.policy); break;
		case 'f': fine = parse_fail_on(optarg, &options.fail_on); break;
		case 'k':
			fine = cli_parse_kernel(optarg);
			options.kernel = optarg;
			break;
		case 'b': options.kernel_btf = optarg; break;
		case 'j': options.json = true; break;
		case 'h': print_help(); return CLI_OK;
		default:
			if (option < OPTION_ROLE)
				return CLI_CANNOT;
			options.roles[option - OPTION_ROLE] = optarg;
		}
		if (!fine)
			return CLI_CANNOT;
	}
	if (argc - optind != 1)
		return cli_error("stress: takes one object; `rqspin stress --help`");
	return stress_object(&options, argv[optind]);
}
