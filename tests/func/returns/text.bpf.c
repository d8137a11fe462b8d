// SPDX-License-Identifier: BSD-2-Clause
/* Formats and strings. */
#include "common.h"

/* The text with its length, in one number: bytes behind the end are as they were. */
#define FORMAT(name, format, ...)                                                                                      \
	SEC("tc") int name(struct __sk_buff *ctx)                                                                      \
	{                                                                                                              \
		static const char text[] = format;                                                                     \
		__u64 values[] = { __VA_ARGS__ };                                                                      \
		char to[32];                                                                                           \
		long length;                                                                                           \
                                                                                                                       \
		__builtin_memset(to, '~', sizeof(to));                                                                 \
		length = bpf_snprintf(to, sizeof(to), text, values, sizeof(values));                                   \
		return mix(hash_of(to, sizeof(to)), length);                                                           \
	}

const char word[] = "hello, world";
const char empty[] = "";
const char abc[] = "abc", abd[] = "abd", ABC[] = "ABC", llo[] = "llo", xyz[] = "xyz", hel[] = "hel";

FORMAT(format_d, "%d|%i|%u", -5, 1ull << 33 | 7, -5)
FORMAT(format_long, "%lld|%lu|%ld", -5, -5, 1ull << 40)
FORMAT(format_hex, "%x|%X|%llx", 0xabcdef, 0xabcdef, 0xbeefcafe12345678)
FORMAT(format_alternative, "%#x|%#X|%#llx", 0xab, 0, 0x12)
FORMAT(format_width, "%6d|%-6d|%06d", -5, -5, -5)
FORMAT(format_wide_hex, "%08x|%-8x|%#08x", 0xab, 0xab, 0xab)
FORMAT(format_plus, "%+d|% d|%+d", 5, 5, -5)
FORMAT(format_char, "%c%c|%c", 'a', 'b', 'c')
FORMAT(format_char_width, "%4c|%-4c|%c", 'a', 'b', 'c')
FORMAT(format_string, "%s|%s", (__u64)word, (__u64)empty)
FORMAT(format_kernel_string, "%pks|%pus", (__u64)word, 0)
FORMAT(format_bad_string, "[%s]", 8)
FORMAT(format_percent, "100%%|%d", 1)
FORMAT(format_cut, "%s %s %s", (__u64)word, (__u64)word, (__u64)word)
FORMAT(format_zero_width, "%020lld|%d", -1, 2)
FORMAT(format_x_negative, "%x|%llx", -1, -1)
FORMAT(format_px, "%px", 0x1234)
FORMAT(format_px_wide, "%20px|%d", 0xffff888000000000, 3)
FORMAT(format_px_wide_small, "%20px|%-20px|%4px", 0x12, 0x12, 0x12345)
FORMAT(format_precision, "%.2s|%5.1d", (__u64)word, 5)
FORMAT(format_l, "%ld|%lx", -1, -1)
FORMAT(format_p, "%pK|", 0)
FORMAT(format_octal, "%o", 8)
FORMAT(format_string_width, "%8s|%-8s|", (__u64)abc, (__u64)abc)
const unsigned char ip4[4] = { 127, 0, 20, 1 }, ip6[16] = { 0xfe, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 0, 1 };

FORMAT(format_ip4, "%pI4|%pi4", (__u64)ip4, (__u64)ip4)
FORMAT(format_ip6, "%pI6", (__u64)ip6)
FORMAT(format_ip6_small, "%pi6", (__u64)ip6)
FORMAT(format_ip4_bad, "%pI4|", 8)
FORMAT(format_plain, "nothing to convert%%", 0)
FORMAT(format_unused_value, "only %d", 1, 2)
FORMAT(format_short, "%hd", 70000)

SEC("tc") int format_to_nothing(struct __sk_buff *ctx)
{
	static const char text[] = "twelve bytes";

	return bpf_snprintf(0, 0, text, 0, 0);
}

SEC("tc") int format_one_byte(struct __sk_buff *ctx)
{
	static const char text[] = "%d bytes";
	__u64 values[] = { 12 };
	char to[1] = { 'x' };

	return bpf_snprintf(to, 1, text, values, sizeof(values)) * 1000 + to[0];
}

SEC("tc") int trace_printk_length(struct __sk_buff *ctx)
{
	static const char text[] = "%d and %d\n";

	return bpf_trace_printk(text, sizeof(text), 12, 345);
}

SEC("tc") int trace_printk_bad_format(struct __sk_buff *ctx)
{
	static const char text[] = "%q\n";

	return bpf_trace_printk(text, sizeof(text));
}

SEC("tc") int trace_printk_unterminated(struct __sk_buff *ctx)
{
	static const char text[] = "abc";

	return bpf_trace_printk(text, 3);
}

SEC("tc") int trace_vprintk_length(struct __sk_buff *ctx)
{
	static const char text[] = "%d %d %d %d\n";
	__u64 values[] = { 1, 22, 333, 4444 };

	return bpf_trace_vprintk(text, sizeof(text), values, sizeof(values));
}

SEC("tc") int trace_vprintk_odd_size(struct __sk_buff *ctx)
{
	static const char text[] = "%d\n";
	__u64 values[] = { 1, 2 };

	return bpf_trace_vprintk(text, sizeof(text), values, 12);
}

#define NUMBER(name, function, type, text_, flags)                                                                     \
	SEC("tc") int name(struct __sk_buff *ctx)                                                                      \
	{                                                                                                              \
		char text[] = text_;                                                                                   \
		type value = 77;                                                                                       \
		long result = function(text, sizeof(text) - 1, flags, &value);                                         \
                                                                                                                       \
		return mix(mix(result, value), value >> 32);                                                           \
	}

NUMBER(strtol_plain, bpf_strtol, long, "42", 0)
NUMBER(strtol_negative, bpf_strtol, long, " -42x", 0)
NUMBER(strtol_plus, bpf_strtol, long, "+42", 0)
NUMBER(strtol_hex, bpf_strtol, long, "0x1F", 0)
NUMBER(strtol_hex_base, bpf_strtol, long, "0x1F", 16)
NUMBER(strtol_octal, bpf_strtol, long, "017", 0)
NUMBER(strtol_octal_as_ten, bpf_strtol, long, "017", 10)
NUMBER(strtol_no_digit, bpf_strtol, long, "x1", 0)
NUMBER(strtol_bad_base, bpf_strtol, long, "1", 7)
NUMBER(strtol_eight, bpf_strtol, long, "19", 8)
NUMBER(strtol_most, bpf_strtol, long, "9223372036854775807", 0)
NUMBER(strtol_too_much, bpf_strtol, long, "9223372036854775808", 0)
NUMBER(strtol_least, bpf_strtol, long, "-9223372036854775808", 0)
NUMBER(strtol_too_little, bpf_strtol, long, "-9223372036854775809", 0)
NUMBER(strtol_spaces, bpf_strtol, long, "\t \n5", 0)
NUMBER(strtoul_plain, bpf_strtoul, unsigned long, "18446744073709551615", 0)
NUMBER(strtoul_too_much, bpf_strtoul, unsigned long, "18446744073709551616", 0)
NUMBER(strtoul_negative, bpf_strtoul, unsigned long, "-1", 0)
NUMBER(strtoul_hex, bpf_strtoul, unsigned long, "0xfg", 0)
NUMBER(strtol_0x, bpf_strtol, long, "0x", 0)

SEC("tc") int strncmp_values(struct __sk_buff *ctx)
{
	char text[8] = "abcdefg";
	__u32 hash = 0;

	hash = mix(hash, bpf_strncmp(text, 8, "abcdefg"));
	hash = mix(hash, bpf_strncmp(text, 3, "abd"));
	hash = mix(hash, bpf_strncmp(text, 3, "abb"));
	hash = mix(hash, bpf_strncmp(text, 3, "abcx"));
	return mix(hash, bpf_strncmp(text, 8, "abcdefgh"));
}

extern int bpf_strcmp(const char *s1__ign, const char *s2__ign) __ksym;
extern int bpf_strchr(const char *s__ign, char c) __ksym;
extern int bpf_strrchr(const char *s__ign, int c) __ksym;
extern int bpf_strchrnul(const char *s__ign, char c) __ksym;
extern int bpf_strnchr(const char *s__ign, size_t count, char c) __ksym;
extern int bpf_strlen(const char *s__ign) __ksym;
extern int bpf_strnlen(const char *s__ign, size_t count) __ksym;
extern int bpf_strspn(const char *s__ign, const char *accept__ign) __ksym;
extern int bpf_strcspn(const char *s__ign, const char *reject__ign) __ksym;
extern int bpf_strstr(const char *s1__ign, const char *s2__ign) __ksym;
extern int bpf_strnstr(const char *s1__ign, const char *s2__ign, size_t len) __ksym;
extern int bpf_strcasecmp(const char *s1__ign, const char *s2__ign) __ksym;


RETURNS(strcmp_equal, bpf_strcmp(abc, abc))
RETURNS(strcmp_less, bpf_strcmp(abc, abd))
RETURNS(strcmp_more, bpf_strcmp(abd, abc))
RETURNS(strcmp_shorter, bpf_strcmp(empty, abc))
RETURNS(strcmp_bad, bpf_strcmp((const char *)8, abc))
RETURNS(strcasecmp_equal, bpf_strcasecmp(abc, ABC))
RETURNS(strcasecmp_less, bpf_strcasecmp(ABC, abd))
RETURNS(strchr_found, bpf_strchr(word, 'l'))
RETURNS(strchr_not, bpf_strchr(word, 'z'))
RETURNS(strchr_end, bpf_strchr(word, 0))
RETURNS(strrchr_found, bpf_strrchr(word, 'l'))
RETURNS(strrchr_not, bpf_strrchr(word, 'z'))
RETURNS(strrchr_end, bpf_strrchr(word, 0))
RETURNS(strchrnul_found, bpf_strchrnul(word, 'o'))
RETURNS(strchrnul_not, bpf_strchrnul(word, 'z'))
RETURNS(strnchr_found, bpf_strnchr(word, 5, 'o'))
RETURNS(strnchr_short, bpf_strnchr(word, 4, 'o'))
RETURNS(strnchr_end, bpf_strnchr(abc, 3, 0))
RETURNS(strlen_word, bpf_strlen(word))
RETURNS(strlen_bad, bpf_strlen((const char *)8))
RETURNS(strnlen_short, bpf_strnlen(word, 4))
RETURNS(strnlen_long, bpf_strnlen(word, 100))
RETURNS(strspn_some, bpf_strspn(word, hel))
RETURNS(strspn_none, bpf_strspn(word, xyz))
RETURNS(strcspn_some, bpf_strcspn(word, llo))
RETURNS(strcspn_all, bpf_strcspn(word, xyz))
RETURNS(strstr_found, bpf_strstr(word, llo))
RETURNS(strstr_not, bpf_strstr(word, xyz))
RETURNS(strstr_empty, bpf_strstr(word, empty))
RETURNS(strnstr_found, bpf_strnstr(word, llo, 5))
RETURNS(strnstr_short, bpf_strnstr(word, llo, 4))
RETURNS(strnstr_empty, bpf_strnstr(word, empty, 0))

SEC("tc") int probe_string_cut(struct __sk_buff *ctx)
{
	char to[6];
	long length = bpf_probe_read_kernel_str(to, sizeof(to), word);

	return mix(hash_of(to, sizeof(to)), length);
}

SEC("tc") int probe_string_whole(struct __sk_buff *ctx)
{
	char to[16];
	long length;

	__builtin_memset(to, '~', sizeof(to));
	length = bpf_probe_read_kernel_str(to, sizeof(to), abc);
	return mix(hash_of(to, sizeof(to)), length);
}

SEC("tc") int probe_string_bad(struct __sk_buff *ctx)
{
	char to[16];
	long length;

	__builtin_memset(to, '~', sizeof(to));
	length = bpf_probe_read_kernel_str(to, sizeof(to), (void *)8);
	return mix(hash_of(to, sizeof(to)), length);
}

SEC("tc") int probe_bad(struct __sk_buff *ctx)
{
	__u64 to = 5;
	long result = bpf_probe_read_kernel(&to, sizeof(to), (void *)8);

	return mix(result, to);
}

SEC("tc") int probe_nothing(struct __sk_buff *ctx)
{
	char to[1] = { 'x' };

	return bpf_probe_read_kernel(to, 0, (void *)8) * 1000 + to[0];
}
