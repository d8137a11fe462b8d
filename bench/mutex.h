/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_MUTEX_H
#define BENCH_MUTEX_H

#include <pthread.h>

static inline void bench_mutex_init(pthread_mutex_t *mutex, int type, int robust, int protocol)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, type);
	pthread_mutexattr_setrobust(&attributes, robust);
	pthread_mutexattr_setprotocol(&attributes, protocol);
	pthread_mutex_init(mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

#endif
