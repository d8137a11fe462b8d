/* SPDX-License-Identifier: BSD-2-Clause */
/* json-check SCHEMA < FILE: is this one object as docs/json.md describes that schema? Prints what is not. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct member {
	const char *name;
	char type; /* i: integer >= 0, s: string, b: boolean, a: array, o: object; upper case: or null */
	const struct member *inner; /* of the object, or of each element of the array that is an object */
};

static const struct member percentiles[] = { { "p50", 'i' }, { "p99", 'i' }, { "max", 'i' }, {} };
static const struct member deadlocks[] = { { "aa", 'i' }, { "abba", 'i' }, { "longer", 'i' }, { "busy", 'i' }, {} };
static const struct member program[] = {
	{ "name", 's' },      { "section", 's' },	       { "roles", 'a' },    { "runs", 'i' }, { "acquisitions", 'i' },
	{ "contended", 'i' }, { "deadlocks", 'o', deadlocks }, { "timeouts", 'i' }, {},
};
static const struct member lock[] = {
	{ "name", 's' },     { "acquisitions", 'i' },	     { "contended", 'i' },	    { "deadlocks", 'i' },
	{ "timeouts", 'i' }, { "wait_ns", 'o', percentiles }, { "hold_ns", 'o', percentiles }, {},
};
static const struct member worst[] = { { "lock", 's' }, { "wait_ns", 'i' }, { "left_out_ns", 'i' }, {} };
static const struct member interrupt[] = {
	{ "kind", 's' }, { "due", 'i' }, { "sent", 'i' }, { "run", 'i' }, { "merged", 'i' }, {},
};
static const struct member held[] = {
	{ "lock", 's' }, { "program", 'S' }, { "file", 'S' }, { "line", 'I' }, { "source", 'S' }, {},
};
static const struct member party[] = {
	{ "cpu", 'i' },	 { "wants", 'S' }, { "held", 'a', held }, { "program", 'S' },
	{ "file", 'S' }, { "line", 'I' },  { "source", 'S' },	  {},
};
static const struct member failure[] = {
	{ "kind", 's' },	  { "error", 's' },	      { "count", 'i' },		{ "lock", 's' },
	{ "cycle", 'i' },	  { "waited_ns_max", 'i' },   { "left_out_ns_max", 'i' }, { "parties", 'a', party },
	{ "program", 'S' },	  { "file", 'S' },	      { "line", 'I' },		{ "source", 'S' },
	{},
};
static const struct member counter[] = { { "name", 's' }, { "value", 'n' }, { "expected", 'n' }, { "exact", 'b' }, {} };
static const struct member stress[] = {
	{ "schema", 's' },
	{ "object", 's' },
	{ "cpus", 'i' },
	{ "duration_ns", 'i' },
	{ "rate", 'i' },
	{ "seed", 'n' },
	{ "policy", 's' },
	{ "kernel", 's' },
	{ "interrupted", 'b' },
	{ "limit_ns", 'i' },
	{ "programs", 'a', program },
	{ "locks", 'a', lock },
	{ "worst_wait", 'O', worst },
	{ "interrupts", 'a', interrupt },
	{ "failures", 'a', failure },
	{ "lost", 'i' },
	{ "counters", 'a', counter },
	{ "failed_on", 'a' },
	{},
};

static const struct member types[] = { { "6.15", 'a' }, { "6.18", 'a' }, { "7.3", 'a' }, { "relaxed", 'a' }, {} };
static const struct member kfunc[] = {
	{ "name", 's' },    { "family", 's' }, { "prototype", 's' }, { "since", 's' },	     { "meaning", 's' },
	{ "returns", 'S' }, { "off", 'S' },    { "verifier", 'a' },  { "types", 'o', types }, { "runs", 'b' },
	{ "example", 's' }, {},
};
static const struct member kfuncs[] = { { "schema", 's' }, { "kfuncs", 'a', kfunc }, {} };

static const struct {
	const char *name;
	const struct member *members;
} schemas[] = {
	{ "rqspin-stress/1", stress },
	{ "rqspin-kfuncs/1", kfuncs },
};

static int faults;

static int fault(const char *where, const char *name, const char *what)
{
	fprintf(stderr, "json-check: %s.%s: %s\n", where, name, what);
	return faults++;
}

static void check_object(const char *where, const json_t *object, const struct member *members);

static void check_member(const char *where, const struct member *member, const json_t *value)
{
	bool may_be_null = member->type >= 'A' && member->type <= 'Z';
	const json_t *element;
	size_t i;

	if (!value) {
		fault(where, member->name, "is missing");
		return;
	}
	if (json_is_null(value) && may_be_null)
		return;
	switch (member->type | 0x20) {
	case 'i':
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			fault(where, member->name, "is not a number");
		break;
	case 'n':
		if (!json_is_integer(value))
			fault(where, member->name, "is not a number");
		break;
	case 's':
		if (!json_is_string(value))
			fault(where, member->name, "is not a string");
		break;
	case 'b':
		if (!json_is_boolean(value))
			fault(where, member->name, "is not true or false");
		break;
	case 'o':
		check_object(member->name, value, member->inner);
		break;
	default:
		if (!json_is_array(value))
			fault(where, member->name, "is not an array");
		json_array_foreach(value, i, element)
			if (member->inner)
				check_object(member->name, element, member->inner);
	}
}

static void check_object(const char *where, const json_t *object, const struct member *members)
{
	size_t count = 0;

	if (!json_is_object(object)) {
		fault(where, "", "is not an object");
		return;
	}
	for (; members[count].name; count++)
		check_member(where, &members[count], json_object_get(object, members[count].name));
	if (json_object_size(object) > count)
		fault(where, "", "has members that the schema doesn't know");
}

int main(int argc, char **argv)
{
	json_error_t error;
	json_t *root = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
	const char *schema = root ? json_string_value(json_object_get(root, "schema")) : NULL;
	const struct member *members = NULL;

	for (size_t i = 0; schema && i < sizeof(schemas) / sizeof(schemas[0]); i++)
		if (!strcmp(schema, schemas[i].name))
			members = schemas[i].members;

	if (!root)
		fprintf(stderr, "json-check: line %d: %s\n", error.line, error.text);
	else if (argc != 2 || !schema || strcmp(schema, argv[1]))
		fault("", "schema", "is not the one asked for");
	else if (members)
		check_object("", root, members);
	else
		fault("", "schema", "is unknown");
	json_decref(root);
	return !root || faults;
}
