/* SPDX-License-Identifier: BSD-2-Clause */
/* Short names for the argument columns of helper rows. Only for the tables of src/func. */
#ifndef RQ_FUNC_ARGS_H
#define RQ_FUNC_ARGS_H

#include "func/func.h"

/* Since Linux 6.2: not in Debian 12's header, where they would be values of an enum. */
#define RQ_FUNC_cgrp_storage_get    210
#define RQ_FUNC_cgrp_storage_delete 211

#define ANY		    { RQ_ARG_ANYTHING }
#define CONTEXT		    { RQ_ARG_CTX }
#define MAP		    { RQ_ARG_CONST_MAP }
#define KEY		    { RQ_ARG_MAP_KEY }
#define VALUE		    { RQ_ARG_MAP_VALUE }
#define VALUE_OR_NULL	    { RQ_ARG_MAP_VALUE, .flags = RQ_ARG_NULLABLE }
#define VALUE_OUT	    { RQ_ARG_MAP_VALUE_UNINIT }
#define MEM		    { RQ_ARG_MEM }
#define MEM_OR_NULL	    { RQ_ARG_MEM, .flags = RQ_ARG_NULLABLE }
#define OUT		    { RQ_ARG_MEM_UNINIT }
#define OUT_OR_NULL	    { RQ_ARG_MEM_UNINIT, .flags = RQ_ARG_NULLABLE }
#define IN_OUT		    { RQ_ARG_MEM, .flags = RQ_ARG_WRITES }
#define FIXED_OUT(bytes)    { RQ_ARG_MEM_FIXED_UNINIT, .size = (bytes) }
#define SIZE		    { RQ_ARG_SIZE }
#define SIZE_OR_0	    { RQ_ARG_SIZE_OR_ZERO }
#define ALLOC_SIZE	    { RQ_ARG_CONST_ALLOC_SIZE }
#define FUNC		    { RQ_ARG_FUNC }
#define CALLBACK_DATA	    { RQ_ARG_STACK_OR_NULL }
#define STRING		    { RQ_ARG_CONST_STR }
#define BTF(type)	    { RQ_ARG_BTF_ID, .type_name = (type) }
#define BTF_OR_NULL(type)   { RQ_ARG_BTF_ID_OR_NULL, .type_name = (type) }
#define SK_COMMON	    { RQ_ARG_SOCK_COMMON }
#define SK_COMMON_BTF	    { RQ_ARG_BTF_ID_SOCK_COMMON }

#define GPL		    RQ_FUNC_GPL_ONLY

#endif
