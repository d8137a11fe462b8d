/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that is not GPL-compatible, else as common.h has it. */
#define LICENSE "Proprietary"
#include "common.h"
