/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random programs, judged by the running kernel and by rqspin; what both accept runs in both, and must give the same result
 * and leave the same maps and packet. A program that shows a difference is reduced and printed.
 * usage: differential [--programs N] [--seed S] [--show N] [--words] [--reasons] [--verbose]
 * --show says how many of each kind of difference are reduced and printed (10);
 * --words compares the reasons too, --reasons prints why each rejected program was, for "sort | uniq -c".
 * Exit 0: no false accept, no differing result, false rejects and programs that were too much work for one of the two at
 * most 2 %; 1; 77 when the kernel could not be asked: then
 * the programs were judged and run by rqspin alone.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <rqspin/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program.h"

#define FALSE_REJECTS_PERCENT 2
#define REDUCE_SECONDS	      20

enum difference { SAME, FALSE_ACCEPT, FALSE_REJECT, OTHER_RESULT, OTHER_WORDS, OTHER_EFFORT, KERNEL_FAULT, DIFFERENCES };

static const char *const difference_names[] = { "same", "FALSE ACCEPT", "false reject", "DIFFERENT RESULT", "different words", "different effort",
					       "kernel's own fault" };

struct comparison {
	struct world kernel, rqspin;
	bool has_kernel, words, reasons;
	struct outcome theirs, ours;
	char *their_log, *our_log;
	/* By the reduction: what to look for (SAME: nothing is being reduced), and how long. */
	enum difference wanted;
	time_t deadline;
};

static enum difference compare_results(const struct program *p, const struct outcome *theirs, const struct outcome *ours)
{
	if (theirs->ran != ours->ran || theirs->result != ours->result ||
	    memcmp(theirs->packet, ours->packet, sizeof(ours->packet)))
		return OTHER_RESULT;
	for (int map = 0; map < MAPS; map++)
		for (int key = 0; key < 8; key++)
			if (theirs->present[map][key] != ours->present[map][key] ||
			    (ours->present[map][key] &&
			     memcmp(theirs->values[map][key], ours->values[map][key], VALUE_BYTES)))
				return OTHER_RESULT;
	return SAME;
}

/* Words are compared but for numbers behind '#', which a kernel's BTF gives. */
static bool same_words(const char *a, const char *b)
{
	for (;; a++, b++) {
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		if (*a == '#') {
			a += strspn(a + 1, "0123456789");
			b += strspn(b + 1, "0123456789");
		}
	}
}

static enum difference compare(struct comparison *c, const struct program *p, bool with_log)
{
	/* Half of a loop may run for long: what is reduced only runs when its result is what differs. */
	bool run = c->wanted == SAME || c->wanted == OTHER_RESULT;
	char theirs[512], ours[512];

	c->theirs.log = with_log ? c->their_log : NULL;
	c->ours.log = with_log ? c->our_log : NULL;
	world_judge(&c->rqspin, p, run, &c->ours);
	if (!c->has_kernel)
		return SAME;
	world_judge(&c->kernel, p, run && p->comparable && !c->ours.loaded, &c->theirs);
	if (!c->theirs.loaded && !c->ours.loaded)
		return run && p->comparable ? compare_results(p, &c->theirs, &c->ours) : SAME;
	/* "verifier bug: ...": it gave no verdict. */
	if (c->theirs.loaded == -EFAULT)
		return KERNEL_FAULT;
	/* One of the two gave up at a million instructions, or at 8,192 branches that wait. */
	if (!c->theirs.loaded != !c->ours.loaded && (c->theirs.loaded == -E2BIG || c->ours.loaded == -E2BIG))
		return OTHER_EFFORT;
	if (!c->ours.loaded)
		return FALSE_ACCEPT;
	if (!c->theirs.loaded)
		return FALSE_REJECT;
	if (with_log && c->words &&
	    !same_words(outcome_reason(&c->theirs, theirs, sizeof(theirs)), outcome_reason(&c->ours, ours, sizeof(ours))))
		return OTHER_WORDS;
	return SAME;
}

static bool still_differs(const struct program *p, void *arg)
{
	struct comparison *c = arg;

	return time(NULL) < c->deadline && compare(c, p, c->wanted == OTHER_WORDS) == c->wanted;
}

static void print_results(const struct program *p, const struct outcome *theirs, const struct outcome *ours)
{
	printf("\tkernel: ran %d, returned %d; rqspin: ran %d, returned %d\n", theirs->ran, (int)theirs->result, ours->ran,
	       (int)ours->result);
	for (int map = 0; map < MAPS; map++)
		for (int key = 0; key < 8; key++)
			for (int i = 0; i < VALUE_BYTES; i++)
				if (theirs->values[map][key][i] != ours->values[map][key][i])
					printf("\tmap %d key %d byte %d: kernel %#x, rqspin %#x\n", map, key, i,
					       theirs->values[map][key][i], ours->values[map][key][i]);
	for (int i = 0; i < PACKET_BYTES; i++)
		if (theirs->packet[i] != ours->packet[i])
			printf("\tpacket byte %d: kernel %#x, rqspin %#x\n", i, theirs->packet[i], ours->packet[i]);
}

static void show(struct comparison *c, struct program *p, enum difference difference, bool verbose)
{
	char text[512];

	c->wanted = difference;
	c->deadline = time(NULL) + REDUCE_SECONDS;
	reduce(p, still_differs, c);
	compare(c, p, true);
	printf("%s: seed %" PRIu64 ", reduced to %u instructions:\n", difference_names[difference], p->seed, p->count);
	print_program(p);
	if (difference == OTHER_RESULT) {
		print_results(p, &c->theirs, &c->ours);
	} else {
		printf("\tkernel: %s\n", c->theirs.loaded ? outcome_reason(&c->theirs, text, sizeof(text)) : "accepted");
		printf("\trqspin: %s\n", c->ours.loaded ? outcome_reason(&c->ours, text, sizeof(text)) : "accepted");
	}
	c->wanted = SAME;
	if (verbose)
		printf("---- kernel's log\n%s\n---- rqspin's log\n%s\n", c->their_log, c->our_log);
	fflush(stdout);
}

static uint64_t any_seed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000003 + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "programs", required_argument, NULL, 'n' }, { "seed", required_argument, NULL, 's' },
		{ "show", required_argument, NULL, 'c' },
		{ "words", no_argument, NULL, 'w' },	      { "verbose", no_argument, NULL, 'v' },
		{ "reasons", no_argument, NULL, 'r' },
		{ 0 },
	};
	static const struct rq_machine_options machine_options = { .size = sizeof(machine_options), .cpus = 1,
								   .policy = RQSPIN_POLICY_KERNEL, .kernel = "6.18" };
	static struct comparison c;
	static struct program program;
	unsigned long counts[DIFFERENCES] = { 0 }, programs = 3000, shown_max = 10, accepted = 0, ran = 0;
	uint64_t seed = any_seed();
	struct rq_machine *machine;
	bool verbose = false;
	char reason[512];
	int option, err;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'n': programs = strtoul(optarg, NULL, 0); break;
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'c': shown_max = strtoul(optarg, NULL, 0); break;
		case 'w': c.words = true; break;
		case 'r': c.reasons = true; break;
		case 'v': verbose = true; break;
		default: return 2;
		}
	}
	c.their_log = calloc(1, LOG_BYTES);
	c.our_log = calloc(1, LOG_BYTES);
	err = rq_machine_create(&machine_options, &machine);
	if (!err)
		err = world_open(&c.rqspin, false);
	if (err || !c.their_log || !c.our_log) {
		fprintf(stderr, "differential: rqspin: %s\n", strerror(-err));
		return 2;
	}
	err = world_open(&c.kernel, true);
	c.has_kernel = !err;
	if (err)
		printf("the kernel can't be asked (%s): rqspin alone\n", strerror(-err));
	printf("seed %" PRIu64 ", %lu programs\n", seed, programs);
	fflush(stdout);
	for (unsigned long i = 0; i < programs; i++) {
		enum difference difference;

		generate(&program, seed + i);
		difference = compare(&c, &program, c.words || c.reasons);
		if (c.reasons && c.ours.loaded)
			printf("reason: %s\n", outcome_reason(&c.ours, reason, sizeof(reason)));
		accepted += !c.ours.loaded;
		ran += c.ours.ran;
		counts[difference]++;
		if (difference != SAME && difference != KERNEL_FAULT && counts[difference] <= shown_max)
			show(&c, &program, difference, verbose);
	}
	printf("%lu programs: %lu accepted here, %lu ran, %lu false accepts, %lu false rejects, %lu differing results, "
	       "%lu too much work for one of the two, %lu faults of the kernel's verifier",
	       programs, accepted, ran, counts[FALSE_ACCEPT], counts[FALSE_REJECT], counts[OTHER_RESULT],
	       counts[OTHER_EFFORT], counts[KERNEL_FAULT]);
	if (c.words)
		printf(", %lu other words", counts[OTHER_WORDS]);
	putchar('\n');
	rq_machine_destroy(machine);
	free(c.their_log);
	free(c.our_log);
	if (!c.has_kernel)
		return 77;
	return counts[FALSE_ACCEPT] || counts[OTHER_RESULT] ||
	       (counts[FALSE_REJECT] + counts[OTHER_EFFORT]) * 100 > programs * FALSE_REJECTS_PERCENT;
}
