/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json-schema SCHEMA < FILE: is the one JSON value on standard input as the JSON Schema says?
 * Prints what is not; exit 0, 1.
 *
 * The keywords of draft 4 that our schemas and SARIF's use. A keyword that is not known here is a
 * fault of its own: nothing in a schema is passed over in silence.
 */
#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const json_t *whole; /* the schema's root, for "$ref" */
static int faults;
static bool quiet; /* while alternatives are tried */

static bool fits(const json_t *schema, const json_t *value, const char *where);

static bool fault(const char *where, const char *what, const char *which)
{
	if (!quiet) {
		fprintf(stderr, "json-schema: %s: %s%s%s\n", *where ? where : "/", what,
			*which ? ": " : "", which);
		faults++;
	}
	return false;
}

static const json_t *resolve(const json_t *reference)
{
	const char *path = json_string_value(reference);
	const json_t *at = whole;
	char part[128];

	if (!path || strncmp(path, "#/", 2))
		return NULL;
	for (path += 2; at && *path; path += strcspn(path, "/"), path += *path == '/') {
		snprintf(part, sizeof(part), "%.*s", (int)strcspn(path, "/"), path);
		at = json_object_get(at, part);
	}
	return at;
}

static bool is_type(const char *type, const json_t *value)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{"object", JSON_OBJECT},   {"array", JSON_ARRAY},   {"string", JSON_STRING},
		{"integer", JSON_INTEGER}, {"number", JSON_REAL},   {"number", JSON_INTEGER},
		{"boolean", JSON_TRUE},	   {"boolean", JSON_FALSE}, {"null", JSON_NULL},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, type) && types[i].type == (int)json_typeof(value))
			return true;
	return false;
}

static bool check_type(const json_t *type, const json_t *value, const char *where)
{
	const json_t *each;
	size_t i;

	if (json_is_string(type))
		return is_type(json_string_value(type), value) ||
		       fault(where, "is not", json_string_value(type));
	json_array_foreach(type, i, each) if (is_type(json_string_value(each), value)) return true;
	return fault(where, "has none of the types that it may have", "");
}

static bool check_enum(const json_t *values, const json_t *value, const char *where)
{
	const json_t *each;
	size_t i;

	json_array_foreach(values, i, each) if (json_equal(each, value)) return true;
	return fault(where, "is none of the values that it may have",
		     json_is_string(value) ? json_string_value(value) : "");
}

static bool check_pattern(const json_t *pattern, const json_t *value, const char *where)
{
	regex_t regex;
	bool matches;

	if (!json_is_string(value))
		return true;
	if (regcomp(&regex, json_string_value(pattern), REG_EXTENDED | REG_NOSUB))
		return fault(where, "the schema's pattern is none", json_string_value(pattern));
	matches = !regexec(&regex, json_string_value(value), 0, NULL, 0);
	regfree(&regex);
	return matches || fault(where, "does not match", json_string_value(pattern));
}

static bool check_members(const json_t *schema, const json_t *value, const char *where)
{
	const json_t *properties = json_object_get(schema, "properties"),
		     *more = json_object_get(schema, "additionalProperties");
	const json_t *required = json_object_get(schema, "required"), *each, *property;
	bool fine = true;
	const char *name;
	char inner[512];
	size_t i;

	if (!json_is_object(value))
		return true;
	json_array_foreach(required, i, each) if (!json_object_get(value, json_string_value(each)))
		fine = fault(where, "lacks", json_string_value(each));
	json_object_foreach((json_t *)value, name, each)
	{
		property = json_object_get(properties, name);
		snprintf(inner, sizeof(inner), "%s/%s", where, name);
		if (property)
			fine &= fits(property, each, inner);
		else if (json_is_false(more))
			fine = fault(where, "has an unknown member", name);
		else if (json_is_object(more))
			fine &= fits(more, each, inner);
	}
	return fine;
}

static bool check_elements(const json_t *schema, const json_t *value, const char *where)
{
	const json_t *items = json_object_get(schema, "items"),
		     *least = json_object_get(schema, "minItems");
	bool unique = json_is_true(json_object_get(schema, "uniqueItems")), fine = true;
	char inner[512];

	if (!json_is_array(value))
		return true;
	if (least && (json_int_t)json_array_size(value) < json_integer_value(least))
		fine = fault(where, "has too few elements", "");
	for (size_t i = 0; i < json_array_size(value); i++) {
		snprintf(inner, sizeof(inner), "%s[%zu]", where, i);
		if (items)
			fine &= fits(items, json_array_get(value, i), inner);
		for (size_t j = 0; unique && j < i; j++)
			if (json_equal(json_array_get(value, i), json_array_get(value, j)))
				fine = fault(inner, "is there twice", "");
	}
	return fine;
}

static bool check_range(const json_t *schema, const json_t *value, const char *where)
{
	const json_t *least = json_object_get(schema, "minimum"),
		     *most = json_object_get(schema, "maximum");

	if (!json_is_number(value))
		return true;
	if (least && json_number_value(value) < json_number_value(least))
		return fault(where, "is too small", "");
	if (most && json_number_value(value) > json_number_value(most))
		return fault(where, "is too large", "");
	return true;
}

static bool check_alternatives(const json_t *list, const json_t *value, const char *where,
			       bool exactly_one)
{
	bool was_quiet = quiet;
	size_t fitting = 0, i;
	const json_t *each;

	quiet = true;
	json_array_foreach(list, i, each) fitting += fits(each, value, where);
	quiet = was_quiet;
	if (!fitting || (exactly_one && fitting > 1))
		return fault(where,
			     exactly_one ? "fits not exactly one of its alternatives"
					 : "fits none of its alternatives",
			     "");
	return true;
}

static bool is_known(const char *keyword)
{
	static const char *const known[] = {
		"$ref",
		"type",
		"enum",
		"pattern",
		"properties",
		"additionalProperties",
		"required",
		"items",
		"minItems",
		"uniqueItems",
		"minimum",
		"maximum",
		"anyOf",
		"oneOf",
		/* Without a say in what fits. */
		"$schema",
		"id",
		"title",
		"description",
		"definitions",
		"default",
		"format",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(keyword, known[i]))
			return true;
	return false;
}

static bool fits(const json_t *schema, const json_t *value, const char *where)
{
	const json_t *reference = json_object_get(schema, "$ref"), *keyword;
	bool fine = true;
	const char *name;

	if (reference) {
		const json_t *target = resolve(reference);

		return target ? fits(target, value, where)
			      : fault(where, "the schema refers to nothing", "");
	}
	json_object_foreach((json_t *)schema, name, keyword) if (!is_known(name)) fine =
		fault(where, "the schema has an unknown keyword", name);
	if ((keyword = json_object_get(schema, "type")))
		fine &= check_type(keyword, value, where);
	if ((keyword = json_object_get(schema, "enum")))
		fine &= check_enum(keyword, value, where);
	if ((keyword = json_object_get(schema, "pattern")))
		fine &= check_pattern(keyword, value, where);
	if ((keyword = json_object_get(schema, "anyOf")))
		fine &= check_alternatives(keyword, value, where, false);
	if ((keyword = json_object_get(schema, "oneOf")))
		fine &= check_alternatives(keyword, value, where, true);
	fine &= check_members(schema, value, where);
	fine &= check_elements(schema, value, where);
	return check_range(schema, value, where) && fine;
}

int main(int argc, char **argv)
{
	json_error_t error;
	json_t *schema = argc == 2 ? json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error) : NULL,
	       *value;
	bool fine;

	if (!schema) {
		fprintf(stderr, "json-schema: %s\n",
			argc == 2 ? error.text : "usage: json-schema SCHEMA < FILE");
		return 1;
	}
	value = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
	if (!value) {
		fprintf(stderr, "json-schema: line %d: %s\n", error.line, error.text);
		json_decref(schema);
		return 1;
	}
	whole = schema;
	fine = fits(schema, value, "") && !faults;
	json_decref(value);
	json_decref(schema);
	return !fine;
}
