/* SPDX-License-Identifier: BSD-2-Clause */
/* A user produces, a program takes: what libbpf writes, what the user may get wrong, and what Linux 6.18.44 made of it. */
#include "machine.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#define IN_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, make_machine, end_machine)

#define PAGE 4096u
#define BUSY BPF_RINGBUF_BUSY_BIT
#define DISCARD BPF_RINGBUF_DISCARD_BIT

static const char *path;

/* As user_ring.bpf.c has it. */
struct seen {
	uint64_t flags;
	long stop_after, drained, inside, records, sum;
	int size, write_error, first_error, read_only;
};

struct fixture {
	struct bpf_object *object;
	int fd;
	struct seen *seen;
	_Atomic uint64_t *consumer, *producer;
	uint8_t *data;
};

static struct fixture begin_sized(uint32_t size)
{
	struct fixture f = { .object = bpf_object__open_file(path, NULL) };
	uint8_t *pages;

	assert_int_equal(libbpf_get_error(f.object), 0);
	assert_int_equal(bpf_map__set_max_entries(bpf_object__find_map_by_name(f.object, "ring"), size), 0);
	assert_int_equal(bpf_object__load(f.object), 0);
	f.fd = bpf_map__fd(bpf_object__find_map_by_name(f.object, "ring"));
	f.seen = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		      bpf_map__fd(bpf_object__find_map_by_name(f.object, ".bss")), 0);
	f.consumer = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, f.fd, 0);
	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, f.fd, PAGE);
	assert_ptr_not_equal(f.seen, MAP_FAILED);
	assert_ptr_not_equal(f.consumer, MAP_FAILED);
	assert_ptr_not_equal(pages, MAP_FAILED);
	f.producer = (_Atomic uint64_t *)pages;
	f.data = pages + PAGE;
	return f;
}

static struct fixture begin(void)
{
	return begin_sized(PAGE);
}

static void end(struct fixture *f)
{
	munmap(f->seen, PAGE);
	munmap((void *)f->consumer, PAGE);
	munmap((void *)f->producer, 3 * PAGE);
	bpf_object__close(f->object);
}

static long drain(struct fixture *f)
{
	uint8_t packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet));

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(f->object, "drain")), &run), 0);
	return f->seen->drained;
}

static void put(struct fixture *f, uint64_t at, uint32_t length, uint64_t number)
{
	*(uint64_t *)(f->data + at) = length;
	*(uint64_t *)(f->data + at + 8) = number;
}

static void a_record_is_a_dynptr(void **state)
{
	struct fixture f = begin();

	put(&f, 0, 16, 7);
	*f.producer = 24;
	assert_int_equal(drain(&f), 1);
	assert_int_equal(f.seen->records, 1);
	assert_int_equal(f.seen->size, 16);
	assert_int_equal(f.seen->sum, 7);
	assert_int_equal(f.seen->read_only, 0);
	assert_int_equal(f.seen->write_error, 0);
	assert_int_equal(((uint64_t *)f.data)[2], 99);
	assert_int_equal(*f.consumer, 24);
	assert_int_equal(drain(&f), 0);
	end(&f);
}

static void inside_a_callback_the_ring_is_busy(void **state)
{
	struct fixture f = begin();

	put(&f, 0, 16, 7);
	*f.producer = 24;
	drain(&f);
	assert_int_equal(f.seen->inside, -EBUSY);
	end(&f);
}

static void a_callback_can_stop(void **state)
{
	struct fixture f = begin();

	for (unsigned int i = 0; i < 3; i++)
		put(&f, 24 * i, 16, 1 + i);
	*f.producer = 72;
	f.seen->stop_after = 2;
	assert_int_equal(drain(&f), 2);
	assert_int_equal(*f.consumer, 48);
	assert_int_equal(drain(&f), 1);
	assert_int_equal(f.seen->sum, 6);
	end(&f);
}

static void what_users_wrote_is_judged_as_in_linux(void **state)
{
	static const struct {
		const char *what;
		uint32_t first, second; /* lengths; the second lies where the first of 16 bytes ends */
		uint64_t producer, flags;
		long drained, records;
		uint64_t consumer;
	} cases[] = {
		{ "nothing there", 0, 0, 0, 0, 0, 0, 0 },
		{ "not submitted", 16 | BUSY, 0, 24, 0, 0, 0, 0 },
		{ "one, and one not submitted", 16, 16 | BUSY, 48, 0, 1, 1, 24 },
		{ "discarded", 16 | DISCARD, 0, 24, 0, 0, 0, 24 },
		{ "discarded, and one", 16 | DISCARD, 16, 48, 0, 1, 1, 48 },
		{ "discarded and not submitted", 16 | DISCARD | BUSY, 0, 24, 0, 0, 0, 24 },
		{ "not submitted, longer than what was produced", 24 | BUSY, 0, 24, 0, -EINVAL, 0, 0 },
		{ "not submitted, longer than the ring", 4096 | BUSY, 0, 4104, 0, -E2BIG, 0, 0 },
		{ "an empty record", 0, 0, 8, 0, 1, 1, 8 },
		{ "an odd length", 13, 0, 24, 0, 1, 1, 24 },
		{ "longer than what was produced", 24, 0, 24, 0, -EINVAL, 0, 0 },
		{ "shorter than what was produced", 8, 0, 16, 0, 1, 1, 16 },
		{ "a position that is not a multiple of 8", 16, 0, 25, 0, -EINVAL, 0, 0 },
		{ "a record as long as the ring", 4088, 0, 4096, 0, 1, 1, 4096 },
		{ "a record longer than the ring", 4096, 0, 4104, 0, -E2BIG, 0, 0 },
		{ "a length that is far too long", 0x3fffffff, 0, 0x40000008, 0, -E2BIG, 0, 0 },
		{ "discarded, longer than the ring", 4096 | DISCARD, 0, 4104, 0, -E2BIG, 0, 0 },
		{ "good, and one that is too long", 16, 24, 48, 0, -EINVAL, 1, 24 },
		{ "discarded, and one that is too long", 16 | DISCARD, 24, 48, 0, -EINVAL, 0, 24 },
		{ "no wakeup", 16, 0, 24, BPF_RB_NO_WAKEUP, 1, 1, 24 },
		{ "wakeup in any case", 16, 0, 24, BPF_RB_FORCE_WAKEUP, 1, 1, 24 },
		{ "both flags", 16, 0, 24, BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP, 1, 1, 24 },
		{ "an unknown flag", 16, 0, 24, 4, -EINVAL, 0, 0 },
		{ "an unknown flag, nothing there", 0, 0, 0, 1ull << 40, -EINVAL, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f = begin();

		put(&f, 24, cases[i].second, 2);
		put(&f, 0, cases[i].first, 1);
		*f.producer = cases[i].producer;
		f.seen->flags = cases[i].flags;
		drain(&f);
		if (f.seen->drained != cases[i].drained || f.seen->records != cases[i].records ||
		    *f.consumer != cases[i].consumer)
			fail_msg("%s: %ld, %ld records, consumer at %lu", cases[i].what, f.seen->drained, f.seen->records,
				 *f.consumer);
		end(&f);
	}
}

static void a_record_is_no_longer_than_a_dynptr_can_say(void **state)
{
	static const struct {
		uint32_t length;
		long drained;
	} cases[] = { { 0xffffff, 1 }, { 0x1000000, -E2BIG }, { 0x1000000 | DISCARD, -E2BIG }, { 0x1000000 | BUSY, -E2BIG } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f = begin_sized(32 << 20);

		put(&f, 0, cases[i].length, 1);
		*f.producer = 0x1000000 + 8;
		drain(&f);
		if (f.seen->drained != cases[i].drained)
			fail_msg("length %#x: %ld", cases[i].length, f.seen->drained);
		end(&f);
	}
}

/* 1,000 records of 48 bytes go round a page of data more than ten times. */
static void libbpf_produces(void **state)
{
	struct fixture f = begin();
	struct user_ring_buffer *ring = user_ring_buffer__new(f.fd, NULL);
	long expected = 0;

	assert_non_null(ring);
	for (long i = 1; i <= 1000; i++) {
		long *record = user_ring_buffer__reserve(ring, 40);

		if (!record) {
			assert_int_equal(errno, ENOSPC);
			assert_int_equal(drain(&f), 85);
			record = user_ring_buffer__reserve_blocking(ring, 40, 1000);
		}
		assert_non_null(record);
		*record = i;
		if (i % 85 == 1) {
			user_ring_buffer__discard(ring, record);
			drain(&f);
			continue;
		}
		user_ring_buffer__submit(ring, record);
		expected += i;
	}
	drain(&f);
	assert_int_equal(f.seen->sum, expected);
	user_ring_buffer__free(ring);
	end(&f);
}

static void the_first_page_is_not_the_users_to_write(void **state)
{
	struct fixture f;

	if (!(CALLS_ARE_OURS))
		skip();
	f = begin();
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, f.fd, 0), MAP_FAILED);
	assert_int_equal(errno, EPERM);
	assert_ptr_equal(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, f.fd, PAGE), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	end(&f);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(a_record_is_a_dynptr),
		IN_A_MACHINE(inside_a_callback_the_ring_is_busy),
		IN_A_MACHINE(a_callback_can_stop),
		IN_A_MACHINE(what_users_wrote_is_judged_as_in_linux),
		IN_A_MACHINE(a_record_is_no_longer_than_a_dynptr_can_say),
		IN_A_MACHINE(libbpf_produces),
		IN_A_MACHINE(the_first_page_is_not_the_users_to_write),
	};

	path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
