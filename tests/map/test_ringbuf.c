/* SPDX-License-Identifier: BSD-2-Clause */
/* Records as libbpf's consumer reads them. */
#include "fixture.h"

#include <sys/mman.h>
#include <sys/eventfd.h>

#include "map/ringbuf.h"

#define SIZE 4096u
#define PAGE 4096u

struct consumer {
	_Atomic uint64_t *consumer, *producer;
	uint8_t *data;
};

static struct rq_map *ring;
static struct consumer user;

static void begin_ring(void)
{
	uint8_t *pages;

	ring = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, SIZE);
	user.consumer = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ring->memory_fd, 0);
	pages = mmap(NULL, PAGE + SIZE, PROT_READ, MAP_SHARED, ring->memory_fd, PAGE);
	assert_ptr_not_equal(user.consumer, MAP_FAILED);
	assert_ptr_not_equal(pages, MAP_FAILED);
	user.producer = (_Atomic uint64_t *)pages;
	user.data = pages + PAGE;
}

static void end_ring(void)
{
	munmap((void *)user.consumer, PAGE);
	munmap((void *)user.producer, PAGE + SIZE);
	end_map(ring);
}

/* The next record's length, or -1 when there is none or it is not ready. */
static int64_t next_length(void)
{
	uint64_t at = *user.consumer;
	uint32_t length;

	if (at == *user.producer)
		return -1;
	length = *(_Atomic uint32_t *)(user.data + at % SIZE);
	if (length & BPF_RINGBUF_BUSY_BIT)
		return -1;
	return length;
}

static void consume(void)
{
	uint32_t length = next_length() & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

	*user.consumer += (length + 8 + 7) / 8 * 8;
}

static uint64_t wakeups(void)
{
	uint64_t count = 0;

	return read(ring->event_fd, &count, sizeof(count)) < 0 ? 0 : count;
}

static void record_is_seen_when_it_is_submitted(void **state)
{
	uint64_t *record;

	begin_ring();
	record = rq_ringbuf_reserve(ring, 8, 0);
	assert_non_null(record);
	assert_int_equal(next_length(), -1);
	*record = 42;
	rq_ringbuf_submit(record, 0);
	assert_int_equal(next_length(), 8);
	assert_int_equal(*(uint64_t *)(user.data + 8), 42);
	consume();
	assert_int_equal(next_length(), -1);
	end_ring();
}

static void discarded_record_is_marked(void **state)
{
	begin_ring();
	rq_ringbuf_discard(rq_ringbuf_reserve(ring, 5, 0), 0);
	assert_int_equal(next_length(), 5 | BPF_RINGBUF_DISCARD_BIT);
	consume();
	assert_int_equal(next_length(), -1);
	end_ring();
}

static void full_ring_takes_no_more(void **state)
{
	int records = 0;

	begin_ring();
	while (!rq_ringbuf_output(ring, "0123456789abcdef", 16, 0))
		records++;
	/* Never quite full, as in Linux: positions that are a whole ring apart would look like an empty one. */
	assert_int_equal(records, (SIZE - 1) / 24);
	assert_int_equal(rq_ringbuf_output(ring, "x", 1, 0), -EAGAIN);
	consume();
	assert_int_equal(rq_ringbuf_output(ring, "x", 1, 0), 0);
	end_ring();
}

static void sizes_and_flags_that_never_fit(void **state)
{
	begin_ring();
	assert_null(rq_ringbuf_reserve(ring, SIZE - 7, 0));
	assert_null(rq_ringbuf_reserve(ring, UINT64_MAX, 0));
	assert_null(rq_ringbuf_reserve(ring, UINT32_MAX, 0));
	assert_null(rq_ringbuf_reserve(ring, 8, 1));
	assert_int_equal(rq_ringbuf_output(ring, "x", 1, 4), -EINVAL);
	end_ring();
}

/* A record that wraps lies in one piece for its producer. */
static void record_wraps_in_one_piece(void **state)
{
	uint8_t bytes[1000];

	begin_ring();
	for (int i = 0; i < 100; i++) {
		memset(bytes, i, sizeof(bytes));
		assert_int_equal(rq_ringbuf_output(ring, bytes, sizeof(bytes), 0), 0);
		assert_int_equal(next_length(), sizeof(bytes));
		for (uint32_t at = 0; at < sizeof(bytes); at++)
			assert_int_equal(user.data[(*user.consumer + 8 + at) % SIZE], i);
		consume();
	}
	end_ring();
}

/* A consumer that lies about its position gets no unfinished record overwritten. */
static void wrong_position_overwrites_nothing(void **state)
{
	uint64_t *record;

	begin_ring();
	record = rq_ringbuf_reserve(ring, 8, 0);
	*record = 7;
	*user.consumer = 1000000 * 8;
	for (int i = 0; i < 1000; i++)
		rq_ringbuf_output(ring, "0123456789abcdef", 16, 0);
	assert_int_equal(*record, 7);
	rq_ringbuf_submit(record, 0);
	end_ring();
}

/* Who polls is woken for a record that the consumer has caught up to, unless the program says otherwise. */
static void wakeups_are_those_of_the_kernel(void **state)
{
	begin_ring();
	rq_ringbuf_output(ring, "x", 1, 0);
	assert_int_equal(wakeups(), 1);
	rq_ringbuf_output(ring, "x", 1, 0);
	assert_int_equal(wakeups(), 0);
	rq_ringbuf_output(ring, "x", 1, BPF_RB_FORCE_WAKEUP);
	assert_int_equal(wakeups(), 1);
	while (next_length() >= 0)
		consume();
	rq_ringbuf_output(ring, "x", 1, BPF_RB_NO_WAKEUP);
	assert_int_equal(wakeups(), 0);
	end_ring();
}

static void queries_tell_positions(void **state)
{
	begin_ring();
	rq_ringbuf_output(ring, "x", 1, 0);
	rq_ringbuf_output(ring, "x", 1, 0);
	consume();
	assert_int_equal(rq_ringbuf_query(ring, BPF_RB_AVAIL_DATA), 16);
	assert_int_equal(rq_ringbuf_query(ring, BPF_RB_RING_SIZE), SIZE);
	assert_int_equal(rq_ringbuf_query(ring, BPF_RB_CONS_POS), 16);
	assert_int_equal(rq_ringbuf_query(ring, BPF_RB_PROD_POS), 32);
	assert_int_equal(rq_ringbuf_query(ring, 99), 0);
	end_ring();
}

static void memory_that_there_is_not_leaves_nothing(void **state)
{
	struct rq_map *map = NULL;
	int err = -ENOMEM, descriptor = dup(0), again;

	close(descriptor);
	for (int n = 1; err; n++) {
		rq_alloc_fail_after(n);
		map = make_map_flags(BPF_MAP_TYPE_RINGBUF, 0, 0, SIZE, 0, &err);
		rq_alloc_fail_after(0);
		assert_true(!err || err == -ENOMEM);
	}
	end_map(map);
	again = dup(0);
	assert_int_equal(again, descriptor);
	close(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_is_seen_when_it_is_submitted),
		cmocka_unit_test(discarded_record_is_marked),
		cmocka_unit_test(full_ring_takes_no_more),
		cmocka_unit_test(sizes_and_flags_that_never_fit),
		cmocka_unit_test(record_wraps_in_one_piece),
		cmocka_unit_test(wrong_position_overwrites_nothing),
		cmocka_unit_test(wakeups_are_those_of_the_kernel),
		cmocka_unit_test(queries_tell_positions),
		cmocka_unit_test(memory_that_there_is_not_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, begin_two_cpus, end_cpus);
}
